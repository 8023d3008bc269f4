"""Moves of a live conversation that may come at any turn: leaving, starting again, asides, courtesies, files.

Each takes the scene and answers with a step, or with None where it does not fit. Their order is in intake.talk.
"""

from dataclasses import replace

from intake.calling import pass_on
from intake.conversation import Conversation, Holder
from intake.effects import Effect, Step
from intake.interpretation import Detail, Sign
from intake.talk_endings import waiting
from intake.talk_matters import new_matter
from intake.talk_people import to_contact_centre
from intake.talk_scene import Scene, ask, buttons, in_doubt, let_choose, offer, repeat, tell
from intake.wording import case_dates

_ASIDE_WORDS = 25
"""A question in between has no more words than this."""

HOW_LONG = "how_long"
"""The aside that asks how long it takes: what that means turns on what they wait for."""

_PROGRESS_WORDS = 12
"""Who only asks how it is getting on uses no more."""

_GIVING_UP = 10
"""Who gives up says so in as many words at most."""

Moved = Step[Conversation] | None


# --- leaving, and starting again ------------------------------------------------------------------------------------


def stop(scene: Scene) -> Moved:
    """Wants to stop: nothing is asked any more; whether what was told is sent, they say."""
    if not scene.typed.only("stop"):
        return None
    if _has_unsent(scene.conversation) and not _is_with_people(scene.conversation):
        choices = buttons(scene.policy, "send", "drop", "go_on")
        return _leaving(offer(scene.conversation, prompt=scene.say("stopping"), choices=choices))
    return tell(scene.conversation, scene.say("stopped"))


def start_again(scene: Scene) -> Moved:
    """Starts again: what was told so far is set aside, who they are stays known."""
    conversation = scene.conversation
    if scene.typed.only("begin") and _has_unsent(conversation) and conversation.talk.prompt:
        return _go_on_or_restart(scene)
    chosen = scene.chosen is not None and scene.chosen.value == "restart"
    if not (chosen or scene.typed.only("begin") or scene.typed.only("restart")):
        return None
    talk = replace(new_matter(conversation).talk, done=False, later=())
    fresh = replace(conversation, decision=None, details={}, talk=replace(talk, case_before=conversation.case))
    began = conversation.decision is not None or conversation.details
    return ask(fresh, Detail.WHAT, scene.policy, scene.say("restarted" if began else "hello"))


def _go_on_or_restart(scene: Scene) -> Step[Conversation]:
    """A messenger says /start by itself when its chat is opened anew: nothing is set aside for that."""
    talk, restart = scene.conversation.talk, scene.policy.flow.buttons["restart"]
    choices = (*(choice for choice in talk.offered if choice.value != restart.value), restart)
    offering = replace(scene.conversation, talk=replace(talk, offered=choices))
    return repeat(offering, scene.say("hello_again"))


def withdraw(scene: Scene) -> Moved:
    """Takes it back. A case is closed by an officer only; what was not sent yet is left where they say so twice."""
    reading = scene.heard.reading
    reads = reading.shows(Sign.WITHDRAWS) and reading.routes[:1] != () and reading.routes[0].key == "withdrawn"
    reads = reads and (scene.asking is None or bool(scene.typed.holds("withdraw")))
    if scene.asking is not None and scene.typed.only("refuse"):
        return None
    if not (scene.typed.only("withdraw") or reads or _leaves_it(scene)):
        return None
    conversation = scene.conversation
    if conversation.own_case and conversation.talk.done:
        step = tell(conversation, scene.say("withdrawn"), effects=(_withdrawal(scene, conversation),))
        return waiting(step, "Wants to withdraw: close it and confirm.", handed_over=False)
    if not _has_unsent(conversation):
        return tell(conversation, scene.say("stopped")) if scene.asking is Detail.WHAT else None
    choices = buttons(scene.policy, "drop", "send", "go_on")
    return _leaving(offer(conversation, prompt=scene.say("withdrawing"), choices=choices))


