"""Corrections become examples to learn from: proposed by one officer, approved by another, and written to a file.

The file is Rasa's training format, as nlu/examples holds it. Nothing of it gets into the running program.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby

from intake.correction_view import Example, ExampleState
from intake.interpretation import Interpretation, Sign
from intake.policy import Policy
from intake.triage import TABLE

SHOWN = 0.5
"""How sure a signal must be to be proposed with an example."""

ROUTES = frozenset(rule.route for rule in TABLE)
LONGEST = 5_000


def kept_names(policy: Policy) -> tuple[str, ...]:
    """Names in a message that tell nobody who somebody is: the council's, its services', other doors'."""
    services = (service.name for service in policy.services.values())
    doors = (signpost.body for signpost in policy.signposts.values())
    return (policy.council.name, *services, *doors)


def signals_of(reading: Interpretation) -> tuple[str, ...]:
    """The signals that a message shows."""
    return tuple(signal.sign.value for signal in reading.signals if signal.confidence >= SHOWN)


def mistakes(example: Example, policy: Policy) -> Mapping[str, str]:
    """What is wrong with it, by field."""
    wrong = {
        "text": "Leave the words that it is to be known by" if len(example.text.split()) < 2 else "",
        "route": "Choose what it is" if example.route not in ROUTES else "",
        "service": "Choose a service" if example.service not in ("none", *policy.services) else "",
    }
    return {field: words for field, words in wrong.items() if words}


def judged(example: Example, officer: str, now: datetime, *, approved: bool) -> Example:
    """A second person has looked at it."""
    state = ExampleState.APPROVED if approved else ExampleState.REFUSED
    return replace(example, state=state, decided_by=officer, decided_at=now)


def edited(example: Example, text: str, route: str, service: str, signals: Iterable[str]) -> Example:
    """With what the second person changed."""
    known = {sign.value for sign in Sign}
    signs = tuple(dict.fromkeys(sign for sign in signals if sign in known))
    return replace(example, text=_plain(text)[:LONGEST], route=route, service=service, signals=signs)


def examples_file(examples: Sequence[Example]) -> str:
    """The examples as a file of nlu/examples: YAML, one block for each route."""
    ordered = sorted(examples, key=lambda example: (example.route, example.id))
    lines = ['version: "3.1"', "nlu:"]
    for route, of_it in groupby(ordered, key=lambda example: example.route):
        lines += [f"- intent: {route}", "  examples:"]
        lines += [line for example in of_it for line in _entry(example)]
    return "\n".join(lines if examples else [lines[0], "nlu: []"]) + "\n"


def _entry(example: Example) -> tuple[str, str]:
    """JSON's strings and lists are YAML's too, whatever stands in them."""
    metadata: dict[str, object] = {"service": example.service}
    if example.signpost != "none":
        metadata["signpost"] = example.signpost
    if example.urgent:
        metadata["urgent"] = True
    metadata["signals"] = list(example.signals)
    text = json.dumps(_plain(example.text), ensure_ascii=False)
    return f"  - text: {text}", f"    metadata: {json.dumps(metadata)}"


def _plain(text: str) -> str:
    """Without the control characters and separators that YAML does not take, or folds."""
    return "".join(sign if sign.isprintable() or sign == "\n" else " " for sign in text).strip()
