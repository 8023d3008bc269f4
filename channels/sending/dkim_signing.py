"""DKIM: our signature on our own mail (RFC 6376), so that whoever receives it can tell that it is ours."""

import base64
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dkim
from dkim.crypto import UnparsableKeyError, parse_pem_private_key, parse_public_key

from intake.errors import CannotBeSent, WrongSetting

SHORTEST_KEY = 1024
"""Bits. RFC 8301 section 3.2: shorter ones prove nothing any more."""

_SIGNED = (
    "From To Subject Date Message-ID Reply-To References In-Reply-To Auto-Submitted MIME-Version Content-Type".split()
)
_SIGNED_ONCE_MORE = ("From", "Subject")
"""RFC 6376 section 8.15: a second header of these names, put in on the way, breaks the signature."""


@dataclass(frozen=True)
class Signature:
    """Signs mail of this domain by rsa-sha256. ``key`` is a PEM file's text."""

    domain: str
    selector: str
    key: bytes = field(repr=False)

    @property
    def numbers(self) -> tuple[int, int]:
        """Modulus and exponent of the public key that belongs to it."""
        key = parse_pem_private_key(self.key)
        return key["modulus"], key["publicExponent"]

    def sign(self, raw: bytes) -> bytes:
        """The mail with our signature above it. Raises CannotBeSent."""
        try:
            header: bytes = dkim.sign(
                raw,
                self.selector.encode(),
                self.domain.encode("idna"),
                self.key,
                canonicalize=(b"relaxed", b"relaxed"),
                signature_algorithm=b"rsa-sha256",
                include_headers=[*_SIGNED, *_SIGNED_ONCE_MORE],
            )
        except dkim.DKIMException as error:
            raise CannotBeSent(f"the mail could not be signed: {type(error).__name__}") from error
        return header + raw


def load_signature(key_file: Path, selector: str, domain: str) -> Signature:
    """Our signature, tried once. Raises WrongSetting in words where the key cannot sign."""
    if not selector or not all(part.isalnum() for part in selector.replace("-", "").replace("_", "").split(".")):
        raise WrongSetting(
            "RIGHTDOOR_DKIM_SELECTOR must be set beside DKIM_KEY: the name before ._domainkey in the DNS"
        )
    try:
        key = key_file.read_bytes()
    except OSError as error:
        raise WrongSetting(f"RIGHTDOOR_DKIM_KEY: {key_file} cannot be read: {error.strerror}") from error
    try:
        bits = parse_pem_private_key(key)["modulus"].bit_length()
    except (UnparsableKeyError, ValueError, LookupError, TypeError) as error:
        raise WrongSetting(f"RIGHTDOOR_DKIM_KEY: {key_file} must hold a private RSA key as PEM, unencrypted") from error
    if bits < SHORTEST_KEY:
        raise WrongSetting(f"RIGHTDOOR_DKIM_KEY: the key has {bits} bits; take one of 2048")
    return Signature(domain, selector, key)


def numbers_of(record_key: str) -> tuple[int, int]:
    """Modulus and exponent of a public key as a DKIM record writes it (RFC 6376 section 3.6.1). Raises ValueError."""
    try:
        key: dict[str, Any] = parse_public_key(base64.b64decode("".join(record_key.split())))
    except (UnparsableKeyError, LookupError, TypeError, AttributeError) as error:
        raise ValueError("no RSA key") from error
    return key["modulus"], key["publicExponent"]
