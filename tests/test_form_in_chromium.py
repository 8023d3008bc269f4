"""The web form in a real browser: axe finds nothing on any page, the keyboard alone is enough, and so is no script."""

import re
from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, FilePayload, Page, expect

from channels import govuk
from nlu.embedded import EmbeddedInterpreter
from tests.browsers import CHROMIUM
from tests.chat_fixtures import Served, chat_house

STORY = "I want to complain. My bin was missed three weeks running, I rang twice and nobody came."
GAS = "There is a strong smell of gas in my kitchen"
PCN = "I got a parking ticket PCN and I want to appeal against it"
ANSWERS = {
    "where": "14 Elm Road, BT4 2QR",
    "put-right": "Mend it, and say sorry.",
    "needs": "Large print",
    "name": "Anne Shaw",
    "reply-by": "email",
    "email": "anne.shaw@example.org",
}

pytestmark = [
    pytest.mark.skipif(not CHROMIUM.exists(), reason="the form was not looked at: Chromium isn't installed"),
    pytest.mark.skipif(not govuk.is_there(), reason="the form was not looked at: GOV.UK Frontend was not fetched"),
]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, interpreter: EmbeddedInterpreter) -> Iterator[str]:
    served = Served()
    with chat_house(f"sqlite:///{tmp_path_factory.mktemp('form')}/rightdoor.db", interpreter) as house:
        yield f"http://127.0.0.1:{served.up(house.app())}"
        served.close()


def name_of(page: Page) -> str:
    return page.url.partition("?")[0].rpartition("/")[2]


def tell(page: Page, words: str) -> None:
    """Answer the question that is open; the page that follows."""
    if page.locator("input[type=radio]").count():
        if words:
            page.locator(f'input[type=radio][value="{words}"]').check()
    elif page.locator("select").count():
        page.locator("select").select_option(words)
    else:
        page.locator(f"#{name_of(page).replace('-', '_') if name_of(page) != 'contact' else 'what'}").fill(words)
    go_on(page)


def go_on(page: Page) -> None:
    """Press Continue, and wait for the page that follows: it may have the heading of this one."""
    with page.expect_navigation():
        page.get_by_role("button", name="Continue").click()


def fill(page: Page, site: str, until: str = "check", story: str = STORY, **more: str) -> None:
    """Answer every question until a page is reached."""
    page.goto(f"{site}/contact")
    answers = {"contact": story, **ANSWERS, **more}
    for _ in range(25):
        if name_of(page) in (until, "check", "help", "nothing-sent"):
            return
        tell(page, answers.get(name_of(page), ""))
    raise AssertionError(page.url)


def wrong(page: Page, site: str) -> None:
    page.goto(f"{site}/contact")
    go_on(page)


def wrong_email(page: Page, site: str) -> None:
    fill(page, site, "email")
    tell(page, "not an address")


def wrong_code(page: Page, site: str) -> None:
    page.goto(f"{site}/contact/code")
    page.get_by_label("What is your code?").fill("ABCD-EFGH-JKLM-NPQR")
    go_on(page)


def save(page: Page, site: str) -> None:
    fill(page, site, "put-right")
    page.get_by_role("button", name="Save and come back later").click()


def send(page: Page, site: str) -> None:
    fill(page, site)
    page.get_by_role("button", name="Send").click()


def not_ours(page: Page, site: str) -> None:
    page.goto(f"{site}/contact")
    page.context.clear_cookies()
    tell(page, STORY)


def deleted(page: Page, site: str) -> None:
    fill(page, site, story=PCN, options="enough")
    page.get_by_role("button", name="Delete my answers").click()


_Way = Callable[[Page, str], object]

