/* 检索: the conditions are one sentence; left and right go from one to the next. The form works without this file. */
"use strict";
(() => {
  const form = document.getElementById("asking"), told = document.querySelector("[data-editing]");
  if (!form || !told) return;
  const cells = () => [...form.querySelectorAll(".chips .field")].filter((el) => el.offsetParent !== null);
  told.classList.add("quiet"); // its line is kept free, so that nothing below moves when it speaks
  told.hidden = false;
  const was = new Map(cells().map((el) => [el, el.value]));
  // In a field of words or a day the arrows first go through what is written.
  function atEdge(el, step) {
    if (el.tagName === "SELECT") return true;
    if (el.type !== "text" && el.type !== "search") return false;
    return el.selectionStart === el.selectionEnd && el.selectionStart === (step < 0 ? 0 : el.value.length);
  }
  form.addEventListener("keydown", (event) => {
    const el = event.target, every = cells(), here = every.indexOf(el), step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (here < 0 || event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
    if (step && atEdge(el, step)) {
      event.preventDefault();
      const next = every[(here + step + every.length) % every.length];
      next.focus();
      if (next.type === "text") next.setSelectionRange(step > 0 ? 0 : next.value.length, step > 0 ? 0 : next.value.length);
    } else if (event.key === "Enter" && el.tagName === "SELECT") { event.preventDefault(); form.requestSubmit(); }
    else if (event.key === "Backspace" && el.tagName === "SELECT") { event.preventDefault(); el.value = ""; }
    else if (event.key === "Escape") { el.value = was.get(el) ?? el.value; }
  });
  form.addEventListener("focusin", (event) => {
    const label = cells().includes(event.target) && form.querySelector(`label[for="${event.target.id}"]`);
    told.classList.toggle("quiet", !label);
    if (label) told.querySelector("b").textContent = label.textContent;
  });
  form.addEventListener("focusout", () => setTimeout(() => { if (!form.contains(document.activeElement)) told.classList.add("quiet"); }));
})();
