"""What officers see and do, over the tables."""

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, insert, or_, update
from sqlmodel import Session, col, select

from case_store.documents import CASE, CONTACT, DECISION, REPLY
from case_store.tables import CaseRow, ContactRow, OfficerRow, OriginalRow, OutboxRow, SessionRow
from intake.case import Case, CaseState
from intake.contact import Channel, Outcome
from intake.desk_view import (
    ContactLine,
    ContactView,
    LetterLine,
    MailLine,
    Officer,
    Original,
    SetAsideLine,
    SignIn,
    Wanted,
)
from intake.wording import quoted

MOST_SET_ASIDE = 200
"""Lines of the lists of what was set aside: the oldest ones."""

MOST_LETTERS = 50
"""Letters of one conversation that are listed: the newest ones."""


class SqlDesk:
    """intake.ports.DeskStore over one session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def contacts(self, wanted: Wanted, start: int, most: int) -> Sequence[ContactLine]:
        query = select(ContactRow).order_by(col(ContactRow.number).desc()).offset(start).limit(most)
        if wanted.route:
            query = query.where(col(ContactRow.route) == wanted.route)
        if wanted.urgent:
            query = query.where(col(ContactRow.urgent))
        if wanted.needs_person:
            waits = col(ContactRow.state).in_((Outcome.WITH_A_PERSON.value, Outcome.SET_ASIDE.value))
            query = query.where(or_(col(ContactRow.needs_person), waits))
        return [_line(row) for row in self._session.exec(query)]

    def contact(self, contact: str) -> ContactView | None:
        row = self._session.exec(select(ContactRow).where(col(ContactRow.id) == contact)).first()
        if row is None:
            return None
        return ContactView(
            line=_line(row),
            contact=CONTACT.validate_json(row.contact_document) if row.contact_document else None,
            decision=DECISION.validate_json(row.decision_document) if row.decision_document else None,
            error=row.error,
            conversation=row.conversation,
        )

    def letters(self, conversation: str) -> Sequence[LetterLine]:
        query = select(OutboxRow).where(col(OutboxRow.conversation) == conversation)
        rows = self._session.exec(query.order_by(col(OutboxRow.number).desc()).limit(MOST_LETTERS)).all()
        return [_letter(row) for row in reversed(rows)]

    def first_contact(self, conversation: str) -> str:
        query = select(ContactRow.id).where(col(ContactRow.conversation) == conversation)
        return self._session.exec(query.order_by(col(ContactRow.number)).limit(1)).first() or ""

    def original(self, contact: str) -> Original | None:
        query = select(ContactRow.channel, OriginalRow.raw).join(
            OriginalRow, col(OriginalRow.contact) == col(ContactRow.id)
        )
        found = self._session.exec(query.where(col(ContactRow.id) == contact)).first()
        return Original(contact, Channel(found[0]), found[1]) if found is not None else None

    def cases(self, closed_too: bool, start: int, most: int) -> Sequence[Case]:
        due = col(CaseRow.next_due)
        query = select(CaseRow.document).offset(start).limit(most)
        query = query.order_by(
            (col(CaseRow.state) != CaseState.OPEN.value),
            col(CaseRow.urgent).desc(),
            due.is_(None),
            due,
            col(CaseRow.received_at),
            col(CaseRow.reference),
        )
        if not closed_too:
            query = query.where(col(CaseRow.state) == CaseState.OPEN.value)
        return [CASE.validate_json(document) for document in self._session.exec(query)]

    def contacts_set_aside(self) -> Sequence[SetAsideLine]:
        query = select(ContactRow).where(col(ContactRow.state) == Outcome.SET_ASIDE.value)
        rows = self._session.exec(query.order_by(col(ContactRow.number)).limit(MOST_SET_ASIDE))
        return [SetAsideLine(row.id, row.received_at, Channel(row.channel), row.sender, row.error) for row in rows]

    def mail_set_aside(self) -> Sequence[MailLine]:
        query = select(OutboxRow).where(col(OutboxRow.state) == "set_aside")
        return [_mail(row) for row in self._session.exec(query.order_by(col(OutboxRow.number)).limit(MOST_SET_ASIDE))]

    def free_contact(self, contact: str, now: datetime) -> bool:
        change = update(ContactRow).where(
            col(ContactRow.id) == contact, col(ContactRow.state) == Outcome.SET_ASIDE.value
        )
        freed = self._session.exec(change.values(state="kept", not_before=now, attempts=0, finished_at=None))
        return bool(freed.rowcount)

    def free_mail(self, mail: str, now: datetime) -> bool:
        change = update(OutboxRow).where(col(OutboxRow.id) == mail, col(OutboxRow.state) == "set_aside")
        return bool(self._session.exec(change.values(state="waiting", not_before=now, attempts=0)).rowcount)

    def any_officer(self) -> bool:
        return self._session.exec(select(OfficerRow.name).limit(1)).first() is not None

    def officer(self, name: str) -> Officer | None:
        """Locked until the transaction ends, so that tries in several processes are all counted."""
        row = self._session.exec(select(OfficerRow).where(col(OfficerRow.name) == name).with_for_update()).first()
        return Officer(**row.model_dump()) if row is not None else None

    def keep_officer(self, officer: Officer) -> None:
        values = {**vars(officer)}
        same = col(OfficerRow.name) == values.pop("name")
        if not self._session.exec(update(OfficerRow).where(same).values(**values)).rowcount:
            self._session.exec(insert(OfficerRow).values(**vars(officer)))

    def sign_in(self, token_hash: str) -> SignIn | None:
        """Only while its officer is still one."""
        query = select(SessionRow).join(OfficerRow, col(OfficerRow.name) == col(SessionRow.officer))
        row = self._session.exec(query.where(col(SessionRow.token_hash) == token_hash)).first()
        return SignIn(**row.model_dump()) if row is not None else None

    def keep_sign_in(self, sign_in: SignIn) -> None:
        self._session.exec(insert(SessionRow).values(**vars(sign_in)))

    def end_sign_in(self, token_hash: str) -> None:
        self._session.exec(delete(SessionRow).where(col(SessionRow.token_hash) == token_hash))

    def end_sign_ins_before(self, moment: datetime) -> None:
        self._session.exec(delete(SessionRow).where(col(SessionRow.expires_at) <= moment))


def _line(row: ContactRow) -> ContactLine:
    return ContactLine(
        id=row.id,
        received_at=row.received_at,
        channel=Channel(row.channel),
        person=row.person or row.sender,
        about=row.subject or _first_words(row.contact_document),
        route=row.route,
        service=row.service,
        urgent=row.urgent,
        needs_person=row.needs_person,
        state=row.state,
    )


def _first_words(document: str) -> str:
    return quoted(json.loads(document)["text"][:200], 80) if document else ""


def _letter(row: OutboxRow) -> LetterLine:
    subject = REPLY.validate_json(row.document).subject
    return LetterLine(row.id, row.created_at, row.to, subject, row.state, row.error, row.not_before)


def _mail(row: OutboxRow) -> MailLine:
    subject = REPLY.validate_json(row.document).subject
    return MailLine(row.id, row.created_at, row.kind, row.to, subject, row.error)
