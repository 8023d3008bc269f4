"""Two officers in real browsers, and a resident who writes by email or on Telegram to a whole house at work."""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime
from email.message import Message
from typing import Protocol

import pytest
from playwright.sync_api import Browser, Page, expect

from config.serving import workers
from config.settings import Settings
from config.wiring import House, build
from intake.conversation import Holder
from intake.rights import EVERY_SERVICE, EVERYTHING, Role
from nlu.embedded import EmbeddedInterpreter
from tests.bot_api import TOKEN, BotApi, bot_api
from tests.browsers import CHROMIUM
from tests.centre_stage import PERSON, saying
from tests.chat_fixtures import MONDAY, Served
from tests.conftest import PACK
from tests.living_house import LivingHouse, free_port, mail, words_of
from tests.web_fixtures import PASSWORD, StandingClock

pytestmark = [
    pytest.mark.skipif(not CHROMIUM.exists(), reason="the pages were not looked at: Chromium isn't installed"),
    pytest.mark.filterwarnings("ignore::telegram.warnings.PTBUserWarning"),
]

PATIENCE = 20_000


class Resident(Protocol):
    """Who writes to us from elsewhere."""

    def write(self, text: str) -> None:
        """Send this, as their app would."""

    def heard(self) -> Sequence[str]:
        """All that reached them, oldest first."""


@dataclass
class Site:
    """A whole house at work, whose clock stands, with the officers' console on a port."""

    house: House
    clock: StandingClock
    api: BotApi
    served: Served
    officers: str
    numbers: Iterator[int] = field(default_factory=lambda: iter(range(100)))

    def waiting(self) -> dict[str, datetime]:
        """The conversations that wait for a person, and since when."""
        lines = self.served.run(self.house.store.read(lambda unit: unit.centre.waiting(EVERY_SERVICE, 0, 50)))
        return {line.id: line.waiting_since or MONDAY for line in lines}


@dataclass
class ByEmail:
    """Writes mails with the standard library's client, and answers the last that came."""

    site: Site
    address: str
    last: Message | None = None

    def write(self, text: str) -> None:
        letters = self._letters()
        message = mail(text, self.address, subject="My bins", answer_to=letters[-1] if letters else None)
        self.site.served.run(LivingHouse(self.site.house).send(message))

    def heard(self) -> Sequence[str]:
        return [" ".join(words_of(letter).split()) for letter in self._letters()]

    def _letters(self) -> list[Message]:
        return LivingHouse(self.site.house).sent_to(self.address)


@dataclass
class OnTelegram:
    """Writes in a chat of their own with the council's bot."""

    site: Site
    chat: int

    def write(self, text: str) -> None:
        async def send() -> None:
            self.site.api.write(text, self.chat)

        self.site.served.run(send())

    def heard(self) -> Sequence[str]:
        return [" ".join(text.split()) for text in self.site.api.said(self.chat)]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, interpreter: EmbeddedInterpreter) -> Iterator[Site]:
    served, clock, stop, stack = Served(), StandingClock(MONDAY), asyncio.Event(), AsyncExitStack()

    async def opened() -> Site:
        api = await stack.enter_async_context(bot_api())
        data = tmp_path_factory.mktemp("channels")
        console, smtp = free_port(), free_port()
        settings = Settings(
            data=data,
            database_url=f"sqlite:///{data}/rightdoor.db",
            council=PACK,
            smtp=f"127.0.0.1:{smtp}",
            console=f"127.0.0.1:{console}",
            telegram_token=TOKEN,
            telegram_api=api.url,
        )
        house = build(settings, interpreter, clock)
        assert house.telegram is not None
        for name in ("maya", "sam"):
            await house.accounts.add_officer(name, PASSWORD, (Role.AGENT,), (EVERYTHING,))
        doors = await house.mail.listen("127.0.0.1", smtp)
        work = [*workers(house, stop), asyncio.create_task(house.telegram.run(stop))]

        async def closed() -> None:
            doors.close()
            house.watch.close()
            stop.set()
            await asyncio.gather(*work)
            house.close()

        stack.push_async_callback(closed)
        return Site(house, clock, api, served, f"http://127.0.0.1:{console}")

    site = served.run(opened())
    served.up(site.house.officers, int(site.officers.rpartition(":")[2]))
    yield site
    served.run(stack.aclose())
    served.close()


@pytest.fixture(params=["email", "telegram"])
def anne(request: pytest.FixtureRequest, site: Site) -> Resident:
    number = next(site.numbers)
    return ByEmail(site, f"anne{number}@example.org") if request.param == "email" else OnTelegram(site, 7100 + number)


@pytest.fixture
def maya(chromium: Browser, site: Site) -> Iterator[Page]:
    yield from signed_in(chromium, site, "maya")


@pytest.fixture
def sam(chromium: Browser, site: Site) -> Iterator[Page]:
    yield from signed_in(chromium, site, "sam")


