"""What the DNS says, for the checks of a sender: a few kinds of records, within seconds."""

from collections.abc import Callable

import dns.exception
import dns.resolver

SECONDS = 3.0
"""How long one question may take with all its retries."""

LONGEST = 4096


def dns_answers(nameservers: tuple[str, ...] = (), port: int = 53) -> Callable[[str, str], list[str]]:
    """``resolve(name, kind)`` by these name servers (none: the system's), as channels/senders/spf.py asks for it."""
    resolver = dns.resolver.Resolver(configure=not nameservers)
    resolver.lifetime = SECONDS
    if nameservers:
        resolver.nameservers = list(nameservers)
        resolver.port = port

    def resolve(name: str, kind: str) -> list[str]:
        try:
            found = resolver.resolve(name, kind, search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except (dns.exception.DNSException, UnicodeError, ValueError) as error:
            raise OSError(type(error).__name__) from error
        return [_text(record, kind) for record in list(found)[:50]]

    return resolve


def _text(record: object, kind: str) -> str:
    """TXT strings are joined without a blank (RFC 7208 section 3.3); of MX the host alone."""
    if kind == "TXT":
        return b"".join(getattr(record, "strings", ()))[:LONGEST].decode("utf-8", "replace")
    if kind == "MX":
        return str(getattr(record, "exchange", "")).rstrip(".")
    return str(record)
