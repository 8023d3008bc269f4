"""What an answer says for the detail that was asked: a name, a number, a place, or nothing of the kind."""

import re
from collections.abc import Callable, Mapping

from intake import reference
from intake.addresses import one_spelling
from intake.flow import Choice
from intake.interpretation import Detail, Interpretation, Sign
from intake.policy import Policy
from intake.typed import Typed

_LONG = 12
"""An answer of more words than this to a question after a name is more about the matter."""

_SHORTLY_ANSWERED = (
    Detail.NAME,
    Detail.EMAIL,
    Detail.PHONE,
    Detail.REFERENCE,
    Detail.REPLY_BY,
    Detail.CONSENT,
    Detail.EARLIER,
)
_EMAIL = re.compile(r"[^\s<>@,;:\"()]{1,64}@[A-Za-z0-9.-]{1,190}\.[A-Za-z]{2,24}")
_AT = re.compile(r"\s+(?:at|\(at\)|\[at\])\s+", re.IGNORECASE)
_DOT = re.compile(r"\s+dot\s+", re.IGNORECASE)
_SPELT = re.compile(r"[\s,]+(?:with|spelt|spelled)\s", re.IGNORECASE)
_NOT_A_NAME = re.compile(r"[\d@/\\<>{}\[\]?!:]")
_NO_NAME = frozenset(
    """the an want need like get it its it's that this these those is was were are be been my your our you me i i'm not
    no don't dont won't do does did have has had can can't will would should could please actually just only what why
    how who when where if then so because for from to with about on at back better wrong right sorry apology refund
    compensation money nothing neither none some any all find them they him us we give send mend
    fix pay stop make off leave""".split()
)
"""Words, written small, that no name holds: what holds one is an answer to something else."""

_SPEAKERS = frozenset("i i'm im i've ive i'd we we're they you nobody".split())
_AT_PLACES = frozenset("live lives at near outside behind opposite next corner road street lane in by".split())
_ROUND_ABOUT = 5
"""So many words more than the place are talk around it."""

_NOBODY = ("nobody", "noone")
_TELLERS = frozenset("i we nobody noone they you he she".split())

_CONTACT_BESIDE = re.compile(
    r"(?:\b(?:and|my|e-?mail|phone|tel|telephone|mobile|number|address|is|at|on)\b[\s,;:.]*)*"
    r"(?:[^\s<>]+@[^\s<>]+|\+?\d[\d ()-]{8,}\d)",
    re.IGNORECASE,
)
"""An email address or a telephone number, and what leads to it: "Anne Shaw, my email is anne@example.org"."""

_SAID = frozenset("you told know i've already asked keep".split())

_NAME_BEFORE = re.compile(
    r"^(?:(?:hi|and|yes|it is|it's|its|my name is|my name's|name is|i am|i'm|im|this is|call me)\b[ ,]*)+", re.I
)


def taken(detail: Detail, typed: Typed, reading: Interpretation, policy: Policy, offered: tuple[Choice, ...]) -> str:
    """What an answer says for the detail that was asked; empty where it does not say it."""
    if policy.flow.questions[detail].choices and detail is not Detail.REPLY_BY:
        choice = typed.choice(offered) or typed.leaning(policy.flow.questions[detail].choices)
        return choice.value if choice else ""
    return _TAKES.get(detail, _free)(typed, reading, policy)


def wished_way(typed: Typed, policy: Policy) -> tuple[str, tuple[str, ...]]:
    """The one way in which they want to be reached (empty: none is named), and those that they turn down."""
    choices = policy.flow.questions[Detail.REPLY_BY].choices
    if chosen := typed.choice(choices):
        return chosen.value, ()
    turned_down = () if typed.holds("prefers") else tuple(one for one in choices if typed.names(one.refused))
    rest = typed.without(tuple(phrase for one in turned_down for phrase in one.refused))
    refuses = rest.holds("refuse") or rest.holds("dont_know")
    left = tuple(one for one in choices if one not in turned_down)
    meant = rest.leaning(left) if typed.holds("prefers") or not refuses else None
    return meant.value if meant else "", tuple(one.value for one in turned_down)


def is_more_story(detail: Detail, typed: Typed, reading: Interpretation) -> bool:
    """Is this no answer but more about the matter?"""
    if detail in _SHORTLY_ANSWERED:
        return (typed.count > _LONG or (detail is Detail.NAME and _tells(typed))) and not reading.detail(detail)
    unhappy = any(
        reading.shows(sign) for sign in (Sign.DISSATISFIED, Sign.REPEATED, Sign.LOSS_HARM, Sign.STAFF_CONDUCT)
    )
    if detail is Detail.PUT_RIGHT and not reading.detail(Detail.PUT_RIGHT):
        words = typed.text.lower().split()
        told_before = bool(reading.detail(Detail.EARLIER)) and _tells(typed) and _SAID.isdisjoint(words)
        return told_before or (typed.count >= 3 and words[0] in _NOBODY)
    return detail is Detail.WHERE and typed.count >= 8 and unhappy and not reading.detail(Detail.WHERE)


