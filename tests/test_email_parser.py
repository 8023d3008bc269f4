"""What is read of a mail: words in every charset and form, files by their content, mails within mails."""

import base64
import binascii
import io
import json
import unicodedata
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image
from pydantic import TypeAdapter

from channels.email_parser import read
from channels.reading.files import file_of
from intake.contact import Channel, Contact, Kept
from tests.bombs import tnef
from tests.outlook_file import saved_mail

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
MAILBOX = "complaints@bettershire.gov.uk"
OTHERS_MAIL = Path("../shared/data/mail")
HEAD = b"From: Anne <anne@example.org>\r\nSubject: Bins\r\n"


def reading(raw: bytes, sender: str = "anne@example.org", recipients: tuple[str, ...] = (MAILBOX,)) -> Contact:
    kept = Kept("c1", Channel.EMAIL, NOW, "f1", "", sender, recipients, raw)
    return read(kept, frozenset({MAILBOX}))


def text(kind: str, body: bytes, encoding: str = "8bit") -> bytes:
    return HEAD + f"Content-Type: {kind}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n".encode() + body


def multipart(kind: str, *parts: bytes) -> bytes:
    inside = b"".join(b"--b\r\n" + part + b"\r\n" for part in parts)
    return HEAD + f"Content-Type: multipart/{kind}; boundary=b\r\n\r\n".encode() + inside + b"--b--\r\n"


def part(kind: str, body: bytes, disposition: str = "") -> bytes:
    more = f"Content-Disposition: {disposition}\r\n" if disposition else ""
    return f"Content-Type: {kind}\r\n{more}\r\n".encode() + body


def names(contact: Contact) -> list[str]:
    return [found.name for found in contact.attachments]


@pytest.mark.parametrize(
    ("declared", "written"),
    [
        ("utf-8", "utf-8"),
        ("us-ascii", "utf-8"),
        ("iso-8859-1", "utf-8"),
        ("iso-8859-1", "cp1252"),
        ("x-unknown", "cp1252"),
        ("utf-8", "cp1252"),
        ("utf-16", "utf-16"),
        ("utf-8", "utf-8-sig"),
        ("utf-7", "utf-8"),
    ],
)
def test_words_are_read_whatever_charset_their_sender_names(declared: str, written: str) -> None:
    contact = reading(text(f"text/plain; charset={declared}", "It’s £5 – café".encode(written)))
    assert contact.text == "It’s £5 – café"


@pytest.mark.parametrize(
    ("declared", "written", "words"),
    [
        ("gb2312", "gb18030", "垃圾桶 € 镕"),
        ("big5", "cp950", "垃圾桶"),
        ("shift_jis", "cp932", "ゴミ箱①"),
        ("ks_c_5601-1987", "cp949", "쓰레기통 똠"),
        ("iso-2022-jp", "iso2022_jp", "ゴミ箱"),
        ("koi8-r", "koi8-r", "мусор"),
        ("windows-1256", "cp1256", "قمامة"),
        ("iso-8859-8-i", "iso8859-8", "אשפה"),
    ],
)
def test_charsets_of_the_world_are_read(declared: str, written: str, words: str) -> None:
    assert reading(text(f"text/plain; charset={declared}", words.encode(written))).text == words


def test_one_broken_letter_costs_that_letter_alone() -> None:
    raw = text("text/plain; charset=utf-8", "Café naïve résumé £5 – déjà vu".encode() + b"\xff")
    assert reading(raw).text.startswith("Café naïve résumé £5 – déjà vu")


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("base64", b"The bin was missed."),
        ("quoted-printable", b"The bin was missed."),
        ("base64", base64.b64encode(b"The bin was missed.")),
        ("base64", base64.b64encode(b"The bin was missed.").rstrip(b"=")),
        ("x-unknown", b"The bin was missed."),
        ("BASE64 ", base64.b64encode(b"The bin was missed.")),
    ],
)
def test_a_wrong_label_of_the_encoding_costs_no_word(encoding: str, body: bytes) -> None:
    assert reading(text("text/plain", body, encoding)).text == "The bin was missed."


