// The generated panel: completing keys, choosing all rows and columns, changing cells, leaving empty filters out of
// the address.
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
    clearTimeout(timer);
    input.value = option.textContent;
    if (picked) picked.value = option.dataset.id;
    // A filter is sent by the row's number, so that its address means one row whatever that is called.
    if ("byId" in box.dataset) input.dataset.id = option.dataset.id;
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
    for (const pair of (box.dataset.under ?? "").split(" ").filter(Boolean)) {
      const [name, control] = pair.split("=");
      const above = input.form.elements[control];
      const said = above?.dataset.id ? `#${above.dataset.id}` : above?.value;
      if (said) address.searchParams.set(`under_${name}`, said);
    }
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
    delete event.target.dataset.id;
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
    for (const control of event.target.elements) {
      if (control.dataset.id) control.value = `#${control.dataset.id}`;
      if (control.name && !control.value) control.disabled = true;
    }
  });

  // --- one cell, in its place -----------------------------------------------------------------------

  const cells = new Map(); // the form that is shown → what stood in its cell before

  const put = (cell, html) => {
    cell.innerHTML = html;
    cell.querySelector("[data-cell-form]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
    (cell.querySelector("[aria-invalid]") ?? cell.querySelector("form :is(select, textarea, input:not([type=hidden]))"))?.focus();
  };

  const restore = (form) => {
    const cell = form.closest("td");
    cell.innerHTML = cells.get(cell);
    cells.delete(cell);
    cell.querySelector("[data-cell]")?.focus();
  };

  document.addEventListener("click", async (event) => {
    const cancel = event.target.closest?.("[data-cell-cancel]");
    if (cancel) return restore(cancel);
    const link = event.target.closest?.("[data-cell]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const cell = link.closest("td");
    const address = new URL(link.href);
    address.searchParams.set("part", "1");
    try {
      const answer = await fetch(address);
      if (!answer.ok || answer.redirected) throw new Error(answer.status);
      cells.set(cell, cell.innerHTML);
      put(cell, await answer.text());
    } catch { location.href = link.href; }
  });

  // The form of a cell stands in a table within the form of the list, where HTML allows none: it is sent from here.
  const send = async (form) => {
    const cell = form.closest("td");
    const said = new FormData();
    form.querySelectorAll("[name]").forEach((control) => {
      if (!/^(checkbox|radio)$/.test(control.type) || control.checked) said.append(control.name, control.value);
    });
    form.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(form.dataset.cellForm, { method: "POST", body: said });
      if (answer.redirected || answer.status >= 500) throw new Error(answer.status);
      const html = await answer.text();
      if (answer.ok) cells.delete(cell);
      put(cell, html);
      if (answer.ok) cell.querySelector("[data-cell]")?.focus();
    } catch {
      form.removeAttribute("aria-busy");
      form.querySelector("[data-cell-offline]").hidden = false;
    }
  };

  document.addEventListener("click", (event) => {
    const save = event.target.closest?.("[data-cell-save]");
    if (save) send(save.closest("[data-cell-form]"));
  });

  document.addEventListener("keydown", (event) => {
    const form = event.target.closest?.("[data-cell-form]");
    if (!form || event.defaultPrevented || event.isComposing) return;
    if (event.key === "Escape") restore(form);
    else if (event.key === "Enter" && event.target.matches("input, select")) { event.preventDefault(); send(form); }
  });

  // --- columns and bulk ------------------------------------------------------------------------------

  document.addEventListener("click", (event) => {
    const move = event.target.closest?.("[data-move]");
    if (!move) return;
    const line = move.closest("li");
    if (move.dataset.move === "up") line.previousElementSibling?.before(line);
    else line.nextElementSibling?.after(line);
    move.focus();
  });

  document.addEventListener("keydown", (event) => {
    const box = event.key === "Escape" && event.target.closest?.("details.drop[open]");
    if (!box) return;
    box.open = false;
    box.querySelector("summary").focus();
  });

  document.addEventListener("click", (event) => {
    document.querySelectorAll("details.drop[open]").forEach((box) => {
      if (!box.contains(event.target)) box.open = false;
    });
  });

  // Coming back by the browser's own button must not leave the controls disabled.
  window.addEventListener("pageshow", () => {
    document.querySelectorAll("[data-sieve] :disabled").forEach((control) => { control.disabled = false; });
  });
})();
