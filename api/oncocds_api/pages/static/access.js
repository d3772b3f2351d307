// Sends what concerns a patient. Where the server asks for a key, it is asked of the user once and kept in memory alone.
"use strict";
const Access = (() => {
  const asked = document.querySelector("main").dataset.asked;
  const dialog = document.getElementById("key-dialog");
  const say = (zh, en) => (document.documentElement.dataset.lang === "zh" ? zh : en);
  let key = "";
  let asking;

  /** Told when no key was given, or none can be: nothing was sent. */
  class NoKey extends Error {}

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
      dialog.onclose = () => done(() => reject(new NoKey(say("未输入密钥，尚未评估。", "No key was entered; nothing was evaluated."))));
      document.getElementById("key-cancel").onclick = () => dialog.close();
      dialog.showModal();
      input.focus();
    });
    return asking;
  };

  const post = async (path, body, signal) => {
    if (asked === "signature")
      throw new NoKey(say("此服务器只接受签名请求，页面不能评估；请管理员设置 api_keys 或 page_access。", "This server takes signed requests only, so the page cannot evaluate; its administrator may set api_keys or page_access."));
    let refused = false;
    for (;;) {
      if (asked === "key" && !key) await ask(refused);
      const sent = key;
      const headers = { "Content-Type": "application/json", ...(sent && { "X-API-Key": sent }) };
      const response = await fetch(path, { method: "POST", headers, body: JSON.stringify(body), signal });
      if (asked !== "key" || response.status !== 401) return response;
      refused = true;
      if (key === sent) key = "";
    }
  };

  const statuses = {
    408: ["资料未及时传到，请重试。", "The patient did not arrive in time; please try again."],
    413: ["资料太大：最多 1 MB。", "Too large: at most 1 MB."],
    503: ["服务器正忙，请稍后再试。", "The server is busy; please try again shortly."],
  };
  const noAnswer = ["引擎未能得出结论。这不是“没有建议”。", "The engine could not conclude. This is not an answer without advice."];
  /** A problem of the server's in words of the page's; what the page has no words for keeps the server's. */
  const words = (problem) => {
    const known = statuses[problem.status] ?? (problem.status >= 500 ? noAnswer : null);
    return known ? say(...known) : `${problem.title}. ${problem.detail}`;
  };
  /** What to say of a request that failed without an answer. */
  const failure = (error) => error instanceof NoKey ? error.message : say("无法连接服务器。", "The server cannot be reached.");

  return { post, words, failure, NoKey };
})();
