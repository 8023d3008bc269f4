"""Threats and abuse against staff: recorded, flagged with care, reviewed, and forgotten in time."""

import re
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest

from case_store.store import SqlStore
from intake.care import Care
from intake.contact import Person
from intake.incidents import Flag, Incident, State, months_on, ways
from intake.rights import EVERYTHING, Role, Scope
from tests.test_entering import CALL, begin, press, sign_in_as
from tests.triage_fixtures import officer as signed_in
from tests.web_fixtures import OFFICER, PASSWORD, WebHouse, browser, hidden, sign_in, web_house

THREAT = {
    "kind": "threat",
    "happened_on": "2026-11-25",
    "against": "The officer on the phone",
    "words": "I know where you park your car",
    "told": "manager",
    "advice": "not_alone",
    "name": "Bo Long",
    "email": "bo@example.org",
}
REVIEW = {
    "reason": "It was a threat, said twice",
    "until": "2027-05-26",
    "person_told": "By letter on 26 November 2026",
    "advice": "not_alone",
}


@pytest.fixture
def house(database_url: str) -> Iterator[WebHouse]:
    with web_house(database_url) as house:
        yield house


@pytest.fixture
async def officer(house: WebHouse) -> AsyncIterator[httpx.AsyncClient]:
    async with browser(house.console) as client:
        await sign_in(house, client)
        yield client


async def record(officer: httpx.AsyncClient, contact: str = "", **changed: str) -> httpx.Response:
    page = await officer.get(f"/incidents/report?contact={contact}" if contact else "/incidents/report")
    fields = {**THREAT, **changed, "form_token": hidden(page, "form_token"), "contact": contact}
    return await officer.post("/incidents/report", data=fields)


async def review(officer: httpx.AsyncClient, incident: str, do: str, **changed: str) -> httpx.Response:
    page = await officer.get(incident)
    fields = {**REVIEW, **changed, "form_token": hidden(page, "form_token"), "do": do}
    return await officer.post(incident, data=fields)


async def flags(house: WebHouse, email: str = "bo@example.org", phone: str = "", conversation: str = "") -> list[Flag]:
    return list(await care(house).flags(Person(email=email, phone=phone), conversation))


async def keep(store: SqlStore, incident: Incident) -> None:
    await store.transact(lambda unit: unit.incidents.keep(incident))


def care(house: WebHouse) -> Care:
    return Care(house.store, house.policy, house.clock)


# --- recording ------------------------------------------------------------------------------------------------------


async def test_a_threat_is_recorded_and_asks_colleagues_to_take_care(
    house: WebHouse, officer: httpx.AsyncClient
) -> None:
    contact = await house.mail("thank you all", sender="bo@example.org")
    answer = await record(officer)
    incident = answer.headers["Location"]
    page = (await officer.get(incident)).text
    for words in ("Threat", "25 November 2026", "I know where you park your car", "A manager", "Do not meet or visit"):
        assert words in page
    seen = (await officer.get(f"/contacts/{contact}")).text
    assert "Take care" in seen
    assert incident in seen
    assert "24 December 2026" in seen
    assert "park your car" not in seen


async def test_a_flag_is_shown_to_whoever_decides_in_triage(house: WebHouse, officer: httpx.AsyncClient) -> None:
    contact = await house.mail("thank you all", sender="bo@example.org")
    assert "Take care" not in (await officer.get(f"/triage/{contact}")).text
    incident = (await record(officer)).headers["Location"]
    page = (await officer.get(f"/triage/{contact}")).text
    assert "Take care" in page
    assert incident in page


async def test_a_flag_is_shown_to_whoever_enters_a_call_of_its_person(
    house: WebHouse, officer: httpx.AsyncClient
) -> None:
    await record(officer, email="", phone="07700 900 123")
    address = await begin(officer)
    await press(officer, address, "save", CALL)
    assert "Take care" not in (await officer.get(address)).text
    await press(officer, address, "save", CALL | {"phone": "07700900123"})
    assert "Take care" in (await officer.get(address)).text


