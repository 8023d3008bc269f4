"""The batch form of triage: JSON lines in, JSON lines out (docs/triage.md); and one message explained in words."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from channels.quotes.quoted_text import split
from intake.contact import Channel, Contact, Person
from intake.interpretation import Guess, Interpretation
from intake.policy import Policy
from intake.reception import MOST_WORDS
from intake.safety import find_harms
from intake.triage import TABLE, Decision, Evidence, triage

Read = Callable[[str, date], Interpretation]


@dataclass(frozen=True)
class Triaged:
    """A message, what was read in it, and what triage made of that."""

    contact: Contact
    reading: Interpretation
    decision: Decision


def triage_lines(lines: Iterable[str], policy: Policy, read: Read) -> Iterator[Mapping[str, Any]]:
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
        yield _result(entry, triage_entry(entry, policy, read).decision)


def triage_entry(entry: Mapping[str, Any], policy: Policy, read: Read) -> Triaged:
    """Triage one message of the batch form, as if it had just come in."""
    now, channel = datetime.now(UTC), _channel(entry.get("channel"))
    said, quoted = split(entry["text"]) if channel is Channel.EMAIL else (entry["text"], "")
    contact = Contact(
        id=str(entry.get("id", "")),
        channel=channel,
        received_at=now,
        person=Person(),
        subject=str(entry.get("subject") or ""),
        text=said,
        quoted=quoted,
    )
    words = contact.words[:MOST_WORDS]
    reading = read(words, policy.calendar.local_day(now))
    return Triaged(contact, reading, triage(Evidence(contact, reading, find_harms(words, reading, policy), policy)))


def explain(written: str, policy: Policy, read: Read) -> Iterator[str]:
    """Signals, words and table for one message, in lines; the message is a line of the batch form, or plain text."""
    try:
        entry = json.loads(written)
    except ValueError:
        entry = None
    if not isinstance(entry, dict) or not isinstance(entry.get("text"), str):
        entry = {"text": written}
    triaged = triage_entry(entry, policy, read)
    yield from _explained(triaged.decision, triaged.reading)


def _explained(decision: Decision, reading: Interpretation) -> Iterator[str]:
    yield f"route       {decision.route} ({decision.confidence:.2f}), by the rule {decision.rule}"
    yield f"service     {decision.service}"
    yield f"procedure   {decision.procedure}"
    yield f"urgent      {'yes' if decision.urgent else 'no'}"
    yield f"signpost    {decision.signpost}"
    yield f"person      {'must read it' if decision.needs_person else 'not needed'}"
    yield f"language    {reading.language}"
    yield "\nreasons"
    yield from (f"  {reason}" for reason in decision.reasons)
    yield "\nsignals (how sure, and the words it rests on)"
    for signal in sorted(reading.signals, key=lambda signal: -signal.confidence):
        yield f"  {signal.confidence:.2f}  {signal.sign.value:20}" + (f"  “{signal.words}”" if signal.words else "")
    yield "\nread as (how sure)"
    for name, guesses in (
        ("route", reading.routes),
        ("service", reading.services),
        ("signpost", reading.signposts),
        ("harm", reading.harms),
    ):
        yield f"  {name:10}" + ", ".join(_shown(guess) for guess in guesses[:4])
    if reading.details:
        yield "\ndetails"
        yield from (f"  {detail.value:10}{' '.join(words.split())[:100]}" for detail, words in reading.details)
    yield "\ntable"
    yield from (f"  no    {passed.rule:20}{passed.because}" for passed in decision.passed_over)
    yield f"  yes   {decision.rule:20}{next(rule.looks_for for rule in TABLE if rule.key == decision.rule)}"


def _shown(guess: Guess) -> str:
    return f"{guess.key} {guess.confidence:.2f}"


def _result(entry: Mapping[str, Any], decision: Decision) -> Mapping[str, Any]:
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
