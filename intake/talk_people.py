"""People in a live conversation: somebody is asked for, is awaited, or has taken over."""

from dataclasses import replace

from intake.answering import taken
from intake.calling import call_until, moment_in_words, pass_on
from intake.conversation import Conversation, Holder, Later, Why
from intake.effects import AskCall, Effect, Step, Tell
from intake.flow import Choice
from intake.gathering import add_to_story, record, volunteered
from intake.interpretation import Detail
from intake.talk_endings import told_to_team, waiting
from intake.talk_matters import FEWEST_OF_A_MATTER, calmed, perhaps
from intake.talk_scene import NOBODY_DECIDED, Scene, buttons, in_doubt, offer

_PERSON_READS = 0.9
"""How surely a message must read as wanting nobody but a person, where it does not say so in plain words."""

CALL_ME = "call_me"
CALL_TIMES = ("call_morning", "call_afternoon", "call_any")
"""Choices of the pack that somebody who waits for a call may take."""

FURTHEST_PLACE = 100
"""Up to this place in the queue it is told; it is not counted further."""

_HOW_LONG = "how_long"
"""The aside that speaks of the assistant's own questions: who waits for a person means another wait."""

_WHO_ANSWERS = "who_answers"

_A_TIME = 12
"""Words: what is longer says more than when a call is welcome."""

Moved = Step[Conversation] | None


def held(scene: Scene) -> Moved:
    """Once an officer took over, the assistant is silent; while one is awaited it says that this is kept."""
    conversation = scene.conversation
    talk = conversation.talk
    if conversation.holder is Holder.OFFICER:
        return Step(conversation)
    if conversation.holder is not Holder.WAITING or not talk.waits or (scene.chosen and scene.chosen.value == "go_on"):
        return None
    if talk.asking is Detail.PHONE:
        return _number(scene)
    if good_time := _good_time(scene):
        return _call_at(scene, good_time)
    return _added(scene)


def _added(scene: Scene) -> Step[Conversation]:
    """What they say while they wait is kept, and said so each time in a few words; nothing is asked."""
    talk = scene.conversation.talk
    if said := _answered(scene):
        return _quietly(scene.conversation, said)
    told = volunteered(scene.conversation, scene.heard.reading, scene.policy)
    told = replace(told, talk=replace(told.talk, added=talk.added + 1, last=talk.last))
    if talk.added:
        return _quietly(told, scene.say("added_again" if talk.added % 2 else "added_too"))
    told = _to_be_taken_up(scene, told)
    passed = told_to_team(scene, add_to_story(told, scene.heard.contact.words))
    return _quietly(told, scene.say("added"), where_they_stand(scene), effects=(passed,))


def _to_be_taken_up(scene: Scene, conversation: Conversation) -> Conversation:
    """A matter that is told while they wait is taken up where they go on with the assistant after all."""
    contact, reading = scene.heard.contact, scene.heard.reading
    if conversation.decision is not None or scene.typed.count < FEWEST_OF_A_MATTER:
        return conversation
    later = Later(contact.words, calmed(reading), contact.id, contact.received_at)
    return replace(conversation, talk=replace(conversation.talk, later=(later,)))


def _answered(scene: Scene) -> str:
    """What is said to who asks or greets while they wait; empty where they told something."""
    typed, asides = scene.typed, scene.policy.flow.asides
    if typed.count > _A_TIME or not typed.count:
        return ""
    if typed.only("thanks"):
        return scene.say("welcome")
    asked = next((key for key, one in asides.items() if typed.names(one.words)), "")
    if asked and asked != _HOW_LONG:
        return asides[asked].says
    waits = asked or typed.only("greeting") or typed.holds("progress") or typed.text.endswith("?")
    return where_they_stand(scene) if waits else ""


def _quietly(conversation: Conversation, *parts: str, effects: tuple[Effect, ...] = ()) -> Step[Conversation]:
    """Said without a question; that they may go on with the assistant stays offered."""
    offered = tuple(choice for choice in conversation.talk.offered if choice.value == "go_on")
    talk = replace(conversation.talk, asking=None, prompt="", offered=offered)
    said = Tell("\n\n".join(part for part in parts if part), tuple(Choice(one.label, one.value) for one in offered))
    return Step(replace(conversation, talk=talk), (*effects, said))


def _declines(scene: Scene) -> bool:
    """Do they only say that they give no number?"""
    skips = scene.chosen is not None and scene.chosen.value == "skip"
    return skips or scene.typed.only("dont_know") or scene.typed.only("refuse")


