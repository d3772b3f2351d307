// What the server refused: said at its field, and in a summary whose lines lead to the fields.
"use strict";
const Refusing = (() => {
  const { form, fieldOf } = Profile;
  const words = (element) => {
    const one = (lang) => element?.querySelector(`[lang="${lang}"]`)?.textContent.trim() ?? element?.textContent.trim() ?? "";
    return { zh: one("zh-CN"), en: one("en") };
  };
  /** What a field is called, with the list and the number of its row. */
  const name = (field) => {
    const of = words(field.querySelector("label, legend"));
    const list = field.closest(".rows");
    if (!list) return of;
    const number = [...list.querySelectorAll(".row")].indexOf(field.closest(".row")) + 1;
    const { zh, en } = words(list.querySelector("h3"));
    return { zh: `${zh} ${number}：${of.zh}`, en: `${en} ${number}: ${of.en}` };
  };
  const clear = () => {
    for (const wrong of form.querySelectorAll(".wrong:not([hidden])")) { wrong.hidden = true; wrong.replaceChildren(); }
    for (const input of form.querySelectorAll("[aria-invalid]")) { input.removeAttribute("aria-invalid"); input.removeAttribute("aria-describedby"); }
  };
  /** Says at each field what was refused there; returns the lines of the summary. `lead` goes to a field, by its pointer. */
  const tell = (errors, lead) => {
    clear();
    return errors.map((error, index) => {
      const field = fieldOf(error.pointer);
      const wrong = field?.querySelector(".wrong");
      if (!wrong || !error.words) return Access.place(error);
      wrong.append(...Words.both(error.words));
      wrong.id = `wrong-${index}`;
      wrong.hidden = false;
      for (let at = wrong.closest("details"); at; at = at.parentElement.closest("details")) at.open = true;
      for (const input of field.querySelectorAll("input, select")) { input.setAttribute("aria-invalid", "true"); input.setAttribute("aria-describedby", wrong.id); }
      const of = name(field);
      const link = Words.line("a", { zh: `${of.zh}：${error.words.zh}`, en: `${of.en}: ${error.words.en}` });
      link.href = `#${wrong.id}`;
      link.addEventListener("click", (event) => { event.preventDefault(); lead(error.pointer); });
      const line = document.createElement("li");
      line.append(link);
      return line;
    });
  };

  return { tell, clear };
})();
