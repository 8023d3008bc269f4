"""The web chat in a real browser: with its script, without it, cut off, in two tabs, and within another site."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, FrameLocator, Page, Route, expect
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route as WebRoute

from nlu.embedded import EmbeddedInterpreter
from tests.browsers import CHROMIUM
from tests.chat_fixtures import GAS, MISSED_BIN, ChatHouse, Served, chat_house

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="the chat was not looked at: Chromium isn't installed")

VIEWS = [(width, colours) for width in (360, 1280) for colours in ("light", "dark")]


@dataclass
class Site:
    """The residents' app, another council site that may show the chat in a frame, and a site that may not."""

    house: ChatHouse
    served: Served
    port: int
    council: str
    stranger: str

    @property
    def chat(self) -> str:
        return f"http://127.0.0.1:{self.port}/chat"

    @contextmanager
    def cut(self) -> Iterator[None]:
        """Every connection is cut, and nobody answers until the block ends."""
        self.served.down(self.port)
        try:
            yield
        finally:
            self.served.up(self.house.app([self.council]), self.port)

    def officer_says(self, page: Page, text: str) -> None:
        of = page.locator("#say").get_attribute("data-of")
        assert of
        self.served.run(self.house.officer_says(of, text))

    def turns(self, page: Page) -> list[str]:
        """What the store has of the page's conversation."""
        of = page.locator("#say").get_attribute("data-of")
        assert of
        return [turn.text for turn in self.served.run(self.house.turns(of))]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, interpreter: EmbeddedInterpreter) -> Iterator[Site]:
    database = f"sqlite:///{tmp_path_factory.mktemp('chat')}/rightdoor.db"
    served = Served()
    with chat_house(database, interpreter) as house:
        addresses: list[str] = []

        async def host_page(request: Request) -> Response:
            script = f'<script src="{addresses[0]}/widget.js" async></script>'
            return HTMLResponse(f'<!doctype html><html lang="en"><title>Bins</title><h1>Bins</h1><p>Our bins.{script}')

        council, stranger = (served.up(Starlette(routes=[WebRoute("/", host_page)])) for _ in range(2))
        allowed = f"http://127.0.0.1:{council}"
        port = served.up(house.app([allowed]))
        addresses.append(f"http://127.0.0.1:{port}")
        yield Site(house, served, port, allowed, f"http://127.0.0.1:{stranger}")
        served.close()


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    with chromium.new_context() as context:
        yield context


@pytest.fixture
def page(context: BrowserContext, site: Site) -> Page:
    page = context.new_page()
    page.goto(site.chat)
    return page


def said(page: Page | FrameLocator) -> Any:
    return page.locator("#talk > li")


def say(page: Page, text: str) -> None:
    """Type it, send it, and wait for the answer."""
    before = said(page).count()
    page.locator("#text").fill(text)
    page.keyboard.press("Enter")
    expect(said(page).nth(before + 1)).to_be_visible()


def words(page: Page | FrameLocator) -> list[str]:
    """The words of every turn that is shown."""
    return [" ".join(text.split("\n", 1)[1].split()) for text in said(page).all_inner_texts()]


def test_a_whole_complaint_is_made_with_the_keyboard_alone(page: Page) -> None:
    keys = page.keyboard
    for _ in range(6):
        if page.locator("#text").evaluate("box => box === document.activeElement"):
            break
        keys.press("Tab")
    expect(page.locator("#text")).to_be_focused()
    for number, text in enumerate((MISSED_BIN, "An apology, please", "Anne Shaw", "anne@example.org"), 1):
        keys.type(text)
        keys.press("Enter")
        expect(said(page)).to_have_count(2 * number)
        expect(page.locator("#text")).to_be_focused()
    keys.press("Shift+Tab")
    keys.press("Shift+Tab")
    expect(page.get_by_role("button", name="Yes, send it")).to_be_focused()
    keys.press("Enter")
    expect(said(page).last).to_contain_text(re.compile(r"reference is BC-\w{4}-\w{4}"))
    expect(page.locator("#text")).to_be_focused()


