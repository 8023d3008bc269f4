"""The tables. Columns are what is searched and counted; ``document`` columns hold a whole noun of the heart as JSON.

Texts hold no NUL (PostgreSQL takes none); moments are kept and come back in UTC.
"""

from datetime import UTC, date, datetime

from sqlalchemy import (
    BigInteger,
    ColumnClause,
    DateTime,
    Dialect,
    Index,
    Integer,
    LargeBinary,
    Text,
    TypeDecorator,
    column,
    literal_column,
)
from sqlmodel import Field, SQLModel


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
"""The states that a worker looks for. Written as literals, since a partial index serves only a query that says so."""


def _index_of(state: ColumnClause[str], name: str, *columns: str) -> Index:
    """An index over the rows in this state alone: it stays as small as the backlog, however much is kept."""
    where = column("state") == state
    return Index(name, *columns, sqlite_where=where, postgresql_where=where)


_Counter = BigInteger().with_variant(Integer(), "sqlite")


class OriginalRow(SQLModel, table=True):
    """A kept message, byte for byte. Written once and never changed."""

    __tablename__ = "original"

    contact: str = Field(primary_key=True, max_length=32)
    raw: bytes = Field(sa_type=LargeBinary)


class ContactRow(SQLModel, table=True):
    """The custody of one contact, from kept to its known end, and what was read and decided."""

    __tablename__ = "contact"
    __table_args__ = (_index_of(KEPT, "contact_waiting", "number"), _index_of(KEPT, "contact_lane", "lane", "number"))

    number: int | None = Field(default=None, primary_key=True, sa_type=_Counter)
    id: str = Field(unique=True, max_length=32)
    channel: str = Field(max_length=20)
    received_at: datetime = Field(sa_type=Moment)
    fingerprint: str = Field(unique=True, max_length=80)
    lane: str = Field(max_length=80)
    sender: str = Field(sa_type=Words)
    recipients: str = Field(sa_type=Words)
    note: str = Field(default="", sa_type=Words)
    client: str = Field(default="", max_length=64)
    helo: str = Field(default="", sa_type=Words)
    state: str = Field(default="kept", max_length=20)
    not_before: datetime = Field(sa_type=Moment)
    attempts: int = 0
    error: str = Field(default="", sa_type=Words)
    finished_at: datetime | None = Field(default=None, sa_type=Moment)
    conversation: str = Field(default="", max_length=32)
    route: str = Field(default="", max_length=40)
    service: str = Field(default="", max_length=60)
    urgent: bool = False
    needs_person: bool = False
    person: str = Field(default="", sa_type=Words)
    subject: str = Field(default="", sa_type=Words)
    words_digest: str = Field(default="", max_length=32, index=True)
    contact_document: str = Field(default="", sa_type=Words)
    decision_document: str = Field(default="", sa_type=Words)


class ConversationRow(SQLModel, table=True):
    """One resident's one matter. ``told_at`` is when its latest matter began.

    ``silent_at`` is when silence counts as an answer; NULL where nothing hangs.
    """

    __tablename__ = "conversation"
    __table_args__ = (
        Index(
            "conversation_silent",
            "silent_at",
            sqlite_where=column("silent_at").is_not(None),
            postgresql_where=column("silent_at").is_not(None),
        ),
    )

    id: str = Field(primary_key=True, max_length=32)
    version: int
    holder: str = Field(max_length=20, index=True)
    urgent: bool = False
    email: str = Field(sa_type=Words, index=True)
    phone: str = Field(default="", max_length=20, index=True)
    case: str = Field(default="", max_length=32)
    service: str = Field(default="none", max_length=60)
    told_at: datetime | None = Field(default=None, sa_type=Moment)
    silent_at: datetime | None = Field(default=None, sa_type=Moment)
    document: str = Field(sa_type=Words)


class TurnRow(SQLModel, table=True):
    """One thing said in a conversation."""

    __tablename__ = "turn"

    number: int | None = Field(default=None, primary_key=True, sa_type=_Counter)
    conversation: str = Field(max_length=32, index=True)
    at: datetime = Field(sa_type=Moment)
    by: str = Field(max_length=20)
    text: str = Field(sa_type=Words)
    contact: str = Field(max_length=32)
    choices: str = Field(default="", sa_type=Words)


class CaseRow(SQLModel, table=True):
    """A formal or urgent complaint."""

    __tablename__ = "case"

    reference: str = Field(primary_key=True, max_length=32)
    conversation: str = Field(max_length=32, index=True)
    email: str = Field(sa_type=Words, index=True)
    route: str = Field(max_length=40)
    urgent: bool
    service: str = Field(max_length=60)
    procedure: str = Field(max_length=40)
    stage: str = Field(max_length=40)
    state: str = Field(max_length=20)
    received_at: datetime = Field(sa_type=Moment)
    next_due: date | None = Field(default=None, index=True)
    document: str = Field(sa_type=Words)


