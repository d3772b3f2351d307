// Copies the current answer as text, with what of the patient's records could not be read. Where the browser has no clipboard
// for this address, a hidden field is copied from.
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
  /** What stands above the advice of records that were not read: a line each, behind the line that says what this is. */
  const missed = (zh) => {
    const plain = (element) => [...element.querySelectorAll("[lang]")].filter(({ lang }) => (lang === "en") !== zh).map(({ textContent }) => textContent).join("");
    const note = document.getElementById("imported-note");
    const reads = Arriving.lost().map((line) => `! ${plain(line)}`);
    return [
      ...(reads.length ? [zh ? "[病历中未能读取，按未知处理]" : "[Not read from the EHR, so unknown]", ...reads] : []),
      ...(note.hidden ? [] : [`! ${plain(note)}`]),
    ];
  };
  /** Copies in the language shown; the button says how it went. */
  const press = async (button) => {
    const language = document.documentElement.dataset.lang;
    const [title, ...lines] = Answer.advice.querySelector(`template[data-text="${language}"]`).content.textContent.split("\n");
    const text = [title, ...missed(language === "zh"), ...lines].join("\n");
    const usual = [...button.childNodes];
    const done = await copy(text);
    button.replaceChildren(...Words.both(done ? { zh: "已复制", en: "Copied" } : { zh: "未能复制", en: "Not copied" }));
    setTimeout(() => { button.replaceChildren(...usual); }, 2000);
  };

  return { press };
})();
