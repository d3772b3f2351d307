// Marks the passage that the address names, and the one that is pressed.
"use strict";
(() => {
  const marks = [...document.querySelectorAll("mark")];
  const show = (passages, scroll) => {
    const wanted = passages.split(" ");
    for (const mark of marks) mark.classList.toggle("hot", mark.dataset.passages.split(" ").some((one) => wanted.includes(one)));
    if (scroll) document.querySelector("mark.hot")?.scrollIntoView({ block: "center" });
  };
  const follow = () => { const passage = location.hash.slice(1); if (passage) show(passage, true); };
  addEventListener("hashchange", follow);
  document.addEventListener("click", (event) => {
    const mark = event.target.closest("mark");
    if (mark) { const passage = mark.dataset.passages.split(" ").at(-1); history.replaceState(null, "", `#${passage}`); show(passage, false); }
  });
  document.addEventListener("focusin", (event) => {
    const passages = event.target.closest(".margin a")?.dataset.passages;
    if (passages) show(passages, false);
  });
  document.addEventListener("mouseover", (event) => {
    const passages = event.target.closest?.(".margin a")?.dataset.passages;
    if (passages) show(passages, false);
  });
  follow();
})();
