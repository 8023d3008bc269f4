"""The files that residents send to our live doors: how much, of which kinds, and under which names they are kept.

What a file is, its octets say, never its sender. Nothing here opens a file or unpacks an archive.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar
from weakref import WeakKeyDictionary

from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from channels.reading.media_types import media_type
from channels.rendering import LARGEST_BODY, allow_body
from intake.contact import Attachment
from intake.effects import Fields
from intake.files import saved_name
from intake.policy import Policy
from intake.wording import say_it

MOST_FILES = 5
LARGEST = 20 * 1024 * 1024
"""Files of one turn, and their octets altogether: as much as Telegram hands over of one file."""

LARGEST_FORM = LARGEST + LARGEST_BODY
"""Octets of a form with its files: the words beside them, too."""

MOST_PARTS = 50
"""Parts of a form that are read, files and fields each: more is no form of ours."""

READING = 300.0
"""Seconds that a form with files may take to reach us: 20 MB at half a megabit a second."""

AT_ONCE = 4
"""Turns with files that are held in memory at the same time: each may take 60 MB."""


class Refusal(StrEnum):
    """Why a file is not taken. Its words are the flow's saying of this name."""

    EMPTY = "file_empty"
    KIND = "file_kind"
    ARCHIVE = "file_archive"
    MACROS = "file_macros"
    TOO_LARGE = "files_too_large"
    TOO_MANY = "too_many_files"


@dataclass(frozen=True)
class Upload:
    """A file that is taken. Its name is safe to save it under, and ends as its kind does."""

    name: str
    media_type: str
    data: bytes

    def attachment(self, number: int) -> Attachment:
        """What is told of it; ``number`` is its place in its turn."""
        return Attachment(self.name, self.media_type, len(self.data), number)


@dataclass(frozen=True)
class Refused:
    """A file that is not taken; ``number`` is its place among those that were sent, None where it is all of them."""

    name: str
    why: Refusal
    number: int | None = None


@dataclass(frozen=True)
class Sent:
    """A form that was sent, with its files in order: those that are taken, and those that are not."""

    form: FormData
    files: tuple[Upload, ...] = ()
    refused: tuple[Refused, ...] = ()


_OLD_OFFICE = (
    ("WordDocument", "application/msword"),
    ("Workbook", "application/vnd.ms-excel"),
    ("PowerPoint Document", "application/vnd.ms-powerpoint"),
)
"""Names in the directory of an old office document, which is written in UTF-16 ([MS-CFB] section 2.6.1)."""

_OPEN = "application/vnd.oasis.opendocument."
_NEW = "application/vnd.openxmlformats-officedocument."
ENDINGS: Mapping[str, tuple[str, ...]] = {
    "image/jpeg": (".jpg", ".jpeg", ".jfif"),
    "image/png": (".png",),
    "image/gif": (".gif",),
    "image/webp": (".webp",),
    "image/heic": (".heic", ".heif"),
    "image/avif": (".avif",),
    "image/tiff": (".tif", ".tiff"),
    "application/pdf": (".pdf",),
    "application/rtf": (".rtf",),
    "text/plain": (".txt", ".csv"),
    "application/msword": (".doc", ".dot"),
    "application/vnd.ms-excel": (".xls",),
    "application/vnd.ms-powerpoint": (".ppt", ".pps"),
    f"{_NEW}wordprocessingml.document": (".docx", ".dotx"),
    f"{_NEW}spreadsheetml.sheet": (".xlsx",),
    f"{_NEW}presentationml.presentation": (".pptx", ".ppsx"),
    f"{_OPEN}text": (".odt",),
    f"{_OPEN}spreadsheet": (".ods",),
    "audio/mpeg": (".mp3",),
    "audio/mp4": (".m4a", ".mp4"),
    "audio/ogg": (".ogg", ".oga", ".opus"),
    "audio/amr": (".amr",),
    "audio/aac": (".aac",),
    "audio/wave": (".wav",),
    "video/mp4": (".mp4", ".m4v", ".3gp", ".m4a"),
    "video/quicktime": (".mov", ".qt"),
    "video/webm": (".webm", ".mkv"),
}
"""What we take, and how the names of such files end. The first is given to a name that ends in another way."""

_ARCHIVES = frozenset({"application/zip", "application/x-7z-compressed", "application/vnd.rar", "application/gzip"})
_MACROS = (b"vbaProject.bin", "_VBA_PROJECT".encode("utf-16-le"))
_holding: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()
SIZE = f"{LARGEST // (1024 * 1024)} MB"
ACCEPT = ",".join(sorted({ending for endings in ENDINGS.values() for ending in endings}))
"""What a page's file control offers first."""


