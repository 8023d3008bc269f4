"""The entry desk: where officers write down what came by phone, by letter or in person, and post what goes on paper."""

import asyncio
import hashlib
import logging
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from intake.case import Case
from intake.colleagues import named
from intake.contact import Attachment, Channel, Kept
from intake.conversation import Speaker
from intake.correction_view import Correction
from intake.entering import THEIRS, Considered, Entry, begin, consider, decided_otherwise, may_write, received_at
from intake.errors import SendersMove
from intake.interpretation import Detail, Interpretation
from intake.officers import Deed, Officer, SignedIn
from intake.paper import PaperLetter, PaperState
from intake.policy import Policy
from intake.ports import Clock, Store, UnitOfWork
from intake.reception import MOST_WORDS, Reception
from intake.reference import read
from intake.rights import Right

log = logging.getLogger(__name__)

PATIENCE = 10.0
"""Seconds that an officer waits for the answer; after that it is found on the contact's page."""

LOOK_AGAIN_AFTER = 0.2
KEPT_AFTER_SENDING = timedelta(days=7)
"""How long an officer finds what they told a caller: which contact it became, and nothing else."""

WHY = "Decided while it was entered."
"""The reason of a correction that was made before anything was sent."""

FORGOTTEN_AFTER = timedelta(hours=4)
"""An entry in which nobody has written for so long stands in the day's work of its team's managers."""

MOST_LETTERS = 500
MOST_DONE = 50

Keep = Callable[[Entry, Considered, Policy, datetime, datetime, Sequence[bytes], str], Kept]
"""Makes what is kept of an entry: the door's own way (channels.entered)."""


class Overtaken(SendersMove):
    """Another window has changed the entry since this one was opened."""


@dataclass(frozen=True)
class Written:
    """What a page holds of an entry: its answers, which window and writing it is, and which writing it has seen."""

    answers: dict[str, str]
    page: str
    turn: int
    seen: int


@dataclass(frozen=True)
class Answered:
    """What to tell the person: the letter (empty: none yet), the case, where the conversation stands."""

    contact: str
    letter: str = ""
    case: Case | None = None
    urgent: bool = False
    by_post: bool = False
    email: str = ""


@dataclass(frozen=True)
class Lying:
    """A colleague's entry that was not sent, as a manager sees it: nothing of its words, before they take it over.

    ``called`` is how its officer is called. ``forgotten``: nobody has written in it for FORGOTTEN_AFTER.
    """

    entry: Entry
    called: str
    forgotten: bool