async def test_what_was_only_typed_flags_its_own_conversation_and_nobody_else(
    house: WebHouse, officer: httpx.AsyncClient
) -> None:
    contact = await house.mail("thank you all", sender="innocent@example.org")
    other = await house.mail("thank you again", sender="innocent@example.org")
    page = await officer.get(f"/incidents/report?contact={contact}")
    assert re.search(r'id="email"[^>]*value=""', page.text)
    assert "They gave: innocent@example.org" in page.text
    await record(officer, contact, email="")
    assert "Take care" in (await officer.get(f"/contacts/{contact}")).text
    view = await house.desk.contact(other)
    assert view is not None
    assert await flags(house, "innocent@example.org") == []


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"kind": "nonsense"}, "Choose what happened"),
        ({"happened_on": "2026-11-27"}, "in the future"),
        ({"happened_on": "soon"}, "on which day"),
        ({"words": ""}, "what was said or done"),
        ({"against": ""}, "against whom"),
        ({"told": "newspapers"}, "who was told"),
        ({"advice": "shout"}, "what colleagues should do"),
        ({"email": ""}, "proved to be theirs"),
    ],
)
async def test_what_is_missing_is_asked_for_and_nothing_is_recorded(
    house: WebHouse, officer: httpx.AsyncClient, changed: dict[str, str], words: str
) -> None:
    answer = await record(officer, **changed)
    assert answer.status_code == 422
    assert words in answer.text
    assert "no flag stands" in (await officer.get("/incidents")).text


async def test_markup_in_an_incident_is_shown_as_it_is(house: WebHouse, officer: httpx.AsyncClient) -> None:
    markup = "<script>alert(1)</script>"
    incident = (await record(officer, words=markup, against=markup, name=markup)).headers["Location"]
    for address in (incident, "/incidents"):
        assert "<script>alert" not in (await officer.get(address)).text


# --- who sees it ----------------------------------------------------------------------------------------------------


async def test_nothing_of_a_flag_reaches_its_person(house: WebHouse, officer: httpx.AsyncClient) -> None:
    await record(officer)
    contact = await house.mail("I want to complain, nobody mends the pothole.", sender="bo@example.org")
    view = await house.desk.contact(contact)
    assert view is not None
    assert view.line.state == "answered"
    assert view.case
    bodies = [turn.text for turn in view.turns]
    bodies.append(await house.store.read(lambda unit: unit.outbox.last_body_to("bo@example.org")))
    for words in ("Take care", "incident", "park your car", "alone"):
        assert not [body for body in bodies if words.lower() in body.lower()]


async def test_of_a_matter_that_an_officer_may_not_see_an_incident_shows_the_advice_alone(house: WebHouse) -> None:
    contact = await house.mail("I want to complain, nobody mends the pothole.")
    roads = replace(house.policy.services["roads"], need_to_know=True)
    house.accounts.policy = replace(house.policy, services={**house.policy.services, "roads": roads})
    await house.add_officer(OFFICER, PASSWORD)
    await house.add_officer("agent", PASSWORD, (Role.AGENT,), ())
    async with browser(house.console) as maya:
        await sign_in(house, maya)
        incident = (await record(maya, contact)).headers["Location"]
        await review(maya, incident, "confirm")
    async with browser(house.console) as client:
        await sign_in_as(client, "agent")
        page = await client.get(incident)
        assert page.status_code == 200
        assert "Recorded" in page.text
        for words in (THREAT["words"], THREAT["name"], THREAT["email"], REVIEW["reason"], REVIEW["person_told"]):
            assert words not in page.text


async def test_who_reviews_and_who_audits_see_the_list_and_only_who_reviews_may_change_an_incident(
    house: WebHouse,
) -> None:
    await house.add_officer(OFFICER, PASSWORD)
    await house.add_officer("agent", PASSWORD, (Role.AGENT,), (EVERYTHING,))
    await house.add_officer("auditor", PASSWORD, (Role.AUDITOR,), ())
    async with browser(house.console) as maya:
        await sign_in(house, maya)
        incident = (await record(maya)).headers["Location"]
    for name, lists in (("agent", 403), ("auditor", 200)):
        async with browser(house.console) as client:
            await sign_in_as(client, name)
            assert (await client.get("/incidents")).status_code == lists
            assert (await client.get(incident)).status_code == 200
            token = hidden(await client.get("/contacts"), "form_token")
            fields = {**REVIEW, "form_token": token, "do": "end"}
            assert (await client.post(incident, data=fields)).status_code == 403
    assert [flag.reviewed for flag in await flags(house)] == [False]