def test_text_whose_label_of_its_encoding_was_lost_is_decoded() -> None:
    long = "The bin at number four was missed again, and that is the third time in a row this month. "
    assert reading(text("text/plain", base64.encodebytes(long.encode() * 3), "7bit")).text.startswith("The bin at")
    quoted = binascii.b2a_qp((long + "It costs £5 – too much. " + long).encode())
    assert "£5 – too" in reading(text("text/plain; charset=utf-8", quoted, "7bit")).text


@pytest.mark.parametrize("ends", [b"\r\n", b"\n", b"\r"])
def test_lines_may_end_as_they_like(ends: bytes) -> None:
    raw = multipart("mixed", part("text/plain", b"The bin\r\nwas missed.")).replace(b"\r\n", ends)
    contact = reading(raw)
    assert (contact.text, contact.subject) == ("The bin\nwas missed.", "Bins")


@pytest.mark.parametrize(
    "before", [b"\r\n\r\n", b"From anne@example.org Mon Nov 23 10:00:00 2026\r\n", b">From x\r\n", b" \n\x00\n"]
)
def test_what_stands_before_the_head_is_passed_over(before: bytes) -> None:
    contact = reading(before + HEAD + b"\r\nThe bin was missed.")
    assert (contact.subject, contact.text) == ("Bins", "The bin was missed.")


def test_words_without_any_head_are_read() -> None:
    assert reading(b"The bin was missed.\r\nAgain.").text == "The bin was missed.\nAgain."


def test_a_head_without_a_blank_line_below_it_loses_no_words() -> None:
    assert reading(HEAD + b"The bin was missed.\r\n").text == "The bin was missed."


def test_a_multipart_whose_boundary_is_not_told_is_taken_apart_or_read_as_it_is() -> None:
    raw = multipart("mixed", part("text/plain", b"The bin was missed."))
    assert reading(raw.replace(b"; boundary=b", b"")).text == "The bin was missed."
    assert "The bin" in reading(text("multipart/mixed", b"The bin was missed.")).text
    assert "The bin" in reading(text("multipart/mixed; boundary=never", b"The bin was missed.")).text


def test_flowed_text_is_put_together_again() -> None:
    body = b"The bin \r\nwas missed. \r\n\r\n From here.\r\n-- \r\nAnne"
    assert reading(text("text/plain; format=flowed", body)).text.startswith("The bin was missed. \nFrom here.")
    assert "missed." in reading(text("text/plain; format=flowed; delsp=yes", b"The bin was mis \r\nsed.")).text


def test_several_texts_are_joined() -> None:
    raw = multipart("mixed", part("text/plain", b"First."), part("text/plain", b"Second."))
    assert reading(raw).text.split() == ["First.", "Second."]


def test_plain_words_are_taken_before_those_of_a_page() -> None:
    raw = multipart("alternative", part("text/plain", b"Plain words."), part("text/html", b"<p>Page words.</p>"))
    assert reading(raw).text == "Plain words."


@pytest.mark.parametrize("stub", [b"", b" \r\n", b"Your email client does not support HTML.", b"---"])
def test_a_page_is_taken_where_the_plain_part_says_nothing(stub: bytes) -> None:
    raw = multipart("alternative", part("text/plain", stub), part("text/html", b"<p>The bin was missed.</p>"))
    assert reading(raw).text == "The bin was missed."


def test_a_page_beside_a_plain_part_adds_only_new_words() -> None:
    same = multipart("mixed", part("text/plain", b"The bin."), part("text/html", b"<p>The  bin.</p>"))
    assert reading(same).text == "The bin."
    more = multipart("mixed", part("text/plain", b"The bin."), part("text/html", b"<p>And the lamp.</p>"))
    assert reading(more).text.split() == ["The", "bin.", "And", "the", "lamp."]


def test_a_text_with_a_name_is_read_where_there_is_no_other() -> None:
    assert reading(multipart("mixed", part("text/plain; name=body.txt", b"The bin."))).text == "The bin."


def test_a_page_names_its_charset_itself() -> None:
    page = b"<html><head><meta charset='windows-1251'></head><body>" + "мусор".encode("cp1251")
    assert reading(text("text/html", page)).text == "мусор"


def test_a_picture_written_into_a_page_does_not_push_its_words_out() -> None:
    picture = base64.b64encode(b"\x89PNG" * 1_000_000)
    page = b'<p>Look:</p><img src="data:image/png;base64,' + picture + b'"><p>The bin.</p>'
    assert "The bin." in reading(text("text/html", page)).text


