"""Both web apps in a real browser: axe finds nothing, nothing sticks out, and the keyboard alone is enough."""

import asyncio
import re
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, StorageState, expect
from starlette.applications import Starlette

from intake.contact import Attempt, Ended
from intake.ports import UnitOfWork
from tests.browsers import CHROMIUM
from tests.web_fixtures import OFFICER, PASSWORD, WebHouse, browser, send_form, web_house

VIEWS = ((1280, "light"), (360, "dark"))
"""Widths in pixels and colours. The style sheet never asks for both at once."""

ATTACHED = (
    b"From: Bo Long <bo@example.org>\r\nSubject: A smell of gas in my council flat\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n"
    b"There is a smell of gas in my council flat, I complain.\r\n"
    b"--b\r\nContent-Type: image/png\r\nContent-Disposition: attachment; filename=meter.png\r\n\r\nPNG\r\n--b--"
)

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="the pages were not looked at: Chromium isn't installed")

Result = TypeVar("Result")


@dataclass
class Site:
    """Both apps on loopback ports, with something of everything to see."""

    house: WebHouse
    loop: asyncio.AbstractEventLoop
    web: str = ""
    console: str = ""
    contact: str = ""
    reference: str = ""

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(60)

    def fill(self) -> None:
        self.run(self.house.add_officer(OFFICER, PASSWORD))
        self.run(self.house.mail("thank you all", subject="A lovely library"))
        self.run(self.house.set_mail_aside())
        self.run(self.house.mail("I want to complain.\n\nWhere: 14 Elm Road", subject="Pothole again"))
        self.run(self.house.set_aside())
        self.contact = self.run(self.house.keep(ATTACHED))
        self.run(self.house.reception.attend(self.contact))
        self.run(self.house.store.transact(self._trouble))
        self.house.clock.forward(days=20)
        self.reference = self.run(self.house.desk.cases()).lines[0].reference

    def _trouble(self, unit: UnitOfWork) -> None:
        """A mailbox that cannot be read, and a letter of the contact that was tried and came back."""
        now = self.house.clock()
        unit.mailboxes.fails("complaints@mail.example.org:993/INBOX", now, "connection refused")
        view = unit.desk.contact(self.contact)
        assert view is not None
        letter = unit.desk.letters(view.conversation)[0]
        unit.outbox.attempt(Attempt(letter.id, now, Ended.SENT, "taken by relay.example.org: 250 2.0.0 queued"))
        unit.outbox.came_back(letter.id, "550 5.1.1 There is no such mailbox here")
        unit.addresses.bury("bo@example.org", "550 5.1.1 There is no such mailbox here", now)


@contextmanager
def served(house: WebHouse) -> Iterator[Site]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="web", daemon=True)
    thread.start()
    site = Site(house, loop)
    servers = [site.run(_listen(app)) for app in (house.web, house.console)]
    site.web, site.console = (f"http://127.0.0.1:{_port(server)}" for server in servers)
    site.fill()
    try:
        yield site
    finally:
        for server in servers:
            site.run(server.shutdown())
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


async def _listen(app: Starlette) -> uvicorn.Server:
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", lifespan="off")
    server = uvicorn.Server(config)
    config.load()
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    return server


def _port(server: uvicorn.Server) -> int:
    port: int = server.servers[0].sockets[0].getsockname()[1]
    return port


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    database = f"sqlite:///{tmp_path_factory.mktemp('pages')}/rightdoor.db"
    with web_house(database) as house, served(house) as site:
        yield site


@pytest.fixture(scope="module")
def signed_in(chromium: Browser, site: Site) -> StorageState:
    """The cookies of a signed-in officer."""
    with chromium.new_context() as context:
        sign_in(context.new_page(), site, OFFICER, PASSWORD)
        return context.storage_state()


def sign_in(page: Page, site: Site, name: str, password: str) -> None:
    page.goto(f"{site.console}/sign-in")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    with page.expect_navigation():
        page.get_by_role("button", name="Sign in").click()


async def complained(house: WebHouse) -> tuple[str, str]:
    """The reference and the code of a complaint that was sent by the form."""
    async with browser(house.web) as client:
        words = (await send_form(client)).text
    reference = re.search(r"BC-\w{4}-\w{4}", words)
    code = re.search(r"(?<![\w-])[0-9A-Z]{4}-[0-9A-Z]{4}(?![\w-])", words)
    assert reference
    assert code
    return reference[0], code[0]


def ask_status(page: Page, site: Site) -> None:
    reference, code = site.run(complained(site.house))
    page.goto(f"{site.web}/status")
    page.get_by_label("Reference").fill(reference)
    page.get_by_label("Code").fill(code)
    with page.expect_navigation():
        page.get_by_role("button", name="Continue").click()


