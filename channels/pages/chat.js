// The chat's page, made quicker: it works without this too. The server's list of turns is the truth, each has a number.
"use strict";
(() => {
  const form = document.getElementById("say");
  const box = document.getElementById("text");
  const talk = document.getElementById("talk");
  const sending = document.getElementById("sending");
  const spoken = document.getElementById("spoken");
  const typing = document.getElementById("typing");
  const trouble = document.getElementById("trouble");
  const mistake = document.getElementById("text-mistake");
  const of = form.dataset.of;
  const framed = form.dataset.asks !== "" && parent !== window;
  const address = (path) => `/chat/${path}?of=${of}${form.dataset.asks}`;
  const WAITS = [1000, 2000, 5000, 10000, 20000]; // milliseconds between attempts to send
  const LONGEST = 45000; // milliseconds that one attempt may take; the server answers within 20 seconds

  const SPOKEN = 5000; // milliseconds that an announcement stands

  let last = Number(talk.dataset.last); // the number of the last turn that is shown
  let queue = read("queue") || []; // what is typed and not yet surely kept, oldest first
  let busy = false;
  let held = null; // news that came while something was being sent
  let failures = 0;
  let wake = null;

  document.documentElement.classList.add("scripted");

  // --- what this tab keeps until it is surely with the council; never what is with it already

  function read(name) {
    try { return JSON.parse(sessionStorage.getItem(`chat ${of} ${name}`)); } catch { return null; }
  }

  function keep(name, value) {
    try {
      if (value && value.length) sessionStorage.setItem(`chat ${of} ${name}`, JSON.stringify(value));
      else sessionStorage.removeItem(`chat ${of} ${name}`);
    } catch { /* a browser that keeps nothing: the page goes on without */ }
  }

  // --- showing

  // The box stays where it is on the screen, unless that would hide how the new words begin. Who reads elsewhere stays.
  function inPlace(change) {
    const before = box.getBoundingClientRect().top;
    const watched = before < innerHeight && before > 0;
    const first = change();
    if (!watched) return;
    const top = document.querySelector(".watch").getBoundingClientRect().bottom;
    const room = first ? first.getBoundingClientRect().top - top - 16 : Infinity;
    const moved = Math.min(box.getBoundingClientRect().top - before, room); // the browser may have scrolled by itself
    if (moved) scrollBy(0, moved);
  }

  function show(news) {
    inPlace(() => {
      let first = null;
      for (const turn of news.turns) {
        if (turn.n !== last + 1) continue;
        const item = element(turn.html);
        document.getElementById("newest")?.removeAttribute("id");
        item.id = "newest";
        talk.append(item);
        last = turn.n;
        if (turn.by === "resident") arrived(turn.contact);
        else { first = first || item; say(heard(item)); }
      }
      if (news.last > last) look();
      if (news.last === last) state(news);
      return first;
    });
  }

  function state(news) {
    form.elements.seen.value = last;
    replace("choices", news.choices);
    replace("help", news.help);
    const words = { officer: "An officer of the council answers here now.", waiting: "A person at the council has been told." };
    document.getElementById("holder").textContent = words[news.holder] || "";
  }

  // Focus that stood on what goes away goes to the box.
  function replace(id, html) {
    const place = document.getElementById(id);
    if (place.dataset.html === html || (place.dataset.html === undefined && place.innerHTML.trim() === html.trim())) return;
    const held = place.contains(document.activeElement);
    place.innerHTML = html;
    place.dataset.html = html;
    if (held) box.focus({ preventScroll: true });
  }

  function element(html) {
    const template = document.createElement("template");
    template.innerHTML = html;
    return template.content.firstElementChild;
  }

  // Said once to who hears the page, then gone: the list holds it for who reads.
  function say(words) {
    const line = document.createElement("p");
    line.textContent = words;
    spoken.append(line);
    setTimeout(() => line.remove(), SPOKEN);
  }

  function heard(item) {
    const copy = item.cloneNode(true);
    copy.querySelector("time").remove();
    return copy.textContent.trim().replace(/\s+/g, " ");
  }

  function showWaiting() {
    sending.hidden = queue.length === 0;
    sending.replaceChildren(...queue.map((said) => {
      const item = document.createElement("li");
      item.className = "said resident";
      const head = document.createElement("p");
      head.className = "speaker";
      head.textContent = said.contact ? "Received. The answer takes longer than usual." : failures ? "Not sent yet. Trying again." : "Sending";
      const words = document.createElement("p");
      words.className = "words";
      words.textContent = said.label || said.text;
      item.append(head, words);
      return item;
    }));
    typing.hidden = queue.length === 0 || failures > 0;
  }

  function tell(words, link, address) {
    trouble.textContent = "";
    if (!words) return;
    const line = document.createElement("p");
    line.className = "urgent";
    line.textContent = `${words} `;
    if (link) {
      const again = document.createElement("a");
      again.href = address || location.pathname + location.search;
      if (!address) again.target = "_self";
      again.textContent = link;
      line.append(again);
    }
    trouble.append(line);
  }

  function wrong(words) {
    mistake.hidden = !words;
    mistake.lastElementChild.textContent = words;
    if (words) box.setAttribute("aria-invalid", "true");
    else box.removeAttribute("aria-invalid");
    mistake.parentElement.classList.toggle("wrong", Boolean(words));
    if (words) { say(`Error: ${words}`); box.focus(); }
  }

  // --- sending: one at a time and in order; what is sent again keeps its name, and is one turn

  function add(said) {
    queue.push({ turn: draw(), seen: String(last), ...said });
    keep("queue", queue);
    inPlace(() => showWaiting());
    send();
  }

  function draw() {
    return Array.from(crypto.getRandomValues(new Uint8Array(16)), (octet) => octet.toString(16).padStart(2, "0")).join("");
  }

  async function send() {
    const said = queue.find((each) => !each.contact);
    if (busy || !said) return;
    busy = true;
    clearTimeout(wake);
    const answer = await post(said);
    busy = false;
    if (answer.status === 200) {
      failures = 0;
      tell("");
      kept(said, answer.contact);
      show(answer);
    } else if (answer.status === 422 || answer.status === 413) {
      refused(said, answer.problem || "Your message is too long. Please send it in parts.");
    } else if (answer.status === 403) {
      failures += 1;
      showWaiting();
      closed(answer.problem);
      return;
    } else {
      failures += 1;
      tell(`${answer.problem || "We cannot reach the council just now."} What you wrote is kept on this page, and is sent as soon as it can be.`);
      wake = setTimeout(send, WAITS[Math.min(failures, WAITS.length) - 1]);
    }
    showWaiting();
    if (held) show(held);
    held = null;
    if (answer.status === 200) send();
  }

  async function post(said) {
    const fields = { turn: said.turn, text: said.text, choice: said.choice || "", seen: said.seen, form_token: form.elements.form_token.value };
    const body = JSON.stringify(fields);
    try {
      const answer = await fetch(address("turns"), {
        method: "POST", body, headers: { "Content-Type": "application/json" }, signal: AbortSignal.timeout(LONGEST),
      });
      return { ...await answer.json().catch(() => ({})), status: answer.status };
    } catch {
      return { status: 0 };
    }
  }

  // It is shown as being sent until it stands in the list, unless it stood there before or says nothing new.
  function kept(said, contact) {
    if (contact && !talk.querySelector(`[data-contact="${CSS.escape(contact)}"]`)) said.contact = contact;
    else queue = queue.filter((each) => each !== said);
    keep("queue", queue);
  }

  function arrived(contact) {
    queue = queue.filter((each) => each.contact !== contact);
    keep("queue", queue);
    showWaiting();
  }

  function refused(said, words) {
    queue = queue.filter((each) => each !== said);
    keep("queue", queue);
    box.value = box.value ? `${said.text}\n${box.value}` : said.text;
    wrong(words);
  }

  // --- hearing

  let events = null;

  function listen() {
    events = new EventSource(`${address("events")}&after=${last}`);
    events.addEventListener("news", (event) => hear(JSON.parse(event.data)));
    events.addEventListener("open", () => { if (queue.length) send(); });
    events.addEventListener("error", () => {
      if (events.readyState === EventSource.CLOSED) setTimeout(look, 3000);
    });
  }

  // While something is sent, the answer to it tells which turn it became: what is heard meanwhile is shown after that.
  function hear(news) {
    if (busy) held = news;
    else show(news);
  }

  let looking = false;

  async function look() {
    if (looking) return;
    looking = true;
    try {
      const answer = await fetch(`${address("turns")}&after=${last}`);
      const news = await answer.json();
      looking = false;
      if (answer.status === 403) closed(news.problem);
      if (answer.ok) show(news);
      if (answer.ok && events.readyState === EventSource.CLOSED) listen();
    } catch {
      looking = false;
      setTimeout(look, 5000);
    }
  }

  // What was not sent is in the box again once the page is loaded, in whatever chat that shows.
  function closed(words) {
    events.close();
    try {
      const rest = [...queue.filter((said) => !said.contact).map((said) => said.text), box.value].filter(Boolean).join("\n");
      if (rest) sessionStorage.setItem("chat unsent", rest);
    } catch { /* a browser that keeps nothing: it still stands on this page */ }
    keep("queue", "");
    if (framed && last === 0) tell("Your browser keeps no cookie for a chat within another page.", "Open the chat on a page of its own", "/chat");
    else tell(words || "This chat is not open here any more.", "Load the page again");
  }

  // --- the keyboard and the buttons

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const button = event.submitter;
    const text = box.value.trim();
    if (button && button.name === "choice") add({ text: "", choice: button.value, label: button.textContent });
    else if (!text) return wrong("Type a message");
    if (text) {
      box.value = "";
      keep("draft", "");
      add({ text });
    }
    wrong("");
    box.focus({ preventScroll: true });
  });

  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit(form.querySelector(".ways button"));
  });

  box.addEventListener("input", () => keep("draft", box.value));

  document.getElementById("anew").addEventListener("submit", () => {
    queue = [];
    keep("queue", "");
    keep("draft", "");
  });

  let shifts = [];

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && framed) parent.postMessage("rightdoor: close", "*");
    if (event.repeat) return;
    shifts = event.key === "Shift" ? [...shifts.filter((at) => at > Date.now() - 5000), Date.now()] : [];
    if (shifts.length === 3) leave();
    else if (shifts.length) say(`Shift, press ${3 - shifts.length} more ${shifts.length === 1 ? "times" : "time"} to exit.`);
  });

  document.getElementById("exit").addEventListener("click", (event) => {
    event.preventDefault();
    leave();
  });

  function leave() {
    document.documentElement.classList.add("gone");
    document.title = "";
    keep("draft", "");
    const away = document.getElementById("exit").href;
    try { top.location.replace(away); } catch { open(away, "_top", "noreferrer"); }
  }

  function unsent() {
    try {
      const rest = sessionStorage.getItem("chat unsent") || "";
      sessionStorage.removeItem("chat unsent");
      return rest;
    } catch { return ""; }
  }

  addEventListener("online", () => { if (queue.length) send(); look(); });
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

  box.value = box.value || read("draft") || unsent();
  for (const said of queue) delete said.contact;
  showWaiting();
  listen();
  if (document.getElementById("newest") && !location.hash) box.scrollIntoView({ block: "center" });
  if (framed) look();
  send();
})();
