"""Figures of the house for whatever watches over it: what waits and since when, and nothing about anybody."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Waiting:
    """How many wait, and since when the oldest does (UTC; None: none waits)."""

    number: int
    oldest: datetime | None


@dataclass(frozen=True)
class Figures:
    """``contacts`` by state; ``mailboxes`` and ``bots`` are those that cannot be read."""

    contacts: Mapping[str, int]
    inbox: Waiting
    conversations: Waiting
    outbox: Waiting
    calls: Waiting
    letters_set_aside: int
    messages_set_aside: int
    mailboxes: Waiting
    bots: Waiting
