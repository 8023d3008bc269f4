"""Who vouches for a sender: what our own mail servers found (RFC 8601), read so that nobody else can speak for them.

Believed are only results that carry the name of a server we trust and stand where only that server can have written:
above the Received line that it wrote itself. Whatever a sender has put into his mail stands below that line.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from itertools import islice, takewhile

from channels.reading.headers import LONGEST_HEADER, addresses, raw_header
from channels.senders.organisations import aligned
from intake.addresses import in_ascii
from intake.contact import Proof, SenderCheck

MOST_HEADERS = 200
MOST_RESULTS = 20
BELOW_THEIR_RECEIVED = frozenset({"mx.google.com"})
"""Servers that write their results below their own Received line. They remove any that come under their name."""

NAMELESS = "protection.outlook.com"
"""Microsoft 365 leaves its name out of its results: with this one trusted, a result without a name is its own."""

_BY = re.compile(r"(?:^|\s)by\s{1,20}\[?([A-Za-z0-9.:_-]{1,253})", re.IGNORECASE)
_PAIR = re.compile(r"([A-Za-z][\w.-]{0,60})\s{0,5}=\s{0,5}((?:\"(?:[^\"\\]|\\.){0,400}\"|[^\s;\"]){1,300})")
"""The whole of a value counts: "a@one.example"@other.example is of other.example."""
_POLICY = re.compile(r"\bp=([A-Za-z]{4,10})\b", re.IGNORECASE)
_WORD = re.compile(r"[^\s;]{1,255}")
_VERBS = {
    "pass": "passed",
    "fail": "failed",
    "softfail": "nearly failed",
    "neutral": "takes no side",
    "none": "found nothing",
    "policy": "does not count",
    "temperror": "got no answer",
    "permerror": "found a wrong record",
}
_METHODS = ("dmarc", "dkim", "spf", "arc")


@dataclass(frozen=True)
class Result:
    """One finding: ``method`` (dmarc, dkim, spf, arc), ``verdict`` (pass, fail, none ...), whose, the policy asked."""

    method: str
    verdict: str
    domain: str = ""
    policy: str = ""


def sender_check(message: Message, trusted: frozenset[str]) -> SenderCheck:
    """What the servers in ``trusted`` (the names they sign their results with, lower case) say of the From."""
    domain = sole_from_domain(message)
    if not domain:
        return SenderCheck(Proof.FAILED, ("It has no single sender in From (RFC 7489 section 6.6.1)",))
    if not trusted:
        return SenderCheck()
    results = [result for written in _zone(message, trusted) for result in _results(written)][:MOST_RESULTS]
    return judged(domain, results, _sealer(message) in trusted)


def judged(domain: str, results: list[Result], sealed_by_trusted: bool = False) -> SenderCheck:
    """The verdict on a From of ``domain``. A DMARC that fails outweighs what passes beside it."""
    lines = tuple(_line(result, domain) for result in results)
    dmarc = [result.verdict for result in results if result.method == "dmarc" and aligned(result.domain, domain)]
    if "fail" in dmarc:
        arc = any(result.method == "arc" and result.verdict == "pass" for result in results)
        return SenderCheck(Proof.UNKNOWN if arc and sealed_by_trusted else Proof.FAILED, lines)
    passed = (result for result in results if result.verdict == "pass" and result.method != "arc")
    proof = Proof.PASSED if any(aligned(result.domain, domain) for result in passed) else Proof.UNKNOWN
    return SenderCheck(proof, lines)


def sole_from_domain(message: Message) -> str:
    """The domain of the one address in the one From header; empty where there is none or more than one."""
    found = {address for _, address in addresses(message, "From", 3)}
    if len(message.get_all("From", [])) != 1 or len(found) != 1:
        return ""
    return found.pop().rpartition("@")[2]


def _zone(message: Message, trusted: frozenset[str]) -> list[str]:
    """The results that only a trusted server can have written: the topmost, above the Received line of its own.

    Where no Received line names a trusted server, those above the first Received line at all.
    """
    lines = [(name.lower(), str(value)[:LONGEST_HEADER]) for name, value in islice(message.raw_items(), MOST_HEADERS)]
    received = [place for place, (name, _) in enumerate(lines) if name == "received"]
    border = next((place for place in received if _is_by(lines[place][1], trusted)), next(iter(received), len(lines)))
    places = [place for place, line in enumerate(lines[:border]) if _is_result_of(line, trusted)]
    if places:
        end = next((place for place in received if place > places[0]), border)
        return [lines[place][1] for place in places if place < end]
    below = takewhile(lambda line: line[0] != "received", lines[border + 1 :])
    return [line[1] for line in below if _is_result_of(line, trusted & BELOW_THEIR_RECEIVED)][:1]


def _sealer(message: Message) -> str:
    """The domain of the topmost ARC seal (RFC 8617 section 4.1.3)."""
    return _domain(_pairs(_without_comments(raw_header(message, "ARC-Seal"))).get("d", ""))


def _is_by(received: str, trusted: frozenset[str]) -> bool:
    """Whether a trusted server, or one below a trusted name, wrote this Received line."""
    found = _BY.search(_without_comments(received))
    host = found[1].lower().rstrip(".") if found else ""
    return any(host == name or host.endswith("." + name) for name in trusted)


def _is_result_of(line: tuple[str, str], trusted: frozenset[str]) -> bool:
    name, value = line
    if name != "authentication-results" or not trusted:
        return False
    first = _without_comments(value).partition(";")[0]
    word = _WORD.search(first)
    if "=" in first:
        return NAMELESS in trusted
    return word is not None and word.group().strip('"').lower() in trusted


def _results(header: str) -> Iterator[Result]:
    """RFC 8601 section 2.2. The policy that a domain asks for stands in a comment, by custom."""
    for piece in _pieces(header):
        plain = _without_comments(piece)
        pairs = _pairs(plain)
        method = next(iter(pairs), "")
        if method in _METHODS:
            policy = _POLICY.search(piece) if method == "dmarc" else None
            yield Result(method, pairs[method].lower(), _whose(method, pairs), policy[1].lower() if policy else "")


def _whose(method: str, pairs: dict[str, str]) -> str:
    """The domain that a result is about. SPF's is the envelope's: a HELO vouches for no From (RFC 7489, 3.1.2)."""
    names = {"dmarc": ("header.from",), "dkim": ("header.d", "header.i"), "spf": ("smtp.mailfrom",), "arc": ()}
    return next((_domain(pairs[name]) for name in names[method] if name in pairs), "")


def _domain(value: str) -> str:
    return in_ascii(value.strip('"<>').rpartition("@")[2].rstrip("."))


def _pairs(text: str) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for found in islice(_PAIR.finditer(text), 40):
        pairs.setdefault(found[1].lower(), found[2].strip('"'))
    return pairs


def _pieces(header: str) -> list[str]:
    """Split at semicolons that stand in no comment and no quotation: a sender's local part may hold some."""
    pieces = [""]
    for letter, hidden in _letters(header):
        if letter == ";" and not hidden:
            pieces.append("")
        else:
            pieces[-1] += letter
    return pieces


