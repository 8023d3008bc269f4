"""Messages that a messenger did not take, and chats that take nothing more, as officers see them in Set aside."""

import sqlalchemy as sa
from alembic import op

from case_store.tables.columns import Moment, Words

revision = "0015_unsent"
down_revision = "0014_signposts"


def upgrade() -> None:
    op.create_table(
        "unsent",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
        sa.Column("id", sa.String(length=32), nullable=False, unique=True),
        sa.Column("conversation", sa.String(length=32), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("words", Words(), nullable=False),
        sa.Column("line", Words(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
    )
    op.create_index("ix_unsent_conversation", "unsent", ["conversation"])
    aside = sa.column("state") == sa.literal_column("'set_aside'")
    op.create_index("unsent_aside", "unsent", ["number"], sqlite_where=aside, postgresql_where=aside)


def downgrade() -> None:
    op.drop_table("unsent")
