"""Gathering: what is known, what is still wanted, and what an answer tells. Conversation in, conversation out."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from intake import reference
from intake.contact import Person
from intake.conversation import Conversation
from intake.flow import Choice, Question
from intake.interpretation import Detail, Interpretation, Sign
from intake.policy import ENGLISH_TAG, Policy, Service
from intake.typed import Typed
from intake.wording import UNNAMED, quoted

MOST_CHARACTERS = 20_000
"""What is kept of one detail; the rest stays in the turns."""

_LONG = 12
"""An answer of more words than this to a question after a name is more about the matter."""

_OF_PERSON = {Detail.NAME: "name", Detail.EMAIL: "email", Detail.PHONE: "phone", Detail.ADDRESS: "address"}
REACHED_BY = {Detail.EMAIL: "email", Detail.PHONE: "phone", Detail.ADDRESS: "address"}
"""The detail that each way of reaching them needs, with the way."""

_SHORTLY_ANSWERED = (
    Detail.NAME,
    Detail.EMAIL,
    Detail.PHONE,
    Detail.REFERENCE,
    Detail.REPLY_BY,
    Detail.CONSENT,
    Detail.EARLIER,
)
_VOLUNTEERED = (
    Detail.WHERE,
    Detail.PUT_RIGHT,
    Detail.NAME,
    Detail.EMAIL,
    Detail.PHONE,
    Detail.REFERENCE,
    Detail.WHEN,
    Detail.AMOUNT,
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

_SAID = frozenset("you told know i've already asked keep".split())

_NAME_BEFORE = re.compile(
    r"^(?:(?:hi|and|yes|it is|it's|its|my name is|my name's|name is|i am|i'm|im|this is|call me)\b[ ,]*)+", re.I
)


def known(conversation: Conversation) -> Mapping[Detail, str]:
    """Every detail that was told, those of the person among them."""
    person = {detail: getattr(conversation.person, name) for detail, name in _OF_PERSON.items()}
    return {detail: words for detail, words in {**conversation.details, **person}.items() if words}


def wanted(conversation: Conversation, policy: Policy) -> tuple[Detail, ...]:
    """The details that are still to be asked for, in the pack's order."""
    told = known(conversation)
    return tuple(
        detail
        for detail in dict.fromkeys(listed(conversation, policy))
        if detail not in told and detail not in conversation.talk.unknown
    )


def record(conversation: Conversation, detail: Detail, words: str) -> Conversation:
    """The conversation with this detail told. A way to reach them answers how to reach them, too."""
    details = dict(conversation.details)
    person = conversation.person
    if detail in _OF_PERSON:
        person = replace(person, **{_OF_PERSON[detail]: words[:300]})
    else:
        details[detail] = words[:MOST_CHARACTERS]
    if detail in REACHED_BY:
        details.setdefault(Detail.REPLY_BY, REACHED_BY[detail])
    unknown = tuple(other for other in conversation.talk.unknown if other is not detail)
    talk = replace(conversation.talk, last=detail, unknown=unknown)
    return replace(conversation, details=details, person=person, talk=talk)


def forget(conversation: Conversation, detail: Detail) -> Conversation:
    """The conversation with this detail open again."""
    details = {key: words for key, words in conversation.details.items() if key is not detail}
    if detail in REACHED_BY:
        details.pop(Detail.REPLY_BY, None)
    person = conversation.person
    if detail is Detail.REPLY_BY:
        person = Person(name=person.name)
    elif detail in _OF_PERSON:
        person = replace(person, **{_OF_PERSON[detail]: ""})
    unknown = tuple(other for other in conversation.talk.unknown if other is not detail)
    return replace(conversation, details=details, person=person, talk=replace(conversation.talk, unknown=unknown))


def leave_out(conversation: Conversation, detail: Detail) -> Conversation:
    """They don't know it or won't say it. Where a way to reach them is refused, another may be offered."""
    details = dict(conversation.details)
    if detail in REACHED_BY:
        details.pop(Detail.REPLY_BY, None)
    unknown = tuple(dict.fromkeys((*conversation.talk.unknown, detail)))
    return replace(conversation, details=details, talk=replace(conversation.talk, unknown=unknown))


def volunteered(conversation: Conversation, reading: Interpretation, policy: Policy) -> Conversation:
    """Whatever a message tells besides, taken up where it was not known. An address of the council's is not theirs."""
    ours = {mailbox.rpartition("@")[2] for mailbox in policy.council.mailboxes}
    for detail, words in reading.details:
        theirs = detail in _VOLUNTEERED and words.rpartition("@")[2].lower() not in ours
        if detail is Detail.REFERENCE:
            words = reference.read(words, policy.council.prefix) or ""
        if theirs and words and detail not in known(conversation):
            conversation = record(conversation, detail, words.lower() if detail is Detail.EMAIL else words)
    return conversation


def emails_in(text: str, policy: Policy) -> tuple[str, ...]:
    """The email addresses in a short text that are not the council's own."""
    ours = {mailbox.rpartition("@")[2] for mailbox in policy.council.mailboxes}
    words = (word.strip(".,;:!?<>()'") for word in text[:400].split() if "@" in word)
    return tuple(word for word in words if _EMAIL.fullmatch(word) and word.rpartition("@")[2].lower() not in ours)


def recorded(conversation: Conversation, told: tuple[tuple[str, str], ...], policy: Policy) -> Conversation:
    """What a form or a button tells by the names of details, where it is what such a detail may be."""
    for name, words in told:
        detail = next((detail for detail in Detail if detail.value == name), None)
        if detail is None or detail is Detail.WHAT or detail not in policy.flow.questions:
            continue
        typed = Typed(words, policy.flow.words)
        value = taken(detail, typed, Interpretation(), policy, policy.flow.questions[detail].choices)
        conversation = record(conversation, detail, value) if value else conversation
    return conversation


