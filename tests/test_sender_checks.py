"""Who vouches for a sender: only servers that we trust are believed, and our own look finds what was changed."""

import socket
import threading
from collections.abc import Callable, Iterator
from email import message_from_bytes, message_from_string
from pathlib import Path

import dkim
import dns.flags
import dns.message
import dns.rdatatype
import dns.rrset
import pytest

from channels.senders.dns_answers import dns_answers
from channels.senders.organisations import aligned, organisational_domain
from channels.senders.own_checks import check_ourselves
from channels.senders.sender_checks import sender_check
from intake.contact import Proof, SenderCheck
from tests.keys import NO_OPENSSL, dkim_record, private_key
from tests.living_house import free_port

TRUSTED = frozenset({"mx.council.example.net"})
RECEIVED = "Received: from out.example.org (out.example.org [192.0.2.5])\n by mx.council.example.net with ESMTPS; Mon"
HOP = "Received: from mx.council.example.net by store.council.example.net with LMTP; Mon"
PASS = (
    "Authentication-Results: mx.council.example.net;\n"
    " dmarc=pass (p=REJECT sp=NONE dis=NONE) header.from=example.org;\n"
    ' dkim=pass reason="2048-bit key" header.d=mail.example.org; spf=softfail smtp.mailfrom=bounce@other.example.com'
)
FAIL = "Authentication-Results: mx.council.example.net; dmarc=fail (p=none) header.from=example.org"


def checked(*lines: str, sender: str = "From: Ann <ann@example.org>", trusted: frozenset[str] = TRUSTED) -> SenderCheck:
    return sender_check(message_from_string("\n".join((*lines, sender)) + "\n\nThe bin was missed.\n"), trusted)


def test_results_of_the_trusted_server_are_told_in_words() -> None:
    assert checked(PASS, RECEIVED) == SenderCheck(
        Proof.PASSED,
        (
            "DMARC passed for example.org (policy reject)",
            "DKIM passed for mail.example.org",
            "SPF nearly failed for other.example.com",
        ),
    )


def test_results_above_a_hop_within_the_house_are_believed() -> None:
    assert checked(HOP, PASS, RECEIVED).proof is Proof.PASSED
    assert checked(PASS, HOP, RECEIVED).proof is Proof.PASSED


def test_forged_results_below_the_trusted_servers_line_are_not_believed() -> None:
    assert checked(RECEIVED, PASS) == SenderCheck()
    assert checked(HOP, RECEIVED, PASS) == SenderCheck()
    assert checked(FAIL, RECEIVED, PASS).proof is Proof.FAILED
    assert checked(HOP, FAIL, RECEIVED, PASS, RECEIVED, PASS).proof is Proof.FAILED


def test_forged_results_below_another_line_are_not_believed_though_no_line_names_the_trusted_server() -> None:
    odd = "Received: from out.example.org by gateway.internal; Mon"
    assert checked(odd, PASS).proof is Proof.UNKNOWN
    nothing = "Authentication-Results: mx.council.example.net; dmarc=none header.from=example.org"
    assert checked(nothing, odd, PASS, RECEIVED).proof is Proof.UNKNOWN


def test_results_under_anothers_name_are_not_believed() -> None:
    assert checked(PASS.replace("mx.council", "mx.evil"), RECEIVED) == SenderCheck()
    assert (
        checked(PASS.replace("mx.council.example.net", "mx.council.example.net.evil.example"), RECEIVED).results == ()
    )
    assert checked(PASS.replace("mx.council", "(mx.council.example.net;) mx.evil"), RECEIVED) == SenderCheck()


def test_without_a_trusted_server_nothing_is_known() -> None:
    assert checked(PASS, RECEIVED, trusted=frozenset()) == SenderCheck()


def test_google_writes_below_its_own_line_and_only_its_first_is_believed() -> None:
    google = PASS.replace("mx.council.example.net", "mx.google.com")
    by_google = "Received: from out.example.org by mx.google.com with ESMTPS; Mon"
    trusted = frozenset({"mx.google.com"})
    assert checked(by_google, google, trusted=trusted).proof is Proof.PASSED
    failed = FAIL.replace("mx.council.example.net", "mx.google.com")
    assert checked(by_google, failed, google, trusted=trusted).proof is Proof.FAILED
    assert checked(by_google, RECEIVED, google, trusted=trusted).proof is Proof.UNKNOWN


