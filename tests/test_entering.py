"""Entering what came by phone, by letter or in person."""

import json
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import httpx
import pytest
from sqlmodel import col, select

from case_store.tables.sending import OutboxRow
from channels import entered
from channels.console.aloud import aloud
from intake.contact import Channel, Entered, Kept, Outcome
from intake.conversation import Holder
from intake.day_lists import DayLists
from intake.desk_view import Wanted
from intake.entering import Entry, may_write, read_day
from intake.officers import SignedIn
from intake.rights import EVERY_SERVICE, EVERYTHING, Role, Scope
from tests.web_fixtures import OFFICER, PASSWORD, WebHouse, browser, hidden, session_of, sign_in, web_house

CALL = {
    "what": "They complain that nobody mends the pothole. The council never called back.",
    "where": "14 Elm Road",
    "put_right": "Mend it, and say sorry",
    "name": "Anne Shaw",
    "phone": "01632 960 444",
}
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)


@pytest.fixture
def house(database_url: str) -> Iterator[WebHouse]:
    with web_house(database_url) as house:
        yield house


@pytest.fixture
async def officer(house: WebHouse) -> AsyncIterator[httpx.AsyncClient]:
    async with browser(house.console) as client:
        await sign_in(house, client)
        yield client


async def begin(officer: httpx.AsyncClient, channel: str = "phone") -> str:
    """A new entry's address."""
    token = hidden(await officer.get("/enter"), "form_token")
    answer = await officer.post("/enter", data={"form_token": token, "channel": channel})
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


async def press(
    officer: httpx.AsyncClient, address: str, do: str, answers: Mapping[str, str], files: Any = None
) -> httpx.Response:
    """Open the page, fill it in, and press a button, as a browser without script does."""
    page = await officer.get(address)
    return await post(officer, address, {**carried(page), **typed_in(page), **answers, "do": do}, files)


def carried(page: httpx.Response) -> dict[str, str]:
    return {name: hidden(page, name) for name in ("form_token", "window", "seen", "turn")}


def typed_in(page: httpx.Response) -> dict[str, str]:
    """The days that the page fills in by itself."""
    found = re.findall(r'name="(received_on|received_time)"[^>]*?value="([^"]+)"', page.text)
    return dict(found)


async def post(
    officer: httpx.AsyncClient, address: str, fields: Mapping[str, str], files: Any = None
) -> httpx.Response:
    """A form as browsers send it: in parts, whether it has files or not."""
    parts = [(name, (None, value)) for name, value in fields.items()]
    return await officer.post(address, files=[*parts, *(files or [])])


async def the_contact(house: WebHouse) -> Any:
    (line,) = (await house.desk.contacts(Wanted())).lines
    view = await house.desk.contact(line.id)
    assert view is not None
    return view


async def the_case(house: WebHouse) -> Any:
    (case,) = (await house.desk.cases(closed_too=True)).lines
    return case


# --- a call ---------------------------------------------------------------------------------------------------------


async def test_a_call_becomes_a_case_and_its_reference_and_dates_are_read_out(
    house: WebHouse, officer: httpx.AsyncClient
) -> None:
    address = await begin(officer)
    assert (await press(officer, address, "send", CALL)).headers["Location"].endswith(address)
    case = await the_case(house)
    page = (await officer.get(address)).text
    assert case.channel is Channel.PHONE
    assert case.reference in page
    assert f"Spelled: {aloud(case.reference)}." in page
    assert "10 December 2026" in page
    assert house.policy.council.post in page
    view = await the_contact(house)
    assert (view.line.state, view.contact.person.name, view.contact.person.phone) == (
        Outcome.ANSWERED,
        "Anne Shaw",
        "01632 960 444",
    )
    assert view.contact.entered == Entered(OFFICER, house.clock(), None, ())
    assert "Where: 14 Elm Road" in view.contact.text


async def test_the_questions_are_those_of_the_flow_as_they_are_said_aloud(
    house: WebHouse, officer: httpx.AsyncClient
) -> None:
    page = (await officer.get(await begin(officer))).text
    for detail, question in house.policy.flow.questions.items():
        if detail not in ("what",):
            assert (question.spoken or question.ask) in page.replace("&#39;", "'")