def guess_status(page: Page, site: Site) -> None:
    page.goto(f"{site.web}/status")
    page.get_by_label("Reference").fill("BC-0000-0000")
    with page.expect_navigation():
        page.get_by_role("button", name="Continue").click()


PAGES: dict[str, tuple[str, Callable[[Page, Site], object]]] = {
    "start": ("Complain to Bettershire Council", lambda page, site: page.goto(site.web)),
    "status form": ("See how your complaint", lambda page, site: page.goto(f"{site.web}/status")),
    "status form with errors": ("See how your complaint", guess_status),
    "status": ("How your complaint is getting on", ask_status),
    "accessibility": ("Accessibility statement", lambda page, site: page.goto(f"{site.web}/accessibility")),
    "privacy": ("Privacy notice", lambda page, site: page.goto(f"{site.web}/privacy")),
    "not found": ("Page not found", lambda page, site: page.goto(f"{site.web}/nowhere")),
    "sign-in with errors": ("Sign in", lambda page, site: sign_in(page, site, "nobody", "")),
    "contacts": ("Contacts", lambda page, site: page.goto(f"{site.console}/contacts")),
    "contacts of a route": ("Contacts", lambda page, site: page.goto(f"{site.console}/contacts?route=formal")),
    "contact": ("A smell of gas", lambda page, site: page.goto(f"{site.console}/contacts/{site.contact}")),
    "cases": ("Cases", lambda page, site: page.goto(f"{site.console}/cases")),
    "case": ("Case BC-", lambda page, site: page.goto(f"{site.console}/cases/{site.reference}")),
    "set aside": ("Set aside", lambda page, site: page.goto(f"{site.console}/set-aside")),
    "not found in the console": ("Page not found", lambda page, site: page.goto(f"{site.console}/contacts/x")),
}
"""Every sort of page: what its heading begins with, and the way there."""


def opened(name: str, context: BrowserContext, site: Site) -> Page:
    heading, walk = PAGES[name]
    if name.startswith("sign-in"):
        context.clear_cookies()
    page = context.new_page()
    walk(page, site)
    expect(page.locator("h1")).to_contain_text(heading)
    for details in page.locator("summary").all():
        details.click()
    return page


@pytest.mark.parametrize(("width", "colours"), VIEWS)
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_on_any_page(
    name: str, width: int, colours: Any, chromium: Browser, site: Site, signed_in: StorageState
) -> None:
    viewport = {"width": width, "height": 800}
    with chromium.new_context(viewport=viewport, color_scheme=colours, storage_state=signed_in) as context:  # type: ignore[arg-type]
        found = Axe().run(opened(name, context, site))
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("name", PAGES)
def test_nothing_sticks_out_at_320_pixels(name: str, chromium: Browser, site: Site, signed_in: StorageState) -> None:
    with chromium.new_context(viewport={"width": 320, "height": 640}, storage_state=signed_in) as context:
        page = opened(name, context, site)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_an_officer_signs_in_reads_a_contact_and_signs_out_without_script(chromium: Browser, site: Site) -> None:
    with chromium.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        sign_in(page, site, OFFICER, PASSWORD)
        page.goto(f"{site.console}/contacts")
        page.get_by_role("link", name="Pothole again").click()
        expect(page.locator("main")).to_contain_text("I want to complain.")
        page.get_by_role("button", name="Sign out").click()
        expect(page.locator("h1")).to_have_text("Sign in")
        page.goto(f"{site.console}/contacts")
        expect(page.locator("h1")).to_have_text("Sign in")


def test_an_officer_lets_a_failed_contact_be_tried_again(
    chromium: Browser, site: Site, signed_in: StorageState
) -> None:
    contact = site.run(site.house.set_aside(sender="late@example.org"))
    with chromium.new_context(storage_state=signed_in) as context:
        page = context.new_page()
        page.goto(f"{site.console}/set-aside")
        page.get_by_role("link", name="late@example.org").click()
        page.get_by_role("button", name="Try again").click()
        expect(page.get_by_role("status")).to_contain_text("It is being tried again")
        expect(page.get_by_role("row", name="late@example.org")).to_have_count(0)
    assert site.run(site.house.reception.attend(contact))


def test_the_pages_ask_for_nothing_that_their_policy_forbids(
    chromium: Browser, site: Site, signed_in: StorageState
) -> None:
    said: list[str] = []
    with chromium.new_context(storage_state=signed_in) as context:
        context.on("console", lambda message: said.append(message.text))
        for name in ("start", "status form", "contacts", "contact", "case"):
            opened(name, context, site)
    assert not [words for words in said if "Content Security Policy" in words]
