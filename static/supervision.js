// The supervision board: what has been asked already shows while one types, support is given without leaving the place.
// Without it the same forms are sent as they are.
(() => {
  "use strict";
  const $ = (selector, root = document) => root.querySelector(selector);

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

  // A draft that is thrown away takes its advice along (drafts.js).
  document.addEventListener("reset", ({ target }) => $("[data-similar]", target)?.replaceChildren());

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
})();
