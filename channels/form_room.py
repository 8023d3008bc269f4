"""What every page of the web form leans on: whose form it is, where it goes on, and what we say when we cannot."""

import asyncio
import logging
from dataclasses import dataclass
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from channels.chat_talk import Pace
from channels.form_pages import FormPages, address_of
from channels.form_visits import Drafts, Visit, give_cookie, visit_of
from channels.networks import counted_as
from intake.conversation import Speaker
from intake.drafts import Draft
from intake.form import Plan, plan
from intake.policy import Policy
from intake.ports import UnitOfWork
from intake.reception import Reception

log = logging.getLogger(__name__)

PATIENCE = 10.0
"""Seconds that a page waits for the answer; after that it comes by email alone, or when the page is loaded again."""

LOOK_AGAIN_AFTER = 0.2


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
class Room:
    """What the form's pages share."""

    reception: Reception
    drafts: Drafts
    pages: FormPages
    pace: Pace

    @property
    def policy(self) -> Policy:
        """The council's."""
        return self.pages.policy

    def plan(self, draft: Draft) -> Plan:
        """What these answers lead to now."""
        return plan(draft, self.policy, self.drafts.clock())

    def next(self, planned: Plan, draft: Draft) -> str:
        """Where who filled this in goes on."""
        if planned.ends_here:
            return "/contact/nothing-sent"
        page = planned.open_page(draft.answers)
        return address_of(page) if page else "/contact/check"

    async def theirs(self, request: Request) -> tuple[Draft | None, Response]:
        """The draft that is being filled in; else the page that says why there is none."""
        try:
            draft = await self.drafts.of(visit_of(request))
        except Exception as error:
            return None, self.down(error)
        if draft is None:
            return None, self.gone(request)
        return (None if draft.sent else draft), RedirectResponse("/contact/sent", 303)

    def gone(self, request: Request) -> Response:
        """That there is no such form any more."""
        return self.pages.show("form_gone.html", 404)

    def down(self, error: Exception) -> Response:
        """That we cannot reach what they filled in."""
        log.warning("the form's answers cannot be reached: %s", type(error).__name__)
        return self.pages.show("form_down.html", 503)

    def too_fast(self, request: Request) -> bool:
        """Did too many come from their network lately?"""
        return bool(self.pace.address.wait(counted_as(self.address(request), self.pace.trusted)))

    def address(self, request: Request) -> str:
        """Where the request comes from, as far as we know."""
        return request.client.host if request.client else ""

    def with_cookie(self, request: Request, visit: Visit, response: Response) -> Response:
        """The answer, with the cookie of this visit."""
        give_cookie(response, request, visit, timedelta(days=self.policy.form.kept_days))
        return response

    async def attended(self, contact: str) -> None:
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

    async def find(self, contact: str) -> Answer:
        """What their form was answered with, as far as it can be read."""
        try:
            return await self.drafts.store.read(lambda unit: _find_answer(unit, contact))
        except Exception as error:
            log.warning("the answer to contact %s cannot be read: %s", contact, type(error).__name__)
            return Answer()


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
