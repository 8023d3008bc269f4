"""In which language a conversation is held, and what stands open in it said anew where that changes.

Only languages that the pack has whole count. Nothing that is written in them is read by machine: the flow goes by
choices and by what is typed for a question, and a person reads the rest.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from intake.calling import help_at_once
from intake.contact import Channel, Contact
from intake.conversation import Conversation, Talk
from intake.flow import Choice
from intake.interpretation import ENGLISH, Detail, Interpretation
from intake.policy import ENGLISH_TAG, Policy
from intake.safety import Harm
from intake.typed import Typed

ENOUGH_WORDS = 8
"""So many words that read as English surely are, whatever was spoken before."""

_BY_PATTERN = frozenset({Detail.EMAIL, Detail.PHONE, Detail.REFERENCE})
"""The details that are found by their shape, in whatever language they stand."""


def speaking(
    conversation: Conversation, contact: Contact, reading: Interpretation, policy: Policy, now: datetime
) -> Conversation:
    """The conversation in the language that its resident chose or writes; as it was where neither is told."""
    tag = _tag(conversation, contact, reading, policy)
    if tag == conversation.language:
        return conversation
    talk = said_anew(conversation.talk, policy.in_tongue(conversation.language), policy.in_tongue(tag))
    return replace(conversation, talk=talk, languages=(*conversation.languages, (now, tag)))


def said_anew(talk: Talk, before: Policy, after: Policy) -> Talk:
    """What stands open, in another language: the question, its choices, and help against danger."""
    words = dict(zip(_fixed_words(before), _fixed_words(after), strict=True))
    helped = tuple(Harm(trigger, "") for trigger in after.triggers if trigger.key in talk.helped)
    return replace(
        talk,
        prompt=words.get(talk.prompt, talk.prompt),
        offered=tuple(_labelled(choice, talk.asking, after) for choice in talk.offered),
        help=help_at_once(helped, after) if talk.help and helped else talk.help,
    )


def is_read(contact: Contact, reading: Interpretation) -> bool:
    """Is it in English beyond doubt, so that what was read in it holds? A few words look like any language."""
    return reading.language == ENGLISH and len(contact.text.split()) >= ENOUGH_WORDS


def unread(reading: Interpretation) -> Interpretation:
    """What may be taken from a message that is not read by machine."""
    return Interpretation(details=tuple(told for told in reading.details if told[0] in _BY_PATTERN))


def _tag(conversation: Conversation, contact: Contact, reading: Interpretation, policy: Policy) -> str:
    if contact.language in policy.tags:
        return contact.language
    written = policy.languages.get(reading.language)
    if contact.machine is None and written is not None and written.tag in policy.tongues:
        return written.tag
    if tag := _says_it_complains(contact, policy):
        return tag
    if contact.channel is Channel.EMAIL and contact.machine is None and is_read(contact, reading):
        return ENGLISH_TAG
    return conversation.language


def _says_it_complains(contact: Contact, policy: Policy) -> str:
    """The language in which a few words say that they complain: too few to be told by their letters."""
    text = contact.text[:200]
    if contact.machine or Typed(text, policy.officers.flow.words).holds("complain"):
        return ""
    others = (tag for tag in policy.tongues if tag != ENGLISH_TAG)
    return next((tag for tag in others if Typed(text, policy.tongues[tag].flow.words).only("complain")), "")


def _fixed_words(policy: Policy) -> Iterator[str]:
    """Everything that is asked without anything filled in; in the same order for every language."""
    for question in policy.flow.questions.values():
        yield question.ask
        yield question.again
    yield from policy.flow.sayings.values()


def _labelled(choice: Choice, asking: Detail | None, policy: Policy) -> Choice:
    """The same choice as this language says it."""
    flow = policy.flow
    of_question = flow.questions[asking].choices if asking is not None and asking in flow.questions else ()
    same = next((other for other in of_question if other.value == choice.value), flow.buttons.get(choice.value))
    kind, _, detail = choice.value.partition(":")
    if same is None and kind == "change" and detail in flow.questions:
        question = flow.questions[Detail(detail)]
        return Choice(question.label, choice.value, question.named)
    return same or choice
