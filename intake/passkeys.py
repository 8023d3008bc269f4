"""Passkeys: officers register them, and sign in with them. They count as two factors: their device asks who it is."""

import base64
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from intake.accounts import HALF_WAY, Accounts, begin_session, sha256
from intake.errors import NotProved, SendersMove
from intake.officers import Deed, How, Passkey, SignedIn, Ticket
from intake.ports import PasskeyChecks, UnitOfWork
from intake.second_factor import new_recovery_codes

ANSWER_WITHIN = timedelta(minutes=5)
MOST_PASSKEYS = 20
MOST_OPEN = 2_000
"""Questions of strangers that wait for an answer: nobody fills the store by asking for them."""

_REGISTER, _SIGN_IN = "register passkey", "passkey sign-in"
_UNKNOWN = "This passkey is not known here. Sign in another way, or choose another passkey"
_TOO_LATE = "This took too long. Try again"


@dataclass(frozen=True)
class Question:
    """What the browser is asked, as JSON, and the ticket with which its answer must come."""

    token: str
    words: str


@dataclass
class Passkeys:
    """Registers passkeys and lets their officers in."""

    accounts: Accounts
    checks: PasskeyChecks

    async def of(self, who: SignedIn) -> Sequence[Passkey]:
        """Theirs, the oldest first."""
        return await self.accounts.store.read(lambda unit: unit.sign_ins.passkeys_of(who.name))

    async def ask_to_register(self, who: SignedIn) -> Question:
        """Begin to register a passkey. Raises SendersMove where they have too many."""
        known = await self.of(who)
        if len(known) >= MOST_PASSKEYS:
            raise SendersMove(f"You have {MOST_PASSKEYS} passkeys. Remove one that you don't use")
        token, challenge = await self._asked(_REGISTER, who.name)
        return Question(token, self.checks.to_register(who.account, known, challenge))

    async def register(self, who: SignedIn, token: str, answer: str, name: str) -> list[str]:
        """Keep a new passkey. Recovery codes, shown once, where they had no second factor; raises SendersMove."""
        now = self.accounts.clock()
        ticket = await self._taken(token, _REGISTER, now)
        if ticket.officer != who.name:
            raise NotProved(_TOO_LATE)
        key, public, count = self.checks.registered(answer, _challenge(ticket))
        passkey = Passkey(key, who.name, public, count, _named(name), now)

        def kept(unit: UnitOfWork) -> list[str]:
            if unit.sign_ins.passkey(key) is not None:
                raise SendersMove("This passkey is registered already")
            unit.sign_ins.keep_passkey(passkey)
            unit.officers.note(Deed(now, who.name, "added a passkey", who.name, passkey.name))
            return [] if unit.sign_ins.recovery_codes(who.name) else new_recovery_codes(unit, who.name)

        return await self.accounts.store.transact(kept)

    async def rename(self, who: SignedIn, key: str, name: str) -> None:
        """Call one of theirs something else."""

        def renamed(unit: UnitOfWork) -> None:
            passkey = unit.sign_ins.passkey(key)
            if passkey is not None and passkey.officer == who.name:
                unit.sign_ins.keep_passkey(replace(passkey, name=_named(name)))

        await self.accounts.store.transact(renamed)

    async def remove(self, who: SignedIn, key: str) -> None:
        """Take one of theirs away. Raises SendersMove where it is the second factor that their role must have."""
        now = self.accounts.clock()

        def removed(unit: UnitOfWork) -> None:
            officer = unit.officers.get(who.name, to_change=True)
            others = [passkey for passkey in unit.sign_ins.passkeys_of(who.name) if passkey.id != key]
            bare = officer is not None and not officer.totp and not others
            if bare and officer and self.accounts.rules.second_factor_for & set(officer.roles):
                raise SendersMove("Your role must have a second factor. Set up an authenticator app or a passkey first")
            if unit.sign_ins.drop_passkeys(who.name, key):
                unit.officers.note(Deed(now, who.name, "removed a passkey", who.name))
            if bare:
                unit.sign_ins.keep_recovery_codes(who.name, ())

        await self.accounts.store.transact(removed)

    async def ask_to_sign_in(self) -> Question:
        """Ask for any passkey of this console. Raises SendersMove while too many are asked."""
        token, challenge = await self._asked(_SIGN_IN, "")
        return Question(token, self.checks.to_sign_in(challenge))

    async def sign_in(self, token: str, answer: str, browser: str = "", half_way: str = "") -> str:
        """A session's token. Raises NotProved. ``half_way`` is the ticket of a password, if one came before."""
        now = self.accounts.clock()
        challenge = _challenge(await self._taken(token, _SIGN_IN, now))
        key = self.checks.claimed(answer)
        passkey = await self.accounts.store.read(lambda unit: unit.sign_ins.passkey(key)) if key else None
        if passkey is None:
            raise NotProved(_UNKNOWN)
        try:
            count = self.checks.proved(answer, challenge, passkey)
        except NotProved:
            doubt = Deed(now, passkey.officer, "passkey refused", passkey.officer, passkey.name)
            await self.accounts.store.transact(lambda unit: unit.officers.note(doubt))
            raise
        known = passkey

        def begun(unit: UnitOfWork) -> str:
            officer, kept = unit.officers.get(known.officer, to_change=True), unit.sign_ins.passkey(known.id)
            if officer is None or officer.disabled_at is not None or kept != known:
                raise NotProved(_UNKNOWN)
            unit.sign_ins.keep_passkey(replace(known, sign_count=count, used_at=now))
            unit.sign_ins.take_ticket(sha256(half_way), HALF_WAY, now)
            return begin_session(unit, officer, How.PASSKEY, browser, now)

        return await self.accounts.store.transact(begun)

    async def _asked(self, kind: str, officer: str) -> tuple[str, bytes]:
        """A ticket for a new challenge."""
        token, challenge, now = secrets.token_urlsafe(32), secrets.token_bytes(32), self.accounts.clock()
        words = base64.urlsafe_b64encode(challenge).decode()

        def kept(unit: UnitOfWork) -> bool:
            if unit.sign_ins.open_tickets(kind, now) >= MOST_OPEN:
                return False
            unit.sign_ins.keep_ticket(Ticket(sha256(token), kind, officer, words, now + ANSWER_WITHIN))
            return True

        if not await self.accounts.store.transact(kept):
            raise SendersMove("Too many are signing in just now. Try again in five minutes, or use your password")
        return token, challenge

    async def _taken(self, token: str, kind: str, now: datetime) -> Ticket:
        ticket = await self.accounts.store.transact(lambda unit: unit.sign_ins.take_ticket(sha256(token), kind, now))
        if ticket is None:
            raise NotProved(_TOO_LATE)
        return ticket


def _challenge(ticket: Ticket) -> bytes:
    return base64.urlsafe_b64decode(ticket.words)


def _named(name: str) -> str:
    return " ".join(name.split())[:60] or "Passkey"
