// Keys for every page of the console. Without this script every page works by posting and loading.
// They can be switched off (WCAG 2.2, 2.1.4): press ? and clear the box.
"use strict";

{
const REMEMBERED_KEYS = "console-single-keys";
const PLACES = { w: "/work", c: "/cases", t: "/triage", s: "/search", l: "/live", n: "/contacts", e: "/enter" };
const HELP = [
  ["j, k", "Next line, line before"],
  ["Enter", "Open the line"],
  ["x", "Choose the line, or not"],
  ["b", "What to do with the chosen lines"],
  ["/", "Search"],
  ["g then w", "Work"],
  ["g then c", "Cases"],
  ["g then t", "Triage"],
  ["g then s", "Search"],
  ["g then l", "Conversations"],
  ["g then n", "Contacts"],
  ["g then e", "Enter a call or letter"],
  ["?", "These keys"],
];

// Pages whose own keys decide something: only "?" works there.
const ownKeys = Boolean(document.querySelector("#single-keys"));
const rows = [...document.querySelectorAll("[data-rows] tbody tr, [data-row]")];
let at = -1;
let went = 0;

function keysAreOn() {
  try { return localStorage.getItem(REMEMBERED_KEYS) !== "off"; } catch { return true; }
}

function rememberKeys(on) {
  try { localStorage.setItem(REMEMBERED_KEYS, on ? "on" : "off"); } catch { /* it is as it was next time */ }
}

function typesInto(target) {
  return target.isContentEditable || target.matches("textarea, select, input:not([type=radio]):not([type=checkbox])");
}

function move(by) {
  if (!rows.length) return;
  if (at >= 0) rows[at].classList.remove("at");
  at = Math.min(Math.max(at + by, 0), rows.length - 1);
  rows[at].classList.add("at");
  const link = rows[at].querySelector("a");
  if (link) link.focus({ preventScroll: true });
  rows[at].scrollIntoView({ block: "nearest" });
}

function tick() {
  const box = at >= 0 && rows[at].querySelector("input[type=checkbox]");
  if (box) box.click();
}

function toChosen() {
  const bar = document.getElementById("with-chosen");
  if (bar) bar.querySelector("button").focus();
}

function help() {
  let dialog = document.getElementById("keys");
  if (!dialog) dialog = document.body.appendChild(makeHelp());
  if (!dialog.open) dialog.showModal();
}

function made(name, text, attributes = {}) {
  const node = document.createElement(name);
  node.textContent = text;
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
}

function makeHelp() {
  const dialog = made("dialog", "", { id: "keys", "aria-labelledby": "keys-title" });
  dialog.append(made("h2", "Keys", { id: "keys-title" }));
  const list = dialog.appendChild(made("dl", ""));
  for (const [key, does] of HELP) list.append(made("dt", key), made("dd", does));
  const label = dialog.appendChild(made("label", "", { class: "tick" }));
  const box = label.appendChild(made("input", "", { type: "checkbox", id: "keys-on" }));
  label.append("Keys of one letter work on this computer");
  box.checked = keysAreOn();
  box.addEventListener("change", () => rememberKeys(box.checked));
  const close = dialog.appendChild(made("button", "Close", { type: "button" }));
  close.addEventListener("click", () => dialog.close());
  return dialog;
}

function go(key) {
  const link = document.querySelector(`nav[aria-label=Main] a[href="${PLACES[key]}"]`);
  if (link) link.click();
}

function doKey(key) {
  if (Date.now() - went < 1500 && key in PLACES) { went = 0; go(key); }
  else if (key === "g") went = Date.now();
  else if (key === "j") move(1);
  else if (key === "k") move(-1);
  else if (key === "x") tick();
  else if (key === "b") toChosen();
  else if (key === "/") slash();
  else return false;
  return true;
}

function slash() {
  const box = document.getElementById("sought");
  if (box) box.focus(); else go("s");
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat) return;
  if (typesInto(event.target) || document.querySelector("dialog[open]")) return;
  if (event.key === "?") { event.preventDefault(); help(); return; }
  if (ownKeys || !keysAreOn()) return;
  if (doKey(event.key)) event.preventDefault();
});

// Enter in a field of what is done to many presses the button beside it, not the form's first.
for (const fields of document.querySelectorAll(".many details")) {
  fields.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches("input") || event.isComposing) return;
    event.preventDefault();
    fields.querySelector("button").click();
  });
}

// How many lines are chosen, where something can be done with them.
const many = document.querySelector("[data-chosen]");
function count() { many.textContent = `: ${rows.filter((row) => row.querySelector("input:checked")).length}`; }
if (many) { count(); addEventListener("change", count); addEventListener("pageshow", count); }

// What was typed and not sent yet is kept in this window until it is sent, so that a lost connection loses nothing.
// Another officer who signs in here gets none of it.
// What was done names its own field: a note that is kept takes nothing from a letter that is half written.
const done = document.querySelector("[data-done]");
for (const area of document.querySelectorAll("textarea[data-keep]")) {
  const key = `kept:${document.body.dataset.officer}:${location.pathname}:${area.name}`;
  try {
    const kept = sessionStorage.getItem(key);
    if (kept && !area.value.trim()) area.value = kept;
    area.addEventListener("input", () => sessionStorage.setItem(key, area.value));
    if (done && done.dataset.done === area.name) { sessionStorage.removeItem(key); if (area.value === kept) area.value = area.defaultValue; }
  } catch { /* a browser that keeps nothing */ }
}
}
