"""An auditor reads all and changes nothing: they come to every page that shows, and no page offers what is refused."""

import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from html import unescape

import httpx
import pytest

from channels.console.guard import Door
from config.active_pack import files_of
from intake.contact import Channel
from intake.officers import Absence, Deed, SignedIn
from intake.paper import PaperState
from intake.policy import CannedWords
from intake.rights import EVERY_SERVICE, RIGHTS, Right, Role
from intake.staff import Staff
from intake.upkeep_desk import NEW
from tests.test_long_lists import one_of_each
from tests.test_rights import doors_of, enter, need_to_know_roads
from tests.test_set_aside import message_aside
from tests.triage_fixtures import make_doubtful, officer
from tests.web_fixtures import SAMPLE_PACK, WebHouse, browser, hidden, web_house

CHANGING = {"/incidents/report", "/enter/{entry}", "/enter/script.js"}
"""What is for writing alone: an auditor has no use for it."""

UNENDING = "/live/{conversation}/events"
"""Goes on until its reader leaves: tests/test_live_pages.py."""

TURNS = f"/live/{'t' * 24}/turns"
"""What only a script asks for, of the conversation of tests/test_set_aside.py."""

OWN = ("/account", "/kept-form", "/sign-out")
HARMLESS = (*OWN, "/search")
"""Where an auditor's forms may lead: to their own account, and to a search."""


@pytest.fixture
def house(database_url: str) -> Iterator[WebHouse]:
    with web_house(database_url) as house:
        make_doubtful(house)
        yield house


@pytest.fixture
async def ines(house: WebHouse) -> AsyncIterator[httpx.AsyncClient]:
    async with browser(house.console) as client:
        await enter(house, client, "ines", Role.AUDITOR)
        yield client


@dataclass
class Walk:
    """Every page that links lead to, from one to the next."""

    client: httpx.AsyncClient
    pages: dict[str, str] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)

    async def go(self, *starts: str) -> None:
        waiting = list(starts)
        while waiting and len(self.pages) < 500:
            path = waiting.pop()
            if path in self.pages or path.startswith(OWN) or path.endswith("/events"):
                continue
            answer = await self.client.get(path)
            self.pages[path] = answer.text if "html" in answer.headers.get("content-type", "") else ""
            self.refused += [path] if answer.status_code not in (200, 303) else []
            links = re.findall(r'(?:href|src)="(/[^"#]*)', self.pages[path])
            waiting += [link for found in links if not (link := unescape(found)).startswith("/files/")]

    def forms(self) -> set[tuple[str, str]]:
        """Where forms lead that change something, with a page of each."""
        found = r'<form[^>]*method="post"[^>]*action="([^"]+)"'
        posts = [(action, path) for path, page in self.pages.items() for action in re.findall(found, page)]
        return {(action, path) for action, path in posts if not action.startswith(HARMLESS)}

    def came_to(self, door: Door) -> bool:
        pattern = re.compile(re.sub(r"{\w+(:\w+)?}", "[^/]+", door.path))
        return any(pattern.fullmatch(path.partition("?")[0]) for path in self.pages)


async def all_there_is(house: WebHouse) -> SignedIn:
    """One of everything that a page of the console shows."""
    await one_of_each(house)
    await message_aside(house)
    maya, today = await officer(house), house.clock().date()
    words = CannedWords("Sorry", "response", "We are sorry.")
    await house.office.upkeep.write(NEW, words, "", maya)
    absence = Absence("", "tom", today, today + timedelta(days=3))
    await Staff(house.accounts).add_absence(maya.name, absence)
    await house.entering.begin(Channel.LETTER, maya)
    return maya


def shows(house: WebHouse) -> list[Door]:
    return [door for door in doors_of(house) if door.method == "GET" and door.right is not Right.SIGNED_IN]


async def test_an_auditor_may_open_every_page_that_shows(house: WebHouse) -> None:
    assert {door.path for door in shows(house) if door.right not in RIGHTS[Role.AUDITOR]} == CHANGING


async def test_an_auditor_comes_to_every_page_and_finds_nothing_there_that_would_be_refused(
    house: WebHouse, ines: httpx.AsyncClient
) -> None:
    await all_there_is(house)
    walk, pack = Walk(ines), (await house.packs.in_use()).pack.digest
    lists = [door.path for door in shows(house) if "{" not in door.path and door.path not in CHANGING]
    await walk.go(*lists, "/work?whose=maya", f"/administration/packs/{pack}/replay", TURNS)
    assert walk.refused == []
    assert walk.forms() == set()
    unseen = {door.path for door in shows(house) if not walk.came_to(door)}
    assert unseen - CHANGING == {UNENDING}