def test_a_text_signed_by_pgp_is_read_without_its_armour() -> None:
    body = (
        b"-----BEGIN PGP SIGNED MESSAGE-----\r\nHash: SHA256\r\n\r\nThe bin.\r\n- - again\r\n"
        b"-----BEGIN PGP SIGNATURE-----\r\n\r\nabc\r\n-----END PGP SIGNATURE-----\r\n"
    )
    assert reading(text("text/plain", body)).text.split() == ["The", "bin.", "-", "again"]


def test_a_signed_mail_is_read_and_its_signature_is_no_file() -> None:
    signature = part("application/pkcs7-signature; name=smime.p7s", b"abc", "attachment; filename=smime.p7s")
    contact = reading(multipart("signed", part("text/plain", b"The bin."), signature))
    assert (contact.text, contact.attachments, contact.trouble) == ("The bin.", (), "")


@pytest.mark.parametrize(
    "raw",
    [
        text("application/pkcs7-mime; smime-type=enveloped-data", b"abc"),
        multipart(
            "encrypted", part("application/pgp-encrypted", b"Version: 1"), part("application/octet-stream", b"x")
        ),
        text("text/plain", b"-----BEGIN PGP MESSAGE-----\r\n\r\nabc\r\n-----END PGP MESSAGE-----"),
    ],
)
def test_an_encrypted_mail_says_that_it_is(raw: bytes) -> None:
    assert "encrypted" in reading(raw).trouble


INVITATION = b"""BEGIN:VCALENDAR
METHOD:REQUEST
BEGIN:VTIMEZONE
DTSTART:19700101T000000
END:VTIMEZONE
BEGIN:VEVENT
DTSTART;TZID=Europe/London:20261123T100000
DTEND:20261123T110000Z
SUMMARY:Visit about the
  damp\\, flat 2
LOCATION:4 Elm Road
DESCRIPTION:Please come.\\nBring a ladder.
END:VEVENT
END:VCALENDAR
"""


def test_an_invitation_is_told_in_words() -> None:
    contact = reading(multipart("alternative", part("text/plain", b"Hi"), part("text/calendar", INVITATION)))
    assert contact.text.split("\n") == [
        "Hi", "", "Invitation: Visit about the damp, flat 2", "From: 23 November 2026, 10:00 (Europe/London)",
        "Until: 23 November 2026, 11:00 (UTC)", "Where: 4 Elm Road", "Please come.", "Bring a ladder.",
    ]  # fmt: skip


FORWARDED = b"From: Bob <bob@example.net>\r\nSubject: My complaint\r\n\r\nThe roof leaks."


def test_a_forwarded_mail_is_what_counts_where_little_is_said_above_it() -> None:
    raw = multipart("mixed", part("text/plain", b"Please see below."), part("message/rfc822", FORWARDED))
    contact = reading(raw)
    assert contact.text == (
        "Please see below.\n\nForwarded mail from Bob <bob@example.net>:\nMy complaint\nThe roof leaks."
    )
    assert contact.person.email == "anne@example.org"


def test_a_forwarded_mail_stands_below_where_much_is_said_above_it() -> None:
    raw = multipart("mixed", part("text/plain", b"The bin was missed. " * 30), part("message/rfc822", FORWARDED))
    contact = reading(raw)
    assert "roof" not in contact.text
    assert "The roof leaks." in contact.quoted


def test_the_files_of_a_forwarded_mail_are_listed_and_found() -> None:
    inner = multipart("mixed", part("text/plain", b"See."), part("image/png", b"\x89PNG\r\n\x1a\n12"))
    raw = multipart("mixed", part("text/plain", b"FYI"), part("message/rfc822", inner))
    assert names(reading(raw)) == ["unnamed.png"]
    found = file_of(raw, 0)
    assert found is not None
    assert found[1] == b"\x89PNG\r\n\x1a\n12"


def test_what_a_report_carries_is_not_taken_for_a_forwarded_complaint() -> None:
    raw = multipart("report", part("text/plain", b"Not delivered."), part("message/rfc822", FORWARDED))
    assert "roof" not in reading(raw).words


