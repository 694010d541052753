/* The desk in the browser: the time of the server, clocks that tick, how fresh the page is, what a click unfolds.
   Keys stand in keys.js, lists that renew themselves in live.js, drafts in drafts.js. Every page works without them. */
"use strict";
window.desk = (() => {
  document.documentElement.classList.add("js");
  const body = document.body, DUE = 86, ROOM = 14, HALF = 30; // the bar: clockbar.py
  const two = (n) => String(n).padStart(2, "0");
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];

  /* --- time: the server's, counted on by this machine, whose own clock may be hours wrong --- */
  const came = performance.getEntriesByType("navigation")[0];
  const speed = Number(body.dataset.speed || 1);
  let base = Number(body.dataset.at || 0) * 1000, since = came ? came.responseStart : performance.now();
  let wall = Date.now() - (performance.now() - since);
  function settle(told) { base = told * 1000; since = performance.now(); wall = Date.now(); }
  // A machine that slept counts on by its wall clock; one whose clock was set back, by its uptime.
  const now = () => base + Math.max(performance.now() - since, Date.now() - wall) * speed;
  const zone = (at) => new Date(at + 8 * 3600000); // the district's wall clock
  const clock = (at) => two(zone(at).getUTCHours()) + ":" + two(zone(at).getUTCMinutes());
  const moment = (at) => clock(at) + ":" + two(zone(at).getUTCSeconds());

  /* --- clocks --- */
  const STATES = ["running", "warned", "due_soon", "overdue", "provisional"];
  const colour = (el, state) => STATES.forEach((s) => el.classList.toggle(s, s === state));
  function stateOf(data, at) {
    const due = +data.due;
    if (at >= due) return "overdue";
    if (data.tentative) return "provisional";
    const left = (due - at) / 60000, used = 1 - left / Math.max(+data.minutes, 1);
    if (used >= 0.8 || left <= 30) return "due_soon";
    return used >= 0.4 ? "warned" : "running";
  }
  function span(ms) { const m = Math.trunc(Math.abs(ms) / 60000); return [Math.floor(m / 60), two(m % 60)]; }
  function tickBar(el, at) {
    const state = stateOf(el.dataset, at), anchor = +el.dataset.anchor, due = +el.dataset.due;
    const words = el.querySelector(".words"), [h, m] = span(due - at);
    const text = (el.dataset.tentative ? "暂 " : "") + (state === "overdue" ? "超时 " : "剩 ") + h + "时" + m + "分";
    if (words) {
      if (words.textContent !== text) {
        if (state === "overdue" && !words.classList.contains("overdue")) say(text);
        words.textContent = text;
      }
      colour(words, state);
    }
    if (el.classList.contains("clock-cell")) colour(el, state);
    const svg = el.querySelector("svg.bar");
    if (!svg) return;
    colour(svg, state);
    svg.setAttribute("aria-label", svg.getAttribute("aria-label").replace(/(暂 )?(剩|超时) \d+时\d+分/, text));
    const share = Math.max(0, (at - anchor) / Math.max(due - anchor, 1)), over = (at - due) / 60000;
    const fill = (Math.min(share, 1) * DUE).toFixed(2) + "%";
    all(".fill", svg).forEach((r) => r.setAttribute("width", fill));
    const late = svg.querySelector(".late");
    if (late) late.setAttribute("width", (over > 0 ? (ROOM * over) / (over + HALF) : 0).toFixed(2) + "%");
    const rungs = all(".rung", svg), places = rungs.flatMap((r) => r.getAttribute("d").match(/[\d.]+(?= 2v8)/g) || []);
    rungs.forEach((r) => {
      const fired = r.classList.contains("fired");
      r.setAttribute("d", places.filter((x) => (+x <= share * DUE) === fired).map((x) => `M${x} 2v8`).join(""));
    });
  }
  function tickLeft(el, at) {
    const state = stateOf(el.dataset, at), [h, m] = span(+el.dataset.due - at), key = state + h + m;
    if (el.dataset.shown === key) return;
    el.dataset.shown = key;
    el.classList.toggle("red", state === "overdue");
    el.classList.toggle("orange", state === "due_soon");
    const piece = (tag, text) => { const n = document.createElement(tag); n.textContent = text; return n; };
    const parts = [String(h), piece("small", "时"), m, piece("small", "分")];
    if (state === "overdue") { const word = piece("span", "超时"); word.className = "word"; parts.unshift(word); }
    el.replaceChildren(...parts);
  }
  const live = document.createElement("div");
  live.className = "sr"; live.setAttribute("role", "alert"); body.append(live);
  const say = (text) => { live.textContent = text; };
  function tick() {
    const at = now();
    all("[data-clock]").forEach((el) => tickBar(el, at));
    all("[data-left]").forEach((el) => tickLeft(el, at));
    all("[data-now]").forEach((el) => { el.textContent = clock(at); });
  }
  let lastMinute = -1;
  setInterval(() => {
    const at = now(), minute = Math.floor(at / 60000);
    const close = all("[data-due]").some((el) => Math.abs(+el.dataset.due - at) < 600000);
    if (close || minute !== lastMinute) { lastMinute = minute; tick(); }
  }, 1000);

  /* --- freshness: counts of the menu and of the footer; a connection that is lost --- */
  const offline = document.getElementById("offline"), idle = document.getElementById("idle");
  let heard = now();
  function lost() {
    if (!offline || !offline.hidden) return;
    offline.querySelector("[data-stopped]").textContent = clock(heard);
    offline.hidden = false;
  }
  // An answer of the server: text, or "" where there is nothing to show. A door that closed leads to its page.
  async function ask(address, mark) {
    const answer = await fetch(address, { headers: { "HX-Request": "true", [mark]: "1" }, credentials: "same-origin" });
    const elsewhere = answer.headers.get("HX-Redirect");
    if (answer.status === 401) { if (elsewhere) location.href = elsewhere; else location.reload(); return ""; }
    if (answer.headers.get("HX-Refresh")) { location.reload(); return ""; }
    if (!answer.ok) throw new Error(String(answer.status));
    const told = Number(answer.headers.get("X-At") || 0);
    if (told) settle(told);
    heard = now();
    if (offline) offline.hidden = true;
    if (idle && mark === "X-Renew") idle.hidden = !answer.headers.get("X-Idle");
    return answer.text();
  }
  const parse = (html) => new DOMParser().parseFromString(html, "text/html").body;
  function freshen(page) {
    all("[data-fresh]", page).forEach((fresh) => all(`[data-fresh="${fresh.dataset.fresh}"]`).forEach((old) => {
      if (old.innerHTML !== fresh.innerHTML) old.replaceChildren(...[...fresh.childNodes].map((n) => document.importNode(n, true)));
    }));
  }
  async function renew() {
    if (document.hidden || state.paused) return;
    try { freshen(parse(await ask(body.dataset.frame, "X-Renew"))); } catch { lost(); }
  }
  const state = { paused: false };
  if (body.dataset.frame) {
    setInterval(renew, 60000);
    addEventListener("offline", lost);
    addEventListener("online", renew);
    document.addEventListener("visibilitychange", renew);
  }

  /* --- clicks --- */
  document.addEventListener("click", (event) => {
    const row = event.target.closest("[data-open]");
    if (row && !event.target.closest("a,button,input,label,summary,select,textarea,form") && !String(getSelection())) location.href = row.dataset.open;
    const unfold = event.target.closest("[data-unfold]"), panel = unfold && document.getElementById(unfold.dataset.unfold);
    if (panel) { panel.open = !panel.open; event.preventDefault(); }
    const show = event.target.closest("[data-show]");
    if (show) {
      const field = document.getElementById(show.dataset.show);
      field.type = field.type === "password" ? "text" : "password";
      show.textContent = field.type === "password" ? "显示" : "遮住";
    }
  });
  all("[data-show]").forEach((b) => { b.hidden = false; });
  document.addEventListener("mouseover", (event) => { // what a narrow cell cuts off is told by the pointer
    const cell = event.target.closest(".what, .clip, .fade, .cut");
    if (cell && !cell.title && cell.scrollWidth > cell.clientWidth) cell.title = cell.textContent.trim();
  });
  document.addEventListener("focusin", (event) => { if (event.target.matches("[data-select]")) event.target.select(); });

  /* --- focus: after a decision to the next row, after an error to the box that tells it --- */
  const NEXT = "huiying-next";
  document.addEventListener("submit", (event) => {
    const row = event.target.closest("[data-key]");
    if (!row) return;
    const keys = all("[data-key]", row.parentElement).map((r) => r.dataset.key), here = keys.indexOf(row.dataset.key);
    const after = [...keys.slice(here + 1), ...keys.slice(0, here).reverse(), row.dataset.key];
    try { sessionStorage.setItem(NEXT, JSON.stringify({ path: location.pathname, after })); } catch { /* storage is off */ }
  });
  function focusFirst() {
    const error = document.querySelector(".error-box[tabindex], .said.no[tabindex]");
    let next = null;
    try { next = JSON.parse(sessionStorage.getItem(NEXT)); sessionStorage.removeItem(NEXT); } catch { /* as above */ }
    if (error) { error.focus(); return; }
    if (!next || next.path !== location.pathname) return;
    const rows = next.after.map((key) => document.querySelector(`[data-key="${CSS.escape(key)}"][tabindex]`));
    const row = rows.find((r) => r && r.offsetParent !== null);
    if (row) row.focus();
  }
  focusFirst();
  tick();
  return { all, ask, clock, freshen, lost, moment, now, parse, state, tick };
})();
