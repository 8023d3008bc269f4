"""Carrying out: the only place where effects meet the store."""

import secrets
from dataclasses import replace
from datetime import datetime, timedelta

from intake.addresses import one_spelling
from intake.contact import Channel, Contact, Reply
from intake.conversation import Conversation, Holder, Speaker, Turn, Why, called
from intake.effects import AskCall, CameBack, KeepCase, PassOn, Say, Step, Tell, Write
from intake.gate import Closed, Lately, answer_closed, is_echo, letter_closed, passing_closed
from intake.languages import both, marked
from intake.paper import PaperLetter, wants_paper
from intake.policy import Policy
from intake.ports import UnitOfWork
from intake.threads import reply_address
from intake.wording import Words, letter

A_DAY = timedelta(days=1)
AN_HOUR = timedelta(hours=1)
CALLED_NOW = "officer_called_now"
"""The letter that calls a team because somebody may come to harm."""

FEW_WORDS = 4
"""Fewer words than these ("yes", "thank you") may be said again."""


def carry_out(
    step: Step[Conversation], contact: Contact, unit: UnitOfWork, policy: Policy, now: datetime
) -> Conversation:
    """Do all that a step wants, inside the caller's transaction; answers with the conversation as it was kept.

    Where silence is what is answered, ``contact`` is an empty one.
    """
    conversation = step.state
    for effect in step.effects:
        match effect:
            case KeepCase(case):
                unit.cases.keep(case)
            case CameBack(came_back, line, lasting):
                unit.outbox.came_back(came_back.id, line)
                address = one_spelling(came_back.to)
                if lasting and address not in policy.team_addresses:
                    unit.addresses.bury(address, line, now)
            case PassOn():
                conversation = _pass_on(effect, conversation, contact, unit, policy, now)
            case Tell(text, choices, stands):
                turn = Turn(now, Speaker.ASSISTANT, text, contact.id, choices, stands)
                unit.conversations.add_turn(conversation.id, turn)
            case AskCall(phone, until, good_time):
                unit.centre.ask_call(conversation, phone, good_time, until, now)
            case Write():
                _write(effect, conversation, unit, policy, now)
            case Say():
                conversation = _say(effect, conversation, contact, unit, policy, now)
    conversation = began_to_wait(conversation, policy, now)
    unit.conversations.keep(conversation)
    return conversation


def began_to_wait(conversation: Conversation, policy: Policy, now: datetime) -> Conversation:
    """Since when it waits; and when a resident who waits at their screen is told where they stand."""
    if conversation.holder is not Holder.WAITING:
        return conversation
    hold = conversation.hold
    if conversation.talk.waits and hold.look_at is None and not hold.told:
        hold = replace(hold, look_at=now + timedelta(minutes=policy.live.patience_minutes))
    return replace(conversation, waiting_since=conversation.waiting_since or now, hold=hold)


def _pass_on(
    pass_on: PassOn, conversation: Conversation, contact: Contact, unit: UnitOfWork, policy: Policy, now: datetime
) -> Conversation:
    """A letter to a team, also where one came back before: nobody else would be called. What the gate keeps back waits
    where every officer sees it.
    """
    team = pass_on.team
    danger, lately = pass_on.template == CALLED_NOW, _lately(conversation, contact, unit, now)
    if closed := passing_closed(contact, team.email, danger, lately, policy):
        return _waiting(conversation, closed)
    policy = policy.officers
    words = letter(policy.templates[pass_on.template], pass_on.fields, policy.council)
    to_team = (_draw_id(), conversation.id, pass_on.template, team.email, words.subject, words.body)
    unit.outbox.add(Reply(*to_team, envelope=_draw_id()), now)
    return conversation


def _say(
    say: Say, conversation: Conversation, contact: Contact, unit: UnitOfWork, policy: Policy, now: datetime
) -> Conversation:
    """A mail where the gate is open, and a turn for the record of what was said: a page says it without a mail."""
    words = letter(policy.templates[say.template], say.fields, policy.council)
    if say.beside is not None:
        words = both(say.beside, words, policy.council)
    sent = marked(words, policy)
    to = contact.person.email
    closed = answer_closed(contact, _lately(conversation, contact, unit, now), policy)
    if closed is None or contact.channel is not Channel.EMAIL:
        unit.conversations.add_turn(conversation.id, Turn(now, Speaker.ASSISTANT, words.body, contact.id))
    if wants_paper(conversation, contact):
        unit.paper.add(_on_paper(conversation, words, now))
    if closed:
        return _waiting(conversation, closed)
    references = tuple(dict.fromkeys((*contact.references, contact.message_id)))[-20:]
    unit.outbox.add(
        Reply(
            id=_draw_id(),
            conversation=conversation.id,
            kind=say.template,
            to=to,
            subject=sent.subject,
            body=sent.body,
            in_reply_to=contact.message_id,
            references=tuple(reference for reference in references if reference),
            reply_to=reply_address(policy.council.mailboxes[0], conversation.id),
            stands=bool(say.fields.get("help")),
            envelope=_draw_id(),
        ),
        now,
    )
    return conversation


def _on_paper(conversation: Conversation, words: Words, now: datetime) -> PaperLetter:
    person, service = conversation.person, conversation.decision.service if conversation.decision else "none"
    return PaperLetter(
        _draw_id(), conversation.id, service, person.name, person.address, words.subject, words.body, now
    )


def _write(write: Write, conversation: Conversation, unit: UnitOfWork, policy: Policy, now: datetime) -> None:
    """A letter to the address that somebody typed: it may be anybody's, so the gate stands before it too."""
    if letter_closed(write.to, _sent(write.to, conversation, unit, now), policy):
        return
    words = marked(letter(policy.templates[write.template], write.fields, policy.council), policy)
    reply_to = reply_address(policy.council.mailboxes[0], conversation.id)
    to_them = (_draw_id(), conversation.id, write.template, write.to, words.subject, words.body)
    unit.outbox.add(Reply(*to_them, reply_to=reply_to, envelope=_draw_id()), now)


def _lately(conversation: Conversation, contact: Contact, unit: UnitOfWork, now: datetime) -> Lately:
    """Who has no address was sent nothing, and the gate asks nothing more of them."""
    to = contact.person.email
    if not to:
        return Lately()
    return replace(
        _sent(to, conversation, unit, now),
        said_before=len(contact.text.split()) >= FEW_WORDS and unit.inbox.said_since(contact, now - A_DAY),
        echo=is_echo(contact.text, unit.outbox.last_body_to(to)),
        brought_about=unit.outbox.brought_about_since(to, now - AN_HOUR),
    )


def _sent(to: str, conversation: Conversation, unit: UnitOfWork, now: datetime) -> Lately:
    return Lately(
        to_address=unit.outbox.sent_to_since(to, now - A_DAY),
        in_conversation=unit.outbox.sent_in_since(conversation.id, now - AN_HOUR),
        dead=unit.addresses.dead(to),
    )


def _waiting(conversation: Conversation, closed: Closed) -> Conversation:
    """Nothing went out: where that wants a person, the conversation waits for one, who is told why."""
    return called(conversation, Why.UNREAD, closed.why) if closed.needs_person else conversation


def _draw_id() -> str:
    """Unguessable, since a mail that names it joins its conversation, and a report that names it is believed."""
    return secrets.token_hex(16)
