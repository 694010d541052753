/* 登记新来源: what still has to be filled in goes from the list as it is filled; until then the buttons stand dashed and
   lead there. The server says the same without this file. */
"use strict";
(() => {
  const { all } = window.desk;
  document.querySelector("[data-seen]")?.addEventListener("click", () => { document.getElementById("seen").open = true; });
  const form = document.getElementById("keep"), still = document.getElementById("still");
  if (!form || !still) return;
  const lines = all("[data-for]", still), buttons = all("[data-keep]", form), unsure = document.getElementById("unsure");
  const value = (name) => new FormData(form).get(name) || "";
  const first = () => lines.find((line) => !line.hidden);
  function look() {
    lines.forEach((line) => { line.hidden = !!value(line.dataset.for).trim(); });
    const open = lines.filter((line) => !line.hidden).length, doubt = value("platform") === "unsure";
    still.hidden = !open;
    still.querySelector("[data-count]").textContent = open;
    unsure.hidden = !doubt;
    buttons.forEach((button) => {
      const off = open > 0 || (doubt && button.name === "on");
      button.classList.toggle("off", off);
      if (off) button.setAttribute("aria-disabled", "true"); else button.removeAttribute("aria-disabled");
    });
  }
  // A group of radios has its name on the box around it.
  function lead(line) {
    const place = document.getElementById("id_" + line.dataset.for);
    const field = place?.matches("input, select, textarea") ? place : place?.querySelector("input");
    (field || place)?.focus();
    place?.scrollIntoView({ block: "center" });
  }
  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-keep].off"), link = event.target.closest("[data-for] a");
    if (!button && !link) return;
    event.preventDefault();
    lead(link ? link.closest("[data-for]") : first() || { dataset: { for: "platform" } });
  });
  // The radios of the question stand beside the form and belong to it.
  ["input", "change"].forEach((kind) => document.addEventListener(kind, (event) => { if (event.target.form === form) look(); }));
  look();
})();
