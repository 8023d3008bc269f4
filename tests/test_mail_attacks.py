"""Attacks and accidents on the whole way of a mail: nothing is lost, joined, moved or told, and no loop runs."""

from dataclasses import replace
from email.message import EmailMessage

import pytest
from sqlmodel import select

from case_store.store import SqlStore
from case_store.tables.contacts import ContactRow
from case_store.tables.sending import OutboxRow
from case_store.unit_of_work import SqlUnitOfWork
from channels.email_receiver import fingerprint
from channels.reading.headers import addresses
from channels.reading.structure import structure
from channels.senders.machines import machine_of
from channels.senders.sender_checks import sender_check
from intake.contact import Channel, Contact, Kept, Person, Proof
from intake.conversation import Conversation
from intake.desk_view import Wanted
from intake.gate import MOST_BROUGHT_ABOUT, Lately, passing_closed
from intake.policy import Policy
from intake.reception import Reception
from intake.rights import EVERY_SERVICE
from intake.threads import belongs
from tests.living_house import MAILBOX, LivingHouse, mail
from tests.mail_doors import NoInterpreter, kept_originals, now, receiver, smtp_door
from tests.test_threads import ANNE, CENTRE, MISSED_BIN, bounce_of

BINS_TEAM = "bins@bettershire.gov.uk"
DUTY = "A man is hitting my neighbour's little boy right now, I can hear him screaming through the wall."


def letters(unit: SqlUnitOfWork) -> list[tuple[str, str]]:
    return [(row.kind, row.to) for row in unit.session.exec(select(OutboxRow))]


def contacts(unit: SqlUnitOfWork) -> list[ContactRow]:
    return list(unit.session.exec(select(ContactRow)))


# --- two mails are never taken for one ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "trace", [b"Received: from a by b", b"Return-Path: <a@example.org>", b"X-Spam-Status: No\n more", b"ARC-Seal: i=1"]
)
async def test_two_mails_whose_lines_end_with_lf_alone_are_two(store: SqlStore, policy: Policy, trace: bytes) -> None:
    async with smtp_door(receiver(store, policy)) as door:
        for text in (b"The bins were missed.", b"My child is hurt."):
            head = trace + b"\nMessage-ID: <1@x.example>\nFrom: a@example.org\nSubject: Help\n\n"
            await door.hand_in(head + text + b"\r\n")
        assert len(await store.read(kept_originals)) == 2


@pytest.mark.parametrize("end", [b"\n", b"\r"])
def test_no_skipped_header_hides_what_stands_behind_a_bare_line_end(end: bytes) -> None:
    one, other = (
        b"Message-ID: <1@x.example>\r\nX-Spam-Note: x" + end + b"Subject: " + subject + b"\r\n\r\nSee above.\r\n"
        for subject in (b"Bins", b"My child is hurt")
    )
    assert fingerprint(one) != fingerprint(other)


def test_a_body_line_that_looks_like_a_trace_header_counts() -> None:
    one, other = (b"Message-ID: <1@x.example>\nSubject: x\n\nReceived: " + said + b"\r\n" for said in (b"one", b"two"))
    assert fingerprint(one) != fingerprint(other)


def test_the_same_words_on_two_days_are_two_mails_where_only_the_way_they_took_tells_them_apart() -> None:
    one, other = (
        b"Received: from a by b; " + day + b" Nov 2026 10:00\r\nSubject: Bins\r\n\r\nMissed again.\r\n"
        for day in (b"Mon, 23", b"Mon, 30")
    )
    assert fingerprint(one) != fingerprint(other)


# --- nobody's mail is put down as a machine's -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Delivered: wrong size bin", "A bin was delivered to the wrong house, number 14, and ours is missing."),
        ("Read: letter about parking", "Your letter has been read to me on the phone, and I disagree with it."),
        (
            "Out of office hours: nobody answers",
            "Nobody answers the emergency line. Water comes through the ceiling.",
        ),
        ("Out of office hours line", "I am on hold for hours each time. Water comes through the ceiling."),
        ("Automated responses are all I get", "I email and get an automated response. The street light is still out."),
        ("Automatic reply but no bin", "All that came was an automatic reply. The brown bin was missed."),
        ("Autoreply: still no answer", "Three autoreplies, and nobody says a word about the damp."),
    ],
)
def test_a_complaint_that_begins_as_machines_do_is_a_persons(subject: str, text: str) -> None:
    raw = f"From: Ann <ann@example.org>\r\nTo: {MAILBOX}\r\nSubject: {subject}\r\n\r\n{text}\r\n".encode()
    assert machine_of(structure(raw).message, "ann@example.org", frozenset({MAILBOX}))[0] is None


