"""The residents' API: conversations, whole contacts and status, each answer checked against its described shape."""

import json
import uuid
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter
from starlette.applications import Starlette

from channels import turns, web
from channels.api import app as api
from channels.api import contacts, conversations
from channels.api.bodies import MOST_MISTAKES
from channels.api.limits import Rate
from channels.api.operations import OPERATIONS
from channels.api.problems import DOCS, KINDS, MEDIA_TYPE, ProblemTold
from channels.api.shapes import Begun, ContactKept, Status, Turns
from channels.api.watching import Watch
from channels.live import OPEN_FOR, LiveDoor
from channels.networks import counted_as, networks
from config.settings import Settings
from config.wiring import allowance
from intake.contact import Channel
from intake.desk_view import Wanted
from intake.threads import draw_token
from nlu.embedded import EmbeddedInterpreter
from tests.web_fixtures import WebHouse, browser, send_form, web_house

COMPLAINT = "I want to complain. My bin at 14 Elm Road has been missed three weeks running and I rang twice."
PLACE = "/api/v1"


def app_of(house: WebHouse, allowance: api.Allowance = api.NO_LIMITS, watch: Watch | None = None) -> Starlette:
    known = (house.reception, house.store, house.policy, house.clock)
    mount = api.mount(*known, allowance, watch or Watch(house.store))
    return web.make_app(*known, (), [mount])


def at_home(house: WebHouse, interpreter: EmbeddedInterpreter) -> WebHouse:
    """The house with the real interpreter, and every reader that the API leans on."""
    house.reception.interpreter = interpreter
    house.reception.readers = {**house.reception.readers, **contacts.reading(web.read_form), **turns.READERS}
    return house


@pytest.fixture
def house(database_url: str, interpreter: EmbeddedInterpreter) -> Iterator[WebHouse]:
    """On each database."""
    with web_house(database_url) as house:
        yield at_home(house, interpreter)


@pytest.fixture
def small_house(tmp_path: Path, interpreter: EmbeddedInterpreter) -> Iterator[WebHouse]:
    """On SQLite alone, for what no database changes."""
    with web_house(f"sqlite:///{tmp_path}/rightdoor.db") as house:
        yield at_home(house, interpreter)


@pytest.fixture
async def client(house: WebHouse) -> AsyncIterator[httpx.AsyncClient]:
    async with browser(app_of(house)) as client:
        yield client


@pytest.fixture
async def small(small_house: WebHouse) -> AsyncIterator[httpx.AsyncClient]:
    async with browser(app_of(small_house)) as client:
        yield client


@dataclass
class Talk:
    """A conversation that a client holds."""

    client: httpx.AsyncClient
    id: str
    token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    async def post(self, **body: Any) -> httpx.Response:
        path = f"{PLACE}/conversations/{self.id}/turns"
        return await self.client.post(path, json={"turn_id": str(uuid.uuid4()), **body}, headers=self.headers)

    async def say(self, text: str, **more: Any) -> Turns:
        answer = await self.post(text=text, **more)
        assert answer.status_code == 200, answer.text
        return Turns.model_validate_json(answer.content)

    async def read(self, after: int = 0) -> Turns:
        path = f"{PLACE}/conversations/{self.id}/turns"
        answer = await self.client.get(path, params={"after": after}, headers=self.headers)
        assert answer.status_code == 200, answer.text
        return Turns.model_validate_json(answer.content)


async def begin(client: httpx.AsyncClient, **body: Any) -> Talk:
    answer = await client.post(f"{PLACE}/conversations", json={"channel": "webchat", **body})
    assert answer.status_code == 201, answer.text
    begun = Begun.model_validate_json(answer.content)
    return Talk(client, begun.id, begun.token)


def problem(answer: httpx.Response, status: int, kind: str) -> ProblemTold:
    """The problem that an answer tells, which must be this one."""
    assert answer.headers["content-type"] == MEDIA_TYPE
    told = ProblemTold.model_validate_json(answer.content)
    assert (answer.status_code, told.status, told.type) == (status, status, f"{DOCS}#{kind}")
    return told


