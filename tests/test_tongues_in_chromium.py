"""Welsh in a real browser, as wide as a phone: axe finds nothing, and the chat's script speaks it too."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from nlu.embedded import EmbeddedInterpreter
from tests.browsers import CHROMIUM
from tests.chat_fixtures import ChatHouse, Served, chat_house

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="Welsh was not looked at: Chromium isn't installed")

STORY = "Bore da, does neb wedi casglu fy sbwriel ers tair wythnos ac rwyf am wneud cwyn."


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, interpreter: EmbeddedInterpreter) -> Iterator[ChatHouse]:
    with chat_house(f"sqlite:///{tmp_path_factory.mktemp('welsh')}/rightdoor.db", interpreter) as house:
        yield house


@pytest.fixture(scope="module")
def address(house: ChatHouse) -> Iterator[str]:
    served = Served()
    yield f"http://127.0.0.1:{served.up(house.app())}"
    served.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    with chromium.new_context(viewport={"width": 360, "height": 740}) as context:
        page = context.new_page()
        yield page


def look(page: Page) -> None:
    """Nothing is wrong with it, nothing sticks out, and it says that it is Welsh."""
    assert page.locator("html").get_attribute("lang") == "cy"
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("path", ["/", "/contact", "/status", "/chat", "/privacy", "/accessibility", "/nowhere"])
def test_a_welsh_page_passes_axe_as_wide_as_a_phone(page: Page, address: str, path: str) -> None:
    page.goto(f"{address}{path}?lang=cy")
    look(page)


def test_the_link_at_the_foot_leads_to_welsh_and_back(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_role("link", name="Cymraeg").click()
    expect(page.locator("h1")).to_contain_text("Cwyno")
    page.get_by_role("link", name="Hysbysiad preifatrwydd").click()
    expect(page.locator("h1")).to_have_text("Hysbysiad preifatrwydd")
    page.get_by_role("link", name="English").click()
    expect(page.locator("h1")).to_have_text("Privacy notice")


def test_the_chat_speaks_welsh_with_its_script(page: Page, address: str) -> None:
    page.goto(f"{address}/chat?lang=cy")
    page.get_by_role("button", name="Anfon").click()
    expect(page.locator("#text-mistake")).to_contain_text("Teipiwch neges")
    page.get_by_label("Eich neges").fill(STORY)
    page.get_by_role("button", name="Anfon").click()
    expect(page.locator("#talk > li").last).to_contain_text("Ble oedd hyn?")
    expect(page.locator("#holder")).to_have_text("Mae person yn y cyngor wedi cael gwybod.")
    look(page)


def test_who_writes_welsh_in_an_english_chat_sees_the_page_turn_welsh(page: Page, address: str) -> None:
    page.goto(f"{address}/chat")
    page.get_by_label("Your message").fill(STORY)
    page.get_by_role("button", name="Send").click()
    expect(page.locator("h1")).to_have_text("Sgwrsiwch â ni")
    expect(page.locator("#talk > li").last).to_contain_text("Ble oedd hyn?")
    look(page)
