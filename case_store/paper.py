"""Letters that go by post (intake.ports.Paper)."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, insert, select, update

from case_store.desk import seen
from case_store.tables.columns import TO_PRINT
from case_store.tables.sending import PaperRow
from intake.paper import PaperLetter, PaperState
from intake.rights import Scope


class SqlPaper:
    """intake.ports.Paper over the paper table."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, letter: PaperLetter) -> None:
        self._session.exec(insert(PaperRow).values(**{**vars(letter), "state": letter.state.value}))

    def get(self, letter: str) -> PaperLetter | None:
        row = self._session.exec(select(PaperRow).where(col(PaperRow.id) == letter)).first()
        return _letter(row) if row is not None else None

    def to_print(self, scope: Scope, most: int) -> Sequence[PaperLetter]:
        query = select(PaperRow).where(col(PaperRow.state) == TO_PRINT, seen(col(PaperRow.service), scope))
        return [_letter(row) for row in self._session.exec(query.order_by(col(PaperRow.number)).limit(most))]

    def done(self, scope: Scope, most: int) -> Sequence[PaperLetter]:
        query = select(PaperRow).where(col(PaperRow.state) != TO_PRINT, seen(col(PaperRow.service), scope))
        return [_letter(row) for row in self._session.exec(query.order_by(col(PaperRow.number).desc()).limit(most))]

    def mark(self, letter: str, state: PaperState, officer: str, note: str, now: datetime) -> bool:
        waiting = (col(PaperRow.id) == letter, col(PaperRow.state) == TO_PRINT)
        changed = update(PaperRow).where(*waiting)
        marked = changed.values(state=state.value, officer=officer, note=note, done_at=now)
        return bool(self._session.exec(marked).rowcount)


def _letter(row: PaperRow) -> PaperLetter:
    values = row.model_dump(exclude={"number"})
    return PaperLetter(**{**values, "state": PaperState(row.state)})
