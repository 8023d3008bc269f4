"""Who writes in which conversation: threads found by signs that nobody can guess, and what machines say of our mail."""

from email.message import EmailMessage, Message

import pytest

from intake.case import CaseState
from intake.conversation import Holder
from intake.threads import bounce_address, references_in, reply_address
from tests.living_house import MAILBOX, LivingHouse, mail, words_of

MISSED_BIN = (
    "This is the third week running that our brown bin at 14 Elm Road, BT4 2QR was not collected. I rang twice, was "
    "promised a collection within two days and nobody came. I want an explanation and the bin emptied."
)
ANNE = "anne.shaw@example.org"
CENTRE = "contact.centre@bettershire.gov.uk"


def bounce_of(letter: Message, status: str = "5.1.1", line: str = "550 5.1.1 no such user") -> EmailMessage:
    """What a mail server sends back: RFC 3464, with the head of the letter."""
    to, head = letter["To"], letter.as_bytes().partition(b"\n\n")[0].decode()
    action = "failed" if status.startswith("5") else "delayed"
    report = EmailMessage()
    report["From"] = "MAILER-DAEMON@relay.example.org"
    report["To"] = MAILBOX
    report["Subject"] = "Undelivered Mail Returned to Sender"
    report["Auto-Submitted"] = "auto-replied"
    report["MIME-Version"] = "1.0"
    report["Content-Type"] = 'multipart/report; report-type=delivery-status; boundary="b"'
    report.set_payload(
        f"--b\nContent-Type: text/plain\n\nI could not deliver it.\n--b\nContent-Type: message/delivery-status\n\n"
        f"Reporting-MTA: dns; relay.example.org\n\nFinal-Recipient: rfc822; {to}\nAction: {action}\nStatus: {status}\n"
        f"Diagnostic-Code: smtp; {line}\n--b\nContent-Type: text/rfc822-headers\n\n{head}\n\n--b--\n"
    )
    return report


async def envelope_of(house: LivingHouse, letter: Message) -> str:
    """Its name in the envelope, which it does not bear itself."""
    found = await house.house.store.read(
        lambda unit: unit.outbox.letter([str(letter["Message-ID"]).strip("<>").partition("@")[0]])
    )
    assert found is not None
    return found.envelope


def proved(report: EmailMessage, name: str, by: str) -> EmailMessage:
    """The same report with this name in the address that it comes to, or among its fields (RFC 3464 section 2.2.1)."""
    if by == "its address":
        report.replace_header("To", bounce_address(MAILBOX, name))
    if by == "its envelope id":
        fields = str(report.get_payload()).replace("Reporting-MTA:", f"Original-Envelope-Id: {name}\nReporting-MTA:")
        report.set_payload(fields)
    return report


async def waiting_for(house: LivingHouse, contact_id: str) -> str:
    _, conversation = await house.house.store.read(lambda unit: unit.inbox.outcome(contact_id))
    known = await house.house.store.read(lambda unit: unit.conversations.get(conversation))
    assert known is not None
    return known.waiting_for if known.holder is Holder.WAITING else ""


async def test_an_answer_to_our_reply_address_joins_its_conversation_without_any_threading_header(
    house: LivingHouse,
) -> None:
    asked = await house.answer(mail("hi theres a massive pothole on my road can someone come and fix it"))
    answer = mail("Mill Lane, right outside number 12")
    del answer["To"]
    answer["To"] = asked["Reply-To"]
    thanked = await house.answer(answer)
    assert "passed on what you told us" in " ".join(thanked.get_body(("plain",)).get_content().split())  # type: ignore[attr-defined]


async def test_a_reference_in_the_subject_leads_its_own_person_to_the_case(house: LivingHouse) -> None:
    await house.answer(mail(MISSED_BIN))
    (case,) = await house.cases_of(ANNE)
    await house.answers(mail("They missed it again.", subject=f"Re: your letter, {case.reference.lower()}"))
    turns = await house.house.store.read(lambda unit: unit.conversations.turns(case.conversation))
    assert "They missed it again." in [turn.text.strip() for turn in turns]
    assert len(await house.cases_of(ANNE)) == 1


