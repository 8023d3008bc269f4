"""How the store is: its schema, its backlog, and whether a mail has come in. For the doctor and the email test."""

from dataclasses import dataclass
from datetime import datetime

from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, func
from sqlmodel import col, select

from case_store.engine import newest_revision
from case_store.tables.columns import KEPT, WAITING
from case_store.tables.contacts import ContactRow, OriginalRow
from case_store.tables.sending import OutboxRow
from case_store.unit_of_work import SqlUnitOfWork

HEAD = 65_536
"""Octets of a mail in which its headers are looked for."""

MOST = 1000


@dataclass(frozen=True)
class Backlog:
    """What waits, and since when (UTC; None: nothing waits)."""

    oldest_contact: datetime | None
    oldest_mail: datetime | None
    contacts_set_aside: int
    mails_set_aside: int


def backlog(unit: SqlUnitOfWork) -> Backlog:
    """What waits to be handled, to be sent, and for a person."""
    contact = select(func.min(ContactRow.received_at)).where(col(ContactRow.state) == KEPT)
    mail = select(func.min(OutboxRow.created_at)).where(col(OutboxRow.state) == WAITING)
    contacts_aside = select(func.count()).select_from(ContactRow).where(col(ContactRow.state) == "set_aside")
    mails_aside = select(func.count()).select_from(OutboxRow).where(col(OutboxRow.state) == "set_aside")
    run = unit.session.exec
    return Backlog(run(contact).one(), run(mail).one(), run(contacts_aside).one(), run(mails_aside).one())


def is_migrated(engine: Engine) -> bool:
    """Is the schema the one that this version works with?"""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() == newest_revision()


def newest_contact(unit: SqlUnitOfWork) -> int:
    """The number of the contact that came last."""
    return unit.session.exec(select(func.max(ContactRow.number))).one() or 0


def came_in(unit: SqlUnitOfWork, after: int, token: str) -> str:
    """The contact, among those numbered higher, whose original holds this token at its head; empty where none does."""
    heads = (
        select(ContactRow.id, func.substr(OriginalRow.raw, 1, HEAD))
        .where(col(ContactRow.number) > after, col(OriginalRow.contact) == col(ContactRow.id))
        .order_by(col(ContactRow.number).desc())
        .limit(MOST)
    )
    found = (contact for contact, head in unit.session.exec(heads) if token.encode() in bytes(head))
    return next(found, "")
