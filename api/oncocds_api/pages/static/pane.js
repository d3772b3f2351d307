// The side pane: documents, rules, and what is said of this patient beside the answer. Nothing in it leaves the patient: links
// to pages of ours open here, one after the other, and a way back leads through them. What concerns a patient goes with him.
"use strict";
const Pane = (() => {
  const pane = document.getElementById("source");
  const content = document.getElementById("source-text");
  const whole = document.getElementById("source-link");
  const back = document.getElementById("source-back");
  const close = document.getElementById("source-close");
  const main = document.getElementById("main");
  const PAGES = /^\/(rules|documents|derived|vocabulary|scenarios)(\/|$)/;
  let steps = []; // what was opened, one after the other; the last one is shown
  let from = null; // where the first of them was opened
  let turn = 0; // what was asked for before the last step is not shown

  const failed = (error) => {
    if (!(error instanceof Access.Failure)) console.error(error);
    const { zh, en } = error.words ?? { zh: "页面出错。", en: "The page failed." };
    const told = document.createElement("div");
    told.setAttribute("role", "alert");
    told.append(Words.line("p", { zh: `未能载入。${zh}`, en: `It could not be loaded. ${en}` }));
    if (error.lines?.length) { const list = document.createElement("ul"); list.append(...error.lines); told.append(list); }
    told.append(Words.button({ zh: "重试", en: "Try again" }, shown));
    return told;
  };
  /** Shows the last step, loading it anew: a patient may have changed since. */
  const shown = async () => {
    const mine = ++turn;
    const step = steps.at(-1);
    pane.hidden = false;
    main.classList.add("with-source");
    back.hidden = steps.length < 2;
    whole.hidden = !step.href;
    if (step.href) whole.href = step.href;
    pane.setAttribute("aria-busy", "true");
    content.replaceChildren(Object.assign(Words.line("p", { zh: "正在载入……", en: "Loading …" }), { className: "hint" }));
    let found;
    try { found = await step.load(); } catch (error) { found = failed(error); }
    if (mine !== turn) return;
    pane.removeAttribute("aria-busy");
    content.replaceChildren(found);
    content.dispatchEvent(new Event("shown"));
    pane.scrollTop = 0;
    step.after?.(content);
    age();
  };
  /** Opens a step: `load` gives what is shown, `href` where it stands alone, `patient` whether it is about the patient. */
  const open = (step, pressed) => {
    if (pane.hidden || !steps.length) { steps = []; from = Keeping.mark(pressed); }
    steps.push(step);
    const done = shown();
    close.focus({ preventScroll: true });
    return done;
  };
  const end = () => {
    turn += 1;
    steps = [];
    pane.hidden = true;
    content.replaceChildren();
    main.classList.remove("with-source");
  };
  const shut = () => { end(); Keeping.find(from)?.focus(); };

  const part = (path, hash) => {
    const passage = hash.slice(1);
    return {
      href: Access.root() + path.slice(1) + hash,
      load: async () => {
        const [bare, query = ""] = path.split("?");
        const asked = new URLSearchParams(query);
        asked.set("pane", "true");
        return Access.ours(await Access.get(`${bare}?${asked}`), "pane");
      },
      after: (text) => {
        for (const mark of text.querySelectorAll("mark")) mark.classList.toggle("hot", Boolean(passage) && mark.dataset.passages.split(" ").includes(passage));
        (text.querySelector(".hot") ?? (passage ? document.getElementById(passage) : null))?.scrollIntoView({ block: "center" });
      },
    };
  };
  const plain = (event) => !event.defaultPrevented && !event.button && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
  /** The path and fragment of a page of ours that reads the knowledge; nothing for any other address. */
  const ours = (address) => {
    const { origin, pathname, search, hash } = new URL(address, location.href);
    const root = Access.root();
    if (origin !== location.origin || !pathname.startsWith(root)) return null;
    const path = `/${pathname.slice(root.length)}`;
    return PAGES.test(path) ? [path + search, hash] : null;
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    if (!link || link === whole || !plain(event)) return;
    const found = ours(link.href);
    // The pages' own menu leads away as long as there is nothing to leave.
    if (!found || (link.closest(".top") && !Leaving.filled())) return;
    event.preventDefault();
    open(part(...found), link);
  });
  content.addEventListener("submit", (event) => {
    const found = ours(event.target.getAttribute("action")); // a field may be called so, too
    if (!found) return;
    event.preventDefault();
    const sought = new URLSearchParams([...new FormData(event.target)].filter(([, value]) => value));
    steps[steps.length - 1] = part(`${found[0].split("?")[0]}?${sought}`, "");
    shown();
  });
  content.addEventListener("change", (event) => { if (event.target.form?.getAttribute("method") === "get") event.target.form.requestSubmit(); });
  back.addEventListener("click", () => { steps.pop(); shown(); });
  close.addEventListener("click", shut);
  addEventListener("keydown", (event) => { if (event.key === "Escape" && !event.isComposing && !pane.hidden && !document.querySelector("dialog[open]")) shut(); });
  /** Marks what is said of the patient as old unless it is of what the answer that stands is of. */
  const age = () => {
    const said = content.querySelector("[data-input]");
    if (!said) return;
    const of = Answer.advice.querySelector("[data-input]")?.dataset;
    said.classList.toggle("aged", !(Answer.isCurrent() && of?.input === said.dataset.input && of?.policy === said.dataset.policy));
  };
  for (const state of ["pending", "current", "refused", "failed"]) Answer.section.addEventListener(state, age);
  content.addEventListener("click", (event) => { if (event.target.closest(".again")) shown(); });
  // Another patient: what is said of the last one is gone at once.
  Answer.section.addEventListener("forgotten", () => {
    if (!steps.some((step) => step.patient)) return;
    end();
  });

  return { open, end };
})();
