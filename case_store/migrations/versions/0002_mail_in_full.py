"""Mail in full: attempts, dead addresses, mailboxes read, attachments scanned."""

import sqlalchemy as sa
from alembic import op

from case_store.tables.columns import Moment, Words

revision = "0002"
down_revision = "0001"

_COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("contact", sa.Column("note", Words(), nullable=False, server_default=""))
    op.add_column("contact", sa.Column("client", sa.String(length=64), nullable=False, server_default=""))
    op.add_column("contact", sa.Column("helo", Words(), nullable=False, server_default=""))
    digest = sa.Column("words_digest", sa.String(length=32), nullable=False, server_default="")
    op.add_column("contact", digest)
    op.create_index("ix_contact_words_digest", "contact", ["words_digest"])
    op.create_table(
        "attempt",
        sa.Column("number", _COUNTER, nullable=False),
        sa.Column("reply", sa.String(length=32), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("ended", sa.String(length=20), nullable=False),
        sa.Column("line", Words(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("ix_attempt_reply", "attempt", ["reply"])
    op.create_table(
        "dead_address",
        sa.Column("address", Words(), nullable=False),
        sa.Column("since", Moment(), nullable=False),
        sa.Column("line", Words(), nullable=False),
        sa.PrimaryKeyConstraint("address"),
    )
    op.create_table(
        "mailbox",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("uid_validity", sa.BigInteger(), nullable=False),
        sa.Column("uid", sa.BigInteger(), nullable=False),
        sa.Column("read_at", Moment(), nullable=True),
        sa.Column("failing_since", Moment(), nullable=True),
        sa.Column("error", Words(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "attachment",
        sa.Column("id", _COUNTER, nullable=False),
        sa.Column("contact", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", Words(), nullable=False),
        sa.Column("media_type", sa.String(length=200), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("line", Words(), nullable=False),
        sa.Column("not_before", Moment(), nullable=False),
        sa.Column("scanned_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_attachment_contact", "attachment", ["contact"])
    waiting = sa.text("state = 'waiting'")
    op.create_index(
        "attachment_waiting", "attachment", ["id"], sqlite_where=waiting, postgresql_where=waiting
    )


def downgrade() -> None:
    for table in ("attachment", "mailbox", "dead_address", "attempt"):
        op.drop_table(table)
    op.drop_index("ix_contact_words_digest", "contact")
    op.drop_column("contact", "words_digest")
    for column in ("helo", "client", "note"):
        op.drop_column("contact", column)
