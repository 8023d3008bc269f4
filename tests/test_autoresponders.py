"""Two autoresponders facing each other, ours and a dumb one, over real SMTP both ways: they stop within two turns."""

from email.message import EmailMessage
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import func
from sqlmodel import col, select

from case_store.tables.sending import OutboxRow
from case_store.unit_of_work import SqlUnitOfWork
from config.settings import Settings
from intake.policy import Policy
from intake.ports import Interpreter
from tests.autoresponder import Words, autoresponder
from tests.conftest import PACK
from tests.living_house import MAILBOX, free_port, running

MOST_TURNS = 2


def the_same_words(number: int, letter: EmailMessage) -> str:
    return "Thank you for your message. We will come back to you as soon as we can.\n"


def a_ticket_number(number: int, letter: EmailMessage) -> str:
    return f"Thank you for contacting us. Your ticket is #{48213 + number}. Please do not reply to this mail.\n"


def our_own_words_back(number: int, letter: EmailMessage) -> str:
    plain = letter.get_body(("plain",))
    assert plain is not None
    return f"I am away until Monday.\n\n{plain.get_content()}"


def a_complaint_each_time(number: int, letter: EmailMessage) -> str:
    what = ("the bins", "the street lamp", "the pothole", "the hedge", "the drain", "the noise")[number % 6]
    return f"I am away. By the way, {what} in Elm Road has been left for {number} weeks and nobody came.\n"


def turns_with(unit: SqlUnitOfWork, address: str) -> list[int]:
    """Our letters to this address, counted for each conversation."""
    mine = select(func.count()).where(col(OutboxRow.to) == address).group_by(col(OutboxRow.conversation))
    return list(unit.session.exec(mine))


@pytest.mark.parametrize("threads", [True, False])
@pytest.mark.parametrize("words", [the_same_words, a_ticket_number, our_own_words_back])
async def test_a_machine_that_does_not_say_that_it_is_one_is_answered_twice_at_most_in_a_conversation(
    tmp_path: Path, interpreter: Interpreter, policy: Policy, words: Words, threads: bool
) -> None:
    turns = await turns_between(words, threads, tmp_path, interpreter)
    assert 1 <= max(turns) <= MOST_TURNS, turns
    assert sum(turns) <= policy.letters_a_day


@pytest.mark.parametrize("threads", [True, False])
async def test_a_machine_that_complains_anew_each_time_like_a_person_is_stopped_after_a_days_letters(
    tmp_path: Path, interpreter: Interpreter, policy: Policy, threads: bool
) -> None:
    turns = await turns_between(a_complaint_each_time, threads, tmp_path, interpreter)
    assert 1 <= sum(turns) <= policy.letters_a_day


async def turns_between(words: Words, threads: bool, folder: Path, interpreter: Interpreter) -> list[int]:
    """Let the two at each other until both are quiet; our turns, counted for each conversation."""
    async with autoresponder(words, threads=threads) as robot:
        robot.door = f"127.0.0.1:{free_port()}"
        settings = Settings(
            data=folder, council=PACK, smtp=robot.door, relay_url=robot.url, now="2026-11-23T10:00:00+00:00"
        )
        async with running(settings, interpreter) as house:
            await robot.begin("The bins in Elm Road were not emptied this week, for the third time.", MAILBOX)
            await robot.quiet(house.settled)
            turns = await house.house.store.read(partial(turns_with, address=robot.address))
    assert len(robot.letters) == sum(turns)
    return turns
