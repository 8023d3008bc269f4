"""Gathering: what is known, what is still wanted, what to take down. Conversation in, conversation out."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from intake import reference
from intake.addresses import one_spelling
from intake.answering import taken
from intake.contact import Person
from intake.conversation import Conversation
from intake.flow import Choice, Question
from intake.interpretation import Detail, Interpretation
from intake.policy import ENGLISH_TAG, Policy, Service
from intake.typed import Typed
from intake.wording import UNNAMED, quoted

MOST_CHARACTERS = 20_000
"""What is kept of one detail; the rest stays in the turns."""

_OF_PERSON = {Detail.NAME: "name", Detail.EMAIL: "email", Detail.PHONE: "phone", Detail.ADDRESS: "address"}
REACHED_BY = {Detail.EMAIL: "email", Detail.PHONE: "phone", Detail.ADDRESS: "address"}
"""The detail that each way of reaching them needs, with the way."""

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
            conversation = record(conversation, detail, one_spelling(words) if detail is Detail.EMAIL else words)
    return conversation


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