@dataclass
class EntryDesk:
    """Entries belong to the officer who began them. Managers see that there are some, and may take them over."""

    store: Store
    reception: Reception
    policy: Policy
    clock: Clock
    keep: Keep

    async def begin(self, channel: Channel, officer: SignedIn) -> str:
        """A new entry; answers with its id."""
        now = self.clock()
        entry = begin(secrets.token_hex(12), officer.name, channel, self.policy, now)

        def begun(unit: UnitOfWork) -> None:
            unit.entries.forget_sent(now - KEPT_AFTER_SENDING)
            unit.entries.keep(entry)

        await self.store.transact(begun)
        return entry.id

    async def unfinished(self, officer: SignedIn) -> Sequence[Entry]:
        """Their entries that were not sent, the one written last first."""
        return await self.store.read(lambda unit: unit.entries.unfinished(officer.name))

    async def of_colleagues(self, officer: SignedIn) -> Sequence[Lying]:
        """For a manager or an auditor: what their teams have not sent, the one written last longest ago first."""
        now = self.clock()
        return await self.store.read(lambda unit: lying(unit, officer, self.policy, now))

    async def take_over(self, entry: str, officer: SignedIn) -> bool:
        """A manager goes on with a colleague's entry. False where there is none for them."""
        now = self.clock()

        def taken(unit: UnitOfWork) -> bool:
            kept = unit.entries.get(entry)
            theirs = {one.entry.id for one in lying(unit, officer, self.policy, now)}
            if kept is None or kept.contact or entry not in theirs or not officer.may(Right.MANAGE):
                return False
            unit.entries.keep(replace(kept, officer=officer.name, page="", turn=0))
            unit.officers.note(Deed(now, officer.name, "entry taken over", entry, f"from {kept.officer}"))
            return True

        return await self.store.transact(taken)

    async def entry(self, entry: str, officer: SignedIn) -> Entry | None:
        """One of theirs, sent or not."""
        return await self.store.read(lambda unit: _theirs(unit, entry, officer))

    async def write(self, entry: str, written: Written, officer: SignedIn) -> Entry | None:
        """Keep what a page holds, and read its notes anew where they changed. None where there is no such entry.

        Raises Overtaken where another window wrote since this one was opened.
        """
        kept = await self.entry(entry, officer)
        if kept is None or kept.contact:
            return kept
        digest = _digest(written.answers.get(Detail.WHAT, ""))
        reading = kept.reading if kept.read == digest else await self._read(written.answers.get(Detail.WHAT, ""), kept)
        return await self.store.transact(lambda unit: self._write(unit, entry, written, officer, reading, digest))

    def _write(
        self,
        unit: UnitOfWork,
        entry: str,
        written: Written,
        officer: SignedIn,
        reading: Interpretation | None,
        digest: str,
    ) -> Entry | None:
        kept = _theirs(unit, entry, officer)
        if kept is None or kept.contact:
            return kept
        if not may_write(kept, written.page, written.turn, written.seen):
            raise Overtaken("This entry was changed in another window")
        changed = replace(
            kept,
            answers=written.answers,
            reading=reading,
            read=digest if reading is not None else "",
            page=written.page,
            turn=written.turn,
            saved_at=self.clock(),
        )
        unit.entries.keep(changed)
        return changed

    async def _read(self, notes: str, kept: Entry) -> Interpretation | None:
        """What the notes say; None where they cannot be read now, which is tried again with the next writing."""
        if not notes.strip():
            return Interpretation()
        try:
            day = self.policy.calendar.local_day(received_at(kept, self.policy, self.clock()) or self.clock())
            return await self.reception.interpreter.interpret(notes[:MOST_WORDS], day)
        except Exception as error:
            log.warning("an entry could not be read: %s", type(error).__name__)
            return None

    async def case(self, entry: Entry, officer: SignedIn) -> Case | None:
        """The case whose reference was typed, where this officer may see it."""
        reference = read(entry.answers.get(Detail.REFERENCE, ""), self.policy.council.prefix)
        if not reference:
            return None
        case = await self.store.read(lambda unit: unit.cases.get(reference))
        return case if case is not None and officer.scope.sees(case.service) else None

    async def attach(self, entry: str, files: Sequence[tuple[Attachment, bytes]], officer: SignedIn) -> bool:
        """Keep files with an entry. False where there is no such entry, or it was sent."""

        def attached(unit: UnitOfWork) -> bool:
            kept = _theirs(unit, entry, officer)
            if kept is None or kept.contact:
                return False
            number = max((file.number for file in kept.files), default=-1) + 1
            added = [(replace(file, number=number + place), data) for place, (file, data) in enumerate(files)]
            for file, data in added:
                unit.entries.add_file(entry, file, data)
            unit.entries.keep(replace(kept, files=(*kept.files, *(file for file, _ in added))))
            return True

        return await self.store.transact(attached)

    async def detach(self, entry: str, number: int, officer: SignedIn) -> None:
        """Take a file away again."""

        def detached(unit: UnitOfWork) -> None:
            kept = _theirs(unit, entry, officer)
            if kept is not None and not kept.contact:
                unit.entries.remove_file(entry, number)
                left = tuple(file for file in kept.files if file.number != number)
                unit.entries.keep(replace(kept, files=left))

        await self.store.transact(detached)

    async def throw_away(self, entry: str, officer: SignedIn) -> None:
        """Forget an entry that was not sent, and its files."""
        deed = Deed(self.clock(), officer.name, "entry thrown away", entry)

        def thrown(unit: UnitOfWork) -> None:
            kept = _theirs(unit, entry, officer)
            if kept is not None and not kept.contact:
                unit.entries.forget(entry)
                unit.officers.note(deed)

        await self.store.transact(thrown)

    async def send(self, entry: Entry, officer: SignedIn) -> str:
        """Keep it as a contact, once, and have it answered; answers with its contact's id.

        Raises CannotKeep where the store did not take it: then it is still an entry.
        """
        now = self.clock()
        considered = consider(entry, self.policy, now)
        case = await self.case(entry, officer) if entry.answers.get(THEIRS) else None
        conversation = case.conversation if case else entry.id
        data = await self.store.read(lambda unit: unit.entries.data_of(entry.id))
        came = received_at(entry, self.policy, now) or now
        contact = await self.reception.receive(self.keep(entry, considered, self.policy, came, now, data, conversation))
        await self._attended(contact)
        await self.store.transact(lambda unit: _sent(unit, entry, contact, considered, officer, now))
        return contact

    async def answered(self, contact: str) -> Answered:
        """What to tell the person whose contact this is."""
        return await self.store.read(lambda unit: _answered(unit, contact))

    async def _attended(self, contact: str) -> None:
        """Have it handled now, or wait shortly for whoever handles it. It is kept already, so no failure matters."""
        try:
            async with asyncio.timeout(PATIENCE):
                await self.reception.attend(contact)
                while not await self.store.read(lambda unit: unit.inbox.outcome(contact)[0]):
                    await asyncio.sleep(LOOK_AGAIN_AFTER)
                    await self.reception.attend(contact)
        except Exception as error:
            log.warning("contact %s is kept but has no answer yet: %s", contact, type(error).__name__)

    # --- letters on paper -------------------------------------------------------------------------------------------

    async def letters(self, officer: SignedIn) -> tuple[Sequence[PaperLetter], Sequence[PaperLetter]]:
        """The letters to print, oldest first; and those that were posted or left, newest first."""
        scope = officer.scope
        return await self.store.read(
            lambda unit: (unit.paper.to_print(scope, MOST_LETTERS), named(unit, unit.paper.done(scope, MOST_DONE)))
        )

    async def letter(self, letter: str, officer: SignedIn) -> PaperLetter | None:
        """One of them, where this officer may see its matter."""
        found = await self.store.read(lambda unit: named(unit, filter(None, [unit.paper.get(letter)])))
        return next((one for one in found if officer.scope.sees(one.service)), None)

    async def mark(self, letter: str, state: PaperState, note: str, officer: SignedIn) -> bool:
        """It was posted, or is not to be. False where a colleague marked it before."""
        now, found = self.clock(), await self.letter(letter, officer)
        if found is None:
            return False
        what = "letter posted" if state is PaperState.POSTED else "letter left unposted"

        def marked(unit: UnitOfWork) -> bool:
            if not unit.paper.mark(letter, state, officer.name, note, now):
                return False
            unit.officers.note(Deed(now, officer.name, what, found.conversation))
            return True

        return await self.store.transact(marked)


