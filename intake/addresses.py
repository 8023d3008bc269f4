"""One spelling for each email address, so that one person stays one person however their mail program writes it."""

import re
import unicodedata

_DOMAIN = re.compile(r"(?:[a-z0-9._-]|[^\x00-\x9f\s\ud800-\udfff]){1,253}")
"""Of ASCII what the DNS takes, of all else what shows; the length is of RFC 1035 section 2.3.4."""


def one_spelling(address: str) -> str:
    """An address, or a domain alone, in lower case and its domain as the DNS has it. Kept and compared in this form."""
    local, at, domain = address.rpartition("@")
    return f"{local.lower()}{at}{in_ascii(domain)}"


def in_ascii(domain: str) -> str:
    """A domain in lower case, its labels beyond ASCII as A-labels (RFC 5890 section 2.3.2.1): xn-- and Punycode.

    Letters are mapped as UTS 46 has it without its transitional part, so ß stays a letter of its own: straße.example
    is another's than strasse.example. What no domain may hold stays as it is, in lower case.
    """
    if domain.isascii():
        return domain.lower()
    plain = unicodedata.normalize("NFKC", domain).lower().replace("。", ".")
    if not _DOMAIN.fullmatch(plain):
        return domain.lower()
    return ".".join(label if label.isascii() else f"xn--{_punycode(label)}" for label in plain.split("."))


def _punycode(label: str) -> str:
    return label.encode("punycode").decode()


def mailbox_of(address: str) -> str:
    """The mailbox that an address means, in its one spelling and without a +tag."""
    return without_tag(one_spelling(address.strip().strip("<>")))


def without_tag(address: str) -> str:
    """The mailbox that an address with a +tag leads to (RFC 5233); the same address where there is none."""
    local, at, domain = address.rpartition("@")
    return f"{local.partition('+')[0] or local}{at}{domain}"
