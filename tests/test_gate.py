"""The gate for everything that goes out by itself: who is never answered, and when it is enough."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from intake.contact import Channel, Contact, Machine, Person, Proof, SenderCheck
from intake.gate import MOST_IN_AN_HOUR, Lately, answer_closed
from intake.policy import Policy

AT = datetime(2026, 11, 23, 10, tzinfo=UTC)
CONTACT = Contact("c" * 24, Channel.EMAIL, AT, Person(email="anne@example.org"), "Bins", "Not emptied again")


def test_a_persons_mail_is_answered(policy: Policy) -> None:
    assert answer_closed(CONTACT, Lately(), policy) is None


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"person": Person(email="complaints@bettershire.gov.uk")}, "our own address"),
        ({"person": Person(email="contact.centre@bettershire.gov.uk")}, "one of our teams"),
        ({"sender_check": SenderCheck(Proof.FAILED)}, "forged"),
        ({"no_answer": "it asks for none"}, "it asks for none"),
    ],
)
def test_what_may_not_be_answered_by_itself_waits_for_a_person(
    policy: Policy, changed: dict[str, object], why: str
) -> None:
    closed = answer_closed(replace(CONTACT, **changed), Lately(), policy)  # type: ignore[arg-type]
    assert closed is not None
    assert why in closed.why
    assert closed.needs_person


@pytest.mark.parametrize(
    "changed", [{"person": Person(phone="07700 900456")}, {"automatic": "a bounce", "machine": Machine.BOUNCE}]
)
def test_nobody_to_answer_calls_no_person(policy: Policy, changed: dict[str, object]) -> None:
    closed = answer_closed(replace(CONTACT, **changed), Lately(), policy)  # type: ignore[arg-type]
    assert closed is not None
    assert not closed.needs_person


@pytest.mark.parametrize(
    ("lately", "why"),
    [
        (Lately(said_before=True), "same words"),
        (Lately(dead="550 no such user"), "550 no such user"),
        (Lately(to_address=20), "this address today"),
        (Lately(in_conversation=MOST_IN_AN_HOUR), "within an hour"),
    ],
)
def test_enough_is_enough(policy: Policy, lately: Lately, why: str) -> None:
    closed = answer_closed(CONTACT, lately, policy)
    assert closed is not None
    assert why in closed.why
    assert closed.needs_person


@pytest.mark.parametrize("entry", ["anne@example.org", "example.org"])
def test_a_sender_on_the_councils_list_is_kept_for_a_person(policy: Policy, entry: str) -> None:
    closed = answer_closed(CONTACT, Lately(), replace(policy, parked=frozenset({entry})))
    assert closed is not None
    assert "council's list" in closed.why
