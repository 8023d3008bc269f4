"""Search in the console, on both databases: by anything, within one's scope, and nothing of it stands in an address."""

import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import event, text
from sqlmodel import Session, update

from case_store.engine import make_engine, migrate
from case_store.searching import SqlSearching
from case_store.sounds import sound
from case_store.tables.contacts import ContactRow
from case_store.unit_of_work import SqlUnitOfWork
from channels.console.search import highlighted
from intake.case_view import LetterKind
from intake.desk_view import PAGE
from intake.letter_desk import Written
from intake.ports import UnitOfWork
from intake.rights import Role, Scope
from intake.search_desk import SearchDesk
from tests.one_migration import migrate_again
from tests.test_work import colleague
from tests.web_fixtures import WebHouse, browser, hidden, sign_in, web_house

WORDS = (
    "I want to complain. The pothole by the café was never mended. Ring 01632 960 444.\n\nWhere: 14 Elm Road, BT4 2QR"
)


@pytest.fixture
def house(database_url: str) -> Iterator[WebHouse]:
    with web_house(database_url) as house:
        yield house


@pytest.fixture
async def client(house: WebHouse) -> AsyncIterator[httpx.AsyncClient]:
    async with browser(house.console) as client:
        await sign_in(house, client)
        yield client


async def reference_of(house: WebHouse) -> str:
    """The case of one contact about roads."""
    contact = await house.mail(WORDS, "anne.shaw@example.org", "Pothole again")
    view = await house.desk.contact(contact)
    assert view is not None
    return view.case


def desk(house: WebHouse) -> SearchDesk:
    return SearchDesk(house.store, house.policy)


async def test_a_case_is_found_by_words_name_number_postcode_email_and_reference(house: WebHouse) -> None:
    reference = await reference_of(house)
    await house.mail("thank you all", subject="A lovely library")
    plain = reference.replace("-", "").lower()
    for query in (
        "pothole cafe",
        "POTHOLE",
        "potho",
        "Bo",
        "01632960444",
        "+44 1632 960444",
        "bt42qr",
        "BT4 2QR",
        "anne.shaw@example.org",
        "elm road",
        reference,
        plain,
        plain.removeprefix("bc"),
    ):
        found = await desk(house).search(query, 1, Scope())
        assert reference in [line.case.reference for line in found.cases], query
        assert not found.slip, query


@pytest.mark.parametrize(
    "query",
    [
        "960444",
        "960 444",
        "32 960 444",
        "ending 960444",
        "ends in 960 444",
        "ending 0444",
        "1632 960444",
        "(01632) 960-444",
        "0044 1632 960 444",
        "+44 (0)1632 960444",
        "Bo 960 444",
        "960 444 pothole BT4 2QR",
    ],
)
async def test_a_case_is_found_by_the_last_digits_of_a_telephone_number(house: WebHouse, query: str) -> None:
    reference = await reference_of(house)
    found = await desk(house).search(query, 1, Scope())
    assert reference in [line.case.reference for line in found.cases]
    assert not any(word.startswith("\ue001") for word in found.words)


async def test_other_digits_of_a_telephone_number_do_not_find_it(house: WebHouse) -> None:
    await reference_of(house)
    for query in ("960443", "632960", "444069", "ending 960", "\ue001444069", "ending 0443"):
        assert not (await desk(house).search(query, 1, Scope())).contacts, query


async def test_a_number_whose_end_begins_with_noughts_is_found_by_it(house: WebHouse) -> None:
    await house.mail("thank you, ring 020 7946 000 123", subject="Thanks")
    await house.mail("Account 555 666 was closed on 12 11 2026. Thank you.", subject="Digits that are no number")
    for query, about in (
        ("000 123", "Thanks"),
        ("555 666", "Digits that are no number"),
        ("12 11 2026", "Digits that are no number"),
    ):
        assert [line.about for line in (await desk(house).search(query, 1, Scope())).contacts] == [about], query


async def test_the_end_of_a_number_is_found_within_ones_scope_alone(house: WebHouse) -> None:
    await reference_of(house)
    assert not (await desk(house).search("960 444", 1, Scope(never=frozenset({"roads"})))).contacts


async def letter_from(house: WebHouse, name: str, words: str = "the pothole was never mended") -> None:
    """A complaint of somebody of this name."""
    sender = f"p{next(house.numbers)}@example.org"
    head = f"From: {name} <{sender}>\r\nSubject: From {name}\r\nMessage-ID: <{sender}>\r\n"
    contact = await house.keep(f"{head}\r\nI want to complain, {words}.".encode(), sender=sender)
    assert await house.reception.attend(contact)


