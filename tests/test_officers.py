"""The administration of officers, who did what, and the command line's officers."""

import asyncio
import os
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from config.active_pack import files_of
from config.main import app
from intake.accounts import TRIES
from intake.errors import SendersMove
from intake.officers import Absence, Officer
from intake.packs import KeptPack, digest_of
from intake.ports import UnitOfWork
from intake.rights import EVERYTHING, Role
from intake.staff import LONGEST_ABSENCE, DeedsWanted, Place, Staff
from tests.web_fixtures import OFFICER, PASSWORD, SAMPLE_PACK, WebHouse, browser, hidden, sign_in, web_house

LIST = "/administration/officers"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[WebHouse]:
    with web_house(f"sqlite:///{tmp_path}/test.db") as house:
        yield house


@pytest.fixture
async def administrator(house: WebHouse) -> AsyncIterator[httpx.AsyncClient]:
    async with browser(house.console) as client:
        await sign_in(house, client)
        yield client


@asynccontextmanager
async def signed_in(house: WebHouse, name: str, password: str = PASSWORD) -> AsyncIterator[httpx.AsyncClient]:
    async with browser(house.console) as client:
        token = hidden(await client.get("/sign-in"), "form_token")
        await client.post("/sign-in", data={"form_token": token, "name": name, "password": password})
        yield client


async def post(client: httpx.AsyncClient, path: str, **fields: object) -> httpx.Response:
    token = hidden(await client.get("/account"), "form_token")
    return await client.post(path, data={"form_token": token, **fields})


async def one(house: WebHouse, name: str) -> Officer:
    found = await Staff(house.accounts).one(name)
    assert found is not None
    return found[0]


async def deeds(house: WebHouse, **wanted: object) -> list[tuple[str, str, str]]:
    found, _ = await Staff(house.accounts).deeds(DeedsWanted(**wanted), 1)  # type: ignore[arg-type]
    return [(deed.officer, deed.what, deed.about) for deed in found]


async def test_an_officer_is_added_with_a_first_password_that_is_shown_once(
    house: WebHouse, administrator: httpx.AsyncClient
) -> None:
    fields = {"name": "Noor  ALI", "roles": ["service_officer", "emperor"], "services": ["roads"], "teams": ["duty"]}
    page = await post(administrator, LIST, **fields)
    (first,) = re.findall(r"<code>([^<]+)</code>", page.text)
    noor = await one(house, "noor ali")
    assert (noor.roles, noor.services, noor.teams) == ((Role.SERVICE_OFFICER,), ("roads",), ("duty",))
    assert noor.called == "Noor ALI"
    for path in (LIST, f"{LIST}/noor%20ali"):
        assert first not in (await administrator.get(path)).text
    async with signed_in(house, "Noor Ali", first) as client:
        assert (await client.get("/contacts")).headers["Location"] == "/account/password"
    assert (OFFICER, "officer added", "noor ali") in await deeds(house, about="noor ali")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": "noor"}, '#roles">An officer must have a role'),
        ({"name": "", "roles": ["agent"]}, "must have a name"),
        ({"name": "no/or", "roles": ["agent"]}, "without /"),
        ({"name": OFFICER, "roles": ["agent"]}, "already"),
        (
            {"name": "noor", "roles": ["agent"], "services": ["nonsense"]},
            '#services">There is no service called nonsense',
        ),
        ({"name": "noor", "roles": ["agent"], "teams": ["nonsense"]}, '#teams">There is no team called nonsense'),
        ({"name": "noor", "roles": ["agent"], "email": "nowhere"}, '#email">An email address is like'),
    ],
)
async def test_what_is_wrong_with_a_new_officer_is_said_and_nothing_typed_is_lost(
    house: WebHouse, administrator: httpx.AsyncClient, fields: dict[str, object], words: str
) -> None:
    page = await post(administrator, LIST, **fields, shown="Kept Words")
    assert (page.status_code, words in page.text, 'value="Kept Words"' in page.text) == (422, True, True)
    assert len(await Staff(house.accounts).all()) == 1


