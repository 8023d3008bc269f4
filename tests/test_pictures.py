"""Pictures made anew: what officers see of a photo, and which files are not shown."""

import io
import os
import zipfile
from collections.abc import Callable

import pytest
from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo

from channels.files.pictures import Pictures, Preview

SECRET = "51.5034 N, 0.1276 W"
RED, BLUE = (200, 30, 30), (30, 30, 200)


def photo(width: int = 400, height: int = 200) -> Image.Image:
    """Its left half is red, its right half blue."""
    image = Image.new("RGB", (width, height), RED)
    ImageDraw.Draw(image).rectangle((width // 2, 0, width, height), fill=BLUE)
    return image


def written(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def notes(orientation: int = 1) -> Image.Exif:
    """What a camera writes beside a photo."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010E], exif[0x8298] = orientation, SECRET, SECRET
    return exif


async def preview(data: bytes) -> Preview:
    return await Pictures().preview(data)


async def shown(data: bytes) -> Image.Image:
    made = await preview(data)
    assert made.refused == ""
    image = Image.open(io.BytesIO(made.jpeg))
    assert image.format == "JPEG"
    image.load()
    return image


def colours(image: Image.Image) -> list[str]:
    """Red or blue at the middle of the left, the top, the right and the bottom edge."""
    width, height = image.size
    places = ((5, height // 2), (width // 2 - 3, 5), (width - 5, height // 2), (width // 2 - 3, height - 5))
    points = [image.getpixel(place) for place in places]
    return ["red" if isinstance(point, tuple) and point[0] > point[2] else "blue" for point in points]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "MPO"])
async def test_a_photo_is_shown_as_a_jpeg(kind: str) -> None:
    image = await shown(written(photo(), kind))
    assert image.size == (400, 200)
    assert colours(image)[0] == "red"
    assert colours(image)[2] == "blue"


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16", "CMYK"])
async def test_every_kind_of_colour_is_shown(mode: str) -> None:
    kind = "JPEG" if mode == "CMYK" else "PNG"
    source = photo().convert("L").convert("I").convert("I;16") if mode == "I;16" else photo().convert(mode)
    assert (await shown(written(source, kind))).mode == "RGB"


async def test_what_is_see_through_stands_on_white() -> None:
    image = await shown(written(Image.new("RGBA", (50, 50), (0, 0, 0, 0)), "PNG"))
    assert image.getpixel((25, 25)) == (255, 255, 255)


@pytest.mark.parametrize(("width", "height"), [(4000, 3000), (3000, 4000), (12_000, 100), (1601, 1)])
async def test_a_large_photo_is_made_smaller_and_keeps_its_shape(width: int, height: int) -> None:
    image = await shown(written(photo(width, height), "JPEG"))
    assert max(image.size) == 1600
    assert image.size[0] / image.size[1] == pytest.approx(width / height, rel=0.05) or min(image.size) < 20


async def test_a_small_photo_is_not_made_larger() -> None:
    assert (await shown(written(photo(40, 20), "JPEG"))).size == (40, 20)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
async def test_nothing_that_a_camera_noted_is_left(kind: str) -> None:
    info = PngInfo()
    info.add_text("Comment", SECRET)
    options: dict[str, dict[str, object]] = {
        "JPEG": {"exif": notes(), "comment": SECRET.encode(), "xmp": SECRET.encode(), "icc_profile": SECRET.encode()},
        "PNG": {"exif": notes(), "pnginfo": info, "icc_profile": SECRET.encode()},
        "WEBP": {"exif": notes(), "xmp": SECRET.encode(), "icc_profile": SECRET.encode()},
    }
    data = written(photo(), kind, **options[kind])
    assert SECRET.encode() in data
    made = (await preview(data)).jpeg
    assert made.startswith(b"\xff\xd8")
    assert SECRET.encode() not in made
    assert set(Image.open(io.BytesIO(made)).info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


UPRIGHT = ["red", "red", "blue", "red"]


@pytest.mark.parametrize(
    ("orientation", "colour_of_the_left", "colour_of_the_top", "size"),
    [
        (1, "red", None, (400, 200)),
        (2, "blue", None, (400, 200)),
        (3, "blue", None, (400, 200)),
        (4, "red", None, (400, 200)),
        (5, None, "red", (200, 400)),
        (6, None, "red", (200, 400)),
        (7, None, "blue", (200, 400)),
        (8, None, "blue", (200, 400)),
        (99, "red", None, (400, 200)),
    ],
)
async def test_a_photo_stands_as_the_camera_was_held(
    orientation: int, colour_of_the_left: str | None, colour_of_the_top: str | None, size: tuple[int, int]
) -> None:
    image = await shown(written(photo(), "JPEG", exif=notes(orientation)))
    left, top, _, _ = colours(image)
    assert image.size == size
    assert colour_of_the_left in (None, left)
    assert colour_of_the_top in (None, top)


async def test_a_damaged_note_turns_nothing() -> None:
    assert (await shown(written(photo(), "JPEG", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff"))).size == (400, 200)


async def test_of_an_animation_the_first_picture_is_shown() -> None:
    frames = [Image.new("RGB", (40, 40), BLUE), Image.new("RGB", (40, 40), RED)]
    for kind in ("GIF", "WEBP"):
        data = written(frames[0], kind, save_all=True, append_images=frames[1:])
        point = (await shown(data)).getpixel((20, 20))
        assert isinstance(point, tuple)
        assert point[2] > point[0]


def _bomb() -> bytes:
    return written(Image.new("1", (20_000, 20_000)), "PNG")


def _lying_gif() -> bytes:
    """Its screen has one point, its first picture 65,535 by 65,535."""
    return b"GIF89a\x01\0\x01\0\0\0\0,\0\0\0\0\xff\xff\xff\xff\0\x02\x02D\x01\0;"


def _truncated(kind: str) -> Callable[[], bytes]:
    def cut() -> bytes:
        whole = written(photo(800, 800).effect_spread(50), kind)
        return whole[: len(whole) // 2]

    return cut


def _with_archive() -> bytes:
    out = io.BytesIO(written(photo(), "JPEG"))
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("run.class", "x")
    return out.getvalue()


def _with(words: bytes) -> Callable[[], bytes]:
    return lambda: written(photo(), "JPEG", comment=words)


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (_bomb, "more than 50 million points"),
        (_lying_gif, "more than 50 million points"),
        (_truncated("JPEG"), "damaged"),
        (_truncated("PNG"), "damaged"),
        (_truncated("WEBP"), "damaged"),
        (_truncated("GIF"), "damaged"),
        (_with_archive, "a picture and an archive at once"),
        (_with(b"%PDF-1.7"), "a picture and a PDF at once"),
        (_with(b"<ScRiPt>alert(1)</script>"), "a picture and a web page at once"),
        (_with(b"<?php system($_GET[0]); ?>"), "a picture and a program at once"),
        (lambda: b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "web page"),
        (lambda: b'<?xml version="1.0"?>' + b" " * 5000 + b"<svg/>", "no JPEG, PNG, WebP or GIF"),
        (lambda: written(photo(), "TIFF"), "no JPEG, PNG, WebP or GIF"),
        (lambda: written(photo(), "BMP"), "no JPEG, PNG, WebP or GIF"),
        (lambda: b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 500, "no JPEG, PNG, WebP or GIF"),
        (lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n", "no JPEG, PNG, WebP or GIF"),
        (lambda: b"", "no JPEG, PNG, WebP or GIF"),
        (lambda: os.urandom(100_000), "no JPEG, PNG, WebP or GIF"),
    ],
    ids=range(18),
)
async def test_what_is_not_an_honest_picture_is_refused_in_words(make: Callable[[], bytes], why: str) -> None:
    made = await preview(make())
    assert made.jpeg == b""
    assert why in made.refused


async def test_any_damage_ends_in_a_picture_or_in_words() -> None:
    pictures = Pictures()
    for kind in ("JPEG", "PNG", "WEBP", "GIF"):
        whole = bytearray(
            written(photo(300, 300).effect_spread(20), kind, **({"exif": notes()} if kind != "GIF" else {}))
        )
        for place in range(8, min(len(whole), 400), 37):
            hurt = bytes(whole[:place]) + b"\xff\x00\xff" + bytes(whole[place + 3 :])
            made = await pictures.preview(hurt)
            assert bool(made.jpeg) != bool(made.refused)


async def test_a_picture_that_takes_too_long_is_given_up() -> None:
    made = await Pictures(seconds=0.001).preview(written(photo(4000, 4000), "PNG"))
    assert made.refused == "It takes too long to open"
