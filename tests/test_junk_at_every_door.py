"""Junk at every door of the console: bodies, fields, addresses and queries that no page of ours sends.

The requests are made from the doors of the app and from the names in its templates, so a new room is tested as it is
added. Whatever comes, nothing may fail inside, and nobody may be signed out by it.
"""

import re
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from channels.console import live_script
from channels.console.cases import _DEEDS
from channels.console.guard import SESSION, Door
from intake.accounts import begin_session
from intake.care import Care
from intake.centre_view import CallBack
from intake.contact import Channel
from intake.incidents import Incident
from intake.officers import How, Officer
from intake.rights import EVERYTHING, Role
from intake.takeover import End
from tests.test_rights import doors_of, names_in
from tests.web_fixtures import WebHouse, browser, web_house

JUNK: Mapping[str, str] = {
    "nothing": "",
    "a NUL": "a\0b",
    "half a pair": "\ufffd\uffff\U0010ffff",
    "a day that is none": "0000-13-99",
    "the first day": "0001-01-01",
    "the last day": "9999-12-31",
    "the first moment": "0001-01-01T00:00:00+14:00",
    "the last moment": "9999-12-31T23:59:59-14:00",
    "less than nothing": "-1",
    "more than an integer": "9" * 18,
    "more digits than are read": "9" * 5_000,
    "digits of elsewhere": "٣²",
    "markup": "<script>alert(1)</script>\"'{{ 7 * 7 }}",
    "a long word": "x" * 5_000,
    "lines and signs": "a\r\nSet-Cookie: x=y\r\n\u202e%00%s",
    "a team": "team:nowhere",
    "a query with a NUL": "whose=%00&service=%00",
}

ELSEWHERE = ("a NUL", "a query with a NUL", "more than an integer", "the first day", "the last day", "the first moment")
"""Junk that one database may bear and the other may not; all other junk is tried on SQLite alone, as it is quicker."""

BODIES: Mapping[str, tuple[str, bytes]] = {
    "nothing": ("", b""),
    "nothing that is JSON": ("application/json", b""),
    "a list": ("application/json", b"[1, 2]"),
    "numbers for words": ("application/json", b'{"text": 5, "fence": [], "turn": null}'),
    "a huge fence": ("application/json", b'{"text": "x", "turn": "x", "fence": "' + b"9" * 5_000 + b'"}'),
    "half a pair in JSON": ("application/json", b'{"text": "\\ud800", "turn": "\\u0000", "fence": "1"}'),
    "deep JSON": ("application/json", b"[" * 50_000),
    "no JSON": ("application/json", b"\xff\xfe{"),
    "a form of bad UTF-8": ("application/x-www-form-urlencoded", b"text=%ff%00%ed%a0%80&\xff=\xff&deed=note"),
    "a form without an end": ("multipart/form-data; boundary=b", b'--b\r\nContent-Disposition: form-data; name="text"'),
    "a form without a boundary": ("multipart/form-data", b"--b--"),
    "ticks with a NUL": (
        "application/x-www-form-urlencoded",
        b"deed=mine&case=a%00b:1&told=%00&advice=%00&services=%00&teams=%00&signals=%00&roles=agent",
    ),
    "a form of many fields": ("application/x-www-form-urlencoded", b"a=1&" * 3_000),
    "files for words": (
        "multipart/form-data; boundary=b",
        b"".join(
            b'--b\r\nContent-Disposition: form-data; name="%b"; filename="\x00<x>.html"\r\n'
            b"Content-Type: text/html\r\n\r\nx\r\n" % name
            for name in (b"text", b"name", b"case", b"files", b"archive", b"roles", b"signals", b"deed", b"password")
        )
        + b"--b--\r\n",
    ),
    "plain text": ("text/plain", b"text=x"),
}

ADDRESSES = ("x", "%FF", "%E2%82%AC", "0" * 24, "%0d%0aSet-Cookie:%20x=y", "y" * 3_000, "team:waste")

