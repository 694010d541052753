/* The brief's editor: while somebody types the server says which figures are wrong, and they are marked where they
   stand; figures are put in by name; keys go from check to check. The form saves and is checked without this file. */
"use strict";
(() => {
  const { all, lost, parse } = window.desk;
  const fill = (el, html) => el.replaceChildren(...[...parse(html).childNodes].map((n) => document.importNode(n, true)));
  const form = document.getElementById("brief-form");
  if (!form || !form.dataset.check) return;
  const fields = all("textarea[name^=s_]", form), places = form.querySelector("[name=_places]");
  const box = document.getElementById("figures-box"), find = document.getElementById("figures-find");
  let last = fields[0], hand = [0, 0], spots = {}, round = 0, waiting = 0;

  /* --- a sheet of the same letters under each field carries the marks: a field itself can not --- */
  const sheets = new Map(fields.map((field) => {
    const frame = document.createElement("div"), under = document.createElement("div");
    frame.className = "typed"; under.className = "under-text"; under.setAttribute("aria-hidden", "true");
    field.rows = 1; // as high as what stands in it
    field.before(frame);
    frame.append(under, field);
    return [field, under];
  }));
  function draw(field) {
    const text = field.value, nodes = [];
    let read = 0;
    (spots[field.name] || []).forEach(([begins, ends, right]) => {
      const mark = document.createElement(right ? "u" : "mark");
      mark.textContent = text.slice(begins, ends);
      nodes.push(text.slice(read, begins), mark);
      read = ends;
    });
    sheets.get(field).replaceChildren(...nodes, text.slice(read) + "\n");
    field.style.height = "auto";
    field.style.height = field.scrollHeight + 2 + "px";
    field.parentElement.classList.toggle("wrong", wrongOf(field).length > 0);
  }
  const wrongOf = (field) => (spots[field.name] || []).filter((spot) => !spot[2]);
  // Marks move with the text until the server has looked again; one that is being written over goes.
  function shift(field, before) {
    const after = field.value, most = Math.min(before.length, after.length);
    let head = 0, tail = 0;
    while (head < most && before[head] === after[head]) head += 1;
    while (tail < most - head && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail += 1;
    const changed = before.length - tail, by = after.length - before.length;
    spots[field.name] = (spots[field.name] || []).flatMap(([b, e, right]) => e <= head ? [[b, e, right]] : b >= changed ? [[b + by, e + by, right]] : []);
  }

  /* --- asking --- */
  async function look() {
    const mine = ++round, sent = new Map(fields.map((field) => [field, field.value]));
    try {
      const answer = await fetch(form.dataset.check, { method: "POST", body: new FormData(form), headers: { "HX-Request": "true" }, credentials: "same-origin" });
      if (answer.status === 401) return; // the password is asked for when it is saved; nobody is sent away from what he types
      if (!answer.ok) throw new Error(String(answer.status));
      const told = await answer.json();
      if (mine === round) take(told, sent);
    } catch { lost(); }
  }
  function later() { clearTimeout(waiting); waiting = setTimeout(look, 600); }
  function take(told, sent) {
    if (fields.some((field) => field.value !== sent.get(field))) { later(); return; }
    places.value = JSON.stringify(told.places);
    Object.entries(told.texts).forEach(([name, text]) => put(form.elements[name], text));
    spots = told.spots;
    fields.forEach(draw);
    fields.forEach((field) => {
      const beside = document.getElementById("wrong_" + field.name);
      if (beside && !beside.contains(document.activeElement)) { fill(beside, told.wrong[field.name] || ""); beside.hidden = !told.wrong[field.name]; }
    });
    const side = document.getElementById("checks");
    if (side && (side === document.activeElement || !side.contains(document.activeElement))) fill(side, told.checks);
  }
  // The field with the figure in the place of its name; the hand stays behind what it wrote.
  function put(field, text) {
    const end = field.value.length - field.selectionEnd;
    const active = document.activeElement === field;
    field.value = text;
    if (active) field.setSelectionRange(text.length - end, text.length - end);
  }
  // As if it were typed, so that the browser's own undo takes it back.
  function write(field, begins, ends, text) {
    field.focus();
    field.setSelectionRange(begins, ends);
    if (document.execCommand("insertText", false, text)) return;
    field.setRangeText(text, begins, ends, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
  const was = new Map(fields.map((field) => [field, field.value]));
  fields.forEach((field) => {
    field.addEventListener("focus", () => { last = field; tell(); });
    field.addEventListener("input", () => { shift(field, was.get(field)); was.set(field, field.value); draw(field); later(); });
  });

  /* --- 用冻结数, 下一处核对, 插入数字 --- */
  function mend(button) {
    const field = form.elements[button.dataset.fix], begins = +button.dataset.begins, ends = +button.dataset.ends;
    if (!field || field.value.slice(begins, ends) !== button.dataset.typed) { look(); return; }
    write(field, begins, ends, button.dataset.frozen);
    look();
  }
  function next() {
    const every = fields.flatMap((field) => wrongOf(field).map((spot) => [field, spot]));
    if (!every.length) { document.getElementById("checks")?.focus(); return; }
    const here = fields.indexOf(document.activeElement), at = here < 0 ? -1 : document.activeElement.selectionStart;
    const [field, spot] = every.find(([f, s]) => fields.indexOf(f) > here || (fields.indexOf(f) === here && s[0] > at)) || every[0];
    field.focus();
    field.setSelectionRange(spot[0], spot[1]);
    field.parentElement.scrollIntoView({ block: "center" });
  }
  function choose() { hand = [last.selectionStart, last.selectionEnd]; find.value = ""; narrow(); box.showModal(); find.focus(); }
  const shown = () => all("[data-figure]", box).filter((b) => !b.parentElement.hidden);
  function narrow() { all("[data-figure]", box).forEach((b) => { b.parentElement.hidden = !b.dataset.figure.includes(find.value.trim()); }); }
  function insert(name) {
    box.close();
    write(last, hand[0], hand[1], "{" + name + "}");
    look();
  }
  box.addEventListener("keydown", (event) => {
    const buttons = shown(), here = buttons.indexOf(document.activeElement), step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.isComposing) return;
    if (step) { event.preventDefault(); (buttons[here + step] || find).focus(); }
    if (event.key === "Enter" && document.activeElement === find && buttons.length) { event.preventDefault(); insert(buttons[0].dataset.figure); }
  });
  find.addEventListener("input", narrow);

  /* --- pages: of the stored draft, as the server counted them --- */
  function tell() {
    const told = document.querySelector(".pages-told[data-starts]");
    if (!told) return;
    const starts = Object.fromEntries(told.dataset.starts.trim().split(" ").map((pair) => pair.split(":")));
    const page = starts[last.name.slice(2)], words = page ? "第 " + page + " 页，" : "", place = told.querySelector("[data-page]");
    if (place.textContent !== words) place.textContent = words; // what is written here is watched here too
  }
  new MutationObserver(tell).observe(document.querySelector(".under-paper"), { childList: true, subtree: true });

  document.addEventListener("click", (event) => {
    const fix = event.target.closest("[data-fix]"), figure = event.target.closest("[data-figure]");
    if (fix) { event.preventDefault(); mend(fix); }
    if (figure) insert(figure.dataset.figure);
    if (event.target.closest("[data-figures]")) choose();
    if (event.target.closest("[data-figures-close]")) box.close();
    if (event.target.closest("[data-next-check]")) { event.preventDefault(); next(); }
  });
  document.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const key = event.key.toLowerCase();
    if (event.ctrlKey && key === "k") { event.preventDefault(); if (!box.open) choose(); }
    else if (event.altKey && key === "arrowdown") { event.preventDefault(); next(); }
    else if (key === "f6" && !box.open) { event.preventDefault(); if (form.querySelector(".side").contains(document.activeElement)) last.focus(); else document.getElementById("checks").focus(); }
  });
  all("[data-figures]").forEach((b) => { b.hidden = false; });
  addEventListener("resize", () => fields.forEach(draw));
  look();
  fields.forEach(draw);
})();
