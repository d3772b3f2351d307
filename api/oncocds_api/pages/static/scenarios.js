// Sends the text of a scenario file and shows how it went.
"use strict";
(() => {
  const form = document.getElementById("scenario-form");
  const text = document.getElementById("feature");
  const report = document.getElementById("report");
  const failed = (words, lines = []) => {
    const box = Object.assign(document.createElement("div"), { className: "notice critical" });
    box.setAttribute("role", "alert");
    box.append(Words.line("p", words), ...lines);
    report.replaceChildren(box);
  };
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    report.replaceChildren(); // what stands there is of another text
    try {
      const response = await Access.post("/scenarios", JSON.stringify({ text: text.value }));
      if (response.ok) report.replaceChildren(Access.ours(response, "scenarios"));
      else failed({ zh: "未被接受。", en: "Refused." }, Access.refusal(response).map(Access.place));
    } catch (error) {
      failed(error.words ?? { zh: "页面出错，没有结果。", en: "The page failed; there is no result." });
    }
  });
  // A file that is not UTF-8 is read as GBK, as on the command line.
  const read = async (file) => {
    const bytes = await file.arrayBuffer();
    try { return new TextDecoder("utf-8", { fatal: true }).decode(bytes); }
    catch { return new TextDecoder("gb18030").decode(bytes); }
  };
  document.getElementById("file").addEventListener("change", async (event) => {
    const [file] = event.target.files;
    if (!file) return;
    event.target.value = ""; // so that the same file, changed, may be chosen again
    if (file.size > 600_000) { failed({ zh: "文件太大。", en: "The file is too large." }); return; }
    text.value = await read(file);
    form.requestSubmit();
  });
})();
