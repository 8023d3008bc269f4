"""Telephone numbers are found by their last digits too: the indexes of officers' words are made anew.

That of contacts is made anew by the migration after this one.
"""

import sqlalchemy as sa
from alembic import op

from case_store.in_pieces import in_pieces
from case_store.officers_words import MADE, NOTED, NOTES, TURNS, put_many

revision = "0018_ends_of_numbers"
down_revision = "0017_contacts_of_conversation"


def upgrade() -> None:
    connection = op.get_bind()
    for table in (NOTES, TURNS):
        op.drop_table(table)
    for statement in MADE[connection.dialect.name]:
        op.execute(statement)
    entry = sa.table("case_entry", sa.column("number"), sa.column("words"), sa.column("what"))
    noted = sa.select(entry.c.number, entry.c.words).where(entry.c.what == NOTED)
    in_pieces(connection, noted, entry.c.number, lambda session, rows: put_many(session, NOTES, rows))
    turn = sa.table("turn", sa.column("number"), sa.column("text"))
    spoken = sa.table("spoken", sa.column("turn"))
    said = sa.select(turn).where(turn.c.number.in_(sa.select(spoken.c.turn)))
    in_pieces(connection, said, turn.c.number, lambda session, rows: put_many(session, TURNS, rows))


def downgrade() -> None:
    """The words that were added are not in the way."""