async def test_what_is_read_out_for_a_danger_stands_there_as_soon_as_it_is_written(
    house: WebHouse, officer: httpx.AsyncClient
) -> None:
    address = await begin(officer)
    await press(officer, address, "read", {"what": "There is a smell of gas in her council flat."})
    page = (await officer.get(address)).text
    assert "Danger: read this out now" in page
    assert "0800 111 999" in page
    assert "After it, phone these yourself" in page
    assert page.index("Danger: read") < page.index("Still to ask")
    assert not (await house.desk.contacts(Wanted())).lines


async def test_help_stands_there_even_where_the_notes_cannot_be_read(
    house: WebHouse, officer: httpx.AsyncClient
) -> None:
    address = await begin(officer)
    house.interpreter.broken = "the model is gone"
    await press(officer, address, "read", {"what": "There is a smell of gas in her council flat."})
    page = (await officer.get(address)).text
    assert "0800 111 999" in page
    assert "could not be read just now" in page


async def test_what_is_still_to_ask_shrinks_as_it_is_answered(house: WebHouse, officer: httpx.AsyncClient) -> None:
    address = await begin(officer)
    await press(officer, address, "read", {"what": CALL["what"]})
    asked = (await officer.get(address)).text.partition("Still to ask")[2]
    assert "Could I take your name?" in asked
    await press(officer, address, "read", CALL | {"reply_by": "phone"})
    asked = (await officer.get(address)).text.partition("Still to ask")[2]
    assert "Nothing more is needed" in asked


async def test_the_script_gets_what_we_make_of_it_and_it_is_kept(house: WebHouse, officer: httpx.AsyncClient) -> None:
    address = await begin(officer)
    page = await officer.get(address)
    fields = {**carried(page), **typed_in(page), **CALL}
    headers = {"X-Form-Token": fields.pop("form_token")}
    answer = await officer.post(f"{address}/says", data=fields, headers=headers)
    assert answer.status_code == 200
    assert "<html" not in answer.text
    assert "90% sure" in answer.text or "98% sure" in answer.text
    assert 'value="Anne Shaw"' in (await officer.get(address)).text
    assert (await officer.post(f"{address}/says", data=fields)).status_code in (303, 403)


# --- days -----------------------------------------------------------------------------------------------------------


async def test_clocks_run_from_the_day_on_which_a_letter_came(house: WebHouse, officer: httpx.AsyncClient) -> None:
    address = await begin(officer, "letter")
    days = {"received_on": "2026-11-24", "received_time": "", "dated": "2026-11-20"}
    await press(officer, address, "send", {**CALL, **days, "received_time": ""})
    case, view = await the_case(house), await the_contact(house)
    assert house.policy.calendar.local_day(case.received_at) == date(2026, 11, 24)
    acknowledge = case.deadline("acknowledge")
    assert acknowledge.due == date(2026, 12, 1)
    assert view.contact.entered.dated == date(2026, 11, 20)
    assert view.contact.entered.at == house.clock()
    page = (await officer.get(f"/contacts/{view.line.id}")).text
    assert "The letter is dated 20 November 2026" in page


@pytest.mark.parametrize(
    ("days", "words"),
    [
        ({"received_on": "2026-11-27"}, "in the future"),
        ({"received_on": "2026-11-26", "received_time": "23:00"}, "in the future"),
        ({"received_on": "", "received_time": ""}, "on which day"),
        ({"received_on": "31/31/2026"}, "on which day"),
        ({"received_on": "2024-11-26", "received_time": ""}, "more than a year ago"),
        ({"received_on": "2026-11-24", "received_time": "", "dated": "2026-11-25"}, "after it was received"),
    ],
)
async def test_a_day_that_cannot_be_is_asked_about_and_nothing_is_sent(
    house: WebHouse, officer: httpx.AsyncClient, days: dict[str, str], words: str
) -> None:
    address = await begin(officer, "letter")
    answer = await press(officer, address, "send", {**CALL, **days})
    assert answer.status_code == 422
    assert words in answer.text
    assert "14 Elm Road" in answer.text
    assert not (await house.desk.contacts(Wanted())).lines


