"""Two officers and a resident at once, in real browsers: one takes over, the assistant is silent, nobody is left."""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from channels import web
from channels.chat_talk import NO_PACE
from channels.passwords import Argon2Passwords
from intake.accounts import Accounts
from intake.conversation import Holder, Speaker, Turn
from intake.desk import Desk
from intake.ports import UnitOfWork
from intake.presence import OFFLINE_AFTER, There
from nlu.embedded import EmbeddedInterpreter
from tests.browsers import CHROMIUM
from tests.centre_stage import saying
from tests.chat_fixtures import MISSED_BIN, Served, chat_house
from tests.web_fixtures import PASSWORD, StandingClock, WebHouse

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="the pages were not looked at: Chromium isn't installed")

PERSON = "I want to speak to a person"
VIEWS = [(1366, 768, "light"), (1920, 1080, "dark")]


@dataclass
class Site:
    """The residents' chat and the officers' console over one house."""

    house: WebHouse
    served: Served
    residents: str
    officers: str

    def state(self, page: Page) -> Any:
        of = page.locator("#say").get_attribute("data-of")
        assert of
        return self.served.run(self.house.store.read(lambda unit: unit.conversations.get(of)))

    def said_by(self, page: Page, speaker: Speaker) -> list[str]:
        of = page.locator("#say").get_attribute("data-of")
        assert of
        turns = self.served.run(self.house.store.read(lambda unit: unit.conversations.turns(of)))
        return [turn.text for turn in turns if turn.by is speaker]

    def says(self, key: str) -> str:
        return saying(self.house.policy, key)

    async def all_rounds(self) -> None:
        while await self.house.centre.round_next():
            pass


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, interpreter: EmbeddedInterpreter) -> Iterator[Site]:
    served = Served()
    with chat_house(f"sqlite:///{tmp_path_factory.mktemp('takeover')}/rightdoor.db", interpreter) as chat:
        desk = Desk(chat.store, chat.clock, Accounts(chat.store, chat.policy, chat.clock, Argon2Passwords()))
        house = WebHouse(chat.store, chat.policy, chat.clock, interpreter, chat.reception, desk)  # type: ignore[arg-type]
        for name in ("maya", "sam"):
            served.run(house.add_officer(name, PASSWORD))
        app = web.make_app(chat.reception, chat.store, chat.policy, chat.clock, pace=NO_PACE, watch=house.watch)
        ports = served.up(app), served.up(house.console)
        yield Site(house, served, *(f"http://127.0.0.1:{port}" for port in ports))
        served.close()


@pytest.fixture(autouse=True)
def _morning(site: Site) -> Iterator[None]:
    """Each test begins with an empty queue and nobody there."""
    yield
    clock: StandingClock = site.house.clock
    clock.forward(hours=0, minutes=11)
    site.served.run(site.all_rounds())


@pytest.fixture
def anne(chromium: Browser, site: Site) -> Iterator[Page]:
    with chromium.new_context() as context:
        page = context.new_page()
        page.goto(f"{site.residents}/chat")
        yield page


@pytest.fixture
def maya(chromium: Browser, site: Site) -> Iterator[Page]:
    with signed_in(chromium, site, "maya") as page:
        yield page


@pytest.fixture
def sam(chromium: Browser, site: Site) -> Iterator[Page]:
    with signed_in(chromium, site, "sam") as page:
        yield page


class signed_in:  # noqa: N801 - used as a function
    """A browser in which this officer is signed in, at the queue."""

    def __init__(self, chromium: Browser, site: Site, name: str, **options: Any) -> None:
        self.chromium, self.site, self.name, self.options = chromium, site, name, options
        self.context: BrowserContext | None = None

    def __enter__(self) -> Page:
        self.context = self.chromium.new_context(**self.options)
        page = self.context.new_page()
        page.goto(f"{self.site.officers}/sign-in")
        page.get_by_label("Name").fill(self.name)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in", exact=True).click()
        page.goto(f"{self.site.officers}/live")
        return page

    def __exit__(self, *error: object) -> None:
        assert self.context is not None
        self.context.close()


