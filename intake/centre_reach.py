"""How what officers say reaches residents: at once on their screen, in their messenger, or by letter in the thread."""

import secrets
from datetime import datetime

from intake.carry_out import carry_out
from intake.contact import Channel, Reply
from intake.conversation import Conversation
from intake.effects import Step, Tell
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


def cannot_write(unit: UnitOfWork, known: Conversation) -> str:
    """Why nothing that is written here reaches them; empty where it does."""
    if known.channel is Channel.TELEGRAM:
        chat = unit.messenger.chat(known.id)
        return f"They blocked us on Telegram: {chat.closed}" if chat is not None and chat.closed else ""
    if known.channel is Channel.WEBCHAT:
        return ""
    if known.channel not in BY_LETTER or not known.person.email:
        return "We have no address that a letter could go to. Call them, or write by post."
    dead = unit.addresses.dead(known.person.email)
    return f"Letters to this address come back: {dead}" if dead else ""
