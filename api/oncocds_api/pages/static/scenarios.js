// Sends the text of a scenario file and shows how it went: on a page of its own, or beside a patient in the side pane. What was
// typed beside a patient is kept while the pane shows something else or nothing.
"use strict";
(() => {
  const [form, text, report] = ["scenario-form", "feature", "report"].map((id) => () => document.getElementById(id));
  let kept; // the text, once it was changed
  let turn = 0; // what was run before the last press is not shown
  const failed = (words, lines = []) => {
    const box = Object.assign(document.createElement("div"), { className: "notice critical" });
    box.setAttribute("role", "alert");
    box.append(Words.line("p", words), ...lines);
    report()?.replaceChildren(box);
  };
  const run = async () => {
    const mine = ++turn;
    report().replaceChildren(); // what stands there is of another text
    try {
      const response = await Access.post("/scenarios", JSON.stringify({ text: text().value }));
      if (mine !== turn) return;
      if (response.ok) report()?.replaceChildren(Access.ours(response, "scenarios"));
      else failed({ zh: "未被接受。", en: "Refused." }, Access.refusal(response).map(Access.place));
    } catch (error) {
      if (mine === turn) failed(error.words ?? { zh: "页面出错，没有结果。", en: "The page failed; there is no result." });
    }
  };
  // A file that is not UTF-8 is read as GBK, as on the command line.
  const read = async (file) => {
    const bytes = await file.arrayBuffer();
    try { return new TextDecoder("utf-8", { fatal: true }).decode(bytes); }
    catch { return new TextDecoder("gb18030").decode(bytes); }
  };
  document.addEventListener("submit", (event) => {
    if (event.target !== form()) return;
    event.preventDefault();
    run();
  });
  document.addEventListener("input", (event) => { if (event.target === text()) kept = text().value; });
  document.addEventListener("change", async ({ target }) => {
    if (target.id !== "file") return;
    const [file] = target.files;
    if (!file) return;
    target.value = ""; // so that the same file, changed, may be chosen again
    if (file.size > 600_000) { failed({ zh: "文件太大。", en: "The file is too large." }); return; }
    kept = await read(file);
    if (!text()) return;
    text().value = kept;
    form().requestSubmit();
  });
  document.getElementById("source-text")?.addEventListener("shown", () => {
    turn += 1; // a report that is under way was of what the pane showed before
    if (text() && kept !== undefined) text().value = kept;
  });
})();
