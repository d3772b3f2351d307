// Asks an EHR's servers: without cookies, following no redirect, ten seconds at most. Failures name their step.
"use strict";
const Fetching = (() => {
  const LONGEST = 10_000; // milliseconds, body included

  /** Why an EHR cannot be read, in both languages, with the step. `final`: trying again does not help. */
  class Failed extends Error {
    constructor(zh, en, final = false) { super(en); this.words = { zh, en }; this.final = final; }
  }
  /** Of one answer the status and the JSON in it, undefined where it is none or a name stands twice in an object. */
  const ask = async (url, options, signal) => {
    const ending = new AbortController();
    const end = () => ending.abort();
    const timer = setTimeout(end, LONGEST);
    signal?.addEventListener("abort", end);
    try {
      const response = await fetch(url, { cache: "no-store", credentials: "omit", redirect: "error", referrerPolicy: "no-referrer", ...options, signal: ending.signal });
      const text = await response.text();
      let content;
      try { if (!doubled(text)) content = JSON.parse(text); } catch { /* said by the one who asked */ }
      return { status: response.status, ok: response.ok, content, size: text.length };
    } catch {
      return { status: 0, ok: false, size: 0 };
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
    }
  };
  /** Whether a name stands twice in one object of a JSON text: a parser would take the last one in silence. */
  const doubled = (text) => {
    const open = []; // of each object the names so far; null for a list
    let names = null;
    let awaiting = false; // a name, not a value
    for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],:]/g)) {
      if (token === "{" || token === "[") { open.push(names); names = token === "{" ? new Set() : null; awaiting = token === "{"; }
      else if (token === "}" || token === "]") { names = open.pop() ?? null; awaiting = false; }
      else if (token === ",") awaiting = names !== null;
      else if (token === ":") awaiting = false;
      else if (awaiting) {
        const name = JSON.parse(token);
        if (names.has(name)) return true;
        names.add(name);
      }
    }
    return false;
  };
  const why = (status) => (status ? { zh: `状态 ${status}`, en: `status ${status}` } : { zh: "连接不上、被转走或10秒内无答复", en: "unreachable, redirected or silent for 10 seconds" });

  return { Failed, ask, doubled, why };
})();
