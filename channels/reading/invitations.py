"""What an invitation to a meeting says (text/calendar, RFC 5545), in words for an officer and for triage."""

import re
from collections.abc import Iterator
from datetime import datetime

from channels.reading.charsets import clean

LONGEST = 100_000
"""Characters of a calendar that are looked at."""

_KINDS = {"REQUEST": "Invitation", "CANCEL": "Cancelled meeting", "REPLY": "Answer to an invitation"}
_LABELS = (("DTSTART", "From"), ("DTEND", "Until"), ("LOCATION", "Where"), ("DESCRIPTION", ""))
_ESCAPED = re.compile(r"\\([\\;,nN])")
_ZONE = re.compile(r"TZID=\"?([\w/+ -]{1,60})", re.IGNORECASE)


def describe(calendar: str) -> str:
    """Its first meeting: kind, summary, times with their zone, place and description; empty where there is none."""
    fields: dict[str, str] = {}
    for name, value in _fields(clean(calendar)[:LONGEST]):
        if name == "END" and value.upper() == "VEVENT":
            break
        if name == "BEGIN" and value.upper() == "VEVENT":
            fields = {key: fields[key] for key in ("METHOD",) if key in fields}
        fields.setdefault(name, value)
    if "SUMMARY" not in fields and "DTSTART" not in fields:
        return ""
    kind = _KINDS.get(fields.get("METHOD", "").upper(), "Meeting")
    lines = [f"{kind}: {fields.get('SUMMARY', '')}".strip()]
    lines += [f"{label}: {fields[name]}" if label else fields[name] for name, label in _LABELS if fields.get(name)]
    return "\n".join(lines)


def _fields(calendar: str) -> Iterator[tuple[str, str]]:
    """(name, value in words) of each line. A line that begins with a blank goes on the one above (section 3.1)."""
    for line in calendar.replace("\n ", "").split("\n"):
        head, _, value = line.partition(":")
        name, _, parameters = head.partition(";")
        yield name.strip().upper(), _words(name.strip().upper(), parameters, value)


def _words(name: str, parameters: str, value: str) -> str:
    if name in ("DTSTART", "DTEND"):
        return _moment(value.strip(), parameters)
    return _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], value).strip()


def _moment(value: str, parameters: str) -> str:
    """A time as it is written, with the zone that the sender names; nothing is converted (section 3.3.5)."""
    zone = _ZONE.search(parameters)
    named = "UTC" if value.endswith("Z") else zone[1] if zone else ""
    for shape, words in (("%Y%m%dT%H%M%S", "%-d %B %Y, %H:%M"), ("%Y%m%d", "%-d %B %Y")):
        try:
            moment = datetime.strptime(value.removesuffix("Z"), shape)
        except ValueError:
            continue
        return f"{moment.strftime(words)} {f'({named})' if named else ''}".strip()
    return value[:100]
