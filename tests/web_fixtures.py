"""A house behind the two web apps: a real store, the sample pack, a scripted interpreter and a standing clock."""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache, cached_property
from pathlib import Path

import httpx
from starlette.applications import Starlette

from case_store.engine import make_engine, migrate
from case_store.store import SqlStore
from channels import email_parser, entered, turns, web
from channels.api.watching import Watch
from channels.console import app as console
from channels.console.guard import SESSION
from channels.console.office import Office
from channels.passwords import Argon2Passwords
from config.active_pack import check_files, files_of
from config.installed import installed
from config.packs import load_pack
from config.settings import Settings
from intake.accounts import Accounts
from intake.care import Care
from intake.centre import ContactCentre
from intake.contact import Channel, Kept
from intake.desk import Desk
from intake.entry_desk import EntryDesk
from intake.example_desk import ExampleDesk
from intake.interpretation import Detail, Guess, Interpretation, Sign, Signal
from intake.letter_desk import LetterDesk
from intake.pack_desk import PackDesk
from intake.packs import digest_of
from intake.policy import Policy
from intake.reception import Reception
from intake.rights import EVERYTHING, FIRST_OFFICER, Role
from intake.set_aside import SetAside
from intake.triage_desk import TriageDesk
from intake.upkeep_desk import UpkeepDesk
from intake.work_desk import WorkDesk

SAMPLE_PACK = Path(__file__).parent.parent / "config/councils/bettershire"
OFFICER, PASSWORD = "maya", "a long enough password"
COMPLAINT = {
    "text": "I want to complain. The pothole outside my house was never mended, and nobody answers me.",
    "where": "14 Elm Road, BT4 2QR",
    "put_right": "Mend it, and say sorry.",
    "name": "Anne Shaw",
    "email": "Anne.Shaw@example.org",
    "phone": "01632 960 444",
}


@dataclass
class StandingClock:
    """Thursday 26 November 2026, 9:05am in London, until it is put forward."""

    now: datetime = datetime(2026, 11, 26, 9, 5, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **amount: float) -> None:
        self.now += timedelta(**amount)


@dataclass
class ScriptedInterpreter:
    """Reads a few plain words; fails while ``broken`` is set."""

    broken: str = ""

    async def interpret(self, text: str, received: date) -> Interpretation:
        if self.broken:
            raise RuntimeError(self.broken)
        where = re.search(r"Where: (.+)", text)
        details = ((Detail.WHERE, where[1]),) if where else ()
        if "complain" in text:
            signals = (Signal(Sign.DISSATISFIED, 0.9, "never mended"), Signal(Sign.REPEATED, 0.9, "nobody answers"))
            route, service = Guess("formal", 0.98), Guess("roads", 0.9)
            return Interpretation((route,), (service,), (), signals, details=details)
        route = Guess("compliment" if "thank" in text else "question", 0.98)
        return Interpretation((route,), (Guess("libraries", 0.8),), details=details)


@dataclass
class WebHouse:
    """What the tests lean on."""

    store: SqlStore
    policy: Policy
    clock: StandingClock
    interpreter: ScriptedInterpreter
    reception: Reception
    desk: Desk
    settings: Settings = field(default_factory=Settings)
    numbers: Iterator[int] = field(default_factory=lambda: iter(range(10_000)))

    @property
    def web(self) -> Starlette:
        return web.make_app(self.reception, self.store, self.policy, self.clock)

    @cached_property
    def watch(self) -> Watch:
        return Watch(self.store)

    @property
    def centre(self) -> ContactCentre:
        return ContactCentre(self.store, self.policy, self.clock)

    @property
    def console(self) -> Starlette:
        return console.make_app(self.office)

    @property
    def office(self) -> Office:
        """All that its officers work with."""
        return Office(
            self.policy,
            self.clock,
            self.accounts,
            self.desk,
            self.centre,
            self.watch,
            self.entering,
            Care(self.store, self.policy, self.clock),
            self.triage,
            aside=self.aside,
            packs=self.packs,
            work=self.work,
            upkeep=UpkeepDesk(self.store, self.policy, self.clock, installed(self.settings)),
        )

    @property
    def entering(self) -> EntryDesk:
        """Where officers enter what nobody typed."""
        return EntryDesk(self.store, self.reception, self.policy, self.clock, entered.keep_entered)

    @property
    def work(self) -> WorkDesk:
        """Where its officers work on cases."""
        return WorkDesk(self.store, self.policy, self.clock)

    @property
    def letters(self) -> LetterDesk:
        """Where they write about cases."""
        return LetterDesk(self.work)

    @property
    def examples(self) -> ExampleDesk:
        """Where they teach the reading."""
        return ExampleDesk(self.triage)

    @property
    def triage(self) -> TriageDesk:
        """Where its officers decide."""
        return TriageDesk(self.store, self.reception.interpreter, self.policy, self.clock)

    @property
    def packs(self) -> PackDesk:
        """The administration of policy packs."""
        files = files_of(SAMPLE_PACK)
        check, reads = check_files, self.interpreter
        return PackDesk(self.store, self.clock, reads, check, lambda: files_of(SAMPLE_PACK), digest_of(files))

    @property
    def aside(self) -> SetAside:
        """What was set aside."""
        return SetAside(self.store, self.reception.readers, self.policy, self.clock)

    @property
    def accounts(self) -> Accounts:
        """Where its officers sign in."""
        return self.desk.accounts

    async def add_officer(
        self,
        name: str,
        password: str,
        roles: tuple[Role, ...] = FIRST_OFFICER,
        services: tuple[str, ...] = (EVERYTHING,),
    ) -> None:
        """An officer who may do everything, where nothing else is said."""
        await self.accounts.add_officer(name, password, roles, services)

    async def keep(self, raw: bytes, channel: Channel = Channel.EMAIL, sender: str = "bo@example.org") -> str:
        """Keep a contact without handling it."""
        number = next(self.numbers)
        kept = Kept(f"{number:024x}", channel, self.clock(), f"test:{number}", "", sender, (), raw)
        return await self.reception.receive(kept)

    async def mail(self, text: str, sender: str = "bo@example.org", subject: str = "Hello") -> str:
        """Keep a mail and handle it; its contact's id."""
        head = f"From: Bo <{sender}>\r\nSubject: {subject}\r\nMessage-ID: <{next(self.numbers)}@example.org>\r\n"
        contact = await self.keep(f"{head}\r\n{text}".encode(), sender=sender)
        assert await self.reception.attend(contact)
        return contact

    async def set_aside(self, sender: str = "bo@example.org") -> str:
        """A contact that kept failing until it was set aside."""
        contact = await self.keep(f"From: {sender}\r\nSubject: Trouble\r\n\r\nHello".encode(), sender=sender)
        self.interpreter.broken = "the model is <gone>"
        while (await self.store.read(lambda unit: unit.inbox.outcome(contact)))[0] is None:
            await self.reception.attend(contact)
            self.clock.forward(minutes=5)
        self.interpreter.broken = ""
        return contact

    async def set_mail_aside(self) -> str:
        """A mail that the way out refused."""
        now = self.clock()
        reply = await self.store.transact(lambda unit: unit.outbox.claim(now, now + timedelta(minutes=5)))
        assert reply is not None
        await self.store.transact(lambda unit: unit.outbox.set_aside(reply.id, "550 no such mailbox", now))
        return reply.id


