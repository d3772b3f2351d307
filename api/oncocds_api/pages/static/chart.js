// Reads a patient's chart from an EHR's FHIR server into one Bundle. What could not be had stands in it as an outcome that says
// so, within the search it is about: the mapping leaves that list open. Without the patient, or any medications, nothing is read.
"use strict";
const Chart = (() => {
  const MOST_PAGES = 20; // of one search
  const MOST_SIZE = 8 << 20; // characters in all: the server takes no more
  const MOST_MEDICATIONS = 100; // looked up one by one
  const ID = /^[A-Za-z0-9.-]{1,64}$/; // of FHIR
  const { Failed, ask, why } = Fetching;
  const asked = () => JSON.parse(document.getElementById("arrived").dataset.launch).reads;

  /** Whether an address lies on the server, below its base. */
  const below = (iss, url) => {
    try {
      const [base, one] = [new URL(`${iss}/`), new URL(url, `${iss}/`)];
      const root = base.pathname;
      return one.origin === base.origin && !one.username && !one.password && (one.pathname.startsWith(root) || `${one.pathname}/` === root);
    } catch { return false; }
  };
  /** Whether the token was granted all records of a type; true where the server did not say what it granted. */
  const granted = (scope, type) => scope === undefined || scope.split(" ").some((one) => {
    const [, of, may] = /^(?:patient|user|system)\/(\*|[A-Za-z]+)\.(read|\*|c?r?u?d?s?)$/.exec(one) ?? [];
    return (of === "*" || of === type) && (may === "read" || may === "*" || (may.includes("r") && may.includes("s")));
  });

  /** Whether it was granted any of them: a scope may name a part (`?category=…`). */
  const partly = (scope, type) => scope === undefined || scope.split(" ").some((one) => [type, "*"].some((of) => one.split("/")[1]?.startsWith(`${of}.`)));

  /** `{text, patient, missed}`: the Bundle, the Patient in it, and a line for each read that failed, with its place. */
  const read = async ({ iss, token, patient, scope }, signal) => {
    const headers = { Accept: "application/fhir+json", Authorization: `Bearer ${token}` };
    let size = 0;
    const get = async (url) => {
      const found = await ask(url, { headers }, signal);
      size += found.size;
      return found;
    };
    const missed = [];
    const miss = (place, words) => missed.push({ place, words });
    const fullUrl = (type, id) => `${iss}/${type}/${id}`;

    const person = async () => {
      const found = await get(fullUrl("Patient", patient));
      const place = `Patient/${patient}`;
      if (found.status === 401) throw new Failed("读取病历：访问已过期或被撤销（401）。请从病历系统重新打开。", "Reading the chart: the access has expired or was withdrawn (401). Open the page from the EHR again.", true);
      if (!found.ok) throw new Failed(`读取病历：患者（Patient）未能读取，${why(found.status).zh}。`, `Reading the chart: the Patient could not be read, ${why(found.status).en}.`);
      if (found.content?.resourceType !== "Patient" || found.content.id !== patient)
        throw new Failed(`读取病历：${place} 处返回的不是这位患者。`, `Reading the chart: what ${place} gave is not this patient.`, true);
      return found.content;
    };
    const search = async ({ query }) => {
      const type = query.split("?")[0];
      const self = `${iss}/${query.replace("{{context.patientId}}", encodeURIComponent(patient))}`;
      const entry = [];
      const seen = new Set();
      let total, lost = partly(scope, type) ? null : { zh: "未获授权", en: "not granted" };
      for (let url = self; url !== undefined && !lost;) {
        if (seen.has(url) || seen.size === MOST_PAGES || size > MOST_SIZE) { lost = { zh: "页数过多，其余未读", en: "too many pages, the rest was not read" }; break; }
        if (!below(iss, url)) { lost = { zh: "下一页不在同一服务器上，未读", en: "the next page is not on the same server and was not read" }; break; }
        seen.add(url);
        const found = await get(new URL(url, `${iss}/`).href);
        if (!found.ok) lost = why(found.status);
        else if (found.content?.resourceType !== "Bundle" || !Array.isArray(found.content.entry ?? [])) lost = { zh: "返回的不是可读的Bundle", en: "what came is no Bundle that can be read" };
        if (lost) break;
        total ??= found.content.total;
        entry.push(...(found.content.entry ?? []));
        const next = [found.content.link ?? []].flat().find((link) => link?.relation === "next");
        url = next && String(next.url ?? "");
      }
      if (!granted(scope, type)) lost ??= { zh: "只获部分授权，可能不全", en: "granted in part only, it may not be all" };
      if (lost) {
        miss(type, lost);
        entry.push({ search: { mode: "outcome" }, resource: { resourceType: "OperationOutcome", id: `${type}-not-read`, issue: [{ severity: "error", code: "incomplete" }] } });
      }
      return { resourceType: "Bundle", type: "searchset", ...(total !== undefined && !lost && { total }), link: [{ relation: "self", url: self }], entry };
    };
    /** The Medications that records refer to and no search brought. */
    const medications = async (searches) => {
      const resources = searches.flatMap(({ entry }) => entry.map((one) => one?.resource));
      const had = new Set(resources.filter((one) => one?.resourceType === "Medication").map(({ id }) => id));
      const wanted = new Set(resources.map((one) => {
        const reference = one?.medicationReference?.reference;
        if (typeof reference !== "string") return null;
        const local = reference.startsWith(`${iss}/`) ? reference.slice(iss.length + 1) : reference;
        const [type, id, ...rest] = local.split("/_history/")[0].split("/");
        return type === "Medication" && !rest.length && ID.test(id ?? "") && !had.has(id) ? id : null;
      }));
      wanted.delete(null);
      const found = await Promise.all([...wanted].slice(0, MOST_MEDICATIONS).map(async (id) => [id, await get(fullUrl("Medication", id))]));
      const usable = found.filter(([id, { ok, content }]) => ok && content?.resourceType === "Medication" && content.id === id);
      if (usable.length < wanted.size) miss("Medication", { zh: `${wanted.size - usable.length} 种药物未能读取`, en: `${wanted.size - usable.length} could not be read` });
      return usable.map(([id, { content }]) => ({ fullUrl: fullUrl("Medication", id), resource: content }));
    };

    const whole = await person();
    const queries = asked().filter(({ query }) => query.includes("?"));
    const searches = await Promise.all(queries.map(search));
    const lost = new Set(missed.map(({ place }) => place));
    const drugs = queries.filter(({ medications: of }) => of).map(({ query }) => query.split("?")[0]);
    const none = drugs.every((type) => lost.has(type)) && !searches.some(({ entry }) => entry.some((one) => drugs.includes(one?.resource?.resourceType)));
    const required = queries.filter((one) => one.required).map(({ query }) => query.split("?")[0]).filter((type) => lost.has(type));
    if (none || required.length) {
      const failed = missed.filter(({ place }) => required.includes(place) || (none && drugs.includes(place)));
      throw new Failed(`读取病历：${failed.map(({ place, words }) => `${place}（${words.zh}）`).join("、")}未能读取；没有它就不能给出建议。`, `Reading the chart: ${failed.map(({ place, words }) => `${place} (${words.en})`).join(", ")} could not be read; without it no advice can be given.`);
    }
    const entry = [{ fullUrl: fullUrl("Patient", patient), resource: whole }, ...searches.map((resource) => ({ resource })), ...(await medications(searches))];
    const lines = missed.map(({ place, words }) => Words.line("li", { zh: `${place}：${words.zh}`, en: `${place}: ${words.en}` }));
    return { text: JSON.stringify({ resourceType: "Bundle", type: "collection", entry }), patient: whole, missed: lines };
  };

  return { ID, read };
})();
