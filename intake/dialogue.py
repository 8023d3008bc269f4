"""The dialogue: what we answer to a message, as a pure function of what was said, what we knew and the policy.

Every route has its answer in one table, ANSWERS. An answer never refuses a complaint and never claims what it does not
know; where the route rests on a guess, the resident is told that a person will read the message.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from intake import casework
from intake.calling import help_at_once, next_open_day, pass_on, team_called
from intake.case import Case, CaseState
from intake.casework import Drawn
from intake.contact import Channel, Contact, Proof, Reply
from intake.conversation import Conversation, Why, called
from intake.effects import CameBack, Effect, Fields, KeepCase, PassOn, Say, Step
from intake.interpretation import ENGLISH, Detail, Interpretation, Sign
from intake.languages import in_their_language
from intake.policy import Policy, Team
from intake.presence import NOBODY, Staffing
from intake.safety import Harm
from intake.triage import BY_PROCEDURE, FIRST_REPORTS, Decision, Evidence, as_route, triage
from intake.wording import case_fields, day, greeting, signpost_fields, status_lines


@dataclass(frozen=True)
class Heard:
    """A message and everything we need beside it to answer.

    ``case`` is the case it belongs to, ``cases`` those of its sender's address, newest first. ``stranger`` is set where
    the sender is not the person whose conversation they answer in. ``returned`` is the letter of ours that a bounce
    says did not arrive, ``proved`` that nobody who was merely shown it can have written that. ``surely``: signs that
    nobody can guess name the conversation, and not its reference alone. ``earlier`` are the services that the same
    person told us about in the months before, where the way it came proves that they are the same. ``staffing`` is who
    is there to answer just now.
    """

    contact: Contact
    reading: Interpretation
    harms: tuple[Harm, ...]
    case: Case | None = None
    cases: tuple[Case, ...] = ()
    stranger: bool = False
    returned: Reply | None = None
    proved: bool = True
    surely: bool = False
    earlier: tuple[str, ...] = ()
    staffing: Staffing = NOBODY


@dataclass(frozen=True)
class _Scene:
    """What an answer is made from."""

    heard: Heard
    before: Conversation
    conversation: Conversation
    decision: Decision
    policy: Policy
    drawn: Drawn
    now: datetime
    fields: Fields = field(default_factory=dict)


_Answer = Callable[[_Scene], Step[Conversation]]


def converse(
    conversation: Conversation, heard: Heard, policy: Policy, drawn: Drawn, now: datetime
) -> tuple[Decision, Step[Conversation]]:
    """Triage one message of a conversation and answer it."""
    decision = triage(Evidence(heard.contact, heard.reading, heard.harms, policy, conversation.standing))
    decision = as_filled_in(counting_earlier(decision, heard, policy), heard.contact, policy)
    if reason := _held(heard):
        decision = replace(decision, needs_person=True, guessed=True, reasons=(*decision.reasons, reason))
    scene = _scene(conversation, heard, decision, policy, drawn, now)
    if heard.returned is not None:
        return decision, _came_back(scene, heard.returned)
    if decision.route == "no_action" and not decision.needs_person:
        return decision, Step(replace(conversation, decision=conversation.decision or decision))
    unsure = decision.guessed and decision.route != "urgent"
    step = _unsure(scene) if unsure else ANSWERS[decision.route](scene)
    if not (decision.urgent or decision.needs_person):
        return decision, step
    return decision, _with_a_person(_in_their_language(step, scene), scene)


def answered_as(
    conversation: Conversation,
    heard: Heard,
    decision: Decision,
    policy: Policy,
    drawn: Drawn,
    now: datetime,
    lead: str = "",
) -> Step[Conversation]:
    """What this decision brings about, whoever made it. ``lead`` is said first, after what helps against a danger."""
    scene = _scene(conversation, heard, decision, policy, drawn, now)
    said = "\n\n".join(filter(None, (str(scene.fields["help"]), lead)))
    return ANSWERS[decision.route](replace(scene, fields={**scene.fields, "help": said}))


def counting_earlier(decision: Decision, heard: Heard, policy: Policy) -> Decision:
    """Who told us before and is unhappy now complains, whatever this message alone looks like (the Code's test)."""
    again = decision.service in heard.earlier and decision.route in FIRST_REPORTS
    if not again or decision.guessed or not heard.reading.shows(Sign.DISSATISFIED):
        return decision
    return as_route(decision, "formal", policy, "Told us about the same service before, and is not satisfied now.")


def as_filled_in(decision: Decision, contact: Contact, policy: Policy) -> Decision:
    """A whole form tells what its resident was shown and chose. Danger that is read now goes before it, unless the
    officer who entered it has heard otherwise.
    """
    told = dict(contact.told) if contact.is_whole_form else {}
    if told.get("signpost") in policy.signposts:
        decision = replace(decision, signpost=told["signpost"])
    if told.get("service") in policy.services:
        decision = replace(decision, service=told["service"])
    entered = contact.entered
    heard = entered is not None and "route" in entered.decided
    route = told.get("route", "") if decision.route != "urgent" or heard else decision.route
    why = f"As {entered.officer} entered it." if entered else "As the form was filled in."
    decision = as_route(decision, route, policy, why) if route in ANSWERS and told else decision
    by_procedure = decision.route in BY_PROCEDURE and told.get("procedure") in policy.procedures
    return replace(decision, procedure=told["procedure"]) if by_procedure else decision


def _held(heard: Heard) -> str:
    """Why nothing may be done for this sender before a person has looked; empty where it may."""
    if heard.stranger:
        return "Somebody else answers in a resident's conversation: held for a person."
    if heard.contact.sender_check.proof is Proof.FAILED:
        return "The sender's domain says that this mail is not from there: held for a person."
    return ""


def _scene(
    conversation: Conversation, heard: Heard, decision: Decision, policy: Policy, drawn: Drawn, now: datetime
) -> _Scene:
    details = {**conversation.details, **_gathered(conversation, heard)}
    keep = conversation.decision is not None and decision.route in _PASSING
    after = replace(
        conversation,
        decision=conversation.decision if keep else decision,
        details=details,
        asked=() if heard.contact.is_whole_form else _missing(decision, details, policy),
        urgent=conversation.urgent or decision.urgent,
    )
    fields = {
        "greeting": greeting(conversation.person, policy),
        "help": help_at_once(heard.harms, policy),
        "next_open_day": next_open_day(policy, now),
    }
    return _Scene(heard, conversation, after, decision, policy, drawn, now, fields)


def _gathered(conversation: Conversation, heard: Heard) -> Mapping[Detail, str]:
    """What this message tells; nothing where a machine sent it. Where we had asked for one thing only, the answer is
    that thing. A telephone number is only what looks like one.
    """
    if heard.contact.machine:
        return {}
    if heard.contact.is_whole_form:
        filled_in = dict(heard.contact.told)
        return {detail: filled_in[detail] for detail in Detail if filled_in.get(detail)}
    told = dict(heard.reading.details)
    asked = conversation.asked
    if len(asked) == 1 and asked[0] not in told and asked[0] is not Detail.PHONE:
        told[asked[0]] = heard.contact.text
    return {detail: words for detail, words in told.items() if words}


def _missing(decision: Decision, details: Mapping[Detail, str], policy: Policy) -> tuple[Detail, ...]:
    """The details that this route wants and that nobody has told yet."""
    service = policy.services.get(decision.service)
    wanted = (Detail(key) for key in policy.asks.get(decision.route, ()))
    return tuple(
        detail
        for detail in wanted
        if detail not in details and not (detail is Detail.WHERE and service is not None and not service.asks_where)
    )


# --- the answers ----------------------------------------------------------------------------------------------------


def _say(scene: _Scene, template: str, fields: Fields | None = None) -> Say:
    return Say(template, {**scene.fields, **(fields or {})})


def _questions(scene: _Scene, conversation: Conversation) -> tuple[str, ...]:
    return tuple(scene.policy.questions[detail] for detail in conversation.asked)


def _pass_on(scene: _Scene, template: str = "passed_on", team: Team | None = None, reason: str = "") -> PassOn:
    contact = scene.heard.contact
    return pass_on(scene.conversation, scene.decision, scene.policy, contact.id, contact.words, template, team, reason)


def _complaint(scene: _Scene) -> Step[Conversation]:
    """A formal or urgent complaint: a case, acknowledged, and questions for what is missing.

    In a conversation that has a case already it is further news of that case.
    """
    if scene.heard.case is not None:
        return _case_update(scene)
    heard, policy = scene.heard, scene.policy
    points = casework.understood(heard.reading, scene.decision, policy)
    received_at = heard.contact.received_at
    case = casework.open_case(scene.conversation, scene.decision, points, received_at, policy, scene.drawn, scene.now)
    conversation = replace(scene.conversation, case=case.reference)
    fields = {
        **case_fields(case, policy),
        "code": scene.drawn.code,
        "questions": _questions(scene, conversation),
        "on_behalf": "yes" if _for_another(heard, conversation) else "",
    }
    template = "urgent" if scene.decision.route == "urgent" else "acknowledgement"
    passed = _pass_on(replace(scene, conversation=conversation), template="case_opened")
    return Step(conversation, (KeepCase(case), _say(scene, template, fields), passed))


def _for_another(heard: Heard, conversation: Conversation) -> bool:
    """Do they speak for somebody else? An officer's notes of a call are in the third person and do not tell."""
    noted = heard.contact.channel in (Channel.PHONE, Channel.IN_PERSON)
    return Detail.BEHALF in conversation.details or (not noted and heard.reading.shows(Sign.ON_BEHALF))


def _case_update(scene: _Scene) -> Step[Conversation]:
    """More about a case: kept with it, and what we understand now is said back."""
    case = scene.heard.case
    if case is None:
        return Step(scene.conversation, (_say(scene, "update_without_case"), _pass_on(scene)))
    changed = casework.complete(case, scene.conversation.details)
    if scene.heard.contact.is_whole_form:
        conversation, changed = scene.conversation, replace(changed, person=scene.conversation.person)
    else:
        asked = _missing(_as_case(scene.decision, case), scene.conversation.details, scene.policy)
        conversation = replace(scene.conversation, asked=asked)
    fields = {**case_fields(changed, scene.policy), "questions": _questions(scene, conversation)}
    return Step(conversation, (KeepCase(changed), _say(scene, "case_update", fields), _pass_on(scene)))


def _as_case(decision: Decision, case: Case) -> Decision:
    return replace(decision, route=case.route, service=case.service)


def _request(scene: _Scene) -> Step[Conversation]:
    """A request for a service: the team has it, and is told more when the resident answers our questions."""
    team = scene.policy.team_for(scene.decision.route, scene.decision.service)
    answered = scene.before.decision is not None and scene.before.decision.route == scene.decision.route
    template = "details_received" if answered else scene.decision.route
    service = scene.policy.services.get(scene.decision.service)
    fields: Fields = {
        "team": team.name,
        "team_phone": team.phone,
        "service": service.name if service else "",
        "questions": _questions(scene, scene.conversation),
    }
    return Step(scene.conversation, (_say(scene, template, fields), _pass_on(scene)))


def _passed_on(scene: _Scene) -> Step[Conversation]:
    """Praise, comments, questions and enquiries: recorded, acknowledged and passed to the team that takes them."""
    policy = scene.policy
    team = policy.team_for(scene.decision.route, scene.decision.service)
    dates = {
        f"{key}_due": day(policy.calendar.count(clock.span, scene.heard.contact.received_at).due, policy)
        for key, clock in policy.other_clocks.items()
        if clock.span is not None
    }
    fields: Fields = {"team": team.name, "team_phone": team.phone, **dates}
    return Step(scene.conversation, (_say(scene, scene.decision.route, fields), _pass_on(scene)))


def _signposted(scene: _Scene) -> Step[Conversation]:
    """Another door: the body, its time limit, what to have at hand, and the way back to us."""
    signpost = scene.policy.signposts[scene.decision.signpost]
    return Step(scene.conversation, (_say(scene, scene.decision.route, signpost_fields(signpost, scene.policy)),))


def _status(scene: _Scene) -> Step[Conversation]:
    """How a case is getting on, told only to the address that the case knows."""
    cases = (scene.heard.case,) if scene.heard.case else scene.heard.cases
    own = [case for case in cases if case.person.email and case.person.email == scene.heard.contact.person.email]
    if not own:
        return Step(scene.conversation, (_say(scene, "status_unknown"),))
    lines = tuple(line for case in own for line in status_lines(case, scene.policy))
    return Step(scene.conversation, (_say(scene, "status", {"lines": lines}),))


def _withdrawn(scene: _Scene) -> Step[Conversation]:
    """A withdrawal: nothing is closed by a mail alone; an officer closes it and confirms."""
    step = Step(scene.conversation, (_say(scene, "withdrawn"), _pass_on(scene)))
    return _waiting(step, "Wants to withdraw, or sent it twice: close it and confirm.")


def _escalation(scene: _Scene) -> Step[Conversation]:
    """Not satisfied with our answer: the case moves to its next stage; without a case a person finds it.

    Outside its thread, where anybody may have written the sender's name and the reference, only a proven sender moves
    a case.
    """
    theirs = (case for case in scene.heard.cases if case.state is not CaseState.MISROUTED)
    own = [case for case in theirs if case.person.email == scene.heard.contact.person.email]
    proven = scene.heard.contact.sender_check.proof is Proof.PASSED
    threaded = scene.heard.case if scene.heard.surely or proven else None
    case = threaded or (own[0] if len(own) == 1 and proven else None)
    if case is None:
        return _waiting(_found_by_a_person(scene), "Asks for the next stage; the case must be found.")
    moved = casework.escalate(case, scene.policy, scene.heard.contact.received_at, scene.now)
    if moved is None:
        return _waiting(_found_by_a_person(scene), "Asks to go on, but the procedure is at its last stage.")
    fields = case_fields(moved, scene.policy)
    conversation = replace(scene.conversation, case=moved.reference)
    passed = _pass_on(replace(scene, conversation=conversation))
    return Step(conversation, (KeepCase(moved), _say(scene, "escalation", fields), passed))


def _found_by_a_person(scene: _Scene) -> Step[Conversation]:
    return Step(scene.conversation, (_say(scene, "escalation_without_case"), _pass_on(scene)))


def _handover(scene: _Scene) -> Step[Conversation]:
    """Wants a person: gets one, and is told truthfully when."""
    is_open = scene.policy.opening.open_at(scene.now, scene.policy.calendar)
    fields: Fields = {"is_open": "yes" if is_open else "", "is_closed": "" if is_open else "yes"}
    step = Step(scene.conversation, (_say(scene, "handover", fields), _pass_on(scene)))
    return _waiting(step, "Asks for a person.", Why.ASKED)


def _unsure(scene: _Scene) -> Step[Conversation]:
    """We are not sure what it is: kept, told so, and read by a person. What we wanted to ask waits for them."""
    conversation = replace(scene.conversation, asked=scene.before.asked)
    contact = scene.heard.contact
    return Step(
        conversation, (_say(scene, "unreadable" if contact.trouble else "unsure", {"missing": contact.missing}),)
    )


def _no_action(scene: _Scene) -> Step[Conversation]:
    return Step(replace(scene.conversation, asked=scene.before.asked))


ANSWERS: Mapping[str, _Answer] = {
    "no_action": _no_action,
    "status": _status,
    "withdrawn": _withdrawn,
    "escalation": _escalation,
    "case_update": _case_update,
    "handover": _handover,
    "member_enquiry": _passed_on,
    "information_request": _passed_on,
    "urgent": _complaint,
    "other_organisation": _signposted,
    "alternative_path": _signposted,
    "formal": _complaint,
    "early_intervention": _request,
    "service_request": _request,
    "business_request": _request,
    "compliment": _passed_on,
    "comment": _passed_on,
    "question": _passed_on,
}

_PASSING = ("status", "handover", "case_update", "no_action")
"""Routes of a message that leave what its conversation is about as it was."""


# --- letters that came back -----------------------------------------------------------------------------------------


def _came_back(scene: _Scene, letter: Reply) -> Step[Conversation]:
    """A letter of ours did not arrive: where that lasts, an officer reaches the resident another way."""
    bounce = scene.heard.contact.bounce
    assert bounce is not None
    back = CameBack(letter, bounce.words, bounce.lasting and scene.heard.proved)
    if not bounce.lasting:
        return Step(scene.before, (back,))
    reason = f"A letter came back, so it was not read: {bounce.words}"
    if not scene.heard.proved:
        reason = f"A report says that a letter came back, which may be forged. The address stays in use: {bounce.words}"
    contact_centre = scene.policy.teams["contact_centre"]
    again = letter.kind == "letter_came_back" or letter.to == contact_centre.email
    told = _pass_on(replace(scene, conversation=scene.before), "letter_came_back", contact_centre, reason)
    return _waiting(Step(scene.before, (back,) if again else (back, told)), reason, Why.UNREAD)


# --- other languages ------------------------------------------------------------------------------------------------


def _in_their_language(step: Step[Conversation], scene: _Scene) -> Step[Conversation]:
    """Who writes in another language reads in it that a person and an interpreter will see to it."""
    danger = any(harm.today for harm in scene.heard.harms)
    beside = in_their_language(scene.heard.reading, scene.policy, scene.now, danger=danger)
    effects = (replace(effect, beside=beside) if isinstance(effect, Say) else effect for effect in step.effects)
    return replace(step, effects=tuple(effects))


# --- calling a person -----------------------------------------------------------------------------------------------


def _waiting(step: Step[Conversation], reason: str, why: Why = Why.LOOK) -> Step[Conversation]:
    """The conversation waits for a person, who is told why."""
    return replace(step, state=called(step.state, why, reason))


def _with_a_person(step: Step[Conversation], scene: _Scene) -> Step[Conversation]:
    """Whatever was answered, a person is called: at once to the duty team where somebody may come to harm."""
    team = team_called(scene.heard.harms, scene.decision.urgent, scene.policy, scene.now)
    reason = "Someone may come to harm: act now." if scene.decision.urgent else scene.decision.reasons[-1]
    template = "officer_called_now" if scene.decision.urgent else "officer_called"
    call: Effect = _pass_on(replace(scene, conversation=step.state), template, team, reason)
    waiting = _waiting(step, reason, _why(scene))
    to = team.email
    said = (effect for effect in waiting.effects if not (isinstance(effect, PassOn) and effect.team.email == to))
    return replace(waiting, effects=(*said, call))


def _why(scene: _Scene) -> Why:
    if scene.decision.urgent:
        return Why.DANGER
    if scene.heard.reading.language != ENGLISH:
        return Why.LANGUAGE
    return Why.UNSURE if scene.decision.guessed else Why.LOOK
