"""Second factors, passkeys, what stands half way through a sign-in, forms of ended sessions, and absences.

Sessions say more now than before, so everybody signs in again.
"""

import sqlalchemy as sa
from alembic import op

from case_store.tables.columns import Moment, Words

revision = "0008_sign_in"
down_revision = "0007_takeover"


def upgrade() -> None:
    op.add_column("officer", sa.Column("first_password", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.drop_table("session")
    op.create_table(
        "session",
        sa.Column("token_hash", sa.String(length=64), primary_key=True),
        sa.Column("officer", sa.String(length=80), nullable=False),
        sa.Column("form_token", sa.String(length=64), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.Column("begun_at", Moment(), nullable=False),
        sa.Column("seen_at", Moment(), nullable=False),
        sa.Column("how", sa.String(length=20), nullable=False),
        sa.Column("browser", sa.String(length=80), nullable=False),
        sa.Column("ended_at", Moment(), nullable=True),
    )
    op.create_index("ix_session_officer", "session", ["officer"])
    op.create_table(
        "ticket",
        sa.Column("token_hash", sa.String(length=64), primary_key=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("officer", sa.String(length=80), nullable=False),
        sa.Column("words", Words(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
    )
    op.create_index("ix_ticket_expires_at", "ticket", ["expires_at"])
    op.create_table(
        "passkey",
        sa.Column("id", Words(), primary_key=True),
        sa.Column("officer", sa.String(length=80), nullable=False),
        sa.Column("public_key", Words(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("name", Words(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("used_at", Moment(), nullable=True),
    )
    op.create_index("ix_passkey_officer", "passkey", ["officer"])
    op.create_table(
        "recovery_code",
        sa.Column("officer", sa.String(length=80), primary_key=True),
        sa.Column("code_hash", sa.String(length=64), primary_key=True),
    )
    op.create_table(
        "kept_form",
        sa.Column("id", sa.String(length=32), primary_key=True),
        sa.Column("officer", sa.String(length=80), nullable=False),
        sa.Column("path", Words(), nullable=False),
        sa.Column("fields", Words(), nullable=False),
        sa.Column("kept_at", Moment(), nullable=False),
    )
    op.create_index("ix_kept_form_officer", "kept_form", ["officer"])
    op.create_table(
        "absence",
        sa.Column("id", sa.String(length=32), primary_key=True),
        sa.Column("officer", sa.String(length=80), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("cover", sa.String(length=80), nullable=False),
    )
    op.create_index("ix_absence_officer", "absence", ["officer"])
    op.create_index("ix_absence_last", "absence", ["last"])


def downgrade() -> None:
    for name in ("absence", "kept_form", "recovery_code", "passkey", "ticket", "session"):
        op.drop_table(name)
    op.create_table(
        "session",
        sa.Column("token_hash", sa.String(length=64), primary_key=True),
        sa.Column("officer", sa.String(length=80), nullable=False),
        sa.Column("form_token", sa.String(length=64), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
    )
    op.drop_column("officer", "first_password")
