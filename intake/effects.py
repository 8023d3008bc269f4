"""What a decision wants done: a new state and a closed set of effects, carried out in one place (intake.carry_out)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Generic, TypeVar

from intake.case import Case
from intake.contact import Reply
from intake.flow import Choice
from intake.policy import Language, Team

State = TypeVar("State")
Fields = Mapping[str, str | tuple[str, ...]]


@dataclass(frozen=True)
class InTheirLanguage:
    """Words for who writes in another language: until when a person is in touch, and whether somebody is in danger."""

    language: Language
    until: date
    danger: bool


@dataclass(frozen=True)
class Say:
    """Answer the resident with this letter of the pack, filled with these fields.

    ``beside`` is what stands before it in the resident's own language (None: they write in English).
    """

    template: str
    fields: Fields
    beside: InTheirLanguage | None = None


@dataclass(frozen=True)
class Tell:
    """Say this in the conversation itself, with the choices that may be taken at it.

    ``stands``: it goes out even where an officer takes over before it has.
    """

    text: str
    choices: tuple[Choice, ...] = ()
    stands: bool = False


@dataclass(frozen=True)
class Write:
    """Send the resident of a live conversation this letter of the pack besides, at the address that they gave."""

    template: str
    fields: Fields
    to: str


@dataclass(frozen=True)
class PassOn:
    """Write to a team of ours with this letter of the pack."""

    team: Team
    template: str
    fields: Fields


@dataclass(frozen=True)
class AskCall:
    """Somebody is to call this number until then (UTC). ``good_time`` is when it suits them, in their words."""

    phone: str
    until: datetime
    good_time: str = ""


@dataclass(frozen=True)
class KeepCase:
    """Keep this case, new or changed."""

    case: Case


@dataclass(frozen=True)
class CameBack:
    """This letter of ours came back; where ``lasting``, nothing more is sent to its address by itself."""

    letter: Reply
    line: str
    lasting: bool


Effect = Say | Tell | Write | PassOn | AskCall | KeepCase | CameBack


@dataclass(frozen=True)
class Step(Generic[State]):
    """A decision's result: the state after it, and what is to be done, in order."""

    state: State
    effects: tuple[Effect, ...] = ()
