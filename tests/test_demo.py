"""The demonstration: it fills an empty installation, leaves nothing lying, and touches nobody's."""

import os
import re
import signal
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from case_store.store import SqlStore
from config.demo.clock import LONDON
from config.demo.planning import FIRE, FIRE_DAYS, Planned, plan
from config.settings import clock
from config.wiring import open_database
from intake.case import CaseState
from intake.case_view import Asking, CasesWanted
from intake.contact import Channel, Outcome
from intake.desk_view import Wanted
from intake.policy import Policy
from intake.ports import UnitOfWork
from intake.rights import EVERY_SERVICE

END = datetime(2026, 11, 24, 14, 20, tzinfo=UTC)
FEW = 60
PATIENCE = 570
OURS = ("bettershire.gov.uk", "suppliers.example.com", "parcels.example.net")
RESERVED = re.compile(r"[^@\s]+@([a-z0-9-]+\.)*example\.(org|com|net)")
FICTION = re.compile(r"01632 960 [2-9]\d\d")


@dataclass
class Filled:
    """An installation and what the command said."""

    environment: dict[str, str]
    said: str

    async def read(self, work: object) -> object:
        store = SqlStore(open_database(self.environment["RIGHTDOOR_DATABASE_URL"]))
        try:
            return await store.transact(work)  # type: ignore[arg-type]
        finally:
            store.close()


def run(environment: dict[str, str], contacts: int = FEW) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "config.main", "demo", "--contacts", str(contacts)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False)


def settings(folder: Path, database: str) -> dict[str, str]:
    own = {key: value for key, value in os.environ.items() if not key.startswith("RIGHTDOOR_")}
    return {**own, "RIGHTDOOR_DATA": str(folder), "RIGHTDOOR_DATABASE_URL": database, "RIGHTDOOR_NOW": END.isoformat()}


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Filled:
    folder = tmp_path_factory.mktemp("demonstration")
    environment = settings(folder, f"sqlite:///{folder}/rightdoor.db")
    done = run(environment)
    assert done.returncode == 0, done.stderr
    return Filled(environment, done.stdout)


@pytest.fixture(scope="module")
def planned(policy: Policy) -> list[Planned]:
    return list(plan(1_500, END, policy.calendar, 7))


# --- what is written, before anything is kept -------------------------------------------------------------------------


def test_the_same_people_write_the_same_each_time(policy: Policy, planned: list[Planned]) -> None:
    assert list(plan(1_500, END, policy.calendar, 7)) == planned
    assert list(plan(1_500, END, policy.calendar, 8)) != planned


def test_nobody_in_it_can_be_reached(planned: list[Planned]) -> None:
    people = [one.matter.someone for one in planned]
    assert all(RESERVED.fullmatch(one.email) for one in people)
    assert all(FICTION.fullmatch(one.phone) for one in people if one.phone)


def test_every_channel_and_hardly_any_two_texts_are_alike(planned: list[Planned]) -> None:
    assert {one.channel for one in planned} == set(Channel)
    texts = Counter(one.matter.text for one in planned if one.turn == "plain")
    assert len(texts) > 0.95 * sum(texts.values())


def test_no_text_has_a_gap_in_it(planned: list[Planned]) -> None:
    words = [f"{one.matter.subject} {one.matter.text} {one.matter.short}" for one in planned]
    assert not [text for text in words if "{" in text or "}" in text or "None" in text]


def test_five_times_as_many_write_on_each_day_of_the_fire(planned: list[Planned]) -> None:
    days = Counter(one.at.astimezone(LONDON).date() for one in planned if one.at < END - timedelta(days=2))
    day = (END - FIRE).astimezone(LONDON).date()
    monday = day - timedelta(days=day.weekday())
    fire = [days.pop(monday + timedelta(days=number)) for number in range(FIRE_DAYS)]
    usual = sum(days.values()) / 180
    assert all(many > 4 * usual for many in fire)


def test_mondays_are_busier_than_sundays(planned: list[Planned]) -> None:
    weekdays = Counter(one.at.astimezone(LONDON).weekday() for one in planned if one.matter.key != "depot_fire")
    assert weekdays[0] > 2 * weekdays[6]


# --- an installation that was filled ----------------------------------------------------------------------------------


async def test_every_contact_has_ended_in_a_known_state(filled: Filled) -> None:
    lines = await filled.read(lambda unit: unit.desk.contacts(Wanted(), EVERY_SERVICE, 0, 1_000))
    assert isinstance(lines, list)
    assert len(lines) >= FEW
    assert {line.state for line in lines} <= {outcome.value for outcome in Outcome}
    assert {line.channel for line in lines} >= {Channel.EMAIL, Channel.WEBCHAT, Channel.WEB_FORM, Channel.TELEGRAM}


