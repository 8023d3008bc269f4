"""A turn of a live conversation as it is kept: what every live door writes, and what is read again.

A door proves that a turn belongs to its conversation (by the token, or by Telegram's chat) before it keeps it.
"""

import json
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from intake.contact import Attachment, Channel, Contact, Kept, Person
from intake.ports import Readers

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
    files: Sequence[Attachment] = (),
    trouble: str = "",
) -> Kept:
    """A turn, ready for reception.receive. ``turn`` names it within its conversation: the same turn is kept once.

    ``told`` are answers of a form or a button: the name of a detail and its value, or ``choice`` and its value.
    ``trouble`` says in words for an officer what could not be read of it, such as a voice message.
    """
    said = {
        "conversation": conversation,
        "text": text[:MOST_CHARACTERS],
        "told": dict(told or {}),
        "name": name,
        "files": [[file.name, file.media_type, file.size] for file in files],
        "trouble": trouble,
    }
    return Kept(
        id=secrets.token_hex(12),
        channel=channel,
        received_at=now,
        fingerprint=f"{channel}:{conversation}:{turn}"[:80],
        lane=conversation,
        sender="",
        recipients=(),
        raw=json.dumps(said).encode(),
    )


def read_turn(kept: Kept) -> Contact:
    """The contact of a kept turn. Never raises: what cannot be read is a contact that says so."""
    try:
        said = json.loads(kept.raw)
        return _contact(kept, said)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        trouble = f"The turn could not be read ({type(error).__name__})."
        return Contact(kept.id, kept.channel, kept.received_at, Person(), "", "", trouble=trouble)


READERS: Readers = {Channel.WEBCHAT: read_turn, Channel.TELEGRAM: read_turn}
"""The channels whose kept messages are turns."""


def _contact(kept: Kept, said: Mapping[str, Any]) -> Contact:
    files = tuple(
        Attachment(str(name), str(media_type), int(size), number)
        for number, (name, media_type, size) in enumerate(said["files"])
    )
    return Contact(
        id=kept.id,
        channel=kept.channel,
        received_at=kept.received_at,
        person=Person(name=str(said["name"])[:200]),
        subject="",
        text=str(said["text"]),
        attachments=files,
        trouble=str(said["trouble"]),
        tags=(f"c{said['conversation']}",),
        told=tuple((str(name), str(words)) for name, words in said["told"].items()),
    )
