// Rows of the lists and choices that “none” or a press took out: they can be brought back as long as the patient is the same.
"use strict";
const Rows = (() => {
  const { form } = Profile;
  const taken = new Map(); // of a list its rows, of a field with choices those that were chosen
  const tell = (list) => {
    const button = list.querySelector(".restore");
    const number = taken.get(list)?.length ?? 0;
    button.hidden = !number;
    button.querySelector(".number").textContent = number || "";
  };
  const takeOut = (list, rows) => {
    if (!rows.length) return;
    taken.set(list, [...(taken.get(list) ?? []), ...rows]);
    for (const row of rows) row.remove();
    tell(list);
  };
  const bringBack = (list) => {
    list.querySelector(".items").append(...(taken.get(list) ?? []));
    list.querySelector(".none").checked = false;
    taken.delete(list);
    tell(list);
  };
  /** “None” was ticked or unticked in a list. */
  const none = (list, ticked) => {
    const items = list.querySelector(".items");
    if (ticked) takeOut(list, [...items.children]);
    else if (!items.childElementCount && taken.has(list)) bringBack(list);
  };
  /** “None” was ticked or unticked in a field with choices. */
  const noChoice = (field, ticked) => {
    const boxes = [...field.querySelectorAll("input:not([data-none])")];
    if (ticked) taken.set(field, boxes.filter((box) => box.checked));
    for (const box of ticked ? boxes : taken.get(field) ?? []) box.checked = !ticked;
  };
  Answer.section.addEventListener("forgotten", () => {
    taken.clear();
    for (const list of form.querySelectorAll(".rows")) tell(list);
  });

  return { takeOut, bringBack, none, noChoice };
})();
