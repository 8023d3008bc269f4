"""Pictures of the console for docs/pictures, taken in Chromium of an installation that `rightdoor demo` filled.

Run it with `make pictures`. It makes the demonstration where there is none (in var/pictures), with officers whose
password it sets itself.
"""

import asyncio
import io
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

from config.settings import Settings
from config.wiring import House, build
from intake.ports import UnitOfWork
from tests.browsers import launched
from tests.test_pages_in_chromium import _listen, _port

FOLDER = Path(os.environ.get("RIGHTDOOR_DATA", "var/pictures"))
PICTURES = Path(os.environ.get("PICTURES", "docs/pictures"))
PASSWORD = "a password for pictures"
COLOURS = 96
LARGEST = 120_000
WIDTH, HEIGHT = (int(size) for size in os.environ.get("SIZE", "1366x768").split("x"))

LISTS = {
    "maya": {
        "work": "/work",
        "overdue": "/work?due=overdue",
        "drafts": "/work/drafts",
        "tasks": "/work/tasks",
        "mentions": "/work/mentions",
        "search": "/search",
        "contacts": "/contacts",
        "live": "/live",
        "triage": "/triage",
        "accuracy": "/triage/accuracy",
        "examples": "/triage/examples",
        "cases": "/cases",
        "set-aside": "/set-aside",
        "set-aside-mail": "/set-aside/mail",
        "set-aside-messages": "/set-aside/messages",
        "enter": "/enter",
        "letters": "/letters",
        "incidents": "/incidents",
        "incident-form": "/incidents/report",
        "account": "/account",
        "deeds": "/administration/deeds",
    },
    "ruth": {
        "officers": "/administration/officers",
        "packs": "/administration/packs",
        "signposts": "/administration/signposts",
        "canned": "/administration/canned",
        "settings": "/administration/settings",
    },
}
FIRST_OF = {
    "contact": ("/contacts", r"/contacts/[0-9a-f]+$"),
    "case": ("/work?due=overdue", r"/cases/[A-Z0-9-]+$"),
    "live-one": ("/live", r"/live/[0-9a-f]{24}$"),
    "triage-one": ("/triage", r"/triage/[0-9a-f]{24}$"),
    "set-aside-one": ("/set-aside", r"/set-aside/(contacts/)?[0-9a-f]{24}$"),
    "incident": ("/incidents", r"/incidents/[0-9a-f]{24}$"),
}
"""Pages of one thing: the list that leads there, and what the first link to one looks like."""


def main() -> None:
    """Take every picture."""
    if not (FOLDER / "rightdoor.db").exists():
        command = [sys.executable, "-m", "config.main", "demo"]
        subprocess.run(command, env={**os.environ, "RIGHTDOOR_DATA": str(FOLDER)}, check=True)
    PICTURES.mkdir(parents=True, exist_ok=True)
    with _console() as address, launched() as browser:
        for name, pages in LISTS.items():
            page = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT}, locale="en-GB").new_page()
            _take(page, f"{address}/sign-in", "sign-in")
            _sign_in(page, address, name)
            for picture, path in pages.items():
                _take(page, f"{address}{path}", picture)
            for picture, (path, link) in FIRST_OF.items() if name == "maya" else ():
                if there := _first(page, f"{address}{path}", link):
                    _take(page, there, picture)
            if name == "maya":
                _take_a_call(page, address)
        browser.close()


@contextmanager
def _console() -> Iterator[str]:
    house, loop = build(Settings(data=FOLDER, second_factor="")), asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(_listen(house.officers), loop).result(60)
    try:
        for name in LISTS:
            asyncio.run_coroutine_threadsafe(_give_password(house, name), loop).result(60)
        yield f"http://127.0.0.1:{_port(server)}"
    finally:
        asyncio.run_coroutine_threadsafe(server.shutdown(), loop).result(60)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        house.close()


async def _give_password(house: House, name: str) -> None:
    hashed = await house.accounts.hashed(PASSWORD, name)

    def given(unit: UnitOfWork) -> None:
        officer = unit.officers.get(name)
        assert officer is not None
        unit.officers.keep(replace(officer, password_hash=hashed, failures=0, locked_until=None))

    await house.store.transact(given)


def _sign_in(page: Page, address: str, name: str) -> None:
    page.goto(f"{address}/sign-in")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(lambda url: "/sign-in" not in url)


def _first(page: Page, address: str, link: str) -> str:
    page.goto(address)
    links = page.eval_on_selector_all("main a", "found => found.map(one => [one.href, one.closest('tr')?.innerText])")
    fitting = [(one, row or "") for one, row in links if re.search(link, one)]
    by_mail = [one for one, row in fitting if "Email" in row]
    return next(iter((*by_mail, *(one for one, _ in fitting))), "")


def _take_a_call(page: Page, address: str) -> None:
    """A call as it is entered, where danger is read."""
    page.goto(f"{address}/enter")
    page.get_by_role("button", name="Phone call").click()
    page.locator("#what").fill("There is a smell of gas in her flat, and nobody came when she rang on Tuesday.")
    page.get_by_role("heading", name="Danger: read this out now").wait_for()
    _draw(page, "enter-call")


def _take(page: Page, address: str, name: str) -> None:
    answer = page.goto(address)
    assert answer is not None
    if answer.status != 200:
        print(f"{name}: {answer.status}")
        return
    page.wait_for_timeout(400)
    _draw(page, name)


def _draw(page: Page, name: str) -> None:
    image = Image.open(io.BytesIO(page.screenshot())).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    path = PICTURES / f"console-{name}.png"
    image.save(path, optimize=True)
    size = path.stat().st_size
    print(f"{path} {size:,} octets{' TOO LARGE' if size > LARGEST else ''}")


if __name__ == "__main__":
    main()
