// The item of a report as tiles (family, then item), its tip and emergency sentence, and what is open at the place
// already. Without it the same form is a select and a list of tips. Words come from data- attributes.
(() => {
  "use strict";
  const make = (tag, className = "", text = "") => Object.assign(document.createElement(tag), { className, textContent: text });
  // The pictures of the families stand in a template after the select, in its order.
  const icon = (group) => {
    const select = group.closest("select"), all = [...select.querySelectorAll("optgroup")];
    return select.nextElementSibling.content.children[all.indexOf(group)].cloneNode(true);
  };

  function tiles(select) {
    const groups = [...select.querySelectorAll("optgroup")], label = document.querySelector(`label[for="${select.id}"]`);
    const picker = make("div"), id = select.id;
    // The name by which the summary of errors finds the question goes to what can be seen.
    select.id = `${id}-select`;
    picker.id = id;
    picker.tabIndex = -1;
    picker.setAttribute("role", "group");
    if (label) [label.id, label.htmlFor] = [`${id}-label`, ""], picker.setAttribute("aria-labelledby", label.id);
    select.hidden = true;
    select.required = false;
    select.before(picker);
    const button = (text, pressed, ...pictures) => {
      const made = make("button");
      made.type = "button";
      made.setAttribute("aria-pressed", pressed);
      made.append(...pictures, make("span", "", text));
      return made;
    };
    const choose = (value, focus) => {
      select.value = value;
      select.parentElement.querySelectorAll(".error").forEach((old) => old.remove());
      select.dispatchEvent(new Event("change", { bubbles: true }));
      draw(null);
      if (focus) picker.querySelector("button")?.focus();
    };
    const draw = (family) => {
      const option = select.selectedOptions[0];
      if (option?.value && !family) return picker.replaceChildren(chosen(option));
      const first = make("div", "pick"), all = [first];
      for (const group of groups) {
        const tile = button(group.label, group === family, icon(group));
        tile.addEventListener("click", () => {
          if (group.children.length === 1) return choose(group.children[0].value, true);
          draw(group);
          picker.querySelector(".items button").focus();
          picker.querySelector(".items").scrollIntoView({ block: "nearest" });
        });
        first.append(tile);
      }
      if (family) {
        const second = make("div", "pick items");
        for (const each of family.children) {
          const tile = button(each.label, each.selected);
          tile.addEventListener("click", () => choose(each.value, true));
          second.append(tile);
        }
        all.push(second);
      }
      picker.replaceChildren(...all);
    };
    const chosen = (option) => {
      const box = make("div", "picked"), words = make("span"), change = make("button", "btn-h secondary small", select.dataset.change);
      words.append(make("small", "", option.parentElement.label), option.label);
      change.type = "button";
      change.addEventListener("click", () => { draw(option.parentElement); picker.querySelector("[aria-pressed=true]").focus(); });
      box.append(icon(option.parentElement), words, change);
      return box;
    };
    draw(null);
    tell(select);
  }

  function tell(select) {
    const option = select.selectedOptions[0], id = select.id.replace("-select", "");
    for (const kind of ["alarm", "note"]) {
      const box = document.querySelector(`[data-${kind}-for="${id}"]`), words = option?.dataset[kind] || "";
      box.hidden = !words;
      box.querySelector("span").textContent = words;
    }
  }

  const PLACE = "[name=item], [name=building], [name=room], [name=place]";
  let asked = 0;
  async function similar(form) {
    const box = form.querySelector("[data-similar]"), query = new URLSearchParams(), mine = ++asked;
    // Not form.elements: there "item" is a method.
    for (const asks of form.querySelectorAll(PLACE)) query.set(asks.name, asks.value);
    if (!query.get("item")) return box.replaceChildren();
    try {
      const answer = await fetch(`${form.dataset.similarUrl}?${query}`);
      if (answer.ok && mine === asked) box.innerHTML = await answer.text();
    } catch {
      // The hall asks again when the form is sent.
    }
  }

  document.addEventListener("change", (event) => {
    if (event.target.matches("select[data-tiles]")) tell(event.target);
    const form = event.target.closest("form[data-similar-url]");
    if (form && event.target.matches(PLACE)) similar(form);
  });
  // A hidden select cannot say by itself that it is empty; it comes first, so it is told first.
  function missing(event, form) {
    const select = form?.querySelector("select[data-tiles]");
    if (!select || select.value || !select.hidden) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const picker = select.previousElementSibling, error = make("p", "error", select.dataset.missing);
    error.setAttribute("role", "alert");
    select.parentElement.querySelectorAll(".error").forEach((old) => old.remove());
    picker.after(error);
    picker.querySelector("button").focus({ preventScroll: true });
    select.parentElement.scrollIntoView({ block: "start" });
  }
  // The hall refuses a larger request before it reads a word of it: nothing that was typed would come back.
  const MOST = 90 * 2 ** 20;
  function tooLarge(event, form) {
    const input = form.querySelector("input[type=file]"), total = [...(input?.files ?? [])].reduce((sum, file) => sum + file.size, 0);
    if (total <= MOST || !form.dataset.tooLarge) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const error = make("p", "error", form.dataset.tooLarge);
    error.setAttribute("role", "alert");
    const field = input.closest(".field");
    field.querySelectorAll(".error").forEach((old) => old.remove());
    field.append(error);
    input.focus();
  }
  document.addEventListener("invalid", (event) => missing(event, event.target.form), true);
  document.addEventListener("submit", (event) => {
    missing(event, event.target);
    if (!event.defaultPrevented) tooLarge(event, event.target);
  }, true);

  const begin = () => {
    document.querySelectorAll("select[data-tiles]:not([hidden])").forEach((select) => {
      tiles(select);
      // Shown again after a mistake, or filled in from an older order.
      if (select.value && select.form.matches("[data-similar-url]") && !select.form.querySelector(".similar")) similar(select.form);
    });
    // Here the page that was sent still holds the photos and hands them on (hall.js).
    document.querySelectorAll("[data-photos-lost]").forEach((note) => note.remove());
  };
  begin();
  // hall.js puts the answer to an upload in place of the whole body.
  new MutationObserver(begin).observe(document.documentElement, { childList: true });
})();
