"""The files that came with contacts, over the attachment table; their bytes stay in the originals."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, insert, update
from sqlmodel import Session, col, select

from case_store.queue import change
from case_store.tables.columns import WAITING
from case_store.tables.contacts import AttachmentRow
from intake.contact import Attachment, Contact
from intake.files import File, FileState, Verdict, safe_type


class SqlAttachments:
    """intake.ports.Attachments over one session. While a file waits, ``scanned_at`` is when that was last tried."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def keep(self, contact: Contact, now: datetime) -> None:
        """Read anew, a contact's files are checked anew."""
        self._session.exec(delete(AttachmentRow).where(col(AttachmentRow.contact) == contact.id))
        rows = [_row(contact.id, attachment, now) for attachment in contact.attachments]
        if rows:
            self._session.connection().execute(insert(AttachmentRow), rows)

    def of_contact(self, contact: str) -> Sequence[File]:
        """In the order of the message."""
        query = select(AttachmentRow).where(col(AttachmentRow.contact) == contact)
        return [_file(row) for row in self._session.exec(query.order_by(col(AttachmentRow.number)))]

    def of_contacts(self, contacts: Collection[str]) -> Sequence[File]:
        """In the order in which they came."""
        if not contacts:
            return []
        query = select(AttachmentRow).where(col(AttachmentRow.contact).in_(contacts))
        return [_file(row) for row in self._session.exec(query.order_by(col(AttachmentRow.id)))]

    def get(self, contact: str, number: int) -> File | None:
        """One file; None where there is none of this number."""
        row = self._session.exec(select(AttachmentRow).where(_named(contact, number))).first()
        return _file(row) if row is not None else None

    def claim(self, now: datetime, until: datetime) -> File | None:
        """Newest first: what an officer opens today is not kept waiting by what has waited for long."""
        due = and_(col(AttachmentRow.state) == WAITING, col(AttachmentRow.not_before) <= now)
        newest = select(AttachmentRow).where(due).order_by(col(AttachmentRow.id).desc()).limit(1)
        row = self._session.exec(newest.with_for_update(skip_locked=True)).first()
        if row is None:
            return None
        file = _file(row)
        change(self._session, AttachmentRow, col(AttachmentRow.id) == row.id, not_before=until)
        return file

    def found(self, contact: str, number: int, verdict: Verdict, now: datetime) -> None:
        """The scanner has looked."""
        self._change(contact, number, state=verdict.state.value, line=verdict.line, scanned_at=now)

    def try_again(self, contact: str, number: int, now: datetime, wait: timedelta, line: str) -> None:
        """The scanner could not look: wait so long."""
        self._change(contact, number, line=line, scanned_at=now, not_before=now + wait)

    def leave_unscanned(self) -> bool:
        """No scanner is set, so nothing waits for one any more. False where nothing did."""
        waiting = update(AttachmentRow).where(col(AttachmentRow.state) == WAITING)
        return bool(self._session.exec(waiting.values(state=FileState.UNSCANNED.value, line="")).rowcount)

    def queue_unscanned(self, now: datetime) -> None:
        """A scanner is set now: what came before it is checked too."""
        unscanned = update(AttachmentRow).where(col(AttachmentRow.state) == FileState.UNSCANNED.value)
        self._session.exec(unscanned.values(state=FileState.WAITING.value, not_before=now, scanned_at=None))

    def _change(self, contact: str, number: int, **values: object) -> None:
        """Change a file that still waits; what another worker found meanwhile stays as it is."""
        change(
            self._session, AttachmentRow, and_(_named(contact, number), col(AttachmentRow.state) == WAITING), **values
        )


def _named(contact: str, number: int) -> ColumnElement[bool]:
    return and_(col(AttachmentRow.contact) == contact, col(AttachmentRow.number) == number)


def _row(contact: str, attachment: Attachment, now: datetime) -> dict[str, Any]:
    return {
        "contact": contact,
        "number": attachment.number,
        "name": attachment.name,
        "media_type": safe_type(attachment.media_type),
        "size": attachment.size,
        "state": FileState.WAITING.value,
        "line": "",
        "not_before": now,
        "scanned_at": None,
    }


def _file(row: AttachmentRow) -> File:
    attachment = Attachment(row.name, row.media_type, row.size, row.number)
    waited = row.not_before - row.scanned_at if row.scanned_at is not None and row.state == "waiting" else None
    return File(row.contact, attachment, FileState(row.state), row.line, waited)
