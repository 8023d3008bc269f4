// What GOV.UK Frontend adds where there is script: the page works without it.
import { ErrorSummary, ExitThisPage, Button, createAll } from "./govuk-frontend.min.js";

document.body.classList.add("js-enabled", "govuk-frontend-supported");
createAll(ErrorSummary);
createAll(ExitThisPage);
createAll(Button);

// No browser keeps chosen files when a page is loaded anew. That some were chosen is all that this tab remembers.
const files = document.getElementById("files");
const lost = document.getElementById("files-lost");
if (files && lost) {
  const name = `files of ${files.form.elements.form_token.value}`;
  try {
    lost.hidden = !sessionStorage.getItem(name) || files.files.length > 0;
    files.addEventListener("change", () => {
      lost.hidden = true;
      if (files.files.length) sessionStorage.setItem(name, "chosen");
      else sessionStorage.removeItem(name);
    });
  } catch { /* a browser that keeps nothing: the hint says it beforehand */ }
}
