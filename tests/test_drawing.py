"""References and codes are drawn ahead, and none is told twice."""

import pytest

from case_store.store import SqlStore
from intake.drawing import Drawing
from intake.policy import Policy
from nlu.embedded import EmbeddedInterpreter
from tests.transcripts import Stage

COMPLAINT = "I want to complain. My bin at 14 Elm Road has been missed three weeks running and I rang twice. Jo Field."


@pytest.fixture
def stage(store: SqlStore, interpreter: EmbeddedInterpreter, policy: Policy) -> Stage:
    return Stage(store, interpreter, policy)


async def test_what_no_case_took_is_used_for_the_next_and_never_for_two(stage: Stage) -> None:
    drawing: Drawing = stage.reception._drawing
    await stage.say(COMPLAINT)
    (spare,) = drawing.spare
    await stage.say("an apology")
    assert drawing.spare == [spare]
    await stage._silence(31)
    (case,) = await stage.cases()
    assert case.reference == spare.reference
    assert drawing.spare == []
    await stage.say("hello")
    assert spare not in drawing.spare


async def test_two_at_once_never_hold_the_same_one() -> None:
    drawing = Drawing("BC")
    first, second = await drawing.take(), await drawing.take()
    assert first.reference != second.reference
    drawing.give_back(first, None)
    assert await drawing.take() is first
