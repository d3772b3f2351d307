// One of two languages is shown; which one is remembered, nothing else is.
"use strict";
(() => {
  const root = document.documentElement;
  const button = document.getElementById("language");
  const show = (language) => {
    root.dataset.lang = language;
    root.lang = language === "zh" ? "zh-CN" : "en";
    button.textContent = language === "zh" ? "EN" : "中";
    for (const one of document.querySelectorAll("[data-zh]"))
      if (one.tagName === "OPTGROUP") one.label = one.dataset[language];
      else one.textContent = one.dataset[language];
    for (const content of document.querySelectorAll("template"))
      for (const option of content.content.querySelectorAll("[data-zh]")) option.textContent = option.dataset[language];
  };
  let chosen = new URLSearchParams(location.search).get("lang");
  try { chosen ??= localStorage.getItem("language"); } catch { /* a frame may not be allowed to remember */ }
  show(["zh", "en"].includes(chosen) ? chosen : root.dataset.lang);
  // A link within these pages keeps the language; the address says it where it is not the site's usual one.
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href^='/']");
    if (!link) return;
    const address = new URL(link.href);
    if (root.dataset.lang === root.dataset.usual) address.searchParams.delete("lang");
    else address.searchParams.set("lang", root.dataset.lang);
    link.setAttribute("href", address.pathname + address.search + address.hash);
  }, true);
  button.addEventListener("click", () => {
    const language = root.dataset.lang === "zh" ? "en" : "zh";
    try { localStorage.setItem("language", language); } catch { /* as above */ }
    const address = new URL(location.href);
    address.searchParams.set("lang", language);
    history.replaceState(null, "", address);
    show(language);
  });
})();
