"""The form's questions, one a page, and the help that is shown where somebody may come to harm."""

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from channels.chat_visits import is_from_elsewhere
from channels.form_pages import NOT_OURS, NOT_SAVED, TOO_FAST, Trouble, address_of
from channels.form_room import Answer, Room
from channels.form_sending import form_of
from channels.form_visits import Visit, new_visit, visit_of
from channels.rendering import typed
from intake.drafts import Draft
from intake.form import OPTIONS, PAGES, SERVICE, WHAT, Plan, as_taken, choices_on, detail_of, mistake
from intake.gathering import known
from intake.interpretation import Detail, Interpretation
from intake.reception import MOST_WORDS

log = logging.getLogger(__name__)

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufdd0-\ufdef\ufffe\uffff]")


@dataclass(frozen=True)
class Questions:
    """One question a page."""

    room: Room

    async def show(self, request: Request) -> Response:
        """A question, with the answer that it had."""
        page, visit = _page_of(request), visit_of(request)
        if not page:
            return self.room.pages.pages.problem(404)
        try:
            draft = await self.room.drafts.of(visit)
        except Exception as error:
            return self.room.down(error)
        if draft is None or draft.sent:
            if page != WHAT:
                return self.room.gone(request)
            visit, draft = (visit, None) if draft is None else (new_visit(), None)
        draft = draft or self.room.drafts.begun(visit)
        planned = self.room.plan(draft)
        if not planned.may_show(page):
            return RedirectResponse(self.room.next(planned, draft), 303)
        return self.room.with_cookie(request, visit, self._question(visit, page, planned, draft.answers.get(page)))

    async def take(self, request: Request) -> Response:
        """Keep an answer, then show the next page."""
        page, visit = _page_of(request), visit_of(request)
        if not page or is_from_elsewhere(request):
            return self.room.pages.pages.problem(403 if page else 404)
        form = await request.form()
        answer, saving = _CONTROLS.sub("", typed(form, page)), "save" in form
        blank = replace(self.room.drafts.begun(visit), answers={page: answer})
        if not visit.sent_by(typed(form, "form_token")):
            return self.room.with_cookie(request, visit, self._refused(visit, page, blank, NOT_OURS))
        if self.room.too_fast(request):
            return self._refused(visit, page, blank, TOO_FAST)
        try:
            draft = await self.room.drafts.of(visit)
        except Exception as error:
            log.warning("the form's answers cannot be read: %s", type(error).__name__)
            return self._refused(visit, page, await self._read(blank, page), NOT_SAVED)
        if draft is not None and draft.sent:
            return RedirectResponse("/contact/sent", 303)
        if draft is None and page != WHAT:
            return self.room.gone(request)
        return await self._take(request, visit, draft or self.room.drafts.begun(visit), page, answer, saving)

    async def _take(
        self, request: Request, visit: Visit, draft: Draft, page: str, answer: str, saving: bool
    ) -> Response:
        planned = self.room.plan(draft)
        if not planned.may_show(page):
            return RedirectResponse(self.room.next(planned, draft), 303)
        choices = choices_on(page, planned, self.room.policy)
        wrong = mistake(page, answer, choices, self.room.policy)
        if wrong and not (saving and not answer):
            return self._question(visit, page, planned, answer, mistake=wrong)
        if not (saving and not answer):
            draft = replace(draft, answers=_answered(draft.answers, page, as_taken(page, answer, self.room.policy)))
            draft = await self._read(draft, page)
        try:
            draft = await self._keep(visit, draft, page, saving)
        except Exception as error:
            log.warning("an answer was not saved: %s", type(error).__name__)
            return self._question(visit, page, self.room.plan(draft), answer, trouble=NOT_SAVED)
        return self.room.with_cookie(request, visit, await self._go_on(visit, draft, saving))

    async def _read(self, draft: Draft, page: str) -> Draft:
        """What happened is read; where that fails, the resident is asked what it is."""
        story = draft.answers.get(WHAT, "")
        if page != WHAT or not story:
            return draft
        today = self.room.policy.calendar.local_day(self.room.drafts.clock())
        try:
            reading = await self.room.reception.interpreter.interpret(story[:MOST_WORDS], today)
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

        kept = await self.room.drafts.change(visit, change)
        return await self.room.drafts.save(visit) if saving and not kept.sent else kept

    async def _go_on(self, visit: Visit, draft: Draft, saving: bool) -> Response:
        if draft.sent:
            return RedirectResponse("/contact/sent", 303)
        planned = self.room.plan(draft)
        if {harm.trigger.key for harm in planned.harms} - set(draft.called):
            await self._call(visit, draft, planned)
            return RedirectResponse("/contact/help", 303)
        return RedirectResponse("/contact/saved" if saving else self.room.next(planned, draft), 303)

    async def _call(self, visit: Visit, draft: Draft, planned: Plan) -> None:
        """What was told so far goes in at once: an urgent case is opened, and a person is called. Never raises."""
        try:
            contact = await self.room.reception.receive(
                form_of(draft, planned, self.room.policy, self.room.drafts.clock(), whole=False)
            )
            await self.room.attended(contact)
            called = (*draft.called, *(harm.trigger.key for harm in planned.harms))
            contacts = (*draft.contacts, contact)
            await self.room.drafts.change(visit, lambda latest: replace(latest, called=called, contacts=contacts))
        except Exception as error:
            log.error("a person could not be called for a form: %s", type(error).__name__)

    async def help(self, request: Request) -> Response:
        """Help against danger, and what we did."""
        draft, gone = await self.room.theirs(request)
        if draft is None:
            return gone
        planned = self.room.plan(draft)
        answer = await self.room.find(draft.contacts[-1]) if draft.contacts else Answer()
        next_page = self.room.next(planned, draft)
        called = bool(draft.contacts)
        return self.room.pages.show(
            "form_help.html", planned=planned, answer=answer, next_page=next_page, called=called
        )

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
        return self.room.pages.question(page, planned, answer, visit.form_token, mistake, trouble, back)

    def _refused(self, visit: Visit, page: str, draft: Draft, trouble: Trouble) -> HTMLResponse:
        """The question again, with what was typed. The choices of one page hang on answers that we cannot read now."""
        if page == OPTIONS:
            return self.room.pages.show("form_down.html", trouble.status, trouble=trouble)
        return self._question(visit, page, self.room.plan(draft), draft.answers[page], trouble=trouble)


def _page_of(request: Request) -> str:
    """The page that an address names; empty where there is none."""
    page = str(request.path_params.get("page", WHAT)).replace("-", "_")
    return page if page in PAGES else ""


def _answered(answers: Mapping[str, str], page: str, answer: str) -> Mapping[str, str]:
    """The answers with this one. Where something else happened than was told before, what to do is asked anew."""
    anew = page == WHAT and answers.get(WHAT) != answer
    kept = {key: words for key, words in answers.items() if not (anew and key in (OPTIONS, SERVICE))}
    return {**kept, page: answer}
