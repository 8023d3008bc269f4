"""Outlook's winmail.dat (TNEF, MS-OXTNEF) read within bounds: subject, text, and files.

Our own because counts in the format are four octets that a sender chooses: a reader that believes them is stalled by
twenty octets. Here every step takes octets from the data, and the end of the data ends the reading.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from channels.reading.charsets import decode

SIGNATURE = b"\x78\x9f\x3e\x22"
MOST_ATTRIBUTES = 20_000

_MESSAGE_CODEPAGE, _SUBJECT, _BODY, _PROPERTIES = 0x9007, 0x8004, 0x800C, 0x9003
_FILE_BEGINS, _FILE_TITLE, _FILE_DATA, _FILE_PROPERTIES = 0x9002, 0x8010, 0x800F, 0x9005
_TEXT8, _TEXT16, _OBJECT, _BINARY = 0x001E, 0x001F, 0x000D, 0x0102
_MAPI_SUBJECT, _MAPI_BODY, _MAPI_HTML, _MAPI_DATA, _MAPI_LONG_NAME = 0x0037, 0x1000, 0x1013, 0x3701, 0x3707
_WIDTHS = {0x0002: 4, 0x0003: 4, 0x0004: 4, 0x000A: 4, 0x000B: 4, 0x0005: 8, 0x0006: 8, 0x0007: 8, 0x0014: 8, 0x0040: 8}
_WIDTHS |= {0x0048: 16, 0x0001: 4}
_EMBEDDED_ID = 16
"""Octets that name the kind of an embedded object, before its data."""


@dataclass
class OutlookFile:
    """One file; its name as octets or text, still anything."""

    name: str = ""
    data: bytes = b""


@dataclass
class OutlookMail:
    """What is read of a mail in a form of Outlook's."""

    subject: str = ""
    sender: str = ""
    text: str = ""
    html: str = ""
    files: list[OutlookFile] = field(default_factory=list)


def read_tnef(data: bytes) -> OutlookMail:
    """Raises ValueError where it is no TNEF; whatever is broken inside it is left out."""
    if not data.startswith(SIGNATURE):
        raise ValueError("no TNEF")
    mail = OutlookMail()
    codepage = "cp1252"
    for name, value in _attributes(data):
        if name == _MESSAGE_CODEPAGE and len(value) >= 4:
            codepage = f"cp{struct.unpack_from('<I', value)[0]}"
        elif name in (_FILE_BEGINS, _FILE_TITLE, _FILE_DATA, _FILE_PROPERTIES):
            _take_file(mail.files, name, value, codepage)
        else:
            _take(mail, name, value, codepage)
    mail.files = [file for file in mail.files if file.data]
    return mail


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    """(name, value) of each attribute: level, name, type, length, data, checksum (section 2.1.3)."""
    place = 6
    for _ in range(MOST_ATTRIBUTES):
        if place + 11 > len(data):
            return
        _, name, _, length = struct.unpack_from("<BHHI", data, place)
        yield name, data[place + 9 : place + 9 + length]
        place += 11 + length


def _take(mail: OutlookMail, name: int, value: bytes, codepage: str) -> None:
    if name == _SUBJECT:
        mail.subject = _text(value, codepage)
    elif name == _BODY:
        mail.text = mail.text or _text(value, codepage)
    elif name == _PROPERTIES:
        for kind, prop, octets in _properties(value):
            if prop == _MAPI_SUBJECT:
                mail.subject = _property_text(kind, octets, codepage)
            elif prop == _MAPI_BODY:
                mail.text = _property_text(kind, octets, codepage)
            elif prop == _MAPI_HTML:
                mail.html = _property_text(kind, octets, codepage)


def _take_file(files: list[OutlookFile], name: int, value: bytes, codepage: str) -> None:
    if name == _FILE_BEGINS or not files:
        files.append(OutlookFile())
    file = files[-1]
    if name == _FILE_TITLE:
        file.name = file.name or _text(value, codepage)
    elif name == _FILE_DATA:
        file.data = value
    elif name == _FILE_PROPERTIES:
        for kind, prop, octets in _properties(value):
            if prop == _MAPI_LONG_NAME:
                file.name = _property_text(kind, octets, codepage)
            elif prop == _MAPI_DATA:
                file.data = octets[_EMBEDDED_ID:] if kind == _OBJECT else octets


def _properties(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """(type, id, octets) of each MAPI property (section 2.1.3.4). Stops at the first that the data does not hold."""
    place = 4
    try:
        while place + 8 <= len(data):
            kind, prop = struct.unpack_from("<HH", data, place)
            place = _after_name(data, place + 4, prop)
            many, kind = bool(kind & 0x1000), kind & 0x0FFF
            for octets, after in _values(data, place, kind, many):
                yield kind, prop, octets
                place = after
    except struct.error:
        return


def _after_name(data: bytes, place: int, prop: int) -> int:
    """Behind the name of a named property: a GUID, then a number or a text."""
    if prop < 0x8000:
        return place
    by_text, length = struct.unpack_from("<II", data, place + 16)
    return place + 24 + (_padded(length) if by_text else 0)


def _values(data: bytes, place: int, kind: int, many: bool) -> Iterator[tuple[bytes, int]]:
    """(octets, where the next begins) of each value; as many as the data holds, whatever number it claims."""
    width = _WIDTHS.get(kind)
    if width is None and kind not in (_TEXT8, _TEXT16, _OBJECT, _BINARY):
        raise struct.error("a type that is not known")
    count = 1
    if many or width is None:
        (count,) = struct.unpack_from("<I", data, place)
        place += 4
    if count == 0:
        yield b"", place
    while count and place < len(data):
        length = width
        if length is None:
            (length,) = struct.unpack_from("<I", data, place)
            place += 4
        octets = data[place : place + length]
        place += _padded(length)
        count -= 1
        yield octets, place


def _padded(length: int) -> int:
    return length + -length % 4


def _property_text(kind: int, octets: bytes, codepage: str) -> str:
    if kind == _TEXT16:
        return octets.decode("utf-16-le", "replace").rstrip("\x00")
    return _text(octets, codepage) if kind in (_TEXT8, _BINARY) else ""


def _text(octets: bytes, codepage: str) -> str:
    return decode(octets.rstrip(b"\x00"), codepage)
