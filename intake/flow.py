"""The flow of a live conversation as a council declares it: what is asked for each route, and the words that say so."""

from collections.abc import Mapping
from dataclasses import dataclass

from intake.interpretation import Detail


@dataclass(frozen=True)
class Choice:
    """One of a few answers: its label, what it means to us, and phrases that people type for it and against it."""

    label: str
    value: str
    words: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()


@dataclass(frozen=True)
class Question:
    """How a detail is asked for.

    ``again`` is said where the answer could not be taken; ``label`` names the detail in a summary, ``named`` are
    phrases by which a resident names it when they correct it. ``may_skip``: it goes on without an answer. ``spoken`` is
    how an officer asks it aloud (empty: in the same words).
    """

    ask: str
    again: str
    label: str
    named: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()
    may_skip: bool = True
    spoken: str = ""


@dataclass(frozen=True)
class Aside:
    """A question in between: phrases that ask it, and what we say to it."""

    words: tuple[str, ...]
    says: str


@dataclass(frozen=True)
class Flow:
    """Everything that a live conversation says and listens for.

    ``routes`` holds each route's details in the order in which they are asked. ``words`` are phrases by the move that
    they mean (intake.phrases' language), ``buttons`` the choices by their value.
    """

    questions: Mapping[Detail, Question]
    routes: Mapping[str, tuple[Detail, ...]]
    sayings: Mapping[str, str]
    words: Mapping[str, tuple[str, ...]]
    buttons: Mapping[str, Choice]
    asides: Mapping[str, Aside]