def test_a_whole_complaint_is_made_without_script(chromium: Browser, site: Site) -> None:
    with chromium.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(site.chat)
        for text in (MISSED_BIN, "An apology, please", "Anne Shaw", "anne@example.org"):
            page.get_by_label("Your message").fill(text)
            page.get_by_role("button", name="Send", exact=True).click()
        page.get_by_role("button", name="Yes, send it").click()
        expect(said(page).last).to_contain_text(re.compile(r"reference is BC-\w{4}-\w{4}"))
        expect(page.get_by_text("Press Enter to send")).to_be_hidden()
        assert page.url.endswith("/chat#newest")


def test_a_new_line_is_typed_with_shift_and_enter(page: Page) -> None:
    page.locator("#text").fill("My bin was missed.")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("Again.")
    expect(page.locator("#text")).to_have_value("My bin was missed.\nAgain.")
    expect(said(page)).to_have_count(0)


def test_the_conversation_and_what_is_half_typed_survive_a_reload(page: Page) -> None:
    say(page, MISSED_BIN)
    before = words(page)
    page.locator("#text").fill("I want an apo")
    page.reload()
    expect(page.locator("#text")).to_have_value("I want an apo")
    assert words(page) == before
    page.locator("#text").fill("I want an apology")
    page.keyboard.press("Enter")
    expect(said(page)).to_have_count(4)
    assert words(page)[2] == "I want an apology"


@pytest.mark.parametrize("lost", ["request", "answer"])
def test_a_turn_that_was_lost_on_its_way_is_sent_again_after_a_reload_and_said_once(
    lost: str, page: Page, site: Site
) -> None:
    def lose(route: Route) -> None:
        if lost == "answer":
            route.fetch()
        route.abort()

    page.route("**/chat/turns?*", lose)
    page.route("**/chat/events?*", lambda route: route.abort())
    page.locator("#text").fill(MISSED_BIN)
    page.keyboard.press("Enter")
    expect(page.locator("#sending")).to_contain_text(MISSED_BIN)
    expect(page.get_by_role("alert")).to_contain_text("is kept on this page")
    page.unroute_all(behavior="ignoreErrors")
    page.reload()
    expect(said(page)).to_have_count(2)
    expect(page.locator("#sending")).to_be_hidden()
    assert site.turns(page).count(MISSED_BIN) == 1


@pytest.mark.parametrize("choice", ["I want to complain", "Speak to a person"])
def test_a_choice_is_sent_alone_and_the_words_in_the_box_stay(choice: str, page: Page, site: Site) -> None:
    say(page, "bins")
    say(page, "missed")
    page.locator("#text").fill("It was the brown")
    page.get_by_role("button", name=choice).last.click()
    expect(said(page)).to_have_count(6)
    expect(page.locator("#sending")).to_be_hidden()
    assert site.turns(page)[4] == choice
    expect(page.locator("#text")).to_have_value("It was the brown")
    page.reload()
    expect(page.locator("#text")).to_have_value("It was the brown")
    assert len(site.turns(page)) == 6


def test_two_tabs_show_the_same_turns_in_the_same_order(page: Page, context: BrowserContext, site: Site) -> None:
    other = context.new_page()
    other.goto(site.chat)
    say(page, MISSED_BIN)
    expect(said(other)).to_have_count(2)
    for tab, text in ((page, "An apology, please"), (other, "Anne Shaw")):
        tab.locator("#text").fill(text)
        tab.keyboard.press("Enter")
    expect(said(page)).to_have_count(6)
    expect(said(other)).to_have_count(6)
    assert words(page) == words(other)
    assert len(site.turns(page)) == 6


def test_several_turns_in_a_row_keep_their_order(page: Page, site: Site) -> None:
    texts = [f"{MISSED_BIN} {number}" for number in range(4)]
    for text in texts:
        page.locator("#text").fill(text)
        page.keyboard.press("Enter")
    for text in texts:
        expect(said(page).filter(has_text=text)).to_have_count(1)
    expect(page.locator("#sending")).to_be_hidden()
    assert [text for text in words(page) if text in texts] == texts
    assert [text for text in site.turns(page) if text in texts] == texts


