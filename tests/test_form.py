"""The web form: one question a page, its answers kept in the store, sent once."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

import httpx
import pytest

from case_store.engine import make_engine
from case_store.store import SqlStore
from channels import form_room, web
from channels.api.limits import Rate
from channels.chat_talk import Pace
from channels.turns import file_of
from config.packs import check_pack
from intake.contact import Channel
from intake.desk_view import ContactLine, Wanted
from intake.forgetting import forget_expired
from nlu.embedded import EmbeddedInterpreter
from tests.chat_fixtures import ChatHouse, chat_house
from tests.conftest import PACK
from tests.web_fixtures import FORM, WebHouse, answer, browser, fill_in, hidden, page_of, send_form, web_house

CASE = re.compile(r"BC-\w{4}-\w{4}")
CODE = re.compile(r"(?<![\w-])[0-9A-Z]{4}-[0-9A-Z]{4}(?![\w-])")
GAS = "There is a strong smell of gas in my kitchen"


@pytest.fixture
def house(database_url: str) -> Iterator[WebHouse]:
    with web_house(database_url) as house:
        yield house


@pytest.fixture
async def client(house: WebHouse) -> AsyncIterator[httpx.AsyncClient]:
    async with browser(house.web) as client:
        yield client


@pytest.fixture
def real(tmp_path: Path, interpreter: EmbeddedInterpreter) -> Iterator[ChatHouse]:
    with chat_house(f"sqlite:///{tmp_path}/real.db", interpreter) as house:
        yield house


@pytest.fixture
async def resident(real: ChatHouse) -> AsyncIterator[httpx.AsyncClient]:
    async with browser(real.app()) as client:
        yield client


async def contacts(house: WebHouse) -> Sequence[ContactLine]:
    return (await house.desk.contacts(Wanted())).lines


def main_of(page: httpx.Response) -> str:
    found = re.search(r"<main.*</main>", page.text, re.DOTALL)
    assert found, page.text
    return found[0]


def heading(page: httpx.Response) -> str:
    found = re.findall(r"<h1[^>]*>(.*?)</h1>", page.text, re.DOTALL)
    assert len(found) == 1, page.text
    return " ".join(re.sub(r"<[^>]+>", " ", found[0]).split())


def token_of(client: httpx.AsyncClient) -> str:
    token = client.cookies.get("form")
    assert token
    return token


# --- the journey ----------------------------------------------------------------------------------------------------


async def test_a_complaint_is_told_a_question_a_page_checked_and_sent(
    client: httpx.AsyncClient, house: WebHouse
) -> None:
    asked, page = [], await client.get("/contact")
    while page_of(page) != "check":
        asked.append(page_of(page))
        heading(page)
        led = await answer(client, page, FORM.get(page_of(page), ""))
        page = await client.get(led.headers["Location"])
    order = ["what", "where", "when", "put_right", "for_whom", "needs", "name", "reply_by", "email"]
    assert asked == order
    sent = await client.post("/contact/check", data={"form_token": hidden(page, "form_token")})
    assert sent.headers["Location"] == "/contact/sent"
    page = await client.get("/contact/sent")
    reference = CASE.search(page.text)
    assert reference
    view = await house.desk.case(reference[0])
    assert view is not None
    case = view.case
    assert (case.channel, case.person.email, case.person.name) == (
        Channel.WEB_FORM,
        "anne.shaw@example.org",
        "Anne Shaw",
    )
    assert (case.where, case.put_right) == ("14 Elm Road, BT4 2QR", "Mend it, and say sorry.")


async def test_the_answer_says_what_happens_next_by_when_and_goes_by_email_too(
    client: httpx.AsyncClient, house: WebHouse
) -> None:
    page = await send_form(client)
    assert "You will have our answer by 10 December 2026." in page.text
    assert CODE.search(page.text)
    assert "We have also sent this to your email address." in page.text
    now = house.clock()
    reply = await house.store.transact(lambda unit: unit.outbox.claim(now, now))
    assert reply is not None
    assert reply.to == "anne.shaw@example.org"


async def test_all_but_what_happened_may_be_left_out_and_no_way_to_reply_is_demanded(
    client: httpx.AsyncClient, house: WebHouse
) -> None:
    blank = dict.fromkeys(FORM, "") | {"what": FORM["what"]}
    page = await send_form(client, **blank)
    assert CASE.search(page.text)
    assert "email address" not in main_of(page).lower().replace("reply to us", "")
    (line,) = await contacts(house)
    assert line.person == ""


async def test_what_the_first_words_tell_is_not_asked_but_shown_to_be_checked(resident: httpx.AsyncClient) -> None:
    story = (
        "I want to complain. My bin at 14 Elm Road, BT4 2QR was missed three weeks running, I rang twice. "
        "My name is Anne Shaw and my email is anne@example.org"
    )
    asked, page = [], await resident.get("/contact")
    while page_of(page) != "check":
        asked.append(page_of(page))
        led = await answer(resident, page, story if page_of(page) == "what" else "")
        page = await resident.get(led.headers["Location"])
    assert not {"where", "name", "reply_by", "email", "service"} & set(asked), asked
    for words in ("14 Elm Road, BT4 2QR", "Anne Shaw", "anne@example.org"):
        assert words in main_of(page)


async def test_every_answer_can_be_changed_from_the_list_and_leads_back_to_it(client: httpx.AsyncClient) -> None:
    check = await fill_in(client)
    links = re.findall(r'href="(/contact[^"]*)"[^>]*>Change', check.text)
    assert len(links) == 9
    for link in links:
        page = await client.get(link)
        assert page.status_code == 200
        led = await answer(client, page, FORM.get(page_of(page), ""))
        assert led.headers["Location"] == "/contact/check"
    page = await client.get("/contact/name")
    assert 'value="Anne Shaw"' in page.text
    await answer(client, page, "Ann Shore")
    assert "Ann Shore" in (await client.get("/contact/check")).text


async def test_another_way_to_reply_brings_its_own_question(client: httpx.AsyncClient) -> None:
    check = await fill_in(client)
    assert "anne.shaw@example.org" in check.text.lower()
    page = await client.get("/contact/reply-by")
    led = await answer(client, page, "phone")
    assert led.headers["Location"] == "/contact/phone"
    led = await answer(client, await client.get("/contact/phone"), "01632 960 444")
    check = await client.get(led.headers["Location"])
    assert "01632 960 444" in check.text
    assert "example.org" not in check.text.lower()


async def test_who_speaks_for_somebody_else_is_asked_for_whom_and_whether_they_know(
    client: httpx.AsyncClient, house: WebHouse
) -> None:
    page = await send_form(client, for_whom="other", behalf="Rose Hill, my mother", consent="agrees")
    assert CASE.search(page.text)
    (line,) = await contacts(house)
    original = await house.desk.original(line.id)
    assert original is not None
    told = json.loads(original.raw)["told"]
    assert (told["behalf"], told["consent"]) == ("Rose Hill, my mother", "agrees")


async def test_what_was_told_reaches_officers_with_what_was_asked(client: httpx.AsyncClient, house: WebHouse) -> None:
    await send_form(client, when="since May", needs="Large print")
    (line,) = await contacts(house)
    view = await house.desk.contact(line.id)
    assert view is not None
    assert view.contact is not None
    for words in ("Where: 14 Elm Road, BT4 2QR", "When: since May", "Large print", "How we reply: By email"):
        assert words in view.contact.text


PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40


async def test_files_go_with_the_form_and_reach_officers(client: httpx.AsyncClient, house: WebHouse) -> None:
    check = await fill_in(client)
    data = {"form_token": hidden(check, "form_token")}
    files = [("files", ("hole.png", PNG, "image/png")), ("files", ("note.txt", b"Seen on Monday", "text/plain"))]
    sent = await client.post("/contact/check", data=data, files=files, follow_redirects=True)
    assert CASE.search(sent.text)
    (line,) = await contacts(house)
    view = await house.desk.contact(line.id)
    assert view is not None
    assert view.contact is not None
    told = [(file.name, file.media_type, file.size) for file in view.contact.attachments]
    assert told == [("hole.png", "image/png", len(PNG)), ("note.txt", "text/plain", 14)]
    original = await house.desk.original(line.id)
    assert original is not None
    taken = file_of(original.raw, 1)
    assert taken is not None
    assert taken[1] == b"Seen on Monday"
    assert not view.contact.trouble


async def test_a_file_that_cannot_be_taken_is_told_and_nothing_is_sent(
    client: httpx.AsyncClient, house: WebHouse
) -> None:
    check = await fill_in(client)
    data = {"form_token": hidden(check, "form_token")}
    wrong = (("bomb.zip", b"PK\x03\x04" + b"\0" * 60), ("run.exe", b"MZ" + b"\0" * 200), ("empty.png", b""))
    for name, octets in wrong:
        page = await client.post("/contact/check", data=data, files={"files": (name, octets)})
        assert page.status_code == 422
        assert f"{name}: " in page.text
        assert 'href="#files"' in page.text
        assert FORM["where"] in page.text
    page = await client.post("/contact/check", data=data, files={"files": ("big.png", PNG + b"\0" * 22_100_000)})
    assert page.status_code == 413
    assert FORM["where"] in page.text
    assert not await contacts(house)


# --- other doors, first reports, danger -----------------------------------------------------------------------------


async def test_an_appeal_is_shown_its_door_and_time_limit_and_is_a_complaint_where_they_say_so(
    resident: httpx.AsyncClient,
) -> None:
    page = await fill_in(resident, "options", what="I got a parking ticket PCN and I want to appeal against it")
    assert page_of(page) == "options"
    for words in ("Traffic Penalty Tribunal", "within 14 days", "It is still a complaint"):
        assert words in page.text
    page = await send_form(resident, what="I got a parking ticket PCN and I want to appeal", options="still")
    assert CASE.search(page.text)


async def test_a_door_can_be_sent_by_email_and_opens_no_case(resident: httpx.AsyncClient, real: ChatHouse) -> None:
    page = await send_form(resident, what="The waiting list for my hip at the hospital is too long", options="letter")
    assert not CASE.search(page.text)
    assert "nhs.uk/contact-us" in page.text
    now = real.clock()
    reply = await real.store.transact(lambda unit: unit.outbox.claim(now, now))
    assert reply is not None
    assert (reply.kind, reply.to) == ("other_organisation", "anne.shaw@example.org")


async def test_whoever_goes_to_another_door_sends_us_nothing_and_may_delete_what_they_wrote(
    resident: httpx.AsyncClient, real: ChatHouse
) -> None:
    page = await fill_in(resident, what="The waiting list for my hip at the hospital is too long", options="enough")
    assert heading(page) == "You have not sent us anything"
    assert "nhs.uk/contact-us" in page.text
    deleted = await resident.post("/contact/delete", data={"form_token": hidden(page, "form_token")})
    assert heading(deleted) == "Your answers are deleted"
    assert (await resident.get("/contact/check")).status_code == 404
    assert await real.store.read(lambda unit: unit.inbox.claim(real.clock(), real.clock())) is None


async def test_a_first_report_is_offered_to_the_team_beside_a_complaint(resident: httpx.AsyncClient) -> None:
    story = "There is a pothole in Mill Lane near number 4"
    page = await fill_in(resident, "options", what=story)
    assert "Highways Team can put right" in page.text
    page = await send_form(resident, what=story, options="team")
    assert not CASE.search(page.text)
    assert "The Highways Team has it now" in page.text
    page = await send_form(resident, what=story, options="still")
    assert CASE.search(page.text)


async def test_what_is_not_understood_is_asked_and_never_refused(resident: httpx.AsyncClient) -> None:
    page = await fill_in(resident, "options", what="blue monday forty two")
    assert "I want to complain" in page.text
    page = await send_form(resident, what="blue monday forty two", options="route:formal", service="libraries")
    assert CASE.search(page.text)


async def test_danger_shows_help_at_once_calls_a_person_and_help_stays_on_every_page(
    resident: httpx.AsyncClient, real: ChatHouse
) -> None:
    page = await fill_in(resident, what=GAS)
    assert page_of(page) == "help"
    assert heading(page) == "Help that you can get now"
    assert "0800 111 999" in page.text
    assert "We have passed what you told us to a person" in page.text
    letters = await real.store.read(lambda unit: unit.outbox.letter(()))
    assert letters is None
    now, kinds = real.clock(), set()
    while reply := await real.store.transact(lambda unit: unit.outbox.claim(now, now.replace(year=2030))):
        kinds.add(reply.kind)
    assert "officer_called_now" in kinds
    page = await resident.get("/contact/name")
    assert "0800 111 999" in page.text
    assert "Exit this page" in page.text


async def test_who_was_in_danger_and_goes_on_adds_to_the_same_matter(
    resident: httpx.AsyncClient, real: ChatHouse
) -> None:
    page = await fill_in(resident, what="My neighbour is threatening to kill me tonight with a knife at 3 Oak Street")
    reference = CASE.search(page.text)
    assert reference
    for _ in range(5):
        page = await resident.get("/contact/check", follow_redirects=True)
        if page_of(page) == "check":
            break
        await answer(resident, page, {"phone": "01632 960 111", "name": "Bo Long"}.get(page_of(page), ""))
    sent = await resident.post("/contact/check", data={"form_token": hidden(page, "form_token")}, follow_redirects=True)
    assert reference[0] in sent.text
    assert CODE.search(sent.text)
    case = await real.store.read(lambda unit: unit.cases.get(reference[0]))
    assert case is not None
    assert (case.person.name, case.person.phone) == ("Bo Long", "01632 960 111")


async def test_danger_in_a_later_answer_is_seen_too(resident: httpx.AsyncClient) -> None:
    page = await fill_in(
        resident,
        what="I want to complain. My bin at 14 Elm Road was missed again, I rang twice.",
        put_right="I am going to kill myself tonight",
    )
    assert page_of(page) == "help"
    assert "116 123" in page.text


async def test_what_is_in_another_language_is_taken_and_answered_in_it(resident: httpx.AsyncClient) -> None:
    story = "Mam problem z mieszkaniem komunalnym, jest grzyb na ścianach i nikt nie odpowiada na moje listy"
    page = await send_form(resident, what=story)
    assert "Dziękujemy" in page.text


# --- mistakes -------------------------------------------------------------------------------------------------------


async def test_an_empty_first_answer_is_a_linked_error_and_a_title_that_says_so(client: httpx.AsyncClient) -> None:
    page = await answer(client, await client.get("/contact"), " \r\n ")
    assert page.status_code == 422
    assert re.search(r"<title>Error: ", page.text)
    assert '<a href="#what">Tell us what happened</a>' in page.text
    assert 'aria-describedby="what-hint what-error"' in page.text


@pytest.mark.parametrize("email", ["anne", "anne@example", "a b@example.org", "<b>@example.org"])
async def test_an_email_address_that_cannot_be_one_is_asked_for_again(client: httpx.AsyncClient, email: str) -> None:
    page = await fill_in(client, email=email)
    assert page.status_code == 422
    assert '<a href="#email">' in page.text
    assert email.replace("<", "&lt;").replace(">", "&gt;") in page.text


async def test_100000_characters_are_refused_clearly_with_the_text_kept(
    client: httpx.AsyncClient, house: WebHouse
) -> None:
    page = await answer(client, await client.get("/contact"), "é" * 100_000)
    assert page.status_code == 422
    assert "must be 50,000 characters or fewer. You wrote 100,000." in page.text
    assert "é" * 100_000 in page.text
    led = await answer(client, page, "complain " * 5_555)
    assert led.status_code == 303


@pytest.mark.parametrize("page", ["what", "where", "when", "put_right", "needs", "name"])
async def test_markup_and_control_characters_are_words_on_every_page(client: httpx.AsyncClient, page: str) -> None:
    nasty = "I complain </textarea><script>alert(1)</script>\x00\x08\x1b[31m\u2028 {{ 7*7 }} \"' onfocus=x"
    check = await fill_in(client, **{page: nasty})
    assert page_of(check) == "check"
    for shown in (check, await client.get("/contact" if page == "what" else f"/contact/{page.replace('_', '-')}")):
        assert "<script>alert" not in shown.text
        assert "&lt;script&gt;alert(1)" in shown.text
        assert not re.search(r"[\x00\x08\x1b\u2028]", shown.text)
        assert "{{ 7*7 }}" in shown.text


async def test_a_choice_that_is_not_offered_is_not_taken(client: httpx.AsyncClient) -> None:
    page = await fill_in(client, reply_by="carrier pigeon")
    assert page.status_code == 422
    assert "Choose one of these" in page.text


async def test_an_address_that_is_no_page_is_not_found(client: httpx.AsyncClient) -> None:
    for path in ("/contact/nowhere", "/contact/amount", "/contact/check/x"):
        assert (await client.get(path)).status_code == 404
    assert (await client.put("/contact")).status_code == 405


# --- the browser's ways ---------------------------------------------------------------------------------------------


async def test_an_answer_is_there_again_after_a_reload_and_after_going_back(client: httpx.AsyncClient) -> None:
    await fill_in(client, until="put_right")
    assert FORM["where"] in (await client.get("/contact/where")).text
    page = await client.get("/contact")
    assert FORM["what"] in page.text
    led = await answer(client, page, FORM["what"])
    assert led.headers["Location"] == "/contact/put-right"


async def test_each_page_leads_back_to_the_one_before(client: httpx.AsyncClient) -> None:
    page = await fill_in(client, until="when")
    assert 'href="/contact/where" class="govuk-back-link"' in page.text
    assert 'href="/contact" class="govuk-back-link"' in (await client.get("/contact/where")).text


async def test_a_page_ahead_of_its_turn_leads_to_the_question_that_is_open(client: httpx.AsyncClient) -> None:
    await fill_in(client, until="when")
    led = await client.get("/contact/check")
    assert (led.status_code, led.headers["Location"]) == (303, "/contact/when")


async def test_a_form_sent_twice_is_one_contact_with_the_same_answer(
    client: httpx.AsyncClient, house: WebHouse
) -> None:
    check = await fill_in(client)
    data = {"form_token": hidden(check, "form_token")}
    first, second = await asyncio.gather(*(client.post("/contact/check", data=data) for _ in range(2)))
    assert first.headers["Location"] == second.headers["Location"] == "/contact/sent"
    third = await client.post("/contact/check", data=data)
    assert third.headers["Location"] == "/contact/sent"
    assert len(await contacts(house)) == 1
    pages = [await client.get("/contact/sent") for _ in range(2)]
    assert pages[0].text == pages[1].text


async def test_a_second_tab_fills_in_the_same_form_and_loses_nothing(client: httpx.AsyncClient) -> None:
    await fill_in(client, until="put_right")
    one, two = await client.get("/contact/put-right"), await client.get("/contact/where")
    await answer(client, two, "Mill Lane")
    await answer(client, one, "Mend it")
    check = await fill_in(client, where="Mill Lane", put_right="Mend it")
    assert "Mill Lane" in check.text
    assert "Mend it" in check.text


async def test_a_tab_that_was_left_open_finds_the_form_sent(client: httpx.AsyncClient, house: WebHouse) -> None:
    check = await fill_in(client)
    left = await client.get("/contact/name")
    await client.post("/contact/check", data={"form_token": hidden(check, "form_token")})
    led = await answer(client, left, "Somebody else")
    assert led.headers["Location"] == "/contact/sent"
    assert len(await contacts(house)) == 1


async def test_after_sending_a_new_form_is_empty(client: httpx.AsyncClient, house: WebHouse) -> None:
    await send_form(client)
    before = token_of(client)
    page = await client.get("/contact")
    assert FORM["what"] not in page.text
    assert token_of(client) != before
    await send_form(client, what="I want to complain about something else, nobody answers.")
    assert len(await contacts(house)) == 2


async def test_without_a_cookie_the_page_comes_back_with_what_was_typed_and_clear_words(
    client: httpx.AsyncClient,
) -> None:
    page = await client.get("/contact")
    client.cookies.clear()
    again = await answer(client, page, "I want to complain at length")
    assert again.status_code == 403
    assert "I want to complain at length" in again.text
    assert "allow cookies for this site" in again.text
    assert (await answer(client, again, "I want to complain at length")).status_code == 303


async def test_a_later_page_without_its_draft_says_that_the_answers_are_gone(client: httpx.AsyncClient) -> None:
    await fill_in(client, until="when")
    client.cookies.clear()
    page = await client.get("/contact/when")
    assert page.status_code == 404
    assert heading(page) == "We do not have your answers any more"
    assert 'href="/contact/code"' in page.text


async def test_another_sites_page_and_a_foreign_token_change_nothing(
    client: httpx.AsyncClient, house: WebHouse
) -> None:
    check = await fill_in(client)
    token = {"form_token": hidden(check, "form_token")}
    headers = {"Sec-Fetch-Site": "cross-site"}
    assert (await client.post("/contact/name", data={**token, "name": "X"}, headers=headers)).status_code == 403
    assert (await client.post("/contact/check", data=token, headers=headers)).status_code == 403
    assert (await client.post("/contact/check", data={"form_token": "0" * 32})).status_code == 403
    assert (await client.post("/contact/delete", data={"form_token": "0" * 32})).status_code == 403
    assert not await contacts(house)


async def test_the_cookie_is_for_the_form_alone_no_script_reads_it_and_the_store_does_not_have_it(
    house: WebHouse,
) -> None:
    async with browser(house.web, "https") as client:
        page = await client.get("/contact")
        for part in ("HttpOnly", "SameSite=lax", "Path=/contact", "Secure"):
            assert part in page.headers["Set-Cookie"]
        await answer(client, page, FORM["what"])
        token = token_of(client)
    assert await house.store.read(lambda unit: unit.drafts.get(token)) is None


async def test_nothing_that_was_typed_stands_in_an_address(client: httpx.AsyncClient) -> None:
    page = await client.get("/contact")
    for _ in range(12):
        if page_of(page) == "check":
            break
        led = await answer(client, page, FORM.get(page_of(page), "secret words"[: 0 if "_" in page_of(page) else 12]))
        address = led.headers.get("Location", "")
        assert re.fullmatch(r"/contact(/[a-z-]+)?", address), address
        page = await client.get(address)


# --- kept, saved, forgotten -----------------------------------------------------------------------------------------


async def test_answers_outlive_the_program(house: WebHouse, database_url: str) -> None:
    async with browser(house.web) as client:
        await fill_in(client, until="put_right")
        token = token_of(client)
    engine = make_engine(database_url)
    store = SqlStore(engine)
    anew = web.make_app(house.reception, store, house.policy, house.clock)
    async with browser(anew) as client:
        client.cookies.set("form", token, path="/contact")
        assert FORM["where"] in (await client.get("/contact/where")).text
    store.close()
    engine.dispose()


async def saved(client: httpx.AsyncClient) -> str:
    page = await fill_in(client, until="put_right")
    led = await answer(client, page, "Mend it soon", save="yes")
    assert led.headers["Location"] == "/contact/saved"
    page = await client.get("/contact/saved")
    code = re.search(r"\b(?:[A-Z2-9]{4}-){3}[A-Z2-9]{4}\b", page.text)
    assert code, page.text
    return code[0]


async def test_a_saved_form_is_taken_up_on_another_device_by_its_code(
    client: httpx.AsyncClient, house: WebHouse
) -> None:
    code = await saved(client)
    assert code in (await client.get("/contact/saved")).text
    assert "26 December 2026" in (await client.get("/contact/saved")).text
    house.clock.forward(days=29)
    async with browser(house.web) as elsewhere:
        page = await elsewhere.get("/contact/code")
        led = await answer(elsewhere, page, code.lower().replace("-", " "))
        assert led.headers["Location"] == "/contact/for-whom"
        assert "Mend it soon" in (await elsewhere.get("/contact/put-right")).text
        assert (await client.get("/contact/put-right")).status_code == 404


async def test_the_page_can_be_saved_without_an_answer(client: httpx.AsyncClient) -> None:
    page = await fill_in(client, until="put_right")
    led = await answer(client, page, "", save="yes")
    assert led.headers["Location"] == "/contact/saved"
    assert 'href="/contact/put-right"' in (await client.get("/contact/saved")).text


async def test_a_wrong_an_empty_and_a_used_code_open_nothing(client: httpx.AsyncClient, house: WebHouse) -> None:
    code = await saved(client)
    async with browser(house.web) as elsewhere:
        for wrong, words in (
            ("", "Enter your code"),
            ("ABCD-EFGH-JKLM-NPQR", "could not find"),
            ("x" * 500, "could not"),
        ):
            page = await answer(elsewhere, await elsewhere.get("/contact/code"), wrong)
            assert page.status_code == 422
            assert words in page.text
    await send_form(client)
    async with browser(house.web) as elsewhere:
        page = await answer(elsewhere, await elsewhere.get("/contact/code"), code)
        assert "could not find" in page.text


async def test_codes_cannot_be_tried_without_end(house: WebHouse) -> None:
    slow = Pace(Rate(None), Rate(3))
    app = web.make_app(house.reception, house.store, house.policy, house.clock, pace=slow)
    async with browser(app) as client:
        page = await client.get("/contact/code")
        tried = [await answer(client, page, "ABCD-EFGH-JKLM-NPQR") for _ in range(5)]
    assert [answer.status_code for answer in tried] == [422, 422, 422, 429, 429]


async def test_an_answer_that_came_too_fast_is_not_lost(house: WebHouse) -> None:
    app = web.make_app(house.reception, house.store, house.policy, house.clock, pace=Pace(Rate(None), Rate(1)))
    async with browser(app) as client:
        page = await client.get("/contact")
        await answer(client, page, "")
        page = await answer(client, page, "I want to complain at length")
    assert page.status_code == 429
    assert "I want to complain at length" in page.text


async def test_answers_are_deleted_a_day_after_the_last_and_saved_ones_after_thirty(
    client: httpx.AsyncClient, house: WebHouse
) -> None:
    await fill_in(client, until="put_right")
    house.clock.forward(hours=23)
    assert not await forget_expired(house.store, house.clock)
    assert (await client.get("/contact/where")).status_code == 200
    house.clock.forward(hours=2)
    assert (await client.get("/contact/where")).status_code == 404
    assert await forget_expired(house.store, house.clock)
    assert not await forget_expired(house.store, house.clock)
    client.cookies.clear()
    await saved(client)
    house.clock.forward(days=31)
    assert await forget_expired(house.store, house.clock)


async def test_sending_deletes_the_answers_from_the_draft(client: httpx.AsyncClient, house: WebHouse) -> None:
    check = await fill_in(client)
    await client.post("/contact/check", data={"form_token": hidden(check, "form_token")})
    async with browser(house.web) as other:
        other.cookies.set("form", token_of(client), path="/contact")
        for path in ("/contact/where", "/contact/check"):
            page = await other.get(path, follow_redirects=True)
            assert FORM["where"] not in page.text or page.url.path == "/contact/sent"


async def test_a_clock_that_jumps_back_keeps_the_answers(client: httpx.AsyncClient, house: WebHouse) -> None:
    await fill_in(client, until="put_right")
    house.clock.forward(days=-400)
    assert (await client.get("/contact/where")).status_code == 200
    assert CASE.search((await send_form(client)).text)


# --- failures -------------------------------------------------------------------------------------------------------


async def fail(work: object) -> object:
    raise OSError("disk full")


@pytest.mark.parametrize("broken", ["transact", "read"])
async def test_when_the_store_fails_what_was_typed_is_still_on_the_page(
    house: WebHouse, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    page = await fill_in(client, until="put_right")
    monkeypatch.setattr(house.store, broken, fail)
    again = await answer(client, page, "Mend it, please & soon")
    assert again.status_code == 503
    assert again.headers["Retry-After"]
    assert "Your answer was not saved" in again.text
    assert "Mend it, please &amp; soon" in again.text
    assert "disk" not in again.text
    monkeypatch.undo()
    led = await answer(client, again, "Mend it, please & soon")
    assert led.status_code == 303


async def test_help_is_shown_even_while_the_store_fails(
    real: ChatHouse, resident: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = await resident.get("/contact")
    for broken in ("read", "transact"):
        monkeypatch.setattr(real.store, broken, fail)
        again = await answer(resident, page, GAS)
        assert again.status_code == 503
        assert "0800 111 999" in again.text
        assert GAS in again.text
        monkeypatch.undo()


async def test_when_the_form_cannot_be_sent_its_answers_stay_and_it_can_be_sent_later(
    house: WebHouse, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    check = await fill_in(client)
    monkeypatch.setattr(house.store, "transact", fail)
    data = {"form_token": hidden(check, "form_token")}
    page = await client.post("/contact/check", data=data)
    assert page.status_code == 503
    assert "Your form was not sent" in page.text
    monkeypatch.undo()
    assert (await client.post("/contact/check", data=data)).status_code == 303
    assert len(await contacts(house)) == 1


async def test_a_form_whose_draft_could_not_be_emptied_was_sent_all_the_same_and_is_not_sent_twice(
    house: WebHouse, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    check = await fill_in(client)

    async def attend(contact: str) -> bool:
        monkeypatch.setattr(house.store, "transact", fail)
        return True

    monkeypatch.setattr(form_room, "PATIENCE", 0.2)
    monkeypatch.setattr(house.reception, "attend", attend)
    data = {"form_token": hidden(check, "form_token")}
    page = await client.post("/contact/check", data=data)
    assert page.status_code == 200
    assert "Your form is kept" in page.text
    monkeypatch.undo()
    await client.post("/contact/check", data=data)
    assert len(await contacts(house)) == 1


async def test_every_page_that_reads_the_draft_says_when_the_store_cannot_be_reached(
    house: WebHouse, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill_in(client)
    monkeypatch.setattr(house.store, "read", fail)
    for path in ("/contact", "/contact/where", "/contact/check", "/contact/sent", "/contact/help", "/contact/saved"):
        page = await client.get(path)
        assert (page.status_code, heading(page)) == (503, "Sorry, we have a fault")


async def test_where_nothing_can_be_read_the_resident_says_what_it_is(
    house: WebHouse, client: httpx.AsyncClient
) -> None:
    house.interpreter.broken = "the model is gone"
    page = await fill_in(client, until="options", what="It is about my road and you.")
    assert page_of(page) == "options"
    assert "I want to complain" in page.text
    check = await fill_in(client, what="It is about my road and you.", options="route:formal")
    house.interpreter.broken = ""
    sent = await client.post("/contact/check", data={"form_token": hidden(check, "form_token")}, follow_redirects=True)
    assert CASE.search(sent.text)


async def test_what_cannot_be_answered_in_time_is_confirmed_with_its_contact_number(
    house: WebHouse, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(form_room, "PATIENCE", 0.3)
    check = await fill_in(client)
    house.interpreter.broken = "not just now"
    data = {"form_token": hidden(check, "form_token")}
    page = await client.post("/contact/check", data=data, follow_redirects=True)
    (line,) = await contacts(house)
    assert line.id in page.text
    assert "Your form is kept and will be read." in page.text
    house.interpreter.broken = ""
    house.clock.forward(minutes=5)
    assert await house.reception.attend(line.id)
    assert CASE.search((await client.get("/contact/sent")).text)


async def test_a_form_that_another_worker_handles_is_waited_for(house: WebHouse, client: httpx.AsyncClient) -> None:
    check = await fill_in(client)

    async def taken(contact: str) -> bool:
        if not worker:
            worker.append(asyncio.create_task(later()))
        return False

    async def later() -> None:
        await asyncio.sleep(0.3)
        assert await attend("")

    attend = house.reception.attend
    worker: list[asyncio.Task[None]] = []
    house.reception.attend = taken  # type: ignore[method-assign]
    data = {"form_token": hidden(check, "form_token")}
    assert CASE.search((await client.post("/contact/check", data=data, follow_redirects=True)).text)


# --- the pack -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("  - what\n", "", "must be what: all else depends on it"),
        ("  - where\n", "", "order: needs where"),
        ("  - where\n", "  - wear\n", "wear is no page, or stands twice; remove it"),
        ("  - where\n", "  - where\n  - where\n", "stands twice"),
        ("  for_whom:\n", "  for_who:\n", "is no page; remove it or correct its spelling"),
        ("formal: [service,", "formal: [servise,", "servise does not stand in order; add it there"),
        ("  continue: Continue\n", "", "words: needs continue; copy it from the sample pack"),
        ("  continue: Continue\n", "  continue: Continue ((name))\n", "((name)) is not known; there are none here"),
        ("    empty: Tell us what happened\n", "", "needs empty: it may not be left out"),
        ("    label: Where\n", "", "needs a label, for the list of answers"),
        ("saved_days: 30", "saved_days: 300", "must be 90 or less"),
    ],
)
def test_a_mistake_in_the_form_file_is_told_with_its_line_and_remedy(
    tmp_path: Path, old: str, new: str, expected: str
) -> None:
    pack = tmp_path / "pack"
    pack.mkdir()
    for path in PACK.rglob("*.yaml"):
        to = pack / path.relative_to(PACK)
        to.parent.mkdir(exist_ok=True, parents=True)
        to.write_text(path.read_text())
    text = (pack / "form.yaml").read_text()
    assert old in text
    (pack / "form.yaml").write_text(text.replace(old, new, 1))
    mistakes = check_pack(pack).mistakes
    assert any(re.search(rf"{pack}/form.yaml:\d+: ", told) and expected in told for told in mistakes), mistakes
