"""The composition root: settings become a house. Embedded and scaled differ here and nowhere else."""

import logging
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette

from case_store.engine import make_engine, migrate
from case_store.store import SqlStore
from channels import console, email_parser, web
from channels.email_receiver import EmailReceiver
from channels.email_sender import FolderSender, Letterhead, RelaySender, relay_settings
from channels.passwords import Argon2Passwords
from config.packs import load_pack
from config.settings import Settings, clock
from intake.contact import Channel
from intake.desk import Desk
from intake.dispatch import Dispatch
from intake.errors import WrongSetting
from intake.policy import Policy
from intake.ports import Clock, Interpreter, Readers, Sender
from intake.reception import Reception
from nlu.embedded import EmbeddedInterpreter
from nlu.rasa_server import RasaInterpreter

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class House:
    """Everything assembled. Close it when done."""

    settings: Settings
    policy: Policy
    clock: Clock
    store: SqlStore
    reception: Reception
    dispatch: Dispatch
    desk: Desk
    mail: EmailReceiver

    @property
    def residents(self) -> Starlette:
        """The residents' web app."""
        return web.make_app(self.reception, self.store, self.policy, self.clock)

    @property
    def officers(self) -> Starlette:
        """The officers' console."""
        return console.make_app(self.desk, self.policy, self.clock)

    def close(self) -> None:
        """Finish what is being written, then let go of the store."""
        self.store.close()


def build(settings: Settings, interpreter: Interpreter | None = None) -> House:
    """Assemble the house. Raises CouncilsMove where a setting or the pack is wrong."""
    policy = load_pack(settings.council)
    now = clock(settings.now)
    store = SqlStore(open_database(settings.database_url))
    reads = interpreter or interpreter_of(settings)
    reception = Reception(store, reads, readers(policy), policy, now)
    return House(
        settings=settings,
        policy=policy,
        clock=now,
        store=store,
        reception=reception,
        dispatch=Dispatch(store, sender(settings, policy, now), now),
        desk=Desk(store, now, Argon2Passwords()),
        mail=EmailReceiver(reception, frozenset(policy.council.mailboxes), now),
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


def readers(policy: Policy) -> Readers:
    """How each channel's kept messages are read."""
    own = frozenset(policy.council.mailboxes)
    return {Channel.EMAIL: partial(email_parser.read, own_addresses=own), Channel.WEB_FORM: web.read_form}


def sender(settings: Settings, policy: Policy, now: Clock) -> Sender:
    """The way out for mail: the council's relay, or a folder where none is set."""
    letterhead = Letterhead(policy.council.name, policy.council.mailboxes[0])
    if settings.relay_url:
        relay_settings(settings.relay_url)
        return RelaySender(settings.relay_url, letterhead, now)
    return FolderSender(settings.data / "sent", letterhead, now)
