"""Taking over, handing on, giving back and closing, as pure functions: who has a conversation then, and what is said.

While an officer has it the assistant says nothing but help against a danger. Why: docs/decisions/0016.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum

from intake.calling import end_of_next_working_day
from intake.casework import Drawn
from intake.contact import NOT_TYPED, Channel, Contact, Reply
from intake.conversation import Conversation, Hold, Holder, Why, called
from intake.dialogue import ANSWERS, Heard, converse
from intake.effects import CameBack, Step, Tell
from intake.interpretation import Interpretation
from intake.policy import Policy
from intake.presence import Presence, There
from intake.talk import timed
from intake.talk_endings import go_on
from intake.talk_scene import Scene, repeat, say_in, tell
from intake.triage import Decision
from intake.typed import Typed

BY_LETTER = frozenset({Channel.EMAIL, Channel.WEB_FORM, *NOT_TYPED})
"""Channels whose residents read what an officer says in a letter: nobody sits and waits."""

OFFICERS_LETTER = "officer"
"""The kind of a letter that an officer wrote."""

_OTHER_ANSWERS = ("unsure", "unreadable", "details_received", "status_unknown")
_ACKNOWLEDGE = ("urgent", "formal", "escalation", "case_update")
CONVERSATIONAL = frozenset({*ANSWERS, *_OTHER_ANSWERS}).difference(_ACKNOWLEDGE)
"""Kinds of letters that only go on with a conversation. What acknowledges a case, or helps in danger, goes out."""


class End(StrEnum):
    """How an officer closed a conversation."""

    ANSWERED = "answered"
    PASSED_ON = "passed_on"
    CASE = "case"
    CALLED = "called"
    LEFT = "left"
    ABUSE = "abuse"
    NOTHING_TO_DO = "nothing_to_do"


ENDS: Mapping[End, str] = {
    End.ANSWERED: "Answered",
    End.PASSED_ON: "Passed to the team that deals with it",
    End.CASE: "It is a complaint, and has its case",
    End.CALLED: "Spoken to on the phone",
    End.LEFT: "They left before it was answered",
    End.ABUSE: "Ended because of abuse or threats",
    End.NOTHING_TO_DO: "Nothing to do",
}


def take(conversation: Conversation, officer: str, policy: Policy, now: datetime) -> Conversation:
    """An officer has it from now on. A letter is theirs until the next working day ends."""
    by_letter = conversation.channel in BY_LETTER
    hold = replace(
        conversation.hold,
        officer=officer,
        since=now,
        fence=conversation.hold.fence + 1,
        meant_for="",
        look_at=end_of_next_working_day(policy, now) if by_letter else None,
        outcome="",
    )
    talk = replace(conversation.talk, silent_at=None)
    return replace(conversation, holder=Holder.OFFICER, hold=hold, talk=talk)


def hand_on(
    conversation: Conversation, by: str, to: str, note: str, policy: Policy, now: datetime
) -> Step[Conversation]:
    """A colleague or a team is to have it: it waits for them. ``by`` is how colleagues call who hands it on."""
    waits = _waits(conversation, Why.PASSED, f"Handed over by {by}: {note}", now)
    hold = replace(waits.hold, meant_for=to, note=note, handed_by=conversation.hold.officer, handed_at=now)
    return Step(replace(waits, hold=hold), (Tell(_say(policy, now, "officer_passes")),))


def kept_until(
    handed_at: datetime | None, colleague: Presence | None, policy: Policy, now: datetime, *, urgent: bool
) -> datetime | None:
    """Until when nobody but this colleague may take what was handed to them; None where anybody may.

    Nobody waits for a colleague who is not there, nor in danger for anybody. A team is many: there it is None.
    """
    if handed_at is None or colleague is None or urgent:
        return None
    until = handed_at + timedelta(minutes=policy.live.kept_minutes)
    is_there = colleague.is_online(now) and colleague.there is not There.AWAY
    return until if is_there and until > now else None


def leave(conversation: Conversation, who: str, policy: Policy, now: datetime) -> Step[Conversation]:
    """Its officer, ``who`` to colleagues, is gone: it waits again, in its old place. Who sits at a screen is told."""
    waits = _waits(conversation, Why.LEFT, f"{who} went offline.", now)
    told = () if conversation.channel in BY_LETTER else (Tell(_say(policy, now, "officer_left")),)
    return Step(waits, told)


def give_back(conversation: Conversation, policy: Policy, now: datetime) -> Step[Conversation]:
    """The assistant goes on where it was: the question that was open is asked again.

    Where the question was only for a number to call, it is the next one of their matter.
    """
    talk, said = conversation.talk, _say(policy, now, "officer_gives_back")
    freed = _with_assistant(replace(conversation, talk=replace(talk, waits=False, added=False, misses=0)))
    if talk.done and not talk.prompt:
        step = tell(freed, said)
    elif talk.waits and not talk.done:
        nothing = Heard(nothing_said(conversation, now), Interpretation(), ())
        step = go_on(Scene(nothing, freed, policy, Drawn("", "", ""), now), freed, said)
    else:
        step = repeat(freed, said)
    return timed(step, policy, now)


def close(conversation: Conversation, end: End, officer: str) -> Conversation:
    """It is done. What its resident says next begins anew, with the assistant."""
    talk = conversation.talk
    talk = replace(talk, done=True, waits=False, added=False, asking=None, prompt="", offered=(), confirming=False)
    closed = _with_assistant(replace(conversation, talk=replace(talk, leaving=False, misses=0, silent_at=None)))
    return replace(closed, urgent=False, hold=replace(closed.hold, outcome=end.value, closed_by=officer))


def still_waiting(conversation: Conversation, policy: Policy, now: datetime) -> Step[Conversation]:
    """Who has waited long at a screen is told so, once."""
    told = replace(conversation, hold=replace(conversation.hold, look_at=None, told=True))
    return repeat(told, _say(policy, now, "still_waiting"))


def while_held(
    conversation: Conversation, heard: Heard, policy: Policy, drawn: Drawn, now: datetime
) -> tuple[Decision, Step[Conversation]]:
    """A letter while an officer has the conversation: read for danger, which is answered; all else is the officer's."""
    decision, step = converse(conversation, heard, policy, drawn, now)
    if decision.urgent or any(harm.today for harm in heard.harms):
        return decision, step
    kept = tuple(effect for effect in step.effects if isinstance(effect, CameBack))
    return decision, Step(replace(conversation, details=step.state.details), kept)


