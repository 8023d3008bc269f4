"""What a file is by its first octets, never by what its sender says."""

import puremagic

FIRST_OCTETS = 4096
LAST_OCTETS = 65_536
"""Of a zip: where its directory stands (APPNOTE section 4.3.6)."""

UNKNOWN = "application/octet-stream"

_OFFICE = "application/vnd.openxmlformats-officedocument."
_BEGINNINGS: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"GIF8", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (0, b"II*\x00", "image/tiff"),
    (0, b"MM\x00*", "image/tiff"),
    (4, b"ftyphei", "image/heic"),
    (4, b"ftyphevc", "image/heic"),
    (4, b"ftypmif1", "image/heic"),
    (4, b"ftypmsf1", "image/heic"),
    (4, b"ftypavi", "image/avif"),
    (4, b"ftypqt", "video/quicktime"),
    (4, b"ftypM4A", "audio/mp4"),
    (4, b"ftyp", "video/mp4"),
    (0, b"%PDF", "application/pdf"),
    (0, b"{\\rtf", "application/rtf"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\xff\xfb", "audio/mpeg"),
    (0, b"\xff\xf3", "audio/mpeg"),
    (8, b"WAVEfmt", "audio/wave"),
    (0, b"\x1aE\xdf\xa3", "video/webm"),
    (0, b"OggS", "audio/ogg"),
    (0, b"#!AMR", "audio/amr"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (0, b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (0, b"Rar!\x1a\x07", "application/vnd.rar"),
    (0, b"\x1f\x8b", "application/gzip"),
    (0, b"MZ", "application/x-msdownload"),
    (0, b"\x7fELF", "application/x-elf"),
    (0, b"\x78\x9f\x3e\x22", "application/vnd.ms-tnef"),
)
"""What residents send, and what must not be taken for it: (offset, octets, type). The first that fits counts."""

_IN_ZIP = (
    (b"mimetypeapplication/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.text"),
    (b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet", "application/vnd.oasis.opendocument.spreadsheet"),
    (b"word/", f"{_OFFICE}wordprocessingml.document"),
    (b"xl/", f"{_OFFICE}spreadsheetml.sheet"),
    (b"ppt/", f"{_OFFICE}presentationml.presentation"),
)
"""Names at a zip's beginning or in its directory that tell an office document."""

_PAGES = ("<!doctype html", "<html", "<svg", "<?xml", "<script", "<head", "<body")
"""Text that a browser may run."""

_NOT_IN_TEXT = bytes({*range(32), 127} - {*b"\t\n\r\f\b\x1b"})
"""Octets that stand in no text, in UTF-8 or in a code page of one octet for each letter."""


def media_type(data: bytes) -> str:
    """The media type of these octets; plain octets where they tell nothing."""
    first = data[:FIRST_OCTETS]
    for offset, octets, kind in _BEGINNINGS:
        if first.startswith(octets, offset):
            return kind
    if first.startswith(b"PK\x03\x04"):
        names = first + data[max(FIRST_OCTETS, len(data) - LAST_OCTETS) :]
        return next((kind for name, kind in _IN_ZIP if name in names), "application/zip")
    return _text_type(first) or _by_magic(first)


def _text_type(first: bytes) -> str:
    """Text has no control characters but those of lines and tabs; empty where it is none."""
    if not first or first.translate(None, _NOT_IN_TEXT) != first:
        return ""
    text = first.decode("utf-8", "ignore")
    return "text/html" if text.lstrip("\ufeff \t\r\n").lower().startswith(_PAGES) else "text/plain"


def _by_magic(first: bytes) -> str:
    try:
        return str(puremagic.from_string(first, mime=True)) or UNKNOWN
    except Exception:
        return UNKNOWN