def test_a_report_of_abuse_with_a_mail_attached_is_a_persons() -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "ann@example.org", MAILBOX, "Abuse report: care home"
    message.set_content("The staff hit her. See their mail.")
    message.add_attachment(mail("She fell."))
    assert machine_of(structure(message.as_bytes()).message, "ann@example.org", frozenset({MAILBOX}))[0] is None


def test_a_mail_of_a_person_that_was_forwarded_with_the_null_sender_is_a_persons() -> None:
    raw = f"From: ann@example.org\r\nTo: {MAILBOX}\r\nSubject: Damp\r\n\r\nMy flat is black with mould.\r\n".encode()
    assert machine_of(structure(raw).message, "", frozenset({MAILBOX}))[0] is None


async def test_a_form_or_scanner_that_writes_from_our_own_address_to_us_is_read_and_never_answered(
    house: LivingHouse,
) -> None:
    form = mail(MISSED_BIN, sender=MAILBOX, name="Website", Reply_To="Ann <ann@example.org>")
    await house.answers(form)
    (contact,) = await house.house.store.read(contacts)
    assert (contact.route, contact.state) == ("formal", "with_a_person")
    assert house.sent_to(MAILBOX) == []


# --- strangers ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["I am away until Monday.", DUTY, "Call me on 07700 900999 instead."])
async def test_a_machines_mail_with_a_reference_in_its_subject_joins_no_case(house: LivingHouse, text: str) -> None:
    await house.answer(mail(MISSED_BIN))
    (case,) = await house.cases_of(ANNE)
    before = await house.house.store.read(lambda unit: unit.conversations.get(case.conversation))
    turns = await house.house.store.read(lambda unit: len(unit.conversations.turns(case.conversation)))
    robot = mail(text, sender="eve@example.net", subject=f"Re: {case.reference}", Auto_Submitted="auto-replied")
    await house.answers(robot)
    assert await house.house.store.read(lambda unit: unit.conversations.get(case.conversation)) == before
    assert await house.house.store.read(lambda unit: len(unit.conversations.turns(case.conversation))) == turns


async def test_what_a_machine_says_of_a_stolen_letter_changes_nothing_that_we_were_told(house: LivingHouse) -> None:
    acknowledged = await house.answer(mail(MISSED_BIN))
    (case,) = await house.cases_of(ANNE)
    before = await house.house.store.read(lambda unit: unit.conversations.get(case.conversation))
    robot = mail("Call me on 07700 900999, at 9 Eve Street, EV1 1EE.", sender="eve@example.net", answer_to=acknowledged)
    robot["Auto-Submitted"] = "auto-replied"
    await house.answers(robot)
    after = await house.house.store.read(lambda unit: unit.conversations.get(case.conversation))
    assert before is not None
    assert after is not None
    assert (after.details, after.asked) == (before.details, before.asked)


def test_who_has_no_address_belongs_to_no_conversation() -> None:
    nobody = Conversation("c" * 24, Channel.WEB_FORM, Person(phone="07700 900456"), now(), "Bins")
    assert not belongs(nobody, Contact("d" * 24, Channel.EMAIL, now(), Person(), "Bins", "x"))


@pytest.mark.parametrize(
    "sender",
    [
        "Anne <anne.shaw@example.org>, Eve <eve@example.net>",
        "Eve <eve@example.net>, anne.shaw@example.org",
        '"anne.shaw@example.org" <eve@example.net>',
        "=?utf-8?q?anne=2Eshaw=40example=2Eorg?= <eve@example.net>",
        "anne.shaw@example.org.example.net",
    ],
)
async def test_no_trick_in_from_joins_somebody_elses_case(house: LivingHouse, sender: str) -> None:
    await house.answer(mail(MISSED_BIN))
    (case,) = await house.cases_of(ANNE)
    turns = await house.house.store.read(lambda unit: len(unit.conversations.turns(case.conversation)))
    raw = f"From: {sender}\r\nTo: {MAILBOX}\r\nSubject: {case.reference}\r\n\r\nI withdraw my complaint.\r\n".encode()
    await house.send_raw(raw, "eve@example.net")
    await house.settled()
    assert await house.house.store.read(lambda unit: len(unit.conversations.turns(case.conversation))) == turns
    assert list(await house.cases_of(ANNE)) == [case]


@pytest.mark.parametrize("header", ["Sender", "Reply-To", "Resent-From"])
async def test_no_answer_goes_where_another_header_than_from_leads(house: LivingHouse, header: str) -> None:
    message = mail(MISSED_BIN)
    message[header] = "eve@example.net"
    await house.answers(message)
    assert house.sent_to("eve@example.net") == []


