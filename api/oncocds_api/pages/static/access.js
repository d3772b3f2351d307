// Asks the server. Where it wants a key, the user is asked for it once and it is kept in memory alone. Whatever comes back
// and is not the server's own — a proxy's page, a redirect to a login, nothing within ten seconds — is a failure with words.
"use strict";
const Access = (() => {
  const LONGEST = 10_000; // milliseconds, body included
  const asked = document.querySelector("main").dataset.asked;
  const dialog = document.getElementById("key-dialog");
  let key = "";
  let asking;

  /** Why there is no answer, in both languages. */
  class Failure extends Error {
    constructor(zh, en) { super(en); this.words = { zh, en }; }
  }
  /** Told when no key was given, or none can be: nothing was sent. */
  class NoKey extends Failure {}

  const ask = (refused) => {
    asking ??= new Promise((resolve, reject) => {
      const form = document.getElementById("key-form");
      const input = document.getElementById("key");
      const wrong = document.getElementById("key-wrong");
      const done = (settle) => { form.onsubmit = dialog.onclose = null; asking = undefined; input.value = ""; dialog.close(); settle(); };
      wrong.hidden = !refused;
      form.onsubmit = (event) => {
        event.preventDefault();
        const given = input.value.trim();
        if (!/^[\x21-\x7e]+$/.test(given)) { wrong.hidden = false; return; } // no header can hold it: it cannot be right
        done(() => { key = given; resolve(); });
      };
      dialog.onclose = () => done(() => reject(new NoKey("未输入密钥，尚未评估。", "No key was entered; nothing was evaluated.")));
      document.getElementById("key-cancel").onclick = () => dialog.close();
      dialog.showModal();
      input.focus();
    });
    return asking;
  };

  /** Where the server's paths begin: the link to its first page says it, and may say a language behind it. */
  const root = () => document.querySelector("a.brand").getAttribute("href").split("?")[0];

  /** One request, read to its end: `{status, ok, text}`. A redirect is not followed: what is sent concerns a patient. */
  const answered = async (path, options, signal) => {
    const ending = new AbortController();
    const end = () => ending.abort();
    let late = false;
    const timer = setTimeout(() => { late = true; end(); }, LONGEST);
    signal?.addEventListener("abort", end);
    try {
      const response = await fetch(root() + path.slice(1), { ...options, signal: ending.signal, redirect: "manual", cache: "no-store" });
      if (response.type === "opaqueredirect")
        throw new Failure("请求被转到了别的页面（可能须重新登录）。", "The request was redirected to another page (perhaps you must sign in again).");
      return { status: response.status, ok: response.ok, text: await response.text() };
    } catch (error) {
      if (error instanceof Failure || signal?.aborted) throw error;
      throw late ? new Failure("评估服务10秒内没有答复。", "The server did not answer within 10 seconds.")
        : new Failure("无法连接评估服务。", "The server cannot be reached.");
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
    }
  };

  /** Sends JSON as text, as it is; `request` is repeated by the answer to it. */
  const post = async (path, body, { signal, request = "" } = {}) => {
    if (asked === "signature")
      throw new NoKey("此服务器只接受签名请求，页面不能评估；请管理员设置 api_keys 或 page_access。", "This server takes signed requests only, so the page cannot evaluate; its administrator may set api_keys or page_access.");
    let refused = false;
    for (;;) {
      if (asked === "key" && !key) await ask(refused);
      const sent = key;
      const headers = { "Content-Type": "application/json", "Oncocds-Request": request, ...(sent && { "X-API-Key": sent }) };
      const response = await answered(path, { method: "POST", headers, body }, signal);
      if (asked !== "key" || response.status !== 401) return response;
      refused = true;
      if (key === sent) key = "";
    }
  };
  const get = (path, signal) => answered(path, {}, signal);

  const foreign = (status) => new Failure(`答复不是来自本评估服务（${status}）。`, `The answer did not come from this evaluation service (${status}).`);
  /** The part of a page that the server marked as its own of a kind; nothing in it has run or been loaded. */
  const ours = ({ status, text }, kind) => {
    const { body } = new DOMParser().parseFromString(text, "text/html");
    const [part, ...others] = body.children;
    if (part?.dataset.oncocds !== kind || others.length) throw foreign(status);
    return document.adoptNode(part);
  };
  /** A JSON object of the server's, told by a key that it holds. */
  const json = ({ status, text }, known) => {
    let found;
    try { found = JSON.parse(text); } catch { throw foreign(status); }
    if (found === null || typeof found !== "object" || !(known in found)) throw foreign(status);
    return found;
  };

  const statuses = {
    403: ["此密钥无权进行此操作。", "This key may not do that."],
    408: ["资料未及时传到，请重试。", "The patient did not arrive in time; please try again."],
    413: ["资料太大：患者资料最多1 MB，FHIR Bundle最多8 MB。", "Too large: a patient profile may have 1 MB, a FHIR Bundle 8 MB."],
    429: ["此密钥的请求太多，请稍后再试。", "This key sends too many requests; please try again shortly."],
    503: ["服务器正忙，请稍后再试。", "The server is busy; please try again shortly."],
  };
  const noAnswer = ["引擎未能得出结论。这不是“没有建议”。", "The engine could not conclude. This is not an answer without advice."];
  const notRecorded = ["答复未能记录在案，故未给出。这不是“没有建议”。", "The answer could not be put on record, so it is not given. This is not an answer without advice."];
  /** What an answer that is none says: a refusal's `errors`, each with its place, or the failure it is. */
  const refusal = (response) => {
    const { status } = response;
    const unrecorded = status === 503 && response.text.includes("/problems/not-recorded");
    const known = unrecorded ? notRecorded : statuses[status] ?? (status >= 500 ? noAnswer : null);
    if (known) throw new Failure(...known);
    const problem = json(response, "title");
    if (status !== 422 || !Array.isArray(problem.errors)) throw new Failure(`${problem.title}. ${problem.detail}`, `${problem.title}. ${problem.detail}`);
    return problem.errors;
  };
  /** One error of a refusal as a line: its place, and what was wrong and expected there. */
  const place = ({ pointer, reason, expected, words }) => {
    const shown = document.createElement("li");
    shown.append(Object.assign(document.createElement("code"), { textContent: pointer || "/" }), " ", ...Words.both(words ?? { zh: `${reason}; ${expected}`, en: `${reason}; ${expected}` }));
    return shown;
  };

  return { post, get, root, ours, json, refusal, place, Failure, NoKey };
})();