async def test_a_domain_in_unicode_and_in_ascii_is_the_same_persons(house: LivingHouse) -> None:
    ascii_form = "anne@xn--bcher-kva.example"
    await house.answers(mail(MISSED_BIN, sender="Anne@Bücher.EXAMPLE"))
    (case,) = await house.cases_of(ascii_form)
    before = len(house.sent_to(ascii_form))
    for number, sender in enumerate((ascii_form, "ANNE@XN--BCHER-KVA.example", "anne@BÜCHER.example")):
        again = mail(f"They missed it again, number {number}.", sender=sender, subject=f"Re: {case.reference}")
        await house.answers(again, envelope_sender="relay@example.org")
    turns = await house.house.store.read(lambda unit: unit.conversations.turns(case.conversation))
    assert len([turn for turn in turns if "missed it again" in turn.text]) == 3
    assert len(await house.cases_of(ascii_form)) == 1
    assert before > 0


async def test_a_reference_in_the_owners_subject_calls_a_person_and_moves_nothing_by_itself(house: LivingHouse) -> None:
    await house.answer(mail(MISSED_BIN))
    (case,) = await house.cases_of(ANNE)
    escalates = "I am not satisfied with your response to my complaint. Please escalate it to stage 2."
    await house.answers(mail(escalates, subject=f"Re: your letter, {case.reference}"))
    (same,) = await house.cases_of(ANNE)
    assert same.stage.key == "stage_1"
    assert await house.house.store.read(lambda unit: unit.conversations.get(case.conversation).holder) is Holder.WAITING  # type: ignore[union-attr]


async def test_a_reference_in_a_strangers_subject_is_held_for_a_person_and_moves_nothing(house: LivingHouse) -> None:
    await house.answer(mail(MISSED_BIN))
    (case,) = await house.cases_of(ANNE)
    await house.answers(
        mail(
            "I am not satisfied with your response to my complaint. Please escalate it to stage 2.",
            sender="eve@example.net",
            subject=f"Re: {case.reference}",
        )
    )
    assert list(await house.cases_of(ANNE)) == [case]
    assert any("Somebody else answers" in str(told) for told in house.sent_to(CENTRE))


async def test_a_fresh_mail_under_the_owners_address_moves_no_case(house: LivingHouse) -> None:
    await house.answer(mail(MISSED_BIN))
    (case,) = await house.cases_of(ANNE)
    answer = await house.answer(
        mail("I am not satisfied with your response to my complaint. Please escalate it to stage 2 of your procedure.")
    )
    assert list(await house.cases_of(ANNE)) == [case]
    assert case.reference not in str(answer)


async def test_a_new_matter_in_an_old_thread_becomes_a_contact_of_its_own(house: LivingHouse) -> None:
    acknowledged = await house.answer(mail(MISSED_BIN))
    await house.answers(
        mail(
            "The housing office lost my application form for the third time and the woman on the desk was rude to me. "
            "I complained in May and nobody answered. I want an apology.",
            answer_to=acknowledged,
        )
    )
    cases = await house.cases_of(ANNE)
    assert len({case.conversation for case in cases}) == 2
    assert {case.state for case in cases} == {CaseState.OPEN}


async def test_a_letter_that_came_back_is_told_and_its_address_is_not_written_to_again(house: LivingHouse) -> None:
    letter = await house.answer(mail(MISSED_BIN))
    report = proved(bounce_of(letter), await envelope_of(house, letter), "its address")
    await house.answers(report, envelope_sender="<>")
    (told,) = [one for one in house.sent_to(CENTRE) if "came back" in str(one["Subject"])]
    assert "550 5.1.1 no such user" in str(told)
    assert await house.house.store.read(lambda unit: unit.addresses.dead(ANNE)) == "550 5.1.1 no such user"


@pytest.mark.parametrize("by", ["its address", "its envelope id"])
async def test_a_report_that_bears_what_stood_in_the_envelope_marks_the_address(house: LivingHouse, by: str) -> None:
    letter = await house.answer(mail(MISSED_BIN))
    report = proved(bounce_of(letter), await envelope_of(house, letter), by)
    await house.answers(report, envelope_sender="<>")
    assert await house.house.store.read(lambda unit: unit.addresses.dead(ANNE)) == "550 5.1.1 no such user"