@contextmanager
def web_house(database_url: str) -> Iterator[WebHouse]:
    """A house on an empty database."""
    engine = make_engine(database_url)
    migrate(engine)
    store, clock, interpreter = SqlStore(engine), StandingClock(), ScriptedInterpreter()
    policy = _sample_policy()
    readers = {Channel.WEB_FORM: web.read_form, Channel.EMAIL: email_parser.read, **entered.READERS, **turns.READERS}
    reception = Reception(store, interpreter, readers, policy, clock)
    try:
        yield WebHouse(
            store,
            policy,
            clock,
            interpreter,
            reception,
            Desk(store, clock, Accounts(store, policy, clock, Argon2Passwords())),
        )
    finally:
        store.close()
        engine.dispose()


@cache
def _sample_policy() -> Policy:
    return load_pack(SAMPLE_PACK)


@asynccontextmanager
async def browser(app: Starlette, scheme: str = "http") -> AsyncIterator[httpx.AsyncClient]:
    """A browser without script, that follows no redirect by itself."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=f"{scheme}://council.test") as client:
        yield client


FORM = {
    "what": COMPLAINT["text"],
    "where": COMPLAINT["where"],
    "put_right": COMPLAINT["put_right"],
    "name": COMPLAINT["name"],
    "reply_by": "email",
    "email": COMPLAINT["email"],
}
"""The answers that most tests give the web form, by page; every other page is left out."""


async def answer(client: httpx.AsyncClient, page: httpx.Response, answer: str, **more: str) -> httpx.Response:
    """Answer the question that a page of the form asks; where it leads, without going there."""
    data = {"form_token": hidden(page, "form_token"), page_of(page): answer, **more}
    return await client.post(page.url.path, data=data)


def page_of(page: httpx.Response) -> str:
    """The name of the form's page that an address shows."""
    name = page.url.path.rpartition("/")[2]
    return "what" if name == "contact" else name.replace("-", "_")


async def fill_in(client: httpx.AsyncClient, until: str = "check", **answers: str) -> httpx.Response:
    """Answer every question in turn; the first page that is no question, or the one that is named."""
    told, page = {**FORM, **answers}, await client.get("/contact")
    for _ in range(30):
        if page_of(page) in (until, "check", "help", "nothing_sent"):
            return page
        led = await answer(client, page, told.get(page_of(page), ""))
        if led.status_code != 303:
            return led
        page = await client.get(led.headers["Location"])
        while page.status_code == 303:
            page = await client.get(page.headers["Location"])
    raise AssertionError(f"the form has no end: {page.url}")


async def send_form(client: httpx.AsyncClient, **answers: str) -> httpx.Response:
    """Fill the form in and send it; the page that says that we have it."""
    check = await fill_in(client, **answers)
    led = await client.post("/contact/check", data={"form_token": hidden(check, "form_token")})
    return await client.get(led.headers["Location"]) if led.status_code == 303 else led


def hidden(page: httpx.Response, name: str) -> str:
    """The value of a hidden field of the page's form."""
    found = re.search(rf'name="{name}" value="([^"]+)"', page.text)
    assert found, page.text
    return found[1]


def session_of(client: httpx.AsyncClient) -> str:
    """The token in a signed-in officer's cookies, which are all the same but for their paths."""
    (token,) = {cookie.value for cookie in client.cookies.jar if cookie.name == SESSION}
    assert token
    return token


async def sign_in(house: WebHouse, client: httpx.AsyncClient, password: str = PASSWORD) -> httpx.Response:
    """Sign the officer in, whom the house gets where it has none."""
    if not await house.accounts.has_officers():
        await house.add_officer(OFFICER, PASSWORD)
    token = hidden(await client.get("/sign-in"), "form_token")
    return await client.post("/sign-in", data={"form_token": token, "name": OFFICER, "password": password})
