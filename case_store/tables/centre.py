"""The contact centre: who is there and sees what, calls, what is entered, corrections and incidents."""

from datetime import date, datetime

from sqlalchemy import BigInteger, Float, Index, LargeBinary
from sqlmodel import Field, SQLModel

from case_store.tables.columns import TO_DO, Moment, Words, index_of


class SpokenRow(SQLModel, table=True):
    """An officer's turn, named by the page that sent it, so that it is said once; and the letter that took it out."""

    __tablename__ = "spoken"

    conversation: str = Field(primary_key=True, max_length=32)
    name: str = Field(primary_key=True, max_length=64)
    turn: int = Field(sa_type=BigInteger, index=True)
    officer: str = Field(max_length=80)
    letter: str = Field(max_length=32)


class HalfWrittenRow(SQLModel, table=True):
    """What an officer has half written in a conversation."""

    __tablename__ = "half_written"

    conversation: str = Field(primary_key=True, max_length=32)
    officer: str = Field(primary_key=True, max_length=80)
    text: str = Field(sa_type=Words)
    at: datetime = Field(sa_type=Moment)


class SightRow(SQLModel, table=True):
    """How far a resident's page has shown what was said, and who is writing until when."""

    __tablename__ = "sight"

    conversation: str = Field(primary_key=True, max_length=32)
    shown: int = 0
    shown_at: datetime | None = Field(default=None, sa_type=Moment)
    resident_writes_until: datetime | None = Field(default=None, sa_type=Moment)
    officer_writes_until: datetime | None = Field(default=None, sa_type=Moment)


class PresenceRow(SQLModel, table=True):
    """An officer's own word on whether they take conversations, and until when they count as there."""

    __tablename__ = "presence"

    officer: str = Field(primary_key=True, max_length=80)
    there: str = Field(max_length=20)
    places: int
    online_until: datetime = Field(sa_type=Moment, index=True)


class CallRow(SQLModel, table=True):
    """A call that somebody was promised."""

    __tablename__ = "call"
    __table_args__ = (index_of(TO_DO, "call_to_do", "until"),)

    id: str = Field(primary_key=True, max_length=32)
    conversation: str = Field(max_length=32, index=True)
    phone: str = Field(sa_type=Words)
    good_time: str = Field(sa_type=Words)
    asked_at: datetime = Field(sa_type=Moment)
    until: datetime = Field(sa_type=Moment)
    state: str = Field(max_length=20)
    tries: int = 0
    officer: str = Field(default="", max_length=80)
    done_at: datetime | None = Field(default=None, sa_type=Moment)


class DraftRow(SQLModel, table=True):
    """A form that is being filled in. ``key`` and ``code_hash`` are digests of secrets that its resident alone has."""

    __tablename__ = "draft"

    key: str = Field(primary_key=True, max_length=64)
    conversation: str = Field(max_length=32)
    code_hash: str = Field(default="", max_length=64, index=True)
    expires_at: datetime = Field(sa_type=Moment, index=True)
    document: str = Field(sa_type=Words)


class EntryRow(SQLModel, table=True):
    """What an officer is writing down for somebody; once sent, only which contact it became."""

    __tablename__ = "entry"

    id: str = Field(primary_key=True, max_length=32)
    officer: str = Field(max_length=80, index=True)
    saved_at: datetime = Field(sa_type=Moment)
    contact: str = Field(default="", max_length=32)
    document: str = Field(sa_type=Words)


class EntryFileRow(SQLModel, table=True):
    """A file of an entry that was not sent yet."""

    __tablename__ = "entry_file"

    entry: str = Field(primary_key=True, max_length=32)
    number: int = Field(primary_key=True)
    data: bytes = Field(sa_type=LargeBinary)


class CorrectionRow(SQLModel, table=True):
    """What an officer decided about a contact, after what, for ever. ``step`` counts them; ``decided_at`` is when the
    contact was first decided."""

    __tablename__ = "correction"

    contact: str = Field(primary_key=True, max_length=32)
    step: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    at: datetime = Field(sa_type=Moment)
    officer: str = Field(max_length=80)
    decided_at: datetime = Field(sa_type=Moment, index=True)
    route: str = Field(max_length=40)
    service: str = Field(max_length=60)
    rule: str = Field(max_length=40)
    confidence: float = Field(sa_type=Float)
    alone: bool
    changed: bool
    document: str = Field(sa_type=Words)


class ExampleRow(SQLModel, table=True):
    """A message that somebody proposed as an example to learn from, without personal data."""

    __tablename__ = "example"
    __table_args__ = (Index("example_state", "state", "proposed_at"),)

    id: str = Field(primary_key=True, max_length=32)
    contact: str = Field(max_length=32, index=True)
    state: str = Field(max_length=20)
    proposed_at: datetime = Field(sa_type=Moment)
    document: str = Field(sa_type=Words)


class IncidentRow(SQLModel, table=True):
    """A threat or abuse against staff. ``email`` and ``phone`` are proved to be its person's, else empty."""

    __tablename__ = "incident"

    id: str = Field(primary_key=True, max_length=32)
    state: str = Field(max_length=20, index=True)
    email: str = Field(sa_type=Words, index=True)
    phone: str = Field(max_length=20, index=True)
    conversation: str = Field(max_length=32, index=True)
    until: date
    forget_on: date | None = None
    document: str = Field(sa_type=Words)
