"""Officers, how they sign in, and what they did."""

from datetime import date, datetime

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel

from case_store.tables.columns import COUNTER, Moment, Words


class OfficerRow(SQLModel, table=True):
    """Somebody who may sign in to the console. Roles, services and teams are keys with spaces between them."""

    __tablename__ = "officer"

    name: str = Field(primary_key=True, max_length=80)
    password_hash: str = Field(max_length=200)
    created_at: datetime = Field(sa_type=Moment)
    failures: int = 0
    locked_until: datetime | None = Field(default=None, sa_type=Moment)
    shown: str = Field(default="", sa_type=Words)
    email: str = Field(default="", sa_type=Words)
    roles: str = Field(default="", sa_type=Words)
    services: str = Field(default="", sa_type=Words)
    teams: str = Field(default="", sa_type=Words)
    disabled_at: datetime | None = Field(default=None, sa_type=Moment)
    totp: str = Field(default="", max_length=64)
    totp_step: int = Field(default=0, sa_type=BigInteger)
    subject: str = Field(default="", sa_type=Words, index=True)
    first_password: bool = False


class SessionRow(SQLModel, table=True):
    """A sign-in. Only a hash of the cookie is kept, so that reading the store lets nobody in."""

    __tablename__ = "session"

    token_hash: str = Field(primary_key=True, max_length=64)
    officer: str = Field(max_length=80, index=True)
    form_token: str = Field(max_length=64)
    expires_at: datetime = Field(sa_type=Moment)
    begun_at: datetime = Field(sa_type=Moment)
    seen_at: datetime = Field(sa_type=Moment)
    how: str = Field(max_length=20)
    browser: str = Field(max_length=80)
    ended_at: datetime | None = Field(default=None, sa_type=Moment)


class TicketRow(SQLModel, table=True):
    """Something begun that its holder alone may finish, once and soon. Of its token only a hash is kept."""

    __tablename__ = "ticket"

    token_hash: str = Field(primary_key=True, max_length=64)
    kind: str = Field(max_length=20)
    officer: str = Field(max_length=80)
    words: str = Field(sa_type=Words)
    expires_at: datetime = Field(sa_type=Moment, index=True)


class PasskeyRow(SQLModel, table=True):
    """An officer's passkey: its id and public key in base64url."""

    __tablename__ = "passkey"

    id: str = Field(primary_key=True, sa_type=Words)
    officer: str = Field(max_length=80, index=True)
    public_key: str = Field(sa_type=Words)
    sign_count: int = Field(sa_type=BigInteger)
    name: str = Field(sa_type=Words)
    created_at: datetime = Field(sa_type=Moment)
    used_at: datetime | None = Field(default=None, sa_type=Moment)


class RecoveryCodeRow(SQLModel, table=True):
    """A code that stands in for an officer's authenticator, once. Only its hash is kept."""

    __tablename__ = "recovery_code"

    officer: str = Field(primary_key=True, max_length=80)
    code_hash: str = Field(primary_key=True, max_length=64)


class KeptFormRow(SQLModel, table=True):
    """What an officer sent after their session had ended. ``fields`` is JSON: pairs of name and value."""

    __tablename__ = "kept_form"

    id: str = Field(primary_key=True, max_length=32)
    officer: str = Field(max_length=80, index=True)
    path: str = Field(sa_type=Words)
    fields: str = Field(sa_type=Words)
    kept_at: datetime = Field(sa_type=Moment)


class AbsenceRow(SQLModel, table=True):
    """Days on which an officer is away, and who sees to their work."""

    __tablename__ = "absence"

    id: str = Field(primary_key=True, max_length=32)
    officer: str = Field(max_length=80, index=True)
    first: date
    last: date = Field(index=True)
    cover: str = Field(max_length=80)


class DeedRow(SQLModel, table=True):
    """What an officer did. Written once and never changed."""

    __tablename__ = "deed"

    number: int | None = Field(default=None, primary_key=True, sa_type=COUNTER)
    at: datetime = Field(sa_type=Moment)
    officer: str = Field(max_length=80, index=True)
    what: str = Field(max_length=60)
    about: str = Field(default="", max_length=80, index=True)
    note: str = Field(default="", sa_type=Words)
