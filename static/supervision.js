// Writing for the supervision board: what has been asked already shows while one types, and a draft outlives the page.
// Without it the same forms are sent as they are. Words come from data- attributes.
(() => {
  "use strict";
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const make = (tag, className = "", text = "") => Object.assign(document.createElement(tag), { className, textContent: text });

  // --- what resembles the title ---
  const PAUSE = 400, LEAST = 4;
  let timer, asked = 0;
  document.addEventListener("input", ({ target }) => {
    const form = target.closest?.("form[data-similar-url]");
    if (!form || target.name !== "title") return;
    clearTimeout(timer);
    timer = setTimeout(() => similar(form, target.value.trim()), PAUSE);
  });
  async function similar(form, words) {
    const box = $("[data-similar]", form), mine = ++asked;
    if (words.length < LEAST) return box.replaceChildren();
    try {
      const answer = await fetch(`${form.dataset.similarUrl}?${new URLSearchParams({ q: words })}`);
      if (answer.ok && mine === asked) box.innerHTML = await answer.text();
    } catch {
      // No network: nothing is lost but the advice.
    }
  }

  // --- drafts: kept in this tab until the text has arrived, so that a phone may forget the page ---
  const PREFIX = "hall-draft:";
  const store = (() => {
    try { return window.sessionStorage; } catch { return null; }
  })();
  const nameOf = (form) => `${PREFIX}${form.getAttribute("action") || location.pathname + location.search}:${form.dataset.draft}`;
  const written = (form) => $$("input[type=text], input:not([type]), textarea", form);
  const answers = (form) => $$("input:not([type=hidden], [type=file]), select, textarea", form).filter((each) => each.name);
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
      $("[data-similar]", form)?.replaceChildren();
    });
    words.append(" ", discard);
    note.append(words);
    form.prepend(note);
    const title = $("[name=title]", form);
    if (title && "similarUrl" in form.dataset) similar(form, title.value.trim());
  }
  // A form that has arrived leads to the page of its thread.
  function forget() {
    if (!sent || !store || $(".error-summary") || !/^\/supervision\/JD\d+$/i.test(location.pathname)) return;
    store.removeItem(sent);
    sent = "";
  }
  let sent = "";
  document.addEventListener("submit", ({ target }) => {
    if (target.matches("[data-draft]")) sent = nameOf(target);
  }, true);

  // --- support and following, without leaving the place ---
  document.addEventListener("submit", async (event) => {
    const form = event.target, bar = form.closest("[data-live]");
    if (!form.matches("form[data-stand]") || !bar) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const button = $("button", form);
    button.disabled = true;
    try {
      const answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { Accept: "text/html" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html"), name = bar.dataset.live;
      const fresh = $(`[data-live="${name}"]`, page), said = $(".flashes", page);
      if (!answer.ok || !fresh) throw new Error(answer.status);
      bar.replaceChildren(...fresh.childNodes);
      // The number stands with the thread, too.
      $("#main article")?.replaceWith($("#main article", page));
      $(".flashes")?.remove();
      if (said) $("#main").prepend(said);
      $(`form[data-stand="${form.dataset.stand}"] button`, bar)?.focus();
    } catch {
      button.disabled = false;
      form.submit();
    }
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
