"""The web form: one question a page, then all answers to check, then what happens next. It works without script.

Answers are kept in the store from the first on, so that a reload, a second tab or a restart loses none. Nothing is
sent before it was checked; only where somebody may be in danger, a person is told at once.
"""

import asyncio
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from channels import govuk
from channels.chat_talk import Pace
from channels.chat_visits import is_from_elsewhere
from channels.form_pages import NOT_OURS, NOT_SAVED, NOT_SENT, TOO_FAST, FormPages, Trouble, address_of
from channels.form_sending import form_of
from channels.form_visits import Drafts, Visit, give_cookie, new_visit, visit_of
from channels.networks import counted_as
from channels.rendering import typed
from channels.uploads import Refusal, Refused, Sent, is_form, octets_of, sent, words_of
from intake.conversation import Speaker
from intake.drafts import Draft
from intake.errors import CannotKeep
from intake.form import OPTIONS, PAGES, SERVICE, WHAT, Plan, as_taken, choices_on, detail_of, mistake, plan
from intake.gathering import known
from intake.interpretation import Detail, Interpretation
from intake.policy import Policy
from intake.ports import UnitOfWork
from intake.reception import MOST_WORDS, Reception

log = logging.getLogger(__name__)

PATIENCE = 10.0
"""Seconds that a page waits for the answer; after that it comes by email alone, or when the page is loaded again."""

LOOK_AGAIN_AFTER = 0.2

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufdd0-\ufdef\ufffe\uffff]")


@dataclass(frozen=True)
class Answer:
    """What a form was answered with: the letter (empty: not yet, or none), an earlier one that holds its code (empty:
    there is none), its case, and where it was sent by mail.
    """

    letter: str = ""
    earlier: str = ""
    case: str = ""
    email: str = ""


