// Drafts: what somebody writes is kept in this tab until it has arrived, so that a phone may forget the page. What the
// form names in data-undrafted is not kept. Without it forms are sent as they are. Words come from data- attributes.
(() => {
  "use strict";
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const make = (tag, className = "", text = "") => Object.assign(document.createElement(tag), { className, textContent: text });

  const PREFIX = "hall-draft:";
  const store = (() => {
    try { return window.sessionStorage; } catch { return null; }
  })();
  const nameOf = (form) => `${PREFIX}${form.getAttribute("action") || location.pathname + location.search}:${form.dataset.draft}`;
  const written = (form) => $$("input[type=text], input:not([type]), textarea", form);
  const answers = (form) => $$("input:not([type=hidden], [type=file]), select, textarea", form).filter((each) => each.name && !(form.dataset.undrafted || "").split(" ").includes(each.name));
  function save(form) {
    if (!written(form).some((each) => each.value.trim() && each.value !== each.defaultValue)) return store?.removeItem(nameOf(form));
    const said = answers(form).filter((each) => !["radio", "checkbox"].includes(each.type) || each.checked).map((each) => [each.name, each.value]);
    try {
      store?.setItem(nameOf(form), JSON.stringify(said));
    } catch {
      // Full or forbidden: then it is a form like any other.
    }
  }
  document.addEventListener("input", ({ target }) => target.form?.matches("[data-draft]") && save(target.form));
  function restore(form) {
    const kept = store?.getItem(nameOf(form));
    // What the hall has sent back, or kept through the sign-in, is newer.
    if (!kept || form.dataset.ready || written(form).some((each) => each.name !== "phone" && each.value)) return;
    const said = JSON.parse(kept), values = (name) => said.filter((pair) => pair[0] === name).map((pair) => pair[1]);
    for (const each of answers(form)) {
      if (["radio", "checkbox"].includes(each.type)) each.checked = values(each.name).includes(each.value);
      else if (values(each.name).length && !(each.matches("select") && !$$("option", each).some((option) => option.value === values(each.name)[0]))) each.value = values(each.name)[0];
    }
    const note = make("p", "note"), words = make("span", "", form.dataset.restored), discard = make("button", "link", form.dataset.discard);
    note.setAttribute("role", "status");
    discard.type = "button";
    discard.addEventListener("click", () => {
      store.removeItem(nameOf(form));
      form.reset();
      note.remove();
    });
    words.append(" ", discard);
    note.append(words);
    form.prepend(note);
    $("[name=title]", form)?.dispatchEvent(new Event("input", { bubbles: true }));
  }
  // A form that has arrived leads to the page of what it made.
  function forget() {
    if (!sent || !store || $(".error-summary") || !/\/[A-Z]{2}\d+$/i.test(location.pathname)) return;
    store.removeItem(sent);
    sent = "";
  }
  let sent = "";
  document.addEventListener("submit", ({ target }) => {
    if (target.matches("[data-draft]")) sent = nameOf(target);
  }, true);

  function begin() {
    forget();
    $$("form[data-draft]").forEach((form) => {
      restore(form);
      form.dataset.ready = "1";
    });
    // Here the page that was sent still holds the photos and hands them on (hall.js).
    $$("[data-photos-lost]").forEach((note) => note.remove());
  }
  begin();
  // hall.js puts the answer to an upload in place of the whole body.
  new MutationObserver(begin).observe(document.documentElement, { childList: true });
})();
