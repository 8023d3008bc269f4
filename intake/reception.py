"""The reception: keep a message, then say so; read it, decide, carry out, in one commit."""

import asyncio
import logging
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from intake.carry_out import carry_out
from intake.casework import Drawn
from intake.contact import Channel, Contact, Kept, Outcome, Person, Proof, Reply
from intake.conversation import Conversation, Holder, Speaker, Turn
from intake.dialogue import Heard, converse
from intake.drawing import Drawing
from intake.effects import Say, Step, Tell
from intake.errors import CannotKeep, ChangedMeanwhile
from intake.interpretation import Interpretation
from intake.policy import Policy
from intake.ports import Clock, Interpreter, Readers, SenderChecks, Store, UnitOfWork
from intake.presence import NOBODY
from intake.safety import Harm, find_harms
from intake.takeover import noting_abuse, while_held
from intake.talk import fell_silent, is_live, talk
from intake.threads import (
    belongs,
    conversations_named,
    is_conversation,
    is_new_matter,
    letters_named,
    proves,
    references_in,
)
from intake.tongues import speaking

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)
"""How long one attempt may take before somebody else may try."""

HANDLING = timedelta(seconds=100)
"""How long handling may take: less than the lease, so that nobody else has begun when it is given up."""

TRY_AGAIN_AFTER = (timedelta(seconds=1), timedelta(seconds=5), timedelta(seconds=30), timedelta(minutes=2))
"""After so many failed attempts and such waits, a contact is set aside for a person."""

QUIET_AFTER = 0.05
"""Seconds without an arrival after which the door counts as quiet."""

EARLIER = timedelta(days=90)
"""How long ago somebody may have told us about the same service for it to count as told before."""

WIND_UP_LATER = timedelta(minutes=10)
"""When a silent conversation is tried again that could not be wound up."""

MOST_WORDS = 20_000
"""Characters of one message that are read; the rest stays in the original, which an officer sees."""