LIMITS: Fields = {"most": str(MOST_FILES), "size": SIZE}
"""The limits as the council's words name them."""


def words_of(refused: Refused, policy: Policy) -> str:
    """What its sender is told."""
    words = say_it(policy.flow.sayings[refused.why], LIMITS, policy.council)
    return f"{refused.name}: {words}" if refused.name else words


def look_at(name: str, data: bytes, number: int = 0) -> Upload | Refused:
    """Is it a file that we take?"""
    shown, kind = saved_name(name) if name.strip() else "", _kind(data)
    why = _refusal(data, kind)
    return Refused(shown, why, number) if why else Upload(_named(shown, ENDINGS[kind]), kind, data)


def _refusal(data: bytes, kind: str) -> Refusal | None:
    if not data:
        return Refusal.EMPTY
    if len(data) > LARGEST:
        return Refusal.TOO_LARGE
    if kind not in ENDINGS:
        return Refusal.ARCHIVE if kind in _ARCHIVES else Refusal.KIND
    return Refusal.MACROS if kind.startswith("application/") and any(sign in data for sign in _MACROS) else None


def _kind(data: bytes) -> str:
    kind = media_type(data)
    if kind != "application/x-ole-storage":
        return kind
    return next((kind for name, kind in _OLD_OFFICE if name.encode("utf-16-le") in data), kind)


def _named(name: str, endings: Sequence[str]) -> str:
    """A script that calls itself text, or an office document that calls itself a picture, opens as what it is."""
    return name if name.lower().endswith(tuple(endings)) else f"{name or 'file'}{endings[0]}"


def judge(files: Sequence[tuple[str, bytes]]) -> tuple[tuple[Upload, ...], tuple[Refused, ...]]:
    """The files of one turn, by name and octets: those that are taken, and those that are not."""
    if much := _too_much([len(data) for _, data in files]):
        return (), much
    looked = [look_at(name, data, number) for number, (name, data) in enumerate(files)]
    return _of(looked, Upload), _of(looked, Refused)


def _too_much(sizes: Sequence[int]) -> tuple[Refused, ...]:
    if len(sizes) > MOST_FILES:
        return (Refused("", Refusal.TOO_MANY),)
    return (Refused("", Refusal.TOO_LARGE),) if sum(sizes) > LARGEST else ()


_Looked = TypeVar("_Looked", Upload, Refused)


def _of(looked: Sequence[Upload | Refused], kind: type[_Looked]) -> tuple[_Looked, ...]:
    return tuple(each for each in looked if isinstance(each, kind))


def octets_of(request: Request) -> int:
    """How many octets of a form will be read at most: what may be counted before any is."""
    told = request.headers.get("content-length", "")
    return min(int(told), LARGEST_FORM) if told.isascii() and told.isdigit() and len(told) < 12 else LARGEST_FORM


def is_form(request: Request) -> bool:
    """Was a form sent that may hold files?"""
    return request.headers.get("content-type", "").lower().startswith("multipart/form-data")


@asynccontextmanager
async def sent(request: Request, large: bool = True, field: str = "files") -> AsyncIterator[Sent]:
    """A form with its files, which are held in memory until the block ends.

    Ask before whether its sender may send files, and tell so by ``large``: only then more is read than others may send.
    Raises HTTPException: 400 where it is no form, 408 where it comes too slowly, 413 where it is too large, which is
    noticed while it is read.
    """
    if large:
        allow_body(request, LARGEST_FORM)
    form = await _form(request)
    try:
        parts = [part for part in form.getlist(field) if isinstance(part, UploadFile) and _chosen(part)]
        async with _holding.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(AT_ONCE)):
            yield Sent(form, *await _judged(parts))
    finally:
        await form.close()


async def _form(request: Request) -> FormData:
    try:
        async with asyncio.timeout(READING):
            return await request.form(max_files=MOST_PARTS, max_fields=MOST_PARTS, max_part_size=LARGEST_BODY)
    except TimeoutError:
        raise HTTPException(408) from None


def _chosen(part: UploadFile) -> bool:
    """A file control where nothing was chosen sends a file without name and octets (WHATWG HTML section 4.10.21.4)."""
    return bool(part.filename or part.size)


async def _judged(parts: Sequence[UploadFile]) -> tuple[tuple[Upload, ...], tuple[Refused, ...]]:
    """Nothing is taken into memory of what is too much anyway."""
    if much := _too_much([part.size or 0 for part in parts]):
        return (), much
    files = [(part.filename or "", await part.read()) for part in parts]
    return await asyncio.to_thread(judge, files)