async def test_a_name_that_is_markup_is_shown_as_it_is(house: WebHouse, administrator: httpx.AsyncClient) -> None:
    await post(administrator, LIST, name="<b>noor<", roles=["agent"], shown="<script>alert(1)<")
    page = (await administrator.get(LIST)).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;" in page
    assert (await administrator.get(f"{LIST}/%3Cb%3Enoor%3C")).status_code == 200


async def test_roles_services_and_teams_are_changed(house: WebHouse, administrator: httpx.AsyncClient) -> None:
    await house.add_officer("sam", PASSWORD, (Role.AGENT,), ())
    fields = {"shown": "Sam", "email": "sam@council.example", "roles": ["manager"], "services": ["*", "roads"]}
    assert (await post(administrator, f"{LIST}/sam/place", **fields)).status_code == 303
    sam = await one(house, "sam")
    assert (sam.roles, sam.services, sam.email) == ((Role.MANAGER,), (EVERYTHING,), "sam@council.example")
    assert 'value="*" checked' in (await administrator.get(f"{LIST}/sam")).text


async def test_nobody_takes_away_their_own_administration_nor_the_last_there_is(
    house: WebHouse, administrator: httpx.AsyncClient
) -> None:
    assert (await post(administrator, f"{LIST}/{OFFICER}/place", roles=["agent"])).status_code == 422
    assert (await post(administrator, f"{LIST}/{OFFICER}/disable")).status_code == 422
    staff = Staff(house.accounts)
    with pytest.raises(SendersMove, match="Somebody must be able"):
        await staff.change("somebody", OFFICER, Place(roles=(Role.AGENT,)))
    with pytest.raises(SendersMove, match="Somebody must be able"):
        await staff.disable("somebody", OFFICER)
    assert Role.ADMINISTRATOR in (await one(house, OFFICER)).roles
    await house.add_officer("sam", PASSWORD, (Role.ADMINISTRATOR,), ())
    await staff.disable("sam", OFFICER)
    with pytest.raises(SendersMove, match="Somebody must be able"):
        await staff.disable("sam", "sam")


async def test_a_name_that_was_locked_is_unlocked(house: WebHouse, administrator: httpx.AsyncClient) -> None:
    await house.add_officer("sam", PASSWORD)
    for _ in range(TRIES):
        assert await house.accounts.sign_in("sam", "wrong") is None
    assert "Locked" in (await administrator.get(f"{LIST}/sam")).text
    await post(administrator, f"{LIST}/sam/unlock")
    assert await house.accounts.sign_in("sam", PASSWORD)


async def test_a_new_first_password_takes_the_place_of_the_old_one(
    house: WebHouse, administrator: httpx.AsyncClient
) -> None:
    await house.add_officer("sam", PASSWORD)
    async with signed_in(house, "sam") as sam:
        page = await post(administrator, f"{LIST}/sam/first-password")
        (first,) = re.findall(r"<code>([^<]+)</code>", page.text)
        assert (await sam.get("/contacts")).headers["Location"] == "/sign-in"
    assert await house.accounts.sign_in("sam", PASSWORD) is None
    assert await house.accounts.sign_in("sam", first)


async def test_a_reset_forgets_the_second_factor_and_no_page_shows_its_secret(
    house: WebHouse, administrator: httpx.AsyncClient
) -> None:
    await house.add_officer("sam", PASSWORD)
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    sam = replace(await one(house, "sam"), totp=secret)
    await house.store.transact(lambda unit: unit.officers.keep(sam))
    page = (await administrator.get(f"{LIST}/sam")).text
    assert "authenticator app" in page
    assert secret not in page
    assert sam.password_hash not in page
    await post(administrator, f"{LIST}/sam/second-factor")
    assert (await one(house, "sam")).totp == ""
    admitted = await house.accounts.sign_in("sam", PASSWORD)
    assert admitted is not None
    assert not admitted.half_way


@pytest.mark.parametrize(
    "deed", ["place", "disable", "enable", "unlock", "second-factor", "first-password", "absences"]
)
async def test_a_deed_to_somebody_who_is_not_there_is_refused(administrator: httpx.AsyncClient, deed: str) -> None:
    days = {"first": "2026-12-01", "last": "2026-12-02", "roles": "agent"}
    assert (await post(administrator, f"{LIST}/nobody/{deed}", **days)).status_code == 404
    assert (await administrator.get(f"{LIST}/nobody")).status_code == 404


