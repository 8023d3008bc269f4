// The live pages of the console, made quicker: they work without this too. The server's list of turns is the truth.
"use strict";
(() => {
  const live = document.getElementById("live");
  const token = live.dataset.token;
  const of = live.dataset.of;
  const news = document.getElementById("news");
  const BEAT = 20000; // milliseconds between signs of life; after two minutes without one an officer counts as gone
  const LOOK = 5000; // milliseconds between looks at the queue
  const KEEP = 600; // milliseconds after the last key until a half-written answer is kept
  const WRITING = 2500; // milliseconds between signs that somebody is writing
  const WAITS = [1000, 2000, 5000, 10000]; // milliseconds between attempts to send

  document.documentElement.classList.add("scripted");

  async function ask(path, fields) {
    const options = { redirect: "manual", signal: AbortSignal.timeout(20000) };
    if (fields) {
      options.method = "POST";
      options.headers = { "Content-Type": "application/json", "X-Form-Token": token };
      options.body = JSON.stringify(fields);
    }
    try {
      const answer = await fetch(path, options);
      if (answer.type === "opaqueredirect") return { status: 401 };
      return { ...await answer.json().catch(() => ({})), status: answer.status };
    } catch {
      return { status: 0 };
    }
  }

  // --- being there

  async function beat() {
    if (live.dataset.beats) await ask("/live/beat", {});
    setTimeout(beat, BEAT);
  }

  beat();

  // --- keys: none of them while somebody types

  const KEYS = {
    "?": () => { const keys = document.getElementById("live-keys"); keys.open = !keys.open; if (keys.open) keys.querySelector("summary").focus(); },
    j: () => move(1),
    k: () => move(-1),
    t: takeIt,
    r: () => document.getElementById("text") && document.getElementById("text").focus(),
    n: () => { const link = news.querySelector("a"); if (link) link.click(); },
    u: () => { const back = document.getElementById("back"); if (back) back.click(); },
  };

  // They can be switched off (WCAG 2.2, 2.1.4), here as on the console's other pages. After g comes a place.
  const single = document.getElementById("live-keys-on");
  let went = 0;

  function on() { try { return localStorage.getItem("console-single-keys") !== "off"; } catch { return true; } }

  single.checked = on();
  single.addEventListener("change", () => {
    try { localStorage.setItem("console-single-keys", single.checked ? "on" : "off"); } catch { /* as it was next time */ }
  });

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("textarea, select, input:not([type=checkbox])");
    if (typing && event.key === "Escape") typing.blur();
    if (event.key === "g") went = Date.now();
    const goes = event.key !== "g" && Date.now() - went < 1500;
    if (typing || goes || event.ctrlKey || event.metaKey || event.altKey || !Object.hasOwn(KEYS, event.key)) return;
    if (event.key !== "?" && !on()) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    KEYS[event.key]();
  }, true);

  function places() {
    return of ? [...document.querySelectorAll("#talk > li")] : [...document.querySelectorAll("a.open")];
  }

  function move(by) {
    const all = places();
    const line = document.activeElement.closest(of ? "#talk > li" : "[data-line]");
    const now = all.findIndex((place) => place === line || (line && line.contains(place)));
    const next = now < 0 ? (by > 0 && !of ? 0 : all.length - 1) : Math.min(Math.max(now + by, 0), all.length - 1);
    if (!all.length) return;
    all[next].tabIndex = 0;
    all[next].focus();
  }

  function takeIt() {
    const line = document.activeElement.closest("[data-line]");
    const form = of ? document.getElementById("take") : line && line.querySelector("form.take");
    if (form) form.requestSubmit();
  }

  // --- the queue: nothing moves by itself; what is new is told, and shown when it is asked for

  async function lookAtQueue() {
    const answer = await ask(`/live/news?since=${encodeURIComponent(live.dataset.since)}`);
    if (answer.status === 401) return signedOut();
    const told = [];
    if (answer.handed) told.push(`${answer.handed} handed to you`);
    if (answer.new) told.push(`${answer.new >= 50 ? "50 or more" : answer.new} new`);
    const words = told.length ? `${told.join(", ")}: show` : "";
    if (answer.status === 200 && news.textContent !== words) {
      news.replaceChildren();
      if (words) {
        const link = document.createElement("a");
        link.className = "button";
        link.href = "/live";
        link.textContent = words;
        news.append(link);
      }
    }
    setTimeout(lookAtQueue, LOOK);
  }

  function signedOut() {
    const place = document.getElementById("trouble") || news;
    const link = document.createElement("a");
    link.href = "/sign-in";
    link.target = "_blank";
    link.textContent = "Sign in again in another window";
    place.replaceChildren("You are signed out. What you typed is kept on this page. ", link, ", then load this page again.");
  }

  if (!of) { setTimeout(lookAtQueue, LOOK); return; }

  // --- one conversation

  const box = document.getElementById("box");
  const talk = document.getElementById("talk");
  const form = document.getElementById("say");
  const text = document.getElementById("text");
  const trouble = document.getElementById("trouble");
  const older = live.dataset.older;
  const address = (path) => `/live/${of}/${path}`;
  let last = Math.max(0, ...[...talk.children].map((turn) => Number(turn.dataset.number)));

  function atEnd() { return box.scrollHeight - box.scrollTop - box.clientHeight < 60; }
  function toEnd() { box.scrollTop = box.scrollHeight; news.replaceChildren(); }

  function element(html) {
    const template = document.createElement("template");
    template.innerHTML = html;
    return template.content.firstElementChild;
  }

  function put(id, html) {
    const place = document.getElementById(id);
    if (place.dataset.html === html) return;
    place.dataset.html = html;
    if (!place.contains(document.activeElement)) place.innerHTML = html;
  }

  // Who reads further up is not carried off: what is new below is told.
  function show(found) {
    if (older) return;
    const end = atEnd();
    let new_ = 0;
    for (const turn of found.turns) {
      if (turn.number <= last) continue;
      talk.append(element(turn.html));
      last = turn.number;
      new_ += 1;
    }
    if (new_ && end) toEnd();
    else if (new_) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "plain";
      button.textContent = "New below: show";
      button.addEventListener("click", toEnd);
      news.replaceChildren(button);
    }
    for (const [number, words] of Object.entries(found.delivery)) {
      const place = talk.querySelector(`[data-number="${CSS.escape(number)}"] .delivery`);
      if (place && place.textContent !== words) place.textContent = words;
    }
    put("standing", found.standing);
    put("facts", found.facts);
    const mine = live.dataset.mine === "yes";
    if (found.mine !== mine || (mine && String(found.fence) !== live.dataset.fence)) changed(found.mine);
  }

  function tell(words, link) {
    trouble.replaceChildren();
    if (!words) return;
    const line = document.createElement("p");
    line.className = "urgent";
    line.textContent = `${words} `;
    if (link) {
      const again = document.createElement("a");
      again.href = `/live/${of}#newest`;
      again.textContent = link;
      line.append(again);
      again.addEventListener("click", () => location.reload());
    }
    trouble.append(line);
  }

  function changed(mine) {
    if (trouble.childNodes.length) return;
    if (mine) tell("You have taken this conversation over in another window.", "Load the page again");
    else if (live.dataset.mine) tell("You do not have this conversation any more. What you typed is kept.", "Load the page again");
  }

  let events = null;

  function listen() {
    events = new EventSource(`${address("events")}?after=${last}`);
    events.addEventListener("news", (event) => show(JSON.parse(event.data)));
    events.addEventListener("error", () => { if (events.readyState === EventSource.CLOSED) setTimeout(look, 3000); });
  }

  async function look() {
    const found = await ask(`${address("turns")}?after=${last}`);
    if (found.status === 401) return signedOut();
    if (found.status === 200) { show(found); if (events.readyState === EventSource.CLOSED) listen(); }
    else setTimeout(look, 5000);
  }

  // Earlier turns come in above, and what is read stays where it is.
  let fetching = false;

  async function earlier() {
    const link = document.querySelector("#earlier a");
    if (!link || fetching) return;
    fetching = true;
    try {
      const answer = await fetch(link.href);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const height = box.scrollHeight;
      talk.prepend(...page.querySelectorAll("#talk > li"));
      const next = page.querySelector("#earlier a");
      if (next) link.href = next.getAttribute("href");
      else document.getElementById("earlier").remove();
      box.scrollTop += box.scrollHeight - height;
    } catch { /* tried again when they scroll up again */ }
    fetching = false;
  }

  box.addEventListener("scroll", () => {
    if (box.scrollTop < 40) earlier();
    if (atEnd()) news.replaceChildren();
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest("#earlier a")) return;
    event.preventDefault();
    earlier();
  });

  if (!older) box.scrollTop = box.scrollHeight;
  if (!older) listen();
  if (!form) return;

  // --- writing: what is half written is kept at the council, and here where the council cannot be reached

  const kept = document.getElementById("kept");
  const here = `live ${document.body.dataset.officer} ${of}`; // another officer at this browser gets none of it
  let keeping = null;
  let wrote = 0;
  let queue = read();

  function read() { try { return JSON.parse(localStorage.getItem(here)) || []; } catch { return []; } }
  function keepQueue() {
    try { if (queue.length) localStorage.setItem(here, JSON.stringify(queue)); else localStorage.removeItem(here); } catch { /* it stands in the box */ }
  }
  function half(words) {
    try { if (words) localStorage.setItem(`${here} half`, words); else localStorage.removeItem(`${here} half`); } catch { /* the same */ }
  }

  async function keep() {
    const words = text.value;
    const answer = await ask(address("draft"), { text: words });
    if (answer.status === 401) signedOut();
    if (answer.status === 200 && words === text.value) { half(""); kept.textContent = words ? "Kept" : ""; }
  }

  text.addEventListener("input", () => {
    kept.textContent = "";
    half(text.value);
    clearTimeout(keeping);
    keeping = setTimeout(keep, KEEP);
    if (Date.now() - wrote > WRITING && text.value) { wrote = Date.now(); ask(address("writing"), {}); }
  });

  text.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    const sends = live.dataset.letters ? event.ctrlKey || event.metaKey : !event.shiftKey;
    if (!sends) return;
    event.preventDefault();
    form.requestSubmit();
  });

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const words = text.value.trim();
    if (!words) { kept.textContent = "Type a message"; text.focus(); return; }
    queue.push({ turn: draw(), fence: live.dataset.fence, text: words });
    keepQueue();
    text.value = "";
    half("");
    clearTimeout(keeping);
    kept.textContent = "Sending";
    send();
    text.focus();
  });

  function draw() {
    return Array.from(crypto.getRandomValues(new Uint8Array(16)), (octet) => octet.toString(16).padStart(2, "0")).join("");
  }

  let busy = false;
  let failures = 0;

  async function send() {
    const said = queue[0];
    if (busy || !said) return;
    busy = true;
    const answer = await ask(`${address("words")}?after=${last}`, said);
    busy = false;
    if (answer.status === 200) {
      failures = 0;
      queue.shift();
      keepQueue();
      tell("");
      kept.textContent = "";
      show(answer);
      toEnd();
      send();
    } else if (answer.status === 401) {
      back();
      signedOut();
    } else if (answer.status >= 400 && answer.status < 500) {
      back();
      tell(answer.problem || "This was not sent. Load the page again.", "Load the page again");
    } else {
      failures += 1;
      kept.textContent = "";
      tell("We cannot reach the server just now. What you wrote is kept here, and is sent as soon as it can be.");
      setTimeout(send, WAITS[Math.min(failures, WAITS.length) - 1]);
    }
  }

  // What was not sent stands in the box again, and is kept as half written.
  function back() {
    text.value = [...queue.map((said) => said.text), text.value].filter(Boolean).join("\n\n");
    queue = [];
    keepQueue();
    half(text.value);
    kept.textContent = "";
    keep();
  }

  try { const words = localStorage.getItem(`${here} half`); if (words && !text.value) text.value = words; } catch { /* none */ }
  addEventListener("online", send);
  send();
})();
