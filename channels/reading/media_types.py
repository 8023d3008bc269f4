"""What a file is by its first octets, never by what its sender says."""

import puremagic

FIRST_OCTETS = 4096

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
    (4, b"ftypmif1", "image/heic"),
    (4, b"ftypqt", "video/quicktime"),
    (4, b"ftypM4A", "audio/mp4"),
    (4, b"ftyp", "video/mp4"),
    (0, b"%PDF", "application/pdf"),
    (0, b"{\\rtf", "application/rtf"),
    (0, b"ID3", "audio/mpeg"),
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
"""Names in a zip's first octets that tell an office document."""

_PAGES = ("<!doctype html", "<html", "<svg", "<?xml", "<script", "<head", "<body")
"""Text that a browser may run."""


def media_type(data: bytes) -> str:
    """The media type of these octets; plain octets where they tell nothing."""
    first = data[:FIRST_OCTETS]
    for offset, octets, kind in _BEGINNINGS:
        if first.startswith(octets, offset):
            return kind
    if first.startswith(b"PK\x03\x04"):
        return next((kind for name, kind in _IN_ZIP if name in first), "application/zip")
    return _text_type(first) or _by_magic(first)


def _text_type(first: bytes) -> str:
    """Text has no NUL and reads as UTF-8, a letter at the cut apart; empty where it is none."""
    if b"\x00" in first or not first:
        return ""
    try:
        text = first.decode("utf-8", "strict" if len(first) < FIRST_OCTETS else "ignore")
    except UnicodeError:
        return ""
    return "text/html" if text.lstrip("\ufeff \t\r\n").lower().startswith(_PAGES) else "text/plain"


def _by_magic(first: bytes) -> str:
    try:
        return str(puremagic.from_string(first, mime=True)) or UNKNOWN
    except Exception:
        return UNKNOWN
