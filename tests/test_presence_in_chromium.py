"""Is the page of who chats still open? Their browser tells it, and no connection that merely seems to live."""

import asyncio
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from intake.centre_reach import has_left
from intake.centre_view import Sight
from intake.ports import UnitOfWork
from intake.threads import conversation_of
from nlu.embedded import EmbeddedInterpreter
from tests.browsers import CHROMIUM
from tests.chat_fixtures import MISSED_BIN, ChatHouse, Served, chat_house
from tests.silent_relay import SilentRelay
from tests.web_fixtures import browser, hidden

in_chromium = pytest.mark.skipif(not CHROMIUM.exists(), reason="no page was looked at: Chromium isn't installed")

HELLO = "Hello, this is Maya."
HIDDEN = "Object.defineProperty(document, 'visibilityState', { get: () => window.shown ? 'visible' : 'hidden' })"


@dataclass
class Site:
    """A chat, reached through a network that can fall silent."""

    house: ChatHouse
    served: Served
    relay: SilentRelay

    @property
    def chat(self) -> str:
        return f"http://127.0.0.1:{self.relay.port}/chat"

    def sight(self, of: str) -> Sight:
        return self.served.run(self.house.store.read(lambda unit: unit.centre.sight(of)))

    def has_left(self, of: str) -> bool:
        def left(unit: UnitOfWork) -> bool:
            known = unit.conversations.get(of)
            assert known is not None
            return has_left(known, unit.centre.sight(of), self.house.clock())

        return self.served.run(self.house.store.read(left))

    def officer_says(self, of: str, text: str) -> None:
        self.served.run(self.house.officer_says(of, text))


@pytest.fixture
def site(tmp_path: Path, interpreter: EmbeddedInterpreter) -> Iterator[Site]:
    served = Served()
    with chat_house(f"sqlite:///{tmp_path}/rightdoor.db", interpreter) as house:
        relay = SilentRelay(served.up(house.app()))
        served.run(relay.start())
        yield Site(house, served, relay)
        served.run(relay.stop())
        served.close()


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    with chromium.new_context() as context:
        yield context


def chatting(context: BrowserContext, site: Site) -> tuple[Page, str]:
    """A page on which an officer has said hello, and which told that it shows it; and its conversation."""
    page = context.new_page()
    page.clock.install()
    page.goto(site.chat)
    page.locator("#text").fill(MISSED_BIN)
    page.keyboard.press("Enter")
    expect(page.locator("#talk > li")).to_have_count(2)
    of = page.locator("#say").get_attribute("data-of") or ""
    with page.expect_response("**/chat/here?*"):
        site.officer_says(of, HELLO)
    expect(page.locator("#talk > li")).to_have_count(3)
    return page, of


def a_minute_goes_by(page: Page, site: Site) -> None:
    site.house.clock.forward(seconds=60)
    with page.expect_response("**/chat/here?*"):
        page.clock.run_for(60_000)


async def test_a_connection_that_went_silent_without_closing_shows_nobody_there(site: Site) -> None:
    async with browser(site.house.app()) as client:
        page = await client.get("/chat")
        more = {name: hidden(page, name) for name in ("form_token", "turn", "seen")}
        await client.post("/chat", data={**more, "text": MISSED_BIN})
    token = client.cookies["chat"]
    of = conversation_of(token)
    await asyncio.to_thread(site.officer_says, of, HELLO)
    with socket.create_connection(("127.0.0.1", site.relay.port), timeout=20) as phone:
        phone.sendall(
            f"GET /chat/events?of={of} HTTP/1.1\r\nHost: council.test\r\nCookie: chat={token}\r\n\r\n".encode()
        )
        await asyncio.to_thread(heard, phone, HELLO)
        opened = await asyncio.to_thread(site.sight, of)
        site.house.clock.forward(minutes=4)
        await asyncio.to_thread(site.officer_says, of, "Are you there?")
        await asyncio.to_thread(heard, phone, "Are you there?")
        assert opened.shown_at is not None
        assert await asyncio.to_thread(site.sight, of) == opened
        assert await asyncio.to_thread(site.has_left, of)


def heard(phone: socket.socket, words: str) -> None:
    """The stream told this: whatever it would keep of who listens, it has kept."""
    told = b""
    while words.encode() not in told:
        octets = phone.recv(65536)
        assert octets
        told += octets


async def test_a_turn_shows_that_somebody_is_there(site: Site) -> None:
    async with browser(site.house.app()) as client:
        page = await client.get("/chat")
        more = {name: hidden(page, name) for name in ("form_token", "turn", "seen")}
        await client.post("/chat", data={**more, "text": MISSED_BIN})
        of = conversation_of(client.cookies["chat"])
        await asyncio.to_thread(site.officer_says, of, HELLO)
        await client.get(f"/chat/turns?of={of}&after=0")
        site.house.clock.forward(minutes=4)
        assert await asyncio.to_thread(site.has_left, of)
        answer = await client.post(f"/chat/turns?of={of}", json={**more, "turn": "another", "text": "Yes, I am here"})
        assert answer.status_code == 200
        assert not await asyncio.to_thread(site.has_left, of)


@in_chromium
def test_a_phone_that_lost_its_network_has_left_within_four_minutes(context: BrowserContext, site: Site) -> None:
    page, of = chatting(context, site)
    site.relay.silent = True
    for _ in range(4):
        site.house.clock.forward(seconds=60)
        page.clock.run_for(60_000)
        site.officer_says(of, "Are you there?")
        page.wait_for_timeout(1000)
    assert site.has_left(of)


@in_chromium
def test_a_page_that_nobody_looks_at_is_open_all_the_same(context: BrowserContext, site: Site) -> None:
    context.add_init_script(HIDDEN)
    page, of = chatting(context, site)
    for _ in range(6):
        a_minute_goes_by(page, site)
        assert not site.has_left(of)
    assert site.sight(of).shown == 0
    with page.expect_response("**/chat/here?*"):
        page.evaluate("window.shown = true; document.dispatchEvent(new Event('visibilitychange'))")
    assert site.sight(of).shown == 3


@in_chromium
def test_a_page_whose_stream_died_unnoticed_shows_what_it_missed(context: BrowserContext, site: Site) -> None:
    page, of = chatting(context, site)
    site.relay.silent_streams = True
    site.officer_says(of, "Are you there?")
    page.wait_for_timeout(1500)
    expect(page.locator("#talk > li")).to_have_count(3)
    a_minute_goes_by(page, site)
    expect(page.locator("#talk > li")).to_have_count(4)
    assert not site.has_left(of)


@in_chromium
def test_a_page_on_which_the_assistant_answers_tells_nothing_of_itself(context: BrowserContext, site: Site) -> None:
    page = context.new_page()
    page.clock.install()
    told: list[str] = []
    page.on("request", lambda request: told.append(request.url) if "/chat/here" in request.url else None)
    page.goto(site.chat)
    page.locator("#text").fill(MISSED_BIN)
    page.keyboard.press("Enter")
    expect(page.locator("#talk > li")).to_have_count(2)
    page.clock.run_for(180_000)
    page.wait_for_timeout(500)
    assert told == []
