"""`rightdoor replay`: what another pack would have decided. It tells no word of anybody, and writes nothing."""

import asyncio
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlmodel import select
from typer.testing import CliRunner

from case_store.engine import make_engine
from case_store.tables.contacts import ContactRow
from case_store.tables.officers import DeedRow
from case_store.tables.sending import OutboxRow
from case_store.unit_of_work import SqlUnitOfWork
from config.main import app
from intake.errors import WrongPack, WrongSetting
from intake.replay import Replay, Replayed, Totals, summed_up, told
from tests.web_fixtures import WebHouse, web_house

PACK = Path("config/councils/bettershire")
COMPLAINT = "I want to complain, nobody mends the pothole.\n\nWhere: 14 Elm Road\n"


@pytest.fixture
def house(database_url: str) -> Iterator[WebHouse]:
    with web_house(database_url) as house:
        yield house


@pytest.fixture
def unsure(house: WebHouse) -> Replay:
    """Against a pack that is never sure enough of a complaint."""
    other = replace(house.policy, sure_enough={**house.policy.sure_enough, "formal": 0.999})
    return Replay(house.store, house.interpreter, house.policy, other)


async def run(replay: Replay, first: date | None = None, last: date | None = None, most: int = 0) -> list[Replayed]:
    return [replayed async for replayed in replay.run(first, last, most)]


async def test_a_contact_that_another_pack_decides_otherwise_is_told_with_what_changes(
    house: WebHouse, unsure: Replay
) -> None:
    await house.mail("thank you all", "one@example.org")
    contact = await house.mail(COMPLAINT, "two@example.org")
    same, changed = await run(unsure)
    assert same.changes == {}
    assert changed.contact == contact
    assert changed.changes == {"needs_person": ("no", "yes")}
    assert told(changed) == f"{contact}  2026-11-26  needs_person: no -> yes"


async def test_the_same_pack_changes_nothing(house: WebHouse) -> None:
    for text in (COMPLAINT, "thank you all"):
        await house.mail(text)
    replay = Replay(house.store, house.interpreter, house.policy, house.policy)
    assert [replayed.changes for replayed in await run(replay)] == [{}, {}]


async def test_only_contacts_of_the_days_asked_for_are_decided_in_the_councils_own_time(
    house: WebHouse, unsure: Replay
) -> None:
    ids = []
    for day in (26, 27, 28):
        house.clock.now = datetime(2026, 11, day, 23, 30, tzinfo=UTC)
        ids.append(await house.mail(COMPLAINT, f"on{day}@example.org"))
    assert [one.contact for one in await run(unsure, date(2026, 11, 27), date(2026, 11, 27))] == [ids[1]]
    assert [one.contact for one in await run(unsure, first=date(2026, 11, 27))] == ids[1:]
    assert [one.contact for one in await run(unsure, last=date(2026, 11, 27))] == ids[:2]
    assert [one.contact for one in await run(unsure, most=2)] == ids[1:]
    assert [one.contact for one in await run(unsure, most=9)] == ids


async def test_what_was_never_read_is_left_out(house: WebHouse, unsure: Replay) -> None:
    await house.set_aside()
    assert await run(unsure) == []


async def test_totals_count_contacts_changes_and_their_kinds(house: WebHouse, unsure: Replay) -> None:
    totals = Totals()
    assert list(summed_up(totals)) == ["0 contacts, 0 would be decided otherwise"]
    for number in range(3):
        await house.mail(COMPLAINT, f"p{number}@example.org")
    await house.mail("thank you all")
    for replayed in await run(unsure):
        totals.count(replayed)
    lines = list(summed_up(totals))
    assert lines[0] == "4 contacts, 3 would be decided otherwise (75.0%)"
    assert lines[1] == "  needs_person: 3"
    assert "3  needs_person: no -> yes" in lines[2]


async def test_a_replay_writes_nothing(house: WebHouse, unsure: Replay) -> None:
    await house.mail(COMPLAINT)

    def all_there_is(unit: SqlUnitOfWork) -> list[object]:
        return [
            row.model_dump() for table in (ContactRow, OutboxRow, DeedRow) for row in unit.session.exec(select(table))
        ]

    before = await house.store.read(all_there_is)
    await run(unsure)
    assert await house.store.read(all_there_is) == before


# --- the command ----------------------------------------------------------------------------------------------------


@pytest.fixture
def other_pack(tmp_path: Path) -> Path:
    """The sample pack, but never sure enough of a request."""
    other = tmp_path / "other"
    shutil.copytree(PACK, other)
    council = other / "council.yaml"
    text = council.read_text(encoding="utf-8")
    assert "  service_request: 0.7 " in text
    council.write_text(text.replace("  service_request: 0.7 ", "  service_request: 0.999 "), encoding="utf-8")
    return other


def set_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path}/rightdoor.db"
    for name, value in (("DATA", str(tmp_path)), ("DATABASE_URL", url), ("COUNCIL", str(PACK.absolute()))):
        monkeypatch.setenv(f"RIGHTDOOR_{name}", value)
    return url


async def fill(url: str) -> str:
    with web_house(url) as house:
        return await house.mail("pothole outside 12 Mill Lane, please fill it")


def test_the_command_tells_numbers_and_totals_and_no_word_of_anybody(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, other_pack: Path
) -> None:
    contact = asyncio.run(fill(set_up(monkeypatch, tmp_path)))
    result = CliRunner().invoke(
        app, ["replay", "--pack", str(other_pack), "--from", "2026-11-01", "--to", "2026-11-30"]
    )
    assert result.exit_code == 0, result.output
    assert "1 contacts, 1 would be decided otherwise (100.0%)" in result.output
    assert f"{contact}  2026-11-26  " in result.output
    for word in ("Mill", "pothole", "bo@example.org"):
        assert word not in result.output


def test_a_wrong_pack_is_not_replayed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, other_pack: Path) -> None:
    set_up(monkeypatch, tmp_path)
    (other_pack / "council.yaml").write_text("council: [", encoding="utf-8")
    result = CliRunner().invoke(app, ["replay", "--pack", str(other_pack)])
    assert isinstance(result.exception, WrongPack)
    assert "council.yaml:" in str(result.exception)


def test_where_there_is_no_database_none_is_made(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, other_pack: Path
) -> None:
    set_up(monkeypatch, tmp_path)
    result = CliRunner().invoke(app, ["replay", "--pack", str(other_pack)])
    assert isinstance(result.exception, WrongSetting)
    assert not (tmp_path / "rightdoor.db").exists()
    make_engine(f"sqlite:///{tmp_path}/rightdoor.db").connect().close()
    result = CliRunner().invoke(app, ["replay", "--pack", str(other_pack)])
    assert "start `rightdoor serve` once" in str(result.exception)
