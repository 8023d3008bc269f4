"""Officers' roles, services and teams, second factors, single sign-on, and what officers did."""

import sqlalchemy as sa
from alembic import op

from case_store.tables.columns import Moment, Words

revision = "0006_officers"
down_revision = "0005_drafts"

_WORDS = ("shown", "email", "roles", "services", "teams", "subject")


def upgrade() -> None:
    for name in _WORDS:
        op.add_column("officer", sa.Column(name, Words(), nullable=False, server_default=""))
    op.add_column("officer", sa.Column("disabled_at", Moment(), nullable=True))
    op.add_column("officer", sa.Column("totp", sa.String(length=64), nullable=False, server_default=""))
    op.add_column("officer", sa.Column("totp_step", sa.BigInteger(), nullable=False, server_default="0"))
    op.create_index("ix_officer_subject", "officer", ["subject"])
    # Who could sign in before there were roles could do everything.
    op.execute("UPDATE officer SET roles = 'complaints_officer manager administrator', services = '*', shown = name")
    op.create_table(
        "deed",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("officer", sa.String(length=80), nullable=False),
        sa.Column("what", sa.String(length=60), nullable=False),
        sa.Column("about", sa.String(length=80), nullable=False),
        sa.Column("note", Words(), nullable=False),
    )
    op.create_index("ix_deed_officer", "deed", ["officer"])
    op.create_index("ix_deed_about", "deed", ["about"])


def downgrade() -> None:
    op.drop_table("deed")
    op.drop_index("ix_officer_subject", "officer")
    for name in (*_WORDS, "disabled_at", "totp", "totp_step"):
        op.drop_column("officer", name)
