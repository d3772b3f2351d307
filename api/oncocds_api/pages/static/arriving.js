// A patient who comes from outside: from an EHR's FHIR server, or in a message of the page around this one. The last one's
// form and answer are gone before anything else happens; what comes goes to the server as what is pasted does, or not at all.
"use strict";
const Arriving = (() => {
  const box = document.getElementById("arrived");
  const [told, wrong] = box.children;
  const notice = (kind, words, lines) => {
    const found = Object.assign(document.createElement("div"), { className: `notice ${kind}` });
    found.append(Words.line("p", words));
    if (lines.length) { const list = document.createElement("ul"); list.append(...lines); found.append(list); }
    return found;
  };
  /** Says who stands in the form and what of them could not be had; gone with this patient. */
  const tell = (words, lines = [], kind = lines.length ? "warning" : "") => told.replaceChildren(notice(kind, words, lines));
  /** Says that something was refused; what stands is not touched. */
  const refuse = (words) => wrong.replaceChildren(notice("warning", words, []));
  Answer.section.addEventListener("forgotten", () => { told.replaceChildren(); wrong.replaceChildren(); });

  /** A line of a failure, for whoever sent what failed: the place, and the words in both languages. */
  const plain = (line) => {
    const [zh, en] = ["zh-CN", "en"].map((lang) => line.querySelector(`[lang="${lang}"]`)?.textContent ?? line.textContent);
    return { pointer: line.querySelector("code")?.textContent ?? null, zh, en };
  };
  /** Empties the form and says why nothing is there; `again` is offered where it may help. */
  const fail = (words, again, lines) => {
    Evaluating.leave();
    Answer.failed(words, again && Words.button({ zh: "重试", en: "Try again" }, again), lines);
  };
  /** What of the patient in the form could not be had from the EHR: a line each. */
  const lost = () => [...told.querySelectorAll(".notice.warning li")];
  /**
   * Takes over what `load` gives: a text, as if it were pasted. `check` may refuse what the server accepted, `whose` gives what is then
   * said of the patient, as long as they stand in the form, `done` is told the outcome.
   */
  const bring = async ({ load, check = () => {}, whose, done = () => {}, reading }) => {
    document.getElementById("paste-dialog").close();
    const { signal, latest } = Evaluating.leave();
    tell(reading ?? { zh: "正在读入病历系统送来的患者……", en: "Taking over the patient that the EHR sent …" });
    try {
      const found = await Paste.accepted(await load(signal), signal, { zh: "。", en: "." }); // the form was emptied: see below
      check(found);
      if (!latest()) { done({ outcome: "superseded" }); return; }
      Evaluating.take({ ...found, arrived: whose() });
      done({ outcome: "taken", input_digest: found.input_digest, policy_digest: found.policy_digest, open_lists: (found.report?.open_lists ?? []).map(({ name }) => name) });
    } catch (error) {
      if (!latest()) { done({ outcome: "superseded" }); return; }
      const words = error.words ?? { zh: "页面出错，未填入。", en: "The page failed; nothing was taken over." };
      const lines = error.lines ?? [];
      const said = { zh: `${words.zh}表单中没有患者。`, en: `${words.en} There is no patient in the form.` };
      fail(said, error.final ? null : () => bring({ load, check, whose, done, reading }), lines);
      done({ outcome: error.lines ? "refused" : "failed", words: said, errors: lines.map(plain) });
    }
  };

  return { bring, fail, tell, refuse, lost };
})();
