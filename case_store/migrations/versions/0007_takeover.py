"""Takeover: the queue of conversations that wait, who is there, calls to make, officers' words and what was seen."""

import sqlalchemy as sa
from alembic import op

from case_store.tables.columns import HELD, TO_DO, WAITING, Moment, Words

revision = "0007_takeover"
down_revision = "0006_officers"


def _index(name: str, table: str, columns: list[str], where: sa.ColumnElement[bool]) -> None:
    """An index over the rows that are so alone."""
    op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)


def upgrade() -> None:
    op.add_column("conversation", sa.Column("rank", sa.Integer(), nullable=False, server_default="3"))
    op.add_column("conversation", sa.Column("waiting_since", Moment(), nullable=True))
    op.add_column("conversation", sa.Column("officer", sa.String(length=80), nullable=False, server_default=""))
    op.add_column("conversation", sa.Column("look_at", Moment(), nullable=True))
    # What waited before is in the queue since it was told.
    op.execute("UPDATE conversation SET waiting_since = told_at, rank = CASE WHEN urgent THEN 0 ELSE 3 END "
               "WHERE holder = 'waiting'")
    _index("conversation_queue", "conversation", ["rank", "waiting_since", "id"], sa.column("holder") == WAITING)
    _index("conversation_look", "conversation", ["look_at"], sa.column("look_at").is_not(None))
    # Nearly every conversation is the assistant's, and no list asks for those.
    _index("conversation_held", "conversation", ["officer"], sa.column("holder") == HELD)
    op.drop_index("ix_conversation_holder", "conversation")
    for name in ("stands", "held_back"):
        op.add_column("turn", sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "spoken",
        sa.Column("conversation", sa.String(length=32), primary_key=True),
        sa.Column("name", sa.String(length=64), primary_key=True),
        sa.Column("turn", sa.BigInteger(), nullable=False),
        sa.Column("officer", sa.String(length=80), nullable=False),
        sa.Column("letter", sa.String(length=32), nullable=False),
    )
    op.create_table(
        "half_written",
        sa.Column("conversation", sa.String(length=32), primary_key=True),
        sa.Column("officer", sa.String(length=80), primary_key=True),
        sa.Column("text", Words(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
    )
    op.create_table(
        "sight",
        sa.Column("conversation", sa.String(length=32), primary_key=True),
        sa.Column("shown", sa.Integer(), nullable=False),
        sa.Column("shown_at", Moment(), nullable=True),
        sa.Column("resident_writes_until", Moment(), nullable=True),
        sa.Column("officer_writes_until", Moment(), nullable=True),
    )
    op.create_table(
        "presence",
        sa.Column("officer", sa.String(length=80), primary_key=True),
        sa.Column("there", sa.String(length=20), nullable=False),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.Column("online_until", Moment(), nullable=False),
    )
    op.create_index("ix_presence_online_until", "presence", ["online_until"])
    op.create_table(
        "call",
        sa.Column("id", sa.String(length=32), primary_key=True),
        sa.Column("conversation", sa.String(length=32), nullable=False),
        sa.Column("phone", Words(), nullable=False),
        sa.Column("good_time", Words(), nullable=False),
        sa.Column("asked_at", Moment(), nullable=False),
        sa.Column("until", Moment(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("officer", sa.String(length=80), nullable=False),
        sa.Column("done_at", Moment(), nullable=True),
    )
    op.create_index("ix_call_conversation", "call", ["conversation"])
    _index("call_to_do", "call", ["until"], sa.column("state") == TO_DO)


def downgrade() -> None:
    for name in ("call", "presence", "sight", "half_written", "spoken"):
        op.drop_table(name)
    for name in ("stands", "held_back"):
        op.drop_column("turn", name)
    op.create_index("ix_conversation_holder", "conversation", ["holder"])
    for name in ("conversation_queue", "conversation_look", "conversation_held"):
        op.drop_index(name, "conversation")
    for name in ("rank", "waiting_since", "officer", "look_at"):
        op.drop_column("conversation", name)
