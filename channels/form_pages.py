"""The web form's pages as the GOV.UK Design System's components show them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from markupsafe import Markup, escape
from starlette.responses import HTMLResponse

from channels import govuk
from channels.chat import EXIT
from channels.components import component
from channels.rendering import Pages
from channels.uploads import ACCEPT, MOST_FILES, SIZE
from intake.drafts import Draft
from intake.flow import Choice
from intake.form import LINE, MOST, OPTIONS, SERVICE, WHAT, Plan, answers_shown, choices_on, say_form
from intake.gathering import known
from intake.interpretation import Detail
from intake.policy import Policy
from intake.wording import day

POLICY_OF_CONTENT = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
"""The form's own: it has a script of ours."""

_VERSION = govuk.version()
_TYPES = {"email": "email", "phone": "tel"}
_AUTOCOMPLETE = {"email": "email", "phone": "tel", "name": "name", "address": "street-address"}
_ROWS = {WHAT: 10, "where": 3, "put_right": 5, "needs": 5, "behalf": 3, "address": 4, "when": 2}


@dataclass(frozen=True)
class Trouble:
    """What went wrong that is not the answer's fault: the status, and the keys of the words that say so."""

    status: int
    title: str
    text: str


NOT_SAVED = Trouble(503, "not_saved_title", "not_saved")
NOT_OURS = Trouble(403, "not_ours_title", "not_ours")
TOO_FAST = Trouble(429, "too_fast_title", "too_fast")
NOT_SENT = Trouble(503, "send_failed_title", "send_failed")


