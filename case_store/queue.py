"""Claiming: how several workers, in one process or many, take work off one table without taking the same piece."""

from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import update
from sqlalchemy.sql.expression import ColumnElement
from sqlmodel import Session, SQLModel, col, select

from case_store.tables import ContactRow, OutboxRow

Row = TypeVar("Row", ContactRow, OutboxRow)


def claim(session: Session, table: type[Row], free: ColumnElement[bool], until: datetime) -> Row | None:
    """Lease the oldest free row until then.

    PostgreSQL skips rows that another transaction is claiming; on SQLite the writer's lock makes that needless, and
    the dialect leaves the words out.
    """
    oldest = select(table).where(free).order_by(col(table.number)).limit(1).with_for_update(skip_locked=True, of=table)
    row = session.exec(oldest).first()
    if row is None:
        return None
    row.not_before = until
    row.attempts += 1
    session.add(row)
    session.flush()
    return row


def change(session: Session, table: type[SQLModel], key: ColumnElement[bool], **values: Any) -> None:
    """Change the columns of one row."""
    session.exec(update(table).where(key).values(**values))
