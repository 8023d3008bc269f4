"""Staff safety: threats and abuse that officers recorded."""

import sqlalchemy as sa
from alembic import op

from case_store.tables.columns import Words

revision = "0012_care"
down_revision = "0011_work"


def upgrade() -> None:
    op.create_table(
        "incident",
        sa.Column("id", sa.String(length=32), primary_key=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("email", Words(), nullable=False),
        sa.Column("phone", sa.String(length=20), nullable=False),
        sa.Column("conversation", sa.String(length=32), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("forget_on", sa.Date(), nullable=True),
        sa.Column("document", Words(), nullable=False),
    )
    for name in ("state", "email", "phone", "conversation"):
        op.create_index(f"ix_incident_{name}", "incident", [name])


def downgrade() -> None:
    op.drop_table("incident")
