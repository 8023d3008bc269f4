"""The officers' console."""

import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from sqlmodel import select
from starlette.routing import Route

from case_store.tables.officers import SessionRow
from channels import rendering
from channels.console.guard import SESSION
from channels.console.shown import OWN_SCRIPT
from channels.console.sign_in import BEFORE_SIGN_IN
from channels.passwords import Argon2Passwords
from channels.rendering import HEADERS
from intake.accounts import TRIES
from intake.case import Deadline
from intake.contact import Attempt, Channel, Ended, Kept
from intake.desk_view import overdue
from intake.errors import SendersMove
from intake.policy import Policy
from intake.ports import UnitOfWork
from tests.web_fixtures import OFFICER, PASSWORD, WebHouse, browser, hidden, session_of, sign_in, web_house

COMPLAINT = "I want to complain, nobody mends the pothole.\n\nWhere: 14 Elm Road\n"


@pytest.fixture
def house(database_url: str) -> Iterator[WebHouse]:
    with web_house(database_url) as house:
        yield house


@pytest.fixture
async def stranger(house: WebHouse) -> AsyncIterator[httpx.AsyncClient]:
    async with browser(house.console) as client:
        yield client


@pytest.fixture
async def officer(house: WebHouse) -> AsyncIterator[httpx.AsyncClient]:
    async with browser(house.console) as client:
        await sign_in(house, client)
        yield client


# --- signing in -----------------------------------------------------------------------------------------------------


async def test_nothing_is_shown_to_who_has_not_signed_in(house: WebHouse, stranger: httpx.AsyncClient) -> None:
    open_to_all = {
        "/",
        "/sign-in",
        "/readyz",
        "/metrics",
        "/healthz",
        "/style.css",
        "/files/{link}",
        "/pictures/{link}",
    }
    routes = [
        route
        for route in house.console.routes
        if isinstance(route, Route) and route.path not in open_to_all and not route.path.startswith("/sign-in/")
    ]
    assert len(routes) >= 10
    for route in routes:
        for method in route.methods or ():
            answer = await stranger.request(method, re.sub(r"{\w+}", "x", route.path))
            assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in"), route.path


async def test_an_officer_signs_in_with_name_and_password_and_sees_the_contacts(
    house: WebHouse, stranger: httpx.AsyncClient
) -> None:
    answer = await sign_in(house, stranger)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/first")
    assert (await stranger.get("/contacts")).status_code == 200
    assert (await stranger.get("/sign-in")).headers["Location"] == "/first"


@pytest.mark.parametrize(("scheme", "secure"), [("http", False), ("https", True)])
async def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(
    house: WebHouse, scheme: str, secure: bool
) -> None:
    async with browser(house.console, scheme) as client:
        cookies = (await sign_in(house, client)).headers.get_list("Set-Cookie")
    sessions = [cookie.lower() for cookie in cookies if cookie.startswith(f"{SESSION}=")]
    assert len(sessions) >= 4
    for session in sessions:
        for part in ("httponly", "samesite=strict"):
            assert part in session
        assert ("secure" in session) is secure


async def test_the_session_cookie_is_sent_to_every_page_of_officers_and_to_no_file(house: WebHouse) -> None:
    async with browser(house.console) as client:
        await sign_in(house, client)
        places = tuple({cookie.path for cookie in client.cookies.jar if cookie.name == SESSION})
    for route in house.console.routes:
        assert isinstance(route, Route)
        file = route.path.startswith(("/files", "/pictures"))
        page = route.path.startswith(places)
        assert not (file and page)
        assert file or page or route.path in ("/", "/readyz", "/metrics", "/healthz", "/style.css")


async def test_an_officer_who_asks_for_the_first_page_gets_to_the_days_work(officer: httpx.AsyncClient) -> None:
    assert (await officer.get("/", follow_redirects=True)).url.path == "/work"


async def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(
    house: WebHouse, stranger: httpx.AsyncClient
) -> None:
    wrong = await sign_in(house, stranger, "not the password")
    token = hidden(wrong, "form_token")
    unknown = await stranger.post("/sign-in", data={"form_token": token, "name": OFFICER[:-1], "password": "x"})
    assert wrong.status_code == unknown.status_code == 422
    assert wrong.text.replace(OFFICER, "") == unknown.text.replace(OFFICER[:-1], "")
    assert "<title>Error: Sign in" in wrong.text


