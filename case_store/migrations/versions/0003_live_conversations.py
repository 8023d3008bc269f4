"""Live conversations: choices offered at a turn, when silence counts as an answer, and what knows a person again."""

import sqlalchemy as sa
from alembic import op

from case_store.tables.columns import Moment, Words

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("turn", sa.Column("choices", Words(), nullable=False, server_default=""))
    op.add_column("conversation", sa.Column("silent_at", Moment(), nullable=True))
    op.add_column("conversation", sa.Column("phone", sa.String(length=20), nullable=False, server_default=""))
    op.add_column("conversation", sa.Column("service", sa.String(length=60), nullable=False, server_default="none"))
    op.add_column("conversation", sa.Column("told_at", Moment(), nullable=True))
    op.create_index("ix_conversation_phone", "conversation", ["phone"])
    hangs = sa.text("silent_at IS NOT NULL")
    op.create_index(
        "conversation_silent", "conversation", ["silent_at"], sqlite_where=hangs, postgresql_where=hangs
    )


def downgrade() -> None:
    op.drop_index("conversation_silent", "conversation")
    op.drop_index("ix_conversation_phone", "conversation")
    for name in ("told_at", "service", "phone"):
        op.drop_column("conversation", name)
    op.drop_column("conversation", "silent_at")
    op.drop_column("turn", "choices")
