"""The beginning of a matter in a live conversation: triage as for mail, and what is done then and there."""

from dataclasses import replace

from intake import casework
from intake.calling import pass_on, team_called
from intake.casework import understood
from intake.conversation import Conversation, Holder, Later, Talk, Why
from intake.dialogue import counting_earlier
from intake.effects import KeepCase, Step, Tell, Write
from intake.gathering import add_to_story, leave_out, record, recorded, volunteered
from intake.interpretation import ENGLISH, Detail, Interpretation, Sign
from intake.languages import in_their_language, with_english
from intake.phrases import Text, find
from intake.policy import Policy
from intake.talk_endings import go_on, standing, told_to_team, waiting
from intake.talk_scene import Scene, ask, buttons, offer, tell
from intake.threads import NEW_MATTERS
from intake.tongues import ENOUGH_WORDS
from intake.triage import (
    ANOTHER_SERVICE,
    CLEAR,
    FIRST_REPORTS,
    NO_SERVICE,
    SIGNPOSTED,
    Decision,
    Evidence,
    Standing,
    as_route,
    triage,
)
from intake.wording import case_fields, greeting

LIKELY_COMPLAINT = 0.5
"""How sure a complaint must read to be gathered: nothing is sent before its resident has said that it is right."""

_NEAR = 0.05
"""How likely a route must read to be offered as a choice."""

_MOST_CHOICES = 3
_SOFT = (*FIRST_REPORTS, "question", "comment", "compliment", "no_action", "status", "handover", "case_update")
"""Routes that give way where they said that they complain."""

ACT_NOW = "Someone may come to harm: act now."
"""Why a person is called where danger is sure."""

_READ = 4_000
"""Characters of a story that are looked through for whom it is told."""

_FEW_WORDS = 3
_NAMED = 5
"""So many words name what a complaint is about; more of them tell what happened."""
_MOST_BEFORE = 20
FEWEST_OF_A_MATTER = 7


def new_matter(conversation: Conversation) -> Conversation:
    """The conversation before its next matter: who they are and how to reach them is known, nothing else."""
    talk = conversation.talk
    if conversation.decision is None:
        return replace(conversation, talk=replace(talk, case_before=conversation.case, done=False))
    kept = {detail: words for detail, words in conversation.details.items() if detail in _STAYS}
    fresh = Talk(
        case_before=conversation.case,
        helped=talk.helped,
        help=talk.help,
        later=talk.later,
        before=conversation.matters_done[-_MOST_BEFORE:],
        waits=talk.waits,
    )
    return replace(conversation, decision=None, details=kept, talk=fresh)


def begin_anew(scene: Scene) -> Step[Conversation] | None:
    """Triage a message by itself, and do what its route wants."""
    conversation, reading, typed = scene.conversation, scene.heard.reading, scene.typed
    if typed.only("complain") or _says_only_that(scene):
        return _what_happened(scene, conversation)
    if _says_only_of_what(scene):
        return _what_happened(scene, add_to_story(conversation, scene.heard.contact.words))
    if reading.language != ENGLISH and not _reads_well(reading) and typed.count > _FEW_WORDS:
        return _other_language(scene)
    scene = replace(scene, heard=replace(scene.heard, reading=replace(reading, language=ENGLISH)))
    decision = decided(scene, Standing(service=conversation.talk.service))
    if conversation.talk.writes and _is_too_short_to_tell(scene, decision):
        return _still_in_it(scene)
    if decision.route == "no_action" or (decision.guessed and typed.count < _FEW_WORDS):
        return _about_it(scene, decision) or _too_little(scene)
    if decision.route == "handover":
        return perhaps(scene)
    told = noted(scene, conversation, decision)
    return _unsure(scene, told, decision) if is_doubtful(decision, told) else start(scene, told)


def start(scene: Scene, conversation: Conversation, *parts: str) -> Step[Conversation]:
    """The first thing that is done for a matter, its decision made."""
    decision = conversation.decision
    assert decision is not None
    if decision.route == "urgent":
        return open_urgent(scene, conversation)
    if decision.route == "early_intervention":
        team = scene.policy.team_for(decision.route, decision.service)
        said = scene.say("early_choice", team=team.name)
        return offer(conversation, *parts, prompt=said, choices=buttons(scene.policy, "team", "formal"))
    parts = parts or ((scene.say("sorry"),) if decision.route == "formal" else ())
    return go_on(scene, conversation, *parts, *_second_told(scene, conversation))


