"""What tables are made of: moments, words, the states that are looked for, and indexes over one of them."""

from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    ColumnClause,
    DateTime,
    Dialect,
    Index,
    Integer,
    Text,
    TypeDecorator,
    column,
    literal_column,
)


class Moment(TypeDecorator[datetime]):
    """A moment in UTC. SQLite knows no time zones, so it is put back when read."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """SQLAlchemy\'s."""
        return value.astimezone(UTC) if value is not None else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """SQLAlchemy\'s."""
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


class Words(TypeDecorator[str]):
    """Text as people and machines send it, less the NUL that PostgreSQL refuses and lone surrogates."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """SQLAlchemy\'s."""
        if value is None:
            return None
        return value.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        """SQLAlchemy\'s."""
        return value


KEPT: ColumnClause[str] = literal_column("'kept'")
WAITING: ColumnClause[str] = literal_column("'waiting'")
TO_DO: ColumnClause[str] = literal_column("'to_do'")
HELD: ColumnClause[str] = literal_column("'officer'")
SET_ASIDE: ColumnClause[str] = literal_column("'set_aside'")
OPEN: ColumnClause[str] = literal_column("'open'")
TO_CHECK: ColumnClause[str] = literal_column("'to_check'")
TO_PRINT: ColumnClause[str] = literal_column("'to_print'")
NOBODY: ColumnClause[str] = literal_column("''")
"""The states that are looked for. Written as literals, since a partial index serves only a query that says so."""


def index_of(state: ColumnClause[str], name: str, *columns: str) -> Index:
    """An index over the rows in this state alone: it stays as small as the backlog, however much is kept."""
    where = column("state") == state
    return Index(name, *columns, sqlite_where=where, postgresql_where=where)


def of_open_cases(name: str, *columns: str) -> Index:
    """An index over cases that are open."""
    return index_of(OPEN, name, *columns)


COUNTER = BigInteger().with_variant(Integer(), "sqlite")