def _without_comments(text: str) -> str:
    """RFC 5322 section 3.2.2; an open comment lasts to the end."""
    kept = (
        " " if hidden == "(" and letter == ")" else letter if hidden != "(" else "" for letter, hidden in _letters(text)
    )
    return "".join(kept)


def _letters(text: str) -> Iterator[tuple[str, str]]:
    """Each character, and what it stands in: ( a comment, " a quotation, or nothing. A backslash hides the next."""
    depth, quoted, escaped = 0, False, False
    for letter in text:
        inside = "(" if depth or (letter == "(" and not quoted) else '"' if quoted or letter == '"' else ""
        yield letter, inside
        if escaped or (letter == "\\" and inside):
            escaped = not escaped
        elif letter == '"' and not depth:
            quoted = not quoted
        elif inside == "(":
            depth += (letter == "(") - (letter == ")")


def _line(result: Result, domain: str) -> str:
    """One finding in words, for an officer."""
    names = {"dmarc": "DMARC", "dkim": "DKIM", "spf": "SPF", "arc": "ARC"}
    verb = _VERBS.get(result.verdict, f"said {result.verdict[:30]}")
    whose = f" for {result.domain[:253]}" if result.domain else ""
    policy = f" (policy {result.policy})" if result.policy else ""
    stranger = result.domain and result.verdict == "pass" and not aligned(result.domain, domain)
    return f"{names[result.method]} {verb}{whose}{policy}" + (", which is not the sender's domain" if stranger else "")
