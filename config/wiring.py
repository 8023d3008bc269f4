"""The composition root: settings become a house. Embedded and scaled differ here and nowhere else."""

import asyncio
import logging
import re
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette

from case_store.engine import make_engine, migrate
from case_store.store import SqlStore
from channels import entered, turns, web
from channels.api import app as api
from channels.api import contacts
from channels.api.limits import Rate
from channels.api.watching import Watch
from channels.chat_talk import NO_PACE, Pace
from channels.console import app as console
from channels.console.office import Office
from channels.email_mailbox import EmailMailbox
from channels.email_receiver import EmailReceiver
from channels.email_sender import FolderSender, Letterhead, RelaySender
from channels.entered import keep_entered
from channels.files.virus_scanner import Clamd
from channels.imap.address import imap_addresses
from channels.imap.oauth import Tokens
from channels.live import LiveDoor
from channels.networks import networks
from channels.reading.process import ReadingProcess
from channels.senders.dns_answers import dns_answers
from channels.senders.sender_checking import OwnChecks
from channels.sending.dkim_signing import Signature, load_signature
from channels.sending.smtp_relay import Relay
from channels.smtp.certificate import Certificate
from channels.smtp.limits import NO_LIMITS, Doorkeeper, Limits
from channels.telegram.api import Patience, make_bot
from channels.telegram.taking import MOST_A_MINUTE
from channels.telegram_bot import TelegramDoor
from config.active_pack import active_pack, check_files, files_of
from config.entrance import accounts_of, entrance_of
from config.installed import installed
from config.packs import load_pack, placed
from config.settings import Settings, clock, host_and_port
from intake.accounts import Accounts
from intake.care import Care
from intake.centre import ContactCentre
from intake.contact import Attachment, Channel
from intake.desk import Desk
from intake.dispatch import Dispatch
from intake.entry_desk import EntryDesk
from intake.errors import WrongSetting
from intake.pack_desk import PackDesk
from intake.packs import digest_of
from intake.policy import Policy
from intake.ports import Clock, FileReaders, Interpreter, Readers, Scanner, Sender
from intake.reception import Reception
from intake.scanning import Scanning
from intake.set_aside import SetAside
from intake.triage_desk import TriageDesk
from intake.upkeep_desk import UpkeepDesk
from intake.work_desk import WorkDesk
from nlu.embedded import EmbeddedInterpreter
from nlu.rasa_server import RasaInterpreter

log = logging.getLogger(__name__)

_HOST = re.compile(r"https://([A-Za-z0-9.-]+[A-Za-z0-9])")


@dataclass(frozen=True)
class House:
    """Everything assembled. Close it when done."""

    settings: Settings
    policy: Policy
    clock: Clock
    store: SqlStore
    reception: Reception
    dispatch: Dispatch
    reading: ReadingProcess
    opening: ReadingProcess
    scanning: Scanning
    accounts: Accounts
    desk: Desk
    entering: EntryDesk
    care: Care
    triage: TriageDesk
    work: WorkDesk
    centre: ContactCentre
    mail: EmailReceiver
    mailboxes: tuple[EmailMailbox, ...]
    telegram: TelegramDoor | None
    watch: Watch
    aside: SetAside
    packs: PackDesk

    @property
    def residents(self) -> Starlette:
        """The residents' web app."""
        origins = self.settings.widget_origins.split()
        known = (self.reception, self.store, self.policy, self.clock)
        mount = api.mount(*known, allowance(self.settings), self.watch)
        hooks = [self.telegram.route] if self.telegram and self.telegram.webhook else []
        more, speed = [mount, *hooks], pace(self.settings)
        return web.make_app(*known, origins, more, speed, self.watch)

    @property
    def officers(self) -> Starlette:
        """The officers' console."""
        hands = (self.accounts, self.desk, self.centre, self.watch, self.entering, self.care, self.triage)
        entrance = entrance_of(self.settings, self.accounts)
        return console.make_app(
            Office(
                self.policy,
                self.clock,
                *hands,
                entrance=entrance,
                aside=self.aside,
                packs=self.packs,
                work=self.work,
                upkeep=UpkeepDesk(self.store, self.policy, self.clock, installed(self.settings)),
            )
        )

    def close(self) -> None:
        """Finish what is being written, then let go of the store."""
        self.reading.close()
        self.opening.close()
        self.store.close()


