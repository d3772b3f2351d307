// The form as a profile, and a profile into the form. Numbers stay what they are: what is no number is sent as typed,
// and the server says what was expected. What was filled in and not touched is read as it was: `lost` tells what is not.
"use strict";
const profileOf = (form) => {
  // A drug is typed by name; a name that is none of these is sent as typed, and the server names the nearest.
  const drugs = new Map();
  const drugNames = new Map();
  for (const { value, label, dataset } of document.querySelectorAll("#drugs option")) {
    drugNames.set(dataset.code, { zh: value, en: label });
    for (const name of [value, label, ...dataset.names.split("|")]) drugs.set(name.toLowerCase(), dataset.code);
  }
  const drugOf = (typed) => drugs.get(typed.toLowerCase()) ?? typed;
  const nameOf = (code) => drugNames.get(code)?.[document.documentElement.dataset.lang] ?? code ?? "";

  // Full-width digits are digits, and the field's own unit may stand behind a number: 60岁, 62%, 3.1 mmol/L. Another unit, or
  // words, stay as they were typed: the server refuses them.
  const number = (text, units = []) => {
    let typed = text.trim().normalize("NFKC");
    const plain = (unit) => unit.normalize("NFKC").toLowerCase();
    const unit = units.find((one) => one && plain(typed).endsWith(plain(one)));
    if (unit) typed = typed.slice(0, -plain(unit).length).trim();
    return /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(typed) ? Number(typed) : text.trim();
  };

  // Texts of a list stand side by side; where that would not tell them apart, as JSON.
  const parted = (text) => {
    if (text.startsWith("[")) try { return JSON.parse(text); } catch { /* typed so: it is text */ }
    return text.split(/[,，、]/).map((one) => one.trim()).filter(Boolean);
  };
  const texts = (values) => {
    const plain = values.join("，");
    return plain && JSON.stringify(parted(plain)) === JSON.stringify(values) ? plain : JSON.stringify(values);
  };
  /** Chooses what may not be among the choices: then it becomes one. */
  const choose = (select, value) => {
    if (value && ![...select.options].some((option) => option.value === value)) select.add(new Option(value, value));
    select.value = value;
  };

  const read = (field) => {
    const kind = field.dataset.kind;
    if (kind === "carried") return field.hidden ? undefined : JSON.parse(field.dataset.value);
    if (kind === "boolean") {
      const value = field.querySelector("input:checked")?.value;
      return value ? value === "true" : undefined;
    }
    if (kind === "codes") {
      const chosen = [...field.querySelectorAll("input:checked")];
      if (!chosen.length) return undefined;
      return chosen.map((box) => box.value).filter(Boolean).sort();
    }
    if (kind === "lab" || kind === "weight") {
      const result = {};
      const shown = field.querySelector("[data-part=unit]").selectedOptions[0];
      const units = shown ? [shown.value, shown.dataset.zh, shown.dataset.en].filter(Boolean) : [];
      for (const part of field.querySelectorAll("[data-part]")) {
        const name = part.dataset.part;
        if (name === "unit") continue;
        if (!part.value.trim()) continue;
        if (name === "since_symptoms") result[name] = part.value === "true";
        else result[name] = ["interpretation", "date"].includes(name) ? part.value : number(part.value, units);
      }
      const unit = field.querySelector("[data-part=unit]");
      const measured = "value" in result || "reference_low" in result || "reference_high" in result;
      if (unit.value && (measured || unit.dataset.filled === unit.value)) result.unit = unit.value;
      return Object.keys(result).length ? result : undefined;
    }
    const input = field.querySelector("select, input");
    const value = input.value.trim();
    if (!value) return undefined;
    if (kind === "drug") return drugOf(value);
    if (kind === "number" || kind === "integer") return number(value, field.dataset.units?.split("|"));
    if (kind === "texts") return parted(value);
    return input.value === field.dataset.filled ? input.value : value;
  };

  const write = (field, value) => {
    const kind = field.dataset.kind;
    if (kind === "carried") {
      field.hidden = value === undefined || (value !== null && field.dataset.else !== undefined);
      field.dataset.value = JSON.stringify(value ?? null);
      for (const words of field.querySelectorAll("[data-of]")) words.hidden = words.dataset.of !== field.dataset.value;
      return;
    }
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
        if (part.dataset.part === "unit") {
          part.dataset.filled = given ?? "";
          if (value) choose(part, given ?? "");
          else part.selectedIndex = 0;
        } else if (part.tagName === "SELECT") choose(part, String(given ?? ""));
        else part.value = given ?? "";
      }
      const inner = field.querySelector("details");
      if (inner) inner.open = value !== undefined && Object.keys(value).some((key) => !["value", "unit"].includes(key));
      return;
    }
    const input = field.querySelector("select, input");
    if (kind === "drug") { input.value = field.dataset.filled = nameOf(value); return; }
    const text = Array.isArray(value) ? texts(value) : String(value ?? "");
    if (input.tagName === "SELECT") choose(input, text);
    else input.value = text;
    field.dataset.filled = text;
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

  /** The request for an evaluation: the patient, the policy where one is set, the date where one is given. */
  const collect = () => {
    const patient = {};
    const policy = {};
    const request = { patient };
    for (const field of plain()) {
      const value = read(field);
      if (value === undefined) continue;
      const name = field.dataset.name;
      if (name === "as_of") request.as_of = value;
      else if (name.startsWith("policy.")) policy[name.slice(7)] ??= value; // carried ones come last
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
      const incomplete = list.querySelector(".incomplete").checked;
      if (items.length || incomplete || list.querySelector(".none").checked) patient[list.dataset.list] = items;
      if (incomplete) (patient.incomplete ??= []).push(list.dataset.list);
    }
    patient.incomplete?.sort(); // as the server gives it back
    if (Object.keys(policy).length) request.policy = policy;
    return request;
  };

  const fill = ({ patient, policy = {}, as_of }) => {
    for (const field of plain()) {
      const name = field.dataset.name;
      write(field, name === "as_of" ? as_of : name.startsWith("policy.") ? policy[name.slice(7)] : found(patient, name));
    }
    for (const list of lists()) {
      list.querySelector(".items").replaceChildren();
      const items = patient[list.dataset.list];
      for (const item of items ?? []) {
        const row = addRow(list);
        row.querySelector(".id").value = item.id ?? "";
        for (const field of row.querySelectorAll(".field")) write(field, item[field.dataset.name]);
      }
      const incomplete = Boolean(items && patient.incomplete?.includes(list.dataset.list));
      list.querySelector(".incomplete").checked = incomplete;
      list.querySelector(".none").checked = !incomplete && items?.length === 0;
    }
  };

  /** Where the form would not hold a request exactly as it is: the pointers of what it would lose or alter. */
  const lost = (request) => {
    const trial = profileOf(form.cloneNode(true));
    trial.fill(request);
    const held = trial.collect();
    return ["patient", "policy", "as_of"].flatMap((part) => differing(request[part] ?? undefined, held[part], `/${part}`));
  };
  const group = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
  // A group in which nothing is recorded says nothing; everything else is told apart.
  const differing = (one, other, at) => {
    const [a, b] = [one === undefined && group(other) ? {} : one, other === undefined && group(one) ? {} : other];
    if (group(a) && group(b))
      return [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap((key) => differing(a[key], b[key], `${at}/${key}`));
    if (Array.isArray(a) && Array.isArray(b) && a.length === b.length) return a.flatMap((item, index) => differing(item, b[index], `${at}/${index}`));
    return Object.is(a, b) ? [] : [at];
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
  const describes = (row, id) => [...row.querySelectorAll("select, [list=drug-offers]")]
    .map((input) => (input.list ? drugOf(input.value.trim()) : input.value)).some((value) => value && id.startsWith(value));

  /** Adds what a record that was left out is to its list: one record fewer is left out. Returns the item's row. */
  const addLeftOut = (list, item) => {
    const row = addRow(list);
    row.querySelector(".id").value = item.id;
    for (const field of row.querySelectorAll(".field")) write(field, item[field.dataset.name]);
    list.querySelector(".none").checked = false;
    list.querySelector(".incomplete").checked = true;
    const count = plain().find((field) => field.dataset.name === `left_out.${list.dataset.list}`);
    write(count, read(count) > 1 ? read(count) - 1 : undefined);
    return row;
  };

  /** Records one answer: the value of a fact, by its path. Returns its field, or nothing where the form has none. */
  const answer = (fact, value) => {
    const field = fieldOf(fact);
    if (field?.dataset.list) return addLeftOut(field, value);
    if (!field?.dataset.kind) return null;
    if (field.dataset.kind !== "lab") write(field, value);
    else choose(field.querySelector(`[data-part="${fact.split(".").at(-1)}"]`), String(value ?? ""));
    return field;
  };

  return { form, collect, fill, lost, addRow, fieldOf, answer };
};
const Profile = profileOf(document.getElementById("patient"));
