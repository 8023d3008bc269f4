"""What signing in needs besides officers: tickets, passkeys, recovery codes, kept forms; and absences."""

import json
from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, func, insert, update
from sqlmodel import Session, col, select

from case_store.tables.officers import AbsenceRow, KeptFormRow, PasskeyRow, RecoveryCodeRow, TicketRow
from intake.officers import Absence, KeptForm, Passkey, Ticket

_FORGOTTEN_AFTER = timedelta(days=1)
"""How long a ticket stays after it expired."""


class SqlSignIns:
    """intake.ports.SignIns over one session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def keep_ticket(self, ticket: Ticket) -> None:
        old = col(TicketRow.expires_at) < ticket.expires_at - _FORGOTTEN_AFTER
        self._session.exec(delete(TicketRow).where(old))
        self._session.exec(insert(TicketRow).values(**vars(ticket)))

    def open_tickets(self, kind: str, now: datetime) -> int:
        alive = and_(col(TicketRow.kind) == kind, col(TicketRow.expires_at) > now)
        return self._session.exec(select(func.count()).select_from(TicketRow).where(alive)).one()

    def ticket(self, token_hash: str, kind: str, now: datetime) -> Ticket | None:
        row = self._session.exec(select(TicketRow).where(_same_ticket(token_hash, kind, now))).first()
        return Ticket(**row.model_dump()) if row is not None else None

    def take_ticket(self, token_hash: str, kind: str, now: datetime) -> Ticket | None:
        ticket = self.ticket(token_hash, kind, now)
        gone = self._session.exec(delete(TicketRow).where(_same_ticket(token_hash, kind, now)))
        return ticket if gone.rowcount else None

    def passkey(self, key: str) -> Passkey | None:
        row = self._session.exec(select(PasskeyRow).where(col(PasskeyRow.id) == key)).first()
        return Passkey(**row.model_dump()) if row is not None else None

    def passkeys_of(self, officer: str) -> Sequence[Passkey]:
        query = select(PasskeyRow).where(col(PasskeyRow.officer) == officer).order_by(col(PasskeyRow.created_at))
        return [Passkey(**row.model_dump()) for row in self._session.exec(query)]

    def keep_passkey(self, passkey: Passkey) -> None:
        same = col(PasskeyRow.id) == passkey.id
        if not self._session.exec(update(PasskeyRow).where(same).values(**vars(passkey))).rowcount:
            self._session.exec(insert(PasskeyRow).values(**vars(passkey)))

    def drop_passkeys(self, officer: str, key: str = "") -> int:
        theirs = delete(PasskeyRow).where(col(PasskeyRow.officer) == officer)
        return self._session.exec(theirs.where(col(PasskeyRow.id) == key) if key else theirs).rowcount

    def keep_recovery_codes(self, officer: str, hashes: Collection[str]) -> None:
        self._session.exec(delete(RecoveryCodeRow).where(col(RecoveryCodeRow.officer) == officer))
        for code_hash in hashes:
            self._session.exec(insert(RecoveryCodeRow).values(officer=officer, code_hash=code_hash))

    def recovery_codes(self, officer: str) -> int:
        theirs = col(RecoveryCodeRow.officer) == officer
        return self._session.exec(select(func.count()).select_from(RecoveryCodeRow).where(theirs)).one()

    def use_recovery_code(self, officer: str, code_hash: str) -> bool:
        same = and_(col(RecoveryCodeRow.officer) == officer, col(RecoveryCodeRow.code_hash) == code_hash)
        return bool(self._session.exec(delete(RecoveryCodeRow).where(same)).rowcount)

    def keep_form(self, form: KeptForm) -> None:
        self._session.exec(insert(KeptFormRow).values(**{**vars(form), "fields": json.dumps(form.fields)}))

    def forms_of(self, officer: str, since: datetime) -> Sequence[KeptForm]:
        theirs = and_(col(KeptFormRow.officer) == officer, col(KeptFormRow.kept_at) >= since)
        rows = self._session.exec(select(KeptFormRow).where(theirs).order_by(col(KeptFormRow.kept_at)))
        return [_form(row) for row in rows]

    def drop_form(self, officer: str, form: str) -> None:
        same = and_(col(KeptFormRow.officer) == officer, col(KeptFormRow.id) == form)
        self._session.exec(delete(KeptFormRow).where(same))

    def drop_forms_before(self, moment: datetime) -> None:
        self._session.exec(delete(KeptFormRow).where(col(KeptFormRow.kept_at) < moment))

    def keep_absence(self, absence: Absence) -> None:
        self._session.exec(insert(AbsenceRow).values(**vars(absence)))

    def drop_absence(self, officer: str, absence: str) -> bool:
        same = and_(col(AbsenceRow.officer) == officer, col(AbsenceRow.id) == absence)
        return bool(self._session.exec(delete(AbsenceRow).where(same)).rowcount)

    def absences(self, since: date, officer: str = "") -> Sequence[Absence]:
        query = select(AbsenceRow).where(col(AbsenceRow.last) >= since).order_by(col(AbsenceRow.first))
        query = query.where(col(AbsenceRow.officer) == officer) if officer else query
        return [Absence(**row.model_dump()) for row in self._session.exec(query)]


def _same_ticket(token_hash: str, kind: str, now: datetime) -> ColumnElement[bool]:
    return and_(col(TicketRow.token_hash) == token_hash, col(TicketRow.kind) == kind, col(TicketRow.expires_at) > now)


def _form(row: KeptFormRow) -> KeptForm:
    fields = tuple((str(name), str(value)) for name, value in json.loads(row.fields))
    return KeptForm(**{**row.model_dump(), "fields": fields})