# --- conversations --------------------------------------------------------------------------------------------------


async def language_of(house: WebHouse, talk: Talk) -> str:
    known = await house.store.read(lambda unit: unit.conversations.get(talk.id))
    assert known is not None
    return known.language


@pytest.mark.parametrize("tag", ["cy", "CY", "cy-GB"])
async def test_a_client_names_the_language_of_its_conversation_and_it_holds(
    small: httpx.AsyncClient, small_house: WebHouse, tag: str
) -> None:
    talk = await begin(small, text="My bin", language=tag)
    assert await language_of(small_house, talk) == "cy"
    await talk.say("Anne")
    assert await language_of(small_house, talk) == "cy"
    await talk.say("Anne", language="en")
    assert await language_of(small_house, talk) == "en"
    path = f"{PLACE}/conversations/{talk.id}/files"
    fields = {"turn_id": "file", "language": tag}
    files = {"files": ("bin.txt", b"The bin is full.", "text/plain")}
    answer = await small.post(path, data=fields, files=files, headers=talk.headers)
    assert answer.status_code == 200, answer.text
    assert await language_of(small_house, talk) == "cy"


async def test_a_language_that_is_not_offered_is_refused_with_those_that_are(small: httpx.AsyncClient) -> None:
    talk = await begin(small)
    begun = await small.post(f"{PLACE}/conversations", json={"text": "Hello", "language": "tlh"})
    for answer in (begun, await talk.post(text="Hello", language="tlh"), await talk.post(text="Hello", language="-")):
        (mistake,) = problem(answer, 422, "wrong-fields").errors or []
        assert mistake.pointer == "#/language"
        assert mistake.detail == "is not a language that we answer in: name one of en, cy"
    assert (await talk.read()).turns == []
    too_long = await talk.post(text="Hello", language="c" * 36)
    assert "35 characters" in (problem(too_long, 422, "wrong-fields").errors or [])[0].detail


async def test_a_language_without_first_words_is_no_silent_loss(small: httpx.AsyncClient) -> None:
    answer = await small.post(f"{PLACE}/conversations", json={"language": "cy"})
    (mistake,) = problem(answer, 422, "wrong-fields").errors or []
    assert "needs some words in text beside language" in mistake.detail


async def test_the_description_tells_which_languages_are_offered(small: httpx.AsyncClient) -> None:
    schemas = (await small.get(f"{PLACE}/openapi.json")).json()["components"]["schemas"]
    for shape in ("NewConversation", "NewTurn", "NewFiles"):
        assert schemas[shape]["properties"]["language"]["description"].endswith("Offered: en, cy.")
    assert "Offered: en, cy." in (await small.get(f"{PLACE}/docs")).text


async def test_a_complaint_is_told_and_opened_turn_by_turn(client: httpx.AsyncClient, house: WebHouse) -> None:
    talk = await begin(client, text=COMPLAINT + " I want an apology. My name is Anne Shaw.")
    first = await talk.read()
    assert [turn.by for turn in first.turns] == ["resident", "assistant"]
    assert (first.state.route, first.state.service, first.state.done) == ("formal", "waste_recycling", False)
    choices = first.turns[-1].choices
    assert choices
    assert [choice.value for choice in choices] == ["email", "phone", "address", "none"]
    chosen = await talk.post(turn_id="2", text="", choice="email")
    told = Turns.model_validate_json(chosen.content)
    assert told.turns[0].text == choices[0].label
    assert [turn.n for turn in told.turns] == [3, 4]
    await talk.say("anne.shaw@example.org")
    last = await talk.say("yes")
    assert last.state.done
    assert last.state.reference is not None
    assert await house.desk.case(last.state.reference) is not None
    assert (await talk.read(after=4)).turns[0].n == 5
    assert (await talk.read(after=999)).turns == []


async def test_nothing_is_kept_before_the_first_words(client: httpx.AsyncClient, house: WebHouse) -> None:
    answer = await client.post(f"{PLACE}/conversations", json={})
    begun = Begun.model_validate_json(answer.content)
    assert begun.turns == []
    read = await Talk(client, begun.id, begun.token).read()
    assert (read.holder, read.state.route, read.state.done) == ("assistant", "", False)
    assert not (await house.desk.contacts(Wanted())).lines


