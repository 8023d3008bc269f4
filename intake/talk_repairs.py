"""Answers in a live conversation, and what mends it: not knowing, another matter, more of it, not being understood."""

from dataclasses import replace

from intake.conversation import Conversation, Holder, Later
from intake.effects import Effect, Step
from intake.gathering import (
    add_to_story,
    is_more_story,
    known,
    leave_out,
    record,
    recorded,
    taken,
    volunteered,
    wanted,
)
from intake.interpretation import Detail, Sign
from intake.talk_choices import is_answer
from intake.talk_endings import case_completed, go_on, summary
from intake.talk_matters import FEWEST_OF_A_MATTER, begin_anew, calmed, decided, is_doubtful, points_with, stands_alone
from intake.talk_people import hand_over
from intake.talk_scene import Scene, ask, buttons, offer, repeat, tell
from intake.triage import COMPLAINTS, FIRST_REPORTS, Standing, as_route
from intake.typed import Typed

Moved = Step[Conversation] | None

_ANOTHER_SERVICE = 0.6
_FEW_WORDS = 4
_MOST_MISSES = 2
"""After so many answers that could not be taken, a question is left out rather than asked for ever."""

_RAISABLE = (*FIRST_REPORTS, "question", "comment")

_MOST_UNCLEAR = 4
"""After so many messages in a row that were not understood, a person is called unasked."""

_SCRAP = 6
"""A detail in so few words is no part of the story."""

_CONTACT = (Detail.EMAIL, Detail.PHONE, Detail.NAME)
_FREE = (Detail.WHERE, Detail.PUT_RIGHT, Detail.WHEN, Detail.BEHALF, Detail.ADDRESS, Detail.NEEDS)


# --- answers --------------------------------------------------------------------------------------------------------


def leave_it_out(scene: Scene) -> Moved:
    """They don't know it, or won't say it: it goes on without."""
    detail = scene.asking
    skips = scene.chosen is not None and scene.chosen.value == "skip"
    if detail is None or is_answer(scene):
        return None
    if not (skips or scene.typed.only("dont_know") or scene.typed.only("refuse")):
        return None
    if not scene.policy.flow.questions[detail].may_skip:
        return _missed(scene)
    return go_on(scene, leave_out(scene.conversation, detail), scene.say("fine"))


def answer(scene: Scene) -> Moved:
    """What was asked, and whatever else is told with it, in any order."""
    detail, typed, reading = scene.asking, scene.typed, scene.heard.reading
    if detail is None or (detail is Detail.WHAT and scene.conversation.decision is None):
        return None
    before = recorded(scene.conversation, scene.heard.contact.told, scene.policy)
    if is_more_story(detail, typed, reading):
        more = points_with(scene, add_to_story(volunteered(before, reading, scene.policy), typed.text))
        more = _raised(scene, more)
        return go_on(scene, more, scene.say("noted_more"), effects=_into_case(scene, more))
    after = volunteered(before, reading, scene.policy)
    value = taken(detail, typed, reading, scene.policy, scene.conversation.talk.offered)
    if _tells_for_whom(scene, detail):
        return go_on(scene, record(after, Detail.BEHALF, typed.text), scene.say("noted"))
    if value and detail not in known(before) and not _answers_another(scene, detail):
        after = record(after, detail, value)
    if known(after) == known(scene.conversation):
        return _missed(scene)
    parts = () if detail in known(after) else (scene.say("noted"),)
    return go_on(scene, after, *parts, effects=_into_case(scene, after))


def _raised(scene: Scene, more: Conversation) -> Conversation:
    """More of it may show that what looked like a question or a first report is a complaint."""
    decision = decided(scene, Standing())
    if scene.decision.route not in _RAISABLE or decision.route != "formal" or decision.guessed:
        return more
    known_service = scene.decision if scene.decision.service != "none" else decision
    raised = as_route(known_service, "formal", scene.policy, "Is not satisfied, as they told when we asked on.")
    return replace(more, decision=raised)


def _into_case(scene: Scene, after: Conversation) -> tuple[Effect, ...]:
    """An urgent case gets each answer at once; the last one comes with the end."""
    urgent = after.decision is not None and after.decision.route == "urgent" and bool(wanted(after, scene.policy))
    return case_completed(scene, after) if urgent else ()


def _tells_for_whom(scene: Scene, detail: Detail) -> bool:
    """ "Her name is Joan Hart, she is my mother", where something else was asked."""
    awaited = detail is not Detail.BEHALF and Detail.BEHALF in wanted(scene.conversation, scene.policy)
    return awaited and bool(scene.typed.names(scene.policy.flow.questions[Detail.BEHALF].named))


def _answers_another(scene: Scene, detail: Detail) -> bool:
    """Is a free answer rather the answer to another question?"""
    told = {key for key, _ in scene.heard.reading.details}
    if detail not in _FREE or detail in told or scene.typed.count > 10:
        return False
    swapped = {Detail.WHERE: Detail.PUT_RIGHT, Detail.PUT_RIGHT: Detail.WHERE}.get(detail)
    return bool(told.intersection(_CONTACT)) or swapped in told


