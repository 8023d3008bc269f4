"""Chats of a messenger, and how its bot is (intake.ports.Messenger)."""

import secrets
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlmodel import Session, col, insert, select

from case_store.centre import numbered
from case_store.queue import change, claim
from case_store.tables.columns import SET_ASIDE
from case_store.tables.contacts import TurnRow
from case_store.tables.sending import BotRow, ChatRow, UnsentRow
from intake.aside_view import OVER
from intake.aside_view import SET_ASIDE as ASIDE
from intake.conversation import Speaker
from intake.messenger import BotState, Chat, Numbered

_SENT_THERE = (Speaker.ASSISTANT.value, Speaker.OFFICER.value)


class SqlMessenger:
    """intake.ports.Messenger over the chat and bot tables."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def secret(self, bot: int, drawn: str) -> str:
        """The secret of this bot's installation: the one that was drawn first."""
        self._keep_once(BotRow, bot=bot, secret=drawn, fetched_at=None, failing_since=None, error="")
        return self._session.exec(select(BotRow.secret).where(col(BotRow.bot) == bot)).one()

    def works(self, bot: int, now: datetime) -> None:
        change(self._session, BotRow, col(BotRow.bot) == bot, fetched_at=now, failing_since=None, error="")

    def fails(self, bot: int, now: datetime, error: str) -> None:
        """The moment when that began stays."""
        since = self._session.exec(select(BotRow.failing_since).where(col(BotRow.bot) == bot)).first()
        change(self._session, BotRow, col(BotRow.bot) == bot, failing_since=since or now, error=error)

    def bots(self) -> Sequence[BotState]:
        rows = self._session.exec(select(BotRow).order_by(col(BotRow.bot)))
        return [BotState(row.bot, row.fetched_at, row.failing_since, row.error) for row in rows]

    def open_chat(self, conversation: str, bot: int, chat: int, now: datetime) -> None:
        """A chat that was closed is opened again: its resident has written."""
        blank = {"sent": 0, "parts": 0, "closed": "", "attempts": 0, "not_before": now}
        self._keep_once(ChatRow, conversation=conversation, bot=bot, chat=chat, **blank)
        was_closed = and_(col(ChatRow.conversation) == conversation, col(ChatRow.closed) != "")
        change(self._session, ChatRow, was_closed, closed="", attempts=0, not_before=now)
        of_it = (col(UnsentRow.conversation) == conversation, col(UnsentRow.state) == SET_ASIDE)
        change(self._session, UnsentRow, and_(*of_it, col(UnsentRow.words) == ""), state=OVER)

    def is_due(self, bot: int, now: datetime) -> bool:
        return self._session.exec(select(ChatRow.number).where(_due(bot, now)).limit(1)).first() is not None

    def claim(self, bot: int, now: datetime, until: datetime) -> Chat | None:
        row = claim(self._session, ChatRow, _due(bot, now), until)
        return _chat(row) if row is not None else None

    def chat(self, conversation: str) -> Chat | None:
        row = self._session.exec(select(ChatRow).where(col(ChatRow.conversation) == conversation)).first()
        return _chat(row) if row is not None else None

    def said(self, conversation: str, after: int = 0) -> Sequence[Numbered]:
        rows = self._session.exec(
            select(TurnRow)
            .where(col(TurnRow.conversation) == conversation, col(TurnRow.number) > after)
            .order_by(col(TurnRow.number))
        )
        return [numbered(row) for row in rows]

    def sent(self, conversation: str, number: int, parts: int = 0) -> None:
        self._change(conversation, sent=number, parts=parts, attempts=0)

    def free(self, conversation: str, at: datetime) -> None:
        self._change(conversation, not_before=at)

    def close(self, conversation: str, line: str) -> None:
        self._change(conversation, closed=line)

    def unsent(self, conversation: str, words: str, line: str, now: datetime) -> None:
        values = {"conversation": conversation, "at": now, "words": words, "line": line, "state": ASIDE}
        self._session.exec(insert(UnsentRow).values(id=secrets.token_hex(12), **values))

    def _change(self, conversation: str, **values: object) -> None:
        change(self._session, ChatRow, col(ChatRow.conversation) == conversation, **values)

    def _keep_once(self, table: type[BotRow] | type[ChatRow], **values: object) -> None:
        connection = self._session.connection()
        insert = sqlite_insert if connection.dialect.name == "sqlite" else postgresql_insert
        connection.execute(insert(table).values(**values).on_conflict_do_nothing())


def _due(bot: int, now: datetime) -> ColumnElement[bool]:
    """An open chat, with something of ours that was not sent there yet."""
    unsent = exists().where(
        col(TurnRow.conversation) == col(ChatRow.conversation),
        col(TurnRow.number) > col(ChatRow.sent),
        col(TurnRow.by).in_(_SENT_THERE),
    )
    is_open = and_(col(ChatRow.bot) == bot, col(ChatRow.closed) == "", col(ChatRow.not_before) <= now)
    return and_(is_open, unsent)


def _chat(row: ChatRow) -> Chat:
    return Chat(row.conversation, row.bot, row.chat, row.sent, row.parts, row.closed, row.attempts)
