"""The accessibility statement and the privacy notice: linked from every page of residents, and true of this program."""

import re
from collections.abc import AsyncIterator, Iterator
from html import unescape
from pathlib import Path

import httpx
import pytest

from tests.web_fixtures import WebHouse, browser, web_house


@pytest.fixture
def house(tmp_path: Path) -> Iterator[WebHouse]:
    with web_house(f"sqlite:///{tmp_path}/rightdoor.db") as house:
        yield house


@pytest.fixture
async def client(house: WebHouse) -> AsyncIterator[httpx.AsyncClient]:
    async with browser(house.web) as client:
        yield client


def words(page: httpx.Response) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.text)).split())


@pytest.mark.parametrize("path", ["/", "/contact", "/status", "/chat", "/accessibility", "/privacy", "/nowhere"])
async def test_every_page_of_residents_links_both(client: httpx.AsyncClient, path: str) -> None:
    page = (await client.get(path)).text
    footer = page[page.index("<footer") :]
    assert 'href="/accessibility"' in footer
    assert 'href="/privacy"' in footer


async def test_the_console_links_neither(house: WebHouse) -> None:
    async with browser(house.console) as client:
        for path in ("/sign-in", "/nowhere"):
            assert "/privacy" not in (await client.get(path, follow_redirects=True)).text


async def test_the_accessibility_statement_has_the_parts_of_the_governments_model(
    client: httpx.AsyncClient, house: WebHouse
) -> None:
    council, said = house.policy.council, words(await client.get("/accessibility"))
    for part in (
        "How accessible this service is",
        "Compliance status",
        "partially compliant",
        "(No. 2) Accessibility Regulations 2018",
        "Equality Advisory and Support Service (EASS)",
        "0808 800 0082",
        council.accessibility_email,
        "21 November 2026",
    ):
        assert part in said


async def test_the_privacy_notice_says_who_what_why_how_long_who_sees_it_and_the_rights(
    client: httpx.AsyncClient, house: WebHouse
) -> None:
    council, said = house.policy.council, words(await client.get("/privacy"))
    for part in (
        f"{council.name} decides what is done with it",
        council.data_protection_email,
        "public task (UK GDPR, article 6(1)(e))",
        "Nothing is deleted by itself today",
        "It does not decide your complaint. People do.",
        "Who sees it",
        "right to object",
        "Information Commissioner's Office (ICO)",
    ):
        assert part in said


async def test_only_the_chat_and_the_form_set_a_cookie_and_it_lasts_a_day(client: httpx.AsyncClient) -> None:
    for path in ("/", "/status", "/accessibility", "/privacy"):
        assert "set-cookie" not in (await client.get(path)).headers
    for path in ("/chat", "/contact"):
        (cookie,) = (await client.get(path)).headers.get_list("set-cookie")
        assert "Max-Age=86400" in cookie
    assert "The chat and the form each put one cookie" in words(await client.get("/privacy"))
