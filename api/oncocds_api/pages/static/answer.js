// What stands as the answer, and whether it may be believed. Five states, in `data-state`:
//   empty    nothing was asked yet
//   pending  an answer to what the form holds now is awaited; what stands is older, and of the same patient
//   current  what stands answers what the form holds now
//   refused  the server refused what the form holds; what stands is older, and of the same patient
//   failed   no answer came; what stands is older, and of the same patient
// Only what is current is printed, copied or worked with. Of another patient nothing stands: `forget` comes first.
// The section tells each of these as an event of its name, and `forgotten`: what stands beside the answer listens.
"use strict";
const Answer = (() => {
  const section = document.getElementById("answer");
  const told = document.getElementById("answer-told");
  const advice = document.getElementById("advice");
  const counts = document.getElementById("jump-counts");
  const hint = section.querySelector(".empty");

  const enter = (state, box) => {
    section.dataset.state = state;
    section.setAttribute("aria-busy", String(state === "pending"));
    // Once marked as old it stays so until an answer comes; an awaited one is marked by the style sheet when it takes long.
    if (state !== "pending") section.classList.toggle("stale", state !== "current");
    advice.inert = section.classList.contains("stale");
    for (const button of advice.querySelectorAll("#print, #copy, .answer-with, .judge button")) button.disabled = state !== "current";
    hint.hidden = true;
    told.replaceChildren(...(box ? [box] : []));
    section.dispatchEvent(new Event(state));
  };
  /** Another patient: what stands is gone, at once. */
  const forget = () => {
    advice.replaceChildren();
    counts.replaceChildren();
    section.classList.remove("stale");
    section.dispatchEvent(new Event("forgotten"));
    enter("pending");
  };
  const pending = () => enter("pending");
  const current = (fragment) => {
    const scrolled = section.scrollTop;
    Patching.into(advice, fragment);
    enter("current");
    section.scrollTop = scrolled;
    counts.replaceChildren(...[...advice.querySelectorAll(".counts > *")].map((count) => {
      const shown = Object.assign(document.createElement("span"), { className: count.className });
      shown.append(...[...count.cloneNode(true).childNodes]);
      return shown;
    }));
  };
  const box = (words, lines, action) => {
    const found = Object.assign(document.createElement("div"), { className: "notice critical failure" });
    found.setAttribute("role", "alert");
    found.append(Words.line("p", advice.childElementCount ? { zh: `${words.zh}以下建议未更新，不可采用。`, en: `${words.en} The advice below is not updated and must not be used.` } : words));
    if (lines.length) { const list = document.createElement("ul"); list.append(...lines); found.append(list); }
    if (action) found.append(action);
    return found;
  };
  const refused = (words, lines, action) => enter("refused", box(words, lines, action));
  const failed = (words, action, lines = []) => enter("failed", box(words, lines, action));
  const isCurrent = () => section.dataset.state === "current";

  document.addEventListener("copy", (event) => {
    if (isCurrent() || !(advice.contains(event.target) || getSelection()?.containsNode(advice, true))) return;
    event.preventDefault();
    event.clipboardData.setData("text/plain", section.querySelector(".not-current").textContent.replace(/\s+/g, " ").trim());
  });

  return { section, advice, forget, pending, current, refused, failed, isCurrent };
})();