# --- absences -------------------------------------------------------------------------------------------------------


async def test_who_is_away_is_shown_with_the_last_day_and_who_sees_to_their_work(
    house: WebHouse, administrator: httpx.AsyncClient
) -> None:
    await house.add_officer("sam", PASSWORD)
    await Staff(house.accounts).rename(OFFICER, "Maya Osei")
    days = {"first": "2026-11-25", "last": "2026-12-03", "cover": OFFICER}
    assert (await post(administrator, f"{LIST}/sam/absences", **days)).status_code == 303
    page = (await administrator.get(LIST)).text
    assert "Away until 3 December 2026" in page
    assert "Maya Osei sees to their work" in page
    async with signed_in(house, "sam") as sam:
        assert "25 November 2026 to 3 December 2026" in (await sam.get("/account")).text
    absence = hidden(await administrator.get(f"{LIST}/sam"), "absence")
    await post(administrator, f"{LIST}/sam/absences/end", absence=absence)
    assert "Away until" not in (await administrator.get(LIST)).text


async def test_an_absence_counts_from_its_first_day_to_its_last_in_the_councils_time(house: WebHouse) -> None:
    await house.add_officer("sam", PASSWORD)
    staff = Staff(house.accounts)
    await staff.add_absence("maya", Absence("", "sam", date(2026, 11, 27), date(2026, 11, 28)))
    seen = []
    for _ in range(4):
        seen.append("sam" in await staff.away())
        house.clock.forward(days=1)
    assert seen == [False, True, True, False]


@pytest.mark.parametrize(
    ("first", "last", "cover"),
    [
        (date(2026, 12, 2), date(2026, 12, 1), ""),
        (date(2026, 11, 1), date(2026, 11, 25), ""),
        (date(2026, 12, 1), date(2026, 12, 2) + LONGEST_ABSENCE, ""),
        (date(2026, 12, 1), date(2026, 12, 2), "sam"),
        (date(2026, 12, 1), date(2026, 12, 2), "nobody"),
    ],
)
async def test_an_absence_that_cannot_be_is_refused(house: WebHouse, first: date, last: date, cover: str) -> None:
    await house.add_officer("sam", PASSWORD)
    with pytest.raises(SendersMove):
        await Staff(house.accounts).add_absence("maya", Absence("", "sam", first, last, cover))
    assert not await Staff(house.accounts).away()


async def test_a_day_that_is_none_is_asked_for_again(house: WebHouse, administrator: httpx.AsyncClient) -> None:
    await house.add_officer("sam", PASSWORD)
    page = await post(administrator, f"{LIST}/sam/absences", first="soon", last="<b>", cover="")
    assert (page.status_code, "Enter the first and the last day" in page.text) == (422, True)


# --- who did what ---------------------------------------------------------------------------------------------------


async def test_deeds_stand_newest_first_and_are_filtered_by_officer_what_about_and_day(
    house: WebHouse, administrator: httpx.AsyncClient
) -> None:
    await house.add_officer("sam", PASSWORD)
    house.clock.forward(days=1)
    await sign_in(house, administrator)
    await post(administrator, f"{LIST}/sam/disable")
    house.clock.forward(hours=1)
    await post(administrator, f"{LIST}/sam/enable")
    page = (await administrator.get("/administration/deeds")).text
    assert page.index("officer enabled") < page.index("officer disabled") < page.index("officer added")
    assert await deeds(house, about="sam", what="officer disabled") == [(OFFICER, "officer disabled", "sam")]
    assert {who for who, _, _ in await deeds(house, officer=" MAYA ")} == {OFFICER}
    first_day = {what for _, what, _ in await deeds(house, day=date(2026, 11, 26))}
    assert ("officer added" in first_day, "officer disabled" in first_day) == (True, False)
    assert (await administrator.get("/administration/deeds?day=yesterday")).status_code == 422
    assert (await administrator.get("/administration/deeds?day=9999-12-31&page=99999")).status_code == 200


