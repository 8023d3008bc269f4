"""What was set aside, and what officers do with it (intake.ports.Aside)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, literal, update
from sqlmodel import Session, col, select

from case_store.desk import seen
from case_store.documents import CONTACT, CONVERSATION, REPLY, as_json
from case_store.tables.columns import SET_ASIDE
from case_store.tables.contacts import ContactRow, ConversationRow
from case_store.tables.sending import OutboxRow, UnsentRow
from intake.addresses import mailbox_of
from intake.aside_view import LEFT, ContactAside, MailAside, MessageAside
from intake.contact import Channel, Contact, Outcome
from intake.rights import Scope
from intake.trouble import of_contact, of_mail, of_message

_OF_CONTACT = tuple(
    col(getattr(ContactRow, name))
    for name in ("id", "received_at", "channel", "sender", "error", "state", "service", "conversation")
)
_SERVICE = func.coalesce(ConversationRow.service, literal("none"))
"""Of a letter's conversation; letters of none are seen by whoever mends."""


class SqlAside:
    """intake.ports.Aside over the contact, outbox and unsent tables."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def contacts(self, channel: str, scope: Scope, start: int, most: int) -> Sequence[ContactAside]:
        query = select(*_OF_CONTACT).where(col(ContactRow.state) == SET_ASIDE, seen(col(ContactRow.service), scope))
        query = query.where(col(ContactRow.channel) == channel) if channel else query
        return [
            _contact(row)
            for row in self._session.exec(query.order_by(col(ContactRow.number)).offset(start).limit(most))
        ]

    def contacts_by_channel(self, scope: Scope) -> Mapping[str, int]:
        waits = (col(ContactRow.state) == SET_ASIDE, seen(col(ContactRow.service), scope))
        query = select(ContactRow.channel, func.count()).where(*waits).group_by(col(ContactRow.channel))
        return dict(sorted(self._session.exec(query).all()))

    def contact(self, contact: str) -> ContactAside | None:
        row = self._session.exec(select(*_OF_CONTACT).where(col(ContactRow.id) == contact)).first()
        return _contact(row) if row is not None else None

    def mail(self, kind: str, scope: Scope, start: int, most: int) -> Sequence[MailAside]:
        query = _letters(scope).order_by(col(OutboxRow.number)).offset(start).limit(most)
        query = query.where(col(OutboxRow.kind) == kind) if kind else query
        return [_mail(row, service) for row, service in self._session.exec(query)]

    def mail_by_kind(self, scope: Scope) -> Mapping[str, int]:
        query = _letters(scope).with_only_columns(col(OutboxRow.kind), func.count()).group_by(col(OutboxRow.kind))
        return dict(sorted(self._session.exec(query).all()))

    def letter(self, mail: str) -> MailAside | None:
        query = _with_service().where(col(OutboxRow.id) == mail)
        found = self._session.exec(query).first()
        return _mail(*found) if found is not None else None

    def free_contact(self, contact: str, now: datetime, by_hand: Contact | None = None) -> bool:
        values: dict[str, Any] = {"state": "kept", "not_before": now, "attempts": 0, "finished_at": None}
        written = {"by_hand": as_json(CONTACT, by_hand)} if by_hand else {}
        return self._change_contact(contact, **values, **written)

    def leave_contact(self, contact: str, now: datetime) -> bool:
        return self._change_contact(contact, state=Outcome.RECORDED.value, finished_at=now)

    def free_mail(self, mail: str, now: datetime, to: str = "") -> bool:
        if to and not self._readdress(mail, to):
            return False
        return self._change_mail(mail, state="waiting", not_before=now, attempts=0)

    def leave_mail(self, mail: str) -> bool:
        return self._change_mail(mail, state=LEFT)

    def messages(self, scope: Scope, start: int, most: int) -> Sequence[MessageAside]:
        query = _messages(scope).order_by(col(UnsentRow.number)).offset(start).limit(most)
        return [_message(*found) for found in self._session.exec(query)]

    def count_messages(self, scope: Scope) -> int:
        return int(self._session.exec(_messages(scope).with_only_columns(func.count())).one()[0])

    def message(self, message: str) -> MessageAside | None:
        found = self._session.exec(_unsent().where(col(UnsentRow.id) == message)).first()
        return _message(*found) if found is not None else None

    def leave_message(self, message: str) -> bool:
        waits = (col(UnsentRow.id) == message, col(UnsentRow.state) == SET_ASIDE)
        return bool(self._session.exec(update(UnsentRow).where(*waits).values(state=LEFT)).rowcount)

    def _readdress(self, mail: str, to: str) -> bool:
        document = self._session.exec(select(OutboxRow.document).where(col(OutboxRow.id) == mail)).first()
        if document is None:
            return False
        reply = REPLY.validate_json(document)
        document = as_json(REPLY, type(reply)(**{**vars(reply), "to": to}))
        return self._change_mail(mail, to=to, mailbox=mailbox_of(to), document=document)

    def _change_contact(self, contact: str, **values: Any) -> bool:
        waits = (col(ContactRow.id) == contact, col(ContactRow.state) == SET_ASIDE)
        return bool(self._session.exec(update(ContactRow).where(*waits).values(**values)).rowcount)

    def _change_mail(self, mail: str, **values: Any) -> bool:
        waits = (col(OutboxRow.id) == mail, col(OutboxRow.state) == SET_ASIDE)
        return bool(self._session.exec(update(OutboxRow).where(*waits).values(**values)).rowcount)


def _with_service() -> Any:
    same: ColumnElement[bool] = col(ConversationRow.id) == col(OutboxRow.conversation)
    return select(OutboxRow, _SERVICE).join(ConversationRow, same, isouter=True)


def _letters(scope: Scope) -> Any:
    service: Any = _SERVICE
    return _with_service().where(col(OutboxRow.state) == SET_ASIDE, seen(service, scope))


def _contact(row: Any) -> ContactAside:
    values = row._asdict()
    return ContactAside(**{**values, "channel": Channel(row.channel)}, trouble=of_contact(row.error))


def _mail(row: OutboxRow, service: str) -> MailAside:
    reply = REPLY.validate_json(row.document)
    return MailAside(
        id=row.id,
        created_at=row.created_at,
        kind=row.kind,
        to=row.to,
        subject=reply.subject,
        error=row.error,
        state=row.state,
        conversation=row.conversation,
        service=service,
        trouble=of_mail(row.error),
        body=reply.body,
    )


def _unsent() -> Any:
    same: ColumnElement[bool] = col(ConversationRow.id) == col(UnsentRow.conversation)
    return select(UnsentRow, _SERVICE, ConversationRow.document).join(ConversationRow, same, isouter=True)


def _messages(scope: Scope) -> Any:
    service: Any = _SERVICE
    return _unsent().where(col(UnsentRow.state) == SET_ASIDE, seen(service, scope))


def _message(row: UnsentRow, service: str, document: str | None) -> MessageAside:
    values = row.model_dump(exclude={"number"})
    name = CONVERSATION.validate_json(document).person.name if document else ""
    return MessageAside(**values, service=service, trouble=of_message(row.line), name=name)
