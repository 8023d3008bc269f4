"""Drafts: the answers of a web form until it is sent, saved or forgotten."""

import sqlalchemy as sa
from alembic import op

from case_store.tables.columns import Moment, Words

revision = "0005_drafts"
down_revision = "0004_telegram"


def upgrade() -> None:
    op.create_table(
        "draft",
        sa.Column("key", sa.String(length=64), primary_key=True),
        sa.Column("conversation", sa.String(length=32), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.Column("document", Words(), nullable=False),
    )
    op.create_index("ix_draft_code_hash", "draft", ["code_hash"])
    op.create_index("ix_draft_expires_at", "draft", ["expires_at"])


def downgrade() -> None:
    op.drop_table("draft")
