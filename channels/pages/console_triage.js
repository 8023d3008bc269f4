// Keys for the triage pages. Without this script every page works by posting and loading.
"use strict";

document.documentElement.classList.add("scripted");

const form = document.getElementById("decide");
const begin = document.getElementById("begin");
const single = document.getElementById("single-keys");
const REMEMBERED = "triage-single-keys";

if (single) {
  single.checked = localStorage.getItem(REMEMBERED) !== "off";
  single.addEventListener("change", () => localStorage.setItem(REMEMBERED, single.checked ? "on" : "off"));
}

let sent = false;
let changed = Boolean(form && form.dataset.changed);

function isTyping(target) {
  return target.matches("textarea, select, input:not([type=radio]):not([type=checkbox])");
}

function press(id) {
  const button = document.getElementById(id);
  if (button && !button.disabled) button.click();
}

function hasChanged() {
  changed = true;
  const agree = document.getElementById("agree");
  if (agree) agree.disabled = true;
  const decide = document.getElementById("do");
  if (decide) decide.classList.remove("second");
}

function showRoute() {
  const chosen = form.querySelector("input[name=route]:checked");
  const route = chosen ? chosen.value : "";
  const all = document.getElementById("does-all").content;
  const words = all.querySelector(`[data-route="${route}"]`);
  const does = document.getElementById("does");
  if (words && does.textContent !== words.textContent) does.textContent = words.textContent;
}

function choose(route) {
  route.checked = true;
  route.dispatchEvent(new Event("change", { bubbles: true }));
  const doors = document.getElementById("doors");
  if (doors.dataset.routes.split(" ").includes(route.value)) document.getElementById("signpost").focus();
  else route.focus();
}

function addMatter() {
  const more = document.getElementById("more");
  if (!more) return;
  more.open = true;
  const boxes = [...more.querySelectorAll("textarea")];
  const box = boxes.find((one) => !one.value.trim());
  if (!box) return;
  const selection = window.getSelection();
  const words = document.getElementById("words");
  box.closest("fieldset").classList.remove("later");
  if (selection && words.contains(selection.anchorNode)) box.value = selection.toString().trim();
  box.focus();
  hasChanged();
}

function doKey(key) {
  const route = form.querySelector(`input[data-key="${CSS.escape(key)}"]`);
  if (route) choose(route);
  else if (key === "a") press("agree");
  else if (key === "n") press("next");
  else if (key === "s") document.getElementById("service").focus();
  else if (key === "g") document.getElementById("signpost").focus();
  else if (key === "y") addMatter();
  else if (key === "!") press("urgent");
  else return false;
  return true;
}

function onEnter(event) {
  const target = event.target;
  if (target.matches("textarea, button, a, summary")) return;
  event.preventDefault();
  press(changed || !document.getElementById("agree") ? "do" : "agree");
}

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat) return;
  if (!form) {
    if (begin && event.key === "Enter" && event.target === document.body) begin.click();
    return;
  }
  if (event.key === "Enter") return onEnter(event);
  if (event.key === "Escape" && isTyping(event.target)) return event.target.blur();
  if (isTyping(event.target) || !single.checked) return;
  if (doKey(event.key)) event.preventDefault();
}

document.addEventListener("keydown", onKey);

if (form) {
  form.addEventListener("change", () => { hasChanged(); showRoute(); });
  form.addEventListener("input", hasChanged);
  form.addEventListener("submit", (event) => {
    if (sent) event.preventDefault();
    sent = true;
  });
  window.addEventListener("pageshow", () => { sent = false; });
}
