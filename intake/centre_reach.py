"""How officers' words reach residents: on their screen, in their messenger, by letter in the thread, or on paper."""

import secrets
from datetime import datetime

from intake.carry_out import carry_out
from intake.contact import Channel, Person, Reply
from intake.conversation import Conversation
from intake.effects import Step, Tell
from intake.interpretation import Detail
from intake.paper import PaperLetter
from intake.policy import Policy
from intake.ports import UnitOfWork
from intake.takeover import BY_LETTER, OFFICERS_LETTER, nothing_said
from intake.threads import reply_address


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
