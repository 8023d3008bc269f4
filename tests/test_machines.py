"""People and machines: every sample mail of ours is told rightly, and nobody's complaint is taken for a machine's."""

import json
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from typing import Any

import pytest

from channels.senders.bounces import bounce_of
from channels.senders.machines import MACHINES, machine_of, no_answer
from intake.contact import Bounce, Machine

SAMPLES = Path("tests/cases/machines")
OTHERS = Path("../shared/data/mail")
OURS = frozenset({"complaints@council.example.org"})
ROWS: list[dict[str, Any]] = [json.loads(line) for line in (SAMPLES / "machines.jsonl").read_text().splitlines()]


def sample(name: str) -> Message:
    return message_from_bytes((SAMPLES / name).read_bytes())


def mail(head: str, body: str = "The bin was missed.") -> Message:
    return message_from_bytes(f"{head}\n\n{body}\n".encode())


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["file"])
def test_each_sample_is_told_for_what_it_is(row: dict[str, Any]) -> None:
    machine, why = machine_of(sample(row["file"]), row["envelope_sender"], OURS)
    assert machine == row["machine"]
    assert bool(why) == (machine is not None)


@pytest.mark.parametrize("row", [row for row in ROWS if "no_answer" in row], ids=lambda row: row["file"])
def test_each_persons_mail_says_whether_it_may_be_answered_by_itself(row: dict[str, Any]) -> None:
    assert bool(no_answer(sample(row["file"]))) == row["no_answer"]


@pytest.mark.parametrize("row", [row for row in ROWS if "bounce" in row], ids=lambda row: row["file"])
def test_each_bounce_names_our_mail_the_address_and_the_reason(row: dict[str, Any]) -> None:
    found = bounce_of(sample(row["file"]), null_sender=not row["envelope_sender"])
    expected = row["bounce"]
    assert found is not None
    assert found.words
    assert expected["words"].lower() in found.words.lower()
    assert found == Bounce(
        tuple(expected["message_ids"]), tuple(expected["addresses"]), expected["lasting"], found.words
    )


def test_every_sample_has_a_row_and_at_least_25_are_of_persons() -> None:
    assert {row["file"] for row in ROWS} == {path.name for path in SAMPLES.glob("*.eml")}
    assert sum(row["machine"] is None for row in ROWS) >= 25


def test_every_kind_of_machine_has_a_rule_and_a_sample() -> None:
    assert {kind for kind, _, _ in MACHINES} == set(Machine) == {row["machine"] for row in ROWS} - {None}


@pytest.mark.skipif(not OTHERS.is_dir(), reason="../shared/data/mail is not here")
def test_mails_of_other_projects_are_told_for_what_their_projects_say() -> None:
    rows = [json.loads(line) for line in (OTHERS / "messages.jsonl").read_text().splitlines()]
    classed = [row for row in rows if row["expectation"] == "class"]
    # One begins with a byte order mark and has no headers for whoever does not take it away first.
    raw = {row["path"]: (OTHERS / row["path"]).read_bytes().removeprefix(b"\xef\xbb\xbf") for row in classed}
    wrong = []
    for row in classed:
        machine, _ = machine_of(message_from_bytes(raw[row["path"]]), "x@example.org", frozenset())
        is_bounce = row["expected"]["class"] == "bounce"
        if machine is None or (machine is Machine.BOUNCE) != is_bounce:
            wrong.append(row["path"])
    assert wrong == []


@pytest.mark.parametrize(
    "subject",
    [
        "Re: Automatic reply: Bins",
        "FW: Out of Office: Bins",
        "AW: Automatische Antwort: x",
        "Re: Bo is out of the office",
    ],
)
def test_who_answers_or_forwards_an_automatic_reply_is_a_person(subject: str) -> None:
    message = mail(f"From: ann.bell@example.org\nSubject: {subject}", "I am on leave too, but the bin was missed.")
    assert machine_of(message, "ann.bell@example.org", OURS) == (None, "")


@pytest.mark.parametrize(
    "submitted", ["auto-replied", "Auto-Replied (vacation)", "auto-replied; owner-email=a@b.example"]
)
def test_comment_and_parameters_of_auto_submitted_do_not_hide_it(submitted: str) -> None:
    message = mail(f"From: ann.bell@example.org\nAuto-Submitted: {submitted}")
    assert machine_of(message, "ann.bell@example.org", OURS)[0] is Machine.AUTO_REPLY


@pytest.mark.parametrize("sender", ["", "<>"])
def test_the_null_sender_is_a_machine_however_it_is_written(sender: str) -> None:
    assert machine_of(mail("From: ann.bell@example.org\nSubject: Hello"), sender, OURS)[0] is Machine.OTHER


def test_a_portals_mail_for_a_person_is_a_persons_though_its_sender_reads_no_answers() -> None:
    message = mail("From: no-reply@reports.example.com\nReply-To: Ann <ann.bell@example.org>\nSubject: Report 12")
    assert machine_of(message, "no-reply@reports.example.com", OURS) == (None, "")
    assert no_answer(message)


def test_a_reply_to_in_the_senders_own_house_does_not_make_a_notice_a_persons() -> None:
    message = mail("From: no-reply@shop.example.com\nReply-To: help@example.com\nSubject: Order 12", "It was sent.")
    assert machine_of(message, "no-reply@shop.example.com", OURS)[0] is Machine.OTHER


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("From: " + "a" * 500_000, "x"),
        ("From: a@example.org\nSubject: " + "automatic reply " * 50_000, "x"),
        ("From: a@example.org\n" + "List-Id: <a>\n" * 20_000, "x"),
        ("From: a@example.org\nAuto-Submitted: " + "(" * 500_000, "x"),
        ("From: mailer-daemon@example.org\nSubject: Undelivered", "<" * 2_000_000),
        ("From: mailer-daemon@example.org\nSubject: Undelivered", "a@" * 1_000_000),
        ("From: mailer-daemon@example.org\nSubject: Undelivered", "> " * 1_000_000),
        ("From: mailer-daemon@example.org\nSubject: Undelivered", "5.1." * 500_000),
        ("From: no-reply@example.org\nSubject: x", "name " * 500_000),
        ("From: a@example.org\nContent-Type: text/html", "<p " * 700_000),
    ],
    ids=range(10),
)
def test_hostile_mail_is_judged_without_an_error(head: str, body: str) -> None:
    message = mail(head, body)
    machine_of(message, "x@example.org", OURS)
    no_answer(message)
    found = bounce_of(message)
    assert found is None or len(found.words) <= 300


def test_an_automatic_reply_about_a_rejected_application_is_no_bounce() -> None:
    message = mail("From: bo@example.org\nSubject: Automatic reply: Rejected application", "I am away until Monday.")
    assert machine_of(message, "", OURS)[0] is Machine.AUTO_REPLY
