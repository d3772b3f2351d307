// A patient that is pasted goes to the server as it is. What is refused is said in the dialog, place by place; only what was
// accepted, and what the form can hold exactly as it was accepted, comes into the form.
"use strict";
const Paste = (() => {
  const dialog = document.getElementById("paste-dialog");
  const text = document.getElementById("paste-text");
  const wrong = document.getElementById("paste-wrong");
  const button = document.getElementById("paste-take");
  let checking;

  /** What is not taken over: why, and the places. */
  class Refused extends Error {
    constructor(words, lines = []) { super(words.en); this.words = words; this.lines = lines; }
  }
  const bare = (pointer) => Object.assign(document.createElement("li"), { textContent: pointer });

  /** The request that a text stands for, as the server accepted it, with its digests. Throws with `words` otherwise. */
  const accepted = async (pasted, signal) => {
    const response = await Access.post("/profile", pasted, { signal });
    if (!response.ok) throw new Refused({ zh: "未被接受，表单未改动：", en: "Refused; the form is unchanged:" }, Access.refusal(response).map(Access.place));
    const found = Access.json(response, "input_digest");
    if (found.report && !Object.keys(found.patient).length)
      throw new Refused(
        { zh: "其中没有可读入的患者资料，表单未改动。", en: "It holds nothing about the patient that can be read; the form is unchanged." },
        found.report.unmapped.map((one) => Words.line("li", one.text)),
      );
    const lost = Profile.lost(found);
    if (lost.length)
      throw new Refused({ zh: "表单不能原样容纳以下资料，因此未填入：", en: "The form cannot hold the following exactly as it is, so nothing was taken over:" }, lost.map(bare));
    return found;
  };

  const say = (words, lines = []) => {
    const list = document.createElement("ul");
    list.append(...lines);
    wrong.replaceChildren(Words.line("p", words), ...(lines.length ? [list] : []));
    wrong.hidden = false;
  };
  /** Lets patients be pasted; `take` is given each one that was accepted. */
  const opens = (take) => {
    document.getElementById("paste").addEventListener("click", () => { text.value = ""; wrong.hidden = true; dialog.showModal(); text.focus(); });
    dialog.addEventListener("close", () => checking?.abort());
    button.addEventListener("click", async () => {
      wrong.hidden = true;
      checking?.abort();
      const mine = checking = new AbortController();
      dialog.setAttribute("aria-busy", "true");
      try {
        const found = await accepted(text.value, mine.signal);
        if (mine.signal.aborted) return;
        dialog.close();
        take(found);
      } catch (error) {
        if (mine.signal.aborted) return;
        say(error.words ?? { zh: "页面出错，未填入。", en: "The page failed; nothing was taken over." }, error.lines);
      } finally {
        if (mine === checking) dialog.removeAttribute("aria-busy");
      }
    });
  };

  /** Offers a text as if it had been pasted, and has it checked at once. */
  const offer = (offered) => {
    text.value = offered;
    wrong.hidden = true;
    if (!dialog.open) dialog.showModal();
    button.click();
  };

  return { accepted, opens, offer };
})();
