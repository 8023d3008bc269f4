"""A policy pack as administrators upload it: a ZIP archive, or single YAML files. Bounded before anything is unpacked.

Only names that a pack can have are taken, so that nothing from an archive is ever written anywhere else.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence

from intake.errors import SendersMove

LARGEST = 2_000_000
"""Octets of one upload."""

MOST_FILES = 200
LARGEST_FILE = 500_000
LARGEST_PACK = 3_000_000
"""Octets of one file, and of all together, once they are unpacked."""

_NAME = re.compile(r"(languages/([a-z]{2,3}(-[A-Za-z]{2,8})?/)?)?[a-z][a-z_-]{0,40}\.yaml")


def read_upload(sent: Sequence[tuple[str, bytes]]) -> Mapping[str, str]:
    """The files by path. Raises SendersMove, saying what to do."""
    if len(sent) == 1 and sent[0][1].startswith(b"PK"):
        return dict(_unpacked(sent[0][1]))
    if not sent:
        raise SendersMove("Choose a ZIP archive of a policy pack, or its YAML files")
    if len(sent) > MOST_FILES:
        raise SendersMove(f"Send at most {MOST_FILES} files")
    return {_checked(name.replace("\\", "/").rpartition("/")[2]): _text(name, data) for name, data in sent}


def is_archive(sent: Sequence[tuple[str, bytes]]) -> bool:
    """Is it a whole pack, rather than single files of one?"""
    return len(sent) == 1 and sent[0][1].startswith(b"PK")


def _unpacked(data: bytes) -> Iterator[tuple[str, str]]:
    left = LARGEST_PACK
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            if len(entries) > MOST_FILES:
                raise SendersMove(f"The archive has more than {MOST_FILES} files; a policy pack has fewer")
            top = _top(entries)
            names = [_checked(entry.filename.removeprefix(top)) for entry in entries]
            if len(set(names)) < len(names):
                raise SendersMove("The archive has two files of the same name; pack it anew")
            for entry, name in zip(entries, names, strict=True):
                text, octets = _entry(archive, entry, name, left)
                left -= octets
                yield name, text
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError, RuntimeError, ValueError) as error:
        raise SendersMove("The archive cannot be unpacked; pack it anew as a plain ZIP without a password") from error


def _entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str, left: int) -> tuple[str, int]:
    """What the archive says of its sizes is not believed: no more is unpacked than a pack may have."""
    with archive.open(entry) as file:
        data = file.read(min(LARGEST_FILE, left) + 1)
    if len(data) > min(LARGEST_FILE, left):
        raise SendersMove(f"{name} is larger than the files of a policy pack are; leave out what is not a pack's")
    return _text(name, data), len(data)


def _top(entries: Sequence[zipfile.ZipInfo]) -> str:
    """The folder in which all of them lie, as archives of a folder have it; empty where there is none."""
    tops = {entry.filename.partition("/")[0] for entry in entries if "/" in entry.filename}
    own = all("/" in entry.filename for entry in entries) and len(tops) == 1
    return f"{tops.pop()}/" if own and tops != {"languages"} else ""


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        shown = "".join(sign if sign.isprintable() else "?" for sign in name[:80])
        raise SendersMove(f"“{shown}” is no file of a policy pack; send its YAML files and its folder languages alone")
    return name


def _text(name: str, data: bytes) -> str:
    if len(data) > LARGEST_FILE:
        raise SendersMove(f"{name[:80]} is larger than {LARGEST_FILE // 1000} kB")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SendersMove(f"{name[:80]} is not written in UTF-8; save it so") from error
