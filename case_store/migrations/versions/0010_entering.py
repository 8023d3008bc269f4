"""Entering: what officers write down for somebody, the files scanned with it, and letters that go by post."""

import sqlalchemy as sa
from alembic import op

from case_store.tables.columns import TO_PRINT, Moment, Words

revision = "0010_entering"
down_revision = "0009_corrections"


def upgrade() -> None:
    op.create_table(
        "entry",
        sa.Column("id", sa.String(length=32), primary_key=True),
        sa.Column("officer", sa.String(length=80), nullable=False),
        sa.Column("saved_at", Moment(), nullable=False),
        sa.Column("contact", sa.String(length=32), nullable=False),
        sa.Column("document", Words(), nullable=False),
    )
    op.create_index("ix_entry_officer", "entry", ["officer"])
    op.create_table(
        "entry_file",
        sa.Column("entry", sa.String(length=32), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("data", sa.LargeBinary(), nullable=False),
    )
    counter = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "paper",
        sa.Column("number", counter, primary_key=True),
        sa.Column("id", sa.String(length=32), nullable=False, unique=True),
        sa.Column("conversation", sa.String(length=32), nullable=False),
        sa.Column("service", sa.String(length=60), nullable=False),
        *(sa.Column(name, Words(), nullable=False) for name in ("name", "address", "subject", "body")),
        sa.Column("written_at", Moment(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("officer", sa.String(length=80), nullable=False),
        sa.Column("done_at", Moment(), nullable=True),
        sa.Column("note", Words(), nullable=False),
    )
    op.create_index("ix_paper_conversation", "paper", ["conversation"])
    waits = sa.column("state") == TO_PRINT
    op.create_index("paper_to_print", "paper", ["number"], sqlite_where=waits, postgresql_where=waits)


def downgrade() -> None:
    for name in ("paper", "entry_file", "entry"):
        op.drop_table(name)
