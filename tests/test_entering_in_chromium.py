"""Entering in a real browser: the keyboard alone, a lost connection, a house that is killed, and axe."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Route, StorageState, expect

from intake.desk_view import Wanted
from tests.browsers import CHROMIUM
from tests.chat_fixtures import Served
from tests.living_house import free_port
from tests.web_fixtures import OFFICER, PASSWORD, WebHouse, web_house

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="entering was not looked at: Chromium isn't installed")

SAVED = re.compile("^Saved")
NOTES = "They complain that nobody mends the pothole in Elm Road."


@dataclass
class Site:
    """The console, which can be cut off and come back."""

    house: WebHouse
    served: Served
    port: int

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def contacts(self) -> int:
        return len(self.served.run(self.house.desk.contacts(Wanted())).lines)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    served = Served()
    with web_house(f"sqlite:///{tmp_path_factory.mktemp('enter')}/rightdoor.db") as house:
        served.run(house.add_officer(OFFICER, PASSWORD))
        yield Site(house, served, served.up(house.console))
        served.close()


@pytest.fixture(scope="module")
def signed_in(chromium: Browser, site: Site) -> StorageState:
    with chromium.new_context() as context:
        sign_in(context.new_page(), site.address)
        return context.storage_state()


@pytest.fixture
def context(chromium: Browser, signed_in: StorageState) -> Iterator[BrowserContext]:
    with chromium.new_context(storage_state=signed_in, viewport={"width": 1366, "height": 768}) as context:
        yield context


@pytest.fixture
def page(context: BrowserContext, site: Site) -> Page:
    return opened(context.new_page(), site.address)


def sign_in(page: Page, address: str) -> None:
    page.goto(f"{address}/sign-in")
    page.get_by_label("Name").fill(OFFICER)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(lambda url: "/sign-in" not in url)


def opened(page: Page, address: str, name: str = "Phone call") -> Page:
    page.goto(f"{address}/enter")
    page.get_by_role("button", name=name).click()
    expect(page.locator("#what")).to_be_focused()
    return page


def saved(page: Page, words: str) -> None:
    """The server has these notes, and has said what it makes of them."""
    expect(page.locator("#saved")).to_have_text(SAVED)
    expect(page.locator("#says")).to_contain_text(words)


def test_a_call_is_entered_by_the_keyboard_alone(page: Page, site: Site) -> None:
    before = site.contacts()
    page.keyboard.type(NOTES)
    for key, words in (("w", "14 Elm Road"), ("m", "Anne Shaw"), ("h", "07700 900123"), ("p", "Mend it")):
        page.keyboard.press(f"Alt+{key}")
        page.keyboard.type(words)
    page.keyboard.press("Alt+r")
    expect(page.locator("#reply_by")).to_be_focused()
    page.keyboard.type("By phone")
    expect(page.locator("#reply_by")).to_have_value("phone")
    saved(page, "Nothing more is needed")
    page.keyboard.press("Alt+k")
    expect(page.get_by_role("heading", name="Read this out")).to_be_visible()
    expect(page.locator("main")).to_contain_text("Bravo Charlie, dash")
    expect(page.get_by_role("heading", name="Sent")).to_be_focused()
    assert site.contacts() == before + 1


def test_what_was_typed_before_the_script_ran_is_saved_too(context: BrowserContext, site: Site) -> None:
    page = context.new_page()
    held: list[Route] = []
    page.route("**/enter/script.js*", lambda route: held.append(route))
    page.goto(f"{site.address}/enter")
    page.get_by_role("button", name="Phone call").click(no_wait_after=True)
    page.locator("#what").fill("They complain about bins.")
    held[0].continue_()
    saved(page, "Still to ask")


def test_help_against_a_danger_stands_there_while_the_officer_still_types(page: Page, site: Site) -> None:
    before = site.contacts()
    page.keyboard.type("There is a smell of gas in her flat, and she ")
    expect(page.get_by_role("heading", name="Danger: read this out now")).to_be_in_viewport()
    expect(page.locator("#says")).to_contain_text("0800 111 999")
    expect(page.locator("#what")).to_be_focused()
    page.keyboard.type("feels dizzy.")
    expect(page.locator("#what")).to_have_value("There is a smell of gas in her flat, and she feels dizzy.")
    assert site.contacts() == before


def test_what_is_typed_while_the_connection_is_lost_is_saved_when_it_is_back(
    page: Page, context: BrowserContext
) -> None:
    page.keyboard.type("They complain about bins. ")
    saved(page, "Still to ask")
    context.set_offline(True)
    page.keyboard.type("Nobody answers them.")
    expect(page.locator("#trouble")).to_contain_text("no connection")
    expect(page.locator("#what")).to_have_value("They complain about bins. Nobody answers them.")
    context.set_offline(False)
    expect(page.locator("#trouble")).to_be_hidden()
    address = page.url
    with context.new_page() as other:
        other.goto(address)
        expect(other.locator("#what")).to_have_value("They complain about bins. Nobody answers them.")


def test_what_could_not_be_saved_is_put_back_after_a_reload(page: Page, site: Site) -> None:
    page.keyboard.type("They complain. ")
    saved(page, "Still to ask")
    site.served.down(site.port)
    try:
        page.keyboard.type("It was said while nobody answered.")
        expect(page.locator("#trouble")).to_be_visible()
    finally:
        site.served.up(site.house.console, site.port)
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    expect(page.locator("#what")).to_have_value("They complain. It was said while nobody answered.")
    saved(page, "Still to ask")


def test_a_session_that_ends_in_the_middle_loses_nothing(page: Page, context: BrowserContext, site: Site) -> None:
    page.keyboard.type("They complain. ")
    saved(page, "Still to ask")
    cookies = context.cookies()
    context.clear_cookies()
    page.keyboard.type("This came after the end.")
    expect(page.locator("#trouble")).to_contain_text("signed out")
    assert cookies
    with context.new_page() as other:
        sign_in(other, site.address)
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    expect(page.locator("#what")).to_have_value("They complain. This came after the end.")
    saved(page, "Still to ask")


def test_two_windows_of_one_entry_do_not_overwrite_each_other(page: Page, context: BrowserContext) -> None:
    with context.new_page() as other:
        other.goto(page.url)
        other.locator("#what").fill("From the other window")
        expect(other.locator("#says")).to_contain_text("Still to ask")
        page.keyboard.type("From this one")
        expect(page.locator("#trouble")).to_contain_text("another window")
        other.reload()
        expect(other.locator("#what")).to_have_value("From the other window")
    expect(page.locator("#what")).to_have_value("From this one")


def test_it_works_without_script(chromium: Browser, signed_in: StorageState, site: Site) -> None:
    with chromium.new_context(storage_state=signed_in, java_script_enabled=False) as context:
        page = opened(context.new_page(), site.address)
        page.locator("#what").fill("There is a smell of gas in her flat.")
        page.get_by_role("button", name="Read it").click()
        expect(page.get_by_role("heading", name="Danger: read this out now")).to_be_visible()
        page.get_by_role("button", name="Send").click()
        expect(page.get_by_role("heading", name="Sent")).to_be_visible()


@pytest.mark.parametrize(("width", "colours"), [(1366, "light"), (1920, "dark"), (360, "light")])
def test_axe_finds_nothing_and_nothing_sticks_out(
    width: int, colours: str, chromium: Browser, signed_in: StorageState, site: Site
) -> None:
    view = {"width": width, "height": 768}
    with chromium.new_context(storage_state=signed_in, viewport=view, color_scheme=colours) as context:  # type: ignore[arg-type]
        page = opened(context.new_page(), site.address, "Letter")
        look(page, width)
        page.keyboard.type("There is a smell of gas in her flat, I complain.")
        expect(page.get_by_role("heading", name="Danger: act now")).to_be_visible()
        page.locator("#reply_by").select_option("address")
        with page.expect_navigation():
            page.get_by_role("button", name="Send").click()
        expect(page.get_by_role("alert").first).to_be_visible()
        look(page, width)
        page.locator("#address").fill("14 Elm Road\nBettershire")
        page.get_by_role("button", name="Send").click()
        expect(page.get_by_role("heading", name="Read this out")).to_be_visible()
        look(page, width)
        for address in ("/letters", "/enter", "/incidents/report", "/incidents"):
            page.goto(f"{site.address}{address}")
            look(page, width)
        page.goto(f"{site.address}/letters")
        with page.expect_navigation():
            page.locator("tbody a").first.click()
        look(page, width)
        page.goto(f"{site.address}/incidents/report")
        page.get_by_label("What happened").select_option("threat")
        page.get_by_label("Against whom").fill("An officer")
        page.get_by_label("What was said or done").fill("I know where you live")
        page.get_by_label("Do not meet or visit alone.").check()
        page.get_by_label("Their proved phone number").fill("07700 900555")
        page.get_by_role("button", name="Record it").click()
        expect(page.get_by_role("heading", name="Review", exact=True)).to_be_visible()
        look(page, width)


def look(page: Page, width: int) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_the_page_asks_for_nothing_that_its_policy_forbids(context: BrowserContext, site: Site) -> None:
    told: list[str] = []
    page = context.new_page()
    page.on("console", lambda message: told.append(message.text))
    page.on("pageerror", lambda error: told.append(str(error)))
    opened(page, site.address)
    page.keyboard.type(NOTES)
    saved(page, "Still to ask")
    assert [line for line in told if "404" not in line] == []


# --- a house that is killed -----------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where a house of its own keeps its data, with an officer."""
    served = Served()
    with web_house(f"sqlite:///{tmp_path}/rightdoor.db") as house:
        served.run(house.add_officer(OFFICER, PASSWORD))
    served.close()
    return tmp_path


