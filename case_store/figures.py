"""Figures of the house (intake.ports.FigureStore), each from an index."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func
from sqlmodel import Session, col, select

from case_store.mailboxes import SqlMailboxes
from case_store.messenger import SqlMessenger
from case_store.tables.centre import CallRow
from case_store.tables.columns import KEPT, SET_ASIDE, TO_DO, WAITING
from case_store.tables.contacts import ContactRow, ConversationRow
from case_store.tables.sending import OutboxRow, UnsentRow
from intake.figures import Figures, Waiting


class SqlFigures:
    """intake.ports.FigureStore over one session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def now(self) -> Figures:
        handled = select(ContactRow.state, func.count()).where(col(ContactRow.state) != KEPT)
        by_state = handled.group_by(col(ContactRow.state))
        inbox = self._waiting(ContactRow.received_at, col(ContactRow.state) == KEPT)
        aside = select(func.count()).select_from(OutboxRow).where(col(OutboxRow.state) == SET_ASIDE)
        unsent = select(func.count()).select_from(UnsentRow).where(col(UnsentRow.state) == SET_ASIDE)
        mailboxes = [state.failing_since for state in SqlMailboxes(self._session).states()]
        bots = [state.failing_since for state in SqlMessenger(self._session).bots()]
        return Figures(
            contacts={"kept": inbox.number, **dict(sorted(self._session.exec(by_state).all()))},
            inbox=inbox,
            conversations=self._waiting(ConversationRow.waiting_since, col(ConversationRow.holder) == WAITING),
            outbox=self._waiting(OutboxRow.created_at, col(OutboxRow.state) == WAITING),
            calls=self._waiting(CallRow.asked_at, col(CallRow.state) == TO_DO),
            letters_set_aside=self._session.exec(aside).one(),
            messages_set_aside=self._session.exec(unsent).one(),
            mailboxes=_failing(mailboxes),
            bots=_failing(bots),
        )

    def _waiting(self, since: Any, waits: ColumnElement[bool]) -> Waiting:
        return Waiting(*self._session.exec(select(func.count(), func.min(since)).where(waits)).one())


def _failing(since: list[datetime | None]) -> Waiting:
    failing = [moment for moment in since if moment is not None]
    return Waiting(len(failing), min(failing, default=None))
