// Lost and found beyond plain HTML: usual answers to "when", and the printer. Without it one types, and prints by the menu.
(() => {
  "use strict";
  const two = (number) => String(number).padStart(2, "0");
  document.addEventListener("click", ({ target }) => {
    const ago = target.closest("[data-ago]");
    if (ago) {
      const field = ago.closest("form").querySelector("[data-moment]"), now = new Date();
      // The latest that the hall takes is its own now, in the time of the campus: the browser's clock may be elsewhere.
      const latest = new Date(`${field.max}Z`), at = new Date((Number.isNaN(+latest) ? now : latest) - ago.dataset.ago * 60000);
      field.value = `${at.getUTCFullYear()}-${two(at.getUTCMonth() + 1)}-${two(at.getUTCDate())}T${two(at.getUTCHours())}:${two(at.getUTCMinutes())}`;
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
    if (target.closest("[data-print]")) window.print();
  });
  const begin = () => document.querySelectorAll("[data-print][hidden]").forEach((button) => (button.hidden = false));
  begin();
  // hall.js puts the answer to an upload in place of the whole body.
  new MutationObserver(begin).observe(document.documentElement, { childList: true });
})();
