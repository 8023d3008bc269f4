"""The batch form of triage: JSON lines in, JSON lines out (docs/triage.md)."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from intake.contact import Channel, Contact, Person
from intake.interpretation import Interpretation
from intake.policy import Policy
from intake.reception import MOST_WORDS
from intake.safety import look
from intake.triage import Evidence, triage


def triage_lines(
    lines: Iterable[str], policy: Policy, read: Callable[[str], Interpretation]
) -> Iterator[Mapping[str, Any]]:
    """One result for each line that isn't blank, in order; one that cannot be read is told by number."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
            if not isinstance(entry, dict) or not isinstance(entry.get("text"), str):
                raise ValueError("needs to be an object with a text")
        except (ValueError, RecursionError) as error:
            problem = "is not JSON" if isinstance(error, json.JSONDecodeError | RecursionError) else str(error)
            yield {"line": number, "error": problem}
            continue
        yield _triage(entry, policy, read)


def _triage(entry: Mapping[str, Any], policy: Policy, read: Callable[[str], Interpretation]) -> Mapping[str, Any]:
    contact = Contact(
        id=str(entry.get("id", "")),
        channel=_channel(entry.get("channel")),
        received_at=datetime.now(UTC),
        person=Person(),
        subject=str(entry.get("subject") or ""),
        text=entry["text"],
    )
    words = contact.words[:MOST_WORDS]
    decision = triage(Evidence(contact, read(words), look(words, policy.triggers), policy))
    return {
        "id": entry.get("id"),
        "route": decision.route,
        "service": decision.service,
        "procedure": decision.procedure,
        "urgent": decision.urgent,
        "signpost": decision.signpost,
        "confidence": decision.confidence,
        "needs_person": decision.needs_person,
        "rule": decision.rule,
        "passed_over": [{"rule": passed.rule, "because": passed.because} for passed in decision.passed_over],
        "reasons": list(decision.reasons),
    }


def _channel(name: object) -> Channel:
    try:
        return Channel(str(name))
    except ValueError:
        return Channel.EMAIL
