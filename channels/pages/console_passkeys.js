// Passkeys: asks the browser for one where a form says so, and sends its answer with the form. Without it, or without a
// passkey, the password is there.
(() => {
  "use strict";
  const forms = [...document.querySelectorAll("form[data-passkey]")];
  if (!forms.length || !window.PublicKeyCredential) return;
  const at = forms[0].dataset.origin;
  if (location.origin !== at) {
    document.querySelectorAll("[data-elsewhere]").forEach((line) => { line.hidden = false; });
    return;
  }

  const octets = (words) => Uint8Array.from(atob(words.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
  const words = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  let waiting = null;

  const ask = async (form) => {
    const sent = new URLSearchParams();
    const password = form.querySelector("input[type=password]");
    if (password) sent.set("password", password.value);
    const answer = await fetch(form.dataset.question, {
      method: "POST", redirect: "manual", body: sent, headers: { "X-Form-Token": form.elements.form_token.value },
    });
    const said = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Error(said.problem || "This page was open for too long. Load it again.");
    form.elements.ticket.value = said.ticket;
    const options = JSON.parse(said.options);
    options.challenge = octets(options.challenge);
    if (options.user) options.user.id = octets(options.user.id);
    for (const key of [...(options.excludeCredentials || []), ...(options.allowCredentials || [])]) key.id = octets(key.id);
    return options;
  };

  const told = (credential) => {
    const from = credential.response;
    const response = { clientDataJSON: words(from.clientDataJSON) };
    if (from.attestationObject) response.attestationObject = words(from.attestationObject);
    if (from.authenticatorData) response.authenticatorData = words(from.authenticatorData);
    if (from.signature) response.signature = words(from.signature);
    if (from.userHandle) response.userHandle = words(from.userHandle);
    return JSON.stringify({
      id: credential.id, rawId: words(credential.rawId), type: credential.type, response,
      clientExtensionResults: credential.getClientExtensionResults(),
    });
  };

  const send = (form, credential) => {
    if (!credential) return;
    form.elements.answer.value = told(credential);
    form.submit();
  };

  const by = async (form, more = {}) => {
    const publicKey = await ask(form);
    if (form.dataset.passkey === "register") return navigator.credentials.create({ publicKey, ...more });
    return navigator.credentials.get({ publicKey, ...more });
  };

  const says = (form, error) => {
    const refused = { NotAllowedError: "That did not work, or was cancelled. Try again.", InvalidStateError: "This device has a passkey for you already." };
    form.querySelector("[data-says]").textContent = refused[error.name] || error.message;
  };

  for (const form of forms) {
    form.hidden = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const button = form.querySelector("button");
      if (button.disabled) return;
      button.disabled = true;
      form.querySelector("[data-says]").textContent = "";
      if (waiting) waiting.abort();
      try {
        send(form, await by(form));
      } catch (error) {
        says(form, error);
      }
      button.disabled = false;
    });
  }

  // Where the browser can, it offers passkeys in the name field by itself.
  const signIn = forms.find((form) => form.dataset.passkey === "sign-in");
  const field = document.querySelector("input[autocomplete~=webauthn]");
  const offers = PublicKeyCredential.isConditionalMediationAvailable;
  if (signIn && field && offers) {
    offers.call(PublicKeyCredential).then(async (can) => {
      if (!can) return;
      waiting = new AbortController();
      send(signIn, await by(signIn, { mediation: "conditional", signal: waiting.signal }));
    }).catch(() => {});
  }
})();