def test_the_same_words_said_twice_are_two_turns(page: Page, site: Site) -> None:
    for _ in range(2):
        say(page, MISSED_BIN)
    assert site.turns(page).count(MISSED_BIN) == 2


def test_what_an_officer_says_appears_and_is_announced_once(page: Page, site: Site) -> None:
    say(page, MISSED_BIN)
    expect(page.locator("#spoken")).to_contain_text("Automatic assistant")
    expect(page.locator("#spoken")).not_to_contain_text(MISSED_BIN)
    expect(page.locator("#spoken")).to_be_empty()
    site.officer_says(page, "Hello, this is Maya.")
    expect(said(page).last).to_contain_text("Officer of the council")
    expect(page.locator("#spoken")).to_contain_text("Hello, this is Maya.")
    expect(page.locator("#spoken p")).to_have_count(1)
    expect(page.locator("#holder")).to_contain_text("An officer of the council answers here now")
    assert page.locator("#spoken").get_attribute("aria-live") == "polite"


def test_a_stream_that_is_cut_goes_on_with_nothing_lost_or_doubled(page: Page, site: Site) -> None:
    say(page, MISSED_BIN)
    with site.cut():
        site.officer_says(page, "Hello, this is Maya.")
        page.wait_for_timeout(500)
        expect(said(page)).to_have_count(2)
    expect(said(page)).to_have_count(3)
    site.officer_says(page, "Are you there?")
    expect(said(page)).to_have_count(4)
    assert words(page)[2:] == ["Hello, this is Maya.", "Are you there?"]


def test_what_is_sent_while_nobody_answers_is_sent_later_once_and_in_order(page: Page, site: Site) -> None:
    say(page, MISSED_BIN)
    with site.cut():
        for text in ("An apology, please", "Anne Shaw"):
            page.locator("#text").fill(text)
            page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_contain_text("We cannot reach the council just now")
        expect(page.locator("#sending li")).to_have_count(2)
        expect(page.locator("#sending")).to_contain_text("Not sent yet. Trying again.")
    expect(said(page)).to_have_count(6)
    expect(page.get_by_role("alert")).to_be_empty()
    assert [words(page)[2], words(page)[4]] == ["An apology, please", "Anne Shaw"]
    assert len(site.turns(page)) == 6


def test_while_the_answer_is_awaited_the_page_says_so(page: Page) -> None:
    waiting: list[Route] = []
    page.route("**/chat/turns?*", lambda route: waiting.append(route))
    page.locator("#text").fill(MISSED_BIN)
    page.keyboard.press("Enter")
    expect(page.get_by_text("The assistant is answering")).to_be_visible()
    expect(page.locator("#sending")).to_contain_text(MISSED_BIN)
    page.wait_for_timeout(100)
    waiting[0].continue_()
    expect(said(page)).to_have_count(2)
    expect(page.get_by_text("The assistant is answering")).to_be_hidden()


def test_a_chat_that_was_begun_anew_in_another_tab_is_not_mixed_with_this_one(
    page: Page, context: BrowserContext, site: Site
) -> None:
    say(page, MISSED_BIN)
    other = context.new_page()
    other.goto(site.chat)
    other.get_by_role("button", name="Start a new chat").click()
    expect(said(other)).to_have_count(0)
    page.locator("#text").fill("An apology, please")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("not open here any more")
    expect(page.locator("#sending")).to_contain_text("An apology, please")
    assert "An apology, please" not in site.turns(page)
    page.get_by_role("link", name="Load the page again").click()
    expect(said(page)).to_have_count(0)
    expect(page.locator("#text")).to_have_value("An apology, please")


def test_help_against_a_danger_stays_in_sight_while_the_page_is_read(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 640})
    say(page, GAS)
    for text in ("07700 900123", "It is 14 Elm Road", "hello"):
        page.locator("#text").fill(text)
        page.keyboard.press("Enter")
        expect(page.locator("#sending")).to_be_hidden()
    page.locator("#text").scroll_into_view_if_needed()
    expect(page.get_by_role("region", name="Help now")).to_be_in_viewport()
    expect(page.get_by_role("link", name="Exit this page")).to_be_in_viewport()


