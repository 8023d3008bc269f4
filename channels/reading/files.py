"""The files of a mail: the same list each time that it is read, so that a number finds its octets again."""

import mimetypes
from collections.abc import Iterator
from email.message import Message
from itertools import islice

from channels.reading.media_types import media_type
from channels.reading.outlook_msg import is_msg, read_msg
from channels.reading.parts import file_name, is_file, is_tnef, is_wrapping, leaves, safe_name
from channels.reading.structure import structure
from channels.reading.tnef import OutlookFile, read_tnef
from channels.reading.transfer_encoding import content
from channels.reading.uuencode import blocks
from intake.contact import Attachment

LARGEST_FILES = 100
"""Files of one mail that are listed."""


def file_of(raw: bytes, number: int) -> tuple[Attachment, bytes] | None:
    """The file of that number in a raw mail, and its octets; None where there is none."""
    if not 0 <= number < LARGEST_FILES:
        return None
    found = next(islice(_files(structure(raw).message), number, None), None)
    return (_attachment(number, *found), found[1]) if found else None


def attachments(message: Message) -> tuple[tuple[Attachment, ...], str]:
    """The files of a mail, and in words which are not listed."""
    found = [_attachment(number, *file) for number, file in enumerate(islice(_files(message), LARGEST_FILES + 1))]
    more = f"It has more than {LARGEST_FILES} files; the first {LARGEST_FILES} are listed."
    return tuple(found[:LARGEST_FILES]), more if len(found) > LARGEST_FILES else ""


def _files(message: Message) -> Iterator[tuple[str, bytes]]:
    """(name, octets) of each file, those inside Outlook's formats and uuencoded in text too, in order."""
    for part in leaves(message):
        if is_wrapping(part):
            continue
        if not is_file(part):
            yield from ((safe_name(block.name.decode("latin-1")), block.data) for block in blocks(content(part)))
            continue
        data = content(part)
        inner = _inside(part, data)
        if not (inner and is_tnef(part)):
            yield file_name(part), data
        yield from ((safe_name(file.name), file.data) for file in inner)


def _inside(part: Message, data: bytes) -> list[OutlookFile]:
    """The files within a file of Outlook's."""
    try:
        if is_tnef(part):
            return read_tnef(data).files
        return read_msg(data).files if is_msg(data) else []
    except ValueError:
        return []


def _attachment(number: int, name: str, data: bytes) -> Attachment:
    kind = media_type(data)
    return Attachment(name or f"unnamed{mimetypes.guess_extension(kind) or ''}", kind, len(data), number)
