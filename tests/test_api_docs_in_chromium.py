"""The API's docs in a real browser: axe finds nothing, and nothing sticks out on a small telephone."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from tests.browsers import CHROMIUM
from tests.test_api import PLACE, app_of
from tests.test_pages_in_chromium import VIEWS, _listen, _port
from tests.web_fixtures import web_house

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="the docs were not looked at: Chromium isn't installed")


@pytest.fixture(scope="module")
def docs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the docs of a served house."""
    folder: Path = tmp_path_factory.mktemp("docs")
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="web", daemon=True)
    thread.start()
    with web_house(f"sqlite:///{folder}/rightdoor.db") as house:
        server = asyncio.run_coroutine_threadsafe(_listen(app_of(house)), loop).result(60)
        yield f"http://127.0.0.1:{_port(server)}{PLACE}/docs"
        asyncio.run_coroutine_threadsafe(server.shutdown(), loop).result(60)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()


@pytest.mark.parametrize(("width", "colours"), VIEWS)
def test_axe_finds_nothing_in_the_docs(docs: str, chromium: Browser, width: int, colours: Any) -> None:
    with chromium.new_context(viewport={"width": width, "height": 800}, color_scheme=colours) as context:
        page = context.new_page()
        page.goto(docs)
        found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_nothing_of_the_docs_sticks_out_at_320_pixels(docs: str, chromium: Browser, tmp_path: Path) -> None:
    with chromium.new_context(viewport={"width": 320, "height": 640}) as context:
        page = context.new_page()
        page.goto(docs)
        page.screenshot(path=tmp_path / "docs.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
