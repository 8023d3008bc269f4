"""The parts of reading a mailbox: its address, a mail's envelope, and what is asked of a server that gives nothing."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.email_receiver import fingerprint
from channels.imap.address import imap_address, imap_addresses
from channels.imap.fetched_mail import Fetched, kept_of
from channels.imap.fetching import TRIES, Fetcher, NotGiven
from channels.imap.session import in_words
from config.settings import Settings
from config.wiring import build
from intake.contact import Kept
from intake.errors import WrongSetting

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
OWN = ("complaints@bettershire.gov.uk", "housing@bettershire.gov.uk")


def test_an_address_says_all_that_opening_a_mailbox_takes() -> None:
    address = imap_address("imaps://us%40er:se%3Acret@mail.example.org/Shared%20Box?move_to=Archive%2FRead")
    assert (address.host, address.port, address.tls, address.starttls) == ("mail.example.org", 993, True, False)
    assert (address.user, address.password, address.folder) == ("us@er", "se:cret", "Shared Box")
    assert (address.move_to, address.oauth2) == ("Archive/Read", False)
    assert "se:cret" not in address.name + repr(address)


@pytest.mark.parametrize(
    ("start", "port", "tls", "starttls"),
    [
        ("imaps://a:b@h", 993, True, False),
        ("imaps://a:b@h?starttls=yes", 143, False, True),
        ("imap://a:b@h", 143, False, True),
        ("imap://a:b@h:1143?starttls=no", 1143, False, False),
    ],
)
def test_only_an_address_that_says_so_does_without_encryption(start: str, port: int, tls: bool, starttls: bool) -> None:
    address = imap_address(start)
    assert (address.port, address.tls, address.starttls, address.folder) == (port, tls, starttls, "INBOX")


def test_several_mailboxes_are_separated_by_spaces_and_one_with_oauth2_needs_no_password() -> None:
    first, second = imap_addresses(" imaps://a:b@h/INBOX  imaps://c@h/INBOX?auth=oauth2 ")
    assert (first.user, second.user, second.oauth2, second.password) == ("a", "c", True, "")
    assert imap_addresses("") == ()


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("smtp://a:hidden@h", "begin with imaps"),
        ("imaps://a:hidden@", "no host"),
        ("imaps://a@h", "user:password"),
        ("imaps://a:hidden@h?starttls=maybe", "starttls"),
        ("imaps://a:hidden@h?auth=ntlm", "auth"),
        ("imaps://a:hidden@h?moveto=Archive", "move_to"),
        ("imaps://a:hidden@h:99999/INBOX", "port"),
    ],
)
def test_a_wrong_address_stops_the_start_and_tells_why_without_its_password(url: str, why: str, tmp_path) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(WrongSetting, match="RIGHTDOOR_IMAP_URL") as raised:
        build(Settings(data=tmp_path, imap_url=url))
    assert why in str(raised.value)
    assert "hidden" not in str(raised.value)


def kept(head: str, note: str = "", uid: int = 1, body: bytes = b"Hello") -> Kept:
    raw = head.replace("\n", "\r\n").encode("utf-8", "surrogateescape") + b"\r\n\r\n" + body
    return kept_of(Fetched(uid, len(raw), raw, note), "box 1", OWN, NOW)


@pytest.mark.parametrize(
    ("head", "sender"),
    [
        ("Return-Path: <anne@example.org>\nFrom: Other <other@example.org>", "anne@example.org"),
        ("Return-Path: <>\nFrom: mailer-daemon@example.org", ""),
        ("From: Anne <anne@example.org>", "anne@example.org"),
        ("Return-Path: <j\xfcrgen@b\xfccher.example>\nFrom: anne@example.org", "j\xfcrgen@b\xfccher.example"),
        ("Return-Path: <j\udcfcrgen@example.org>\nFrom: anne@example.org", "anne@example.org"),
        ("Return-Path: <last@example.org>\nReturn-Path: <first@example.org>", "last@example.org"),
        ("Subject: nobody", "unknown"),
    ],
)
def test_the_envelopes_sender_is_what_the_last_server_wrote(head: str, sender: str) -> None:
    assert kept(head).sender == sender


@pytest.mark.parametrize(
    ("head", "recipients"),
    [
        (
            "Delivered-To: housing+k7@bettershire.gov.uk\nTo: complaints@bettershire.gov.uk",
            ("housing+k7@bettershire.gov.uk",),
        ),
        ("X-Original-To: Housing@Bettershire.gov.uk", ("Housing@Bettershire.gov.uk",)),
        (
            "Delivered-To: store7@mail.example.net\nTo: C <complaints+a@bettershire.gov.uk>, x@y.org",
            ("complaints+a@bettershire.gov.uk",),
        ),
        ("To: friends@example.org\nCc: housing@bettershire.gov.uk", ("housing@bettershire.gov.uk",)),
        ("To: undisclosed-recipients:;", (OWN[0],)),
    ],
)
def test_the_recipients_are_ours_with_their_tags(head: str, recipients: tuple[str, ...]) -> None:
    assert kept(head).recipients == recipients


@pytest.mark.parametrize(
    "head", ["To: " + "," * 500_000, "To: " + "a" * 1_000_000, "Delivered-To: " + "a@b " * 250_000]
)
def test_a_header_made_to_slow_us_down_is_cut(head: str) -> None:
    assert kept(head).recipients == (OWN[0],)


@given(raw=st.binary(max_size=2000))
def test_any_octets_become_a_message_to_keep(raw: bytes) -> None:
    assert kept_of(Fetched(1, len(raw), raw), "box 1", OWN, NOW).raw == raw
    assert kept_of(Fetched(1, len(raw), b"To: " + raw), "box 1", OWN, NOW).recipients


def test_a_whole_mail_has_the_fingerprint_that_smtp_gives_it_and_a_part_has_its_own() -> None:
    whole, part = kept("From: a@example.org"), kept("From: a@example.org", note="only its beginning")
    assert whole.fingerprint == f"mail:{fingerprint(whole.raw)}"
    assert part.fingerprint != whole.fingerprint
    empty = [kept_of(Fetched(uid, 0, b"", "nothing"), "box 1", OWN, NOW).fingerprint for uid in (1, 2)]
    assert len({*empty, part.fingerprint}) == 3
    assert all(len(one) <= 80 for one in (whole.fingerprint, *empty))


class Withholding:
    """A server that lists some mails and gives only a few of them, as one did whose connection had been cut."""

    def __init__(self, gives: set[int], lists: set[int]) -> None:
        self.gives, self.lists, self.asked = gives, lists, 0

    def sizes(self, uids: list[int]) -> dict[int, int]:
        return {uid: 10 for uid in uids if uid in self.gives}

    def bodies(self, uids: list[int]) -> dict[int, bytes]:
        self.asked += 1
        return {uid: b"x" for uid in uids if uid in self.gives}

    def has(self, uid: int) -> bool:
        return uid in self.lists

    def envelope(self, uid: int) -> None:
        return None


def fetch_all(fetcher: Fetcher, session: Withholding, uids: list[int]) -> list[Fetched]:
    return [one for batch in fetcher.batches(session, uids) for one in fetcher.fetch(session, batch)]  # type: ignore[arg-type]


def test_an_empty_answer_is_asked_again_and_a_mail_is_passed_over_only_when_it_is_gone() -> None:
    session = Withholding({1, 3}, {1, 3})
    assert [one.uid for one in fetch_all(Fetcher("INBOX"), session, [1, 2, 3])] == [1, 3]
    session.lists.add(2)
    with pytest.raises(NotGiven):
        fetch_all(Fetcher("INBOX"), session, [1, 2, 3])


def test_a_mail_that_is_listed_and_never_given_is_kept_as_a_note_after_three_tries() -> None:
    session, fetcher = Withholding(set(), {7}), Fetcher("INBOX")
    for _ in range(TRIES):
        with pytest.raises(NotGiven):
            fetch_all(fetcher, session, [7])
    (fetched,) = fetch_all(fetcher, session, [7])
    assert (fetched.raw, session.asked) == (b"", TRIES)
    assert "UID 7" in fetched.note


@pytest.mark.parametrize(
    "error", [OSError(5, "pass!word"), ValueError("pass!word"), TimeoutError(), RuntimeError(b"\xff", {"a": 1})]
)
def test_an_error_in_words_holds_no_password(error: Exception) -> None:
    words = in_words(error, "pass!word")
    assert words
    assert "pass!word" not in words
