"""A pack's short answers in other languages: a file each in languages/, checked, and told where nobody reviewed it."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from config.pack_reader import PackReader
from config.pack_shapes import Shape
from intake.interpretation import ENGLISH
from intake.languages import FIELDS, is_tag, reads_right_to_left
from intake.policy import Language, Template
from intake.wording import placeholders
from nlu.language import LANGUAGES

FOLDER = "languages"

_NEEDED = {
    "body": ("999", "((council_phone))", "((next_open_day))"),
    "harm": ("999",),
}
"""What the words of each key must hold: whom to call in danger, and what we promise."""

Words = Annotated[str, Field(min_length=3)]


class LanguageFile(Shape):
    """One language. ``reviewed`` is no, or who confirmed the words, and when.

    ``complete``: the pack has everything that residents read in it, in a folder of its own (config.overlays).
    """

    name: str
    own_name: Annotated[str, Field(min_length=2, max_length=40)]
    direction: Literal["ltr", "rtl"]
    reviewed: Literal[False] | Words
    complete: bool = False
    subject: Words
    body: Words
    harm: Words


def read_languages(pack: PackReader) -> Mapping[str, LanguageFile]:
    """Every language file by its code; those with mistakes are told and left out."""
    read = {path.stem: pack.read(f"{FOLDER}/{path.stem}", LanguageFile) for path in _files(pack.folder)}
    found = {code: shape for code, shape in read.items() if shape is not None}
    for code, shape in found.items():
        _check(pack, f"{FOLDER}/{code}", shape)
    _check_twice(pack, found)
    return found


def make_languages(files: Mapping[str, LanguageFile]) -> dict[str, Language]:
    """The languages by the English name that the interpreter gives them."""
    return {
        shape.name: Language(
            tag=code,
            name=shape.name,
            own_name=shape.own_name,
            right_to_left=shape.direction == "rtl",
            subject=" ".join(shape.subject.split()),
            body=shape.body.strip(),
            harm=" ".join(shape.harm.split()),
        )
        for code, shape in files.items()
    }


def warn_of_languages(pack: PackReader, files: Mapping[str, LanguageFile]) -> None:
    """Words that no translator confirmed, and languages that are recognised and have no words."""
    for code, shape in files.items():
        if shape.reviewed is False:
            what = (
                "nobody has reviewed these words; have a translator of the council confirm them, and write who and when"
            )
            pack.doubt((f"{FOLDER}/{code}", "reviewed"), what)
    without = sorted(set(LANGUAGES) - {ENGLISH} - {shape.name for shape in files.values()})
    if without:
        what = (
            f"is in English alone for {', '.join(without)}; add {FOLDER}/CODE.yaml for those that your residents speak"
        )
        pack.doubt(("flow", "sayings", "other_language"), what)


def _files(folder: Path) -> Iterable[Path]:
    return sorted((folder / FOLDER).glob("*.yaml"))


def _check(pack: PackReader, file: str, shape: LanguageFile) -> None:
    if not is_tag(file.rpartition("/")[2]):
        pack.wrong((file, "name"), "the file must be called by the language's code (BCP 47), such as pl.yaml")
    if shape.name not in LANGUAGES or shape.name == ENGLISH:
        known = ", ".join(sorted(set(LANGUAGES) - {ENGLISH}))
        pack.wrong((file, "name"), f"{shape.name} is no language that is recognised; there are {known}")
    if (shape.direction == "rtl") != reads_right_to_left(shape.own_name):
        pack.wrong((file, "direction"), "does not fit the script of own_name; write ltr or rtl")
    for key in ("subject", "body", "harm"):
        allowed = FIELDS if key == "body" else frozenset[str]()
        for name in sorted(placeholders(Template("", getattr(shape, key))) - allowed):
            there = ", ".join(sorted(allowed)) or "none here"
            pack.wrong((file, key), f"(({name})) is not known; there are {there}")
    for key, needed in _NEEDED.items():
        for words in needed:
            if words not in getattr(shape, key):
                pack.wrong((file, key), f"must hold {words}; add it")


def _check_twice(pack: PackReader, files: Mapping[str, LanguageFile]) -> None:
    first: dict[str, str] = {}
    for code, shape in files.items():
        other = first.setdefault(shape.name, code)
        if other != code:
            pack.wrong((f"{FOLDER}/{code}", "name"), f"{shape.name} has {other}.yaml already; keep one")