def test_microsoft_gives_no_name_and_is_believed_only_where_it_is_trusted() -> None:
    nameless = (
        "Authentication-Results: spf=pass (sender IP is 192.0.2.5) smtp.mailfrom=example.org;\n"
        " dkim=pass (signature was verified) header.d=example.org;dmarc=pass action=none\n header.from=example.org;"
    )
    by_microsoft = (
        "Received: from out.example.org by AB1.mail.protection.outlook.com (10.0.0.1) with Microsoft SMTP; Mon"
    )
    trusted = frozenset({"protection.outlook.com"})
    assert checked(HOP, nameless, by_microsoft, trusted=trusted).proof is Proof.PASSED
    assert checked(HOP, by_microsoft, nameless, trusted=trusted).proof is Proof.UNKNOWN
    assert checked(nameless, RECEIVED).proof is Proof.UNKNOWN


@pytest.mark.parametrize(
    ("results", "proof"),
    [
        ("dkim=pass header.d=example.org", Proof.PASSED),
        ("dkim=pass header.i=@mail.example.org", Proof.PASSED),
        ("dkim=pass header.d=example.com", Proof.UNKNOWN),
        ("spf=pass smtp.mailfrom=ann@example.org", Proof.PASSED),
        ("spf=pass smtp.helo=example.org", Proof.UNKNOWN),
        ("spf=pass smtp.mailfrom=example.com", Proof.UNKNOWN),
        ("dmarc=pass header.from=example.com", Proof.UNKNOWN),
        ("dmarc=fail header.from=example.org; dkim=pass header.d=example.org", Proof.FAILED),
        ("dmarc=none header.from=example.org; spf=fail smtp.mailfrom=example.org", Proof.UNKNOWN),
        ("dmarc=temperror header.from=example.org", Proof.UNKNOWN),
        ("none", Proof.UNKNOWN),
        ("arc=pass", Proof.UNKNOWN),
    ],
)
def test_a_pass_counts_only_for_the_senders_own_domain(results: str, proof: Proof) -> None:
    assert checked(f"Authentication-Results: mx.council.example.net 1; {results}", RECEIVED).proof is proof


def test_a_trusted_seal_saves_a_forwarded_mail_from_failing_but_proves_nothing() -> None:
    failed = FAIL + "; arc=pass (i=1)"
    seal = "ARC-Seal: i=1; a=rsa-sha256; cv=none; d=lists.example.com; s=1; b=x"
    assert checked(seal, failed, RECEIVED).proof is Proof.FAILED
    assert checked(seal, failed, RECEIVED, trusted=TRUSTED | {"lists.example.com"}).proof is Proof.UNKNOWN


@pytest.mark.parametrize(
    "sender",
    [
        "Subject: no sender",
        "From: ann@example.org\nFrom: bo@example.org",
        "From: ann@example.org, bo@example.com",
        "From: undisclosed",
    ],
)
def test_no_sender_or_more_than_one_fails(sender: str) -> None:
    assert checked(PASS, RECEIVED, sender=sender).proof is Proof.FAILED


def test_a_hostile_head_is_judged_without_an_error() -> None:
    for value in ("(" * 200_000, "dkim=" * 50_000, '"' * 200_000, "a;" * 100_000, "x = " * 50_000):
        assert checked(f"Authentication-Results: mx.council.example.net; {value}", RECEIVED).proof is Proof.UNKNOWN
    assert checked("Received: by " * 20_000, "Received: x\n" * 20_000 + PASS).proof is Proof.UNKNOWN


@pytest.mark.parametrize(
    ("domain", "organisation"),
    [
        ("mail.example.org", "example.org"),
        ("a.b.leeds.gov.uk", "leeds.gov.uk"),
        ("example.co.uk", "example.co.uk"),
        ("ward.trust.nhs.uk", "trust.nhs.uk"),
        ("mail.shop.com.au", "shop.com.au"),
        ("Example.ORG.", "example.org"),
    ],
)
def test_an_organisation_is_one_label_below_the_public_suffix(domain: str, organisation: str) -> None:
    assert organisational_domain(domain) == organisation


