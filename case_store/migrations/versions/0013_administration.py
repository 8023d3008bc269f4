"""Administration: what was set aside, and is written by hand; policy packs, and which are used."""

import sqlalchemy as sa
from alembic import op

from case_store.tables.columns import Moment, Words

revision = "0013_administration"
down_revision = "0012_care"

_ASIDE = sa.text("state = 'set_aside'")
_HANDLED = sa.text("state != 'kept'")
"""Counted by state. What waits to be handled has its own index, and its claim must use no other."""


def upgrade() -> None:
    op.add_column("contact", sa.Column("by_hand", Words(), nullable=False, server_default=""))
    op.create_index("contact_handled", "contact", ["state"], sqlite_where=_HANDLED, postgresql_where=_HANDLED)
    for table in ("contact", "outbox"):
        op.create_index(f"{table}_aside", table, ["number"], sqlite_where=_ASIDE, postgresql_where=_ASIDE)
    op.create_table(
        "pack",
        sa.Column("digest", sa.String(length=64), primary_key=True),
        sa.Column("kept_at", Moment(), nullable=False),
        sa.Column("officer", sa.String(length=80), nullable=False),
        sa.Column("files", Words(), nullable=False),
    )
    op.create_table(
        "pack_use",
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("officer", sa.String(length=80), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("pack_use")
    op.drop_table("pack")
    for table in ("contact", "outbox"):
        op.drop_index(f"{table}_aside", table)
    op.drop_index("contact_handled", "contact")
    op.drop_column("contact", "by_hand")
