"""What was set aside: officers look at it, and bring each piece to a known end. Each deed is one transaction.

Every deed changes only what still waits: of two officers who do something at once, the second is told that it is done.
"""

import asyncio
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

from intake.aside_view import (
    SET_ASIDE,
    ContactAside,
    ContactAsideView,
    Counted,
    MailAside,
    MailAsideView,
    MessageAside,
    MessageAsideView,
    Target,
)
from intake.case import Case
from intake.centre_reach import instead
from intake.colleagues import named
from intake.contact import Contact, Entered, Kept, Outcome, Person
from intake.conversation import Conversation, Holder, Speaker, Turn, Why, called
from intake.desk_view import Page, paged
from intake.errors import ChangedMeanwhile
from intake.files import File
from intake.mailbox import MailboxState
from intake.officers import Deed, SignedIn
from intake.policy import Policy
from intake.ports import Clock, Readers, Store, UnitOfWork
from intake.reception import MOST_WORDS
from intake.reference import read
from intake.rights import Scope
from intake.talk import is_live
from intake.triage import BY_OFFICER, Decision

log = logging.getLogger(__name__)

PATIENCE = 15.0
"""Seconds in which a message is read for an officer's eyes. Where it takes longer, its source is shown alone."""

MOST_SOURCE = 50_000
"""Characters of an original that are shown; the whole of it is there as a download."""

MOST_HEAD = 10_000
MOST_CASES = 10
MOST_DEEDS = 20

LOOK = "An officer attached a message that we could not handle by ourselves. It has no answer yet."
NOT_READ = "It could not be read in time; look at its source."

_BLANK_LINE = re.compile(r"\r?\n\r?\n")
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
"""Signs that cannot be seen, and those that turn the direction of writing around."""


@dataclass(frozen=True)
class Typed:
    """What an officer read in an original with their own eyes, in place of what we could not read."""

    text: str
    subject: str = ""
    person: Person = field(default_factory=Person)


