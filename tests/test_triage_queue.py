"""The triage queue on both databases: what waits in it, what deciding does, and that nothing is done twice."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text
from sqlmodel import col, select

from case_store.engine import make_engine
from case_store.store import SqlStore
from case_store.tables.contacts import ContactRow
from case_store.tables.officers import DeedRow
from case_store.tables.sending import OutboxRow
from case_store.unit_of_work import SqlUnitOfWork
from intake.contact import Channel, Contact, Outcome, Person
from intake.conversation import Holder
from intake.correction_view import Part
from intake.corrections import Ruling
from intake.errors import SendersMove
from intake.officers import Officer, SignedIn, SignIn
from intake.policy import Policy
from intake.rights import Role, Scope
from intake.takeover import take
from intake.triage import Decision
from intake.triage_desk import Decided, TriageDesk, guess_of
from nlu.embedded import EmbeddedInterpreter
from tests.one_migration import migrate_again
from tests.transcripts import Stage
from tests.triage_fixtures import DOUBT, SURE, TWO, admitted, make_doubtful, officer
from tests.web_fixtures import OFFICER, PASSWORD, WebHouse, browser, hidden, sign_in, web_house

TEAM, COLLEAGUE = "roads@bettershire.gov.uk", "tom"


@pytest.fixture
def house(database_url: str) -> Iterator[WebHouse]:
    with web_house(database_url) as house:
        make_doubtful(house)
        yield house


@pytest.fixture
async def client(house: WebHouse) -> AsyncIterator[httpx.AsyncClient]:
    async with browser(house.console) as client:
        await sign_in(house, client)
        yield client


async def queued(house: WebHouse, name: str = OFFICER) -> list[str]:
    page, _ = await house.triage.queue(await officer(house, name))
    return [line.line.id for line in page.lines]


async def agree(house: WebHouse, contact: str, name: str = OFFICER, parts: tuple[Part, ...] = ()) -> Decided:
    who = await officer(house, name)
    view = await house.triage.view(contact, who)
    assert view is not None
    decided = await house.triage.decide(contact, who, guess_of(view.decision, who), view.seen, parts)
    assert decided is not None
    return decided


async def letters_to(house: WebHouse, address: str) -> list[str]:
    def find(unit: SqlUnitOfWork) -> list[str]:
        rows = select(OutboxRow.kind).where(col(OutboxRow.to) == address).order_by(col(OutboxRow.number))
        return list(unit.session.exec(rows))

    return await house.store.read(find)


async def row(house: WebHouse, contact: str) -> ContactRow:
    def find(unit: SqlUnitOfWork) -> ContactRow:
        found = unit.session.exec(select(ContactRow).where(col(ContactRow.id) == contact)).one()
        unit.session.expunge(found)
        return found

    return await house.store.read(find)


# --- what waits -----------------------------------------------------------------------------------------------------


async def test_what_was_not_sure_waits_urgent_first_then_who_has_waited_longest(house: WebHouse) -> None:
    first = await house.mail(DOUBT, "a@example.org")
    house.clock.forward(hours=1)
    await house.mail(SURE, "b@example.org")
    second = await house.mail(f"{DOUBT} Again.", "c@example.org")
    house.clock.forward(hours=1)
    urgent = await house.mail("There is a smell of gas in my council flat, perhaps. I complain.", "d@example.org")
    two = await house.mail(TWO, "e@example.org")
    assert await queued(house) == [urgent, first, second, two]


async def test_only_what_somebody_may_see_waits_for_them(house: WebHouse) -> None:
    contact = await house.mail(DOUBT)
    await house.add_officer("lee", PASSWORD, (Role.AGENT,), ())
    never = replace(await officer(house, "lee"), scope=replace((await officer(house, "lee")).scope, never={"roads"}))  # type: ignore[arg-type]
    page, in_all = await house.triage.queue(never)
    assert (page.lines, in_all) == ([], 0)
    assert await house.triage.view(contact, never) is None
    assert await house.triage.decide(contact, never, Ruling("question", "roads"), 0) is None
    assert await queued(house) == [contact]


async def test_a_live_turn_that_is_not_sure_waits_among_the_conversations_instead(house: WebHouse) -> None:
    from intake.correction_view import triage_rank

    contact = Contact("x", Channel.WEBCHAT, house.clock(), Person(), "", "perhaps")
    decision = Decision("formal", "roads", "corporate", True, "none", 0.3, True, True, "formal", (), ())
    assert triage_rank(contact, decision) is None
    assert triage_rank(replace(contact, channel=Channel.LETTER), decision) == 0


async def test_an_officer_who_closes_the_conversation_takes_it_out_of_the_queue(house: WebHouse) -> None:
    contact = await house.mail(DOUBT)
    conversation = (await row(house, contact)).conversation
    await house.store.transact(lambda unit: unit.centre.settle(conversation))
    assert await queued(house) == []


async def test_ten_thousand_that_wait_are_read_a_page_at_a_time_by_their_index(house: WebHouse) -> None:
    contact = await house.mail(DOUBT)

    def fill(unit: SqlUnitOfWork) -> str:
        session = unit.session
        names = [column.name for column in ContactRow.__table__.columns]  # type: ignore[attr-defined]
        kept = [name for name in names if name not in ("number", "id", "fingerprint")]
        numbers = (
            "SELECT value AS n FROM generate_series(1, 10000) AS value"
            if session.get_bind().dialect.name == "postgresql"
            else "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 10000) SELECT n FROM s"
        )
        columns = ", ".join(kept)
        said = ", ".join(f"contact.{name}" for name in kept)
        session.connection().execute(
            text(
                f"INSERT INTO contact (id, fingerprint, {columns}) "
                f"SELECT 'n' || n, 'f' || n, {said} FROM ({numbers}) AS many CROSS JOIN contact"
            )
        )
        if session.get_bind().dialect.name == "postgresql":
            session.connection().execute(text("ANALYZE contact"))
            explain = "EXPLAIN"
        else:
            explain = "EXPLAIN QUERY PLAN"
        query = "SELECT * FROM contact WHERE triage_rank IS NOT NULL ORDER BY triage_rank, received_at, number LIMIT 51"
        return str(session.connection().execute(text(f"{explain} {query}")).all())

    plan = await house.store.transact(fill)
    assert "contact_triage" in plan
    assert "TEMP B-TREE" not in plan
    assert "Sort" not in plan
    who = await officer(house)
    page, in_all = await house.triage.queue(who)
    assert (len(page.lines), page.more, in_all) == (50, True, 10_000)
    last, _ = await house.triage.queue(who, 201)
    assert (len(last.lines), last.more) == (1, False)
    assert await house.store.read(lambda unit: unit.corrections.next_after(contact, who.scope)) == "n1"


# --- deciding -------------------------------------------------------------------------------------------------------


async def test_agreeing_opens_the_case_writes_to_the_resident_and_opens_the_next(house: WebHouse) -> None:
    first, second = await house.mail(DOUBT, "a@example.org"), await house.mail(f"{DOUBT} Again.", "b@example.org")
    assert await letters_to(house, "a@example.org") == ["unsure"]
    house.clock.forward(hours=3)
    decided = await agree(house, first)
    assert (decided.done, decided.next) == (True, second)
    assert await letters_to(house, "a@example.org") == ["unsure", "acknowledgement"]
    (case,) = await house.store.read(lambda unit: unit.cases.of_address("a@example.org"))
    assert case.received_at == house.clock() - timedelta(hours=3)
    assert (await row(house, first)).state == Outcome.ANSWERED.value
    assert await queued(house) == [second]


async def test_a_decision_is_noted_for_ever_without_the_residents_words(house: WebHouse) -> None:
    contact = await house.mail(DOUBT)
    await agree(house, contact)

    def deeds(unit: SqlUnitOfWork) -> list[tuple[str, str, str]]:
        rows = select(DeedRow).where(col(DeedRow.about) == contact)
        return [(one.officer, one.what, one.note) for one in unit.session.exec(rows)]

    assert await house.store.read(deeds) == [(OFFICER, "agreed to", "formal to formal, roads to roads")]


async def test_of_two_officers_at_once_one_decides_and_the_other_is_told_who(house: WebHouse) -> None:
    contact = await house.mail(DOUBT, "a@example.org")
    maya, tom = await officer(house), await officer(house, COLLEAGUE)
    both = await asyncio.gather(
        house.triage.decide(contact, maya, Ruling("formal", "roads", officer="Maya"), 0),
        house.triage.decide(contact, tom, Ruling("compliment", "libraries", officer="Tom"), 0),
    )
    (refused,) = [one for one in both if one and not one.done]
    assert "has just decided this one" in refused.refused
    assert len(await letters_to(house, "a@example.org")) == 2


async def test_two_processes_that_decide_at_once_do_nothing_twice(house: WebHouse, database_url: str) -> None:
    """Each has a store of its own, as with several workers over one PostgreSQL."""
    contact = await house.mail(DOUBT, "a@example.org")
    maya, tom = await officer(house), await officer(house, COLLEAGUE)
    engine = make_engine(database_url)
    other = SqlStore(engine)
    try:
        desks = (house.triage, replace(house.triage, store=other))
        both = await asyncio.gather(
            desks[0].decide(contact, maya, Ruling("formal", "roads", officer="Maya"), 0),
            desks[1].decide(contact, tom, Ruling("formal", "roads", officer="Tom"), 0),
        )
    finally:
        other.close()
        engine.dispose()
    assert sorted(one.done for one in both if one) == [False, True]
    assert len(await house.store.read(lambda unit: unit.cases.of_address("a@example.org"))) == 1


async def test_what_a_colleague_holds_is_not_decided_under_their_hands(house: WebHouse) -> None:
    contact = await house.mail(DOUBT, "a@example.org")
    await officer(house, COLLEAGUE)
    conversation = (await row(house, contact)).conversation

    def hold(unit: SqlUnitOfWork) -> None:
        known = unit.conversations.get(conversation)
        assert known is not None
        unit.conversations.keep(take(known, COLLEAGUE, house.policy, house.clock()))

    await house.store.transact(hold)
    refused = await agree(house, contact)
    assert not refused.done
    assert "has this conversation" in refused.refused
    own = await agree(house, contact, COLLEAGUE)
    assert own.done
    known = await house.store.read(lambda unit: unit.conversations.get(conversation))
    assert known is not None
    assert known.holder is Holder.ASSISTANT


async def test_a_wrong_choice_changes_nothing(house: WebHouse) -> None:
    contact = await house.mail(DOUBT)
    who = await officer(house)
    for ruling, field in (
        (Ruling("nonsense", "roads"), "route"),
        (Ruling("formal", "no such"), "service"),
        (Ruling("other_organisation", "none"), "signpost"),
        (Ruling("case_update", "roads", case="BC-0000-0000"), "case"),
    ):
        decided = await house.triage.decide(contact, who, ruling, 0)
        assert decided is not None
        assert not decided.done
        assert field in decided.wrong
    assert await queued(house) == [contact]


async def test_an_officer_decides_though_the_interpreter_fails(house: WebHouse) -> None:
    contact = await house.mail(DOUBT, "a@example.org")
    house.interpreter.broken = "the model is gone"
    assert (await agree(house, contact)).done
    assert await letters_to(house, "a@example.org") == ["unsure", "acknowledgement"]


# --- more than one matter -------------------------------------------------------------------------------------------


async def test_each_matter_gets_its_own_decision_and_its_resident_hears_about_each(house: WebHouse) -> None:
    contact = await house.mail(TWO, "a@example.org")
    who = await officer(house)
    view = await house.triage.view(contact, who)
    assert view is not None
    assert view.carried_out
    assert [(part.words, part.route, part.service) for part in view.parts] == [
        ("the library closes too early.", "comment", "libraries")
    ]
    parts = (*view.parts, Part("Also mend the bridge by the mill.", "formal", "roads"))
    assert (await agree(house, contact, parts=parts)).done
    assert await letters_to(house, "a@example.org") == ["acknowledgement", "comment", "acknowledgement"]
    assert len(await house.store.read(lambda unit: unit.cases.of_address("a@example.org"))) == 2
    again = await house.triage.view(contact, who)
    assert again is not None
    (correction,) = again.corrections
    children = [await house.triage.view(part.contact, who) for part in correction.parts]
    assert [child.part_of for child in children if child] == [contact, contact]
    assert len({child.view.conversation for child in children if child}) == 2


async def test_a_matter_without_words_is_asked_for_and_nothing_is_done(house: WebHouse) -> None:
    contact = await house.mail(DOUBT)
    decided = await agree(house, contact, parts=(Part("x", "question", "none"),))
    assert "part1_words" in decided.wrong
    assert await queued(house) == [contact]


# --- putting right --------------------------------------------------------------------------------------------------


async def test_what_was_decided_alone_is_put_right_counted_and_can_be_put_right_again(house: WebHouse) -> None:
    contact = await house.mail(SURE, "a@example.org")
    who = await officer(house)
    assert (await house.triage.decide(contact, who, Ruling("question", "libraries", officer="Maya"), 0)).done  # type: ignore[union-attr]
    assert await letters_to(house, "a@example.org") == ["acknowledgement", "question"]
    assert "taken_back" in await letters_to(house, TEAM)
    (case,) = await house.store.read(lambda unit: unit.cases.of_address("a@example.org"))
    assert case.state == "misrouted"
    assert not (await house.desk.cases()).lines
    report = await house.examples.accuracy(who, 30)
    assert (report.whole.alone, report.whole.corrected) == (1, 1)
    assert (await house.triage.decide(contact, who, Ruling("formal", "roads", officer="Maya"), 1)).done  # type: ignore[union-attr]
    assert len(await house.store.read(lambda unit: unit.cases.of_address("a@example.org"))) == 2
    assert (await house.examples.accuracy(who, 30)).whole.corrected == 1


async def test_accuracy_forgets_what_lies_longer_ago(house: WebHouse) -> None:
    await house.mail(SURE, "a@example.org")
    contact = await house.mail(DOUBT, "b@example.org")
    await agree(house, contact)
    who = await officer(house)
    whole = (await house.examples.accuracy(who, 30)).whole
    assert (whole.alone, whole.asked, whole.guess_right) == (1, 1, 1)
    house.clock.forward(days=31)
    who = await officer(house)
    assert (await house.examples.accuracy(who, 30)).whole.all == 0
    assert (await house.examples.accuracy(who, 90)).whole.all == 2


async def test_a_live_conversation_gets_a_turn_and_its_matter_is_done(
    store: SqlStore, interpreter: EmbeddedInterpreter, policy: Policy
) -> None:
    stage = Stage(store, interpreter, policy)
    await stage.say("My bin at 14 Elm Road has been missed three weeks running and I rang twice. I complain.")
    who = SignedIn(SignIn("hash", "maya", "token", stage.now, stage.now, stage.now), Officer("maya", "", stage.now))
    desk = TriageDesk(store, interpreter, policy, lambda: stage.now)
    contact = (await stage.turns())[0].contact
    view = await desk.view(contact, who)
    assert view is not None
    assert not view.carried_out
    before = len(await stage.turns())
    decided = await desk.decide(contact, who, Ruling("formal", "waste_recycling", officer="Maya"), 0)
    assert decided is not None
    assert decided.done
    (said,) = (await stage.turns())[before:]
    (case,) = await stage.cases()
    assert case.reference in said.text
    await stage._silence(31)
    assert len(await stage.cases()) == 1
    again = await desk.decide(contact, who, Ruling("question", "waste_recycling", officer="Maya"), 1)
    assert again is not None
    assert again.done
    assert policy.phrases["put_right"] in (await stage.turns())[-1].text
    assert (await stage.cases())[0].state == "misrouted"


# --- words, and what is alike ---------------------------------------------------------------------------------------


async def test_words_names_and_postcodes_find_contacts_newest_first_within_scope(house: WebHouse) -> None:
    old = await house.mail("I complain. The café by BT4 2QR smells. Ring 01632 960 444.", "anne.shaw@example.org")
    new = await house.mail("I complain, the cafe smells again.", "bo@example.org")
    who = await officer(house)

    async def found(words: str) -> list[str]:
        scope = who.scope
        return [line.id for line in await house.store.read(lambda unit: unit.searching.search(words, scope, 0, 50))]

    assert await found("cafe smell") == [new, old]
    assert await found("CAFÉ bt42qr") == await found("01632960444") == await found("anne shaw") == [old]
    assert await found("cafe nowhere") == await found("") == await found("' OR 1=1 --\" *") == []
    hidden_away = replace(who.scope, never=frozenset({"roads"}))
    assert await house.store.read(lambda unit: unit.searching.search("cafe", hidden_away, 0, 50)) == []


async def test_contacts_that_were_there_before_are_found_after_the_migration(database_url: str, tmp_path: Path) -> None:
    with web_house(database_url) as house:
        contact = await house.mail("I complain. The weathervane fell.", "a@example.org")
    engine = make_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE contact_words"))
        connection.execute(text("DROP TABLE example"))
        connection.execute(text("DROP TABLE correction"))
        for name in ("contact_triage", "contact_finished"):
            connection.execute(text(f"DROP INDEX {name}"))
        for name in ("part_of", "confidence", "rule", "triage_rank"):
            connection.execute(text(f"ALTER TABLE contact DROP COLUMN {name}"))
        migrate_again(connection, "0009_corrections")
    with engine.connect() as connection:
        (kept,) = connection.execute(text("SELECT rule, confidence FROM contact")).all()
    engine.dispose()
    assert kept == ("formal", pytest.approx(0.98))
    with web_house(database_url) as house:
        who = await officer(house)
        found = await house.store.read(lambda unit: unit.searching.search("weathervane", who.scope, 0, 5))
        assert [line.id for line in found] == [contact]


async def test_what_is_alike_shares_rare_words_and_says_which(house: WebHouse) -> None:
    for number in range(3):
        await house.mail(f"I complain about the bridge of steel, {number}.", f"b{number}@example.org")
    like = await house.mail("I complain. The pothole by the tarmac camber is deep.", "a@example.org")
    contact = await house.mail(DOUBT, "c@example.org")
    view = await house.triage.view(contact, await officer(house))
    assert view is not None
    (best, *_) = view.alike
    assert best.line.id == like
    assert {"camber", "pothole", "tarmac"} <= set(best.shared)


# --- examples -------------------------------------------------------------------------------------------------------


async def test_an_example_needs_a_second_person_and_leaves_no_name(house: WebHouse) -> None:
    contact = await house.mail(f"{DOUBT} I am Anne Shaw of 14 Elm Road.", "anne.shaw@example.org")
    maya, tom = await officer(house), await officer(house, COLLEAGUE)
    assert not await house.examples.propose(contact, maya)
    await agree(house, contact)
    assert await house.examples.propose(contact, maya)
    assert await house.examples.propose(contact, maya)
    ((example, original),), _ = await house.examples.proposed(tom)
    assert "Anne" in original
    assert "Anne" not in example.text
    assert "Elm" not in example.text
    given = (example.text, "formal", "roads", ["repeated", "no such sign"])
    with pytest.raises(SendersMove):
        await house.examples.judge(example.id, maya, *given, approved=True)
    assert await house.examples.judge(example.id, tom, "", "formal", "roads", (), approved=True)
    assert await house.examples.approved(tom) == []
    assert await house.examples.judge(example.id, tom, *given, approved=True) == {}
    assert await house.examples.judge(example.id, tom, *given, approved=True) is None
    (approved,) = await house.examples.approved(tom)
    assert (approved.decided_by, approved.signals) == (COLLEAGUE, ("repeated",))


async def test_an_example_of_a_service_that_only_some_may_see_is_for_them_alone(house: WebHouse) -> None:
    contact = await house.mail(DOUBT)
    maya, tom = await officer(house), await officer(house, COLLEAGUE)
    await agree(house, contact)
    assert await house.examples.propose(contact, maya)
    ((example, _),), _ = await house.examples.proposed(tom)
    # A word of the service that they may see does not open what was written about another.
    assert await house.examples.judge(example.id, tom, example.text, "formal", "libraries", (), approved=True) == {}
    (approved,) = await house.examples.approved(tom)
    for never in (frozenset({"roads"}), frozenset({"libraries"})):
        assert await house.examples.approved(replace(tom, scope=Scope(never=never))) == []
    assert approved.contact == contact


# --- the pages ------------------------------------------------------------------------------------------------------


async def test_a_name_that_is_markup_is_only_words(house: WebHouse, client: httpx.AsyncClient) -> None:
    contact = await house.mail(f"{DOUBT} <script>alert(1)</script> <mark>nobody answers</mark>", subject="<b>Bold</b>")
    page = (await client.get(f"/triage/{contact}")).text
    assert "<script>alert" not in page
    assert "<b>Bold" not in page
    assert "<mark>never mended</mark>" in page
    assert "&lt;mark&gt;<mark>nobody answers</mark>&lt;/mark&gt;" in page
    assert "<b>Bold" not in (await client.get("/triage")).text


async def test_a_page_decides_and_opens_the_next_one(house: WebHouse, client: httpx.AsyncClient) -> None:
    first, second = await house.mail(DOUBT, "a@example.org"), await house.mail(f"{DOUBT} 2", "b@example.org")
    page = await client.get(f"/triage/{first}")
    answer = await client.post(
        f"/triage/{first}", data={"form_token": hidden(page, "form_token"), "seen": "0", "agree": "yes"}
    )
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/triage/{second}?done={first}")
    assert "Decided" in (await client.get(answer.headers["Location"])).text


@pytest.mark.parametrize("form", [{"seen": "0"}, {"seen": "x", "agree": "yes"}, {"seen": "0", "route": "<b>"}])
async def test_a_forged_or_broken_form_changes_nothing(
    house: WebHouse, client: httpx.AsyncClient, form: dict[str, str]
) -> None:
    contact = await house.mail(DOUBT)
    token = hidden(await client.get(f"/triage/{contact}"), "form_token")
    assert (await client.post(f"/triage/{contact}", data=form)).status_code in (303, 403, 409)
    assert (await client.post(f"/triage/{contact}", data={**form, "form_token": token})).status_code in (409, 422)
    assert (await client.get("/triage/nothing")).status_code == 404
    assert await queued(house) == [contact]


async def test_approved_examples_are_a_download(house: WebHouse, client: httpx.AsyncClient) -> None:
    answer = await client.get("/triage/approved-examples.yml")
    assert answer.status_code == 200
    assert "attachment" in answer.headers["Content-Disposition"]


async def test_only_managers_see_how_accurate_it_is(house: WebHouse) -> None:
    await officer(house)
    await house.add_officer("lee", PASSWORD, (Role.AGENT,), ())
    async with browser(house.console) as client:
        token = await admitted(house, "lee")
        for path in ("/triage/accuracy", "/triage/examples", "/triage/approved-examples.yml"):
            answer = await client.get(path, headers={"Cookie": f"rightdoor_session={token}"})
            assert answer.status_code == 403, path
