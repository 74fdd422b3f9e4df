// The market beyond plain HTML: thumbnails move the gallery in place, a mark is set without leaving the place. Without it
// links lead to the photos and forms are sent.
(() => {
  "use strict";
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

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

  const begin = () => $$("[data-gallery]").forEach(follow);
  begin();
  // hall.js puts the answer to an upload in place of the whole body.
  new MutationObserver(begin).observe(document.documentElement, { childList: true });
})();
