"""Mail that goes out: readable by everybody, threaded, signed, without headers or links that somebody slipped in."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, default
from html.parser import HTMLParser
from pathlib import Path

import dkim
import pytest

from channels.email_sender import FolderSender, Letterhead, RelaySender, as_bytes, compose, deliverable
from channels.sending.dkim_signing import load_signature, numbers_of
from channels.sending.smtp_relay import Patience, Relay
from intake.contact import Reply
from intake.errors import CannotBeSent, EndedUnclear, NotSentYet, WrongSetting
from intake.threads import bounce_address, reply_address
from tests.keys import NO_OPENSSL, certificate, dkim_record, private_key
from tests.relay_server import RelayServer, relay_server

MAILBOX = "complaints@bettershire.gov.uk"
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
LETTERHEAD = Letterhead("Bettershire Council", MAILBOX, frozenset({"www.bettershire.gov.uk"}))
BODY = """Dear Anne

We have your complaint. See https://www.bettershire.gov.uk/complaints.

# What happens next
* we read it
* we answer by 14 December 2026
"""
REPLY = Reply("ab" * 16, "c1", "unsure", "anne@example.org", "We have your complaint", BODY)
INJECTION = "=?utf-8?q?a=0d=0aBcc:_victim@example.org?="


def wire(reply: Reply = REPLY, letterhead: Letterhead = LETTERHEAD) -> bytes:
    return as_bytes(compose(reply, letterhead, NOW))


def received(reply: Reply = REPLY, letterhead: Letterhead = LETTERHEAD) -> EmailMessage:
    """The mail as its receiver's program reads it."""
    message = message_from_bytes(wire(reply, letterhead), policy=default)
    assert isinstance(message, EmailMessage)
    return message


def part(message: EmailMessage, kind: str) -> str:
    found = message.get_body((kind,))
    assert found is not None
    return str(found.get_content())


