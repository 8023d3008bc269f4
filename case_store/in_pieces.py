"""Reads many rows some at a time, so that a million need no more memory than a thousand."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select
from sqlmodel import Session

PIECE = 1_000


def in_pieces(
    connection: Connection,
    query: Select[Any],
    number: ColumnElement[int],
    work: Callable[[Session, Sequence[Any]], None],
) -> None:
    """Hands on what a query finds, in the order of ``number``, its first column."""
    session, last = Session(connection), 0
    while rows := connection.execute(query.where(number > last).order_by(number).limit(PIECE)).all():
        work(session, [tuple(row) for row in rows])
        last = rows[-1][0]