class OutboxRow(SQLModel, table=True):
    """A mail that waits to go out, or went, or was set aside."""

    __tablename__ = "outbox"
    __table_args__ = (_index_of(WAITING, "outbox_waiting", "number"),)

    number: int | None = Field(default=None, primary_key=True, sa_type=_Counter)
    id: str = Field(unique=True, max_length=32)
    conversation: str = Field(max_length=32, index=True)
    kind: str = Field(max_length=40)
    to: str = Field(sa_type=Words, index=True)
    created_at: datetime = Field(sa_type=Moment)
    state: str = Field(default="waiting", max_length=20)
    not_before: datetime = Field(sa_type=Moment)
    attempts: int = 0
    error: str = Field(default="", sa_type=Words)
    receipt: str = Field(default="", sa_type=Words)
    sent_at: datetime | None = Field(default=None, sa_type=Moment)
    document: str = Field(sa_type=Words)


class AttemptRow(SQLModel, table=True):
    """One attempt at sending a mail, and how it ended: sent, later, refused or unclear, with the line that says so."""

    __tablename__ = "attempt"

    number: int | None = Field(default=None, primary_key=True, sa_type=_Counter)
    reply: str = Field(max_length=32, index=True)
    at: datetime = Field(sa_type=Moment)
    ended: str = Field(max_length=20)
    line: str = Field(sa_type=Words)


class DeadAddressRow(SQLModel, table=True):
    """An address that mail of ours came back from for good. Nothing more is sent to it by itself."""

    __tablename__ = "dead_address"

    address: str = Field(primary_key=True, sa_type=Words)
    since: datetime = Field(sa_type=Moment)
    line: str = Field(sa_type=Words)


class MailboxRow(SQLModel, table=True):
    """How far an IMAP mailbox has been read: every message up to ``uid`` is kept, under this ``uid_validity``.

    RFC 3501 section 2.3.1.1: UIDs mean something only together with their UIDVALIDITY.
    """

    __tablename__ = "mailbox"

    name: str = Field(primary_key=True, max_length=200)
    uid_validity: int = Field(sa_type=BigInteger)
    uid: int = Field(sa_type=BigInteger)
    read_at: datetime | None = Field(default=None, sa_type=Moment)
    failing_since: datetime | None = Field(default=None, sa_type=Moment)
    error: str = Field(default="", sa_type=Words)


class AttachmentRow(SQLModel, table=True):
    """A file that came with a contact, and whether it was found clean: its bytes stay in the original.

    ``state``: waiting (for the scanner), clean, infected, unscanned (no scanner is set).
    """

    __tablename__ = "attachment"
    __table_args__ = (_index_of(WAITING, "attachment_waiting", "id"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=_Counter)
    contact: str = Field(max_length=32, index=True)
    number: int
    name: str = Field(sa_type=Words)
    media_type: str = Field(max_length=200)
    size: int = Field(sa_type=BigInteger)
    state: str = Field(max_length=20)
    line: str = Field(default="", sa_type=Words)
    not_before: datetime = Field(sa_type=Moment)
    scanned_at: datetime | None = Field(default=None, sa_type=Moment)


class ChatRow(SQLModel, table=True):
    """A chat of a messenger: its conversation, and up to which turn it was sent what was said (intake.messenger)."""

    __tablename__ = "chat"

    number: int | None = Field(default=None, primary_key=True, sa_type=_Counter)
    conversation: str = Field(unique=True, max_length=32)
    bot: int = Field(sa_type=BigInteger)
    chat: int = Field(sa_type=BigInteger)
    sent: int = Field(sa_type=BigInteger)
    parts: int
    closed: str = Field(sa_type=Words)
    attempts: int
    not_before: datetime = Field(sa_type=Moment)


class BotRow(SQLModel, table=True):
    """A bot of ours. ``secret`` makes its chats' conversation ids, so that nobody can work one out from a chat's id."""

    __tablename__ = "bot"

    bot: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    secret: str = Field(max_length=64)
    fetched_at: datetime | None = Field(default=None, sa_type=Moment)
    failing_since: datetime | None = Field(default=None, sa_type=Moment)
    error: str = Field(default="", sa_type=Words)


class OfficerRow(SQLModel, table=True):
    """Somebody who may sign in to the console."""

    __tablename__ = "officer"

    name: str = Field(primary_key=True, max_length=80)
    password_hash: str = Field(max_length=200)
    created_at: datetime = Field(sa_type=Moment)
    failures: int = 0
    locked_until: datetime | None = Field(default=None, sa_type=Moment)


class SessionRow(SQLModel, table=True):
    """A sign-in. Only a hash of the cookie is kept, so that reading the store lets nobody in."""

    __tablename__ = "session"

    token_hash: str = Field(primary_key=True, max_length=64)
    officer: str = Field(max_length=80)
    form_token: str = Field(max_length=64)
    expires_at: datetime = Field(sa_type=Moment)
