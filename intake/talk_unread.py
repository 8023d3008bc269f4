"""A matter told in a language that no machine reads here: a person is called, and the flow goes on by choices."""

from dataclasses import replace

from intake.calling import pass_on
from intake.conversation import Conversation, Why
from intake.dialogue import Heard
from intake.effects import Step
from intake.policy import ENGLISH_TAG, Policy
from intake.safety import look
from intake.talk_endings import waiting
from intake.talk_matters import noted, start
from intake.talk_scene import NOBODY_DECIDED, Scene, buttons, offer
from intake.tongues import is_read, unread
from intake.triage import as_route

Moved = Step[Conversation] | None


def as_heard(heard: Heard, policy: Policy) -> Heard:
    """What is taken from a turn: where nobody read it, what is found by its shape or by the pack's words alone."""
    if policy.tag == ENGLISH_TAG or is_read(heard.contact, heard.reading):
        return heard
    return replace(heard, reading=unread(heard.reading), harms=look(heard.contact.words, policy.triggers))


def by_choices(scene: Scene) -> Moved:
    """The words are kept for a person, who is called; what it is, its resident says by a choice."""
    conversation, reading, typed = scene.conversation, scene.heard.reading, scene.typed
    if scene.policy.tag == ENGLISH_TAG or reading.routes or conversation.decision is not None:
        return None
    if not typed.count or typed.only("complain"):
        return None
    says = bool(typed.holds("complain")) and not typed.holds("withdraw")
    complains = conversation.talk.complains or says
    decision = as_route(NOBODY_DECIDED, "formal" if complains else "question", scene.policy, "Said so when asked.")
    told = noted(scene, conversation, replace(decision, guessed=not complains))
    if complains:
        return _called(scene, start(scene, told))
    choices = buttons(scene.policy, "route:formal", "route:service_request", "route:question", "person")
    return _called(scene, offer(told, scene.say("unread"), prompt=scene.say("unsure"), choices=choices))


def _called(scene: Scene, step: Step[Conversation]) -> Step[Conversation]:
    """A person who reads the language is called, whatever the choices lead to."""
    contact, policy = scene.heard.contact, scene.policy
    reason = f"Told in {_name(policy)}, which no machine reads here."
    decision = step.state.decision or NOBODY_DECIDED
    team = policy.teams["contact_centre"]
    call = pass_on(step.state, decision, policy, contact.id, contact.words, "officer_called", team, reason)
    return waiting(replace(step, effects=(call, *step.effects)), reason, Why.LANGUAGE, handed_over=False)


def _name(policy: Policy) -> str:
    """The language's English name, for officers."""
    return next((language.name for language in policy.languages.values() if language.tag == policy.tag), policy.tag)
