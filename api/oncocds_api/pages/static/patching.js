// Puts a new answer into the page without touching what is the same: a long answer differs by a line or two from the last one.
// The server marks the blocks of an answer (`<!--[-->…<!--]-->`, one element each). A block whose text came before and still
// stands is not parsed again: its place is held by an <i data-held>, and the element that stands stays, open or closed as it is.
"use strict";
const Patching = (() => {
  const BLOCK = /<!--\[-->([\s\S]*?)<!--\]-->/g;
  let standing = new Map(); // of each block's text its element in the page
  let coming = null; // the same of the answer that is about to be put in

  /** The text of an answer without the blocks that stand already in `part`. */
  const shortened = (part, text) => {
    const [held, fresh] = [[], []];
    coming = { held, fresh };
    return text.replace(BLOCK, (whole, block) => {
      const element = standing.get(block);
      if (!part.contains(element ?? null) || held.some(([, one]) => one === element)) { fresh.push(block); return whole; }
      held.push([block, element]);
      return `<i data-held="${held.length - 1}"></i>`;
    });
  };

  // What a <template> holds are not its children: it is never taken for another one.
  const like = (one, other) => one.nodeType === other.nodeType && one.tagName !== "TEMPLATE" && (one.nodeType !== Node.ELEMENT_NODE
    || (one.tagName === other.tagName && one.id === other.id && one.dataset.fold === other.dataset.fold && (one.id !== "" || one.className === other.className)));
  const attributes = (old, now) => {
    for (const { name } of [...old.attributes]) if (!now.hasAttribute(name) && name !== "open") old.removeAttribute(name);
    for (const { name, value } of now.attributes) if (name !== "open" && old.getAttribute(name) !== value) old.setAttribute(name, value);
  };
  const placed = (node, held) => (node.dataset?.held === undefined ? null : held[Number(node.dataset.held)][1]);
  /** Makes an element that stands what another one is; blocks stay or come as they are. */
  const patched = (old, now, held, blocks) => {
    attributes(old, now);
    const left = new Set([...old.childNodes].filter((one) => !blocks.has(one)));
    const wanted = [...now.childNodes].map((node) => {
      const kept = placed(node, held);
      if (kept || blocks.has(node)) return kept ?? node;
      const again = [...left].find((one) => like(one, node));
      if (!again) {
        for (const place of node.querySelectorAll?.("[data-held]") ?? []) place.replaceWith(placed(place, held));
        return node;
      }
      left.delete(again);
      if (node.nodeType === Node.ELEMENT_NODE) { if (!again.isEqualNode(node)) patched(again, node, held, blocks); }
      else if (again.data !== node.data) again.data = node.data;
      return again;
    });
    for (const one of left) one.remove();
    let at = old.firstChild;
    for (const node of wanted) {
      if (node === at) at = at.nextSibling;
      else old.insertBefore(node, at);
    }
    while (at) { const next = at.nextSibling; at.remove(); at = next; } // blocks that are no more
  };

  /** Makes what stands in `part` the answer that was read of the shortened text; elements that are the same stay. */
  const into = (part, fragment) => {
    const { held, fresh } = coming ?? { held: [], fresh: [] };
    coming = null;
    standing = new Map(held);
    const walker = document.createTreeWalker(fragment, NodeFilter.SHOW_COMMENT);
    const marks = [];
    while (walker.nextNode()) marks.push(walker.currentNode);
    for (const mark of marks) {
      if (mark.data === "[" && fresh.length) standing.set(fresh.shift(), mark.nextElementSibling);
      mark.remove();
    }
    const old = part.firstElementChild;
    if (old) patched(old, fragment, held, new Set(standing.values()));
    else part.replaceChildren(fragment);
  };

  return { shortened, into };
})();
