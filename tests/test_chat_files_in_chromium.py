"""Files in the web chat, in a real browser: with script and without, refused, cut off, by keyboard, in the frame."""

import os
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, FilePayload, Page, Route, expect

from channels.uploads import LARGEST
from tests.browsers import CHROMIUM
from tests.chat_fixtures import MISSED_BIN
from tests.test_chat_in_chromium import Site, context, page, said, say, site
from tests.test_uploads import PDF, picture

__all__ = ["context", "page", "site"]

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="files were not sent: Chromium isn't installed")

BIN = FilePayload(name="bin.png", mimeType="image/png", buffer=picture())
LETTER = FilePayload(name="letter.pdf", mimeType="application/pdf", buffer=PDF)
PROGRAM = FilePayload(name="photo.jpg", mimeType="image/jpeg", buffer=b"MZ\x90 a program")
VIEWS = [(1280, "light"), (390, "light"), (390, "dark")]


def shot(page: Page, name: str) -> None:
    """A picture for who wants to look, where RIGHTDOOR_SHOTS names a folder."""
    if folder := os.environ.get("RIGHTDOOR_SHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png")


def send(page: Page) -> None:
    page.get_by_role("button", name="Send", exact=True).click()


def test_files_are_sent_and_shown_with_the_words_beside_them(page: Page) -> None:
    page.locator("#files").set_input_files([BIN, LETTER])
    page.locator("#text").fill(MISSED_BIN)
    send(page)
    expect(said(page)).to_have_count(2)
    expect(said(page).first.locator(".files li")).to_have_count(2)
    expect(said(page).first).to_contain_text(MISSED_BIN)
    expect(page.locator("#files")).to_have_value("")
    page.reload()
    expect(said(page).first.locator(".files li").first).to_contain_text("bin.png")


def test_a_file_alone_is_sent_by_the_keyboard_and_announced(page: Page) -> None:
    page.locator("#files").set_input_files([BIN])
    page.locator("#text").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#spoken")).to_contain_text("Sending files: 1")
    expect(said(page)).to_have_count(2)
    expect(said(page).last).to_contain_text("we have your file")
    expect(page.locator("#text")).to_be_focused()
    expect(page.locator("#sending")).to_be_hidden()


def test_files_are_sent_without_script(chromium: Browser, site: Site) -> None:
    with chromium.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(site.chat)
        page.locator("#files").set_input_files([BIN])
        send(page)
        expect(said(page).first).to_contain_text("bin.png")
        page.locator("#files").set_input_files([PROGRAM])
        page.get_by_label("Your message").fill("This is it")
        send(page)
        expect(page.locator(".problem")).to_contain_text("We do not take this kind of file")
        expect(page.get_by_label("Your message")).to_have_value("This is it")
        assert page.title().startswith("Error: ")


def test_what_is_refused_is_back_in_its_place_with_the_words(page: Page) -> None:
    page.locator("#files").set_input_files([PROGRAM, LETTER])
    page.locator("#text").fill("This is it")
    send(page)
    expect(page.locator("#files-mistake")).to_contain_text("photo.jpg: We do not take this kind of file")
    expect(page.locator("#files")).to_be_focused()
    expect(page.locator("#text")).to_have_value("This is it")
    assert page.locator("#files").evaluate("control => [...control.files].map((file) => file.name)") == [
        "photo.jpg",
        "letter.pdf",
    ]
    page.locator("#files").set_input_files([LETTER])
    send(page)
    expect(said(page).first).to_contain_text("letter.pdf")
    expect(page.locator("#files-mistake")).to_be_hidden()


@pytest.mark.parametrize(("count", "size", "told"), [(6, 10, "no more than 5 files"), (2, LARGEST // 2 + 1, "20 MB")])
def test_too_much_is_told_before_anything_is_sent(page: Page, tmp_path: Path, count: int, size: int, told: str) -> None:
    for number in range(count):
        (tmp_path / f"{number}.jpg").write_bytes(b"\xff\xd8\xff" + bytes(size))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.method))
    page.locator("#files").set_input_files(sorted(tmp_path.iterdir()))
    send(page)
    expect(page.locator("#files-mistake")).to_contain_text(told)
    assert "POST" not in asked


def test_while_it_is_on_its_way_the_page_says_so_and_what_is_cut_off_is_sent_again(page: Page, site: Site) -> None:
    waiting: list[Route] = []
    page.route("**/chat/turns?*", lambda route: waiting.append(route) if not waiting else route.continue_())
    page.locator("#files").set_input_files([BIN])
    send(page)
    expect(page.get_by_role("progressbar", name="Sending files")).to_be_visible()
    expect(page.locator("#sending")).to_contain_text("bin.png")
    waiting[0].abort()
    expect(page.locator("#sending")).to_contain_text("Not sent yet. Trying again.")
    expect(said(page)).to_have_count(2)
    assert site.turns(page)[0] == ""
    assert len(site.turns(page)) == 2


def test_who_leaves_while_a_file_is_on_its_way_is_told_to_look(page: Page) -> None:
    page.route("**/chat/turns?*", lambda route: None if route.request.method == "POST" else route.continue_())
    page.locator("#files").set_input_files([BIN])
    page.locator("#text").fill("This is it")
    send(page)
    expect(page.locator("#sending")).to_contain_text("bin.png")
    page.reload()
    expect(page.get_by_role("alert")).to_contain_text("bin.png")
    expect(page.locator("#text")).to_have_value("This is it")
    assert said(page).count() == 0


def test_files_are_sent_from_the_frame_on_another_site(context: BrowserContext, site: Site) -> None:
    page = context.new_page()
    page.goto(site.council)
    page.get_by_role("button", name="Chat with the council").click()
    frame = page.frame_locator("iframe")
    frame.locator("#files").set_input_files([BIN])
    frame.get_by_role("button", name="Send", exact=True).click()
    expect(said(frame).first).to_contain_text("bin.png")
    expect(said(frame).last).to_contain_text("we have your file")
    shot(page, "widget")


@pytest.mark.parametrize(("width", "colours"), VIEWS)
def test_axe_finds_nothing_while_files_are_sent(width: int, colours: Any, chromium: Browser, site: Site) -> None:
    with chromium.new_context(viewport={"width": width, "height": 800}, color_scheme=colours) as context:
        page = context.new_page()
        page.goto(site.chat)
        say(page, MISSED_BIN)
        page.get_by_text("Add files").first.click()
        page.locator("#files").set_input_files([BIN, LETTER])
        shot(page, f"chosen {width} {colours}")
        page.locator("#text").fill("Here is a photo.")
        send(page)
        expect(said(page)).to_have_count(4)
        page.wait_for_timeout(300)
        shot(page, f"sent {width} {colours}")
        page.locator("#files").set_input_files([PROGRAM])
        send(page)
        expect(page.locator("#files-mistake")).to_be_visible()
        shot(page, f"refused {width} {colours}")
        found = Axe().run(page).response["violations"]
        assert [violation["id"] for violation in found] == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