# --- teams are always called, and no loop runs over them ------------------------------------------------------------


async def test_a_letter_that_a_teams_server_sends_back_does_not_keep_the_next_from_the_team(house: LivingHouse) -> None:
    await house.answers(mail(DUTY))
    called = next(to for kind, to in await house.house.store.read(letters) if kind == "officer_called_now")
    (letter,) = house.sent_to(called)
    await house.answers(bounce_of(letter, "5.7.1", "550 5.7.1 rejected as spam"), envelope_sender="<>")
    assert await house.house.store.read(lambda unit: unit.addresses.dead(called)) == ""
    await house.answers(mail(DUTY, sender="bo@example.org", name="Bo"))
    assert len(house.sent_to(called)) == 2


@pytest.mark.parametrize("marked", [True, False])
async def test_a_team_that_answers_by_itself_brings_about_no_further_letter_to_a_team(
    house: LivingHouse, marked: bool
) -> None:
    await house.answers(mail(DUTY))
    called = next(to for kind, to in await house.house.store.read(letters) if kind == "officer_called_now")
    (letter,) = house.sent_to(called)
    before = await house.house.store.read(letters)
    headers = {"Auto_Submitted": "auto-replied"} if marked else {}
    for turn in range(3):
        text = f"Thank you, we have your message number {turn}. You wrote: {DUTY}"
        subject = f"Re: {letter['Subject']}"
        await house.answers(mail(text, sender=called, name="Duty", subject=subject, answer_to=None, **headers))
    await house.answers(mail("We have logged it, ticket 12345.", sender=BINS_TEAM, name="Bins"))
    assert await house.house.store.read(letters) == before


async def test_tickets_from_a_teams_help_desk_are_passed_on_a_few_times_at_most(house: LivingHouse) -> None:
    for ticket in range(6):
        text = f"Your report about the missed brown bin was logged as ticket {47110 + ticket}. Automatically generated."
        await house.answers(mail(text, sender="desk@example.net", name="Desk", subject="Ticket"))
    assert len(await house.house.store.read(letters)) <= 3


async def test_danger_is_told_to_a_team_though_another_team_writes_of_it(house: LivingHouse) -> None:
    await house.answers(mail(DUTY, sender=BINS_TEAM, name="Bins"))
    assert "officer_called_now" in [kind for kind, _ in await house.house.store.read(letters)]


@pytest.mark.parametrize(
    ("changed", "to", "closed"),
    [
        ({}, BINS_TEAM, False),
        ({"said_before": True}, BINS_TEAM, False),
        ({"brought_about": MOST_BROUGHT_ABOUT}, BINS_TEAM, False),
        ({"said_before": True, "brought_about": MOST_BROUGHT_ABOUT}, BINS_TEAM, True),
        ({}, "Anne.Shaw@example.org", True),
    ],
)
def test_danger_is_told_unless_it_comes_from_there_or_in_the_same_words_without_end(
    policy: Policy, changed: dict[str, bool], to: str, closed: bool
) -> None:
    contact = Contact("d" * 24, Channel.EMAIL, now(), Person(email=ANNE), "Help", DUTY)
    policy = replace(policy, teams={**policy.teams, "anne": replace(policy.teams["duty"], email=ANNE)})
    found = passing_closed(contact, to, danger=True, lately=Lately(**changed), policy=policy)  # type: ignore[arg-type]
    assert bool(found) is closed


async def test_a_machines_mail_with_words_of_danger_calls_a_person(house: LivingHouse) -> None:
    await house.answers(mail(DUTY, sender="portal@example.net", Auto_Submitted="auto-replied"))
    kinds = [kind for kind, _ in await house.house.store.read(letters)]
    assert kinds in (["officer_called_now"], ["officer_called"])


async def test_a_complaint_that_came_with_the_null_sender_is_shown_to_a_person(house: LivingHouse) -> None:
    message = mail("There is black mould on every wall of my council flat and nobody has come since May, third report.")
    await house.answers(message, envelope_sender="<>")
    row = (await house.house.store.read(contacts))[0]
    assert row.needs_person


async def test_a_letter_that_comes_back_twice_is_told_once(house: LivingHouse) -> None:
    letter = await house.answer(mail(MISSED_BIN))
    for line in ("550 5.1.1 no such user", "550 5.1.1 still no such user"):
        await house.answers(bounce_of(letter, line=line), envelope_sender="<>")
    assert len([one for one in house.sent_to(CENTRE) if "came back" in str(one["Subject"])]) == 1


