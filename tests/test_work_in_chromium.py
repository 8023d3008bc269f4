"""The day's work in a real browser: by keyboard alone, by two officers at once, and axe finds nothing."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Dialog, Page, expect

from intake.case import CaseState
from tests.browsers import CHROMIUM
from tests.test_pages_in_chromium import Site, served, sign_in
from tests.triage_fixtures import officer
from tests.web_fixtures import OFFICER, PASSWORD, web_house

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="the pages were not looked at: Chromium isn't installed")

VIEWS = ((1366, 768, "light"), (1920, 1080, "dark"))
COLLEAGUE = "tom"
MARKUP = "<b>Bo</b><script>alert(1)</script>"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with web_house(f"sqlite:///{tmp_path}/rightdoor.db") as house, served(house) as site:
        site.run(officer(house, COLLEAGUE))
        yield site


def opened(chromium: Browser, site: Site, name: str = OFFICER, **context: Any) -> Page:
    page = chromium.new_context(**context).new_page()
    page.set_default_timeout(20_000)
    sign_in(page, site, name, PASSWORD)
    expect(page.locator("nav[aria-label=Main]")).to_be_visible()
    return page


def keys(page: Page, *pressed: str) -> None:
    for key in pressed:
        page.keyboard.press(key)


def state_of(site: Site, reference: str) -> CaseState:
    case = site.run(site.house.store.read(lambda unit: unit.cases.get(reference)))
    assert case is not None
    return case.state


def test_a_day_by_keyboard_alone(chromium: Browser, site: Site) -> None:
    page = opened(chromium, site)
    page.goto(f"{site.console}/contacts")
    keys(page, "g", "w")
    expect(page).to_have_url(f"{site.console}/work")
    page.get_by_role("link", name="Unallocated").focus()
    keys(page, "Enter")
    expect(page.locator("h1")).to_have_text("Unallocated")
    keys(page, "j", "x")
    expect(page.locator("tbody input[type=checkbox]").first).to_be_checked()
    page.get_by_role("button", name="Give to me").focus()
    keys(page, "Enter")
    expect(page.locator(".told")).to_contain_text("1 changed")
    keys(page, "g", "w")
    expect(page.locator("h1")).to_have_text("My cases")
    keys(page, "j", "Enter")
    expect(page.locator("h1")).to_contain_text("Case ")
    page.get_by_label("For colleagues").focus()
    page.keyboard.type("@tom, please look at j and k and /.")
    keys(page, "Tab", "Enter")
    expect(page.locator(".told")).to_have_text("Your note is in the history.")
    expect(page.get_by_label("For colleagues")).to_have_value("")
    keys(page, "/")
    expect(page.locator("#sought")).to_be_visible()
    expect(page.locator("#sought")).to_be_focused()
    page.keyboard.type("elm road")
    keys(page, "Enter")
    expect(page.locator("main")).to_contain_text("Pothole again")
    page.locator("[data-row] a").first.click()
    expect(page.locator("h1")).not_to_have_text("Search")
    page.go_back()
    expect(page.locator("main")).to_contain_text("Pothole again")
    keys(page, "?")
    expect(page.get_by_role("dialog")).to_be_visible()
    keys(page, "Escape")
    tom = opened(chromium, site, COLLEAGUE)
    tom.goto(f"{site.console}/work/mentions")
    expect(tom.locator("main")).to_contain_text("please look at")


def test_keys_can_be_switched_off(chromium: Browser, site: Site) -> None:
    page = opened(chromium, site)
    page.goto(f"{site.console}/contacts")
    keys(page, "?")
    page.get_by_label("Keys of one letter work on this computer").uncheck()
    keys(page, "Escape", "g", "w")
    keys(page, "j")
    expect(page).to_have_url(f"{site.console}/contacts")
    assert page.locator(".at").count() == 0


def test_of_two_officers_the_second_is_told_what_changed_and_loses_no_word(chromium: Browser, site: Site) -> None:
    maya, tom = opened(chromium, site), opened(chromium, site, COLLEAGUE)
    for page in (maya, tom):
        page.goto(f"{site.console}/cases/{site.reference}")
    maya.get_by_label("Close as").select_option("withdrawn")
    maya.get_by_role("button", name="Close", exact=True).click()
    expect(maya.locator(".told")).to_have_text("The case is closed.")
    tom.get_by_label("Sort of letter").select_option("update")
    tom.locator("#body").fill("Dear Bo, this took me an hour.")
    tom.get_by_role("button", name="Send", exact=True).click()
    expect(tom.get_by_role("alert")).to_contain_text("maya closed: Withdrawn by the resident")
    expect(tom.locator("#body")).to_have_value("Dear Bo, this took me an hour.")
    assert state_of(site, site.reference) is CaseState.WITHDRAWN


def test_what_was_typed_is_there_again_after_a_lost_connection(chromium: Browser, site: Site) -> None:
    page = opened(chromium, site)
    page.goto(f"{site.console}/cases/{site.reference}")
    page.locator("#body").fill("Dear Bo, this took me an hour.")
    page.context.set_offline(True)
    page.get_by_role("button", name="Save as a draft").click()
    page.wait_for_url("chrome-error://**")
    page.context.set_offline(False)
    page.goto(f"{site.console}/cases/{site.reference}")
    expect(page.locator("#body")).to_have_value("Dear Bo, this took me an hour.")
    page.get_by_label("Sort of letter").select_option("update")
    page.get_by_role("button", name="Save as a draft").click()
    expect(page.locator(".told")).to_contain_text("The draft is saved")
    page.goto(f"{site.console}/cases/{site.reference}")
    expect(page.locator("#body")).to_have_value("")


def test_a_note_takes_nothing_from_a_letter_that_is_half_written(chromium: Browser, site: Site) -> None:
    page = opened(chromium, site)
    page.goto(f"{site.console}/cases/{site.reference}")
    page.locator("#body").fill("Dear Bo, this took me an hour.")
    page.get_by_label("For colleagues").fill("He rang meanwhile.")
    page.get_by_role("button", name="Add note").click()
    expect(page.locator(".told")).to_have_text("Your note is in the history.")
    expect(page.locator("#body")).to_have_value("Dear Bo, this took me an hour.")
    expect(page.get_by_label("For colleagues")).to_have_value("")


def test_what_became_of_a_letter_is_in_sight(chromium: Browser, site: Site) -> None:
    page = opened(chromium, site, viewport={"width": 1366, "height": 768})
    page.goto(f"{site.console}/cases/{site.reference}")
    page.get_by_label("Sort of letter").select_option("update")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_role("alert")).to_be_in_viewport()
    page.locator("#body").fill("Dear Bo, it is on its way.")
    page.get_by_role("button", name="Save as a draft").click()
    expect(page.locator(".told")).to_contain_text("The draft is saved")
    expect(page.locator(".told")).to_be_in_viewport()


def test_another_officer_in_the_same_window_gets_nothing_of_what_was_typed(chromium: Browser, site: Site) -> None:
    page = opened(chromium, site)
    page.goto(f"{site.console}/cases/{site.reference}")
    page.locator("#body").fill("Dear Bo, these are Maya's words.")
    page.get_by_label("For colleagues").fill("Maya's own note")
    with page.expect_navigation():
        page.get_by_role("button", name="Sign out").click()
    sign_in(page, site, COLLEAGUE, PASSWORD)
    expect(page.locator("nav[aria-label=Main]")).to_be_visible()
    page.goto(f"{site.console}/cases/{site.reference}")
    expect(page.locator("#body")).to_have_value("")
    expect(page.get_by_label("For colleagues")).to_have_value("")


def test_canned_words_are_put_in_with_what_is_known(chromium: Browser, site: Site) -> None:
    page = opened(chromium, site, java_script_enabled=False)
    page.goto(f"{site.console}/cases/{site.reference}")
    page.get_by_label("Canned words").select_option("update")
    page.get_by_role("button", name="Put them in").click()
    expect(page.locator("#body")).to_have_value(re.compile(site.reference))
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Fill in [say what was done]")


def test_a_name_that_is_markup_is_only_a_name(chromium: Browser, site: Site) -> None:
    raw = f"From: {MARKUP} <m@example.org>\r\nSubject: {MARKUP}\r\n\r\nI want to complain. {MARKUP} never mended."
    contact = site.run(site.house.keep(raw.encode(), sender="m@example.org"))
    site.run(site.house.reception.attend(contact))
    page = opened(chromium, site)
    said: list[str] = []

    def dismiss(dialog: Dialog) -> None:
        said.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", dismiss)
    page.goto(f"{site.console}/work?state=all")
    expect(page.locator("tbody")).to_contain_text("<script>")
    page.goto(f"{site.console}/search")
    page.locator("#sought").fill("script alert")
    page.get_by_role("button", name="Search").click()
    expect(page.locator("mark").first).to_be_visible()
    assert page.locator("main b, main script").count() == 0
    assert said == []


def fill(site: Site, many: int = 30) -> None:
    """A list that is longer than any window."""
    for number in range(many):
        text = f"I want to complain. Matter {number} of the pothole.\n\nWhere: {number} Elm Road"
        site.run(site.house.mail(text, f"bo{number}@example.org", f"Pothole {number}"))


def within(page: Page, over: str) -> bool:
    """Does what has the focus stand above this, whole, and below the window's upper edge?"""
    places = """over => {
      const here = document.activeElement.getBoundingClientRect();
      return here.top >= 0 && here.bottom <= document.querySelector(over).getBoundingClientRect().top + 1;
    }"""
    return bool(page.evaluate(places, over))


