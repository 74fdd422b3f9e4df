// The generated panel: completing keys, choosing all rows, leaving empty filters out of the address.
// Everything also works without this file. Listeners are delegated: nothing stands in the templates.
(() => {
  "use strict";
  const WAIT = 200;
  let timer = 0;
  let open = null; // the list of suggestions that is shown, if any

  const close = () => {
    if (!open) return;
    const input = open.parentElement.querySelector("input:not([type=hidden])");
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
    open.remove();
    open = null;
  };

  const pick = (option) => {
    const box = option.closest(".lookup");
    const input = box.querySelector("input:not([type=hidden])");
    const picked = box.querySelector("input[type=hidden]");
    input.value = option.textContent;
    if (picked) picked.value = option.dataset.id;
    close();
    input.focus();
  };

  const show = (box, input, rows) => {
    close();
    if (!rows.length || document.activeElement !== input) return;
    open = document.createElement("ul");
    open.className = "suggestions";
    open.id = `${input.id}-suggestions`;
    open.setAttribute("role", "listbox");
    rows.forEach(([id, title], number) => {
      const option = document.createElement("li");
      option.id = `${open.id}-${number}`;
      option.setAttribute("role", "option");
      option.dataset.id = id;
      option.textContent = title;
      open.append(option);
    });
    box.append(open);
    input.setAttribute("aria-expanded", "true");
    input.setAttribute("aria-controls", open.id);
  };

  const ask = async (box, input) => {
    const typed = input.value;
    const address = new URL(box.dataset.lookup, location.href);
    address.searchParams.set("query", typed);
    try {
      const answer = await fetch(address, { headers: { Accept: "application/json" } });
      if (answer.ok && input.value === typed) show(box, input, await answer.json());
    } catch { /* offline: what is typed is looked up when the form is sent */ }
  };

  const lookupOf = (target) => (target.matches?.(".lookup > input:not([type=hidden])") ? target.parentElement : null);

  document.addEventListener("input", (event) => {
    const box = lookupOf(event.target);
    if (!box) return;
    const picked = box.querySelector("input[type=hidden]");
    if (picked) picked.value = "";
    clearTimeout(timer);
    timer = setTimeout(ask, WAIT, box, event.target);
  });

  document.addEventListener("focusin", (event) => {
    const box = lookupOf(event.target);
    if (!box) return close();
    event.target.removeAttribute("list"); // the browser's own list would lie over ours
    event.target.setAttribute("role", "combobox");
    event.target.setAttribute("aria-expanded", "false");
    if (!event.target.value) ask(box, event.target);
  });

  document.addEventListener("keydown", (event) => {
    if (!open || !lookupOf(event.target)) return;
    const options = [...open.children];
    const at = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
    if (event.key === "Escape") close();
    else if (event.key === "Enter" && at >= 0) { event.preventDefault(); pick(options[at]); }
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const next = (at + (event.key === "ArrowDown" ? 1 : options.length - 1 + (at < 0))) % options.length;
      options.forEach((option, number) => option.setAttribute("aria-selected", String(number === next)));
      options[next].scrollIntoView({ block: "nearest" });
      event.target.setAttribute("aria-activedescendant", options[next].id);
    }
  });

  document.addEventListener("mousedown", (event) => {
    const option = event.target.closest?.(".suggestions > li");
    if (option) { event.preventDefault(); pick(option); }
  });

  document.addEventListener("change", (event) => {
    if (!event.target.matches?.("[data-all]")) return;
    const boxes = event.target.form.querySelectorAll("[name=rowid]");
    boxes.forEach((box) => { box.checked = event.target.checked; });
  });

  document.addEventListener("submit", (event) => {
    if (!event.target.matches?.("[data-sieve]")) return;
    for (const control of event.target.elements) if (control.name && !control.value) control.disabled = true;
  });

  // Coming back by the browser's own button must not leave the controls disabled.
  window.addEventListener("pageshow", () => {
    document.querySelectorAll("[data-sieve] :disabled").forEach((control) => { control.disabled = false; });
  });
})();
