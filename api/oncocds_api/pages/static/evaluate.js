// Evaluates as the form changes, shows what a change changed, and leads from advice to passage and from question to field.
"use strict";
const Evaluating = (() => {
  const { form, collect, fill, addRow, fieldOf } = Profile;
  const alarm = document.getElementById("alarm");
  const answer = Answer.section;
  const changes = document.getElementById("changes");
  const main = document.getElementById("main");
  const session = Math.random().toString(36).slice(2);
  let waiting, running, told, opened = "";
  let another = true; // another patient: nothing to compare with
  let round = 0; // what was asked before the last change is not shown
  let answered = ""; // what the form held when what stands was asked
  let responded = false; // what was last changed is an answer to a decision: the next one is then looked at
  let accepted = null; // the digests of a patient taken over, until the form is changed

  const content = () => JSON.stringify(collect());
  /** Ends what is under way; returns the number of what comes next. */
  const stop = () => {
    clearTimeout(waiting);
    waiting = 0;
    running?.abort();
    running = new AbortController();
    return ++round;
  };
  const evaluate = async () => {
    const mine = stop();
    const request = `${session}-${mine}`;
    const sent = content();
    Answer.pending();
    count();
    try {
      const response = await Access.post("/evaluate", sent, { signal: running.signal, request });
      if (mine !== round) return;
      if (content() !== sent) { altered(); return; } // the form was changed without telling
      Refusing.clear();
      if (!response.ok) { refuse(Access.refusal(response)); return; }
      const fragment = Access.ours({ ...response, text: Patching.shortened(Answer.advice, response.text) }, "answer");
      const { input, policy } = fragment.dataset;
      if (fragment.dataset.request !== request || (accepted && (input !== accepted.input_digest || policy !== accepted.policy_digest)))
        throw new Access.Failure("服务器给出的不是对这份资料的答复。", "What the server sent does not answer what the form holds.");
      answered = sent;
      show(fragment);
    } catch (error) {
      if (mine !== round) return;
      if (!(error instanceof Access.Failure)) console.error(error);
      const stay = error instanceof Access.NoKey && main.dataset.asked !== "key";
      const words = error instanceof Access.NoKey ? { zh: "输入密钥", en: "Enter the key" } : { zh: "重试", en: "Try again" };
      Answer.failed(error.words ?? { zh: "页面出错，没有答复。", en: "The page failed; there is no answer." }, stay ? null : Words.button(words, evaluate));
    }
  };
  /** The same patient, altered: what stands is old from this moment. */
  const altered = () => {
    stop();
    accepted = null;
    responded = false;
    Answer.pending();
    waiting = setTimeout(evaluate, 250);
  };
  /** Another patient: what stands is gone before anything else happens. */
  const forget = () => {
    const mine = stop();
    Answer.forget();
    another = true;
    accepted = null;
    answered = "";
    clearTimeout(told);
    changes.replaceChildren();
    alarm.replaceChildren();
    return mine;
  };

  const items = () => new Map([...answer.querySelectorAll("[data-key]")].map((item) => [item.dataset.key, item]));
  const title = (item) => {
    const words = (lang) => item.querySelector(`.action [lang="${lang}"], p [lang="${lang}"]`)?.textContent.trim() ?? "";
    return { zh: words("zh-CN"), en: words("en") };
  };
  const show = (fragment) => {
    const first = another || !answer.querySelector(".summary");
    another = false;
    const before = new Map([...items()].map(([key, item]) => [key, { digest: item.dataset.digest, open: item.open, title: title(item) }]));
    const folds = new Map([...answer.querySelectorAll("[data-fold]")].map((fold) => [fold.dataset.fold, fold.open]));
    const focus = Keeping.through(Answer.advice, () => Answer.current(fragment));
    if (!first) for (const fold of answer.querySelectorAll("[data-fold]")) fold.open = folds.get(fold.dataset.fold) ?? fold.open;
    const news = { fresh: [], altered: [], gone: [] };
    const now = items();
    for (const [key, item] of now) {
      const old = before.get(key);
      if (first) continue;
      if (old !== undefined) item.open = old.open;
      if (old === undefined) { news.fresh.push(title(item)); mark(item, "new"); }
      else if (old.digest !== item.dataset.digest) { news.altered.push(title(item)); mark(item, "altered"); }
    }
    for (const [key, old] of before) if (!now.has(key)) news.gone.push(old.title);
    if (!first) tell(news);
    warn([...now.values()].filter((item) => item.classList.contains("critical") && !item.matches(".decision") && (first || !before.has(item.dataset.key))), first);
    if (responded) (answer.querySelector(".decision button") ?? answer.querySelector("#now, #do, #questions"))?.focus({ preventScroll: true });
    else Keeping.find(focus)?.focus({ preventScroll: true });
    responded = false;
  };
  /** Says at once what is critical and new; it stays, and leads there, until it is pressed or no longer holds. */
  const warn = (items, first) => {
    for (const said of [...alarm.children]) if (first || !document.getElementById(said.dataset.item)) said.remove();
    alarm.classList.toggle("hidden", first); // another patient's stand first in any case
    alarm.append(...items.map((item) => {
      const { zh, en } = title(item);
      if (first) return Words.line("span", { zh: `紧急：${zh}。`, en: `Critical: ${en}. ` });
      const link = Words.line("a", { zh: `新的紧急事项：${zh}`, en: `New, critical: ${en}` });
      link.href = `#${encodeURIComponent(item.id)}`;
      link.dataset.item = item.id;
      return link;
    }));
  };
  const mark = (item, name) => { item.classList.add(name); setTimeout(() => item.classList.remove(name), 2500); };
  const tell = ({ fresh, altered: changed, gone }) => {
    const few = (titles) => {
      const { zh, en } = Words.joined(titles.slice(0, 3), "；", "; ");
      return titles.length > 3 ? { zh: `${zh} 等 ${titles.length} 项`, en: `${en} and others, ${titles.length} in all` } : { zh, en };
    };
    const parts = [[fresh, "新增", "New"], [changed, "有变化", "Altered"], [gone, "不再适用", "Gone"]].filter(([titles]) => titles.length);
    changes.replaceChildren(...parts.map(([titles, zh, en]) => { const found = few(titles); return Words.line("p", { zh: `${zh}：${found.zh}`, en: `${en}: ${found.en}` }); }));
    clearTimeout(told);
    told = setTimeout(() => { changes.replaceChildren(); }, 5000);
  };

  const refuse = (errors) => Answer.refused(
    { zh: "有资料未被接受。", en: "Some facts were refused." },
    Refusing.tell(errors, lead),
    Words.button({ zh: "重试", en: "Try again" }, evaluate),
  );

  const filled = (field) => [...field.querySelectorAll("input, select:not([data-part=unit])")].some((input) =>
    ["radio", "checkbox"].includes(input.type) ? input.checked && (input.value || input.dataset.none !== undefined) : input.value.trim());
  const count = () => {
    for (const shown of form.querySelectorAll(".filled")) {
      const fields = [...shown.closest("details").querySelectorAll(".field")].filter(filled).length;
      shown.textContent = fields ? `· ${fields}` : "";
    }
  };
  const open = (element) => {
    for (let parent = element.parentElement; parent; parent = parent.parentElement) if (parent.tagName === "DETAILS") parent.open = true;
  };
  const narrow = matchMedia("(max-width: 800px)");
  const covered = matchMedia("(max-width: 1180px)"); // the side pane lies over the form
  const openGroups = () => {
    const tumour = form.querySelector('[data-name="diagnosis.tumour_type"] select').value;
    if (tumour === opened) return;
    opened = tumour;
    for (const group of form.querySelectorAll(".group[data-tumours]")) {
      const wanted = group.dataset.tumours.split(" ").filter(Boolean);
      if (wanted.length && !narrow.matches) group.open = !tumour || wanted.includes(tumour);
    }
  };
  const lead = (fact) => {
    const field = fieldOf(fact);
    if (!field) return;
    open(field);
    field.scrollIntoView({ block: "center" });
    field.classList.add("lit");
    setTimeout(() => field.classList.remove("lit"), 2500);
    (field.querySelector("input:checked, select, input, .add") ?? field).focus();
  };

  /** Records an answer to a decision in the form, shows where, and evaluates. */
  const respond = ({ dataset }) => {
    const field = Profile.answer(dataset.fact, JSON.parse(dataset.value));
    if (!field) { lead(dataset.fact); return; }
    open(field);
    field.classList.add("lit");
    setTimeout(() => field.classList.remove("lit"), 4000);
    openGroups();
    altered();
    responded = true;
  };
  alarm.addEventListener("click", (event) => {
    const link = event.target.closest("a");
    if (!link) return;
    event.preventDefault();
    const item = document.getElementById(link.dataset.item);
    link.remove();
    if (!item) return;
    open(item);
    if (item.tagName === "DETAILS") item.open = true;
    item.scrollIntoView({ block: "center" });
    (item.querySelector("summary") ?? item).focus({ preventScroll: true });
  });

  form.addEventListener("input", (event) => {
    const none = event.target.closest("[data-none]");
    if (none) Rows.noChoice(none.closest(".field"), none.checked);
    if (!none && event.target.closest(".field.codes")) event.target.closest(".field").querySelector("[data-none]").checked = false;
    if (event.target.classList.contains("none")) Rows.none(event.target.closest(".rows"), event.target.checked);
    if (event.target.matches(".none, .incomplete") && event.target.checked)  // none at all, or maybe some: not both
      event.target.closest(".rows").querySelector(event.target.matches(".none") ? ".incomplete" : ".none").checked = false;
    if (event.target.id === "example") return;
    openGroups();
    altered();
  });
  form.addEventListener("click", (event) => {
    const add = event.target.closest(".add");
    const remove = event.target.closest(".remove");
    const drop = event.target.closest(".drop");
    if (drop) { drop.closest(".field").hidden = true; altered(); }
    if (add) { const row = addRow(add.closest(".rows")); row.querySelector("select, input:not(.id)").focus(); altered(); }
    if (remove) { const list = remove.closest(".rows"); Rows.takeOut(list, [remove.closest(".row")]); list.querySelector(".add").focus(); altered(); }
    const restore = event.target.closest(".restore");
    if (restore) { const list = restore.closest(".rows"); Rows.bringBack(list); list.querySelector(".add").focus(); altered(); }
  });
  // Whoever leaves a field is told at once what is wrong in it.
  form.addEventListener("focusout", () => { if (waiting) evaluate(); });
  form.addEventListener("submit", (event) => { event.preventDefault(); evaluate(); });
  answer.addEventListener("click", (event) => {
    const question = event.target.closest("button.ask");
    if (question) lead(question.dataset.fact);
    const given = event.target.closest(".answer-with");
    if (given && Answer.isCurrent()) respond(given);
    if (event.target.closest("#copy") && Answer.isCurrent()) Copying.press(event.target.closest("#copy"));
    const start = event.target.closest("[data-start]")?.dataset.start;
    if (start === "form") lead("diagnosis.tumour_type");
    else if (start) document.getElementById(start).focus();
    if (start === "paste") document.getElementById("paste").click();
    if (event.target.closest("#print") && Answer.isCurrent()) print();
  });
  let folded = [];
  addEventListener("beforeprint", () => {
    if (Answer.isCurrent() && content() !== answered) altered();
    folded = [...answer.querySelectorAll(".item:not([open]), .rest:not([open])")].filter((part) => !part.closest(".folded"));
    for (const part of folded) part.open = true;
  });
  addEventListener("afterprint", () => { for (const part of folded) part.open = false; });
  document.getElementById("source").addEventListener("click", (event) => {
    const fact = event.target.closest("button.ask")?.dataset.fact;
    if (!fact) return;
    if (covered.matches) Pane.end();
    lead(fact);
  });

  const undo = document.getElementById("undo");
  let previous; // the patient before this one
  let taken = {}; // of this one the report, where he was FHIR, and what is said of him, where he came from outside
  const policyGroup = document.getElementById("group-policy");
  /** Another patient into the form, as the server accepted him. */
  const take = (found, evaluated = true) => {
    const before = JSON.parse(content());
    forget();
    // What was in the form is kept until the next one is taken: clearing, an example or a paste can be undone.
    previous = Object.keys(before.patient).length || before.policy ? { ...before, ...taken } : previous;
    undo.hidden = !previous;
    taken = { report: found.report, arrived: found.arrived };
    Imported.tell(found.report);
    if (found.arrived) Arriving.tell(...found.arrived);
    fill(found);
    policyGroup.open = Boolean(found.as_of || Object.keys(found.policy ?? {}).length);
    openGroups();
    if (found.input_digest) accepted = found;
    if (evaluated) evaluate();
  };
  undo.addEventListener("click", () => { example.value = ""; opened = null; take(previous); });
  const example = document.getElementById("example");
  const load = async (name) => {
    const mine = forget();
    try {
      const response = await Access.get(`/examples/${encodeURIComponent(name)}.json`, running.signal);
      if (!response.ok) throw new Access.Failure(`（${response.status}）`, `(${response.status})`);
      const found = await Paste.accepted(response.text, running.signal);
      if (mine !== round) { if (example.value === name) example.value = ""; return; }
      example.value = name;
      take(found);
    } catch (error) {
      if (mine !== round) return;
      example.value = "";
      const why = error.words ?? { zh: "", en: "" };
      Answer.failed({ zh: `示例患者未能载入，表单未改动。${why.zh}`, en: `The example patient could not be loaded; the form is unchanged. ${why.en}` }, Words.button({ zh: "重试", en: "Try again" }, () => load(name)), error.lines);
    }
  };
  example.addEventListener("change", () => { if (example.value) load(example.value); });
  document.getElementById("clear").addEventListener("click", () => {
    example.value = "";
    opened = null;
    take({ patient: {} });
  });
  Paste.opens((found) => { example.value = ""; take(found); });

  // On a narrow screen one bar leads to the advice, and from the advice back to the form.
  const jump = document.querySelector(".jump");
  new IntersectionObserver(([seen]) => {
    const there = !seen.isIntersecting && seen.boundingClientRect.bottom < innerHeight;
    jump.href = there ? "#patient" : "#answer";
    jump.classList.toggle("there", there);
  }, { root: document, rootMargin: "-40px 0px 0px" }).observe(form);

  if (narrow.matches) for (const group of form.querySelectorAll(".group:not(#group-diagnosis)")) group.open = false;
  openGroups();
  evaluate();

  /** For patients who come from outside: `leave` empties the form and the answer, and tells whether it is still the latest. */
  const leave = () => {
    example.value = "";
    opened = null;
    take({ patient: {} }, false);
    const mine = round;
    return { signal: running.signal, latest: () => mine === round };
  };
  return { leave, take };
})();