HEARD = {
    "Smyth": "Joan Smith",
    "Katherine Macdonald": "Catherine McDonald",
    "Mc Donald": "Catherine McDonald",
    "Obrian": "Sean O'Brien",
    "O'Brian": "Sean O'Brien",
    "shaun o’brien": "Sean O'Brien",
    "Thomson pothole": "Ann Thompson",
}


@pytest.mark.parametrize(
    "names",
    """Smith Smyth Smythe|Catherine Katherine Kathryn|Macdonald McDonald|Rhys Rees Reece|Wright Right|Chris Kris
    Sean Shaun Shawn|Thompson Thomson Tomson|Teresa Theresa|Anthony Antony|Nicholson Nicolson|Khan Kahn|Begum Begham
    Shepherd Sheppard|Graham Graeme|Hughes Hewes|Hodgson Hodson|Stewart Stuart|Lee Leigh|Mohammed Muhammad
    Stephen Steven|Ann Anne|Sørensen Sorensen""".replace("\n", "|").split("|"),
)
def test_names_that_are_said_alike_have_one_key(names: str) -> None:
    assert len({sound(name.casefold()) for name in names.split()}) == 1


@pytest.mark.parametrize("names", ["Ann Anna", "Khan Kenny", "Smith Smart", "Rita Ruth", "Johnson Johnston"])
def test_names_that_are_said_otherwise_have_two(names: str) -> None:
    assert len({sound(name.casefold()) for name in names.split()}) == 2


@pytest.mark.parametrize("word", ["", "o", "1", "12ab", "иванов", "\ue000", "王"])
def test_what_cannot_be_said_has_no_key(word: str) -> None:
    assert sound(word) == ""


async def test_a_name_is_found_by_what_it_sounds_like(house: WebHouse) -> None:
    for name in dict.fromkeys(HEARD.values()):
        await letter_from(house, name)
    for query, name in HEARD.items():
        found = await desk(house).search(query, 1, Scope())
        assert not found.contacts, query
        assert [line.person for line in found.sounding] == [name], query
        assert [line.case.person.name for line in found.sounding_cases] == [name], query


async def test_names_that_sound_alike_follow_those_that_are_written_so(
    house: WebHouse, client: httpx.AsyncClient
) -> None:
    for name in ("Joan Smith", "John Smythe", "Ed Smith"):
        await letter_from(house, name)
    found = await desk(house).search("Smith", 1, Scope())
    assert [line.person for line in found.contacts] == ["Ed Smith", "Joan Smith"]
    assert [line.person for line in found.sounding] == ["John Smythe"]
    page = await post(client, "Smith")
    assert page.index("In contacts") < page.index("Names that sound like it") < page.index("John Smythe")
    assert page.count("Sounds like</strong>") == 2
    page = await post(client, "Smyt")
    assert "Names that sound like it" not in page
    assert "as it is written" in await post(client, "Smithe")


async def test_sounds_are_of_names_alone_and_all_other_words_must_be_there(house: WebHouse) -> None:
    await letter_from(house, "Joan Shaw", "the blacksmith and the smith were rude")
    await letter_from(house, "Joan Smith")
    for query, names in {"Smyth elephant": [], "Smyth pothole": ["Joan Smith"], "Smyth": ["Joan Smith"]}.items():
        assert [line.person for line in (await desk(house).search(query, 1, Scope())).sounding] == names, query


@pytest.mark.parametrize("query", ["sm0", "SM0", "\ue000sm0", "\ue000sm0*", '"\ue000sm0"', "\ue000", "0"])
async def test_nobody_searches_for_the_key_of_a_sound(house: WebHouse, query: str) -> None:
    await letter_from(house, "Joan Smith")
    found = await desk(house).search(query, 1, Scope())
    assert (list(found.contacts), list(found.sounding)) == ([], [])


async def test_who_sounds_alike_is_found_within_ones_scope_alone(house: WebHouse) -> None:
    await letter_from(house, "Joan Smith")
    for scope in (Scope(never=frozenset({"roads"})), Scope(only=frozenset({"libraries"}))):
        found = await desk(house).search("Smyth", 1, scope)
        assert (list(found.sounding), list(found.sounding_cases)) == ([], [])


async def test_who_sounds_alike_is_shown_where_what_is_written_so_ends(house: WebHouse) -> None:
    await letter_from(house, "John Smythe")
    for _ in range(PAGE + 1):
        await letter_from(house, "Joan Smith")
    pages = [await desk(house).search("Smith", number, Scope()) for number in (1, 2)]
    assert [(len(page.contacts), len(page.sounding)) for page in pages] == [(PAGE, 0), (1, 1)]


