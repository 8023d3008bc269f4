"""Ten thousand lines of everything: each room asks the store as often as for five, and shows a page of them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import Connection, Engine, Table, event, select
from sqlmodel import Session, SQLModel, col

from case_store.documents import CONTACT
from case_store.engine import WRITES, make_engine
from case_store.searching import put_words
from case_store.tables.contacts import ContactRow
from intake.case import CaseOutcome
from intake.case_view import LetterKind
from intake.contact import Channel
from intake.incidents import Incident
from intake.letter_desk import Written
from intake.paper import PaperLetter
from intake.ports import UnitOfWork
from intake.rights import Role
from intake.triage_desk import guess_of
from tests.test_work import colleague, opened
from tests.triage_fixtures import DOUBT, make_doubtful, officer
from tests.web_fixtures import WebHouse, browser, hidden, sign_in, web_house

SOME, MORE, MANY = 5, 200, 10_000
ROOMS = """
/work /work?whose=nobody /work?state=all /work/drafts /work/mentions /work/tasks /contacts /contacts?needs_person=1
/live /live/news /triage /triage/accuracy /triage/examples /cases /cases?closed=1 /set-aside /set-aside?only=email
/set-aside/mail /set-aside/mailboxes /enter /letters /incidents /administration/deeds
""".split()
NAMES = ("id", "reference", "fingerprint")
CONTACTS = SQLModel.metadata.tables["contact"]
_COPIED = """
contact conversation case turn outbox task mention case_letter call entry paper incident example correction deed
"""
TABLES = [SQLModel.metadata.tables[name] for name in _COPIED.split()]
"""What is copied, each row with names of its own."""

WAITING = [CONTACTS, SQLModel.metadata.tables["conversation"]]
"""What waits for an officer: in the live queue, in triage, set aside."""


@pytest.fixture
def house(database_url: str) -> Iterator[WebHouse]:
    with web_house(database_url) as house:
        make_doubtful(house)
        yield house


async def test_a_room_asks_as_often_for_ten_thousand_lines_as_for_five_and_shows_a_page(
    house: WebHouse, database_url: str
) -> None:
    await one_of_each(house)
    async with browser(house.console) as client:
        await sign_in(house, client)
        await client.get("/live")  # from now on they are known to be there
        with closing(Copies(database_url)) as copies:
            copies.make(SOME)
            few, _ = await visited(client)
            copies.make(MORE)
            more, page = await visited(client)
            copies.make(MANY, WAITING)
            many, same_page = await visited(client)
    assert {room: times for room, times in more.items() if times > few[room]} == {}  # sounds are asked for at the end
    assert {room: times for room, times in many.items() if times > few[room]} == {}
    assert {room: same_page[room] > size * 1.1 for room, size in page.items()} == dict.fromkeys(page, False)


async def visited(client: httpx.AsyncClient) -> tuple[dict[str, int], dict[str, int]]:
    """How often each room asked the store, and how long its page was."""
    asked, sizes = {}, {}
    for room in ROOMS:
        with counted() as statements:
            page = await client.get(room)
        assert page.status_code == 200, room
        asked[room], sizes[room] = len(statements), len(page.content)
    token = hidden(await client.get("/search"), "form_token")
    for words in ("pothole", "bo0@example.org"):
        with counted() as statements:
            await client.post("/search", data={"form_token": token, "sought": words})
            page = await client.get("/search/found")
        assert "/contacts/" in page.text
        asked[words], sizes[words] = len(statements), len(page.content)
    return asked, sizes


@contextmanager
def counted() -> Iterator[list[str]]:
    """Every statement that any database is asked meanwhile."""
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(Engine, "before_cursor_execute", note)


async def one_of_each(house: WebHouse) -> None:
    """One of everything that a list of the console shows."""
    maya, now = await officer(house), house.clock()
    tom = await colleague(house, "tom", Role.MANAGER)
    case = await opened(house)
    await house.work.note(case.reference, tom, "@maya, please ring the contractor.")
    await house.work.add_task(case.reference, maya, "Ring them", (now + timedelta(days=2)).date(), maya.name)
    letter = Written("", 0, LetterKind.RESPONSE, "We uphold your complaint.", CaseOutcome.UPHELD)
    await house.letters.finish(case.reference, maya, letter, case.version)
    await house.set_aside()
    await house.set_mail_aside()
    doubted = await house.mail(DOUBT)
    await decided(house, await house.mail(DOUBT, "cy@example.org"))
    view = await house.desk.contact(doubted)
    assert view is not None
    conversation = await house.store.read(lambda unit: unit.conversations.get(view.conversation))
    assert conversation is not None
    paper = PaperLetter("paper0001", conversation.id, "roads", "Bo", "1 Elm Road", "Yours", "Dear Bo", now)
    until = (now + timedelta(days=28)).date()
    incident = Incident(
        id="incident0001",
        kind="threat",
        happened_on=now.date(),
        against="The officer on the phone",
        words="I know where you park",
        told=("manager",),
        name="Bo",
        email="bo@example.org",
        phone="",
        conversation=conversation.id,
        contact=doubted,
        service="roads",
        advice=("not_alone",),
        reporter=maya.name,
        reported_at=now,
        until=until,
    )

    def keep(unit: UnitOfWork) -> None:
        unit.centre.ask_call(conversation, "01632 960 444", "", now + timedelta(hours=4), now)
        unit.paper.add(paper)
        unit.incidents.keep(incident)

    await house.store.transact(keep)
    await house.entering.begin(Channel.PHONE, maya)


async def decided(house: WebHouse, contact: str) -> None:
    """An officer decides a contact, which becomes an example to learn from."""
    maya = await officer(house)
    view = await house.triage.view(contact, maya)
    assert view is not None
    await house.triage.decide(contact, maya, guess_of(view.decision, maya), view.seen)
    assert await house.examples.propose(contact, maya)


class Copies:
    """Makes more of all that a database holds, straight in its tables."""

    def __init__(self, database_url: str) -> None:
        self._engine = make_engine(database_url)
        self._made = 1
        with self._engine.connect() as connection:
            self._rows = {table: [row._asdict() for row in connection.execute(select(table))] for table in TABLES}
        names = {row[key] for rows in self._rows.values() for row in rows for key in NAMES if key in row}
        self._names = re.compile("|".join(map(re.escape, sorted(names, key=len, reverse=True))))

    def make(self, wanted: int, of: Sequence[Table] = TABLES) -> None:
        """So many of each in all. Of very many nobody finds any by their words, which would take long to write."""
        for first in range(self._made, wanted, 500):
            numbers = range(first, min(first + 500, wanted))
            with self._engine.connect().execution_options(**WRITES) as connection, connection.begin():
                for table in of:
                    rows = self._rows[table]
                    connection.execute(table.insert(), [self._copy(row, number) for number in numbers for row in rows])
                if of is TABLES:
                    self._index(connection)
        self._made = wanted

    def close(self) -> None:
        """Give the database back."""
        self._engine.dispose()

    def _copy(self, row: Mapping[str, Any], number: int) -> dict[str, Any]:
        """A row whose every name is another, also where it stands within a document."""

        def other(name: re.Match[str]) -> str:
            return f"{number:05}{name[0][5:]}"

        return {
            key: self._names.sub(other, value) if isinstance(value, str) else value
            for key, value in row.items()
            if key != "number"
        }

    def _index(self, connection: Connection) -> None:
        """All of them are found by their words."""
        session = Session(connection)
        number_of, document_of = col(ContactRow.number), col(ContactRow.contact_document)
        for number, document in connection.execute(select(number_of, document_of).where(document_of != "")).all():
            assert number is not None
            put_words(session, number, CONTACT.validate_json(document))
