"""Live conversations with officers over the tables (intake.ports.Centre)."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, and_, delete, exists, func, insert, or_, true, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlmodel import Session, SQLModel, col, select

from case_store.desk import seen
from case_store.documents import CHOICES, CONTACT, CONVERSATION, about, as_json
from case_store.officers_words import TURNS, put
from case_store.tables.cases import CaseRow
from case_store.tables.centre import CallRow, HalfWrittenRow, PresenceRow, SightRow, SpokenRow
from case_store.tables.columns import HELD, TO_DO, WAITING
from case_store.tables.contacts import ContactRow, ConversationRow, TurnRow
from case_store.tables.sending import OutboxRow
from intake.case import CaseState
from intake.centre_view import NOTHING_SEEN, CallBack, Called, Earlier, QueueLine, Sight
from intake.contact import Contact, Outcome, Person
from intake.conversation import RANK, Conversation, Speaker, Turn, Why
from intake.messenger import Numbered
from intake.presence import Presence, Staffing, There
from intake.rights import Scope

Row = TypeVar("Row", bound=SQLModel)

_ORDER = (col(ConversationRow.rank), col(ConversationRow.waiting_since), col(ConversationRow.id))

COUNTED = 100
"""How many that wait are counted for who asks for their place."""


class SqlCentre:
    """intake.ports.Centre over one session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    # --- the queue --------------------------------------------------------------------------------------------------

    def waiting(self, scope: Scope, start: int, most: int, but_for: Sequence[str] = ()) -> Sequence[QueueLine]:
        others = col(ConversationRow.officer).not_in(but_for) if but_for else true()
        query = select(ConversationRow).where(_waits(), others, seen(col(ConversationRow.service), scope))
        return self._lines(self._session.exec(query.order_by(*_ORDER).offset(start).limit(most)).all())

    def waits(self, scope: Scope, most: int, since: datetime | None = None) -> int:
        later = col(ConversationRow.waiting_since) > since if since else true()
        rows = select(ConversationRow.id).where(_waits(), seen(col(ConversationRow.service), scope), later)
        return self._session.exec(select(func.count()).select_from(rows.limit(most).subquery())).one()

    def handed(self, to: Sequence[str], scope: Scope) -> Sequence[QueueLine]:
        theirs = and_(_waits(), col(ConversationRow.officer).in_(to), seen(col(ConversationRow.service), scope))
        query = select(ConversationRow).where(theirs).order_by(*_ORDER).limit(COUNTED)
        return self._lines(self._session.exec(query).all())

    def held_by(self, officer: str) -> Sequence[QueueLine]:
        query = select(ConversationRow).where(_held(), col(ConversationRow.officer) == officer).limit(COUNTED)
        lines = self._lines(self._session.exec(query).all())
        return sorted(lines, key=lambda line: (line.hold.since is None, line.hold.since))

    def line(self, conversation: str) -> QueueLine | None:
        row = self._fresh(ConversationRow, col(ConversationRow.id) == conversation)
        return self._lines([row])[0] if row is not None else None

    def lines(self, conversations: Sequence[str]) -> Sequence[QueueLine]:
        query = select(ConversationRow).where(col(ConversationRow.id).in_(conversations))
        return self._lines(self._session.exec(query).all())

    def _lines(self, rows: Sequence[ConversationRow]) -> list[QueueLine]:
        open_calls = and_(col(CallRow.state) == TO_DO, col(CallRow.conversation).in_([row.id for row in rows]))
        calls = dict(self._session.exec(select(CallRow.conversation, CallRow.until).where(open_calls)).all())
        return [_line(row, calls.get(row.id)) for row in rows]

    # --- who is there -----------------------------------------------------------------------------------------------

    def staffing(self, now: datetime) -> Staffing:
        online = [one for one in self.online(now) if one.there is not There.AWAY]
        soon = select(ConversationRow.id).where(_waits(), col(ConversationRow.rank) <= RANK[Why.ASKED]).limit(COUNTED)
        ahead = self._session.exec(select(func.count()).select_from(soon.subquery())).one()
        free = max(0, sum(one.free(now) for one in online) - ahead)
        return Staffing(len(online), free, ahead)

    def presence(self, officer: str) -> Presence | None:
        row = self._fresh(PresenceRow, col(PresenceRow.officer) == officer)
        return _presence(row, self._held_counts()) if row is not None else None

    def online(self, now: datetime) -> Sequence[Presence]:
        rows = select(PresenceRow).where(col(PresenceRow.online_until) > now).order_by(col(PresenceRow.officer))
        held = self._held_counts()
        return [_presence(row, held) for row in self._session.exec(rows)]

    def _held_counts(self) -> Mapping[str, int]:
        """How many live conversations each officer has; letters take no place."""
        live = select(ConversationRow.officer, func.count()).where(_held(), col(ConversationRow.look_at).is_(None))
        return dict(self._session.exec(live.group_by(col(ConversationRow.officer))).all())

    def keep_presence(self, presence: Presence) -> None:
        values = {"there": presence.there.value, "places": presence.places, "online_until": presence.online_until}
        self._put(PresenceRow, {"officer": presence.officer}, values)

    # --- what comes due by itself -----------------------------------------------------------------------------------

    def to_look_at(self, now: datetime) -> Conversation | None:
        due = and_(col(ConversationRow.look_at).is_not(None), col(ConversationRow.look_at) <= now)
        return self._first(due, col(ConversationRow.look_at))

    def abandoned(self, now: datetime) -> Conversation | None:
        there = exists().where(
            col(PresenceRow.officer) == col(ConversationRow.officer), col(PresenceRow.online_until) > now
        )
        return self._first(and_(_held(), col(ConversationRow.look_at).is_(None), ~there), col(ConversationRow.id))

    def falls_due(self, until: date) -> Conversation | None:
        case = exists().where(
            col(CaseRow.reference) == col(ConversationRow.case),
            col(CaseRow.state) == CaseState.OPEN.value,
            col(CaseRow.next_due) <= until,
        )
        less = col(ConversationRow.rank) > RANK[Why.DEADLINE]
        return self._first(and_(_waits(), less, col(ConversationRow.case) != "", case), col(ConversationRow.rank))

    def _first(self, which: ColumnElement[bool], order: Any) -> Conversation | None:
        query = select(ConversationRow).where(which).order_by(order).limit(1).with_for_update(skip_locked=True)
        row = self._session.exec(query).first()
        return CONVERSATION.validate_json(row.document) if row is not None else None

    # --- what was said ----------------------------------------------------------------------------------------------

    def page_of(self, conversation: str, before: int, most: int) -> tuple[Sequence[Numbered], int]:
        of_it = col(TurnRow.conversation) == conversation
        earlier = and_(of_it, col(TurnRow.number) < before) if before else of_it
        rows = self._session.exec(select(TurnRow).where(earlier).order_by(col(TurnRow.number).desc()).limit(most))
        turns = [numbered(row) for row in reversed(rows.all())]
        first = turns[0].number if turns else 0
        count = select(func.count()).select_from(TurnRow).where(of_it, col(TurnRow.number) < first)
        return turns, self._session.exec(count).one()

    def spoke(self, conversation: str, name: str, turn: Turn, officer: str, letter: str) -> bool:
        known = and_(col(SpokenRow.conversation) == conversation, col(SpokenRow.name) == name)
        if self._session.exec(select(SpokenRow.turn).where(known)).first() is not None:
            return False
        kept = insert(TurnRow).values(**turn_values(conversation, turn)).returning(col(TurnRow.number))
        number = self._session.exec(kept).scalar_one()
        put(self._session, TURNS, number, turn.text)
        row = {"conversation": conversation, "name": name, "turn": number, "officer": officer, "letter": letter}
        self._session.exec(insert(SpokenRow).values(**row))
        return True

    def spoken(self, conversation: str) -> Mapping[int, tuple[str, str]]:
        letter = col(OutboxRow.id) == col(SpokenRow.letter)
        query = select(SpokenRow.turn, SpokenRow.officer, OutboxRow.state).join(OutboxRow, letter, isouter=True)
        rows = self._session.exec(query.where(col(SpokenRow.conversation) == conversation))
        return {turn: (officer, state or "") for turn, officer, state in rows}

    def hold_back(self, turn: int) -> None:
        self._session.exec(update(TurnRow).where(col(TurnRow.number) == turn).values(held_back=True))

    def settle(self, conversation: str) -> None:
        waits = and_(col(ContactRow.conversation) == conversation, col(ContactRow.state) == Outcome.WITH_A_PERSON.value)
        self._session.exec(update(ContactRow).where(waits).values(state=Outcome.ANSWERED.value, triage_rank=None))

    def last_contact(self, conversation: str) -> Contact | None:
        of_it = and_(col(ContactRow.conversation) == conversation, col(ContactRow.contact_document) != "")
        query = select(ContactRow.contact_document).where(of_it).order_by(col(ContactRow.number).desc()).limit(COUNTED)
        read = (CONTACT.validate_json(document) for document in self._session.exec(query))
        return next((contact for contact in read if contact.machine is None), None)

    def history(self, person: Person, but_not: str, scope: Scope, most: int) -> Sequence[Earlier]:
        phone = digits(person.phone)
        ways = [col(ConversationRow.email) == person.email] if person.email else []
        ways += [col(ConversationRow.phone) == phone] if phone else []
        if not ways:
            return []
        query = select(ConversationRow).where(or_(*ways), col(ConversationRow.id) != but_not)
        query = query.where(seen(col(ConversationRow.service), scope))
        rows = self._session.exec(query.order_by(col(ConversationRow.told_at).desc()).limit(most)).all()
        return [self._earlier(row) for row in rows]

    def _earlier(self, row: ConversationRow) -> Earlier:
        known = CONVERSATION.validate_json(row.document)
        first = select(ContactRow.id).where(col(ContactRow.conversation) == row.id).order_by(col(ContactRow.number))
        contact = self._session.exec(first.limit(1)).first() or ""
        return Earlier(row.id, contact, known.channel, about(known), row.service, row.told_at)

    # --- half written, seen, being written --------------------------------------------------------------------------

    def half_written(self, conversation: str, officer: str) -> str:
        row = self._fresh(HalfWrittenRow, _half(conversation, officer))
        return row.text if row is not None else ""

    def keep_half_written(self, conversation: str, officer: str, text: str, now: datetime) -> None:
        key = {"conversation": conversation, "officer": officer}
        if text:
            self._put(HalfWrittenRow, key, {"text": text, "at": now})
            return
        self._session.exec(delete(HalfWrittenRow).where(_half(conversation, officer)))

    def sight(self, conversation: str) -> Sight:
        row = self._fresh(SightRow, col(SightRow.conversation) == conversation)
        if row is None:
            return NOTHING_SEEN
        return Sight(row.shown, row.shown_at, row.resident_writes_until, row.officer_writes_until)

    def shown(self, conversation: str, number: int, now: datetime) -> None:
        if number > self.sight(conversation).shown:
            self._put(SightRow, {"conversation": conversation}, {"shown": number, "shown_at": now})

    def carried_by(self, turns: Sequence[int], letter: str) -> None:
        self._session.exec(update(SpokenRow).where(col(SpokenRow.turn).in_(turns)).values(letter=letter))

    def is_here(self, conversation: str, now: datetime) -> None:
        self._put(SightRow, {"conversation": conversation}, {"shown_at": now})

    def writes(self, conversation: str, resident: bool, until: datetime) -> None:
        who = "resident_writes_until" if resident else "officer_writes_until"
        self._put(SightRow, {"conversation": conversation}, {who: until})

    def marks(self, conversations: Sequence[str]) -> Mapping[str, str]:
        of_it = col(SightRow.conversation) == col(ConversationRow.id)
        query = select(ConversationRow.id, ConversationRow.version, SightRow).join(SightRow, of_it, isouter=True)
        rows = self._session.exec(query.where(col(ConversationRow.id).in_(conversations)))
        return {
            one: f"{version} {(sight.shown, sight.resident_writes_until, sight.officer_writes_until) if sight else ''}"
            for one, version, sight in rows
        }

    # --- calls ------------------------------------------------------------------------------------------------------

    def ask_call(self, conversation: Conversation, phone: str, good_time: str, until: datetime, now: datetime) -> None:
        before = self.call_of(conversation.id)
        if before is None:
            self.keep_call(CallBack(secrets.token_hex(12), conversation.id, phone, good_time, now, until))
        else:
            self.keep_call(replace(before, phone=phone or before.phone, good_time=good_time or before.good_time))

    def calls(self, scope: Scope, most: int) -> Sequence[CallBack]:
        of_it = col(ConversationRow.id) == col(CallRow.conversation)
        query = select(CallRow).join(ConversationRow, of_it).where(seen(col(ConversationRow.service), scope))
        rows = query.where(col(CallRow.state) == TO_DO).order_by(col(CallRow.until)).limit(most)
        return [_call(row) for row in self._session.exec(rows)]

    def call(self, call: str) -> CallBack | None:
        row = self._fresh(CallRow, col(CallRow.id) == call)
        return _call(row) if row is not None else None

    def call_of(self, conversation: str) -> CallBack | None:
        awaited = and_(col(CallRow.conversation) == conversation, col(CallRow.state) == TO_DO)
        row = self._fresh(CallRow, awaited)
        return _call(row) if row is not None else None

    def keep_call(self, call: CallBack) -> None:
        values = {**vars(call), "state": call.state.value}
        self._put(CallRow, {"id": values.pop("id")}, values)

    def _fresh(self, table: type[Row], which: ColumnElement[bool]) -> Row | None:
        """One row as it stands now, whatever this session saw of it before."""
        query = select(table).where(which).limit(1)
        return self._session.exec(query.execution_options(populate_existing=True)).first()

    def _put(self, table: type[SQLModel], key: dict[str, Any], values: dict[str, Any]) -> None:
        """Write a row, new or changed, in one statement: two processes may do so at once."""
        connection = self._session.connection()
        put = sqlite_insert if connection.dialect.name == "sqlite" else postgresql_insert
        blank = _BLANK.get(table, {})
        statement = put(table).values(**{**blank, **key, **values})
        connection.execute(statement.on_conflict_do_update(index_elements=list(key), set_=values))