def said(page: Page) -> Any:
    return page.locator("#talk > li")


def say(page: Page, text: str, answers: bool = True) -> None:
    """As the resident: type, send, and wait until it stands there (and for the answer)."""
    before = said(page).count()
    page.locator("#text").fill(text)
    page.keyboard.press("Enter")
    expect(said(page).nth(before + (1 if answers else 0))).to_be_visible()
    expect(page.locator("#sending")).to_be_hidden()


def opened(officer: Page, site: Site, resident: Page) -> Page:
    """The resident's conversation on the officer's screen."""
    of = resident.locator("#say").get_attribute("data-of")
    officer.goto(f"{site.officers}/live/{of}")
    return officer


def write(officer: Page, text: str) -> None:
    officer.locator("#text").fill(text)
    officer.keyboard.press("Enter")


def test_two_officers_take_one_conversation_and_one_gets_it(anne: Page, maya: Page, sam: Page, site: Site) -> None:
    say(anne, PERSON)
    for officer in (maya, sam):
        opened(officer, site, anne)
        expect(officer.get_by_text("Waits for a person")).to_be_visible()
    maya.keyboard.press("t")
    expect(maya.locator("#text")).to_be_visible()
    expect(maya.get_by_text("You have this conversation")).to_be_visible()
    expect(sam.get_by_text("maya has this conversation")).to_be_visible()
    sam.get_by_role("button", name="Take it over").click()
    expect(sam.locator(".problem")).to_contain_text("maya has had this conversation since")
    expect(sam.locator("#say")).to_have_count(0)
    assert site.state(anne).hold.officer == "maya"


def test_officer_and_resident_write_live_and_the_assistant_is_silent(anne: Page, maya: Page, site: Site) -> None:
    say(anne, MISSED_BIN)
    before = len(site.said_by(anne, Speaker.ASSISTANT))
    opened(maya, site, anne).keyboard.press("t")
    expect(maya.locator("#text")).to_be_focused()
    maya.keyboard.press("Enter")
    expect(maya.locator("#kept")).to_have_text("Type a message")
    write(maya, "Hello, this is Maya.")
    expect(said(anne).last).to_contain_text("Hello, this is Maya.")
    expect(said(anne).last).to_contain_text("Officer of the council")
    expect(maya.locator("#talk > li").last).to_contain_text("Shown to them")
    say(anne, "9 Mill Lane", answers=False)
    expect(said(maya).last).to_contain_text("9 Mill Lane")
    say(anne, "I also want to complain about a pothole on Mill Lane", answers=False)
    write(maya, "I have both.")
    expect(said(anne).last).to_contain_text("I have both.")
    assert len(site.said_by(anne, Speaker.ASSISTANT)) == before
    assert site.said_by(anne, Speaker.OFFICER) == ["Hello, this is Maya.", "I have both."]


def test_each_sees_that_the_other_is_writing_and_not_what(anne: Page, maya: Page, site: Site) -> None:
    say(anne, PERSON)
    opened(maya, site, anne).keyboard.press("t")
    maya.locator("#text").press_sequentially("Half a thought")
    expect(anne.locator("#holder")).to_have_text("An officer of the council is writing.")
    anne.locator("#text").press_sequentially("My secret")
    expect(maya.locator("#standing")).to_contain_text("They are writing")
    assert "secret" not in maya.content()
    assert "thought" not in anne.content()


