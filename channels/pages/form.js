// What GOV.UK Frontend adds where there is script: the page works without it.
import { ErrorSummary, ExitThisPage, Button, createAll } from "./govuk-frontend.min.js";

document.body.classList.add("js-enabled", "govuk-frontend-supported");
createAll(ErrorSummary);
createAll(ExitThisPage);
createAll(Button);
