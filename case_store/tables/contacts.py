"""Contacts from their bytes to what was said: originals, their files, conversations and turns."""

from datetime import datetime

from sqlalchemy import BigInteger, Float, Index, LargeBinary, column
from sqlmodel import Field, SQLModel

from case_store.tables.columns import COUNTER, HELD, KEPT, SET_ASIDE, WAITING, Moment, Words, index_of


class OriginalRow(SQLModel, table=True):
    """A kept message, byte for byte. Written once and never changed."""

    __tablename__ = "original"

    contact: str = Field(primary_key=True, max_length=32)
    raw: bytes = Field(sa_type=LargeBinary)


class ContactRow(SQLModel, table=True):
    """The custody of one contact, from kept to its known end, and what was read and decided.

    ``triage_rank`` is its place among those whose decision an officer must make (NULL: none must), ``part_of`` the
    contact of whose words it is a part. ``by_hand`` is the contact as an officer read it, where we could not.
    """

    __tablename__ = "contact"
    __table_args__ = (
        index_of(KEPT, "contact_waiting", "number"),
        index_of(KEPT, "contact_lane", "lane", "number"),
        index_of(SET_ASIDE, "contact_aside", "number"),
        Index(
            "contact_handled",
            "state",
            sqlite_where=column("state") != KEPT,
            postgresql_where=column("state") != KEPT,
        ),
        Index(
            "contact_triage",
            "triage_rank",
            "received_at",
            "number",
            sqlite_where=column("triage_rank").is_not(None),
            postgresql_where=column("triage_rank").is_not(None),
        ),
        Index(
            "contact_finished",
            "finished_at",
            sqlite_where=column("finished_at").is_not(None),
            postgresql_where=column("finished_at").is_not(None),
        ),
    )

    number: int | None = Field(default=None, primary_key=True, sa_type=COUNTER)
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
    conversation: str = Field(default="", max_length=32, index=True)
    route: str = Field(default="", max_length=40)
    service: str = Field(default="", max_length=60)
    urgent: bool = False
    needs_person: bool = False
    person: str = Field(default="", sa_type=Words)
    subject: str = Field(default="", sa_type=Words)
    words_digest: str = Field(default="", max_length=32, index=True)
    contact_document: str = Field(default="", sa_type=Words)
    decision_document: str = Field(default="", sa_type=Words)
    triage_rank: int | None = None
    rule: str = Field(default="", max_length=40)
    confidence: float = Field(default=0.0, sa_type=Float)
    part_of: str = Field(default="", max_length=32)
    by_hand: str = Field(default="", sa_type=Words)


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
        Index(
            "conversation_queue",
            "rank",
            "waiting_since",
            "id",
            sqlite_where=column("holder") == WAITING,
            postgresql_where=column("holder") == WAITING,
        ),
        Index(
            "conversation_held",
            "officer",
            sqlite_where=column("holder") == HELD,
            postgresql_where=column("holder") == HELD,
        ),
        Index(
            "conversation_look",
            "look_at",
            sqlite_where=column("look_at").is_not(None),
            postgresql_where=column("look_at").is_not(None),
        ),
    )

    id: str = Field(primary_key=True, max_length=32)
    version: int
    holder: str = Field(max_length=20)
    urgent: bool = False
    email: str = Field(sa_type=Words, index=True)
    phone: str = Field(default="", max_length=20, index=True)
    case: str = Field(default="", max_length=32)
    service: str = Field(default="none", max_length=60)
    told_at: datetime | None = Field(default=None, sa_type=Moment)
    silent_at: datetime | None = Field(default=None, sa_type=Moment)
    rank: int = 3
    waiting_since: datetime | None = Field(default=None, sa_type=Moment)
    officer: str = Field(default="", max_length=80)
    look_at: datetime | None = Field(default=None, sa_type=Moment)
    document: str = Field(sa_type=Words)


class TurnRow(SQLModel, table=True):
    """One thing said in a conversation."""

    __tablename__ = "turn"

    number: int | None = Field(default=None, primary_key=True, sa_type=COUNTER)
    conversation: str = Field(max_length=32, index=True)
    at: datetime = Field(sa_type=Moment)
    by: str = Field(max_length=20)
    text: str = Field(sa_type=Words)
    contact: str = Field(max_length=32)
    choices: str = Field(default="", sa_type=Words)
    stands: bool = False
    held_back: bool = False


class AttachmentRow(SQLModel, table=True):
    """A file that came with a contact, and whether it was found clean: its bytes stay in the original.

    ``state``: waiting (for the scanner), clean, infected, unscanned (no scanner is set).
    """

    __tablename__ = "attachment"
    __table_args__ = (index_of(WAITING, "attachment_waiting", "id"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=COUNTER)
    contact: str = Field(max_length=32, index=True)
    number: int
    name: str = Field(sa_type=Words)
    media_type: str = Field(max_length=200)
    size: int = Field(sa_type=BigInteger)
    state: str = Field(max_length=20)
    line: str = Field(default="", sa_type=Words)
    not_before: datetime = Field(sa_type=Moment)
    scanned_at: datetime | None = Field(default=None, sa_type=Moment)
