"""Accounts: how officers sign in with a password, and who they are when they have signed in, in whatever way."""

import asyncio
import hashlib
import secrets
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from intake.errors import SendersMove
from intake.officers import Deed, How, Officer, Owed, SignedIn, SignIn, Ticket
from intake.policy import Policy
from intake.ports import Clock, Passwords, Store, UnitOfWork
from intake.rights import Role, scope_of

TRIES = 5
LOCKED_FOR = timedelta(minutes=15)
"""After so many wrong passwords or codes a name is locked for so long, for everybody and with any password."""

SIGNED_IN_FOR = timedelta(hours=12)
REMEMBERED_FOR = timedelta(hours=12)
"""How long an ended session still tells whose form it was that came too late."""

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 1_000
LONGEST_NAME = 80

HASHED_AT_ONCE = 2
"""Passwords hashed at the same time: each takes much memory on purpose."""

HALF_WAY = "second factor"
"""The kind of a ticket that is held between the password and the second factor."""
HALF_WAY_FOR = timedelta(minutes=10)

_SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class SignInRules:
    """What an installation asks of sign-ins.

    ``idle``: a session ends when nothing was done with it for so long (None: it does not). Officers of the roles
    ``second_factor_for`` must have one, ``grace`` after their account was made.
    """

    idle: timedelta | None = None
    second_factor_for: frozenset[Role] = frozenset()
    grace: timedelta = timedelta(days=14)


@dataclass(frozen=True)
class Admitted:
    """Let in. ``half_way``: the token is not a session's yet, but a ticket's; the second factor must follow."""

    token: str
    half_way: bool = False