async def test_five_wrong_passwords_lock_a_name_for_15_minutes_even_for_the_right_one(
    house: WebHouse, stranger: httpx.AsyncClient
) -> None:
    for _ in range(TRIES):
        await sign_in(house, stranger, "not the password")
    assert (await sign_in(house, stranger)).status_code == 422
    house.clock.forward(minutes=14)
    assert (await sign_in(house, stranger)).status_code == 422
    house.clock.forward(minutes=2)
    assert (await sign_in(house, stranger)).status_code == 303


async def test_four_wrong_passwords_do_not_lock_and_a_right_one_begins_the_count_anew(house: WebHouse) -> None:
    await house.add_officer(OFFICER, PASSWORD)
    for _ in range(3):
        for _ in range(TRIES - 1):
            assert await house.accounts.sign_in(OFFICER, "not the password") is None
        assert await house.accounts.sign_in(OFFICER, PASSWORD)


async def test_a_name_is_the_same_in_any_case(house: WebHouse) -> None:
    await house.add_officer("Maya Lind", PASSWORD)
    assert await house.accounts.sign_in(" maya  LIND", PASSWORD)


async def test_a_session_ends_after_12_hours(house: WebHouse, officer: httpx.AsyncClient) -> None:
    house.clock.forward(hours=11.9)
    assert (await officer.get("/contacts")).status_code == 200
    house.clock.forward(hours=0.2)
    assert (await officer.get("/contacts")).headers["Location"] == "/sign-in"


async def test_signing_out_ends_the_session_in_the_store_too(house: WebHouse, officer: httpx.AsyncClient) -> None:
    token = session_of(officer)
    await officer.post("/sign-out", data={"form_token": hidden(await officer.get("/contacts"), "form_token")})
    assert not [cookie for cookie in officer.cookies.jar if cookie.name == SESSION]
    assert await house.accounts.officer_of(token) is None


async def test_only_a_hash_of_the_session_token_is_kept(house: WebHouse, officer: httpx.AsyncClient) -> None:
    token = session_of(officer)
    rows = await house.store.read(lambda unit: [row.model_dump() for row in unit.session.exec(select(SessionRow))])
    assert len(rows) == 1
    assert token not in str(rows)


async def test_a_sign_in_form_without_its_own_cookie_is_refused(house: WebHouse, stranger: httpx.AsyncClient) -> None:
    await house.add_officer(OFFICER, PASSWORD)
    fields = {"form_token": hidden(await stranger.get("/sign-in"), "form_token"), "name": OFFICER, "password": PASSWORD}
    del stranger.cookies[BEFORE_SIGN_IN]
    assert "open for too long" in (await stranger.post("/sign-in", data=fields)).text
    assert "open for too long" in (await stranger.post("/sign-in", data=fields | {"form_token": ""})).text


@pytest.mark.parametrize("path", ["/sign-out", "/set-aside/contacts/x", "/set-aside/mail/x"])
async def test_a_post_without_the_form_token_of_its_session_is_refused(officer: httpx.AsyncClient, path: str) -> None:
    for token in ("", "guessed"):
        assert (await officer.post(path, data={"form_token": token})).status_code == 403
    assert (await officer.get("/contacts")).status_code == 200


async def test_an_officer_is_added_once_with_a_password_that_is_long_enough(house: WebHouse) -> None:
    assert not await house.accounts.has_officers()
    with pytest.raises(SendersMove, match="at least 12 characters"):
        await house.add_officer(OFFICER, "short")
    await house.add_officer(OFFICER, PASSWORD)
    assert await house.accounts.has_officers()
    with pytest.raises(SendersMove, match="already"):
        await house.add_officer(OFFICER.upper(), PASSWORD)


def test_passwords_are_hashed_with_argon2id_and_a_broken_hash_opens_nothing() -> None:
    passwords = Argon2Passwords()
    hashed = passwords.hash(PASSWORD)
    assert hashed.startswith("$argon2id$")
    assert passwords.verify(hashed, PASSWORD)
    assert not passwords.verify(hashed, PASSWORD + " ")
    assert not passwords.verify("nonsense", PASSWORD)


# --- contacts -------------------------------------------------------------------------------------------------------


async def test_contacts_stand_newest_first_with_route_service_and_state_in_words(
    house: WebHouse, officer: httpx.AsyncClient
) -> None:
    await house.mail("thank you all", subject="Lovely library")
    await house.mail(COMPLAINT, subject="Pothole again")
    page = (await officer.get("/contacts")).text
    assert page.index("Pothole again") < page.index("Lovely library")
    for words in ("Roads and pavements", "Complaint", "Compliment", "Answered", "26 November 2026 at 9:05am", "Email"):
        assert words in page