async def test_the_same_turn_twice_is_said_once_and_other_words_under_its_name_are_refused(
    client: httpx.AsyncClient,
) -> None:
    talk = await begin(client)
    first, again = [await talk.say("Hello", turn_id="a" * 100) for _ in range(2)]
    assert first == again
    problem(await talk.post(turn_id="a" * 100, text="Goodbye"), 422, "turn-used")
    assert (await talk.say("Hello", turn_id="a" * 99 + "b")).turns[0].n == 3


async def test_danger_shows_in_the_state(client: httpx.AsyncClient) -> None:
    talk = await begin(client, text="I can smell gas in my flat and my husband has collapsed")
    state = (await talk.read()).state
    assert state.urgent
    assert state.help
    assert "999" in state.help


async def test_an_address_with_a_nul_is_not_found(client: httpx.AsyncClient) -> None:
    talk = await begin(client, text="Hello")
    answer = await client.get(f"{PLACE}/conversations/%00/turns", headers=talk.headers)
    assert answer.status_code == 404


async def test_whatever_is_wrong_with_a_token_gets_the_same_answer(client: httpx.AsyncClient, house: WebHouse) -> None:
    talk, other = await begin(client, text="Hello"), await begin(client, text="Hello")
    old = await begin(client, text="Hello")
    headers = [
        (talk.id, {}),
        (talk.id, {"Authorization": "Bearer "}),
        (talk.id, {"Authorization": f"Basic {talk.token}"}),
        (talk.id, other.headers),
        (talk.id, {"Authorization": "Bearer " + "é" * 50}),
        (talk.id, {"Authorization": "Bearer " + "a" * 5_000}),
        ("0" * 24, talk.headers),
        ("nonsense", talk.headers),
        ("%C3%A9" * 12, talk.headers),
    ]
    answers = [
        await client.get(
            f"{PLACE}/conversations/{id_}/turns",
            headers=[(name.encode(), value.encode()) for name, value in sent.items()],
        )
        for id_, sent in headers
    ]
    house.clock.forward(days=OPEN_FOR / timedelta(days=1) + 1)
    answers.append(await client.get(f"{PLACE}/conversations/{old.id}/turns", headers=old.headers))
    answers.append(await old.post(text="Hello"))
    answers.append(await client.get(f"{PLACE}/conversations/{old.id}/events", headers=old.headers))
    problem(answers[0], 401, "not-yours")
    assert {(answer.status_code, answer.content, answer.headers["www-authenticate"]) for answer in answers} == {
        (401, answers[0].content, 'Bearer realm="conversation"')
    }


async def test_no_two_tokens_are_alike_and_none_is_kept(client: httpx.AsyncClient, house: WebHouse) -> None:
    talk, other = await begin(client, text="Hello"), await begin(client, text="Hello")
    assert talk.token != other.token
    (line, _) = (await house.desk.contacts(Wanted())).lines
    original = await house.desk.original(line.id)
    assert original is not None
    assert talk.token.encode() not in original.raw
    assert other.token.encode() not in original.raw