@pytest.mark.parametrize("size", [(1366, 768), (1920, 1080), (320, 640)])
def test_what_is_done_to_many_is_in_sight_from_the_first_row_on_and_hides_no_row(
    size: tuple[int, int], chromium: Browser, site: Site
) -> None:
    fill(site)
    page = opened(chromium, site, viewport={"width": size[0], "height": size[1]})
    page.goto(f"{site.console}/work?state=open")
    bar = page.locator(".many")
    first = page.locator("tbody input[type=checkbox]").first
    if size[0] < 1000:
        first.scroll_into_view_if_needed()
    first.check()
    expect(bar).to_be_in_viewport(ratio=1)
    expect(bar).to_contain_text("With the chosen cases: 1")
    for pressed in ("Tab", "j"):
        for _ in range(30):
            keys(page, pressed)
            assert within(page, ".many")
    at = page.evaluate("scrollY")
    keys(page, "b")
    expect(page.get_by_role("button", name="Give to me")).to_be_focused()
    keys(page, "Tab", "Tab")
    assert page.evaluate("scrollY") == at
    summary = page.locator("summary", has_text="Task")
    before, row = summary.bounding_box(), first.bounding_box()
    summary.click()
    expect(page.get_by_label("Task", exact=True)).to_be_in_viewport(ratio=1)
    assert (summary.bounding_box(), first.bounding_box()) == (before, row)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    page.locator("tbody a").nth(5).focus()
    for _ in range(20):
        keys(page, "Tab")
        assert within(page, ".many [open] .row")