def test_what_is_half_written_is_there_after_a_reload_and_on_another_machine(
    anne: Page, maya: Page, site: Site, chromium: Browser
) -> None:
    say(anne, PERSON)
    opened(maya, site, anne).keyboard.press("t")
    maya.locator("#text").fill("Dear Anne, the crew will")
    expect(maya.locator("#kept")).to_have_text("Kept")
    maya.reload()
    expect(maya.locator("#text")).to_have_value("Dear Anne, the crew will")
    with signed_in(chromium, site, "maya") as elsewhere:
        expect(opened(elsewhere, site, anne).locator("#text")).to_have_value("Dear Anne, the crew will")


def test_what_is_sent_while_the_server_is_gone_is_sent_later_once(anne: Page, maya: Page, site: Site) -> None:
    say(anne, PERSON)
    opened(maya, site, anne).keyboard.press("t")
    expect(maya.locator("#text")).to_be_visible()
    maya.route("**/live/**/words?*", lambda route: route.abort())
    write(maya, "Are you there?")
    expect(maya.get_by_role("alert")).to_contain_text("We cannot reach the server just now")
    maya.unroute_all(behavior="ignoreErrors")
    expect(said(anne).last).to_contain_text("Are you there?")
    expect(maya.get_by_role("alert")).to_be_empty()
    assert site.said_by(anne, Speaker.OFFICER) == ["Are you there?"]


def test_who_was_signed_out_keeps_what_they_typed(anne: Page, maya: Page, site: Site) -> None:
    say(anne, PERSON)
    opened(maya, site, anne).keyboard.press("t")
    expect(maya.locator("#text")).to_be_visible()
    maya.context.clear_cookies()
    write(maya, "Will this be lost?")
    expect(maya.get_by_role("alert")).to_contain_text("You are signed out. What you typed is kept")
    expect(maya.locator("#text")).to_have_value("Will this be lost?")
    assert site.said_by(anne, Speaker.OFFICER) == []


def test_another_officer_at_the_same_browser_gets_nothing_of_what_was_not_sent(
    anne: Page, maya: Page, site: Site
) -> None:
    say(anne, PERSON)
    opened(maya, site, anne).keyboard.press("t")
    expect(maya.locator("#text")).to_be_visible()
    maya.route("**/live/**/words?*", lambda route: route.abort())
    maya.route("**/live/**/draft", lambda route: route.abort())
    write(maya, "Maya's own words")
    expect(maya.get_by_role("alert")).to_contain_text("We cannot reach the server just now")
    maya.locator("#text").fill("and half of more")
    maya.get_by_role("button", name="Sign out").click()
    expect(maya.get_by_label("Password")).to_be_visible()
    maya.unroute_all(behavior="ignoreErrors")
    maya.get_by_label("Name").fill("sam")
    maya.get_by_label("Password").fill(PASSWORD)
    with maya.expect_navigation():
        maya.get_by_role("button", name="Sign in", exact=True).click()
    opened(maya, site, anne).keyboard.press("t")
    expect(maya.locator("#text")).to_have_value("")
    write(maya, "Sam here.")
    expect(said(anne).last).to_contain_text("Sam here.")
    expect(maya.get_by_role("alert")).to_be_empty()
    assert site.said_by(anne, Speaker.OFFICER) == ["Sam here."]


def test_handed_over_with_a_note_the_colleague_goes_on(anne: Page, maya: Page, sam: Page, site: Site) -> None:
    say(anne, PERSON)
    opened(maya, site, anne).keyboard.press("t")
    maya.get_by_text("Hand it to a colleague or a team").click()
    maya.get_by_label("To", exact=True).select_option("sam")
    maya.get_by_label("Note for them").fill("Knows the crew")
    maya.get_by_role("button", name="Hand it over").click()
    maya.wait_for_url("**/live")
    expect(said(anne).last).to_contain_text(site.says("officer_passes"))
    sam.goto(f"{site.officers}/live")
    expect(sam.get_by_role("heading", name="Handed to you")).to_be_visible()
    expect(sam.locator(".for-you")).to_contain_text("Knows the crew")
    opened(sam, site, anne)
    expect(sam.locator("#facts")).to_contain_text("Knows the crew")
    sam.keyboard.press("t")
    expect(sam.locator("#text")).to_be_visible()
    write(sam, "Sam here.")
    expect(said(anne).last).to_contain_text("Sam here.")


