"""Who wrote a letter that a search found is looked up without reading every letter there is."""

from alembic import op

revision = "0021_who_spoke"
down_revision = "0020_mailboxes_written_to"


def upgrade() -> None:
    op.create_index("ix_spoken_turn", "spoken", ["turn"])


def downgrade() -> None:
    op.drop_index("ix_spoken_turn", "spoken")
