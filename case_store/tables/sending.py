"""What goes out and where mail comes in: letters, attempts, mailboxes, Telegram and paper."""

from datetime import datetime

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel

from case_store.tables.columns import COUNTER, SET_ASIDE, TO_PRINT, WAITING, Moment, Words, index_of


class OutboxRow(SQLModel, table=True):
    """A mail that waits to go out, or went, or was set aside. ``mailbox`` is ``to`` without its +tag.

    ``envelope`` is its name in the envelope alone.
    """

    __tablename__ = "outbox"
    __table_args__ = (index_of(WAITING, "outbox_waiting", "number"), index_of(SET_ASIDE, "outbox_aside", "number"))

    number: int | None = Field(default=None, primary_key=True, sa_type=COUNTER)
    id: str = Field(unique=True, max_length=32)
    conversation: str = Field(max_length=32, index=True)
    kind: str = Field(max_length=40)
    to: str = Field(sa_type=Words, index=True)
    mailbox: str = Field(default="", sa_type=Words, index=True)
    envelope: str = Field(default="", max_length=32, index=True)
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

    number: int | None = Field(default=None, primary_key=True, sa_type=COUNTER)
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


class ChatRow(SQLModel, table=True):
    """A chat of a messenger: its conversation, and up to which turn it was sent what was said (intake.messenger)."""

    __tablename__ = "chat"

    number: int | None = Field(default=None, primary_key=True, sa_type=COUNTER)
    conversation: str = Field(unique=True, max_length=32)
    bot: int = Field(sa_type=BigInteger)
    chat: int = Field(sa_type=BigInteger)
    sent: int = Field(sa_type=BigInteger)
    parts: int
    closed: str = Field(sa_type=Words)
    attempts: int
    not_before: datetime = Field(sa_type=Moment)


class UnsentRow(SQLModel, table=True):
    """A message that a messenger did not take, or a chat that takes nothing more (``words`` is empty then)."""

    __tablename__ = "unsent"
    __table_args__ = (index_of(SET_ASIDE, "unsent_aside", "number"),)

    number: int | None = Field(default=None, primary_key=True, sa_type=COUNTER)
    id: str = Field(unique=True, max_length=32)
    conversation: str = Field(max_length=32, index=True)
    at: datetime = Field(sa_type=Moment)
    words: str = Field(sa_type=Words)
    line: str = Field(sa_type=Words)
    state: str = Field(max_length=20)


class BotRow(SQLModel, table=True):
    """A bot of ours. ``secret`` makes its chats' conversation ids, so that nobody can work one out from a chat's id."""

    __tablename__ = "bot"

    bot: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    secret: str = Field(max_length=64)
    fetched_at: datetime | None = Field(default=None, sa_type=Moment)
    failing_since: datetime | None = Field(default=None, sa_type=Moment)
    error: str = Field(default="", sa_type=Words)


class PaperRow(SQLModel, table=True):
    """A letter that goes by post."""

    __tablename__ = "paper"
    __table_args__ = (index_of(TO_PRINT, "paper_to_print", "number"),)

    number: int | None = Field(default=None, primary_key=True, sa_type=COUNTER)
    id: str = Field(unique=True, max_length=32)
    conversation: str = Field(max_length=32, index=True)
    service: str = Field(max_length=60)
    name: str = Field(sa_type=Words)
    address: str = Field(sa_type=Words)
    subject: str = Field(sa_type=Words)
    body: str = Field(sa_type=Words)
    written_at: datetime = Field(sa_type=Moment)
    state: str = Field(max_length=20)
    officer: str = Field(default="", max_length=80)
    done_at: datetime | None = Field(default=None, sa_type=Moment)
    note: str = Field(default="", sa_type=Words)