def start(folder: Path, port: int) -> "subprocess.Popen[bytes]":
    """A console of its own, in a process of its own."""
    settings = {"RIGHTDOOR_DATA": str(folder), "RIGHTDOOR_CONSOLE": f"127.0.0.1:{port}"}
    command = [sys.executable, "-m", "config.main", "serve", "--only", "console"]
    process = subprocess.Popen(command, env={**os.environ, **settings}, stdout=subprocess.DEVNULL)
    until = time.monotonic() + 90
    while time.monotonic() < until:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/healthz").status_code == 200:
                return process
        except httpx.HTTPError:
            time.sleep(0.2)
    process.kill()
    raise AssertionError("the console did not start")


def test_a_house_that_is_killed_in_mid_sentence_loses_nothing(folder: Path, chromium: Browser) -> None:
    port = free_port()
    process = start(folder, port)
    try:
        with chromium.new_context() as context:
            page = context.new_page()
            sign_in(page, f"http://127.0.0.1:{port}")
            opened(page, f"http://127.0.0.1:{port}")
            page.keyboard.type("The bin was missed again. ")
            saved(page, "Still to ask")
            page.keyboard.type("And then they ")
            process.send_signal(signal.SIGKILL)
            process.wait(30)
            page.keyboard.type("shouted at her.")
            process = start(folder, port)
            expect(page.locator("#trouble")).to_be_hidden()
            page.wait_for_function("sessionStorage.length === 0")
            with context.new_page() as other:
                other.goto(page.url)
                expect(other.locator("#what")).to_have_value("The bin was missed again. And then they shouted at her.")
    finally:
        process.kill()
        process.wait(30)
