"""Two matters in one sentence are read as two, where both are plain and nobody may come to harm."""

from datetime import date

import pytest

from intake.interpretation import Detail, Sign
from intake.policy import Policy
from intake.safety import find_harms
from nlu.embedded import EmbeddedInterpreter

RECEIVED = date(2026, 11, 23)


def test_two_plain_matters_in_one_sentence_are_read_each_by_itself(interpreter: EmbeddedInterpreter) -> None:
    said = "my bin was missed three weeks running and the streetlight outside 12 Mill Lane is out"
    reading = interpreter.read(said, RECEIVED)
    assert reading.service.key == "waste_recycling"
    assert reading.beside is not None
    assert reading.beside.service.key == "street_lighting"
    assert reading.beside.words == "the streetlight outside 12 Mill Lane is out"
    assert dict(reading.beside.details)[Detail.WHERE] == "12 Mill Lane"
    assert not reading.detail(Detail.WHERE)


@pytest.mark.parametrize(
    "said",
    [
        "my bin was missed three weeks running and nobody called me back",
        "the bins and the recycling were missed and the lid is broken",
        "My bin was missed, the crew were rude and left rubbish on the street",
    ],
)
def test_one_matter_told_in_two_clauses_stays_one(interpreter: EmbeddedInterpreter, said: str) -> None:
    assert interpreter.read(said, RECEIVED).beside is None


@pytest.mark.parametrize(
    "said",
    [
        "your gas man serviced the boiler today and now theres a strong smell of gas in the hall",
        "my bin was missed and my mum has no heating and she is 91",
    ],
)
def test_a_sentence_that_tells_of_danger_is_never_taken_apart(
    interpreter: EmbeddedInterpreter, policy: Policy, said: str
) -> None:
    reading = interpreter.read(said, RECEIVED)
    assert reading.sign(Sign.HARM_TODAY).confidence >= policy.alarm
    assert any(harm.today for harm in find_harms(said, reading, policy))
    assert reading.beside is None
