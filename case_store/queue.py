"""Claiming: how several workers, in one process or many, take work off one table without taking the same piece."""

from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import update
from sqlalchemy.sql.expression import ColumnElement
from sqlmodel import Session, SQLModel, col, select

from case_store.tables.contacts import ContactRow
from case_store.tables.sending import ChatRow, OutboxRow

Row = TypeVar("Row", ContactRow, OutboxRow, ChatRow)


def claim(session: Session, table: type[Row], free: ColumnElement[bool], until: datetime) -> Row | None:
    """Lease the oldest free row until then.

    PostgreSQL skips rows that another transaction is claiming; on SQLite the writer's lock makes that needless, and
    the dialect leaves the words out.
    """
    oldest = select(table).where(free).order_by(col(table.number)).limit(1).with_for_update(skip_locked=True, of=table)
    row = session.exec(oldest).first()
    if row is None:
        return None
    session.expunge(row)
    row.attempts += 1
    change(session, table, col(table.number) == row.number, not_before=until, attempts=row.attempts)
    return row


def change(session: Session, table: type[SQLModel], key: ColumnElement[bool], **values: Any) -> bool:
    """Change the columns of one row; False where there is no such row."""
    return bool(session.exec(update(table).where(key).values(**values)).rowcount)