@dataclass
class Accounts:
    """Where officers sign in. Everything done with an account is noted as a deed."""

    store: Store
    policy: Policy
    clock: Clock
    passwords: Passwords
    rules: SignInRules = field(default_factory=SignInRules)

    def __post_init__(self) -> None:
        self._hashing = asyncio.Semaphore(HASHED_AT_ONCE)

    async def has_officers(self) -> bool:
        """May anybody sign in yet?"""
        return await self.store.read(lambda unit: unit.officers.any())

    async def add(self, officer: Officer, password: str, by: str = "") -> None:
        """Let somebody sign in; without a password, by other ways only. Raises SendersMove with what is wrong."""
        name = folded(officer.name)
        if not name or "/" in name or not name.isprintable():
            raise SendersMove("An officer must have a name, without / in it")
        hashed = await self.hashed(password, name) if password else ""
        added = replace(officer, name=name, password_hash=hashed)
        await self.store.transact(lambda unit: _add(unit, added, by, self.clock()))

    async def add_officer(self, name: str, password: str, roles: tuple[Role, ...], services: tuple[str, ...]) -> None:
        """``add`` for who has no more than a name, roles and services yet."""
        _long_enough(password)
        await self.add(Officer(name, "", self.clock(), shown=name, roles=roles, services=services), password)

    async def sign_in(self, name: str, password: str, browser: str = "") -> Admitted | None:
        """None tells nobody whether name or password was wrong, or is locked.

        A try is counted before its password is looked at, so that many at once are not many for one.
        """
        now = self.clock()
        officer = await self.store.transact(lambda unit: count_try(unit, folded(name), now))
        if not await self._is_right(officer, password) or officer is None:
            return None
        return await self.store.transact(lambda unit: _admit(unit, officer, browser, now))

    async def officer_of(self, token: str, doing: bool = True) -> SignedIn | None:
        """Whose session this token is; None where it is nobody's, or has ended, or they may not sign in any more.

        ``doing``: it is the officer who asks, not a page of theirs by itself, so the session isn't idle.
        """
        who, now = await self.holder_of(sha256(token)), self.clock()
        if doing and who is not None and now - who.sign_in.seen_at >= _SEEN_EVERY:
            await self.store.transact(lambda unit: unit.officers.seen(who.sign_in.token_hash, now))
        return who

    async def holder_of(self, token_hash: str) -> SignedIn | None:
        """``officer_of`` for who knows the hash alone. It does not count as doing something."""
        return await self.store.read(lambda unit: self.at_work(unit, token_hash))

    def at_work(self, unit: UnitOfWork, token_hash: str) -> SignedIn | None:
        """``holder_of`` inside a transaction."""
        kept = unit.officers.sign_in(token_hash)
        officer = unit.officers.get(kept.officer) if kept and self.is_alive(kept) else None
        if kept is None or officer is None or officer.disabled_at is not None:
            return None
        scope = scope_of(officer.roles, officer.services, self.policy.need_to_know)
        by = self._second_factor_by(unit, officer, kept)
        return SignedIn(kept, officer, scope, self._owed(officer, kept.how, by), by)

    def is_alive(self, sign_in: SignIn) -> bool:
        """Is this session still one?"""
        now, idle = self.clock(), self.rules.idle
        fresh = idle is None or now - sign_in.seen_at < idle
        return sign_in.ended_at is None and sign_in.expires_at > now and fresh

    async def sign_out(self, token: str) -> None:
        """End a session."""
        await self.store.transact(lambda unit: unit.officers.end_sign_in(sha256(token), self.clock()))

    async def proves(self, who: SignedIn, password: str) -> bool:
        """Is it really them? Their password is asked for before what matters most. Who has none is believed."""
        if not who.account.password_hash:
            return True
        officer = await self.store.transact(lambda unit: count_try(unit, who.name, self.clock()))
        if not await self._is_right(officer, password):
            return False
        await self.store.transact(lambda unit: forgive(unit, who.name))
        return True

    async def change_password(self, who: SignedIn, new: str) -> None:
        """A new password; their other sessions end. Ask first whether it is them. Raises SendersMove."""
        hashed, now = await self.hashed(new, who.name), self.clock()

        def change(unit: UnitOfWork) -> None:
            officer = unit.officers.get(who.name, to_change=True)
            assert officer is not None
            unit.officers.keep(replace(officer, password_hash=hashed, first_password=False))
            unit.officers.end_sign_ins_of(who.name, now, who.sign_in.token_hash)
            unit.officers.note(Deed(now, who.name, "changed their password", who.name))

        await self.store.transact(change)

    async def sessions(self, who: SignedIn) -> list[SignIn]:
        """Their sessions, the one used last first."""
        kept = await self.store.read(lambda unit: unit.officers.sign_ins_of(who.name))
        return [sign_in for sign_in in kept if self.is_alive(sign_in)]

    async def end_session(self, who: SignedIn, session: str) -> None:
        """End one of their own sessions, or with "" all but this one."""
        now = self.clock()

        def end(unit: UnitOfWork) -> None:
            for sign_in in unit.officers.sign_ins_of(who.name):
                if sign_in.id == session or (not session and sign_in.id != who.sign_in.id):
                    unit.officers.end_sign_in(sign_in.token_hash, now)
            unit.officers.note(Deed(now, who.name, "ended sessions", who.name))

        await self.store.transact(end)

    async def hashed(self, password: str, name: str) -> str:
        """A new password's hash. Raises SendersMove where it is too easy to guess."""
        _long_enough(password)
        if len(password) > LONGEST_PASSWORD:
            raise SendersMove(f"A password must have at most {LONGEST_PASSWORD} characters")
        if folded(password) == name or len(set(password)) < 5:
            raise SendersMove("Choose a password that is harder to guess, such as three words that only you connect")
        return await self._hash(password)

    async def _is_right(self, officer: Officer | None, password: str) -> bool:
        """Takes as long where there is nobody."""
        if officer is None or not officer.password_hash:
            await self._hash(password[:LONGEST_PASSWORD])
            return False
        async with self._hashing:
            given = password[: LONGEST_PASSWORD + 1]
            return await asyncio.to_thread(self.passwords.verify, officer.password_hash, given)

    async def _hash(self, password: str) -> str:
        async with self._hashing:
            return await asyncio.to_thread(self.passwords.hash, password)

    def _second_factor_by(self, unit: UnitOfWork, officer: Officer, kept: SignIn) -> datetime | None:
        if kept.how is not How.PASSWORD or officer.totp or not self.rules.second_factor_for & set(officer.roles):
            return None
        return None if unit.sign_ins.passkeys_of(officer.name) else officer.created_at + self.rules.grace

    def _owed(self, officer: Officer, how: How, second_factor_by: datetime | None) -> Owed | None:
        """Who came by single sign-on or a passkey may never have heard the first password that they'd have to give."""
        if officer.first_password and how in (How.PASSWORD, How.PASSWORD_AND_CODE):
            return Owed.PASSWORD
        late = second_factor_by is not None and second_factor_by <= self.clock()
        return Owed.SECOND_FACTOR if late else None