def outlook(*attributes: tuple[int, bytes], body: bytes = b"") -> bytes:
    return multipart("mixed", part("text/plain", body), part("application/ms-tnef", tnef(*attributes)))


def test_outlooks_wrapped_text_and_files_are_read() -> None:
    attributes = ((0x800C, b"The bin.\x00"), (0x9002, b""), (0x8010, b"photo.jpg\x00"), (0x800F, b"\xff\xd8\xff\xe0"))
    contact = reading(outlook(*attributes))
    assert (contact.text, names(contact), contact.attachments[0].media_type) == (
        "The bin.",
        ["photo.jpg"],
        "image/jpeg",
    )
    assert reading(outlook(*attributes, body=b"\r\n\r\n")).text == "The bin."
    assert reading(outlook(*attributes, body=b"Other words.")).text == "Other words."


def test_outlooks_properties_are_read() -> None:
    html = b"<p>The lamp.</p>"
    properties = b"\x01\x00\x00\x00\x02\x01\x13\x10\x01\x00\x00\x00" + len(html).to_bytes(4, "little") + html
    assert reading(outlook((0x9003, properties))).text == "The lamp."


SAVED = saved_mail("My complaint", "The roof leaks.", "Bob", "bob@example.net", {"a.txt": b"hello", "b.pdf": b"%PDF-1"})


def test_a_mail_saved_by_outlook_is_read_like_a_forwarded_one_and_its_files_are_listed() -> None:
    raw = multipart("mixed", part("text/plain", b"FYI"), part("application/octet-stream; name=x.msg", SAVED))
    contact = reading(raw)
    assert contact.text == 'FYI\n\nForwarded mail from "Bob" <bob@example.net>:\nMy complaint\nThe roof leaks.'
    assert names(contact) == ["x.msg", "a.txt", "b.pdf"]
    found = file_of(raw, 2)
    assert found is not None
    assert (found[0].media_type, found[1]) == ("application/pdf", b"%PDF-1")


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_a_broken_mail_saved_by_outlook_stops_nothing(data: st.DataObject) -> None:
    broken = bytearray(SAVED)
    for place in data.draw(st.lists(st.integers(8, len(broken) - 1), min_size=1, max_size=30)):
        broken[place] = data.draw(st.integers(0, 255))
    raw = multipart("mixed", part("text/plain", b"FYI"), part("application/octet-stream; name=x.msg", bytes(broken)))
    contact = reading(raw)
    assert is_clean(contact)
    assert names(contact)[0] == "x.msg"


def test_a_uuencoded_file_in_the_text_is_a_file() -> None:
    data = b"".join(binascii.b2a_uu(b"scanned octets %d" % number) for number in range(3))
    raw = text("text/plain", b"See the scan.\r\n\r\nbegin 644 scan.tif\r\n" + data + b"`\r\nend\r\nRegards")
    contact = reading(raw)
    assert names(contact) == ["scan.tif"]
    assert contact.text.split() == ["See", "the", "scan.", "Regards"]
    found = file_of(raw, 0)
    assert found is not None
    assert found[1] == b"scanned octets 0scanned octets 1scanned octets 2"


def test_words_that_only_begin_like_a_uuencoded_file_stay() -> None:
    body = b"begin 644 times\r\nand then end\r\n"
    assert "and then end" in reading(text("text/plain", body)).text


def picture(kind: str) -> bytes:
    octets = io.BytesIO()
    Image.new("RGB", (8, 8)).save(octets, kind)
    return octets.getvalue()


@pytest.mark.parametrize(
    ("octets", "kind"),
    [
        (picture("JPEG"), "image/jpeg"),
        (picture("PNG"), "image/png"),
        (picture("WEBP"), "image/webp"),
        (picture("TIFF"), "image/tiff"),
        (b"%PDF-1.7\n", "application/pdf"),
        (b"MZ\x90\x00", "application/x-msdownload"),
        (b"PK\x03\x04" + b"\x00" * 26 + b"word/document.xml", "vnd.openxmlformats-officedocument.wordprocessingml"),
        (b"PK\x03\x04" + b"\x00" * 26 + b"notes.txt", "application/zip"),
        (b"<html><script>alert(1)</script>", "text/html"),
        (b"a,b\n1,2\n", "text/plain"),
        (b"\x01\x02\xff\xfe\x00", "application/octet-stream"),
    ],
)
def test_a_files_kind_is_told_by_its_content_alone(octets: bytes, kind: str) -> None:
    message = EmailMessage()
    message["From"] = "anne@example.org"
    message.set_content("See the file.")
    message.add_attachment(octets, maintype="image", subtype="gif", filename="a.gif")
    raw = bytes(message)
    [attachment] = reading(raw).attachments
    assert kind in attachment.media_type
    assert file_of(raw, 0) == (attachment, octets)


