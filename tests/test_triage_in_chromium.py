"""The triage queue in a real browser: by keyboard alone, by two officers at once, and axe finds nothing."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from case_store.unit_of_work import SqlUnitOfWork
from intake.corrections import Ruling
from tests.browsers import CHROMIUM
from tests.test_pages_in_chromium import Site, served, sign_in
from tests.triage_fixtures import DOUBT, TWO, make_doubtful, officer
from tests.web_fixtures import OFFICER, PASSWORD, WebHouse, web_house

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="the pages were not looked at: Chromium isn't installed")

VIEWS = ((1366, 768, "light"), (1920, 1080, "dark"))
COLLEAGUE = "tom"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with web_house(f"sqlite:///{tmp_path}/rightdoor.db") as house:
        make_doubtful(house)
        with served(house) as site:
            site.run(officer(house, COLLEAGUE))
            yield site


def waiting(site: Site) -> int:
    who = site.run(officer(site.house))
    return site.run(site.house.triage.queue(who))[1]


def write(site: Site, number: int, text: str = DOUBT) -> str:
    return site.run(site.house.mail(f"{text} Number {number}.", f"p{number}@example.org", f"Matter {number}"))


def opened(chromium: Browser, site: Site, name: str = OFFICER, **context: Any) -> Page:
    page = chromium.new_context(**context).new_page()
    page.set_default_timeout(20_000)
    sign_in(page, site, name, PASSWORD)
    expect(page.locator("nav[aria-label=Main]")).to_be_visible()
    return page


def ready(page: Page) -> None:
    """A contact's page is there, and its keys work."""
    expect(page.locator("html.scripted #guess")).to_be_visible(timeout=20_000)


def test_ten_contacts_are_decided_with_the_keyboard_alone(chromium: Browser, site: Site) -> None:
    before = waiting(site)
    for number in range(10 - before):
        write(site, number)
    assert waiting(site) == 10
    page = opened(chromium, site)
    page.goto(f"{site.console}/triage")
    expect(page.locator("html.scripted #begin")).to_be_visible()
    page.keyboard.press("Enter")
    seen = []
    for number in range(10):
        ready(page)
        was = page.url
        seen.append(was.partition("?")[0])
        if number % 3 == 0:
            page.keyboard.press("a")
        elif number % 3 == 1:
            page.keyboard.press("Enter")
        else:
            page.keyboard.press("k")
            page.keyboard.press("s")
            page.keyboard.type("Libraries")
            page.keyboard.press("Enter")
        expect(page).not_to_have_url(was, timeout=20_000)
    expect(page.locator("main")).to_contain_text("Nothing waits for your decision")
    assert len(set(seen)) == 10
    assert waiting(site) == 0


def test_of_two_officers_the_second_is_told_who_was_first_and_nothing_is_done_twice(
    chromium: Browser, site: Site
) -> None:
    contact = write(site, 1)
    maya, tom = opened(chromium, site), opened(chromium, site, COLLEAGUE)
    for page in (maya, tom):
        page.goto(f"{site.console}/triage/{contact}")
        ready(page)
    maya.keyboard.press("a")
    expect(maya.get_by_role("status")).to_contain_text("Decided")
    tom.keyboard.press("k")
    tom.keyboard.press("Enter")
    expect(tom.get_by_role("alert")).to_contain_text("maya has just decided this one")
    kinds = site.run(site.house.store.read(lambda unit: letters_of(unit, contact)))
    assert sorted(kinds) == ["acknowledgement", "case_opened", "officer_called", "unsure"]


def letters_of(unit: SqlUnitOfWork, contact: str) -> list[str]:
    view = unit.desk.contact(contact)
    assert view is not None
    replies = [unit.outbox.letter([line.id]) for line in unit.desk.letters(view.conversation)]
    return [reply.kind for reply in replies if reply]


def test_words_that_are_marked_become_a_matter_of_their_own(chromium: Browser, site: Site) -> None:
    contact = write(site, 1, TWO)
    page = opened(chromium, site)
    page.goto(f"{site.console}/triage/{contact}")
    expect(page.locator("#part1_words")).to_have_value("the library closes too early. Number 1.")
    page.locator("#part1_words").fill("")
    page.evaluate("""() => {
        const words = document.querySelector('#words p');
        const range = document.createRange();
        range.selectNodeContents(words);
        getSelection().removeAllRanges();
        getSelection().addRange(range);
        document.activeElement.blur();
    }""")
    page.keyboard.press("y")
    expect(page.locator("#part1_words")).to_be_focused()
    expect(page.locator("#part1_words")).to_have_value(f"{TWO} Number 1.")


def test_a_decision_that_was_carried_out_is_changed_only_once_that_is_confirmed(chromium: Browser, site: Site) -> None:
    contact = site.run(site.house.mail("I want to complain, plainly.", "ann@example.org", "Plain"))
    page = opened(chromium, site)
    page.goto(f"{site.console}/contacts/{contact}")
    page.get_by_role("link", name="This is wrong").press("Enter")
    ready(page)
    page.keyboard.press("q")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Put it right?")
    expect(page.locator("main")).to_contain_text("it was opened by mistake")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Decided")


def test_single_keys_can_be_turned_off(chromium: Browser, site: Site) -> None:
    contact = write(site, 1)
    page = opened(chromium, site)
    page.goto(f"{site.console}/triage/{contact}")
    page.locator("#single-keys").uncheck()
    page.keyboard.press("k")
    expect(page.locator("#route-formal")).to_be_checked()
    page.reload()
    expect(page.locator("#single-keys")).not_to_be_checked()


def test_it_works_without_script(chromium: Browser, site: Site) -> None:
    contact = write(site, 1)
    page = opened(chromium, site, java_script_enabled=False)
    page.goto(f"{site.console}/triage/{contact}")
    page.get_by_role("radio", name="Compliment").check()
    page.get_by_role("button", name="Decide so").click()
    expect(page.get_by_role("status")).to_contain_text("compliment")


@pytest.mark.parametrize(("width", "height", "colours"), VIEWS)
def test_axe_finds_nothing_and_nothing_sticks_out(
    width: int, height: int, colours: Any, chromium: Browser, site: Site
) -> None:
    house = site.house
    undecided, plain = write(site, 1, TWO), write(site, 2, "I want to complain. <b>Bold</b> and never mended.")
    tom = site.run(officer(house, COLLEAGUE))
    propose(house, site, plain, tom)
    page = opened(chromium, site, viewport={"width": width, "height": height}, color_scheme=colours)
    places = ("", f"/{undecided}", f"/{plain}", "/accuracy", "/examples")
    for place in places:
        page.goto(f"{site.console}/triage{place}")
        for details in page.locator("summary").all():
            details.click()
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        page.set_viewport_size({"width": 320, "height": 640})
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, place
        page.set_viewport_size({"width": width, "height": height})


def propose(house: WebHouse, site: Site, contact: str, who: Any) -> None:
    ruling = Ruling("question", "libraries", officer="Tom")
    assert site.run(house.triage.decide(contact, who, ruling, 0))
    assert site.run(house.examples.propose(contact, who))