def signed_in(chromium: Browser, site: Site, name: str) -> Iterator[Page]:
    with chromium.new_context() as context:
        page = context.new_page()
        sign_in(page, site, name)
        yield page


def sign_in(page: Page, site: Site, name: str) -> None:
    page.goto(f"{site.officers}/sign-in")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    with page.expect_navigation():
        page.get_by_role("button", name="Sign in", exact=True).click()


def until(holds: Callable[[], bool], what: str) -> None:
    """Wait until this is so."""
    end = time.monotonic() + PATIENCE / 1000
    while not holds():
        assert time.monotonic() < end, what
        time.sleep(0.05)


def hears(resident: Resident, words: str) -> None:
    until(lambda: any(words in heard for heard in resident.heard()), f"{words!r} in {resident.heard()}")


def asks_for_a_person(resident: Resident, site: Site) -> str:
    """Anne writes until she waits for a person; her conversation."""
    site.clock.forward(seconds=1)
    now = site.clock()
    resident.write(f"{PERSON} please, about my bins.")
    until(lambda: now in site.waiting().values(), "nobody waits")
    until(lambda: bool(resident.heard()), "she was told nothing")
    (conversation,) = (known for known, since in site.waiting().items() if since == now)
    return conversation


def opened(officer: Page, site: Site, conversation: str) -> Page:
    officer.goto(f"{site.officers}/live/{conversation}")
    return officer


def taken(officer: Page, site: Site, conversation: str) -> Page:
    """The officer has it, by one key."""
    opened(officer, site, conversation)
    expect(officer.get_by_text("Waits for a person")).to_be_visible()
    officer.keyboard.press("t")
    expect(officer.locator("#text")).to_be_visible()
    return officer


def write(officer: Page, text: str) -> None:
    """A letter has lines, so that Enter alone does not send it."""
    officer.locator("#text").fill(text)
    letters = officer.locator("#live").get_attribute("data-letters")
    officer.keyboard.press("Control+Enter" if letters else "Enter")


def test_of_two_officers_one_gets_it_and_the_assistant_is_silent(
    anne: Resident, maya: Page, sam: Page, site: Site
) -> None:
    conversation = asks_for_a_person(anne, site)
    opened(sam, site, conversation)
    taken(maya, site, conversation)
    expect(sam.get_by_text("maya has this conversation")).to_be_visible()
    before = len(anne.heard())
    write(maya, "Hello, this is Maya.")
    hears(anne, "Hello, this is Maya.")
    anne.write("I also complain about a pothole on Mill Lane.")
    expect(maya.locator("#talk > li").last).to_contain_text("pothole on Mill Lane")
    write(maya, "I have both.")
    hears(anne, "I have both.")
    assert len(anne.heard()) == before + 2


def test_given_back_the_resident_is_told_and_the_assistant_answers(anne: Resident, maya: Page, site: Site) -> None:
    conversation = asks_for_a_person(anne, site)
    taken(maya, site, conversation)
    maya.get_by_text("Give it back to the assistant").click()
    with maya.expect_navigation():
        maya.get_by_role("button", name="Give it back").click()
    hears(anne, saying(site.house.policy, "officer_gives_back"))
    before = len(anne.heard())
    anne.write("My bin at 14 Elm Road, BT4 2QR was missed three weeks running, and nobody answers. I complain.")
    until(lambda: len(anne.heard()) > before, "the assistant says nothing")


def test_who_goes_offline_gives_it_back_to_the_queue(anne: Resident, maya: Page, sam: Page, site: Site) -> None:
    """A chat is given back within minutes; a mail when its day is over, without a letter that says nothing new."""
    conversation = asks_for_a_person(anne, site)
    taken(maya, site, conversation)
    write(maya, "One moment")
    hears(anne, "One moment")
    maya.context.set_offline(True)
    site.clock.forward(hours=48 if isinstance(anne, ByEmail) else 0, minutes=10)
    until(lambda: conversation in site.waiting(), "it does not come back")
    if isinstance(anne, ByEmail):
        sam.context.clear_cookies()  # the two days have signed him out
        sign_in(sam, site, "sam")
    else:
        hears(anne, saying(site.house.policy, "officer_left"))
    taken(sam, site, conversation)
    maya.context.set_offline(False)
    write(maya, "Sorry, back again")
    told = "You are signed out" if isinstance(anne, ByEmail) else "sam has had this conversation since"
    expect(maya.get_by_role("alert")).to_contain_text(told)
    assert not any("back again" in heard for heard in anne.heard())


def test_where_nobody_is_there_the_resident_is_told_at_once(anne: Resident, site: Site) -> None:
    site.clock.forward(hours=24)
    conversation = asks_for_a_person(anne, site)
    known = site.served.run(site.house.store.read(lambda unit: unit.conversations.get(conversation)))
    assert known is not None
    assert known.holder is Holder.WAITING
    by_email = "Somebody will be in touch by the end of"
    hears(anne, by_email if isinstance(anne, ByEmail) else saying(site.house.policy, "person_nobody"))