async def test_filters_show_one_route_urgent_ones_or_those_for_a_person(
    house: WebHouse, officer: httpx.AsyncClient
) -> None:
    await house.mail("thank you all", subject="Lovely library")
    await house.mail(COMPLAINT, subject="Pothole again")
    await house.mail("There is a smell of gas in my council flat, I complain", subject="Smell of gas")
    formal = (await officer.get("/contacts?route=formal")).text
    urgent = (await officer.get("/contacts?show=urgent")).text
    assert ("Pothole again" in formal, "Lovely library" in formal) == (True, False)
    assert ("Smell of gas" in urgent, "Pothole again" in urgent) == (True, False)
    assert "There are no such contacts." in (await officer.get("/contacts?show=person&route=compliment")).text


async def test_contacts_are_shown_50_to_a_page(house: WebHouse, officer: httpx.AsyncClient) -> None:
    for number in range(51):
        await house.keep(b"x", sender=f"sender{number:02}@example.org")
    first, second = (await officer.get("/contacts")).text, (await officer.get("/contacts?page=2")).text
    assert first.count("<tr>") - 1 == 50
    assert "sender00@" not in first
    assert "sender00@" in second
    assert 'href="/contacts?page=2"' in first
    assert "Next page" not in second


@pytest.mark.parametrize("page", ["0", "-1", "x", "99999", "9" * 4000, "²"])
async def test_an_odd_page_number_does_no_harm(officer: httpx.AsyncClient, page: str) -> None:
    assert (await officer.get("/contacts", params={"page": page})).status_code == 200


async def test_a_contact_shows_its_conversation_and_the_whole_decision(
    house: WebHouse, officer: httpx.AsyncClient
) -> None:
    contact = await house.mail(COMPLAINT, subject="<b>Pothole</b>")
    page = (await officer.get(f"/contacts/{contact}")).text
    for words in (
        "I want to complain",
        "The assistant answered",
        "98%",
        "Is not satisfied with the council",
        "No harm seen today.",
        "dissatisfied, with a ground for a complaint",
        "&lt;b&gt;Pothole&lt;/b&gt;",
        f"/contacts/{contact}/original",
    ):
        assert words in page
    reference = re.search(r"/cases/(BC-\w{4}-\w{4})", page)
    assert reference
    assert f'href="/contacts/{contact}"' in (await officer.get(f"/cases/{reference[1]}")).text


async def test_safety_words_are_shown_with_the_contact(house: WebHouse, officer: httpx.AsyncClient) -> None:
    contact = await house.mail("There is a smell of gas in my council flat, I complain")
    page = (await officer.get(f"/contacts/{contact}")).text
    assert "Danger (" in page
    assert "smell of gas" in page
    assert "Waits for a person: Someone may come to harm: act now." in page


async def test_attachments_are_named_and_not_opened(house: WebHouse, officer: httpx.AsyncClient) -> None:
    raw = (
        b"From: bo@example.org\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        b"--b\r\nContent-Type: text/plain\r\n\r\nI complain\r\n"
        b'--b\r\nContent-Type: image/png\r\nContent-Disposition: attachment; filename="<img>.png"\r\n\r\nPNG\r\n--b--'
    )
    contact = await house.keep(raw)
    await house.reception.attend(contact)
    page = (await officer.get(f"/contacts/{contact}")).text
    assert "img.png (text/plain" in page


async def ended(house: WebHouse, ended: Ended, line: str) -> str:
    """The oldest letter that is due gets one attempt at sending, which ends so. The letter's id."""
    now = house.clock()

    def record(unit: UnitOfWork) -> str:
        reply = unit.outbox.claim(now, now + timedelta(minutes=10))
        assert reply is not None
        unit.outbox.attempt(Attempt(reply.id, now, ended, line))
        if ended is Ended.SENT:
            unit.outbox.sent(reply.id, line, now)
        elif ended is Ended.REFUSED:
            unit.outbox.set_aside(reply.id, line, now)
        else:
            unit.outbox.try_again(reply.id, now + timedelta(minutes=1), line)
        return reply.id

    return await house.store.transact(record)


async def test_a_contact_shows_each_attempt_at_sending_its_letters_and_claims_no_delivery(
    house: WebHouse, officer: httpx.AsyncClient
) -> None:
    contact = await house.mail("thank you all")
    await ended(house, Ended.LATER, "relay: 450 <later>")
    house.clock.forward(minutes=1)
    await ended(house, Ended.SENT, "taken by relay: 250 queued as 4F2")
    await ended(house, Ended.REFUSED, "relay: 550 no such team")
    page = (await officer.get(f"/contacts/{contact}")).text
    words = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    assert "26 November 2026 at 9:05am: Not taken for now. relay: 450 &lt;later&gt;" in words
    assert "26 November 2026 at 9:06am: Handed on. taken by relay: 250 queued as 4F2" in words
    assert "To bo@example.org. Handed on. Nobody tells us whether it arrived." in words
    assert "Refused for good. relay: 550 no such team" in words
    assert "delivered" not in words.lower()


