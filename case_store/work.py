"""The day's work over the tables: lists of cases with their counts, history, tasks, mentions, letters, saved views."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, func, or_
from sqlmodel import Session, col, insert, select, update

from case_store.desk import seen
from case_store.documents import CASE, CONVERSATION, UNDOABLE, about, as_json
from case_store.officers_words import NOTED, NOTES, put
from case_store.tables.cases import CaseEntryRow, CaseLetterRow, CaseRow, MentionRow, SavedViewRow, TaskRow, UndoRow
from case_store.tables.columns import NOBODY, OPEN, TO_CHECK
from case_store.tables.contacts import ConversationRow
from intake.case import Case, CaseOutcome, CaseState
from intake.case_view import (
    Asking,
    CaseLetter,
    CaseLine,
    CasesWanted,
    Entry,
    LetterKind,
    LetterState,
    Mention,
    SavedView,
    Task,
    Undoable,
)
from intake.rights import Scope

MOST_OF_A_CASE = 200
"""Lines of one case's history, tasks or letters that are shown: the newest."""

WEEK = timedelta(days=7)


class SqlWork:
    """intake.ports.CaseWork over one session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    # --- lists ------------------------------------------------------------------------------------------------------

    def cases(self, wanted: CasesWanted, asking: Asking, scope: Scope, start: int, most: int) -> Sequence[CaseLine]:
        due = col(CaseRow.next_due)
        query = select(CaseRow).where(*_wanted(wanted, asking), seen(col(CaseRow.service), scope))
        pressing = and_(col(CaseRow.urgent), col(CaseRow.state) == CaseState.OPEN)
        order = (pressing.desc(), due.is_(None), due, col(CaseRow.received_at), col(CaseRow.reference))
        rows = self._session.exec(query.order_by(*order).offset(start).limit(most)).all()
        subjects = self._subjects([row.conversation for row in rows])
        return [CaseLine(_case(row), subjects.get(row.conversation, "")) for row in rows]

    def count(self, wanted: CasesWanted, asking: Asking, scope: Scope, most: int) -> int:
        some = select(CaseRow.reference).where(*_wanted(wanted, asking), seen(col(CaseRow.service), scope))
        return self._counted(some, most)

    def cases_of(self, references: Sequence[str], scope: Scope) -> Sequence[CaseLine]:
        return self._lines(col(CaseRow.reference).in_(references), scope)

    def cases_in(self, conversations: Sequence[str], scope: Scope) -> Sequence[CaseLine]:
        return self._lines(col(CaseRow.conversation).in_(conversations), scope)

    def _lines(self, these: ColumnElement[bool], scope: Scope) -> Sequence[CaseLine]:
        query = select(CaseRow).where(these, seen(col(CaseRow.service), scope))
        rows = self._session.exec(query.order_by(col(CaseRow.received_at).desc()).limit(50)).all()
        subjects = self._subjects([row.conversation for row in rows])
        return [CaseLine(_case(row), subjects.get(row.conversation, "")) for row in rows]

    def _subjects(self, conversations: Sequence[str]) -> Mapping[str, str]:
        query = select(ConversationRow.id, ConversationRow.document).where(col(ConversationRow.id).in_(conversations))
        return {name: about(CONVERSATION.validate_json(document)) for name, document in self._session.exec(query)}

    def _counted(self, some: Any, most: int) -> int:
        return self._session.exec(select(func.count()).select_from(some.limit(most).subquery())).one()

    # --- history ----------------------------------------------------------------------------------------------------

    def enter(self, entry: Entry) -> None:
        values = {key: value for key, value in vars(entry).items() if key != "number"}
        number = self._session.exec(
            insert(CaseEntryRow).values(**values).returning(col(CaseEntryRow.number))
        ).scalar_one()
        if entry.what == NOTED:
            put(self._session, NOTES, number, entry.words)

    def history(self, reference: str) -> Sequence[Entry]:
        query = select(CaseEntryRow).where(col(CaseEntryRow.reference) == reference)
        rows = self._session.exec(query.order_by(col(CaseEntryRow.number).desc()).limit(MOST_OF_A_CASE))
        return [Entry(**row.model_dump()) for row in rows]

    # --- tasks ------------------------------------------------------------------------------------------------------

    def keep_task(self, task: Task) -> None:
        same = col(TaskRow.id) == task.id
        if not self._session.exec(update(TaskRow).where(same).values(**vars(task))).rowcount:
            self._session.exec(insert(TaskRow).values(**vars(task)))

    def drop_task(self, task: str) -> None:
        self._session.exec(delete(TaskRow).where(col(TaskRow.id) == task, col(TaskRow.done_at).is_(None)))

    def task(self, task: str) -> Task | None:
        row = self._session.exec(select(TaskRow).where(col(TaskRow.id) == task)).first()
        return Task(**row.model_dump()) if row is not None else None

    def tasks_of_case(self, reference: str) -> Sequence[Task]:
        query = select(TaskRow).where(col(TaskRow.reference) == reference)
        order = (col(TaskRow.done_at).is_not(None), col(TaskRow.due), col(TaskRow.made_at))
        return [Task(**row.model_dump()) for row in self._session.exec(query.order_by(*order).limit(MOST_OF_A_CASE))]

    def tasks_of(self, officer: str, scope: Scope, start: int, most: int) -> Sequence[Task]:
        query = select(TaskRow).join(CaseRow, col(CaseRow.reference) == col(TaskRow.reference))
        query = query.where(*_to_do(officer), seen(col(CaseRow.service), scope))
        rows = self._session.exec(query.order_by(col(TaskRow.due), col(TaskRow.id)).offset(start).limit(most))
        return [Task(**row.model_dump()) for row in rows]

    def count_tasks(self, officer: str, scope: Scope, most: int) -> int:
        some = select(TaskRow.id).join(CaseRow, col(CaseRow.reference) == col(TaskRow.reference))
        return self._counted(some.where(*_to_do(officer), seen(col(CaseRow.service), scope)), most)

    # --- mentions ---------------------------------------------------------------------------------------------------

    def mention(self, mention: Mention) -> None:
        self._session.exec(insert(MentionRow).values(**vars(mention)))

    def mentions_of(self, officer: str, scope: Scope, start: int, most: int) -> Sequence[Mention]:
        query = select(MentionRow).join(CaseRow, col(CaseRow.reference) == col(MentionRow.reference))
        query = query.where(*_new(officer), seen(col(CaseRow.service), scope))
        rows = self._session.exec(query.order_by(col(MentionRow.at), col(MentionRow.id)).offset(start).limit(most))
        return [Mention(row.id, row.reference, row.officer, row.by, row.at, row.words) for row in rows]

    def count_mentions(self, officer: str, scope: Scope, most: int) -> int:
        some = select(MentionRow.id).join(CaseRow, col(CaseRow.reference) == col(MentionRow.reference))
        return self._counted(some.where(*_new(officer), seen(col(CaseRow.service), scope)), most)

    def mention_seen(self, mention: str, officer: str, now: datetime) -> bool:
        theirs = and_(col(MentionRow.id) == mention, *_new(officer))
        return bool(self._session.exec(update(MentionRow).where(theirs).values(seen_at=now)).rowcount)

    # --- letters ----------------------------------------------------------------------------------------------------

    def keep_letter(self, letter: CaseLetter) -> bool:
        values = {**vars(letter), "kind": letter.kind.value, "state": letter.state.value}
        values |= {"outcome": letter.outcome.value if letter.outcome else "", "version": letter.version + 1}
        if letter.version == 0:
            self._session.exec(insert(CaseLetterRow).values(**values))
            return True
        same = and_(col(CaseLetterRow.id) == letter.id, col(CaseLetterRow.version) == letter.version)
        return bool(self._session.exec(update(CaseLetterRow).where(same).values(**values)).rowcount)

    def letter(self, letter: str) -> CaseLetter | None:
        row = self._session.exec(select(CaseLetterRow).where(col(CaseLetterRow.id) == letter)).first()
        return _letter(row) if row is not None else None

    def letters_of_case(self, reference: str) -> Sequence[CaseLetter]:
        query = select(CaseLetterRow).where(col(CaseLetterRow.reference) == reference)
        query = query.order_by(col(CaseLetterRow.changed_at).desc()).limit(MOST_OF_A_CASE)
        return [_letter(row) for row in self._session.exec(query)]

    def letters_to_check(self, scope: Scope, start: int, most: int) -> Sequence[CaseLetter]:
        query = select(CaseLetterRow).join(CaseRow, col(CaseRow.reference) == col(CaseLetterRow.reference))
        query = query.where(col(CaseLetterRow.state) == TO_CHECK, seen(col(CaseRow.service), scope))
        order = (col(CaseLetterRow.changed_at), col(CaseLetterRow.id))
        return [_letter(row) for row in self._session.exec(query.order_by(*order).offset(start).limit(most))]

    def count_to_check(self, scope: Scope, most: int) -> int:
        some = select(CaseLetterRow.id).join(CaseRow, col(CaseRow.reference) == col(CaseLetterRow.reference))
        return self._counted(some.where(col(CaseLetterRow.state) == TO_CHECK, seen(col(CaseRow.service), scope)), most)

    # --- saved views ------------------------------------------------------------------------------------------------

    def keep_view(self, view: SavedView) -> None:
        self._session.exec(insert(SavedViewRow).values(**vars(view)))

    def drop_view(self, view: str, officer: str) -> bool:
        own = and_(col(SavedViewRow.id) == view, col(SavedViewRow.officer) == officer)
        return bool(self._session.exec(delete(SavedViewRow).where(own)).rowcount)

    def views(self, officer: str, teams: Sequence[str]) -> Sequence[SavedView]:
        own = or_(col(SavedViewRow.officer) == officer, col(SavedViewRow.team).in_(teams))
        rows = self._session.exec(select(SavedViewRow).where(own).order_by(col(SavedViewRow.name)).limit(50))
        return [SavedView(**row.model_dump()) for row in rows]

    # --- undoing ----------------------------------------------------------------------------------------------------

    def keep_undo(self, undo: Undoable) -> None:
        self._session.exec(delete(UndoRow).where(col(UndoRow.until) < undo.until - timedelta(hours=1)))
        row = {"id": undo.id, "officer": undo.officer, "until": undo.until, "document": as_json(UNDOABLE, undo)}
        self._session.exec(insert(UndoRow).values(**row))

    def undo(self, undo: str, officer: str, now: datetime) -> Undoable | None:
        theirs = and_(col(UndoRow.id) == undo, col(UndoRow.officer) == officer, col(UndoRow.until) >= now)
        row = self._session.exec(select(UndoRow).where(theirs).with_for_update()).first()
        return UNDOABLE.validate_json(row.document) if row is not None else None

    def drop_undo(self, undo: str) -> None:
        self._session.exec(delete(UndoRow).where(col(UndoRow.id) == undo))


def _wanted(wanted: CasesWanted, asking: Asking) -> list[ColumnElement[bool]]:
    """What a list asks for. States are literals, since a partial index serves only a query that says so."""
    parts = [_STATES[wanted.state if wanted.state in _STATES else "open"]]
    if wanted.whose:
        parts.append(_whose(wanted.whose, asking))
    if wanted.due in ("today", "overdue", "week"):
        parts.append(_due(wanted.due, asking))
    for column, value in ((CaseRow.service, wanted.service), (CaseRow.priority, wanted.priority)):
        parts += [col(column) == value] if value else []
    parts += [col(CaseRow.waits_for) == wanted.waits] if wanted.waits else []
    parts += [col(CaseRow.urgent).is_(True)] if wanted.urgent else []
    return parts


_STATES: Mapping[str, ColumnElement[bool]] = {
    "open": col(CaseRow.state) == OPEN,
    "answered": col(CaseRow.state) == CaseState.ANSWERED.value,
    "closed": col(CaseRow.state).in_((CaseState.CLOSED.value, CaseState.WITHDRAWN.value)),
    "all": col(CaseRow.state) != CaseState.MISROUTED.value,
}


def _whose(whose: str, asking: Asking) -> ColumnElement[bool]:
    if whose == "me":
        return col(CaseRow.officer) == asking.officer
    if whose == "team":
        return and_(col(CaseRow.team).in_(asking.teams), col(CaseRow.team) != NOBODY)
    if whose == "nobody":
        return and_(col(CaseRow.officer) == NOBODY, col(CaseRow.team) == NOBODY)
    if whose == "away":
        return col(CaseRow.officer).in_(asking.away)
    return col(CaseRow.officer) == whose


def _due(due: str, asking: Asking) -> ColumnElement[bool]:
    """Where hours count, a case is overdue on the day itself once its moment is gone."""
    day, gone = col(CaseRow.next_due), col(CaseRow.next_at) < asking.now
    if due == "today":
        return and_(day == asking.today, or_(col(CaseRow.next_at).is_(None), ~gone))
    if due == "overdue":
        return and_(day <= asking.today, or_(day < asking.today, gone))
    return and_(day >= asking.today, day <= asking.today + WEEK)


def _to_do(officer: str) -> tuple[ColumnElement[bool], ...]:
    return col(TaskRow.officer) == officer, col(TaskRow.done_at).is_(None)


def _new(officer: str) -> tuple[ColumnElement[bool], ...]:
    return col(MentionRow.officer) == officer, col(MentionRow.seen_at).is_(None)


def _case(row: CaseRow) -> Case:
    return replace(CASE.validate_json(row.document), version=row.version)


def _letter(row: CaseLetterRow) -> CaseLetter:
    known = {"kind": LetterKind(row.kind), "state": LetterState(row.state)}
    return CaseLetter(**{**row.model_dump(), **known, "outcome": CaseOutcome(row.outcome) if row.outcome else None})