def lying(unit: UnitOfWork, officer: SignedIn, policy: Policy, now: datetime) -> list[Lying]:
    """Entries of colleagues in somebody's teams that were not sent; whoever has no teams is in all.

    Of a matter that they may not see there is none.
    """
    if not officer.may(Right.OVERSEE):
        return []
    accounts = {one.name: one for one in unit.officers.all()}
    found = [entry for entry in unit.entries.unfinished() if entry.officer != officer.name]
    return [
        Lying(
            entry,
            accounts[entry.officer].called if entry.officer in accounts else entry.officer,
            now - entry.saved_at >= FORGOTTEN_AFTER,
        )
        for entry in reversed(found)
        if _of_their_teams(accounts.get(entry.officer), officer)
        and officer.scope.sees(consider(entry, policy, now).decision.service)
    ]


def _of_their_teams(colleague: Officer | None, manager: SignedIn) -> bool:
    if colleague is None or not colleague.teams or not manager.account.teams:
        return True
    return not set(colleague.teams).isdisjoint(manager.account.teams)


def _theirs(unit: UnitOfWork, entry: str, officer: SignedIn) -> Entry | None:
    kept = unit.entries.get(entry)
    return kept if kept is not None and kept.officer == officer.name else None


def _digest(words: str) -> str:
    return hashlib.sha256(words.encode("utf-8", "replace")).hexdigest()


def _sent(
    unit: UnitOfWork, entry: Entry, contact: str, considered: Considered, officer: SignedIn, now: datetime
) -> None:
    """Of what was sent, only which contact it became is kept beside it, and what the officer decided otherwise."""
    kept = unit.entries.get(entry.id)
    if kept is None or kept.contact == contact:
        return
    unit.entries.forget(entry.id)
    left = Entry(kept.id, kept.officer, kept.channel, kept.began_at, now, page=kept.page, turn=kept.turn)
    unit.entries.keep(replace(left, contact=contact))
    unit.officers.note(Deed(now, officer.name, f"entered by {kept.channel.replace('_', ' ')}", contact))
    if decided_otherwise(considered) and not unit.corrections.of_contact(contact):
        decided_at = unit.corrections.decided_at(contact) or now
        before, after = considered.suggested, considered.decision
        unit.corrections.keep(Correction(contact, 1, now, officer.name, decided_at, before, after, True, WHY))


def _answered(unit: UnitOfWork, contact: str) -> Answered:
    outcome, named = unit.inbox.outcome(contact)
    conversation = unit.conversations.get(named) if named else None
    if outcome is None or conversation is None:
        return Answered(contact)
    turns = unit.conversations.turns(conversation.id)
    letters = [turn.text for turn in turns if turn.contact == contact and turn.by is Speaker.ASSISTANT]
    return Answered(
        contact,
        letter=letters[-1] if letters else "",
        case=unit.cases.get(conversation.case) if conversation.case else None,
        urgent=conversation.urgent,
        by_post=conversation.details.get(Detail.REPLY_BY) == "address",
        email=conversation.person.email,
    )
