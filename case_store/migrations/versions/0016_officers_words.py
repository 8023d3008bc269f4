"""Officers' notes and letters are found by their words; what was written before is put into the index."""

import sqlalchemy as sa
from alembic import op
from sqlmodel import Session

from case_store.officers_words import MADE, NOTED, NOTES, TURNS, put

revision = "0016_officers_words"
down_revision = "0015_unsent"

_BATCH = 500


def upgrade() -> None:
    for statement in MADE[op.get_bind().dialect.name]:
        op.execute(statement)
    entry = sa.table("case_entry", sa.column("number"), sa.column("words"), sa.column("what"))
    _index_all(NOTES, entry.c.number, entry.c.words, entry.c.what == NOTED)
    spoken = sa.table("spoken", sa.column("turn"))
    turn = sa.table("turn", sa.column("number"), sa.column("text"), sa.column("by"))
    _index_all(TURNS, turn.c.number, turn.c.text, turn.c.number.in_(sa.select(spoken.c.turn)))


def _index_all(table: str, number: sa.ColumnElement[int], words: sa.ColumnElement[str], of: sa.ColumnElement[bool]) -> None:
    """Some at a time."""
    connection, last = op.get_bind(), 0
    session = Session(connection)
    while True:
        query = sa.select(number, words).where(number > last, of).order_by(number).limit(_BATCH)
        rows = connection.execute(query).all()
        for row in rows:
            put(session, table, *row)
        if len(rows) < _BATCH:
            return
        last = rows[-1][0]


def downgrade() -> None:
    for table in (NOTES, TURNS):
        op.drop_table(table)