async def test_of_a_matter_that_an_officer_may_not_see_the_advice_is_shown_and_not_the_words(house: WebHouse) -> None:
    await house.add_officer(OFFICER, PASSWORD)
    await house.add_officer("sam", PASSWORD, (Role.AGENT,), ())
    secret = next(iter(house.policy.need_to_know))
    async with browser(house.console) as maya:
        await sign_in(house, maya)
        address = await begin(maya)
        await press(maya, address, "send", CALL | {"route": "formal", "service": secret})
        (contact,) = set(re.findall(r"/contacts/(\w{24})", (await maya.get(address)).text))
        incident = (await record(maya, contact)).headers["Location"]
    async with browser(house.console) as sam:
        await sign_in_as(sam, "sam")
        page = (await sam.get(incident)).text
    assert "Do not meet or visit alone." in page
    for words in ("park your car", "Bo Long", contact, "bo@example.org"):
        assert words not in page


async def test_who_sees_few_services_finds_theirs_behind_many_of_others(
    house: WebHouse, officer: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("intake.care.MOST_LISTED", 2)
    first = (await record(officer)).headers["Location"].rpartition("/")[2]
    recorded = await house.store.read(lambda unit: unit.incidents.get(first))
    maya = await signed_in(house)
    assert recorded is not None
    for number, service in enumerate(("roads", "roads", "waste_recycling", "waste_recycling", "waste_recycling")):
        await keep(house.store, replace(recorded, id=f"incident{number}", service=service))
    aled = replace(maya, scope=Scope(frozenset({"waste_recycling"})))
    assert [one.id for one in await care(house).to_review(aled)] == ["incident2", "incident3"]


async def test_each_look_and_each_change_is_noted_without_any_words(
    house: WebHouse, officer: httpx.AsyncClient
) -> None:
    incident = (await record(officer)).headers["Location"]
    await officer.get(incident)
    await review(officer, incident, "confirm")
    deeds = await house.store.read(lambda unit: unit.officers.deeds(about=incident.rpartition("/")[2]))
    done = [deed.what for deed in deeds]
    assert {"incident recorded", "incident seen", "incident reviewed: confirm"} <= set(done)
    assert not [deed for deed in deeds if "park" in deed.note or "Bo" in deed.note]


# --- reviewing ------------------------------------------------------------------------------------------------------


async def test_a_flag_that_nobody_reviewed_ends_and_stays_in_the_list(
    house: WebHouse, officer: httpx.AsyncClient
) -> None:
    await record(officer)
    assert len(await flags(house)) == 1
    house.clock.forward(days=29)
    assert await flags(house) == []
    await sign_in(house, officer)
    assert "Lapsed: review it" in (await officer.get("/incidents")).text


async def test_a_manager_lets_it_stand_extends_it_and_ends_it_each_with_a_reason(
    house: WebHouse, officer: httpx.AsyncClient
) -> None:
    incident = (await record(officer)).headers["Location"]
    assert (await review(officer, incident, "confirm", reason="")).status_code == 422
    assert (await review(officer, incident, "confirm", person_told="")).status_code == 422
    assert (await review(officer, incident, "confirm")).status_code == 303
    assert [(flag.until, flag.reviewed) for flag in await flags(house)] == [(date(2027, 5, 26), True)]
    assert (await review(officer, incident, "confirm", until="2027-08-26", reason="It went on")).status_code == 303
    assert [flag.until for flag in await flags(house)] == [date(2027, 8, 26)]
    assert (await review(officer, incident, "end", reason="")).status_code == 422
    assert (await review(officer, incident, "end", reason="Nothing since")).status_code == 303
    assert await flags(house) == []
    page = (await officer.get(incident)).text
    for words in ("It went on", "Nothing since", "26 August 2027", "On 26 November 2028"):
        assert words in page
    assert '<h2 id="review">' not in page


@pytest.mark.parametrize(
    ("until", "words"),
    [("", "until when"), ("2026-11-26", "in the future"), ("2027-11-27", "12 months at most")],
)
async def test_a_flag_never_stands_for_longer_than_the_council_says(
    house: WebHouse, officer: httpx.AsyncClient, until: str, words: str
) -> None:
    incident = (await record(officer)).headers["Location"]
    answer = await review(officer, incident, "confirm", until=until)
    assert answer.status_code == 422
    assert words in answer.text
    assert "It was a threat, said twice" in answer.text


async def test_two_managers_at_once_the_second_is_told(house: WebHouse, officer: httpx.AsyncClient) -> None:
    incident = (await record(officer)).headers["Location"]
    stale = {**REVIEW, "form_token": hidden(await officer.get(incident), "form_token"), "do": "confirm"}
    await review(officer, incident, "dismiss", reason="It was somebody else")
    answer = await officer.post(incident, data=stale)
    assert answer.status_code == 409
    assert "before you" in answer.text
    assert await flags(house) == []


async def test_what_ended_is_forgotten_in_time_and_what_was_none_soon(
    house: WebHouse, officer: httpx.AsyncClient
) -> None:
    ended = (await record(officer)).headers["Location"]
    none = (await record(officer)).headers["Location"]
    await review(officer, ended, "end")
    await review(officer, none, "dismiss")
    assert not await care(house).forget_due()
    house.clock.forward(days=93)
    await sign_in(house, officer)
    assert await care(house).forget_due()
    assert not await care(house).forget_due()
    assert [(await officer.get(each)).status_code for each in (ended, none)] == [200, 404]
    house.clock.forward(days=800)
    await sign_in(house, officer)
    assert await care(house).forget_due()
    assert (await officer.get(ended)).status_code == 404


async def test_an_incident_that_does_not_exist_is_not_found(officer: httpx.AsyncClient) -> None:
    assert (await officer.get("/incidents/nowhere")).status_code == 404


# --- pure -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2026, 11, 26), 6, date(2027, 5, 26)),
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2026, 12, 1), 12, date(2027, 12, 1)),
        (date(2026, 12, 31), 2, date(2027, 2, 28)),
    ],
)
def test_months_end_with_their_month(day: date, months: int, later: date) -> None:
    assert months_on(day, months) == later


