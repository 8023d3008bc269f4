"""The residents' web app."""

import json
import re
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from channels import web
from channels.prose import Words
from channels.rendering import HEADERS, letter
from channels.web import read_form
from intake.contact import Channel, Kept
from intake.policy import Policy
from tests.web_fixtures import COMPLAINT, WebHouse, browser, send_form, web_house


@pytest.fixture
def house(tmp_path: Path) -> Iterator[WebHouse]:
    with web_house(f"sqlite:///{tmp_path}/rightdoor.db") as house:
        yield house


@pytest.fixture
async def client(house: WebHouse) -> AsyncIterator[httpx.AsyncClient]:
    async with browser(house.web) as client:
        yield client


def kept(raw: bytes) -> Kept:
    return Kept("1", Channel.WEB_FORM, datetime(2026, 11, 26, tzinfo=UTC), "web:1", "", "", (), raw)


# --- telling us -----------------------------------------------------------------------------------------------------


async def test_the_first_page_shows_the_emergency_line_the_phone_and_that_an_assistant_reads_first(
    client: httpx.AsyncClient,
) -> None:
    page = await client.get("/")
    for words in ("tel:999", "01632 960 000", "automatic assistant", "A person is always there", 'href="/contact"'):
        assert words in page.text
    assert "<script" not in page.text


# --- failures -------------------------------------------------------------------------------------------------------


async def test_unknown_addresses_and_methods_get_a_plain_page(client: httpx.AsyncClient) -> None:
    page = await client.get("/wp-admin")
    assert (page.status_code, "Page not found" in page.text) == (404, True)
    assert (await client.put("/contact")).status_code == 405


async def test_a_failure_inside_gets_a_plain_page_and_a_log_without_its_message(
    house: WebHouse, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(work: object) -> object:
        raise KeyError("Anne Shaw's secret")

    monkeypatch.setattr(house.store, "read", fail)
    page = await client.post("/status", data={"reference": "BC-0000-0000", "code": "x"})
    assert page.status_code == 500
    assert "Sorry, something went wrong" in page.text
    assert "secret" not in page.text + caplog.text
    assert "KeyError" in caplog.text


@pytest.mark.parametrize("told", [True, False], ids=["told beforehand", "found while reading"])
async def test_a_body_over_a_megabyte_is_refused_with_a_plain_page(client: httpx.AsyncClient, told: bool) -> None:
    body = b"text=" + b"x" * 1_000_001

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(body), 65_536):
            yield body[start : start + 65_536]

    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    page = await client.post("/contact", content=body if told else pieces(), headers=headers)
    assert page.status_code == 413
    assert "too much to send at once" in page.text


async def test_every_answer_carries_the_headers_that_protect_it(client: httpx.AsyncClient) -> None:
    for path in ("/", "/status", "/healthz", "/nowhere"):
        headers = (await client.get(path)).headers
        assert {name: headers[name] for name in HEADERS} == HEADERS
    form = (await client.get("/contact")).headers
    policy = HEADERS["Content-Security-Policy"].replace("style-src 'self';", "style-src 'self'; script-src 'self';")
    assert {name: form[name] for name in HEADERS} == {**HEADERS, "Content-Security-Policy": policy}


async def test_only_the_style_sheet_may_be_kept_by_browsers(client: httpx.AsyncClient) -> None:
    address = re.search(r'href="(/style.css\?v=\w+)"', (await client.get("/")).text)
    assert address
    style = await client.get(address[1])
    assert "immutable" in style.headers["Cache-Control"]
    assert style.headers["Content-Type"].startswith("text/css")
    assert "default-src 'none'" in style.headers["Content-Security-Policy"]


# --- status ---------------------------------------------------------------------------------------------------------


async def opened(client: httpx.AsyncClient) -> tuple[str, str]:
    page = await send_form(client)
    reference, code = (
        re.search(r"BC-\w{4}-\w{4}", page.text),
        re.search(r"(?<!-)\b[0-9A-Z]{4}-[0-9A-Z]{4}\b(?!-)", page.text),
    )
    assert reference
    assert code
    return reference[0], code[0]


