"""Replay: what another policy pack would have decided about past contacts. Nothing is written, and nobody is answered.

Each contact is read anew once, and decided under both packs from the same reading: what differs is the pack's doing.
"""

from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from intake.contact import Contact
from intake.dialogue import as_filled_in
from intake.interpretation import Interpretation
from intake.policy import Policy
from intake.ports import Interpreter, Store
from intake.reception import MOST_WORDS, read_words
from intake.safety import find_harms
from intake.stores.contacts import PastContact
from intake.talk import is_live
from intake.triage import COMPLAINTS, Decision, Evidence, Standing, triage

BATCH = 200
MOST_KNOWN = 100_000
"""Conversations of which the last decision is remembered."""

COMPARED = ("route", "service", "procedure", "urgent", "signpost", "needs_person")
"""What of a decision is compared."""


@dataclass(frozen=True)
class Replayed:
    """One contact, decided twice."""

    contact: str
    received_at: datetime
    before: Decision
    after: Decision

    @property
    def changes(self) -> Mapping[str, tuple[str, str]]:
        """What would differ, by name: how it is, and how it would be."""
        pairs = {name: (_said(getattr(self.before, name)), _said(getattr(self.after, name))) for name in COMPARED}
        return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


@dataclass
class Totals:
    """What a replay comes to."""

    contacts: int = 0
    changed: int = 0
    by_name: Counter[str] = field(default_factory=Counter)
    by_change: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    def count(self, replayed: Replayed) -> None:
        """One more."""
        self.contacts += 1
        self.changed += bool(replayed.changes)
        for name, (before, after) in replayed.changes.items():
            self.by_name[name] += 1
            self.by_change[(name, before, after)] += 1


@dataclass(frozen=True)
class Replay:
    """Compares two packs over what is kept."""

    store: Store
    interpreter: Interpreter
    before: Policy
    after: Policy

    async def run(self, first: date | None = None, last: date | None = None, most: int = 0) -> AsyncIterator[Replayed]:
        """Every contact that was read and was received on these days, oldest first.

        ``most``: only the newest of them, that many.
        """
        within = (self._midnight(first), self._midnight(last + timedelta(days=1) if last else None))
        stood: dict[str, Standing] = {}
        number = await self.store.read(lambda unit: unit.past.before_newest(within, most)) if most else 0
        while batch := await self._batch(number, within):
            for past in batch:
                yield await self._decided(past, stood)
            number = batch[-1].number

    async def _batch(self, after: int, within: tuple[datetime | None, datetime | None]) -> Sequence[PastContact]:
        return await self.store.read(lambda unit: unit.past.contacts(after, within, BATCH))

    async def _decided(self, past: PastContact, stood: dict[str, Standing]) -> Replayed:
        contact = past.contact
        words = read_words(contact, self.before)[:MOST_WORDS]
        reading = await self.interpreter.interpret(words, self.before.calendar.local_day(contact.received_at))
        standing = Standing() if is_live(contact) else stood.pop(past.conversation, Standing())
        if len(stood) >= MOST_KNOWN:
            stood.pop(next(iter(stood)))
        has_case = standing.has_case or past.decision.route in COMPLAINTS
        stood[past.conversation] = Standing(past.decision.route, past.decision.service, has_case)
        decisions = (decide(contact, words, reading, policy, standing) for policy in (self.before, self.after))
        return Replayed(contact.id, contact.received_at, *decisions)

    def _midnight(self, day: date | None) -> datetime | None:
        return datetime.combine(day, time(), self.before.calendar.zone) if day else None


def decide(contact: Contact, words: str, reading: Interpretation, policy: Policy, standing: Standing) -> Decision:
    """What this pack decides about a message."""
    decision = triage(Evidence(contact, reading, find_harms(words, reading, policy), policy, standing))
    return decision if is_live(contact) else as_filled_in(decision, contact, policy)


def told(replayed: Replayed) -> str:
    """One changed contact in a line, without anything of what was written."""
    day = replayed.received_at.date().isoformat()
    changes = "; ".join(f"{name}: {before} -> {after}" for name, (before, after) in replayed.changes.items())
    return f"{replayed.contact}  {day}  {changes}"


def summed_up(totals: Totals) -> Iterator[str]:
    """The totals in lines, the most frequent change first."""
    share = f" ({100 * totals.changed / totals.contacts:.1f}%)" if totals.contacts else ""
    yield f"{totals.contacts} contacts, {totals.changed} would be decided otherwise{share}"
    for name, number in totals.by_name.most_common():
        yield f"  {name}: {number}"
    for (name, before, after), number in totals.by_change.most_common(20):
        yield f"    {number:6}  {name}: {before} -> {after}"


def _said(value: object) -> str:
    return ("no", "yes")[value] if isinstance(value, bool) else str(value)
