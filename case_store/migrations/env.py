"""Runs migrations on the connection that case_store.engine hands over."""

from alembic import context
from sqlmodel import SQLModel

from case_store import tables

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    compare_type=False,
    render_as_batch=True,
)
assert tables
with context.begin_transaction():
    context.run_migrations()
