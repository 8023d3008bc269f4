"""Every transcript comes true on every adapter, with the real reading and the sample pack, on SQLite.

At the terminal: tests/test_terminal.py.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from case_store.engine import make_engine, migrate
from case_store.store import SqlStore
from intake.policy import Policy
from nlu.embedded import EmbeddedInterpreter
from tests.api_stage import ApiStage, can_play
from tests.transcripts import Stage, Transcript, median_questions, questions_asked, transcripts

TRANSCRIPTS = transcripts()
MOST_QUESTIONS = 4
REPAIRS = frozenset(
    """correction change_of_mind withdrawal digression robot another_question does_not_know refusal two_matters
    two_messages topic_switch swearing nonsense attachment silence return_later start_again stop not_understood danger
    person""".split()
)


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[SqlStore]:
    engine = make_engine(f"sqlite:///{tmp_path}/test.db")
    migrate(engine)
    store = SqlStore(engine)
    yield store
    store.close()
    engine.dispose()


@pytest.mark.parametrize("transcript", TRANSCRIPTS, ids=lambda transcript: transcript.name)
async def test_a_transcript_comes_true(
    transcript: Transcript, empty: SqlStore, policy: Policy, interpreter: EmbeddedInterpreter
) -> None:
    await Stage(empty, interpreter, policy).play(transcript)


@pytest.mark.parametrize(
    "transcript", [one for one in TRANSCRIPTS if can_play(one)], ids=lambda transcript: transcript.name
)
async def test_a_transcript_comes_true_over_the_api(
    transcript: Transcript, empty: SqlStore, policy: Policy, interpreter: EmbeddedInterpreter
) -> None:
    await ApiStage(empty, interpreter, policy).play(transcript)


def test_every_repair_stands_in_a_transcript() -> None:
    assert {repair for transcript in TRANSCRIPTS for repair in transcript.shows} >= REPAIRS


def test_names_of_transcripts_are_unique() -> None:
    names = [transcript.name for transcript in TRANSCRIPTS]
    assert len(names) == len(set(names))


async def test_a_complaint_takes_four_questions_or_fewer_at_the_median(
    policy: Policy, interpreter: EmbeddedInterpreter
) -> None:
    asked = await questions_asked(interpreter, policy)
    assert len(asked) >= 10
    assert median_questions(asked) <= MOST_QUESTIONS