def with_administrators(unit: UnitOfWork, name: str) -> Officer | None:
    """An officer to change, locked with every administrator, by name.

    Always in this order, so that two administrators who disable each other wait instead of both winning.
    """
    for one in unit.officers.all():
        if one.name == name or one.administers:
            unit.officers.get(one.name, to_change=True)
    return unit.officers.get(name, to_change=True)


def folded(name: str) -> str:
    """A name as it is kept and looked for: in any case, with any spaces, it is the same."""
    return " ".join(name.split()).casefold()[:LONGEST_NAME]


def sha256(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def count_try(unit: UnitOfWork, name: str, now: datetime) -> Officer | None:
    """The officer whose password or code may now be looked at; None where there is none or the name is locked."""
    officer = unit.officers.get(name, to_change=True)
    if officer is None or officer.disabled_at is not None or is_locked(officer, now):
        return None
    failures = 1 if officer.locked_until is not None else officer.failures + 1
    locked_until = now + LOCKED_FOR if failures >= TRIES else None
    counted = replace(officer, failures=failures, locked_until=locked_until)
    unit.officers.keep(counted)
    if locked_until:
        unit.officers.note(Deed(now, "", "last try before the name is locked", name))
    return counted


def is_locked(officer: Officer, now: datetime) -> bool:
    """Have there been too many tries?"""
    return officer.locked_until is not None and officer.locked_until > now


def forgive(unit: UnitOfWork, name: str) -> None:
    """They have proved that it is them: the count begins anew."""
    officer = unit.officers.get(name, to_change=True)
    if officer is not None:
        unit.officers.keep(replace(officer, failures=0, locked_until=None))


def begin_session(unit: UnitOfWork, officer: Officer, how: How, browser: str, now: datetime) -> str:
    """A new session's token."""
    token = secrets.token_urlsafe(32)
    expires_at, form_token = now + SIGNED_IN_FOR, secrets.token_urlsafe(32)
    forgive(unit, officer.name)
    unit.officers.end_sign_ins_before(now - REMEMBERED_FOR)
    unit.officers.keep_sign_in(SignIn(sha256(token), officer.name, form_token, expires_at, now, now, how, browser[:80]))
    unit.officers.note(Deed(now, officer.name, "signed in", note=how))
    return token


def _admit(unit: UnitOfWork, proved: Officer, browser: str, now: datetime) -> Admitted | None:
    """The password was right, unless it was changed meanwhile. It is enough for who has nothing better."""
    officer = unit.officers.get(proved.name, to_change=True)
    if officer is None or officer.disabled_at is not None or officer.password_hash != proved.password_hash:
        return None
    if not officer.totp and not unit.sign_ins.passkeys_of(officer.name):
        return Admitted(begin_session(unit, officer, How.PASSWORD, browser, now))
    token = secrets.token_urlsafe(32)
    unit.sign_ins.keep_ticket(Ticket(sha256(token), HALF_WAY, officer.name, "", now + HALF_WAY_FOR))
    # This try was none, but those before it stay counted until the second factor is right as well.
    unit.officers.keep(replace(officer, failures=max(officer.failures - 1, 0), locked_until=None))
    return Admitted(token, half_way=True)


def _add(unit: UnitOfWork, officer: Officer, by: str, now: datetime) -> None:
    if unit.officers.get(officer.name) is not None:
        raise SendersMove(f"There is an officer called {officer.name} already")
    unit.officers.keep(officer)
    unit.officers.note(Deed(now, by, "officer added", officer.name, ", ".join(officer.roles)))


def _long_enough(password: str) -> None:
    if len(password) < SHORTEST_PASSWORD:
        raise SendersMove(f"An officer's password must have at least {SHORTEST_PASSWORD} characters")
