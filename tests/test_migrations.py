"""Migrations make the schema that the tables describe, on both databases, and what was kept before them is found after.

Claims use the indexes made for them.
"""

import json
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, text
from sqlmodel import SQLModel

from case_store.engine import make_engine, migrate
from intake.desk_view import Wanted
from intake.rights import FIRST_OFFICER, Scope
from intake.triage_desk import guess_of
from tests.triage_fixtures import officer
from tests.web_fixtures import web_house

KEPT = Path(__file__).parent / "cases" / "kept_by_0004.json"
"""What version 0004 had kept of a complaint, of one that a person has to read, and of a mail that failed; one of its
letters was refused. One officer had signed in."""


def test_the_migrated_schema_is_the_one_that_the_tables_describe(database_url: str) -> None:
    engine = make_engine(database_url)
    migrate(engine)
    assert differences(engine) == []
    engine.dispose()


def differences(engine: Engine) -> list[object]:
    """Between the tables that are there and the tables that are described."""
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": _is_described})
        found: list[object] = compare_metadata(context, SQLModel.metadata)
        return found


def _is_described(name: str | None, kind: str, _parents: object) -> bool:
    """The index of words is another thing on each database (case_store.searching)."""
    return not (kind == "table" and name is not None and name.startswith(("contact_words", "words_of_")))


def test_migrating_twice_changes_nothing(database_url: str) -> None:
    engine = make_engine(database_url)
    migrate(engine)
    migrate(engine)
    engine.dispose()


async def test_what_was_kept_before_the_contact_centre_is_found_in_each_of_its_rooms(database_url: str) -> None:
    """One walk, since a database of the old kind takes long to make."""
    engine = make_engine(database_url)
    migrate(engine, "0004_telegram")
    fill(engine)
    migrate(engine)
    assert differences(engine) == []
    engine.dispose()
    everything = Scope()
    with web_house(database_url) as house:
        maya = await officer(house)
        assert (maya.account.roles, maya.scope) == (FIRST_OFFICER, everything)
        answered, doubted = "000000000000000000000001", "000000000000000000000003"
        contacts = await house.desk.contacts(Wanted())
        assert [line.id for line in contacts.lines][1:] == [doubted, answered]
        view = await house.desk.contact(answered)
        assert view is not None
        assert len(view.turns) == len(view.letters) == 2

        triage, in_all = await house.triage.queue(maya)
        assert [(line.line.id, line.confidence, in_all) for line in triage.lines] == [(doubted, 0.3, 1)]
        live = await house.centre.queue(maya)
        assert [line.about for line in live.waiting] == ["Lamp"]
        aside = await house.aside.counted(everything)
        assert (aside.contacts, aside.mail) == ({"email": 1}, {"acknowledgement": 1})
        found = await house.store.read(lambda unit: unit.searching.search("pothole", everything, 0, 9))
        assert [line.id for line in found] == [answered]

        case = await house.store.read(lambda unit: unit.cases.get(view.case))
        assert case is not None
        await house.work.allocate(case.reference, maya, case.version, maya.name)
        unsure = await house.triage.view(doubted, maya)
        assert unsure is not None
        decided = await house.triage.decide(doubted, maya, guess_of(unsure.decision, maya), unsure.seen)
        assert decided is not None
        assert decided.done


def fill(engine: Engine) -> None:
    """Put the old rows into an old database."""
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL TIME ZONE 'UTC'"))
        for table, rows in json.loads(KEPT.read_text()).items():
            for row in rows:
                row |= {"raw": row["raw"].encode()} if table == "original" else {}
                names = ", ".join(f'"{name}"' for name in row)
                values = ", ".join(f":{name}" for name in row)
                connection.execute(text(f'INSERT INTO "{table}" ({names}) VALUES ({values})'), row)


def test_a_claim_reads_the_backlog_in_order_and_not_everything_ever_kept() -> None:
    engine = make_engine("sqlite://")
    with engine.connect() as connection:
        SQLModel.metadata.create_all(connection)
        plan = connection.execute(
            text("EXPLAIN QUERY PLAN SELECT id FROM contact WHERE state = 'kept' ORDER BY number LIMIT 1")
        ).all()
    assert "contact_waiting" in str(plan)
    assert "TEMP B-TREE" not in str(plan)