async def test_others_find_the_forms_that_an_auditor_does_not(house: WebHouse) -> None:
    await all_there_is(house)
    async with browser(house.console) as client:
        await enter(house, client, "ola", Role.MANAGER, Role.ADMINISTRATOR)
        walk = Walk(client)
        await walk.go("/work?whose=maya", *(door.path for door in shows(house) if "{" not in door.path))
    assert walk.refused == []
    beginnings = {action.split("/")[1] for action, _ in walk.forms()}
    assert beginnings >= {"work", "cases", "live", "triage", "set-aside", "enter", "letters", "incidents"}
    assert "administration" in beginnings


async def test_an_auditor_sees_that_an_entry_lies_there_and_none_of_its_words(
    house: WebHouse, ines: httpx.AsyncClient
) -> None:
    maya = await officer(house)
    entry = await house.entering.begin(Channel.PHONE, maya)
    page = await ines.get("/enter")
    assert "Colleagues have begun" in page.text
    assert entry not in page.text
    assert (await ines.get(f"/enter/{entry}")).status_code == 403


async def test_an_auditor_sees_what_only_some_may_and_nobody_else_does(
    house: WebHouse, ines: httpx.AsyncClient
) -> None:
    await all_there_is(house)
    need_to_know_roads(house)
    rooms = {"/letters": "paper0001", "/incidents": "incident0001"}
    async with browser(house.console) as client:
        await enter(house, client, "mo", Role.MANAGER)
        for room, there in rooms.items():
            assert there in (await ines.get(room)).text
            assert there not in (await client.get(room)).text


async def test_pages_name_officers_and_keys_as_colleagues_call_them(house: WebHouse, ines: httpx.AsyncClient) -> None:
    maya = await all_there_is(house)
    await Staff(house.accounts).rename(maya.name, "Maya Lind")
    (mail,) = await house.store.read(lambda unit: unit.aside.mail("", EVERY_SERVICE, 0, 9))
    await house.aside.leave_mail(mail.id, "rung", maya)
    await house.entering.mark("paper0001", PaperState.POSTED, "", maya)
    await house.store.transact(
        lambda unit: unit.officers.note(
            Deed(house.clock(), maya.name, "corrected", "1", "formal to question, none to adult_social_care")
        )
    )
    assert "Maya Lind nothing to do" in (await ines.get(f"/set-aside/mail/{mail.id}")).text
    for page in ("/letters", "/letters/paper0001"):
        assert "Posted by Maya Lind" in (await ines.get(page)).text
    case = (await house.desk.cases()).lines[0].reference
    await house.work.note(case, maya, "Their dog is called Rover.")
    known = await house.work.file(case, maya)
    assert known is not None
    await house.work.allocate(case, maya, known.case.version, maya.name)
    await house.office.upkeep.checked_today(next(iter(house.policy.signposts)), maya)
    changed = {name: raw + "\n" for name, raw in files_of(SAMPLE_PACK).items()}
    pack, _ = await house.packs.take_in(changed, maya)
    assert await house.packs.activate(pack, 0, maya)
    for page in (
        "/incidents",
        "/incidents/incident0001",
        "/administration/packs",
        f"/administration/packs/{pack}",
        "/administration/canned",
        "/administration/signposts",
        "/administration/deeds",
    ):
        shown = (await ines.get(page)).text
        assert "Maya Lind" in shown, page
        assert not re.search(r"\b(by|to|for) maya\b|<td>maya</td>", shown), page
    assert "allocated: to Maya Lind" in (await ines.get(f"/cases/{case}")).text
    found = await ines.get("/search")
    found = await ines.post("/search", data={"form_token": hidden(found, "form_token"), "sought": "Rover"})
    assert "Maya Lind" in (await ines.get(found.headers["Location"])).text
    names = [house.policy.services["adult_social_care"].name, house.policy.phrases["route_formal"]]
    deeds = (await ines.get("/administration/deeds")).text
    assert "adult_social_care" not in deeds
    for name in names:
        assert name.lower() in deeds.lower()


async def test_what_something_was_done_to_opens_for_who_sees_every_service_and_for_nobody_else(
    house: WebHouse, ines: httpx.AsyncClient
) -> None:
    await all_there_is(house)
    need_to_know_roads(house)
    opens = r'<a href="(/(?:cases|contacts|live)/[^"]+)">Open'
    leads = re.findall(opens, (await ines.get("/administration/deeds")).text)
    assert {lead.split("/")[1] for lead in leads} >= {"cases", "contacts"}
    assert [(await ines.get(lead)).status_code for lead in leads] == [200] * len(leads)
    async with browser(house.console) as client:
        await enter(house, client, "mo", Role.MANAGER)
        assert not re.findall(opens, (await client.get("/administration/deeds")).text)
