"""The triage queue, officers' decisions and proposed examples, over the tables (intake.ports.Corrections)."""

from collections.abc import Sequence
from datetime import datetime

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, case, func, literal, literal_column, or_, tuple_
from sqlalchemy import select as columns
from sqlalchemy.orm import Mapped
from sqlmodel import Session, col, insert, select, update

from case_store.desk import contact_line, seen
from case_store.documents import CONTACT, DECISION, as_json
from case_store.tables.centre import CorrectionRow, ExampleRow
from case_store.tables.contacts import ContactRow
from intake.accuracy import BANDS
from intake.contact import Contact, Outcome
from intake.correction_view import Correction, Example, ExampleState, Tally, TriageLine
from intake.rights import Scope
from intake.triage import BY_OFFICER, Decision

CORRECTION = TypeAdapter(Correction)
EXAMPLE = TypeAdapter(Example)

MOST_EXAMPLES = 5_000
"""Approved examples in one file."""


class SqlCorrections:
    """intake.ports.Corrections over one session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    # --- the queue --------------------------------------------------------------------------------------------------

    def waiting(self, scope: Scope, start: int, most: int) -> Sequence[TriageLine]:
        query = select(ContactRow).where(_waits(), seen(col(ContactRow.service), scope)).order_by(*_ORDER)
        return [_line(row) for row in self._session.exec(query.offset(start).limit(most))]

    def waits(self, scope: Scope, most: int) -> int:
        rows = select(ContactRow.id).where(_waits(), seen(col(ContactRow.service), scope)).limit(most)
        return self._session.exec(select(func.count()).select_from(rows.subquery())).one()

    def next_after(self, contact: str, scope: Scope) -> str:
        here = self._session.exec(select(ContactRow).where(col(ContactRow.id) == contact)).first()
        waiting = select(ContactRow.id).where(_waits(), seen(col(ContactRow.service), scope))
        waiting = waiting.where(col(ContactRow.id) != contact).order_by(*_ORDER).limit(1)
        if here is not None:
            rank = 0 if here.urgent else 1
            place = tuple_(literal(rank), literal(here.received_at, _MOMENT), literal(here.number))
            later = self._session.exec(waiting.where(tuple_(*_ORDER) > place)).first()
            if later is not None:
                return later
        return self._session.exec(waiting).first() or ""

    def is_waiting(self, contact: str) -> bool:
        one = select(ContactRow.id).where(_waits(), col(ContactRow.id) == contact)
        return self._session.exec(one).first() is not None

    # --- decisions --------------------------------------------------------------------------------------------------

    def of_contact(self, contact: str) -> Sequence[Correction]:
        rows = select(CorrectionRow.document).where(col(CorrectionRow.contact) == contact)
        return [CORRECTION.validate_json(row) for row in self._session.exec(rows.order_by(col(CorrectionRow.step)))]

    def keep(self, correction: Correction) -> None:
        before = correction.before
        self._session.exec(
            insert(CorrectionRow).values(
                contact=correction.contact,
                step=correction.step,
                at=correction.at,
                officer=correction.officer,
                decided_at=correction.decided_at,
                route=before.route,
                service=before.service,
                rule=before.rule,
                confidence=before.confidence,
                alone=correction.alone,
                changed=correction.changed,
                document=as_json(CORRECTION, correction),
            )
        )

    def decided_at(self, contact: str) -> datetime | None:
        query = select(ContactRow.finished_at).where(col(ContactRow.id) == contact)
        return self._session.exec(query).first()

    def part_of(self, contact: str) -> str:
        return self._session.exec(select(ContactRow.part_of).where(col(ContactRow.id) == contact)).first() or ""

    def decided(
        self, contact: Contact, conversation: str, decision: Decision, outcome: Outcome, part_of: str = ""
    ) -> None:
        values = {
            "state": outcome.value,
            "conversation": conversation,
            "route": decision.route,
            "service": decision.service,
            "urgent": decision.urgent,
            "needs_person": False,
            "triage_rank": None,
            "rule": decision.rule,
            "confidence": decision.confidence,
            "person": contact.person.name or contact.person.email or contact.person.phone,
            "contact_document": as_json(CONTACT, contact),
            "decision_document": as_json(DECISION, decision),
        }
        if part_of:
            values["part_of"] = part_of
        self._session.exec(update(ContactRow).where(col(ContactRow.id) == contact.id).values(**values))

    # --- how accurate it is -----------------------------------------------------------------------------------------

    def tallies(self, since: datetime, scope: Scope) -> Sequence[Tally]:
        return [*self._left(since, scope), *self._looked_at(since, scope)]

    def _left(self, since: datetime, scope: Scope) -> list[Tally]:
        """What the program decided and no officer has changed or agreed to."""
        alone = col(ContactRow.needs_person).is_(False)
        sort = (col(ContactRow.route), col(ContactRow.rule), _band(col(ContactRow.confidence)), alone)
        query = columns(*sort, func.count()).where(
            col(ContactRow.finished_at) >= since,
            col(ContactRow.rule).not_in(("", BY_OFFICER)),
            seen(col(ContactRow.service), scope),
        )
        rows = self._session.connection().execute(query.group_by(*sort)).all()
        return [
            Tally(route, rule, band, bool(by_itself), "left", count) for route, rule, band, by_itself, count in rows
        ]

    def _looked_at(self, since: datetime, scope: Scope) -> list[Tally]:
        row = CorrectionRow
        sort = (col(row.route), col(row.rule), _band(col(row.confidence)), col(row.alone), col(row.changed))
        query = columns(*sort, func.count()).where(
            col(row.decided_at) >= since, col(row.step) == 1, seen(col(row.service), scope)
        )
        rows = self._session.connection().execute(query.group_by(*sort)).all()
        return [
            Tally(route, rule, band, bool(alone), "corrected" if changed else "agreed", count)
            for route, rule, band, alone, changed, count in rows
        ]

    # --- examples ---------------------------------------------------------------------------------------------------

    def propose(self, example: Example) -> None:
        values = {"contact": example.contact, "state": example.state.value, "proposed_at": example.proposed_at}
        document = as_json(EXAMPLE, example)
        same = col(ExampleRow.id) == example.id
        changed = self._session.exec(update(ExampleRow).where(same).values(document=document, **values))
        if not changed.rowcount:
            self._session.exec(insert(ExampleRow).values(id=example.id, document=document, **values))

    def example(self, example: str) -> Example | None:
        row = self._session.exec(select(ExampleRow).where(col(ExampleRow.id) == example).with_for_update()).first()
        return EXAMPLE.validate_json(row.document) if row is not None else None

    def to_judge(self, scope: Scope, most: int) -> Sequence[tuple[Example, str]]:
        query = select(ExampleRow.document, ContactRow.contact_document)
        query = query.join(ContactRow, col(ContactRow.id) == col(ExampleRow.contact))
        query = query.where(_is(ExampleState.PROPOSED), seen(col(ContactRow.service), scope)).order_by(*_OLDEST)
        rows = self._session.exec(query.limit(most))
        return [(EXAMPLE.validate_json(one), CONTACT.validate_json(contact).words) for one, contact in rows]

    def approved(self, scope: Scope) -> Sequence[Example]:
        its = col(ExampleRow.contact) == col(ContactRow.id)
        theirs = or_(col(ContactRow.id).is_(None), seen(col(ContactRow.service), scope))
        rows = select(ExampleRow.document).join(ContactRow, its, isouter=True).where(theirs)
        rows = rows.where(_is(ExampleState.APPROVED)).order_by(*_OLDEST).limit(MOST_EXAMPLES)
        return [EXAMPLE.validate_json(row) for row in self._session.exec(rows)]

    def count_approved(self) -> int:
        count = select(func.count()).select_from(ExampleRow).where(_is(ExampleState.APPROVED))
        return self._session.exec(count).one()

    def examples_of(self, contact: str) -> Sequence[Example]:
        rows = select(ExampleRow.document).where(col(ExampleRow.contact) == contact)
        return [EXAMPLE.validate_json(row) for row in self._session.exec(rows)]


_ORDER = (col(ContactRow.triage_rank), col(ContactRow.received_at), col(ContactRow.number))
_OLDEST = (col(ExampleRow.proposed_at), col(ExampleRow.id))
_MOMENT = ContactRow.__table__.c.received_at.type  # type: ignore[attr-defined]


def _waits() -> ColumnElement[bool]:
    return col(ContactRow.triage_rank).is_not(None)


def _is(state: ExampleState) -> ColumnElement[bool]:
    return col(ExampleRow.state) == state.value


def _band(confidence: Mapped[float]) -> ColumnElement[str]:
    """The band of a confidence. Written as literals, since PostgreSQL groups only by what is the same text."""
    return case(
        *((confidence >= literal_column(str(least)), literal_column(f"'{key}'")) for key, least in BANDS.items()),
        else_=literal_column("''"),
    )


def _line(row: ContactRow) -> TriageLine:
    decision = DECISION.validate_json(row.decision_document)
    why = decision.reasons[-1] if decision.reasons else ""
    return TriageLine(contact_line(row), decision.confidence, decision.guessed, why)