_BLANK: Mapping[type[SQLModel], dict[str, Any]] = {SightRow: {"shown": 0}}


def numbered(row: TurnRow) -> Numbered:
    """A turn with its number."""
    assert row.number is not None
    return Numbered(row.number, turn_of(row))


def turn_of(row: TurnRow) -> Turn:
    """The turn that a row holds."""
    choices = CHOICES.validate_json(row.choices) if row.choices else ()
    return Turn(row.at, Speaker(row.by), row.text, row.contact, choices, row.stands, row.held_back)


def turn_values(conversation: str, turn: Turn) -> dict[str, Any]:
    """A new row for a turn."""
    return {
        "conversation": conversation,
        "at": turn.at,
        "by": turn.by.value,
        "text": turn.text,
        "contact": turn.contact,
        "choices": as_json(CHOICES, turn.choices) if turn.choices else "",
        "stands": turn.stands,
        "held_back": turn.held_back,
    }


def digits(phone: str) -> str:
    """A number as it is compared: its last ten digits, whatever stands between them or before."""
    return "".join(letter for letter in phone if letter.isdigit())[-10:]


def _half(conversation: str, officer: str) -> ColumnElement[bool]:
    return and_(col(HalfWrittenRow.conversation) == conversation, col(HalfWrittenRow.officer) == officer)


def _waits() -> ColumnElement[bool]:
    return col(ConversationRow.holder) == WAITING


def _held() -> ColumnElement[bool]:
    return col(ConversationRow.holder) == HELD


def _line(row: ConversationRow, call_until: datetime | None) -> QueueLine:
    known = CONVERSATION.validate_json(row.document)
    person = known.person
    return QueueLine(
        id=row.id,
        channel=known.channel,
        service=row.service,
        person=person.name or person.email or person.phone,
        why=known.why,
        waiting_for=known.waiting_for,
        waiting_since=row.waiting_since,
        urgent=row.urgent,
        hold=known.hold,
        about=about(known),
        call_until=call_until,
    )


def _presence(row: PresenceRow, held: Mapping[str, int]) -> Presence:
    return Presence(row.officer, There(row.there), row.places, row.online_until, held.get(row.officer, 0))


def _call(row: CallRow) -> CallBack:
    return CallBack(**{**row.model_dump(), "state": Called(row.state)})
