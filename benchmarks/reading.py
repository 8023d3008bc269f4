"""Reading, measured: what triage makes of messages that no model learnt from, how fast, and how that compares.

    python -m benchmarks.reading                  the held-out messages: figures, confusions, speed, memory
    python -m benchmarks.reading tuning           the same on the tuning messages, with the curves that set thresholds
    python -m benchmarks.reading rasa             beside it, Rasa's two classifiers trained on the same examples
    python -m benchmarks.reading learning         the learning curve: the same network with fewer examples
    python -m benchmarks.reading public FOLDER    the same way of learning on public intent sets

`make bench-nlu` runs the first three, the third where Rasa can be installed. The last two need PyTorch (nlu/train.txt)
and take about half an hour each. Speeds are of this machine at this moment.
"""

import resource
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from config.batch import triage_entry
from config.packs import load_pack
from intake.interpretation import Interpretation, Sign
from intake.policy import Policy
from intake.safety import look
from intake.triage import COMPLAINTS, Decision
from nlu.embedded import EmbeddedInterpreter
from nlu.held import read_messages

PACK = Path("config/councils/bettershire")
CONFUSIONS = 25


@dataclass(frozen=True)
class Read:
    """A message with its true labels, and what was made of it. ``worded``: the pack's safety words stand in it."""

    truth: Mapping[str, Any]
    decision: Decision
    reading: Interpretation
    worded: bool
    milliseconds: float

    @property
    def alarm(self) -> float:
        return self.reading.sign(Sign.HARM_TODAY).confidence


def main() -> None:
    what, *rest = sys.argv[1:] or ["held_out"]
    if what == "rasa":
        from benchmarks.rasa_beside import beside

        beside()
    elif what == "learning":
        from benchmarks.learning_curve import learning

        learning()
    elif what == "public":
        from benchmarks.public_intents import public

        public(Path(rest[0]))
    elif what == "tuning":
        read = read_all(read_messages("tuning"), load_pack(PACK))
        show(read)
        show_curves(read)
    elif what == "first_words":
        show(read_all(read_messages("first_words"), load_pack(PACK)))
    else:
        show(read_all(read_messages("held_out"), load_pack(PACK)))


def read_all(messages: Sequence[Mapping[str, Any]], policy: Policy) -> list[Read]:
    """Triage each message as `rightdoor triage` does, and time its reading."""
    interpreter = EmbeddedInterpreter()
    interpreter.read("The first message waits for everything to be loaded.", date.today())
    return [_read(message, policy, interpreter.read) for message in messages]


def _read(message: Mapping[str, Any], policy: Policy, read: Callable[[str, date], Interpretation]) -> Read:
    took: list[float] = []

    def timed(text: str, received: date) -> Interpretation:
        begun = time.perf_counter()
        reading = read(text, received)
        took.append((time.perf_counter() - begun) * 1000)
        return reading

    triaged = triage_entry(message, policy, timed)
    worded = any(harm.today for harm in look(triaged.contact.words, policy.triggers))
    return Read(message, triaged.decision, triaged.reading, worded, took[0])


def show(read: Sequence[Read]) -> None:
    unread = [one for one in read if not one.decision.needs_person]
    posted = [one for one in read if one.truth["signpost"] != "none"]
    cases = [(one.truth["route"] in COMPLAINTS, one.decision.route in COMPLAINTS) for one in read]
    took = sorted(one.milliseconds for one in read)
    rows = {
        "messages": str(len(read)),
        "route right": _share(_right(read, "route")),
        "service right": _share(_right(read, "service")),
        "signpost right": _share(_right(read, "signpost")),
        "  where there is one": _share(_right(posted, "signpost")),
        "procedure right": _share(_right(read, "procedure")),
        "complaint against the rest": _precision_recall(cases),
        "urgent": _precision_recall([(one.truth["urgent"], one.decision.urgent) for one in read]),
        "  by the reading alone": _precision_recall([(one.truth["urgent"], one.alarm >= _ALARM) for one in read]),
        "  by the pack's words alone": _precision_recall([(one.truth["urgent"], one.worded) for one in read]),
        "to a person": f"{100 - 100 * len(unread) / len(read):.1f} %",
        "route right where no person reads": _share(_right(unread, "route")),
        "a message takes": f"p50 {statistics.median(took):.1f} ms, p95 {took[int(len(took) * 0.95)]:.1f} ms",
        "memory": f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB",
    }
    for name, figure in rows.items():
        print(f"{name:36}{figure}")
    print("\nroutes taken for another (true, taken, how often)")
    for (true, taken), often in confusions((one.truth["route"], one.decision.route) for one in read):
        print(f"  {true:20} {taken:20} {often}")


def confusions(pairs: Iterable[tuple[str, str]]) -> list[tuple[tuple[str, str], int]]:
    return Counter((true, taken) for true, taken in pairs if true != taken).most_common(CONFUSIONS)


def show_curves(read: Sequence[Read]) -> None:
    print("\nleast sureness    to a person    route right where no person reads")
    for least in (0.0, 0.3, 0.4, 0.5, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95):
        kept = [one for one in read if one.decision.confidence >= least]
        passed_on = 100 - 100 * len(kept) / len(read)
        print(f"  {least:.2f}             {passed_on:5.1f} %       {_share(_right(kept, 'route'))}")
    print("\nalarm    urgent by the reading alone       with the pack's words besides")
    for alarm in (0.03, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.7):
        alone = _precision_recall([(one.truth["urgent"], one.alarm >= alarm) for one in read])
        both = _precision_recall([(one.truth["urgent"], one.alarm >= alarm or one.worded) for one in read])
        print(f"  {alarm:.2f}   {alone}      {both}")


_ALARM = load_pack(PACK).alarm


def _right(read: Iterable[Read], what: str) -> list[bool]:
    return [getattr(one.decision, what) == one.truth[what] for one in read]


def _share(right: Sequence[bool]) -> str:
    return f"{100 * sum(right) / len(right):.1f} %" if right else "none"


def _precision_recall(pairs: Sequence[tuple[bool, bool]]) -> str:
    both = sum(true and taken for true, taken in pairs)
    taken, true = sum(taken for _, taken in pairs), sum(true for true, _ in pairs)
    return f"precision {both / max(taken, 1):.3f}, recall {both / max(true, 1):.3f}"


if __name__ == "__main__":
    main()
