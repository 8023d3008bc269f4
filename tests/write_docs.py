"""Writes the tables of docs/ that come from the code, between their markers. `make docs` runs it; a test compares."""

from pathlib import Path

from intake.triage import TABLE

TRIAGE = Path("docs/triage.md")
BEGIN, END = "<!-- rules begin: make docs writes them -->", "<!-- rules end -->"


def rules_table() -> str:
    """The triage table as the manual shows it."""
    rows = (f"| {n} | `{rule.key}` | `{rule.route}` | {rule.looks_for} |" for n, rule in enumerate(TABLE, start=1))
    return "\n".join(("| | rule | route | looks for |", "| --- | --- | --- | --- |", *rows))


def with_rules(page: str) -> str:
    """The page with the table as it is now."""
    before, _, rest = page.partition(BEGIN)
    after = rest.partition(END)[2]
    return f"{before}{BEGIN}\n{rules_table()}\n{END}{after}"


if __name__ == "__main__":
    TRIAGE.write_text(with_rules(TRIAGE.read_text()))