def is_available(officer: Page, site: Site) -> None:
    officer.goto(f"{site.officers}/live")
    officer.get_by_label("Set yourself").select_option("available")
    with officer.expect_navigation():
        officer.get_by_role("button", name="Set", exact=True).click()


def gives_an_address(site: Site, conversation: str) -> None:
    def gave(unit: UnitOfWork) -> None:
        known = unit.conversations.get(conversation)
        assert known is not None
        unit.conversations.keep(replace(known, person=replace(known.person, email="anne@example.org")))

    site.served.run(site.house.store.transact(gave))


def has_gone(resident: Page, officer: Page, site: Site) -> None:
    """Their page is closed, and the officer is told. What it sent last may arrive after the clock went on: so often."""
    resident.close()
    told = officer.locator("#standing", has_text="They have left the chat")
    for _ in range(3):
        site.house.clock.forward(minutes=4)
        with suppress(AssertionError):
            expect(told).to_be_visible()
            break
    expect(told).to_be_visible()


def test_kept_for_a_colleague_who_is_there_and_then_mailed_to_who_has_left(
    anne: Page, maya: Page, sam: Page, site: Site
) -> None:
    is_available(maya, site)
    is_available(sam, site)
    say(anne, PERSON)
    of = anne.locator("#say").get_attribute("data-of") or ""
    gives_an_address(site, of)
    opened(maya, site, anne).keyboard.press("t")
    maya.get_by_text("Hand it to a colleague or a team").click()
    maya.get_by_label("To", exact=True).select_option("sam")
    maya.get_by_label("Note for them").fill("Knows the crew")
    with maya.expect_navigation():
        maya.get_by_role("button", name="Hand it over").click()
    expect(maya.locator("[data-line]", has_text="Kept for sam until")).to_be_visible()
    expect(maya.get_by_role("button", name="Take all the same")).to_be_visible()
    sam.goto(f"{site.officers}/live")
    with sam.expect_navigation():
        sam.locator(".for-you").get_by_role("button", name="Take").click()
    write(sam, "Sam here.")
    expect(said(anne).last).to_contain_text("Sam here.")
    expect(said(sam).last).to_contain_text("Shown to them")
    has_gone(anne, sam, site)
    expect(sam.locator("#standing")).to_contain_text("anne@example.org")
    sam.set_viewport_size({"width": 1366, "height": 768})
    write(sam, "Your bin comes on Tuesday.")
    expect(said(sam).last).to_contain_text("They have left the chat. It waits to be mailed to them")
    expect(sam.get_by_role("button", name="Send")).to_be_in_viewport(ratio=1)


def test_given_back_the_assistant_asks_its_question_again(anne: Page, maya: Page, site: Site) -> None:
    say(anne, MISSED_BIN)
    question = site.state(anne).talk.prompt
    opened(maya, site, anne).keyboard.press("t")
    maya.get_by_text("Give it back to the assistant").click()
    maya.get_by_role("button", name="Give it back").click()
    expect(said(anne).last).to_contain_text(question)
    say(anne, "An apology, please")
    assert site.state(anne).holder is Holder.ASSISTANT


def test_closed_the_resident_is_told_and_the_next_message_is_answered(anne: Page, maya: Page, site: Site) -> None:
    say(anne, PERSON)
    opened(maya, site, anne).keyboard.press("t")
    maya.get_by_text("Close it", exact=True).first.click()
    maya.get_by_label("How it ended").select_option("answered")
    maya.get_by_role("button", name="Close it").click()
    expect(said(anne).last).to_contain_text(site.says("officer_closed"))
    say(anne, MISSED_BIN)
    assert site.state(anne).hold.outcome == "answered"


