"""Codes of an authenticator app: TOTP (RFC 6238) over HOTP (RFC 4226), SHA-1, 6 digits, each for 30 seconds."""

import base64
import hashlib
import hmac
import secrets
from datetime import datetime
from urllib.parse import quote, urlencode

STEP_SECONDS = 30
DIGITS = 6
WINDOW = 1
"""Steps before and after now that count too, for clocks that are a little wrong (RFC 6238 section 5.2)."""

SECRET_OCTETS = 20
"""RFC 4226 section 4, R6: 160 bits."""


def new_secret() -> str:
    """A secret in base 32, as authenticator apps take it."""
    return base64.b32encode(secrets.token_bytes(SECRET_OCTETS)).decode()


def code(secret: str, step: int) -> str:
    """The code of a step (RFC 4226 section 5.3)."""
    digest = hmac.new(base64.b32decode(secret), step.to_bytes(8, "big"), hashlib.sha1).digest()
    start = digest[-1] & 15
    number = int.from_bytes(digest[start : start + 4], "big") & 0x7FFF_FFFF
    return f"{number % 10**DIGITS:0{DIGITS}}"


def step_at(moment: datetime) -> int:
    """The step of a moment."""
    return int(moment.timestamp()) // STEP_SECONDS


def matching_step(secret: str, typed: str, now: datetime, after: int = 0) -> int:
    """The step whose code was typed, near now and later than ``after`` (the last one used); 0 where there is none.

    Every candidate is compared, in the same time whichever it is.
    """
    given, here = "".join(typed.split()).encode("utf-8", "replace"), step_at(now)
    found = 0
    for step in range(here - WINDOW, here + WINDOW + 1):
        if hmac.compare_digest(code(secret, step).encode(), given) and step > after:
            found = step
    return found


def address(secret: str, officer: str, issuer: str) -> str:
    """What an authenticator app reads from the square: the otpauth address of the secret."""
    query = urlencode({"secret": secret, "issuer": issuer}, quote_via=quote)
    return f"otpauth://totp/{quote(issuer)}:{quote(officer)}?{query}"
