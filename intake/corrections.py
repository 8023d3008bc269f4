"""An officer decides: the decision is carried out as if the assistant had made it, and its resident hears.

Where another decision was carried out before, what it brought about is put right: nothing is undone in silence.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from intake import casework
from intake.calling import pass_on, team_called
from intake.case import Case, CaseState
from intake.casework import Drawn
from intake.contact import Contact, Person, SenderCheck
from intake.conversation import Conversation, Holder, Why, called
from intake.correction_view import LIVE
from intake.dialogue import ANSWERS, Heard, answered_as
from intake.effects import Effect, Fields, KeepCase, PassOn, Say, Step, Tell
from intake.paper import wants_paper
from intake.policy import Policy
from intake.takeover import End, close
from intake.triage import BY_OFFICER, BY_PROCEDURE, COMPLAINTS, Decision
from intake.wording import case_fields, day, greeting, letter

DOORS: Mapping[str, tuple[str, ...]] = {
    "other_organisation": ("other_organisation", "emergency", "ombudsman"),
    "alternative_path": ("alternative_path", "ombudsman"),
}
"""The routes that show another door, with the kinds of doors."""

DOES: Mapping[str, str] = {
    "formal": "Opens a case and acknowledges it",
    "urgent": "Opens an urgent case, calls the team on duty",
    "early_intervention": "Passes it to the team, says sorry",
    "service_request": "Passes it to the team",
    "business_request": "Passes it to the team",
    "other_organisation": "Writes who can help",
    "alternative_path": "Writes how to appeal",
    "compliment": "Records it, passes it on, thanks",
    "comment": "Records it, passes it on",
    "question": "Passes it to the team",
    "member_enquiry": "Passes it to the team, with its date",
    "information_request": "Passes it to the team, with its dates",
    "escalation": "Moves the case to its next stage",
    "case_update": "Adds it to the case",
    "status": "Writes how the case is getting on",
    "withdrawn": "Waits for you to close it",
    "handover": "Waits for a person to call or write",
    "no_action": "Nothing is sent",
}
"""What a route brings about, in the order in which officers are offered them."""

_EMAIL = re.compile(r"[^\s@<>\"',;:()]{1,64}@[^\s@<>\"',;:()]{1,190}\.[^\s@<>\"',;:().]{2,63}")
_WAITED_FOR_THIS = (Why.UNSURE, Why.LANGUAGE, Why.LOOK, Why.NOT_UNDERSTOOD, None)
"""Why a conversation waited that waits no more once an officer has decided."""


@dataclass(frozen=True)
class Ruling:
    """What an officer decides. ``procedure`` is empty where the service's own is meant, ``person`` None where nothing
    is corrected. ``case`` is the reference of the case that it belongs to (empty: none, or the conversation's).
    ``officer`` is how colleagues call them, ``reason`` in their own words.
    """

    route: str
    service: str
    signpost: str = "none"
    procedure: str = ""
    urgent: bool = False
    person: Person | None = None
    case: str = ""
    officer: str = ""
    reason: str = ""


def mistakes(ruling: Ruling, policy: Policy) -> Mapping[str, str]:
    """What is wrong with it, by field."""
    return dict(_mistakes(ruling, policy))


def decision_of(ruling: Ruling, policy: Policy) -> Decision:
    """The decision that a ruling is."""
    service = ruling.service if ruling.service in policy.services else "none"
    if ruling.route in COMPLAINTS and service == "none" and "any_other" in policy.services:
        service = "any_other"
    own = policy.services[service].procedure if service in policy.services else "corporate"
    return Decision(
        route=ruling.route,
        service=service,
        procedure=(ruling.procedure or own) if ruling.route in BY_PROCEDURE else "none",
        urgent=ruling.urgent or ruling.route == "urgent",
        signpost=ruling.signpost if ruling.route in DOORS else "none",
        confidence=1.0,
        needs_person=False,
        guessed=False,
        rule=BY_OFFICER,
        passed_over=(),
        reasons=(f"Decided by {ruling.officer}.", *((ruling.reason,) if ruling.reason else ())),
    )


def carried_out(decision: Decision, conversation: Conversation) -> bool:
    """Has it brought about what it says? A guess has not: its resident heard only that a person will read it.

    Nor has a live conversation in the midst of its matter: nothing is sent before all is told.
    """
    if conversation.channel in LIVE and not conversation.talk.done and not conversation.own_case:
        return False
    return not decision.guessed or decision.route == "urgent"


def same(before: Decision, after: Decision) -> bool:
    """Do they lead to the same? Another service on a route that shows a door changes nothing for its resident."""
    alike = (before.route, before.service, before.urgent) == (after.route, after.service, after.urgent)
    if after.route in DOORS:
        return alike and before.signpost == after.signpost
    return alike and (after.route not in BY_PROCEDURE or before.procedure == after.procedure)


def decide_anew(
    conversation: Conversation,
    heard: Heard,
    before: Decision,
    ruling: Ruling,
    policy: Policy,
    drawn: Drawn,
    now: datetime,
) -> tuple[Decision, Step[Conversation]]:
    """What an officer's ruling on a contact brings about, ``before`` being what was decided about it until then.

    ``heard.case`` is the conversation's case, ``heard.cases`` those that the ruling may name.
    """
    decision = decision_of(ruling, policy)
    person = ruling.person or conversation.person
    moved = person.email != conversation.person.email
    heard = replace(heard, contact=replace(heard.contact, person=person), surely=True)
    named = next((case for case in heard.cases if case.reference == ruling.case), None)
    done = carried_out(before, conversation)
    agreed = done and same(before, decision) and not moved
    freed = replace(_released(conversation, decision, ruling.officer, agreed=agreed), person=person)
    own = None if conversation.decision == before else conversation.decision
    scene = _Scene(replace(freed, decision=own), heard, named, before, decision, policy, drawn, now)
    step = _agreed(scene) if agreed else _put_right(scene) if done else _first(scene)
    if decision.urgent and not before.urgent:
        step = _alarmed(step, scene)
    return decision, step


def quiet(contact: Contact) -> Contact:
    """The contact as its letters go out once a person has read it: what holds back the assistant does not hold them."""
    checked = SenderCheck()
    return replace(contact, text="", no_answer="", automatic="", machine=None, bounce=None, sender_check=checked)


def opened_by(contact: Contact, conversation: Conversation, case: Case | None) -> bool:
    """Is this the case that this contact opened?"""
    began = conversation.talk.began_at if conversation.talk.contact == contact.id else None
    return case is not None and case.received_at in (contact.received_at, began)


def consequences(step: Step[Conversation], contact: Contact, policy: Policy) -> tuple[str, ...]:
    """What a step would do, in words for the officer who is about to bring it about."""
    said = tuple(_consequences(step, contact, policy))
    return said or ("Nothing is sent, and it waits no more.",)


def _mistakes(ruling: Ruling, policy: Policy) -> Iterator[tuple[str, str]]:
    if ruling.route not in ANSWERS:
        yield "route", "Choose what it is"
    if ruling.service not in ("none", *policy.services):
        yield "service", "Choose a service from the list"
    if ruling.procedure and ruling.procedure not in policy.procedures:
        yield "procedure", "Choose a procedure from the list"
    if ruling.person is not None and ruling.person.email and not _EMAIL.fullmatch(ruling.person.email):
        yield "email", "Write an email address like name@example.org"
    door = policy.signposts.get(ruling.signpost)
    if ruling.route in DOORS and (door is None or door.kind not in DOORS[ruling.route]):
        yield "signpost", "Choose who can help with it"


# --- what a ruling brings about -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Scene:
    """What a ruling is carried out from. ``named`` is the case that it names."""

    conversation: Conversation
    heard: Heard
    named: Case | None
    before: Decision
    decision: Decision
    policy: Policy
    drawn: Drawn
    now: datetime

    @property
    def own(self) -> Case | None:
        """The case that this contact opened."""
        case = self.heard.case
        return case if opened_by(self.heard.contact, self.conversation, case) else None

    def answered(self, conversation: Conversation, lead: str) -> Step[Conversation]:
        """What the decision brings about, as the assistant would."""
        case = self.named or (None if self.own else self.heard.case)
        heard = replace(self.heard, case=case)
        return answered_as(conversation, heard, self.decision, self.policy, self.drawn, self.now, lead)


def _first(scene: _Scene) -> Step[Conversation]:
    """Nothing was done yet: it is done now, and its resident hears that a person has read it."""
    return scene.answered(scene.conversation, scene.policy.phrases["read_by_a_person"])


def _agreed(scene: _Scene) -> Step[Conversation]:
    """What was done was right: nobody hears of it a second time."""
    conversation = replace(scene.conversation, decision=scene.conversation.decision or scene.decision)
    own, person = scene.own, conversation.person
    if own is None or own.person == person:
        return Step(conversation)
    return Step(conversation, (KeepCase(replace(own, person=person)),))


def _put_right(scene: _Scene) -> Step[Conversation]:
    """Something else was done: what it was is mended or ended, and its resident hears so, with our apology."""
    own = scene.own
    if own is not None and scene.decision.route in COMPLAINTS:
        return _case_mended(scene, own)
    conversation, ended = scene.conversation, _taken_back(scene)
    lead = scene.policy.phrases["put_right"]
    if own is not None:
        ended = (KeepCase(replace(own, state=CaseState.MISROUTED)), *ended)
        conversation = replace(conversation, case="")
        lead = f"{scene.policy.phrases['put_right_case']} {own.reference}. {lead}"
    if scene.decision.route == "no_action":
        fields: Fields = {"greeting": greeting(conversation.person, scene.policy), "help": lead}
        return Step(replace(conversation, decision=scene.decision), (*ended, Say("nothing_to_do", fields)))
    step = scene.answered(conversation, lead)
    return replace(step, effects=(*ended, *step.effects))


def _case_mended(scene: _Scene, case: Case) -> Step[Conversation]:
    """The same case, with what was wrong about it put right. Its clocks still run from when it was received."""
    decision, policy, now = scene.decision, scene.policy, scene.now
    restarts = case.procedure != decision.procedure or case.urgent != decision.urgent
    mended = replace(
        case,
        route=decision.route,
        urgent=decision.urgent,
        service=decision.service,
        procedure=decision.procedure,
        person=scene.conversation.person,
        points=casework.understood(scene.heard.reading, decision, policy),
    )
    if restarts and len(case.stages) == 1:
        mended = casework.started_anew(mended, policy, now)
    conversation = replace(scene.conversation, decision=decision, case=case.reference)
    fields: Fields = {
        **case_fields(mended, policy),
        "greeting": greeting(conversation.person, policy),
        "help": policy.phrases["put_right"],
    }
    passed = _passed(conversation, scene, "case_opened")
    return Step(conversation, (KeepCase(mended), *_taken_back(scene), Say("corrected", fields), passed))


def _taken_back(scene: _Scene) -> tuple[Effect, ...]:
    """The team that had it hears that it is not theirs any more."""
    before, policy = scene.before, scene.policy
    had = policy.team_for(before.route, before.service)
    has = policy.team_for(scene.decision.route, scene.decision.service)
    if before.route in (*DOORS, "no_action", "status") or had == has:
        return ()
    effect = _passed(scene.conversation, replace(scene, decision=before), "taken_back")
    return (replace(effect, team=had),)


def _alarmed(step: Step[Conversation], scene: _Scene) -> Step[Conversation]:
    """It is urgent, and nobody was called yet: those on duty are, and the conversation waits for a person."""
    team = team_called(scene.heard.harms, True, scene.policy, scene.now)
    reason = "An officer found that someone may come to harm: act now."
    call = replace(_passed(step.state, scene, "officer_called_now", reason), team=team)
    said = tuple(one for one in step.effects if not (isinstance(one, PassOn) and one.team.email == team.email))
    return Step(called(step.state, Why.DANGER, reason), (*said, call))


def _passed(conversation: Conversation, scene: _Scene, template: str, reason: str = "") -> PassOn:
    contact = scene.heard.contact
    return pass_on(conversation, scene.decision, scene.policy, contact.id, contact.words, template, reason=reason)


def _released(conversation: Conversation, decision: Decision, officer: str, *, agreed: bool) -> Conversation:
    """It waits no more for what is decided now; what else it waits for, it waits for still.

    What the assistant has asked stays asked where nothing changes.
    """
    asked = conversation.asked if agreed else ()
    clear = replace(conversation, asked=asked, urgent=decision.urgent)
    waits = conversation.holder is Holder.WAITING
    if (waits and not _is_settled(conversation, decision)) or (agreed and conversation.holder is Holder.ASSISTANT):
        return clear
    closed = close(clear, End.CASE if decision.route in COMPLAINTS else End.PASSED_ON, officer)
    return replace(closed, urgent=decision.urgent)


def _is_settled(conversation: Conversation, decision: Decision) -> bool:
    danger_over = conversation.why is Why.DANGER and not decision.urgent
    return danger_over or (not decision.urgent and conversation.why in _WAITED_FOR_THIS)


# --- in words for the officer ---------------------------------------------------------------------------------------


def _consequences(step: Step[Conversation], contact: Contact, policy: Policy) -> Iterator[str]:
    to = step.state.person.email
    for effect in step.effects:
        match effect:
            case KeepCase(case) if case.state is CaseState.MISROUTED:
                yield f"Closes {case.reference}: it was opened by mistake."
            case KeepCase(case):
                yield _of_case(case, policy)
            case Say(template, fields):
                subject = letter(policy.templates[template], fields, policy.council).subject
                yield f"Writes to {to}: “{subject}”." if to else f"Says: “{subject}”. {_heard_by(step.state, contact)}"
            case PassOn(team, _, _):
                yield f"Writes to {team.name} ({team.email})."
            case Tell():
                yield "Answers in the conversation."
    if step.state.holder is Holder.WAITING:
        yield f"Waits in Conversations: {step.state.waiting_for}"


def _of_case(case: Case, policy: Policy) -> str:
    procedure = policy.procedures[case.procedure].name
    promised = (one for one in case.stage.deadlines if one.met_at is None)
    due = min((one.due for one in promised), default=None)
    by = f", to be answered by {day(due, policy)}" if due else ""
    return f"{case.reference or 'A new case'}: {procedure}{by}."


def _heard_by(conversation: Conversation, contact: Contact) -> str:
    """How somebody hears who has given no email address."""
    if contact.channel in LIVE:
        return "They read it in their conversation."
    if wants_paper(conversation, contact):
        return "It is printed for the post."
    return "They gave no email address, so nobody tells them unless you do."
