"""Every door of the console against every role, and every address of one thing against every scope.

The tests are made from the table of roles (intake.rights) and the doors of the app, so a new room is tested as it is
added. A new route that is no door fails until it stands in OPEN.
"""

import re
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx
import pytest
from starlette.routing import Route

from channels.console import app as console
from channels.console.guard import SESSION, Door
from channels.files.file_pages import FilePages
from channels.files.pictures import Pictures
from channels.rendering import Pages
from intake.accounts import begin_session
from intake.officers import How, Officer
from intake.rights import EVERYTHING, RIGHTS, Right, Role
from tests.web_fixtures import WebHouse, browser, web_house

OPEN = {
    "/": "sends to the first page",
    "/sign-in": "asks for name and password",
    "/sign-in/code": "asks for the second factor",
    "/sign-in/passkey": "takes a passkey's answer",
    "/sign-in/passkey/question": "asks for a passkey",
    "/sign-in/single-sign-on": "sends to the provider",
    "/sign-in/single-sign-on/return": "takes who comes back",
    "/sign-in/signed-out": "says that one is signed out here",
    "/sign-in/passkeys.js": "a script of ours",
    "/sign-in/sign-in.css": "a style sheet",
    "/style.css": "a style sheet",
    "/healthz": "for whatever watches over us",
    "/readyz": "for whatever watches over us",
    "/metrics": "figures for whatever watches over us, without personal data",
    "/files/{link}": "a link that proves by itself who may open it",
    "/pictures/{link}": "a link that proves by itself who may open it",
}
"""Routes that ask for no session, and why each may."""

ASKS_BY_POST = {"/search": "changes nothing; what is sought is personal data, and must not stand in an address"}

OWN = frozenset({Right.SIGNED_IN})
"""Of one's own account: who audits may change that, and nothing else."""


@dataclass
class Site:
    """A console, somebody of every role signed in, and the ids of what each may not see."""

    house: WebHouse
    doors: tuple[Door, ...]
    clients: dict[str, httpx.AsyncClient] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)

    async def ask(self, who: str, door: Door, path: str) -> httpx.Response:
        """As this one, with the right form token."""
        client = self.clients[who]
        if door.method == "GET":
            return await client.get(path)
        return await client.request(door.method, path, headers={"X-Form-Token": self.tokens[who]})


def doors_of(house: WebHouse) -> tuple[Door, ...]:
    pages = Pages(house.policy, "Complaints console", residents=False)
    return tuple(console.rooms(house.office, pages, FilePages(house.desk, pages, Pictures())))


@pytest.fixture
def house(tmp_path: Path) -> Iterator[WebHouse]:
    with web_house(f"sqlite:///{tmp_path}/test.db") as house:
        yield house


@pytest.fixture
async def site(house: WebHouse) -> AsyncIterator[Site]:
    site, app = Site(house, doors_of(house)), house.console
    async with AsyncExitStack() as stack:
        for role in Role:
            site.clients[role] = await stack.enter_async_context(browser(app))
            site.tokens[role] = await enter(house, site.clients[role], role, role)
        yield site


async def enter(
    house: WebHouse, client: httpx.AsyncClient, name: str, *roles: Role, services: Sequence[str] = ()
) -> str:
    """Somebody of these roles and services, signed in without a password; the form token of their session."""
    officer = Officer(name, "", house.clock(), roles=roles, services=tuple(services))
    await house.accounts.add(officer, "")
    token = await house.store.transact(lambda unit: begin_session(unit, officer, How.PASSKEY, "", house.clock()))
    client.cookies.set(SESSION, token)
    who = await house.accounts.officer_of(token)
    assert who is not None
    return who.form_token


def filled(door: Door, value: str = "x") -> str:
    return re.sub(r"{\w+(:\w+)?}", value, door.path)


async def test_every_route_is_a_door_with_a_right_or_stands_in_the_list_of_open_ones(house: WebHouse) -> None:
    doors = {(door.path, door.method) for door in doors_of(house)} | {("/first", "GET"), ("/sign-out", "POST")}
    for route in house.console.routes:
        assert isinstance(route, Route), route
        methods = (route.methods or set()) - {"HEAD"}
        unlisted = {(route.path, method) for method in methods} - doors
        assert not unlisted or route.path in OPEN, f"{unlisted} is neither a door nor listed as open"


