/* The desk in the browser: clocks that tick, keys, drafts, and lists that renew themselves without moving under the
   hand. Everything works without this file; it only makes it quicker. */
"use strict";
(() => {
  const DUE = 86, ROOM = 14, HALF = 30;
  const root = document.documentElement;
  root.classList.add("js");
  const body = document.body;
  // The page's moment by the server, so that a wrong clock of this machine does not matter.
  let base = Number(body.dataset.at || 0) * 1000, read = Date.now();
  const speed = Number(body.dataset.speed || 1);
  const now = () => base + (Date.now() - read) * speed;
  const two = (n) => String(n).padStart(2, "0");
  const span = (ms) => { const m = Math.trunc(Math.abs(ms) / 60000); return [Math.floor(m / 60), two(m % 60)]; };

  /* --- clocks --- */
  function stateOf(anchor, due, minutes, tentative, at) {
    if (at >= due) return "overdue";
    if (tentative) return "provisional";
    const left = (due - at) / 60000, used = 1 - left / Math.max(minutes, 1);
    if (used >= 0.8 || left <= 30) return "due_soon";
    return used >= 0.4 ? "warned" : "running";
  }
  const STATES = ["running", "warned", "due_soon", "overdue", "provisional"];
  function recolour(el, state) {
    STATES.forEach((s) => el.classList.toggle(s, s === state));
  }
  function tickBar(el, at) {
    const anchor = +el.dataset.anchor, due = +el.dataset.due, minutes = +el.dataset.minutes, tentative = !!el.dataset.tentative;
    const state = stateOf(anchor, due, minutes, tentative, at);
    const [h, m] = span(due - at);
    const words = el.querySelector(".words");
    if (words) {
      const text = (tentative ? "暂 " : "") + (state === "overdue" ? "超时 " : "剩 ") + h + "时" + m + "分";
      if (words.textContent !== text) {
        if (state === "overdue" && !words.classList.contains("overdue")) say(text);
        words.textContent = text;
      }
      recolour(words, state);
    }
    if (el.classList.contains("clock-cell")) recolour(el, state);
    const svg = el.querySelector("svg.bar");
    if (!svg) return;
    recolour(svg, state);
    const share = Math.max(0, (at - anchor) / Math.max(due - anchor, 1));
    const fill = Math.min(share, 1) * DUE;
    const over = (at - due) / 60000;
    svg.querySelectorAll(".fill").forEach((r) => r.setAttribute("width", fill.toFixed(2) + "%"));
    svg.querySelectorAll(".edge").forEach((r) => r.setAttribute("x2", fill.toFixed(2) + "%"));
    const late = svg.querySelector(".late");
    if (late) late.setAttribute("width", (over > 0 ? (ROOM * over) / (over + HALF) : 0).toFixed(2) + "%");
    svg.querySelectorAll(".rung").forEach((r) => r.classList.toggle("fired", parseFloat(r.getAttribute("x1")) <= share * DUE));
  }
  function tickLeft(el, at) {
    const due = +el.dataset.due, state = stateOf(+el.dataset.anchor, due, +el.dataset.minutes, !!el.dataset.tentative, at);
    const [h, m] = span(due - at);
    const key = state + h + m;
    if (el.dataset.shown === key) return;
    el.dataset.shown = key;
    el.classList.toggle("red", state === "overdue");
    el.classList.toggle("orange", state === "due_soon");
    el.replaceChildren();
    const add = (tag, text, cls) => { const n = document.createElement(tag); n.textContent = text; if (cls) n.className = cls; el.append(n); };
    if (state === "overdue") add("span", "超时", "word");
    el.append(String(h)); add("small", "时"); el.append(m); add("small", "分");
  }
  const live = document.createElement("div");
  live.className = "sr"; live.setAttribute("role", "alert"); body.append(live);
  const say = (text) => { live.textContent = text; };
  function tick() {
    const at = now();
    document.querySelectorAll("[data-clock]").forEach((el) => tickBar(el, at));
    document.querySelectorAll("[data-left]").forEach((el) => tickLeft(el, at));
    const zone = new Date(at + 8 * 3600000); // the district's wall clock
    document.querySelectorAll("[data-now]").forEach((el) => { el.textContent = two(zone.getUTCHours()) + ":" + two(zone.getUTCMinutes()); });
  }
  let lastMinute = -1;
  setInterval(() => {
    const at = now(), minute = Math.floor(at / 60000);
    const close = [...document.querySelectorAll("[data-due]")].some((el) => Math.abs(+el.dataset.due - at) < 600000);
    if (close || minute !== lastMinute) { lastMinute = minute; tick(); }
  }, 1000);

  /* --- lists: keyboard --- */
  const rows = () => [...document.querySelectorAll("[data-list] [data-open]")].filter((r) => r.offsetParent !== null);
  const typing = () => {
    const el = document.activeElement;
    return !!el && (el.isContentEditable || ["TEXTAREA", "SELECT"].includes(el.tagName) || (el.tagName === "INPUT" && !["radio", "checkbox", "button", "submit"].includes(el.type)));
  };
  const off = () => { try { return localStorage.getItem("huiying-keys") === "off"; } catch { return false; } };
  function move(step) {
    const all = rows();
    if (!all.length) {
      const link = document.querySelector(step > 0 ? "a[data-next]" : "a[data-prev]");
      if (link) link.click();
      return;
    }
    const here = all.indexOf(document.activeElement.closest ? document.activeElement.closest("[data-open]") : null);
    const next = all[Math.min(Math.max(here + step, 0), all.length - 1)];
    next.focus(); next.scrollIntoView({ block: "nearest" });
  }
  document.addEventListener("click", (event) => {
    const row = event.target.closest("[data-open]");
    if (row && !event.target.closest("a,button,input,label,summary,select,form")) location.href = row.dataset.open;
    const unfold = event.target.closest("[data-unfold]");
    if (unfold) { const panel = document.getElementById(unfold.dataset.unfold); if (panel) { panel.open = !panel.open; event.preventDefault(); } }
    const show = event.target.closest("[data-show]");
    if (show) { const f = document.getElementById(show.dataset.show); f.type = f.type === "password" ? "text" : "password"; show.textContent = f.type === "password" ? "显示" : "遮住"; }
    if (event.target.closest("[data-close]")) document.getElementById("keys").close();
    if (event.target.closest("[data-resort]")) resort();
  });
  document.querySelectorAll("[data-show]").forEach((b) => { b.hidden = false; });
  const keysOff = document.querySelector("[data-keys-off]");
  if (keysOff) { keysOff.checked = off(); keysOff.addEventListener("change", () => { try { localStorage.setItem("huiying-keys", keysOff.checked ? "off" : "on"); } catch { /* private mode */ } }); }
  const GO = { b: "/", l: "/leads/", i: "/issues/", f: "/releases/", j: "/briefs/", s: "/sources/", n: "/notices/", p: "/search/", t: "/topics/" };
  let going = 0;
  function choose(way) {
    const radio = document.querySelector(`[data-way="${way}"]`);
    if (!radio) return false;
    radio.checked = true; radio.dispatchEvent(new Event("change", { bubbles: true }));
    const first = radio.closest(".way").querySelector(".unfold input, .unfold select");
    (first || radio).focus(); radio.scrollIntoView({ block: "center" });
    return true;
  }
  // A page's own key: goes to the field or presses the control that names it.
  function hotkey(key) {
    const el = [...document.querySelectorAll("[data-hotkey]")].find((e) => e.dataset.hotkey === key);
    if (!el) return false;
    if (el.matches("input,select,textarea")) { el.focus(); el.scrollIntoView({ block: "nearest" }); } else el.click();
    return true;
  }
  // A page's own keys: the control carries `data-press`.
  const pressed = (key) => { const place = `[data-press="${CSS.escape(key.toLowerCase())}"]`; return document.querySelector(place) ? place : ""; };
  document.addEventListener("focusin", (event) => { if (event.target.matches("[data-select]")) event.target.select(); });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey && event.key === "Enter") { const b = document.querySelector("form button[name=submit]"); if (b) { event.preventDefault(); b.click(); } return; }
    if (event.ctrlKey && event.key === "s") { const b = document.querySelector("form button[name=save]"); if (b) { event.preventDefault(); b.click(); } return; }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape" && typing()) { document.activeElement.blur(); return; }
    if (typing() || off()) return;
    const key = event.key.toLowerCase();
    if (going && Date.now() - going < 1500 && GO[key]) { going = 0; location.href = GO[key]; return; }
    going = 0;
    const click = (selector) => { const el = document.querySelector(selector); if (el) { event.preventDefault(); el.click(); } };
    if (key === "g") going = Date.now();
    else if (key === "j") move(1);
    else if (key === "k") move(-1);
    else if (key === "enter") { const r = document.activeElement.closest && document.activeElement.closest("[data-open]"); if (r && document.activeElement === r) location.href = r.dataset.open; }
    else if (key === "escape") { const crumb = document.querySelector(".crumbs a"); if (crumb) crumb.click(); }
    else if (key === "/") { const f = document.getElementById("find"); if (f) { event.preventDefault(); f.focus(); } }
    else if (event.key === "?") document.getElementById("keys").showModal();
    else if (key === "a") click("[data-take]");
    else if (key === "n") click("[data-new]");
    else if (key === "r") resort();
    else if (key === "p") pause();
    else if ("cdu".includes(key)) { if (choose(key)) event.preventDefault(); }
    else if (hotkey(key)) event.preventDefault();
    else if (pressed(event.key)) click(pressed(event.key));
    else if ("1234".includes(key)) { const r = document.querySelector(`input[name=level][value="${key}"]`); if (r) { choose("c"); r.checked = true; r.focus(); } }
  });
  document.addEventListener("change", (event) => {
    if (event.target.name !== "way") return;
    const b = document.querySelector("[data-submit]");
    const words = { confirm: "确认并转为舆情 ", dismiss: "排除这条线索 ", merge: "并入 " }, keys = { confirm: "C", dismiss: "D", merge: "U" };
    if (b) { const k = document.createElement("span"); k.className = "key"; k.textContent = keys[event.target.value]; b.replaceChildren(words[event.target.value], k); }
  });

  /* --- lists: renewing without moving under the hand --- */
  const box = document.querySelector("[data-live]");
  let paused = false, waiting = null;
  function pause() { paused = !paused; const w = document.querySelector("[data-pause-word]"); if (w) w.textContent = paused ? "继续更新" : "暂停更新"; }
  function busy() { return box.matches(":hover") || box.contains(document.activeElement); }
  function resort() { if (waiting) { const focus = document.activeElement.dataset ? document.activeElement.dataset.key : null; box.replaceChildren(...waiting); waiting = null; tick(); if (focus) { const r = box.querySelector(`[data-key="${focus}"]`); if (r) r.focus(); } } }
  function apply(html) {
    const fresh = new DOMParser().parseFromString(html, "text/html").body;
    const nodes = [...fresh.childNodes].map((n) => document.importNode(n, true));
    if (!busy()) { box.replaceChildren(...nodes); waiting = null; tick(); return; }
    // Cells change in place, order waits.
    const holder = document.createElement("div"); holder.append(...nodes.map((n) => n.cloneNode(true)));
    const before = [...box.querySelectorAll("tbody [data-key^=i]")].map((r) => r.dataset.key), after = [...holder.querySelectorAll("tbody [data-key^=i]")].map((r) => r.dataset.key);
    holder.querySelectorAll("tr[data-key]").forEach((row) => {
      const old = box.querySelector(`tr[data-key="${row.dataset.key}"]`);
      if (!old || old.contains(document.activeElement) && document.activeElement !== old) return;
      [...row.cells].forEach((cell, i) => { if (old.cells[i] && old.cells[i].innerHTML !== cell.innerHTML) old.cells[i].replaceChildren(...cell.childNodes); });
    });
    const moved = after.filter((k, i) => before[i] !== k).length + before.filter((k) => !after.includes(k)).length;
    const changes = box.querySelector("[data-changes]"), button = box.querySelector("[data-resort]");
    if (moved && changes) { waiting = nodes; changes.textContent = moved + " 行有变化，未重排"; changes.hidden = false; button.hidden = false; }
    tick();
  }
  const offline = document.getElementById("offline");
  async function renew() {
    if (paused || document.hidden) return;
    try {
      const answer = await fetch(box.dataset.live, { headers: { "HX-Request": "true", "X-Renew": "1" }, credentials: "same-origin" });
      if (answer.status === 401) { location.reload(); return; }
      if (!answer.ok) throw new Error(answer.status);
      const told = Number(answer.headers.get("X-At") || 0);
      if (told) { base = told * 1000; read = Date.now(); }
      apply(await answer.text());
      if (offline) offline.hidden = true;
      const idle = document.getElementById("idle");
      if (idle) idle.hidden = !answer.headers.get("X-Idle");
      rounds += 1;
      if (rounds % 3 === 0) await renewFrame();
    } catch { if (offline) offline.hidden = false; }
  }
  // The counts of the menu, the situation line and the freshness of the footer grow old too, only more slowly.
  let rounds = 0;
  async function renewFrame() {
    const answer = await fetch(location.href, { headers: { "X-Renew": "1" }, credentials: "same-origin" });
    if (!answer.ok) throw new Error(answer.status);
    const whole = new DOMParser().parseFromString(await answer.text(), "text/html");
    [".menu", ".situation", ".foot", ".tabs"].forEach((place) => {
      const old = document.querySelector(place), fresh = whole.querySelector(place);
      if (!old || !fresh || old.contains(document.activeElement) || old.innerHTML === fresh.innerHTML) return;
      if (paused || box.contains(old) || old.matches(":hover")) return;
      old.replaceChildren(...[...fresh.childNodes].map((n) => document.importNode(n, true)));
    });
  }
  if (box) {
    setInterval(renew, Number(body.dataset.renew || 20) * 1000);
    box.addEventListener("mouseleave", () => { if (!box.contains(document.activeElement)) resort(); });
    document.addEventListener("visibilitychange", () => { if (!document.hidden) renew(); });
  }

  /* --- drafts: what was typed is not lost --- */
  document.querySelectorAll("form[data-draft]").forEach((form) => {
    const name = "huiying-draft:" + form.dataset.draft, said = document.querySelector("[data-draft-said]");
    const fields = () => [...form.elements].filter((e) => e.name && !["hidden", "password", "file", "submit"].includes(e.type) && e.name !== "csrfmiddlewaretoken");
    const keyOf = (e) => e.type === "checkbox" ? e.name + "=" + e.value : e.name; // boxes of one name are many
    const bound = !!document.querySelector(".error-box");
    try {
      const kept = JSON.parse(sessionStorage.getItem(name) || "null");
      if (kept && !bound) {
        fields().forEach((e) => { const name = keyOf(e); if (!(name in kept.values)) return; if (e.type === "radio") e.checked = kept.values[name] === e.value; else if (e.type === "checkbox") e.checked = !!kept.values[name]; else e.value = kept.values[name]; });
        if (said) said.textContent = "草稿 " + kept.at + " 已找回";
      }
    } catch { /* storage is off: the page works without drafts */ }
    let dirty = false;
    form.addEventListener("input", () => { dirty = true; });
    form.addEventListener("submit", () => { try { sessionStorage.removeItem(name); } catch { /* as above */ } dirty = false; });
    setInterval(() => {
      if (!dirty) return;
      dirty = false;
      const values = {};
      fields().forEach((e) => { if (e.type === "radio") { if (e.checked) values[e.name] = e.value; } else values[keyOf(e)] = e.type === "checkbox" ? e.checked : e.value; });
      const d = new Date(), at = two(d.getHours()) + ":" + two(d.getMinutes()) + ":" + two(d.getSeconds());
      try { sessionStorage.setItem(name, JSON.stringify({ at, values })); if (said) said.textContent = "已存草稿 " + at; } catch { /* as above */ }
    }, 3000);
  });
  const error = document.querySelector(".error-box[tabindex]");
  if (error) error.focus();
  tick();
})();