def test_an_officer_who_goes_offline_gives_it_back_to_the_queue(anne: Page, maya: Page, sam: Page, site: Site) -> None:
    say(anne, PERSON)
    opened(maya, site, anne).keyboard.press("t")
    write(maya, "One moment")
    expect(said(anne).last).to_contain_text("One moment")
    maya.context.set_offline(True)
    site.house.clock.forward(seconds=OFFLINE_AFTER.total_seconds() + 601)
    site.served.run(site.all_rounds())
    expect(said(anne).last).to_contain_text(site.says("officer_left"))
    assert site.state(anne).holder is Holder.WAITING
    opened(sam, site, anne).keyboard.press("t")
    expect(sam.get_by_text("You have this conversation")).to_be_visible()
    maya.context.set_offline(False)
    write(maya, "Sorry, back again")
    expect(maya.get_by_role("alert")).to_contain_text("sam has had this conversation since")
    assert site.said_by(anne, Speaker.OFFICER) == ["One moment"]


def test_signing_out_gives_it_back_at_once(anne: Page, maya: Page, site: Site) -> None:
    say(anne, PERSON)
    opened(maya, site, anne).keyboard.press("t")
    expect(maya.locator("#text")).to_be_visible()
    maya.get_by_role("button", name="Sign out").click()
    expect(said(anne).last).to_contain_text(site.says("officer_left"))
    assert site.state(anne).holder is Holder.WAITING


def test_where_nobody_is_there_the_resident_is_told_and_gets_a_call_that_the_queue_shows(
    anne: Page, maya: Page, site: Site
) -> None:
    say(anne, PERSON)
    expect(said(anne).last).to_contain_text(site.says("person_nobody"))
    say(anne, "07700 900123")
    expect(said(anne).last).to_contain_text(site.says("number_noted"))
    anne.get_by_role("button", name="In the afternoon").click()
    expect(said(anne).last).to_contain_text(site.says("call_noted"))
    maya.goto(f"{site.officers}/live")
    line = maya.locator("li", has_text="Good time: In the afternoon").first
    expect(line).to_contain_text("Call back by")
    line.get_by_role("button", name="Spoke to them").click()
    expect(maya.locator("li", has_text="Good time: In the afternoon")).to_have_count(0)


def test_somebody_available_is_told_of_truthfully(anne: Page, maya: Page, site: Site) -> None:
    maya.get_by_label("Set yourself").select_option(There.AVAILABLE.value)
    maya.get_by_label("At once").fill("20")
    maya.get_by_role("button", name="Set", exact=True).click()
    expect(maya.get_by_text("You are available")).to_be_visible()
    say(anne, PERSON)
    expect(said(anne).last).to_contain_text(site.says("person_open"))
    maya.get_by_label("Set yourself").select_option(There.AWAY.value)
    maya.get_by_role("button", name="Set", exact=True).click()


def test_the_queue_is_worked_by_keys_and_nothing_moves_by_itself(
    anne: Page, maya: Page, site: Site, chromium: Browser
) -> None:
    say(anne, PERSON)
    maya.reload()
    lines = maya.locator("a.open")
    before = lines.all_inner_texts()
    with chromium.new_context() as context:
        other = context.new_page()
        other.goto(f"{site.residents}/chat")
        site.house.clock.forward(seconds=1)
        say(other, PERSON)
        expect(maya.get_by_role("link", name="1 new: show")).to_be_visible()
        assert lines.all_inner_texts() == before
        maya.keyboard.press("n")
        expect(lines).to_have_count(len(before) + 1)
    maya.keyboard.press("j")
    expect(lines.first).to_be_focused()
    maya.keyboard.press("j")
    expect(lines.nth(1)).to_be_focused()
    maya.keyboard.press("k")
    expect(lines.first).to_be_focused()
    maya.keyboard.press("?")
    expect(maya.get_by_text("Show or hide these keys")).to_be_visible()
    lines.first.focus()
    maya.keyboard.press("Enter")
    maya.wait_for_url(re.compile("/live/[0-9a-f]{24}"))
    maya.keyboard.press("u")
    maya.wait_for_url("**/live")


