"""Our own look at who vouches for a sender: DKIM (RFC 6376), SPF (RFC 7208) and DMARC (RFC 7489), by DNS answers given.

For mail that reaches us without a server in front that checks. ``resolve`` is as in channels/senders/spf.py; the call
blocks for as long as its answers take.
"""

import logging
import re
from email import message_from_bytes

import dkim

from channels.senders import spf
from channels.senders.organisations import aligned, organisational_domain
from channels.senders.sender_checks import Result, judged, sole_from_domain
from channels.senders.spf import Resolve
from intake.contact import Proof, SenderCheck

MOST_SIGNATURES = 3
LONGEST_SIGNATURE = 4096
MOST_HEAD_LINES = 2000
LONGEST_KEY = 1200
"""Characters of a key record: 4,096 bits of RSA need about 740. A longer one costs seconds to try."""

MOST_BLANK_STEPS = 200_000_000
"""The DKIM library's time grows with the square of every run of blanks; this many steps take a second or two."""

_BLANKS = re.compile(rb"[ \t]{20,}")
_TAG = re.compile(r"([A-Za-z]{1,10})\s{0,5}=\s{0,5}([^;\s]{1,200})")
_SILENT = logging.getLogger(f"{__name__}.dkim")
_SILENT.disabled = True


def check_ourselves(
    raw: bytes, from_domain: str, client_address: str, envelope_sender: str, helo: str, resolve: Resolve
) -> SenderCheck:
    """What DKIM, SPF and DMARC say of a mail as it came. ``envelope_sender`` is empty for the null sender."""
    head = re.split(rb"\r?\n\r?\n", raw[:1_000_000], maxsplit=1)[0]
    if not from_domain or sole_from_domain(message_from_bytes(head)) != from_domain:
        return SenderCheck(Proof.FAILED, ("It has no single sender in From (RFC 7489 section 6.6.1)",))
    verdict, domain = spf.check(client_address, envelope_sender, helo, resolve)
    results = [*_dkim(raw, head, resolve), Result("spf", verdict, domain)]
    return judged(from_domain, [_dmarc(from_domain, results, resolve), *results])


def _dmarc(domain: str, results: list[Result], resolve: Resolve) -> Result:
    """RFC 7489 sections 6.6.2 and 6.6.3. Where an answer did not come nothing is known to have failed."""
    try:
        found = _record(domain, resolve)
    except OSError:
        return Result("dmarc", "temperror", domain)
    if found is None:
        return Result("dmarc", "none", domain)
    strict = {"dkim": found.get("adkim") == "s", "spf": found.get("aspf") == "s"}
    agreeing = [result for result in results if aligned(result.domain, domain, strict[result.method])]
    policy = found.get("p", "none")
    if any(result.verdict == "pass" for result in agreeing):
        return Result("dmarc", "pass", domain, policy)
    unsure = any(result.verdict == "temperror" for result in agreeing)
    return Result("dmarc", "temperror" if unsure else "fail", domain, policy)


def _record(domain: str, resolve: Resolve) -> dict[str, str] | None:
    """The tags of the domain's record, else of its organisation's, whose sp stands for p there."""
    organisation = organisational_domain(domain)
    for name in dict.fromkeys((domain, organisation)):
        texts = [text for text in resolve(f"_dmarc.{name}", "TXT") if text.replace(" ", "").startswith("v=DMARC1")]
        if len(texts) == 1:
            tags = {found[1].lower(): found[2].lower() for found in _TAG.finditer(texts[0][:1000])}
            return tags | ({"p": tags["sp"]} if "sp" in tags and name != domain else {})
    return None


def _dkim(raw: bytes, head: bytes, resolve: Resolve) -> list[Result]:
    blank_steps = sum(len(run.group()) ** 2 for run in _BLANKS.finditer(raw))
    if head.count(b"\n") > MOST_HEAD_LINES or blank_steps > MOST_BLANK_STEPS:
        return [Result("dkim", "policy")]
    try:
        mail = dkim.DKIM(raw, logger=_SILENT, minkey=1024)
    except dkim.DKIMException:
        return [Result("dkim", "permerror")]
    written = [value for name, value in mail.headers if name.lower() == b"dkim-signature"][:MOST_SIGNATURES]
    return [
        _signature(mail, number, resolve) for number, value in enumerate(written) if len(value) <= LONGEST_SIGNATURE
    ]


def _signature(mail: dkim.DKIM, number: int, resolve: Resolve) -> Result:
    """One signature. One that leaves the end of the body open (l=) or uses SHA-1 (RFC 8301) vouches for nothing."""
    late: list[OSError] = []

    def key(name: bytes, timeout: float = 0) -> bytes | None:
        try:
            texts = resolve(name.decode("ascii").rstrip("."), "TXT")
        except OSError as error:
            late.append(error)
            return None
        return texts[0].encode() if len(texts) == 1 and len(texts[0]) <= LONGEST_KEY else None

    mail.signature_fields = {}
    try:
        passed = bool(mail.verify(number, dnsfunc=key))
    except Exception:  # whatever a hostile signature does to the library, it has not passed
        passed = False
    fields = mail.signature_fields
    domain = fields.get(b"d", b"").decode("ascii", "replace").strip().lower()
    weak = b"l" in fields or not fields.get(b"a", b"").strip().endswith(b"sha256")
    verdict = "temperror" if late else "fail" if not passed else "policy" if weak else "pass"
    return Result("dkim", verdict, domain)
