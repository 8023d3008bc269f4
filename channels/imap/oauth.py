"""Access tokens for mailboxes (OAuth 2.0, RFC 6749): fetched, kept in memory, renewed before they end.

Microsoft 365 takes client credentials (section 4.4), Google a refresh token (section 6).
"""

import json
import threading
import time
from dataclasses import dataclass, field

import httpx

from intake.errors import NoToken, WrongSetting

SECONDS = 20.0
"""How long the token server may take."""

EARLY = 120.0
"""Seconds before a token's end at which it is renewed."""

USUAL_LIFE = 3600.0
"""Seconds that a token lives where the server doesn't say (RFC 6749 section 5.1 leaves it to us)."""

_MOST_WORDS = 200


@dataclass
class Tokens:
    """Where one mailbox server's tokens come from. Several threads may ask at once."""

    url: str
    client_id: str
    client_secret: str = field(default="", repr=False)
    refresh_token: str = field(default="", repr=False)
    scope: str = ""

    def __post_init__(self) -> None:
        if not self.url.startswith(("https://", "http://127.0.0.1", "http://localhost")) or not self.client_id:
            raise WrongSetting(
                "RIGHTDOOR_IMAP_TOKEN_URL must be an https:// address and RIGHTDOOR_IMAP_CLIENT_ID be set, "
                "as a mailbox has auth=oauth2"
            )
        self._lock = threading.Lock()
        self._token = ""
        self._ends = 0.0

    def token(self) -> str:
        """An access token that is still good. Raises NoToken."""
        with self._lock:
            if not self._token or time.monotonic() > self._ends:
                self._fetch()
            return self._token

    def forget(self, token: str) -> None:
        """The mailbox refused this token: the next one asked for is a new one."""
        with self._lock:
            if token == self._token:
                self._token = ""

    def _fetch(self) -> None:
        try:
            answer = httpx.post(self.url, data=self._question(), timeout=SECONDS)
            told = answer.json()
        except httpx.HTTPError as error:
            raise NoToken(f"the token server does not answer ({type(error).__name__})") from error
        except (json.JSONDecodeError, UnicodeDecodeError):
            told = {}
        if not isinstance(told, dict) or not isinstance(told.get("access_token"), str):
            raise NoToken(f"the token server gave no token: {answer.status_code} {_reason(told)}".strip())
        self._token = told["access_token"]
        self.refresh_token = told.get("refresh_token") or self.refresh_token
        self._ends = time.monotonic() + _life(told.get("expires_in"))

    def _question(self) -> dict[str, str]:
        kind = "refresh_token" if self.refresh_token else "client_credentials"
        question = {
            "grant_type": kind,
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "refresh_token": self.refresh_token,
            "scope": self.scope,
        }
        return {name: value for name, value in question.items() if value}


def _life(expires_in: object) -> float:
    """Seconds for which a token is used: less than it lives, and half of a very short life."""
    try:
        life = float(str(expires_in))
    except ValueError:
        life = USUAL_LIFE
    return max(life - EARLY, life / 2)


def _reason(told: object) -> str:
    """The server's reason (RFC 6749 section 5.2), cut."""
    if not isinstance(told, dict):
        return ""
    words = (str(told.get(name, "")) for name in ("error", "error_description"))
    return " ".join(" ".join(words).split())[:_MOST_WORDS]
