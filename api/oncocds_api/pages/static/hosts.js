// Messages of the page around this one (a system without SMART on FHIR): from the origins of the setting `frame_ancestors`
// alone, and only from a window that this page stands in. Whatever else comes is not obeyed, and that it came is said.
"use strict";
(() => {
  const VERSION = 1;
  const TYPES = { "oncocds.hello": [], "oncocds.patient": ["text"], "oncocds.clear": [] };
  const origin = (address) => { try { return new URL(address).origin; } catch { return null; } };
  const allowed = new Set(JSON.parse(document.getElementById("arrived").dataset.hosts).filter((one) => !one.includes("*")).map(origin));
  const around = (other) => {
    for (let one = window; one !== one.parent;) { one = one.parent; if (one === other) return true; }
    return false;
  };
  /** Why a message is not understood, or nothing: the place, and what was expected, in both languages. */
  const amiss = (data) => {
    if (data === null || typeof data !== "object" || Array.isArray(data)) return ["", "对象 {type, version, id, …}", "an object {type, version, id, …}"];
    if (!Object.hasOwn(TYPES, data.type)) return ["/type", `${Object.keys(TYPES).join("、")} 之一`, `one of ${Object.keys(TYPES).join(", ")}`];
    if (data.version !== VERSION) return ["/version", `${VERSION}`, `${VERSION}`];
    if (typeof data.id !== "string" || !/^[\w.:-]{1,100}$/.test(data.id)) return ["/id", "1–100 个字母、数字或 _ . : -", "1–100 letters, digits or _ . : -"];
    const keys = ["type", "version", "id", ...TYPES[data.type]];
    const strange = Object.keys(data).find((key) => !keys.includes(key));
    if (strange !== undefined) return [`/${/^\w{1,40}$/.test(strange) ? strange : "?"}`, `${keys.join("、")} 以外没有别的键`, `no other key than ${keys.join(", ")}`];
    if (data.type === "oncocds.patient" && typeof data.text !== "string") return ["/text", "字符串：资料或 FHIR R4 Bundle 的 JSON", "a string: a profile or a FHIR R4 Bundle as JSON"];
    return null;
  };

  addEventListener("message", ({ data, origin: from, source }) => {
    if (source === window) return; // this page's own
    if (!allowed.has(from) || !around(source)) {
      Arriving.refuse({ zh: `拒绝了一条消息：来源 ${from || "未知"} 不是允许的上层页面（设置 frame_ancestors）。页面未改动。`, en: `A message was refused: its origin ${from || "unknown"} is not that of an allowed page around this one (setting frame_ancestors). Nothing was changed.` });
      return;
    }
    const id = typeof data?.id === "string" ? data.id.slice(0, 100) : null;
    const reply = (told) => source.postMessage({ type: "oncocds.outcome", version: VERSION, id, ...told }, from);
    const wrong = amiss(data);
    if (wrong) {
      const [pointer, zh, en] = wrong;
      const words = { zh: `病历系统的消息未被接受：${pointer || "/"} 应为 ${zh}。`, en: `A message of the EHR was refused: at ${pointer || "/"} ${en} was expected.` };
      // Another patient may be open there by now: the last one's advice does not stay.
      if (data?.type === "oncocds.patient") Arriving.fail({ zh: `${words.zh}表单中没有患者。`, en: `${words.en} There is no patient in the form.` });
      else Arriving.refuse({ zh: `${words.zh}页面未改动。`, en: `${words.en} Nothing was changed.` });
      reply({ outcome: "refused", words, errors: [{ pointer, zh: `应为 ${zh}`, en: `expected ${en}` }] });
    } else if (data.type === "oncocds.hello") {
      reply({ outcome: "ready" });
    } else if (data.type === "oncocds.clear") {
      Evaluating.leave();
      Evaluating.take({ patient: {} });
      reply({ outcome: "cleared" });
    } else {
      Arriving.bring({
        load: () => data.text,
        whose: () => [{ zh: `患者资料由 ${from} 送入。`, en: `The patient was sent by ${from}.` }],
        done: reply,
      });
    }
  });
})();