def test_in_a_low_window_the_bar_of_many_leaves_room_for_the_list(chromium: Browser, site: Site) -> None:
    fill(site)
    page = opened(chromium, site, viewport={"width": 320, "height": 256})
    page.goto(f"{site.console}/work?state=open")
    page.locator("tbody input[type=checkbox]").first.focus()
    expect(page.locator(".many")).not_to_be_in_viewport()


@pytest.mark.parametrize("script", [True, False])
def test_enter_on_a_tick_or_in_a_field_gives_no_case_to_anybody(script: bool, chromium: Browser, site: Site) -> None:
    page = opened(chromium, site, java_script_enabled=script)
    page.goto(f"{site.console}/work?state=open")
    page.locator(f"tbody input[value^='{site.reference}']").check()
    expect(page.get_by_role("button", name="Nothing")).to_have_count(0)
    with page.expect_navigation():
        keys(page, "Enter")
    expect(page.get_by_role("alert")).to_have_text("Choose what to do with them.")
    page.locator("summary", has_text="Task").click()
    page.get_by_label("By", exact=True).fill("2027-01-04")
    page.get_by_label("Task", exact=True).fill("Ring them")
    with page.expect_navigation():
        keys(page, "Enter")
    if not script:
        page.locator("summary", has_text="Task").click()
        page.get_by_role("button", name="Add task").click()
    expect(page.locator(".told")).to_contain_text("1 changed")
    case = site.run(site.house.store.read(lambda unit: unit.cases.get(site.reference)))
    assert case is not None
    assert case.work.officer == ""


@pytest.mark.parametrize(("width", "height", "colours"), VIEWS)
def test_axe_finds_nothing_and_nothing_sticks_out(
    width: int, height: int, colours: Any, chromium: Browser, site: Site
) -> None:
    page = opened(chromium, site, viewport={"width": width, "height": height}, color_scheme=colours)
    maya = site.run(officer(site.house))
    site.run(site.house.work.note(site.reference, maya, "@maya look"))
    site.run(site.house.work.add_task(site.reference, maya, "Ring them", site.house.work.today(), "maya"))
    places = ("/work?state=all", "/work/drafts", "/work/mentions", "/work/tasks", "/search", f"/cases/{site.reference}")
    for place in places:
        page.goto(f"{site.console}{place}")
        for details in page.locator("summary").all():
            details.click()
        found = Axe().run(page)
        assert found.violations_count == 0, place + found.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth") <= width, place
        page.set_viewport_size({"width": 320, "height": 640})
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, place
        page.set_viewport_size({"width": width, "height": height})
