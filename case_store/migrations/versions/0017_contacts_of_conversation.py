"""A conversation's contacts are found without reading every contact there is."""

from alembic import op

revision = "0017_contacts_of_conversation"
down_revision = "0016_officers_words"


def upgrade() -> None:
    op.create_index("ix_contact_conversation", "contact", ["conversation"])


def downgrade() -> None:
    op.drop_index("ix_contact_conversation", "contact")
