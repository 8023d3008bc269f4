"""What an officer entered, as it is kept: one line of JSON, and behind it the octets of its files, as turns have them.

The original says who wrote it down and when, apart from when it reached the council.
"""

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from channels.turns import first_line, read_file
from intake.contact import NOT_TYPED, WHOLE_FORM, Attachment, Contact, Entered, Kept, Person
from intake.entering import DATED, Considered, Entry, decided_otherwise, lines, read_day, told
from intake.policy import Policy
from intake.ports import FileReaders, Readers


def keep_entered(
    entry: Entry,
    considered: Considered,
    policy: Policy,
    came: datetime,
    now: datetime,
    data: Sequence[bytes],
    conversation: str,
) -> Kept:
    """An entry, ready for reception.receive: sent twice it is kept once; changed and sent again, it is not lost.

    ``came`` is when it reached the council: from then on its clocks run.
    """
    person = considered.conversation.person
    dated = read_day(entry.answers.get(DATED, ""))
    said = {
        "conversation": conversation,
        "text": entry.notes,
        "lines": [list(line) for line in lines(entry, considered, policy)],
        "person": {"name": person.name, "email": person.email, "phone": person.phone, "address": person.address},
        "told": {**told(considered, entry, policy), WHOLE_FORM: "whole"},
        "officer": entry.officer,
        "dated": dated.isoformat() if dated else "",
        "decided": list(decided_otherwise(considered)),
        "files": [[file.name, file.media_type, file.size] for file in entry.files],
    }
    digest = hashlib.sha256("\0".join((entry.id, came.isoformat(), json.dumps(said, sort_keys=True))).encode())
    said["entered_at"] = now.isoformat()
    octets = [b"".join(data)] if data else []
    return Kept(
        id=secrets.token_hex(12),
        channel=entry.channel,
        received_at=came,
        fingerprint=f"entered:{digest.hexdigest()}",
        lane=conversation,
        sender="",
        recipients=(),
        raw=b"\n".join([json.dumps(said).encode(), *octets]),
    )


def read_entered(kept: Kept) -> Contact:
    """The contact of a kept entry. Never raises: what cannot be read is a contact that says so."""
    bare = Contact(kept.id, kept.channel, kept.received_at, Person(), "", "")
    try:
        return _contact(bare, first_line(kept.raw))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        return replace(bare, trouble=f"What was entered could not be read ({type(error).__name__}); open the original.")


READERS: Readers = dict.fromkeys(NOT_TYPED, read_entered)
FILE_READERS: FileReaders = dict.fromkeys(NOT_TYPED, read_file)


def _contact(bare: Contact, said: Mapping[str, Any]) -> Contact:
    dated = str(said["dated"])
    at = datetime.fromisoformat(str(said["entered_at"])).astimezone(UTC)
    paragraphs = (str(said["text"]), *(f"{asked}: {answer}" for asked, answer in said["lines"]))
    return replace(
        bare,
        person=Person(**{key: str(said["person"][key]) for key in ("name", "email", "phone", "address")}),
        text="\n\n".join(paragraph for paragraph in paragraphs if paragraph),
        attachments=tuple(
            Attachment(str(name), str(media_type), max(0, int(size)), number)
            for number, (name, media_type, size) in enumerate(said["files"])
        ),
        tags=(f"c{said['conversation']}",),
        told=tuple((str(name), str(words)) for name, words in said["told"].items()),
        entered=Entered(
            str(said["officer"]), at, date.fromisoformat(dated) if dated else None, tuple(map(str, said["decided"]))
        ),
    )