def another_matter(scene: Scene) -> Moved:
    """Another matter while one is dealt with: kept, said so, and taken up after."""
    conversation, reading = scene.conversation, scene.heard.reading
    decision = conversation.decision
    if decision is None or conversation.talk.done or (decision.guessed and scene.asking is None):
        return None
    other = reading.service.key not in ("none", decision.service) and reading.service.confidence >= _ANOTHER_SERVICE
    says = bool(scene.typed.holds("another")) and scene.typed.count >= _FEW_WORDS and other
    if not (says or stands_alone(scene)):
        return None
    contact, first = scene.heard.contact, scene.typed.before("another") if says else ""
    later = Later(contact.words[len(first) :].lstrip(" ,.;"), calmed(reading), contact.id, contact.received_at)
    told = {one.reading.service.key for one in conversation.talk.later}
    if reading.service.key not in told:
        talk = replace(conversation.talk, later=(*conversation.talk.later, later))
        conversation = replace(conversation, talk=talk)
    typed = Typed(first, scene.policy.flow.words)
    value = _taken_first(scene, typed)
    if scene.asking is None or not value:
        return repeat(conversation, scene.say("noted_later"))
    return go_on(scene, record(conversation, scene.asking, value), scene.say("noted_later"))


def _taken_first(scene: Scene, typed: Typed) -> str:
    """The answer that stands before another matter in the same message."""
    if scene.asking is None or not typed.count:
        return ""
    plain = replace(scene.heard.reading, details=())
    return taken(scene.asking, typed, plain, scene.policy, scene.conversation.talk.offered)


def more_of_it(scene: Scene) -> Moved:
    """More words while a choice or a summary is open: they belong to the story, and the question stands."""
    conversation = scene.conversation
    if conversation.decision is None or conversation.talk.done:
        return None
    after = points_with(scene, volunteered(conversation, scene.heard.reading, scene.policy))
    if scene.typed.count < _FEW_WORDS and known(after) == known(conversation):
        return None
    if conversation.decision.guessed and (surer := _surer(scene)):
        return surer
    if known(after) == known(conversation) or scene.typed.count > _SCRAP:
        after = add_to_story(after, scene.heard.contact.words)
    if conversation.talk.confirming:
        return summary(scene, after)
    if conversation.decision.guessed:
        after = replace(after, talk=replace(after.talk, misses=after.talk.misses + 1))
    return repeat(after, scene.say("noted_more"))


def _surer(scene: Scene) -> Moved:
    """What it is, now that more was told; who will not say it after all is read as complaining, or as asking."""
    conversation, decision = scene.conversation, scene.decision
    if conversation.talk.confirming:
        return None
    anew = begin_anew(replace(scene, conversation=replace(conversation, decision=None)))
    told_anew = anew.state.decision if anew else None
    is_matter = scene.typed.count >= FEWEST_OF_A_MATTER
    if anew and is_matter and (told_anew is None or not is_doubtful(told_anew, anew.state)):
        return anew
    if not conversation.talk.misses:
        return None
    unhappy = conversation.talk.complains or decision.route in COMPLAINTS or len(conversation.talk.points) > 1
    route = "formal" if unhappy or scene.heard.reading.shows(Sign.DISSATISFIED) else "question"
    read = as_route(decision, route, scene.policy, "Told more instead of saying what it is.")
    more = replace(add_to_story(conversation, scene.heard.contact.words), decision=read)
    return go_on(scene, volunteered(more, scene.heard.reading, scene.policy), scene.say("noted_more"))


# --- not understood -------------------------------------------------------------------------------------------------


def not_understood(scene: Scene) -> Step[Conversation]:
    """Says so once, rephrases once, then offers a person. The words are kept with the story."""
    if scene.asking is not None and scene.conversation.decision is not None:
        return _missed(scene)
    conversation = scene.conversation
    if scene.typed.count >= _FEW_WORDS:
        conversation = add_to_story(conversation, scene.typed.text)
    misses = conversation.talk.misses + 1
    conversation = replace(conversation, talk=replace(conversation.talk, misses=misses))
    if misses == 1:
        return _once(scene, conversation)
    if misses > _MOST_UNCLEAR and conversation.holder is Holder.ASSISTANT:
        return hand_over(replace(scene, conversation=conversation))
    offered = conversation.talk.offered
    if offered:
        person = buttons(scene.policy, "person")
        choices = offered if "person" in {choice.value for choice in offered} else (*offered, *person)
        prompt = conversation.talk.prompt if misses == 2 else scene.say("not_understood_still")
        return offer(conversation, prompt=prompt, choices=choices)
    if misses == 2:
        choices = buttons(scene.policy, "route:formal", "route:service_request", "route:question", "person")
        return offer(conversation, prompt=scene.say("not_understood_again"), choices=choices)
    choices = buttons(scene.policy, "person", "go_on")
    return offer(conversation, prompt=scene.say("not_understood_still"), choices=choices)


def _once(scene: Scene, conversation: Conversation) -> Step[Conversation]:
    if conversation.talk.prompt:
        return repeat(conversation, scene.say("not_understood"))
    if conversation.decision is not None:
        return tell(conversation, scene.say("not_understood"))
    return ask(conversation, Detail.WHAT, scene.policy, scene.say("not_understood"))


def _missed(scene: Scene) -> Step[Conversation]:
    """An answer that could not be taken: asked in other words, then with a way to leave it out, then a person."""
    detail, conversation = scene.asking, scene.conversation
    assert detail is not None
    question = scene.policy.flow.questions[detail]
    misses = conversation.talk.misses + 1
    conversation = replace(conversation, talk=replace(conversation.talk, misses=misses))
    if misses == 1:
        choices = conversation.talk.offered
        return offer(conversation, prompt=question.again, choices=choices, asking=detail)
    if misses > _MOST_MISSES and question.may_skip:
        noted = add_to_story(conversation, scene.typed.text)
        return go_on(scene, leave_out(noted, detail), scene.say("noted_more"))
    ways = ("skip", "person") if question.may_skip else ("person",)
    choices = (*question.choices, *buttons(scene.policy, *ways))
    prompt = question.again if misses == 2 else scene.say("not_understood_still")
    return offer(conversation, prompt=prompt, choices=choices, asking=detail)