CHOICES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "/cases/{reference}": {"deed": (*_DEEDS, "fill")},
    "/work/many": {"deed": ("mine", "allocate", "wait", "task", "close")},
    "/live/me": {"there": ("available", "busy", "away")},
    "/live/calls/{call}": {"how": ("no_answer", "done")},
    "/live/{conversation}/close": {"end": tuple(End)},
    "/enter": {"channel": ("phone", "letter")},
    "/enter/{entry}": {"do": ("save", "remove-" + "9" * 4, "send")},
    "/incidents/{incident}": {"do": ("confirm", "end")},
    "/letters/{letter}": {"do": ("posted", "left")},
    "/triage/examples/{example}": {"verdict": ("approve", "refuse")},
    "/triage/{contact}": {"agree": ("1", "")},
}
"""What decides which way a form takes: each way is tried, with junk in all its other fields."""

_PAGES = Path(__file__).parent.parent / "channels/pages"
_NAMES = re.compile(r'name="(\w+)"')
_ASKED = re.compile(r'query(?:_params)?\.get\("(\w+)"')


@dataclass
class Site:
    """A console with something behind each of its addresses, and an officer who may do everything."""

    house: WebHouse
    client: httpx.AsyncClient
    token: str
    things: Mapping[str, str]

    @property
    def junk(self) -> Mapping[str, str]:
        """What is tried on this database."""
        elsewhere = self.house.store._engine.dialect.name != "sqlite"
        return {sort: JUNK[sort] for sort in ELSEWHERE} if elsewhere else JUNK

    def address(self, door: Door) -> str:
        """The door's address, with things that are there."""
        return re.sub(r"{(\w+)(?::\w+)?}", lambda name: self.things.get(name[1], "x"), door.path)


@pytest.fixture
def house(database_url: str) -> Iterator[WebHouse]:
    with web_house(database_url) as house:
        yield house


@pytest.fixture
async def site(house: WebHouse, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Site]:
    monkeypatch.setattr(live_script, "LONGEST_STREAM", 0.0)
    async with browser(house.console) as client:
        officer = Officer("junk", "", house.clock(), roles=tuple(Role), services=(EVERYTHING,))
        await house.accounts.add(officer, "")
        await house.accounts.add(Officer("other", "", house.clock(), roles=(Role.AGENT,)), "")
        token = await house.store.transact(lambda unit: begin_session(unit, officer, How.PASSKEY, "", house.clock()))
        client.cookies.set(SESSION, token)
        who = await house.accounts.officer_of(token)
        assert who is not None
        yield Site(house, client, who.form_token, await things_of(house))


async def things_of(house: WebHouse) -> Mapping[str, str]:
    """Something for every name in an address; what is missing is one that isn't there."""
    contact = await house.mail("I want to complain, nobody mends the pothole.\n\nWhere: 14 Elm Road\n")
    view = await house.desk.contact(contact)
    assert view is not None
    who = await house.accounts.officer_of(
        await house.store.transact(
            lambda unit: begin_session(unit, unit.officers.all()[0], How.PASSKEY, "", house.clock())
        )
    )
    assert who is not None
    now = house.clock()
    await house.centre.take(view.conversation, who)
    call = CallBack("c" * 24, view.conversation, "01632 960 444", "", now, now)
    await house.store.transact(lambda unit: unit.centre.keep_call(call))
    incident = Incident(
        id="",
        kind="threat",
        happened_on=now.date(),
        against="me",
        words="I know you",
        told=("manager",),
        name="Bo",
        email="bo@example.org",
        phone="",
        conversation="",
        contact=contact,
        service="roads",
        advice=("not_alone",),
        reporter="",
        reported_at=now,
        until=now.date(),
    )
    return {
        "contact": contact,
        "conversation": view.conversation,
        "case": view.case,
        "reference": view.case,
        "call": call.id,
        "incident": await Care(house.store, house.policy, house.clock).report(incident, who),
        "entry": await house.entering.begin(Channel.PHONE, who),
        "officer": "other",
        "mail": await house.set_mail_aside(),
        "pack": "0" * 64,
        "signpost": next(iter(house.policy.signposts)),
        "words": next(iter(house.policy.canned.words), "x"),
    }


def fields_of() -> list[str]:
    """Every name of a field in the console's templates, and those that only its code names."""
    pages = [page for page in _PAGES.glob("*.html") if not page.name.startswith(("form_", "chat"))]
    names = {name for page in pages for name in _NAMES.findall(page.read_text())}
    return sorted({*names, "page", "seen", "seen_letter", "fence", "turn"} - {"form_token", "viewport"})


