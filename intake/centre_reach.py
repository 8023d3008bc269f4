"""How officers' words reach residents: on their screen, in their messenger, by letter in the thread, or on paper."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from intake.carry_out import carry_out
from intake.centre_view import Sight
from intake.contact import Channel, Person, Reply
from intake.conversation import Conversation
from intake.effects import Step, Tell
from intake.interpretation import Detail
from intake.messenger import Numbered
from intake.paper import PaperLetter
from intake.policy import Policy
from intake.ports import UnitOfWork
from intake.takeover import BY_LETTER, OFFICERS_LETTER, nothing_said
from intake.talk_scene import say_in
from intake.threads import reply_address

GONE_AFTER = timedelta(minutes=3)
"""Without a sign of an open page for so long, who sat at a web chat counts as gone."""

MOST_UNSEEN = 60
"""The last turns among which an officer's words are looked for that nobody has seen."""


def carry(unit: UnitOfWork, step: Step[Conversation], policy: Policy, now: datetime) -> None:
    """What is said goes by letter where nobody sits at a screen."""
    known = step.state
    carry_out(step, nothing_said(known, now), unit, policy.in_tongue(known.language), now)
    if known.channel not in BY_LETTER or cannot_write(unit, known):
        return
    for effect in step.effects:
        if isinstance(effect, Tell):
            unit.outbox.add(letter(unit, known, effect.text, policy), now)


def letter(unit: UnitOfWork, known: Conversation, words: str, policy: Policy, officer: str = "") -> Reply:
    """A letter in the conversation's thread; an officer's is signed with their name."""
    last = unit.centre.last_contact(known.id)
    message_id = last.message_id if last else ""
    references = tuple(dict.fromkeys((*(last.references if last else ()), message_id)))[-20:]
    subject = known.subject or "Your message to us"
    signed = "\n".join(filter(None, (officer, policy.council.name)))
    return Reply(
        id=secrets.token_hex(16),
        conversation=known.id,
        kind=OFFICERS_LETTER if officer else "told",
        to=known.person.email,
        subject=subject if subject.lower().startswith("re:") else f"Re: {subject}",
        body=f"{words}\n\n{signed}",
        in_reply_to=message_id,
        references=tuple(filter(None, references)),
        reply_to=reply_address(policy.council.mailboxes[0], known.id),
        envelope=secrets.token_hex(16),
    )


def on_paper(known: Conversation, to: Person, subject: str, words: str, policy: Policy, now: datetime) -> PaperLetter:
    """The same on paper, which an officer prints and posts; ``words`` hold who wrote them."""
    service = known.decision.service if known.decision else "none"
    body = f"{words}\n{policy.council.name}"
    return PaperLetter(secrets.token_hex(16), known.id, service, to.name, to.address, subject, body, now)


def by_post(unit: UnitOfWork, known: Conversation, address: str) -> str:
    """Why a letter to them goes by post to this address; empty where it goes another way, or there is no address."""
    if not address:
        return ""
    if known.details.get(Detail.REPLY_BY) == "address":
        return "They asked for a reply by post."
    return _closed(unit, known)


def talked_by_post(unit: UnitOfWork, known: Conversation) -> str:
    """The same for what is said in their conversation: whoever sits at a screen reads it there."""
    at_a_screen = known.channel not in BY_LETTER and not _closed(unit, known)
    return "" if at_a_screen else by_post(unit, known, known.person.address)


def cannot_write(unit: UnitOfWork, known: Conversation, person: Person | None = None) -> str:
    """Why nothing that is written here reaches them by itself, and how else they can be reached; empty where it does.

    ``person`` is who their case says they are, where that may tell more than the conversation.
    """
    closed = _closed(unit, known)
    return f"{closed} {instead(known.person, person)}" if closed else ""


def instead(*persons: Person | None) -> str:
    """How somebody can be reached without mail and messages."""
    phone = next((one.phone for one in persons if one is not None and one.phone), "")
    address = next((one.address for one in persons if one is not None and one.address), "")
    post = ", ".join(line.strip() for line in address.splitlines() if line.strip())
    ways = [f"Call them on {phone}." if phone else "", f"Write by post to {post}." if post else ""]
    return " ".join(filter(None, ways)) or "We know neither a phone number nor a postal address of theirs."


def has_left(known: Conversation, sight: Sight, now: datetime) -> bool:
    """Has who sat at a web chat closed it, as far as we know? A page that never told of itself tells nothing."""
    is_chat = known.channel is Channel.WEBCHAT
    return is_chat and sight.shown_at is not None and now - sight.shown_at > GONE_AFTER


def is_mailed(unit: UnitOfWork, known: Conversation) -> bool:
    """Is there an address of theirs to which words can be mailed that they do not read in the chat?"""
    wants_mail = known.details.get(Detail.REPLY_BY, "email") == "email"
    return wants_mail and bool(known.person.email) and not unit.addresses.dead(known.person.email)


def left(unit: UnitOfWork, known: Conversation, sight: Sight, now: datetime) -> str:
    """That they have left the chat, and what becomes of an officer's words; empty where they have not."""
    if not has_left(known, sight, now):
        return ""
    if is_mailed(unit, known):
        return (
            f"They have left the chat. What you write is mailed to {known.person.email}, and waits here for them too."
        )
    return f"They have left the chat. They see what you write if they come back. {instead(known.person)}"


def unseen(unit: UnitOfWork, known: Conversation) -> Sequence[Numbered]:
    """An officer's words in a chat that no page of theirs has shown and no letter carries."""
    spoken, shown = unit.centre.spoken(known.id), unit.centre.sight(known.id).shown
    turns, earlier = unit.centre.page_of(known.id, 0, MOST_UNSEEN)
    later = (one for n, one in enumerate(turns, earlier + 1) if n > shown)
    return [one for one in later if one.number in spoken and not spoken[one.number][1]]


def after_leaving(before: Sequence[Numbered], words: str, policy: Policy, now: datetime) -> str:
    """What is mailed to who has left the chat: these words after those that they have not seen."""
    return "\n\n".join((*(one.turn.text for one in before), words, say_in(policy, now, "mailed_from_chat", {})))


def _closed(unit: UnitOfWork, known: Conversation) -> str:
    if known.channel is Channel.TELEGRAM:
        chat = unit.messenger.chat(known.id)
        return f"Nothing can be sent to their chat on Telegram: {chat.closed}." if chat and chat.closed else ""
    if known.channel is Channel.WEBCHAT:
        return ""
    if not known.person.email:
        return "We have no email address of theirs."
    dead = unit.addresses.dead(known.person.email)
    return f"Mail to {known.person.email} does not reach them: {dead}." if dead else ""
