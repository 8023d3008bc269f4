"""A turn of a live conversation as it is kept: what every live door writes, and what is read again.

A door proves that a turn belongs to its conversation (by the token, or by Telegram's chat) before it keeps it.

A turn is kept as one line of JSON. The octets of its files follow that line, one file after another, in the order and
of the sizes that the line tells: so a file is found without reading what stands before it.
"""

import json
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import accumulate
from typing import Any

from channels.uploads import Upload
from intake.contact import Attachment, Channel, Contact, Kept, Person
from intake.ports import FileReaders, Readers

MOST_CHARACTERS = 100_000
"""What is kept of one turn's words; a door refuses or cuts what is longer, and says so."""


def keep_turn(
    channel: Channel,
    conversation: str,
    turn: str,
    text: str,
    now: datetime,
    told: Mapping[str, str] | None = None,
    name: str = "",
    files: Sequence[Upload] = (),
    trouble: str = "",
    language: str = "",
) -> Kept:
    """A turn, ready for reception.receive. ``turn`` names it within its conversation: the same turn is kept once.

    ``told`` are answers of a form or a button: the name of a detail and its value, or ``choice`` and its value.
    ``trouble`` says in words for an officer what could not be read of it, such as a voice message. ``language`` is the
    tag of the language that its resident chose.
    """
    said = {
        "conversation": conversation,
        "text": text[:MOST_CHARACTERS],
        "told": dict(told or {}),
        "name": name,
        "files": [[file.name, file.media_type, len(file.data)] for file in files],
        "trouble": trouble,
        **({"language": language} if language else {}),
    }
    return Kept(
        id=secrets.token_hex(12),
        channel=channel,
        received_at=now,
        fingerprint=f"{channel}:{conversation}:{turn}"[:80],
        lane=conversation,
        sender="",
        recipients=(),
        raw=b"\n".join([json.dumps(said).encode(), *_octets(files)]),
    )


def _octets(files: Sequence[Upload]) -> Sequence[bytes]:
    return [b"".join(file.data for file in files)] if files else []


def first_line(raw: bytes) -> Mapping[str, Any]:
    """What a kept turn says, without its files. Raises ValueError where it is no turn."""
    end = raw.find(b"\n")
    said = json.loads(raw[: end if end >= 0 else len(raw)])
    if not isinstance(said, dict):
        raise ValueError("not a turn")
    return said


def read_turn(kept: Kept) -> Contact:
    """The contact of a kept turn. Never raises: what cannot be read is a contact that says so."""
    try:
        return _contact(kept, first_line(kept.raw))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        trouble = f"The turn could not be read ({type(error).__name__})."
        return Contact(kept.id, kept.channel, kept.received_at, Person(), "", "", trouble=trouble)


def file_of(raw: bytes, number: int) -> tuple[Attachment, bytes] | None:
    """The file of this number in a kept turn; None where there is none, or it is not all there."""
    try:
        files = files_told(first_line(raw))
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    if not 0 <= number < len(files):
        return None
    begins = raw.find(b"\n") + 1 + [0, *accumulate(file.size for file in files)][number]
    data = raw[begins : begins + files[number].size]
    return (files[number], data) if data and len(data) == files[number].size else None


async def read_file(raw: bytes, number: int) -> tuple[Attachment, bytes] | None:
    """The same, for intake.ports.FileReaders."""
    return file_of(raw, number)


FILE_READERS: FileReaders = {
    Channel.WEBCHAT: read_file,
    Channel.TELEGRAM: read_file,
    Channel.WEB_FORM: read_file,
}
"""Contacts on paper and by phone have no files; a form that another system handed in has none either."""

READERS: Readers = {Channel.WEBCHAT: read_turn, Channel.TELEGRAM: read_turn}
"""The channels whose kept messages are turns."""


def _contact(kept: Kept, said: Mapping[str, Any]) -> Contact:
    return Contact(
        id=kept.id,
        channel=kept.channel,
        received_at=kept.received_at,
        person=Person(name=str(said["name"])[:200]),
        subject="",
        text=str(said["text"]),
        attachments=files_told(said),
        trouble=str(said["trouble"]),
        tags=(f"c{said['conversation']}",),
        told=tuple((str(name), str(words)) for name, words in said["told"].items()),
        language=str(said.get("language", ""))[:20],
    )


def files_told(said: Mapping[str, Any]) -> tuple[Attachment, ...]:
    """The files that a kept turn's first line tells."""
    return tuple(
        Attachment(str(name), str(media_type), max(0, int(size)), number)
        for number, (name, media_type, size) in enumerate(said["files"])
    )