def test_new_turns_do_not_carry_off_who_reads_further_up(page: Page, site: Site) -> None:
    page.set_viewport_size({"width": 360, "height": 480})
    for text in (MISSED_BIN, "An apology, please", "Anne Shaw"):
        say(page, text)
    page.evaluate("scrollTo(0, 0)")
    before = page.evaluate("scrollY")
    site.officer_says(page, "Hello, this is Maya.\n" * 20)
    expect(said(page)).to_have_count(7)
    assert page.evaluate("scrollY") == before


def test_a_long_answer_is_shown_from_its_beginning(chromium: Browser, site: Site) -> None:
    with chromium.new_context(viewport={"width": 320, "height": 560}) as context:
        page = context.new_page()
        page.goto(site.chat)
        for text in (MISSED_BIN, "An apology, please"):
            say(page, text)
            expect(page.locator("#sending")).to_be_hidden()
            answer, watch = said(page).last.bounding_box(), page.locator(".watch").bounding_box()
            assert answer
            assert watch
            assert watch["y"] + watch["height"] <= answer["y"] <= 400


def test_shift_pressed_three_times_leaves_the_page_and_leaves_no_way_back(page: Page) -> None:
    page.route("https://www.bbc.co.uk/**", lambda route: route.fulfill(body="Weather", content_type="text/html"))
    for _ in range(2):
        page.keyboard.press("Shift")
    expect(page.locator("#spoken")).to_contain_text("press 1 more time")
    page.keyboard.press("a")
    for _ in range(3):
        page.keyboard.press("Shift")
    page.wait_for_url("https://www.bbc.co.uk/weather")
    page.go_back()
    assert "/chat" not in page.url


def test_exit_this_page_is_a_link_that_works_without_script(chromium: Browser, site: Site) -> None:
    with chromium.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.route("https://www.bbc.co.uk/**", lambda route: route.fulfill(body="Weather", content_type="text/html"))
        page.goto(site.chat)
        page.get_by_role("link", name="Exit this page").click()
        page.wait_for_url("https://www.bbc.co.uk/weather")


@pytest.mark.parametrize(("width", "colours"), VIEWS)
def test_axe_finds_nothing_at_any_point_of_a_chat(width: int, colours: Any, chromium: Browser, site: Site) -> None:
    with chromium.new_context(viewport={"width": width, "height": 800}, color_scheme=colours) as context:
        page = context.new_page()
        page.goto(site.chat)
        page.locator("summary").first.click()
        look(page)
        page.locator("#text").press("Enter")
        expect(page.locator("#text-mistake")).to_contain_text("Type a message")
        look(page)
        for text in (MISSED_BIN, "An apology, please", "Anne Shaw"):
            say(page, text)
        look(page)
        say(page, GAS)
        site.officer_says(page, "Hello, this is Maya. See https://example.org")
        expect(said(page).last).to_contain_text("Maya")
        look(page)


def look(page: Page) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("width", [320, 256])
def test_nothing_sticks_out_and_everything_is_reached_on_a_page_enlarged_four_times(
    width: int, chromium: Browser, site: Site
) -> None:
    """A window of 1280 by 1024 pixels at 400 % has 320 by 256 pixels of CSS."""
    with chromium.new_context(viewport={"width": width, "height": 256}) as context:
        page = context.new_page()
        page.goto(site.chat)
        for text in (MISSED_BIN, GAS):
            say(page, text)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        for name in ("Send", "Speak to a person", "Start a new chat"):
            button = page.get_by_role("button", name=name, exact=True)
            button.focus()
            box, watch = button.bounding_box(), page.locator(".watch").bounding_box()
            assert box
            assert watch
            assert watch["y"] + watch["height"] <= box["y"] + 1
            assert box["y"] + box["height"] <= 257


