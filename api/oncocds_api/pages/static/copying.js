// Copies the current answer as text. Where the browser has no clipboard for this address, a hidden field is copied from.
"use strict";
const Copying = (() => {
  const copy = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const field = Object.assign(document.createElement("textarea"), { value: text, className: "hidden", readOnly: true });
      document.body.append(field);
      field.select();
      const done = document.execCommand("copy");
      field.remove();
      return done;
    }
    return true;
  };
  /** Copies in the language shown; the button says how it went. */
  const press = async (button) => {
    const text = Answer.advice.querySelector(`template[data-text="${document.documentElement.dataset.lang}"]`).content.textContent;
    const usual = [...button.childNodes];
    const done = await copy(text);
    button.replaceChildren(...Words.both(done ? { zh: "已复制", en: "Copied" } : { zh: "未能复制", en: "Not copied" }));
    setTimeout(() => { button.replaceChildren(...usual); }, 2000);
  };

  return { press };
})();