def _second_told(scene: Scene, conversation: Conversation) -> tuple[str, ...]:
    """That there are two matters, and which comes after; where the first is ended at once, the second follows."""
    mine = [later for later in conversation.talk.later if later.contact == scene.heard.contact.id]
    if not mine or scene.heard.reading.beside is None:
        return ()
    return (scene.say("two_matters", words=" ".join(mine[-1].words.split())[:200]),)


def open_urgent(scene: Scene, conversation: Conversation) -> Step[Conversation]:
    """An urgent complaint is opened at once with what is known, and a person is called; the rest is asked after."""
    policy, decision = scene.policy, conversation.decision
    assert decision is not None
    talk = conversation.talk
    case = casework.open_case(
        conversation, decision, talk.points, talk.began_at or scene.now, policy, scene.drawn, scene.now
    )
    conversation = replace(conversation, case=case.reference)
    team = team_called(scene.heard.harms, True, policy, scene.now)
    contact = scene.heard.contact
    call = pass_on(conversation, decision, policy, contact.id, contact.words, "officer_called_now", team, ACT_NOW)
    letter: tuple[Write, ...] = ()
    fields = {**case_fields(case, policy), "code": scene.drawn.code}
    if to := conversation.person.email:
        dear = greeting(conversation.person, policy)
        letter = (Write("urgent", {**fields, "greeting": dear, "help": talk.help}, to),)
    said = (scene.say("danger_called"), scene.say("danger_case", **fields))
    effects = (KeepCase(case), call, told_to_team(scene, conversation, "case_opened"), *letter)
    step = standing(go_on(scene, conversation, *said, effects=effects))
    return waiting(step, ACT_NOW, Why.DANGER, handed_over=False)


def noted(scene: Scene, conversation: Conversation, decision: Decision) -> Conversation:
    """What a matter's first message tells, put down: its words, its points, its details, its second matter."""
    reading, contact = scene.heard.reading, scene.heard.contact
    conversation = recorded(add_to_story(conversation, contact.words), contact.told, scene.policy)
    if not any(harm.today for harm in scene.heard.harms):
        conversation = volunteered(conversation, reading, scene.policy)
    else:
        conversation = volunteered(conversation, replace(reading, details=_but_wishes(reading)), scene.policy)
    if reading.shows(Sign.ON_BEHALF):
        conversation = _for_whom(scene, conversation)
    talk = conversation.talk
    unhappy = reading.shows(Sign.DISSATISFIED) and decision.route in FIRST_REPORTS
    return replace(
        conversation,
        decision=decision,
        urgent=conversation.urgent or decision.urgent,
        talk=replace(
            talk,
            began_at=talk.began_at or contact.received_at,
            contact=talk.contact or contact.id,
            points=understood(reading, decision, scene.policy),
            complains=talk.complains or reading.shows(Sign.SAID_COMPLAINT),
            for_another=reading.shows(Sign.ON_BEHALF),
            unknown=talk.unknown if unhappy else (*talk.unknown, Detail.EARLIER),
            later=(*talk.later, *_beside(scene)),
            last=None,
        ),
    )


def _for_whom(scene: Scene, conversation: Conversation) -> Conversation:
    """A parent speaks for their child, and nobody can ask the dead: whom it is for is known, consent is not asked."""
    words, story = scene.policy.flow.words, Text.of(conversation.details.get(Detail.WHAT, "")[:_READ])
    who = find(words["relation"], story)
    if not who or not (find(words["own_child"], story) or find(words["has_died"], story)):
        return conversation
    conversation = leave_out(conversation, Detail.CONSENT)
    return conversation if Detail.BEHALF in conversation.details else record(conversation, Detail.BEHALF, who)


def _reads_well(reading: Interpretation) -> bool:
    """A few English words may look like another language; where their service is plain, they are English."""
    return reading.service.key != "none" and reading.service.confidence >= ANOTHER_SERVICE


def stands_alone(scene: Scene) -> bool:
    """Does it read as a matter of its own, about another service, and answer nothing that was asked?"""
    reading, decision = scene.heard.reading, scene.conversation.decision
    other = reading.service.key not in ("none", decision.service if decision else "none")
    likely = reading.routes[:1] != () and reading.routes[0].key in NEW_MATTERS and reading.routes[0].confidence >= 0.5
    answers = scene.asking is not None and bool(reading.detail(scene.asking))
    surely = reading.service.confidence >= ANOTHER_SERVICE and scene.typed.count >= FEWEST_OF_A_MATTER
    return other and likely and surely and not answers


