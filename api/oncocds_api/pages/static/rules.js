// Filters the list of rules; the filter stands in the address, so that it can be passed on.
"use strict";
(() => {
  const form = document.getElementById("filter");
  const rules = [...document.querySelectorAll("#rules li")].map((item) => {
    const { document: of, kind, action, fact, text } = item.dataset;
    return { item, text, of: { document: [of], kind: [kind], action: [action], fact: fact.split(" ") } };
  });
  const filter = () => {
    const sought = [...new FormData(form)].map(([name, value]) => [name, value.trim()]).filter(([, value]) => value);
    const words = sought.filter(([name]) => name === "q").flatMap(([, value]) => value.toLowerCase().split(/\s+/));
    const chosen = sought.filter(([name]) => name !== "q");
    let shown = 0;
    for (const { item, text, of } of rules) {
      const fits = chosen.every(([name, value]) => of[name].includes(value)) && words.every((word) => text.includes(word));
      item.hidden = !fits;
      shown += fits;
    }
    document.getElementById("shown").textContent = shown;
    document.getElementById("nothing").hidden = shown > 0;
    document.getElementById("all").hidden = !sought.length;
    const lang = new URLSearchParams(location.search).get("lang");
    const address = new URLSearchParams([...sought, ...(lang ? [["lang", lang]] : [])]);
    history.replaceState(null, "", address.size ? `?${address}` : location.pathname);
  };
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => { event.preventDefault(); filter(); });
})();
