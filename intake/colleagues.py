"""How officers are called where something of theirs is shown: by their own name, not by what they type to sign in."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, TypeVar

from intake.ports import UnitOfWork

Thing = TypeVar("Thing", bound=Any)


def names(unit: UnitOfWork) -> dict[str, str]:
    """Every officer's own name, by the name that they sign in with."""
    return {one.name: one.called for one in unit.officers.all()}


def called_by_name(unit: UnitOfWork, officer: str) -> str:
    """How colleagues call this officer; an account that is no more by the name that it had."""
    account = unit.officers.get(officer)
    return account.called if account is not None else officer


def named(unit: UnitOfWork, things: Iterable[Thing], field: str = "officer") -> list[Thing]:
    """Each with its officer as colleagues call them: to be shown, never to be kept."""
    called = names(unit)
    return [replace(one, **{field: called.get(officer := getattr(one, field), officer)}) for one in things]