def nothing_said(conversation: Conversation, now: datetime) -> Contact:
    """What stands for a message where an officer, or nobody, is the cause."""
    return Contact("", conversation.channel, now, conversation.person, "", "")


def noting_abuse(step: Step[Conversation], contact: Contact, policy: Policy) -> Step[Conversation]:
    """Abuse of those who answer, or a threat: a person sees it. What was written is answered all the same."""
    if contact.machine or not Typed(contact.words, policy.flow.words).holds("abuse"):
        return step
    return replace(step, state=called(step.state, Why.ABUSE, "Words of abuse or a threat against staff: look first."))


def is_held_back(reply: Reply, conversation: Conversation) -> bool:
    """Is it an answer of the assistant's that an officer's taking over has made stale?"""
    to_them = reply.to == conversation.person.email
    held = conversation.holder is Holder.OFFICER and conversation.channel in BY_LETTER
    return held and to_them and not reply.stands and reply.kind in CONVERSATIONAL


def _waits(conversation: Conversation, why: Why, words: str, now: datetime) -> Conversation:
    """It waits again, with all that it waited for before, and since then."""
    freed = _fenced(replace(conversation, holder=Holder.WAITING, waiting_since=conversation.waiting_since or now))
    talk = replace(conversation.talk, waits=conversation.channel not in BY_LETTER, added=False)
    return called(replace(freed, talk=talk), why, words)


def _with_assistant(conversation: Conversation) -> Conversation:
    free = replace(conversation, holder=Holder.ASSISTANT, waiting_for="", why=None, waiting_since=None)
    return _fenced(free)


def _fenced(conversation: Conversation) -> Conversation:
    """Nobody has it any more; who had it can do nothing more to it."""
    hold = Hold(fence=conversation.hold.fence + 1)
    return replace(conversation, hold=hold)


def _say(policy: Policy, now: datetime, saying: str) -> str:
    return say_in(policy, now, saying, {})
