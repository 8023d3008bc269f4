"""Telephone numbers are found by their last digits too: the indexes of words are made anew."""

from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlmodel import Session

from case_store import officers_words, searching
from case_store.documents import CONTACT
from case_store.officers_words import NOTED, NOTES, TURNS

revision = "0018_ends_of_numbers"
down_revision = "0017_contacts_of_conversation"

_BATCH = 1_000


def upgrade() -> None:
    dialect = op.get_bind().dialect.name
    for table in ("contact_words", NOTES, TURNS):
        op.drop_table(table)
    for statement in (*searching.MADE[dialect], *officers_words.MADE[dialect]):
        op.execute(statement)
    contact = sa.table("contact", sa.column("number"), sa.column("contact_document"))
    _in_pieces(sa.select(contact).where(contact.c.contact_document != ""), contact.c.number, _put_contacts)
    entry = sa.table("case_entry", sa.column("number"), sa.column("words"), sa.column("what"))
    noted = sa.select(entry.c.number, entry.c.words).where(entry.c.what == NOTED)
    _in_pieces(noted, entry.c.number, lambda session, rows: officers_words.put_many(session, NOTES, rows))
    turn = sa.table("turn", sa.column("number"), sa.column("text"))
    spoken = sa.table("spoken", sa.column("turn"))
    said = sa.select(turn).where(turn.c.number.in_(sa.select(spoken.c.turn)))
    _in_pieces(said, turn.c.number, lambda session, rows: officers_words.put_many(session, TURNS, rows))


def _put_contacts(session: Session, rows: Sequence[Any]) -> None:
    searching.put_many(session, [(number, CONTACT.validate_json(document)) for number, document in rows])


def _in_pieces(
    query: sa.Select[Any], number: sa.ColumnElement[int], put: Callable[[Session, Sequence[Any]], None]
) -> None:
    """Some at a time, so that a million need no more memory than a thousand."""
    connection, last = op.get_bind(), 0
    session = Session(connection)
    while rows := connection.execute(query.where(number > last).order_by(number).limit(_BATCH)).all():
        put(session, [tuple(row) for row in rows])
        last = rows[-1][0]


def downgrade() -> None:
    """The words that were added are not in the way."""