async def test_reference_and_code_show_how_a_complaint_is_getting_on(client: httpx.AsyncClient) -> None:
    reference, code = await opened(client)
    typed_badly = f" {reference.lower().replace('-', ' ')} "
    page = await client.post("/status", data={"reference": typed_badly, "code": code.lower().replace("-", "")})
    assert f"{reference}, Roads and pavements, received 26 November 2026: we are looking into it" in page.text
    assert "You will have our answer by 10 December 2026." in page.text
    assert "Anne" not in page.text


async def test_an_unknown_reference_and_a_wrong_code_get_the_same_answer(client: httpx.AsyncClient) -> None:
    reference, _code = await opened(client)
    pages = [
        await client.post("/status", data={"reference": written, "code": "0000-0000"})
        for written in (reference, "BC-0000-0000", "nonsense")
    ]
    assert {page.status_code for page in pages} == {422}
    answers = {re.sub(r'value="[^"]*"', "", page.text) for page in pages}
    assert len(answers) == 1
    assert "We could not find a case with this reference and code" in answers.pop()


async def test_an_unknown_reference_is_looked_at_as_slowly_as_a_wrong_code(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[object] = []

    def opens(case: object, code: str, written: str) -> bool:
        looked.append(case)
        return False

    monkeypatch.setattr(web, "opens", opens)
    await client.post("/status", data={"reference": "BC-0000-0000", "code": "0000-0000"})
    assert looked == [None]


async def test_a_status_form_with_nothing_in_it_says_what_is_missing(client: httpx.AsyncClient) -> None:
    page = await client.post("/status", data={})
    assert '<a href="#reference">Enter your reference</a>' in page.text
    assert '<a href="#code">Enter your code</a>' in page.text


async def test_reference_and_code_in_an_address_are_not_read(client: httpx.AsyncClient) -> None:
    reference, code = await opened(client)
    page = await client.get(f"/status?reference={reference}&code={code}")
    assert reference not in page.text


# --- reading a form, writing a page ---------------------------------------------------------------------------------


def test_a_form_is_read_with_its_answers_as_paragraphs_and_its_person() -> None:
    contact = read_form(kept(json.dumps(COMPLAINT | {"name": " Anne \n Shaw "}).encode()))
    assert contact.text.split("\n\n")[1:] == [
        "Where: 14 Elm Road, BT4 2QR",
        "What I would like: Mend it, and say sorry.",
    ]
    assert (contact.person.name, contact.person.email) == ("Anne Shaw", "anne.shaw@example.org")
    assert not contact.trouble


@pytest.mark.parametrize("raw", [b"", b"\xff\xfe", b"[]", b'"text"', b'{"text":', b"[" * 100_000])
def test_a_form_that_cannot_be_read_says_so_and_does_not_raise(raw: bytes) -> None:
    assert "open the original" in read_form(kept(raw)).trouble


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (datetime(2026, 12, 14, 9, 5, tzinfo=UTC), "14 December 2026 at 9:05am"),
        (datetime(2026, 7, 1, 11, 0, tzinfo=UTC), "1 July 2026 at midday"),
        (datetime(2026, 7, 1, 23, 30, tzinfo=UTC), "2 July 2026 at 12:30am"),
        (datetime(2026, 1, 1, 17, 0, tzinfo=UTC), "1 January 2026 at 5pm"),
    ],
)
def test_moments_are_written_in_british_time(policy: Policy, at: datetime, words: str) -> None:
    assert Words(policy).moment(at) == words


def test_a_letter_becomes_headings_lists_paragraphs_and_links_with_all_else_escaped() -> None:
    page = letter("Dear <Bo>\n\n# Next\n* Online: https://a.example/b?c=1&d.\n* Phone\nYours\nCouncil\n")
    assert page == (
        "<p>Dear &lt;Bo&gt;</p>\n<h2>Next</h2>\n"
        '<ul><li>Online: <a href="https://a.example/b?c=1&amp;d">https://a.example/b?c=1&amp;d</a>.</li>'
        "<li>Phone</li></ul>\n<p>Yours<br>\nCouncil</p>"
    )


def test_lines_that_were_wrapped_amid_a_sentence_flow_together_again() -> None:
    wrapped = "We answer for what our own staff and contractors do. If part of it belongs to another\norganisation, we"
    assert "<br>" not in letter(wrapped)