def test_a_number_is_the_same_however_it_is_written() -> None:
    assert ways(Person(email=" Bo@Example.org ", phone="07700 900-123")) == ("bo@example.org", "07700900123")


async def test_flags_are_found_by_any_of_address_number_and_conversation(store: SqlStore) -> None:
    now = datetime(2026, 11, 26, tzinfo=UTC)
    fields: Mapping[str, Any] = {
        "kind": "threat",
        "happened_on": now.date(),
        "against": "x",
        "words": "y",
        "told": (),
        "name": "",
        "contact": "",
        "service": "none",
        "advice": (),
        "reporter": "maya",
        "reported_at": now,
        "until": now.date() + timedelta(days=1),
    }
    blank = {"email": "", "phone": "", "conversation": ""}
    for name, value in (("email", "a@b.example"), ("phone", "0770"), ("conversation", "c1")):
        await keep(store, Incident(id=name, **{**fields, **blank, name: value}))
    await keep(store, Incident(id="closed", **{**fields, **blank, "email": "a@b.example", "state": State.ENDED}))

    async def standing(email: str, phone: str, conversation: str) -> list[str]:
        ones = await store.read(lambda unit: unit.incidents.standing(email, phone, conversation, now.date()))
        return sorted(each.id for each in ones)

    for asked, found in (
        (("a@b.example", "", ""), ["email"]),
        (("", "0770", ""), ["phone"]),
        (("", "", "c1"), ["conversation"]),
        (("z@b.example", "1", "c2"), []),
        (("a@b.example", "0770", "c1"), ["conversation", "email", "phone"]),
    ):
        assert await standing(*asked) == found
