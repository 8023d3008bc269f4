"""Bad turns at the live doors: markup, floods, strangers, expired tokens, and clocks that jump."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from lxml import html
from starlette.applications import Starlette

from channels.api import app as api
from channels.api.limits import Rate
from channels.api.watching import Watch
from channels.chat_talk import NO_PACE, Pace
from channels.live import OPEN_FOR
from channels.web import make_app
from intake.contact import Outcome
from nlu.embedded import EmbeddedInterpreter
from tests.chat_fixtures import MISSED_BIN, ChatHouse, chat_house
from tests.web_fixtures import browser, hidden

MARKUP = "<script>alert(1)</script><img src=x onerror=alert(2)>{{ 7*7 }}((code))"
BURST = 300


@pytest.fixture
def house(tmp_path: Path, interpreter: EmbeddedInterpreter) -> Iterator[ChatHouse]:
    with chat_house(f"sqlite:///{tmp_path}/rightdoor.db", interpreter) as house:
        yield house


@pytest.fixture
async def client(house: ChatHouse) -> AsyncIterator[httpx.AsyncClient]:
    async with browser(house.app(pace=NO_PACE)) as client:
        yield client


@pytest.fixture
async def programs(house: ChatHouse) -> AsyncIterator[httpx.AsyncClient]:
    async with browser(api_of(house, api.NO_LIMITS)) as client:
        yield client


def api_of(house: ChatHouse, allowance: api.Allowance) -> Starlette:
    known = (house.reception, house.store, house.policy, house.clock)
    return make_app(*known, (), [api.mount(*known, allowance, Watch(house.store))])


async def fields(client: httpx.AsyncClient, **more: str) -> dict[str, str]:
    page = await client.get("/chat")
    return {name: hidden(page, name) for name in ("form_token", "turn", "seen")} | more


async def begun(client: httpx.AsyncClient) -> tuple[str, dict[str, str]]:
    """A new conversation's address, and the headers that open it."""
    told = (await client.post("/api/v1/conversations", json={"channel": "webchat"})).json()
    return f"/api/v1/conversations/{told['id']}", {"Authorization": f"Bearer {told['token']}"}


# --- markup and control characters -----------------------------------------------------------------------------------


@pytest.mark.parametrize("field", ["text", "choice", "turn", "seen", "form_token"])
@pytest.mark.parametrize("value", [MARKUP, "\0\x01\x1b[2J\x7f", "\u202ex", "\r\nSet-Cookie: a=b", "%00"])
async def test_no_field_of_the_chat_makes_it_fail_or_run_anything(
    client: httpx.AsyncClient, field: str, value: str
) -> None:
    sent = await fields(client, text="Hello") | {field: value}
    answer = await client.post("/chat", data=sent)
    assert answer.status_code in (303, 403, 422), answer.text
    assert "a=b" not in str(answer.headers)
    page = html.fromstring((await client.get("/chat")).text)
    assert not page.xpath("//script[not(@src)] | //img[@onerror]")


async def test_markup_that_is_said_stands_as_words_on_the_page_and_in_the_api(
    client: httpx.AsyncClient, programs: httpx.AsyncClient
) -> None:
    await client.post("/chat", data=await fields(client, text=MARKUP))
    page = html.fromstring((await client.get("/chat")).text)
    assert page.xpath("//li[contains(@class, 'resident')]/p[@class='words']")[0].text == MARKUP
    place, headers = await begun(programs)
    turn = {"turn_id": "t", "text": MARKUP}
    told = (await programs.post(f"{place}/turns", json=turn, headers=headers)).json()
    assert told["turns"][0]["text"] == MARKUP
    assert all("49" not in turn["text"] for turn in told["turns"])


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"turn_id": "a b", "text": "x"}, "#/turn_id"),
        ({"turn_id": "\u202e", "text": "x"}, "#/turn_id"),
        ({"turn_id": "t", "text": "\x00"}, "#/text"),
        ({"turn_id": "t", "text": "\x1b[2J"}, "#/text"),
        ({"turn_id": "t", "choice": "\x07"}, "#/choice"),
        ({"turn_id": "t", "text": "x", "<b>": "y"}, "#/<b>"),
    ],
)
async def test_control_characters_and_strange_fields_are_told_by_the_api(
    programs: httpx.AsyncClient, body: dict[str, str], pointer: str
) -> None:
    place, headers = await begun(programs)
    answer = await programs.post(f"{place}/turns", content=json.dumps(body), headers=headers | _JSON)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer


_JSON = {"Content-Type": "application/json"}


# --- too much --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("length", "status"), [(100_000, 303), (100_001, 422)])
async def test_100000_characters_are_taken_by_the_form_and_one_more_is_told(
    client: httpx.AsyncClient, length: int, status: int
) -> None:
    words = "é" * length
    answer = await client.post("/chat", data=await fields(client, text=words), files=[("files", ("", b""))])
    assert answer.status_code == status
    if status == 422:
        assert html.fromstring(answer.text).xpath("//textarea")[0].text.strip() == words


async def outcome_of(house: ChatHouse, contact: str) -> Outcome | None:
    return await house.store.read(lambda unit: unit.inbox.outcome(contact)[0])