@dataclass
class SetAside:
    """What is outside somebody's scope is, for them, not there at all."""

    store: Store
    readers: Readers
    policy: Policy
    clock: Clock

    # --- looking ----------------------------------------------------------------------------------------------------

    async def counted(self, scope: Scope) -> Counted:
        """How many wait of each sort."""

        def count(unit: UnitOfWork) -> Counted:
            troubled = sum(1 for state in unit.mailboxes.states() if state.failing_since or state.error)
            messages = unit.aside.count_messages(scope)
            return Counted(unit.aside.contacts_by_channel(scope), unit.aside.mail_by_kind(scope), troubled, messages)

        return await self.store.read(count)

    async def contacts(self, channel: str, number: int, scope: Scope) -> Page[ContactAside]:
        """A page of contacts, oldest first: of one channel, or of all where it is empty."""
        return await self.store.read(lambda unit: paged(number, partial(unit.aside.contacts, channel, scope)))

    async def mail(self, kind: str, number: int, scope: Scope) -> Page[MailAside]:
        """A page of mail, oldest first: of one kind of letter, or of all where it is empty."""
        return await self.store.read(lambda unit: paged(number, partial(unit.aside.mail, kind, scope)))

    async def messages(self, number: int, scope: Scope) -> Page[MessageAside]:
        """A page of messages that Telegram did not take, and of chats that take nothing more, oldest first."""
        return await self.store.read(lambda unit: paged(number, partial(unit.aside.messages, scope)))

    async def message(self, message: str, officer: SignedIn) -> MessageAsideView | None:
        """One of them, waiting or done; None where there is none."""

        def find(unit: UnitOfWork) -> MessageAsideView | None:
            line = unit.aside.message(message)
            known = unit.conversations.get(line.conversation) if line else None
            if line is None or known is None or not officer.scope.sees(line.service):
                return None
            case = unit.cases.get(known.case) if known.case else None
            ways = instead(known.person, case.person if case else None)
            line = replace(line, instead=ways, contact=unit.desk.first_contact(known.id))
            return MessageAsideView(line, _deeds(unit, message))

        return await self.store.read(find)

    async def leave_message(self, message: str, why: str, officer: SignedIn) -> bool:
        """There is nothing to do with it. False where it isn't set aside (any more)."""
        deed = Deed(self.clock(), officer.name, "nothing to do", message, why)

        def left(unit: UnitOfWork) -> bool:
            line = unit.aside.message(message)
            seen = line is not None and officer.scope.sees(line.service)
            return seen and unit.aside.leave_message(message) and _noted(unit, deed)

        return await self.store.transact(left)

    async def mailboxes(self) -> Sequence[MailboxState]:
        """IMAP mailboxes that cannot be read, or of which something smaller does not work, by name."""
        states = await self.store.read(lambda unit: unit.mailboxes.states())
        return [state for state in states if state.failing_since or state.error]

    async def contact(self, contact: str, officer: SignedIn) -> ContactAsideView | None:
        """One contact, waiting or done; None where there is none, or it never was set aside."""
        found = await self.store.read(lambda unit: _seen(unit, contact, officer))
        if found is None:
            return None
        line, kept = found
        known = await self._read(kept)
        now = self.clock()
        if line.state == SET_ASIDE:
            await self.store.transact(lambda unit: _keep_files(unit, known, now))
        text = kept.raw[: MOST_SOURCE * 4].decode("utf-8", "replace")
        head = _BLANK_LINE.split(text[:MOST_HEAD], maxsplit=1)[0]
        cases, files, deeds = await self.store.read(lambda unit: _around(unit, known, officer))
        return ContactAsideView(
            line=line,
            read=known,
            head=visible(head),
            source=visible(text[:MOST_SOURCE]),
            cut=len(text) > MOST_SOURCE or len(kept.raw) > MOST_SOURCE * 4,
            size=len(kept.raw),
            files=files,
            deeds=deeds,
            cases=cases,
        )

    async def letter(self, mail: str, officer: SignedIn) -> MailAsideView | None:
        """One mail, waiting or done; None where there is none, or it never was set aside."""
        return await self.store.read(lambda unit: _letter(unit, mail, officer))

    async def target(self, named: str, officer: SignedIn) -> Target | None:
        """What a reference of a case, or the number of a contact, leads to."""
        named = named.strip()[:80]
        return await self.store.read(lambda unit: self._target(unit, named, officer)) if named else None

    def _target(self, unit: UnitOfWork, named: str, officer: SignedIn) -> Target | None:
        case = unit.cases.get(read(named, self.policy.council.prefix) or "")
        view = None if case else unit.desk.contact(named.lower())
        if case is None and (view is None or not view.conversation):
            return None
        conversation = unit.conversations.get(case.conversation if case else view.conversation if view else "")
        if conversation is None:
            return None
        case = case or (unit.cases.get(conversation.case) if conversation.case else None)
        services = {_service(conversation), case.service if case else ""}
        if not all(map(officer.scope.sees, services)):
            return None
        return Target(conversation, case, unit.desk.first_contact(conversation.id))

    async def _read(self, kept: Kept) -> Contact:
        """What can be read of it. Never raises and never takes long: it was set aside for a reason."""
        bare = Contact(kept.id, kept.channel, kept.received_at, Person(email=kept.sender), "", "", trouble=NOT_READ)
        try:
            async with asyncio.timeout(PATIENCE):
                return await asyncio.to_thread(self.readers[kept.channel], kept)
        except Exception as error:
            log.warning("contact %s could not be shown as text: %s", kept.id, type(error).__name__)
            return bare

    # --- contacts ---------------------------------------------------------------------------------------------------

    async def try_again(self, contact: str, officer: SignedIn) -> bool:
        """Let it be handled anew. False where it isn't set aside (any more)."""
        deed = Deed(self.clock(), officer.name, "tried again", contact)

        def freed(unit: UnitOfWork) -> bool:
            waits = _waits(unit, contact, officer) and unit.aside.free_contact(contact, deed.at)
            return waits and _noted(unit, deed)

        return await self.store.transact(freed)

    async def attach(self, contact: str, named: str, needs_answer: bool, officer: SignedIn) -> bool:
        """It belongs to this conversation, which then waits for a person where it needs an answer.

        False where it isn't set aside (any more), or there is no such conversation.
        """
        found = await self.store.read(lambda unit: _seen(unit, contact, officer))
        if found is None:
            return False
        known, now = await self._read(found[1]), self.clock()

        def attached(unit: UnitOfWork) -> bool:
            target = self._target(unit, named, officer)
            if target is None or not _waits(unit, contact, officer) or not unit.aside.free_contact(contact, now):
                return False
            _attach(unit, known, target, needs_answer, now)
            about = target.case.reference if target.case else target.conversation.id
            return _noted(unit, Deed(now, officer.name, "attached", contact, f"to {about}"))

        try:
            return await self.store.transact(attached)
        except ChangedMeanwhile:
            return await self.store.transact(attached)

    async def by_hand(self, contact: str, typed: Typed, officer: SignedIn) -> bool:
        """Handle it as what an officer read in it. Its original and the moment when it was received stay.

        False where it isn't set aside (any more).
        """
        found = await self.store.read(lambda unit: _seen(unit, contact, officer))
        if found is None:
            return False
        deed = Deed(self.clock(), officer.name, "made by hand", contact)
        written = as_typed(await self._read(found[1]), typed, officer, deed.at)

        def freed(unit: UnitOfWork) -> bool:
            waits = _waits(unit, contact, officer) and unit.aside.free_contact(contact, deed.at, written)
            return waits and _noted(unit, deed)

        return await self.store.transact(freed)

    async def leave(self, contact: str, why: str, officer: SignedIn) -> bool:
        """There is nothing to do with it: it ends as recorded. False where it isn't set aside (any more)."""
        deed = Deed(self.clock(), officer.name, "nothing to do", contact, why)

        def left(unit: UnitOfWork) -> bool:
            return _waits(unit, contact, officer) and unit.aside.leave_contact(contact, deed.at) and _noted(unit, deed)

        return await self.store.transact(left)

    # --- mail -------------------------------------------------------------------------------------------------------

    async def send_again(self, mail: str, officer: SignedIn, to: str = "") -> bool:
        """Let it be sent anew, to another address where one is given. False where it isn't set aside (any more).

        Where it was its resident's own address that was wrong, their conversation and case get the right one too.
        """
        now = self.clock()

        def freed(unit: UnitOfWork) -> bool:
            line = unit.aside.letter(mail)
            if line is None or not officer.scope.sees(line.service) or not unit.aside.free_mail(mail, now, to):
                return False
            unit.addresses.revive(to or line.to)
            if to:
                _correct_address(unit, line, to)
            what = "corrected the address and sent again" if to else "sent again"
            return _noted(unit, Deed(now, officer.name, what, mail))

        try:
            return await self.store.transact(freed)
        except ChangedMeanwhile:
            return await self.store.transact(freed)

    async def leave_mail(self, mail: str, why: str, officer: SignedIn) -> bool:
        """It is not sent. False where it isn't set aside (any more)."""
        deed = Deed(self.clock(), officer.name, "nothing to do", mail, why)

        def left(unit: UnitOfWork) -> bool:
            line = unit.aside.letter(mail)
            seen = line is not None and officer.scope.sees(line.service)
            return seen and unit.aside.leave_mail(mail) and _noted(unit, deed)

        return await self.store.transact(left)


