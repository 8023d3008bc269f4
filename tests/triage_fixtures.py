"""Contacts that wait for an officer's decision: an interpreter that is not sure, and what officers do about it."""

from dataclasses import dataclass, replace
from datetime import date

from intake.interpretation import Guess, Interpretation, Matter
from intake.officers import SignedIn
from tests.web_fixtures import OFFICER, PASSWORD, ScriptedInterpreter, WebHouse

DOUBT = "I want to complain, perhaps. The pothole by the tarmac camber was never mended."
SURE = "I want to complain. The pothole by the tarmac camber was never mended."
TWO = "I want to complain. The bridge was never mended. Besides, the library closes too early."


@dataclass
class DoubtfulInterpreter(ScriptedInterpreter):
    """Reads as its like, and isn't sure of what says "perhaps"; "besides" begins a second matter."""

    async def interpret(self, text: str, received: date) -> Interpretation:
        reading = await super().interpret(text, received)
        if "perhaps" in text:
            reading = replace(reading, routes=(Guess(reading.routes[0].key, 0.3),))
        if "Besides, " in text:
            words = text.partition("Besides, ")[2].strip()
            reading = replace(reading, beside=Matter(words, Guess("comment", 0.9), Guess("libraries", 0.9)))
        return reading


def make_doubtful(house: WebHouse) -> None:
    """From now on the house reads with doubts."""
    house.interpreter = house.reception.interpreter = DoubtfulInterpreter()


async def officer(house: WebHouse, name: str = OFFICER) -> SignedIn:
    """An officer at work, whom the house gets where it has none of this name."""
    if await house.store.read(lambda unit: unit.officers.get(name)) is None:
        await house.add_officer(name, PASSWORD)
    signed_in = await house.accounts.officer_of(await admitted(house, name))
    assert signed_in is not None
    return signed_in


async def admitted(house: WebHouse, name: str) -> str:
    """The token of a sign-in."""
    admission = await house.accounts.sign_in(name, PASSWORD)
    assert admission is not None
    return admission.token
