"""What the contact centre keeps: live conversations, drafts, entries, corrections and incidents."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from intake.centre_view import CallBack, Earlier, QueueLine, Sight
from intake.contact import Attachment, Contact, Outcome, Person
from intake.conversation import Conversation, Turn
from intake.correction_view import Correction, Example, Tally, TriageLine
from intake.drafts import Draft
from intake.entering import Entry
from intake.incidents import Incident
from intake.messenger import Numbered
from intake.presence import Presence, Staffing
from intake.rights import Scope
from intake.triage import Decision


class Centre(Protocol):
    """Live conversations with officers: who waits, who is there, calls to make, what is half written."""

    def waiting(self, scope: Scope, start: int, most: int, but_for: Sequence[str] = ()) -> Sequence[QueueLine]:
        """Most urgent first, then who has waited longest; without those that were handed to ``but_for``."""

    def handed(self, to: Sequence[str], scope: Scope) -> Sequence[QueueLine]:
        """Those that wait because they were handed to one of these, in the same order."""

    def waits(self, scope: Scope, most: int, since: datetime | None = None) -> int:
        """How many wait, counted up to ``most``: all, or those that began to wait after this moment."""

    def held_by(self, officer: str) -> Sequence[QueueLine]:
        """The conversations that this officer has, the one had longest first."""

    def line(self, conversation: str) -> QueueLine | None: ...

    def lines(self, conversations: Sequence[str]) -> Sequence[QueueLine]: ...

    def staffing(self, now: datetime) -> Staffing:
        """Who is there, as it looks to who waits."""

    def presence(self, officer: str) -> Presence | None:
        """As it was last told, online or not."""

    def online(self, now: datetime) -> Sequence[Presence]:
        """Everybody who is there, by name."""

    def keep_presence(self, presence: Presence) -> None: ...

    def to_look_at(self, now: datetime) -> Conversation | None:
        """A conversation that somebody must look at by itself, due longest first."""

    def abandoned(self, now: datetime) -> Conversation | None:
        """A live conversation whose officer is not there any more."""

    def falls_due(self, until: date) -> Conversation | None:
        """One that waits for less, though its case must be answered by then."""

    def page_of(self, conversation: str, before: int, most: int) -> tuple[Sequence[Numbered], int]:
        """The last turns with numbers under ``before`` (0: the last of all), oldest first; and how many come before."""

    def spoke(self, conversation: str, name: str, turn: Turn, officer: str, letter: str) -> bool:
        """Keep an officer's words, once by their name; False where they are kept already."""

    def spoken(self, conversation: str) -> Mapping[int, tuple[str, str]]:
        """By a turn's number: which officer said it, and the state of the letter that took it out (empty: none)."""

    def hold_back(self, turn: int) -> None:
        """This turn never went out: an officer had taken over."""

    def settle(self, conversation: str) -> None:
        """Its contacts do not wait for a person any more."""

    def last_contact(self, conversation: str) -> Contact | None:
        """The last that a person wrote in it."""

    def history(self, person: Person, but_not: str, scope: Scope, most: int) -> Sequence[Earlier]:
        """Other conversations with this address or number, newest first."""

    def half_written(self, conversation: str, officer: str) -> str: ...

    def keep_half_written(self, conversation: str, officer: str, text: str, now: datetime) -> None:
        """Instead of what was kept; empty text is forgotten."""

    def sight(self, conversation: str) -> Sight: ...

    def shown(self, conversation: str, number: int, now: datetime) -> None:
        """A page of the resident's has shown every turn up to this one."""

    def writes(self, conversation: str, resident: bool, until: datetime) -> None:
        """The resident, or the officer, is writing until then, unless it is said again."""

    def carried_by(self, turns: Sequence[int], letter: str) -> None:
        """These words of an officer's go by this letter."""

    def is_here(self, conversation: str, now: datetime) -> None:
        """A page of theirs is open."""

    def marks(self, conversations: Sequence[str]) -> Mapping[str, str]:
        """Of those that are kept, a mark that changes when anything changes that a page of theirs shows."""

    def ask_call(self, conversation: Conversation, phone: str, good_time: str, until: datetime, now: datetime) -> None:
        """Somebody is to call; asked again in the same conversation, it is the same call, at the same promised time."""

    def calls(self, scope: Scope, most: int) -> Sequence[CallBack]:
        """Calls to make, soonest first."""

    def call(self, call: str) -> CallBack | None: ...

    def call_of(self, conversation: str) -> CallBack | None:
        """The call to make for this conversation."""

    def keep_call(self, call: CallBack) -> None: ...


