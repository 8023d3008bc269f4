"""Carrying out: the only place where effects meet the store."""

import secrets
from dataclasses import replace
from datetime import datetime, timedelta

from intake.contact import Contact, Reply
from intake.conversation import Conversation, Holder, Speaker, Turn
from intake.effects import KeepCase, PassOn, Say, Step
from intake.policy import Policy
from intake.ports import UnitOfWork
from intake.wording import letter


def carry_out(
    step: Step[Conversation], contact: Contact, unit: UnitOfWork, policy: Policy, now: datetime
) -> Conversation:
    """Do all that a step wants, inside the caller's transaction; answers with the conversation as it was kept."""
    conversation = step.state
    for effect in step.effects:
        match effect:
            case KeepCase(case):
                unit.cases.keep(case)
            case PassOn(team, template, fields):
                words = letter(policy.templates[template], fields, policy.council)
                reply = Reply(_draw_id(), conversation.id, template, team.email, words.subject, words.body)
                unit.outbox.add(reply, now)
            case Say():
                conversation = _say(effect, conversation, contact, unit, policy, now)
    unit.conversations.keep(conversation)
    return conversation


def _say(
    say: Say, conversation: Conversation, contact: Contact, unit: UnitOfWork, policy: Policy, now: datetime
) -> Conversation:
    """A turn for the record, and a mail where the person has an address and has not had too many from us today."""
    words = letter(policy.templates[say.template], say.fields, policy.council)
    unit.conversations.add_turn(conversation.id, Turn(now, Speaker.ASSISTANT, words.body, contact.id))
    to = contact.person.email
    if not to or contact.automatic or to in policy.council.mailboxes:
        return conversation
    if unit.outbox.sent_to_since(to, now - timedelta(days=1)) >= policy.letters_a_day:
        reason = "Too many letters to this address today: nothing more is sent by itself."
        return replace(conversation, holder=Holder.WAITING, waiting_for=reason)
    references = tuple(dict.fromkeys((*contact.references, contact.message_id)))[-20:]
    unit.outbox.add(
        Reply(
            id=_draw_id(),
            conversation=conversation.id,
            kind=say.template,
            to=to,
            subject=words.subject,
            body=words.body,
            in_reply_to=contact.message_id,
            references=tuple(reference for reference in references if reference),
        ),
        now,
    )
    return conversation


def _draw_id() -> str:
    """Unguessable, since a mail that names it joins its conversation."""
    return secrets.token_hex(16)