def points_with(scene: Scene, conversation: Conversation) -> Conversation:
    """What is understood now that more was told."""
    if conversation.decision is None:
        return conversation
    more = understood(scene.heard.reading, conversation.decision, scene.policy)
    points = tuple(dict.fromkeys((*conversation.talk.points, *more)))
    return replace(conversation, talk=replace(conversation.talk, points=points))


def calmed(reading: Interpretation) -> Interpretation:
    """A second matter's reading without its alarm, which was seen to when it was told."""
    routes = tuple(replace(guess, key="formal") if guess.key == "urgent" else guess for guess in reading.routes)
    return replace(reading, routes=routes)


def _but_wishes(reading: Interpretation) -> tuple[tuple[Detail, str], ...]:
    """Where somebody is in danger, what they say they want may be the danger."""
    return tuple((detail, words) for detail, words in reading.details if detail is not Detail.PUT_RIGHT)


def complain_after_all(scene: Scene, conversation: Conversation, *parts: str) -> Step[Conversation]:
    """What was signposted, passed on or doubtful is a complaint, since its resident says so."""
    assert conversation.decision is not None
    decision = as_route(conversation.decision, "formal", scene.policy, "Says that it is a complaint.")
    talk = replace(conversation.talk, done=False, complains=True, case_before=conversation.case)
    return go_on(scene, replace(conversation, decision=decision, talk=talk), *parts)


def _says_only_that(scene: Scene) -> bool:
    """Do they say that they complain, and not yet of what?"""
    typed, service = scene.typed, scene.heard.reading.service.key
    return bool(typed.holds("complain")) and typed.count <= 9 and service in NO_SERVICE and _is_plain(scene)


def _says_only_of_what(scene: Scene) -> bool:
    """ "I want to complain about a social worker": whom or what it is about, and not yet what happened."""
    if not scene.typed.holds("complain") or scene.heard.contact.told:
        return False
    rest = scene.typed.without(scene.policy.flow.words["complain"])
    return rest.count <= _NAMED and _is_plain(scene)


def _what_happened(scene: Scene, conversation: Conversation) -> Step[Conversation]:
    service = scene.heard.reading.service
    names = service.key not in NO_SERVICE and service.confidence >= ANOTHER_SERVICE
    known = service.key if names else conversation.talk.service
    talk = replace(conversation.talk, complains=True, service=known)
    return ask(replace(conversation, talk=talk), Detail.WHAT, scene.policy, scene.say("complaint_begins"))


def _is_plain(scene: Scene) -> bool:
    reading = scene.heard.reading
    return reading.routes[:1] == () or reading.routes[0].key in ("formal", "no_action", "handover")


def decided(scene: Scene, standing: Standing) -> Decision:
    """Triage, with what they said before: who complains is not taken for one who asks."""
    heard, talk = scene.heard, scene.conversation.talk
    decision = triage(Evidence(heard.contact, heard.reading, heard.harms, scene.policy, standing))
    decision = counting_earlier(decision, heard, scene.policy)
    if decision.route == "urgent" and not scene.danger_is_sure:
        return as_route(decision, "formal", scene.policy, "Danger is not sure: gathered like any complaint.")
    in_words = decision.guessed and scene.typed.holds("to_complain") and not scene.typed.holds("withdraw")
    complains = talk.complains or heard.reading.shows(Sign.SAID_COMPLAINT) or bool(in_words)
    soft = decision.route in _SOFT or (decision.guessed and decision.route in SIGNPOSTED)
    if complains and soft and (scene.typed.count >= _FEW_WORDS):
        return as_route(decision, "formal", scene.policy, "Says that it is a complaint.")
    return decision


def is_doubtful(decision: Decision, conversation: Conversation) -> bool:
    """Is it better to ask? Not where they say that they complain: nothing is sent before they have seen it."""
    if decision.route == "formal":
        return not conversation.talk.complains and decision.confidence < LIKELY_COMPLAINT
    return decision.guessed and decision.route != "urgent"


def _unsure(scene: Scene, conversation: Conversation, decision: Decision) -> Step[Conversation]:
    """Rather ask what is nearest than guess."""
    reading, near = scene.heard.reading, near_routes(scene.heard.reading, scene.policy)
    values = dict.fromkeys(f"route:{key}" for key in (*near, "formal"))
    choices = buttons(scene.policy, *values, "person")
    if decision.service == "none" and reading.service.confidence >= LIKELY_COMPLAINT:
        conversation = replace(conversation, decision=replace(decision, service=reading.service.key))
    return offer(conversation, prompt=scene.say("unsure"), choices=choices)


