"""How a matter of a live conversation goes on and ends: the next question, and each route's end once all is known."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from intake import casework
from intake.calling import pass_on
from intake.case import Case
from intake.casework import complete
from intake.conversation import Conversation, Holder, Why, called
from intake.effects import Effect, Fields, KeepCase, Step, Tell, Write
from intake.gathering import summary_lines, wanted
from intake.interpretation import Detail
from intake.policy import Policy
from intake.talk_scene import NOBODY_DECIDED, Scene, ask, buttons, offer, tell
from intake.triage import COMPLAINTS, FIRST_REPORTS, as_route
from intake.wording import case_fields, day, greeting, signpost_fields

Ended = Step[Conversation]


def go_on(scene: Scene, conversation: Conversation, *parts: str, effects: tuple[Effect, ...] = ()) -> Ended:
    """Ask for the next thing that is wanted; where nothing is, the route's end."""
    if conversation.talk.done and conversation.own_case:
        return _added_to_case(scene, conversation, *parts, effects=effects)
    if conversation.decision is None:
        return ask(conversation, Detail.WHAT, scene.policy, *parts, effects=effects)
    if _is_guess(conversation):
        return _ask_what_it_is(scene, conversation, *parts)
    missing = wanted(conversation, scene.policy)
    if missing:
        return ask(conversation, missing[0], scene.policy, *parts, effects=effects)
    if conversation.talk.wants_letter:
        step = letter_sent(scene, conversation)
    else:
        step = ENDINGS[conversation.decision.route](scene, conversation)
    return _led_by(step, parts, effects)


def _is_guess(conversation: Conversation) -> bool:
    """Is it still to be told what this is? Where somebody is in danger, that does not matter."""
    decision = conversation.decision
    guessed = decision is not None and decision.guessed and decision.route not in COMPLAINTS
    return guessed and not conversation.talk.help


def _ask_what_it_is(scene: Scene, conversation: Conversation, *parts: str) -> Ended:
    """Nothing is passed on by a guess."""
    choices = buttons(scene.policy, "route:service_request", "route:question", "route:formal", "person")
    return offer(conversation, *parts, prompt=scene.say("unsure"), choices=choices)


def open_case(scene: Scene, conversation: Conversation, *parts: str) -> Ended:
    """The complaint is sent: a case, acknowledged here, and by mail too where an address was given."""
    policy, decision = scene.policy, conversation.decision or NOBODY_DECIDED
    talk = conversation.talk
    received_at = talk.began_at or scene.now
    case = casework.open_case(conversation, decision, talk.points, received_at, policy, scene.drawn, scene.now)
    conversation = replace(conversation, case=case.reference, talk=replace(talk, done=True, confirming=False))
    fields: Fields = {**case_fields(case, policy), "code": scene.drawn.code}
    said = (*parts, scene.say("case_opened", **fields), scene.say("case_next", **fields))
    effects: list[Effect] = [KeepCase(case)]
    if conversation.person.email:
        letter: Fields = {**fields, "greeting": greeting(conversation.person, policy), "help": talk.help}
        template = "urgent" if decision.route == "urgent" else "acknowledgement"
        effects.append(Write(template, letter, conversation.person.email))
        said += (scene.say("case_by_mail"),)
    effects.append(told_to_team(scene, conversation, "case_opened"))
    return standing(tell(conversation, *said, effects=tuple(effects)))


def standing(step: Ended) -> Ended:
    """What acknowledges a case goes out even where an officer takes over before it has."""
    marked = (replace(effect, stands=True) if isinstance(effect, Tell) else effect for effect in step.effects)
    return replace(step, effects=tuple(marked))


def told_to_team(scene: Scene, conversation: Conversation, template: str = "passed_on", reason: str = "") -> Effect:
    """The letter to the team that takes the matter, with its story."""
    decision = conversation.decision or NOBODY_DECIDED
    words = conversation.details.get(Detail.WHAT, "") or scene.heard.contact.words
    contact = conversation.talk.contact or scene.heard.contact.id
    return pass_on(conversation, decision, scene.policy, contact, words, template, reason=reason)


def finished(conversation: Conversation) -> Conversation:
    """The matter is done; what is said next is another, or more about this one."""
    return replace(conversation, talk=replace(conversation.talk, done=True))


def waiting(step: Ended, reason: str, why: Why = Why.LOOK, *, handed_over: bool = True) -> Ended:
    """The conversation waits for a person, who is told why; handed over, the assistant is silent."""
    talk = replace(step.state.talk, waits=handed_over or step.state.talk.waits)
    return replace(step, state=replace(called(step.state, why, reason), talk=talk))


