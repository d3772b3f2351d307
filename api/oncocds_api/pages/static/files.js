// A patient is saved to a file of the user's own and opened from it, through the same checks as what is pasted; and compared
// with the one in the form. Nothing of it is stored on the server.
"use strict";
(() => {
  const chosen = document.getElementById("patient-file");
  const note = document.getElementById("file-told");
  let use; // what is done with the file that is chosen next

  const tell = (words) => { note.replaceChildren(...(words ? [Words.line("p", words)] : [])); };
  const pad = (number) => String(number).padStart(2, "0");
  const save = () => {
    const now = new Date();
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([`${JSON.stringify(Profile.collect(), null, 1)}\n`], { type: "application/json" }));
    link.download = `oncocds-${now.getFullYear()}${pad(now.getMonth() + 1)}${pad(now.getDate())}-${pad(now.getHours())}${pad(now.getMinutes())}.json`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    Leaving.keep();
    tell(Answer.section.dataset.state === "refused"
      ? { zh: "已存为文件。其中有未被接受的资料：改正以前，这个文件不能再打开。", en: "Saved to a file. It holds facts that were refused: until they are mended it cannot be opened again." }
      : { zh: "已存为文件（不含姓名）。", en: "Saved to a file (it holds no name)." });
  };
  /** The text of a file. A file that is no text in UTF-8 is refused. */
  const textOf = async (file) => {
    try {
      return new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer());
    } catch {
      throw new Access.Failure("文件不能读取，或不是UTF-8文本。", "The file cannot be read, or is no text in UTF-8.");
    }
  };
  const choose = (then) => { use = then; chosen.value = ""; chosen.click(); };
  const open = async (file) => {
    try { tell(); Paste.offer(await textOf(file)); } catch (error) { tell(error.words); }
  };
  const compare = (file) => Pane.open({
    patient: true,
    load: async () => {
      const before = await Paste.accepted(await textOf(file));
      const request = ({ patient, policy, as_of }) => ({ patient, ...(Object.keys(policy ?? {}).length && { policy }), ...(as_of && { as_of }) });
      const response = await Access.post("/comparison", JSON.stringify({ before: request(before), now: Profile.collect() }));
      if (!response.ok) throw Object.assign(new Access.Failure("有资料未被接受：", "Some facts were refused:"), { lines: Access.refusal(response).map(Access.place) });
      const found = Access.ours(response, "pane");
      found.querySelector(".file-name").textContent = file.name;
      return found;
    },
  }, document.getElementById("compare"));

  chosen.addEventListener("change", () => { const [file] = chosen.files; if (file) use(file); });
  document.getElementById("save").addEventListener("click", save);
  document.getElementById("open").addEventListener("click", () => choose(open));
  document.getElementById("compare").addEventListener("click", () => choose(compare));
  Answer.section.addEventListener("forgotten", () => tell());
})();
