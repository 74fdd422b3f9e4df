// The moderators' desk: one key a decision, the next item without a full reload, counts that follow, the lock's clock.
// Every form of it works without this file. Listeners hang on the document: the parts of the page come and go.
(() => {
  "use strict";
  const zh = document.documentElement.lang.startsWith("zh");
  const say = zh
    ? { lost: "没有网络，什么也没有提交，请再按一次", over: "锁定已到期", other: "另一位审核员接手了这一件", gone: "这一件已经有了决定", moved: "作者刚刚改过内容", look: "看最新的", left: (n) => `还有 ${n} 件`, none: "都审完了", masked: "已遮盖", shown: "已显示" }
    : { lost: "No network. Nothing was sent, please press again", over: "Your lock has run out", other: "Another moderator took this over", gone: "This has been decided", moved: "The author has just changed it", look: "Show what is new", left: (n) => `${n} left`, none: "All done", masked: "masked", shown: "shown" };
  const POLL = 30000, RENEW = 60, QUIET = 60000;
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const make = (tag, className = "", text = "") => Object.assign(document.createElement(tag), { className, textContent: text });
  const desk = () => $("[data-desk]");
  let busy = false, acted = Date.now(), seenAt = Date.now(), ticking;

  // --- sending: the answer is the desk as it is then; its parts replace those on the page ---
  // In the capture phase, before hall.js, which would disable the buttons for a full reload.
  window.addEventListener("submit", (event) => {
    const form = event.target, list = form.matches("[data-desk-list]") && event.submitter?.classList.contains("desk-open");
    if (!form.matches("[data-desk-send], [data-desk-filter]") && !list) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (form.matches("[data-desk-filter]")) return open(`${form.getAttribute("action")}?${said(new FormData(form))}`);
    send(form, event.submitter);
  }, true);
  const said = (data) => new URLSearchParams([...data].filter(([, value]) => value));

  function send(form, button) {
    const address = button?.getAttribute("formaction") || form.getAttribute("action"), body = new FormData(form, button);
    return change(address, { method: "POST", body }, form.id === "decide" || form.id === "desk-toast" ? "replace" : "push");
  }
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[data-desk-go]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    open(link.href);
  });
  const open = (address) => change(address, {}, "push");

  async function change(address, options, past) {
    if (busy) return;
    busy = true;
    desk()?.classList.add("desk-busy");
    let answer, page;
    try {
      answer = await fetch(address, { ...options, headers: { Accept: "text/html", "X-Desk": "parts" }, signal: AbortSignal.timeout?.(20000) });
      page = new DOMParser().parseFromString(await answer.text(), "text/html");
    } catch {
      page = null;
    }
    busy = false;
    desk()?.classList.remove("desk-busy");
    if (!page) return tell(say.lost, true);
    // Signed out, or an error page: what the hall says is shown as it is.
    if (!$("[data-desk]", page)) return answer.ok ? location.assign(answer.url) : location.reload();
    if (answer.redirected || past === "push") history[past === "push" ? "pushState" : "replaceState"](null, "", answer.url);
    show(page);
  }

  function show(page) {
    const queue = $("#desk-queue"), top = queue.scrollTop, open = $(".desk-filter", queue)?.open;
    document.title = page.title;
    $$("#main > .flashes").forEach((old) => old.remove());
    $("#main").prepend(...$$("#main > .flashes", page));
    const fresh = $("[data-desk]", page);
    desk().replaceWith(fresh);
    $("#desk-queue").scrollTop = top;
    if (open) $(".desk-filter")?.setAttribute("open", "");
    acted = Date.now();
    begin();
    const heading = $("[data-focus]");
    heading?.focus({ preventScroll: true });
    if (matchMedia("(max-width: 959px)").matches) window.scrollTo(0, 0);
    const done = $("#desk-toast [data-said]")?.textContent || "", note = $(".desk-scroll [role=alert], #main > .flashes")?.textContent || "";
    tell([done, note, heading?.textContent, waits()].map((part) => part?.trim()).filter(Boolean).join(zh ? "。" : ". "));
  }
  const waits = () => { const n = $("[data-count=all]")?.textContent.trim(); return n === "0" ? say.none : n ? say.left(n) : ""; };

  // What happened, for who listens; what went wrong also for who looks.
  function tell(words, bad = false) {
    const region = $("#desk-said");
    if (region) { region.textContent = ""; requestAnimationFrame(() => (region.textContent = words)); }
    $(".desk-notice")?.remove();
    if (bad) notice(words, "bad");
  }
  function notice(words, tone, button) {
    $(".desk-notice")?.remove();
    const told = make("p", `note note-${tone} desk-notice`);
    told.append(make("span", "", words));
    if (button) told.append(" ", button);
    told.setAttribute("role", "alert");
    $("#desk-item")?.prepend(told);
  }

  // --- keys ---
  const KEYS = "desk-keys"; // somebody may need the keys for something else
  const keysOn = () => { try { return localStorage.getItem(KEYS) !== "off"; } catch { return true; } };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || !desk()) return;
    acted = Date.now();
    const why = $(".desk-why[open]"), typing = event.target.matches("input:not([type=checkbox]), textarea, select");
    if (event.key === "Escape" && why) {
      why.open = false;
      return $("summary", why).focus();
    }
    if (event.key === "Enter" && event.target.matches("[type=checkbox]")) return event.preventDefault();
    if (typing || $("dialog[open]") || !keysOn()) return;
    // An input method may hold the letter back; the key itself is meant.
    const key = event.key === "Process" || event.isComposing ? event.code.replace(/^Key|^Digit/, "").toLowerCase() : event.key.toLowerCase();
    if (busy) return event.preventDefault();
    const done = /^[0-9]$/.test(key) ? digit(key, why) : letter(key);
    if (done) event.preventDefault();
  });
  function digit(key, why) {
    if (why) {
      const target = $(`[data-digit="${key}"]`, why);
      if (target?.matches("textarea")) target.focus();
      else target?.click();
      return true;
    }
    const box = $(`[data-mask="${key}"]`);
    if (!box || box.disabled) return false;
    box.checked = !box.checked;
    box.dispatchEvent(new Event("change", { bubbles: true }));
    return true;
  }
  function letter(key) {
    if (key === "?" || key === "？") return help(), true;
    if (key === "/" || key === "、") return filter(), true;
    if (key === "d") return $("[data-desk-forward]")?.focus(), true;
    const target = $$(`[data-key="${CSS.escape(key)}"]`).find((each) => !each.hidden && !each.closest("[hidden]"));
    if (!target) return false;
    if (target.matches("summary")) why(target.parentElement);
    else target.click();
    return true;
  }
  function why(details) {
    $$(".desk-why[open]").forEach((other) => other !== details && (other.open = false));
    details.open = !details.open;
    if (details.open) $("button[data-digit]", details)?.focus();
  }
  function help() { $("#desk-help")?.showModal(); }
  function filter() {
    const box = $(".desk-filter");
    if (!box) return;
    box.open = true;
    $("select", box)?.focus();
  }
  // Enter and Escape leave the select of departments, so that the keys work again.
  document.addEventListener("keydown", (event) => {
    if (!event.target.matches?.("[data-desk-forward]") || !["Enter", "Escape"].includes(event.key)) return;
    event.preventDefault();
    event.target.blur();
  });

  document.addEventListener("click", (event) => {
    const target = event.target;
    if (target.closest?.("[data-desk-help]")) help();
    if (target.closest?.("[data-desk-all-masks]")) all();
    const hit = target.closest?.(".desk-scroll [data-hit]");
    if (hit && !String(window.getSelection())) {
      const box = $(`[data-mask="${hit.dataset.hit}"]`);
      if (box && !box.disabled) box.click();
    }
    const opened = $(".desk-why[open]");
    if (opened && !opened.contains(target) && !target.closest?.("[data-key]")) opened.open = false;
  });
  function all() {
    const boxes = $$("[data-mask]:not(:disabled)"), on = boxes.some((box) => !box.checked);
    boxes.forEach((box) => (box.checked = on));
    boxes.forEach(cover);
    tell(on ? say.masked : say.shown);
  }
  function cover(box) {
    const hit = $(`[data-hit="${box.dataset.mask}"]`);
    if (!hit) return;
    $(".hit-plain", hit).hidden = box.checked;
    $(".hit-masked", hit).hidden = !box.checked;
  }
  let lastTicked = null;
  document.addEventListener("change", (event) => {
    const box = event.target;
    if (box.matches("[data-mask]")) { cover(box); tell(`${box.closest("label").textContent.trim()} ${box.checked ? say.masked : say.shown}`); }
    if (box.matches("[data-desk-all]")) $$("[data-desk-list] [name=id]").forEach((each) => (each.checked = box.checked));
    if (box.matches("[data-desk-forward]")) forwards(box);
    if (box.matches("[data-desk-keys]")) { try { localStorage.setItem(KEYS, box.checked ? "on" : "off"); } catch { /* no storage: for this page only */ } }
  });
  // With Shift, everything between two ticks.
  document.addEventListener("click", (event) => {
    const box = event.target;
    if (!box.matches?.("[data-desk-list] [name=id]")) return;
    const boxes = $$("[data-desk-list] [name=id]"), from = boxes.indexOf(lastTicked), to = boxes.indexOf(box);
    if (event.shiftKey && from >= 0) boxes.slice(Math.min(from, to), Math.max(from, to) + 1).forEach((each) => (each.checked = box.checked));
    lastTicked = box;
  });
  function forwards(select) {
    const words = $("[data-desk-publish]");
    if (!words) return;
    words.textContent = select.value ? `${select.dataset.with} · ${select.selectedOptions[0].text}` : select.dataset.without;
  }

  // --- clocks: the lock, the seconds in which a decision can be undone ---
  function tick() {
    const passed = Math.floor((Date.now() - seenAt) / 1000), toast = $("#desk-toast"), lock = $("[data-lock]");
    if (toast) {
      const left = Number(toast.dataset.left) - passed;
      $("[data-seconds]", toast).textContent = Math.max(left, 0);
      if (left <= 0) toast.remove();
    }
    if (!lock) return;
    const left = Number(lock.dataset.lock) - passed;
    if (left <= RENEW && Date.now() - acted < QUIET && !lock.dataset.asked) { lock.dataset.asked = "1"; renew(); }
    lock.classList.toggle("is-short", left <= RENEW);
    if (left > 0) $("[data-clock]", lock).textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    else { $("[data-lock-words]", lock).textContent = say.over; $("[data-clock]", lock).textContent = ""; }
  }
  // Who is at work keeps the lock; who went away loses it.
  async function renew() {
    const lock = $("[data-lock]"), form = $("#decide"), address = form?.getAttribute("action").replace("/decide", "/claim");
    if (!address) return;
    const body = new FormData();
    body.append("csrf_token", form.elements.csrf_token.value);
    try {
      const answer = await fetch(address, { method: "POST", body, headers: { "X-Desk": "parts", Accept: "text/html" } });
      const fresh = $("[data-lock]", new DOMParser().parseFromString(await answer.text(), "text/html"));
      if (!fresh || !lock.isConnected) return poll();
      const passed = Math.floor((Date.now() - seenAt) / 1000);
      lock.dataset.lock = String(Number(fresh.dataset.lock) + passed);
      delete lock.dataset.asked;
    } catch { /* offline: the clock says when it is over */ }
  }

  // --- counts: asked again now and then, and whenever somebody comes back to the page ---
  let polling;
  function later() { clearTimeout(polling); polling = setTimeout(poll, POLL); }
  async function poll() {
    const here = desk();
    if (!here || document.hidden) return;
    later();
    if (busy) return;
    try {
      const address = new URL(here.dataset.counts, location.href);
      if (here.dataset.item) address.searchParams.set("item", here.dataset.item);
      const answer = await fetch(address, { headers: { Accept: "application/json" } });
      if (answer.ok && here.isConnected) follow(here, await answer.json());
    } catch { /* offline: the next time */ }
  }
  function follow(here, { counts, item }) {
    const empty = $("[data-count=all]", here)?.textContent.trim() === "0", total = counts.all;
    for (const [key, n] of Object.entries(counts)) $$(`[data-count="${key}"]`, here).forEach((each) => (each.textContent = n));
    badge(total);
    // Something came in while nothing was open: it is shown; never under the hands of somebody who is reading.
    if (empty && total !== "0" && !here.dataset.item) return open(location.href);
    if (!item || here.dataset.state !== "mine") return;
    const words = item.state === "closed" ? say.gone : item.state === "other" ? say.other : String(item.version) !== here.dataset.version ? say.moved : "";
    if (!words || $(".desk-notice")) return;
    const button = make("button", "link", say.look);
    button.type = "button";
    button.addEventListener("click", () => change(location.href, {}, "replace"));
    notice(words, "warn", button);
  }
  function badge(total) {
    const link = $('.side a[href$="/admin/desk/"]');
    if (!link) return;
    let there = $(".side-badge", link);
    if (!there) link.append((there = make("span", "side-badge")));
    there.textContent = total;
    there.hidden = total === "0";
  }
  document.addEventListener("visibilitychange", () => document.hidden || poll());
  document.addEventListener("pointerdown", () => (acted = Date.now()));

  function begin() {
    seenAt = Date.now();
    clearInterval(ticking);
    $$("[data-desk-help], [data-desk-all-masks]").forEach((each) => (each.hidden = false));
    $$("[data-key]").forEach((each) => each.setAttribute("aria-keyshortcuts", each.dataset.key.toUpperCase()));
    const keys = $("[data-desk-keys]"), select = $("[data-desk-forward]"), here = $(".desk-row.is-here");
    if (keys) keys.checked = keysOn();
    if (select) forwards(select);
    if (!desk()) return;
    here?.scrollIntoView({ block: "nearest" });
    const total = $("[data-count=all]")?.textContent.trim();
    if (total) badge(total);
    ticking = setInterval(tick, 1000);
    tick();
    later();
  }
  begin();
})();
