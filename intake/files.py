"""The files that came with contacts: what is known of each, when it may be downloaded, and links that open it.

Nothing here opens a file: its bytes stay in the kept message.
"""

import base64
import hashlib
import hmac
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from intake.contact import Attachment

LINK_LASTS = timedelta(minutes=10)

CHECK_AGAIN_AFTER = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60))
"""The waits after the first checks that failed; the last one is repeated for ever."""

LONGEST_NAME = 120
LONGEST_ENDING = 20
"""Characters of a name that a file is saved under, and of what follows its last dot."""

PICTURES = frozenset({"image/jpeg", "image/png", "image/webp", "image/gif"})
"""The kinds of picture that are shown. HEIC is not: nothing that we keep can read it."""


class FileState(StrEnum):
    """Whether a file was checked for viruses. ``unscanned``: it was not, as no scanner is set."""

    WAITING = "waiting"
    CLEAN = "clean"
    INFECTED = "infected"
    UNSCANNED = "unscanned"


@dataclass(frozen=True)
class Verdict:
    """What the scanner found; ``waiting`` where it could not look. ``line`` is the virus's name, or why it did not."""

    state: FileState
    line: str = ""


@dataclass(frozen=True)
class File:
    """A contact's file and what the scanner found. ``waited`` is the last wait for a check, None before the first."""

    contact: str
    attachment: Attachment
    state: FileState
    line: str = ""
    waited: timedelta | None = None

    @property
    def may_be_downloaded(self) -> bool:
        """Only what was found clean, or what nobody was set to check."""
        return self.state in (FileState.CLEAN, FileState.UNSCANNED)

    @property
    def may_be_shown(self) -> bool:
        """Is it a picture of a kind that is re-encoded and shown?"""
        return self.may_be_downloaded and self.attachment.media_type in PICTURES

    @property
    def name(self) -> str:
        """Its name as it may be shown."""
        return shown_name(self.attachment.name)

    @property
    def next_wait(self) -> timedelta:
        """How long to wait after a further check that failed."""
        waited = self.waited or timedelta(0)
        return next((wait for wait in CHECK_AGAIN_AFTER if wait > waited), CHECK_AGAIN_AFTER[-1])


@dataclass(frozen=True)
class Link:
    """Which file a link opens, for whom, and until when. ``session`` is the hash of an officer's session token."""

    contact: str
    number: int
    session: str
    expires_at: datetime


def shown_name(name: str) -> str:
    """A file's name without control and direction marks, which would show "exe.jpg" where it ends in "gpj.exe".

    Both, and what has no meaning at all, are Unicode's categories C*.
    """
    return _plain(name[:1000]).strip() or "Without a name"


def saved_name(name: str) -> str:
    """The name to save it under: without folders and what no file system takes, its ending kept where it is cut."""
    last = name[:1000].replace("\\", "/").rpartition("/")[2]
    plain = _plain("".join(sign for sign in last if sign not in '<>:"|?*')).strip(". ")
    stem, dot, ending = plain.rpartition(".")
    if len(ending) > LONGEST_ENDING:
        stem, dot, ending = plain, "", ""
    return f"{stem[: LONGEST_NAME - len(ending)].rstrip('. ')}{dot}{ending}" or "file"


def safe_type(media_type: str) -> str:
    """A media type as it may be kept and shown; a nonsensical one is nobody's."""
    plain = media_type.isascii() and media_type.isprintable() and len(media_type) <= 100
    return media_type.lower() if plain and media_type.count("/") == 1 else "application/octet-stream"


def write_link(link: Link, secret: str) -> str:
    """The link as a word for an address. Only who knows the session's secret can write it."""
    told = f"{link.contact}.{link.number}.{link.session}.{int(link.expires_at.timestamp())}"
    return f"{told}.{_seal(told, secret)}"


def read_link(word: str) -> Link | None:
    """What a link says, still unproved; None where it says nothing that a link of ours could."""
    if len(word) > 300 or not word.isascii():
        return None
    parts = word.split(".")
    if len(parts) != 5 or not all(part.isdigit() and len(part) < 12 for part in (parts[1], parts[3])):
        return None
    return Link(parts[0], int(parts[1]), parts[2], datetime.fromtimestamp(int(parts[3]), UTC))


def is_proved(word: str, link: Link, secret: str, now: datetime) -> bool:
    """Was this link written with the session's secret, and does it still last? One from the future never does."""
    lasts = now < link.expires_at <= now + LINK_LASTS
    return hmac.compare_digest(write_link(link, secret).encode(), word.encode()) and lasts


def _plain(name: str) -> str:
    kinds = ((sign, unicodedata.category(sign)[0]) for sign in name)
    return "".join(" " if kind == "Z" else sign for sign, kind in kinds if kind != "C")


def _seal(told: str, secret: str) -> str:
    sealed = hmac.digest(secret.encode(), b"rightdoor file " + told.encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")