def test_neighbours_under_a_public_suffix_do_not_vouch_for_each_other() -> None:
    assert not aligned("evil.gov.uk", "leeds.gov.uk")
    assert not aligned("gov.uk", "leeds.gov.uk")
    assert not aligned("co.uk", "bank.co.uk")
    assert aligned("mail.leeds.gov.uk", "leeds.gov.uk")
    assert not aligned("mail.leeds.gov.uk", "leeds.gov.uk", strict=True)
    assert not aligned("", "")


# Our own look, with keys made here and a real name server on this machine.

MAIL = b"From: Ann <ann@example.org>\r\nTo: council@example.net\r\nSubject: Bin\r\n\r\nThe bin was missed.\r\n"
RECORDS = {
    "_dmarc.example.org.": "v=DMARC1; p=reject; adkim=r",
    "example.org.": "v=spf1 ip4:192.0.2.5 -all",
    "example.com.": "v=spf1 ip4:192.0.2.6 -all",
    "_dmarc.strict.example.edu.": "v=DMARC1; p=none; adkim=s; aspf=s",
}
Resolve = Callable[[str, str], list[str]]
Signed = Callable[..., bytes]


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return private_key(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="module")
def resolve(key: Path) -> Iterator[Resolve]:
    """A name server that knows our records and one key of three domains, and nothing else."""
    domains = ("example.org", "example.com", "example.edu")
    zone = RECORDS | {f"s1._domainkey.{domain}.": dkim_record(key) for domain in domains}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        port = free_port()
        server.bind(("127.0.0.1", port))
        serving = threading.Thread(target=_serve, args=(server, zone))
        serving.start()
        yield dns_answers(("127.0.0.1",), port)
        server.sendto(b"stop", ("127.0.0.1", port))
        serving.join()


def _serve(server: socket.socket, zone: dict[str, str]) -> None:
    while True:
        raw, client = server.recvfrom(4096)
        if raw == b"stop":
            return
        query = dns.message.from_wire(raw)
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.RA
        name = query.question[0].name.to_text()
        if name in zone and query.question[0].rdtype == dns.rdatatype.TXT:
            text = zone[name]
            strings = " ".join(f'"{text[start : start + 200]}"' for start in range(0, len(text), 200))
            answer.answer.append(dns.rrset.from_text(name, 60, "IN", "TXT", strings))
        server.sendto(answer.to_wire(), client)


@pytest.fixture(scope="module")
def signed(key: Path) -> Signed:
    """What signs a mail, by default as its sender's own domain does."""

    def sign(raw: bytes = MAIL, domain: bytes = b"example.org", **options: object) -> bytes:
        fields = [b"from", b"subject"]
        return bytes(dkim.sign(raw, b"s1", domain, key.read_bytes(), include_headers=fields, **options)) + raw

    return sign


def ours(raw: bytes, resolve: Resolve, client: str = "203.0.113.9", sender: str = "x@example.com") -> SenderCheck:
    return check_ourselves(raw, "example.org", client, sender, "mx.example.com", resolve)


@NO_OPENSSL
def test_a_mail_signed_by_its_senders_domain_passes(resolve: Resolve, signed: Signed) -> None:
    found = ours(signed(), resolve)
    assert found.proof is Proof.PASSED
    assert found.results[:2] == ("DMARC passed for example.org (policy reject)", "DKIM passed for example.org")


@NO_OPENSSL
def test_a_changed_body_a_changed_subject_and_a_second_from_fail(resolve: Resolve, signed: Signed) -> None:
    raw = signed()
    assert ours(raw.replace(b"missed", b"burned"), resolve).proof is Proof.FAILED
    assert ours(raw.replace(b"Subject: Bin", b"Subject: Bank"), resolve).proof is Proof.FAILED
    assert ours(b"From: ann@example.org\r\n" + raw, resolve).proof is Proof.FAILED


@NO_OPENSSL
def test_words_added_behind_a_signature_that_leaves_the_end_open_do_not_pass(resolve: Resolve, signed: Signed) -> None:
    assert ours(signed(length=True) + b"Pay here.\r\n", resolve).proof is Proof.FAILED


