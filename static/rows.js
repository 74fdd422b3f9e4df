// The form of one row: choosing a place level by level, and looking only into what is chosen above. Everything also works without this file.
(() => {
  "use strict";
  const inputOf = (box) => box.querySelector(".lookup > input:not([type=hidden]), :scope > input:not([type=hidden])");

  // A key beside the key to what it is part of: its look-up says what is chosen there.
  document.addEventListener("focusin", (event) => {
    const box = event.target.closest?.("[data-within]");
    const above = box && box.closest("form").elements[`${box.dataset.within}-id`];
    if (!above) return;
    const address = new URL(box.dataset.lookup, location.href);
    address.searchParams.set("within", above.value);
    box.dataset.lookup = address.pathname + address.search;
  });

  const fetchLevel = async (box, level, above) => {
    const address = new URL(box.dataset.lookup, location.href);
    address.searchParams.set("level", level);
    if (above) address.searchParams.set("above", above);
    const answer = await fetch(address, { headers: { Accept: "application/json" } });
    return answer.ok ? answer.json() : [];
  };

  const addLevel = async (box, wrap, labels, level, above) => {
    while (wrap.children.length > level) wrap.lastChild.remove();
    let rows = [];
    try { rows = await fetchLevel(box, level, above); } catch { /* offline: it can still be typed */ }
    const select = document.createElement("select");
    select.className = "control";
    select.setAttribute("aria-label", labels[level]);
    select.append(new Option(rows.length ? `${labels[level]}…` : box.dataset.none, ""), ...rows.map(([id, name]) => new Option(name, id)));
    select.addEventListener("change", () => {
      const input = inputOf(box);
      if (level === labels.length - 1) {
        input.value = rows.find(([id]) => String(id) === select.value)?.[2] ?? "";
        box.querySelector("input[type=hidden]").value = select.value;
        input.dispatchEvent(new Event("change", { bubbles: true }));
      } else if (select.value) addLevel(box, wrap, labels, level + 1, select.value);
      else while (wrap.children.length > level + 1) wrap.lastChild.remove();
    });
    while (wrap.children.length > level) wrap.lastChild.remove();
    wrap.append(select);
    if (level) select.focus();
  };

  for (const box of document.querySelectorAll("[data-levels]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn-h secondary small levels-open";
    button.textContent = box.dataset.choose;
    button.setAttribute("aria-expanded", "false");
    const wrap = document.createElement("div");
    wrap.className = "levels";
    button.addEventListener("click", () => {
      const opened = button.getAttribute("aria-expanded") === "true";
      button.setAttribute("aria-expanded", String(!opened));
      wrap.hidden = opened;
      if (!opened && !wrap.children.length) addLevel(box, wrap, JSON.parse(box.dataset.levels), 0, "");
    });
    box.after(button, wrap);
  }
})();
