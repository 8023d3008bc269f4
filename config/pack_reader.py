"""Reading one pack's YAML files against their shapes, and where each key stands, so that mistakes can be told."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from config.pack_shapes import Shape

Where = tuple[str, ...]
"""A place in a pack: the file's name without its ending, then the keys that lead there."""

_KEYS = "must hold keys with their values, each on a line of its own, such as `name: Libraries`"
_LIST = "must be a list: each value on a line of its own, after a hyphen"
_WHOLE = "must be a whole number, such as 10"
_NUMBER = "must be a number, such as 0.9"
_DAY = "must be a day that there is, such as 2026-11-21"
_REMEDIES = {
    "missing": "is missing; add it",
    "extra_forbidden": "is not known here; remove it or correct its spelling",
    "enum": "must be one of {expected}",
    "literal_error": "must be one of {expected}",
    "string_type": "must be words; put quotes around what isn't",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    **dict.fromkeys(("dict_type", "model_type", "model_attributes_type", "mapping_type"), _KEYS),
    **dict.fromkeys(("list_type", "tuple_type", "set_type", "frozen_set_type"), _LIST),
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float"), _WHOLE),
    **dict.fromkeys(("float_type", "float_parsing"), _NUMBER),
    **dict.fromkeys(("date_type", "date_parsing", "date_from_datetime_parsing", "date_from_datetime_inexact"), _DAY),
    "string_pattern_mismatch": "must be written as the pattern {pattern} has it",
    "string_too_short": "must have {min_length} or more letters",
    "string_too_long": "must have {max_length} or fewer letters",
    "too_short": "must hold {min_length} or more",
    "greater_than_equal": "must be {ge} or more",
    "greater_than": "must be more than {gt}",
    "less_than_equal": "must be {le} or less",
    "less_than": "must be less than {lt}",
}
"""What is told instead of Pydantic's words, which are a programmer's."""


class PackReader:
    """A pack while it is being read: where each key stands, and what was found."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.mistakes: list[str] = []
        self.warnings: list[str] = []
        self._lines: dict[Where, int] = {}

    def read(self, name: str, shape: type[Shape]) -> Any:
        """A file as its shape; None where it has mistakes."""
        before = len(self.mistakes)
        raw = self.load(name)
        if raw is None and len(self.mistakes) > before:
            return None
        try:
            return shape.model_validate(raw)
        except ValidationError as error:
            for detail in error.errors():
                where = (name, *(str(part) for part in detail["loc"] if part != "[key]"))
                self.wrong(where, _remedy(detail["type"], detail.get("ctx", {}), detail["msg"]))
        return None

    def load(self, name: str) -> Any:
        """What a file holds, of whatever shape; None where it cannot be read."""
        path = self.folder / f"{name}.yaml"
        try:
            text = path.read_text(encoding="utf-8")
            self._note_lines((name,), yaml.compose(text, Loader=yaml.SafeLoader))
            return yaml.safe_load(text)
        except (OSError, UnicodeDecodeError) as error:
            self.mistakes.append(f"{path}:1: cannot be read ({type(error).__name__}); the pack needs it, in UTF-8")
        except yaml.YAMLError as error:
            mark, problem = getattr(error, "problem_mark", None), getattr(error, "problem", None)
            line = mark.line + 1 if mark else 1
            self.mistakes.append(f"{path}:{line}: {problem or 'not YAML'}; check indents, quotes and colons here")
        return None

    def wrong(self, where: Where, what: str) -> None:
        """Tell a mistake: it stops the pack from being used."""
        self.mistakes.append(f"{self._place(where)}: {'.'.join(where[1:]) or 'the file'}: {what}")

    def doubt(self, where: Where, what: str) -> None:
        """Tell a warning: somebody should confirm it."""
        self.warnings.append(f"{self._place(where)}: {'.'.join(where[1:]) or 'the file'}: {what}")

    def _place(self, where: Where) -> str:
        """File and line of a key, or of the nearest key above it that stands there."""
        at = where
        while at and at not in self._lines:
            at = at[:-1]
        return f"{self.folder / where[0]}.yaml:{self._lines.get(at, 1)}"

    def _note_lines(self, where: Where, node: yaml.Node | None) -> None:
        if node is None:
            return
        self._lines.setdefault(where, node.start_mark.line + 1)
        if isinstance(node, yaml.SequenceNode):
            for number, value in enumerate(node.value):
                self._note_lines((*where, str(number)), value)
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                place = (*where, str(key.value))
                if place in self._lines:
                    self.wrong(place, f"stands twice, again on line {key.start_mark.line + 1}; keep one")
                self._lines[place] = key.start_mark.line + 1
                self._note_lines(place, value)


def _remedy(kind: str, values: Mapping[str, Any], otherwise: str) -> str:
    """In words that who wrote the file understands."""
    words = _REMEDIES.get(kind, otherwise.removeprefix("Value error, "))
    return words.format_map(values) if kind in _REMEDIES else words