async def test_an_answer_that_takes_too_long_is_202_and_can_be_read_later(
    small: httpx.AsyncClient, small_house: WebHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk = await begin(small)

    async def nobody(contact: str) -> bool:
        return False

    with monkeypatch.context() as patched:
        patched.setattr(small_house.reception, "attend", nobody)
        patched.setattr("channels.live.PATIENCE", 0.1)
        answer = await talk.post(text="Hello")
    assert answer.status_code == 202
    assert Turns.model_validate_json(answer.content).turns == []
    assert await small_house.reception.attend_next()
    assert len((await talk.read()).turns) == 2


async def test_what_the_store_does_not_take_is_503_and_says_that_we_do_not_have_it(
    small: httpx.AsyncClient, small_house: WebHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk = await begin(small)

    async def full(work: object) -> str:
        raise OSError("disk full")

    monkeypatch.setattr(small_house.store, "transact", full)
    for answer in (await talk.post(text="Hello"), await small.post(f"{PLACE}/contacts", json=contact_body())):
        told = problem(answer, 503, "not-kept")
        assert "do not have it" in told.detail
        assert answer.headers["retry-after"] == "120"
        assert "disk" not in answer.text


# --- words that are hard to take -------------------------------------------------------------------------------------


@pytest.mark.parametrize("character", ["a", "é", "😀"])
async def test_100000_characters_are_taken_and_one_more_is_told_to_be_too_much(
    small: httpx.AsyncClient, character: str
) -> None:
    talk = await begin(small)
    assert (await talk.say(character * 100_000)).turns[0].text == character * 100_000
    told = problem(await talk.post(text=character * 100_001), 413, "too-large")
    assert "shorter parts" in told.detail
    if character == "😀":
        return
    escaped = json.dumps({"turn_id": "1", "text": character * 100_000}).encode()
    headers = {**talk.headers, "Content-Type": "application/json"}
    answer = await small.post(f"{PLACE}/conversations/{talk.id}/turns", content=escaped, headers=headers)
    assert answer.status_code == 200


async def test_a_body_of_many_megabytes_is_told_to_be_too_much(small: httpx.AsyncClient) -> None:
    problem(await small.post(f"{PLACE}/conversations", json={"text": "a" * 3_000_000}), 413, "too-large")


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        (b"", 400, "not-json"),
        (b"{", 400, "not-json"),
        (b"\xff\xfe", 400, "not-json"),
        (b'{"text": "\xff"}', 400, "not-json"),
        (b'{"text": "a\x00b"}', 400, "not-json"),
        (rb'{"text": "\ud800"}', 400, "not-json"),
        (b"[" * 500_000, 400, "not-json"),
        (b'{"text": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", 400, "not-json"),
        (b'{"text": ' + b'{"a":' * 100_000, 400, "not-json"),
        (b'{"text": ' + b"9" * 500_000 + b"}", 400, "not-json"),
        (b'{"text": ' + b"9" * 4_000 + b"}", 422, "wrong-fields"),
        (b'{"text": 1e999}', 422, "wrong-fields"),
        (b'{"text": NaN}', 422, "wrong-fields"),
        (b'{"text": null}', 422, "wrong-fields"),
        (b'{"text": true}', 422, "wrong-fields"),
        (b'{"text": {"a": 1}}', 422, "wrong-fields"),
        (b'{"txet": "a"}', 422, "wrong-fields"),
        (b'{"channel": "email"}', 422, "wrong-fields"),
        (rb'{"text": "a\u0000b"}', 422, "wrong-fields"),
        (rb'{"text": "a\u001bb"}', 422, "wrong-fields"),
        (b"[]", 422, "wrong-fields"),
        (b'"text"', 422, "wrong-fields"),
        (b"null", 422, "wrong-fields"),
        (b"{" + b",".join(b'"k%d": 1' % number for number in range(10_000)) + b"}", 422, "wrong-fields"),
    ],
)
async def test_every_wrong_body_has_a_clear_answer(
    small: httpx.AsyncClient, body: bytes, status: int, kind: str
) -> None:
    headers = {"Content-Type": "application/json"}
    told = problem(await small.post(f"{PLACE}/conversations", content=body, headers=headers), status, kind)
    assert len(told.errors or []) <= MOST_MISTAKES
    assert told.detail


async def test_mistakes_are_told_field_by_field_and_what_was_sent_is_not_repeated(small: httpx.AsyncClient) -> None:
    sent = {"channel": "pigeon-4711", "email": "no-address-4711", "name": 4711, "nmae": "4711"}
    answer = await small.post(f"{PLACE}/contacts", json=sent)
    told = problem(answer, 422, "wrong-fields")
    assert {mistake.pointer: mistake.detail for mistake in told.errors or []} == {
        "#/channel": "must be 'web_form', 'phone', 'letter', 'in_person', 'email', 'webchat' or 'telegram'",
        "#/email": "must be an email address, like name@example.com",
        "#/name": "must be text",
        "#/nmae": "is not a field here",
        "#/text": "is needed",
    }
    assert "4711" not in answer.text


async def test_a_turn_without_words_or_with_a_choice_that_nobody_offered_is_refused(
    small: httpx.AsyncClient,
) -> None:
    talk = await begin(small)
    problem(await talk.post(text=" \n"), 422, "wrong-fields")
    problem(await talk.post(choice="nothing"), 422, "wrong-fields")
    problem(await talk.post(text="a", turn_id="a b"), 422, "wrong-fields")
    assert (await talk.read()).turns == []


async def test_line_ends_that_people_paste_are_taken_as_line_ends(small: httpx.AsyncClient) -> None:
    talk = await begin(small)
    assert (await talk.say("a\r\nb\vc\fd\te")).turns[0].text == "a\nb\nc\nd\te"


async def test_a_form_or_plain_text_is_no_json(small: httpx.AsyncClient) -> None:
    problem(await small.post(f"{PLACE}/contacts", data={"text": "a"}), 415, "not-a-json-type")
    problem(await small.post(f"{PLACE}/contacts", content=b'{"text":"a"}'), 415, "not-a-json-type")


@pytest.mark.parametrize("after", ["-1", "x", "1.5", "9" * 400, "٣"])
async def test_an_after_that_is_no_number_is_told(small: httpx.AsyncClient, after: str) -> None:
    talk = await begin(small)
    path = f"{PLACE}/conversations/{talk.id}"
    told = problem(await small.get(f"{path}/turns", params={"after": after}, headers=talk.headers), 422, "wrong-fields")
    assert told.errors
    assert told.errors[0].parameter == "after"
    problem(await small.get(f"{path}/events", params={"after": after}, headers=talk.headers), 422, "wrong-fields")


async def test_unknown_addresses_and_methods_are_told_as_problems(small: httpx.AsyncClient) -> None:
    problem(await small.get(f"{PLACE}/nothing"), 404, "not-found")
    answer = await small.delete(f"{PLACE}/contacts")
    problem(answer, 405, "wrong-method")
    assert answer.headers["allow"] == "POST"
    problem(await small.get(f"{PLACE}/cases/status"), 405, "wrong-method")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=50),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=10,
)
FIELDS = st.sampled_from(
    ["channel", "text", "turn_id", "choice", "name", "email", "phone", "address", "subject", "reference", "code"]
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=200) | (JSON | st.dictionaries(FIELDS, JSON, max_size=6)).map(lambda b: json.dumps(b)))
async def test_no_body_whatever_brings_about_a_failure_of_ours(small: httpx.AsyncClient, body: bytes | str) -> None:
    talk = await begin(small)
    headers = {**talk.headers, "Content-Type": "application/json"}
    for path in ("/conversations", f"/conversations/{talk.id}/turns", "/contacts", "/cases/status"):
        answer = await small.post(PLACE + path, content=body, headers=headers)
        assert answer.status_code < 500
        if answer.status_code >= 400:
            ProblemTold.model_validate_json(answer.content)


