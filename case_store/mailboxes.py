"""How far each IMAP mailbox has been read, and whether it can be read (intake.ports.Mailboxes)."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, insert, select

from case_store.queue import change
from case_store.tables.sending import MailboxRow
from intake.mailbox import MailboxState, Position

NOWHERE = Position(0, 0)
"""Where a mailbox stands that was never read: a UIDVALIDITY is never 0 (RFC 3501 section 9)."""


class SqlMailboxes:
    """intake.ports.Mailboxes over the mailbox table."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def position(self, name: str) -> Position:
        """Where reading goes on."""
        row = self._session.exec(select(MailboxRow).where(col(MailboxRow.name) == name)).first()
        return Position(row.uid_validity, row.uid) if row is not None else NOWHERE

    def read_up_to(self, name: str, position: Position) -> None:
        """Everything up to there is kept."""
        self._set(name, uid_validity=position.uid_validity, uid=position.uid)

    def works(self, name: str, now: datetime, error: str = "") -> None:
        """It was read to its end now."""
        self._set(name, read_at=now, failing_since=None, error=error)

    def fails(self, name: str, now: datetime, error: str) -> None:
        """It cannot be read; the moment when that began stays."""
        row = self._session.exec(select(MailboxRow).where(col(MailboxRow.name) == name)).first()
        since = row.failing_since if row is not None else None
        self._set(name, failing_since=since or now, error=error)

    def states(self) -> Sequence[MailboxState]:
        """Every mailbox that was ever read, by name."""
        rows = self._session.exec(select(MailboxRow).order_by(col(MailboxRow.name)))
        return [
            MailboxState(row.name, Position(row.uid_validity, row.uid), row.read_at, row.failing_since, row.error)
            for row in rows
        ]

    def _set(self, name: str, **values: object) -> None:
        if not change(self._session, MailboxRow, col(MailboxRow.name) == name, **values):
            blank = {"uid_validity": 0, "uid": 0, "read_at": None, "failing_since": None, "error": ""}
            self._session.exec(insert(MailboxRow).values(name=name, **{**blank, **values}))