async def test_no_two_doors_answer_the_same_address(house: WebHouse) -> None:
    named = [(door.path, door.method) for door in doors_of(house)]
    assert len(set(named)) == len(named)


async def test_whoever_is_signed_out_is_sent_to_sign_in_at_every_door(house: WebHouse) -> None:
    async with browser(house.console) as stranger:
        for door in doors_of(house):
            answer = await stranger.request(door.method, filled(door))
            assert (answer.status_code, answer.headers.get("Location")) == (303, "/sign-in"), door


async def test_each_role_gets_in_at_the_doors_of_its_rights_and_at_no_other(site: Site) -> None:
    for door in site.doors:
        for role in Role:
            answer = await site.ask(role, door, filled(door))
            allowed = door.right in RIGHTS[role]
            told = answer.status_code == 403 and "Your account may not do this" in answer.text
            assert told is not allowed, f"{role} at {door.method} {door.path}: {answer.status_code}"
            assert answer.headers.get("Location") != "/sign-in", f"{role} at {door.path}"
            assert answer.status_code < 500, f"{role} at {door.path}"


async def test_an_auditor_changes_nothing_but_their_own_account(site: Site) -> None:
    changing = [door for door in site.doors if door.method != "GET" and door.right not in OWN]
    assert len(changing) > 10
    for door in changing:
        if door.path in ASKS_BY_POST:
            continue
        assert (await site.ask(Role.AUDITOR, door, filled(door))).status_code == 403, door


async def test_an_administrator_sees_no_residents_words(site: Site) -> None:
    of_residents = {Right.SEE, Right.TALK, Right.TRIAGE, Right.ENTER, Right.WORK, Right.MEND, Right.OVERSEE}
    of_residents |= {Right.SEE_TRIAGE, Right.SEE_ENTERED, Right.SEE_ASIDE, Right.SEE_INCIDENTS}
    for right in of_residents:
        assert right not in RIGHTS[Role.ADMINISTRATOR]


async def test_no_form_counts_without_the_token_of_its_session(site: Site) -> None:
    everybody = {role: site.clients[role] for role in Role}
    for door in site.doors:
        if door.method == "GET":
            continue
        role = next(role for role in Role if door.right in RIGHTS[role])
        answer = await everybody[role].request(door.method, filled(door), data={"form_token": "forged"})
        assert answer.status_code == 403, door
        assert "Your account may not do this" not in answer.text


# --- scope ----------------------------------------------------------------------------------------------------------

WORDS = (
    "I want to complain, the hole in Elm Road that nobody else must read of was never mended.\n\nWhere: 14 Elm Road\n"
)
SECRET = "nobody else must read"
ELSEWHERE = {
    "officer": "an administrator's: no resident's",
    "mail": "letters that were set aside: tests/test_set_aside.py",
    "message": "messages that a chat did not take: tests/test_set_aside.py",
    "pack": "policy packs, which hold nothing of residents: tests/test_packs_administration.py",
    "signpost": "signposts, which hold nothing of residents: tests/test_administration.py",
    "words": "canned words, which hold nothing of residents: tests/test_administration.py",
    "entry": "half-entered contacts are their own officer's: tests/test_entering.py",
    "letter": "letters to print: tests/test_entering.py",
    "incident": "incidents: tests/test_staff_safety.py",
    "call": "calls to make: tests/test_takeover.py",
    "mention": "each officer's own: tests/test_work.py",
    "task": "tests/test_work.py",
    "view": "each officer's own filters: tests/test_work.py",
    "undo": "each officer's own: tests/test_work.py",
    "example": "proposed examples hold no personal data: tests/test_corrections.py",
}
"""What an address names that this test makes none of, and where its scope is looked after."""