# --- whole contacts -------------------------------------------------------------------------------------------------


def contact_body(**more: str) -> dict[str, str]:
    return {"channel": "web_form", "name": "Anne Shaw", "email": "Anne.Shaw@example.org", "text": COMPLAINT, **more}


async def hand_in(client: httpx.AsyncClient, key: str = "", **more: str) -> httpx.Response:
    headers = {"Idempotency-Key": key} if key else {}
    return await client.post(f"{PLACE}/contacts", json=contact_body(**more), headers=headers)


async def test_a_whole_contact_becomes_a_case_whose_status_its_code_opens(
    client: httpx.AsyncClient, house: WebHouse
) -> None:
    answer = await hand_in(client, address="14 Elm Road", subject="Bins", reference="CRM 17", phone="01632 960 444")
    assert answer.status_code == 202
    kept = ContactKept.model_validate_json(answer.content)
    assert kept.route == "formal"
    assert kept.reference
    assert kept.answer
    view = await house.desk.contact(kept.contact)
    assert view is not None
    assert view.contact is not None
    person = view.contact.person
    assert (person.name, person.email, person.address) == ("Anne Shaw", "anne.shaw@example.org", "14 Elm Road")
    assert "My reference: CRM 17" in view.contact.text
    code = kept.answer.split("yourself: ")[1][:9]
    asked = await client.post(f"{PLACE}/cases/status", json={"reference": kept.reference.lower(), "code": code})
    assert asked.status_code == 200
    status = Status.model_validate_json(asked.content)
    assert (status.reference, status.state) == (kept.reference, "open")
    assert kept.reference in status.words[0]


