"""What administrators keep right beside the pack (intake.ports.Upkeep)."""

from collections.abc import Mapping

from sqlalchemy import delete
from sqlmodel import Session, col, select

from case_store.tables.administration import CannedWordsRow, SignpostCheckRow
from intake.upkeep import KeptWords, SignpostCheck


class SqlUpkeep:
    """intake.ports.Upkeep over the signpost_check and canned_words tables."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def checks(self) -> Mapping[str, SignpostCheck]:
        rows = self._session.exec(select(SignpostCheckRow))
        return {row.key: SignpostCheck(row.key, row.owner, row.checked_at, row.officer) for row in rows}

    def keep_check(self, check: SignpostCheck) -> None:
        self._session.merge(SignpostCheckRow(**vars(check)))
        self._session.flush()

    def words(self) -> Mapping[str, KeptWords]:
        rows = self._session.exec(select(CannedWordsRow))
        return {row.key: KeptWords(row.key, row.title, row.kind, row.body, row.changed_at, row.officer) for row in rows}

    def keep_words(self, words: KeptWords) -> None:
        self._session.merge(CannedWordsRow(**vars(words)))
        self._session.flush()

    def forget_words(self, key: str) -> None:
        self._session.execute(delete(CannedWordsRow).where(col(CannedWordsRow.key) == key))
