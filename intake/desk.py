"""The desk: what officers may see and do, and how they sign in."""

import asyncio
import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from intake.case import Case
from intake.desk_view import (
    CaseView,
    ContactLine,
    ContactView,
    LetterLine,
    Line,
    MailLine,
    Officer,
    Original,
    Page,
    SetAsideLine,
    SignIn,
    Wanted,
)
from intake.errors import SendersMove
from intake.files import LINK_LASTS, File, Link, is_proved, read_link, write_link
from intake.interpretation import Detail
from intake.mailbox import MailboxState
from intake.ports import Clock, FileReaders, Passwords, Store, UnitOfWork

PAGE = 50
"""Lines of one page of a list."""

FURTHEST_PAGE = 10_000

TRIES = 5
LOCKED_FOR = timedelta(minutes=15)
"""After so many wrong passwords a name is locked for so long, for everybody and with any password."""

SIGNED_IN_FOR = timedelta(hours=12)

SHORTEST_PASSWORD = 12

HASHED_AT_ONCE = 2
"""Passwords hashed at the same time: each takes much memory on purpose."""


@dataclass
class Desk:
    """Where officers work. Nothing here asks who is signed in: the console does, before every page."""

    store: Store
    clock: Clock
    passwords: Passwords
    files: FileReaders = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._hashing = asyncio.Semaphore(HASHED_AT_ONCE)

    async def contacts(self, wanted: Wanted, number: int = 1) -> Page[ContactLine]:
        """A page of the contacts, newest first."""
        start = _start(number)
        return _page(await self.store.read(lambda unit: unit.desk.contacts(wanted, start, PAGE + 1)), start)

    async def contact(self, contact: str) -> ContactView | None:
        """One contact with its conversation; None where there is no such contact."""
        return await self.store.read(lambda unit: _view(unit, contact))

    async def original(self, contact: str) -> Original | None:
        """The contact byte for byte as it came; None where there is no such contact."""
        return await self.store.read(lambda unit: unit.desk.original(contact))

    def link(self, file: File, officer: SignIn) -> str:
        """A word that opens this file for ten minutes, while this officer stays signed in."""
        until = self.clock() + LINK_LASTS
        return write_link(Link(file.contact, file.attachment.number, officer.token_hash, until), officer.form_token)

    async def file(self, word: str) -> File | None:
        """The file that a link opens; None where the link is forged, too old, or its officer has signed out."""
        link, now = read_link(word), self.clock()
        officer = await self.store.read(lambda unit: unit.desk.sign_in(link.session)) if link else None
        if link is None or officer is None or officer.expires_at <= now:
            return None
        if not is_proved(word, link, officer.form_token, now):
            return None
        return await self.store.read(lambda unit: unit.attachments.get(link.contact, link.number))

    async def contents(self, file: File) -> bytes | None:
        """A file's bytes; None where it may not be downloaded, or is not found in the original."""
        original = await self.original(file.contact) if file.may_be_downloaded else None
        reader = self.files.get(original.channel) if original else None
        found = await reader(original.raw, file.attachment.number) if original and reader else None
        return found[1] if found else None

    async def cases(self, number: int = 1, *, closed_too: bool = False) -> Page[Case]:
        """A page of the open cases (or of all): urgent first, then by the next date."""
        start = _start(number)
        return _page(await self.store.read(lambda unit: unit.desk.cases(closed_too, start, PAGE + 1)), start)

    async def case(self, reference: str) -> CaseView | None:
        """One case; None where there is no such reference."""
        return await self.store.read(lambda unit: _case(unit, reference))

    async def contacts_set_aside(self) -> Sequence[SetAsideLine]:
        """Contacts that could not be handled, oldest first."""
        return await self.store.read(lambda unit: unit.desk.contacts_set_aside())

    async def mail_set_aside(self) -> Sequence[MailLine]:
        """Mail that could not be sent, oldest first."""
        return await self.store.read(lambda unit: unit.desk.mail_set_aside())

    async def mailboxes_in_trouble(self) -> Sequence[MailboxState]:
        """IMAP mailboxes that cannot be read, or of which something smaller does not work, by name."""
        states = await self.store.read(lambda unit: unit.mailboxes.states())
        return [state for state in states if state.failing_since or state.error]

    async def try_again(self, contact: str) -> bool:
        """Let a contact that was set aside be handled anew. False where it isn't set aside (any more)."""
        now = self.clock()
        return await self.store.transact(lambda unit: unit.desk.free_contact(contact, now))

    async def send_again(self, mail: str) -> bool:
        """Let a mail that was set aside be sent anew. False where it isn't set aside (any more)."""
        now = self.clock()
        return await self.store.transact(lambda unit: unit.desk.free_mail(mail, now))

    async def has_officers(self) -> bool:
        """May anybody sign in yet?"""
        return await self.store.read(lambda unit: unit.desk.any_officer())

    async def add_officer(self, name: str, password: str) -> None:
        """Let somebody sign in. Raises SendersMove where the name is taken or empty, or the password is too short."""
        if len(password) < SHORTEST_PASSWORD:
            raise SendersMove(f"An officer's password must have at least {SHORTEST_PASSWORD} characters")
        if not _folded(name):
            raise SendersMove("An officer must have a name")
        hashed = await self._hash(password)
        officer = Officer(_folded(name), hashed, self.clock())
        await self.store.transact(lambda unit: _add(unit, officer))

    async def sign_in(self, name: str, password: str) -> str | None:
        """A new session's token, or None: then nothing tells whether name or password was wrong, or is locked.

        A try is counted before its password is looked at, so that many at once are not many for one.
        """
        now = self.clock()
        officer = await self.store.transact(lambda unit: _count_try(unit, _folded(name), now))
        if officer is None:
            await self._hash(password)
            return None
        async with self._hashing:
            right = await asyncio.to_thread(self.passwords.verify, officer.password_hash, password)
        if not right:
            return None
        token = secrets.token_urlsafe(32)
        kept = SignIn(_sha256(token), officer.name, secrets.token_urlsafe(32), now + SIGNED_IN_FOR)
        await self.store.transact(lambda unit: _begin(unit, officer, kept, now))
        return token

    async def officer_of(self, token: str) -> SignIn | None:
        """Whose session this token is; None where it is nobody's, or has expired."""
        found = await self.store.read(lambda unit: unit.desk.sign_in(_sha256(token)))
        return found if found is not None and found.expires_at > self.clock() else None

    async def sign_out(self, token: str) -> None:
        """End a session."""
        await self.store.transact(lambda unit: unit.desk.end_sign_in(_sha256(token)))

    async def _hash(self, password: str) -> str:
        async with self._hashing:
            return await asyncio.to_thread(self.passwords.hash, password)