async def test_an_unknown_reference_and_a_wrong_code_get_the_same_answer(client: httpx.AsyncClient) -> None:
    kept = ContactKept.model_validate_json((await hand_in(client)).content)
    tries = [(kept.reference, "0000-0000"), ("BC-0000-0000", "0000-0000"), ("nonsense", "x"), ("é" * 100, "é" * 100)]
    answers = [await client.post(f"{PLACE}/cases/status", json={"reference": r, "code": c}) for r, c in tries]
    problem(answers[0], 404, "no-such-case")
    assert {answer.content for answer in answers} == {answers[0].content}


async def test_the_same_key_and_body_are_one_contact_and_another_body_is_refused(
    client: httpx.AsyncClient, house: WebHouse
) -> None:
    first, again, quoted = [await hand_in(client, key) for key in ("8e03978e", "8e03978e", '"8e03978e"')]
    assert first.content == again.content == quoted.content
    problem(await hand_in(client, "8e03978e", text="Something else"), 422, "key-used")
    assert (await hand_in(client, "another")).json()["contact"] != first.json()["contact"]
    assert (await hand_in(client)).json()["contact"] != (await hand_in(client)).json()["contact"]
    assert len((await house.desk.contacts(Wanted())).lines) == 4


@pytest.mark.parametrize("key", [" ", "a" * 256, '""'])
async def test_a_key_that_cannot_be_one_is_refused(small: httpx.AsyncClient, key: str) -> None:
    answer = await small.post(f"{PLACE}/contacts", json=contact_body(), headers={"Idempotency-Key": key})
    problem(answer, 400, "wrong-key")


@pytest.mark.parametrize("channel", ["phone", "letter", "in_person", "email", "telegram"])
async def test_a_contact_is_kept_under_its_channel_unless_that_has_a_door_of_its_own(
    small: httpx.AsyncClient, small_house: WebHouse, channel: str
) -> None:
    kept = (await hand_in(small, channel=channel)).json()
    view = await small_house.desk.contact(kept["contact"])
    assert view is not None
    assert view.contact is not None
    expected = Channel.WEB_FORM if channel in ("email", "telegram") else Channel(channel)
    assert view.contact.channel is expected


