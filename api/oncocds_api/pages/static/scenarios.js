// Sends the text of a scenario file and shows how it went.
"use strict";
(() => {
  const form = document.getElementById("scenario-form");
  const text = document.getElementById("feature");
  const report = document.getElementById("report");
  const say = (zh, en) => (document.documentElement.dataset.lang === "zh" ? zh : en);
  const failed = (message) => {
    const box = Object.assign(document.createElement("p"), { className: "notice critical", textContent: message });
    box.setAttribute("role", "alert");
    report.replaceChildren(box);
  };
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      const response = await Access.post("/scenarios", { text: text.value });
      if (response.ok) { report.innerHTML = await response.text(); return; }
      const problem = await response.json();
      failed([response.status === 422 ? say("未被接受", "Refused") : Access.words(problem), ...(problem.errors ?? []).map((one) => `${one.pointer} ${say(one.words.zh, one.words.en)}`)].join(" — "));
    } catch (error) {
      failed(Access.failure(error));
    }
  });
  document.getElementById("file").addEventListener("change", async (event) => {
    const [file] = event.target.files;
    if (!file) return;
    event.target.value = ""; // so that the same file, changed, may be chosen again
    if (file.size > 600_000) { failed(say("文件太大。", "The file is too large.")); return; }
    text.value = await file.text();
    form.requestSubmit();
  });
})();