def letter_sent(scene: Scene, conversation: Conversation) -> Ended:
    """What was said of another door, by mail. The letter holds nothing that the resident wrote but their name."""
    decision = conversation.decision or NOBODY_DECIDED
    to = conversation.person.email
    conversation = finished(replace(conversation, talk=replace(conversation.talk, wants_letter=False)))
    if not to or decision.signpost not in scene.policy.signposts:
        return tell(conversation, scene.say("goodbye"))
    fields: Fields = {
        **signpost_fields(scene.policy.signposts[decision.signpost], scene.policy),
        "greeting": greeting(conversation.person, scene.policy),
    }
    choices = buttons(scene.policy, "still", "enough")
    said, prompt = scene.say("letter_sent", email=to), scene.say("signpost_next")
    return offer(conversation, said, prompt=prompt, choices=choices, effects=(Write(decision.route, fields, to),))


def summary(scene: Scene, conversation: Conversation, *parts: str) -> Ended:
    """Everything that would be sent, to be confirmed."""
    lines = scene.say("summary"), "\n".join(f"* {line}" for line in summary_lines(conversation, scene.policy))
    choices = buttons(scene.policy, "yes", "change")
    step = offer(conversation, *parts, *lines, prompt=scene.say("confirm"), choices=choices)
    return replace(step, state=replace(step.state, talk=replace(step.state.talk, confirming=True)))


def _led_by(step: Ended, parts: tuple[str, ...], effects: tuple[Effect, ...]) -> Ended:
    """An end, with what had to be said and done before it."""

    told = [effect for effect in step.effects if isinstance(effect, Tell)]
    if not parts or not told:
        return replace(step, effects=(*effects, *step.effects))
    first = replace(told[0], text="\n\n".join((*filter(None, parts), told[0].text)))
    return replace(step, effects=(*effects, *(first if effect is told[0] else effect for effect in step.effects)))


# --- the routes' ends -----------------------------------------------------------------------------------------------


def _urgent(scene: Scene, conversation: Conversation) -> Ended:
    """The case was opened at once; now all that was asked for is there."""
    return tell(finished(conversation), scene.say("danger_done"), effects=case_completed(scene, conversation))


def case_completed(scene: Scene, conversation: Conversation) -> tuple[Effect, ...]:
    """What was told since the case was opened, put into it and passed to its team."""
    case = scene.heard.case if conversation.own_case else None
    passed = told_to_team(scene, conversation)
    if case is None:
        return (passed,)
    case = replace(complete(case, conversation.details), person=conversation.person)
    return (KeepCase(case), *_letter_now(scene, conversation, case), passed)


def _added_to_case(scene: Scene, conversation: Conversation, *parts: str, effects: tuple[Effect, ...]) -> Ended:
    """What was asked for after the case was sent goes into it: nothing is sent twice."""
    said = (*parts, scene.say("case_updated", reference=conversation.case), *letter_told(scene, conversation))
    return tell(conversation, *said, effects=(*effects, *case_completed(scene, conversation)))


def letter_told(scene: Scene, conversation: Conversation) -> tuple[str, ...]:
    """That the letter of their case goes to the address that they gave only now."""
    to = conversation.person.email
    return (scene.say("letter_now", email=to),) if scene.heard.case and _is_new_address(scene, conversation) else ()


def _letter_now(scene: Scene, conversation: Conversation, case: Case) -> tuple[Effect, ...]:
    """The acknowledgement, where they gave an address after the case was opened. Its code was told here only."""
    if not _is_new_address(scene, conversation):
        return ()
    dear, to = greeting(conversation.person, scene.policy), conversation.person.email
    fields: Fields = {**case_fields(case, scene.policy), "greeting": dear, "help": conversation.talk.help}
    template = "urgent" if case.route == "urgent" else "acknowledgement"
    return (Write(template, {**fields, "code_told": "yes"}, to),)


def _is_new_address(scene: Scene, conversation: Conversation) -> bool:
    to = conversation.person.email
    return bool(conversation.own_case) and bool(to) and to != scene.conversation.person.email


def _early(scene: Scene, conversation: Conversation) -> Ended:
    return _passed(scene, conversation, "early_passed")


def _request(scene: Scene, conversation: Conversation) -> Ended:
    """A first report is passed on; one that was told before is a complaint."""
    decision = conversation.decision or NOBODY_DECIDED
    if conversation.details.get(Detail.EARLIER) == "yes":
        reason = "Says that they told us before, and is not satisfied."
        formal = replace(conversation, decision=as_route(decision, "formal", scene.policy, reason))
        return go_on(scene, formal, scene.say("now_a_complaint"))
    return _passed(scene, conversation, "service_passed" if decision.route == "service_request" else "business_passed")