@dataclass
class Things:
    """What came of one contact about roads, by the names that doors give to ids."""

    contact: str
    conversation: str
    reference: str

    def id_of(self, name: str) -> str:
        """Cases are named by their reference."""
        return str(getattr(self, "reference" if name == "case" else name))


@pytest.fixture
async def things(house: WebHouse) -> Things:
    contact = await house.mail(WORDS)
    view = await house.desk.contact(contact)
    assert view is not None
    assert view.line.service == "roads"
    assert view.case
    return Things(contact, view.conversation, view.case)


def names_in(door: Door) -> list[str]:
    return re.findall(r"{(\w+)(?::\w+)?}", door.path)


def doors_to(house: WebHouse, things: Things) -> Iterator[tuple[Door, str, str]]:
    """Every door that leads to one of the things: with its address, and the address of one that isn't there."""
    for door in doors_of(house):
        names = names_in(door)
        if not names or set(names) & set(ELSEWHERE):
            continue
        there, nowhere = door.path, door.path
        for name in names:
            there = re.sub(rf"{{{name}(:\w+)?}}", things.id_of(name), there)
            nowhere = re.sub(rf"{{{name}(:\w+)?}}", "0" * 24, nowhere)
        yield door, there, nowhere


async def test_every_id_in_an_address_is_one_that_this_test_knows(house: WebHouse, things: Things) -> None:
    for door in doors_of(house):
        for name in names_in(door):
            assert name in ELSEWHERE or hasattr(things, "reference" if name == "case" else name), door.path


def need_to_know_roads(house: WebHouse) -> None:
    """From now on, roads are for whoever has them among their own services."""
    roads = replace(house.policy.services["roads"], need_to_know=True)
    house.accounts.policy = replace(house.policy, services={**house.policy.services, "roads": roads})


OUTSIDE = {
    "of another team": (Role.SERVICE_OFFICER,),
    "without the need to know": (Role.COMPLAINTS_OFFICER, Role.MANAGER, Role.ADMINISTRATOR),
}


@pytest.mark.parametrize("kind", OUTSIDE)
async def test_what_is_outside_somebodys_scope_is_for_them_not_there_at_any_address(
    house: WebHouse, things: Things, kind: str
) -> None:
    need_to_know_roads(house)
    looked_at = 0
    before = await house.store.read(lambda unit: unit.conversations.get(things.conversation))
    async with browser(house.console) as client:
        token = await enter(house, client, "outsider", *OUTSIDE[kind], services=["libraries"])
        for door, there, nowhere in doors_to(house, things):
            answers = []
            for path in (there, nowhere):
                data = {"form_token": token} if door.method != "GET" else None
                answers.append(await client.request(door.method, path, data=data))
            hidden_one, none = answers
            assert SECRET not in hidden_one.text, door
            assert hidden_one.status_code == none.status_code, f"{door.method} {door.path}"
            if door.method == "GET":
                assert hidden_one.status_code in (403, 404), door.path
            looked_at += hidden_one.status_code != 403
        lists = [door.path for door in doors_of(house) if door.method == "GET" and not names_in(door)]
        for path in lists:
            assert SECRET not in (await client.get(path)).text, path
    assert looked_at >= 3
    assert before == await house.store.read(lambda unit: unit.conversations.get(things.conversation))


async def test_whoever_has_the_service_sees_what_is_hidden_from_the_others(house: WebHouse, things: Things) -> None:
    need_to_know_roads(house)
    async with browser(house.console) as client:
        await enter(house, client, "insider", Role.SERVICE_OFFICER, services=["roads"])
        assert SECRET in (await client.get(f"/contacts/{things.contact}")).text
        assert (await client.get(f"/cases/{things.reference}")).status_code == 200


async def test_who_has_every_service_and_who_audits_see_what_only_some_may(house: WebHouse, things: Things) -> None:
    need_to_know_roads(house)
    for role, services in ((Role.COMPLAINTS_OFFICER, [EVERYTHING]), (Role.AUDITOR, [])):
        async with browser(house.console) as client:
            await enter(house, client, role, role, services=services)
            assert SECRET in (await client.get(f"/contacts/{things.contact}")).text