def _start(number: int) -> int:
    return PAGE * (min(max(number, 1), FURTHEST_PAGE) - 1)


def _page(lines: Sequence[Line], start: int) -> Page[Line]:
    """One line more than a page was asked for, to know whether another follows."""
    return Page(lines[:PAGE], start // PAGE + 1, len(lines) > PAGE)


def _view(unit: UnitOfWork, contact: str) -> ContactView | None:
    view = unit.desk.contact(contact)
    view = replace(view, files=unit.attachments.of_contact(contact)) if view else None
    conversation = unit.conversations.get(view.conversation) if view and view.conversation else None
    if view is None or conversation is None:
        return view
    turns = tuple(unit.conversations.turns(conversation.id))
    told: dict[Detail, str] = {
        detail: words for detail, words in conversation.details.items() if detail is not Detail.WHAT
    }
    return replace(
        view,
        turns=turns,
        waiting_for=conversation.waiting_for,
        case=conversation.case,
        told=told,
        letters=_letters(unit, conversation.id),
        address=conversation.person.email,
        comes_back=unit.addresses.dead(conversation.person.email),
    )


def _letters(unit: UnitOfWork, conversation: str) -> Sequence[LetterLine]:
    letters = unit.desk.letters(conversation)
    return [replace(letter, attempts=unit.outbox.attempts_of(letter.id)) for letter in letters]


def _case(unit: UnitOfWork, reference: str) -> CaseView | None:
    case = unit.cases.get(reference)
    return CaseView(case, unit.desk.first_contact(case.conversation)) if case is not None else None


def _add(unit: UnitOfWork, officer: Officer) -> None:
    if unit.desk.officer(officer.name) is not None:
        raise SendersMove(f"There is an officer called {officer.name} already")
    unit.desk.keep_officer(officer)


def _count_try(unit: UnitOfWork, name: str, now: datetime) -> Officer | None:
    """The officer whose password may now be looked at; None where there is none or the name is locked."""
    officer = unit.desk.officer(name)
    if officer is None or (officer.locked_until is not None and officer.locked_until > now):
        return None
    failures = 1 if officer.locked_until is not None else officer.failures + 1
    locked_until = now + LOCKED_FOR if failures >= TRIES else None
    counted = replace(officer, failures=failures, locked_until=locked_until)
    unit.desk.keep_officer(counted)
    return counted


def _begin(unit: UnitOfWork, officer: Officer, kept: SignIn, now: datetime) -> None:
    unit.desk.keep_officer(replace(officer, failures=0, locked_until=None))
    unit.desk.end_sign_ins_before(now)
    unit.desk.keep_sign_in(kept)


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()[:80]


def _sha256(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
