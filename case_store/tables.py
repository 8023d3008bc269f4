"""The tables. Columns are what is searched and counted; ``document`` columns hold a whole noun of the heart as JSON.

Texts hold no NUL (PostgreSQL takes none); moments are kept and come back in UTC.
"""

from datetime import UTC, date, datetime

from sqlalchemy import (
    BigInteger,
    ColumnClause,
    DateTime,
    Dialect,
    Float,
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
TO_DO: ColumnClause[str] = literal_column("'to_do'")
HELD: ColumnClause[str] = literal_column("'officer'")
SET_ASIDE: ColumnClause[str] = literal_column("'set_aside'")
OPEN: ColumnClause[str] = literal_column("'open'")
TO_CHECK: ColumnClause[str] = literal_column("'to_check'")
NOBODY: ColumnClause[str] = literal_column("''")
"""The states that are looked for. Written as literals, since a partial index serves only a query that says so."""


def _index_of(state: ColumnClause[str], name: str, *columns: str) -> Index:
    """An index over the rows in this state alone: it stays as small as the backlog, however much is kept."""
    where = column("state") == state
    return Index(name, *columns, sqlite_where=where, postgresql_where=where)


def _of_open_cases(name: str, *columns: str) -> Index:
    """An index over cases that are open."""
    return _index_of(OPEN, name, *columns)


_Counter = BigInteger().with_variant(Integer(), "sqlite")


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
        _index_of(KEPT, "contact_waiting", "number"),
        _index_of(KEPT, "contact_lane", "lane", "number"),
        _index_of(SET_ASIDE, "contact_aside", "number"),
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

    number: int | None = Field(default=None, primary_key=True, sa_type=_Counter)
    conversation: str = Field(max_length=32, index=True)
    at: datetime = Field(sa_type=Moment)
    by: str = Field(max_length=20)
    text: str = Field(sa_type=Words)
    contact: str = Field(max_length=32)
    choices: str = Field(default="", sa_type=Words)
    stands: bool = False
    held_back: bool = False


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
    __table_args__ = (_index_of(TO_DO, "call_to_do", "until"),)

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


class CaseRow(SQLModel, table=True):
    """A formal or urgent complaint. ``version`` counts its changes.

    ``next_at`` is the moment of its next date where hours count. Lists of officers' work have an index each.
    """

    __tablename__ = "case"
    __table_args__ = (
        _of_open_cases("case_officer", "officer", "next_due"),
        _of_open_cases("case_team", "team", "next_due"),
        _of_open_cases("case_waits", "waits_for", "remind_on"),
        _of_open_cases("case_open", "next_due", "received_at"),
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

    number: int | None = Field(default=None, primary_key=True, sa_type=_Counter)
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
    __table_args__ = (_index_of(TO_CHECK, "case_letter_to_check", "changed_at"),)

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


class OutboxRow(SQLModel, table=True):
    """A mail that waits to go out, or went, or was set aside. ``mailbox`` is ``to`` without its +tag.

    ``envelope`` is its name in the envelope alone.
    """

    __tablename__ = "outbox"
    __table_args__ = (_index_of(WAITING, "outbox_waiting", "number"), _index_of(SET_ASIDE, "outbox_aside", "number"))

    number: int | None = Field(default=None, primary_key=True, sa_type=_Counter)
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


class UnsentRow(SQLModel, table=True):
    """A message that a messenger did not take, or a chat that takes nothing more (``words`` is empty then)."""

    __tablename__ = "unsent"
    __table_args__ = (_index_of(SET_ASIDE, "unsent_aside", "number"),)

    number: int | None = Field(default=None, primary_key=True, sa_type=_Counter)
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


class DraftRow(SQLModel, table=True):
    """A form that is being filled in. ``key`` and ``code_hash`` are digests of secrets that its resident alone has."""

    __tablename__ = "draft"

    key: str = Field(primary_key=True, max_length=64)
    conversation: str = Field(max_length=32)
    code_hash: str = Field(default="", max_length=64, index=True)
    expires_at: datetime = Field(sa_type=Moment, index=True)
    document: str = Field(sa_type=Words)


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

    number: int | None = Field(default=None, primary_key=True, sa_type=_Counter)
    at: datetime = Field(sa_type=Moment)
    officer: str = Field(max_length=80, index=True)
    what: str = Field(max_length=60)
    about: str = Field(default="", max_length=80, index=True)
    note: str = Field(default="", sa_type=Words)


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


TO_PRINT: ColumnClause[str] = literal_column("'to_print'")


class PaperRow(SQLModel, table=True):
    """A letter that goes by post."""

    __tablename__ = "paper"
    __table_args__ = (_index_of(TO_PRINT, "paper_to_print", "number"),)

    number: int | None = Field(default=None, primary_key=True, sa_type=_Counter)
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
