"""Bounces: which of our mails did not arrive, to whom, for how long, and why; forged or odd reports do no harm."""

from email import message_from_string
from email.message import Message

import pytest

from channels.senders.bounce_signs import arrived, undelivered
from channels.senders.bounces import bounce_of
from intake.contact import Bounce


def report(status: str, returned: str = "Message-ID: <letter-1@council.example.org>\n\nHello") -> Message:
    return message_from_string(
        "From: MAILER-DAEMON@mx.example.org\nSubject: Undelivered Mail Returned to Sender\n"
        "Message-ID: <report@mx.example.org>\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
        f"--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.org\n\n{status}\n"
        f"--b\nContent-Type: message/rfc822\n\n{returned}\n--b--\n"
    )


def told(message: Message) -> Bounce:
    found = bounce_of(message)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("status", "diagnostic", "lasting"),
    [
        ("5.1.1", "550 5.1.1 User unknown", True),
        ("5.7.1", "550 5.7.1 Access denied", True),
        ("5.0.0", "550 no such user", True),
        ("5.2.2", "552 5.2.2 Mailbox full", False),
        ("5.0.0", "552 The mailbox is over quota", False),
        ("5.7.0", "451 4.7.1 Greylisted, try again later", False),
        ("4.4.1", "connection timed out", False),
        ("5.4.7", "delivery time expired", False),
        ("5.3.4", "552 5.3.4 Message too large", False),
    ],
)
def test_only_what_does_not_pass_by_itself_is_lasting(status: str, diagnostic: str, lasting: bool) -> None:
    fields = f"Final-Recipient: rfc822; ann@example.org\nAction: failed\nStatus: {status}\n"
    found = told(report(f"{fields}Diagnostic-Code: smtp; {diagnostic}\n"))
    assert (found.lasting, found.words) == (lasting, diagnostic)


def test_a_delay_is_not_lasting_whatever_its_status() -> None:
    found = told(report("Final-Recipient: rfc822; ann@example.org\nAction: delayed\nStatus: 5.1.1\n"))
    assert found.lasting is False


def test_the_returned_mails_id_counts_and_not_the_reports_own() -> None:
    found = told(report("Final-Recipient: rfc822; ann@example.org\nAction: failed\nStatus: 5.1.1\n"))
    assert found.message_ids == ("letter-1@council.example.org",)


def test_a_recipient_that_was_reached_is_not_named_beside_one_that_was_not() -> None:
    reached = "Final-Recipient: rfc822; bo@example.org\nAction: delivered\nStatus: 2.0.0\n"
    failed = "Final-Recipient: rfc822; Ann@Example.org\nAction: failed\nStatus: 5.1.1\n"
    assert told(report(f"{reached}\n{failed}")).addresses == ("ann@example.org",)


def test_a_report_that_all_arrived_is_no_bounce() -> None:
    message = report("Final-Recipient: rfc822; ann@example.org\nAction: relayed\nStatus: 2.1.9\n")
    assert arrived(message)
    assert bounce_of(message) is None


def test_a_forwarded_report_says_nothing() -> None:
    inner = report("Final-Recipient: rfc822; ann@example.org\nAction: failed\nStatus: 5.1.1\n").as_string()
    message = message_from_string(
        "From: ann@example.org\nSubject: My mail failed\nMIME-Version: 1.0\n"
        'Content-Type: multipart/mixed; boundary="o"\n\n'
        f"--o\nContent-Type: text/plain\n\nSee below.\n--o\nContent-Type: message/rfc822\n\n{inner}\n--o--\n"
    )
    assert bounce_of(message) is None


def test_a_persons_words_about_a_failed_delivery_are_no_bounce() -> None:
    message = message_from_string(
        "From: ann@example.org\nSubject: Undelivered bins\n\nMy bins could not be delivered to my house, you wrote."
    )
    assert undelivered(message, null_sender=False) == ""


@pytest.mark.parametrize("body", ["Dear council, your letter came back.", "The letter to my mother came back."])
def test_who_greets_us_or_has_a_mother_is_no_server_though_the_address_is_a_postmasters(body: str) -> None:
    message = message_from_string(f"From: postmaster@village.example.org\nSubject: Undeliverable letter\n\n{body}")
    assert undelivered(message, null_sender=False) == ""


def test_a_subject_is_enough_beside_the_null_sender() -> None:
    message = message_from_string("From: x@example.org\nSubject: Nicht zustellbar: Ihre Post\n\nAnhang.")
    assert undelivered(message, null_sender=True)


def test_the_last_resort_for_the_address_is_to_whom_we_wrote() -> None:
    returned = "Message-ID: <letter-1@council.example.org>\nTo: Ann <ann@example.org>\n\nHello"
    assert told(report("Action: failed\nStatus: 5.0.0\n", returned)).addresses == ("ann@example.org",)


def test_a_report_without_anything_in_it_is_still_a_bounce() -> None:
    found = told(message_from_string("From: MAILER-DAEMON\nSubject: Returned mail\n\n"))
    assert found == Bounce((), (), False, "Returned mail")


def test_a_long_report_is_cut() -> None:
    fields = "Final-Recipient: rfc822; ann@example.org\nAction: failed\nStatus: 5.1.1\n"
    found = told(report(f"{fields}Diagnostic-Code: smtp; {'x' * 5000}\n" + fields * 500))
    assert len(found.words) <= 300
    assert found.addresses == ("ann@example.org",)
