"""Makes one picture harmless: reads it from standard input, writes it anew as JPEG, without anything but its points.

Runs as a program of its own under limits (channels.files.pictures starts it), since what decodes hostile bytes may be
taken over or blown up. Ends with 0 and the picture, or with REFUSED and words that say why. Imports nothing of ours, so
that it can be started with Python's -I.
"""

import io
import resource
import sys
import warnings
import zipfile
from contextlib import suppress

from PIL import Image, UnidentifiedImageError

FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
MOST_POINTS = 50_000_000
LONGEST_SIDE = 1_600
QUALITY = 85
REFUSED = 3

MOST_MEMORY = 512 * 1024 * 1024
MOST_SECONDS = 10

SIGNS = (
    (b"%pdf-", "a PDF"),
    (b"<html", "a web page"),
    (b"<script", "a web page"),
    (b"<svg", "a web page"),
    (b"<?php", "a program"),
)
SIGNS_WITHIN = 4096
"""Octets at the beginning in which programs look for what else a file might be; PDF readers in the first 1,024."""

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""How the values of EXIF's Orientation (Exif 2.32, tag 0x0112) are put right."""

_ORIENTATION = 0x0112


class Refused(Exception):
    """This picture is not shown; the message says why."""


def main() -> int:
    """Standard input to standard output."""
    _limit()
    data = sys.stdin.buffer.read()
    try:
        sys.stdout.buffer.write(remade(data))
    except Refused as why:
        sys.stdout.write(str(why))
        return REFUSED
    except MemoryError:
        sys.stdout.write("It takes too much memory to open")
        return REFUSED
    return 0


def _limit() -> None:
    """No more memory, time, files or processes than one picture needs (setrlimit(2))."""
    for what, most in (
        (resource.RLIMIT_AS, MOST_MEMORY),
        (resource.RLIMIT_CPU, MOST_SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 16),
    ):
        resource.setrlimit(what, (most, most))


def remade(data: bytes) -> bytes:
    """The picture as a JPEG of at most 1,600 points on its longer side. Raises Refused."""
    _refuse_what_is_something_else_too(data)
    image = _opened(data)
    try:
        image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
        image.load()
        small = _on_white(_small(image))
    except MemoryError:
        raise
    except Exception as error:
        raise Refused("It is damaged, or ends too early") from error
    points = Image.new("RGB", small.size)  # a new one: what was read carries its notes along
    points.paste(small)
    turn = _TURNS.get(_orientation(image))
    out = io.BytesIO()
    (points.transpose(turn) if turn is not None else points).save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


def _refuse_what_is_something_else_too(data: bytes) -> None:
    beginning = data[:SIGNS_WITHIN].lower()
    also = next((name for sign, name in SIGNS if sign in beginning), "")
    if not also and zipfile.is_zipfile(io.BytesIO(data)):
        also = "an archive"
    if also:
        raise Refused(f"It is a picture and {also} at once, which no camera makes")


def _opened(data: bytes) -> Image.Image:
    """Its head is read, its points are not; of the few formats that we show."""
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    Image.MAX_IMAGE_PIXELS = MOST_POINTS
    try:
        return Image.open(io.BytesIO(data), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Refused(f"It has more than {MOST_POINTS // 1_000_000} million points") from error
    except UnidentifiedImageError as error:
        raise Refused("It is no JPEG, PNG, WebP or GIF picture") from error
    except Exception as error:
        raise Refused("It is damaged, or ends too early") from error


def _orientation(image: Image.Image) -> int:
    """A camera's note of how it was held; a damaged note turns nothing."""
    with suppress(Exception):
        return int(image.getexif().get(_ORIENTATION, 1))
    return 1


def _small(image: Image.Image) -> Image.Image:
    """Pictures of few colours become whole ones first, since mixing their colours' numbers means nothing."""
    if image.mode not in ("RGB", "RGBA", "L", "LA", "CMYK"):
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    factor = max(image.size) // LONGEST_SIDE
    if factor > 1:
        image = image.reduce(factor)
    image.thumbnail((LONGEST_SIDE, LONGEST_SIDE), reducing_gap=None)
    return image


def _on_white(image: Image.Image) -> Image.Image:
    if not image.has_transparency_data:
        return image.convert("RGB")
    see_through = image.convert("RGBA")
    white = Image.new("RGBA", see_through.size, "white")
    return Image.alpha_composite(white, see_through).convert("RGB")


if __name__ == "__main__":
    sys.exit(main())
