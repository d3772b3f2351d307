// Words in both languages: both stand in the page and one is shown, so that switching later changes what was said before.
"use strict";
const Words = (() => {
  const both = ({ zh, en }) => [["zh-CN", zh], ["en", en]].map(([lang, textContent]) => Object.assign(document.createElement("span"), { lang, textContent }));
  const line = (tag, words) => { const element = document.createElement(tag); element.append(...both(words)); return element; };
  const button = (words, press) => {
    const element = Object.assign(line("button", words), { type: "button" });
    element.addEventListener("click", press);
    return element;
  };
  /** Words that stand for themselves beside others: `{zh, en}` of each, put together. */
  const joined = (parts, zh, en) => ({ zh: parts.map((part) => part.zh).join(zh), en: parts.map((part) => part.en).join(en) });

  return { both, line, button, joined };
})();
