"""Mail that is broken, empty, huge or hostile: each has a clear outcome, nothing is lost, and the next goes on."""

from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import col, select

from case_store.tables.contacts import ContactRow
from channels import email_parser
from channels.email_sender import Letterhead, as_bytes, compose
from intake.contact import Channel, Contact, Kept, Outcome, Reply
from intake.errors import CannotBeSent
from tests.bombs import nested
from tests.living_house import MAILBOX, LivingHouse, mail

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


def read(raw: bytes, sender: str = "anne@example.org") -> Contact:
    kept = Kept("c1", Channel.EMAIL, NOW, "f1", "", sender, (MAILBOX,), raw)
    return email_parser.read(kept, frozenset({MAILBOX}))


def raw(headers: str, body: str = "The bin was missed.") -> bytes:
    return f"{headers}\r\n\r\n{body}\r\n".replace("\n", "\r\n").replace("\r\r", "\r").encode("utf-8", "surrogateescape")


def test_a_mail_without_a_message_id_is_read_like_any_other() -> None:
    contact = read(raw("From: Anne <anne@example.org>\nSubject: Bins"))
    assert (contact.person.name, contact.person.email, contact.subject) == ("Anne", "anne@example.org", "Bins")
    assert contact.text == "The bin was missed."


def test_a_mail_without_a_sender_says_that_it_cannot_be_answered() -> None:
    message = mail("Hello")
    del message["From"]
    kept = Kept("c1", Channel.EMAIL, NOW, "f", "", "not an address", (), bytes(message))
    assert "names no sender" in email_parser.read(kept).trouble


@pytest.mark.parametrize("charset", ["utf-8", "windows-1252", "x-unknown", "", "utf-16"])
def test_a_wrong_charset_costs_a_letter_and_never_the_message(charset: str) -> None:
    head = f"From: a@example.org\r\nContent-Type: text/plain; charset={charset}\r\n\r\n".encode()
    assert "Missed" in read(head + "Missed – again £5 é".encode("windows-1252")).text or charset == "utf-16"


def test_html_only_mail_becomes_readable_text_without_script() -> None:
    html = "<html><body><p>The bin</p><p>was missed</p><script>alert(1)</script></body></html>"
    text = read(raw("From: a@example.org\nContent-Type: text/html", html)).text
    assert text.split() == ["The", "bin", "was", "missed"]


@pytest.mark.parametrize(
    "bomb",
    [nested(1000), nested(5000), b"", b"\x00" * 1000, b"\xff\xfe" * 500, b"From:\r\n\r\n", b"\r\n\r\n"],
)
def test_what_cannot_be_read_says_so_or_is_empty_and_raises_nothing(bomb: bytes) -> None:
    contact = read(bomb)
    assert contact.trouble or not contact.text.strip() or contact.text == "Hello" or "\x00" not in contact.text


@given(junk=st.binary(max_size=2000))
def test_reading_any_bytes_never_fails(junk: bytes) -> None:
    assert read(junk).id == "c1"
    assert read(b"From: a@example.org\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n" + junk).id == "c1"


@pytest.mark.parametrize(
    ("headers", "why"),
    [
        ("Auto-Submitted: auto-generated", "automatically"),
        ("Precedence: bulk", "bulk"),
        ("List-Id: <news.example.org>", "a list"),
        ("Content-Type: multipart/report; boundary=x", "report"),
        ("X-Autoreply: yes", "automatic reply"),
        ("Return-Path: <>", "null sender"),
        ("Subject: Out of office: on leave", "automatic reply"),
    ],
)
def test_a_machines_mail_is_seen_as_one_or_not_answered_by_itself(headers: str, why: str) -> None:
    contact = read(raw(f"From: a@example.org\n{headers}"))
    assert why in f"{contact.automatic} {contact.no_answer}"


@pytest.mark.parametrize("headers", ["Auto-Submitted: no", "X-Mailer: Outlook", "Subject: The out of hours office"])
def test_a_persons_mail_is_not_taken_for_a_machines(headers: str) -> None:
    assert read(raw(f"From: a@example.org\n{headers}")).automatic == ""


@pytest.mark.parametrize("sender", ["mailer-daemon@example.org", "no-reply@shop.example", MAILBOX])
def test_machines_and_our_own_address_are_never_answered(sender: str) -> None:
    assert read(raw(f"From: {sender}")).automatic