def _number(scene: Scene) -> Step[Conversation]:
    """The number to call back on, or none."""
    words = taken(Detail.PHONE, scene.typed, scene.heard.reading, scene.policy, ())
    known, choices = scene.conversation.person.phone, buttons(scene.policy, "go_on")
    if not words and known and scene.chosen is not None and scene.chosen.value == CALL_ME:
        words = known
    if not words and _declines(scene):
        return offer(scene.conversation, prompt=scene.say("fine"), choices=choices)
    if not words:
        return _added(scene)
    conversation = record(scene.conversation, Detail.PHONE, words)
    until = call_until(scene.policy, scene.now)
    call = AskCall(conversation.person.phone or words, until)
    passed = to_contact_centre(scene, conversation, "Asks for a call.")
    said = scene.say("number_noted", call_by=moment_in_words(until, scene.policy))
    choices = buttons(scene.policy, *CALL_TIMES, "go_on")
    return offer(conversation, said, prompt=scene.say("call_when"), choices=choices, effects=(call, passed))


def _good_time(scene: Scene) -> str:
    """When a call suits them, where that is asked and told; empty where it isn't."""
    if CALL_TIMES[0] not in {choice.value for choice in scene.conversation.talk.offered}:
        return ""
    if scene.chosen is not None and scene.chosen.value in CALL_TIMES:
        return scene.policy.flow.buttons[scene.chosen.value].label
    tells = scene.heard.reading.detail(Detail.WHEN) or any(letter.isdigit() for letter in scene.typed.text)
    return scene.typed.text if tells and scene.typed.count <= _A_TIME else ""


def _call_at(scene: Scene, good_time: str) -> Step[Conversation]:
    """When it suits them is kept with the call, which is promised for the same time still."""
    call = AskCall(scene.conversation.person.phone, call_until(scene.policy, scene.now), good_time)
    prompt = scene.say("call_noted")
    return offer(scene.conversation, prompt=prompt, choices=buttons(scene.policy, "go_on"), effects=(call,))


def wants_person(scene: Scene) -> Moved:
    """Asks for a person: gets one, and is told truthfully whether somebody is there."""
    reading, typed = scene.heard.reading, scene.typed
    chosen = scene.chosen is not None and scene.chosen.value == "person"
    if scene.chosen is not None and not chosen:
        return None
    reads = reading.routes[:1] != () and reading.routes[0].key == "handover"
    asks = any(typed.names(aside.words) for aside in scene.policy.flow.asides.values())
    likely = not asks and scene.asking not in _REACHING and reads and reading.routes[0].confidence >= _PERSON_READS
    says = bool(typed.holds("person")) and (reads or typed.count <= 12) and not _asks_who_reads(scene)
    if chosen or says:
        return hand_over(scene)
    if not likely or reading.detail(Detail.PHONE):
        return None
    return hand_over(scene) if in_doubt(scene.conversation) else perhaps(scene)


def _asks_who_reads(scene: Scene) -> bool:
    """ "Will a real person read it?" asks, and wants nobody called."""
    aside = scene.policy.flow.asides.get(_WHO_ANSWERS)
    return aside is not None and bool(scene.typed.names(aside.words))


def hand_over(scene: Scene, reason: str = "Asks for a person.", why: Why = Why.ASKED) -> Step[Conversation]:
    """A person is called, with all that was told; who may have to wait long is offered a call."""
    policy, conversation = scene.policy, scene.conversation
    said, call = where_they_stand(scene), to_contact_centre(scene, conversation, reason)
    known = conversation.person.phone
    if known and scene.heard.staffing.free:
        step = offer(conversation, prompt=said, choices=buttons(policy, "go_on"), effects=(call,))
    else:
        prompt = scene.say("person_call", phone=known) if known else scene.say("person_reach")
        choices = buttons(policy, *((CALL_ME,) if known else ()), "skip", "go_on")
        step = offer(conversation, said, prompt=prompt, choices=choices, asking=Detail.PHONE, effects=(call,))
    state = replace(step.state, talk=replace(step.state.talk, added=0, misses=0))
    return waiting(replace(step, state=state), reason, why)


def where_they_stand(scene: Scene) -> str:
    """Whether somebody is there to answer, said truthfully; and how many wait before them, where anybody is."""
    staffing = scene.heard.staffing
    if not scene.policy.opening.open_at(scene.now, scene.policy.calendar):
        return scene.say("person_closed")
    if not staffing.there:
        return scene.say("person_nobody")
    if staffing.free:
        return scene.say("person_open")
    place = str(staffing.ahead + 1)
    return scene.say("person_busy", place=place) if staffing.ahead < FURTHEST_PLACE else scene.say("person_many")


def to_contact_centre(scene: Scene, conversation: Conversation, reason: str) -> Effect:
    """The letter that calls somebody of the contact centre, with all that was told."""
    decision = conversation.decision or replace(NOBODY_DECIDED, route="handover")
    words = "\n".join(filter(None, (conversation.details.get(Detail.WHAT, ""), scene.heard.contact.words)))
    team = scene.policy.teams["contact_centre"]
    contact = scene.heard.contact.id
    return pass_on(conversation, decision, scene.policy, contact, words, "officer_called", team, reason)


_REACHING = (Detail.REPLY_BY, Detail.PHONE, Detail.EMAIL, Detail.ADDRESS, Detail.PUT_RIGHT)
