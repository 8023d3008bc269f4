"""What is made of a reading: the model that fits, danger without danger's words, doubt, and explanations."""

import json
import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from config.main import app
from intake.contact import Channel, Contact, Person
from intake.errors import WrongSetting
from intake.interpretation import Guess, Interpretation, Matter, Sign, Signal
from intake.policy import Policy
from intake.safety import find_harms
from intake.triage import Decision, Evidence, triage
from nlu import examples, model
from nlu.embedded import EmbeddedInterpreter
from nlu.language import language_of
from nlu.model import MOST_TOKENS, Network, shortened

DAY = date(2026, 11, 20)


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """The model and its examples, as copies that can be spoilt."""
    shutil.copytree(model.FOLDER, tmp_path / "model")
    shutil.copytree(examples.FOLDER, tmp_path / "examples")
    return tmp_path


def _change_an_example(kept: Path) -> None:
    with (kept / "examples" / "short.yml").open("a", encoding="utf-8") as file:
        file.write("# changed\n")


def _damage_the_network(kept: Path) -> None:
    (kept / "model" / "reader.onnx").write_bytes(b"no network")


def _remove_the_note(kept: Path) -> None:
    (kept / "model" / "reader.json").unlink()


def _an_older_form(kept: Path) -> None:
    path = kept / "model" / "reader.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "form": 0}))


@pytest.mark.parametrize("spoil", [_change_an_example, _damage_the_network, _remove_the_note, _an_older_form])
def test_a_model_that_does_not_fit_is_refused_in_words(kept: Path, spoil: Callable[[Path], None]) -> None:
    spoil(kept)
    with pytest.raises(WrongSetting, match=r"make model|damaged"):
        Network(kept / "model", kept / "examples")


def test_of_a_long_message_beginning_and_end_are_read() -> None:
    kept = shortened(list(range(1000)))
    assert len(kept) == MOST_TOKENS
    assert (kept[0], kept[-1]) == (0, 999)
    assert shortened([1, 2, 3]) == [1, 2, 3]


def decided(policy: Policy, text: str, reading: Interpretation) -> Decision:
    contact = Contact(
        id="1", channel=Channel.WEBCHAT, received_at=datetime.now(UTC), person=Person(), subject="", text=text
    )
    return triage(Evidence(contact, reading, find_harms(text, reading, policy), policy))


def read_as(route: str, *signals: Signal, **more: object) -> Interpretation:
    return Interpretation(routes=(Guess(route, 0.99),), signals=signals, **more)  # type: ignore[arg-type]


def test_danger_that_no_word_of_the_pack_shows_is_named_by_its_kind(policy: Policy) -> None:
    text = "Nobody has been to him since Saturday and he can't manage the stairs"
    reading = read_as("urgent", Signal(Sign.HARM_TODAY, 0.9, "since Saturday"), harms=(Guess("missed_care", 0.8),))
    (harm,) = [harm for harm in find_harms(text, reading, policy) if harm.trigger.key == "missed_care"]
    assert harm.today
    assert decided(policy, text, reading).urgent


def test_safety_words_in_history_call_a_person_but_not_the_alarm(policy: Policy) -> None:
    text = "Last year my late husband was told there was a gas leak in the flat. I only want to know who to thank."
    decision = decided(policy, text, read_as("question", Signal(Sign.HARM_TODAY, 0.01)))
    assert not decision.urgent
    assert decision.needs_person


def test_safety_words_decide_alone_where_nobody_read_whether_harm_is_likely(policy: Policy) -> None:
    assert decided(policy, "I can smell gas in the flat", read_as("question")).urgent


def test_safety_words_that_may_be_meant_raise_the_alarm_whatever_the_reading(policy: Policy) -> None:
    decision = decided(policy, "I can smell gas in the flat", read_as("question", Signal(Sign.HARM_TODAY, 0.06)))
    assert decision.urgent


def test_a_message_in_another_language_goes_to_a_person(policy: Policy) -> None:
    decision = decided(policy, "Nie mam wody", read_as("question", language="Polish"))
    assert decision.needs_person
    assert any("Polish" in reason for reason in decision.reasons)


def test_a_second_matter_goes_to_a_person_with_its_words(policy: Policy) -> None:
    beside = Matter("Also the lamp outside is out.", Guess("service_request", 0.9), Guess("street_lighting", 0.9))
    decision = decided(policy, "The bins again.", read_as("formal", beside=beside))
    assert decision.needs_person
    assert any("the lamp outside" in reason for reason in decision.reasons)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Bună ziua, nu am căldură în casă de trei zile și am un copil mic", "Romanian"),
        ("السلام عليكم، ليس لدي تدفئة في البيت منذ ثلاثة أيام", "Arabic"),
        ("我的暖气坏了三天了", "Chinese"),
        ("pls help boiler bost init and no 1 cums", "English"),
        ("Pothole, Wickham Rd", "English"),
        ("👍", "English"),
    ],
)
def test_the_language_of_a_message(text: str, language: str) -> None:
    assert language_of(text) == language


def test_two_matters_in_one_message_are_both_found(interpreter: EmbeddedInterpreter) -> None:
    reading = interpreter.read(
        "I want to complain that our recycling has been missed for the third week running, and I have rung you twice "
        "about it.\n\nAlso, while I am writing, the street light outside number 14 has gone out, could somebody look "
        "at it please.\n\nThank you",
        DAY,
    )
    assert reading.service.key == "waste_recycling"
    assert reading.beside is not None
    assert reading.beside.service.key == "street_lighting"
    assert "street light" in reading.beside.words


def test_one_message_is_explained_with_its_signals_words_and_table() -> None:
    result = CliRunner().invoke(
        app, ["triage", "--explain"], input="Bins missed again, third week running. I rang twice. I want an apology."
    )
    assert result.exit_code == 0
    for words in ("route       formal", "signals", "repeated", "“", "table", "no    status", "yes   formal"):
        assert words in result.stdout
