"""What officers wrote, found by its words: notes on cases, and what they said or wrote to residents.

The index is made as that of contacts is (case_store.searching), and written in the transaction that keeps the words.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Subquery, column, func, text
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from case_store.desk import seen
from case_store.sought import all_of
from case_store.tables.cases import CaseEntryRow, CaseRow
from case_store.tables.centre import SpokenRow
from case_store.tables.contacts import ContactRow, ConversationRow, TurnRow
from intake.rights import Scope
from intake.search_view import OfficersWords, Where
from intake.searched import asked_for, words_of_text

NOTED = "noted"
"""The lines of a case's history that hold an officer's own words."""

NOTES, TURNS = "words_of_notes", "words_of_turns"

MADE = {
    "sqlite": tuple(
        f"CREATE VIRTUAL TABLE {table} USING fts5(words, tokenize = 'unicode61 remove_diacritics 2')"
        for table in (NOTES, TURNS)
    ),
    "postgresql": tuple(
        statement
        for table in (NOTES, TURNS)
        for statement in (
            f"CREATE TABLE {table} (number bigint PRIMARY KEY, words tsvector NOT NULL)",
            f"CREATE INDEX {table}_words ON {table} USING gin (words)",
        )
    ),
}
"""How the indexes are made: they are another thing on each database."""

_PUT = {
    "sqlite": "INSERT INTO {} (rowid, words) VALUES (:number, :words)",
    "postgresql": "INSERT INTO {} (number, words)"
    " VALUES (:number, array_to_tsvector(string_to_array(CAST(:words AS text), ' ')))",
}
_FIND = {
    "sqlite": "SELECT rowid AS number FROM {0} WHERE {0} MATCH :sought",
    "postgresql": "SELECT number FROM {} WHERE words @@ CAST(:sought AS tsquery)",
}


def put(session: Session, table: str, number: int, words: str) -> None:
    """Found by these words from now on. They are written once and never changed."""
    put_many(session, table, [(number, words)])


def put_many(session: Session, table: str, all_of_it: Sequence[tuple[int, str]]) -> None:
    """Found by their words from now on, each by its number."""
    found_by = [(number, words_of_text(words)) for number, words in all_of_it]
    rows = [{"number": number, "words": " ".join(words)} for number, words in found_by if words]
    if rows:
        connection = session.connection()
        connection.execute(text(_PUT[connection.dialect.name].format(table)), rows)


def found(session: Session, words: str, scope: Scope, most: int) -> Sequence[OfficersWords]:
    """Notes and letters that have all of these words, newest first, so many of each at most."""
    dialect, sought = session.get_bind().dialect.name, asked_for(words)
    if not sought:
        return []
    notes, turns = (_numbers(table, all_of(sought, dialect), dialect) for table in (NOTES, TURNS))
    return [*_notes(session, notes, scope, most), *_turns(session, turns, scope, most)]


def _numbers(table: str, sought: str, dialect: str) -> Subquery:
    find = text(_FIND[dialect].format(table)).bindparams(sought=sought)
    return find.columns(column("number", BigInteger)).subquery(table)


def _notes(session: Session, numbers: Subquery, scope: Scope, most: int) -> list[OfficersWords]:
    shown: Any = (CaseEntryRow.officer, CaseEntryRow.at, CaseEntryRow.words, CaseEntryRow.reference)
    query: Any = select(*shown).select_from(CaseEntryRow)
    query = query.join(numbers, col(CaseEntryRow.number) == numbers.c.number)
    query = query.join(CaseRow, col(CaseRow.reference) == col(CaseEntryRow.reference))
    query = query.where(seen(col(CaseRow.service), scope)).order_by(numbers.c.number.desc()).limit(most)
    return [_words(Where.NOTE, *row) for row in session.exec(query)]


def _turns(session: Session, numbers: Subquery, scope: Scope, most: int) -> list[OfficersWords]:
    """Every service of its conversation, of that one's case, and of each message in its thread must be seen."""
    service: Any = func.coalesce(CaseRow.service, ConversationRow.service)
    both: tuple[ColumnElement[bool], ...] = (seen(service, scope), seen(col(ConversationRow.service), scope))
    shown: Any = (SpokenRow.officer, TurnRow.at, TurnRow.text, ConversationRow.case, TurnRow.conversation)
    query: Any = select(*shown).select_from(TurnRow)
    query = query.join(numbers, col(TurnRow.number) == numbers.c.number)
    query = query.join(SpokenRow, col(SpokenRow.turn) == numbers.c.number)
    query = query.join(ConversationRow, col(ConversationRow.id) == col(TurnRow.conversation))
    query = query.join(CaseRow, col(CaseRow.reference) == col(ConversationRow.case), isouter=True)
    query = query.where(*both, ~_hidden(scope)).order_by(numbers.c.number.desc()).limit(most)
    return [_words(Where.LETTER, *row) for row in session.exec(query)]


def _hidden(scope: Scope) -> ColumnElement[bool]:
    """Is there a message in the thread whose service is not seen? What has none belongs to those around it."""
    message = aliased(TurnRow)
    its = select(ContactRow.id).join(message, col(message.contact) == col(ContactRow.id))
    its = its.where(
        col(message.conversation) == col(TurnRow.conversation), col(ContactRow.service).not_in(("", "none"))
    )
    return its.where(~seen(col(ContactRow.service), scope)).exists()


def _words(
    where: Where, officer: str, at: datetime, words: str, reference: str, conversation: str = ""
) -> OfficersWords:
    return OfficersWords(where, officer, at, words, reference, conversation)
