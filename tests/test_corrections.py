"""An officer's ruling as a pure function: what it brings about, and how what was done before is put right."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
import yaml

from intake.accuracy import accuracy
from intake.case import Case, CaseState
from intake.casework import Drawn
from intake.contact import Channel, Contact, Person
from intake.conversation import Conversation, Hold, Holder, Why
from intake.correction_view import Example, Tally
from intake.corrections import DOES, Ruling, consequences, decide_anew, decision_of, mistakes, opened_by, quiet, same
from intake.dialogue import ANSWERS, Heard, answered_as
from intake.effects import KeepCase, PassOn, Say, Step
from intake.interpretation import Guess, Interpretation, Sign, Signal
from intake.marking import marked, rests_on
from intake.policy import Policy
from intake.searched import asked_for, indexed
from intake.training import examples_file
from intake.triage import Decision
from intake.unnaming import without_person
from nlu.examples import _example, _loader

RECEIVED = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
NOW = datetime(2026, 11, 26, 9, 5, tzinfo=UTC)
ANNE = Person("Anne Shaw", "anne.shaw@example.org")
CONTACT = Contact("c" * 24, Channel.EMAIL, RECEIVED, ANNE, "Pothole", "It was never mended.")
READING = Interpretation((Guess("formal", 0.4),), (Guess("roads", 0.9),), (), (Signal(Sign.REPEATED, 0.9, "never"),))
GUESS = Decision("formal", "roads", "corporate", False, "none", 0.3, True, True, "formal", (), ("Not sure.",))
DRAWN = Drawn("BC-AAAA-BBBB", "CODE-CODE", "hash")
WAITING = Conversation(
    "k" * 24,
    Channel.EMAIL,
    ANNE,
    RECEIVED,
    "Pothole",
    holder=Holder.WAITING,
    why=Why.UNSURE,
    waiting_for="Not sure.",
    decision=GUESS,
)


def rule(
    policy: Policy, route: str, service: str = "roads", before: Decision = GUESS, **more: object
) -> tuple[Decision, Step[Conversation]]:
    """A ruling on the contact, while its conversation waits because nobody was sure."""
    ruling = Ruling(route, service, officer="Maya", **more)  # type: ignore[arg-type]
    return decide_anew(WAITING, Heard(CONTACT, READING, ()), before, ruling, policy, DRAWN, NOW)


def decided(policy: Policy, route: str, service: str = "roads") -> tuple[Conversation, Decision, Case | None]:
    """What the assistant has decided alone and carried out."""
    before = replace(decision_of(Ruling(route, service), policy), rule=route, confidence=0.9)
    fresh = replace(WAITING, holder=Holder.ASSISTANT, why=None, waiting_for="", decision=None)
    step = answered_as(fresh, Heard(CONTACT, READING, ()), before, policy, DRAWN, RECEIVED)
    return step.state, before, next((one.case for one in step.effects if isinstance(one, KeepCase)), None)


def correct(policy: Policy, was: str, ruling: Ruling) -> tuple[Decision, Step[Conversation]]:
    conversation, before, case = decided(policy, was)
    heard = Heard(CONTACT, READING, (), case)
    return decide_anew(conversation, heard, before, replace(ruling, officer="Maya"), policy, DRAWN, NOW)


def said(step: Step[Conversation]) -> list[str]:
    return [effect.template for effect in step.effects if isinstance(effect, Say)]


def passed(step: Step[Conversation]) -> list[tuple[str, str]]:
    return [(effect.template, effect.team.name) for effect in step.effects if isinstance(effect, PassOn)]


def cases(step: Step[Conversation]) -> list[Case]:
    return [effect.case for effect in step.effects if isinstance(effect, KeepCase)]


# --- what nobody had decided ----------------------------------------------------------------------------------------


def test_a_complaint_that_an_officer_decides_runs_from_the_day_it_was_received(policy: Policy) -> None:
    decision, step = rule(policy, "formal")
    (case,) = cases(step)
    alone = decided(policy, "formal")[2]
    assert alone is not None
    assert (case.received_at, case.acknowledged_at) == (RECEIVED, NOW)
    due, earlier = case.deadline("respond"), alone.deadline("respond")
    assert due is not None
    assert earlier is not None
    assert due.due >= earlier.due
    assert (decision.rule, decision.confidence, decision.needs_person) == ("officer", 1.0, False)
    assert said(step) == ["acknowledgement"]
    assert step.state.holder is Holder.ASSISTANT


@pytest.mark.parametrize("route", sorted(DOES))
def test_every_route_can_be_decided_and_says_what_it_does(policy: Policy, route: str) -> None:
    door = next((key for key, one in policy.signposts.items() if one.kind == route), "none")
    decision, step = rule(policy, route, signpost=door)
    assert decision.route == route
    assert consequences(step, CONTACT, policy)
    assert bool(said(step)) is (route != "no_action")


def test_what_an_officer_may_choose_is_what_the_assistant_answers() -> None:
    assert set(DOES) == set(ANSWERS)


def test_the_resident_hears_that_a_person_has_read_it(policy: Policy) -> None:
    _, step = rule(policy, "compliment")
    (say,) = [effect for effect in step.effects if isinstance(effect, Say)]
    assert say.fields["help"] == policy.phrases["read_by_a_person"]


def test_a_signpost_needs_a_door_of_its_kind(policy: Policy) -> None:
    assert "signpost" in mistakes(Ruling("other_organisation", "none"), policy)
    assert "signpost" in mistakes(Ruling("alternative_path", "none", "nowhere"), policy)
    assert mistakes(Ruling("question", "none"), policy) == {}


@pytest.mark.parametrize("email", ["no", "a@b", "a b@c.org", "a@b.org, c@d.org"])
def test_an_address_that_cannot_be_one_is_a_mistake(policy: Policy, email: str) -> None:
    assert "email" in mistakes(Ruling("question", "none", person=Person(email=email)), policy)


def test_danger_that_an_officer_finds_calls_the_team_on_duty_and_waits_for_a_person(policy: Policy) -> None:
    _, step = rule(policy, "urgent")
    assert "officer_called_now" in [template for template, _ in passed(step)]
    assert (step.state.holder, step.state.why) == (Holder.WAITING, Why.DANGER)


def test_a_conversation_that_waits_for_a_person_for_another_reason_waits_still(policy: Policy) -> None:
    ruling = Ruling("question", "roads", officer="Maya")
    asked = replace(WAITING, why=Why.ASKED)
    _, step = decide_anew(asked, Heard(CONTACT, READING, ()), GUESS, ruling, policy, DRAWN, NOW)
    assert step.state.holder is Holder.WAITING


def test_an_officer_who_has_the_conversation_gives_it_up_by_deciding(policy: Policy) -> None:
    held = replace(WAITING, holder=Holder.OFFICER, hold=Hold("maya", NOW, 3))
    ruling = Ruling("question", "roads", officer="Maya")
    _, step = decide_anew(held, Heard(CONTACT, READING, ()), GUESS, ruling, policy, DRAWN, NOW)
    assert (step.state.holder, step.state.hold.officer) == (Holder.ASSISTANT, "")
    assert step.state.hold.fence > 3


def test_a_case_that_the_officer_names_gets_what_was_added(policy: Policy) -> None:
    case = decided(policy, "formal")[2]
    assert case is not None
    ruling = Ruling("case_update", "roads", case=case.reference, officer="Maya")
    heard = Heard(CONTACT, READING, (), cases=(case,))
    _, step = decide_anew(WAITING, heard, GUESS, ruling, policy, DRAWN, NOW)
    assert said(step) == ["case_update"]
    assert cases(step)[0].reference == case.reference


# --- what was decided and carried out -------------------------------------------------------------------------------


def test_agreeing_to_what_was_done_tells_nobody_anything(policy: Policy) -> None:
    _, step = correct(policy, "formal", Ruling("formal", "roads"))
    assert step.effects == ()
    assert step.state.case == DRAWN.reference


def test_a_complaint_that_is_none_closes_its_case_as_misrouted_and_says_sorry(policy: Policy) -> None:
    _, step = correct(policy, "formal", Ruling("compliment", "libraries"))
    (case,) = cases(step)
    assert case.state is CaseState.MISROUTED
    assert case.next_deadline is None
    assert step.state.case == ""
    (say,) = [effect for effect in step.effects if isinstance(effect, Say)]
    assert say.template == "compliment"
    assert policy.phrases["put_right"] in str(say.fields["help"])
    assert DRAWN.reference in str(say.fields["help"])
    assert ("taken_back", policy.services["roads"].team.name) in passed(step)
    assert ("passed_on", policy.services["libraries"].team.name) in passed(step)


def test_a_case_of_the_wrong_service_keeps_its_reference_and_its_date(policy: Policy) -> None:
    _, step = correct(policy, "formal", Ruling("formal", "libraries"))
    (case,) = cases(step)
    assert (case.reference, case.service, case.received_at) == (DRAWN.reference, "libraries", RECEIVED)
    assert case.state is CaseState.OPEN
    assert said(step) == ["corrected"]
    assert [template for template, _ in passed(step)] == ["taken_back", "case_opened"]


def test_another_procedure_starts_its_clocks_from_when_it_was_received(policy: Policy) -> None:
    other = next(key for key in policy.procedures if key != "corporate")
    _, step = correct(policy, "formal", Ruling("formal", "roads", procedure=other))
    (case,) = cases(step)
    assert case.procedure == other
    first = policy.procedures[other].stages[0]
    assert case.stage.key == first.key
    assert all(deadline.due >= RECEIVED.date() for deadline in case.stage.deadlines)
    assert said(step) == ["corrected"]


def test_a_question_that_was_a_complaint_gets_its_case_now(policy: Policy) -> None:
    _, step = correct(policy, "question", Ruling("formal", "roads"))
    (case,) = cases(step)
    assert case.received_at == RECEIVED
    assert said(step) == ["acknowledgement"]


def test_what_is_nothing_after_all_is_told_so(policy: Policy) -> None:
    _, step = correct(policy, "formal", Ruling("no_action", "none"))
    assert said(step) == ["nothing_to_do"]
    assert cases(step)[0].state is CaseState.MISROUTED


def test_a_corrected_address_gets_the_letter(policy: Policy) -> None:
    person = replace(ANNE, email="anne@example.net")
    _, step = correct(policy, "question", Ruling("question", "roads", person=person))
    assert said(step) == ["question"]
    assert step.state.person.email == "anne@example.net"


def test_a_case_that_another_contact_opened_is_left_alone(policy: Policy) -> None:
    conversation, before, case = decided(policy, "formal")
    later = replace(CONTACT, id="d" * 24, received_at=NOW)
    assert not opened_by(later, conversation, case)
    ruling = Ruling("compliment", "libraries", officer="Maya")
    heard = Heard(later, READING, (), case)
    _, step = decide_anew(conversation, heard, replace(before, route="case_update"), ruling, policy, DRAWN, NOW)
    assert not cases(step)
    assert step.state.case == DRAWN.reference


def test_another_service_changes_nothing_only_where_it_is_the_same_decision(policy: Policy) -> None:
    one, other = decision_of(Ruling("question", "roads"), policy), decision_of(Ruling("question", "libraries"), policy)
    assert same(one, replace(one, rule="question", confidence=0.4))
    assert not same(one, other)


def test_what_holds_the_assistant_back_does_not_hold_a_letter_that_an_officer_decided() -> None:
    plain = quiet(replace(CONTACT, no_answer="it asks for none", automatic="a machine's mark"))
    assert (plain.no_answer, plain.automatic, plain.text, plain.id) == ("", "", "", CONTACT.id)


# --- the words that it rests on, and likeness -----------------------------------------------------------------------


def test_the_words_that_a_decision_rests_on_are_found_in_any_case_and_over_line_ends() -> None:
    reasons = ("Is not satisfied: “never  mended”.", "Danger (gas): “smell of gas”.")
    pieces = marked("It was Never\nmended. A smell of GAS, never mended", rests_on(reasons))
    assert [text for text, rests in pieces if rests] == ["Never\nmended", "smell of GAS", "never mended"]
    assert "".join(text for text, _ in pieces) == "It was Never\nmended. A smell of GAS, never mended"


def test_markup_in_a_message_is_only_words_to_the_marking() -> None:
    pieces = marked("<b>never</b> (.*)+ never", ["<b>", "(.*)+", "never"])
    assert "".join(text for text, _ in pieces) == "<b>never</b> (.*)+ never"


@pytest.mark.parametrize("query", ["01632 960 444", "+44 1632 960444", "bt4 2qr", "BT42QR", "Shaw", "POTHOLE"])
def test_a_contact_is_found_by_phone_postcode_name_and_words(query: str) -> None:
    person = replace(ANNE, phone="01632 960 444", address="14 Elm Road, BT4 2QR")
    found_by = set(indexed(replace(CONTACT, person=person)))
    assert all(any(set(way) <= found_by for way in term) for term in asked_for(query))


# --- accuracy -------------------------------------------------------------------------------------------------------


def test_accuracy_counts_what_was_decided_alone_apart_from_guesses() -> None:
    report = accuracy(
        [
            Tally("formal", "formal", "95", True, "left", 300),
            Tally("formal", "formal", "95", True, "agreed", 8),
            Tally("formal", "urgent", "85", True, "corrected", 4),
            Tally("question", "question", "50", False, "left", 5),
            Tally("question", "question", "50", False, "agreed", 3),
            Tally("question", "question", "0", False, "corrected", 2),
        ]
    )
    whole = report.whole
    assert (whole.alone, whole.corrected, whole.agreed) == (312, 4, 8)
    assert (whole.asked, whole.guess_right, whole.guess_wrong) == (10, 3, 2)
    assert [score.key for score in report.by_route] == ["formal", "question"]
    assert sum(score.all for score in report.by_band) == whole.all == 322


# --- examples to learn from -----------------------------------------------------------------------------------------

LETTER = """Dear Mrs Fallowfield,