@dataclass(frozen=True)
class FormPages:
    """Makes the form's pages."""

    pages: Pages

    @property
    def policy(self) -> Policy:
        """The council's, in the language of the page."""
        return self.pages.spoken

    def show(self, template: str, status: int = 200, planned: Plan | None = None, **values: object) -> HTMLResponse:
        """A page of the form. Help against danger stands on every one once it was needed."""
        common = {"component": component, "say": self.say, "govuk": _VERSION, "exit": EXIT, "trouble": None, "back": ""}
        shown = {**common, "help": planned.help if planned else "", **values}
        page = self.pages.show(template, status, **shown)
        page.headers["Content-Security-Policy"] = POLICY_OF_CONTENT
        if status in (429, 503):
            page.headers["Retry-After"] = "60"
        return page

    def say(self, key: str, **fields: str) -> str:
        """Words of the form, filled in."""
        council = self.policy.council
        return say_form(self.policy, key, phone=council.phone, mailbox=council.mailboxes[0], **fields)

    def question(
        self,
        page: str,
        planned: Plan,
        answer: str,
        form_token: str,
        mistake: str = "",
        trouble: Trouble | None = None,
        back: str = "",
    ) -> HTMLResponse:
        """One question, with what was answered."""
        status = 422 if mistake else trouble.status if trouble else 200
        return self.show(
            "form_question.html",
            status,
            planned,
            page=page,
            address=address_of(page),
            question=self.policy.form.pages[page].ask,
            control=self._control(page, planned, answer, mistake),
            options=planned.options if page == OPTIONS else None,
            form_token=form_token,
            mistake=mistake,
            trouble=trouble,
            back=back,
            first=page == WHAT,
        )

    def check(
        self,
        draft: Draft,
        planned: Plan,
        form_token: str,
        trouble: Trouble | None = None,
        mistake: str = "",
        status: int = 200,
    ) -> HTMLResponse:
        """Every answer, with a link to change it, and a place for files, which are not kept before they are sent."""
        email = known(planned.conversation).get(Detail.EMAIL, "")
        return self.show(
            "form_check.html",
            trouble.status if trouble else status,
            planned,
            mistake=mistake,
            files=self._files(mistake),
            rows=list(self._rows(draft, planned)),
            email=email,
            form_token=form_token,
            trouble=trouble,
            back=address_of(planned.pages[-1]),
        )

    def _files(self, mistake: str) -> Markup:
        return component(
            "file-upload",
            id="files",
            name="files",
            multiple=True,
            label={"text": self.say("files_label"), "classes": "govuk-label--m"},
            hint={"text": self.say("files_hint", most=str(MOST_FILES), size=SIZE)},
            errorMessage=self._error(mistake),
            attributes={"accept": ACCEPT},
        )

    def saved(self, code: str, until: datetime, next_page: str) -> HTMLResponse:
        """The code to come back with."""
        return self.show("form_saved.html", code=code, until=day(until, self.policy), next_page=next_page)

    def come_back(self, typed: str, form_token: str, mistake: str = "", status: int = 200) -> HTMLResponse:
        """Asks for the code."""
        shown = component(
            "input",
            id="code",
            name="code",
            label={"text": self.say("return_label"), "classes": "govuk-label--m"},
            hint={"text": self.say("return_hint")},
            value=typed,
            classes="govuk-input--width-20",
            autocomplete="off",
            spellcheck=False,
            attributes={"autocapitalize": "characters", **({"aria-invalid": "true"} if mistake else {})},
            errorMessage=self._error(mistake),
        )
        return self.show("form_return.html", status, control=shown, form_token=form_token, mistake=mistake)

    # --- a question's control ---------------------------------------------------------------------------------------

    def _control(self, page: str, planned: Plan, answer: str, mistake: str) -> Markup:
        choices = choices_on(page, planned, self.policy)
        if page == SERVICE and len(choices) > _MOST_RADIOS:
            return self._select(page, choices, answer, mistake)
        if choices:
            return self._radios(page, choices, answer, mistake)
        return self._typed(page, answer, mistake)

    def _radios(self, page: str, choices: Sequence[Choice], answer: str, mistake: str) -> Markup:
        return component(
            "radios",
            name=page,
            idPrefix=page,
            fieldset={"legend": self._legend(page)},
            hint=self._hint(page),
            errorMessage=self._error(mistake),
            value=answer,
            items=[{"value": choice.value, "text": choice.label} for choice in choices],
        )

    def _select(self, page: str, choices: Sequence[Choice], answer: str, mistake: str) -> Markup:
        blank = {"value": "", "text": ""}
        return component(
            "select",
            id=page,
            name=page,
            label={**self._heading(page), "classes": "govuk-label--l"},
            hint=self._hint(page),
            errorMessage=self._error(mistake),
            value=answer,
            items=[blank, *({"value": choice.value, "text": choice.label} for choice in choices)],
        )

    def _typed(self, page: str, answer: str, mistake: str) -> Markup:
        several = MOST[page] > LINE and page not in _TYPES
        shared = {
            "id": page,
            "name": page,
            "value": answer,
            "label": {**self._heading(page), "classes": "govuk-label--l"},
            "hint": self._hint(page),
            "errorMessage": self._error(mistake),
            "autocomplete": _AUTOCOMPLETE.get(page),
            "attributes": {"aria-invalid": "true"} if mistake else {},
        }
        if several:
            return component("textarea", rows=_ROWS.get(page, 5), **shared)
        spelled = {"spellcheck": False} if page in (*_TYPES, "name", "reference") else {}
        width = "govuk-input--width-20" if page in ("phone", "reference") else "govuk-!-width-two-thirds"
        return component("input", type=_TYPES.get(page, "text"), classes=width, **spelled, **shared)

    def _heading(self, page: str) -> dict[str, Any]:
        words = self.policy.form.pages[page]
        optional = "" if words.empty else f" {self.say('optional')}"
        return {"text": words.ask + optional, "isPageHeading": True}

    def _legend(self, page: str) -> dict[str, Any]:
        """The choice between doors stands below what we say of them, which has the page's heading."""
        if page == OPTIONS:
            return {"text": self.policy.form.pages[page].ask, "classes": "govuk-fieldset__legend--m"}
        return {**self._heading(page), "classes": "govuk-fieldset__legend--l"}

    def _hint(self, page: str) -> dict[str, str] | None:
        hint = self.policy.form.pages[page].hint
        return {"text": hint} if hint else None

    def _error(self, mistake: str) -> dict[str, str] | None:
        said = self.say("error")
        return {"text": mistake, "visuallyHiddenText": said.rstrip(":")} if mistake else None

    # --- the list of answers ----------------------------------------------------------------------------------------

    def _rows(self, draft: Draft, planned: Plan) -> Iterator[dict[str, Any]]:
        for page, answer in answers_shown(draft, planned, self.policy):
            label = self.policy.form.pages[page].label
            lines = escape(answer or self.say("left_out")).replace("\n", Markup("<br>"))
            change = {"href": address_of(page), "text": self.say("change"), "visuallyHiddenText": label.lower()}
            yield {"key": {"text": label}, "value": {"html": lines}, "actions": {"items": [change]}}


_MOST_RADIOS = 12
"""More choices than this are a list to open, so that a phone need not show them all."""


def address_of(page: str) -> str:
    """Where a page of the form stands."""
    return "/contact" if page == WHAT else f"/contact/{page.replace('_', '-')}"
