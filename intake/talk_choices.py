"""Choices in a live conversation: what each of them does, by its button, its number, its label or words."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from intake.conversation import Conversation
from intake.effects import Step
from intake.flow import Choice
from intake.gathering import (
    forget,
    known,
    leave_out,
    summary_lines,
    wanted,
)
from intake.interpretation import Detail
from intake.talk_endings import finished, go_on, open_case
from intake.talk_matters import complain_after_all, start
from intake.talk_scene import Scene, ask, buttons, offer, tell
from intake.triage import as_route

Moved = Step[Conversation] | None


def choose(scene: Scene) -> Moved:
    """One of the offered choices, by its button, its number, its label or words that mean it."""
    choice = scene.chosen
    if choice is None:
        return None
    kind, _, rest = choice.value.partition(":")
    if kind == "route":
        return _route(scene, rest)
    if kind == "change" and rest:
        detail = Detail(rest)
        return ask(forget(scene.conversation, detail), detail, scene.policy, scene.say("changing"))
    action = _CHOSEN.get(choice.value)
    return action(scene) if action and choice.value in scene.policy.flow.buttons and not is_answer(scene) else None


def is_answer(scene: Scene) -> bool:
    """Does the choice belong to the question of a detail?"""
    questions = scene.policy.flow.questions
    if scene.asking is None or scene.chosen is None:
        return False
    return any(scene.chosen.value == choice.value for choice in questions[scene.asking].choices)


def _route(scene: Scene, route: str) -> Step[Conversation]:
    """They said themselves what it is."""
    conversation = scene.conversation
    talk = replace(conversation.talk, complains=conversation.talk.complains or route == "formal")
    if conversation.decision is None:
        return ask(replace(conversation, talk=talk), Detail.WHAT, scene.policy, scene.say("noted"))
    decision = as_route(conversation.decision, route, scene.policy, "Said so when asked.")
    return start(scene, replace(conversation, decision=decision, talk=talk))


def _yes(scene: Scene) -> Step[Conversation]:
    return open_case(scene, scene.conversation)


def _change(scene: Scene) -> Step[Conversation]:
    """Which detail is to be changed: those that were said back."""
    questions = scene.policy.flow.questions
    told = [detail for detail in known(scene.conversation) if detail in questions]
    shown_to_them = summary_lines(scene.conversation, scene.policy)
    choices = tuple(
        Choice(questions[detail].label, f"change:{detail}", (*questions[detail].named, detail.replace("_", " ")))
        for detail in told
        if any(line.startswith(f"{questions[detail].label}:") for line in shown_to_them)
    )
    choices = (*choices, *buttons(scene.policy, "yes"))
    step = offer(scene.conversation, prompt=scene.say("what_to_change"), choices=choices)
    return replace(step, state=replace(step.state, talk=replace(step.state.talk, confirming=True)))


def _send(scene: Scene) -> Step[Conversation]:
    """As it is: what is missing is not asked for any more."""
    conversation = scene.conversation
    if conversation.decision is not None and conversation.decision.route == "formal":
        return open_case(scene, conversation)
    for detail in wanted(conversation, scene.policy):
        conversation = leave_out(conversation, detail)
    return go_on(scene, conversation)


def _drop(scene: Scene) -> Step[Conversation]:
    return tell(finished(scene.conversation), scene.say("dropped"))


def _resume(scene: Scene) -> Step[Conversation]:
    """On with the assistant, where it was."""
    conversation = replace(scene.conversation, talk=replace(scene.conversation.talk, waits=False))
    if conversation.decision is None and conversation.talk.later:
        return tell(finished(conversation), scene.say("going_on"))
    if conversation.talk.done:
        return tell(conversation, scene.say("tell_us"))
    return go_on(scene, conversation, scene.say("going_on"))


def _formal(scene: Scene) -> Step[Conversation]:
    return complain_after_all(scene, scene.conversation, scene.say("still_a_complaint"))


def _team(scene: Scene) -> Step[Conversation]:
    return go_on(scene, scene.conversation)


def _letter(scene: Scene) -> Step[Conversation]:
    talk = replace(scene.conversation.talk, wants_letter=True)
    return go_on(scene, replace(scene.conversation, talk=talk))


def _enough(scene: Scene) -> Step[Conversation]:
    return tell(finished(scene.conversation), scene.say("goodbye"))


_CHOSEN: Mapping[str, Callable[[Scene], Step[Conversation]]] = {
    "yes": _yes,
    "change": _change,
    "send": _send,
    "drop": _drop,
    "go_on": _resume,
    "formal": _formal,
    "still": _formal,
    "team": _team,
    "letter": _letter,
    "enough": _enough,
}
