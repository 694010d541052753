/* What was typed is not lost: a form keeps a draft in this tab every few seconds and says when. */
"use strict";
(() => {
  const { all, moment, now } = window.desk;
  const who = document.body.dataset.who || "", start = "huiying-draft:" + who + ":", said = document.querySelector("[data-draft-said]");
  // A draft is of one person: at the sign-in page of the next one nothing of it comes back.
  const store = {
    get(name) { try { return JSON.parse(sessionStorage.getItem(name) || "null"); } catch { return null; } },
    set(name, value) { try { sessionStorage.setItem(name, JSON.stringify(value)); return true; } catch { return false; } },
    drop(name) { try { sessionStorage.removeItem(name); } catch { /* storage is off: the page works without drafts */ } },
    names() { try { return Object.keys(sessionStorage).filter((name) => name.startsWith("huiying-draft:")); } catch { return []; } },
  };
  const forms = all("form[data-draft]"), refused = !!document.querySelector(".error-box, .said.no");
  const done = !refused && !!document.querySelector(".said"), here = forms.map((form) => start + form.dataset.draft);
  // Sent and taken: another page came after it, or this one says that it was done. Sent into a lost line, refused, or
  // waiting for a password: it is kept.
  const pending = !!document.querySelector("[data-kept]");
  store.names().forEach((name) => {
    const kept = store.get(name);
    if (!kept || (who && !name.startsWith(start))) store.drop(name);
    else if (kept.sent && refused) store.set(name, { ...kept, sent: false });
    else if (kept.sent && !pending && (done || (who && !here.includes(name)))) store.drop(name);
  });
  all("form[action='/logout/']").forEach((form) => form.addEventListener("submit", () => store.names().forEach(store.drop)));

  forms.forEach((form) => {
    const name = start + form.dataset.draft;
    const fields = () => [...form.elements].filter((e) => e.name && !["hidden", "password", "file", "submit"].includes(e.type));
    const keyOf = (e) => e.type === "checkbox" ? e.name + "=" + e.value : e.name; // boxes of one name are many
    const tell = (words) => { const place = form.querySelector("[data-draft-said]") || said; if (place) place.textContent = words; };
    const kept = store.get(name);
    if (kept && !refused) {
      fields().forEach((e) => {
        const value = kept.values[keyOf(e)];
        if (value === undefined) return;
        if (e.type === "radio") e.checked = value === e.value; else if (e.type === "checkbox") e.checked = !!value; else e.value = value;
      });
      const panel = form.closest("details");
      if (panel) panel.open = true;
      tell("草稿 " + kept.at + " 已找回");
      all("input[type=radio]:checked", form).forEach((e) => e.dispatchEvent(new Event("change", { bubbles: true })));
    }
    let dirty = false;
    function save(sent) {
      const values = {};
      fields().forEach((e) => { if (e.type !== "radio") values[keyOf(e)] = e.type === "checkbox" ? e.checked : e.value; else if (e.checked) values[e.name] = e.value; });
      const at = moment(now());
      if (store.set(name, { at, values, sent }) && !sent) tell("已存草稿 " + at);
      dirty = false;
    }
    form.addEventListener("input", () => { dirty = true; });
    form.addEventListener("submit", () => save(true));
    addEventListener("pagehide", () => { if (dirty) save(false); });
    setInterval(() => { if (dirty) save(false); }, 3000);
  });
})();
