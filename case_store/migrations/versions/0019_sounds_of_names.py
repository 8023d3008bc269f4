"""Contacts are found by what their person's name sounds like, and by the last digits of a number: their index is made anew."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlmodel import Session

from case_store.documents import CONTACT
from case_store.in_pieces import in_pieces
from case_store.searching import MADE, put_many

revision = "0019_sounds_of_names"
down_revision = "0018_ends_of_numbers"


def upgrade() -> None:
    connection = op.get_bind()
    op.drop_table("contact_words")
    for statement in MADE[connection.dialect.name]:
        op.execute(statement)
    contact = sa.table("contact", sa.column("number"), sa.column("contact_document"))
    in_pieces(connection, sa.select(contact).where(contact.c.contact_document != ""), contact.c.number, _put)


def _put(session: Session, rows: Sequence[Any]) -> None:
    put_many(session, [(number, CONTACT.validate_json(document)) for number, document in rows])


def downgrade() -> None:
    """The words that were added are not in the way."""