def build(settings: Settings, interpreter: Interpreter | None = None, moved: Clock | None = None) -> House:
    """Assemble the house, by the settings' clock or one that somebody moves. Raises CouncilsMove where a setting or the
    pack is wrong.
    """
    engine = open_database(settings.database_url)
    folder = active_pack(settings, engine)
    policy = placed(load_pack(folder), settings.public_url, settings.console_url)
    now = moved or clock(settings.now)
    store = SqlStore(engine)
    reads = interpreter or interpreter_of(settings)
    reading = reading_process(settings, policy)
    checks = OwnChecks(dns_answers()) if settings.check_senders else None
    reception = Reception(store, reads, readers(reading), policy, now, checks, settings.address_tags)
    opening = reading_process(settings, policy)
    files = file_readers(opening)
    accounts = accounts_of(settings, store, policy, now)
    return House(
        settings=settings,
        policy=policy,
        clock=now,
        store=store,
        reception=reception,
        dispatch=Dispatch(store, sender(settings, policy, now), now, policy.team_addresses),
        reading=reading,
        opening=opening,
        scanning=Scanning(store, scanner(settings), files, now),
        accounts=accounts,
        desk=Desk(store, now, accounts, files),
        entering=EntryDesk(store, reception, policy, now, keep_entered),
        care=Care(store, policy, now),
        triage=TriageDesk(store, reads, policy, now),
        work=WorkDesk(store, policy, now),
        centre=ContactCentre(store, policy, now),
        mail=mail_doors(settings, reception, policy, now),
        mailboxes=mailboxes(settings, reception, store, policy, now),
        telegram=telegram_door(settings, reception, store, policy, now),
        watch=Watch(store),
        aside=SetAside(store, readers(opening), policy, now),
        packs=pack_desk(settings, store, reads, folder, now),
    )


def pack_desk(settings: Settings, store: SqlStore, reads: Interpreter, folder: Path, now: Clock) -> PackDesk:
    """The administration of packs, which knows which one this house was built with."""
    named = "" if folder == settings.council else folder.name
    return PackDesk(
        store, now, reads, check_files, lambda: files_of(settings.council), digest_of(files_of(folder)), named
    )


def open_database(url: str) -> Engine:
    """The database, its schema up to date. Raises WrongSetting where it cannot be opened; the password is not told."""
    try:
        engine = make_engine(url)
        migrate(engine)
    except (SQLAlchemyError, OSError) as error:
        why = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        raise WrongSetting(f"RIGHTDOOR_DATABASE_URL: the database cannot be opened: {why}") from error
    return engine


def interpreter_of(settings: Settings) -> Interpreter:
    """Who reads messages: the embedded interpreter, alone or beside a Rasa server."""
    embedded = EmbeddedInterpreter()
    return RasaInterpreter(settings.rasa_url.rstrip("/"), embedded) if settings.nlu == "rasa" else embedded


def reading_process(settings: Settings, policy: Policy) -> ReadingProcess:
    """Where mail is read: whose addresses are ours, and whose word on a sender we take."""
    trusted = frozenset(settings.trusted_authserv.lower().replace(",", " ").split())
    return ReadingProcess(frozenset(policy.council.mailboxes), trusted)


def readers(reading: ReadingProcess) -> Readers:
    """How each channel's kept messages are read."""
    return {Channel.EMAIL: reading.read, **contacts.reading(web.read_form), **turns.READERS, **entered.READERS}


def allowance(settings: Settings) -> api.Allowance:
    """How often who may come to the API, and whose pages may use it."""
    limits = api.Allowance() if settings.limits else api.NO_LIMITS
    return replace(limits, trusted=networks(settings.trusted_relays), origins=settings.widget_origins.split())


def pace(settings: Settings) -> Pace:
    """How often somebody may say something in the web chat."""
    trusted = networks(settings.trusted_relays)
    return Pace(trusted=trusted) if settings.limits else replace(NO_PACE, trusted=trusted)