async def test_deeds_are_shown_50_to_a_page(house: WebHouse, administrator: httpx.AsyncClient) -> None:
    staff = Staff(house.accounts)
    for number in range(51):
        await staff.rename(OFFICER, f"Maya {number}")
    first = (await administrator.get("/administration/deeds?what=changed+their+name")).text
    second = (await administrator.get("/administration/deeds?what=changed+their+name&page=2")).text
    assert (first.count("<tr>") - 1, second.count("<tr>") - 1) == (50, 1)
    assert "what=changed+their+name&amp;page=2" in first


# --- the command line -----------------------------------------------------------------------------------------------


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setenv("RIGHTDOOR_DATA", str(tmp_path))
    monkeypatch.setenv("RIGHTDOOR_DATABASE_URL", f"sqlite:///{tmp_path}/test.db")
    return CliRunner()


def test_the_command_line_adds_lists_and_disables_officers(command: CliRunner) -> None:
    added = command.invoke(
        app, ["officer", "add", "Noor Ali", "--role", "administrator", "--service", "all", "--team", "duty"]
    )
    assert added.exit_code == 0, added.output
    (first,) = re.findall(r"told only this once: (\S+)", added.output)
    assert len(first) >= 12
    more = ["officer", "add", "sam", "--role", "agent", "--role", "manager", "--service", "roads"]
    assert command.invoke(app, more).exit_code == 0
    assert command.invoke(app, ["officer", "disable", "SAM"]).exit_code == 0
    lines = command.invoke(app, ["officer", "list"]).output.splitlines()
    assert lines[1:] == [
        "noor ali\tNoor Ali\tadministrator\tall\tduty\tenabled",
        "sam\tsam\tagent,manager\troads\t\tdisabled",
    ]
    assert first not in "".join(lines)


def test_a_first_password_is_read_from_standard_input_and_not_printed(command: CliRunner) -> None:
    asked = ["officer", "add", "noor", "--role", "agent", "--password-stdin"]
    added = command.invoke(app, asked, input="three words connected\n")
    assert added.exit_code == 0
    assert "three words" not in added.output
    short = command.invoke(app, ["officer", "add", "sam", "--role", "agent", "--password-stdin"], input="short\n")
    assert (short.exit_code, "at least 12 characters" in " ".join(short.output.split())) == (2, True)


@pytest.mark.parametrize(
    "asked",
    [
        ["add", "noor"],
        ["add", "noor", "--role", "emperor"],
        ["add", "noor", "--role", "agent", "--service", "nonsense"],
        ["add", "noor", "--role", "agent", "--team", "nonsense"],
        ["disable", "nobody"],
    ],
)
def test_what_is_typed_wrongly_at_the_command_line_ends_with_status_2(command: CliRunner, asked: list[str]) -> None:
    assert command.invoke(app, ["officer", *asked]).exit_code == 2


def test_the_command_line_knows_the_services_of_the_pack_in_use_and_says_which_there_are(command: CliRunner) -> None:
    noor = ["officer", "add", "noor", "--role", "service_officer", "--service"]
    refused = " ".join(command.invoke(app, [*noor, "ferries"]).output.replace("│", " ").split())
    assert "There is no service called ferries in the policy pack. There are adult_social_care, " in refused
    asyncio.run(ferries_activated(os.environ["RIGHTDOOR_DATABASE_URL"]))
    assert command.invoke(app, [*noor, "ferries"]).exit_code == 0


async def ferries_activated(url: str) -> None:
    """Another pack is in use, with a service more."""
    files = dict(files_of(SAMPLE_PACK))
    (libraries,) = re.findall(r"(?ms)^  libraries:\n.*?(?=^  \w)", files["services.yaml"])
    files["services.yaml"] += libraries.replace("  libraries:\n", "  ferries:\n", 1)
    with web_house(url) as house:
        kept = KeptPack(digest_of(files), house.clock(), OFFICER, files)

        def use(unit: UnitOfWork) -> None:
            unit.packs.keep(kept)
            assert unit.packs.activate(1, house.clock(), OFFICER, kept.digest)

        await house.store.transact(use)