def near_routes(reading: Interpretation, policy: Policy) -> list[str]:
    """The routes that a doubtful message may be meant for, besides a complaint: few, and never none."""
    buttons = policy.flow.buttons
    near = [guess.key for guess in reading.routes if guess.confidence >= _NEAR and f"route:{guess.key}" in buttons]
    if reading.signpost.key == "none" or reading.signpost.confidence < CLEAR:
        near = [key for key in near if key not in SIGNPOSTED]
    near = near[: _MOST_CHOICES - 1]
    return near if set(near) - {"formal"} else [*near, "service_request", "question"]


def perhaps(scene: Scene) -> Step[Conversation]:
    """It only reads as if a person was wanted: we ask, rather than end the conversation."""
    others = (
        ("go_on",) if scene.conversation.talk.prompt else ("route:formal", "route:service_request", "route:question")
    )
    choices = buttons(scene.policy, "person", *others)
    conversation = add_to_story(scene.conversation, scene.heard.contact.words)
    return offer(conversation, prompt=scene.say("unsure"), choices=choices)


def _about_it(scene: Scene, decision: Decision) -> Step[Conversation] | None:
    """A word or two more about the service that was named before ("bins", "missed"): we ask what it is."""
    conversation = scene.conversation
    if conversation.talk.service == "none" or scene.typed.is_filler():
        return None
    route = "question" if decision.route == "no_action" else decision.route
    decision = replace(decision, route=route, service=conversation.talk.service, guessed=True)
    return _unsure(scene, noted(scene, conversation, decision), decision)


def _too_little(scene: Scene) -> Step[Conversation] | None:
    """A word or two that only name a service: we ask on. Anything else is not understood."""
    guess = scene.heard.reading.service
    service = scene.policy.services.get(guess.key)
    if service is None or guess.confidence < 0.8 or scene.typed.count > _FEW_WORDS:
        return None
    talk = replace(scene.conversation.talk, service=service.key)
    conversation = add_to_story(replace(scene.conversation, talk=talk), scene.heard.contact.words)
    step = ask(conversation, Detail.WHAT, scene.policy)
    said = Tell(scene.say("tell_more", service=service.name))
    talk = replace(step.state.talk, prompt=said.text)
    return Step(replace(step.state, talk=talk), (said,))


def _other_language(scene: Scene) -> Step[Conversation]:
    """Kept, said so, and read by a person with an interpreter."""
    decision = decided(scene, Standing())
    language = scene.heard.reading.language
    conversation = replace(noted(scene, scene.conversation, decision), decision=None)
    conversation = replace(conversation, talk=replace(conversation.talk, writes=language))
    reason = f"Seems to be written in {language}."
    said = scene.say("other_language", language=language)
    if beside := in_their_language(scene.heard.reading, scene.policy, scene.now):
        said = with_english(beside, said, scene.policy.council)
    step = tell(conversation, said)
    contact = scene.heard.contact
    call = pass_on(
        conversation,
        decision,
        scene.policy,
        contact.id,
        contact.words,
        "officer_called",
        scene.policy.teams["contact_centre"],
        reason,
    )
    return waiting(replace(step, effects=(call, *step.effects)), reason, Why.LANGUAGE, handed_over=False)


def _is_too_short_to_tell(scene: Scene, decision: Decision) -> bool:
    """A name or an address looks like any language: who wrote in another one before still does."""
    return scene.typed.count < ENOUGH_WORDS and (scene.typed.count <= _FEW_WORDS or decision.guessed)


def _still_in_it(scene: Scene) -> Step[Conversation]:
    """A few words after a message in another language: added for the person who was called, and said in it."""
    reading = replace(scene.heard.reading, language=scene.conversation.talk.writes)
    if scene.conversation.holder is not Holder.WAITING:
        return _other_language(replace(scene, heard=replace(scene.heard, reading=reading)))
    conversation = volunteered(scene.conversation, scene.heard.reading, scene.policy)
    conversation = add_to_story(conversation, scene.heard.contact.words)
    said, beside = scene.say("added"), in_their_language(reading, scene.policy, scene.now)
    return tell(conversation, with_english(beside, said, scene.policy.council) if beside else said)


def _beside(scene: Scene) -> tuple[Later, ...]:
    """The second matter of a message, kept for later."""
    beside, contact = scene.heard.reading.beside, scene.heard.contact
    if beside is None:
        return ()
    reading = calmed(Interpretation(routes=(beside.route,), services=(beside.service,), details=beside.details))
    return (Later(beside.words, reading, contact.id, contact.received_at),)


_STAYS = (Detail.REPLY_BY, Detail.NEEDS)
