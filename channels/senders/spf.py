"""May this address send for this domain? SPF (RFC 7208) without explanations; ptr (section 5.5: do not use) is unsure.

``resolve(name, kind)`` answers with the records' texts (MX: the host alone), an empty list where there are none, and
raises OSError where the answer did not come. The limits of section 4.6.4 hold: ten terms that ask, two empty answers.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from intake.addresses import in_ascii

Resolve = Callable[[str, str], list[str]]

MOST_TERMS = 10
MOST_EMPTY = 2
_VERDICTS = {"+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}
_TERM = re.compile(
    r"([+~?-]?)(all|include|a|mx|ptr|ip4|ip6|exists)(?::([^/\s]{1,253}))?((?:/\d{1,3})?)((?://\d{1,3})?)",
    re.I,
)
_MACRO = re.compile(r"%\{([slodiphcrtv])(\d{0,3})(r?)([.+,/_=-]{0,7})\}|%([%_-])", re.I)
_HOST = re.compile(r"(?:[A-Za-z0-9_-]{1,63}\.){1,126}[A-Za-z0-9-]{2,63}\.?")


class _PermError(Exception):
    """The domain's records are wrong (section 2.6.7)."""


@dataclass
class _Check:
    client: IPv4Address | IPv6Address
    sender: str
    helo: str
    resolve: Resolve
    terms: int = 0
    empty: int = 0


def check(client: str, sender: str, helo: str, resolve: Resolve) -> tuple[str, str]:
    """(verdict, domain): pass, fail, softfail, neutral, none, temperror or permerror. The null sender's: HELO's."""
    domain = in_ascii((sender.rpartition("@")[2] or helo).rstrip("."))
    try:
        address = ip_address(client)
    except ValueError:
        return "none", domain
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if not _HOST.fullmatch(domain):
        return "none", domain
    asked = _Check(address, sender if "@" in sender else f"postmaster@{domain}", helo, resolve)
    try:
        return _of_domain(asked, domain), domain
    except _PermError:
        return "permerror", domain
    except OSError:
        return "temperror", domain


def _of_domain(asked: _Check, domain: str) -> str:
    """Section 4.6: the first mechanism that matches decides; redirect counts only where none did (section 6.1)."""
    record = _record(asked, domain)
    if record is None:
        return "none"
    redirect = ""
    terms = record.split()[1:]
    if not all(_TERM.fullmatch(term) or re.match(r"[A-Za-z][\w.-]{0,60}=", term) for term in terms):
        raise _PermError
    for term in terms:
        found = _TERM.fullmatch(term)
        if not found:
            name, _, value = term.partition("=")
            redirect = value if name.lower() == "redirect" else redirect
        elif _matches(asked, domain, found):
            return _VERDICTS[found[1] or "+"]
    return _redirected(asked, domain, redirect) if redirect else "neutral"


def _record(asked: _Check, domain: str) -> str | None:
    records = [text for text in asked.resolve(domain, "TXT") if text.lower().split(" ")[0] == "v=spf1"]
    if len(records) > 1:
        raise _PermError
    return records[0][:4000] if records else None


def _redirected(asked: _Check, domain: str, target: str) -> str:
    _count(asked)
    verdict = _of_domain(asked, _expanded(asked, domain, target))
    if verdict == "none":
        raise _PermError
    return verdict


def _matches(asked: _Check, domain: str, term: re.Match[str]) -> bool:
    name, value = term[2].lower(), term[3] or ""
    if name == "all":
        return True
    if name in ("ip4", "ip6"):
        return _is_within(asked, f"{value}{term[4]}")
    _count(asked)
    target = _expanded(asked, domain, value) if value else domain
    if name == "include":
        return _included(asked, target)
    if name == "exists":
        return bool(_answers(asked, target, "A"))
    if name == "ptr":
        raise OSError("ptr is not asked")
    return _has_host(asked, [target] if name == "a" else _exchangers(asked, target), term[4], term[5])


def _included(asked: _Check, target: str) -> bool:
    verdict = _of_domain(asked, target)
    if verdict == "none":
        raise _PermError
    return verdict == "pass"


def _exchangers(asked: _Check, target: str) -> list[str]:
    hosts = _answers(asked, target, "MX")
    if len(hosts) > MOST_TERMS:
        raise _PermError
    return hosts


def _has_host(asked: _Check, hosts: list[str], four: str, six: str) -> bool:
    is_four = isinstance(asked.client, IPv4Address)
    length = (four or "/32") if is_four else (six[1:] or "/128")
    kind = "A" if is_four else "AAAA"
    return any(_is_within(asked, f"{address}{length}") for host in hosts for address in _answers(asked, host, kind))


def _is_within(asked: _Check, network: str) -> bool:
    try:
        found = ip_network(network, strict=False)
    except ValueError as error:
        raise _PermError from error
    return asked.client in found


def _answers(asked: _Check, name: str, kind: str) -> list[str]:
    found = asked.resolve(name, kind) if _HOST.fullmatch(name) else []
    asked.empty += not found
    if asked.empty > MOST_EMPTY:
        raise _PermError
    return found


def _count(asked: _Check) -> None:
    asked.terms += 1
    if asked.terms > MOST_TERMS:
        raise _PermError


def _expanded(asked: _Check, domain: str, text: str) -> str:
    """Macros (section 7), at most 253 characters, the leftmost labels cut off (section 7.3)."""
    expanded = _MACRO.sub(lambda found: _macro(asked, domain, found), text)
    while len(expanded) > 253:
        expanded = expanded.partition(".")[2]
    return expanded


def _macro(asked: _Check, domain: str, found: re.Match[str]) -> str:
    if found[5]:
        return {"%": "%", "_": " ", "-": "%20"}[found[5]]
    local, _, own = asked.sender.rpartition("@")
    four = isinstance(asked.client, IPv4Address)
    dotted = str(asked.client) if four else ".".join(asked.client.exploded.replace(":", ""))
    values = {"s": asked.sender, "l": local or "postmaster", "o": own, "d": domain, "i": dotted, "h": asked.helo}
    value = values.get(found[1].lower(), "in-addr" if four else "ip6") if found[1] not in "pP" else "unknown"
    pieces = re.split(f"[{re.escape(found[4] or '.')}]", value)
    pieces = pieces[::-1] if found[3] else pieces
    return ".".join(pieces[-int(found[2]) :] if found[2] and int(found[2]) else pieces)
