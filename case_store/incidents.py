"""Threats and abuse against staff (intake.ports.Incidents)."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import ColumnElement, or_
from sqlmodel import Session, col, delete, insert, select, update

from case_store.documents import INCIDENT, as_json
from case_store.tables.centre import IncidentRow
from intake.incidents import OPEN, Incident, State

_OPEN = tuple(state.value for state in OPEN)


class SqlIncidents:
    """intake.ports.Incidents over the incident table."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, incident: str) -> Incident | None:
        mine = select(IncidentRow.document).where(col(IncidentRow.id) == incident).with_for_update()
        document = self._session.exec(mine).first()
        return INCIDENT.validate_json(document) if document is not None else None

    def keep(self, incident: Incident) -> None:
        values = {
            "state": incident.state.value,
            "email": incident.email,
            "phone": incident.phone,
            "conversation": incident.conversation,
            "until": incident.until,
            "forget_on": incident.forget_on,
            "document": as_json(INCIDENT, incident),
        }
        same = col(IncidentRow.id) == incident.id
        if not self._session.exec(update(IncidentRow).where(same).values(**values)).rowcount:
            self._session.exec(insert(IncidentRow).values(id=incident.id, **values))

    def standing(self, email: str, phone: str, conversation: str, today: date) -> Sequence[Incident]:
        known = (
            (col(IncidentRow.email), email),
            (col(IncidentRow.phone), phone),
            (col(IncidentRow.conversation), conversation),
        )
        theirs = [column == value for column, value in known if value]
        query = select(IncidentRow.document).where(or_(*theirs), col(IncidentRow.state).in_(_OPEN))
        query = query.where(col(IncidentRow.until) >= today).order_by(col(IncidentRow.until).desc()).limit(10)
        return [INCIDENT.validate_json(document) for document in self._session.exec(query)]

    def open(self, start: int, most: int) -> Sequence[Incident]:
        query = select(IncidentRow.document).where(col(IncidentRow.state).in_(_OPEN))
        unseen = col(IncidentRow.state) != State.REPORTED.value
        ordered = query.order_by(unseen, col(IncidentRow.until), col(IncidentRow.id)).offset(start).limit(most)
        return [INCIDENT.validate_json(document) for document in self._session.exec(ordered)]

    def any_due(self, today: date) -> bool:
        return self._session.exec(select(IncidentRow.id).where(*_due(today)).limit(1)).first() is not None

    def forget_due(self, today: date) -> None:
        self._session.exec(delete(IncidentRow).where(*_due(today)))


def _due(today: date) -> tuple[ColumnElement[bool], ...]:
    return (col(IncidentRow.forget_on).is_not(None), col(IncidentRow.forget_on) <= today)
