/* One topic: keys that open the three ways, Space that ticks a post, words of the button. Nothing needs this file. */
"use strict";
(() => {
  const off = () => document.body.dataset.keys === "off";
  const typing = (el) => ["TEXTAREA", "SELECT"].includes(el.tagName) || (el.tagName === "INPUT" && !["radio", "checkbox"].includes(el.type));
  const boxes = () => [...document.querySelectorAll("input[name=posts]")];
  function count() {
    const said = document.querySelector("[data-picked]");
    if (!said) return;
    said.hidden = false;
    said.querySelector("[data-picked-count]").textContent = boxes().filter((box) => box.checked).length;
  }
  function name() {
    const way = document.querySelector("#arrange input[name=way]:checked"), button = document.querySelector("#arrange [data-submit]");
    if (!way || !button) return;
    const key = document.createElement("span");
    key.className = "key";
    key.textContent = way.dataset.key;
    button.replaceChildren(way.dataset.words + " ", key);
  }
  document.addEventListener("change", (event) => {
    if (event.target.name === "way") name();
    if (event.target.name === "posts") count();
  });
  document.addEventListener("keydown", (event) => {
    const here = document.activeElement, key = event.key.toLowerCase();
    if (event.ctrlKey || event.metaKey || event.altKey || typing(here) || off()) return;
    if (event.key === " " && here.matches("[data-open]")) {
      const box = here.querySelector("input[name=posts]");
      if (box) { event.preventDefault(); box.checked = !box.checked; box.dispatchEvent(new Event("change", { bubbles: true })); }
      return;
    }
    const way = "nx".includes(key) && document.querySelector(`#arrange [data-way="${key}"]`);
    if (!way) return;
    event.preventDefault();
    way.checked = true;
    way.dispatchEvent(new Event("change", { bubbles: true }));
    (way.closest(".way").querySelector(".unfold input, .unfold select") || way).focus();
    way.scrollIntoView({ block: "center" });
  });
  count();
  name();
})();