async def test_a_letter_that_truly_is_old_is_taken_once_that_is_confirmed(
    house: WebHouse, officer: httpx.AsyncClient
) -> None:
    address = await begin(officer, "letter")
    days = {"received_on": "2024-11-26", "received_time": "", "old": "yes"}
    assert (await press(officer, address, "send", {**CALL, **days})).status_code == 303
    assert (await the_case(house)).received_at.year == 2024


def test_a_day_is_read_as_browsers_send_it_and_as_people_type_it() -> None:
    assert read_day("2026-11-24") == read_day("24/11/2026") == read_day("24.11.2026") == date(2026, 11, 24)
    assert [read_day(text) for text in ("", "yesterday", "1/2", "99/99/9999", "1/1/0")] == [None] * 5


# --- the officer's word ---------------------------------------------------------------------------------------------


async def test_an_officer_may_decide_otherwise_than_it_was_read_and_that_is_kept(
    house: WebHouse, officer: httpx.AsyncClient
) -> None:
    address = await begin(officer)
    notes = {"what": "How do they get the repair of the hall light?", "name": "Bo"}
    chosen = {"route": "formal", "service": "bins", "procedure": "housing"}
    chosen["service"] = next(key for key in house.policy.services if key not in ("libraries", "any_other"))
    assert (await press(officer, address, "send", notes | chosen)).status_code == 303
    case, view = await the_case(house), await the_contact(house)
    assert (case.route, case.service, case.procedure) == ("formal", chosen["service"], "housing")
    assert view.contact.entered.decided == ("route", "service", "procedure")
    assert "As maya entered it." in view.decision.reasons
    (kept,) = await house.store.read(lambda unit: unit.corrections.of_contact(view.line.id))
    assert (kept.officer, kept.before.route, kept.after.route, kept.changed) == (OFFICER, "question", "formal", True)


async def test_a_route_to_another_body_needs_the_body_and_then_tells_it(
    house: WebHouse, officer: httpx.AsyncClient
) -> None:
    address, other = await begin(officer), {**CALL, "route": "other_organisation"}
    answer = await press(officer, address, "send", other)
    assert answer.status_code == 422
    assert "Choose the body" in answer.text
    key, signpost = next(
        (key, each) for key, each in house.policy.signposts.items() if each.kind == "other_organisation"
    )
    await press(officer, address, "read", {**other, "signpost": key})
    page = (await officer.get(address)).text.replace("&#39;", "'")
    for words in (signpost.body, signpost.time_limit, signpost.way_back):
        assert words in page
    assert (await press(officer, address, "send", {**other, "signpost": key})).status_code == 303
    view = await the_contact(house)
    assert (view.decision.route, view.decision.signpost) == ("other_organisation", key)
    assert not view.case


async def test_who_speaks_for_somebody_else_says_for_whom_and_with_what_consent(
    house: WebHouse, officer: httpx.AsyncClient
) -> None:
    address = await begin(officer)
    behalf = {"for_whom": "other", "behalf": "Her mother, Mary Shaw", "consent": "not_able", "needs": "Large print"}
    await press(officer, address, "send", CALL | behalf)
    view = await the_contact(house)
    assert {key.value: words for key, words in view.told.items()}.items() >= {
        ("behalf", "Her mother, Mary Shaw"),
        ("consent", "not_able"),
        ("needs", "Large print"),
    }
    assert "Her mother, Mary Shaw" in view.contact.text


async def test_what_is_added_to_a_case_that_was_checked_joins_that_case(
    house: WebHouse, officer: httpx.AsyncClient
) -> None:
    await press(officer, await begin(officer), "send", CALL)
    case = await the_case(house)
    address = await begin(officer)
    more = {"what": "It is worse now, another car was damaged.", "reference": case.reference, "route": "case_update"}
    page = await press(officer, address, "read", more)
    assert "Check that they are its person" in (await officer.get(address)).text
    await press(officer, address, "send", {**more, "theirs": "yes", "name": "Anne Shaw"})
    lines = (await house.desk.contacts(Wanted())).lines
    views = [await house.desk.contact(line.id) for line in lines]
    assert {view.conversation for view in views if view} == {case.conversation}
    assert (await the_case(house)).reference == case.reference
    assert page.status_code == 303


