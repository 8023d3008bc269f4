"""`rightdoor triage`: JSON lines in, JSON lines out."""

import json
from pathlib import Path

from typer.testing import CliRunner

from config.main import app
from nlu.embedded import EmbeddedInterpreter

KEYS = [
    "id",
    "route",
    "service",
    "procedure",
    "urgent",
    "signpost",
    "confidence",
    "needs_person",
    "rule",
    "passed_over",
    "reasons",
]


def batch(*lines: str, arguments: tuple[str, ...] = ()) -> tuple[int, list[dict[str, object]]]:
    result = CliRunner().invoke(app, ["triage", "-", *arguments], input="\n".join(lines) + "\n")
    return result.exit_code, [json.loads(line) for line in result.stdout.splitlines()]


def test_each_line_gets_its_decision_in_order(interpreter: EmbeddedInterpreter) -> None:
    code, results = batch(
        json.dumps(
            {"id": "a", "channel": "email", "subject": "Bins", "text": "Missed three weeks running, I complain"}
        ),
        json.dumps({"id": 7, "channel": "webchat", "text": "pothole outside 12 Mill Lane, please fill it"}),
    )
    assert code == 0
    assert [result["id"] for result in results] == ["a", 7]
    assert [result["route"] for result in results] == ["formal", "service_request"]
    assert list(results[0]) == KEYS
    assert results[0]["procedure"] == "corporate"


def test_a_decision_names_its_rule_those_passed_over_and_its_reasons(interpreter: EmbeddedInterpreter) -> None:
    _, (result,) = batch(
        json.dumps({"id": 1, "text": "I got a parking fine, the PCN is unfair and I want it cancelled"})
    )
    assert result["rule"] == "alternative_path"
    passed = result["passed_over"]
    assert isinstance(passed, list)
    assert [entry["rule"] for entry in passed][:3] == ["no_action", "still_a_complaint", "status"]
    assert all(entry["because"] for entry in passed)
    assert result["reasons"]
    assert 0 <= float(str(result["confidence"])) <= 1


def test_a_bad_line_gets_its_number_and_an_error_and_the_rest_goes_on(interpreter: EmbeddedInterpreter) -> None:
    good = json.dumps({"id": "z", "text": "thank you to the lovely librarian"})
    code, results = batch("{not json", json.dumps({"id": 2}), json.dumps({"text": 5}), "[]", good)
    assert code == 1
    assert [result.get("line") for result in results] == [1, 2, 3, 4, None]
    assert all(result["error"] for result in results[:4])
    assert results[4]["route"] == "compliment"


def test_the_results_can_go_to_a_file(interpreter: EmbeddedInterpreter, tmp_path: Path) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text(json.dumps({"id": 1, "text": "the lamp outside my house is out"}) + "\n")
    assert CliRunner().invoke(app, ["triage", str(source), "--out", str(target)]).exit_code == 0
    assert json.loads(target.read_text())["id"] == 1


def test_an_empty_text_is_no_action(interpreter: EmbeddedInterpreter) -> None:
    _, (result,) = batch(json.dumps({"id": 1, "text": "   "}))
    assert result["route"] == "no_action"
