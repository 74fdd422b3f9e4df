// An open conversation: what is new is in sight, and read once it is. Without this there is a button that says so.
(() => {
  "use strict";
  const region = document.querySelector("[data-live=messages]");
  if (!region) return;
  const end = () => document.getElementById("latest")?.scrollIntoView({ block: "end" });
  const near = () => window.innerHeight + window.scrollY > document.body.scrollHeight - 240;
  async function seen() {
    const form = region.querySelector("form[data-read]");
    if (!form || document.hidden) return;
    form.hidden = true;
    try {
      const answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(answer.status);
      const { unread } = await answer.json();
      document.querySelectorAll("[data-messages] .badge-n").forEach((badge) => (unread ? (badge.textContent = unread > 99 ? "99+" : unread) : badge.remove()));
    } catch {
      form.hidden = false;
    }
  }
  let wasNear = near();
  document.addEventListener("scroll", () => (wasNear = near()), { passive: true });
  document.addEventListener("visibilitychange", seen);
  new MutationObserver(() => { if (wasNear) end(); seen(); }).observe(region, { childList: true });
  if (region.dataset.pulseUrl && !document.querySelector(".error-summary")) end();
  seen();
})();