async def test_nothing_waits_to_be_handled_or_sent(filled: Filled) -> None:
    later = END + timedelta(minutes=1)

    def waiting(unit: UnitOfWork) -> tuple[object, object]:
        return unit.inbox.claim(later, later + timedelta(seconds=1)), unit.outbox.claim(later, later)

    assert await filled.read(waiting) == (None, None)


async def test_something_is_left_to_do_for_every_queue(filled: Filled) -> None:
    def left(unit: UnitOfWork) -> tuple[int, int, int, int]:
        return (
            unit.centre.waits(EVERY_SERVICE, 100),
            unit.corrections.waits(EVERY_SERVICE, 100),
            len(unit.aside.contacts("", EVERY_SERVICE, 0, 100)),
            len(unit.aside.mail("", EVERY_SERVICE, 0, 100)),
        )

    counted = await filled.read(left)
    assert isinstance(counted, tuple)
    assert all(counted), counted


async def test_officers_have_answered_cases_and_left_some(filled: Filled) -> None:
    def cases(unit: UnitOfWork) -> Counter[CaseState]:
        asking = Asking("maya", (), END.date(), END)
        lines = unit.work.cases(CasesWanted(state="all"), asking, EVERY_SERVICE, 0, 1_000)
        return Counter(line.case.state for line in lines)

    states = await filled.read(cases)
    assert isinstance(states, Counter)
    assert states[CaseState.OPEN]
    assert states[CaseState.CLOSED] + states[CaseState.ANSWERED]


async def test_the_complaints_teams_list_has_cases(filled: Filled) -> None:
    asking = Asking("maya", ("complaints",), END.date(), END)
    wanted = CasesWanted(whose="team", state="open")
    assert await filled.read(lambda unit: unit.work.count(wanted, asking, EVERY_SERVICE, 100))


def test_it_says_where_to_look_and_who_may_sign_in(filled: Filled) -> None:
    assert "rightdoor serve" in filled.said
    assert "http://localhost:8001" in filled.said
    assert "100 %" in filled.said
    for name in ("maya", "joanna", "tom", "aled", "ruth", "ines"):
        assert f"  {name} " in filled.said


async def test_a_second_time_is_refused_and_changes_nothing(filled: Filled) -> None:
    def deeds(unit: UnitOfWork) -> int:
        return len(unit.officers.deeds(most=10_000)) + len(unit.desk.contacts(Wanted(), EVERY_SERVICE, 0, 10_000))

    before = await filled.read(deeds)
    again = run(filled.environment)
    assert again.returncode == 2
    assert "has contacts" in again.stderr
    assert "Nothing was changed" in again.stderr
    assert await filled.read(deeds) == before


def test_it_fills_postgresql_too(tmp_path: Path, database_url: str) -> None:
    if database_url.startswith("sqlite"):
        pytest.skip("the other tests here run on SQLite")
    done = run(settings(tmp_path, database_url))
    assert done.returncode == 0, done.stderr
    assert "100 %" in done.stdout


# --- what it leaves alone ---------------------------------------------------------------------------------------------


def add_officer(environment: dict[str, str], name: str) -> None:
    command = [sys.executable, "-m", "config.main", "officer", "add", name, "--role", "agent"]
    subprocess.run(command, env=environment, capture_output=True, timeout=PATIENCE, check=True)


def test_an_installation_with_officers_of_its_own_is_left_alone(tmp_path: Path) -> None:
    environment = settings(tmp_path, f"sqlite:///{tmp_path}/rightdoor.db")
    add_officer(environment, "anne")
    add_officer(environment, "ben")
    done = run(environment)
    assert done.returncode == 2
    assert "has officers of its own" in done.stderr


def test_an_installation_that_can_send_mail_is_left_alone(tmp_path: Path) -> None:
    environment = settings(tmp_path, f"sqlite:///{tmp_path}/rightdoor.db")
    done = run({**environment, "RIGHTDOOR_RELAY_URL": "smtp://127.0.0.1:25"})
    assert done.returncode == 2
    assert "connected to real mail" in done.stderr


def test_who_stops_it_is_told_what_to_delete(tmp_path: Path) -> None:
    environment = {**settings(tmp_path, f"sqlite:///{tmp_path}/rightdoor.db"), "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "config.main", "demo"]
    # Where the tests run in the background, programs begin deaf to Ctrl and C.
    hears = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True, preexec_fn=hears) as begun:
        assert begun.stdout is not None
        for line in begun.stdout:
            if line.startswith("0 %"):
                break
        begun.send_signal(signal.SIGINT)
        said, _ = begun.communicate(timeout=PATIENCE)
    assert begun.returncode == 130
    assert f"Delete the folder {tmp_path}" in said


def test_the_clock_only_goes_forward() -> None:
    from config.demo.clock import MovedClock

    moved = MovedClock(END)
    moved.to(END - timedelta(days=1))
    assert moved() == END
    moved.forward(timedelta(minutes=1))
    assert moved() == END + timedelta(minutes=1) == clock((END + timedelta(minutes=1)).isoformat())()
