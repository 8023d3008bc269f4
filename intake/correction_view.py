"""What officers see and leave behind in triage: the queue, one contact, what was decided before. Times are UTC."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from intake.centre_view import Earlier
from intake.contact import Channel, Contact
from intake.desk_view import ContactLine, ContactView
from intake.likeness import Like
from intake.triage import Decision

LIVE = frozenset({Channel.WEBCHAT, Channel.TELEGRAM})
"""Channels whose doubtful turns are asked back about, and wait in the queue of live conversations."""


def triage_rank(contact: Contact, decision: Decision) -> int | None:
    """Its place in the triage queue: 0 before 1; None where no officer must decide."""
    if not decision.needs_person or contact.channel in LIVE or (contact.told and not contact.is_whole_form):
        return None
    return 0 if decision.urgent else 1


@dataclass(frozen=True)
class TriageLine:
    """A contact that waits for an officer's decision. ``why`` is the last reason of its decision: what made it wait."""

    line: ContactLine
    confidence: float
    guessed: bool
    why: str


@dataclass(frozen=True)
class Part:
    """A matter of its own within a contact: its words, where it goes, and the contact that it became."""

    words: str
    route: str
    service: str
    signpost: str = "none"
    contact: str = ""


@dataclass(frozen=True)
class Correction:
    """What an officer decided about a contact, after what. ``step`` counts a contact's from 1.

    ``decided_at`` is when the contact was first decided. ``alone``: the decision before it was carried out without
    asking anybody. ``changed``: it was another one, rather than agreed to. ``reason`` is in the officer's words.
    """

    contact: str
    step: int
    at: datetime
    officer: str
    decided_at: datetime
    before: Decision
    after: Decision
    changed: bool
    reason: str = ""
    parts: tuple[Part, ...] = ()

    @property
    def alone(self) -> bool:
        """Had the program decided it by itself?"""
        return self.step == 1 and not self.before.needs_person


@dataclass(frozen=True)
class Done:
    """What was last decided about a contact. ``waits`` says what its conversation waits for still (empty: nothing)."""

    line: ContactLine
    correction: Correction
    case: str
    waits: str


class ExampleState(StrEnum):
    """How far a proposed example has come."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REFUSED = "refused"


@dataclass(frozen=True)
class Example:
    """A message to learn from. ``text`` is without personal data, as far as a person has seen."""

    id: str
    contact: str
    text: str
    route: str
    service: str
    signpost: str
    urgent: bool
    signals: tuple[str, ...]
    proposed_by: str
    proposed_at: datetime
    state: ExampleState = ExampleState.PROPOSED
    decided_by: str = ""
    decided_at: datetime | None = None


@dataclass(frozen=True)
class Tally:
    """How many contacts of one sort there are. ``band`` is a key of accuracy.BANDS; ``alone``: decided by itself.

    ``fate``: left (nobody has looked), agreed (an officer said so too), corrected.
    """

    route: str
    rule: str
    band: str
    alone: bool
    fate: str
    count: int


@dataclass(frozen=True)
class TriageView:
    """One contact with all that is needed to decide it.

    ``marked`` is its text in pieces, each with whether the decision rests on it. ``seen`` counts the decisions of
    officers so far: who decides says how many they saw. ``held_by`` is the officer who has its conversation (empty:
    nobody). ``leads_to`` says what agreeing to the decision brings about. ``parts`` are the matters that were read
    besides. ``carried_out``: what was decided has been done already. ``next`` is the contact that waits after it.
    """

    view: ContactView
    contact: Contact
    decision: Decision
    marked: Sequence[tuple[str, bool]]
    seen: int
    corrections: Sequence[Correction]
    waits: bool
    carried_out: bool
    held_by: str = ""
    leads_to: Sequence[str] = ()
    parts: Sequence[Part] = ()
    alike: Sequence[Like] = ()
    history: Sequence[Earlier] = ()
    cases: Sequence[str] = ()
    next: str = ""
    part_of: str = ""
    names: tuple[tuple[str, str], ...] = ()
