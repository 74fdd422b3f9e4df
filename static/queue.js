// For bad signal and long lists of figures: a form that survives a lost network, the running total of a settlement,
// the caller of a phone report. Everything also works without this file.
(() => {
  "use strict";
  const zh = document.documentElement.lang.startsWith("zh");
  const lost = zh ? "没有网络，内容还在，请再点一次" : "No network. Nothing is lost, please press again";
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

  // --- posts that may be repeated: each form carries a token, so that two copies do one thing ---
  // In the capture phase, before hall.js: what has photos goes its way, which shows the progress and keeps them too.
  window.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("form[data-steady]") || $$("input[type=file]", form).some((input) => input.files.length)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (!form.dataset.sent) send(form, event.submitter);
  }, true);

  async function send(form, button) {
    form.dataset.sent = "1";
    if (button) button.disabled = true;
    $(".offline")?.remove();
    try {
      const answer = await fetch(form.getAttribute("action") || location.href, {
        method: "POST", body: new FormData(form), headers: { Accept: "text/html" }, signal: AbortSignal.timeout?.(30000),
      });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (!$("#main", page)) throw new Error(answer.status);
      if (answer.redirected) history.pushState(null, "", answer.url);
      document.title = page.title;
      document.body.replaceWith(page.body);
      window.scrollTo(0, 0);
      $(".error-summary")?.focus();
      begin();
    } catch {
      delete form.dataset.sent;
      if (button) button.disabled = false;
      const told = Object.assign(document.createElement("p"), { className: "note note-bad offline", textContent: lost });
      told.setAttribute("role", "alert");
      document.body.append(told);
    }
  }
  window.addEventListener("popstate", () => location.reload());

  // --- a settlement: price and unit from the price book, the total while typing (in whole 分) ---
  const part = (line, name) => $(`[name$="-${name}"]`, line);
  document.addEventListener("input", (event) => {
    const line = event.target.closest?.("[data-line]");
    if (!line) return;
    const known = $$("#price-book option").find((option) => option.value === event.target.value);
    if (known && event.target === part(line, "name")) {
      part(line, "unit").value = known.dataset.unit;
      part(line, "price").value = known.dataset.price;
      part(line, "kind").value = known.dataset.kind;
      part(line, "quantity").value ||= "1";
    }
    total();
  });
  const hundredths = (text) => (/^\d+(\.\d{1,2})?$/.test(text.trim()) ? BigInt(Math.round(Number(text) * 100)) : 0n);
  function total() {
    const box = $(".settle-total");
    if (!box) return;
    let sum = 0n;
    for (const line of $$("[data-line]")) {
      if (part(line, "name").value.trim()) sum += (hundredths(part(line, "quantity").value) * hundredths(part(line, "price").value) + 50n) / 100n;
    }
    box.hidden = false;
    $("output", box).textContent = `${sum / 100n}.${String(sum % 100n).padStart(2, "0")}`;
  }

  // --- a template fills what is empty or what the last one had filled; what somebody wrote stays above it ---
  document.addEventListener("change", (event) => {
    if (!event.target.matches("select[data-templates]")) return;
    const chosen = $(`template[data-template="${CSS.escape(event.target.value)}"]`);
    for (const part of chosen ? $$("[data-fill]", chosen.content) : []) {
      const field = $("form[data-steady]").elements[part.dataset.fill], before = field.dataset.filled ?? "";
      const own = field.value.trim() && field.value !== before ? `${field.value.trim()}\n\n` : "";
      field.value = part.textContent ? own + part.textContent : own.trim();
      field.dataset.filled = own ? "" : part.textContent;
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
  });

  // --- a phone report: who calls, from where, and what is reported from there already ---
  document.addEventListener("change", async (event) => {
    const form = event.target.closest?.("form[data-caller]");
    if (!form || !["caller_number", "place"].includes(event.target.name)) return;
    const asked = new URLSearchParams({ caller_number: form.elements.caller_number.value, place: form.elements.place.value });
    try {
      const answer = await fetch(`${form.dataset.caller}?${asked}`, { headers: { Accept: "text/html" } });
      if (!answer.ok) return;
      const found = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("caller");
      for (const name of ["caller", "place"]) form.elements[name].value ||= found.dataset[name] || "";
      $("#caller").replaceWith(found);
    } catch { /* offline: the same is asked when the form is sent */ }
  });

  // --- door sheets: the browser's own print command, at hand ---
  document.addEventListener("click", (event) => event.target.closest?.("[data-print]") && window.print());

  function begin() {
    $$("[data-print]").forEach((button) => (button.hidden = false));
    total();
  }
  begin();
})();
