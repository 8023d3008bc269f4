"""Migrations make the schema that the tables describe, on both databases, and claims use the indexes made for them."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text
from sqlmodel import SQLModel

from case_store.engine import make_engine, migrate


def test_the_migrated_schema_is_the_one_that_the_tables_describe(database_url: str) -> None:
    engine = make_engine(database_url)
    migrate(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": _is_described})
        differences = compare_metadata(context, SQLModel.metadata)
    assert differences == []
    engine.dispose()


def _is_described(name: str | None, kind: str, _parents: object) -> bool:
    """The index of words is another thing on each database (case_store.searching)."""
    return not (kind == "table" and name is not None and name.startswith("contact_words"))


def test_migrating_twice_changes_nothing(database_url: str) -> None:
    engine = make_engine(database_url)
    migrate(engine)
    migrate(engine)
    engine.dispose()


def test_a_claim_reads_the_backlog_in_order_and_not_everything_ever_kept() -> None:
    engine = make_engine("sqlite://")
    with engine.connect() as connection:
        SQLModel.metadata.create_all(connection)
        plan = connection.execute(
            text("EXPLAIN QUERY PLAN SELECT id FROM contact WHERE state = 'kept' ORDER BY number LIMIT 1")
        ).all()
    assert "contact_waiting" in str(plan)
    assert "TEMP B-TREE" not in str(plan)