def add_to_story(conversation: Conversation, words: str) -> Conversation:
    """More of what happened."""
    before = conversation.details.get(Detail.WHAT, "")
    story = f"{before}\n{words}".strip()[:MOST_CHARACTERS]
    return replace(conversation, details={**conversation.details, Detail.WHAT: story})


def choices_for(conversation: Conversation, detail: Detail, question: Question) -> tuple[Choice, ...]:
    """The choices of a question, less the ways to reach them that they refused."""
    refused = {REACHED_BY[other] for other in conversation.talk.unknown if other in REACHED_BY}
    return tuple(choice for choice in question.choices if detail is not Detail.REPLY_BY or choice.value not in refused)


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


def summary_lines(conversation: Conversation, policy: Policy) -> tuple[str, ...]:
    """What was told, a line for each detail, in the pack's order."""
    told, questions = known(conversation), policy.flow.questions
    order = dict.fromkeys((*_SUMMARISED, *questions))
    return tuple(
        f"{questions[detail].label}: {shown(detail, told[detail], policy)}"
        for detail in order
        if detail in told and detail in questions and (detail is not Detail.REPLY_BY or _is_choice_of_ways(told))
    )


def _is_choice_of_ways(told: Mapping[Detail, str]) -> bool:
    """How to reach them is to be seen from the address or number, but where both are known."""
    return sum(detail in told for detail in REACHED_BY) > 1


def shown(detail: Detail, words: str, policy: Policy) -> str:
    """A detail as it is said back: one line, a choice by its label."""
    choices = policy.flow.questions[detail].choices
    label = next((choice.label for choice in choices if choice.value == words), "")
    words = ", ".join(map(_once, words.split(", "))) if detail is Detail.WHEN else words
    return label or (words if detail is Detail.EMAIL else quoted(words, 300))


def _once(day: str) -> str:
    """A day whose date was typed needs no date in brackets behind it: of "since 3 March" only the year is new."""
    typed, _, date = day.partition(" (")
    lead, since, said = typed.rpartition("since ")
    return f"{lead}{since}{date.rstrip(')')}" if said and date.startswith(said) else day


_SUMMARISED = (Detail.WHAT, Detail.WHERE, Detail.WHEN, Detail.PUT_RIGHT, Detail.BEHALF, Detail.CONSENT, Detail.NAME)


def listed(conversation: Conversation, policy: Policy) -> Iterator[Detail]:
    """The details of its route, less those that do not fit this matter."""
    decision, talk = conversation.decision, conversation.talk
    if talk.wants_letter:
        yield Detail.EMAIL
    service = policy.services.get(decision.service) if decision else None
    for detail in policy.flow.routes.get(decision.route, ()) if decision else ():
        if detail is Detail.WHERE and service is not None and not _asks_where(service, policy):
            continue
        if detail in (Detail.BEHALF, Detail.CONSENT) and not talk.for_another:
            continue
        yield detail
        if detail is Detail.REPLY_BY:
            yield from _by(conversation)


def _asks_where(service: Service, policy: Policy) -> bool:
    """Where nobody read which service it is, the place helps people to find it."""
    return service.asks_where or (policy.tag != ENGLISH_TAG and service.key == UNNAMED)


def _by(conversation: Conversation) -> Iterator[Detail]:
    """After the way to reach them, where that way leads."""
    chosen = conversation.details.get(Detail.REPLY_BY, "")
    yield from (detail for detail, value in REACHED_BY.items() if value == chosen)


# --- what an answer says, by what was asked -------------------------------------------------------------------------


def _free(typed: Typed, reading: Interpretation, policy: Policy) -> str:
    says = any(letter.isalnum() for letter in typed.text) and not typed.is_filler()
    return typed.text if says else ""


def _where(typed: Typed, reading: Interpretation, policy: Policy) -> str:
    """ "I told you ten times" is no place; nor is all of "it wasn't on the moon, was it: 22 Larch Close"."""
    told, words = reading.detail(Detail.WHERE), typed.text.lower().replace(",", " ").split()
    no_place = typed.count >= 4 and not any(letter.isdigit() for letter in typed.text)
    of_themselves = words[:1] != [] and words[0] in _SPEAKERS and _AT_PLACES.isdisjoint(words)
    if no_place and (of_themselves or not _SAID.isdisjoint(words)):
        return told
    return told if told and typed.count >= len(told.split()) + _ROUND_ABOUT else _free(typed, reading, policy)


def _email(typed: Typed, reading: Interpretation, policy: Policy) -> str:
    """Also as it is said aloud: "anne at example dot org"."""
    text = typed.text[:400]
    text = text if "@" in text else _DOT.sub(".", _AT.sub("@", text))
    found = next((_EMAIL.fullmatch(word.strip(".,;<>()")) for word in text.split() if "@" in word), None)
    return found.group().lower() if found else ""


def _phone(typed: Typed, reading: Interpretation, policy: Policy) -> str:
    digits = sum(letter.isdigit() for letter in typed.text)
    plain = typed.text if 10 <= digits <= 15 and len(typed.text) <= 25 and "@" not in typed.text else ""
    return reading.detail(Detail.PHONE) or plain


def _name(typed: Typed, reading: Interpretation, policy: Policy) -> str:
    if told := reading.detail(Detail.NAME):
        return told
    said = typed.after("name_before") or typed.text
    name = _SPELT.split(_NAME_BEFORE.sub("", " ".join(said[:200].split())))[0].strip(" .,")
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