@pytest.mark.parametrize(
    ("given_name", "safe"),
    [
        ('"../../etc/passwd"', "passwd"),
        ('"C:\\\\\\\\Users\\\\\\\\anne\\\\\\\\scan.pdf"', "scan.pdf"),
        ('"invoice\u202efdp.exe"', "invoicefdp.exe"),
        ('"' + "a" * 500 + '.pdf"', "a" * 146 + ".pdf"),
        ('"=?utf-8?q?caf=C3=A9.pdf?="', "café.pdf"),
        ('"a\x01b\x7f.pdf"', "a b .pdf"),
        ('".."', "unnamed.pdf"),
    ],
)
def test_a_files_name_is_made_harmless(given_name: str, safe: str) -> None:
    raw = multipart("mixed", f"Content-Disposition: attachment; filename={given_name}\r\n\r\n%PDF-1".encode())
    raw = raw.replace(b"Content-Disposition", b"Content-Type: application/pdf\r\nContent-Disposition")
    assert names(reading(raw)) == [safe]


def test_a_name_in_pieces_and_percents_is_read() -> None:
    name = b"attachment; filename*0*=UTF-8''caf%C3%A9; filename*1*=%20menu.pdf"
    raw = multipart("mixed", b"Content-Type: application/pdf\r\nContent-Disposition: " + name + b"\r\n\r\n%PDF-1")
    assert names(reading(raw)) == ["café menu.pdf"]


def test_each_file_is_found_again_by_its_number() -> None:
    files = [part("image/png", b"%d" % number, f"attachment; filename={number}.png") for number in range(5)]
    raw = multipart("mixed", part("text/plain", b"See."), *files)
    for attachment in reading(raw).attachments:
        assert file_of(raw, attachment.number) == (attachment, attachment.name[:1].encode())
    assert file_of(raw, 5) is file_of(raw, -1) is None


def test_more_files_than_are_listed_are_told() -> None:
    contact = reading(multipart("mixed", part("text/plain", b"See."), *[part("image/png", b"x")] * 120))
    assert len(contact.attachments) == 100
    assert "more than 100 files" in contact.trouble


def test_a_photo_alone_is_for_a_person_and_with_a_subject_it_says_enough() -> None:
    assert reading(text("image/png", b"x")).trouble == ""
    assert "no words" in reading(text("image/png", b"x").replace(b"Subject: Bins\r\n", b"")).trouble


def test_the_tag_of_our_own_address_is_taken_and_no_other() -> None:
    raw = HEAD + b"To: complaints+ab12@bettershire.gov.uk, other+xy@example.org\r\n\r\nHello"
    contact = reading(raw, recipients=("complaints+CD34@bettershire.gov.uk",))
    assert contact.tags == ("cd34", "ab12")


def test_a_sender_in_letters_beyond_ascii_is_read() -> None:
    raw = "From: Jürgen <jürgen@exämple.org>\r\nSubject: Müll\r\n\r\nHallo".encode()
    contact = reading(raw)
    assert (contact.person.name, contact.person.email, contact.subject) == (
        "Jürgen",
        "jürgen@xn--exmple-cua.org",
        "Müll",
    )


def manifest() -> list[dict[str, str]]:
    lines = (OTHERS_MAIL / "messages.jsonl").read_text().splitlines() if OTHERS_MAIL.is_dir() else []
    return [json.loads(line) for line in lines]


@pytest.mark.skipif(not OTHERS_MAIL.is_dir(), reason="left out: the mails of other projects' tests are not here")
def test_every_mail_of_other_projects_is_read_and_only_pieces_of_one_are_troublesome() -> None:
    troubled = []
    for entry in manifest():
        contact = reading((OTHERS_MAIL / entry["path"]).read_bytes())
        assert is_clean(contact), entry["path"]
        if contact.trouble:
            troubled.append((entry["path"], contact.trouble))
    assert all("one piece of a mail" in trouble for _, trouble in troubled), troubled
    assert len(troubled) == 5