def _tells(typed: Typed) -> bool:
    """ "I phoned three times", where something else was asked."""
    first = typed.text.lower().split()[:1]
    return typed.count >= 3 and first != [] and first[0] in _TELLERS


def names_somebody(text: str) -> bool:
    """Two to four words, each written like a name and nothing else?"""
    words = text.strip(" .").split()
    plain = not _NOT_A_NAME.search(text) and _NO_NAME.isdisjoint(text.lower().split())
    return 2 <= len(words) <= 4 and plain and all(word[:1].isupper() for word in words)


def emails_in(text: str, policy: Policy) -> tuple[str, ...]:
    """The email addresses in a short text that are not the council's own."""
    ours = {mailbox.rpartition("@")[2] for mailbox in policy.council.mailboxes}
    words = (word.strip(".,;:!?<>()'") for word in text[:400].split() if "@" in word)
    return tuple(word for word in words if _EMAIL.fullmatch(word) and word.rpartition("@")[2].lower() not in ours)


# --- by what was asked ----------------------------------------------------------------------------------------------


def _free(typed: Typed, reading: Interpretation, policy: Policy) -> str:
    says = any(letter.isalnum() for letter in typed.text) and not typed.is_filler()
    return typed.text if says else ""


def _where(typed: Typed, reading: Interpretation, policy: Policy) -> str:
    """ "I told you ten times" is no place; nor is all of "it wasn't on the moon, was it: 22 Larch Close"."""
    told, words = reading.detail(Detail.WHERE), typed.text.lower().replace(",", " ").split()
    no_place = typed.count >= 4 and not any(letter.isdigit() for letter in typed.text)
    of_themselves = words[:1] != [] and words[0] in _SPEAKERS and _AT_PLACES.isdisjoint(words)
    if typed.only("complain") or (no_place and (of_themselves or not _SAID.isdisjoint(words))):
        return told
    return told if told and typed.count >= len(told.split()) + _ROUND_ABOUT else _free(typed, reading, policy)


def _email(typed: Typed, reading: Interpretation, policy: Policy) -> str:
    """Also as it is said aloud: "anne at example dot org"."""
    text = typed.text[:400]
    text = text if "@" in text else _DOT.sub(".", _AT.sub("@", text))
    found = next((_EMAIL.fullmatch(word.strip(".,;<>()")) for word in text.split() if "@" in word), None)
    return one_spelling(found.group()) if found else ""


def _phone(typed: Typed, reading: Interpretation, policy: Policy) -> str:
    digits = sum(letter.isdigit() for letter in typed.text)
    plain = typed.text if 10 <= digits <= 15 and len(typed.text) <= 25 and "@" not in typed.text else ""
    return reading.detail(Detail.PHONE) or plain


def _name(typed: Typed, reading: Interpretation, policy: Policy) -> str:
    if told := reading.detail(Detail.NAME):
        return told
    said = typed.after("name_before") or typed.text
    said = _CONTACT_BESIDE.sub(" ", said[:200])
    name = _SPELT.split(_NAME_BEFORE.sub("", " ".join(said.split())))[0].strip(" .,;:-")
    courtesy = typed.is_filler() or any(typed.only(key) for key in ("greeting", "thanks"))
    if courtesy or not _NO_NAME.isdisjoint(_said(name)):
        return ""
    return name if 1 <= len(name.split()) <= 6 and not _NOT_A_NAME.search(name) else ""


def _said(name: str) -> set[str]:
    """The words of what may be a name that are not written like names; its first word may begin the sentence."""
    first, *others = name.split() or [""]
    return {first.lower() if others else first, *others}


def _reference(typed: Typed, reading: Interpretation, policy: Policy) -> str:
    prefix = policy.council.prefix
    words = (reading.detail(Detail.REFERENCE), typed.text[:40], *typed.text[:400].split())
    return next((found for word in words if word and (found := reference.read(word.strip(".,"), prefix))), "")


def _reply_by(typed: Typed, reading: Interpretation, policy: Policy) -> str:
    return wished_way(typed, policy)[0]


def _story(typed: Typed, reading: Interpretation, policy: Policy) -> str:
    return typed.text if typed.count >= 3 else ""


_Takes = Callable[[Typed, Interpretation, Policy], str]
_TAKES: Mapping[Detail, _Takes] = {
    Detail.WHAT: _story,
    Detail.WHERE: _where,
    Detail.EMAIL: _email,
    Detail.PHONE: _phone,
    Detail.NAME: _name,
    Detail.REFERENCE: _reference,
    Detail.REPLY_BY: _reply_by,
}
