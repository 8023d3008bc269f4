"""Invented contacts by the thousand, with cases, notes and letters, kept as the house keeps them, only many at once."""

import random
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, insert, text
from sqlmodel import Session, SQLModel

from case_store import officers_words
from case_store.documents import CONTACT, as_json
from case_store.officers_words import NOTED, NOTES, TURNS
from case_store.searching import put_many
from case_store.tables.cases import CaseEntryRow, CaseRow
from case_store.tables.centre import SpokenRow
from case_store.tables.contacts import ContactRow, ConversationRow, TurnRow
from case_store.unit_of_work import _BLANK_CONTACT
from intake.contact import Channel, Contact, Person

BATCH = 5_000
LONGEST_FILL = 1_800
"""Seconds after which filling stops, and what is there is measured."""

ONE_CASE_IN = 10
"""Contacts, of which one becomes a case with a note and a letter."""

LETTERS = 100_000_000
"""Officers' turns are numbered from here, residents' as their contact."""

_QUICKLY = {
    "sqlite": ("PRAGMA cache_size=-200000",),
    "postgresql": ("SET synchronous_commit = off",),
}
"""What pages are changed stays in memory (200 MB) until their commit; nobody waits for a disk."""

_BEGAN = datetime(2024, 1, 1, tzinfo=UTC)
_THINGS = "pothole bin library rent bus lamp tree noise path drain roof planning school council tax park".split()
_VERBS = "mended emptied answered cut cleaned painted moved lit closed checked".split()
_NAMES = "Anne Bo Cy Dee Ed Flo Gus Hal Ivy Jo Kim Lou Max Nia Oz Pat Quin Ros Sam Catherine Kathryn Katherine".split()
_FAMILIES = "Shaw Long Hill Ward Moss Lane Reed Cole Pike Frost Marsh Vale Smith Smyth McDonald Macdonald".split()


def fill(connection: Connection, wanted: int) -> int:
    """As many as are wanted; how many there are when the time is over."""
    began, session, chance = time.monotonic(), Session(connection), random.Random(7)
    for statement in _QUICKLY[connection.dialect.name]:
        connection.exec_driver_sql(statement)
    connection.commit()
    for first in range(1, wanted + 1, BATCH):
        numbers = range(first, min(first + BATCH, wanted + 1))
        with connection.begin():
            _put(session, numbers, chance)
        if time.monotonic() - began > LONGEST_FILL:
            return numbers[-1]
    if connection.dialect.name == "postgresql":
        with connection.begin():
            connection.execute(text("ANALYZE"))
    return wanted


def conversation_of(number: int) -> str:
    """Three contacts in a row belong to one."""
    return f"{number // 3:032x}"


def _put(session: Session, numbers: range, chance: random.Random) -> None:
    connection = session.connection()
    contacts = [(number, _contact(number, chance)) for number in numbers]
    connection.execute(insert(ContactRow), [_row(number, one) for number, one in contacts])
    put_many(session, contacts)
    cases = [_case(number, chance) for number in numbers if number % ONE_CASE_IN == 0]
    for rows in zip(*cases, strict=True):
        connection.execute(insert(type(rows[0])), [row.model_dump() for row in rows])
        if isinstance(rows[0], CaseEntryRow):
            officers_words.put_many(session, NOTES, [(row.number, row.words) for row in rows])
        if isinstance(rows[0], TurnRow) and rows[0].by == "officer":
            officers_words.put_many(session, TURNS, [(row.number, row.text) for row in rows])


def _contact(number: int, chance: random.Random) -> Contact:
    """Somebody's matter, of about sixty words."""
    rare = f" zebra{number}." if number % 7 == 0 else ""
    where = f"{number % 200} Elm Road, BT{number % 30 + 1} {number % 9 + 1}QR"
    name = "Kristofer Shepard" if number % 5_000 == 1 else f"{chance.choice(_NAMES)} {chance.choice(_FAMILIES)}"
    phone = f"01632 96{number % 10_000 // 1_000} {number % 1_000:03}"
    person = Person(name, f"p{number}@example.org", phone, where)
    words = f"{_said(10, chance)}.{rare} {where}"
    return Contact(f"{number:024x}", Channel.EMAIL, _at(number), person, subject="", text=words)


def _said(sentences: int, chance: random.Random) -> str:
    return ". ".join(f"The {chance.choice(_THINGS)} was never {chance.choice(_VERBS)}" for _ in range(sentences))


def _at(number: int) -> datetime:
    return _BEGAN + timedelta(seconds=number)


def _row(number: int, one: Contact) -> dict[str, object]:
    """As it stands in the table."""
    blank = dict.fromkeys(("lane", "recipients", "note", "client", "helo"), "")
    return {
        **_BLANK_CONTACT,
        **blank,
        "number": number,
        "id": one.id,
        "channel": one.channel.value,
        "received_at": one.received_at,
        "not_before": one.received_at,
        "fingerprint": f"bench:{number}",
        "sender": one.person.email,
        "state": "answered",
        "conversation": conversation_of(number),
        "service": "roads",
        "route": "formal",
        "person": one.person.name,
        "contact_document": as_json(CONTACT, one),
    }


def _case(number: int, chance: random.Random) -> Sequence[SQLModel]:
    """A conversation, its case, a note on it, what the resident said, and a letter with who wrote it."""
    conversation, reference, at = conversation_of(number), f"BC-{number:08}", _at(number)
    note = f"{_said(3, chance)}. Rang 01632 97{number % 10_000 // 1_000} {number % 1_000:03}."
    letter = f"{_said(3, chance)}. Badger{number}."
    mail, holder = f"p{number}@example.org", "assistant"
    return (
        ConversationRow(id=conversation, version=1, holder=holder, email=mail, case=reference, document="{}"),
        CaseRow(
            reference=reference,
            conversation=conversation,
            email=mail,
            received_at=at,
            route="formal",
            service="roads",
            procedure="corporate",
            stage="1",
            state="open",
            urgent=False,
            document="{}",
        ),
        CaseEntryRow(number=number, reference=reference, at=at, officer="bo", what=NOTED, words=note),
        TurnRow(number=number, conversation=conversation, at=at, by="resident", text="Hello", contact=f"{number:024x}"),
        TurnRow(number=number + LETTERS, conversation=conversation, at=at, by="officer", text=letter, contact=""),
        SpokenRow(conversation=conversation, name="bench", turn=number + LETTERS, officer="bo", letter=""),
    )