@dataclass
class Reception:
    """Where every contact of every channel comes in. ``arrived`` and ``answered`` ring for the workers.

    ``tags``: bounces come to addresses with a tag (RFC 5233), so that one without may be forged.
    """

    store: Store
    interpreter: Interpreter
    readers: Readers
    policy: Policy
    clock: Clock
    checks: SenderChecks | None = None
    tags: bool = True

    def __post_init__(self) -> None:
        self._arrivals = 0
        self._drawing = Drawing(self.policy.council.prefix)
        self.arrived = asyncio.Event()
        self.answered = asyncio.Event()

    async def receive(self, kept: Kept) -> str:
        """Keep a message durably; answers with its contact's id, the earlier one's where it came twice.

        Raises CannotKeep where the store did not take it: then nobody may be told that we have it.
        """
        try:
            contact = await self.store.transact(lambda unit: unit.inbox.keep(kept))
        except Exception as error:
            raise CannotKeep(f"the store did not take it ({type(error).__name__})") from error
        self._arrivals += 1
        self.arrived.set()
        return contact

    async def quiet(self, patience: float) -> None:
        """Wait until nobody stands at the door, at most ``patience`` seconds: taking in goes before working off.

        One message alone is worked off at once; a stream of them is first taken in.
        """
        pause = QUIET_AFTER / 10
        for _ in range(round(patience / QUIET_AFTER)):
            arrivals = self._arrivals
            await asyncio.sleep(pause)
            if arrivals == self._arrivals:
                return
            pause = QUIET_AFTER

    async def attend_next(self) -> bool:
        """Handle the oldest contact that is free. False where none is."""
        return await self.attend("")

    async def attend(self, contact: str) -> bool:
        """Handle this contact now, if it is free (the oldest one where none is named). False where none is free."""
        now = self.clock()
        kept, attempts = await self.store.transact(lambda unit: _claim(unit, now, contact))
        if kept is None:
            return False
        if attempts > len(TRY_AGAIN_AFTER) + 1:
            await self._give_up(kept, "It stopped the program each time that it was handled; open the original.")
            return True
        try:
            await asyncio.wait_for(self._handle(kept), HANDLING.total_seconds())
        except Exception as error:
            await self._failed(kept, error)
        return True

    async def _handle(self, kept: Kept) -> None:
        contact = kept.by_hand or _whole(await asyncio.to_thread(self.readers[kept.channel], kept), kept)
        if self.checks is not None and kept.channel is Channel.EMAIL:
            contact = replace(contact, sender_check=await self.checks.check(kept, contact))
        words = read_words(contact, self.policy)[:MOST_WORDS]
        reading = await self.interpreter.interpret(words, self.policy.calendar.local_day(kept.received_at))
        harms = await asyncio.to_thread(find_harms, words, reading, self.policy)
        drawn = await self._drawing.take()
        step = await self.store.transact(lambda unit: self._answer(unit, contact, reading, harms, drawn))
        self._drawing.give_back(drawn, step)
        self.answered.set()

    def _answer(
        self, unit: UnitOfWork, contact: Contact, reading: Interpretation, harms: tuple[Harm, ...], drawn: Drawn
    ) -> Step[Conversation]:
        """Everything that one message changes, inside one transaction; answers with what was done."""
        now = self.clock()
        letter = unit.outbox.letter(letters_named(contact))
        conversation, stranger = _conversation(unit, contact, reading, letter, self.policy)
        conversation = speaking(conversation, contact, reading, self.policy, now)
        if not contact.automatic:
            unit.addresses.revive(contact.person.email)
        case = unit.cases.get(conversation.case) if conversation.case else None
        by_mail = contact.channel is Channel.EMAIL and contact.person.email
        cases = tuple(unit.cases.of_address(contact.person.email)) if by_mail else ()
        _check_free(unit, drawn)
        returned = letter if contact.bounce and letter and not unit.outbox.has_come_back(letter.id) else None
        named = conversations_named(contact.tags)
        surely = conversation.id in (*named, letter.conversation if letter else "")
        earlier = _told_before(unit, contact, conversation, now)
        staffing = unit.centre.staffing(now) if is_live(contact) else NOBODY
        proved = returned is None or not self.tags or proves(contact, returned)
        heard = Heard(contact, reading, harms, case, cases, stranger, returned, proved, surely, earlier, staffing)
        policy = self.policy.in_tongue(conversation.language)
        letters = while_held if conversation.holder is Holder.OFFICER else converse
        respond = talk if is_live(contact) else letters
        decision, step = respond(conversation, heard, policy, drawn, now)
        step = noting_abuse(step, contact, policy)
        speaker = Speaker.MACHINE if contact.machine else Speaker.RESIDENT
        unit.conversations.add_turn(conversation.id, Turn(contact.received_at, speaker, contact.text, contact.id))
        after = carry_out(step, contact, unit, policy, now)
        answered = any(isinstance(effect, Say | Tell) for effect in step.effects)
        outcome = Outcome.ANSWERED if answered else Outcome.RECORDED
        if after.holder is not Holder.ASSISTANT:
            outcome = Outcome.WITH_A_PERSON
        unit.attachments.keep(contact, now)
        unit.inbox.finish(contact, conversation.id, decision, outcome, now)
        return step

    async def wind_up_next(self) -> bool:
        """Do what silence wants in the conversation that has been silent longest. False where none is due."""
        now = self.clock()
        silent = await self.store.read(lambda unit: unit.conversations.fallen_silent(now))
        if silent is None:
            return False
        drawn = await self._drawing.take()
        try:
            step = await self.store.transact(lambda unit: self._wind_up(unit, drawn))
            self._drawing.give_back(drawn, step)
        except Exception as error:
            log.warning("conversation %s could not be wound up: %s", silent.id[:8], type(error).__name__)
            await self.store.transact(lambda unit: self._wind_up_later(unit, silent.id))
        self.answered.set()
        return True

    def _wind_up_later(self, unit: UnitOfWork, conversation: str) -> None:
        """One that fails must not keep the others waiting."""
        known = unit.conversations.get(conversation)
        if known is not None:
            talk = replace(known.talk, silent_at=self.clock() + WIND_UP_LATER)
            unit.conversations.keep(replace(known, talk=talk))

    def _wind_up(self, unit: UnitOfWork, drawn: Drawn) -> Step[Conversation] | None:
        now = self.clock()
        conversation = unit.conversations.fallen_silent(now)
        if conversation is None:
            return None
        _check_free(unit, drawn)
        policy = self.policy.in_tongue(conversation.language)
        step = fell_silent(conversation, policy, drawn, now)
        silence = Contact("", conversation.channel, now, Person(), "", "")
        carry_out(step, silence, unit, policy, now)
        return step

    async def _give_up(self, kept: Kept, reason: str) -> None:
        now = self.clock()
        await self.store.transact(lambda unit: unit.inbox.set_aside(kept.id, reason, now))

    async def _failed(self, kept: Kept, error: Exception) -> None:
        """Handling failed: try again later, and set aside for a person when it keeps failing."""
        now, reason = self.clock(), f"{type(error).__name__}: {error}"
        log.warning("contact %s could not be handled: %s", kept.id, type(error).__name__)

        def record(unit: UnitOfWork) -> None:
            attempts = unit.inbox.attempts(kept.id)
            if attempts > len(TRY_AGAIN_AFTER):
                unit.inbox.set_aside(kept.id, reason, now)
            else:
                unit.inbox.try_again(kept.id, now + TRY_AGAIN_AFTER[attempts - 1], reason)

        await self.store.transact(record)


