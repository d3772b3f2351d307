// SMART App Launch 2: opened by an EHR (`iss`, `launch`) or by itself, as a public client with PKCE (S256). Only EHRs that the
// site's settings name are asked. Between leaving for the EHR and coming back the verifier and the state stand in this tab's
// sessionStorage; they are taken out before anything else. The token is held by the functions below alone, until the chart is read.
"use strict";
(() => {
  const KEPT = "oncocds-launch";
  const LONGEST = 600_000; // milliseconds between leaving and coming back
  const { Failed, ask, why } = Fetching;
  const { servers, reads } = JSON.parse(document.getElementById("arrived").dataset.launch);
  const redirect = location.origin + location.pathname;
  const given = new URLSearchParams(location.search);
  history.replaceState(null, "", given.has("lang") ? `?lang=${encodeURIComponent(given.get("lang"))}` : location.pathname);

  const coded = (bytes) => btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  const random = () => coded(crypto.getRandomValues(new Uint8Array(32)));
  const digest = async (text) => coded(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))));
  const known = (iss) => {
    const server = servers.find((one) => one.iss === iss.replace(/\/+$/, ""));
    if (!server) throw new Failed("启动：这个病历系统（iss）不在本院允许之列，未与它联系。", "Launch: this EHR (iss) is not one that the site allows; it was not contacted.", true);
    return server;
  };
  /** An endpoint that discovery names: only where the site allows its origin. */
  const endpoint = (server, name, value) => {
    let origin = null;
    try { origin = new URL(value).origin; } catch { /* none */ }
    if (!server.origins.map((one) => new URL(one).origin).includes(origin))
      throw new Failed(`发现：${name} 缺少，或不在本院允许的来源上。`, `Discovery: ${name} is missing, or not at an origin that the site allows.`, true);
    return value;
  };
  const scopes = (capabilities, launched) => {
    const may = capabilities.includes("permission-v2") || !capabilities.includes("permission-v1") ? ["r", "rs"] : ["read", "read"];
    const types = reads.map(({ query }) => query.split(/[/?]/)[0]);
    const wanted = types.map((type) => `patient/${type}.${type === "Patient" ? may[0] : may[1]}`);
    return [launched ? "launch" : "launch/patient", "openid", "fhirUser", ...wanted, `patient/Medication.${may[0]}`].join(" ");
  };
  /** Goes to the EHR to be let in. */
  const leave = async (iss, launch) => {
    const server = known(iss);
    if (!crypto.subtle) throw new Failed("启动：本页须经 https 打开。", "Launch: the page must be opened over https.", true);
    const { status, ok, content } = await ask(`${server.iss}/.well-known/smart-configuration`, { headers: { Accept: "application/json" } });
    if (!ok || content === null || typeof content !== "object") throw new Failed(`发现：未能读取 .well-known/smart-configuration（${ok ? "不是JSON" : why(status).zh}）。`, `Discovery: .well-known/smart-configuration could not be read (${ok ? "not JSON" : why(status).en}).`);
    const authorize = new URL(endpoint(server, "authorization_endpoint", content.authorization_endpoint));
    const token = endpoint(server, "token_endpoint", content.token_endpoint);
    if (![content.code_challenge_methods_supported].flat().includes("S256")) throw new Failed("发现：病历系统未声明支持 PKCE（S256）。", "Discovery: the EHR does not say that it supports PKCE (S256).", true);
    const kept = { iss, token, state: random(), verifier: random(), nonce: random(), at: Date.now(), issuer: content.issuer ?? null };
    const asked = {
      response_type: "code", client_id: server.client_id, redirect_uri: redirect, aud: iss, state: kept.state, nonce: kept.nonce,
      scope: scopes([content.capabilities ?? []].flat(), launch !== null), code_challenge: await digest(kept.verifier), code_challenge_method: "S256", ...(launch !== null && { launch }),
    };
    for (const [name, value] of Object.entries(asked)) authorize.searchParams.set(name, value);
    try { sessionStorage.setItem(KEPT, JSON.stringify(kept)); } catch { throw new Failed("启动：浏览器不允许本页在跳转期间保存校验码。", "Launch: the browser does not let the page keep its verifier while it is away.", true); }
    location.assign(authorize.href);
  };

  /** The parts of an id_token that came from the token endpoint itself; its `fhirUser` is only shown. */
  const user = (token, kept, client) => {
    if (token === undefined) return null;
    let claims = {};
    try { claims = JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0)))); } catch { /* refused below */ }
    const mine = [claims?.aud].flat().includes(client) && claims.nonce === kept.nonce && claims.exp * 1000 > Date.now() - 60_000 && (kept.issuer === null || claims.iss === kept.issuer);
    if (!mine) throw new Failed("令牌：id_token 不是为这次启动签发的。", "Token: the id_token was not issued for this launch.", true);
    const [found] = /(?:Practitioner|PractitionerRole|Patient|RelatedPerson|Person)\/[A-Za-z0-9.-]{1,64}$/.exec(claims.fhirUser ?? "") ?? [];
    return found ?? null;
  };
  /** Comes back from the EHR: what is read with, and who reads. */
  const exchange = async (kept, code) => {
    const { client_id } = known(kept.iss);
    const body = new URLSearchParams({ grant_type: "authorization_code", code, redirect_uri: redirect, client_id, code_verifier: kept.verifier });
    const { status, ok, content } = await ask(kept.token, { method: "POST", headers: { Accept: "application/json" }, body });
    const said = /^[a-z_]{1,40}$/.test(content?.error ?? "") ? `，${content.error}` : "";
    if (!ok) throw new Failed(`令牌：病历系统没有给出访问令牌（${why(status).zh}${said}）。请从病历系统重新打开。`, `Token: the EHR gave no access token (${why(status).en}${said.replace("，", ", ")}). Open the page from the EHR again.`, true);
    const { access_token: token, token_type: kind, patient, scope, id_token: identity } = content ?? {};
    if (typeof token !== "string" || !/^[\x21-\x7e]+$/.test(token) || String(kind).toLowerCase() !== "bearer") throw new Failed("令牌：答复中没有 Bearer 访问令牌。", "Token: the answer holds no Bearer access token.", true);
    if (typeof patient !== "string" || !Chart.ID.test(patient)) throw new Failed("令牌：答复中没有患者（patient）。请在病历系统中先选定患者。", "Token: the answer names no patient. Choose one in the EHR first.", true);
    return { iss: kept.iss.replace(/\/+$/, ""), token, patient, scope: typeof scope === "string" ? scope : undefined, user: user(identity, kept, client_id) };
  };
  const returned = () => {
    let kept = null;
    try { kept = JSON.parse(sessionStorage.getItem(KEPT)); sessionStorage.removeItem(KEPT); } catch { /* none */ }
    if (!kept || Date.now() - kept.at > LONGEST) throw new Failed("授权：没有与之相应的启动，或已过十分钟。请从病历系统重新打开。", "Authorization: there is no launch that this answers, or it is older than ten minutes. Open the page from the EHR again.", true);
    if (given.get("state") !== kept.state) throw new Failed("授权：state 与启动时的不同，已拒绝。请从病历系统重新打开。", "Authorization: state is not that of the launch; refused. Open the page from the EHR again.", true);
    if (given.has("iss") && kept.issuer !== null && given.get("iss") !== kept.issuer) throw new Failed("授权：答复来自另一个授权服务器（iss），已拒绝。", "Authorization: the answer is another server's (iss); refused.", true);
    if (given.has("error")) {
      const code = /^[a-z_]{1,40}$/.test(given.get("error")) ? given.get("error") : "?";
      throw code === "access_denied" ? new Failed("授权：未获同意（access_denied），没有读取病历。", "Authorization: consent was refused (access_denied); the chart was not read.", true)
        : new Failed(`授权：病历系统报告错误（${code}）。`, `Authorization: the EHR reported an error (${code}).`, true);
    }
    return kept;
  };

  const person = ({ name, gender, birthDate, id }) => {
    const called = [name ?? []].flat().find((one) => one?.use === "official") ?? [name ?? []].flat()[0] ?? {};
    const text = called.text ?? [called.family ?? "", [called.given ?? []].flat().join(" ")].join(" ").trim();
    const sex = { male: ["男", "male"], female: ["女", "female"] }[gender] ?? [];
    const shown = (one) => [text, one, birthDate, `Patient/${id}`].filter((part) => typeof part === "string" && part).join(" · ");
    return { zh: shown(sex[0]), en: shown(sex[1]) };
  };
  // Reasons for which a list of diagnoses is not whole: one that is not there counts as not made.
  const PARTLY = ["outcome", "failed-entry", "more-pages", "fewer-than-total"];
  const open = (session) => {
    let chart;
    return Arriving.bring({
      reading: { zh: "正在从病历系统读取……", en: "Reading from the EHR …" },
      load: async (signal) => {
        const used = typeof session === "function" ? await session(signal) : session;
        session = used; // a code is exchanged once; what is tried again is the reading
        chart ??= await Chart.read(used, signal);
        return chart.text;
      },
      check: ({ report }) => {
        const lesions = report?.open_lists.find(({ name }) => name === "lesions")?.because ?? [];
        if (!lesions.some(({ reason }) => PARTLY.includes(reason))) return;
        chart = null;
        throw new Failed("读取病历：诊断（Condition）未能全部读取；没有它就不能给出建议。", "Reading the chart: the diagnoses (Condition) could not all be read; without them no advice can be given.");
      },
      whose: () => {
        const who = session.user ? { zh: `；打开者 ${session.user}`, en: `; opened by ${session.user}` } : { zh: "", en: "" };
        const shown = person(chart.patient);
        const lost = chart.missed.length ? { zh: "。以下未能读取，按未知处理：", en: ". The following could not be read and is unknown:" } : { zh: "。", en: "." };
        return [{ zh: `已从病历读取：${shown.zh}${who.zh}${lost.zh}`, en: `Read from the EHR: ${shown.en}${who.en}${lost.en}` }, chart.missed];
      },
      done: ({ outcome }) => { if (outcome === "taken") session = chart = null; },
    });
  };

  const told = (work, again) => Promise.resolve().then(work).catch((error) => {
    if (!(error instanceof Failed)) console.error(error.name);
    Arriving.fail(error.words ?? { zh: "启动：页面出错。", en: "Launch: the page failed." }, error instanceof Failed && !error.final && again ? again : null);
  });
  const start = (iss, launch) => {
    Evaluating.leave();
    Arriving.tell({ zh: "正在前往病历系统……", en: "Going to the EHR …" });
    const go = () => told(() => leave(iss, launch), () => start(iss, launch));
    return go();
  };
  if (given.has("code") || given.has("error")) told(() => { const kept = returned(); return open(() => exchange(kept, given.get("code"))); });
  else if (given.has("iss")) start(given.get("iss"), given.get("launch"));
  else Arriving.tell({ zh: "从哪个病历系统读取？", en: "Read from which EHR?" }, servers.map((one) => {
    const line = document.createElement("li");
    line.append(Words.button({ zh: one.name, en: one.name }, () => start(one.iss, null)));
    return line;
  }), "");
})();
