"""What a mail says now, measured per source of cases, beside the libraries that do the same; and texts made to freeze.

``python -m benchmarks.quoted_text [FOLDER]``: FOLDER holds ``*.jsonl`` files of cases (id, source, kind, input,
expected); our own cases are always measured. Exact: the same words in the same order, white space apart (pages: no
white space at all). F1: of words. Losing: some word of the expected ones is missing. Times are of the
processor, on this machine.
"""

import html
import json
import re
import statistics
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.quoted_text_others import LIBRARIES
from channels.quotes.quoted_text import split
from channels.reading.html_text import readable

_HERE = Path(__file__).parent
_OWN = _HERE.parent / "tests" / "cases" / "replies.jsonl"
_FOLDER = _HERE.parent.parent / "shared" / "data" / "mail"
_OTHERS = _HERE.parent / ".venv-others" / "bin" / "python"
_PATIENCE = 10.0
"""Seconds for one text made to freeze, for libraries that may not come back."""
_PROSE = "The bin was missed again on Tuesday and nobody came for it, so I rang the council at ten.\n"
_BOMBS = {
    "'On ' repeated, 3 KB": "On " * 1_000,
    "'On ' repeated, 12 KB": "On " * 4_000,
    "'On ' repeated, 180 KB": "On " * 60_000,
    "8,000 newlines": "\n" * 8_000,
    "dashes, 8 KB": "-" * 8_000,
    "dashes, 50 KB": "-" * 50_000,
    "dashes and a letter, 200 KB": "-" * 200_000 + "x",
    "greater-than signs, 200 KB": ">" * 200_000,
    "prose, 1 MB": _PROSE * (1_000_000 // len(_PROSE)),
    "prose in one line, 1 MB": _PROSE.strip() * (1_000_000 // len(_PROSE)),
}


@dataclass(frozen=True)
class Case:
    """What went in, and what a person said in it; ``within`` and ``without`` where only parts of that are known."""

    source: str
    text: str
    expected: str
    page: bool = False
    within: tuple[str, ...] | None = None
    without: tuple[str, ...] = ()


@dataclass(frozen=True)
class Answers:
    """What one splitter made of the cases, in their order, and its seconds."""

    name: str
    said: Sequence[str]
    seconds: Sequence[float]


def main() -> None:
    """Print the tables."""
    cases = _cases(Path(sys.argv[1]) if len(sys.argv) > 1 else _FOLDER)
    answers = [_ours(cases)]
    if _OTHERS.exists():
        answers += [_theirs(name, [case.text for case in cases]) for name in LIBRARIES]
    else:
        print(f"Left out, as {_OTHERS} is not there (make it from benchmarks/others.txt): {', '.join(LIBRARIES)}.\n")
    for source in sorted({case.source for case in cases}):
        _print_source(source, cases, answers)
    _print_bombs()


def _cases(folder: Path) -> list[Case]:
    files = [_OWN, *sorted(folder.glob("*.jsonl"))]
    rows = [json.loads(line) for file in files for line in file.read_text("utf-8").splitlines() if line.strip()]
    return [_case(row) for row in rows if {"input", "expected"} <= row.keys()]


def _case(row: dict[str, Any]) -> Case:
    source, expected = str(row.get("source", "our own")), row["expected"]
    if isinstance(expected, dict):
        known = tuple(expected.get("in", ())), tuple(expected.get("not_in", ()))
        return Case(f"{source}, parts", row["input"], "", within=known[0], without=known[1])
    page = row.get("kind") == "html_reply_strip"
    return Case(source, row["input"], _untagged(expected) if page else expected, page)


def _untagged(page: str) -> str:
    """The words of an expected page, by the plainest means: these pages are small and well formed."""
    return html.unescape(re.sub(r"<[^>]*>", "", re.sub(r"(?is)<(style|script)\b.*?</\1>", "", page)))


def _ours(cases: Iterable[Case]) -> Answers:
    said, seconds = [], []
    for case in cases:
        start = time.process_time()
        said.append(split(readable(case.text) if case.page else case.text)[0])
        seconds.append(time.process_time() - start)
    return Answers("Rightdoor", said, seconds)


def _theirs(name: str, texts: Sequence[str], patience: float = 600) -> Answers:
    """Another library's answers; none where it does not come back in time."""
    asked = json.dumps({"library": name, "texts": texts})
    program = [str(_OTHERS), str(_HERE / "quoted_text_others.py")]
    try:
        ended = subprocess.run(program, input=asked, capture_output=True, text=True, timeout=patience, check=True)
    except subprocess.TimeoutExpired:
        return Answers(name, (), ())
    found = json.loads(ended.stdout.splitlines()[-1])
    return Answers(name, found["said"], found["seconds"])


def _print_source(source: str, cases: Sequence[Case], answers: Iterable[Answers]) -> None:
    places = [place for place, case in enumerate(cases) if case.source == source]
    print(f"{source}: {len(places)} cases")
    print(f"  {'':28}{'exact':>7}{'F1':>7}{'losing':>8}{'emptied':>9}{'ms mean':>9}{'ms p99':>8}")
    for answer in answers:
        if cases[places[0]].page and answer.name != "Rightdoor":
            continue
        marks = [_marks(cases[place], answer.said[place]) for place in places]
        spent = sorted(answer.seconds[place] * 1000 for place in places)
        last = spent[-1 - len(spent) // 100]
        means = {name: statistics.fmean(mark[name] for mark in marks) for name in marks[0]}
        print(
            f"  {answer.name:28}{means['exact']:7.2f}{means['f1']:7.3f}{means['losing']:8.1%}"
            f"{sum(mark['emptied'] for mark in marks):9.0f}{statistics.fmean(spent):9.2f}{last:8.2f}"
        )
    print()


def _marks(case: Case, said: str) -> dict[str, float]:
    if case.within is not None:
        lost = any(part not in said for part in case.within)
        right = not lost and not any(part in said for part in case.without)
        return {"exact": right, "f1": right, "losing": lost, "emptied": not said.strip()}
    expected, found = Counter(case.expected.split()), Counter(said.split())
    between = "" if case.page else " "
    exact = between.join(said.split()) == between.join(case.expected.split())
    if case.page and exact:
        found = expected
    losing = bool(expected - found)
    return {"exact": exact, "f1": _f1(expected, found), "losing": losing, "emptied": bool(expected) and not found}


def _f1(expected: Counter[str], found: Counter[str]) -> float:
    shared = (expected & found).total()
    return 2 * shared / (expected.total() + found.total()) if expected or found else 1.0


def _print_bombs() -> None:
    """Milliseconds for each text that is made to freeze, each in a process of its own for the others."""
    table: dict[str, dict[str, str]] = defaultdict(dict)
    for bomb, text in _BOMBS.items():
        start = time.process_time()
        split(text)
        table["Rightdoor"][bomb] = f"{(time.process_time() - start) * 1000:,.0f}"
        for name in LIBRARIES if _OTHERS.exists() else ():
            seconds = _theirs(name, [text], _PATIENCE).seconds
            table[name][bomb] = f"{seconds[0] * 1000:,.0f}" if seconds else f"over {_PATIENCE * 1000:,.0f}"
    print(
        "Processor milliseconds for texts made to freeze a splitter; over: by the clock, the library's start included"
    )
    print(f"  {'':29}" + "".join(f"{name[:24]:>25}" for name in table))
    for bomb in _BOMBS:
        print(f"  {bomb:29}" + "".join(f"{times[bomb]:>25}" for times in table.values()))


if __name__ == "__main__":
    main()