class Drafts(Protocol):
    """Forms that are being filled in. ``key`` is a digest of what their browser shows: reading the store opens none."""

    def get(self, key: str) -> Draft | None:
        """The draft of this key, expired or not; inside a transaction nobody else changes it until its end."""

    def keep(self, key: str, draft: Draft) -> None: ...

    def forget(self, key: str) -> None: ...

    def give_code(self, key: str, code_hash: str) -> None:
        """It can be found by this code from now on, and by no other."""

    def move(self, code_hash: str, key: str, now: datetime) -> bool:
        """The draft that has this code gets another key; False where none has it or its time is over."""

    def any_expired(self, now: datetime) -> bool: ...

    def forget_expired(self, now: datetime) -> None: ...


class Entries(Protocol):
    """What officers are writing down for somebody, and the files that were scanned with it."""

    def get(self, entry: str) -> Entry | None:
        """Inside a transaction nobody else changes it until its end."""

    def keep(self, entry: Entry) -> None: ...

    def forget(self, entry: str) -> None:
        """With its files."""

    def unfinished(self, officer: str = "") -> Sequence[Entry]:
        """Not sent yet, the one written last first: this officer's, or everybody's."""

    def forget_sent(self, before: datetime) -> None:
        """Those that were sent before."""

    def add_file(self, entry: str, file: Attachment, data: bytes) -> None: ...

    def remove_file(self, entry: str, number: int) -> None: ...

    def data_of(self, entry: str) -> Sequence[bytes]:
        """The files' octets, in their order."""


class Corrections(Protocol):
    """Contacts whose decision an officer must make, what officers decided, and examples to learn from."""

    def waiting(self, scope: Scope, start: int, most: int) -> Sequence[TriageLine]:
        """Urgent ones first, then who has waited longest."""

    def waits(self, scope: Scope, most: int) -> int:
        """How many wait, counted up to ``most``."""

    def next_after(self, contact: str, scope: Scope) -> str:
        """The contact that waits after this one, the first of all where none does; empty where no other waits."""

    def is_waiting(self, contact: str) -> bool: ...

    def of_contact(self, contact: str) -> Sequence[Correction]:
        """What officers decided about it, oldest first."""

    def keep(self, correction: Correction) -> None:
        """Keep it for ever. Fails where the contact has one of this step already."""

    def decided_at(self, contact: str) -> datetime | None:
        """When it was first decided."""

    def part_of(self, contact: str) -> str:
        """The contact that it is a part of; empty where it is whole."""

    def decided(
        self, contact: Contact, conversation: str, decision: Decision, outcome: Outcome, part_of: str = ""
    ) -> None:
        """An officer has decided it: this is what it is from now on, and it waits no more."""

    def tallies(self, since: datetime, scope: Scope) -> Sequence[Tally]:
        """What was decided since then, counted by sort."""

    def propose(self, example: Example) -> None:
        """Keep a proposed example, new or changed."""

    def example(self, example: str) -> Example | None:
        """Inside a transaction nobody else changes it until its end."""

    def to_judge(self, scope: Scope, most: int) -> Sequence[tuple[Example, str]]:
        """Those that were proposed, oldest first, each with the words of its contact."""

    def approved(self, scope: Scope) -> Sequence[Example]:
        """Oldest first."""

    def count_approved(self) -> int: ...

    def examples_of(self, contact: str) -> Sequence[Example]: ...


class Incidents(Protocol):
    """Threats and abuse against staff."""

    def get(self, incident: str) -> Incident | None:
        """Inside a transaction nobody else changes it until its end."""

    def keep(self, incident: Incident) -> None: ...

    def standing(self, email: str, phone: str, conversation: str, today: date) -> Sequence[Incident]:
        """Whose flags stand, by any of these that is not empty; the one that ends last first."""

    def open(self, start: int, most: int) -> Sequence[Incident]:
        """Not reviewed yet first, then by the end of their flags; ``start`` of them are skipped."""

    def any_due(self, today: date) -> bool:
        """Is there one whose time is over?"""

    def forget_due(self, today: date) -> None:
        """Those whose time is over."""
