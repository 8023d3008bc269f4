"""The examples: messages with what is to be read in them, in Rasa's training format (nlu/examples/*.yml).

An intent is the route; an example's metadata carry its service, signpost, urgency, signals, kinds of harm, and the
second matter where there is one.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from intake.errors import WrongPack
from intake.interpretation import Sign

FOLDER = Path(__file__).parent / "examples"

_FIELDS = {"service", "signpost", "urgent", "signals", "harm", "also"}


@dataclass(frozen=True)
class Example:
    """One message and its labels."""

    text: str
    route: str
    service: str
    signpost: str
    urgent: bool
    signs: frozenset[Sign]
    harms: frozenset[str]


def read_examples(folder: Path = FOLDER) -> tuple[Example, ...]:
    """Every example in a folder's files. Raises WrongPack, naming file and message, where one cannot be read."""
    examples: list[Example] = []
    mistakes: list[str] = []
    for path in sorted(folder.glob("*.yml")):
        for number, (route, entry) in enumerate(_entries(path), start=1):
            try:
                examples.append(_example(route, entry))
            except (KeyError, TypeError, ValueError) as error:
                mistakes.append(f"{path.name}: example {number} ({route}): {error}")
    if mistakes:
        raise WrongPack(mistakes)
    return tuple(examples)


def digest(folder: Path = FOLDER) -> str:
    """A fingerprint of all examples; a model carries the one it was trained from."""
    whole = hashlib.sha256()
    for path in sorted(folder.glob("*.yml")):
        whole.update(path.name.encode() + b"\0" + path.read_bytes())
    return whole.hexdigest()


def _entries(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    document = yaml.load(path.read_text(encoding="utf-8"), Loader=_loader())
    for block in document["nlu"]:
        for entry in block["examples"]:
            yield block["intent"], entry


def _example(route: str, entry: dict[str, Any]) -> Example:
    metadata = entry.get("metadata", {})
    if unknown := set(metadata) - _FIELDS:
        raise ValueError(f"unknown metadata {', '.join(sorted(unknown))}; there are {', '.join(sorted(_FIELDS))}")
    return Example(
        text=entry["text"].strip(),
        route=route,
        service=metadata["service"],
        signpost=metadata.get("signpost", "none"),
        urgent=metadata.get("urgent", False),
        signs=frozenset(Sign(sign) for sign in metadata.get("signals", ())),
        harms=frozenset(metadata.get("harm", ())),
    )


@cache
def _loader() -> type[Any]:
    """The C loader where PyYAML has it: several thousand examples load in a second instead of ten."""
    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)