def queries_of() -> list[str]:
    """Every name that the console reads from an address."""
    return sorted({name for page in Path("channels/console").glob("*.py") for name in _ASKED.findall(page.read_text())})


def forms_for(site: Site, door: Door) -> Iterator[tuple[str, dict[str, str]]]:
    """What the door's form may be filled with: each sort of junk in every field; on its other ways less."""
    names = fields_of()
    ways = [{name: way} for name, values in CHOICES.get(door.path, {}).items() for way in values] or [{}]
    for number, way in enumerate(ways):
        for sort, junk in site.junk.items() if number == 0 else ((sort, JUNK[sort]) for sort in ELSEWHERE):
            yield f"{sort} {way}", {**dict.fromkeys(names, junk), **way}


async def seen_at(site: Site, door: Door) -> dict[str, str]:
    """What the page behind a door would say that it showed, so that nothing is refused for being old."""
    conversation, contact = site.things["conversation"], site.things["contact"]
    if door.path.startswith("/live/{conversation}"):
        known = await site.house.store.read(lambda unit: unit.conversations.get(conversation))
        return {"fence": str(known.hold.fence)} if known else {}
    if door.path == "/triage/{contact}":
        return {"seen": str(len(await site.house.store.read(lambda unit: unit.corrections.of_contact(contact))))}
    if door.path in ("/cases/{reference}", "/work/many"):
        case = await site.house.store.read(lambda unit: unit.cases.get(site.things["case"]))
        assert case is not None
        return {"seen": str(case.version), "case": f"{case.reference}:{case.version}"}
    return {}


def trouble(answer: httpx.Response, asked: str) -> list[str]:
    """It may be refused in any way, but by no failure, and not by ending the session."""
    if answer.status_code >= 500:
        return [f"{answer.status_code} for {asked}"]
    ended = answer.headers.get("Location") == "/sign-in" or "x" in answer.cookies
    return [f"signed out by {asked}"] if ended else []


async def test_no_body_makes_a_door_fail(site: Site) -> None:
    found = []
    for door in doors_of(site.house):
        for sort, (kind, body) in BODIES.items() if door.method != "GET" else ():
            headers = {"X-Form-Token": site.token} | ({"Content-Type": kind} if kind else {})
            answer = await site.client.request(door.method, site.address(door), content=body, headers=headers)
            found += trouble(answer, f"{sort} at {door.method} {door.path}")
    assert not found


async def test_no_words_in_any_field_make_a_door_fail(site: Site) -> None:
    found = []
    for door in doors_of(site.house):
        for sort, fields in forms_for(site, door) if door.method != "GET" else ():
            seen = await seen_at(site, door)
            answer = await site.client.post(site.address(door), data={**fields, **seen, "form_token": site.token})
            found += trouble(answer, f"{sort} at {door.path}")
    assert not found


async def test_no_address_makes_a_door_fail(site: Site) -> None:
    found = []
    for door in doors_of(site.house):
        for value in (*ADDRESSES, "%00", "..%2F..") if names_in(door) else ():
            path = re.sub(r"{\w+(:\w+)?}", value, door.path)
            answer = await site.client.request(door.method, path, headers={"X-Form-Token": site.token})
            found += trouble(answer, f"{door.method} {path[:80]}")
    assert not found


async def test_no_query_makes_a_page_fail(site: Site) -> None:
    found = []
    for door in doors_of(site.house):
        for sort, junk in site.junk.items() if door.method == "GET" else ():
            query = "&".join(f"{name}={quote(junk[:2_000])}" for name in queries_of())
            answer = await site.client.get(f"{site.address(door)}?{query}")
            found += trouble(answer, f"{sort} in the query of {door.path}")
    assert not found


async def test_no_address_fails_for_who_is_signed_out(house: WebHouse) -> None:
    async with browser(house.console) as stranger:
        for door in doors_of(house):
            for value in ADDRESSES if names_in(door) else ():
                path = re.sub(r"{\w+(:\w+)?}", value, door.path)
                answer = await stranger.request(door.method, f"{path}?x=%E2%82%AC")
                assert (answer.status_code, answer.headers.get("Location")) == (303, "/sign-in"), path[:80]
