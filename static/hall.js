// What pages can do beyond plain HTML: every page reads and posts without it. Listeners hang on the document, so that
// regions may be replaced at any time. Words that people read come from data- attributes or <html lang>.
(() => {
  "use strict";
  const say = document.documentElement.lang.startsWith("zh")
    ? { sending: "正在上传", failed: "网络断了，内容还在，请再提交一次", remove: "移除", most: (n) => `最多 ${n} 张，多选的没有放进来`, busy: "正在处理，请稍候", fill: "请填写这一项", choose: "请选择一项", tick: "请先勾选这一项" }
    : { sending: "Uploading", failed: "The connection was lost. Nothing is gone, please send it again", remove: "Remove", most: (n) => `${n} photos at most; the others were left out`, busy: "One moment", fill: "Please answer this", choose: "Please choose one", tick: "Please tick this box first" };
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const make = (tag, className = "", text = "") => Object.assign(document.createElement(tag), { className, textContent: text });

  // --- forms: ask first, send once, show the progress of photos ---
  document.addEventListener("submit", (event) => {
    const form = event.target, button = event.submitter;
    const question = button?.dataset.confirm || form.dataset.confirm;
    if (form.dataset.sent || (question && !window.confirm(question))) return event.preventDefault();
    // By attribute: a question may be named "method" or "action" and hide the property.
    if (form.getAttribute("method")?.toLowerCase() !== "post") return;
    form.dataset.sent = "1";
    $("#main")?.setAttribute("aria-busy", "true");
    if ("steady" in form.dataset || ("upload" in form.dataset && carriesFiles(form))) {
      event.preventDefault();
      upload(form, button);
    } else {
      // After this turn, so that the button's own name and value still travel.
      setTimeout(() => $$("button:not([type=button])", form).forEach((each) => (each.disabled = true)));
    }
  });
  // What the browser itself complains about is told in the language of the page, and forgotten at the next try.
  document.addEventListener("invalid", ({ target }) => {
    const { validity, type, id } = target, missing = type === "checkbox" ? say.tick : target.matches("select, [type=radio], [type=file]") ? say.choose : say.fill;
    // What is wrong in another way is told by the help of the question, if it has one.
    target.setCustomValidity((validity.valueMissing ? missing : id && $(`[id="${id}-help"]`)?.textContent) || "");
  }, true);
  document.addEventListener("click", ({ target }) => {
    const form = target.closest("button:not([type=button])")?.form;
    if (form) $$("input, select, textarea", form).forEach((each) => each.setCustomValidity(""));
  }, true);
  const release = (form) => {
    delete form.dataset.sent;
    $("#main")?.removeAttribute("aria-busy");
    $$("button", form).forEach((each) => (each.disabled = false));
  };
  const carriesFiles = (form) => $$("input[type=file]", form).some((input) => input.files.length);
  window.addEventListener("pageshow", () => $$("form[data-sent]").forEach(release));
  document.addEventListener("change", (event) => event.target.matches("select[data-submit]") && event.target.form.requestSubmit());

  function upload(form, button) {
    const box = make("div", "upload"), bar = make("progress"), words = make("p", "", say.sending);
    words.setAttribute("role", "status");
    bar.max = 100;
    box.append(bar, words);
    $(".form-end", form)?.before(box) ?? form.append(box);
    const request = new XMLHttpRequest();
    const stop = () => { words.textContent = say.failed; bar.remove(); release(form); };
    request.upload.addEventListener("progress", (event) => {
      if (!event.lengthComputable) return;
      bar.value = (event.loaded / event.total) * 100;
      words.textContent = event.loaded < event.total ? `${say.sending} ${Math.round(bar.value)}%` : say.busy;
    });
    if (!carriesFiles(form)) request.timeout = 30000;
    request.addEventListener("error", stop);
    request.addEventListener("timeout", stop);
    request.addEventListener("load", () => {
      const page = new DOMParser().parseFromString(request.responseText, "text/html");
      if (!$("#main", page)) return stop();
      const chosen = new Map($$("input[type=file]", form).map((input) => [input.name, input]));
      if (request.status < 400) history.pushState(null, "", request.responseURL), (here = place());
      document.title = page.title;
      document.body.replaceWith(page.body);
      // The answers were not taken: the new form has them all but the photos, which only this page still holds.
      if (request.status >= 400) $$("#main input[type=file]").forEach((input) => chosen.has(input.name) && keep(input, chosen.get(input.name)));
      window.scrollTo(0, 0);
      begin();
    });
    request.open("POST", form.getAttribute("action") || location.href);
    request.send(new FormData(form, button));
  }
  // A link within the page, to the text or to a wrong answer, is popped as well: what was typed must stay.
  const place = () => location.href.split("#")[0];
  let here = place();
  window.addEventListener("popstate", () => place() !== here && location.reload());

  // --- photos: gathered over several picks, shown small, taken out again ---
  const picked = new WeakMap();
  document.addEventListener("change", (event) => event.target.matches("input[type=file]") && gather(event.target));
  function keep(input, old) {
    picked.set(input, picked.get(old) || [...old.files]);
    show(input);
  }
  function gather(input) {
    const before = input.multiple ? picked.get(input) || [] : [];
    const same = (a, b) => a.name === b.name && a.size === b.size && a.lastModified === b.lastModified;
    const all = [...before, ...[...input.files].filter((file) => !before.some((other) => same(file, other)))];
    const most = Number(input.dataset.photos) || 99;
    picked.set(input, all.slice(0, most));
    show(input, all.length > most ? say.most(most) : "");
    picked.get(input).filter((file) => !before.includes(file)).forEach((file) => shrink(file).then((small) => {
      const files = picked.get(input), index = files.indexOf(file);
      if (small !== file && index >= 0) { files[index] = small; show(input); }
    }, () => {}));
  }
  // A corridor's signal carries 400 KB, not 12 MB. The hall keeps 2048 pixels, so nothing is lost by sending no more;
  // a submission that is faster than this sends the photo as it was.
  async function shrink(file) {
    if (file.size < 1.5e6) return file;
    const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" }), scale = 2048 / Math.max(bitmap.width, bitmap.height);
    if (scale >= 1) return file;
    const canvas = Object.assign(make("canvas"), { width: Math.round(bitmap.width * scale), height: Math.round(bitmap.height * scale) });
    canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    bitmap.close();
    const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.86));
    return blob && blob.size < file.size ? new File([blob], file.name.replace(/\.\w+$/, ".jpg"), { type: "image/jpeg", lastModified: file.lastModified }) : file;
  }
  function show(input, warning = "") {
    const files = picked.get(input), transfer = new DataTransfer();
    files.forEach((file) => transfer.items.add(file));
    input.files = transfer.files;
    $$(`[data-previews="${input.id}"]`).forEach((old) => old.remove());
    const box = make("div"), list = make("ul", "photos previews");
    box.dataset.previews = input.id;
    files.forEach((file, index) => {
      const item = make("li"), name = make("span", "name", file.name), out = make("button", "", "×");
      out.type = "button";
      out.setAttribute("aria-label", `${say.remove} ${file.name}`);
      out.addEventListener("click", () => { files.splice(index, 1); show(input); input.focus(); });
      item.append(name, out);
      list.append(item);
      // A kind that the browser cannot draw (HEIC) keeps its name; the hall can read it.
      createImageBitmap(file, { resizeWidth: 240 }).then((bitmap) => {
        const canvas = make("canvas"), side = Math.min(bitmap.width, bitmap.height);
        canvas.width = canvas.height = side;
        canvas.getContext("2d").drawImage(bitmap, (side - bitmap.width) / 2, (side - bitmap.height) / 2);
        name.replaceWith(canvas);
      }, () => {});
    });
    if (warning) box.append(Object.assign(make("p", "help", warning), { role: "status" }));
    box.append(list);
    (input.closest(".file") ?? input).after(box);
  }

  // --- two-level items: a select with groups becomes two; an option may carry a tip and an urgent sentence ---
  function split(select) {
    const groups = $$("optgroup[label]:not([label=''])", select);
    if (select.dataset.ready || groups.length < 2) return;
    select.dataset.ready = "1";
    const first = Object.assign(make("select"), { required: select.required }), all = [...select.children];
    first.setAttribute("aria-label", select.dataset.children || $(`label[for="${select.id}"]`)?.textContent || "");
    const head = all.find((child) => child.matches("option") || !child.label);
    first.add(new Option(head?.textContent.trim() || "…", ""));
    groups.forEach((group, index) => first.add(new Option(group.label, index)));
    const fill = () => {
      const group = groups[first.value], was = select.value;
      select.replaceChildren(...(head ? [head] : []), ...(group ? [group] : []));
      select.hidden = !group;
      select.value = was;
      if (select.selectedIndex < 0) select.selectedIndex = 0;
      select.dispatchEvent(new Event("change", { bubbles: true }));
    };
    first.value = String(groups.findIndex((group) => group.contains(select.selectedOptions[0])));
    if (first.selectedIndex < 0) first.value = "";
    select.before(first);
    first.addEventListener("change", fill);
    fill();
  }
  document.addEventListener("change", (event) => event.target.matches?.("select") && tell(event.target));
  function tell(select) {
    const option = select.selectedOptions[0];
    if (!select.id) return;
    $$(`[data-about="${select.id}"]`).forEach((old) => old.remove());
    for (const [words, className] of [[option?.dataset.tip, "help"], [option?.dataset.urgent, "note note-bad"]]) {
      if (!option || !words) continue;
      const told = make("p", className, words);
      told.dataset.about = select.id;
      told.setAttribute("role", "status");
      select.after(told);
    }
  }

  // --- an order follows its changes: ask for the version, fetch the page only when it moved ---
  let clock;
  function follow() {
    clearTimeout(clock);
    const subject = $("[data-pulse-url]");
    if (!subject) return;
    let wait = 5000, known = subject.dataset.version, last;
    const again = () => { clearTimeout(clock); clock = setTimeout(look, wait); };
    const look = async () => {
      if (document.hidden || !subject.isConnected) return;
      try {
        const answer = await fetch(subject.dataset.pulseUrl, { headers: { Accept: "application/json" } });
        if (answer.status >= 400 && answer.status < 500 && answer.status !== 429) return;
        if (!answer.ok) throw new Error(answer.status);
        const text = await answer.text(), version = String(JSON.parse(text).version);
        const moved = version !== (known ?? version) || (last !== undefined && text !== last);
        if (moved && !(await refresh())) return again();
        [known, last, wait] = [version, text, 5000];
      } catch {
        wait = Math.min(wait * 2, 60000);
      }
      again();
    };
    document.onvisibilitychange = () => document.hidden || look();
    again();
  }
  async function refresh() {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!answer.ok) return false;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const old = $$("[data-live]"), fresh = $$("[data-live]", page);
    // Never under the hands of somebody who is writing.
    if (old.some((region) => region.contains(document.activeElement) && document.activeElement.matches("input, textarea, select"))) return false;
    if (old.length !== fresh.length) return location.reload(), true;
    old.forEach((region, index) => region.innerHTML !== fresh[index].innerHTML && region.replaceChildren(...fresh[index].childNodes));
    return true;
  }

  function begin() {
    $$("select[data-children]").forEach(split);
    $$("select").forEach(tell);
    $(".error-summary")?.focus();
    $(".side [aria-current]")?.scrollIntoView({ block: "nearest" });
    follow();
  }
  begin();
})();
