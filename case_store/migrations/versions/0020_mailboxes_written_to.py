"""How often somebody was written to is counted whatever +tag their address bore."""

import sqlalchemy as sa
from alembic import op

from case_store.tables.columns import Words

revision = "0020_mailboxes_written_to"
down_revision = "0019_sounds_of_names"


def upgrade() -> None:
    op.add_column("outbox", sa.Column("mailbox", Words(), nullable=False, server_default=""))
    op.execute('UPDATE outbox SET mailbox = "to"')
    op.create_index("ix_outbox_mailbox", "outbox", ["mailbox"])


def downgrade() -> None:
    op.drop_index("ix_outbox_mailbox", "outbox")
    op.drop_column("outbox", "mailbox")
