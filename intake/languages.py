"""A short answer in a resident's own language with the English below it, both in one plain text.

Such a text is kept, mailed and shown like every other. A line such as "[pl] Polski" begins a passage: the language's
tag (BCP 47) and its own name. Officers and helpers read on in English.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime

from intake.calling import next_open_date
from intake.effects import Fields, InTheirLanguage
from intake.interpretation import Interpretation
from intake.policy import ENGLISH_TAG, Council, Language, Policy
from intake.wording import Words, say_it

FIELDS = frozenset({"next_open_day", "council", "council_phone"})
"""The placeholders that a language's words may use."""

_ENGLISH = "[en] English"
_TAG = r"[a-z]{2}(?:-[A-Za-z0-9]{2,8}){0,3}"
_MARK = re.compile(rf"\[({_TAG})\] (\S[^\n]{{0,40}})")
_ISOLATED, _END = "\u2066", "\u2069"
"""Left-to-right isolate and its end (UAX #9): without them a phone number's groups stand in reverse amid Arabic."""


@dataclass(frozen=True)
class Passage:
    """A part of a text that is in one language. ``tag`` and ``name`` are empty where nothing names the language."""

    tag: str
    name: str
    text: str

    @property
    def direction(self) -> str:
        """ltr or rtl, as HTML's dir attribute wants it."""
        return "rtl" if reads_right_to_left(self.name) else "ltr"


def in_their_language(
    reading: Interpretation, policy: Policy, now: datetime, *, danger: bool = False
) -> InTheirLanguage | None:
    """What to say to who wrote this in their own language; None where it is English or the pack has no words for it,
    and where all that we say is in another language anyway.
    """
    language = policy.languages.get(reading.language) if policy.tag == ENGLISH_TAG else None
    return InTheirLanguage(language, next_open_date(policy, now), danger) if language else None


def both(beside: InTheirLanguage, english: Words, council: Council) -> Words:
    """A letter in the resident's language and in English."""
    subject = f"{beside.language.subject} / {english.subject}"
    return Words(subject, with_english(beside, english.body, council))


def with_english(beside: InTheirLanguage, english: str, council: Council) -> str:
    """The resident's language first, then the English words."""
    language = beside.language
    fields: Fields = {"next_open_day": numeric(beside.until), "council": council.name, "council_phone": council.phone}
    if language.right_to_left:
        fields = {name: f"{_ISOLATED}{value}{_END}" for name, value in fields.items()}
    own = f"{language.harm}\n\n{language.body}" if beside.danger else language.body
    return _one_above_the_other(language, say_it(own, fields, council), english)


def help_with_english(reading: Interpretation, english: str, policy: Policy) -> str:
    """Help for who may come to harm: a line in their language, then the English ones."""
    language = policy.languages.get(reading.language) if policy.tag == ENGLISH_TAG else None
    return _one_above_the_other(language, language.harm, english) if language else english


def marked(words: Words, policy: Policy) -> Words:
    """A letter that is whole in the policy's language; a mark says which, unless it is English."""
    if policy.tag == ENGLISH_TAG:
        return words
    return Words(words.subject, f"[{policy.tag}] {policy.own_name}\n{words.body}")


def whole(text: str) -> Passage:
    """A text without its mark where all of it is in one language, with that language's tag; as it is otherwise."""
    parts = passages(text)
    return parts[0] if len(parts) == 1 and parts[0].tag else Passage("", "", text)


def passages(text: str) -> tuple[Passage, ...]:
    """A text's parts by language, in order; one part without a name where it is in no more than one."""
    parts: list[tuple[str, str, list[str]]] = [("", "", [])]
    for line in text.split("\n"):
        if mark := _MARK.fullmatch(line):
            parts.append((mark[1], mark[2], []))
        else:
            parts[-1][2].append(line)
    return tuple(Passage(tag, name, "\n".join(lines)) for tag, name, lines in parts if tag or any(lines))


def _one_above_the_other(language: Language, own: str, english: str) -> str:
    return f"[{language.tag}] {language.own_name}\n{own}\n\n{_ENGLISH}\n{english}"


def is_tag(code: str) -> bool:
    """May a language be called by this code?"""
    return re.fullmatch(_TAG, code) is not None


def numeric(day: date) -> str:
    """A date that is understood without English: 14/12/2026. The English below it names the month."""
    return f"{day:%d/%m/%Y}"


def reads_right_to_left(name: str) -> bool:
    """Is this written from right to left? Its first letter tells (UAX #9, rule P2)."""
    kinds = (unicodedata.bidirectional(letter) for letter in name)
    return next((kind for kind in kinds if kind in ("L", "R", "AL")), "L") != "L"
