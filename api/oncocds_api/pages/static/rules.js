// Filters the list of rules; the filter stands in the address, so that it can be passed on.
"use strict";
(() => {
  const form = document.getElementById("filter");
  const rules = [...document.querySelectorAll("#rules li")];
  const query = document.getElementById("query");
  const selects = { document: "by-document", kind: "by-kind", action: "by-action" };
  const filter = () => {
    const words = query.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const rule of rules) {
      const fits = Object.entries(selects).every(([name, id]) => {
        const wanted = document.getElementById(id).value;
        return !wanted || rule.dataset[name] === wanted;
      }) && words.every((word) => rule.dataset.text.includes(word));
      rule.hidden = !fits;
      shown += fits;
    }
    document.getElementById("shown").textContent = shown;
    document.getElementById("nothing").hidden = shown > 0;
    const address = new URLSearchParams();
    if (query.value) address.set("q", query.value);
    for (const [name, id] of Object.entries(selects)) if (document.getElementById(id).value) address.set(name, document.getElementById(id).value);
    history.replaceState(null, "", address.size ? `?${address}` : location.pathname);
  };
  const given = new URLSearchParams(location.search);
  query.value = given.get("q") ?? "";
  for (const [name, id] of Object.entries(selects)) document.getElementById(id).value = given.get(name) ?? "";
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  filter();
})();