PAGES: dict[str, tuple[str, _Way]] = {
    "what": ("What happened?", lambda page, site: page.goto(f"{site}/contact")),
    "what, nothing said": ("What happened?", wrong),
    "what, cookie missing": ("What happened?", not_ours),
    "where": ("Where was it?", lambda page, site: fill(page, site, "where")),
    "when": ("When was it?", lambda page, site: fill(page, site, "when", "I want to complain about a rude officer.")),
    "put right": ("What would put it right?", lambda page, site: fill(page, site, "put-right")),
    "for whom": ("Who are you telling us this for?", lambda page, site: fill(page, site, "for-whom")),
    "behalf": ("Who is the person", lambda page, site: fill(page, site, "behalf", **{"for-whom": "other"})),
    "consent": ("Do they know", lambda page, site: fill(page, site, "consent", **{"for-whom": "other"})),
    "needs": ("What would make this easier", lambda page, site: fill(page, site, "needs")),
    "name": ("What is your name?", lambda page, site: fill(page, site, "name")),
    "reply by": ("How would you like us to reply?", lambda page, site: fill(page, site, "reply-by")),
    "email": ("What is your email address?", lambda page, site: fill(page, site, "email")),
    "email, wrong": ("What is your email address?", wrong_email),
    "phone": ("What number", lambda page, site: fill(page, site, "phone", **{"reply-by": "phone"})),
    "address": ("What is your postal", lambda page, site: fill(page, site, "address", **{"reply-by": "address"})),
    "service": (
        "Which service is it about?",
        lambda page, site: fill(page, site, "service", "blue monday forty two", options="route:formal"),
    ),
    "another door": ("Before you go on", lambda page, site: fill(page, site, "options", PCN)),
    "nothing sent": ("You have not sent us anything", lambda page, site: fill(page, site, story=PCN, options="enough")),
    "deleted": ("Your answers are deleted", deleted),
    "help": ("Help that you can get now", lambda page, site: fill(page, site, story=GAS)),
    "check": ("Check your answers", lambda page, site: fill(page, site)),
    "sent": ("Complaint sent", send),
    "saved": ("Your answers are saved", save),
    "code": ("Go on with a form that you saved", lambda page, site: page.goto(f"{site}/contact/code")),
    "code, wrong": ("Go on with a form that you saved", wrong_code),
    "gone": ("We do not have your answers", lambda page, site: page.goto(f"{site}/contact/where")),
}


def opened(name: str, context: BrowserContext, site: str) -> Page:
    page = context.new_page()
    heading, way = PAGES[name]
    way(page, site)
    expect(page.locator("h1")).to_contain_text(heading)
    return page


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_wide_and_light_nor_narrow_and_dark_and_nothing_sticks_out(
    chromium: Browser, site: str, name: str
) -> None:
    with chromium.new_context(viewport={"width": 1280, "height": 800}, color_scheme="light") as context:
        page = opened(name, context, site)
        for width, colours in ((1280, "light"), (320, "dark")):
            page.set_viewport_size({"width": width, "height": 640})
            page.emulate_media(color_scheme="dark" if colours == "dark" else "light")
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            found = Axe().run(
                page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
            )
            assert not found.response["violations"], found.generate_report()


def test_the_whole_form_is_filled_in_checked_and_sent_with_the_keyboard_alone_and_without_script(
    chromium: Browser, site: str
) -> None:
    with chromium.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{site}/contact")
        for _ in range(20):
            name = name_of(page)
            if name == "check":
                break
            by_keyboard(page, {"contact": STORY, **ANSWERS}.get(name, ""))
        expect(page.locator("h1")).to_have_text("Check your answers")
        reach(page, "button", "Send")
        page.keyboard.press("Enter")
        expect(page.locator("h1")).to_have_text("Complaint sent")
        expect(page.locator(".govuk-panel")).to_contain_text("BC-")
        expect(page.locator("main")).to_contain_text("14 Elm Road, BT4 2QR")


def by_keyboard(page: Page, words: str) -> None:
    """Answer with keys, from the top of the page."""
    keys, radios = page.keyboard, page.locator("input[type=radio]")
    if not radios.count():
        reach(page, "textbox", "")
        keys.type(words)
    elif words:
        reach(page, "radio", "")
        keys.press("Space")
        values = [radio.get_attribute("value") for radio in radios.all()]
        for _ in range(values.index(words)):
            keys.press("ArrowDown")
    reach(page, "button", "Continue")
    with page.expect_navigation():
        keys.press("Enter")


def reach(page: Page, role: str, name: str) -> None:
    """Press Tab until something of this role, with this name, has the focus."""
    target = page.get_by_role(role, name=name) if name else page.get_by_role(role)  # type: ignore[arg-type]
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.locator("*:focus").count() and target.and_(page.locator("*:focus")).count():
            return
    raise AssertionError(f"no key leads to {role} {name!r} on {page.url}")


def test_an_error_gets_the_focus_and_its_link_leads_to_the_field(chromium: Browser, site: str) -> None:
    with chromium.new_context() as context:
        page = opened("email, wrong", context, site)
        expect(page.locator(".govuk-error-summary")).to_be_focused()
        expect(page).to_have_title(re.compile("^Error: "))
        page.get_by_role("link", name="That does not look like an email address").press("Enter")
        expect(page.locator("#email")).to_be_focused()


