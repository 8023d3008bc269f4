"""What each part of a mail is: words, a file, a forwarded mail, or wrapping that nobody wants to see."""

import re
from collections.abc import Iterator
from email.message import Message
from pathlib import PurePosixPath

from channels.reading.charsets import one_line
from channels.reading.headers import decoded

LONGEST_NAME = 150
LONGEST_SUFFIX = 20

_WRAPPING = frozenset(
    "application/pkcs7-signature application/x-pkcs7-signature application/pgp-signature application/applefile"
    " application/pgp-encrypted text/rfc822-headers text/x-amp-html text/watch-html".split()
)
_TNEF = frozenset(("application/ms-tnef", "application/vnd.ms-tnef"))
_FILES_OF_TEXT = frozenset("text/csv text/vcard text/x-vcard text/directory text/calendar text/xml".split())
_UNSAFE = re.compile(r"[\x00-\x1f<>:\"|?*\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]")


def leaves(message: Message) -> Iterator[Message]:
    """Every part without parts of its own, those of forwarded mails too, in the order in which they stand.

    A report's mail is not forwarded to us: it is our own that comes back, and none of its parts is meant.
    """
    children = parts_of(message)
    if children is None:
        yield message
    report = message.get_content_type() == "multipart/report"
    for child in children or ():
        if not (report and child.get_content_maintype() == "message"):
            yield from leaves(child)


def parts_of(message: Message) -> list[Message] | None:
    """The parts that a part has; None for a leaf."""
    payload: object = message.get_payload()
    return [part for part in payload if isinstance(part, Message)] if isinstance(payload, list) else None


def is_wrapping(part: Message) -> bool:
    """A signature, a resource fork, a version line: nothing that a person sent."""
    return part.get_content_type() in _WRAPPING


def is_tnef(part: Message) -> bool:
    """Outlook's winmail.dat, by its type or its name."""
    return part.get_content_type() in _TNEF or file_name(part).lower() == "winmail.dat"


def is_file(part: Message) -> bool:
    """Whether a leaf was sent as a file: all but text is, and text that says so or has a name."""
    kind = part.get_content_type()
    if kind.startswith(("text/", "multipart/")):
        return is_attached(part) or kind in _FILES_OF_TEXT or bool(file_name(part))
    return True


def is_attached(part: Message) -> bool:
    """Whether its sender asks to show it as a file (RFC 2183 section 2.2)."""
    return str(part.get("Content-Disposition", "")).lstrip().lower().startswith("attachment")


def file_name(part: Message) -> str:
    """The name that its sender gives a part, made harmless; empty where it gives none."""
    try:
        return safe_name(decoded(part.get_filename("") or ""))
    except Exception:
        return "unnamed"


def safe_name(name: str) -> str:
    """A name without path, control characters, turned writing or signs that file systems read; its suffix stays."""
    last = name.replace("\\", "/").rpartition("/")[2]
    plain = one_line(_UNSAFE.sub("", last)).strip(". ")
    suffix = PurePosixPath(plain).suffix[:LONGEST_SUFFIX] if len(plain) > LONGEST_NAME else ""
    return plain[: LONGEST_NAME - len(suffix)] + suffix
