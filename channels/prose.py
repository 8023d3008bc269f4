"""The words of residents' pages: the pack's texts filled in, in the language that the page's reader chose.

Texts are the council's own, never a resident's: so [words](address) becomes a link, which letters never make.
"""

import re
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape
from starlette.requests import cookie_parser
from starlette.types import Scope

from intake.policy import ENGLISH_TAG, Policy
from intake.wording import day, say_it

LANGUAGE_COOKIE = "language"
"""Remembers the language that somebody chose, until their browser is closed. Nothing else is in it."""

_LINK = re.compile(r"\[([^\]\n]+)\]\(([^()\s]+)\)")
_LONDON = ZoneInfo("Europe/London")
_chosen: ContextVar[str] = ContextVar("chosen", default="")
_followed: ContextVar[str] = ContextVar("followed", default="")
_MARKS: Mapping[str, tuple[str, str]] = {"* ": ("ul", "li"), "1. ": ("ol", "li"), "## ": ("", "h3"), "# ": ("", "h2")}


def choose(tag: str) -> None:
    """From here on, this request's pages are in the language of this tag (empty: its reader chose none)."""
    _chosen.set(tag)
    _followed.set("")


def chosen() -> str:
    """The tag of the language that this request's reader chose; empty where they chose none."""
    return _chosen.get()


def follow(tag: str) -> None:
    """Where this request's reader chose no language, its pages are in this one: a conversation's."""
    _followed.set(tag)


def shown() -> str:
    """The tag of the language that this request's pages are in."""
    return _chosen.get() or _followed.get() or ENGLISH_TAG


def asked_for(scope: Scope, policy: Policy) -> tuple[str, bool]:
    """The language that a request names, by its address or by the cookie; and whether the address does."""
    asked = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("lang", [""])[0]
    if asked in policy.tags:
        return asked, True
    headers = (value.decode("latin-1") for name, value in scope["headers"] if name == b"cookie")
    kept = next((tag for head in headers if (tag := cookie_parser(head).get(LANGUAGE_COOKIE, ""))), "")
    return (kept, False) if kept in policy.tags else ("", False)


@dataclass(frozen=True)
class Words:
    """The words of a page in one language."""

    policy: Policy

    @property
    def lang(self) -> str:
        """What stands in HTML's lang attribute."""
        return "en-GB" if self.policy.tag == ENGLISH_TAG else self.policy.tag

    def say(self, key: str, **fields: str) -> str:
        """A text, filled in."""
        council = self.policy.council
        known = {
            "council_tel": council.phone.replace(" ", ""),
            "mailbox": council.mailboxes[0],
            "prefix": council.prefix,
            "data_protection_email": council.data_protection_email,
            "accessibility_email": council.accessibility_email,
            "accessibility_checked": day(council.accessibility_checked, self.policy),
        }
        return say_it(self.policy.pages[key], {**known, **fields}, council)

    def of(self, words: str) -> str:
        """The text of this key; words that are no key as they are."""
        return self.say(words) if words in self.policy.pages else words

    def line(self, key: str, **fields: str) -> Markup:
        """A text of one paragraph, with its links."""
        return _linked(self.say(key, **fields))

    def prose(self, key: str, **fields: str) -> Markup:
        """A long text: headings, paragraphs, points and links."""
        return Markup("\n").join(_blocks(self.say(key, **fields).split("\n")))

    def moment(self, at: datetime) -> str:
        """A moment in British time: 14 December 2026 at 9:05am."""
        local = at.astimezone(_LONDON)
        minutes = f":{local:%M}" if local.minute else ""
        clock = f"{local.hour % 12 or 12}{minutes}{self.say('am' if local.hour < 12 else 'pm')}"
        if not local.minute and local.hour in (0, 12):
            clock = self.say("midday" if local.hour else "midnight")
        return self.say("moment", day=day(local, self.policy), time=clock)

    def others(self) -> Iterator[tuple[str, str]]:
        """The other languages that the pack has whole: tag and own name."""
        for tag, policy in self.policy.tongues.items():
            if tag != self.policy.tag:
                yield tag, policy.own_name


def _blocks(lines: list[str]) -> Iterator[Markup]:
    """A line is a block of its own; points that follow one another are one list."""
    points: list[Markup] = []
    around = ""
    for line in [*lines, ""]:
        mark = next((mark for mark in _MARKS if line.startswith(mark)), "")
        group, tag = _MARKS.get(mark, ("", "p"))
        if points and group != around:
            yield Markup("<{0}>{1}</{0}>").format(around, Markup("").join(points))
            points = []
        around = group
        words = Markup("<{0}>{1}</{0}>").format(tag, _linked(line[len(mark) :]))
        if group:
            points.append(words)
        elif line.strip():
            yield words


def _linked(text: str) -> Markup:
    parts = _LINK.split(text)
    words = Markup("")
    for number in range(0, len(parts), 3):
        words += escape(parts[number])
        if number + 2 < len(parts):
            words += Markup('<a href="{1}">{0}</a>').format(parts[number + 1], parts[number + 2])
    return words
