"""Signposts that administrators checked, and canned words that they changed."""

import sqlalchemy as sa
from alembic import op

from case_store.tables.columns import Moment, Words

revision = "0014_signposts"
down_revision = "0013_administration"


def upgrade() -> None:
    op.create_table(
        "signpost_check",
        sa.Column("key", sa.String(length=80), primary_key=True),
        sa.Column("owner", sa.String(length=80), nullable=False),
        sa.Column("checked_at", Moment(), nullable=True),
        sa.Column("officer", sa.String(length=80), nullable=False),
    )
    op.create_table(
        "canned_words",
        sa.Column("key", sa.String(length=80), primary_key=True),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("body", Words(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.Column("officer", sa.String(length=80), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("canned_words")
    op.drop_table("signpost_check")
