"""Triage by officers: the queue, what they corrected, examples to learn from, and the words that contacts are found by."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from case_store.documents import CONTACT
from case_store.searching import MADE, put_words
from case_store.tables.columns import Moment, Words
from sqlmodel import Session

revision = "0009_corrections"
down_revision = "0008_sign_in"

_BATCH = 500
_LIVE = "('webchat', 'telegram')"


def _partial(where: sa.ColumnElement[bool]) -> dict[str, Any]:
    return {"sqlite_where": where, "postgresql_where": where}


def upgrade() -> None:
    op.add_column("contact", sa.Column("triage_rank", sa.Integer(), nullable=True))
    op.add_column("contact", sa.Column("rule", sa.String(length=40), nullable=False, server_default=""))
    op.add_column("contact", sa.Column("confidence", sa.Float(), nullable=False, server_default="0"))
    op.add_column("contact", sa.Column("part_of", sa.String(length=32), nullable=False, server_default=""))
    _fill()
    for name, columns in (("triage", ["triage_rank", "received_at", "number"]), ("finished", ["finished_at"])):
        where = sa.column(columns[0]).is_not(None)
        op.create_index(f"contact_{name}", "contact", columns, **_partial(where))
    op.create_table(
        "correction",
        sa.Column("contact", sa.String(length=32), primary_key=True),
        sa.Column("step", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("officer", sa.String(length=80), nullable=False),
        sa.Column("decided_at", Moment(), nullable=False),
        sa.Column("route", sa.String(length=40), nullable=False),
        sa.Column("service", sa.String(length=60), nullable=False),
        sa.Column("rule", sa.String(length=40), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("alone", sa.Boolean(), nullable=False),
        sa.Column("changed", sa.Boolean(), nullable=False),
        sa.Column("document", Words(), nullable=False),
    )
    op.create_index("ix_correction_decided_at", "correction", ["decided_at"])
    op.create_table(
        "example",
        sa.Column("id", sa.String(length=32), primary_key=True),
        sa.Column("contact", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("proposed_at", Moment(), nullable=False),
        sa.Column("document", Words(), nullable=False),
    )
    op.create_index("ix_example_contact", "example", ["contact"])
    op.create_index("example_state", "example", ["state", "proposed_at"])
    for statement in MADE[op.get_bind().dialect.name]:
        op.execute(statement)
    _index_all()


def _fill() -> None:
    """What was decided before has its rule and confidence in its document; what waits for an officer's decision waits."""
    postgresql = op.get_bind().dialect.name == "postgresql"
    rule = "decision_document::json->>'rule'" if postgresql else "json_extract(decision_document, '$.rule')"
    sure = "(decision_document::json->>'confidence')::float" if postgresql else "json_extract(decision_document, '$.confidence')"
    op.execute(f"UPDATE contact SET rule = {rule}, confidence = {sure} WHERE decision_document <> ''")
    op.execute("UPDATE contact SET triage_rank = CASE WHEN urgent THEN 0 ELSE 1 END "
               f"WHERE state = 'with_a_person' AND needs_person AND channel NOT IN {_LIVE}")


def _index_all() -> None:
    """The words of every contact that has been read, some at a time."""
    connection, last = op.get_bind(), 0
    contact = sa.table("contact", sa.column("number"), sa.column("contact_document"))
    session = Session(connection)
    while True:
        query = sa.select(contact).where(contact.c.number > last, contact.c.contact_document != "")
        rows = connection.execute(query.order_by(contact.c.number).limit(_BATCH)).all()
        for row in rows:
            put_words(session, row.number, CONTACT.validate_json(row.contact_document))
        if len(rows) < _BATCH:
            return
        last = rows[-1].number


def downgrade() -> None:
    for name in ("contact_words", "example", "correction"):
        op.drop_table(name)
    for name in ("contact_triage", "contact_finished"):
        op.drop_index(name, "contact")
    for name in ("part_of", "confidence", "rule", "triage_rank"):
        op.drop_column("contact", name)
