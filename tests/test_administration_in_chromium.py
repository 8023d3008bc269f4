"""Set aside and the policy packs in a real browser: by keyboard alone, and axe finds nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from config.active_pack import files_of
from intake.packs import digest_of
from intake.rights import EVERY_SERVICE
from tests.browsers import CHROMIUM
from tests.test_packs_administration import never_sure, zipped
from tests.test_pages_in_chromium import Site, served, sign_in
from tests.test_set_aside import aside, state
from tests.web_fixtures import OFFICER, PASSWORD, SAMPLE_PACK, web_house

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="the pages were not looked at: Chromium isn't installed")

VIEWS = ((1366, 768, "light"), (1920, 1080, "dark"))
PACK = f"/administration/packs/{digest_of(files_of(SAMPLE_PACK))}"
ADMINISTRATION = (
    "/administration",
    "/administration/signposts",
    "/administration/canned",
    "/administration/canned/update",
    "/administration/canned/new-words",
    "/administration/settings",
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with web_house(f"sqlite:///{tmp_path_factory.mktemp('site')}/rightdoor.db") as house, served(house) as site:
        yield site


def opened(chromium: Browser, site: Site, width: int = 1366, height: int = 768, scheme: str = "light") -> Page:
    context = chromium.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    sign_in(page, site, OFFICER, PASSWORD)
    expect(page.locator("nav[aria-label=Main]")).to_be_visible()
    return page


@pytest.mark.parametrize(("width", "height", "scheme"), VIEWS)
def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(
    chromium: Browser, site: Site, width: int, height: int, scheme: str
) -> None:
    contact = site.run(aside(site.house))
    letter = site.run(site.house.aside.mail("", 1, EVERY_SERVICE)).lines[0].id
    page = opened(chromium, site, width, height, scheme)
    lists = ("/set-aside", "/set-aside/mail", "/set-aside/mailboxes", "/administration/packs", *ADMINISTRATION)
    for path in (*lists, f"/set-aside/contacts/{contact}", f"/set-aside/mail/{letter}", f"{PACK}?file=council.yaml"):
        page.goto(site.console + path)
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
        found = Axe().run(page).response["violations"]
        assert not found, (path, [(one["id"], [node["html"] for node in one["nodes"]]) for one in found])
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), path


def test_a_contact_is_put_away_with_the_keyboard_alone(chromium: Browser, site: Site) -> None:
    contact = site.run(aside(site.house))
    page = opened(chromium, site)
    page.goto(f"{site.console}/set-aside/contacts/{contact}")
    reach(page, "Nothing to do")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("It is advertising")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("It was put away")
    assert site.run(state(site.house, contact)) == "recorded"


def reach(page: Page, words: str) -> None:
    """Press Tab until what has these words has the focus."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent").strip() == words:
            return
    raise AssertionError(f"{words} cannot be reached by keyboard")


def test_what_a_mail_would_run_or_fetch_never_runs_and_is_never_fetched(chromium: Browser, site: Site) -> None:
    contact = site.run(aside(site.house))
    page = opened(chromium, site)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: asked.append(dialog.message))
    page.goto(f"{site.console}/set-aside/contacts/{contact}")
    page.get_by_text("Its source").click()
    expect(page.get_by_text("https://spy.example/pixel.png")).to_be_visible()
    assert asked
    assert all(address.startswith(site.console) for address in asked)


def test_a_pack_is_uploaded_and_activated(chromium: Browser, site: Site, tmp_path: Path) -> None:
    archive = tmp_path / "pack.zip"
    archive.write_bytes(zipped(never_sure(), "bettershire/"))
    page = opened(chromium, site)
    page.goto(f"{site.console}/administration/packs")
    page.get_by_label("Its files").set_input_files(archive)
    page.get_by_role("button", name="Upload and check").click()
    expect(page.get_by_text("No mistakes")).to_be_visible()
    page.get_by_role("button", name="Try it on past contacts").click()
    expect(page.get_by_role("status")).to_contain_text("contacts were tried")
    assert not Axe().run(page).response["violations"]
    page.get_by_role("button", name="Activate this pack").click()
    expect(page.get_by_text("still works with another pack")).to_be_visible()


def test_canned_words_are_looked_at_kept_and_taken_back(chromium: Browser, site: Site) -> None:
    page = opened(chromium, site)
    page.goto(f"{site.console}/administration/canned/update")
    page.get_by_label("Words", exact=True).fill("((greeting)), there is ((no such)) news.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("There is no ((no such))")
    assert not Axe().run(page).response["violations"]
    page.get_by_label("Words", exact=True).fill("((greeting)), there is news.")
    page.get_by_role("button", name="See an example").click()
    expect(page.get_by_role("status")).to_contain_text("Dear Anne Example, there is news.")
    assert not Axe().run(page).response["violations"]
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text(f"Changed by {OFFICER}")).to_be_visible()
    page.goto(f"{site.console}/administration/canned/update")
    page.get_by_role("button", name="Back to the pack’s words").click()
    expect(page.get_by_role("heading", name="Canned words")).to_be_visible()
    expect(page.get_by_text(f"Changed by {OFFICER}")).to_have_count(0)