def as_typed(known: Contact, typed: Typed, officer: SignedIn, now: datetime) -> Contact:
    """The contact as an officer read it: their words, under the date and in the thread of the original."""
    return replace(
        known,
        person=typed.person,
        subject=typed.subject,
        text=typed.text,
        quoted="",
        automatic="",
        trouble="",
        machine=None,
        bounce=None,
        no_answer="",
        missing="",
        entered=Entered(officer.name, now),
    )


def may_be_typed(known: Contact) -> bool:
    """Can an answer reach whoever wrote it? What was said in a chat must name its conversation."""
    return not is_live(known) or bool(known.tags)


def visible(text: str) -> str:
    """Plain text with every sign that hides, or turns others around, made visible."""
    return _UNSEEN.sub("\ufffd", text.replace("\r\n", "\n"))


def _noted(unit: UnitOfWork, deed: Deed) -> bool:
    unit.officers.note(deed)
    return True


def _seen(unit: UnitOfWork, contact: str, officer: SignedIn) -> tuple[ContactAside, Kept] | None:
    """A contact that waits, or that an officer dealt with, as it was kept."""
    line = unit.aside.contact(contact)
    if line is None or not officer.scope.sees(line.service):
        return None
    kept = unit.inbox.kept(contact)
    waits = line.state == SET_ASIDE or bool(unit.officers.deeds(about=contact, most=1))
    return (line, kept) if kept is not None and waits else None


