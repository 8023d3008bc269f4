"""A letter's HTML in a real browser: axe finds nothing, nothing sticks out, and nothing is asked of anybody else."""

from datetime import date

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from channels.sending.letter_html import as_html
from intake.effects import Fields, InTheirLanguage
from intake.languages import both
from intake.policy import Policy
from intake.wording import letter
from tests.browsers import CHROMIUM

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="the letter was not looked at: Chromium isn't installed")

FIELDS: Fields = {
    "greeting": "Dear Anne Shaw",
    "reference": "BC-4E30-EHH0",
    "points": ("the bin in " + "Llanfairpwllgwyngyll" * 6, "nobody called back"),
    "dates": ("We will answer by 14 December 2026.",),
    "ombudsman_reach": ("Online: https://www.lgo.org.uk/make-a-complaint",),
}


@pytest.mark.parametrize("width", [320, 1280])
def test_every_letter_of_the_pack_can_be_read_by_everybody(chromium: Browser, policy: Policy, width: int) -> None:
    page = chromium.new_page(viewport={"width": width, "height": 800})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for key, template in policy.templates.items():
        words = letter(template, FIELDS, policy.council)
        page.set_content(as_html(words.subject, words.body, frozenset({"www.lgo.org.uk"})))
        found = Axe().run(page)
        assert found.violations_count == 0, f"{key}: {found.generate_report()}"
        assert page.evaluate("document.documentElement.scrollWidth") <= width, key
        assert page.evaluate("getComputedStyle(document.querySelector('p')).fontSize") == "16px", key
    assert asked == []
    page.close()


@pytest.mark.parametrize("width", [320, 1280])
def test_a_letter_in_two_languages_can_be_read_from_its_own_side(chromium: Browser, policy: Policy, width: int) -> None:
    page = chromium.new_page(viewport={"width": width, "height": 800})
    english = letter(policy.templates["unsure"], FIELDS, policy.council)
    for language in policy.languages.values():
        words = both(InTheirLanguage(language, date(2026, 12, 14), danger=True), english, policy.council)
        page.set_content(as_html(words.subject, words.body, frozenset()))
        found = Axe().run(page)
        assert found.violations_count == 0, f"{language.name}: {found.generate_report()}"
        assert page.evaluate("document.documentElement.scrollWidth") <= width, language.name
        own = page.locator(f"div[lang={language.tag}] p").first
        aligned = own.evaluate("own => getComputedStyle(own).direction")
        assert aligned == ("rtl" if language.right_to_left else "ltr"), language.name
    page.close()