async def test_a_case_outside_an_officers_scope_is_not_there_by_its_reference(house: WebHouse) -> None:
    await house.add_officer(OFFICER, PASSWORD)
    await house.add_officer("sam", PASSWORD, (Role.AGENT,), ())
    async with browser(house.console) as maya, browser(house.console) as sam:
        await sign_in(house, maya)
        secret = next(iter(house.policy.need_to_know))
        await press(maya, await begin(maya), "send", CALL | {"route": "formal", "service": secret})
        case = await the_case(house)
        assert case.service == secret
        await sign_in_as(sam, "sam")
        address = await begin(sam)
        await press(sam, address, "read", {"what": "More", "reference": case.reference, "theirs": "yes"})
        assert "Check that they are its person" not in (await sam.get(address)).text
        await press(sam, address, "send", {"what": "More of it", "reference": case.reference, "theirs": "yes"})
        views = [await house.desk.contact(line.id) for line in (await house.desk.contacts(Wanted())).lines]
        assert len({view.conversation for view in views if view}) == 2


# --- nothing is lost ------------------------------------------------------------------------------------------------


async def test_sending_twice_makes_one_contact(house: WebHouse, officer: httpx.AsyncClient) -> None:
    address = await begin(officer)
    page = await officer.get(address)
    fields = {**carried(page), **typed_in(page), **CALL, "do": "send"}
    for _ in range(3):
        assert (await post(officer, address, fields)).status_code == 303
    assert len((await house.desk.contacts(Wanted())).lines) == 1
    assert len((await house.desk.cases()).lines) == 1


async def test_a_crash_between_sending_and_its_answer_makes_no_second_contact(
    house: WebHouse, officer: httpx.AsyncClient
) -> None:
    address = await begin(officer)
    await press(officer, address, "save", CALL)
    name = address.rpartition("/")[2]
    entry = await house.store.read(lambda unit: unit.entries.get(name))
    assert entry is not None
    who = await _signed_in(house, officer)
    first = await house.entering.send(entry, who)
    await house.store.transact(lambda unit: unit.entries.keep(entry))
    assert await house.entering.send(entry, who) == first


async def _signed_in(house: WebHouse, officer: httpx.AsyncClient) -> Any:
    who = await house.accounts.officer_of(session_of(officer))
    assert who is not None
    return who


async def test_a_draft_is_there_after_the_session_ended_in_the_middle(house: WebHouse) -> None:
    async with browser(house.console) as client:
        await sign_in(house, client)
        address = await begin(client)
        await press(client, address, "save", CALL)
    async with browser(house.console) as anew:
        assert (await anew.get(address)).status_code == 303
        await sign_in(house, anew)
        assert "Anne Shaw" in (await anew.get("/enter")).text
        page = (await anew.get(address)).text
        for words in CALL.values():
            assert words in page


async def test_a_draft_is_its_officers_alone(house: WebHouse, officer: httpx.AsyncClient) -> None:
    address = await begin(officer)
    await press(officer, address, "save", CALL)
    await house.add_officer("sam", PASSWORD, (Role.AGENT,), (EVERYTHING,))
    async with browser(house.console) as sam:
        await sign_in_as(sam, "sam")
        assert (await sam.get(address)).status_code == 404
        page = await sam.get("/enter")
        assert "Anne Shaw" not in page.text
        fields = {"form_token": hidden(page, "form_token"), "what": "mine", "do": "send"}
        assert (await sam.post(address, data=fields)).status_code == 404
        fields["do"] = "throw_away"
        assert (await sam.post(address, data=fields)).status_code == 404
    assert "Anne Shaw" in (await officer.get(address)).text


async def sign_in_as(client: httpx.AsyncClient, name: str) -> None:
    token = hidden(await client.get("/sign-in"), "form_token")
    await client.post("/sign-in", data={"form_token": token, "name": name, "password": PASSWORD})