def file_readers(opening: ReadingProcess) -> FileReaders:
    """How a file is taken out of each channel's kept messages. Only one thread at a time waits for the process."""
    turn = asyncio.Semaphore(1)

    async def file_of_a_mail(raw: bytes, number: int) -> tuple[Attachment, bytes] | None:
        async with turn:
            return await asyncio.to_thread(opening.file_of, raw, number)

    return {Channel.EMAIL: file_of_a_mail, **turns.FILE_READERS, **entered.FILE_READERS}


def scanner(settings: Settings) -> Scanner | None:
    """The council's virus scanner; None where none is set."""
    if settings.clamd.startswith("unix:"):
        return Clamd(path=settings.clamd.removeprefix("unix:"))
    return Clamd(*host_and_port(settings.clamd)) if settings.clamd else None


def mail_doors(settings: Settings, reception: Reception, policy: Policy, now: Clock) -> EmailReceiver:
    """What takes mail in by SMTP and LMTP, with one count of who comes in for all of its doors."""
    doorkeeper = Doorkeeper(Limits() if settings.limits else NO_LIMITS, networks(settings.trusted_relays))
    tls = tls_of(settings.smtp_tls_cert, settings.smtp_tls_key) if settings.smtp_tls_cert else None
    return EmailReceiver(reception, frozenset(policy.council.mailboxes), now, doorkeeper, tls)


def tls_of(certificate: str, key: str) -> Certificate:
    """What STARTTLS is offered with. Raises WrongSetting."""
    try:
        return Certificate(Path(certificate), Path(key))
    except OSError as error:
        why = error.strerror or error
        raise WrongSetting(f"RIGHTDOOR_SMTP_TLS_CERT, RIGHTDOOR_SMTP_TLS_KEY: cannot be used: {why}") from error


def mailboxes(
    settings: Settings, reception: Reception, store: SqlStore, policy: Policy, now: Clock
) -> tuple[EmailMailbox, ...]:
    """The mailboxes that are read by IMAP, which need tokens where their address says so."""
    addresses, own = imap_addresses(settings.imap_url), policy.council.mailboxes
    tokens = tokens_of(settings) if any(address.oauth2 for address in addresses) else None
    return tuple(
        EmailMailbox(address, reception, store, own, now, tokens if address.oauth2 else None) for address in addresses
    )


def telegram_door(
    settings: Settings, reception: Reception, store: SqlStore, policy: Policy, now: Clock
) -> TelegramDoor | None:
    """The Telegram bot; None where no token is set."""
    if not settings.telegram_token:
        return None
    patience = Patience()
    bot = make_bot(settings.telegram_token, settings.telegram_api, patience)
    live = LiveDoor(reception, store, now, Channel.TELEGRAM)
    pace = Rate(MOST_A_MINUTE if settings.limits else None)
    return TelegramDoor(bot, live, policy, settings.telegram_webhook, patience, pace=pace)


def tokens_of(settings: Settings) -> Tokens:
    """Where mailboxes' tokens come from."""
    return Tokens(
        url=settings.imap_token_url,
        client_id=settings.imap_client_id,
        client_secret=settings.imap_client_secret,
        refresh_token=settings.imap_refresh_token,
        scope=settings.imap_scope,
    )


def sender(settings: Settings, policy: Policy, now: Clock) -> Sender:
    """The way out for mail: the council's relay, or a folder where none is set."""
    head = letterhead(settings, policy)
    signs = signature(settings, head.domain)
    if settings.relay_url:
        return RelaySender(Relay.of(settings.relay_url), head, now, signs)
    return FolderSender(settings.data / "sent", head, now)


def letterhead(settings: Settings, policy: Policy) -> Letterhead:
    """Whom our mail is from; links in it lead to web addresses of the pack and of this house alone."""
    council = policy.council
    words = [council.web, council.front_door, council.console]
    words += [template.body for template in policy.templates.values()]
    words += [where for signpost in policy.signposts.values() for where in signpost.reach.values()]
    hosts = frozenset(host.lower() for text in words for host in _HOST.findall(text))
    return Letterhead(council.name, council.mailboxes[0], hosts, settings.address_tags)


def signature(settings: Settings, domain: str) -> Signature | None:
    """Our signature on our mail, where a key is set. Raises WrongSetting."""
    if settings.dkim_key is None:
        return None
    return load_signature(settings.dkim_key, settings.dkim_selector, domain)