@NO_OPENSSL
def test_a_signature_of_another_domain_does_not_vouch(resolve: Resolve, signed: Signed) -> None:
    found = ours(signed(domain=b"example.com"), resolve)
    assert found.proof is Proof.FAILED
    assert "DKIM passed for example.com, which is not the sender's domain" in found.results


@NO_OPENSSL
def test_an_unsigned_mail_passes_by_spf_from_its_own_servers_alone(resolve: Resolve) -> None:
    assert ours(MAIL, resolve, "192.0.2.5", "ann@example.org").proof is Proof.PASSED
    assert ours(MAIL, resolve, "192.0.2.6", "ann@example.org").proof is Proof.FAILED
    assert ours(MAIL, resolve, "192.0.2.6", "evil@example.com").proof is Proof.FAILED


@NO_OPENSSL
def test_strict_alignment_wants_the_very_same_domain(resolve: Resolve, signed: Signed) -> None:
    raw = signed(MAIL.replace(b"ann@example.org", b"ann@strict.example.edu"), domain=b"example.edu")
    found = check_ourselves(raw, "strict.example.edu", "192.0.2.9", "", "", resolve)
    assert found.proof is Proof.FAILED
    assert "DKIM passed for example.edu" in found.results


@NO_OPENSSL
def test_a_domain_without_a_dmarc_record_is_unknown_unless_something_vouches(resolve: Resolve, signed: Signed) -> None:
    raw = MAIL.replace(b"ann@example.org", b"ann@example.com")

    def judge(body: bytes) -> Proof:
        return check_ourselves(body, "example.com", "203.0.113.9", "", "", resolve).proof

    assert judge(raw) is Proof.UNKNOWN
    assert judge(signed(raw, domain=b"example.com")) is Proof.PASSED


@NO_OPENSSL
def test_without_an_answer_nothing_has_failed(signed: Signed) -> None:
    def late(name: str, kind: str) -> list[str]:
        raise OSError("no answer")

    assert ours(signed(), late).proof is Proof.UNKNOWN
    keyless = {"_dmarc.example.org": "v=DMARC1; p=reject"}

    def only_dmarc(name: str, kind: str) -> list[str]:
        return [keyless[name]] if name in keyless else late(name, kind)

    assert ours(signed(), only_dmarc).proof is Proof.UNKNOWN


def test_a_name_server_that_is_not_there_is_no_answer_and_not_an_empty_one() -> None:
    with pytest.raises(OSError, match=r"LifetimeTimeout|NoNameservers"):
        dns_answers(("127.0.0.1",), free_port())("example.org", "TXT")


@pytest.mark.parametrize(
    "raw",
    [
        b"DKIM-Signature: " + b"v=1; " * 100_000 + b"\r\n" + MAIL,
        b"DKIM-Signature: v=1; a=rsa-sha256; d=example.org; s=s1; h=" + b"from:" * 500 + b"; b=x; bh=x\r\n" + MAIL,
        b"DKIM-Signature: x\r\n" * 1000 + MAIL,
        b"X: y\r\n" * 100_000 + MAIL,
        b"DKIM-Signature: v=1; b=" + b" " * 900 + b"!\r\n" + MAIL,
    ],
    ids=range(5),
)
@NO_OPENSSL
def test_a_hostile_signature_ends_and_does_not_pass(raw: bytes, resolve: Resolve) -> None:
    assert ours(raw, resolve).proof is not Proof.PASSED


@NO_OPENSSL
@pytest.mark.parametrize("tail", [b" " * 5_000_000, (b" " * 1999 + b"x") * 2000], ids=["one run", "many runs"])
def test_blanks_behind_a_signature_are_not_counted_out(tail: bytes, resolve: Resolve, signed: Signed) -> None:
    assert "DKIM does not count" in ours(signed() + tail, resolve).results


@NO_OPENSSL
def test_the_head_that_we_read_is_the_one_that_was_signed(resolve: Resolve, signed: Signed) -> None:
    raw = signed()
    assert message_from_bytes(raw)["From"] == "Ann <ann@example.org>"
    assert check_ourselves(raw, "example.com", "192.0.2.6", "x@example.com", "", resolve).proof is Proof.FAILED
