// A patient that is pasted goes to the server as it is. What is refused is said in the dialog, place by place. What was accepted,
// and what the form can hold exactly as it was accepted, is shown there in words; only the press of “fill in” takes it over.
"use strict";
const Paste = (() => {
  const dialog = document.getElementById("paste-dialog");
  const text = document.getElementById("paste-text");
  const wrong = document.getElementById("paste-wrong");
  const shown = document.getElementById("paste-shown");
  const [check, back, fill] = ["paste-check", "paste-back", "paste-take"].map((id) => document.getElementById(id));
  const SCENARIO = /^\s*(#\s*language\b|功能\s*[:：]|场景\s*[:：]|Feature:|Scenario:)/mi;
  let checking, ready; // the check under way; what was accepted and is shown

  /** What is not taken over: why, and the places. */
  class Refused extends Error {
    constructor(words, lines = []) { super(words.en); this.words = words; this.lines = lines; }
  }
  const bare = (pointer) => Object.assign(document.createElement("li"), { textContent: pointer });

  /** The request that a text stands for, as the server accepted it, with its digests. Throws with `words` otherwise, which end in what the form is `left` as. */
  const accepted = async (pasted, signal, left = { zh: "，表单未改动。", en: "; the form is unchanged." }) => {
    const response = await Access.post("/profile", pasted, { signal });
    if (!response.ok) throw new Refused({ zh: `未被接受${left.zh}`, en: `Refused${left.en}` }, Access.refusal(response).map(Access.place));
    const found = Access.json(response, "input_digest");
    if (found.report && !Object.keys(found.patient).length)
      throw new Refused(
        { zh: `其中没有可读入的患者资料${left.zh}`, en: `It holds nothing about the patient that can be read${left.en}` },
        found.report.unmapped.map((one) => Words.line("li", one.text)),
      );
    const lost = Profile.lost(found);
    if (lost.length)
      throw new Refused({ zh: "表单不能原样容纳以下资料，因此未填入：", en: "The form cannot hold the following exactly as it is, so nothing was taken over:" }, lost.map(bare));
    return found;
  };

  /** A line for who pasted a scenario: where it runs. */
  const scenario = () => {
    const line = Words.line("li", { zh: "这像是场景文件，请在此运行：", en: "This looks like a scenario file; run it here: " });
    line.append(Object.assign(document.createElement("a"), { href: `${Access.root()}scenarios`, target: "_blank", rel: "noopener", textContent: "场景 Scenarios" }));
    return line;
  };
  const say = (words, lines = []) => {
    const list = document.createElement("ul");
    list.append(...lines);
    wrong.replaceChildren(Words.line("p", words), ...(lines.length ? [list] : []));
    wrong.hidden = false;
  };
  /** The text is asked for, or, with what was accepted of it, that is shown. */
  const turn = (found = null) => {
    ready = found;
    for (const part of [text, check]) part.hidden = Boolean(found);
    for (const part of [shown, back, fill]) part.hidden = !found;
    shown.replaceChildren(...(found ? Offered.told(found) : []));
    wrong.hidden = true;
    (found ? shown : text).focus();
  };
  const checked = async () => {
    wrong.hidden = true;
    checking?.abort();
    const mine = checking = new AbortController();
    dialog.setAttribute("aria-busy", "true");
    try {
      const found = await accepted(text.value, mine.signal);
      if (!mine.signal.aborted) turn(found);
    } catch (error) {
      if (mine.signal.aborted) return;
      const told = error.words ?? { zh: "页面出错，未填入。", en: "The page failed; nothing was taken over." };
      say(told, SCENARIO.test(text.value) ? [scenario(), ...(error.lines ?? [])] : error.lines);
    } finally {
      if (mine === checking) dialog.removeAttribute("aria-busy");
    }
  };
  const open = (offered) => {
    text.value = offered;
    if (!dialog.open) dialog.showModal();
    turn();
  };
  /** Lets patients be pasted; `take` is given each one that was accepted and is wanted. */
  const opens = (take) => {
    document.getElementById("paste").addEventListener("click", () => open(""));
    dialog.addEventListener("close", () => { checking?.abort(); ready = null; shown.replaceChildren(); });
    check.addEventListener("click", checked);
    back.addEventListener("click", () => turn());
    fill.addEventListener("click", () => {
      const found = ready;
      dialog.close();
      if (found) take(found);
    });
  };

  /** Offers a text as if it had been pasted, and has it checked at once. */
  const offer = (offered) => { open(offered); checked(); };

  return { accepted, opens, offer };
})();