@pytest.mark.parametrize("by", ["its Message-ID", "its address", "its envelope id"])
async def test_who_was_merely_shown_a_letter_cannot_have_its_owners_address_marked(house: LivingHouse, by: str) -> None:
    letter = await house.answer(mail(MISSED_BIN))
    shown = str(letter["Message-ID"]).strip("<>").partition("@")[0]
    assert await envelope_of(house, letter) not in letter.as_string()
    await house.answers(proved(bounce_of(letter), shown, by), envelope_sender="<>")
    assert await house.house.store.read(lambda unit: unit.addresses.dead(ANNE)) == ""
    (told,) = [one for one in house.sent_to(CENTRE) if "came back" in str(one["Subject"])]
    assert "may be forged" in words_of(told)


async def test_where_there_are_no_tags_a_message_id_is_enough(house: LivingHouse) -> None:
    house.house.reception.tags = False
    letter = await house.answer(mail(MISSED_BIN))
    await house.answers(bounce_of(letter), envelope_sender="<>")
    assert await house.house.store.read(lambda unit: unit.addresses.dead(ANNE)) == "550 5.1.1 no such user"


async def test_whoever_writes_again_is_written_to_again(house: LivingHouse) -> None:
    letter = await house.answer(mail(MISSED_BIN))
    await house.answers(bounce_of(letter), envelope_sender="<>")
    again = await house.answers(mail("Just to say thank you to Maureen at Eastham library, she was wonderful"))
    assert len(again) == 1


async def test_a_letter_that_is_only_late_marks_no_address(house: LivingHouse) -> None:
    letter = await house.answer(mail(MISSED_BIN))
    await house.answers(bounce_of(letter, "4.4.1", "451 4.4.1 still trying"), envelope_sender="<>")
    assert await house.house.store.read(lambda unit: unit.addresses.dead(ANNE)) == ""
    assert not [one for one in house.sent_to(CENTRE) if "came back" in str(one["Subject"])]


async def test_a_forged_bounce_that_names_no_letter_of_ours_changes_nothing(house: LivingHouse) -> None:
    letter = await house.answer(mail(MISSED_BIN))
    forged = bounce_of(letter)
    forged.set_payload(str(forged.get_payload()).replace(str(letter["Message-ID"])[1:20], "0" * 19))
    await house.answers(forged, envelope_sender="<>")
    assert await house.house.store.read(lambda unit: unit.addresses.dead(ANNE)) == ""


async def test_a_letter_about_a_letter_that_came_back_makes_no_third_one(house: LivingHouse) -> None:
    letter = await house.answer(mail(MISSED_BIN))
    await house.answers(bounce_of(letter), envelope_sender="<>")
    (told,) = [one for one in house.sent_to(CENTRE) if "came back" in str(one["Subject"])]
    await house.answers(bounce_of(told), envelope_sender="<>")
    assert len([one for one in house.sent_to(CENTRE) if "came back" in str(one["Subject"])]) == 1


async def test_the_same_words_are_answered_once_and_then_wait_for_a_person(house: LivingHouse) -> None:
    text = "The street light outside number 41 in Mill Lane is out. Please mend it. Our ticket: 47110"
    assert len(await house.answers(mail(text, sender="desk@example.net"))) == 1
    assert await house.answers(mail(text.replace("47110", "47111"), sender="desk@example.net")) == []
    assert len(await house.answers(mail(text.replace("41 in", "43 in"), sender="desk@example.net"))) == 1


async def test_a_mail_that_asks_for_no_automatic_answer_opens_a_case_all_the_same(house: LivingHouse) -> None:
    assert await house.answers(mail(MISSED_BIN, X_Auto_Response_Suppress="All")) == []
    assert len(await house.cases_of(ANNE)) == 1


def test_reply_and_bounce_addresses_are_tags_of_our_own_mailbox() -> None:
    assert reply_address(MAILBOX, "ab12") == "complaints+cab12@bettershire.gov.uk"
    assert bounce_address(MAILBOX, "cd34") == "complaints+bcd34@bettershire.gov.uk"


@pytest.mark.parametrize("subject", ["RE: Your complaint BC-0000-0000", "re your complaint bc-oooo-0000 please"])
def test_references_in_a_subject_are_read_with_their_slips_forgiven(subject: str) -> None:
    assert references_in(subject, "BC") == ("BC-0000-0000",)


@pytest.mark.parametrize("subject", ["", "Complaints about 12345678 bins", "BC-0000-0001", "A" * 5000])
def test_what_is_no_reference_names_no_case(subject: str) -> None:
    assert references_in(subject, "BC") == ()
