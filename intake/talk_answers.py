"""Answers in a live conversation: to what was asked, to another question, in any order; or that there is none."""

from dataclasses import replace

from intake.answering import is_more_story, names_somebody, taken
from intake.conversation import Conversation
from intake.effects import Effect, Step
from intake.gathering import add_to_story, known, leave_out, record, recorded, volunteered, wanted
from intake.interpretation import Detail
from intake.talk_choices import is_answer
from intake.talk_endings import case_completed, go_on
from intake.talk_matters import decided, points_with
from intake.talk_scene import Scene, buttons, offer
from intake.triage import FIRST_REPORTS, Standing, as_route

Moved = Step[Conversation] | None

_MOST_MISSES = 2
"""After so many answers that could not be taken, a question is left out rather than asked for ever."""

_RAISABLE = (*FIRST_REPORTS, "question", "comment")
_FEW_WORDS = 15
"""In more words a free answer is taken as one, whatever else it tells."""

_CONTACT = (Detail.EMAIL, Detail.PHONE, Detail.NAME)
_FREE = (Detail.WHERE, Detail.PUT_RIGHT, Detail.WHEN, Detail.BEHALF, Detail.ADDRESS, Detail.NEEDS)
_SHORT = (Detail.REPLY_BY, Detail.CONSENT, Detail.PHONE, Detail.EMAIL)


def leave_it_out(scene: Scene) -> Moved:
    """They don't know it, or won't say it: it goes on without."""
    detail = scene.asking
    skips = scene.chosen is not None and scene.chosen.value == "skip"
    says = scene.typed.only("dont_know") or scene.typed.only("refuse")
    if detail is None:
        return _leaves_open(scene) if says else None
    if is_answer(scene) or not (skips or says):
        return None
    if not scene.policy.flow.questions[detail].may_skip:
        return missed(scene)
    return go_on(scene, leave_out(scene.conversation, detail), scene.say("fine"))


def _leaves_open(scene: Scene) -> Moved:
    """Who will not say what it is is read by a person; it is a complaint where they said that they complain."""
    conversation, decision = scene.conversation, scene.decision
    if not decision.guessed or scene.chosen is not None or not conversation.talk.prompt:
        return None
    route = "formal" if conversation.talk.complains else "question"
    read = as_route(decision, route, scene.policy, "Did not say what it is.")
    return go_on(scene, replace(conversation, decision=read), scene.say("fine"))


def answer(scene: Scene) -> Moved:
    """What was asked, and whatever else is told with it, in any order."""
    detail, typed, reading = scene.asking, scene.typed, scene.heard.reading
    if detail is None or (detail is Detail.WHAT and scene.conversation.decision is None):
        return None
    before = recorded(scene.conversation, scene.heard.contact.told, scene.policy)
    if is_more_story(detail, typed, reading):
        return _more_told(scene, volunteered(before, reading, scene.policy))
    if other := _another_detail(scene, detail):
        return go_on(scene, record(volunteered(before, reading, scene.policy), *other), scene.say("noted"))
    after = volunteered(before, reading, scene.policy)
    value = taken(detail, typed, reading, scene.policy, scene.conversation.talk.offered)
    if value and detail not in known(before) and not _answers_another(scene, detail):
        after = record(after, detail, value)
    if known(after) == known(scene.conversation):
        return missed(scene)
    parts = () if detail in known(after) else (scene.say("noted"),)
    return go_on(scene, after, *parts, effects=_into_case(scene, after))


def missed(scene: Scene) -> Step[Conversation]:
    """An answer that could not be taken: asked in other words, then with a way to leave it out, then a person."""
    detail, conversation = scene.asking, scene.conversation
    assert detail is not None
    question = scene.policy.flow.questions[detail]
    misses = conversation.talk.misses + 1
    conversation = replace(conversation, talk=replace(conversation.talk, misses=misses))
    if conversation.urgent and question.may_skip and misses <= _MOST_MISSES:
        return _heard_in_danger(scene, conversation, detail)
    if misses == 1:
        choices = conversation.talk.offered
        return offer(conversation, prompt=question.again, choices=choices, asking=detail)
    if misses > _MOST_MISSES and question.may_skip:
        noted = add_to_story(conversation, scene.typed.text)
        noted = replace(noted, talk=replace(noted.talk, misses=0))
        return go_on(scene, leave_out(noted, detail), scene.say("noted_more"))
    ways = ("skip", "person") if question.may_skip else ("person",)
    choices = (*question.choices, *buttons(scene.policy, *ways))
    prompt = question.again if misses == 2 else scene.say("not_understood_still")
    return offer(conversation, prompt=prompt, choices=choices, asking=detail)


def _heard_in_danger(scene: Scene, conversation: Conversation, detail: Detail) -> Step[Conversation]:
    """Who is in danger is told that it was heard, never that it is no phone number."""
    question = scene.policy.flow.questions[detail]
    choices = (*question.choices, *buttons(scene.policy, "skip", "person"))
    more = add_to_story(conversation, scene.typed.text)
    return offer(more, scene.say("noted_more"), prompt=question.ask, choices=choices, asking=detail)


def _more_told(scene: Scene, conversation: Conversation) -> Step[Conversation]:
    """No answer but more of what happened; it may show that it is a complaint."""
    more = _raised(scene, points_with(scene, add_to_story(conversation, scene.typed.text)))
    return go_on(scene, more, scene.say("noted_more"), effects=_into_case(scene, more))


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


def _another_detail(scene: Scene, detail: Detail) -> tuple[Detail, str] | None:
    """What is plainly the answer to another question: for whom, how old, an address said aloud, a name late."""
    typed, told, policy = scene.typed, known(scene.conversation), scene.policy
    if typed.only("young"):
        return Detail.NEEDS, typed.text
    awaited = detail is not Detail.BEHALF and Detail.BEHALF in wanted(scene.conversation, policy)
    if awaited and typed.names(policy.flow.questions[Detail.BEHALF].named):
        return Detail.BEHALF, typed.text
    place = scene.heard.reading.detail(Detail.WHERE)
    if detail is Detail.NAME and Detail.WHERE not in told and place and _is_all_of(place, typed.text):
        return Detail.WHERE, typed.text
    if detail is not Detail.EMAIL and (email := taken(Detail.EMAIL, typed, scene.heard.reading, policy, ())):
        return (Detail.EMAIL, email) if "@" not in typed.text else None
    if detail in _SHORT and Detail.NAME not in told and names_somebody(typed.text) and scene.chosen is None:
        return Detail.NAME, typed.text
    return None


def _answers_another(scene: Scene, detail: Detail) -> bool:
    """Is a free answer rather the answer to another question?"""
    read = dict(scene.heard.reading.details)
    if detail not in _FREE or detail in read or scene.typed.count > _FEW_WORDS:
        return False
    swapped = {Detail.WHERE: Detail.PUT_RIGHT, Detail.PUT_RIGHT: Detail.WHERE}.get(detail)
    if detail is not Detail.WHEN and _is_all_of(read.get(Detail.WHEN, ""), scene.typed.text):
        return True
    return not read.keys().isdisjoint(_CONTACT) or swapped in read


def _is_all_of(words: str, text: str) -> bool:
    """Does a text say nothing but this day?"""
    said = words.partition(" (")[0]
    return bool(said) and said in text and len(text) <= len(said) + _MARGIN


_MARGIN = 8
"""Characters: "it was", "about", a full stop."""