class Page(HTMLParser):
    """Which elements and attributes a page has, and what is said in its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.said = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attributes

    def handle_data(self, data: str) -> None:
        self.said += data


def test_a_letter_is_plain_text_first_and_then_html() -> None:
    message = received()
    assert message.get_content_type() == "multipart/alternative"
    assert [inner.get_content_type() for inner in message.iter_parts()] == ["text/plain", "text/html"]
    assert "What happens next\n-----------------\n* we read it" in part(message, "plain").replace("\r\n", "\n")


def test_the_html_has_a_language_a_title_headings_lists_and_nothing_from_elsewhere() -> None:
    page = Page(part(received(), "html"))
    assert ("lang", "en-GB") in page.attributes
    assert [tag for tag in page.tags if tag in ("title", "h1", "h2", "ul", "li", "p", "a")] == (
        ["title", "h1", "p", "p", "a", "h2", "ul", "li", "li"]
    )
    assert not {"img", "script", "link", "iframe", "form", "object", "table"}.intersection(page.tags)
    assert not [value for name, value in page.attributes if name in ("src", "background")]
    assert page.said.count("We have your complaint") == 3  # the title, the heading, and the letter's own words


def test_what_somebody_wrote_stays_words() -> None:
    body = 'You wrote: <script>alert(1)</script> "quoted" & <img src=x onerror=alert(1)> javascript:alert(1)\n'
    page = Page(part(received(replace(REPLY, subject="<b>bold</b>", body=body)), "html"))
    assert not {"script", "img", "b", "a"}.intersection(page.tags)
    assert "<script>alert(1)</script>" in page.said


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/pay",
        "http://www.bettershire.gov.uk/pay",
        "https://www.bettershire.gov.uk.evil.example/",
        "https://www.bettershire.gov.uk@evil.example/",
        "https://www.bettershire.gov.uk:pass@evil.example/",
        "https://evil.example\\www.bettershire.gov.uk",
    ],
)
def test_only_https_addresses_of_the_councils_own_pack_become_links(address: str) -> None:
    page = Page(part(received(replace(REPLY, body=f"See {address} and https://WWW.bettershire.gov.uk/x.\n")), "html"))
    assert [value for name, value in page.attributes if name == "href"] == ["https://WWW.bettershire.gov.uk/x"]


def test_a_letter_says_whom_it_is_from_and_where_answers_go() -> None:
    message = received(replace(REPLY, reply_to=reply_address(MAILBOX, "c1")))
    assert message["From"].addresses == (Address("Bettershire Council", addr_spec=MAILBOX),)
    assert message["Reply-To"] == "complaints+cc1@bettershire.gov.uk"
    assert message["Content-Language"] == "en-GB"
    assert "List-Unsubscribe" not in message


def test_without_tags_answers_and_bounces_go_to_the_mailbox_itself() -> None:
    untagged = replace(LETTERHEAD, tags=False)
    reply = replace(REPLY, reply_to=reply_address(MAILBOX, "c1"))
    assert "Reply-To" not in received(reply, untagged)
    assert untagged.envelope(reply).sender == MAILBOX
    assert LETTERHEAD.envelope(reply).sender == bounce_address(MAILBOX, REPLY.id)


def test_the_sender_that_bounces_come_to_fits_any_mail_server() -> None:
    local = LETTERHEAD.envelope(REPLY).sender.partition("@")[0]
    assert len(local) <= 64


def test_an_answer_is_threaded_and_a_report_of_failure_is_not_suppressed() -> None:
    message = received(replace(REPLY, in_reply_to="b@x", references=("a@x", "b@x")))
    assert (message["In-Reply-To"], message["References"]) == ("<b@x>", "<a@x> <b@x>")
    assert message["Auto-Submitted"] == "auto-replied"
    assert received()["Auto-Submitted"] == "auto-generated"
    assert "NDR" not in message["X-Auto-Response-Suppress"].replace(" ", "").split(",")


def test_names_and_words_in_any_language_arrive_as_they_were_written() -> None:
    name, subject = "Cyngor Sir Tîm Cŵyn", "Ödenmemiş şikâyet: 投诉 – жалоба 🏠 " * 5
    message = received(replace(REPLY, subject=subject, body="Shwmae 🏠 投诉\n"), Letterhead(name, MAILBOX))
    assert message["From"].addresses[0].display_name == name
    assert message["Subject"] == subject.strip()
    assert "Shwmae 🏠 投诉" in part(message, "plain")
    assert "Shwmae 🏠 投诉" in part(message, "html")
    raw = wire(replace(REPLY, subject=subject), Letterhead(name, MAILBOX))
    assert raw.isascii()


def test_no_line_is_longer_than_mail_servers_take() -> None:
    long = replace(REPLY, subject="é" * 5000, body="word " * 5000 + "x" * 20_000 + "\n", references=("r" * 250,) * 50)
    raw = wire(long)
    assert max(len(line) for line in raw.split(b"\r\n")) < 998
    assert b"\n" not in raw.replace(b"\r\n", b"")


def test_a_letter_sent_twice_is_the_same_octet_for_octet() -> None:
    assert wire() == wire()


@pytest.mark.parametrize("place", ["subject", "in_reply_to", "references", "to", "reply_to", "body"])
@pytest.mark.parametrize(
    "bomb", [INJECTION, f"={INJECTION}", "a\r\nBcc: victim@example.org", "a\nBcc: v@x", "a\rBcc: v"]
)
def test_nobody_can_write_a_header_of_ours(place: str, bomb: str) -> None:
    values = {"references": (bomb, "ok@x")} if place == "references" else {place: bomb}
    try:
        raw = wire(replace(REPLY, **values))
    except CannotBeSent:
        assert place in ("to", "reply_to")
        return
    head = raw.partition(b"\r\n\r\n")[0]
    assert b"\nbcc" not in head.lower().replace(b"\r", b"\n")
    assert {name.lower() for name in message_from_bytes(raw)} <= {
        "from", "to", "subject", "date", "message-id", "auto-submitted", "x-auto-response-suppress", "in-reply-to",
        "references", "content-language", "mime-version", "content-type",
    }  # fmt: skip


def test_a_council_name_writes_no_header_either() -> None:
    message = received(letterhead=Letterhead(INJECTION, MAILBOX))
    assert "Bcc" not in message
    assert message["From"].addresses[0].addr_spec == MAILBOX


@pytest.mark.parametrize("inner", [False, True])
def test_a_header_that_was_slipped_in_all_the_same_stops_the_mail(inner: bool) -> None:
    """On Pythons without the fix of CVE-2024-6923 the raw subject becomes two headers; on others it stays one."""
    message = EmailMessage(policy=SMTP.clone(max_line_length=998))
    message["From"] = MAILBOX
    message.set_content("Hello")
    message.add_alternative("<p>Hello</p>", subtype="html")
    bombed = next(message.iter_parts()) if inner else message
    assert isinstance(bombed, EmailMessage)
    raw = message_from_bytes(f"Subject: {INJECTION}\n\n".encode())
    bombed["Subject"] = "Re: " + raw["Subject"]
    try:
        written = as_bytes(message)
    except CannotBeSent:
        return
    assert b"\r\nBcc:" not in written


async def sent(relay: RelayServer, reply: Reply = REPLY, **sender: object) -> str:
    letterhead, clock = LETTERHEAD, lambda: NOW
    return await RelaySender(Relay.of(relay.url), letterhead, clock, **sender).send(reply)  # type: ignore[arg-type]


async def test_a_relay_that_offers_dsn_is_asked_for_a_report_that_names_the_letter() -> None:
    async with relay_server(RelayServer(offers_dsn=True)) as relay:
        await sent(relay, replace(REPLY, to="anne+home@example.org"))
    (taken,) = relay.took
    assert taken.sender == bounce_address(MAILBOX, REPLY.id)
    assert taken.options == {
        "RET": "HDRS",
        "ENVID": REPLY.id.upper(),  # the server writes parameters in capitals
        "NOTIFY": "FAILURE,DELAY",
        "ORCPT": "RFC822;ANNE+2BHOME@EXAMPLE.ORG",
    }


async def test_a_relay_that_offers_no_dsn_is_not_asked_for_it() -> None:
    async with relay_server(RelayServer()) as relay:
        await sent(relay)
    assert relay.took[0].options == {}


async def test_an_address_beyond_ascii_goes_out_where_the_relay_offers_it() -> None:
    async with relay_server(RelayServer(offers_utf8=True, offers_dsn=True)) as relay:
        await sent(relay, replace(REPLY, to="zoë@example.org", subject="Zoë"))
    assert relay.took[0].recipients == ["zoë@example.org"]
    assert "To: zoë@example.org\r\n".encode() in relay.took[0].raw


async def test_an_address_beyond_ascii_is_refused_in_words_where_the_relay_does_not_offer_it() -> None:
    async with relay_server(RelayServer()) as relay:
        with pytest.raises(CannotBeSent, match="does not offer SMTPUTF8"):
            await sent(relay, replace(REPLY, to="zoë@example.org"))
    assert relay.took == []


async def test_a_domain_beyond_ascii_needs_nothing_of_the_relay() -> None:
    async with relay_server(RelayServer()) as relay:
        await sent(relay, replace(REPLY, to="anne@bücher.example"))
    assert relay.took[0].recipients == ["anne@xn--bcher-kva.example"]


def test_a_letter_goes_to_the_domain_that_was_written_and_to_none_that_is_spelt_like_it() -> None:
    assert deliverable("anne@straße.example") == "anne@xn--strae-oqa.example"
    assert deliverable("anne@ｅxample.org") == "anne@example.org"


@pytest.mark.parametrize("address", ["anne@ex＠ample.org", "anne@ex＜ample.org", f"a@{'ü' * 70}.org", "a@bü..org"])
def test_what_no_domain_may_hold_is_not_written_to(address: str) -> None:
    with pytest.raises(CannotBeSent):
        deliverable(address)


@pytest.mark.parametrize("address", ["", "anne", "@x", "a b@x.org", "a@x.org,b@x.org", "a@x\r\nRCPT TO:<b@x>", "<a@x>"])
def test_what_is_no_single_plain_address_is_not_written_to(address: str) -> None:
    with pytest.raises(CannotBeSent):
        compose(replace(REPLY, to=address), LETTERHEAD, NOW)


async def test_a_refused_recipient_is_told_with_the_relays_words() -> None:
    async with relay_server(RelayServer(recipient_says="550 5.1.1 Nobody of that name")) as relay:
        with pytest.raises(CannotBeSent, match="Nobody of that name"):
            await sent(relay)


async def test_a_relay_that_hangs_up_after_the_mail_leaves_it_unclear() -> None:
    async with relay_server(RelayServer(drops_after_data=True)) as relay:
        with pytest.raises(EndedUnclear):
            await sent(relay)
    assert len(relay.took) == 1


async def test_an_answer_that_means_nothing_leaves_it_unclear() -> None:
    async with relay_server(RelayServer(says="Thanks, I suppose")) as relay:
        with pytest.raises(EndedUnclear, match="Thanks"):
            await sent(relay)


async def test_a_relay_that_never_greets_is_given_up_in_time() -> None:
    server = await asyncio.get_running_loop().create_server(asyncio.Protocol, "127.0.0.1", 0)
    url = f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    with pytest.raises(NotSentYet) as failed:
        await RelaySender(Relay.of(url), LETTERHEAD, lambda: NOW, patience=Patience(command=0.1)).send(REPLY)
    assert not isinstance(failed.value, EndedUnclear)
    server.close()


async def test_a_name_that_nobody_knows_is_tried_again_later() -> None:
    with pytest.raises(NotSentYet, match="find the server's address"):
        await RelaySender(Relay.of("smtp://relay.invalid"), LETTERHEAD, lambda: NOW).send(REPLY)


@NO_OPENSSL
async def test_a_certificate_that_nobody_trusts_stops_before_anything_is_said(tmp_path: Path) -> None:
    async with relay_server(RelayServer(certificate=certificate(tmp_path))) as relay:
        with pytest.raises(NotSentYet, match="encrypt the connection"):
            await sent(relay)
    assert relay.took == []


async def test_the_sender_signs_in_where_the_address_says_so() -> None:
    async with relay_server(RelayServer(wants=("rightdoor", "s:cret"))) as relay:
        url = relay.url.replace("//", "//rightdoor:s%3Acret@")
        await RelaySender(Relay.of(url), LETTERHEAD, lambda: NOW).send(REPLY)
        with pytest.raises(NotSentYet, match="535"):
            await RelaySender(Relay.of(url.replace("cret", "wrong")), LETTERHEAD, lambda: NOW).send(REPLY)
    assert len(relay.took) == 1
    assert "s:cret" not in repr(Relay.of(url))


@NO_OPENSSL
async def test_a_signed_mail_verifies_with_the_public_key_as_it_arrives(tmp_path: Path) -> None:
    key = private_key(tmp_path)
    signature = load_signature(key, "rd2026", "bettershire.gov.uk")
    async with relay_server(RelayServer()) as relay:
        await sent(relay, replace(REPLY, subject="Zoë", body="é" * 300 + "\n"), signature=signature)
    raw = relay.took[0].raw
    asked: list[bytes] = []

    def record(name: bytes, timeout: int = 5) -> str:
        asked.append(name)
        return dkim_record(key)

    assert dkim.verify(raw, dnsfunc=record)
    assert asked == [b"rd2026._domainkey.bettershire.gov.uk."]
    for slipped_in in (b"From: evil@example.org\r\n", b"Subject: evil\r\n", b"Reply-To: evil@example.org\r\n"):
        assert not dkim.verify(slipped_in + raw, dnsfunc=record)
    assert not dkim.verify(raw.replace(b"=C3=A9", b"=C3=A8", 1), dnsfunc=record)
    assert b"a=rsa-sha256" in raw
    assert b"c=relaxed/relaxed" in raw


@NO_OPENSSL
def test_the_key_and_its_record_are_told_to_belong_together(tmp_path: Path) -> None:
    ours = load_signature(private_key(tmp_path), "rd", "example.org")
    other = private_key(tmp_path, 1024)
    assert ours.numbers == numbers_of(dkim_record(tmp_path / "dkim-2048.pem").partition("p=")[2])
    assert ours.numbers != numbers_of(dkim_record(other).partition("p=")[2])


@pytest.mark.parametrize(
    "content", [None, b"", b"not a key", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"]
)
def test_a_file_that_is_no_key_is_told_by_the_settings_name(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "key.pem"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(WrongSetting, match="RIGHTDOOR_DKIM_KEY"):
        load_signature(path, "rd", "example.org")


@NO_OPENSSL
def test_a_key_too_short_to_prove_anything_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WrongSetting, match="512 bits"):
        load_signature(private_key(tmp_path, 512), "rd", "example.org")


@pytest.mark.parametrize("selector", ["", "a b", "a;b", "a..b", "a\nb"])
def test_a_selector_that_is_none_is_told_by_the_settings_name(tmp_path: Path, selector: str) -> None:
    with pytest.raises(WrongSetting, match="RIGHTDOOR_DKIM_SELECTOR"):
        load_signature(tmp_path / "key.pem", selector, "example.org")


async def test_a_folder_holds_a_mail_sent_twice_once(tmp_path: Path) -> None:
    sender = FolderSender(tmp_path / "sent", LETTERHEAD, lambda: NOW)
    assert await sender.send(REPLY) == await sender.send(REPLY) == f"written to {REPLY.id}.eml"
    (file,) = (tmp_path / "sent").iterdir()
    assert file.read_bytes() == wire()