def test_nothing_moves_for_who_wants_less_motion(chromium: Browser, site: Site) -> None:
    for motion, animation in (("reduce", "none"), ("no-preference", "typing")):
        with chromium.new_context(reduced_motion=motion) as context:  # type: ignore[arg-type]
            page = context.new_page()
            page.goto(site.chat)
            name = page.locator(".typing i").first.evaluate("dot => getComputedStyle(dot).animationName")
            assert name == animation


def test_the_page_asks_for_nothing_that_its_policy_forbids(context: BrowserContext, site: Site) -> None:
    told: list[str] = []
    page = context.new_page()
    page.on("console", lambda message: told.append(message.text))
    page.on("pageerror", lambda error: told.append(str(error)))
    page.goto(site.chat)
    say(page, MISSED_BIN)
    say(page, GAS)
    assert [line for line in told if "404" not in line] == []


# --- within another site ---------------------------------------------------------------------------------------------


def test_the_widget_opens_and_closes_by_keyboard_and_gives_the_focus_back(context: BrowserContext, site: Site) -> None:
    page = context.new_page()
    page.goto(site.council)
    button = page.get_by_role("button", name="Chat with the council")
    button.focus()
    page.keyboard.press("Enter")
    frame = page.frame_locator("iframe")
    expect(frame.get_by_label("Your message")).to_be_visible()
    frame.get_by_label("Your message").fill(MISSED_BIN)
    page.keyboard.press("Enter")
    expect(said(frame)).to_have_count(2)
    page.keyboard.press("Escape")
    expect(page.locator("iframe")).to_be_hidden()
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    expect(said(frame)).to_have_count(2)
    page.get_by_role("button", name="Close chat").press("Escape")
    expect(button).to_be_focused()
    page.reload()
    button.click()
    expect(said(frame)).to_have_count(2)


@pytest.mark.parametrize(("width", "colours"), VIEWS)
def test_axe_finds_nothing_in_the_widget(width: int, colours: Any, chromium: Browser, site: Site) -> None:
    with chromium.new_context(viewport={"width": width, "height": 800}, color_scheme=colours) as context:
        page = context.new_page()
        page.goto(site.council)
        page.get_by_role("button", name="Chat with the council").click()
        expect(page.frame_locator("iframe").get_by_label("Your message")).to_be_visible()
        rules = {"rules": {"landmark-one-main": {"enabled": False}, "region": {"enabled": False}}}
        found = Axe().run(page, options=rules)
        assert found.violations_count == 0, found.generate_report()


def test_a_site_that_is_not_listed_cannot_show_the_chat(context: BrowserContext, site: Site) -> None:
    told: list[str] = []
    page = context.new_page()
    page.on("console", lambda message: told.append(message.text))
    page.goto(site.stranger)
    page.get_by_role("button", name="Chat with the council").click()
    expect(page.get_by_role("link", name="Open full page")).to_be_visible()
    page.wait_for_timeout(1000)
    expect(page.frame_locator("iframe").locator("#text")).to_have_count(0)
    assert any("frame-ancestors" in line for line in told)


def test_where_the_browser_keeps_no_cookie_the_frame_leads_to_a_page_of_its_own(
    context: BrowserContext, site: Site
) -> None:
    """Without https the frame's cookie is none for another site, and localhost is another site than 127.0.0.1."""
    served, house = site.served, site.house
    routes = [WebRoute("/", lambda request: HTMLResponse(f'<iframe src="{framed}" title="chat"></iframe>'))]
    other = served.up(Starlette(routes=routes))
    port = served.up(house.app([f"http://localhost:{other}"]))
    framed = f"http://127.0.0.1:{port}/chat?embedded=1"
    page = context.new_page()
    page.goto(f"http://localhost:{other}")
    frame = page.frame_locator("iframe")
    expect(frame.get_by_role("alert")).to_contain_text("keeps no cookie")
    with context.expect_page() as opened:
        frame.get_by_role("alert").get_by_role("link", name="Open the chat on a page of its own").click()
    expect(opened.value.get_by_label("Your message")).to_be_visible()
    assert opened.value.url.endswith("/chat")
