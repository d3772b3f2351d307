// What a FHIR document's mapping reports: the lists it leaves open, what was not read, looks odd or was assumed. Nothing is
// dropped in silence: all of it stands beside the form; that records were left out stands with the answer too, on paper as well.
"use strict";
const Imported = (() => {
  const MOST = 3; // resources named on a line; the rest are counted
  const box = document.getElementById("imported");
  const list = box.querySelector("ul");
  const note = document.getElementById("imported-note");

  const label = (name) => {
    // A list is called as its rows are, what else may be incomplete as the box that says so.
    const named = document.querySelector(`.rows[data-list="${name}"] h3`) ?? document.querySelector(`[data-name="incomplete"] input[value="${name}"] + span`);
    const [zh, en] = ["zh-CN", "en"].map((lang) => named?.querySelector(`[lang="${lang}"]`)?.textContent ?? name);
    return { zh, en };
  };
  const where = ({ resources = [], count = resources.length, code }) => {
    const named = [...resources.slice(0, MOST), code].filter(Boolean).join(" · ");
    const more = count - Math.min(resources.length, MOST);
    const small = document.createElement("small");
    small.append(` ${named}`);
    if (more > 0) small.append(...Words.both({ zh: ` 等 ${count} 项`, en: ` and ${more} more` }));
    return small;
  };
  const line = (words, about = {}) => {
    const item = Words.line("li", words);
    if (about.resources?.length || about.code) item.append(where(about));
    return item;
  };
  const open = ({ name, because }) => {
    const of = label(name);
    const item = document.createElement("li");
    item.append(Object.assign(Words.line("b", { zh: `${of.zh}可能不全：`, en: `${of.en} may be incomplete: ` })));
    const reasons = document.createElement("ul");
    reasons.append(...because.map((one) => line(one.text, one)));
    item.append(reasons);
    return item;
  };
  /** The lines of a report: of the lists that stay open, with the reasons, and of all else that is not said there. */
  const lines = ({ open_lists: opened, unmapped, plausibility, assumptions }) => {
    const reasons = opened.flatMap(({ because }) => because);
    const said = (one) => !one.code && reasons.some(({ reason, resources }) => reason === one.reason && one.resources.every((name) => resources.includes(name)));
    const others = [...unmapped, ...plausibility, ...assumptions].filter((one) => !said(one));
    return { open: opened.map(open), others: others.map((one) => line(one.text, one)) };
  };
  /** Shows the report of the patient in the form; none for a patient who came otherwise. */
  const tell = (report) => {
    const opened = report?.open_lists ?? [];
    list.replaceChildren(...(report ? Object.values(lines(report)).flat() : []));
    box.hidden = !list.childElementCount;
    note.hidden = !opened.length;
    const { zh, en } = Words.joined(opened.map(({ name }) => label(name)), "、", ", ");
    note.replaceChildren(...Words.both({
      zh: `读入的FHIR记录可能不全：${zh}。写明的已计入，未写明的按未知处理；原因见“读入FHIR时”。`,
      en: `The FHIR records may not be all: ${en}. What is written counts, what is not is unknown; the reasons stand under “When the FHIR was read”.`,
    }));
  };

  return { tell, lines, label };
})();
