"""What officers see and do, over the tables."""

import json
from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement, and_, or_
from sqlalchemy.orm import Mapped
from sqlmodel import Session, col, select

from case_store.documents import CASE, CONTACT, DECISION, REPLY
from case_store.tables.cases import CaseRow
from case_store.tables.contacts import ContactRow, OriginalRow, TurnRow
from case_store.tables.sending import OutboxRow
from intake.case import Case, CaseState
from intake.contact import Channel, Outcome
from intake.desk_view import (
    ContactLine,
    ContactView,
    LetterLine,
    Original,
    Wanted,
)
from intake.rights import Scope
from intake.wording import quoted

MOST_LETTERS = 50
"""Letters of one conversation that are listed: the newest ones."""


class SqlDesk:
    """intake.ports.DeskStore over one session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def contacts(self, wanted: Wanted, scope: Scope, start: int, most: int) -> Sequence[ContactLine]:
        query = select(ContactRow).where(seen(col(ContactRow.service), scope))
        query = query.order_by(col(ContactRow.number).desc()).offset(start).limit(most)
        if wanted.route:
            query = query.where(col(ContactRow.route) == wanted.route)
        if wanted.urgent:
            query = query.where(col(ContactRow.urgent))
        if wanted.needs_person:
            waits = col(ContactRow.state).in_((Outcome.WITH_A_PERSON.value, Outcome.SET_ASIDE.value))
            query = query.where(or_(col(ContactRow.needs_person), waits))
        return [contact_line(row) for row in self._session.exec(query)]

    def contact(self, contact: str) -> ContactView | None:
        row = self._session.exec(select(ContactRow).where(col(ContactRow.id) == contact)).first()
        if row is None:
            return None
        return ContactView(
            line=contact_line(row),
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

    def services(self, conversation: str) -> Mapping[str, str]:
        its = col(TurnRow.contact) == col(ContactRow.id)
        query = select(ContactRow.id, ContactRow.service).join(TurnRow, its)
        query = query.where(col(TurnRow.conversation) == conversation).distinct()
        return dict(self._session.exec(query).all())

    def original(self, contact: str) -> Original | None:
        query = select(ContactRow.channel, OriginalRow.raw).join(
            OriginalRow, col(OriginalRow.contact) == col(ContactRow.id)
        )
        found = self._session.exec(query.where(col(ContactRow.id) == contact)).first()
        return Original(contact, Channel(found[0]), found[1]) if found is not None else None

    def cases(self, closed_too: bool, scope: Scope, start: int, most: int) -> Sequence[Case]:
        due = col(CaseRow.next_due)
        query = select(CaseRow.document).where(seen(col(CaseRow.service), scope)).offset(start).limit(most)
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


def seen(service: Mapped[str], scope: Scope) -> ColumnElement[bool]:
    """Only rows of services that somebody of this scope sees."""
    seen = service.not_in(scope.never)
    return seen if scope.only is None else and_(seen, service.in_(scope.only))


def contact_line(row: ContactRow) -> ContactLine:
    """One line of a list of contacts."""
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
