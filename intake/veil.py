"""What of a conversation an officer must not read: one message of a thread may be of a service that only some see."""

from collections.abc import Sequence, Set
from dataclasses import replace

from intake.conversation import Speaker, Turn
from intake.interpretation import Detail
from intake.ports import UnitOfWork
from intake.rights import Scope

VEILED = "Not shown: it is about a service that you do not see."
"""Stands in place of the words, so that nobody takes what is left for the whole."""


def hidden_contacts(unit: UnitOfWork, conversation: str, scope: Scope) -> frozenset[str]:
    """The contacts of a conversation whose service is outside the scope. What has none belongs to those around it."""
    if scope.only is None and not scope.never:
        return frozenset()
    services = unit.desk.services(conversation)
    return frozenset(
        contact for contact, service in services.items() if service not in ("", "none") and not scope.sees(service)
    )


def own_words(unit: UnitOfWork, conversation: str, scope: Scope) -> tuple[str, str]:
    """Its subject, and what its resident told in their own words; both empty where a part of it is hidden."""
    known = unit.conversations.get(conversation)
    if known is None or hidden_contacts(unit, conversation, scope):
        return "", ""
    return known.subject, known.details.get(Detail.WHAT) or _first_words(unit, conversation)


def _first_words(unit: UnitOfWork, conversation: str) -> str:
    turns = unit.conversations.turns(conversation)
    return next((turn.text for turn in turns if turn.by is Speaker.RESIDENT), "")


def veiled(turns: Sequence[Turn], hidden: Set[str], after_hidden: bool = False) -> tuple[Turn, ...]:
    """The turns without the words of hidden contacts, and without what was said back to them.

    ``after_hidden``: the first of them may follow one that was hidden.
    """
    said = []
    for turn in turns:
        if turn.contact:
            after_hidden = turn.contact in hidden
        said.append(replace(turn, text=VEILED, choices=()) if hidden and after_hidden else turn)
    return tuple(said)