def _claim(unit: UnitOfWork, now: datetime, contact: str) -> tuple[Kept | None, int]:
    """The claimed message, and which attempt at it this is."""
    kept = unit.inbox.claim(now, now + LEASE, contact)
    return kept, unit.inbox.attempts(kept.id) if kept else 0


def _check_free(unit: UnitOfWork, drawn: Drawn) -> None:
    if unit.cases.get(drawn.reference) is not None:
        raise ChangedMeanwhile("the reference that was drawn is taken; the next attempt draws again")


def read_words(contact: Contact, policy: Policy) -> str:
    """Subject and text, without the references in the subject: drawn at random, they say nothing of the matter."""
    subject = contact.subject
    for reference in references_in(subject, policy.council.prefix):
        subject = subject.replace(reference, "")
    return f"{subject}\n{contact.text}".strip()


def _whole(contact: Contact, kept: Kept) -> Contact:
    """What the door could not keep is a trouble of the contact too: a person must look."""
    if not kept.note:
        return contact
    return replace(contact, missing=kept.note, trouble=" ".join(filter(None, (kept.note, contact.trouble))))


def _conversation(
    unit: UnitOfWork, contact: Contact, reading: Interpretation, letter: Reply | None, policy: Policy
) -> tuple[Conversation, bool]:
    """The conversation that a message continues, or a new one; and whether a stranger wrote into somebody else's.

    Who is not the conversation's person gets one of their own, and so does a new matter in an old thread. What a
    machine says of a letter of ours stands with that letter, unless a person must read what it was.
    """
    known = _named(unit, contact, letter, policy)
    if is_live(contact):
        return known or _new(contact, _named_by_door(contact)), False
    if contact.is_whole_form:
        return _filled_in_further(known, contact) if known else _new(contact, _named_by_door(contact)), False
    of_a_letter = contact.machine is not None and letter is not None and not contact.trouble
    own = known is not None and (of_a_letter or belongs(known, contact))
    if known is not None and own and (contact.machine or not is_new_matter(known, reading)):
        return _again(known, contact), False
    return _new(contact), known is not None and not own and contact.machine is None


def _new(contact: Contact, named: str = "") -> Conversation:
    """A conversation that begins with this contact; a live channel's door has named it already."""
    return Conversation(
        id=named or secrets.token_hex(12),
        channel=contact.channel,
        person=contact.person,
        started_at=contact.received_at,
        subject=contact.subject,
    )


def _told_before(unit: UnitOfWork, contact: Contact, conversation: Conversation, now: datetime) -> tuple[str, ...]:
    """The services that the same person told us about before.

    An address that somebody only typed proves nothing and would tell them what others told us. So earlier mails count
    for mail, where the sender's domain does not deny it, and earlier matters of the same conversation for that.
    """
    since = now - EARLIER
    if is_live(contact):
        told = frozenset(service for service, at in conversation.matters_done if at >= since)
    elif contact.channel is not Channel.EMAIL or contact.machine or contact.sender_check.proof is Proof.FAILED:
        told = frozenset()
    else:
        told = unit.conversations.earlier_services(contact.person, conversation.id, since)
    return tuple(sorted(told))


def _named(unit: UnitOfWork, contact: Contact, letter: Reply | None, policy: Policy) -> Conversation | None:
    """The conversation that its envelope, its thread or its subject names: the unguessable signs first."""
    named = (*conversations_named(contact.tags), letter.conversation if letter else "")
    found = next((known for known in map(unit.conversations.get, filter(None, named)) if known), None)
    if found is not None or contact.channel is not Channel.EMAIL:
        return found
    cases = map(unit.cases.get, references_in(contact.subject, policy.council.prefix))
    case = next((case for case in cases if case), None)
    return unit.conversations.get(case.conversation) if case else None


def _named_by_door(contact: Contact) -> str:
    return next(filter(is_conversation, conversations_named(contact.tags)), "")


def _filled_in_further(known: Conversation, contact: Contact) -> Conversation:
    """What the rest of a form says of its person, whom the first part may not have named."""
    before, now = known.person, contact.person
    person = Person(
        name=now.name or before.name,
        email=now.email or before.email,
        phone=now.phone or before.phone,
        address=now.address or before.address,
    )
    return replace(known, person=person)


def _again(known: Conversation, contact: Contact) -> Conversation:
    person = known.person
    if contact.machine:
        return known
    return replace(known, person=replace(person, name=person.name or contact.person.name))
