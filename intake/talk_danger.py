"""Danger in a live conversation: on any turn, help is said at once, a person is called, and what hangs stays open."""

from dataclasses import replace

from intake.answering import taken
from intake.calling import help_at_once, pass_on, team_called
from intake.conversation import Conversation, Holder, Why
from intake.effects import Effect, Step, Tell
from intake.interpretation import Detail, Sign
from intake.languages import help_with_english
from intake.policy import Level
from intake.safety import Harm
from intake.talk_endings import waiting
from intake.talk_matters import ACT_NOW, new_matter, noted, open_urgent
from intake.talk_scene import NOBODY_DECIDED, Scene, ask, buttons, offer, tell
from intake.triage import Evidence, Standing, as_route, triage

_SCRAP = 3
_SCRAP_LIKELY = 0.8
_SHORT = 12
"""An answer of so few words is not surely read without what was asked."""

_FEW_WORDS = 8
"""A question in between of so few words is nothing else, however it reads."""

Moved = Step[Conversation] | None


def danger(scene: Scene) -> Moved:
    """Somebody may come to harm today: help is said at once, a person is called, a complaint to us is opened."""
    new = new_harms(scene)
    if not new or not scene.danger_is_sure:
        return None
    conversation = _helped(scene, new)
    said = Tell(conversation.talk.help, stands=True)
    if conversation.holder is Holder.OFFICER or conversation.own_case:
        return _called(scene, conversation, said)
    decision = triage(Evidence(scene.heard.contact, scene.heard.reading, scene.heard.harms, scene.policy, Standing()))
    if scene.decision.route == "formal" and not conversation.talk.done:
        decision = as_route(scene.decision, "urgent", scene.policy, "Somebody may come to harm today.")
    if decision.route == "urgent":
        step = open_urgent(scene, noted(scene, _begun(conversation), replace(decision, urgent=True)))
        return replace(step, effects=(said, *step.effects))
    if conversation.decision is None:
        conversation = noted(scene, conversation, decision)
    return _called(scene, conversation, said)


def new_harms(scene: Scene) -> tuple[Harm, ...]:
    """The harms of today that no help was said for yet.

    A refusal or a yes that the flow knows by its words is not taken for danger by reading alone; nor are two or three
    words, which the network was hardly ever shown, unless they surely read so.
    """
    helped = scene.conversation.talk.helped
    harms = tuple(harm for harm in scene.heard.harms if harm.today and harm.trigger.key not in helped)
    return harms if harms and (scene.danger_stands_in_words or not _is_known(scene)) else ()


def _is_scrap(scene: Scene) -> bool:
    return scene.typed.count <= _SCRAP and scene.heard.reading.sign(Sign.HARM_TODAY).confidence < _SCRAP_LIKELY


def _adds_nothing(scene: Scene) -> bool:
    """Help was said, a person is called, and a few words ("she is ok now") only read like danger of no kind."""
    unclear = all(harm.trigger == scene.policy.unclear for harm in scene.heard.harms if harm.today)
    return scene.conversation.urgent and unclear and scene.typed.count <= _FEW_WORDS


def alarmed(scene: Scene, step: Step[Conversation]) -> Step[Conversation]:
    """Where danger is not sure, the conversation goes on; help stands before the answer and a person is called."""
    new, checks = new_harms(scene), tuple(harm for harm in scene.heard.harms if not harm.today)
    talk = step.state.talk
    if not new and (new := _doubted(scene)):
        scene = replace(scene, heard=replace(scene.heard, harms=new))
    if new:
        helped = _helped(replace(scene, conversation=step.state), new)
        lead = "" if all(harm.trigger == scene.policy.unclear for harm in new) else f"{scene.say('help_if')}\n\n"
        call = _call(scene, step.state, urgent=True)
        effects = (Tell(f"{lead}{helped.talk.help}", stands=True), *step.effects, call)
        return waiting(Step(helped, effects), _reason(scene), Why.DANGER, handed_over=False)
    unread = tuple(harm.trigger.key for harm in checks if harm.trigger.key not in talk.helped)
    if not unread:
        return step
    state = replace(step.state, talk=replace(talk, helped=(*talk.helped, *unread)))
    reason = f"Words that a person must read today ({checks[0].trigger.name})."
    call = _call(scene, step.state, urgent=False)
    return waiting(Step(state, (*step.effects, call)), reason, handed_over=False)


def _doubted(scene: Scene) -> tuple[Harm, ...]:
    """Harms that words show and reading takes for past, in an answer too short to be read surely."""
    if not scene.conversation.talk.prompt or scene.typed.count > _SHORT:
        return ()
    today = (harm for harm in scene.heard.harms if harm.over and harm.trigger.level is Level.TODAY)
    return tuple(replace(h, over=False) for h in today if h.trigger.key not in scene.conversation.talk.helped)


def _is_known(scene: Scene) -> bool:
    known = ("refuse", "dont_know", "stop", "restart", "thanks", "greeting", "withdraw", "complain")
    if _is_scrap(scene) or _adds_nothing(scene):
        return True
    if scene.asking is not None and scene.policy.flow.questions[scene.asking].choices:
        offered = scene.conversation.talk.offered
        if taken(scene.asking, scene.typed, scene.heard.reading, scene.policy, offered):
            return True
    asides = scene.policy.flow.asides.values()
    if scene.typed.count <= _FEW_WORDS and any(scene.typed.names(aside.words) for aside in asides):
        return True
    return scene.chosen is not None or any(scene.typed.only(key) for key in known)


def _helped(scene: Scene, harms: tuple[Harm, ...]) -> Conversation:
    talk = scene.conversation.talk
    helped = (*talk.helped, *(harm.trigger.key for harm in harms))
    said = help_with_english(scene.heard.reading, help_at_once(harms, scene.policy), scene.policy)
    changed = replace(talk, helped=helped, help=said)
    return replace(scene.conversation, urgent=True, talk=changed)


def _begun(conversation: Conversation) -> Conversation:
    """The matter that goes on, or the one that begins with the danger."""
    return new_matter(conversation) if conversation.talk.done else conversation


def _called(scene: Scene, conversation: Conversation, said: Tell) -> Step[Conversation]:
    """A person is called beside whatever the conversation was about; what was asked stays open."""
    call = _call(scene, conversation, urgent=True)
    if conversation.holder is Holder.OFFICER:
        return Step(conversation, (said, call))
    told = scene.say("danger_called")
    if conversation.talk.prompt:
        choices = buttons(scene.policy, "go_on", "person")
        step = offer(conversation, prompt=told, choices=choices, asking=conversation.talk.asking)
    elif conversation.person.phone or conversation.talk.done:
        step = tell(conversation, told)
    else:
        step = ask(conversation, Detail.PHONE, scene.policy, told)
    return waiting(replace(step, effects=(said, call, *step.effects)), _reason(scene), Why.DANGER, handed_over=False)


def _call(scene: Scene, conversation: Conversation, *, urgent: bool) -> Effect:
    contact, decision = scene.heard.contact, conversation.decision or NOBODY_DECIDED
    template = "officer_called_now" if urgent else "officer_called"
    team = team_called(scene.heard.harms, urgent, scene.policy, scene.now)
    reason = _reason(scene)
    return pass_on(conversation, decision, scene.policy, contact.id, contact.words, template, team, reason)


def _reason(scene: Scene) -> str:
    if not any(harm.today for harm in scene.heard.harms):
        return "To be read today."
    return ACT_NOW if scene.danger_is_sure else "Someone may be in danger, but that is not sure: read this now."
