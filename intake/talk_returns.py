"""A message while nothing is asked: it begins a matter, or comes back to the one that is done."""

from dataclasses import replace

from intake import casework
from intake.conversation import Conversation
from intake.effects import KeepCase, Step
from intake.gathering import add_to_story, volunteered
from intake.interpretation import Detail
from intake.talk_endings import case_completed, go_on, letter_told, told_to_team, waiting
from intake.talk_matters import (
    FEWEST_OF_A_MATTER,
    begin_anew,
    complain_after_all,
    decided,
    new_matter,
    stands_alone,
)
from intake.talk_scene import Scene, tell
from intake.threads import is_new_matter
from intake.triage import ANOTHER_SERVICE, FIRST_REPORTS
from intake.wording import case_fields

_FEW_WORDS = 3
_FEW_MORE = 12
_NAMES = 0.5
"""How sure a few words must read to name another service."""


def begin(scene: Scene) -> Step[Conversation] | None:
    """A message that begins a matter, or comes back to one that is done; None where nothing is understood in it."""
    conversation, typed = scene.conversation, scene.typed
    if conversation.decision is not None and not conversation.talk.done:
        return None
    if not typed.text or (scene.heard.contact.trouble and not typed.count):
        return None
    if _takes_up_again(scene):
        return go_on(scene, replace(conversation, talk=replace(conversation.talk, done=False)), scene.say("going_on"))
    if conversation.talk.done and conversation.decision is not None and not _is_another(scene):
        return _more_of_it(scene)
    return begin_anew(replace(scene, conversation=new_matter(conversation)))


def _takes_up_again(scene: Scene) -> bool:
    """A complaint that they left is to be sent after all."""
    conversation, words = scene.conversation, scene.policy.flow.buttons["send"].words
    left = conversation.talk.done and not conversation.own_case
    formal = conversation.decision is not None and conversation.decision.route == "formal"
    return left and formal and "send" in scene.typed.names(words).lower()


def _is_another(scene: Scene) -> bool:
    """Is it another matter than the one that is done?"""
    decision, guess = scene.conversation.decision, scene.heard.reading.service
    other = decision is not None and guess.key not in ("none", decision.service) and guess.confidence >= ANOTHER_SERVICE
    if scene.typed.holds("another") and scene.typed.count > _FEW_WORDS and other:
        return True
    return stands_alone(scene) or is_new_matter(scene.conversation, scene.heard.reading)


def _more_of_it(scene: Scene) -> Step[Conversation] | None:
    """More about a matter that is done: it is a complaint still, or is added to it, or is a matter after all."""
    conversation, heard = scene.conversation, scene.heard
    if scene.typed.only("progress"):
        return tell(conversation, scene.say("status"))
    if _is_way_to_reach_them(scene):
        return _added(scene)
    decision = decided(scene, replace(conversation.standing, has_case=bool(conversation.own_case)))
    if decision.rule == "still_a_complaint" or (not conversation.own_case and scene.typed.only("complain")):
        return complain_after_all(scene, add_to_story(conversation, heard.contact.words))
    if conversation.own_case and decision.route == "escalation":
        return _escalated(scene)
    if conversation.own_case and decision.route != "status":
        return _added_to_case(scene)
    if _names_no_other(scene):
        return _added(scene)
    if decision.route in ("no_action", "case_update") or decision.guessed:
        return _added(scene) if scene.typed.count >= _FEW_WORDS else None
    return begin_anew(replace(scene, conversation=new_matter(conversation)))


def _names_no_other(scene: Scene) -> bool:
    """ "Outside number 12", after the report of a street light: a few words that name no service but the same."""
    decision, guess = scene.decision, scene.heard.reading.service
    if decision.route not in (*FIRST_REPORTS, "question") or scene.typed.text.endswith("?"):
        return False
    another = guess.key not in ("none", decision.service) and guess.confidence >= _NAMES
    return not another and 1 < scene.typed.count < FEWEST_OF_A_MATTER


def _is_way_to_reach_them(scene: Scene) -> bool:
    """A few words with an address or a number, after all was told."""
    tells = any(scene.heard.reading.detail(detail) for detail in (Detail.EMAIL, Detail.PHONE))
    return tells and not scene.conversation.own_case and scene.typed.count <= _FEW_MORE


def _added(scene: Scene) -> Step[Conversation]:
    conversation = volunteered(scene.conversation, scene.heard.reading, scene.policy)
    conversation = add_to_story(conversation, scene.heard.contact.words)
    return tell(conversation, scene.say("noted_more"), effects=(told_to_team(scene, conversation),))


def _added_to_case(scene: Scene) -> Step[Conversation]:
    conversation = volunteered(scene.conversation, scene.heard.reading, scene.policy)
    conversation = add_to_story(conversation, scene.heard.contact.words)
    said = scene.say("case_updated", reference=conversation.case)
    parts = said, *letter_told(scene, conversation)
    return tell(conversation, *parts, effects=case_completed(scene, conversation))


def _escalated(scene: Scene) -> Step[Conversation]:
    """Not satisfied with our answer: the case of this conversation moves to its next stage, where there is one."""
    case, conversation = scene.heard.case, add_to_story(scene.conversation, scene.heard.contact.words)
    received_at = scene.heard.contact.received_at
    moved = casework.escalate(case, scene.policy, received_at, scene.now) if case else None
    passed = told_to_team(scene, conversation)
    if moved is None:
        step = tell(conversation, scene.say("escalation_without_case"), effects=(passed,))
        return waiting(step, "Asks to go on, but the procedure is at its last stage.", handed_over=False)
    said = scene.say("escalated", **case_fields(moved, scene.policy))
    return tell(conversation, said, effects=(KeepCase(moved), passed))
