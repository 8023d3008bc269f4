// The chat on another site's page: a button, and a frame that it opens. One line puts it there:
// <script src="https://complaints.example.gov.uk/widget.js" async></script>
"use strict";
(() => {
  const script = document.currentScript;
  const origin = new URL(script.src).origin;
  const words = script.dataset.label || "Chat with the council";

  const style = new CSSStyleSheet();
  style.replaceSync(`
    :host { all: initial; position: fixed; right: 1rem; bottom: 1rem; z-index: 2147483000; font: 100%/1.4 system-ui, sans-serif; color-scheme: light dark; }
    button { font: inherit; font-weight: bold; min-height: 2.75rem; padding: .6rem 1.2rem; border: .125rem solid #fff; border-radius: .25rem; background: #0f5c4d; color: #fff; cursor: pointer; }
    button:hover, a:hover { text-decoration: underline; }
    :focus-visible { outline: .2rem solid #c25700; outline-offset: .15rem; }
    [hidden] { display: none !important; }
    .panel { display: flex; flex-direction: column; width: min(26rem, calc(100vw - 2rem)); height: min(42rem, calc(100vh - 2rem)); height: min(42rem, calc(100dvh - 2rem)); border: .125rem solid #0f5c4d; background: Canvas; color: CanvasText; box-shadow: 0 .25rem 1rem #0006; }
    .bar { display: flex; flex-wrap: wrap; gap: .25rem 1rem; justify-content: space-between; align-items: center; padding: .4rem .6rem; }
    .bar a { color: LinkText; }
    iframe { flex: 1; width: 100%; min-height: 0; border: 0; }
  `);

  const host = document.createElement("div");
  const root = host.attachShadow({ mode: "open" });
  root.adoptedStyleSheets = [style];

  const open = make("button", { type: "button", textContent: words });
  open.setAttribute("aria-expanded", "false");
  const panel = make("div", { className: "panel", hidden: true });
  panel.setAttribute("role", "dialog");
  panel.setAttribute("aria-label", words);
  const bar = make("div", { className: "bar" });
  const link = make("a", { href: `${origin}/chat`, target: "_blank", rel: "noopener", textContent: "Open full page" });
  const close = make("button", { type: "button", textContent: "Close chat" });
  bar.append(link, close);
  panel.append(bar);
  root.append(open, panel);

  let frame = null;

  function make(name, properties) {
    return Object.assign(document.createElement(name), properties);
  }

  // The frame is made once, and only when it is wanted: closed, the chat goes on where it was.
  function show() {
    if (!frame) {
      frame = make("iframe", { src: `${origin}/chat?embedded=1`, title: words });
      panel.append(frame);
    }
    panel.hidden = false;
    open.hidden = true;
    open.setAttribute("aria-expanded", "true");
    frame.focus();
  }

  function hide() {
    if (panel.hidden) return;
    panel.hidden = true;
    open.hidden = false;
    open.setAttribute("aria-expanded", "false");
    open.focus();
  }

  open.addEventListener("click", show);
  close.addEventListener("click", hide);
  panel.addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
  addEventListener("message", (event) => {
    if (frame && event.source === frame.contentWindow && event.origin === origin && event.data === "rightdoor: close") hide();
  });

  const put = () => document.body.append(host);
  if (document.body) put();
  else addEventListener("DOMContentLoaded", put);
})();