def strings(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [found for inside in value.values() for found in strings(inside)]
    return [found for inside in value for found in strings(inside)] if isinstance(value, list | tuple) else []


_contact = TypeAdapter(Contact)


def is_clean(contact: Contact) -> bool:
    """Whether it survives as JSON, and holds no control characters and no half ones."""
    assert _contact.validate_json(_contact.dump_json(contact)) == contact
    written = "".join(strings(_contact.dump_python(contact)))
    return all(unicodedata.category(letter) not in ("Cc", "Cs") or letter == "\n" for letter in set(written))


REAL_LOOKING = [
    multipart("mixed", part("text/plain; charset=utf-8", b"The bin."), part("image/png", b"\x89PNG", "attachment")),
    multipart("alternative", part("text/plain", b"a"), part("text/html; charset=big5", b"<p>b<br>c</p>")),
    multipart("mixed", part("message/rfc822", FORWARDED), part("text/calendar", INVITATION)),
    multipart("report; report-type=delivery-status", part("message/delivery-status", b"Status: 5.1.1\r\n\r\nA: b\r\n")),
    outlook((0x800C, b"The bin.\x00"), (0x9002, b""), (0x800F, b"x"), (0x9003, b"\x01\x00\x00\x00\x1e\x00\x00\x10")),
    text("text/plain; format=flowed; delsp=yes", b"begin 644 a\r\n#0V%T\r\n`\r\nend\r\n> x \r\n> y\r\n-- \r\nz"),
    HEAD + b"Authentication-Results: mx.example; spf=pass; dkim=fail\r\nReferences: <a@b> <c@d>\r\n\r\nHi",
]


@settings(max_examples=150, deadline=None)
@given(raw=st.binary(max_size=3000))
@example(raw=b"From: \xff\x00=?utf-8?b?/////w==?=\nSubject: =?utf-16?b?2AA=?=\n\n\x00")
def test_reading_any_bytes_gives_clean_words(raw: bytes) -> None:
    assert is_clean(reading(raw, sender="\x00\udc80a@example.org"))


@settings(max_examples=300, deadline=None)
@given(data=st.data(), raw=st.sampled_from(REAL_LOOKING))
def test_reading_a_mail_with_bytes_changed_gives_clean_words(data: st.DataObject, raw: bytes) -> None:
    for _ in range(data.draw(st.integers(1, 6))):
        start = data.draw(st.integers(0, len(raw)))
        end = min(len(raw), start + data.draw(st.integers(0, 30)))
        raw = raw[:start] + data.draw(st.binary(max_size=20) | st.just(raw[start:end] * 3)) + raw[end:]
    assert is_clean(reading(raw))
    file_of(raw, 0)


HEADER_NAMES = st.sampled_from(
    "From To Cc Subject Date Message-ID References In-Reply-To Content-Type Content-Transfer-Encoding "
    "Content-Disposition Return-Path Auto-Submitted Received Authentication-Results List-Id Sender Reply-To".split()
)
HEADER_SOUP = st.text(
    alphabet="<>\"'()@,;:=?*%\\ \t\r\n._-+abQBqb09/\x00\x7f\u202eé中\U0001f600", max_size=200
) | st.sampled_from(
    ["=?utf-7?q?+2AA-?=", "=?utf-16-le?b?ANg=?=", "multipart/mixed; boundary=x", "text/plain; charset*=utf-7''a",
     "message/delivery-status", "text/html; charset=\"\x00\"", "=?x?b?====?=", "a*0*=%ff; a*1=b; boundary*=x''%00"]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(fields=st.lists(st.tuples(HEADER_NAMES, HEADER_SOUP), max_size=12), body=st.binary(max_size=100))
def test_reading_a_soup_of_headers_gives_clean_words(fields: list[tuple[str, str]], body: bytes) -> None:
    head = "".join(f"{name}: {value}\r\n" for name, value in fields).encode("utf-8", "replace")
    assert is_clean(reading(head + b"\r\n--x\r\n\r\n" + body))
