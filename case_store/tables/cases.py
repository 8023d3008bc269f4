"""Cases and the work on them."""

from datetime import date, datetime

from sqlalchemy import Index, column
from sqlmodel import Field, SQLModel

from case_store.tables.columns import COUNTER, TO_CHECK, Moment, Words, index_of, of_open_cases


class CaseRow(SQLModel, table=True):
    """A formal or urgent complaint. ``version`` counts its changes.

    ``next_at`` is the moment of its next date where hours count. Lists of officers' work have an index each.
    """

    __tablename__ = "case"
    __table_args__ = (
        of_open_cases("case_officer", "officer", "next_due"),
        of_open_cases("case_team", "team", "next_due"),
        of_open_cases("case_waits", "waits_for", "remind_on"),
        of_open_cases("case_open", "next_due", "received_at"),
    )

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
    next_at: datetime | None = Field(default=None, sa_type=Moment)
    version: int = 1
    officer: str = Field(default="", max_length=80)
    team: str = Field(default="", max_length=40)
    priority: str = Field(default="normal", max_length=20)
    waits_for: str = Field(default="", max_length=20)
    remind_on: date | None = None
    document: str = Field(sa_type=Words)


class CaseEntryRow(SQLModel, table=True):
    """A line of a case's history: what an officer did or noted. Written once and never changed."""

    __tablename__ = "case_entry"

    number: int | None = Field(default=None, primary_key=True, sa_type=COUNTER)
    reference: str = Field(max_length=32, index=True)
    at: datetime = Field(sa_type=Moment)
    officer: str = Field(max_length=80)
    what: str = Field(max_length=60)
    words: str = Field(default="", sa_type=Words)
    version: int = 0


class TaskRow(SQLModel, table=True):
    """Something that somebody is to do about a case."""

    __tablename__ = "task"
    __table_args__ = (
        Index(
            "task_to_do",
            "officer",
            "due",
            sqlite_where=column("done_at").is_(None),
            postgresql_where=column("done_at").is_(None),
        ),
    )

    id: str = Field(primary_key=True, max_length=32)
    reference: str = Field(max_length=32, index=True)
    what: str = Field(sa_type=Words)
    due: date
    officer: str = Field(max_length=80)
    made_by: str = Field(max_length=80)
    made_at: datetime = Field(sa_type=Moment)
    done_at: datetime | None = Field(default=None, sa_type=Moment)
    done_by: str = Field(default="", max_length=80)


class MentionRow(SQLModel, table=True):
    """An officer was named in a note, and has seen that or not yet."""

    __tablename__ = "mention"
    __table_args__ = (
        Index(
            "mention_new",
            "officer",
            "at",
            sqlite_where=column("seen_at").is_(None),
            postgresql_where=column("seen_at").is_(None),
        ),
    )

    id: str = Field(primary_key=True, max_length=32)
    reference: str = Field(max_length=32)
    officer: str = Field(max_length=80)
    by: str = Field(max_length=80)
    at: datetime = Field(sa_type=Moment)
    words: str = Field(sa_type=Words)
    seen_at: datetime | None = Field(default=None, sa_type=Moment)


class CaseLetterRow(SQLModel, table=True):
    """A letter about a case that an officer writes: a draft, to be checked, sent or dropped."""

    __tablename__ = "case_letter"
    __table_args__ = (index_of(TO_CHECK, "case_letter_to_check", "changed_at"),)

    id: str = Field(primary_key=True, max_length=32)
    reference: str = Field(max_length=32, index=True)
    kind: str = Field(max_length=20)
    body: str = Field(sa_type=Words)
    officer: str = Field(max_length=80)
    changed_at: datetime = Field(sa_type=Moment)
    outcome: str = Field(default="", max_length=20)
    state: str = Field(max_length=20)
    note: str = Field(default="", sa_type=Words)
    checked_by: str = Field(default="", max_length=80)
    version: int


class SavedViewRow(SQLModel, table=True):
    """A combination of filters under a name, an officer's own or shared with a team."""

    __tablename__ = "saved_view"

    id: str = Field(primary_key=True, max_length=32)
    officer: str = Field(max_length=80, index=True)
    team: str = Field(default="", max_length=40, index=True)
    name: str = Field(sa_type=Words)
    query: str = Field(sa_type=Words)


class UndoRow(SQLModel, table=True):
    """A bulk action that can be undone for a while."""

    __tablename__ = "undo"

    id: str = Field(primary_key=True, max_length=32)
    officer: str = Field(max_length=80)
    until: datetime = Field(sa_type=Moment, index=True)
    document: str = Field(sa_type=Words)
