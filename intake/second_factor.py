"""The second factor beside a password: an authenticator app's codes, and recovery codes for when it is lost."""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum

from intake import totp
from intake.accounts import HALF_WAY, Accounts, begin_session, count_try, sha256
from intake.errors import SendersMove
from intake.officers import Deed, How, Officer, SignedIn, Ticket
from intake.ports import UnitOfWork

RECOVERY_CODES = 10
SET_UP_FOR = timedelta(minutes=15)
_SET_UP = "authenticator"
_SYMBOLS = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base 32: 16 of them are 80 bits, so that a plain SHA-256 is enough to keep them."""


class Refused(Enum):
    """Why a second factor did not let somebody in."""

    WRONG = "wrong, or the name is locked"
    TOO_LATE = "the page was open for too long"


@dataclass(frozen=True)
class SetUp:
    """An authenticator that is being set up: its secret, as text and as the address in the square."""

    token: str
    secret: str
    address: str


@dataclass
class SecondFactors:
    """Asks for the second factor, and lets officers set it up."""

    accounts: Accounts

    async def enter(self, token: str, code: str, browser: str = "") -> str | Refused:
        """A session's token for the ticket of a right password and a right code. Each try counts."""
        now = self.accounts.clock()
        return await self.accounts.store.transact(lambda unit: _enter(unit, token, code, browser, now))

    async def holder(self, token: str) -> tuple[Officer, bool] | None:
        """Who has got half way with this ticket, and whether they have a passkey."""
        now = self.accounts.clock()

        def found(unit: UnitOfWork) -> tuple[Officer, bool] | None:
            ticket = unit.sign_ins.ticket(sha256(token), HALF_WAY, now)
            officer = unit.officers.get(ticket.officer) if ticket else None
            return (officer, bool(unit.sign_ins.passkeys_of(officer.name))) if officer else None

        return await self.accounts.store.read(found)

    async def begin(self, who: SignedIn) -> SetUp:
        """A new secret, shown to them once. It counts from when they prove that their app has it."""
        secret, token, now = totp.new_secret(), secrets.token_urlsafe(32), self.accounts.clock()
        ticket = Ticket(sha256(token), _SET_UP, who.name, secret, now + SET_UP_FOR)
        await self.accounts.store.transact(lambda unit: unit.sign_ins.keep_ticket(ticket))
        return self._set_up(who, token, secret)

    async def again(self, who: SignedIn, token: str) -> SetUp | None:
        """The set-up that they have begun; None where it is too late, or not theirs."""
        now = self.accounts.clock()
        ticket = await self.accounts.store.read(lambda unit: unit.sign_ins.ticket(sha256(token), _SET_UP, now))
        return self._set_up(who, token, ticket.words) if ticket and ticket.officer == who.name else None

    async def finish(self, who: SignedIn, token: str, code: str) -> list[str] | None:
        """Their app has the secret: it is asked for from now on. Recovery codes, shown once; None: a wrong code."""
        now = self.accounts.clock()

        def done(unit: UnitOfWork) -> list[str] | None:
            ticket = unit.sign_ins.ticket(sha256(token), _SET_UP, now)
            officer = unit.officers.get(who.name, to_change=True)
            step = totp.matching_step(ticket.words, code, now) if ticket and ticket.officer == who.name else 0
            if not step or ticket is None or officer is None:
                return None
            unit.sign_ins.take_ticket(ticket.token_hash, _SET_UP, now)
            unit.officers.keep(replace(officer, totp=ticket.words, totp_step=step))
            unit.officers.end_sign_ins_of(who.name, now, who.sign_in.token_hash)
            unit.officers.note(Deed(now, who.name, "set up an authenticator", who.name))
            return new_recovery_codes(unit, who.name)

        return await self.accounts.store.transact(done)

    async def renew_recovery_codes(self, who: SignedIn) -> list[str]:
        """New ones, shown once; the old ones count no more."""
        now = self.accounts.clock()

        def renewed(unit: UnitOfWork) -> list[str]:
            unit.officers.note(Deed(now, who.name, "made new recovery codes", who.name))
            return new_recovery_codes(unit, who.name)

        return await self.accounts.store.transact(renewed)

    async def remove(self, who: SignedIn) -> None:
        """Take the authenticator away. Raises SendersMove where their role must have a second factor, and it is it."""
        now = self.accounts.clock()

        def removed(unit: UnitOfWork) -> None:
            officer = unit.officers.get(who.name, to_change=True)
            keys = unit.sign_ins.passkeys_of(who.name)
            if officer is None or (not keys and self.accounts.rules.second_factor_for & set(officer.roles)):
                raise SendersMove("Your role must have a second factor. Add a passkey first, or set up another app")
            unit.officers.keep(replace(officer, totp="", totp_step=0))
            if not keys:
                unit.sign_ins.keep_recovery_codes(who.name, ())
            unit.officers.note(Deed(now, who.name, "removed their authenticator", who.name))

        await self.accounts.store.transact(removed)

    async def codes_left(self, who: SignedIn) -> int:
        """How many recovery codes they still have."""
        return await self.accounts.store.read(lambda unit: unit.sign_ins.recovery_codes(who.name))

    def _set_up(self, who: SignedIn, token: str, secret: str) -> SetUp:
        issuer = f"{self.accounts.policy.council.name} complaints"
        return SetUp(token, secret, totp.address(secret, who.name, issuer))


def new_recovery_codes(unit: UnitOfWork, officer: str) -> list[str]:
    """Ten of them, in place of those that there were. Only their hashes are kept."""
    codes = ["-".join(_four() for _ in range(4)) for _ in range(RECOVERY_CODES)]
    unit.sign_ins.keep_recovery_codes(officer, [_hash(officer, code) for code in codes])
    return codes


def _enter(unit: UnitOfWork, token: str, code: str, browser: str, now: datetime) -> str | Refused:
    ticket = unit.sign_ins.ticket(sha256(token), HALF_WAY, now)
    if ticket is None:
        return Refused.TOO_LATE
    officer = count_try(unit, ticket.officer, now)
    if officer is None:
        return Refused.WRONG
    step = totp.matching_step(officer.totp, code, now, officer.totp_step) if officer.totp else 0
    if step:
        officer = replace(officer, totp_step=step)
        unit.officers.keep(officer)
    elif unit.sign_ins.use_recovery_code(officer.name, _hash(officer.name, code)):
        unit.officers.note(Deed(now, officer.name, "used a recovery code", officer.name))
    else:
        return Refused.WRONG
    if unit.sign_ins.take_ticket(ticket.token_hash, HALF_WAY, now) is None:
        return Refused.TOO_LATE
    return begin_session(unit, officer, How.PASSWORD_AND_CODE, browser, now)


def _four() -> str:
    return "".join(secrets.choice(_SYMBOLS) for _ in range(4))


def _hash(officer: str, code: str) -> str:
    """However it was typed: any case, with or without dashes and spaces, O for 0, I or L for 1."""
    plain = "".join(filter(str.isalnum, code)).casefold().translate(str.maketrans("oil", "011"))
    return sha256(f"{officer}\n{plain}")