def _leaves_it(scene: Scene) -> bool:
    """ "Forget it, you never do anything anyway": where we asked for something, it says so first."""
    said = scene.typed.begins(scene.policy.flow.buttons["drop"].words) if scene.typed.count <= _GIVING_UP else ""
    return said.lower().endswith(" it")


def _withdrawal(scene: Scene, conversation: Conversation) -> Effect:
    decision = replace(scene.decision, route="withdrawn")
    contact = scene.heard.contact
    return pass_on(conversation, decision, scene.policy, contact.id, contact.words)


def _has_unsent(conversation: Conversation) -> bool:
    return conversation.decision is not None and not conversation.talk.done


def _is_with_people(conversation: Conversation) -> bool:
    """In danger, a person has what they told already: who wants to be left alone is not asked whether to send it."""
    return conversation.urgent and conversation.holder is not Holder.ASSISTANT


def _leaving(step: Step[Conversation]) -> Step[Conversation]:
    return replace(step, state=replace(step.state, talk=replace(step.state.talk, leaving=True)))


# --- in between -----------------------------------------------------------------------------------------------------


def aside(scene: Scene) -> Moved:
    """A question in between is answered, and the open question stands again."""
    typed, flow = scene.typed, scene.policy.flow
    if typed.count > _ASIDE_WORDS or scene.heard.contact.told:
        return None
    asked = next((key for key, aside in flow.asides.items() if typed.names(aside.words)), "")
    said = _dates_of_case(scene) if asked == HOW_LONG else ""
    said = said or (flow.asides[asked].says if asked else _getting_on(scene))
    return _back_to(scene, said) if said else None


def _dates_of_case(scene: Scene) -> str:
    """When they will hear, once their complaint was sent."""
    case = scene.heard.case if scene.conversation.own_case else None
    return "\n".join(case_dates(case, scene.policy)) if case else ""


def _getting_on(scene: Scene) -> str:
    """How it is getting on, asked within a matter: one that is not sent yet, or that was sent before."""
    conversation = scene.conversation
    if conversation.decision is None or scene.typed.count > _PROGRESS_WORDS or not scene.typed.holds("progress"):
        return ""
    return scene.say("status" if conversation.talk.done or conversation.own_case else "status_unsent")


def courtesy(scene: Scene) -> Moved:
    """Thanks and greetings are returned."""
    if scene.typed.only("greeting"):
        began = bool(scene.conversation.talk.prompt or scene.conversation.decision)
        return _back_to(scene, scene.say("hello_again" if began else "hello"))
    if scene.typed.only("thanks"):
        if scene.conversation.talk.prompt:
            return _back_to(scene, scene.say("welcome"))
        return tell(scene.conversation, scene.say("welcome"))
    return None


def file_instead(scene: Scene) -> Moved:
    """A file without words is kept with what they tell; what could not be read goes to a person."""
    contact = scene.heard.contact
    if scene.typed.count or contact.told:
        return None
    if contact.missing:
        return _back_to(scene, not_kept(scene))
    if contact.trouble:
        call = to_contact_centre(scene, scene.conversation, f"A person must look: {contact.trouble}")
        step = _back_to(scene, scene.say("unreadable"))
        step = replace(step, effects=(call, *step.effects))
        return waiting(step, f"A person must look: {contact.trouble}", handed_over=False)
    return _back_to(scene, _have_files(scene)) if contact.attachments else None


def _have_files(scene: Scene) -> str:
    """By their number alone: their names are whatever their sender called them."""
    count = len(scene.heard.contact.attachments)
    return scene.say("files", count=str(count)) if count > 1 else scene.say("file")


def not_kept(scene: Scene) -> str:
    """That something was not kept, and how else it can reach us."""
    return scene.say("not_kept", mailbox=scene.policy.council.mailboxes[0])


def _back_to(scene: Scene, said: str) -> Step[Conversation]:
    conversation = scene.conversation
    if in_doubt(conversation):
        return let_choose(scene, conversation, said)
    if conversation.talk.prompt:
        return repeat(conversation, said)
    if conversation.decision is not None:
        return tell(conversation, said)
    return ask(conversation, Detail.WHAT, scene.policy, said)