def test_an_error_of_choices_leads_to_the_first_of_them(chromium: Browser, site: str) -> None:
    with chromium.new_context() as context:
        page = opened("another door", context, site)
        page.get_by_role("button", name="Continue").click()
        page.get_by_role("link", name="Choose what you would like to do").press("Enter")
        expect(page.locator("#options")).to_be_focused()


def test_back_and_forward_and_reload_lose_nothing_and_send_nothing_twice(chromium: Browser, site: str) -> None:
    with chromium.new_context() as context:
        page = opened("put right", context, site)
        page.go_back()
        expect(page.locator("#where")).to_have_value("14 Elm Road, BT4 2QR")
        page.get_by_role("link", name="Back", exact=True).click()
        expect(page.locator("#what")).to_have_value(STORY)
        page.go_forward()
        fill(page, site)
        page.reload()
        page.get_by_role("button", name="Send").click()
        reference = page.locator(".govuk-panel strong").inner_text()
        page.reload()
        expect(page.locator(".govuk-panel strong")).to_have_text(reference)
        page.go_back()
        expect(page.locator(".govuk-panel strong")).to_have_text(reference)


def test_exit_this_page_leaves_at_once_and_hides_what_was_there(chromium: Browser, site: str) -> None:
    with chromium.new_context() as context:
        context.route("https://www.bbc.co.uk/**", lambda route: route.fulfill(body="the weather"))
        page = opened("help", context, site)
        page.get_by_role("button", name="Exit this page").click()
        expect(page.locator("body")).to_have_text("the weather")
    with chromium.new_context() as context:
        context.route("https://www.bbc.co.uk/**", lambda route: route.fulfill(body="the weather"))
        page = opened("what", context, site)
        for _ in range(3):
            page.keyboard.press("Shift")
        expect(page.locator("body")).to_have_text("the weather")


def test_words_four_times_as_large_need_no_scrolling_sideways(chromium: Browser, site: str) -> None:
    """WCAG 2.2, 1.4.10: 1280 pixels at 400 per cent are 320."""
    with chromium.new_context(viewport={"width": 320, "height": 256}, device_scale_factor=4) as context:
        for name in ("what", "another door", "check", "sent", "saved"):
            page = opened(name, context, site)
            assert page.evaluate("document.documentElement.scrollWidth") <= 320, name
            context.clear_cookies()


def test_the_form_asks_for_nothing_that_its_policy_forbids_and_of_no_other_site(chromium: Browser, site: str) -> None:
    said: list[str] = []
    asked: list[str] = []
    with chromium.new_context() as context:
        context.on("console", lambda message: said.append(message.text))
        context.on("request", lambda request: asked.append(request.url))
        for name in ("what", "another door", "check", "help"):
            opened(name, context, site)
            context.clear_cookies()
    assert not said
    assert asked
    assert not [url for url in asked if not url.startswith(site)]


def test_nothing_of_gov_uks_font_or_crest_is_there(chromium: Browser, site: str) -> None:
    with chromium.new_context() as context:
        page = opened("what", context, site)
        fonts = page.evaluate("[...document.querySelectorAll('body *')].map(e => getComputedStyle(e).fontFamily)")
        assert fonts
        assert not [font for font in fonts if "GDS" in font]
        assert page.evaluate("document.fonts.size") == 0
        styles = page.request.get(page.locator("link[rel=stylesheet]").first.evaluate("e => e.href")).text()
        assert "govuk-crest" not in styles
        assert "@font-face" not in styles


def test_files_that_a_browser_forgot_are_missed_aloud_where_they_were(chromium: Browser, site: str) -> None:
    bin_photo: FilePayload = {"name": "bin.txt", "mimeType": "text/plain", "buffer": b"The bin is full."}
    with chromium.new_context() as context:
        page = context.new_page()
        fill(page, site)
        lost = page.locator("#files-lost")
        page.reload()
        expect(lost).to_be_hidden()
        page.locator("#files").set_input_files([bin_photo])
        page.reload()
        expect(lost).to_have_text("The files that you chose are no longer on this page. Please choose them again.")
        assert Axe().run(page).response["violations"] == []
        page.locator("#files").set_input_files([bin_photo])
        expect(lost).to_be_hidden()
        page.get_by_role("link", name="Change").first.click()
        go_on(page)
        expect(lost).to_be_visible()
        page.locator("#files").set_input_files([bin_photo])
        page.locator("#files").set_input_files([])
        page.reload()
        expect(lost).to_be_hidden()
