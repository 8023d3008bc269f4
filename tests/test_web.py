"""The residents' web app."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from channels import web
from channels.rendering import HEADERS, letter, moment
from channels.web import read_form
from intake.contact import Channel, Kept
from intake.desk_view import ContactLine, Wanted
from tests.web_fixtures import COMPLAINT, WebHouse, browser, hidden, web_house


@pytest.fixture
def house(tmp_path: Path) -> Iterator[WebHouse]:
    with web_house(f"sqlite:///{tmp_path}/rightdoor.db") as house:
        yield house


@pytest.fixture
async def client(house: WebHouse) -> AsyncIterator[httpx.AsyncClient]:
    async with browser(house.web) as client:
        yield client


async def send(client: httpx.AsyncClient, **fields: str) -> httpx.Response:
    token = hidden(await client.get("/contact"), "token")
    return await client.post("/contact", data={"token": token, **COMPLAINT, **fields})


async def contacts(house: WebHouse) -> Sequence[ContactLine]:
    return (await house.desk.contacts(Wanted())).lines


def title(page: httpx.Response) -> str:
    found = re.search(r"<title>(.*?)</title>", page.text)
    assert found
    return found[1]


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


async def test_a_complaint_by_form_opens_a_case_and_shows_its_reference_and_code(
    client: httpx.AsyncClient, house: WebHouse
) -> None:
    page = await send(client)
    assert page.status_code == 200
    reference = re.search(r"Your reference is (BC-\w{4}-\w{4})", page.text)
    assert reference
    assert re.search(r"with the code \w{4}-\w{4}", page.text)
    view = await house.desk.case(reference[1])
    assert view is not None
    assert (view.case.channel, view.case.person.email, view.case.where) == (
        Channel.WEB_FORM,
        "anne.shaw@example.org",
        "14 Elm Road, BT4 2QR",
    )


async def test_the_letter_is_shown_with_headings_and_bullets_and_goes_by_email_too(
    client: httpx.AsyncClient, house: WebHouse
) -> None:
    page = await send(client)
    assert "<h2>What happens next</h2>" in page.text
    assert "<li>It is about Roads and pavements.</li>" in page.text
    assert "https://www.lgo.org.uk/make-a-complaint</a>" in page.text
    now = house.clock()
    reply = await house.store.transact(lambda unit: unit.outbox.claim(now, now))
    assert reply is not None
    assert reply.to == "anne.shaw@example.org"


async def test_what_a_resident_writes_is_shown_as_words_and_never_as_markup(client: httpx.AsyncClient) -> None:
    page = await send(client, name="<b>Anne</b>", put_right="<script>alert(1)</script> & more")
    assert "<script>" not in page.text
    assert "&lt;b&gt;Anne" in page.text


async def test_the_same_form_sent_twice_is_one_contact_with_the_same_answer(
    client: httpx.AsyncClient, house: WebHouse
) -> None:
    fields = {"token": hidden(await client.get("/contact"), "token"), **COMPLAINT}
    first, second = [await client.post("/contact", data=fields) for _ in range(2)]
    assert first.text == second.text
    assert len(await contacts(house)) == 1


async def test_a_form_that_is_changed_and_sent_again_is_not_lost(client: httpx.AsyncClient, house: WebHouse) -> None:
    fields = {"token": hidden(await client.get("/contact"), "token"), **COMPLAINT}
    await client.post("/contact", data=fields)
    await client.post("/contact", data=fields | {"text": "I want to complain about something else as well."})
    assert len(await contacts(house)) == 2


async def test_every_blank_form_has_a_token_of_its_own(client: httpx.AsyncClient) -> None:
    assert hidden(await client.get("/contact"), "token") != hidden(await client.get("/contact"), "token")


async def test_a_form_without_a_token_is_kept_all_the_same(client: httpx.AsyncClient, house: WebHouse) -> None:
    await client.post("/contact", data=COMPLAINT)
    assert len(await contacts(house)) == 1


async def test_a_form_as_a_whole_is_kept_byte_for_byte_as_json(client: httpx.AsyncClient, house: WebHouse) -> None:
    await send(client)
    (line,) = await contacts(house)
    original = await house.desk.original(line.id)
    assert original is not None
    assert json.loads(original.raw) == COMPLAINT


# --- mistakes -------------------------------------------------------------------------------------------------------


async def test_an_empty_form_is_answered_with_a_linked_error_and_a_title_that_says_so(
    client: httpx.AsyncClient, house: WebHouse
) -> None:
    page = await send(client, text=" \r\n ")
    assert page.status_code == 422
    assert title(page).startswith("Error: ")
    assert '<a href="#text">Tell us what happened</a>' in page.text
    assert 'aria-describedby="text-hint text-mistake"' in page.text
    assert not await contacts(house)


@pytest.mark.parametrize("email", ["anne", "anne@example", "a b@example.org", "anne@example.org, bo@example.org"])
async def test_an_email_address_that_cannot_be_one_is_asked_for_again(client: httpx.AsyncClient, email: str) -> None:
    page = await send(client, email=email)
    assert '<a href="#email">Enter an email address in the correct format' in page.text
    assert f'value="{email}"' in page.text


async def test_50000_characters_are_taken_and_one_more_is_refused_with_everything_still_there(
    client: httpx.AsyncClient, house: WebHouse
) -> None:
    assert (await send(client, text="é" * 50_000)).status_code == 200
    page = await send(client, text="é" * 50_001)
    assert page.status_code == 422
    assert "must be 50,000 characters or fewer. You wrote 50,001." in page.text
    assert "é" * 50_001 in page.text
    assert 'value="Anne Shaw"' in page.text
    assert len(await contacts(house)) == 1


async def test_a_line_break_counts_as_one_character_and_is_kept_when_the_form_comes_back(
    client: httpx.AsyncClient,
) -> None:
    assert (await send(client, text="a\r\n" * 24_999 + "ab")).status_code == 200
    page = await send(client, text="one\r\n\r\ntwo", email="wrong")
    assert "\none\n\ntwo</textarea>" in page.text


async def test_the_token_stays_when_the_form_comes_back(client: httpx.AsyncClient) -> None:
    token = hidden(await client.get("/contact"), "token")
    assert hidden(await client.post("/contact", data={"token": token}), "token") == token


# --- failures -------------------------------------------------------------------------------------------------------


async def test_when_the_store_fails_the_page_says_that_it_was_not_kept_and_keeps_what_was_typed(
    house: WebHouse, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(work: object) -> str:
        raise OSError("disk full")

    monkeypatch.setattr(house.store, "transact", full)
    page = await send(client)
    assert page.status_code == 503
    assert "Your message was not kept" in page.text
    assert COMPLAINT["text"] in page.text
    assert "disk" not in page.text
    assert title(page).startswith("Error: ")


async def test_what_cannot_be_answered_in_time_is_confirmed_with_its_contact_number(
    house: WebHouse, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "PATIENCE", 0.3)
    house.interpreter.broken = "not just now"
    page = await send(client)
    (line,) = await contacts(house)
    assert page.status_code == 200
    assert "We have your message" in page.text
    assert line.id in page.text
    assert "not just now" not in page.text


async def test_a_contact_that_another_worker_has_is_waited_for(house: WebHouse, client: httpx.AsyncClient) -> None:
    token = hidden(await client.get("/contact"), "token")

    async def taken(contact: str) -> bool:
        worker.append(asyncio.create_task(later()))
        return False

    async def later() -> None:
        await asyncio.sleep(0.3)
        assert await attend("")

    attend = house.reception.attend
    worker: list[asyncio.Task[None]] = []
    house.reception.attend = taken  # type: ignore[method-assign]
    page = await client.post("/contact", data={"token": token, **COMPLAINT})
    assert "Your reference is" in page.text


async def test_words_that_need_no_answer_are_confirmed_all_the_same(client: httpx.AsyncClient) -> None:
    assert "Your contact number is" in (await send(client, text="...", where="", put_right="")).text


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
    for path in ("/", "/contact", "/status", "/healthz", "/nowhere"):
        headers = (await client.get(path)).headers
        assert {name: headers[name] for name in HEADERS} == HEADERS


async def test_only_the_style_sheet_may_be_kept_by_browsers(client: httpx.AsyncClient) -> None:
    address = re.search(r'href="(/style.css\?v=\w+)"', (await client.get("/")).text)
    assert address
    style = await client.get(address[1])
    assert "immutable" in style.headers["Cache-Control"]
    assert style.headers["Content-Type"].startswith("text/css")
    assert "default-src 'none'" in style.headers["Content-Security-Policy"]


# --- status ---------------------------------------------------------------------------------------------------------


async def opened(client: httpx.AsyncClient) -> tuple[str, str]:
    page = await send(client)
    found = re.search(r"Your reference is (BC-\w{4}-\w{4})\..*?with the code (\w{4}-\w{4})", page.text, re.DOTALL)
    assert found
    return found[1], found[2]


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
def test_moments_are_written_in_british_time(at: datetime, words: str) -> None:
    assert moment(at) == words


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