async def test_another_window_is_told_and_overwrites_nothing_unseen(
    house: WebHouse, officer: httpx.AsyncClient
) -> None:
    address = await begin(officer)
    first, second = await officer.get(address), await officer.get(address)
    await post(officer, address, {**carried(first), "what": "from the first", "do": "save"})
    answer = await post(officer, address, {**carried(second), "what": "from the second", "do": "save"})
    assert answer.status_code == 409
    assert "from the second" in answer.text
    assert "from the first" in (await officer.get(address)).text
    again = await post(officer, address, {**carried(answer), "what": "from the second", "do": "save"})
    assert again.status_code == 303
    assert "from the second" in (await officer.get(address)).text


def test_a_writing_that_comes_late_does_not_replace_a_later_one() -> None:
    now = datetime(2026, 11, 26, tzinfo=UTC)
    kept = Entry("1", "maya", Channel.PHONE, now, now, page="a", turn=5)
    assert [may_write(kept, "a", turn, 0) for turn in (4, 5, 6)] == [False, True, True]
    assert [may_write(kept, "b", 6, seen) for seen in (4, 5)] == [False, True]


async def test_an_entry_can_be_thrown_away_and_that_is_noted(house: WebHouse, officer: httpx.AsyncClient) -> None:
    address = await begin(officer)
    await press(officer, address, "throw_away", CALL)
    assert (await officer.get(address)).status_code == 404
    assert "nothing unfinished" in (await officer.get("/enter")).text
    deeds = await house.store.read(lambda unit: unit.officers.deeds(officer=OFFICER))
    assert "entry thrown away" in [deed.what for deed in deeds]


async def test_of_what_was_sent_nothing_else_is_kept_beside_the_contact(
    house: WebHouse, officer: httpx.AsyncClient
) -> None:
    address = await begin(officer)
    await press(officer, address, "send", CALL, [("files", ("scan.png", PNG, "image/png"))])
    name = address.rpartition("/")[2]
    entry = await house.store.read(lambda unit: unit.entries.get(name))
    assert entry is not None
    assert (entry.answers, entry.files, entry.reading) == ({}, (), None)
    assert await house.store.read(lambda unit: list(unit.entries.data_of(name))) == []
    house.clock.forward(days=8)
    await sign_in(house, officer)
    await begin(officer)
    assert await house.store.read(lambda unit: unit.entries.get(name)) is None


async def test_without_notes_or_with_a_wrong_address_nothing_is_sent(
    house: WebHouse, officer: httpx.AsyncClient
) -> None:
    address = await begin(officer)
    answer = await press(officer, address, "send", {"email": "anne at home", "reply_by": "address"})
    assert answer.status_code == 422
    for words in ("Write down what happened", "does not look like an email address", "The reply is to go there"):
        assert words in answer.text
    assert "anne at home" in answer.text


# --- bad input ------------------------------------------------------------------------------------------------------


async def test_a_name_that_is_markup_is_shown_as_it_is(house: WebHouse, officer: httpx.AsyncClient) -> None:
    markup = '"><script>alert(1)</script>'
    address = await begin(officer)
    await press(officer, address, "save", {**CALL, "name": markup, "what": f"They complain {markup}"})
    pages = [await officer.get(address), await officer.get("/enter")]
    await press(officer, address, "send", {**CALL, "name": markup, "reply_by": "address", "address": markup})
    letters = await officer.get("/letters")
    pages += [await officer.get(address), letters, await officer.get(re.findall(r"/letters/\w+", letters.text)[0])]
    for page in pages:
        assert page.status_code == 200
        assert "<script>alert" not in page.text


@pytest.mark.parametrize("channel", ["email", "webchat", "", "nonsense"])
async def test_only_what_nobody_typed_is_entered(house: WebHouse, officer: httpx.AsyncClient, channel: str) -> None:
    token = hidden(await officer.get("/enter"), "form_token")
    assert (await officer.post("/enter", data={"form_token": token, "channel": channel})).status_code == 404


async def test_a_scan_comes_with_the_contact_byte_for_byte(house: WebHouse, officer: httpx.AsyncClient) -> None:
    address = await begin(officer, "letter")
    await press(officer, address, "save", CALL, [("files", ("page 1.png", PNG, "image/png"))])
    pdf = b"%PDF-1.7\n" + bytes(3_000_000)
    await press(officer, address, "save", CALL, [("files", ("rest.pdf", pdf, "application/pdf"))])
    page = (await officer.get(address)).text
    assert "page 1.png" in page
    await press(officer, address, "send", CALL)
    view = await the_contact(house)
    assert [(file.name, file.attachment.size) for file in view.files] == [("page 1.png", 72), ("rest.pdf", len(pdf))]
    original = await house.desk.original(view.line.id)
    assert original is not None
    found = [await entered.FILE_READERS[Channel.LETTER](original.raw, number) for number in (0, 1)]
    assert [each[1] for each in found if each] == [PNG, pdf]