def _waits(unit: UnitOfWork, contact: str, officer: SignedIn) -> bool:
    line = unit.aside.contact(contact)
    return line is not None and line.state == SET_ASIDE and officer.scope.sees(line.service)


def _keep_files(unit: UnitOfWork, known: Contact, now: datetime) -> None:
    """Its files become known when somebody first looks, so that the scanner sees them before anybody opens them."""
    if known.attachments and not unit.attachments.of_contact(known.id):
        unit.attachments.keep(known, now)


def _around(
    unit: UnitOfWork, known: Contact, officer: SignedIn
) -> tuple[Sequence[Case], Sequence[File], Sequence[Deed]]:
    address = known.person.email
    cases = [case for case in (unit.cases.of_address(address) if address else ()) if officer.scope.sees(case.service)]
    deeds = _deeds(unit, known.id)
    return cases[:MOST_CASES], unit.attachments.of_contact(known.id), deeds


def _deeds(unit: UnitOfWork, about: str) -> Sequence[Deed]:
    """What officers did with it, each named as colleagues call them."""
    return named(unit, unit.officers.deeds(about=about, most=MOST_DEEDS))


def _letter(unit: UnitOfWork, mail: str, officer: SignedIn) -> MailAsideView | None:
    line = unit.aside.letter(mail)
    if line is None or not officer.scope.sees(line.service):
        return None
    deeds = _deeds(unit, mail)
    if line.state != SET_ASIDE and not deeds:
        return None
    conversation = unit.conversations.get(line.conversation) if line.conversation else None
    contact = unit.desk.first_contact(line.conversation) if line.conversation else ""
    return MailAsideView(
        line=replace(line, contact=contact),
        attempts=unit.outbox.attempts_of(mail),
        deeds=deeds,
        comes_back=unit.addresses.dead(line.to),
        is_residents=conversation is not None and conversation.person.email == line.to,
    )


def _attach(unit: UnitOfWork, known: Contact, target: Target, needs_answer: bool, now: datetime) -> None:
    conversation, case = target.conversation, target.case
    words = known.text or known.trouble
    unit.conversations.add_turn(
        conversation.id, Turn(known.received_at, Speaker.RESIDENT, words[:MOST_WORDS], known.id)
    )
    unit.attachments.keep(known, now)
    before = conversation.decision
    decision = Decision(
        route="case_update" if case else before.route if before else "comment",
        service=case.service if case else _service(conversation),
        procedure=before.procedure if before else "none",
        urgent=False,
        signpost="none",
        confidence=1.0,
        needs_person=False,
        guessed=False,
        rule=BY_OFFICER,
        passed_over=(),
        reasons=("An officer attached it to this conversation.",),
    )
    waits = needs_answer or conversation.holder is not Holder.ASSISTANT
    outcome = Outcome.WITH_A_PERSON if waits else Outcome.RECORDED
    unit.inbox.finish(known, conversation.id, decision, outcome, now)
    if needs_answer and conversation.holder is not Holder.OFFICER:
        since = conversation.waiting_since if conversation.holder is Holder.WAITING else now
        unit.conversations.keep(replace(called(conversation, Why.LOOK, LOOK), waiting_since=since or now))


def _correct_address(unit: UnitOfWork, line: MailAside, to: str) -> None:
    """Of letters to teams the pack has the address: only this one letter goes elsewhere."""
    conversation = unit.conversations.get(line.conversation) if line.conversation else None
    if conversation is None or conversation.person.email != line.to:
        return
    unit.conversations.keep(replace(conversation, person=replace(conversation.person, email=to)))
    case = unit.cases.get(conversation.case) if conversation.case else None
    if case is not None and case.person.email == line.to:
        unit.cases.keep(replace(case, person=replace(case.person, email=to)))


def _service(conversation: Conversation) -> str:
    return conversation.decision.service if conversation.decision else "none"
