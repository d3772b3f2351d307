// What would come into the form, in words: every fact with its value, what is converted, what is left out and why, which lists
// stay open, under which settings and date it would be evaluated.
"use strict";
const Offered = (() => {
  const FEW = 8; // facts of a group that are shown at once; the others are a press away

  const element = (tag, ...parts) => { const made = document.createElement(tag); made.append(...parts); return made; };
  const list = (items) => element("ul", ...items);
  const heading = (words, number) => {
    const made = Words.line("h3", words);
    made.append(" ", element("small", String(number)));
    return made;
  };
  const fact = ({ label, value, converted }) => {
    const item = document.createElement("li");
    item.append(element("b", ...Words.both(label)), " ", ...Words.both(value));
    if (converted) item.append(" ", Object.assign(Words.line("span", { zh: `（换算：${converted.zh}）`, en: `(converted: ${converted.en})` }), { className: "converted" }));
    return item;
  };
  /** The facts of one part of the form, which names them; where they are many, the rest is folded. */
  const group = ([title, facts]) => {
    const rest = facts.length > FEW + 1 ? facts.slice(FEW) : [];
    const made = [element("h4", ...title), list(facts.slice(0, facts.length - rest.length).map(fact))];
    if (rest.length) {
      const more = element("details", Words.line("summary", { zh: `另 ${rest.length} 项`, en: `${rest.length} more` }), list(rest.map(fact)));
      more.className = "rest";
      made.push(more);
    }
    return made;
  };
  const grouped = (facts) => {
    const found = new Map();
    for (const one of facts) {
      const part = Profile.fieldOf(one.path)?.closest(".group");
      if (!found.has(part)) found.set(part, []);
      found.get(part).push(one);
    }
    return [...found].flatMap(([part, of]) => group([(part?.querySelector("h2") ?? document.createElement("h2")).cloneNode(true).childNodes, of]));
  };

  /** The parts of the dialog that tell of what was accepted. */
  const told = ({ told: all, usual, as_of, report }) => {
    const settings = all.filter(({ path }) => path.startsWith("policy."));
    const open = all.filter(({ path }) => path.startsWith("incomplete."));
    const facts = all.filter((one) => !settings.includes(one) && !open.includes(one));
    const converted = facts.filter((one) => one.converted).length;
    const made = [];
    if (Leaving.filled()) made.push(Object.assign(Words.line("p", { zh: "表单里现有的患者资料将被换下（可用“恢复上一位”取回）。", en: "What the form holds now will be replaced (“Previous” brings it back)." }), { className: "notice warning" }));
    const lines = report ? Imported.lines(report) : { open: open.map(({ path }) => Words.line("li", Imported.label(path.slice(path.indexOf(".") + 1)))), others: [] };
    made.push(heading({ zh: "将填入", en: "To be filled in" }, facts.length));
    const counted = [
      [converted, `${converted} 项换算了单位`, `${converted} converted to another unit`],
      [lines.open.length, `${lines.open.length} 个列表可能不全`, `${lines.open.length} lists stay open`],
      [lines.others.length, `${lines.others.length} 条说明未用、可疑或假定之处`, `${lines.others.length} remarks on what is left out, odd or assumed`],
    ].filter(([number]) => number).map(([, zh, en]) => ({ zh, en }));
    if (counted.length) { const { zh, en } = Words.joined(counted, "；", "; "); made.push(Words.line("p", { zh: `${zh}：见下。`, en: `${en}: see below.` })); }
    made.push(...(facts.length ? grouped(facts) : [Words.line("p", { zh: "没有患者资料。", en: "No facts about the patient." })]));
    if (lines.open.length) made.push(heading({ zh: "可能不全的列表（写明的计入，未写明的按未知处理）", en: "Lists that stay open (what is written counts, what is not is unknown)" }, lines.open.length), list(lines.open));
    if (lines.others.length) made.push(heading({ zh: "未用的、可疑的与假定的", en: "Left out, odd, or assumed" }, lines.others.length), list(lines.others));
    else if (report && !lines.open.length) made.push(Words.line("p", { zh: "没有未用的记录。", en: "No record is left out." }));
    const date = as_of ? [fact({ label: { zh: "评估日期", en: "as of" }, value: { zh: as_of, en: as_of } })] : [];
    if (settings.length || date.length) made.push(heading({ zh: "本次评估的设置与日期", en: "Settings and date of this evaluation" }, settings.length + date.length), list([...settings.map(fact), ...date]));
    if (usual.length) made.push(heading({ zh: "与本院设置相同，不另填入", en: "As the site has them anyway, so not filled in" }, usual.length), list(usual.map(fact)));
    return made;
  };

  return { told };
})();