I live at Flat 3, 14 Elm Road, BT4 2QR. My neighbour Gavin Pike parks his van AB12 XYZ on our drive. My name is Anne
Shaw, ring 01632 960 444 or write to anne.shaw@example.org. My reference is BC-TJ3K-PHN9, my account 48839201. I waited
three weeks and paid £52.

Kind regards,
Anne Shaw
14 Elm Road"""


@pytest.mark.parametrize(
    "secret",
    ["Fallowfield", "Elm Road", "BT4", "Gavin", "Pike", "AB12 XYZ", "Anne", "Shaw", "960 444", "TJ3K", "48839201"],
)
def test_nothing_that_tells_who_somebody_is_stays_in_an_example(secret: str) -> None:
    assert secret not in without_person(LETTER, ANNE)


def test_what_an_example_is_known_by_stays_in_it() -> None:
    plain = without_person(LETTER, ANNE)
    assert "three weeks and paid £52" in plain
    assert "parks his van" in plain


def test_names_of_the_council_and_its_services_stay(policy: Policy) -> None:
    text = "We rang the Highways Team at Bettershire Council, and Gavin laughed."
    assert without_person(text, ANNE, ["Bettershire Council", "Highways Team"]) == text.replace("Gavin", "Sam")


def test_approved_examples_are_read_by_the_trainer() -> None:
    text = 'He said: "no" — <b>\n\n- intent: evil\u2028 {x} \x07'
    example = Example("e", "c", text, "formal", "roads", "none", True, ("repeated",), "maya", NOW)
    other = replace(example, id="f", route="question", text="When?", urgent=False, signals=())
    document = yaml.load(examples_file([other, example]), Loader=_loader())
    read = [_example(block["intent"], entry) for block in document["nlu"] for entry in block["examples"]]
    assert [(one.route, one.service, one.urgent, one.signs) for one in read] == [
        ("formal", "roads", True, frozenset({Sign.REPEATED})),
        ("question", "roads", False, frozenset()),
    ]
    assert read[0].text.startswith('He said: "no" — <b>\n\n- intent: evil')
    assert yaml.safe_load(examples_file([]))["nlu"] == []
