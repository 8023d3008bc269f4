"""The day's work on cases, on both databases: who has them, notes, tasks, letters, lists, and many at once."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlmodel import Session, update

from case_store.engine import make_engine, migrate
from case_store.tables.contacts import ContactRow
from case_store.unit_of_work import SqlUnitOfWork
from case_store.work import SqlWork
from intake.bulk import BulkDesk, in_words
from intake.canned import filled
from intake.case import Case, CaseOutcome, CaseState, Priority, WaitsFor
from intake.case_view import Asking, CasesWanted, LetterKind, LetterState
from intake.day_lists import LISTS, DayLists
from intake.errors import CaseMoved, SendersMove
from intake.interpretation import Detail
from intake.letter_desk import Written
from intake.officers import Absence, SignedIn
from intake.paper import PaperLetter
from intake.ports import UnitOfWork
from intake.rights import EVERY_SERVICE, Role, Scope
from intake.work_desk import NoSuchCase
from tests.triage_fixtures import admitted, officer
from tests.web_fixtures import OFFICER, PASSWORD, WebHouse, browser, hidden, sign_in, web_house

RESPONSE = "Dear Bo,\n\nWe uphold your complaint. We are sorry, and will mend the road."


@pytest.fixture
def house(database_url: str) -> Iterator[WebHouse]:
    with web_house(database_url) as house:
        yield house


async def opened(house: WebHouse, number: int = 0) -> Case:
    """A case about roads of bo<number>@example.org."""
    text = f"I want to complain. Matter {number} of the pothole.\n\nWhere: {number} Elm Road"
    contact = await house.mail(text, f"bo{number}@example.org", f"Pothole {number}")
    view = await house.desk.contact(contact)
    assert view is not None
    assert view.case
    return await case_of(house, view.case)


async def case_of(house: WebHouse, reference: str) -> Case:
    case = await house.store.read(lambda unit: unit.cases.get(reference))
    assert case is not None
    return case


async def colleague(house: WebHouse, name: str, *roles: Role, services: tuple[str, ...] = ("*",)) -> SignedIn:
    await house.add_officer(name, PASSWORD, roles or (Role.COMPLAINTS_OFFICER,), services)
    who = await house.accounts.officer_of(await admitted(house, name))
    assert who is not None
    return who


async def history(house: WebHouse, reference: str) -> list[tuple[str, str, str]]:
    lines = await house.store.read(lambda unit: unit.work.history(reference))
    return [(entry.officer, entry.what, entry.words) for entry in reversed(lines)]


def lists(house: WebHouse) -> DayLists:
    return DayLists(house.store, house.policy, house.clock)


async def listed(house: WebHouse, key: str, who: SignedIn) -> list[str]:
    found = await lists(house).cases(LISTS[key][1], 1, who)
    assert found.in_all == (await lists(house).counts(who))[key] == len(found.page.lines)
    return [line.case.reference for line in found.page.lines]


# --- who has it -----------------------------------------------------------------------------------------------------


async def test_a_case_is_given_to_an_officer_and_to_a_team_and_stands_in_their_lists(house: WebHouse) -> None:
    maya, case = await officer(house), await opened(house)
    assert await listed(house, "nobody", maya) == [case.reference]
    await house.work.allocate(case.reference, maya, case.version, "team:complaints")
    assert await listed(house, "nobody", maya) == []
    tom = replace(maya, account=replace(maya.account, teams=("complaints",)))
    assert await listed(house, "team", tom) == [case.reference]
    await house.work.allocate(case.reference, maya, case.version + 1, maya.name)
    assert await listed(house, "mine", maya) == await listed(house, "team", tom) == [case.reference]
    assert await history(house, case.reference) == [
        ("maya", "allocated", "to Complaints Team"),
        ("maya", "allocated", "to maya"),
    ]
    deeds = await house.store.read(lambda unit: unit.officers.deeds(about=case.reference))
    assert {(deed.officer, deed.what, deed.note) for deed in deeds} == {("maya", "allocated", "")}


async def test_a_case_shows_what_its_resident_wrote_unless_a_part_of_it_is_hidden(house: WebHouse) -> None:
    maya, case = await officer(house), await opened(house)
    file = await house.work.file(case.reference, maya)
    assert file is not None
    assert file.subject == "Pothole 0"
    assert "Matter 0 of the pothole." in file.words

    def hide(unit: SqlUnitOfWork) -> None:
        unit.session.exec(update(ContactRow).values(service="children"))

    await house.store.transact(hide)
    aled = await colleague(house, "aled", Role.SERVICE_OFFICER, services=("roads",))
    file = await house.work.file(case.reference, aled)
    assert file is not None
    assert (file.subject, file.words) == ("", "")


async def test_of_two_who_do_opposite_things_the_second_is_told_what_changed(house: WebHouse) -> None:
    maya, case = await officer(house), await opened(house)
    bo = await colleague(house, "bo")
    await house.work.allocate(case.reference, maya, case.version, maya.name)
    with pytest.raises(CaseMoved, match="maya allocated to maya"):
        await house.work.allocate(case.reference, bo, case.version, bo.name)
    assert (await case_of(house, case.reference)).work.officer == maya.name


async def test_what_a_resident_adds_meanwhile_is_not_lost_and_is_told(house: WebHouse) -> None:
    maya, case = await officer(house), await opened(house)
    await house.store.transact(lambda unit: unit.cases.keep(replace(case, put_right="Say sorry")))
    with pytest.raises(CaseMoved, match="resident has told us more"):
        await house.work.rank(case.reference, maya, case.version, Priority.HIGH)
    assert (await case_of(house, case.reference)).put_right == "Say sorry"


async def test_only_a_manager_takes_a_case_from_one_and_gives_it_to_another(house: WebHouse) -> None:
    maya, case = await officer(house), await opened(house)
    bo = await colleague(house, "bo")
    await house.work.allocate(case.reference, maya, case.version, maya.name)
    with pytest.raises(SendersMove, match="A manager"):
        await house.work.allocate(case.reference, bo, case.version + 1, "")
    await house.work.allocate(case.reference, maya, case.version + 1, bo.name)
    assert (await case_of(house, case.reference)).work.officer == "bo"


async def test_nobody_is_given_a_case_that_they_may_not_see_or_work_on(house: WebHouse) -> None:
    maya, case = await officer(house), await opened(house)
    await colleague(house, "lib", Role.SERVICE_OFFICER, services=("libraries",))
    await colleague(house, "ada", Role.ADMINISTRATOR)
    for name in ("lib", "ada", "nobody-here", "team:nonsense"):
        with pytest.raises(SendersMove):
            await house.work.allocate(case.reference, maya, case.version, name)


async def test_what_is_outside_ones_services_is_not_there(house: WebHouse) -> None:
    case = await opened(house)
    await colleague(house, "maya", Role.MANAGER)
    lib = await colleague(house, "lib", Role.SERVICE_OFFICER, services=("libraries",))
    assert await house.work.file(case.reference, lib) is None
    assert await listed(house, "nobody", lib) == []
    with pytest.raises(NoSuchCase):
        await house.work.note(case.reference, lib, "I was here")
    with pytest.raises(NoSuchCase):
        await house.work.allocate(case.reference, lib, case.version, "lib")


# --- waiting, due, ending -------------------------------------------------------------------------------------------


async def test_a_case_that_waits_says_for_whom_since_when_and_until_when(house: WebHouse) -> None:
    maya, case = await officer(house), await opened(house)
    with pytest.raises(SendersMove, match="to come"):
        await house.work.wait(case.reference, maya, case.version, WaitsFor.SERVICE, date(2026, 11, 26))
    await house.work.wait(case.reference, maya, case.version, WaitsFor.SERVICE, date(2026, 12, 1))
    assert await listed(house, "service", maya) == [case.reference]
    assert await listed(house, "resident", maya) == []
    work = (await case_of(house, case.reference)).work
    assert (work.waits_since, work.remind_on) == (house.clock(), date(2026, 12, 1))
    await house.work.go_on(case.reference, maya, case.version + 1)
    assert await listed(house, "service", maya) == []


async def test_what_is_due_today_and_overdue_stands_in_its_list_and_what_is_due_first_stands_first(
    house: WebHouse,
) -> None:
    maya, late = await officer(house), await opened(house, 1)
    assert late.next_deadline is not None
    house.clock.forward(days=3)
    later = await opened(house, 2)
    found = await lists(house).cases(CasesWanted(state="open"), 1, maya)
    assert [line.case.reference for line in found.page.lines] == [late.reference, later.reference]
    assert [line.about for line in found.page.lines] == ["Pothole 1", "Pothole 2"]
    house.clock.now = house.clock.now.replace(year=late.next_deadline.due.year, month=late.next_deadline.due.month)
    house.clock.now = house.clock.now.replace(day=late.next_deadline.due.day)
    assert await listed(house, "today", maya) == [late.reference]
    house.clock.forward(days=1)
    assert await listed(house, "overdue", maya) == [late.reference]


async def test_a_case_closes_as_upheld_only_once_it_was_answered(house: WebHouse) -> None:
    maya, case = await officer(house), await opened(house)
    with pytest.raises(SendersMove, match="Send the response first"):
        await house.work.close(case.reference, maya, case.version, CaseOutcome.UPHELD)
    await house.work.close(case.reference, maya, case.version, CaseOutcome.RESOLVED_EARLY)
    ended = await case_of(house, case.reference)
    assert (ended.state, ended.work.outcome) == (CaseState.CLOSED, CaseOutcome.RESOLVED_EARLY)
    respond = ended.deadline("respond")
    assert respond is not None
    assert respond.met_at == house.clock()
    with pytest.raises(SendersMove, match="closed already"):
        await house.work.close(case.reference, maya, ended.version, CaseOutcome.WITHDRAWN)


async def test_what_was_withdrawn_meets_no_clock_and_can_be_opened_again(house: WebHouse) -> None:
    maya, case = await officer(house), await opened(house)
    await house.work.close(case.reference, maya, case.version, CaseOutcome.WITHDRAWN)
    ended = await case_of(house, case.reference)
    respond = ended.deadline("respond")
    assert ended.state is CaseState.WITHDRAWN
    assert respond is not None
    assert respond.met_at is None
    await house.work.reopen(case.reference, maya, ended.version)
    again = await case_of(house, case.reference)
    assert (again.state, again.work.outcome, again.next_deadline) == (CaseState.OPEN, None, case.next_deadline)


# --- notes and tasks ------------------------------------------------------------------------------------------------


async def test_who_is_named_in_a_note_finds_it_among_their_mentions_until_they_saw_it(house: WebHouse) -> None:
    maya, case = await officer(house), await opened(house)
    bo, bob = await colleague(house, "bo"), await colleague(house, "bob")
    assert await house.work.note(case.reference, maya, "@bo, please ring the contractor.") == ("bo",)
    (page, _), (other, _) = await lists(house).mentions(1, bo), await lists(house).mentions(1, bob)
    assert [mention.words for mention in page.lines] == ["@bo, please ring the contractor."]
    assert other.lines == []
    assert not await house.work.seen_mention(page.lines[0].id, bob)
    assert await house.work.seen_mention(page.lines[0].id, bo)
    assert (await lists(house).counts(bo))["mentions"] == 0
    assert await history(house, case.reference) == [("maya", "noted", "@bo, please ring the contractor.")]


async def test_who_may_not_see_a_case_is_not_named_in_it(house: WebHouse) -> None:
    maya, case = await officer(house), await opened(house)
    await colleague(house, "lib", Role.SERVICE_OFFICER, services=("libraries",))
    with pytest.raises(SendersMove, match="may not see"):
        await house.work.note(case.reference, maya, "Ask @lib.")
    assert await history(house, case.reference) == []


async def test_a_task_is_done_once(house: WebHouse) -> None:
    maya, case = await officer(house), await opened(house)
    await house.work.add_task(case.reference, maya, "Ring the contractor", date(2026, 11, 27), "maya")
    page, _ = await lists(house).tasks(1, maya)
    (task,) = page.lines
    assert await house.work.do_task(task.id, maya) == case.reference
    with pytest.raises(SendersMove, match="done already"):
        await house.work.do_task(task.id, maya)
    assert (await lists(house).counts(maya))["tasks"] == 0
    assert [what for _, what, _ in await history(house, case.reference)] == ["added a task", "did a task"]


# --- letters --------------------------------------------------------------------------------------------------------


async def test_a_response_is_checked_by_a_second_officer_then_sent_in_the_thread_and_meets_its_clock(
    house: WebHouse,
) -> None:
    maya, case = await officer(house), await opened(house)
    bo = await colleague(house, "bo")
    written = Written("", 0, LetterKind.RESPONSE, RESPONSE, CaseOutcome.UPHELD)
    assert await house.letters.finish(case.reference, maya, written, case.version) is LetterState.TO_CHECK
    page, _ = await lists(house).drafts(1, bo)
    (draft,) = page.lines
    with pytest.raises(SendersMove, match="other than you"):
        await house.letters.check(draft.id, maya, draft.version, case.version)
    await house.letters.check(draft.id, bo, draft.version, case.version)
    answered = await case_of(house, case.reference)
    respond = answered.deadline("respond")
    assert (answered.state, answered.work.outcome) == (CaseState.ANSWERED, CaseOutcome.UPHELD)
    assert respond is not None
    assert respond.met_at == house.clock()
    assert answered.next_deadline is None
    letters = await house.store.read(lambda unit: unit.desk.letters(case.conversation))
    reply = await house.store.read(lambda unit: unit.outbox.letter([letters[-1].id]))
    assert reply is not None
    assert (reply.kind, reply.to, reply.subject) == ("officer", "bo0@example.org", "Re: Pothole 0")
    assert reply.body.startswith(RESPONSE)
    assert "maya" in reply.body
    assert reply.in_reply_to
    view = await house.centre.view(case.conversation, maya)
    assert view is not None
    assert (view.said[-1].officer, view.said[-1].turn.text) == ("maya", RESPONSE)
    with pytest.raises(CaseMoved):
        await house.letters.check(draft.id, bo, draft.version, answered.version)
    assert len(await house.store.read(lambda unit: unit.desk.letters(case.conversation))) == len(letters)


async def test_a_draft_that_is_sent_back_is_its_writers_again_with_what_should_change(house: WebHouse) -> None:
    maya, case = await officer(house), await opened(house)
    bo = await colleague(house, "bo")
    written = Written("", 0, LetterKind.RESPONSE, RESPONSE, CaseOutcome.UPHELD)
    await house.letters.finish(case.reference, maya, written, case.version)
    (draft,) = (await lists(house).drafts(1, bo))[0].lines
    await house.letters.send_back(draft.id, bo, draft.version, "Say by when.")
    back = await house.store.read(lambda unit: unit.work.letter(draft.id))
    assert back is not None
    assert (back.state, back.note) == (LetterState.DRAFT, "Say by when.")
    assert (await lists(house).counts(bo))["drafts"] == 0


async def test_who_changed_a_draft_last_does_not_check_it(house: WebHouse) -> None:
    maya, case = await officer(house), await opened(house)
    bo = await colleague(house, "bo")
    draft = await house.letters.save(
        case.reference, maya, Written("", 0, LetterKind.RESPONSE, "We uphold it.", CaseOutcome.UPHELD)
    )
    mended = Written(draft.id, draft.version, LetterKind.RESPONSE, RESPONSE, CaseOutcome.UPHELD)
    await house.letters.finish(case.reference, bo, mended, case.version)
    (waiting,) = (await lists(house).drafts(1, bo))[0].lines
    with pytest.raises(SendersMove, match="other than you"):
        await house.letters.check(waiting.id, bo, waiting.version, case.version)
    await house.letters.check(waiting.id, maya, waiting.version, case.version)


async def test_of_two_who_change_a_draft_the_second_is_told(house: WebHouse) -> None:
    maya, case = await officer(house), await opened(house)
    draft = await house.letters.save(case.reference, maya, Written("", 0, LetterKind.UPDATE, "One"))
    bo = await colleague(house, "bo")
    change = Written(draft.id, draft.version, LetterKind.UPDATE, "Two")
    await house.letters.save(case.reference, bo, change)
    with pytest.raises(CaseMoved, match="bo changed or sent"):
        await house.letters.save(case.reference, maya, replace(change, body="Three"))


async def test_a_letter_does_not_go_with_something_left_open_or_without_an_outcome(house: WebHouse) -> None:
    maya, case = await officer(house), await opened(house)
    for body in ("Dear ((name)), hello.", "We found: [what was found]"):
        with pytest.raises(SendersMove, match="Fill in"):
            await house.letters.finish(case.reference, maya, Written("", 0, LetterKind.UPDATE, body), case.version)
    with pytest.raises(SendersMove, match="outcome"):
        await house.letters.finish(case.reference, maya, Written("", 0, LetterKind.RESPONSE, RESPONSE), case.version)
    assert await history(house, case.reference) == []


async def test_no_letter_promises_a_date_that_has_gone_by(house: WebHouse) -> None:
    maya, case = await officer(house), await opened(house)
    promise = "We will do this by ((next date))."
    known = filled(promise, case, maya.name, house.policy, house.clock())
    assert known == "We will do this by 10 December 2026."
    house.clock.forward(days=30)
    assert filled(promise, case, maya.name, house.policy, house.clock()) == promise


async def test_a_letter_is_not_sent_where_its_address_is_dead_and_the_page_says_what_else_there_is(
    house: WebHouse,
) -> None:
    case = await opened(house)
    await house.store.transact(lambda unit: unit.addresses.bury("bo0@example.org", "550 unknown", house.clock()))
    maya = await officer(house)
    with pytest.raises(SendersMove, match=r"does not reach them: 550 unknown\. We know neither"):
        await house.letters.finish(case.reference, maya, Written("", 0, LetterKind.UPDATE, "News."), case.version)
    known = replace(case.person, phone="01632 960 444")
    await house.store.transact(lambda unit: unit.cases.keep(replace(case, person=known)))
    async with browser(house.console) as client:
        await sign_in(house, client)
        words = "Mail to bo0@example.org does not reach them: 550 unknown. Call them on 01632 960 444."
        assert words in (await client.get(f"/cases/{case.reference}")).text
        view = await house.store.read(lambda unit: unit.desk.first_contact(case.conversation))
        page = (await client.get(f"/contacts/{view}")).text
        assert "Mail to bo0@example.org does not reach them" in page
        assert "Call them on 01632 960 444." in page


async def printed(house: WebHouse) -> list[PaperLetter]:
    return list(await house.store.read(lambda unit: unit.paper.to_print(EVERY_SERVICE, 10)))


async def mailed(house: WebHouse, case: Case) -> int:
    return len(await house.store.read(lambda unit: unit.desk.letters(case.conversation)))


async def test_a_letter_to_a_dead_address_is_printed_where_the_postal_one_is_known(house: WebHouse) -> None:
    maya, case = await officer(house), await opened(house)
    home = replace(case.person, name="Bo", address="1 Elm Road\nBT4 2QR")
    await house.store.transact(lambda unit: unit.cases.keep(replace(case, person=home)))
    await house.store.transact(lambda unit: unit.addresses.bury("bo0@example.org", "550 unknown", house.clock()))
    case, before = await case_of(house, case.reference), await mailed(house, case)
    async with browser(house.console) as client:
        await sign_in(house, client)
        page = await client.get(f"/cases/{case.reference}")
        assert "It goes by post. Mail to bo0@example.org does not reach them: 550 unknown." in page.text
        form = {"deed": "finish", "kind": "update", "body": "News.", "seen": str(case.version)}
        form["form_token"] = hidden(page, "form_token")
        sent = await client.post(f"/cases/{case.reference}", data=form)
        assert "waits under Letters to print" in (await client.get(sent.headers["Location"])).text
    (letter,) = await printed(house)
    assert (letter.name, letter.address, letter.service) == ("Bo", "1 Elm Road\nBT4 2QR", "roads")
    assert letter.body == "News.\n\nmaya\nBettershire Council"
    assert await mailed(house, case) == before
    assert ("maya", "sent a letter", "News about the complaint: as a letter to print and post") in await history(
        house, case.reference
    )
    assert maya.name == "maya"


async def wants_post(house: WebHouse) -> Case:
    """A case of somebody who gave an address for mail, and then asked for letters by post."""
    case = await opened(house)

    def wish(unit: UnitOfWork) -> None:
        known = unit.conversations.get(case.conversation)
        assert known is not None
        by_post = {**known.details, Detail.REPLY_BY: "address"}
        person = replace(known.person, address="14 Elm Road\nBT4 2QR")
        unit.conversations.keep(replace(known, details=by_post, person=person))

    await house.store.transact(wish)
    return case


async def test_a_response_to_whoever_wants_post_is_printed_and_not_mailed(house: WebHouse) -> None:
    maya, case = await officer(house), await wants_post(house)
    before = await mailed(house, case)
    written = Written("", 0, LetterKind.RESPONSE, RESPONSE, CaseOutcome.UPHELD)
    await house.letters.finish(case.reference, maya, written, case.version)
    bo = await colleague(house, "bo")
    (waiting,) = (await lists(house).drafts(1, bo))[0].lines
    await house.letters.check(waiting.id, bo, waiting.version, case.version)
    (letter,) = await printed(house)
    assert (letter.address, letter.body) == ("14 Elm Road\nBT4 2QR", f"{RESPONSE}\n\nmaya\nBettershire Council")
    assert await mailed(house, case) == before
    assert (await case_of(house, case.reference)).state is CaseState.ANSWERED


async def test_what_is_written_in_the_conversation_of_whoever_wants_post_is_printed_too(house: WebHouse) -> None:
    maya, case = await officer(house), await wants_post(house)
    before = await mailed(house, case)
    taken = await house.centre.take(case.conversation, maya)
    assert await house.centre.say(case.conversation, maya, taken.hold.fence, "one", "Hello, Bo.")
    assert not await house.centre.say(case.conversation, maya, taken.hold.fence, "one", "Hello, Bo.")
    (letter,) = await printed(house)
    assert letter.body == "Hello, Bo.\n\nmaya\nBettershire Council"
    assert await mailed(house, case) == before
    view = await house.centre.view(case.conversation, maya)
    assert view is not None
    assert (view.by_post, view.said[-1].delivery) == ("They asked for a reply by post.", "Goes by post")


# --- many at once ---------------------------------------------------------------------------------------------------


async def test_many_are_given_at_once_but_for_those_that_somebody_changed_and_that_can_be_undone(
    house: WebHouse,
) -> None:
    maya, bulk = await officer(house), BulkDesk(house.work)
    cases = [await opened(house, number) for number in range(3)]
    bo = await colleague(house, "bo")
    await house.work.allocate(cases[0].reference, bo, cases[0].version, "bo")
    done = await bulk.do(maya, bulk.allocate(maya, "maya"), {case.reference: case.version for case in cases})
    told = await bulk.done(maya, done)
    assert told is not None
    assert in_words(told) == "2 changed, 1 not"
    assert told.refused == ((cases[0].reference, "changed meanwhile: bo allocated to bo"),)
    await house.work.rank(cases[1].reference, bo, cases[1].version + 1, Priority.HIGH)
    await bulk.undo(maya, done)
    undone = await bulk.done(maya, done)
    assert undone is not None
    assert (undone.changed, [reference for reference, _ in undone.refused]) == (1, [cases[1].reference])
    officers = [(await case_of(house, case.reference)).work.officer for case in cases]
    assert officers == ["bo", "maya", ""]
    with pytest.raises(SendersMove, match="cannot be undone"):
        await bulk.undo(maya, done)


async def test_what_was_closed_in_bulk_is_open_again_with_its_clocks_once_undone(house: WebHouse) -> None:
    maya, bulk, case = await officer(house), BulkDesk(house.work), await opened(house)
    done = await bulk.do(maya, bulk.close(CaseOutcome.RESOLVED_EARLY), {case.reference: case.version})
    await bulk.undo(maya, done)
    again = await case_of(house, case.reference)
    assert (again.state, again.stages, again.work) == (case.state, case.stages, case.work)


async def test_after_ten_minutes_and_by_others_nothing_is_undone_nor_told(house: WebHouse) -> None:
    maya, bulk, case = await officer(house), BulkDesk(house.work), await opened(house)
    other = await colleague(house, "mo", Role.MANAGER)
    done = await bulk.do(maya, bulk.allocate(maya, "maya"), {case.reference: case.version})
    with pytest.raises(SendersMove):
        await bulk.undo(other, done)
    assert await bulk.done(other, done) is None
    house.clock.forward(minutes=11)
    with pytest.raises(SendersMove):
        await bulk.undo(maya, done)
    assert await bulk.done(maya, done) is None


async def test_a_task_for_many_is_taken_back_where_nobody_did_it(house: WebHouse) -> None:
    maya, bulk = await officer(house), BulkDesk(house.work)
    cases = [await opened(house, number) for number in range(2)]
    task = bulk.add_task("Check the map", date(2026, 12, 1), "maya")
    done = await bulk.do(maya, task, {case.reference: case.version for case in cases})
    first = (await lists(house).tasks(1, maya))[0].lines[0]
    await house.work.do_task(first.id, maya)
    await bulk.undo(maya, done)
    undone = await bulk.done(maya, done)
    assert undone is not None
    assert undone.changed == 1
    assert (await lists(house).counts(maya))["tasks"] == 0


# --- views and absences ---------------------------------------------------------------------------------------------


async def test_a_view_is_ones_own_or_shared_with_a_team(house: WebHouse) -> None:
    maya = await officer(house)
    maya = replace(maya, account=replace(maya.account, teams=("complaints",)))
    bo = await colleague(house, "bo")
    mate = replace(bo, account=replace(bo.account, teams=("complaints",)))
    await lists(house).save_view(maya, "Mine", "whose=me", "")
    await lists(house).save_view(maya, "Late roads", "due=overdue&service=roads", "complaints")
    assert [view.name for view in await lists(house).views(maya)] == ["Late roads", "Mine"]
    assert [view.name for view in await lists(house).views(mate)] == ["Late roads"]
    assert await lists(house).views(bo) == []
    with pytest.raises(SendersMove, match="team of your own"):
        await lists(house).save_view(bo, "Theirs", "", "complaints")
    await lists(house).drop_view(mate, (await lists(house).views(mate))[0].id)
    assert len(await lists(house).views(mate)) == 1


async def test_officers_who_are_away_are_marked(house: WebHouse) -> None:
    maya, case = await officer(house), await opened(house)
    absence = Absence("a1", "maya", date(2026, 11, 26), date(2026, 11, 27))
    await house.store.transact(lambda unit: unit.sign_ins.keep_absence(absence))
    file = await house.work.file(case.reference, maya)
    assert file is not None
    assert {name: one.last for name, one in file.away.items()} == {"maya": date(2026, 11, 27)}


async def test_cases_of_who_is_away_are_a_list_that_says_until_when_and_who_sees_to_them(house: WebHouse) -> None:
    maya, case, others = await officer(house), await opened(house, 1), await opened(house, 2)
    await colleague(house, "sam")
    await house.work.allocate(case.reference, maya, case.version, "sam")
    await house.work.allocate(others.reference, maya, others.version, "maya")
    away = CasesWanted(whose="away")
    assert (await lists(house).cases(away, 1, maya)).in_all == 0
    absence = Absence("a1", "sam", date(2026, 11, 26), date(2026, 11, 27), cover="maya")
    await house.store.transact(lambda unit: unit.sign_ins.keep_absence(absence))
    (line,) = (await lists(house).cases(away, 1, maya)).page.lines
    assert line.case.reference == case.reference
    assert (await lists(house).counts(maya))["away"] == 1
    async with browser(house.console) as client:
        await sign_in(house, client)
        page = (await client.get("/work", params={"whose": "away"})).text
    assert "Away until" in page
    assert "27 November 2026" in page
    assert "sees to their work" in page


# --- the pages ------------------------------------------------------------------------------------------------------


async def test_what_was_done_to_many_is_undone_by_the_button_that_the_answer_shows(house: WebHouse) -> None:
    case = await opened(house)
    async with browser(house.console) as client:
        await sign_in(house, client)
        page = await client.get("/work?whose=nobody")
        token = hidden(page, "form_token")
        data = {"form_token": token, "filters": "whose=nobody", "deed": "mine", "case": f"{case.reference}:1"}
        done = await client.post("/work/many", data=data, follow_redirects=True)
        assert "1 changed" in done.text
        assert case.reference not in done.text
        assert done.request.method == "GET", "who goes back or asks for the page anew sends nothing again"
        found = re.search(r'action="(/work/undo/\w+)"', done.text)
        assert found
        back = {"form_token": token, "filters": "whose=nobody"}
        undone = await client.post(found[1], data=back, follow_redirects=True)
        assert "1 changed" in undone.text
        assert case.reference in undone.text


async def test_nobody_is_chosen_to_have_a_case_like_everybody_else(house: WebHouse) -> None:
    maya, case = await officer(house), await opened(house)
    await house.work.allocate(case.reference, maya, case.version, maya.name)
    async with browser(house.console) as client:
        await sign_in(house, client)
        here = f"/cases/{case.reference}"
        data = {"form_token": hidden(await client.get(here), "form_token"), "seen": "2", "deed": "allocate", "to": ""}
        refused = await client.post(here, data=data)
        assert (refused.status_code, "Choose who to give it to." in refused.text) == (422, True)
        assert (await case_of(house, case.reference)).work.officer == maya.name
        await client.post(here, data=data | {"to": "nobody"})
    assert (await case_of(house, case.reference)).work.officer == ""


async def test_an_urgent_case_without_an_answer_stands_before_what_is_due_sooner(house: WebHouse) -> None:
    maya, sooner = await officer(house), await opened(house)
    house.clock.forward(days=3)
    contact = await house.mail("I complain: there is a smell of gas in my council flat.", "bo9@example.org", "Gas")
    view = await house.desk.contact(contact)
    assert view is not None
    found = await lists(house).cases(CasesWanted(state="open"), 1, maya)
    assert [line.case.reference for line in found.page.lines] == [view.case, sooner.reference]


async def test_filters_that_each_ask_for_any_show_every_open_case(house: WebHouse) -> None:
    case = await opened(house)
    async with browser(house.console) as client:
        await sign_in(house, client)
        assert case.reference not in (await client.get("/work")).text
        assert case.reference in (await client.get("/work?whose=&due=&state=")).text


async def test_who_only_talks_with_people_begins_with_who_waits(house: WebHouse) -> None:
    async with browser(house.console) as client:
        await sign_in(house, client)
        assert (await client.get("/first")).headers["Location"] == "/work"
        maya = await house.store.read(lambda unit: unit.officers.get(OFFICER))
        assert maya is not None
        agent = replace(maya, roles=(Role.AGENT,))
        await house.store.transact(lambda unit: unit.officers.keep(agent))
        assert (await client.get("/first")).headers["Location"] == "/live"


async def test_a_list_of_ones_own_cases_reads_its_index_and_not_every_case(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path}/plan.db")
    migrate(engine)
    seen: list[tuple[str, Any]] = []
    event.listen(engine, "before_cursor_execute", lambda *said: seen.append((said[2], said[3])))
    with Session(engine) as session:
        work, asking = (
            SqlWork(session),
            Asking("maya", ("complaints",), date(2026, 11, 26), datetime(2026, 11, 26, tzinfo=UTC)),
        )
        plans = {}
        for key, (_, wanted) in LISTS.items():
            work.count(wanted, asking, Scope(), 1_000)
            rows = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {seen[-1][0]}", seen[-1][1])
            plans[key] = str(rows.all())
    engine.dispose()
    wanted_indexes = {"mine": "case_officer", "team": "case_team", "nobody": "case_", "service": "case_waits"}
    for key, plan in plans.items():
        assert f"USING INDEX {wanted_indexes.get(key, 'case_')}" in plan.replace("COVERING ", ""), (key, plan)