async def test_words_that_are_not_all_in_it_find_nothing(house: WebHouse) -> None:
    await reference_of(house)
    for query in ("pothole elephant", "", "   ", "!!!", '"*', "' OR 1=1 --", "potholes:*"):
        found = await desk(house).search(query, 1, Scope())
        assert (found.cases, found.contacts) == ((), ()) or list(found.contacts) == [], query


async def test_a_slip_in_a_reference_is_told(house: WebHouse) -> None:
    reference = await reference_of(house)
    other = "7" if reference[-1] != "7" else "8"
    found = await desk(house).search(reference[:-1] + other, 1, Scope())
    assert found.slip
    assert not found.cases


async def test_what_is_outside_somebodys_scope_is_not_found(house: WebHouse) -> None:
    reference = await reference_of(house)
    libraries = Scope(only=frozenset({"libraries"}))
    for query in ("pothole", reference, "anne.shaw@example.org"):
        found = await desk(house).search(query, 1, libraries)
        assert (list(found.cases), list(found.contacts), list(found.people)) == ([], [], [])


async def test_a_contact_is_found_in_the_moment_that_it_is_finished_and_newest_first(house: WebHouse) -> None:
    for number in range(PAGE + 3):
        await house.mail(f"thank you for the giraffe {number}", f"p{number}@example.org", f"Thanks {number}")
    first = await desk(house).search("giraffe", 1, Scope())
    second = await desk(house).search("giraffe", 2, Scope())
    assert (len(first.contacts), first.more, len(second.contacts), second.more) == (PAGE, True, 3, False)
    assert (first.contacts[0].about, second.contacts[-1].about) == (f"Thanks {PAGE + 2}", "Thanks 0")


async def test_the_page_shows_what_was_found_and_nothing_of_it_stands_in_an_address(
    house: WebHouse, client: httpx.AsyncClient
) -> None:
    reference = await reference_of(house)
    token = hidden(await client.get("/search"), "form_token")
    found = await client.post("/search", data={"form_token": token, "sought": "anne.shaw@example.org"})
    assert (found.status_code, found.headers["Location"]) == (303, "/search/found")
    page = await client.get("/search/found")
    assert f'href="/cases/{reference}"' in page.text
    addresses = re.findall(r'(?:href|action)="([^"]*)"', page.text)
    assert not [address for address in addresses if "anne" in address or "example" in address]
    await client.post("/search", data={"form_token": token, "sought": "<b>elephant</b>"})
    nothing = await client.get("/search/found")
    assert "Nothing was found for &lt;b&gt;elephant&lt;/b&gt;" in nothing.text


async def test_what_was_sought_is_shown_to_no_other_session_of_the_same_browser(
    house: WebHouse, client: httpx.AsyncClient
) -> None:
    token = hidden(await client.get("/search"), "form_token")
    await client.post("/search", data={"form_token": token, "sought": "anne.shaw@example.org"})
    await client.post("/sign-out", data={"form_token": token})
    await sign_in(house, client)
    assert (await client.get("/search/found")).headers["Location"] == "/search"


async def test_a_service_officer_finds_their_own_alone(house: WebHouse) -> None:
    await reference_of(house)
    roads = await colleague(house, "rose", Role.SERVICE_OFFICER, services=("roads",))
    books = await colleague(house, "lib", Role.SERVICE_OFFICER, services=("libraries",))
    assert (await desk(house).search("pothole", 1, roads.scope)).contacts
    assert not (await desk(house).search("pothole", 1, books.scope)).contacts


async def post(client: httpx.AsyncClient, sought: str) -> str:
    token = hidden(await client.get("/search"), "form_token")
    await client.post("/search", data={"form_token": token, "sought": sought})
    return (await client.get("/search/found")).text


async def written(house: WebHouse) -> str:
    """A case with a note about a skip, and a letter about scaffolding."""
    reference = await reference_of(house)
    bo = await colleague(house, "bo")
    await house.work.note(reference, bo, "The contractor left a <skip> there, rang 01632 960 555.")
    case = await house.store.read(lambda unit: unit.cases.get(reference))
    assert case is not None
    letter = Written("", 0, LetterKind.UPDATE, f"{'We are sorry. ' * 20}The scaffolding comes down tomorrow.")
    await house.letters.finish(reference, bo, letter, case.version)
    return reference


async def test_officers_notes_and_letters_are_found_and_the_page_says_where(
    house: WebHouse, client: httpx.AsyncClient
) -> None:
    reference = await written(house)
    for query in ("skip", "contract skip", "01632 960555", "ending 960 555"):
        page = await post(client, query)
        assert "In officers’ notes" in page, query
        assert f'<a href="/cases/{reference}">' in page
        assert "In what officers wrote to residents" not in page
        assert "In contacts" not in page
    assert "&lt;<mark>skip</mark>&gt;" in await post(client, "skip")
    page = await post(client, "scaffold")
    assert "In what officers wrote to residents" in page
    assert "…" in page
    assert "<mark>scaffolding</mark>" in page
    assert "In officers’ notes" not in page
    assert "Nothing was found" in await post(client, "skip scaffolding")


