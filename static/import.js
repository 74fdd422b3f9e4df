/* An import asks for the next piece until all rows are through; without this script the buttons do the same. */
"use strict";

for (const form of document.querySelectorAll("form[data-scripted]")) {
  // The server then shows the progress page instead of sending the browser round by itself.
  const mark = document.createElement("input");
  Object.assign(mark, { type: "hidden", name: "scripted", value: "1" });
  form.append(mark);
}

const box = document.querySelector("[data-import]");
if (box) {
  const form = box.querySelector("form");
  const go = form.querySelector("[value=go]");
  const trouble = box.querySelector("[data-trouble]");
  go.hidden = true;

  const ask = async () => {
    const said = new FormData(form);
    said.set("do", "go");
    let answer;
    try {
      answer = await fetch(box.dataset.import, { method: "POST", body: said, headers: { Accept: "application/json" } });
    } catch {
      answer = null;
    }
    if (!answer || answer.status >= 500) {
      trouble.hidden = false;
      setTimeout(ask, 3000);
      return;
    }
    trouble.hidden = true;
    const told = answer.headers.get("Content-Type").includes("json") ? await answer.json() : { running: false };
    if (!told.running || told.total !== box.querySelector("progress").max) {
      location.replace(box.dataset.import);
      return;
    }
    box.querySelector("progress").value = told.done;
    box.querySelector("[data-done]").textContent = told.done;
    box.querySelector("[data-problems]").textContent = told.problems;
    ask();
  };
  ask();
}
