// Evaluates as the form changes, shows what a change changed, and leads from advice to passage and from question to field.
"use strict";
(() => {
  const { form, collect, fill, addRow, fieldOf } = Profile;
  const answer = document.getElementById("answer");
  const changes = document.getElementById("changes");
  const main = document.getElementById("main");
  const source = document.getElementById("source");
  const say = (zh, en) => (document.documentElement.dataset.lang === "zh" ? zh : en);
  const both = ({ zh, en }) => [["zh-CN", zh], ["en", en]].map(([lang, textContent]) => Object.assign(document.createElement("span"), { lang, textContent }));
  let waiting, running, told, opened = "";
  let another = true; // another patient: nothing to compare with

  const evaluate = async () => {
    running?.abort();
    running = new AbortController();
    const request = collect();
    count();
    try {
      const response = await Access.post("/evaluate", request, running.signal);
      wrongs([]);
      if (response.ok) show(await response.text());
      else refuse(await response.json());
    } catch (error) {
      if (error instanceof Access.NoKey) withoutKey(error.message);
      else if (error.name !== "AbortError")
        failed(say("无法连接评估服务，以下内容可能已过时。", "The server cannot be reached; what stands below may be out of date."));
    }
  };
  const later = () => { clearTimeout(waiting); waiting = setTimeout(evaluate, 250); };

  const items = () => new Map([...answer.querySelectorAll("[data-key]")].map((item) => [item.dataset.key, item]));
  const title = (item) => item.querySelector(`.action [lang="${document.documentElement.lang}"], p [lang="${document.documentElement.lang}"]`)?.textContent.trim() ?? "";
  const show = (html) => {
    const first = another || !answer.querySelector(".summary");
    another = false;
    const before = new Map([...items()].map(([key, item]) => [key, { digest: item.dataset.digest, open: item.open, title: title(item) }]));
    const folds = new Map([...answer.querySelectorAll("[data-fold]")].map((fold) => [fold.dataset.fold, fold.open]));
    const scrolled = answer.scrollTop;
    answer.innerHTML = html;
    answer.classList.remove("stale");
    answer.scrollTop = scrolled;
    document.getElementById("jump-counts").innerHTML = answer.querySelector(".counts").innerHTML.replace(/<a /g, "<span ").replace(/<\/a>/g, "</span>");
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
  };
  const mark = (item, name) => { item.classList.add(name); setTimeout(() => item.classList.remove(name), 2500); };
  const tell = ({ fresh, altered, gone }) => {
    const few = (titles) => titles.length > 3 ? say(`${titles.slice(0, 3).join("；")} 等 ${titles.length} 项`, `${titles.slice(0, 3).join("; ")} and others, ${titles.length} in all`) : titles.join(say("；", "; "));
    const parts = [];
    if (fresh.length) parts.push(say(`新增：${few(fresh)}`, `New: ${few(fresh)}`));
    if (altered.length) parts.push(say(`有变化：${few(altered)}`, `Altered: ${few(altered)}`));
    if (gone.length) parts.push(say(`不再适用：${few(gone)}`, `Gone: ${few(gone)}`));
    changes.replaceChildren(...parts.map((textContent) => Object.assign(document.createElement("span"), { textContent })));
    clearTimeout(told);
    told = setTimeout(() => { changes.textContent = ""; }, 5000);
  };

  const wrongs = (errors) => {
    for (const wrong of form.querySelectorAll(".wrong")) { wrong.hidden = true; wrong.replaceChildren(); }
    const homeless = [];
    for (const { pointer, words } of errors) {
      const wrong = fieldOf(pointer)?.querySelector(".wrong");
      if (!wrong) { homeless.push(`${pointer} ${say(words.zh, words.en)}`); continue; }
      wrong.replaceChildren(...both(words));
      wrong.hidden = false;
      open(wrong);
    }
    return homeless;
  };
  const refuse = (problem) => {
    const homeless = wrongs(problem.errors ?? []);
    failed(
      problem.status === 422
        ? say("有资料未被接受，请看标红处；以下建议未更新。", "Some facts were refused, see the marked fields; the advice below is not updated.")
        : Access.words(problem),
      homeless,
    );
  };
  const failed = (text, more = []) => {
    answer.querySelector(".failure")?.remove();
    const box = document.createElement("div");
    box.className = "notice critical failure";
    box.setAttribute("role", "alert");
    for (const line of [text, ...more]) box.append(Object.assign(document.createElement("p"), { textContent: line }));
    answer.prepend(box);
    answer.classList.add("stale");
  };

  const withoutKey = (text) => {
    answer.querySelector(".empty")?.remove();
    failed(text);
    if (main.dataset.asked !== "key") return;
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: say("输入密钥", "Enter the key") });
    button.addEventListener("click", evaluate);
    answer.querySelector(".failure").append(button);
  };

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

  const showSource = async (link) => {
    const { document: identity, passage } = link.dataset;
    const response = await fetch(`/documents/${encodeURIComponent(identity)}?pane=true`);
    if (!response.ok) return;
    document.getElementById("source-text").innerHTML = await response.text();
    document.getElementById("source-link").href = link.getAttribute("href");
    source.hidden = false;
    main.classList.add("with-source");
    for (const part of source.querySelectorAll("mark")) part.classList.toggle("hot", part.dataset.passages.split(" ").includes(passage));
    source.querySelector(".hot")?.scrollIntoView({ block: "center" });
    document.getElementById("source-close").focus({ preventScroll: true });
    source.dataset.from = passage;
  };
  const closeSource = () => {
    source.hidden = true;
    main.classList.remove("with-source");
    answer.querySelector(`[data-passage="${source.dataset.from}"]`)?.focus();
  };

  form.addEventListener("input", (event) => {
    const none = event.target.closest("[data-none]");
    if (none?.checked) for (const box of none.closest(".field").querySelectorAll("input")) if (box !== none) box.checked = false;
    if (!none && event.target.closest(".field.codes")) event.target.closest(".field").querySelector("[data-none]").checked = false;
    if (event.target.classList.contains("none") && event.target.checked)
      event.target.closest(".rows").querySelector(".items").replaceChildren();
    if (event.target.matches(".none, .incomplete") && event.target.checked)  // none at all, or maybe some: not both
      event.target.closest(".rows").querySelector(event.target.matches(".none") ? ".incomplete" : ".none").checked = false;
    if (event.target.id === "example") return;
    openGroups();
    later();
  });
  form.addEventListener("click", (event) => {
    const add = event.target.closest(".add");
    const remove = event.target.closest(".remove");
    if (add) { const row = addRow(add.closest(".rows")); row.querySelector("select, input:not(.id)").focus(); later(); }
    if (remove) { const list = remove.closest(".rows"); remove.closest(".row").remove(); list.querySelector(".add").focus(); later(); }
  });
  form.addEventListener("submit", (event) => { event.preventDefault(); evaluate(); });
  answer.addEventListener("click", (event) => {
    const quote = event.target.closest(".quote");
    const question = event.target.closest("button.ask");
    if (quote && !event.ctrlKey && !event.metaKey && !event.shiftKey) { event.preventDefault(); showSource(quote); }
    if (question) lead(question.dataset.fact);
    if (event.target.closest("#print")) print();
  });
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = [...answer.querySelectorAll(".item:not([open]), .rest:not([open])")].filter((part) => !part.closest(".folded"));
    for (const part of folded) part.open = true;
  });
  addEventListener("afterprint", () => { for (const part of folded) part.open = false; });
  document.getElementById("source-close").addEventListener("click", closeSource);
  addEventListener("keydown", (event) => { if (event.key === "Escape" && !source.hidden && !dialog.open) closeSource(); });

  const imported = document.getElementById("imported");
  /** Lists what of a FHIR document was not taken over, looks odd or was assumed; nothing is dropped in silence. */
  const remark = (report) => {
    const remarks = report ? [...report.unmapped, ...report.plausibility, ...report.assumptions] : [];
    imported.hidden = !remarks.length;
    imported.querySelector("ul").replaceChildren(...remarks.map(({ text, resources = [], code }) => {
      const line = document.createElement("li");
      line.append(...both(text));
      const where = [...resources, code].filter(Boolean).join(" · ");
      if (where) line.append(Object.assign(document.createElement("small"), { textContent: ` ${where}` }));
      return line;
    }));
  };
  const take = (patient, policy, report) => {
    another = true;
    remark(report);
    fill(patient, policy);
    openGroups();
    evaluate();
  };
  document.getElementById("example").addEventListener("change", async (event) => {
    const name = event.target.value;
    if (!name) return;
    const response = await fetch(`/examples/${encodeURIComponent(name)}.json`);
    if (response.ok) take(await response.json());
  });
  document.getElementById("clear").addEventListener("click", () => {
    document.getElementById("example").value = "";
    opened = null;
    take({});
  });
  const dialog = document.getElementById("paste-dialog");
  const text = document.getElementById("paste-text");
  const wrong = document.getElementById("paste-wrong");
  document.getElementById("paste").addEventListener("click", () => { text.value = ""; wrong.hidden = true; dialog.showModal(); text.focus(); });
  document.getElementById("paste-take").addEventListener("click", async () => {
    wrong.hidden = true;
    try {
      const given = JSON.parse(text.value);
      if (given === null || typeof given !== "object" || Array.isArray(given)) throw new SyntaxError("no object");
      const { patient, policy, report } = await profileOf(given);
      dialog.close();
      take(patient, policy, report);
    } catch (error) {
      wrong.textContent = error instanceof SyntaxError ? say("不是可读的JSON对象。", "This is no readable JSON object.")
        : error instanceof Refused ? error.message : Access.failure(error);
      wrong.hidden = false;
    }
  });
  class Refused extends Error {}
  const profileOf = async (given) => {
    if (given.resourceType === undefined) return "patient" in given ? given : { patient: given };
    const response = await Access.post("/profile", given);
    const body = await response.json();
    if (!response.ok) {
      const places = (body.errors ?? []).map(({ pointer, words }) => `${pointer} ${say(words.zh, words.en)}`);
      throw new Refused([response.status === 422 ? say("未被接受。", "Refused.") : Access.words(body), ...places].join(" "));
    }
    if (!Object.keys(body.profile).length) {
      const reasons = body.report.unmapped.map(({ text }) => say(text.zh, text.en));
      throw new Refused([say("其中没有可读入的患者资料，表单未改动。", "It holds nothing about the patient that can be read; the form is unchanged."), ...reasons].join(" "));
    }
    return { patient: body.profile, report: body.report };
  };

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
})();
