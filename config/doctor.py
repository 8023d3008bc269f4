"""The doctor: looks at everything that Rightdoor stands on, and says of each in one line how it is and what to do."""

import asyncio
import contextlib
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from case_store.engine import make_engine
from case_store.health import Backlog, backlog, is_migrated
from case_store.store import SqlStore
from channels.sending.smtp_relay import Handover, Patience, Relay
from channels.telegram.api import bot_number
from channels.telegram_bot import ALARM
from config.active_pack import active_pack_of
from config.findings import Finding, failing, ok, warning
from config.mail_dns import Resolve, examine_dns
from config.packs import check_pack
from config.settings import Settings, clock, is_loopback
from config.wiring import interpreter_of, letterhead, scanner, signature
from intake.errors import CouncilsMove, OurMove
from intake.files import FileState
from intake.mailbox import MailboxState
from intake.messenger import BotState
from intake.policy import Policy

LITTLE_SPACE = 1 << 30
"""Octets: forty of the largest mails."""

TOO_LITTLE_SPACE = 100 << 20

SLOW = timedelta(minutes=10)
"""A contact is handled in seconds, and a mail sent in seconds: what is older waits for something."""

UNREAD = timedelta(hours=1)

_CHECK_MAILBOX = "Check that its server runs and lets us in, and RIGHTDOOR_IMAP_URL"

_NEVER_FETCHED = "Telegram's messages were never fetched"
_CHECK_BOT = "Check that a `telegram` part of `rightdoor serve` runs and reaches Telegram"

PATIENCE = Patience(command=10, mail=10, everything=20)


@dataclass(frozen=True)
class Doctor:
    """Looks at one house from outside, whether it runs or not. ``resolve`` is None where the DNS is left out."""

    settings: Settings
    resolve: Resolve | None
    patience: Patience = PATIENCE

    async def examine(self) -> AsyncIterator[Finding]:
        """Every finding, as it is found. Never raises."""
        checked = check_pack(active_pack_of(self.settings))
        yield _pack(checked.mistakes, len(checked.warnings))
        mail_domain = partial(self._mail_domain, checked.policy)
        for check in (self._folder, self._model, self._links, self._relay, self._scanner, self._store, mail_domain):
            async for finding in _tried(check):
                yield finding

    async def _folder(self) -> list[Finding]:
        return list(_folder(self.settings.data))

    async def _model(self) -> list[Finding]:
        await asyncio.to_thread(interpreter_of, self.settings)
        return [ok("the model that reads messages is there and fits")]

    async def _links(self) -> list[Finding]:
        told = {"PUBLIC_URL": self.settings.public_url, "CONSOLE_URL": self.settings.console_url}
        if not (self.settings.relay_url or self.settings.telegram_token):
            return []
        return [
            warning(f"letters name {address}, which opens on this machine alone", f"Set RIGHTDOOR_{name}")
            for name, address in told.items()
            if is_loopback(urlsplit(address).hostname or "")
        ]

    async def _relay(self) -> list[Finding]:
        if not self.settings.relay_url:
            what = f"no relay is set: mail is written to {self.settings.data / 'sent'} and nobody gets it"
            return [warning(what, "Set RIGHTDOOR_RELAY_URL")]
        handover = Handover(Relay.of(self.settings.relay_url), patience=self.patience)
        try:
            await handover.knock()
        except OurMove as error:
            return [failing(f"the relay: {error}", "`rightdoor email test` says more")]
        return [ok(f"the relay {handover.relay.host} lets us in")]

    async def _scanner(self) -> list[Finding]:
        clamd = scanner(self.settings)
        if clamd is None:
            return []
        verdict = await clamd.scan(b"Is anybody there?")
        if verdict.state is not FileState.CLEAN:
            return [failing(f"the virus scanner: {verdict.line}", "Start clamd, or put RIGHTDOOR_CLAMD right")]
        return [ok("the virus scanner answers")]

    async def _store(self) -> list[Finding]:
        if not _has_begun(self.settings.database_url):
            return [warning("the database is not there yet", "The first start makes it")]
        engine = make_engine(self.settings.database_url)
        with contextlib.closing(SqlStore(engine)) as store:
            if not await asyncio.to_thread(is_migrated, engine):
                remedy = "Start `rightdoor serve` once: it brings it up to date"
                return [failing("the database opens, but its schema is another version's", remedy)]
            now = clock(self.settings.now)()
            waiting = _waiting(await store.read(backlog), now)
            mailboxes = [_mailbox(state, now) for state in await store.read(lambda unit: unit.mailboxes.states())]
            bots = [*_bots(self.settings.telegram_token, await store.read(lambda unit: unit.messenger.bots()), now)]
            return [ok("the database opens and its schema is up to date"), *waiting, *mailboxes, *bots]

    async def _mail_domain(self, policy: Policy | None) -> list[Finding]:
        if policy is None:
            return []
        domain = letterhead(self.settings, policy).domain
        signs, resolve = signature(self.settings, domain), self.resolve
        return [] if resolve is None else await asyncio.to_thread(lambda: list(examine_dns(domain, resolve, signs)))