def _passed(scene: Scene, conversation: Conversation, saying: str) -> Ended:
    """Recorded and passed to the team that takes it."""
    decision = conversation.decision or NOBODY_DECIDED
    team = scene.policy.team_for(decision.route, decision.service)
    said = scene.say(saying, team=team.name, **_dates(scene))
    return tell(finished(conversation), said, effects=(told_to_team(scene, conversation),))


def _dates(scene: Scene) -> Mapping[str, str]:
    """The dates that the law sets for other things than complaints."""
    policy, received = scene.policy, scene.conversation.talk.began_at or scene.now
    clocks = policy.other_clocks.items()
    counted = ((key, policy.calendar.count(clock.span, received).due) for key, clock in clocks if clock.span)
    return {f"{key}_due": day(due, policy) for key, due in counted}


def _passed_with(saying: str) -> "_Ending":
    return lambda scene, conversation: _passed(scene, conversation, saying)


def _signposted(scene: Scene, conversation: Conversation) -> Ended:
    """Another door: the body, its time limit, what to have at hand; it may be sent by mail, or be a complaint still."""
    decision = conversation.decision or NOBODY_DECIDED
    if conversation.talk.help:
        return _after_danger(scene, conversation)
    if decision.signpost not in scene.policy.signposts:
        return tell(finished(conversation), scene.say("goodbye"))
    fields = signpost_fields(scene.policy.signposts[decision.signpost], scene.policy)
    says, prompt = scene.say(decision.route, **fields), scene.say("signpost_next")
    choices = buttons(scene.policy, "still", "letter", "enough")
    return offer(finished(conversation), says, prompt=prompt, choices=choices)


def _after_danger(scene: Scene, conversation: Conversation) -> Ended:
    """Help was said and people were called: they get to know how to reach the person, and no door is shown."""
    policy, decision = scene.policy, conversation.decision or NOBODY_DECIDED
    calls = (trigger.call for trigger in policy.triggers if trigger.key in conversation.talk.helped)
    team = policy.teams.get(next(calls, "duty"), policy.teams["duty"])
    words = conversation.details.get(Detail.WHAT, "")
    contact, reason = conversation.talk.contact, "More about somebody who may come to harm."
    call = pass_on(conversation, decision, policy, contact, words, "officer_called_now", team, reason)
    return tell(finished(conversation), scene.say("danger_done"), effects=(call,))


def _escalation(scene: Scene, conversation: Conversation) -> Ended:
    """Found by a person: a reference alone proves nothing, so no case is moved by it."""
    step = tell(finished(conversation), scene.say("escalation_without_case"))
    step = replace(step, effects=(told_to_team(scene, conversation), *step.effects))
    return waiting(step, "Asks for the next stage; the case must be found.", handed_over=False)


def _case_update(scene: Scene, conversation: Conversation) -> Ended:
    return tell(finished(conversation), scene.say("update_without_case"), effects=(told_to_team(scene, conversation),))


def _status(scene: Scene, conversation: Conversation) -> Ended:
    return tell(finished(conversation), scene.say("status"))


def _nothing(scene: Scene, conversation: Conversation) -> Ended:
    return tell(finished(conversation), scene.say("goodbye"))


_Ending = Callable[[Scene, Conversation], Ended]

ENDINGS: Mapping[str, _Ending] = {
    "formal": summary,
    "urgent": _urgent,
    "early_intervention": _early,
    "service_request": _request,
    "business_request": _request,
    "other_organisation": _signposted,
    "alternative_path": _signposted,
    "compliment": _passed_with("compliment_passed"),
    "comment": _passed_with("comment_passed"),
    "question": _passed_with("question_passed"),
    "member_enquiry": _passed_with("member_passed"),
    "information_request": _passed_with("information_passed"),
    "escalation": _escalation,
    "case_update": _case_update,
    "status": _status,
    "withdrawn": _nothing,
    "handover": _nothing,
    "no_action": _nothing,
}
"""What happens once a matter of each route is told."""


def is_pending(conversation: Conversation, policy: Policy) -> bool:
    """Was something told that nobody has yet? Silence must not lose it."""
    talk, decision = conversation.talk, conversation.decision
    if talk.done or conversation.holder is Holder.OFFICER or conversation.own_case:
        return False
    if decision is None and conversation.holder is Holder.WAITING:
        return False
    if decision is None or decision.route not in ("formal", *FIRST_REPORTS, *_PASSED_ON):
        return bool(conversation.details.get(Detail.WHAT, ""))
    return True


_PASSED_ON = ("question", "comment", "member_enquiry", "information_request", "escalation", "case_update")
