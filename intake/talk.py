"""A live conversation: what is said to one turn, as a pure function. An ordered table of moves; the last always fits.

The flow that it works off stands in the policy pack (intake.flow). Nothing told is lost: silence is an answer too.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from intake.casework import Drawn
from intake.contact import Channel, Contact, Person
from intake.conversation import Conversation, Holder, Later, Why
from intake.dialogue import Heard
from intake.effects import Step, Tell
from intake.gathering import leave_out, record, wanted
from intake.interpretation import Detail, Interpretation
from intake.phrases import Text, find
from intake.policy import Policy
from intake.talk_answers import answer, leave_it_out
from intake.talk_choices import choose
from intake.talk_corrections import correct
from intake.talk_danger import alarmed, danger, new_harms
from intake.talk_endings import finished, go_on, is_pending, open_case, told_to_team, waiting
from intake.talk_matters import begin_anew, new_matter
from intake.talk_moves import aside, courtesy, file_instead, not_kept, start_again, stop, withdraw
from intake.talk_people import held, wants_person
from intake.talk_repairs import another_matter, more_of_it, not_understood
from intake.talk_returns import begin
from intake.talk_scene import NOBODY_DECIDED, Scene, in_doubt, tell
from intake.talk_unread import as_heard, by_choices
from intake.talk_ways import another_way
from intake.triage import Decision, PassedOver
from intake.typed import Typed

LIVE = frozenset({Channel.WEBCHAT, Channel.TELEGRAM})
"""The channels on which an answer is short and asks one thing. A form's page is live where it tells its answers."""

SILENCE = timedelta(minutes=30)
FORM_SILENCE = timedelta(days=1)
"""How long nothing may be said before silence is taken for an answer; a form may be laid aside for longer."""


_FEW_WORDS = 15
"""A need is noted with its sentence where that holds no more words."""

_OF_CHILDREN = "children_social_care"
_READ = 4_000
"""Characters of a story that are looked through for who tells it."""


@dataclass(frozen=True)
class Move:
    """A row of the table: its name, what it looks for, and what it makes of a turn where it fits."""

    key: str
    looks_for: str
    make: Callable[[Scene], Step[Conversation] | None]


MOVES = (
    Move("danger", "someone may come to harm today", danger),
    Move("held", "a person holds the conversation, or is awaited", held),
    Move("file", "a file or something unreadable instead of words", file_instead),
    Move("stop", "wants to stop", stop),
    Move("start_again", "wants to start again", start_again),
    Move("way", "wants to be reached another way", another_way),
    Move("person", "wants a person", wants_person),
    Move("choice", "takes a choice that was offered", choose),
    Move("leaves_out", "does not know what was asked, or will not say it", leave_it_out),
    Move("aside", "asks something in between", aside),
    Move("withdraws", "takes it back", withdraw),
    Move("correction", "corrects what was told", correct),
    Move("another", "another matter while one is dealt with", another_matter),
    Move("answer", "answers what was asked, or another question", answer),
    Move("courtesy", "thanks or greets", courtesy),
    Move("unread", "begins a matter in a language that no machine reads", by_choices),
    Move("matter", "begins a matter, or comes back to one", begin),
    Move("more", "more about the matter while a choice is open", more_of_it),
    Move("not_understood", "everything else", not_understood),
)
"""Looked through in this order; the first that fits is made."""


def is_live(contact: Contact) -> bool:
    """Is it a turn of a live conversation, rather than a letter?"""
    return contact.channel in LIVE or (bool(contact.told) and not contact.is_whole_form)


def talk(
    conversation: Conversation, heard: Heard, policy: Policy, drawn: Drawn, now: datetime
) -> tuple[Decision, Step[Conversation]]:
    """Answer one turn: the decision that is kept with it, and what is to be done."""
    heard = as_heard(heard, policy)
    scene = Scene(heard, _needs(conversation, heard.contact, policy), policy, drawn, now)
    passed: list[PassedOver] = []
    for move in MOVES:
        step = move.make(scene)
        if step is not None:
            break
        passed.append(PassedOver(move.key, f"Not: {move.looks_for}."))
    assert step is not None, "the last move of the table always fits"
    if move.make is not danger:
        step = alarmed(scene, step)
    step = _with_advocate(scene, step)
    if heard.contact.missing and move.make is not file_instead:
        step = _with_note(step, Tell(not_kept(scene)), last=move.make is danger)
    decision = _decision(scene, step, move, tuple(passed))
    return decision, timed(_later(scene, _missed_no_more(conversation, step)), policy, now)


def _with_advocate(scene: Scene, step: Step[Conversation]) -> Step[Conversation]:
    """Who is young and complains of children's social care is told of their right (Children Act 1989, section 26A)."""
    conversation, decision = step.state, step.state.decision
    if conversation.talk.advocate or decision is None or decision.procedure != _OF_CHILDREN:
        return step
    told = Text.of(f"{conversation.details.get(Detail.WHAT, '')[:_READ]} {scene.typed.text[:_READ]}")
    if not find(scene.policy.flow.words["young"], told):
        return step
    state = replace(conversation, talk=replace(conversation.talk, advocate=True))
    *before, last = step.effects or (Tell(""),)
    said = Tell(scene.say("advocate"))
    return Step(state, (*before, said, last) if isinstance(last, Tell) and last.text else (*step.effects, said))


def _with_note(step: Step[Conversation], note: Tell, last: bool) -> Step[Conversation]:
    """What could not be kept is told before the question that is asked, but after help."""
    return replace(step, effects=(*step.effects, note) if last else (note, *step.effects))


