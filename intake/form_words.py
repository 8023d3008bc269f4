"""The web form as a council declares it: the order of its pages, what it asks besides the flow, and all its words."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class PageWords:
    """One page: its question, a hint, what is said where nothing was answered, and its name in the list of answers."""

    ask: str
    hint: str = ""
    empty: str = ""
    label: str = ""


@dataclass(frozen=True)
class FormWords:
    """Everything of the form.

    ``also`` are pages by route that are asked besides the flow's details. ``kept_days`` is how long answers are kept
    after the last of them, ``saved_days`` where their resident saved them. ``words`` are all others, by their key.
    """

    order: tuple[str, ...]
    also: Mapping[str, tuple[str, ...]]
    kept_days: int
    saved_days: int
    pages: Mapping[str, PageWords]
    words: Mapping[str, str]