async def test_two_bounces_with_the_same_words_are_both_told(house: LivingHouse) -> None:
    for name in ("anne.shaw", "bo.bell"):
        letter = await house.answer(mail(f"{MISSED_BIN} It is {name}.", sender=f"{name}@example.org", name=name))
        await house.answers(bounce_of(letter), envelope_sender="<>")
    assert len([one for one in house.sent_to(CENTRE) if "came back" in str(one["Subject"])]) == 2


# --- whom nobody answers, an officer sees ---------------------------------------------------------------------------


async def test_whoever_is_kept_from_answers_by_mails_forged_in_their_name_is_shown_to_a_person(
    house: LivingHouse, policy: Policy
) -> None:
    house.house.reception.policy = replace(policy, letters_a_day=1)
    await house.answers(mail("Thank you to Maureen at Eastham library, she was wonderful"))
    assert await house.answers(mail("When does the tip in Eastham open on Sundays?")) == []
    wanted = Wanted("", urgent=False, needs_person=True)
    shown = await house.house.store.read(lambda unit: unit.desk.contacts(wanted, EVERY_SERVICE, 0, 10))
    assert "with_a_person" in [line.state for line in shown]


async def test_a_tag_of_its_own_in_each_mail_does_not_get_round_the_letters_of_a_day(
    house: LivingHouse, policy: Policy
) -> None:
    house.house.reception.policy = replace(policy, letters_a_day=1)
    thanks = mail("Thank you to Maureen at Eastham library, she was wonderful", sender="anne.shaw+1@example.org")
    assert [letter["To"] for letter in await house.answers(thanks)] == ["anne.shaw+1@example.org"]
    asks = "When does the tip in Eastham open on Sundays?"
    assert await house.answers(mail(asks, sender="anne.shaw+2@example.org")) == []
    assert len(await house.answers(mail(asks, sender="anne.shawe@example.org"))) == 1


async def test_a_contact_that_was_set_aside_is_among_those_that_need_a_person(store: SqlStore, policy: Policy) -> None:
    reception = Reception(store, NoInterpreter(), {}, policy, now)
    contact = await reception.receive(Kept("e" * 24, Channel.EMAIL, now(), "f", "", "", (), b""))
    await store.transact(lambda unit: unit.inbox.set_aside(contact, "It failed.", now()))
    wanted = Wanted("", urgent=False, needs_person=True)
    lines = await store.read(lambda unit: unit.desk.contacts(wanted, EVERY_SERVICE, 0, 10))
    assert [line.id for line in lines] == [contact]


# --- who vouches for a sender ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "result",
    [
        'spf=pass smtp.mailfrom="x;dmarc=pass header.from=example.org"@evil.example',
        'spf=fail smtp.mailfrom="a; dkim=pass header.d=example.org; "@evil.example',
        r'spf=fail smtp.mailfrom="a\"; dkim=pass header.d=example.org; "@evil.example',
        'spf=pass smtp.mailfrom="a@example.org"@evil.example',
        'spf=pass (domain of "a; dkim=pass header.d=example.org; b"@evil.example) smtp.mailfrom=evil.example',
        "spf=pass (of a; dkim=pass header.d=example.org; b) smtp.mailfrom=evil.example",
    ],
)
def test_no_envelope_sender_writes_a_result_of_its_own_into_our_servers(result: str) -> None:
    head = f"Authentication-Results: mx.council; {result}\r\nReceived: by mx.council\r\nFrom: {ANNE}\r\n\r\nx\r\n"
    check = sender_check(structure(head.encode()).message, frozenset({"mx.council"}))
    assert check.proof is Proof.UNKNOWN


@pytest.mark.parametrize(
    "sender",
    [
        "(anne.shaw@example.org) eve@example.net",
        "(<anne.shaw@example.org>) eve@example.net",
        "eve@example.net (<anne.shaw@example.org>)",
        "Eve <eve@example.net> (<anne.shaw@example.org>)",
        "((x) <anne.shaw@example.org>) <eve@example.net>",
    ],
)
def test_an_address_in_a_comment_is_nobodys(sender: str) -> None:
    message = structure(f"From: {sender}\r\n\r\nx\r\n".encode()).message
    assert {address for _, address in addresses(message, "From")} == {"eve@example.net"}


@pytest.mark.parametrize(
    "sender", ['"Anne (Mrs) Shaw" <a@example.org>', "Anne (Mrs) <a@example.org>", "a@example.org :("]
)
def test_a_name_with_brackets_loses_no_address(sender: str) -> None:
    message = structure(f"From: {sender}\r\n\r\nx\r\n".encode()).message
    assert [address for _, address in addresses(message, "From")] == ["a@example.org"]
