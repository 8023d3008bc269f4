"""Officers and their sign-ins."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Protocol

from intake.officers import Absence, Deed, KeptForm, Officer, Passkey, SignIn, Ticket


class Officers(Protocol):
    """Officers, their sign-ins, and what they did. Names are folded (accounts.folded)."""

    def any(self) -> bool:
        """Is there one?"""

    def all(self) -> Sequence[Officer]:
        """By name."""

    def get(self, name: str, to_change: bool = False) -> Officer | None:
        """``to_change`` locks it until the transaction ends, so that what several processes do at once all counts."""

    def keep(self, officer: Officer) -> None: ...

    def sign_in(self, token_hash: str) -> SignIn | None:
        """The sign-in of this hash, expired or not."""

    def sign_ins_of(self, officer: str) -> Sequence[SignIn]:
        """The one used last first, ended and expired ones among them."""

    def keep_sign_in(self, sign_in: SignIn) -> None: ...

    def seen(self, token_hash: str, now: datetime) -> None:
        """Its officer does something with it now."""

    def sign_in_of_form(self, form_token: str) -> SignIn | None:
        """The sign-in whose forms carry this, ended or not."""

    def end_sign_in(self, token_hash: str, now: datetime) -> None:
        """Mark it as ended."""

    def end_sign_ins_of(self, officer: str, now: datetime, but: str = "") -> None:
        """Mark all of theirs as ended, but for the one with this hash."""

    def end_sign_ins_before(self, moment: datetime) -> None:
        """Forget those that expired up to this moment."""

    def note(self, deed: Deed) -> None:
        """Keep for ever what an officer did."""

    def deeds(
        self,
        about: str = "",
        officer: str = "",
        start: int = 0,
        most: int = 50,
        what: str = "",
        within: tuple[datetime, datetime] | None = None,
    ) -> Sequence[Deed]:
        """Newest first: those done to something, by somebody, of a kind, from one moment until another, or all."""


class SignIns(Protocol):
    """What signing in needs besides officers: tickets, passkeys, recovery codes, kept forms, and absences."""

    def keep_ticket(self, ticket: Ticket) -> None:
        """And forget those that have expired a while ago."""

    def open_tickets(self, kind: str, now: datetime) -> int:
        """How many of this kind could be used now."""

    def ticket(self, token_hash: str, kind: str, now: datetime) -> Ticket | None:
        """While it has not expired."""

    def take_ticket(self, token_hash: str, kind: str, now: datetime) -> Ticket | None:
        """``ticket``, and it is used up: of several who take it at once only one gets it."""

    def passkey(self, key: str) -> Passkey | None: ...

    def passkeys_of(self, officer: str) -> Sequence[Passkey]:
        """The oldest first."""

    def keep_passkey(self, passkey: Passkey) -> None:
        """New, or changed."""

    def drop_passkeys(self, officer: str, key: str = "") -> int:
        """This one of theirs, or all; how many there were."""

    def keep_recovery_codes(self, officer: str, hashes: Collection[str]) -> None:
        """In place of all that they had."""

    def recovery_codes(self, officer: str) -> int:
        """How many are left."""

    def use_recovery_code(self, officer: str, code_hash: str) -> bool:
        """Use it up; False where there is no such code (any more)."""

    def keep_form(self, form: KeptForm) -> None: ...

    def forms_of(self, officer: str, since: datetime) -> Sequence[KeptForm]:
        """Those kept since then, the oldest first."""

    def drop_form(self, officer: str, form: str) -> None: ...

    def drop_forms_before(self, moment: datetime) -> None: ...

    def keep_absence(self, absence: Absence) -> None: ...

    def drop_absence(self, officer: str, absence: str) -> bool: ...

    def absences(self, since: date, officer: str = "") -> Sequence[Absence]:
        """Those that end on this day or later, by their first day: of one officer, or of all."""
