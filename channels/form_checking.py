"""All answers to check, the sending, and what we say then."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from channels.chat_visits import is_from_elsewhere
from channels.form_pages import NOT_OURS, NOT_SENT, TOO_FAST, address_of
from channels.form_room import Answer, Room
from channels.form_sending import form_of
from channels.form_visits import Visit, visit_of
from channels.rendering import typed
from channels.uploads import Refusal, Refused, Sent, is_form, octets_of, sent, words_of
from intake.drafts import Draft
from intake.errors import CannotKeep
from intake.form import OPTIONS, Plan

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Checking:
    """From the check of all answers to what happens next."""

    room: Room

    async def check(self, request: Request) -> Response:
        """All answers; where one is still open, its page."""
        draft, gone = await self.room.theirs(request)
        if draft is None:
            return gone
        planned = self.room.plan(draft)
        if planned.open_page(draft.answers) or planned.ends_here:
            return RedirectResponse(self.room.next(planned, draft), 303)
        return self.room.pages.check(draft, planned, visit_of(request).form_token)

    async def send(self, request: Request) -> Response:
        """Keep the form as a contact, with its files, once; then say so."""
        visit = visit_of(request)
        draft, gone = await self.room.theirs(request)
        if draft is None:
            return gone
        planned = self.room.plan(draft)
        if is_from_elsewhere(request):
            return self.room.pages.check(draft, planned, visit.form_token, NOT_OURS)
        pace, address = self.room.pace, self.room.address(request)
        if is_form(request) and pace.wait_with(octets_of(request), visit.conversation, address):
            return self.room.pages.check(draft, planned, visit.form_token, TOO_FAST)
        try:
            async with sent(request, large=visit.known) as form:
                return await self._send(visit, draft, planned, form)
        except HTTPException as error:
            if error.status_code != 413:
                raise
            return self._files_refused(visit, draft, planned, [Refused("", Refusal.TOO_LARGE)], 413)

    async def _send(self, visit: Visit, draft: Draft, planned: Plan, form: Sent) -> Response:
        if not visit.sent_by(typed(form.form, "form_token")):
            return self.room.pages.check(draft, planned, visit.form_token, NOT_OURS)
        if planned.open_page(draft.answers) or planned.ends_here:
            return RedirectResponse(self.room.next(planned, draft), 303)
        if form.refused:
            return self._files_refused(visit, draft, planned, form.refused)
        try:
            kept = form_of(draft, planned, self.room.policy, self.room.drafts.clock(), form.files)
            contact = await self.room.reception.receive(kept)
        except CannotKeep as error:
            log.warning("a form was not kept: %s", error)
            return self.room.pages.check(draft, planned, visit.form_token, NOT_SENT)
        await self.room.attended(contact)
        try:
            await self.room.drafts.finish(visit, contact)
        except Exception as error:
            log.warning("a form was sent, and its draft is still there: %s", type(error).__name__)
            return self.room.pages.show("form_sent.html", answer=Answer(), contact=contact)
        return RedirectResponse("/contact/sent", 303)

    def _files_refused(
        self, visit: Visit, draft: Draft, planned: Plan, refused: Sequence[Refused], status: int = 422
    ) -> Response:
        """Nothing is sent; browsers do not let a page choose files again for them."""
        mistake = " ".join(words_of(each, self.room.policy) for each in refused)
        return self.room.pages.check(draft, planned, visit.form_token, mistake=mistake, status=status)

    async def sent(self, request: Request) -> Response:
        """That we have it, and the answer as far as there is one."""
        visit = visit_of(request)
        try:
            draft = await self.room.drafts.of(visit)
        except Exception as error:
            return self.room.down(error)
        if draft is None:
            return self.room.gone(request)
        if not draft.sent:
            return RedirectResponse(self.room.next(self.room.plan(draft), draft), 303)
        answer = await self.room.find(draft.contacts[-1])
        return self.room.pages.show("form_sent.html", answer=answer, contact=draft.contacts[-1])

    async def nothing_sent(self, request: Request) -> Response:
        """They go to another door: they know that we have nothing of it."""
        draft, gone = await self.room.theirs(request)
        if draft is None:
            return gone
        token, planned = visit_of(request).form_token, self.room.plan(draft)
        options, back = planned.options, address_of(OPTIONS)
        return self.room.pages.show(
            "form_nothing_sent.html", 200, planned, options=options, form_token=token, back=back
        )

    async def delete(self, request: Request) -> Response:
        """Delete the answers now."""
        visit, form = visit_of(request), await request.form()
        if not visit.sent_by(typed(form, "form_token")):
            return self.room.pages.pages.problem(403)
        try:
            await self.room.drafts.forget(visit)
        except Exception as error:
            return self.room.down(error)
        return self.room.pages.show("form_deleted.html")
