// Where the eye and the keyboard were: what is open and what has the focus is found again after a part of the page was replaced.
"use strict";
const Keeping = (() => {
  const HOLDERS = "[data-key], [data-fold], [data-decision], section[aria-label], section[id], [data-list], .row";
  const name = (element) => element.dataset.key ?? element.dataset.fold ?? element.dataset.decision ?? element.getAttribute("aria-label") ?? element.id ?? "";
  const kind = (element) => `${element.tagName} ${element.dataset.fact ?? ""} ${element.dataset.value ?? ""} ${element.dataset.passage ?? ""} ${element.dataset.rule ?? ""} ${element.getAttribute("href") ?? ""}`;
  /** What tells an element again: the holders around it, and which of its kind it is in the innermost. */
  const mark = (element) => {
    if (!element || element === document.body) return null;
    const holders = [];
    for (let at = element.parentElement?.closest(HOLDERS); at; at = at.parentElement?.closest(HOLDERS)) holders.push(name(at));
    const around = element.parentElement?.closest(HOLDERS) ?? document.body;
    const alike = [...around.querySelectorAll(element.tagName)].filter((one) => kind(one) === kind(element));
    return { element, id: element.id, tag: element.tagName, kind: kind(element), holders: holders.join("\n"), place: alike.indexOf(element) };
  };
  /** The element of a mark: itself where it still stands, else the one that stands where it stood. */
  const find = (marked) => {
    if (!marked || marked.element.isConnected) return marked?.element ?? null;
    if (marked.id) { const same = document.getElementById(marked.id); if (same) return same; }
    return [...document.querySelectorAll(marked.tag)].filter((one) => {
      const other = kind(one) === marked.kind && mark(one);
      return other && other.holders === marked.holders;
    })[Math.max(0, marked.place)] ?? null;
  };
  /** Replaces the content of a part by `replace`; what was open or closed in it by hand and what had the focus stays so. */
  const through = (part, replace) => {
    const opened = [...part.querySelectorAll("details.more")].map((one) => [mark(one), one.open]).filter(([, open]) => open);
    const focus = part.contains(document.activeElement) ? mark(document.activeElement) : null;
    replace();
    for (const [marked, open] of opened) { const again = find(marked); if (again) again.open = open; }
    return focus;
  };

  return { mark, find, through };
})();
