"""People in a live conversation: somebody is asked for, is awaited, or has taken over."""

from dataclasses import replace

from intake.calling import pass_on
from intake.conversation import Conversation, Holder
from intake.effects import Effect, Step
from intake.gathering import add_to_story, record, taken
from intake.interpretation import Detail
from intake.talk_endings import told_to_team, waiting
from intake.talk_matters import perhaps
from intake.talk_scene import NOBODY_DECIDED, Scene, buttons, offer

_PERSON_READS = 0.9
"""How surely a message must read as wanting nobody but a person, where it does not say so in plain words."""

Moved = Step[Conversation] | None


def held(scene: Scene) -> Moved:
    """Once an officer took over, the assistant is silent; while one is awaited it says once that this is added."""
    conversation = scene.conversation
    talk = conversation.talk
    if conversation.holder is Holder.OFFICER:
        return Step(conversation)
    if conversation.holder is not Holder.WAITING or not talk.waits or (scene.chosen and scene.chosen.value == "go_on"):
        return None
    if talk.asking is Detail.PHONE:
        return _number(scene)
    return Step(conversation) if talk.added else _added(scene)


def _added(scene: Scene) -> Step[Conversation]:
    """What they say while they wait is passed on, and said so once."""
    changed = replace(scene.conversation, talk=replace(scene.conversation.talk, added=True))
    passed = told_to_team(scene, add_to_story(changed, scene.heard.contact.words))
    choices = buttons(scene.policy, "go_on")
    return offer(changed, prompt=scene.say("added"), choices=choices, effects=(passed,))


def _declines(scene: Scene) -> bool:
    """Do they only say that they give no number?"""
    skips = scene.chosen is not None and scene.chosen.value == "skip"
    return skips or scene.typed.only("dont_know") or scene.typed.only("refuse")


def _number(scene: Scene) -> Step[Conversation]:
    """The number to call back on, or none."""
    words = taken(Detail.PHONE, scene.typed, scene.heard.reading, scene.policy, ())
    choices = buttons(scene.policy, "go_on")
    if not words and _declines(scene):
        return offer(scene.conversation, prompt=scene.say("fine"), choices=choices)
    if not words:
        return _added(scene)
    conversation = record(scene.conversation, Detail.PHONE, words)
    passed = to_contact_centre(scene, conversation, "Asks for a call.")
    return offer(conversation, prompt=scene.say("number_noted"), choices=choices, effects=(passed,))


def wants_person(scene: Scene) -> Moved:
    """Asks for a person: gets one, and is told truthfully whether somebody is there."""
    reading, typed = scene.heard.reading, scene.typed
    chosen = scene.chosen is not None and scene.chosen.value == "person"
    if scene.chosen is not None and not chosen:
        return None
    reads = reading.routes[:1] != () and reading.routes[0].key == "handover"
    asks = any(typed.names(aside.words) for aside in scene.policy.flow.asides.values())
    likely = not asks and scene.asking not in _REACHING and reads and reading.routes[0].confidence >= _PERSON_READS
    says = bool(typed.holds("person")) and (reads or typed.count <= 12)
    if chosen or says:
        return hand_over(scene)
    return perhaps(scene) if likely and not reading.detail(Detail.PHONE) else None


def hand_over(scene: Scene, *parts: str) -> Step[Conversation]:
    """A person is called, with all that was told; a number is asked for where we could not reach them."""
    policy, conversation = scene.policy, scene.conversation
    is_open = policy.opening.open_at(scene.now, policy.calendar)
    said = scene.say("person_open" if is_open else "person_closed")
    call = to_contact_centre(scene, conversation, "Asks for a person.")
    if conversation.person.phone:
        step = offer(conversation, *parts, prompt=said, choices=buttons(policy, "go_on"), effects=(call,))
    else:
        prompt = scene.say("person_reach")
        choices = buttons(policy, "skip", "go_on")
        step = offer(conversation, *parts, said, prompt=prompt, choices=choices, asking=Detail.PHONE, effects=(call,))
    state = replace(step.state, talk=replace(step.state.talk, added=False, misses=0))
    return waiting(replace(step, state=state), "Asks for a person.")


def to_contact_centre(scene: Scene, conversation: Conversation, reason: str) -> Effect:
    """The letter that calls somebody of the contact centre, with all that was told."""
    decision = conversation.decision or replace(NOBODY_DECIDED, route="handover")
    words = "\n".join(filter(None, (conversation.details.get(Detail.WHAT, ""), scene.heard.contact.words)))
    team = scene.policy.teams["contact_centre"]
    contact = scene.heard.contact.id
    return pass_on(conversation, decision, scene.policy, contact, words, "officer_called", team, reason)


_REACHING = (Detail.REPLY_BY, Detail.PHONE, Detail.EMAIL, Detail.ADDRESS, Detail.PUT_RIGHT)
