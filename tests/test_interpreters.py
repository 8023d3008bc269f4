"""What every interpreter must do, asked of each: the embedded one, and a real Rasa server where there is one."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import httpx
import pytest

from intake.interpretation import Detail, Sign
from intake.ports import Interpreter
from nlu.embedded import EmbeddedInterpreter
from nlu.examples import Example
from nlu.rasa_files import as_rasa_learns
from nlu.rasa_server import RasaInterpreter

DAY = date(2026, 11, 20)
RASA = Path("nlu/rasa/.venv/bin/rasa")

PLAIN = [
    (
        "I am making a formal complaint. I have complained three times about the rude staff and nobody has replied. "
        "I want an apology.",
        "formal",
    ),
    ("I would like to withdraw my complaint, it has all been sorted now, thank you", "withdrawn"),
    ("Please can I speak to a real person", "handover"),
    (
        "Under the Freedom of Information Act please send me the number of parking fines issued in 2025",
        "information_request",
    ),
    ("I wish to appeal against my parking ticket. Please cancel the penalty charge notice.", "alternative_path"),
    ("Just to say thank you to the lovely lady at the library, she was so kind and helpful", "compliment"),
]


@pytest.fixture(scope="session")
def rasa_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real Rasa server, trained on some of the same examples."""
    if not RASA.exists():
        pytest.skip("Rasa is not installed (make rasa-ready, where there is a Python 3.10)")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    made = tmp_path_factory.mktemp("rasa")
    environment = {
        **os.environ,
        "RASA_MADE": str(made),
        "RASA_MOST": "120",
        "PYTHON_OF_RIGHTDOOR": sys.executable,
    }
    server = subprocess.Popen(
        ["sh", "nlu/rasa/serve.sh", str(port)], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait_for(f"http://127.0.0.1:{port}", server)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(30)


def _wait_for(url: str, server: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + 300
    while time.monotonic() < until and server.poll() is None:
        try:
            if httpx.get(f"{url}/status").json().get("model_file"):
                return
        except (httpx.HTTPError, ValueError):
            pass
        time.sleep(1)
    raise AssertionError("the Rasa server did not come up")


@pytest.fixture(params=["embedded", "rasa"])
def reader(request: pytest.FixtureRequest, interpreter: EmbeddedInterpreter) -> Interpreter:
    if request.param == "embedded":
        return interpreter
    return RasaInterpreter(request.getfixturevalue("rasa_url"), interpreter)


@pytest.mark.parametrize(("text", "route"), PLAIN)
async def test_a_plain_message_is_read_as_what_it_is(reader: Interpreter, text: str, route: str) -> None:
    reading = await reader.interpret(text, DAY)
    assert reading.routes[0].key == route


async def test_guesses_stand_best_first_and_are_chances(reader: Interpreter) -> None:
    reading = await reader.interpret("The bin was missed again and nobody has rung me back about it", DAY)
    for guesses in (reading.routes, reading.services, reading.signposts):
        sure = [guess.confidence for guess in guesses]
        assert sure == sorted(sure, reverse=True)
        assert all(0 <= one <= 1 for one in sure)
    assert sum(guess.confidence for guess in reading.routes) <= 1.001


@pytest.mark.parametrize(
    "text", ["", "   \n", "...", "😡😡😡", "/", "/restart", "[a](b)", "\x00\x07", "a" * 20_000, "? " * 5_000]
)
async def test_any_text_has_a_reading(reader: Interpreter, text: str) -> None:
    assert (await reader.interpret(text, DAY)).routes


async def test_markup_changes_nothing_about_the_route(reader: Interpreter) -> None:
    plain = await reader.interpret("please can (someone) empty the litter bin on Mill Lane", DAY)
    marked = await reader.interpret("/please can [someone]\nempty the litter bin\non Mill Lane", DAY)
    assert plain.routes[0].key == marked.routes[0].key


async def test_what_was_said_is_kept_beside_the_guesses(reader: Interpreter) -> None:
    reading = await reader.interpret(
        "My name is Anne Okafor. I rang last Tuesday about 12 Mill Lane, ring me on 01632 960123, I am owed £40", DAY
    )
    details = dict(reading.details)
    assert details[Detail.NAME] == "Anne Okafor"
    assert details[Detail.PHONE] == "01632 960123"
    assert details[Detail.AMOUNT] == "£40"
    assert "12 Mill Lane" in details[Detail.WHERE]
    assert details[Detail.EARLIER].startswith("I rang last Tuesday")
    assert details[Detail.WHEN] == "last Tuesday (17 November 2026)"


async def test_a_sign_comes_with_the_words_that_it_rests_on(reader: Interpreter) -> None:
    text = "The lamp post is out. Also your officer called me an idiot and put the phone down on me."
    sign = (await reader.interpret(text, DAY)).sign(Sign.STAFF_CONDUCT)
    assert sign.confidence >= 0.5
    assert sign.words
    assert sign.words in text


async def test_another_language_is_recognised(reader: Interpreter) -> None:
    reading = await reader.interpret("Dzień dobry, od trzech dni nie mam ogrzewania w mieszkaniu, proszę o pomoc", DAY)
    assert reading.language == "Polish"


def test_rasa_learns_no_markup() -> None:
    example = Example("/bin [missed](x)\nagain\n\n- no", "formal", "none", "none", False, frozenset(), frozenset())
    assert 'text: "bin (missed)(x) again - no"' in as_rasa_learns([example])
