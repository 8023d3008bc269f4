"""Forms that are being filled in (intake.ports.Drafts)."""

from datetime import datetime

from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlmodel import Session, col, delete, select, update

from case_store.documents import DRAFT, as_json
from case_store.queue import change
from case_store.tables.centre import DraftRow
from intake.drafts import Draft


class SqlDrafts:
    """intake.ports.Drafts over the draft table."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, key: str) -> Draft | None:
        mine = select(DraftRow.document).where(col(DraftRow.key) == key).with_for_update()
        document = self._session.exec(mine).first()
        return DRAFT.validate_json(document) if document is not None else None

    def keep(self, key: str, draft: Draft) -> None:
        """Two tabs may begin the same form at once: the second finds it begun."""
        changing = {"document": as_json(DRAFT, draft), "expires_at": draft.expires_at}
        row = {"key": key, "conversation": draft.conversation, "code_hash": "", **changing}
        connection = self._session.connection()
        insert = sqlite_insert if connection.dialect.name == "sqlite" else postgresql_insert
        begun = insert(DraftRow).values(**row)
        connection.execute(begun.on_conflict_do_update(index_elements=["key"], set_=changing))

    def forget(self, key: str) -> None:
        self._session.exec(delete(DraftRow).where(col(DraftRow.key) == key))

    def give_code(self, key: str, code_hash: str) -> None:
        change(self._session, DraftRow, col(DraftRow.key) == key, code_hash=code_hash)

    def move(self, code_hash: str, key: str, now: datetime) -> bool:
        """Whatever draft stood under the new key is given up for this one."""
        saved = (col(DraftRow.code_hash) == code_hash, col(DraftRow.code_hash) != "", col(DraftRow.expires_at) > now)
        before = self._session.exec(select(DraftRow.key).where(*saved).with_for_update()).first()
        if before is None:
            return False
        if before != key:
            self.forget(key)
            self._session.exec(update(DraftRow).where(col(DraftRow.key) == before).values(key=key))
        return True

    def any_expired(self, now: datetime) -> bool:
        over = select(DraftRow.key).where(col(DraftRow.expires_at) <= now).limit(1)
        return self._session.exec(over).first() is not None

    def forget_expired(self, now: datetime) -> None:
        self._session.exec(delete(DraftRow).where(col(DraftRow.expires_at) <= now))
