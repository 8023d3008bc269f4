"""Writes the tables of docs/ that come from the code and the data, between their markers. `make docs` runs it."""

from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

from intake.rights import RIGHTS, Right, Role
from intake.triage import TABLE
from nlu.examples import read_examples
from nlu.held import Messages, read_messages

END = "end -->"
SETS: tuple[Messages, ...] = ("tuning", "held_out", "first_words")


def rules_table() -> str:
    """The triage table as the manual shows it."""
    rows = (f"| {n} | `{rule.key}` | `{rule.route}` | {rule.looks_for} |" for n, rule in enumerate(TABLE, start=1))
    return "\n".join(("| | rule | route | looks for |", "| --- | --- | --- | --- |", *rows))


def counts_tables() -> str:
    """How many messages there are of each label, in each of the sets."""
    sets = (
        [(e.route, e.service, e.signpost, e.urgent, e.text) for e in read_examples()],
        *(
            [(m["route"], m["service"], m["signpost"], m["urgent"], m["words"]) for m in read_messages(which)]
            for which in SETS
        ),
    )
    parts = [_row("messages", *(len(one) for one in sets)), _row("urgent", *(sum(m[3] for m in one) for one in sets))]
    parts += [
        _row(f"of {low} to {high} words", *(sum(low <= len(m[4].split()) <= high for m in one) for one in sets))
        for low, high in ((0, 14), (15, 59), (60, 149), (150, 500))
    ]
    tables = ["| | examples | tuning | held out | first words |", "| --- | --- | --- | --- | --- |", *parts]
    for place, name in enumerate(("route", "service", "signpost")):
        tables += ["", f"| {name} | examples | tuning | held out | first words |", "| --- | --- | --- | --- | --- |"]
        tables += _counts([Counter(message[place] for message in one) for one in sets])
    return "\n".join(tables)


def roles_table() -> str:
    """Which role has which rights."""
    names = [role.value.replace("_", " ") for role in Role]
    rows = [f"| | {' | '.join(names)} |", f"| --- |{' --- |' * len(names)}"]
    for right in Right:
        ticks = ("yes" if right in RIGHTS[role] else "" for role in Role)
        rows.append(f"| {right.value} | {' | '.join(ticks)} |")
    return "\n".join(rows)


def _counts(counts: list[Counter[str]]) -> Iterable[str]:
    for label, _ in counts[0].most_common():
        yield _row(f"`{label}`", *(count[label] for count in counts))


def _row(name: str, *figures: int) -> str:
    return f"| {name} | {' | '.join(map(str, figures))} |"


TABLES: dict[Path, tuple[str, Callable[[], str]]] = {
    Path("docs/triage.md"): ("<!-- rules begin: make docs writes them -->", rules_table),
    Path("docs/data-card.md"): ("<!-- counts begin: make docs writes them -->", counts_tables),
    Path("docs/sign-in.md"): ("<!-- roles begin: make docs writes them -->", roles_table),
}


def up_to_date(path: Path) -> str:
    """The page with its table as it is now."""
    begin, table = TABLES[path]
    before, _, rest = path.read_text(encoding="utf-8").partition(begin)
    after = rest.partition(END)[2]
    return f"{before}{begin}\n{table()}\n<!-- {END}{after}"


if __name__ == "__main__":
    for path in TABLES:
        path.write_text(up_to_date(path), encoding="utf-8")