async def test_a_letter_that_is_tried_again_says_when(house: WebHouse, officer: httpx.AsyncClient) -> None:
    contact = await house.mail("thank you all")
    await ended(house, Ended.UNCLEAR, "relay: the connection was lost")
    page = (await officer.get(f"/contacts/{contact}")).text
    assert "Nobody can say whether it was taken." in page
    assert "We try again on 26 November 2026 at 9:06am." in page


async def test_what_was_not_sent_is_not_shown_as_answered(house: WebHouse, officer: httpx.AsyncClient) -> None:
    words = "thank you all, the library is lovely"
    answered, again = await house.mail(words), await house.mail(words)
    assert "The assistant answered" in (await officer.get(f"/contacts/{answered}")).text
    page = (await officer.get(f"/contacts/{again}")).text
    assert "The assistant answered" not in page
    assert "The same words came before" in page


async def test_a_contact_shows_that_mail_to_its_address_comes_back(house: WebHouse, officer: httpx.AsyncClient) -> None:
    contact = await house.mail("thank you all")
    letter = await ended(house, Ended.SENT, "taken by relay: 250 ok")
    assert "does not reach them" not in (await officer.get(f"/contacts/{contact}")).text

    def come_back(unit: UnitOfWork) -> None:
        unit.outbox.came_back(letter, "550 5.1.1 unknown")
        unit.addresses.bury("bo@example.org", "550 5.1.1 unknown", house.clock())

    await house.store.transact(come_back)
    page = (await officer.get(f"/contacts/{contact}")).text
    assert "Mail to bo@example.org does not reach them" in page
    assert "It came back, so they have not read it: 550 5.1.1 unknown." in page


async def test_a_contact_shows_what_was_not_kept_and_what_is_known_of_its_sender(
    house: WebHouse, officer: httpx.AsyncClient
) -> None:
    raw = b"From: bo@example.org\r\nSubject: Photos\r\n\r\nthank you all"
    note = "The mail is 40 MB, so only its beginning was kept."
    kept = Kept("f" * 24, Channel.EMAIL, house.clock(), "test:large", "", "bo@example.org", (), raw, note)
    await house.reception.receive(kept)
    assert await house.reception.attend(kept.id)
    page = (await officer.get(f"/contacts/{kept.id}")).text
    assert f"<dt>Not kept</dt><dd>{note}</dd>" in page
    assert "<dt>Could not be read</dt>" not in page
    assert "<dt>Sender check</dt><dd>Not known:" in page


async def test_quoted_words_stand_folded_up_beside_what_was_said_now(
    house: WebHouse, officer: httpx.AsyncClient
) -> None:
    contact = await house.mail("thank you all\n\n> The old words\n> stand here")
    page = (await officer.get(f"/contacts/{contact}")).text
    turn = page[page.index("<article") : page.index("</article>")]
    assert "thank you all" in turn.partition("<details>")[0]
    assert "The old words" in turn.partition("<details>")[2]


async def test_a_contact_that_was_not_read_yet_is_shown_as_waiting(house: WebHouse, officer: httpx.AsyncClient) -> None:
    page = (await officer.get(f"/contacts/{await house.keep(b'x')}")).text
    assert "Waiting to be read" in page
    assert "It has not been read yet." in page


@pytest.mark.parametrize(("channel", "suffix"), [(Channel.EMAIL, "eml"), (Channel.WEB_FORM, "json")])
async def test_the_original_is_a_download_of_the_very_bytes(
    house: WebHouse, officer: httpx.AsyncClient, channel: Channel, suffix: str
) -> None:
    raw = b"<script>alert(1)</script>\x00\xff\r\n"
    contact = await house.keep(raw, channel)
    answer = await officer.get(f"/contacts/{contact}/original")
    assert answer.content == raw
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{contact}.{suffix}"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", ["/contacts/x", "/contacts/x/original", "/cases/BC-0000-0000", "/nowhere"])
async def test_what_is_not_there_gets_a_plain_page(officer: httpx.AsyncClient, path: str) -> None:
    page = await officer.get(path)
    assert (page.status_code, "Page not found" in page.text) == (404, True)


# --- cases ----------------------------------------------------------------------------------------------------------


