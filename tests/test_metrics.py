"""The figures for whatever watches over us: right, cheap, and without a word about anybody."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from channels.console.metrics import CONTENT_TYPE
from intake.ports import UnitOfWork
from tests.web_fixtures import WebHouse, browser, web_house

_LINE = re.compile(r'rightdoor_[a-z_]+(\{[a-z]+="[a-z_]+"\})? \d+')


@pytest.fixture
def house(database_url: str) -> Iterator[WebHouse]:
    with web_house(database_url) as house:
        yield house


async def figures(house: WebHouse) -> dict[str, int]:
    async with browser(house.console) as watcher:
        answer = await watcher.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == CONTENT_TYPE
    lines = [line for line in answer.text.splitlines() if not line.startswith("#")]
    return {name: int(value) for name, _, value in (line.rpartition(" ") for line in lines)}


async def test_an_empty_house_has_every_figure_at_nought(house: WebHouse) -> None:
    told = await figures(house)
    assert told.pop("rightdoor_up") == 1
    assert len(told) >= 19
    assert set(told.values()) == {0}


async def test_contacts_conversations_letters_and_mailboxes_are_counted_with_their_ages(house: WebHouse) -> None:
    await house.set_aside()
    await house.mail("thank you all", sender="first@example.org")
    await house.set_mail_aside()
    await house.mail("thank you all, again", sender="second@example.org")
    await house.keep(b"From: late@example.org\r\n\r\nHello", sender="late@example.org")

    def fail(unit: UnitOfWork) -> None:
        unit.mailboxes.works("well@mail.example:993/INBOX", house.clock())
        unit.mailboxes.fails("ill@mail.example:993/INBOX", house.clock(), "no")

    await house.store.transact(fail)
    house.clock.forward(minutes=5)
    told = await figures(house)
    assert told['rightdoor_contacts{state="set_aside"}'] == 1
    assert told['rightdoor_contacts{state="answered"}'] == 2
    assert told['rightdoor_contacts{state="kept"}'] == told["rightdoor_contacts_unhandled"] == 1
    assert told["rightdoor_contacts_unhandled_oldest_seconds"] == 300
    assert told['rightdoor_set_aside{kind="contact"}'] == 1
    assert told['rightdoor_set_aside{kind="letter"}'] == 1
    assert told["rightdoor_outbox_waiting"] == 3, "each mail has a letter to its writer and one to a team"
    assert told["rightdoor_outbox_waiting_oldest_seconds"] == 300
    assert told["rightdoor_mailboxes_failing"] == 1
    assert told["rightdoor_mailboxes_failing_oldest_seconds"] == 300


async def test_a_conversation_that_waits_is_counted_with_its_age(house: WebHouse) -> None:
    await house.mail("I want to complain, nobody mends the pothole.\n\nWhere: 14 Elm Road\n")
    house.clock.forward(minutes=2)
    waits = await house.store.read(lambda unit: unit.figures.now())
    told = await figures(house)
    assert told["rightdoor_conversations_waiting"] == waits.conversations.number
    expected = 120 if waits.conversations.number else 0
    assert told["rightdoor_conversations_waiting_oldest_seconds"] == expected


async def test_nothing_is_told_about_anybody_and_every_line_is_a_plain_number(house: WebHouse) -> None:
    await house.set_aside("anne.shaw@example.org")
    await house.mail("I want to complain about the bins in Elm Road", "anne.shaw@example.org", "Bins")
    await house.store.transact(lambda unit: unit.mailboxes.fails("anne@mail.example/INBOX", house.clock(), "anne"))
    async with browser(house.console) as watcher:
        page = (await watcher.get("/metrics")).text
    for line in page.splitlines():
        assert line.startswith("# ") or _LINE.fullmatch(line), line
    for word in ("anne", "Elm", "Bins", "example", "roads"):
        assert word.lower() not in page.lower()


async def test_figures_are_read_anew_only_after_a_while(house: WebHouse) -> None:
    async with browser(house.console) as watcher:
        before = (await watcher.get("/metrics")).text
        await house.keep(b"From: late@example.org\r\n\r\nHello")
        assert (await watcher.get("/metrics")).text == before
        house.clock.now += timedelta(seconds=10)
        assert "rightdoor_contacts_unhandled 1" in (await watcher.get("/metrics")).text


async def test_a_store_that_cannot_be_read_is_told_as_down(house: WebHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(work: object) -> object:
        raise OSError

    monkeypatch.setattr(house.store, "read", fail)
    async with browser(house.console) as watcher:
        answer = await watcher.get("/metrics")
    assert (answer.status_code, answer.text) == (503, "rightdoor_up 0\n")


async def test_residents_find_no_figures(house: WebHouse) -> None:
    async with browser(house.web) as resident:
        assert (await resident.get("/metrics")).status_code == 404