async def test_a_scan_that_was_removed_is_not_sent(house: WebHouse, officer: httpx.AsyncClient) -> None:
    address = await begin(officer)
    two = [("files", ("one.png", PNG, "image/png")), ("files", ("two.png", PNG + b"2", "image/png"))]
    await press(officer, address, "save", CALL, two)
    await press(officer, address, "remove-0", CALL)
    await press(officer, address, "send", CALL)
    assert [file.name for file in (await the_contact(house)).files] == ["two.png"]


@pytest.mark.parametrize(
    ("name", "data"),
    [("scan.png", b"MZ\x90\x00 not a picture at all"), ("scan.pdf", b""), ("scan.png", b"PK\x03\x04" + bytes(40))],
    ids=["a program", "nothing", "an archive"],
)
async def test_an_upload_that_lies_about_its_type_is_not_taken_and_nothing_else_is_lost(
    house: WebHouse, officer: httpx.AsyncClient, name: str, data: bytes
) -> None:
    address = await begin(officer)
    answer = await press(officer, address, "send", CALL, [("files", (name, data, "image/png"))])
    assert answer.status_code == 422
    assert 'id="files-mistake"' in answer.text
    assert "Anne Shaw" in (await officer.get(address)).text
    assert not (await house.desk.contacts(Wanted())).lines


async def test_more_files_than_may_be_are_refused(house: WebHouse, officer: httpx.AsyncClient) -> None:
    address = await begin(officer)
    files = [("files", (f"{number}.png", PNG, "image/png")) for number in range(4)]
    await press(officer, address, "save", CALL, files)
    answer = await press(officer, address, "save", CALL, files[:2])
    assert answer.status_code == 422
    page = (await officer.get(address)).text
    assert page.count("Remove<span") == 4


def test_a_kept_entry_that_cannot_be_read_is_a_contact_that_says_so() -> None:
    now = datetime(2026, 11, 26, tzinfo=UTC)
    for raw in (b"", b"[]", b"{}", b"\xff", json.dumps({"text": "x"}).encode()):
        contact = entered.read_entered(Kept("1", Channel.PHONE, now, "f", "", "", (), raw))
        assert "could not be read" in contact.trouble


async def test_an_original_has_the_ending_of_what_it_is(house: WebHouse, officer: httpx.AsyncClient) -> None:
    await press(officer, await begin(officer), "send", CALL)
    view = await the_contact(house)
    answer = await officer.get(f"/contacts/{view.line.id}/original")
    assert answer.headers["Content-Disposition"].endswith('.json"')
    assert json.loads(answer.content.split(b"\n")[0])["officer"] == OFFICER


# --- letters on paper -----------------------------------------------------------------------------------------------

BY_POST = CALL | {"reply_by": "address", "address": "14 Elm Road\nBettershire\nBT4 2QR", "email": "anne@example.org"}


async def test_an_answer_by_post_is_printed_posted_and_attributed(house: WebHouse, officer: httpx.AsyncClient) -> None:
    await press(officer, await begin(officer), "send", BY_POST)
    letters = await officer.get("/letters")
    (letter,) = set(re.findall(r"/letters/\w+", letters.text))
    page = await officer.get(letter)
    case = await the_case(house)
    for words in ("14 Elm Road\nBettershire\nBT4 2QR", "County Hall", "26 November 2026", case.reference):
        assert words in page.text
    token = hidden(page, "form_token")
    assert (await officer.post(letter, data={"form_token": token, "do": "posted"})).status_code == 303
    assert "Posted by maya" in (await officer.get("/letters")).text
    deeds = await house.store.read(lambda unit: unit.officers.deeds(about=case.conversation))
    assert "letter posted" in [deed.what for deed in deeds]
    again = await officer.post(letter, data={"form_token": token, "do": "left", "note": "twice"})
    assert again.status_code == 409


