// Entering: what is typed is saved every few seconds, and what we make of it stands beside it. Without this script the
// buttons do the same. What could not be saved stays in this window, also over a reload and a new sign-in.
"use strict";

(() => {
  const form = document.getElementById("entry");
  const kept = "entry:" + location.pathname;
  if (!form) {
    sessionStorage.removeItem(kept);
    return;
  }
  const says = document.getElementById("says");
  const trouble = document.getElementById("trouble");
  const PAUSE = 1000, LONGEST = 5000, AGAIN = 3000;
  let turn = Number(form.elements.turn.value) - 1;
  let changed = false, busy = false, since = 0, timer = 0, leaving = false, shown = says.innerHTML;

  function fields() {
    return [...form.elements].filter(
      (field) => field.name && !["file", "hidden"].includes(field.type) && field.tagName !== "BUTTON",
    );
  }

  function values() {
    const all = {};
    for (const field of fields()) {
      all[field.name] = field.type === "checkbox" ? (field.checked ? field.value : "") : field.value;
    }
    return all;
  }

  function put(all) {
    for (const [name, value] of Object.entries(all)) {
      const field = form.elements[name];
      if (!field) continue;
      if (field.type === "checkbox") field.checked = Boolean(value);
      else field.value = value;
    }
  }

  function complain(words, link) {
    trouble.hidden = !words;
    if (trouble.dataset.words === words) return;
    trouble.dataset.words = words;
    trouble.textContent = words;
    if (words && link) {
      const way = document.createElement("a");
      way.href = link;
      way.target = "_blank";
      way.textContent = " Sign in again in a new tab.";
      trouble.append(way);
    }
  }

  function show(html) {
    if (html === shown) return;
    shown = html;
    const focused = says.contains(document.activeElement);
    says.innerHTML = html;
    if (focused) says.focus();
  }

  async function save() {
    clearTimeout(timer);
    if (busy) return;
    busy = true;
    changed = false;
    since = 0;
    const all = values();
    const body = new URLSearchParams(all);
    turn += 1;
    body.set("window", form.elements.window.value);
    body.set("seen", form.elements.seen.value);
    body.set("turn", turn);
    form.elements.turn.value = turn + 1;
    try {
      const answer = await fetch(location.pathname + "/says", {
        method: "POST", body, redirect: "manual", headers: {"X-Form-Token": form.elements.form_token.value},
      });
      if (answer.ok) {
        show(await answer.text());
        if (!changed) sessionStorage.removeItem(kept);
        complain("");
      } else if (answer.type === "opaqueredirect" || answer.status === 403) {
        changed = true;
        complain("You are signed out. What you type is kept in this window: sign in, then load this page again.", "/sign-in");
      } else if (answer.status === 409) {
        complain("This entry was changed in another window. Save to keep what you see here.");
      } else if (answer.status === 404) {
        complain("This entry was sent, thrown away or taken over elsewhere. What you typed stays on this page.");
      } else {
        changed = true;
        complain("Not saved just now. What you type is kept in this window, and saved as soon as it can be.");
      }
    } catch {
      changed = true;
      complain("There is no connection. What you type is kept in this window, and saved as soon as it can be.");
    }
    busy = false;
    if (changed) timer = setTimeout(save, AGAIN);
  }

  function later() {
    if (!changed) since = Date.now();
    changed = true;
    const {window: page, seen} = form.elements;
    sessionStorage.setItem(kept, JSON.stringify({page: page.value, seen: seen.value, all: values()}));
    clearTimeout(timer);
    timer = setTimeout(save, Math.min(PAUSE, Math.max(0, since + LONGEST - Date.now())));
  }

  form.addEventListener("input", later);
  form.addEventListener("change", (event) => { if (event.target.type !== "file") later(); });
  form.addEventListener("submit", () => {
    clearTimeout(timer);
    leaving = true;
    turn += 1;
    form.elements.turn.value = turn + 1;
    setTimeout(() => { leaving = false; }, AGAIN);
  });
  addEventListener("beforeunload", (event) => { if (changed && !leaving) event.preventDefault(); });
  addEventListener("online", () => { if (changed) save(); });
  document.addEventListener("keydown", (event) => {
    if (!event.altKey || event.ctrlKey || event.metaKey || event.key.length !== 1) return;
    const field = form.querySelector(`[accesskey="${CSS.escape(event.key.toLowerCase())}"]`);
    if (!field) return;
    event.preventDefault();
    if (field.tagName === "BUTTON") field.click();
    else field.focus();
  });

  // An officer types at once: what stood there before this script ran has told nobody yet.
  function touched(field) {
    if (field.type === "checkbox") return field.checked !== field.defaultChecked;
    if (field.tagName === "SELECT") return field.selectedIndex > 0 && !field.selectedOptions[0].defaultSelected;
    return field.value !== field.defaultValue;
  }

  // What this window could not save is put back, unless another window has written since.
  const left = JSON.parse(sessionStorage.getItem(kept) || "null");
  if (left && (left.page === form.dataset.page || left.seen === form.elements.seen.value)) {
    if (JSON.stringify(left.all) !== JSON.stringify(values())) {
      put(left.all);
      later();
    }
  } else {
    sessionStorage.removeItem(kept);
    if (fields().some(touched)) later();
  }
  document.getElementById("problems")?.focus();
})();
