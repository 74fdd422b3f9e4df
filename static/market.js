// The market beyond plain HTML: thumbnails move the gallery in place, a mark is set without leaving the place, and an
// offer outlives the page. Without it links lead to the photos and forms are sent. Words come from data- attributes.
(() => {
  "use strict";
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const make = (tag, className = "", text = "") => Object.assign(document.createElement(tag), { className, textContent: text });

  // --- gallery ---
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)");
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("[data-gallery] .thumbs a");
    if (!link) return;
    event.preventDefault();
    const slides = $(".slides", link.closest("[data-gallery]")), at = $$(".thumbs a", link.closest("[data-gallery]")).indexOf(link);
    slides.scrollTo({ left: at * slides.clientWidth, behavior: calm.matches ? "auto" : "smooth" });
  });
  function follow(gallery) {
    const slides = $(".slides", gallery), links = $$(".thumbs a", gallery);
    if (!links.length || gallery.dataset.ready) return;
    gallery.dataset.ready = "1";
    slides.addEventListener("scroll", () => {
      const at = Math.round(slides.scrollLeft / slides.clientWidth);
      links.forEach((link, index) => (index === at ? link.setAttribute("aria-current", "true") : link.removeAttribute("aria-current")));
    }, { passive: true });
  }

  // --- keeping an eye on it ---
  document.addEventListener("submit", async (event) => {
    const form = event.target, bar = form.closest("[data-live]");
    if (!form.matches("form[data-favour]") || !bar) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const button = $("button", form);
    button.disabled = true;
    try {
      const answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { Accept: "text/html" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = $(`[data-live="${bar.dataset.live}"]`, page), said = $(".flashes", page);
      if (!answer.ok || !fresh) throw new Error(answer.status);
      bar.replaceChildren(...fresh.childNodes);
      $(".flashes")?.remove();
      if (said) $("#main").prepend(said);
      $("form[data-favour] button", bar)?.focus();
    } catch {
      button.disabled = false;
      form.submit();
    }
  }, true);

  // --- an offer that was begun: kept in this tab until it has arrived, so that a phone may forget the page ---
  const PREFIX = "hall-offer:";
  const store = (() => {
    try { return window.sessionStorage; } catch { return null; }
  })();
  const nameOf = (form) => `${PREFIX}${location.pathname}:${form.dataset.draft}`;
  const answers = (form) => $$("input:not([type=hidden], [type=file]), select, textarea", form).filter((each) => each.name);
  const written = (form) => $$("input[type=text], textarea", form).some((each) => each.value.trim());
  document.addEventListener("input", ({ target }) => {
    const form = target.form;
    if (!form?.matches(".market [data-draft]")) return;
    const said = answers(form).filter((each) => !["radio", "checkbox"].includes(each.type) || each.checked).map((each) => [each.name, each.value]);
    try {
      written(form) ? store?.setItem(nameOf(form), JSON.stringify(said)) : store?.removeItem(nameOf(form));
    } catch {
      // Full or forbidden: then it is a form like any other.
    }
  });
  function restore(form) {
    const kept = store?.getItem(nameOf(form));
    // What the hall has sent back, or kept through the sign-in, is newer.
    if (!kept || form.dataset.ready || written(form)) return;
    const said = JSON.parse(kept), values = (name) => said.filter((pair) => pair[0] === name).map((pair) => pair[1]);
    for (const each of answers(form)) {
      if (["radio", "checkbox"].includes(each.type)) each.checked = values(each.name).includes(each.value);
      else if (values(each.name).length) each.value = values(each.name)[0];
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
  }
  // An offer that has arrived leads to the page of its listing.
  let sent = "";
  document.addEventListener("submit", ({ target }) => {
    if (target.matches(".market [data-draft]")) sent = nameOf(target);
  }, true);

  function begin() {
    if (sent && !$(".error-summary") && /^\/market\/ES\d+$/i.test(location.pathname)) {
      store?.removeItem(sent);
      sent = "";
    }
    $$("[data-gallery]").forEach(follow);
    $$(".market form[data-draft]").forEach((form) => {
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