async def test_who_wants_post_is_sent_no_mail(house: WebHouse, officer: httpx.AsyncClient) -> None:
    await press(officer, await begin(officer), "send", BY_POST)
    view = await the_contact(house)
    assert [letter.to for letter in view.letters if letter.to == "anne@example.org"] == []
    assert view.contact.person.email == ""
    assert "anne@example.org" in view.contact.text


async def test_who_gave_an_email_address_is_answered_there_once(house: WebHouse, officer: httpx.AsyncClient) -> None:
    await press(officer, await begin(officer), "send", CALL | {"email": "Anne@Example.org"})
    view = await the_contact(house)
    assert [letter.to for letter in view.letters if "@example.org" in letter.to] == ["anne@example.org"]
    assert "nothing to print" in (await officer.get("/letters")).text


@pytest.mark.parametrize(("way", "printed", "mailed"), [("post", 1, 0), ("email", 0, 1)])
async def test_an_officers_letter_goes_the_way_that_was_chosen_on_the_phone(
    house: WebHouse, officer: httpx.AsyncClient, way: str, printed: int, mailed: int
) -> None:
    told = BY_POST if way == "post" else CALL | {"email": "anne@example.org"}
    await press(officer, await begin(officer), "send", told)
    case, before = await the_case(house), await the_contact(house)
    page = await officer.get(f"/cases/{case.reference}")
    form = {"deed": "finish", "kind": "update", "body": "We mend it tomorrow.", "seen": str(case.version)}
    sent = await officer.post(f"/cases/{case.reference}", data={**form, "form_token": hidden(page, "form_token")})
    assert sent.status_code == 303, sent.text
    bodies = [letter.body for letter in await house.store.read(lambda unit: unit.paper.to_print(EVERY_SERVICE, 9))]
    assert sum(body.startswith("We mend it tomorrow.") for body in bodies) == printed
    assert len((await the_contact(house)).letters) - len(before.letters) == mailed


async def test_a_letter_that_is_not_posted_needs_a_reason(house: WebHouse, officer: httpx.AsyncClient) -> None:
    await press(officer, await begin(officer), "send", BY_POST)
    (letter,) = set(re.findall(r"/letters/\w+", (await officer.get("/letters")).text))
    token = hidden(await officer.get(letter), "form_token")
    assert (await officer.post(letter, data={"form_token": token, "do": "left"})).status_code == 422
    answer = await officer.post(letter, data={"form_token": token, "do": "left", "note": "collected by hand"})
    assert answer.status_code == 303
    assert "Not posted by maya" in (await officer.get("/letters")).text


async def test_a_letter_of_a_matter_that_an_officer_may_not_see_is_not_there(house: WebHouse) -> None:
    await house.add_officer(OFFICER, PASSWORD)
    await house.add_officer("sam", PASSWORD, (Role.AGENT,), ())
    async with browser(house.console) as maya, browser(house.console) as sam:
        await sign_in(house, maya)
        secret = next(iter(house.policy.need_to_know))
        await press(maya, await begin(maya), "send", BY_POST | {"route": "formal", "service": secret})
        (letter,) = set(re.findall(r"/letters/\w+", (await maya.get("/letters")).text))
        await sign_in_as(sam, "sam")
        page = await sam.get("/letters")
        assert letter not in page.text
        assert (await sam.get(letter)).status_code == 404


# --- danger ---------------------------------------------------------------------------------------------------------


async def test_danger_told_on_the_phone_opens_an_urgent_case_and_calls_people(
    house: WebHouse, officer: httpx.AsyncClient
) -> None:
    address = await begin(officer)
    await press(
        officer, address, "send", {"what": "I complain: a smell of gas in her council flat.", "phone": "07700 900123"}
    )
    view = await the_contact(house)
    conversation = await house.store.read(lambda unit: unit.conversations.get(view.conversation))
    assert conversation is not None
    assert (conversation.urgent, conversation.holder) == (True, Holder.WAITING)
    assert "officer_called_now" in await house.store.read(lambda unit: _kinds(unit, view.conversation))
    assert "phone them as well" in (await officer.get(address)).text