async def test_a_contact_that_nobody_has_read_yet_is_kept_and_has_no_route(
    small: httpx.AsyncClient, small_house: WebHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nobody(contact: str) -> bool:
        return False

    monkeypatch.setattr(small_house.reception, "attend", nobody)
    monkeypatch.setattr(contacts, "PATIENCE", 0.2)
    answer = await hand_in(small)
    assert answer.status_code == 202
    assert answer.json()["route"] is None
    assert len((await small_house.desk.contacts(Wanted())).lines) == 1


async def test_a_form_of_our_own_pages_is_still_read_as_one(small: httpx.AsyncClient, small_house: WebHouse) -> None:
    story = "I want to complain. My bin has been missed three weeks running and I rang twice."
    assert "BC-" in (await send_form(small, what=story, where="14 Elm Road")).text
    (line,) = (await small_house.desk.contacts(Wanted())).lines
    view = await small_house.desk.contact(line.id)
    assert view is not None
    assert view.contact is not None
    assert "Where: 14 Elm Road" in view.contact.text
    assert not view.contact.trouble


# --- limits and other origins ---------------------------------------------------------------------------------------


async def test_turns_are_limited_for_each_conversation_and_its_owner_is_told_when_to_come_again(
    small_house: WebHouse,
) -> None:
    async with browser(app_of(small_house, replace(api.NO_LIMITS, turns_each=3))) as client:
        talk, other = await begin(client), await begin(client)
        stranger = replace(talk, token=draw_token())
        for _ in range(5):
            problem(await stranger.post(text="Hello"), 401, "not-yours")
        for number in range(3):
            await talk.say(f"Hello {number}")
        answer = await talk.post(text="Hello")
        problem(answer, 429, "too-often")
        assert 1 <= int(answer.headers["retry-after"]) <= 20
        await other.say("Hello")
        assert len((await talk.read()).turns) == 6


async def test_requests_are_limited_for_each_address_but_not_for_the_councils_own(small_house: WebHouse) -> None:
    for trusted, expected in ((), 429), (networks("127.0.0.0/8"), 200):
        allowance = replace(api.NO_LIMITS, requests_each=3, trusted=trusted)
        async with browser(app_of(small_house, allowance)) as client:
            answers = [await client.get(f"{PLACE}/openapi.json") for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, expected]
    assert (await client_less(small_house)) == 200


async def client_less(house: WebHouse) -> int:
    """What somebody gets who comes by a UNIX socket."""
    transport = httpx.ASGITransport(app_of(house, replace(api.NO_LIMITS, requests_each=1)), client=("", 0))
    async with httpx.AsyncClient(transport=transport, base_url="http://council.test") as client:
        return [await client.get(f"{PLACE}/openapi.json") for _ in range(3)][-1].status_code


async def test_wrong_codes_of_one_case_are_limited_whoever_tries(small_house: WebHouse) -> None:
    async with browser(app_of(small_house, replace(api.NO_LIMITS, tries_each=2))) as client:
        kept = ContactKept.model_validate_json((await hand_in(client)).content)
        body = {"reference": kept.reference, "code": "0000-0000"}
        answers = [await client.post(f"{PLACE}/cases/status", json=body) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [404, 404, 429]


def test_a_rate_gives_a_burst_and_then_a_steady_flow() -> None:
    now = 0.0
    rate = Rate(60, lambda: now)
    assert [rate.wait("a") for _ in range(60)] == [0.0] * 60
    assert 0 < rate.wait("a") <= 1.0
    assert rate.wait("b") == 0.0
    assert rate.wait("") == 0.0
    now = 1.0
    assert rate.wait("a") == 0.0
    assert rate.wait("a") > 0


def test_an_ipv6_address_is_counted_by_its_network_and_strange_ones_together() -> None:
    trusted = networks("127.0.0.0/8,::1")
    assert counted_as("2001:db8:1:2:3::4", trusted) == counted_as("2001:db8:1:2:ffff::9", trusted)
    assert counted_as("::ffff:192.0.2.1", trusted) == counted_as("192.0.2.1", trusted) == "192.0.2.1"
    assert counted_as("127.0.0.5", trusted) == counted_as("::1", trusted) == counted_as("", trusted) == ""
    assert counted_as("<script>", trusted) == counted_as("unknown", trusted) != ""


def test_the_settings_switch_limits_off_and_name_the_origins(tmp_path: Path) -> None:
    origins = "https://www.example.gov.uk http://localhost:8100"
    given = allowance(Settings(data=tmp_path, limits=False, widget_origins=origins))
    assert (given.requests_each, given.turns_each, given.tries_each) == (None, None, None)
    assert given.origins == origins.split()
    assert allowance(Settings(data=tmp_path)).requests_each == 120


@pytest.mark.parametrize(
    "origin", ["*", "null", "https://a.example/", "http://a.example", "HTTPS://a.example", "a.example"]
)
def test_what_is_no_origin_is_told_at_the_start(tmp_path: Path, origin: str) -> None:
    with pytest.raises(ValueError, match="origin as browsers write it"):
        Settings(data=tmp_path, widget_origins=origin)


async def test_pages_of_other_origins_may_ask_only_where_they_are_allowed(small_house: WebHouse) -> None:
    ours, theirs = "https://www.bettershire.gov.uk", "https://evil.example"
    asks = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    async with browser(app_of(small_house, replace(api.NO_LIMITS, origins=(ours,)))) as client:
        may = await client.options(f"{PLACE}/conversations", headers={"Origin": ours, **asks})
        may_not = await client.options(f"{PLACE}/conversations", headers={"Origin": theirs, **asks})
        asked = await client.post(f"{PLACE}/conversations", json={}, headers={"Origin": ours})
        refused = await client.get(f"{PLACE}/nothing", headers={"Origin": theirs})
    assert may.status_code == 204
    assert "Authorization" in may.headers["access-control-allow-headers"]
    for answer in (may, asked):
        assert answer.headers["access-control-allow-origin"] == ours
    for answer in (may_not, refused):
        assert "access-control-allow-origin" not in answer.headers
    assert all(answer.headers["vary"] == "Origin" for answer in (may, may_not, asked, refused))
    assert all("access-control-allow-credentials" not in answer.headers for answer in (may, asked))
    async with browser(app_of(small_house)) as client:
        answer = await client.options(f"{PLACE}/conversations", headers={"Origin": ours, **asks})
        problem(answer, 405, "wrong-method")
        assert not [name for name in answer.headers if name.startswith("access-control")]


# --- how it is described ---------------------------------------------------------------------------------------------


async def test_the_description_names_every_address_shape_and_problem(small: httpx.AsyncClient) -> None:
    document = (await small.get(f"{PLACE}/openapi.json")).json()
    assert document["openapi"] == "3.1.0"
    told = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    assert told == {(operation.method, operation.path) for operation in OPERATIONS}
    schemas = document["components"]["schemas"]
    words = json.dumps(document)
    for ref in set(TypeAdapter(list[str]).validate_python(refs_in(document))):
        assert ref.removeprefix("#/components/schemas/") in schemas
    assert "$defs" not in words
    assert schemas["NewContact"]["additionalProperties"] is False
    assert schemas["NewTurn"]["required"] == ["turn_id"]
    assert set(schemas["TurnTold"]["properties"]) == {"n", "at", "by", "text", "choices", "files"}
    reads = document["paths"]["/conversations/{id}/turns"]["get"]
    assert set(reads["responses"]) == {"200", "401", "422", "429", "500"}
    assert reads["security"] == [{"token": []}]


def refs_in(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        return own + [ref for inner in node.values() for ref in refs_in(inner)]
    return [ref for inner in node for ref in refs_in(inner)] if isinstance(node, list) else []


async def test_the_examples_of_the_description_are_right(small: httpx.AsyncClient) -> None:
    for operation in OPERATIONS:
        if operation.takes:
            operation.takes.model_validate_json(json.dumps(operation.example))


async def test_the_docs_are_a_page_without_script_where_every_problems_type_leads(small: httpx.AsyncClient) -> None:
    page = await small.get(f"{PLACE}/docs")
    assert page.status_code == 200
    assert "<script" not in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    for anchor in (*(kind.name for kind in KINDS), *(operation.key for operation in OPERATIONS), "TurnTold"):
        assert f'id="{anchor}"' in page.text
    for target in set(page.text.split('href="#')[1:]):
        assert f'id="{target.partition(chr(34))[0]}"' in page.text


async def test_a_failure_that_nobody_foresaw_is_told_without_its_inside(
    small: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    talk = await begin(small)

    async def breaks(door: LiveDoor, conversation: str) -> None:
        raise RuntimeError("secret words")

    monkeypatch.setattr(LiveDoor, "view", breaks)
    answer = await small.get(f"{PLACE}/conversations/{talk.id}/turns", headers=talk.headers)
    problem(answer, 500, "our-fault")
    assert "secret words" not in answer.text + caplog.text


async def test_asking_for_the_head_of_a_stream_opens_none(small: httpx.AsyncClient) -> None:
    talk = await begin(small)
    answer = await small.head(f"{PLACE}/conversations/{talk.id}/events", headers=talk.headers)
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert conversations.OPEN_SECONDS > 60