async def test_what_officers_wrote_is_not_found_outside_ones_scope(house: WebHouse) -> None:
    reference = await written(house)
    scopes = (Scope(), 1), (Scope(only=frozenset({"libraries"})), 0), (Scope(never=frozenset({"roads"})), 0)
    for scope, finds in scopes:
        for query in ("skip", "scaffolding"):
            found = await desk(house).search(query, 1, scope)
            assert len(found.notes) + len(found.letters) == finds, (scope, query)

    def need_to_know(unit: UnitOfWork) -> None:
        case = unit.cases.get(reference)
        assert case is not None
        unit.cases.keep(replace(case, service="children"))

    await house.store.transact(need_to_know)
    for query in ("skip", "scaffolding"):
        found = await desk(house).search(query, 1, Scope(never=frozenset({"children"})))
        assert (list(found.notes), list(found.letters)) == ([], [])


async def test_a_letter_in_a_thread_with_a_hidden_message_is_not_found(house: WebHouse) -> None:
    await written(house)

    def hide(unit: SqlUnitOfWork) -> None:
        unit.session.exec(update(ContactRow).values(service="children"))

    await house.store.transact(hide)
    assert (await desk(house).search("scaffolding", 1, Scope())).letters
    assert not (await desk(house).search("scaffolding", 1, Scope(never=frozenset({"children"})))).letters


async def test_what_officers_wrote_before_there_was_an_index_is_found_after_the_migration(
    house: WebHouse, database_url: str
) -> None:
    reference = await written(house)
    engine = make_engine(database_url)
    with engine.begin() as connection:
        for statement in ("DROP TABLE words_of_notes", "DROP TABLE words_of_turns"):
            connection.execute(text(statement))
        migrate_again(connection, "0016_officers_words")
    engine.dispose()
    for query in ("skip", "scaffolding"):
        found = await desk(house).search(query, 1, Scope())
        assert [one.reference for one in (*found.notes, *found.letters)] == [reference]


async def test_what_was_there_before_is_found_by_the_ends_of_its_numbers_after_the_migration(
    house: WebHouse, database_url: str
) -> None:
    await written(house)
    engine = make_engine(database_url)
    with engine.begin() as connection:
        for table in ("contact_words", "words_of_notes"):
            connection.execute(text(f"DELETE FROM {table}"))
    assert not (await desk(house).search("pothole", 1, Scope())).contacts
    with engine.begin() as connection:
        for name in ("0018_ends_of_numbers", "0019_sounds_of_names"):
            migrate_again(connection, name)
    engine.dispose()
    found = [await desk(house).search(query, 1, Scope()) for query in ("960 444", "960 555", "scaffolding")]
    assert [(len(one.contacts), len(one.notes), len(one.letters)) for one in found] == [(1, 0, 0), (0, 1, 0), (0, 0, 1)]
    assert (await desk(house).search("Boe", 1, Scope())).sounding


async def test_no_search_reads_or_sorts_everything(tmp_path: Path) -> None:
    """As SQLite plans it: it begins with an index of words, takes the newest first, and stops."""
    asked: list[tuple[str, Any]] = []
    engine = make_engine(f"sqlite:///{tmp_path}/test.db")
    migrate(engine)
    event.listen(engine, "before_cursor_execute", lambda *given: asked.append((given[2], given[3])))
    with engine.connect() as connection, Session(connection) as session:
        searching, scope = SqlSearching(session), Scope(never=frozenset({"children"}))
        for query in ("pothole", "960 444", "Katherine Macdonald"):
            searching.search(query, scope, 0, 51)
            searching.sounding(query, scope, 20)
            searching.officers_words(query, scope, 20)
        statements = [one for one in asked if one[0].startswith("SELECT")]
        plans = [connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", given).all() for sql, given in statements]
    engine.dispose()
    assert len(plans) == 3 * 3 + 2
    steps = [step[-1] for plan in plans for step in plan]
    assert not [step for step in steps if "TEMP B-TREE" in step or ("SCAN" in step and "VIRTUAL" not in step)]


def test_what_is_highlighted_is_escaped() -> None:
    assert highlighted("<b>Pothole</b> at the Café", ["potho", "cafe"]) == (
        "&lt;b&gt;<mark>Pothole</mark>&lt;/b&gt; at the <mark>Café</mark>"
    )
