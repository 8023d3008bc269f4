"""What officers are writing down (intake.ports.Entries)."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, delete, insert, select, update

from case_store.documents import ENTRY, as_json
from case_store.tables.centre import EntryFileRow, EntryRow
from intake.contact import Attachment
from intake.entering import Entry

MOST_UNFINISHED = 200
"""Entries of a list: the ones written last."""


class SqlEntries:
    """intake.ports.Entries over the entry and entry_file tables."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, entry: str) -> Entry | None:
        mine = select(EntryRow.document).where(col(EntryRow.id) == entry).with_for_update()
        document = self._session.exec(mine).first()
        return ENTRY.validate_json(document) if document is not None else None

    def keep(self, entry: Entry) -> None:
        values = {
            "officer": entry.officer,
            "saved_at": entry.saved_at,
            "contact": entry.contact,
            "document": as_json(ENTRY, entry),
        }
        same = col(EntryRow.id) == entry.id
        if not self._session.exec(update(EntryRow).where(same).values(**values)).rowcount:
            self._session.exec(insert(EntryRow).values(id=entry.id, **values))

    def forget(self, entry: str) -> None:
        self._session.exec(delete(EntryFileRow).where(col(EntryFileRow.entry) == entry))
        self._session.exec(delete(EntryRow).where(col(EntryRow.id) == entry))

    def unfinished(self, officer: str = "") -> Sequence[Entry]:
        query = select(EntryRow.document).where(col(EntryRow.contact) == "")
        if officer:
            query = query.where(col(EntryRow.officer) == officer)
        latest = query.order_by(col(EntryRow.saved_at).desc(), col(EntryRow.id)).limit(MOST_UNFINISHED)
        return [ENTRY.validate_json(document) for document in self._session.exec(latest)]

    def forget_sent(self, before: datetime) -> None:
        sent = (col(EntryRow.contact) != "", col(EntryRow.saved_at) < before)
        self._session.exec(delete(EntryRow).where(*sent))

    def add_file(self, entry: str, file: Attachment, data: bytes) -> None:
        self._session.exec(insert(EntryFileRow).values(entry=entry, number=file.number, data=data))

    def remove_file(self, entry: str, number: int) -> None:
        named = (col(EntryFileRow.entry) == entry, col(EntryFileRow.number) == number)
        self._session.exec(delete(EntryFileRow).where(*named))

    def data_of(self, entry: str) -> Sequence[bytes]:
        query = select(EntryFileRow.data).where(col(EntryFileRow.entry) == entry)
        return list(self._session.exec(query.order_by(col(EntryFileRow.number))))