def _kinds(unit: Any, conversation: str) -> list[str]:
    query = select(OutboxRow.kind).where(col(OutboxRow.conversation) == conversation)
    return list(unit.session.exec(query))


def test_a_reference_is_spelled_as_call_centres_do() -> None:
    assert aloud("BC-7K2M-0XYZ") == ("Bravo Charlie, dash, seven Kilo two Mike, dash, zero X-ray Yankee Zulu")


# --- what a colleague left lying ------------------------------------------------------------------------------------


async def manager(house: WebHouse, *teams: str, services: tuple[str, ...] = ("*",)) -> SignedIn:
    """Jo, who manages."""
    await house.add_officer("jo", PASSWORD, (Role.MANAGER,), services)
    jo = await house.store.read(lambda unit: unit.officers.get("jo"))
    assert jo is not None
    await house.store.transact(lambda unit: unit.officers.keep(replace(jo, teams=teams)))
    admission = await house.accounts.sign_in("jo", PASSWORD)
    assert admission is not None
    who = await house.accounts.officer_of(admission.token)
    assert who is not None
    return who


async def test_a_manager_sees_whose_entry_lies_there_and_not_its_words_and_takes_it_over(
    house: WebHouse, officer: httpx.AsyncClient
) -> None:
    address = await begin(officer)
    await press(officer, address, "save", CALL)
    await manager(house)
    async with browser(house.console) as jo:
        token = hidden(await jo.get("/sign-in"), "form_token")
        await jo.post("/sign-in", data={"form_token": token, "name": "jo", "password": PASSWORD})
        page = await jo.get("/enter")
        assert "Maya" in page.text or "maya" in page.text
        assert CALL["what"] not in page.text
        assert (await jo.get(address)).status_code == 404
        led = await jo.post(f"{address}/take-over", data={"form_token": hidden(page, "form_token")})
        assert led.headers["Location"] == address
        assert CALL["what"] in (await jo.get(address)).text
    assert (await officer.get(address)).status_code == 404
    (deed,) = await house.store.read(lambda unit: unit.officers.deeds(officer="jo", what="entry taken over"))
    assert (deed.about, deed.note) == (address.rpartition("/")[2], f"from {OFFICER}")


async def test_an_entry_that_lies_untouched_stands_in_the_days_work_of_its_teams_manager(
    house: WebHouse, officer: httpx.AsyncClient
) -> None:
    await begin(officer)
    jo, lists = await manager(house), DayLists(house.store, house.policy, house.clock)
    assert (await lists.counts(jo))["entries"] == 0
    house.clock.forward(hours=4)
    assert (await lists.counts(jo))["entries"] == 1
    maya = await house.store.read(lambda unit: unit.officers.get(OFFICER))
    assert maya is not None
    await house.store.transact(lambda unit: unit.officers.keep(replace(maya, teams=("complaints",))))
    of_another_team = replace(jo, account=replace(jo.account, teams=("highways",)))
    assert (await lists.counts(of_another_team))["entries"] == 0
    of_theirs = replace(jo, account=replace(jo.account, teams=("complaints",)))
    assert (await lists.counts(of_theirs))["entries"] == 1


async def test_who_manages_nobody_takes_no_colleagues_entry_over(house: WebHouse, officer: httpx.AsyncClient) -> None:
    address = await begin(officer)
    jo = await manager(house)
    clerk = replace(jo, account=replace(jo.account, roles=(Role.AGENT,)))
    assert not await house.entering.of_colleagues(clerk)
    assert not await house.entering.take_over(address.rpartition("/")[2], clerk)


async def test_of_a_service_that_a_manager_may_not_see_no_entry_lies_there(
    house: WebHouse, officer: httpx.AsyncClient
) -> None:
    address = await begin(officer)
    await press(officer, address, "save", CALL | {"route": "formal", "service": "roads"})
    jo = await manager(house)
    blind = replace(jo, scope=Scope(never=frozenset({"roads"})))
    assert len(await house.entering.of_colleagues(jo)) == 1
    assert not await house.entering.of_colleagues(blind)
    assert not await house.entering.take_over(address.rpartition("/")[2], blind)