@settings(max_examples=50, deadline=None)
@given(text=st.text(max_size=100))
def test_no_words_of_a_sender_can_write_a_header_of_ours(text: str) -> None:
    reply = Reply("ab12", "c1", "unsure", f"a{text}@example.org", f"Re {text}", text, text, (text, "ok@example.org"))
    try:
        head = as_bytes(compose(reply, Letterhead(text, MAILBOX), NOW)).partition(b"\r\n\r\n")[0]
    except CannotBeSent:
        return
    assert b"\nBcc:" not in head
    assert head.count(b"\nSubject:") == 1


def test_an_encoded_word_with_a_line_break_in_it_writes_no_header() -> None:
    contact = read(raw("From: a@example.org\nSubject: =?utf-8?q?a=0d=0aBcc:_victim@example.org?="))
    reply = Reply("ab12", "c1", "unsure", "a@example.org", contact.subject, "Hello")
    message = as_bytes(compose(reply, Letterhead("Council", MAILBOX), NOW))
    assert b"\r\nBcc:" not in message


async def test_an_empty_mail_is_recorded_and_an_unreadable_one_waits_for_a_person(house: LivingHouse) -> None:
    assert await house.answers(mail("", subject="")) == []
    strange = EmailMessage()
    strange["From"], strange["To"] = "odd@example.org", MAILBOX
    strange.set_content(b"\x89PNG", maintype="image", subtype="png")
    answer = await house.answer(strange)
    assert "could not read all of it" in str(answer["Subject"])

    def ends(unit):  # type: ignore[no-untyped-def]
        return list(unit.session.exec(select(ContactRow.state).order_by(col(ContactRow.number))))

    assert await house.house.store.read(ends) == [Outcome.RECORDED, Outcome.WITH_A_PERSON]


async def test_a_million_octets_of_header_do_not_hold_up_the_next_mail(house: LivingHouse) -> None:
    lamp = bytes(mail("The lamp outside 4 Elm Road is out, please mend it"))
    await house.send_raw(
        b"X-Big: x" + b" y" * 500_000 + b"\r\n" + lamp.replace(b"\n", b"\r\n"), "anne.shaw@example.org"
    )
    answer = await house.answer(mail("Thank you to the lovely librarian at Eastham", sender="next@example.org"))
    assert "kind words" in str(answer["Subject"])
    assert len(house.sent_to("anne.shaw@example.org")) == 1


def test_a_comma_in_an_encoded_name_keeps_the_senders_own_address() -> None:
    contact = read(raw("From: =?utf-8?Q?Sh=C3=A2w=2C_Anne?= <anne@example.org>"), sender="bounces+1@mail.example")
    assert (contact.person.name, contact.person.email, contact.automatic) == ("Shâw, Anne", "anne@example.org", "")


@pytest.mark.parametrize("charset", ["utf-7", "punycode", "idna", "unicode_escape"])
def test_a_charset_that_makes_half_characters_is_not_used(charset: str) -> None:
    head = f"From: a@example.org\r\nSubject: =?{charset}?q?+2AA-?=\r\nContent-Type: text/plain; charset={charset}"
    contact = read(head.encode() + b"\r\n\r\nMissed +2AA- again")
    assert "Missed" in contact.text.encode("utf-8").decode()
    assert contact.trouble == ""


def test_control_characters_in_message_ids_are_no_ids() -> None:
    assert read(raw("From: a@example.org\nIn-Reply-To: <\x00abc@x> <ok@x>")).references == ("ok@x",)


def test_long_message_ids_of_others_are_written_back_unchanged() -> None:
    long = "AM0PR04MB4321A1B2C3D4E5F60718293A4B5C6D7E8F90@AM0PR04MB4321.eurprd04.prod.outlook.com"
    reply = Reply("ab12", "c1", "unsure", "a@example.org", "Hello", "Hello", long, (long, long))
    message = as_bytes(compose(reply, Letterhead("Council", MAILBOX), NOW))
    assert f"In-Reply-To: <{long}>".encode() in message


async def test_a_bomb_is_kept_shown_to_a_person_and_not_answered(house: LivingHouse) -> None:
    await house.send_raw(nested(3000), "odd@example.org")
    await house.settled()
    assert house.sent_to("a@example.org") == house.sent_to("odd@example.org") == []

    def ends(unit):  # type: ignore[no-untyped-def]
        return list(unit.session.exec(select(ContactRow.state)))

    assert await house.house.store.read(ends) == [Outcome.WITH_A_PERSON]
