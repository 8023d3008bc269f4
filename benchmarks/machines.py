"""People and machines: how many mails of each class are told rightly, ours and other projects', and in what time.

Ours are in tests/cases/machines. Other projects' are read from ../shared/data/mail, where it is there; what its list
gives no class is taken for a person's mail there.
"""

import json
import statistics
import time
from collections import Counter
from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path

from channels.senders.bounces import bounce_of
from channels.senders.machines import machine_of, no_answer
from intake.contact import Machine

OURS = Path("tests/cases/machines")
OTHERS = Path("../shared/data/mail")
OWN = frozenset({"complaints@council.example.org"})
Case = tuple[str, str, bytes, str]
"""(name, class, the mail, its envelope's sender)."""


def main() -> None:
    _print("Our own samples", list(_own_cases()))
    if OTHERS.is_dir():
        _print("Other projects' mails", list(_others_cases()))
    else:
        print(f"{OTHERS} is not here: other projects' mails were left out")


def _own_cases() -> Iterator[Case]:
    for line in (OURS / "machines.jsonl").read_text().splitlines():
        row = json.loads(line)
        yield row["file"], row["machine"] or "person", (OURS / row["file"]).read_bytes(), row["envelope_sender"]


def _others_cases() -> Iterator[Case]:
    """Their envelopes are not known. A byte order mark before the head is taken away, as the reading does."""
    for line in (OTHERS / "messages.jsonl").read_text().splitlines():
        row = json.loads(line)
        raw = (OTHERS / row["path"]).read_bytes().removeprefix(b"\xef\xbb\xbf")
        kind = row["expected"]["class"] if row["expectation"] == "class" else "person"
        yield row["path"], kind, raw, "unknown@example.org"


def _print(title: str, cases: list[Case]) -> None:
    right: Counter[str] = Counter()
    taken: list[str] = []
    times: list[float] = []
    for name, kind, raw, sender in cases:
        message = message_from_bytes(raw)
        start = time.perf_counter()
        machine, why = machine_of(message, sender, OWN)
        no_answer(message)
        bounce_of(message, not sender)
        times.append((time.perf_counter() - start) * 1000)
        right[kind] += _is_right(kind, machine)
        if kind == "person" and machine is not None:
            taken.append(f"  a person's mail (no class in its list) taken for {machine}, {why}: {name}")
    print(f"{title}: {len(cases)} mails, {statistics.mean(times):.2f} ms each, at most {max(times):.1f} ms")
    for kind, number in sorted(Counter(kind for _, kind, _, _ in cases).items()):
        print(f"  {kind:<11} {right[kind]:>4} of {number}")
    print("\n".join(taken) or "  no person's mail taken for a machine's")


def _is_right(kind: str, machine: Machine | None) -> bool:
    """``auto`` is any machine's mail that is no bounce."""
    if kind == "auto":
        return machine not in (None, Machine.BOUNCE)
    return (machine or "person") == kind


if __name__ == "__main__":
    main()
