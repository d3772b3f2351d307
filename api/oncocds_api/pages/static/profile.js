// The form as a profile, and a profile into the form. Numbers stay what they are: what is no number is sent as typed,
// and the server says what was expected.
"use strict";
const Profile = (() => {
  const form = document.getElementById("patient");

  // A drug is typed by name; a name that is none of these is sent as typed, and the server names the nearest.
  const drugs = new Map();
  const drugNames = new Map();
  for (const { value, label, dataset } of document.querySelectorAll("#drugs option")) {
    drugNames.set(dataset.code, { zh: value, en: label });
    for (const name of [value, label, dataset.code]) drugs.set(name.toLowerCase(), dataset.code);
  }
  const drugOf = (typed) => drugs.get(typed.toLowerCase()) ?? typed;
  const nameOf = (code) => drugNames.get(code)?.[document.documentElement.dataset.lang] ?? code ?? "";

  const number = (text) => {
    const typed = text.trim().replace("，", ",");
    return /^[-+]?(\d+\.?\d*|\.\d+)$/.test(typed) ? Number(typed) : typed;
  };

  const read = (field) => {
    const kind = field.dataset.kind;
    if (kind === "boolean") {
      const value = field.querySelector("input:checked")?.value;
      return value ? value === "true" : undefined;
    }
    if (kind === "codes") {
      const chosen = [...field.querySelectorAll("input:checked")];
      if (!chosen.length) return undefined;
      return chosen.map((box) => box.value).filter(Boolean);
    }
    if (kind === "lab" || kind === "weight") {
      const result = {};
      for (const part of field.querySelectorAll("[data-part]")) {
        const name = part.dataset.part;
        if (name === "unit") continue;
        if (part.type === "checkbox") { if (part.checked) result[name] = true; continue; }
        if (!part.value.trim()) continue;
        result[name] = ["interpretation", "date"].includes(name) ? part.value : number(part.value);
      }
      if ("value" in result || "reference_low" in result || "reference_high" in result)
        result.unit = field.querySelector("[data-part=unit]").value;
      return Object.keys(result).length ? result : undefined;
    }
    const input = field.querySelector("select, input");
    const value = input.value.trim();
    if (!value) return undefined;
    if (kind === "drug") return drugOf(value);
    if (kind === "number" || kind === "integer") return number(value);
    if (kind === "texts") return value.split(/[,，、]/).map((one) => one.trim()).filter(Boolean);
    return value;
  };

  const write = (field, value) => {
    const kind = field.dataset.kind;
    if (kind === "boolean") {
      const wanted = value === undefined || value === null ? "" : String(value);
      for (const radio of field.querySelectorAll("input")) radio.checked = radio.value === wanted;
      return;
    }
    if (kind === "codes") {
      const values = value === undefined || value === null ? undefined : [].concat(value);
      for (const box of field.querySelectorAll("input"))
        box.checked = values !== undefined && (box.value ? values.includes(box.value) : values.length === 0);
      return;
    }
    if (kind === "lab" || kind === "weight") {
      for (const part of field.querySelectorAll("[data-part]")) {
        const given = value?.[part.dataset.part];
        if (part.type === "checkbox") part.checked = given === true;
        else if (part.dataset.part === "unit") { if (given) part.value = given; }
        else part.value = given ?? "";
      }
      const inner = field.querySelector("details");
      if (inner) inner.open = value !== undefined && Object.keys(value).some((key) => !["value", "unit"].includes(key));
      return;
    }
    if (kind === "drug") { field.querySelector("input").value = nameOf(value); return; }
    field.querySelector("select, input").value = Array.isArray(value) ? value.join("，") : value ?? "";
  };

  const place = (target, name, value) => {
    const parts = name.split(".");
    let inner = target;
    for (const part of parts.slice(0, -1)) inner = inner[part] ??= {};
    inner[parts.at(-1)] = value;
  };
  const found = (source, name) => name.split(".").reduce((inner, part) => inner?.[part], source);

  const plain = () => [...form.querySelectorAll(".field")].filter((field) => !field.closest(".rows"));
  const lists = () => [...form.querySelectorAll(".rows")];
  const rows = (list) => [...list.querySelectorAll(".row")];
  let made = 0;

  const addRow = (list) => {
    const row = list.querySelector("template").content.firstElementChild.cloneNode(true);
    made += 1;
    for (const element of row.querySelectorAll("[id], [name], [for]"))
      for (const attribute of ["id", "name", "for"])
        if (element.getAttribute(attribute)) element.setAttribute(attribute, element.getAttribute(attribute).replace("__row__", `r${made}`));
    for (const option of row.querySelectorAll("[data-zh]")) option.textContent = option.dataset[document.documentElement.dataset.lang];
    list.querySelector(".items").append(row);
    list.querySelector(".none").checked = false;
    return row;
  };

  /** The request for an evaluation: the patient, and the policy where one is set. */
  const collect = () => {
    const patient = {};
    const policy = {};
    for (const field of plain()) {
      const value = read(field);
      if (value === undefined) continue;
      const name = field.dataset.name;
      if (name.startsWith("policy.")) policy[name.slice(7)] = value;
      else place(patient, name, value);
    }
    for (const list of lists()) {
      const items = rows(list).map((row) => {
        const item = {};
        const id = row.querySelector(".id").value.trim();
        if (id) item.id = id;
        for (const field of row.querySelectorAll(".field")) {
          const value = read(field);
          if (value !== undefined) item[field.dataset.name] = value;
        }
        return item;
      });
      if (items.length || list.querySelector(".none").checked) patient[list.dataset.list] = items;
    }
    const request = { patient };
    if (Object.keys(policy).length) request.policy = policy;
    return request;
  };

  const fill = (patient, policy = {}) => {
    for (const field of plain()) {
      const name = field.dataset.name;
      const value = name.startsWith("policy.") ? policy[name.slice(7)] : found(patient, name);
      write(field, value);
    }
    for (const list of lists()) {
      list.querySelector(".items").replaceChildren();
      const items = patient[list.dataset.list];
      for (const item of items ?? []) {
        const row = addRow(list);
        row.querySelector(".id").value = item.id ?? "";
        for (const field of row.querySelectorAll(".field")) write(field, item[field.dataset.name]);
      }
      list.querySelector(".none").checked = items?.length === 0;
    }
  };

  /** The field a fact path (labs.calcium.value, lesions[T8].status) or a pointer (/patient/labs/calcium) leads to. */
  const fieldOf = (path) => {
    const parts = path.startsWith("/")
      ? path.replace(/^\/(patient|policy)\//, (_, root) => (root === "policy" ? "policy." : "")).split("/").filter(Boolean)
      : null;
    const item = parts ? null : /^(\w+)\[(.+)\](?:\.(\w+))?$/.exec(path);
    const list = lists().find((one) => one.dataset.list === (item ? item[1] : parts ? parts[0] : path.split(".")[0]));
    if (list) {
      const all = rows(list);
      const row = item
        ? all.find((one) => one.querySelector(".id").value.trim() === item[2]) ?? all.find((one) => describes(one, item[2]))
        : parts ? all[Number(parts[1])] : undefined;
      const name = item ? item[3] : parts?.[2];
      const field = row && [...row.querySelectorAll(".field")].find((one) => one.dataset.name === name);
      return field ?? row ?? list;
    }
    const dotted = parts ? parts.join(".") : path;
    return plain().find((field) => dotted === field.dataset.name || dotted.startsWith(`${field.dataset.name}.`));
  };
  const describes = (row, id) => [...row.querySelectorAll("select, [list=drugs]")]
    .map((input) => (input.list ? drugOf(input.value.trim()) : input.value)).some((value) => value && id.startsWith(value));

  return { form, collect, fill, addRow, fieldOf };
})();
