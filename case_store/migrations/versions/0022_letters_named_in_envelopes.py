"""A letter has a name in its envelope that it does not bear itself: a report of failure is believed by that."""

import sqlalchemy as sa
from alembic import op

revision = "0022_letters_named_in_envelopes"
down_revision = "0021_who_spoke"


def upgrade() -> None:
    op.add_column("outbox", sa.Column("envelope", sa.String(length=32), nullable=False, server_default=""))
    op.create_index("ix_outbox_envelope", "outbox", ["envelope"])


def downgrade() -> None:
    op.drop_index("ix_outbox_envelope", "outbox")
    op.drop_column("outbox", "envelope")
