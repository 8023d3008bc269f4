"""How fast officers' search is over many contacts, beside a LIKE over the same words: python -m benchmarks.search N."""

import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, text
from sqlmodel import Session, insert

from case_store.documents import CONTACT, as_json
from case_store.engine import WRITES, make_engine, migrate
from case_store.searching import SqlSearching, put_words
from case_store.tables import ContactRow
from case_store.unit_of_work import _BLANK_CONTACT
from intake.contact import Channel, Contact, Person
from intake.rights import Scope

DEFAULT = 200_000
BATCH = 2_000
LONGEST_FILL = 1_800
"""Seconds after which filling stops, and what is there is measured."""

ROUNDS = 40
LIKE_ROUNDS = 3
_BEGAN = datetime(2024, 1, 1, tzinfo=UTC)
_THINGS = "pothole bin library rent bus lamp tree noise path drain roof planning school council tax park".split()
_VERBS = "mended emptied answered cut cleaned painted moved lit closed checked".split()
_NAMES = "Anne Bo Cy Dee Ed Flo Gus Hal Ivy Jo Kim Lou Max Nia Oz Pat Quin Ros Sam Tia".split()
_FAMILIES = "Shaw Long Hill Ward Moss Lane Reed Cole Pike Frost Marsh Vale Brook Ford Dale".split()

QUERIES = {
    "a rare word": "zebra4242",
    "a common word": "pothole",
    "two words": "library roof",
    "the start of a word": "plann",
    "a name": "Anne Shaw",
    "a telephone number": "01632 963 123",
    "a postcode": "BT4 1QR",
    "an email address": "p777@example.org",
    "nothing there": "elephant",
}


def main() -> None:
    """Fill a database of N contacts and measure."""
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 and sys.argv[1] else DEFAULT
    with tempfile.TemporaryDirectory() as folder:
        engine = make_engine(f"sqlite:///{Path(folder)}/search.db")
        migrate(engine)
        with engine.connect().execution_options(**WRITES) as connection:
            began = time.monotonic()
            filled = fill(connection, wanted)
            seconds = time.monotonic() - began
        size = (Path(folder) / "search.db").stat().st_size / 1e6
        print(f"{filled:,} contacts, {size:,.0f} MB, filled in {seconds:.0f} s; SQLite FTS5; milliseconds")
        print(f"{'sought':<22}{'found':>8}{'p50':>9}{'p95':>9}{'LIKE p50':>11}")
        with engine.connect() as connection:
            session = Session(connection)
            for name, query in QUERIES.items():
                show(name, session, query)
        engine.dispose()


def fill(connection: Connection, wanted: int) -> int:
    """Invented contacts, as the reception keeps them; how many there are when the time is over."""
    began, session, chance = time.monotonic(), Session(connection), random.Random(7)
    for first in range(1, wanted + 1, BATCH):
        numbers = range(first, min(first + BATCH, wanted + 1))
        made = [contact(number, chance) for number in numbers]
        with connection.begin():
            connection.execute(
                insert(ContactRow), [row(number, one) for number, one in zip(numbers, made, strict=True)]
            )
            for number, one in zip(numbers, made, strict=True):
                put_words(session, number, one)
        if time.monotonic() - began > LONGEST_FILL:
            return numbers[-1]
    return wanted


def contact(number: int, chance: random.Random) -> Contact:
    """Somebody's matter, of about sixty words."""
    said = [f"The {chance.choice(_THINGS)} was never {chance.choice(_VERBS)}" for _ in range(10)]
    rare = f" zebra{number}." if number % 7 == 0 else ""
    where = f"{number % 200} Elm Road, BT{number % 30 + 1} {number % 9 + 1}QR"
    name = f"{chance.choice(_NAMES)} {chance.choice(_FAMILIES)}"
    phone = f"01632 96{number % 10} {number % 1000:03}"
    person = Person(name, f"p{number}@example.org", phone, where)
    words = f"{'. '.join(said)}.{rare} {where}"
    at = _BEGAN + timedelta(seconds=number)
    return Contact(id=f"{number:024x}", channel=Channel.EMAIL, received_at=at, person=person, subject="", text=words)


def row(number: int, one: Contact) -> dict[str, object]:
    """As it stands in the table."""
    return {
        **_BLANK_CONTACT,
        "number": number,
        "id": one.id,
        "channel": one.channel.value,
        "received_at": one.received_at,
        "not_before": one.received_at,
        "fingerprint": f"bench:{number}",
        "lane": "",
        "sender": one.person.email,
        "recipients": "",
        "note": "",
        "client": "",
        "helo": "",
        "state": "answered",
        "service": "roads",
        "route": "formal",
        "person": one.person.name,
        "contact_document": as_json(CONTACT, one),
    }


def show(name: str, session: Session, query: str) -> None:
    """One line of figures."""
    searching, scope = SqlSearching(session), Scope(never=frozenset({"hidden"}))
    found = len(searching.search(query, scope, 0, 51))
    ours = sorted(timed(lambda: searching.search(query, scope, 0, 51), ROUNDS))
    like = sorted(timed(lambda: scan(session, query), LIKE_ROUNDS))
    p95 = ours[int(len(ours) * 0.95) - 1]
    shown = found if found < 51 else "50+"
    print(f"{name:<22}{shown:>8}{ours[len(ours) // 2]:>9.1f}{p95:>9.1f}{like[len(like) // 2]:>11.0f}")


def scan(session: Session, query: str) -> Sequence[object]:
    """What one would do without an index: every word anywhere in the document, newest first."""
    words = query.split()
    where = " AND ".join(f"contact_document LIKE :w{number}" for number in range(len(words)))
    given = {f"w{number}": f"%{word}%" for number, word in enumerate(words)}
    statement = text(f"SELECT id FROM contact WHERE {where} ORDER BY number DESC LIMIT 51")
    return session.connection().execute(statement, given).all()


def timed(work: Callable[[], object], rounds: int) -> Iterator[float]:
    """Milliseconds of each round."""
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        yield (time.perf_counter() - began) * 1_000


if __name__ == "__main__":
    main()
