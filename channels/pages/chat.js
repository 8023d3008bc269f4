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
  const chosen = document.getElementById("files");
  const of = form.dataset.of;
  const WORDS = JSON.parse(form.dataset.words); // in the page's language
  const framed = form.dataset.asks !== "" && parent !== window;
  const address = (path) => `/chat/${path}?of=${of}${form.dataset.asks}`;
  const WAITS = [1000, 2000, 5000, 10000, 20000]; // milliseconds between attempts to send
  const LONGEST = 45000; // milliseconds that one attempt may take; the server answers within 20 seconds
  const LONGEST_FILES = 300000; // milliseconds for one with files: the server waits as long

  const SPOKEN = 5000; // milliseconds that an announcement stands
  const BEAT = 60000; // milliseconds: how often an open page says so; a hidden tab's timers run no oftener

  let last = Number(talk.dataset.last); // the number of the last turn that is shown
  let queue = read("queue") || []; // what is typed and not yet surely kept, oldest first
  let holder = form.dataset.holder; // who answers next
  let written = null;
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
      if (value && value.length) sessionStorage.setItem(`chat ${of} ${name}`, JSON.stringify(value, withoutFiles));
      else sessionStorage.removeItem(`chat ${of} ${name}`);
    } catch { /* a browser that keeps nothing: the page goes on without */ }
  }

  // Files are kept by nobody but the page: of them, their names alone are remembered.
  function withoutFiles(name, value) {
    return name === "files" ? value.map((file) => file.name) : value;
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
    if (news.lang && news.lang !== document.documentElement.lang) { location.reload(); return; }
    const words = { officer: WORDS.chat_held_officer, waiting: WORDS.chat_held_waiting };
    document.getElementById("holder").textContent = news.writing ? WORDS.script_writing : words[news.holder] || "";
    holder = news.holder;
    showWaiting();
    clearTimeout(written);
    if (news.writing) written = setTimeout(() => state({ ...news, writing: false }), 6000);
    here();
  }

  // For the officer who answers: that the page is open, how much of it was looked at, and that somebody is typing.
  let told = -1;
  let typed = 0;

  async function here(why) {
    const seen = document.visibilityState === "visible" ? last : 0;
    if (holder === "assistant") told = -1;
    if (holder === "assistant" || (!why && told >= seen)) return;
    told = Math.max(told, seen);
    const fields = { form_token: form.elements.form_token.value, shown: String(seen), writing: why === "writing" ? "yes" : "" };
    try {
      const answer = await fetch(address("here"), {
        method: "POST", body: JSON.stringify(fields), headers: { "Content-Type": "application/json" }, signal: AbortSignal.timeout(BEAT / 2),
      });
      if (answer.ok && (await answer.json()).last > last && !busy) look(); // the stream died, and nobody told us
    } catch { /* the next time tells it */ }
  }

  setInterval(() => here("open"), BEAT);
  document.addEventListener("visibilitychange", () => here());

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
      head.textContent = said.contact ? WORDS.script_received : failures ? WORDS.script_not_sent : WORDS.script_sending;
      const words = document.createElement("p");
      words.className = "words";
      words.textContent = said.label || said.text;
      item.append(head, words, ...filesOf(said));
      return item;
    }));
    typing.hidden = queue.length === 0 || failures > 0 || holder === "officer";
  }

  function filesOf(said) {
    if (!said.files) return [];
    const list = document.createElement("ul");
    list.className = "files";
    list.append(...said.files.map((file) => {
      const line = document.createElement("li");
      line.textContent = file.name;
      return line;
    }));
    if (said.contact || failures) return [list];
    said.bar = said.bar || document.createElement("progress");
    said.bar.setAttribute("aria-label", WORDS.script_sending_files);
    return [list, said.bar];
  }

  // How much of it is on its way, while it is; then the council's side looks at it, which takes a moment.
  function onItsWay(said, event) {
    if (!said.bar || !event.lengthComputable) return;
    if (event.loaded < event.total) Object.assign(said.bar, { max: event.total, value: event.loaded });
    else said.bar.removeAttribute("value");
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

  function wrong(words, field = box) {
    for (const each of [box, chosen]) {
      const told = each === field ? words : "";
      const mistake = document.getElementById(`${each.id}-mistake`);
      mistake.hidden = !told;
      mistake.lastElementChild.textContent = told;
      if (told) each.setAttribute("aria-invalid", "true");
      else each.removeAttribute("aria-invalid");
      mistake.parentElement.classList.toggle("wrong", Boolean(told));
    }
    if (words && field === chosen) chosen.closest("details").open = true;
    if (words) { say(`${WORDS.error} ${words}`); field.focus(); }
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
      refused(said, answer.problem || WORDS.script_too_long, answer.field);
    } else if (answer.status === 403) {
      failures += 1;
      showWaiting();
      closed(answer.problem);
      return;
    } else {
      failures += 1;
      tell(`${answer.problem || WORDS.script_unreachable} ${WORDS.script_kept_here}`);
      wake = setTimeout(send, WAITS[Math.min(failures, WAITS.length) - 1]);
    }
    showWaiting();
    if (held) show(held);
    held = null;
    if (answer.status === 200) send();
  }

  async function post(said) {
    if (said.files) return postFiles(said);
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

  // By the one way that tells how much is sent.
  function postFiles(said) {
    const fields = new FormData();
    for (const name of ["turn", "text", "seen"]) fields.append(name, said[name]);
    fields.append("form_token", form.elements.form_token.value);
    for (const file of said.files) fields.append("files", file, file.name);
    return new Promise((done) => {
      const request = new XMLHttpRequest();
      request.open("POST", address("turns"));
      request.responseType = "json";
      request.timeout = LONGEST_FILES;
      request.upload.addEventListener("progress", (event) => onItsWay(said, event));
      request.addEventListener("loadend", () => done({ ...request.response, status: request.status }));
      request.send(fields);
    });
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

  function refused(said, words, field) {
    queue = queue.filter((each) => each !== said);
    keep("queue", queue);
    box.value = [said.text, box.value].filter(Boolean).join("\n");
    if (said.files) chooseAgain(said.files);
    wrong(words, field === "files" ? chosen : box);
  }

  function chooseAgain(files) {
    const all = new DataTransfer();
    for (const file of [...files, ...chosen.files]) all.items.add(file);
    chosen.files = all.files;
  }

  // The same limits as the server's, before anything is sent.
  function tooMuch(files) {
    const size = files.reduce((sum, file) => sum + file.size, 0);
    if (files.length > Number(chosen.dataset.most)) return chosen.dataset.tooMany;
    return size > Number(chosen.dataset.largest) ? chosen.dataset.tooLarge : "";
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
    if (framed && last === 0) tell(WORDS.script_no_cookie, WORDS.script_own_page, "/chat");
    else tell(words || WORDS.chat_not_theirs, WORDS.script_reload);
  }

  // --- the keyboard and the buttons

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const button = event.submitter;
    const text = box.value.trim();
    const files = [...chosen.files];
    if (button && button.name === "choice") { // alone: what stands in the box may be half a thought, and stays
      add({ text: "", choice: button.value, label: button.textContent });
    } else {
      if (tooMuch(files)) return wrong(tooMuch(files), chosen);
      if (!text && !files.length) return wrong(WORDS.chat_empty);
      box.value = "";
      chosen.value = "";
      chosen.closest("details").open = false;
      keep("draft", "");
      add(files.length ? { text, files } : { text });
      if (files.length) say(WORDS.script_sending_count.replace("{count}", files.length));
    }
    wrong("");
    box.focus({ preventScroll: true });
  });

  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit(form.querySelector(".ways button"));
  });

  box.addEventListener("input", () => {
    keep("draft", box.value);
    if (box.value && holder !== "assistant" && Date.now() - typed > 2500) { typed = Date.now(); here("writing"); }
  });

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
    else if (shifts.length) say(shifts.length === 1 ? WORDS.script_shift_first : WORDS.script_shift_second);
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

  // What was on its way with files when this page was left: nobody has the files but their sender.
  function leftBehind() {
    const left = queue.filter((said) => said.files);
    queue = queue.filter((said) => !said.files);
    keep("queue", queue);
    if (!left.length) return;
    const names = left.flatMap((said) => said.files).join(", ");
    box.value = [box.value, ...left.map((said) => said.text)].filter(Boolean).join("\n");
    tell(WORDS.script_on_their_way.replace("{names}", () => names));
  }

  box.value = box.value || read("draft") || unsent();
  leftBehind();
  for (const said of queue) delete said.contact;
  showWaiting();
  here();
  listen();
  if (document.getElementById("newest") && !location.hash) box.scrollIntoView({ block: "center" });
  if (framed) look();
  send();
})();
