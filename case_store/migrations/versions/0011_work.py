"""The day's work on cases: who has them, history, tasks, mentions, letters, saved views, and what can be undone."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from case_store.tables.columns import Moment, Words

revision = "0011_work"
down_revision = "0010_entering"

_OPEN = sa.column("state") == sa.literal_column("'open'")
_INDEXES = {
    "officer": ["officer", "next_due"],
    "team": ["team", "next_due"],
    "waits": ["waits_for", "remind_on"],
    "open": ["next_due", "received_at"],
}


def _partial(where: sa.ColumnElement[bool]) -> dict[str, Any]:
    return {"sqlite_where": where, "postgresql_where": where}


def _text(name: str, length: int, default: str = "") -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=False, server_default=default)


def upgrade() -> None:
    op.add_column("case", sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("case", sa.Column("next_at", Moment(), nullable=True))
    op.add_column("case", sa.Column("remind_on", sa.Date(), nullable=True))
    for name, length, default in (("officer", 80, ""), ("team", 40, ""), ("priority", 20, "normal"), ("waits_for", 20, "")):
        op.add_column("case", _text(name, length, default))
    for name, columns in _INDEXES.items():
        op.create_index(f"case_{name}", "case", columns, **_partial(_OPEN))
    op.create_table(
        "case_entry",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
        sa.Column("reference", sa.String(length=32), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("officer", sa.String(length=80), nullable=False),
        sa.Column("what", sa.String(length=60), nullable=False),
        sa.Column("words", Words(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
    )
    op.create_index("ix_case_entry_reference", "case_entry", ["reference"])
    op.create_table(
        "task",
        sa.Column("id", sa.String(length=32), primary_key=True),
        sa.Column("reference", sa.String(length=32), nullable=False),
        sa.Column("what", Words(), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("officer", sa.String(length=80), nullable=False),
        sa.Column("made_by", sa.String(length=80), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("done_at", Moment(), nullable=True),
        sa.Column("done_by", sa.String(length=80), nullable=False),
    )
    op.create_index("ix_task_reference", "task", ["reference"])
    op.create_index("task_to_do", "task", ["officer", "due"], **_partial(sa.column("done_at").is_(None)))
    op.create_table(
        "mention",
        sa.Column("id", sa.String(length=32), primary_key=True),
        sa.Column("reference", sa.String(length=32), nullable=False),
        sa.Column("officer", sa.String(length=80), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("words", Words(), nullable=False),
        sa.Column("seen_at", Moment(), nullable=True),
    )
    op.create_index("mention_new", "mention", ["officer", "at"], **_partial(sa.column("seen_at").is_(None)))
    op.create_table(
        "case_letter",
        sa.Column("id", sa.String(length=32), primary_key=True),
        sa.Column("reference", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("body", Words(), nullable=False),
        sa.Column("officer", sa.String(length=80), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("note", Words(), nullable=False),
        sa.Column("checked_by", sa.String(length=80), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
    )
    op.create_index("ix_case_letter_reference", "case_letter", ["reference"])
    to_check = sa.column("state") == sa.literal_column("'to_check'")
    op.create_index("case_letter_to_check", "case_letter", ["changed_at"], **_partial(to_check))
    op.create_table(
        "saved_view",
        sa.Column("id", sa.String(length=32), primary_key=True),
        sa.Column("officer", sa.String(length=80), nullable=False),
        sa.Column("team", sa.String(length=40), nullable=False),
        sa.Column("name", Words(), nullable=False),
        sa.Column("query", Words(), nullable=False),
    )
    for name in ("officer", "team"):
        op.create_index(f"ix_saved_view_{name}", "saved_view", [name])
    op.create_table(
        "undo",
        sa.Column("id", sa.String(length=32), primary_key=True),
        sa.Column("officer", sa.String(length=80), nullable=False),
        sa.Column("until", Moment(), nullable=False),
        sa.Column("document", Words(), nullable=False),
    )
    op.create_index("ix_undo_until", "undo", ["until"])


def downgrade() -> None:
    for name in ("undo", "saved_view", "case_letter", "mention", "task", "case_entry"):
        op.drop_table(name)
    for name in _INDEXES:
        op.drop_index(f"case_{name}", "case")
    for name in ("waits_for", "priority", "team", "officer", "remind_on", "next_at", "version"):
        op.drop_column("case", name)