async def _tried(check: Callable[[], Awaitable[list[Finding]]]) -> AsyncIterator[Finding]:
    """Its findings, or the one that it could not be looked at."""
    try:
        for finding in await check():
            yield finding
    except CouncilsMove as error:
        yield failing(str(error), "Put this setting right")
    except (SQLAlchemyError, OSError) as error:
        why = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        yield failing(f"the database cannot be used: {why}", "Look at RIGHTDOOR_DATABASE_URL and the database's log")


def _pack(mistakes: tuple[str, ...], warnings: int) -> Finding:
    if mistakes:
        return failing(f"the policy pack has {len(mistakes)} mistakes", "Run `rightdoor check-pack`")
    if warnings:
        return warning(f"the policy pack loads, with {warnings} warnings", "Run `rightdoor check-pack`")
    return ok("the policy pack loads")


def _folder(folder: Path) -> Iterator[Finding]:
    """Can we write, and for how long?"""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"x")
    except OSError as error:
        yield failing(f"the folder {folder} cannot be written to: {error.strerror}", "Give it to the service's user")
        return
    free = shutil.disk_usage(folder).free
    told = f"{free / (1 << 30):.1f} GB are free in {folder}"
    if free >= LITTLE_SPACE:
        yield ok(f"the folder can be written to, and {told}")
    elif free >= TOO_LITTLE_SPACE:
        yield warning(told, "Make room")
    else:
        yield failing(told, "Make room: mail is refused for now when the disk is full")


def _has_begun(database_url: str) -> bool:
    """Opening a SQLite database that is not there would make an empty one."""
    address = make_url(database_url)
    return address.get_backend_name() != "sqlite" or Path(address.database or "").exists()


def _waiting(now_waiting: Backlog, now: datetime) -> Iterator[Finding]:
    for what, since, part in (
        ("contact", now_waiting.oldest_contact, "that a `work` part of `rightdoor serve` runs"),
        ("mail to send", now_waiting.oldest_mail, "the relay"),
    ):
        if since is None or now - since < SLOW:
            yield ok(f"no {what} waits for long")
        else:
            yield warning(f"the oldest {what} has waited for {_long(now - since)}", f"Check {part}")
    aside = {"contacts": now_waiting.contacts_set_aside, "mails": now_waiting.mails_set_aside}
    told = ", ".join(f"{count} {what if count > 1 else what[:-1]}" for what, count in aside.items() if count)
    yield (
        warning(f"set aside for a person: {told}", "See Set aside in the console") if told else ok("none is set aside")
    )


def _mailbox(state: MailboxState, now: datetime) -> Finding:
    if state.failing_since is not None:
        since = _long(now - state.failing_since)
        return failing(f"the mailbox {state.name} could not be read for {since}: {state.error}", _CHECK_MAILBOX)
    if state.read_at is None or now - state.read_at > UNREAD:
        when = _long(now - state.read_at) + " ago" if state.read_at else "never"
        return warning(
            f"the mailbox {state.name} was read {when}", "Check that an `imap` part of `rightdoor serve` runs"
        )
    if state.error:
        return warning(f"the mailbox {state.name} is read, but: {state.error}", _CHECK_MAILBOX)
    return ok(f"the mailbox {state.name} was read {_long(now - state.read_at)} ago")


def _bots(token: str, bots: Sequence[BotState], now: datetime) -> Iterator[Finding]:
    """Telegram keeps messages for 24 hours."""
    if not token:
        return
    number = bot_number(token)
    bot = next((bot for bot in bots if bot.bot == number), BotState(number, None, None, ""))
    since = bot.fetched_at or bot.failing_since
    told = f"Telegram's messages were fetched {_long(now - bot.fetched_at)} ago" if bot.fetched_at else _NEVER_FETCHED
    why = f": {bot.error}" if bot.error else ""
    if since is not None and now - since >= ALARM:
        yield failing(f"{told}, and Telegram keeps them for 24 hours{why}", _CHECK_BOT)
    elif bot.fetched_at is None or bot.failing_since or now - bot.fetched_at >= SLOW:
        yield warning(f"{told}{why}", _CHECK_BOT)
    else:
        yield ok(told)


def _long(span: timedelta) -> str:
    """A span in its largest whole unit."""
    seconds = max(int(span.total_seconds()), 0)
    for size, unit in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} seconds"
