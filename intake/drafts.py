"""A form that is being filled in: its answers, kept until it is sent, comes to its end of time, or is deleted."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from intake.interpretation import Interpretation


@dataclass(frozen=True)
class Draft:
    """The answers of one form by the name of their page; an empty one was left out. Times are UTC.

    ``conversation`` is the one that the form will begin. ``reading`` is what was read in the answer to what happened.
    ``called`` are the harms that a person was called for while it was filled in. ``contacts`` are what was kept of it
    so far, ``sent`` whether the whole form was; then there are no answers any more. ``expires_at`` is when it is
    forgotten, ``saved`` whether its resident has a code for it.
    """

    conversation: str
    began_at: datetime
    expires_at: datetime
    answers: Mapping[str, str] = field(default_factory=dict)
    reading: Interpretation | None = None
    called: tuple[str, ...] = ()
    contacts: tuple[str, ...] = ()
    sent: bool = False
    saved: bool = False