async def test_cases_stand_urgent_first_then_by_date_and_say_which_date_is_next(
    house: WebHouse, officer: httpx.AsyncClient
) -> None:
    await house.mail(COMPLAINT)
    house.clock.forward(days=1)
    await house.mail(COMPLAINT)
    await house.mail("There is a smell of gas in my council flat, I complain")
    await sign_in(house, officer)
    rows = (await officer.get("/cases")).text.split("<tr>")[2:]
    assert ["Urgent" in row for row in rows] == [True, False, False]
    assert all("Answer the complaint" in row for row in rows[1:])
    assert "10 December 2026" in rows[1]
    assert "11 December 2026" in rows[2]
    assert "Corporate complaints procedure" in rows[1]


async def test_a_date_that_has_passed_is_late_in_words(house: WebHouse, officer: httpx.AsyncClient) -> None:
    await house.mail(COMPLAINT)
    house.clock.forward(days=14, hours=-1)
    await sign_in(house, officer)
    assert "late" not in (await officer.get("/cases")).text.partition("<tbody>")[2]
    house.clock.forward(days=1)
    await sign_in(house, officer)
    assert "1 day late" in (await officer.get("/cases")).text


def test_a_date_that_is_counted_in_hours_is_overdue_from_its_hour_on(policy: Policy) -> None:
    due_at = datetime(2026, 11, 26, 15, tzinfo=UTC)
    deadline = Deadline("hazard", "Make it safe", due_at.date(), "", "", due_at)
    assert not overdue(deadline, policy.calendar, due_at)
    assert overdue(deadline, policy.calendar, due_at + timedelta(minutes=1))
    assert not overdue(replace(deadline, met_at=due_at), policy.calendar, due_at + timedelta(days=1))


async def test_a_case_shows_its_points_and_its_dates_with_their_working_day_by_day(
    house: WebHouse, officer: httpx.AsyncClient
) -> None:
    await house.mail(COMPLAINT)
    (case,) = (await house.desk.cases()).lines
    page = (await officer.get(f"/cases/{case.reference}")).text
    for words in (
        "<li>It is about Roads and pavements.</li>",
        "14 Elm Road",
        "Answer the complaint: 10 December 2026",
        "<li>Thu 26 Nov day 0</li>",
        "<li>Sat 28 Nov weekend</li>",
        "<li>Thu 10 Dec day 10 counted</li>",
        "Met on 26 November 2026 at 9:05am.",
    ):
        assert words in page


# --- around it ------------------------------------------------------------------------------------------------------


async def test_readyz_follows_the_store(
    house: WebHouse, stranger: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await stranger.get("/readyz")).status_code == 200

    async def fail(work: object) -> object:
        raise OSError("gone")

    monkeypatch.setattr(house.store, "read", fail)
    assert (await stranger.get("/readyz")).status_code == 503
    assert (await stranger.get("/healthz")).status_code == 200


async def test_every_answer_carries_the_headers_that_protect_it(officer: httpx.AsyncClient) -> None:
    for path in ("/contacts", "/cases", "/set-aside", "/nowhere", "/"):
        headers = (await officer.get(path)).headers
        expected = HEADERS if path in ("/nowhere", "/") else {**HEADERS, "Content-Security-Policy": OWN_SCRIPT}
        assert {name: headers[name] for name in HEADERS} == expected


async def test_nothing_of_a_resident_stands_in_an_address_of_the_console(
    house: WebHouse, officer: httpx.AsyncClient
) -> None:
    await house.mail(COMPLAINT, sender="anne.shaw@example.org")
    for path in ("/contacts", "/cases", "/set-aside"):
        addresses = re.findall(r'(?:href|action)="([^"]*)"', (await officer.get(path)).text)
        assert not [address for address in addresses if "anne" in address or "example" in address]


async def test_the_keys_have_a_version_in_their_address_since_browsers_keep_them(
    officer: httpx.AsyncClient,
) -> None:
    page = (await officer.get("/work")).text
    for name in ("/work/keys.js", "/work/work.css"):
        address = re.search(rf'"({re.escape(name)}\?v=\w{{12}})"', page)
        assert address, name
        assert "immutable" in (await officer.get(address[1])).headers["Cache-Control"]


async def test_what_browsers_keep_for_good_has_a_version_in_every_page() -> None:
    kept = re.compile(r'(?:src|href)="(/(?:work|live|triage|sign-in|chat)/[\w-]+\.(?:js|css))"')
    pages = Path(rendering.__file__).parent / "pages"
    found = {page.name: kept.findall(page.read_text()) for page in pages.glob("*.html")}
    assert len(found) > 50
    assert {name: bare for name, bare in found.items() if bare} == {}
