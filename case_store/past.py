"""Past contacts, for a replay (intake.ports.Past)."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from case_store.documents import CONTACT, DECISION
from case_store.tables.contacts import ContactRow
from intake.stores.contacts import PastContact

_COLUMNS = (
    col(ContactRow.number),
    col(ContactRow.conversation),
    col(ContactRow.contact_document),
    col(ContactRow.decision_document),
)


class SqlPast:
    """intake.ports.Past over the contact table."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def contacts(self, after: int, within: tuple[datetime | None, datetime | None], most: int) -> Sequence[PastContact]:
        query = select(*_COLUMNS).where(col(ContactRow.number) > after, *_read(within))
        rows = self._session.exec(query.order_by(col(ContactRow.number)).limit(most))
        return [
            PastContact(number or 0, conversation, CONTACT.validate_json(contact), DECISION.validate_json(decision))
            for number, conversation, contact, decision in rows
        ]

    def before_newest(self, within: tuple[datetime | None, datetime | None], most: int) -> int:
        query = select(ContactRow.number).where(*_read(within)).order_by(col(ContactRow.number).desc())
        return self._session.exec(query.offset(most).limit(1)).first() or 0


def _read(within: tuple[datetime | None, datetime | None]) -> list[bool]:
    first, end = within
    wanted = [col(ContactRow.contact_document) != "", col(ContactRow.decision_document) != ""]
    wanted += [col(ContactRow.received_at) >= first] if first else []
    return [*wanted, *([col(ContactRow.received_at) < end] if end else [])]  # type: ignore[list-item]
