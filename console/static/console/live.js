/* Lists that renew themselves without moving under the hand, and pieces of a page that come when they are asked for. */
"use strict";
(() => {
  const { all, ask, clock, freshen, lost, now, parse, state, tick } = window.desk;
  const body = document.body, box = document.querySelector("[data-live]");
  const nodesOf = (html) => [...parse(html).childNodes].map((n) => document.importNode(n, true));

  /* --- pieces: `data-piece` comes into `data-into` when the row has the focus, or in its own place after a while --- */
  let wanted = 0;
  document.addEventListener("focusin", (event) => {
    const row = event.target.closest("[data-piece][data-into]");
    clearTimeout(wanted);
    if (!row) return;
    wanted = setTimeout(async () => {
      const place = document.querySelector(row.dataset.into);
      if (!place || place.offsetParent === null) return; // a phone has no second column: nothing is fetched, nothing logged
      try { place.replaceChildren(...nodesOf(await ask(row.dataset.piece, "X-Piece"))); } catch { lost(); }
    }, 150);
  });
  function again(piece) {
    setTimeout(async () => {
      try {
        const html = await ask(piece.dataset.piece, "X-Piece");
        if (!html) return;
        const fresh = nodesOf(html).find((n) => n.nodeType === 1);
        piece.replaceWith(fresh);
        if (fresh.dataset.again) again(fresh);
      } catch { lost(); again(piece); }
    }, Number(piece.dataset.again));
  }
  all("[data-piece][data-again]").forEach(again);

  if (!box) return;
  /* --- the list --- */
  const mine = (el) => el.contains(document.activeElement) || el.matches(":hover");
  const keysOf = (place) => all("tbody [data-key], li[data-key]", place).map((r) => r.dataset.key);
  let waiting = null, rounds = 0;
  // How many rows are new, gone, or stand in another order: all but the longest run that kept its order.
  function changed(before, after) {
    const places = before.map((key) => after.indexOf(key)).filter((place) => place >= 0), longest = [];
    places.forEach((place, i) => { longest[i] = 1 + Math.max(0, ...longest.filter((_, j) => places[j] < place)); });
    const kept = Math.max(0, ...longest);
    return before.length - places.length + (after.length - places.length) + (places.length - kept);
  }
  function resort() {
    if (!waiting) return;
    const key = document.activeElement.closest("[data-key]")?.dataset.key;
    box.replaceChildren(...waiting);
    waiting = null;
    tick();
    if (key) box.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus();
  }
  // Cells change in place, order waits; what has the hand on it is left alone.
  function inPlace(fresh) {
    all("[data-key]", fresh).forEach((row) => {
      const old = box.querySelector(`[data-key="${CSS.escape(row.dataset.key)}"]`);
      if (!old || (old.contains(document.activeElement) && old !== document.activeElement)) return;
      const cells = row.cells ? [...row.cells].map((cell, i) => [old.cells[i], cell]) : [[old, row]];
      cells.forEach(([was, is]) => { if (was && was.innerHTML !== is.innerHTML) was.replaceChildren(...is.childNodes); });
    });
    all("[data-flow]", fresh).forEach((list) => { // what only grows at its top: events
      const old = box.querySelector(`[data-flow="${list.dataset.flow}"]`);
      if (old && !mine(old) && old.innerHTML !== list.innerHTML) old.replaceChildren(...list.childNodes);
    });
    freshen(fresh);
    return changed(keysOf(box), keysOf(fresh));
  }
  function apply(html) {
    const nodes = nodesOf(html);
    if (!mine(box)) { box.replaceChildren(...nodes); waiting = null; tick(); return; }
    const copy = document.createElement("div");
    copy.append(...nodes.map((n) => n.cloneNode(true)));
    const count = inPlace(copy);
    waiting = nodes;
    const words = box.querySelector("[data-changes]"), button = box.querySelector("[data-resort]");
    if (words) { words.textContent = count ? count + " 行有变化，未重排" : ""; words.hidden = button.hidden = !count; }
    tick();
  }
  async function renew() {
    if (state.paused || document.hidden) return;
    try {
      const html = await ask(box.dataset.live, "X-Renew");
      if (html) apply(html);
      rounds += 1;
      if (rounds % 3 === 0 && document.querySelector(".situation")) await renewLine();
    } catch { lost(); }
  }
  // The situation line grows old too, only more slowly.
  async function renewLine() {
    const answer = await fetch(location.href, { headers: { "X-Renew": "1" }, credentials: "same-origin" });
    if (!answer.ok) throw new Error(String(answer.status));
    const page = parse(await answer.text()), line = document.querySelector(".situation"), fresh = page.querySelector(".situation");
    if (fresh && !mine(line) && line.innerHTML !== fresh.innerHTML) line.replaceChildren(...[...fresh.childNodes].map((n) => document.importNode(n, true)));
    freshen(page);
  }
  function pause() {
    state.paused = !state.paused;
    all("[data-pause-word]").forEach((w) => { w.textContent = state.paused ? "继续更新，停在 " + clock(now()) : "暂停更新"; });
    if (!state.paused) renew();
  }
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-resort]")) resort();
    if (event.target.closest("[data-pause]")) pause();
  });
  all("[data-pause]").forEach((b) => { b.hidden = false; });
  setInterval(renew, Number(body.dataset.renew || 20) * 1000);
  box.addEventListener("mouseleave", () => { if (!mine(box)) resort(); });
  box.addEventListener("focusout", () => setTimeout(() => { if (!mine(box)) resort(); }));
  document.addEventListener("visibilitychange", renew);
})();
