// Offers drugs while one is typed: by any name, in Chinese or English, by brand, by pinyin and by the initials of its syllables.
"use strict";
(() => {
  const MOST = 12;
  const offered = document.getElementById("drug-offers");
  const drugs = [...document.querySelectorAll("#drugs option")].map(({ value, label, dataset }) => ({
    value, label, code: dataset.code, found: [...dataset.names.split("|"), ...dataset.spelled.split("|")].filter(Boolean),
  }));
  const plain = (text) => text.normalize("NFKC").trim().toLowerCase();
  /** The drugs with a name that begins with what is typed, then those with one that holds it; each with that name. */
  const matching = (typed) => {
    const hits = drugs.flatMap((drug) => {
      const names = drug.found.filter((name) => plain(name).includes(typed));
      const first = names.find((name) => plain(name).startsWith(typed));
      return names.length ? [{ ...drug, by: first ?? names[0], place: first ? 0 : 1 }] : [];
    });
    return hits.sort((one, other) => one.place - other.place || one.by.length - other.by.length).slice(0, MOST);
  };
  document.addEventListener("input", (event) => {
    if (event.target.getAttribute("list") !== "drug-offers") return;
    const typed = plain(event.target.value);
    // A browser shows of a list what holds the typed text: the name that matched stands in the label.
    offered.replaceChildren(...(typed ? matching(typed) : []).map(({ value, label, by }) => {
      const option = document.createElement("option");
      option.value = value;
      option.label = [value, label].includes(by) ? label : `${label} · ${by}`;
      return option;
    }));
  });
})();