def fell_silent(conversation: Conversation, policy: Policy, drawn: Drawn, now: datetime) -> Step[Conversation]:
    """Nothing was said for a while: a complaint is opened with what is known, a request passed on, the rest read."""
    quiet = replace(conversation, talk=replace(conversation.talk, silent_at=None))
    if not is_pending(conversation, policy):
        return Step(quiet)
    scene = Scene(_nothing_heard(conversation, now), quiet, policy, drawn, now)
    step = _without_answers(scene, quiet)
    return timed(_later(scene, step), policy, now)


def _without_answers(scene: Scene, conversation: Conversation) -> Step[Conversation]:
    decision = conversation.decision
    if decision is None or conversation.talk.leaving:
        return _read_by_a_person(scene, conversation)
    if decision.route == "formal" and len(conversation.details.get(Detail.WHAT, "").split()) >= 3:
        return open_case(scene, conversation, scene.say("case_silent"))
    if decision.guessed or decision.route == "formal":
        return _read_by_a_person(scene, conversation)
    for detail in wanted(conversation, scene.policy):
        conversation = leave_out(conversation, detail)
    return go_on(scene, conversation, scene.say("request_silent"))


def _read_by_a_person(scene: Scene, conversation: Conversation) -> Step[Conversation]:
    """What they told, or that they wanted to leave, is for a person to see."""
    reason = "Told this, and then nothing more: please look."
    if conversation.decision is None:
        conversation = replace(conversation, decision=replace(NOBODY_DECIDED, route="question"))
    call = told_to_team(scene, conversation, "officer_called", reason)
    said = scene.say("dropped" if conversation.talk.leaving else "request_silent")
    step = tell(finished(conversation), said, effects=(call,))
    return waiting(step, reason, Why.UNSURE, handed_over=False)


def _needs(conversation: Conversation, contact: Contact, policy: Policy) -> Conversation:
    """What they need to make it easier is noted whenever they say it."""
    typed = Typed(contact.words, policy.flow.words)
    if not typed.holds("needs") or Detail.NEEDS in conversation.details:
        return conversation
    found = typed.holds("needs")
    sentence = next((part for part in re.split(r"[.!?\n]+", typed.text) if found in part), found)
    said = sentence.strip() if len(sentence.split()) <= _FEW_WORDS else found
    noted = record(conversation, Detail.NEEDS, said[:300])
    return replace(noted, talk=conversation.talk)


def _decision(scene: Scene, step: Step[Conversation], move: Move, passed: tuple[PassedOver, ...]) -> Decision:
    """What was decided anew, or what stood; with what the turn itself was."""
    before, after = scene.conversation.decision, step.state.decision
    urgent = bool(new_harms(scene))
    called = step.state.holder is Holder.WAITING and scene.conversation.holder is Holder.ASSISTANT
    if after is not None and after is not before:
        return replace(after, urgent=after.urgent or urgent, needs_person=after.needs_person or called)
    return replace(
        before or NOBODY_DECIDED,
        urgent=urgent,
        needs_person=called,
        guessed=False,
        confidence=1.0,
        rule=f"talk_{move.key}",
        passed_over=passed,
        reasons=(f"In a conversation: {move.looks_for}.",),
    )


def _missed_no_more(before: Conversation, step: Step[Conversation]) -> Step[Conversation]:
    """Whatever was understood ends the row of misses; what is said beside the question what this is, does not."""
    beside = in_doubt(before) and step.state.talk.offered == before.talk.offered
    if beside or step.state.talk.misses != before.talk.misses:
        return step
    return replace(step, state=replace(step.state, talk=replace(step.state.talk, misses=0)))


def _later(scene: Scene, step: Step[Conversation]) -> Step[Conversation]:
    """A second matter is taken up as soon as nothing of the first is open."""
    conversation = step.state
    waits = conversation.talk.waits or conversation.holder is Holder.OFFICER
    if not conversation.talk.done or conversation.talk.prompt or waits or not conversation.talk.later:
        return step
    next_one, *rest = conversation.talk.later
    fresh = new_matter(replace(conversation, talk=replace(conversation.talk, later=tuple(rest))))
    taken_up = replace(scene, heard=_heard_then(scene.heard, next_one), conversation=fresh)
    following = begin_anew(taken_up) or _read_by_a_person(taken_up, fresh)
    said = scene.say("next_matter", words=" ".join(next_one.words.split())[:200])
    return Step(following.state, (*step.effects, *tell(fresh, said).effects, *following.effects))


def _heard_then(heard: Heard, later: Later) -> Heard:
    contact = replace(heard.contact, id=later.contact, received_at=later.at, subject="", text=later.words)
    return replace(heard, contact=replace(contact, told=(), attachments=()), reading=later.reading, harms=(), case=None)


def _nothing_heard(conversation: Conversation, now: datetime) -> Heard:
    began = conversation.talk.began_at or now
    contact = Contact(conversation.talk.contact, conversation.channel, began, Person(), "", "")
    return Heard(contact, Interpretation(), ())


def timed(step: Step[Conversation], policy: Policy, now: datetime) -> Step[Conversation]:
    """When silence will be taken for an answer, if anything hangs."""
    conversation = step.state
    patience = FORM_SILENCE if conversation.channel is Channel.WEB_FORM else SILENCE
    silent_at = now + patience if is_pending(conversation, policy) else None
    return replace(step, state=replace(conversation, talk=replace(conversation.talk, silent_at=silent_at)))