async def test_a_burst_from_one_conversation_is_slowed_and_what_was_kept_is_answered(house: ChatHouse) -> None:
    async with browser(house.app(pace=Pace(Rate(5, lambda: 0.0), Rate(None)))) as client:
        sent = await fields(client)
        place = "/chat/turns?of=" + html.fromstring((await client.get("/chat")).text).xpath("//form/@data-of")[0]
        turns = [{**sent, "turn": f"t{number}", "text": f"Hello {number}"} for number in range(BURST)]
        codes = [(await client.post(place, json=turn)).status_code for turn in turns]
        conversation = place.rpartition("=")[2]
    assert codes == [200] * 5 + [429] * (BURST - 5)
    said = [turn for turn in await house.turns(conversation) if turn.by == "resident"]
    assert [turn.text for turn in said] == [f"Hello {number}" for number in range(5)]
    for turn in said:
        assert await outcome_of(house, turn.contact) in (Outcome.ANSWERED, Outcome.RECORDED, Outcome.WITH_A_PERSON)


async def test_a_burst_from_one_address_over_many_conversations_is_slowed(house: ChatHouse) -> None:
    async with browser(api_of(house, api.Allowance(30, None, None))) as client:
        codes = [(await client.post("/api/v1/conversations", json={"channel": "webchat"})) for _ in range(BURST)]
    taken = [answer.status_code == 201 for answer in codes]
    assert all(taken[:30])
    assert sum(taken) < BURST / 3
    assert all(int(answer.headers["retry-after"]) > 0 for answer in codes if answer.status_code == 429)
    assert {answer.status_code for answer in codes} == {201, 429}


async def test_many_turns_at_once_in_one_conversation_are_each_said_once(programs: httpx.AsyncClient) -> None:
    place, headers = await begun(programs)
    sent = [{"turn_id": f"t{number % 10}", "text": f"Hello {number % 10}"} for number in range(30)]
    await asyncio.gather(*(programs.post(f"{place}/turns", json=turn, headers=headers) for turn in sent))
    told = (await programs.get(f"{place}/turns", headers=headers)).json()["turns"]
    said = [turn["text"] for turn in told if turn["by"] == "resident"]
    assert sorted(said) == [f"Hello {number}" for number in range(10)]


# --- strangers, and tokens that are too old --------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["turns", "files", "events"])
async def test_a_foreign_conversation_is_not_there_for_who_has_another_token(
    programs: httpx.AsyncClient, method: str
) -> None:
    place, headers = await begun(programs)
    await programs.post(f"{place}/turns", json={"turn_id": "t", "text": MISSED_BIN}, headers=headers)
    _, stranger = await begun(programs)
    verb = {"turns": "GET", "events": "GET", "files": "POST"}[method]
    answers = [
        await programs.request(verb, f"{place}/{method}", headers=stranger),
        await programs.request(verb, f"/api/v1/conversations/{'0' * 32}/{method}", headers=stranger),
        await programs.request(verb, f"/api/v1/conversations/..%2f..%2fetc/{method}", headers=stranger),
    ]
    assert {answer.status_code for answer in answers[:2]} == {401}
    assert answers[0].content == answers[1].content
    assert answers[2].status_code in (401, 404)


async def test_a_cookie_and_a_form_token_of_somebody_else_open_nothing(house: ChatHouse) -> None:
    async with browser(house.app(pace=NO_PACE)) as anne, browser(house.app(pace=NO_PACE)) as stranger:
        await anne.post("/chat", data=await fields(anne, text=MISSED_BIN))
        of = html.fromstring((await anne.get("/chat")).text).xpath("//form/@data-of")[0]
        await fields(stranger)
        assert (await stranger.get(f"/chat/turns?of={of}&after=0")).status_code == 403
        assert (await stranger.get(f"/chat/events?of={of}")).status_code == 403
        forged = await fields(stranger, text="I am Anne") | {"form_token": (await fields(anne))["form_token"]}
        assert (await stranger.post("/chat", data=forged)).status_code == 403
        assert "I am Anne" not in (await anne.get("/chat")).text


async def test_a_token_expires_with_its_conversation_on_every_address(
    house: ChatHouse, programs: httpx.AsyncClient
) -> None:
    place, headers = await begun(programs)
    await programs.post(f"{place}/turns", json={"turn_id": "t", "text": MISSED_BIN}, headers=headers)
    house.clock.forward(seconds=OPEN_FOR.total_seconds() + 1)
    assert (await programs.get(f"{place}/turns", headers=headers)).status_code == 401
    assert (await programs.get(f"{place}/events", headers=headers)).status_code == 401
    files = [("files", ("a.txt", b"words"))]
    answer = await programs.post(f"{place}/files", data={"turn_id": "u"}, files=files, headers=headers)
    assert answer.status_code == 401


# --- clocks that jump ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("jump", [timedelta(hours=-3), timedelta(days=-400), timedelta(hours=1), timedelta(days=20)])
async def test_a_clock_that_jumps_loses_no_turn_and_keeps_their_order(
    house: ChatHouse, programs: httpx.AsyncClient, jump: timedelta
) -> None:
    place, headers = await begun(programs)
    texts = [MISSED_BIN, "An apology, please", "Anne Shaw"]
    for number, text in enumerate(texts):
        answer = await programs.post(f"{place}/turns", json={"turn_id": f"t{number}", "text": text}, headers=headers)
        assert answer.status_code == 200, answer.text
        house.clock.forward(seconds=jump.total_seconds())
    told = (await programs.get(f"{place}/turns", headers=headers)).json()["turns"]
    assert [turn["text"] for turn in told if turn["by"] == "resident"] == texts
    assert [turn["n"] for turn in told] == sorted(turn["n"] for turn in told)
    assert len([turn for turn in told if turn["by"] == "assistant"]) >= 3
