"""Outlook's saved mails (.msg, MS-OXMSG) read by python-oxmsg, once their directory shows that they are no bomb."""

from collections.abc import Callable
from functools import partial
from typing import Any

from olefile import OleFileIO
from oxmsg import Message as SavedMail

from channels.reading.tnef import OutlookFile, OutlookMail

SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MOST_ENTRIES = 5_000
_ROOT = "__properties_version1.0"


def is_msg(data: bytes) -> bool:
    """Whether these octets are a saved mail. Other files of Microsoft's share its signature, not its streams."""
    return data.startswith(SIGNATURE) and _ROOT.encode("utf-16-le") in data


def read_msg(data: bytes) -> OutlookMail:
    """Raises ValueError where it cannot be read; a part of it that cannot is left out."""
    try:
        _refuse_bombs(data)
        saved = SavedMail.load(data)
    except Exception as error:
        raise ValueError("no saved mail that can be read") from error
    return OutlookMail(
        subject=_or_empty(lambda: saved.subject),
        sender=_or_empty(lambda: saved.sender),
        text=_or_empty(lambda: saved.body),
        html=_or_empty(lambda: saved.html_body),
        files=_files(saved),
    )


def _refuse_bombs(data: bytes) -> None:
    """Streams may share their sectors: many entries of one large stream would be read many times over."""
    with OleFileIO(data) as ole:
        sizes = [entry.size for entry in ole.direntries if entry]
    if len(sizes) > MOST_ENTRIES or sum(sizes) > 2 * len(data):
        raise ValueError("a bomb")


def _files(saved: SavedMail) -> list[OutlookFile]:
    try:
        found = list(saved.attachments)
    except Exception:
        return []
    files = [OutlookFile(_or_empty(partial(getattr, file, "file_name")), _octets(file)) for file in found]
    return [file for file in files if file.data]


def _octets(file: Any) -> bytes:
    try:
        return bytes(file.file_bytes or b"")
    except Exception:
        return b""


def _or_empty(get: Callable[[], Any]) -> str:
    try:
        return str(get() or "")
    except Exception:
        return ""