def test_keys_of_one_letter_can_be_switched_off(anne: Page, maya: Page, site: Site) -> None:
    say(anne, PERSON)
    opened(maya, site, anne).keyboard.press("?")
    maya.get_by_label("Keys of one letter work on this computer").uncheck()
    maya.get_by_role("heading", level=1).click()
    maya.keyboard.press("t")
    maya.reload()
    expect(maya.get_by_text("Waits for a person")).to_be_visible()
    assert site.state(anne).holder is Holder.WAITING


def test_every_turn_of_a_long_talk_comes_by_scrolling_up(anne: Page, maya: Page, site: Site) -> None:
    say(anne, PERSON)
    of = anne.locator("#say").get_attribute("data-of")
    assert of

    def talk_long(unit: UnitOfWork) -> None:
        for number in range(150):
            turn = Turn(site.house.clock(), Speaker.RESIDENT, f"Line {number}", "")
            unit.conversations.add_turn(of, turn)

    site.served.run(site.house.store.transact(talk_long))
    opened(maya, site, anne)
    expect(said(maya).last).to_contain_text("Line 149")
    for _ in range(6):
        maya.locator("#box").evaluate("box => { box.scrollTop = 100; box.scrollTop = 0; }")
        maya.wait_for_timeout(300)
    expect(said(maya).first).to_contain_text(PERSON)
    expect(said(maya)).to_have_count(152)
    texts = said(maya).locator(".words").all_inner_texts()
    assert [text for text in texts if text.startswith("Line")] == [f"Line {number}" for number in range(150)]


def test_everything_works_without_script(anne: Page, site: Site, chromium: Browser) -> None:
    say(anne, PERSON)
    with signed_in(chromium, site, "maya", java_script_enabled=False) as page:
        opened(page, site, anne)
        page.get_by_role("button", name="Take it over").click()
        page.locator("#text").fill("Hello without script")
        page.get_by_role("button", name="Send").click()
        expect(said(anne).last).to_contain_text("Hello without script")
        say(anne, "Thank you", answers=False)
        page.reload()
        expect(said(page).last).to_contain_text("Thank you")
        page.get_by_text("Close it", exact=True).first.click()
        page.get_by_role("button", name="Close it").click()
        expect(said(anne).last).to_contain_text(site.says("officer_closed"))


def test_a_name_that_is_markup_is_shown_as_it_is(anne: Page, maya: Page, site: Site) -> None:
    say(anne, "<img src=x onerror=alert(1)> my name is <b>Bo</b>")
    say(anne, PERSON)
    opened(maya, site, anne)
    expect(said(maya).first).to_contain_text("<img src=x onerror=alert(1)>")
    assert maya.locator("#talk img").count() == 0


@pytest.mark.parametrize(("width", "height", "colours"), VIEWS)
def test_axe_finds_nothing_on_the_live_pages(
    width: int, height: int, colours: Any, anne: Page, site: Site, chromium: Browser
) -> None:
    say(anne, MISSED_BIN)
    say(anne, PERSON)
    say(anne, "07700 900123")
    size = {"width": width, "height": height}
    with signed_in(chromium, site, "maya", viewport=size, color_scheme=colours) as page:
        page.reload()
        _axe(page)
        opened(page, site, anne)
        _axe(page)
        page.keyboard.press("t")
        expect(page.locator("#text")).to_be_visible()
        write(page, "Hello")
        expect(said(page).last).to_contain_text("Hello")
        for each in page.locator("aside summary").all():
            each.click()
        _axe(page)


def _axe(page: Page) -> None:
    found = Axe().run(page).response["violations"]
    assert found == [], [(one["id"], one["nodes"][0]["html"]) for one in found]
