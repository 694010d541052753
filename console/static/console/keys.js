/* Keys of the desk. Single keys are dead while a field has the focus and can be switched off; a deciding key opens the
   form with the choice made and decides nothing. Whatever a key does, a control in sight does too. */
"use strict";
(() => {
  const { all } = window.desk;
  const off = () => document.body.dataset.keys === "off";
  const typing = () => {
    const el = document.activeElement;
    return !!el && (el.isContentEditable || ["TEXTAREA", "SELECT"].includes(el.tagName) || (el.tagName === "INPUT" && !["radio", "checkbox", "button", "submit"].includes(el.type)));
  };
  const rows = () => all("[data-list] [data-open]").filter((r) => r.offsetParent !== null);
  const current = () => document.activeElement?.closest("[data-open]");
  const into = (el, block) => { el.focus(); el.scrollIntoView({ block }); };

  function move(step) {
    const found = rows();
    if (found.length) { into(found[Math.min(Math.max(found.indexOf(current()) + step, 0), found.length - 1)], "nearest"); return; }
    document.querySelector(step > 0 ? "a[data-next]" : "a[data-prev]")?.click();
  }
  function choose(way) {
    const radio = document.querySelector(`[data-way="${way}"]`);
    if (!radio) return false;
    radio.checked = true;
    radio.dispatchEvent(new Event("change", { bubbles: true }));
    radio.scrollIntoView({ block: "center" });
    (radio.closest(".way").querySelector(".unfold input, .unfold select") || radio).focus();
    return true;
  }
  // On a lead's row the form stands on the lead's own page.
  function decide(way) {
    const row = current();
    if (!choose(way) && row && row.dataset.open.startsWith("/leads/")) location.href = row.dataset.open + "#" + way;
  }
  function level(key) {
    const radio = document.querySelector(`input[name=level][value="${key}"]`);
    if (!radio) return;
    choose("c");
    radio.checked = true;
    radio.dispatchEvent(new Event("change", { bubbles: true }));
    radio.focus();
  }
  // The control of the row under the hand, else that of the page.
  const press = (selector) => pushed(current()?.querySelector(selector) || document.querySelector(selector));
  // A control of a row answers only while the hand is on that row.
  const pressOwn = (selector) => pushed(current()?.querySelector(selector) || all(selector).find((e) => !e.closest("[data-open]")));
  function pushed(el) { // a panel that a key unfolds has its first field under the hand
    if (el) el.click();
    const panel = el?.matches("summary") && el.parentElement;
    const field = panel?.open && panel.querySelector("form input:not([type=hidden]), form textarea, form select");
    if (field) into(field, "center");
    return !!el;
  }
  function find() {
    const field = all("#q, #find").find((f) => f.offsetParent !== null);
    if (field) field.focus(); else location.href = "/search/";
  }
  // A page's own key: goes to the field that names it, or presses the control.
  function own(key) {
    const el = all("[data-hotkey]").find((e) => e.dataset.hotkey === key);
    if (!el) return pressOwn(`[data-press="${CSS.escape(key)}"]`);
    const panel = el.closest("details");
    if (panel) panel.open = true;
    if (el.matches("input,select,textarea")) into(el, "nearest"); else el.click();
    return true;
  }
  const box = document.getElementById("keys");
  const GO = { b: "/", l: "/leads/", i: "/issues/", f: "/releases/", j: "/briefs/", s: "/sources/", n: "/notices/", p: "/search/", t: "/topics/", z: "/ledger/", h: "/handover/", y: "/people/" };
  const ACTS = {
    g: () => { going = Date.now(); },
    j: () => move(1),
    k: () => move(-1),
    "/": find,
    "?": () => box?.showModal(),
    a: () => press("[data-take]"),
    n: () => press("[data-new]"),
    r: () => press("[data-resort]:not([hidden])"),
    p: () => press("[data-pause]"),
    c: () => decide("c"),
    d: () => decide("d"),
    u: () => decide("u"),
    escape: () => document.querySelector(".crumbs a")?.click(),
  };
  let going = 0;
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.defaultPrevented) return;
    const key = event.key.toLowerCase(), named = { enter: "submit", s: "save" }[key];
    if (event.ctrlKey && named) { const b = document.querySelector(`form button[name=${named}]`); if (b) { event.preventDefault(); b.click(); } return; }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const menu = document.querySelector(".me-menu[open]");
    if (key === "escape" && menu) { menu.open = false; menu.querySelector("summary").focus(); return; }
    if (key === "escape" && typing()) { document.activeElement.blur(); return; }
    if (typing()) return;
    const row = current();
    if (key === "enter") { if (row && row === document.activeElement) location.href = row.dataset.open; return; }
    if (off() || document.querySelector("dialog[open]")) return;
    if (going && Date.now() - going < 1500 && GO[key]) { going = 0; event.preventDefault(); location.href = GO[key]; return; }
    going = 0;
    const act = ACTS[key];
    if (document.querySelector(`[data-hotkey="${CSS.escape(key)}"], [data-press="${CSS.escape(key)}"]`) && own(key)) event.preventDefault();
    else if (act) { event.preventDefault(); act(); }
    else if ("1234".includes(key)) level(key);
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-keys-open]")) box?.showModal();
    if (event.target.closest("[data-close]")) box?.close();
  });
  all("[data-keys-open]").forEach((b) => { b.hidden = false; });
  document.addEventListener("change", (event) => {
    const words = { confirm: ["确认并转为舆情 ", "C"], dismiss: ["排除这条线索 ", "D"], merge: ["并入 ", "U"] }[event.target.value];
    const b = event.target.name === "way" && words && event.target.form?.querySelector("[data-submit]");
    if (!b) return;
    const k = document.createElement("span");
    k.className = "key"; k.textContent = words[1];
    b.replaceChildren(words[0], k);
  });
  if (/^#[cdu]$/.test(location.hash)) choose(location.hash[1]);
})();
