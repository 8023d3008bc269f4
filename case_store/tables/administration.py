"""What administrators change: packs, signposts and canned words."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from case_store.tables.columns import Moment, Words


class PackRow(SQLModel, table=True):
    """A policy pack that somebody uploaded. ``files`` is JSON: their text by path."""

    __tablename__ = "pack"

    digest: str = Field(primary_key=True, max_length=64)
    kept_at: datetime = Field(sa_type=Moment)
    officer: str = Field(max_length=80)
    files: str = Field(sa_type=Words)


class PackUseRow(SQLModel, table=True):
    """Which pack was used from when on; an empty digest stands for the folder that the settings name."""

    __tablename__ = "pack_use"

    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    at: datetime = Field(sa_type=Moment)
    officer: str = Field(max_length=80)
    digest: str = Field(max_length=64)


class SignpostCheckRow(SQLModel, table=True):
    """Who looks after a signpost (empty: whom the pack names), and when an officer last checked it in the console."""

    __tablename__ = "signpost_check"

    key: str = Field(primary_key=True, max_length=80)
    owner: str = Field(max_length=80)
    checked_at: datetime | None = Field(default=None, sa_type=Moment)
    officer: str = Field(max_length=80)


class CannedWordsRow(SQLModel, table=True):
    """Canned words that stand for the pack's of the same key, or beside them."""

    __tablename__ = "canned_words"

    key: str = Field(primary_key=True, max_length=80)
    title: str = Field(max_length=80)
    kind: str = Field(max_length=20)
    body: str = Field(sa_type=Words)
    changed_at: datetime = Field(sa_type=Moment)
    officer: str = Field(max_length=80)
