// Accepting an item of advice or a notice, or not and why: kept where feedback on cards is kept, and shown at it until its content changes.
"use strict";
(() => {
  const reasons = document.getElementById("judge-reasons").content;
  const told = new Map(); // of an item its content and what was kept of it
  let visit;
  const begin = () => {
    told.clear();
    visit = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  };
  const item = (element) => element.closest("[data-key]");
  const say = (box, words, failed = false) => {
    const status = box.querySelector(".judge-told");
    status.setAttribute("role", failed ? "alert" : "status");
    status.classList.toggle("wrong", failed);
    status.replaceChildren(...Words.both(words));
  };
  const settle = (box, words) => {
    say(box, words);
    box.classList.add("judged");
    box.querySelector(".judge-reasons")?.remove();
  };
  const judge = async (box, outcome, reason, words) => {
    const of = item(box);
    const sent = { ...Profile.collect(), visit, ...JSON.parse(box.dataset.judged), outcome, ...(reason && { reason }) };
    const mine = visit;
    for (const button of box.querySelectorAll("button")) button.disabled = true;
    try {
      const response = await Access.post("/judgement", JSON.stringify(sent));
      if (!response.ok) Access.refusal(response);
      if (!response.ok) throw new Access.Failure("建议已变。", "The advice has changed.");
      Access.json(response, "taken");
      if (mine !== visit) return;
      told.set(of.dataset.key, { digest: of.dataset.digest, words });
      settle(box, words);
    } catch (error) {
      if (!(error instanceof Access.Failure)) console.error(error);
      const why = error.words ?? { zh: "页面出错。", en: "The page failed." };
      say(box, { zh: `未能记录。${why.zh}`, en: `Not recorded. ${why.en}` }, true);
    } finally {
      for (const button of box.querySelectorAll("button")) button.disabled = !Answer.isCurrent();
    }
  };
  const offer = (box) => {
    const open = box.querySelector(".judge-reasons");
    if (open) { open.remove(); return; }
    box.append(reasons.cloneNode(true));
    box.querySelector(".judge-reasons button").focus();
  };
  Answer.section.addEventListener("click", (event) => {
    const button = event.target.closest(".judge button");
    if (!button || !Answer.isCurrent()) return;
    const box = button.closest(".judge");
    const words = (lang) => button.querySelector(`[lang="${lang}"]`).textContent;
    if (button.matches(".judge-accept")) judge(box, "accepted", null, { zh: "已采纳", en: "Accepted" });
    else if (button.matches(".judge-override")) offer(box);
    else if (button.dataset.reason) judge(box, "overridden", button.dataset.reason, { zh: `未采纳：${words("zh-CN")}`, en: `Overridden: ${words("en")}` });
  });
  Answer.section.addEventListener("current", () => {
    for (const [key, { digest, words }] of told) {
      const box = [...Answer.advice.querySelectorAll("[data-key]")].find((one) => one.dataset.key === key && one.dataset.digest === digest)?.querySelector(".judge");
      if (box) settle(box, words);
    }
  });
  Answer.section.addEventListener("forgotten", begin);
  begin();
})();
