"""Which conversation a message belongs to. A thread proves nothing about its sender, so the person must fit too."""

import hashlib
import re
import secrets
from collections.abc import Iterable

from intake.contact import Contact, Proof, Reply
from intake.conversation import Conversation
from intake.interpretation import Interpretation, Sign
from intake.reference import read

ANOTHER_MATTER = 0.9
"""How surely a mail in an old thread must read as a matter of its own, about another service, to be taken for one."""

NEW_MATTERS = (
    "formal",
    "urgent",
    "early_intervention",
    "service_request",
    "business_request",
    "other_organisation",
    "alternative_path",
    "compliment",
    "information_request",
)
"""The routes of messages that begin something."""

_NO_MATTER_OF_THEIR_OWN = ("none", "any_other", "staff_conduct")
_CONVERSATION = "c"
_LETTER = "b"
_WORD = re.compile(r"[A-Za-z0-9-]{8,20}")


def reply_address(mailbox: str, conversation: str) -> str:
    """Where answers in this conversation go: our mailbox with a tag that nobody can guess (RFC 5233)."""
    return _tagged(mailbox, _CONVERSATION + conversation)


def bounce_address(mailbox: str, letter: str) -> str:
    """The envelope sender of one letter, so that what comes back names it."""
    return _tagged(mailbox, _LETTER + letter)


def _tagged(mailbox: str, tag: str) -> str:
    local, _, domain = mailbox.rpartition("@")
    return f"{local}+{tag}@{domain}"


def conversations_named(tags: Iterable[str]) -> tuple[str, ...]:
    """The conversations that a mail's reply addresses name."""
    return tuple(tag.removeprefix(_CONVERSATION) for tag in tags if tag.startswith(_CONVERSATION))


def draw_token() -> str:
    """A secret that lets its holder go on with a live conversation: 256 bits. Only its holder keeps it."""
    return secrets.token_urlsafe(32)


def conversation_of(token: str) -> str:
    """The id of the conversation that a token opens. The id is no secret: no token can be found for it."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()[:24]


def is_conversation(name: str) -> bool:
    """Has it the form of a conversation's id?"""
    return re.fullmatch(r"[0-9a-f]{24}", name) is not None


def letters_named(contact: Contact) -> tuple[str, ...]:
    """The letters of ours that a mail's envelope, threading headers or returned headers name."""
    tagged = (tag.removeprefix(_LETTER) for tag in contact.tags if tag.startswith(_LETTER))
    bounce = contact.bounce
    returned = (bounce.envelope, *bounce.message_ids) if bounce else ()
    named = (message_id.partition("@")[0] for message_id in (*returned, *reversed(contact.references)))
    return tuple(dict.fromkeys(filter(None, (*tagged, *named))))


def proves(contact: Contact, letter: Reply) -> bool:
    """Does a report bear what stood in the letter's envelope alone? Who was shown the letter knows its Message-ID."""
    tagged = any(tag == _LETTER + letter.envelope for tag in contact.tags)
    reported = contact.bounce is not None and contact.bounce.envelope == letter.envelope
    return not letter.envelope or tagged or reported


def references_in(subject: str, prefix: str) -> tuple[str, ...]:
    """The case references that stand in a subject, in their proper form."""
    words = (read(word, prefix) for word in _WORD.findall(subject[:300]))
    return tuple(dict.fromkeys(reference for reference in words if reference))


def belongs(conversation: Conversation, contact: Contact) -> bool:
    """Is it the conversation's own person who writes, as far as can be told?"""
    forged = contact.sender_check.proof is Proof.FAILED
    same = conversation.person.email == contact.person.email
    return bool(contact.person.email) and same and not forged


def is_new_matter(conversation: Conversation, reading: Interpretation) -> bool:
    """Does somebody use an old thread for a new matter? Only where it surely is another one, and answers nothing."""
    before = conversation.decision
    if before is None or not reading.routes or before.service == "none":
        return False
    answers = {detail for detail, _ in reading.details}.intersection(conversation.asked)
    if answers or reading.shows(Sign.ADDS) or reading.routes[0].key not in NEW_MATTERS:
        return False
    another = reading.service.key not in (*_NO_MATTER_OF_THEIR_OWN, before.service)
    return another and min(reading.routes[0].confidence, reading.service.confidence) >= ANOTHER_MATTER
