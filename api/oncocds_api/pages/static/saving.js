// Saves the patient in the form as a scenario file: with the answer as it stands, or with what the doctor holds against it.
"use strict";
(() => {
  const dialog = document.getElementById("saving-dialog");
  const form = document.getElementById("saving-form");
  const more = document.getElementById("saving-more");
  const words = document.getElementById("saving-words");
  const reason = document.getElementById("saving-reason");
  const told = document.getElementById("saving-told");
  const wrong = document.getElementById("saving-wrong-choice");
  let about = {}; // the action, and the lesion, of the item that is disagreed with

  const chosen = () => form.elements.saving.value;
  const choose = () => {
    more.hidden = !chosen();
    document.getElementById("saving-missing").hidden = chosen() !== "missing";
    told.hidden = true;
  };
  const open = ({ action, lesion, ofZh: zh, ofEn: en }) => {
    const item = action !== undefined;
    about = { what: action, lesion };
    wrong.hidden = !item;
    const of = lesion ? ` [${lesion}]` : "";
    document.getElementById("saving-what").replaceChildren(...(item ? Words.both({ zh: zh + of, en: en + of }) : []));
    words.value = reason.value = "";
    form.elements.saving.value = item ? "wrong" : "";
    choose();
    dialog.showModal();
  };
  const say = (line) => { told.replaceChildren(...Words.both(line)); told.hidden = false; };
  const save = async () => {
    const kind = chosen();
    const what = kind === "missing" ? words.value.trim() : about.what;
    if (kind && !what) { say({ zh: "请写应有的建议。", en: "Write what should be said." }); words.focus(); return; }
    if (kind && !reason.value.trim()) { say({ zh: "请写理由。", en: "Write why." }); reason.focus(); return; }
    const language = document.documentElement.dataset.lang;
    const against = kind ? { what, reason: reason.value, missing: kind === "missing", ...(kind === "wrong" && about.lesion ? { lesion: about.lesion } : {}) } : null;
    try {
      const response = await Access.post("/scenario", JSON.stringify({ request: Profile.collect(), language, disagreement: against }));
      if (!response.ok) {
        say({ zh: "没有保存：资料未被接受，请看表单中标红处。", en: "Not saved: facts were refused, see the form." });
        return;
      }
      const text = Access.ours(response, "scenario-file").querySelector("pre").textContent;
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
      link.download = against ? "oncocds-disagreement.feature" : "oncocds-patient.feature";
      link.click();
      URL.revokeObjectURL(link.href);
      dialog.close();
    } catch (error) {
      if (!(error instanceof Access.Failure)) throw error;
      say(error.words);
    }
  };
  form.addEventListener("change", choose);
  form.addEventListener("input", () => { told.hidden = true; });
  document.getElementById("saving-save").addEventListener("click", save);
  Answer.section.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-saving]");
    if (button) open(button.dataset);
  });
})();
