"""What officers see and work on: lists, what was set aside, search and cases."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from intake.aside_view import ContactAside, MailAside, MessageAside
from intake.case import Case
from intake.case_view import Asking, CaseLetter, CaseLine, CasesWanted, Mention, SavedView, Task, Undoable
from intake.case_view import Entry as CaseEntry
from intake.contact import Contact
from intake.desk_view import ContactLine, ContactView, LetterLine, Original, Wanted
from intake.rights import Scope
from intake.search_view import OfficersWords


class DeskStore(Protocol):
    """What officers see and do. Lists skip ``start`` lines and hold at most ``most``."""

    def contacts(self, wanted: Wanted, scope: Scope, start: int, most: int) -> Sequence[ContactLine]:
        """Newest first."""

    def contact(self, contact: str) -> ContactView | None:
        """Without what its conversation adds (turns, waiting_for, case, letters)."""

    def letters(self, conversation: str) -> Sequence[LetterLine]:
        """The newest letters of a conversation, oldest first, without their attempts."""

    def first_contact(self, conversation: str) -> str:
        """The contact that a conversation began with; empty where there is none."""

    def services(self, conversation: str) -> Mapping[str, str]:
        """The service of each contact of a conversation."""

    def original(self, contact: str) -> Original | None: ...

    def cases(self, closed_too: bool, scope: Scope, start: int, most: int) -> Sequence[Case]:
        """Open ones first; urgent first, then by the next date."""


class Aside(Protocol):
    """What was set aside. What changes it is False where it isn't set aside (any more)."""

    def contacts(self, channel: str, scope: Scope, start: int, most: int) -> Sequence[ContactAside]:
        """Oldest first: of one channel, or of all where it is empty."""

    def contacts_by_channel(self, scope: Scope) -> Mapping[str, int]:
        """How many wait."""

    def contact(self, contact: str) -> ContactAside | None:
        """Whatever its state."""

    def mail(self, kind: str, scope: Scope, start: int, most: int) -> Sequence[MailAside]:
        """Oldest first: of one kind of letter, or of all where it is empty."""

    def mail_by_kind(self, scope: Scope) -> Mapping[str, int]:
        """How many wait."""

    def letter(self, mail: str) -> MailAside | None:
        """Whatever its state."""

    def free_contact(self, contact: str, now: datetime, by_hand: Contact | None = None) -> bool:
        """Let it be handled anew from now on, as what an officer read in it where they did."""

    def leave_contact(self, contact: str, now: datetime) -> bool:
        """There is nothing to do with it."""

    def free_mail(self, mail: str, now: datetime, to: str = "") -> bool:
        """Let it be sent anew from now on, to another address where one is given."""

    def leave_mail(self, mail: str) -> bool:
        """It is not sent."""

    def messages(self, scope: Scope, start: int, most: int) -> Sequence[MessageAside]:
        """Of a messenger, oldest first."""

    def count_messages(self, scope: Scope) -> int:
        """How many wait."""

    def message(self, message: str) -> MessageAside | None:
        """Whatever its state."""

    def leave_message(self, message: str) -> bool:
        """There is nothing to do with it."""


class Searching(Protocol):
    """Contacts, and what officers wrote, by their words."""

    def officers_words(self, words: str, scope: Scope, most: int) -> Sequence[OfficersWords]:
        """Notes and letters of officers that have all of these words, so many of each at most; newest first."""

    def search(self, words: str, scope: Scope, start: int, most: int) -> Sequence[ContactLine]:
        """Those that have all of these words, names, numbers or postcodes; newest first."""

    def sounding(self, words: str, scope: Scope, most: int) -> Sequence[ContactLine]:
        """Those that have not, but whose person's name sounds like some of these words and that have the others;
        newest first."""

    def conversations(self, contacts: Sequence[str]) -> Sequence[str]:
        """The conversations that these contacts belong to."""

    def sharing(
        self, words: str, route: str, service: str, but_not: str, scope: Scope
    ) -> Sequence[tuple[ContactLine, str]]:
        """Decided ones of the same service (of the same route where that is none) that share a telling word, with
        their own words; the newest first."""


class CaseWork(Protocol):
    """The day's work on cases. Lists skip ``start`` lines and hold at most ``most``; counts stop at ``most``."""

    def cases(self, wanted: CasesWanted, asking: Asking, scope: Scope, start: int, most: int) -> Sequence[CaseLine]:
        """What is due first stands first."""

    def count(self, wanted: CasesWanted, asking: Asking, scope: Scope, most: int) -> int: ...

    def cases_of(self, references: Sequence[str], scope: Scope) -> Sequence[CaseLine]:
        """Those of these references, newest first."""

    def cases_in(self, conversations: Sequence[str], scope: Scope) -> Sequence[CaseLine]:
        """Those of these conversations, newest first."""

    def enter(self, entry: CaseEntry) -> None:
        """Keep a line of a case's history for ever."""

    def history(self, reference: str) -> Sequence[CaseEntry]:
        """Newest first."""

    def keep_task(self, task: Task) -> None:
        """New, or changed."""

    def drop_task(self, task: str) -> None:
        """Forget one that is not done."""

    def task(self, task: str) -> Task | None: ...

    def tasks_of_case(self, reference: str) -> Sequence[Task]:
        """Those to do first, by their day."""

    def tasks_of(self, officer: str, scope: Scope, start: int, most: int) -> Sequence[Task]:
        """To do, by their day."""

    def count_tasks(self, officer: str, scope: Scope, most: int) -> int: ...

    def mention(self, mention: Mention) -> None: ...

    def mentions_of(self, officer: str, scope: Scope, start: int, most: int) -> Sequence[Mention]:
        """Not seen yet, oldest first."""

    def count_mentions(self, officer: str, scope: Scope, most: int) -> int: ...

    def mention_seen(self, mention: str, officer: str, now: datetime) -> bool:
        """False where it is not theirs, or was seen before."""

    def keep_letter(self, letter: CaseLetter) -> bool:
        """New, or changed; False where it changed since it was read."""

    def letter(self, letter: str) -> CaseLetter | None: ...

    def letters_of_case(self, reference: str) -> Sequence[CaseLetter]:
        """Newest first."""

    def letters_to_check(self, scope: Scope, start: int, most: int) -> Sequence[CaseLetter]:
        """Oldest first."""

    def count_to_check(self, scope: Scope, most: int) -> int: ...

    def keep_view(self, view: SavedView) -> None: ...

    def drop_view(self, view: str, officer: str) -> bool:
        """False where it is not theirs."""

    def views(self, officer: str, teams: Sequence[str]) -> Sequence[SavedView]:
        """Their own and their teams', by name."""

    def keep_undo(self, undo: Undoable) -> None:
        """And forget those of long ago."""

    def undo(self, undo: str, officer: str, now: datetime) -> Undoable | None:
        """While it can be undone; inside a transaction nobody else takes it until its end."""

    def drop_undo(self, undo: str) -> None: ...