@dataclass(frozen=True)
class Form:
    """The form's pages."""

    reception: Reception
    drafts: Drafts
    pages: FormPages
    pace: Pace

    def routes(self) -> list[BaseRoute]:
        """Every address below /contact, and the style sheets and script."""
        if not govuk.is_there():
            log.warning(govuk.MISSING)
        return [
            Route("/contact", self.show),
            Route("/contact", self.take, methods=["POST"]),
            Route("/contact/check", self.check),
            Route("/contact/check", self.send, methods=["POST"]),
            Route("/contact/sent", self.sent),
            Route("/contact/help", self.help),
            Route("/contact/nothing-sent", self.nothing_sent),
            Route("/contact/delete", self.delete, methods=["POST"]),
            Route("/contact/saved", self.saved),
            Route("/contact/code", self.ask_code),
            Route("/contact/code", self.come_back, methods=["POST"]),
            Route("/contact/{page}", self.show),
            Route("/contact/{page}", self.take, methods=["POST"]),
            govuk.route(),
        ]

    # --- questions --------------------------------------------------------------------------------------------------

    async def show(self, request: Request) -> Response:
        """A question, with the answer that it had."""
        page, visit = _page_of(request), visit_of(request)
        if not page:
            return self.pages.pages.problem(404)
        try:
            draft = await self.drafts.of(visit)
        except Exception as error:
            return self._down(error)
        if draft is None or draft.sent:
            if page != WHAT:
                return self._gone(request)
            visit, draft = (visit, None) if draft is None else (new_visit(), None)
        draft = draft or self.drafts.begun(visit)
        planned = self._plan(draft)
        if not planned.may_show(page):
            return RedirectResponse(self._next(planned, draft), 303)
        return self._with_cookie(request, visit, self._question(visit, page, planned, draft.answers.get(page)))

    async def take(self, request: Request) -> Response:
        """Keep an answer, then show the next page."""
        page, visit = _page_of(request), visit_of(request)
        if not page or is_from_elsewhere(request):
            return self.pages.pages.problem(403 if page else 404)
        form = await request.form()
        answer, saving = _CONTROLS.sub("", typed(form, page)), "save" in form
        blank = replace(self.drafts.begun(visit), answers={page: answer})
        if not visit.sent_by(typed(form, "form_token")):
            return self._with_cookie(request, visit, self._refused(visit, page, blank, NOT_OURS))
        if self._too_fast(request):
            return self._refused(visit, page, blank, TOO_FAST)
        try:
            draft = await self.drafts.of(visit)
        except Exception as error:
            log.warning("the form's answers cannot be read: %s", type(error).__name__)
            return self._refused(visit, page, await self._read(blank, page), NOT_SAVED)
        if draft is not None and draft.sent:
            return RedirectResponse("/contact/sent", 303)
        if draft is None and page != WHAT:
            return self._gone(request)
        return await self._take(request, visit, draft or self.drafts.begun(visit), page, answer, saving)

    async def _take(
        self, request: Request, visit: Visit, draft: Draft, page: str, answer: str, saving: bool
    ) -> Response:
        planned = self._plan(draft)
        if not planned.may_show(page):
            return RedirectResponse(self._next(planned, draft), 303)
        choices = choices_on(page, planned, self.policy)
        wrong = mistake(page, answer, choices, self.policy)
        if wrong and not (saving and not answer):
            return self._question(visit, page, planned, answer, mistake=wrong)
        if not (saving and not answer):
            draft = replace(draft, answers=_answered(draft.answers, page, as_taken(page, answer, self.policy)))
            draft = await self._read(draft, page)
        try:
            draft = await self._keep(visit, draft, page, saving)
        except Exception as error:
            log.warning("an answer was not saved: %s", type(error).__name__)
            return self._question(visit, page, self._plan(draft), answer, trouble=NOT_SAVED)
        return self._with_cookie(request, visit, await self._go_on(visit, draft, saving))

    async def _read(self, draft: Draft, page: str) -> Draft:
        """What happened is read; where that fails, the resident is asked what it is."""
        story = draft.answers.get(WHAT, "")
        if page != WHAT or not story:
            return draft
        today = self.policy.calendar.local_day(self.drafts.clock())
        try:
            reading = await self.reception.interpreter.interpret(story[:MOST_WORDS], today)
        except Exception as error:
            log.warning("a form's story could not be read: %s", type(error).__name__)
            reading = Interpretation()
        return replace(draft, reading=reading)

    async def _keep(self, visit: Visit, draft: Draft, page: str, saving: bool) -> Draft:
        """This page's answer alone is written: another tab may have answered another page."""

        def change(latest: Draft) -> Draft:
            if page not in draft.answers:
                return latest
            answers = _answered(latest.answers, page, draft.answers[page])
            return replace(latest, answers=answers, reading=draft.reading if page == WHAT else latest.reading)

        kept = await self.drafts.change(visit, change)
        return await self.drafts.save(visit) if saving and not kept.sent else kept

    async def _go_on(self, visit: Visit, draft: Draft, saving: bool) -> Response:
        if draft.sent:
            return RedirectResponse("/contact/sent", 303)
        planned = self._plan(draft)
        if {harm.trigger.key for harm in planned.harms} - set(draft.called):
            await self._call(visit, draft, planned)
            return RedirectResponse("/contact/help", 303)
        return RedirectResponse("/contact/saved" if saving else self._next(planned, draft), 303)

    def _next(self, planned: Plan, draft: Draft) -> str:
        if planned.ends_here:
            return "/contact/nothing-sent"
        page = planned.open_page(draft.answers)
        return address_of(page) if page else "/contact/check"

    # --- danger -----------------------------------------------------------------------------------------------------

    async def _call(self, visit: Visit, draft: Draft, planned: Plan) -> None:
        """What was told so far goes in at once: an urgent case is opened, and a person is called. Never raises."""
        try:
            contact = await self.reception.receive(
                form_of(draft, planned, self.policy, self.drafts.clock(), whole=False)
            )
            await self._attended(contact)
            called = (*draft.called, *(harm.trigger.key for harm in planned.harms))
            contacts = (*draft.contacts, contact)
            await self.drafts.change(visit, lambda latest: replace(latest, called=called, contacts=contacts))
        except Exception as error:
            log.error("a person could not be called for a form: %s", type(error).__name__)

    async def help(self, request: Request) -> Response:
        """Help against danger, and what we did."""
        draft, gone = await self._theirs(request)
        if draft is None:
            return gone
        planned = self._plan(draft)
        answer = await self._find(draft.contacts[-1]) if draft.contacts else Answer()
        next_page = self._next(planned, draft)
        called = bool(draft.contacts)
        return self.pages.show("form_help.html", planned=planned, answer=answer, next_page=next_page, called=called)

    # --- checking and sending ---------------------------------------------------------------------------------------

    async def check(self, request: Request) -> Response:
        """All answers; where one is still open, its page."""
        draft, gone = await self._theirs(request)
        if draft is None:
            return gone
        planned = self._plan(draft)
        if planned.open_page(draft.answers) or planned.ends_here:
            return RedirectResponse(self._next(planned, draft), 303)
        return self.pages.check(draft, planned, visit_of(request).form_token)

    async def send(self, request: Request) -> Response:
        """Keep the form as a contact, with its files, once; then say so."""
        visit = visit_of(request)
        draft, gone = await self._theirs(request)
        if draft is None:
            return gone
        planned = self._plan(draft)
        if is_from_elsewhere(request):
            return self.pages.check(draft, planned, visit.form_token, NOT_OURS)
        if is_form(request) and self.pace.wait_with(octets_of(request), visit.conversation, self._address(request)):
            return self.pages.check(draft, planned, visit.form_token, TOO_FAST)
        try:
            async with sent(request, large=visit.known) as form:
                return await self._send(visit, draft, planned, form)
        except HTTPException as error:
            if error.status_code != 413:
                raise
            return self._files_refused(visit, draft, planned, [Refused("", Refusal.TOO_LARGE)], 413)

    async def _send(self, visit: Visit, draft: Draft, planned: Plan, form: Sent) -> Response:
        if not visit.sent_by(typed(form.form, "form_token")):
            return self.pages.check(draft, planned, visit.form_token, NOT_OURS)
        if planned.open_page(draft.answers) or planned.ends_here:
            return RedirectResponse(self._next(planned, draft), 303)
        if form.refused:
            return self._files_refused(visit, draft, planned, form.refused)
        try:
            kept = form_of(draft, planned, self.policy, self.drafts.clock(), form.files)
            contact = await self.reception.receive(kept)
        except CannotKeep as error:
            log.warning("a form was not kept: %s", error)
            return self.pages.check(draft, planned, visit.form_token, NOT_SENT)
        await self._attended(contact)
        try:
            await self.drafts.finish(visit, contact)
        except Exception as error:
            log.warning("a form was sent, and its draft is still there: %s", type(error).__name__)
            return self.pages.show("form_sent.html", answer=Answer(), contact=contact)
        return RedirectResponse("/contact/sent", 303)

    def _files_refused(
        self, visit: Visit, draft: Draft, planned: Plan, refused: Sequence[Refused], status: int = 422
    ) -> Response:
        """Nothing is sent; browsers do not let a page choose files again for them."""
        mistake = " ".join(words_of(each, self.policy) for each in refused)
        return self.pages.check(draft, planned, visit.form_token, mistake=mistake, status=status)

    async def sent(self, request: Request) -> Response:
        """That we have it, and the answer as far as there is one."""
        visit = visit_of(request)
        try:
            draft = await self.drafts.of(visit)
        except Exception as error:
            return self._down(error)
        if draft is None or not draft.sent:
            return self._gone(request) if draft is None else RedirectResponse(self._next(self._plan(draft), draft), 303)
        answer = await self._find(draft.contacts[-1])
        return self.pages.show("form_sent.html", answer=answer, contact=draft.contacts[-1])

    async def nothing_sent(self, request: Request) -> Response:
        """They go to another door: they know that we have nothing of it."""
        draft, gone = await self._theirs(request)
        if draft is None:
            return gone
        token, planned = visit_of(request).form_token, self._plan(draft)
        options, back = planned.options, address_of(OPTIONS)
        return self.pages.show("form_nothing_sent.html", 200, planned, options=options, form_token=token, back=back)

    async def delete(self, request: Request) -> Response:
        """Delete the answers now."""
        visit, form = visit_of(request), await request.form()
        if not visit.sent_by(typed(form, "form_token")):
            return self.pages.pages.problem(403)
        try:
            await self.drafts.forget(visit)
        except Exception as error:
            return self._down(error)
        return self.pages.show("form_deleted.html")

    # --- saving for later -------------------------------------------------------------------------------------------

    async def saved(self, request: Request) -> Response:
        """The code to come back with."""
        draft, gone = await self._theirs(request)
        if draft is None:
            return gone
        next_page = self._next(self._plan(draft), draft)
        if not draft.saved:
            return RedirectResponse(next_page, 303)
        return self.pages.saved(visit_of(request).code, draft.expires_at, next_page)

    async def ask_code(self, request: Request) -> Response:
        """Asks for the code of a saved form."""
        visit = visit_of(request)
        return self._with_cookie(request, visit, self.pages.come_back("", visit.form_token))

    async def come_back(self, request: Request) -> Response:
        """Open the form of a code. An unknown code, a sent form and one whose time is over get the same answer."""
        visit, form = visit_of(request), await request.form()
        code, say = typed(form, "code")[:100], self.pages.say
        if not visit.sent_by(typed(form, "form_token")) or is_from_elsewhere(request):
            page = self.pages.come_back(code, visit.form_token, say("not_ours"), 403)
            return self._with_cookie(request, visit, page)
        if self._too_fast(request):
            return self.pages.come_back(code, visit.form_token, say("return_too_often"), 429)
        try:
            found = await self.drafts.come_back(code)
        except Exception as error:
            return self._down(error)
        if found is None:
            wrong = say("return_unknown" if code else "return_empty")
            return self.pages.come_back(code, visit.form_token, wrong, 422)
        draft = await self.drafts.of(found)
        opened = RedirectResponse(self._next(self._plan(draft), draft) if draft else "/contact", 303)
        return self._with_cookie(request, found, opened)

    # --- what they share --------------------------------------------------------------------------------------------

    def _plan(self, draft: Draft) -> Plan:
        return plan(draft, self.policy, self.drafts.clock())

    @property
    def policy(self) -> Policy:
        """The council's."""
        return self.pages.policy

    def _question(
        self,
        visit: Visit,
        page: str,
        planned: Plan,
        answer: str | None,
        mistake: str = "",
        trouble: Trouble | None = None,
    ) -> HTMLResponse:
        told = known(planned.conversation)
        detail = detail_of(page)
        if answer is None:
            answer = told.get(detail, "") if detail and detail is not Detail.WHAT else ""
        before = planned.before(page)
        back = address_of(before) if before else "/" if page == WHAT else "/contact/check"
        return self.pages.question(page, planned, answer, visit.form_token, mistake, trouble, back)

    def _refused(self, visit: Visit, page: str, draft: Draft, trouble: Trouble) -> HTMLResponse:
        """The question again, with what was typed. The choices of one page hang on answers that we cannot read now."""
        if page == OPTIONS:
            return self.pages.show("form_down.html", trouble.status, trouble=trouble)
        return self._question(visit, page, self._plan(draft), draft.answers[page], trouble=trouble)

    async def _theirs(self, request: Request) -> tuple[Draft | None, Response]:
        """The draft that is being filled in; else the page that says why there is none."""
        try:
            draft = await self.drafts.of(visit_of(request))
        except Exception as error:
            return None, self._down(error)
        if draft is None:
            return None, self._gone(request)
        return (None if draft.sent else draft), RedirectResponse("/contact/sent", 303)

    def _gone(self, request: Request) -> Response:
        return self.pages.show("form_gone.html", 404)

    def _down(self, error: Exception) -> Response:
        log.warning("the form's answers cannot be reached: %s", type(error).__name__)
        return self.pages.show("form_down.html", 503)

    def _too_fast(self, request: Request) -> bool:
        return bool(self.pace.address.wait(counted_as(self._address(request), self.pace.trusted)))

    def _address(self, request: Request) -> str:
        return request.client.host if request.client else ""

    def _with_cookie(self, request: Request, visit: Visit, response: Response) -> Response:
        give_cookie(response, request, visit, timedelta(days=self.policy.form.kept_days))
        return response

    async def _attended(self, contact: str) -> None:
        """Have it handled now, or wait shortly for whoever handles it. It is kept already, so no failure matters."""
        store = self.drafts.store
        try:
            async with asyncio.timeout(PATIENCE):
                await self.reception.attend(contact)
                while not await store.read(lambda unit: unit.inbox.outcome(contact)[0]):
                    await asyncio.sleep(LOOK_AGAIN_AFTER)
                    await self.reception.attend(contact)
        except Exception as error:
            log.warning("contact %s is kept but has no answer yet: %s", contact, type(error).__name__)

    async def _find(self, contact: str) -> Answer:
        try:
            return await self.drafts.store.read(lambda unit: _find_answer(unit, contact))
        except Exception as error:
            log.warning("the answer to contact %s cannot be read: %s", contact, type(error).__name__)
            return Answer()


def _page_of(request: Request) -> str:
    """The page that an address names; empty where there is none."""
    page = str(request.path_params.get("page", WHAT)).replace("-", "_")
    return page if page in PAGES else ""


def _answered(answers: Mapping[str, str], page: str, answer: str) -> Mapping[str, str]:
    """The answers with this one. Where something else happened than was told before, what to do is asked anew."""
    anew = page == WHAT and answers.get(WHAT) != answer
    kept = {key: words for key, words in answers.items() if not (anew and key in (OPTIONS, SERVICE))}
    return {**kept, page: answer}


def _find_answer(unit: UnitOfWork, contact: str) -> Answer:
    """Empty while nobody has handled it."""
    outcome, known_as = unit.inbox.outcome(contact)
    conversation = unit.conversations.get(known_as) if known_as else None
    if outcome is None or conversation is None:
        return Answer()
    turns = unit.conversations.turns(conversation.id)
    said = [turn for turn in turns if turn.by is Speaker.ASSISTANT]
    letters = [turn.text for turn in said if turn.contact == contact]
    earlier = [turn.text for turn in said if turn.contact != contact]
    return Answer((letters or [""])[-1], (earlier or [""])[0], conversation.case, conversation.person.email)
