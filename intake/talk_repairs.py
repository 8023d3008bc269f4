"""What mends a live conversation: another matter in between, more of the same, and not being understood."""

from dataclasses import replace

from intake.answering import taken
from intake.conversation import Conversation, Holder, Later, Why
from intake.effects import Step
from intake.gathering import add_to_story, known, record, volunteered
from intake.interpretation import Detail, Sign
from intake.talk_answers import missed
from intake.talk_endings import go_on, summary
from intake.talk_matters import FEWEST_OF_A_MATTER, begin_anew, calmed, is_doubtful, points_with, stands_alone
from intake.talk_people import hand_over
from intake.talk_scene import Scene, ask, buttons, in_doubt, let_choose, offer, repeat, tell
from intake.triage import COMPLAINTS, NO_SERVICE, SIGNPOSTED, Decision, as_route
from intake.typed import Typed

Moved = Step[Conversation] | None

_ANOTHER_SERVICE = 0.6
_FEW_WORDS = 4
_MOST_UNCLEAR = 3
"""After so many messages in a row that were not understood, a person is called unasked."""

_SCRAP = 6
"""A detail in so few words is no part of the story."""


def another_matter(scene: Scene) -> Moved:
    """Another matter while one is dealt with: kept, said so, and taken up after."""
    conversation, reading = scene.conversation, scene.heard.reading
    decision = conversation.decision
    if decision is None or conversation.talk.done:
        return None
    other = reading.service.key not in ("none", decision.service) and reading.service.confidence >= _ANOTHER_SERVICE
    says = bool(scene.typed.holds("another")) and scene.typed.count >= _FEW_WORDS and other
    is_open = decision.guessed and scene.asking is None
    if not (says or (stands_alone(scene) and not is_open)):
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
    talk = replace(conversation.talk, service=decision.service)
    anew = begin_anew(replace(scene, conversation=replace(conversation, decision=None, talk=talk)))
    told_anew = anew.state.decision if anew else None
    is_matter = scene.typed.count >= FEWEST_OF_A_MATTER
    sure = anew is not None and (told_anew is None or not is_doubtful(told_anew, anew.state))
    if sure and is_matter and not _sends_away_from(decision, told_anew):
        return anew
    if not conversation.talk.misses:
        return None
    unhappy = conversation.talk.complains or decision.route in COMPLAINTS or len(conversation.talk.points) > 1
    route = "formal" if unhappy or scene.heard.reading.shows(Sign.DISSATISFIED) else "question"
    read = as_route(decision, route, scene.policy, "Told more instead of saying what it is.")
    more = replace(add_to_story(conversation, scene.heard.contact.words), decision=read)
    return go_on(scene, volunteered(more, scene.heard.reading, scene.policy), scene.say("noted_more"))


def _sends_away_from(known: Decision, anew: Decision | None) -> bool:
    """Words that read alone lead to another door than that of the service which was named before: nobody goes there.

    "My application was refused", after a blue badge was named, is no planning appeal.
    """
    away = anew is not None and anew.route in SIGNPOSTED and anew.service != known.service
    return away and known.service not in NO_SERVICE


# --- not understood -------------------------------------------------------------------------------------------------


def not_understood(scene: Scene) -> Step[Conversation]:
    """Says so once, rephrases once, then offers a person. The words are kept with the story."""
    if scene.asking is not None and scene.conversation.decision is not None:
        return missed(scene)
    conversation = scene.conversation
    if scene.typed.count >= _FEW_WORDS:
        conversation = add_to_story(conversation, scene.typed.text)
    misses = conversation.talk.misses + 1
    conversation = replace(conversation, talk=replace(conversation.talk, misses=misses))
    still = scene.say("not_understood_still")
    is_offered = misses > _MOST_UNCLEAR or conversation.talk.prompt == still
    if is_offered and conversation.holder is Holder.ASSISTANT:
        unclear = replace(scene, conversation=conversation)
        return hand_over(unclear, "Several messages were not understood.", Why.NOT_UNDERSTOOD)
    if misses == 1:
        return _once(scene, conversation)
    offered = conversation.talk.offered
    if offered:
        person = buttons(scene.policy, "person")
        choices = offered if "person" in {choice.value for choice in offered} else (*offered, *person)
        prompt = conversation.talk.prompt if misses == 2 and not in_doubt(conversation) else still
        return offer(conversation, prompt=prompt, choices=choices)
    if misses == 2:
        choices = buttons(scene.policy, "route:formal", "route:service_request", "route:question", "person")
        return offer(conversation, prompt=scene.say("not_understood_again"), choices=choices)
    choices = buttons(scene.policy, "person", "go_on")
    return offer(conversation, prompt=still, choices=choices)


def _once(scene: Scene, conversation: Conversation) -> Step[Conversation]:
    if in_doubt(conversation):
        return let_choose(scene, conversation, scene.say("not_understood"))
    if conversation.talk.prompt:
        return repeat(conversation, scene.say("not_understood"))
    if conversation.decision is not None:
        return tell(conversation, scene.say("not_understood"))
    return ask(conversation, Detail.WHAT, scene.policy, scene.say("not_understood"))
