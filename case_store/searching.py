"""Words of contacts, found fast: FTS5 on SQLite, a tsvector under a GIN index on PostgreSQL; folded by ourselves.

The index is written in the transaction that finishes a contact, so it is never behind.
"""

from collections.abc import Sequence

from sqlalchemy import BigInteger, Subquery, TextClause, column, text
from sqlmodel import Session, col, select

from case_store import officers_words
from case_store.desk import contact_line, seen
from case_store.documents import CONTACT
from case_store.sought import all_of, any_of, but_not
from case_store.sounds import keys_in, or_sounding, sounds_of
from case_store.tables.contacts import ContactRow
from intake.contact import Contact, Outcome
from intake.desk_view import ContactLine
from intake.likeness import telling
from intake.rights import Scope
from intake.search_view import OfficersWords
from intake.searched import asked_for, indexed

RECENT = 20_000
"""How many of the newest contacts are looked through for similar ones."""

COMPARED = 200
"""How many of those that share a word are compared."""

MADE = {
    "sqlite": ("CREATE VIRTUAL TABLE contact_words USING fts5(words, tokenize = 'unicode61 remove_diacritics 2')",),
    "postgresql": (
        "CREATE TABLE contact_words (contact bigint PRIMARY KEY, words tsvector NOT NULL)",
        "CREATE INDEX contact_words_words ON contact_words USING gin (words)",
    ),
}
"""How the index is made: it is not among the tables, since it is another thing on each database."""

_FORGET = {
    "sqlite": text("DELETE FROM contact_words WHERE rowid = :number"),
    "postgresql": text("DELETE FROM contact_words WHERE contact = :number"),
}
_PUT = {
    "sqlite": text("INSERT INTO contact_words (rowid, words) VALUES (:number, :words)"),
    "postgresql": text(
        "INSERT INTO contact_words (contact, words)"
        " VALUES (:number, array_to_tsvector(string_to_array(CAST(:words AS text), ' ')))"
    ),
}
_FIND = {
    "sqlite": "SELECT rowid AS number FROM contact_words WHERE contact_words MATCH :sought AND rowid > :after",
    "postgresql": "SELECT contact AS number FROM contact_words WHERE words @@ CAST(:sought AS tsquery) "
    "AND contact > :after",
}


class SqlSearching:
    """intake.ports.Searching over one session."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._dialect = session.get_bind().dialect.name

    def search(self, words: str, scope: Scope, start: int, most: int) -> Sequence[ContactLine]:
        sought = asked_for(words)
        if not sought:
            return []
        return self._lines(all_of(sought, self._dialect), scope, start, most)

    def sounding(self, words: str, scope: Scope, most: int) -> Sequence[ContactLine]:
        sought = asked_for(words)
        alike = or_sounding(sought)
        keys = keys_in(alike)
        if not keys:
            return []
        either = all_of((tuple((key,) for key in keys), *alike), self._dialect)
        return self._lines(but_not(either, all_of(sought, self._dialect), self._dialect), scope, 0, most)

    def officers_words(self, words: str, scope: Scope, most: int) -> Sequence[OfficersWords]:
        return officers_words.found(self._session, words, scope, most)

    def conversations(self, contacts: Sequence[str]) -> Sequence[str]:
        query = select(ContactRow.conversation).where(
            col(ContactRow.id).in_(contacts), col(ContactRow.conversation) != ""
        )
        return list(dict.fromkeys(self._session.exec(query)))

    def sharing(
        self, words: str, route: str, service: str, but_not: str, scope: Scope
    ) -> Sequence[tuple[ContactLine, str]]:
        sought = telling(words)
        if not sought:
            return []
        newest = self._session.exec(select(ContactRow.number).order_by(col(ContactRow.number).desc()).limit(1)).first()
        found = self._found(any_of(sought, self._dialect), (newest or 0) - RECENT)
        query = select(ContactRow).join(found, col(ContactRow.number) == found.c.number)
        decided = col(ContactRow.state).in_((Outcome.ANSWERED.value, Outcome.RECORDED.value))
        same = col(ContactRow.service) == service if service not in ("", "none") else col(ContactRow.route) == route
        query = query.where(decided, same, col(ContactRow.id) != but_not, seen(col(ContactRow.service), scope))
        rows = self._session.exec(query.order_by(found.c.number.desc()).limit(COMPARED))
        return [
            (contact_line(row), CONTACT.validate_json(row.contact_document).words)
            for row in rows
            if row.contact_document
        ]

    def _lines(self, sought: str, scope: Scope, start: int, most: int) -> list[ContactLine]:
        """The newest first."""
        found = self._found(sought, 0)
        query = select(ContactRow).join(found, col(ContactRow.number) == found.c.number)
        query = query.where(seen(col(ContactRow.service), scope)).order_by(found.c.number.desc())
        return [contact_line(row) for row in self._session.exec(query.offset(start).limit(most))]

    def _found(self, sought: str, after: int) -> Subquery:
        found: TextClause = text(_FIND[self._dialect]).bindparams(sought=sought, after=after)
        return found.columns(column("number", BigInteger)).subquery("found")


def put_words(session: Session, number: int, contact: Contact) -> None:
    """What this contact is found by from now on, instead of what was."""
    connection = session.connection()
    connection.execute(_FORGET[connection.dialect.name], {"number": number})
    put_many(session, [(number, contact)])


def put_many(session: Session, contacts: Sequence[tuple[int, Contact]]) -> None:
    """What contacts are found by that are not in the index yet."""
    if contacts:
        connection = session.connection()
        connection.execute(_PUT[connection.dialect.name], [_found_by(*contact) for contact in contacts])


def _found_by(number: int, contact: Contact) -> dict[str, object]:
    return {"number": number, "words": " ".join((*indexed(contact), *sounds_of(contact.person.name)))}
