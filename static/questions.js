// Questions that an operator added: those that follow from another field are fetched when it changes, and what hangs on
// another answer is hidden until that is given. Without it, the page asks once more and says when to answer.
(() => {
  "use strict";
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const named = (form, name) => all("input, select, textarea", form).filter((field) => field.name === name);
  const said = (form, name) =>
    named(form, name).filter((field) => !["radio", "checkbox"].includes(field.type) || field.checked).map((field) => field.value);

  // --- shown only if ---
  const isPut = (form, part) => {
    const above = part.dataset.onlyIf, wanted = JSON.parse(part.dataset.onlyIn);
    const fields = named(form, above);
    if (!fields.length) return true;
    const holder = fields[0].closest("[data-only-if]");
    return (!holder || !holder.hidden) && said(form, above).some((value) => wanted.includes(value));
  };
  function sieve(form) {
    for (const part of all("[data-only-if]", form)) {
      const put = isPut(form, part);
      part.hidden = !put;
      all(".added-if", part).forEach((line) => line.hidden = true);
      // What is hidden is not sent, and does not hold the form up.
      for (const field of all("input, select, textarea", part)) {
        field.disabled = !put;
        if (part.hasAttribute("data-required") && !["checkbox", "file"].includes(field.type)) field.required = put;
      }
    }
  }

  // --- what follows from another field ---
  const fetched = new Map();
  async function follow(place, about) {
    if (place.dataset.about === about) return;
    place.dataset.about = about;
    const address = `${place.dataset.questions}?about=${encodeURIComponent(about)}`;
    try {
      if (!fetched.has(address)) fetched.set(address, fetch(address).then((answer) => answer.ok ? answer.text() : Promise.reject(answer.status)));
      const text = await fetched.get(address);
      if (place.dataset.about === about) put(place, text);
    } catch {
      // Offline: the hall asks when the form arrives.
      fetched.delete(address);
      delete place.dataset.about;
    }
  }
  function put(place, text) {
    const kept = all("input, select, textarea", place).filter((field) => field.name && !["hidden", "file"].includes(field.type));
    const before = new Map();
    for (const field of kept) {
      if (["radio", "checkbox"].includes(field.type) && !field.checked) continue;
      before.set(field.name, [...(before.get(field.name) ?? []), field.value]);
    }
    const codes = (root) => root.querySelector("[name=q__seen]")?.value ?? "";
    const fresh = new DOMParser().parseFromString(text, "text/html").body;
    // The same questions stay as they are, with their errors and the photos that were chosen.
    if (codes(fresh) === codes(place)) return;
    place.replaceChildren(...fresh.childNodes);
    for (const field of all("input, select, textarea", place)) {
      const values = before.get(field.name);
      if (!values || ["hidden", "file"].includes(field.type)) continue;
      if (["radio", "checkbox"].includes(field.type)) field.checked = values.includes(field.value);
      else if (!field.matches("select") || [...field.options].some((option) => option.value === values[0])) field.value = values[0];
    }
    sieve(place.closest("form"));
  }

  document.addEventListener("change", ({ target }) => {
    const form = target.form;
    if (!form) return;
    for (const place of all("[data-questions]", form)) {
      if (place.dataset.by === target.name) follow(place, said(form, target.name)[0] ?? "");
    }
    if (target.name?.startsWith("q_")) sieve(form);
  });
  function begin() {
    for (const form of document.forms) sieve(form);
    // A draft that was restored, or a browser that went back, has chosen without saying so.
    for (const place of all("[data-questions]")) {
      const about = said(place.closest("form"), place.dataset.by)[0] ?? "";
      if (about && !place.dataset.begun) follow(place, about);
      place.dataset.begun = "yes";
    }
  }
  begin();
  window.addEventListener("pageshow", begin);
  // hall.js puts the answer to an upload in place of the whole body.
  new MutationObserver(begin).observe(document.documentElement, { childList: true });
})();
