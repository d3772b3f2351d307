// Why a rule applies to the patient in the form or does not, and what would change that: asked of the server, shown in the side
// pane. It belongs to what the form held: once that is changed it is marked as old, and of another patient it is gone.
"use strict";
(() => {
  /** The explanation of a rule; `others` are rules that the same thing rests on. */
  const step = (rule, others) => ({
    patient: true,
    load: async () => {
      const response = await Access.post("/explanation", JSON.stringify({ ...Profile.collect(), rule }));
      if (!response.ok) throw Object.assign(new Access.Failure("有资料未被接受：", "Some facts were refused:"), { lines: Access.refusal(response).map(Access.place) });
      return Access.ours(response, "pane");
    },
    after: (content) => {
      const more = content.querySelector(".other-rules");
      if (more && others.length > 1) {
        more.hidden = false;
        more.append(...others.map((one) => Object.assign(document.createElement("button"), { type: "button", className: "explain quiet", textContent: one, disabled: one === rule })));
        for (const button of more.querySelectorAll("button")) { button.dataset.rule = button.textContent; button.dataset.rules = others.join(" "); }
      }
    },
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("button.explain");
    if (!button) return;
    event.preventDefault();
    Pane.open(step(button.dataset.rule, (button.dataset.rules ?? button.dataset.rule).split(" ")), button);
  });
})();
