"""Taking over: who waits and why, one officer at a time, a silent assistant, hand-over, and nobody there."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlmodel import col, select

from case_store.documents import REPLY
from case_store.store import SqlStore
from case_store.tables.contacts import ContactRow, ConversationRow
from case_store.tables.sending import OutboxRow
from case_store.unit_of_work import SqlUnitOfWork
from intake.centre_sight import PAGE
from intake.centre_view import Called
from intake.contact import Reply
from intake.conversation import Holder, Speaker, Why, called
from intake.errors import NotTheirs, SendersMove
from intake.interpretation import Interpretation
from intake.officers import SignedIn
from intake.policy import Policy
from intake.ports import Interpreter
from intake.presence import There
from intake.rights import Role
from intake.takeover import End
from intake.talk_scene import NOBODY_DECIDED
from intake.threads import conversation_of
from nlu.embedded import EmbeddedInterpreter
from tests.centre_stage import COMPLAINT, PERSON, CentreStage, saying, words

ANNE = conversation_of("anne")
GAS = "There is a strong smell of gas in my kitchen"


@pytest.fixture
def stage(store: SqlStore, interpreter: EmbeddedInterpreter, policy: Policy) -> CentreStage:
    return CentreStage(store, interpreter, policy)


def letters(unit: SqlUnitOfWork) -> list[Reply]:
    rows = unit.session.exec(select(OutboxRow).order_by(col(OutboxRow.number)))
    return [REPLY.validate_json(row.document) for row in rows]


# --- who waits ------------------------------------------------------------------------------------------------------


async def test_who_asks_for_a_person_waits_in_the_queue_with_the_reason(stage: CentreStage) -> None:
    maya = await stage.officer("maya")
    await stage.say(COMPLAINT)
    assert not (await stage.centre.queue(maya)).waiting
    await stage.say(PERSON)
    (line,) = (await stage.centre.queue(maya)).waiting
    assert (line.id, line.why, line.waiting_for) == (ANNE, Why.ASKED, "Asks for a person.")
    assert line.waiting_since == stage.clock()
    assert line.service == "waste_recycling"


async def test_danger_goes_first_then_who_has_waited_longest(stage: CentreStage) -> None:
    maya = await stage.officer("maya")
    for resident, said in (("bo", PERSON), ("cy", PERSON), ("di", GAS)):
        await stage.say(said, resident)
    waiting = (await stage.centre.queue(maya)).waiting
    assert [line.id for line in waiting] == [conversation_of(resident) for resident in ("di", "bo", "cy")]
    assert waiting[0].why is Why.DANGER


async def test_the_gravest_reason_stands_first_and_none_is_lost(stage: CentreStage) -> None:
    await stage.say(GAS)
    await stage.say(PERSON)
    state = await stage.state()
    assert state.why is Why.DANGER
    assert state.waiting_for == "Someone may come to harm: act now. Asks for a person."
    free = replace(state, holder=Holder.ASSISTANT, why=None, waiting_for="")
    graver = called(called(free, Why.LOOK, "Look."), Why.DANGER, "It burns.")
    assert (graver.why, graver.waiting_for) == (Why.DANGER, "It burns. Look.")


async def test_another_language_and_several_messages_not_understood_wait_with_their_own_reasons(
    stage: CentreStage,
) -> None:
    await stage.say("Moja ulica jest pełna śmieci od trzech tygodni i nikt nie przyjeżdża ich zabrać, proszę o pomoc.")
    assert (await stage.state()).why is Why.LANGUAGE
    for number in range(5):
        await stage.say(f"blarg fnord {number}", "bo")
    assert (await stage.state("bo")).why is Why.NOT_UNDERSTOOD


@pytest.mark.parametrize(
    ("said", "is_abuse"),
    [
        ("You bunch of useless idiots, my bin was missed again", True),
        ("I know where you work and I will come down there", True),
        ("fuck off", True),
        ("My neighbour said he will hurt nobody, but my bin was missed", False),
        ("I will come and find the bin myself", False),
    ],
)
async def test_abuse_waits_for_a_person_and_is_answered_all_the_same(
    stage: CentreStage, said: str, is_abuse: bool
) -> None:
    assert await stage.say(said)
    state = await stage.state()
    assert ("Words of abuse or a threat" in state.waiting_for) == is_abuse
    assert state.holder is Holder.WAITING or not is_abuse


async def test_a_page_of_the_queue_is_read_in_order_from_its_index(stage: CentreStage) -> None:
    await stage.say(PERSON)
    maya = await stage.officer("maya")

    def copy(unit: SqlUnitOfWork) -> None:
        row = unit.session.exec(select(ConversationRow)).one()
        values = row.model_dump()
        for number in range(PAGE + 5):
            since = stage.clock() + timedelta(seconds=number + 1)
            unit.session.connection().execute(
                ConversationRow.__table__.insert().values(  # type: ignore[attr-defined]
                    {**values, "id": f"{number:024x}", "waiting_since": since}
                )
            )

    await stage.store.transact(copy)
    first, second = await stage.centre.queue(maya), await stage.centre.queue(maya, 2)
    assert (len(first.waiting), first.more, first.waiting_in_all) == (PAGE, True, PAGE + 6)
    assert (len(second.waiting), second.more) == (6, False)
    assert first.waiting[0].id == ANNE
    assert (await stage.centre.news(maya, stage.clock())) == (PAGE, 0, PAGE + 6)

    def plan(unit: SqlUnitOfWork) -> str:
        if unit.session.connection().dialect.name != "sqlite":
            return "conversation_queue"
        query = "SELECT id FROM conversation WHERE holder = 'waiting' ORDER BY rank, waiting_since, id LIMIT 50"
        return str(unit.session.connection().execute(text(f"EXPLAIN QUERY PLAN {query}")).all())

    found = await stage.store.read(plan)
    assert "conversation_queue" in found
    assert "TEMP B-TREE" not in found


async def test_one_whose_case_falls_due_is_raised(stage: CentreStage) -> None:
    await stage.say(COMPLAINT + " I want an apology. My name is Anne Shaw, my email is anne@example.org")
    await stage.say("yes")
    await stage.say("please cancel my complaint, it's been sorted")
    assert (await stage.state()).why is Why.LOOK
    assert not await stage.centre.raise_next()
    stage.clock.now = datetime(2026, 12, 7, 9, 0, tzinfo=UTC)
    due = await stage.store.read(lambda unit: unit.cases.get((unit.conversations.get(ANNE)).case).next_deadline.due)  # type: ignore[union-attr]
    stage.clock.now = datetime.combine(due, datetime.min.time(), UTC) - timedelta(hours=15)
    assert await stage.centre.raise_next()
    state = await stage.state()
    assert (state.why, state.holder) == (Why.DEADLINE, Holder.WAITING)
    assert "must be answered by" in state.waiting_for
    assert not await stage.centre.raise_next()


# --- taking over ----------------------------------------------------------------------------------------------------


async def test_a_second_officer_is_told_who_has_it_and_since_when(stage: CentreStage) -> None:
    maya, sam = await stage.officer("maya"), await stage.officer("sam")
    await stage.say(PERSON)
    await stage.take(maya)
    with pytest.raises(NotTheirs, match=r"Maya has had this conversation since 10:00, 23 November 2026"):
        await stage.take(sam)
    with pytest.raises(NotTheirs, match="Maya has had"):
        await stage.reply(sam, "Hello")
    assert (await stage.take(maya)).hold.fence == 1


async def test_of_many_officers_who_take_it_at_once_one_gets_it(stage: CentreStage) -> None:
    officers = [await stage.officer(f"officer {number}") for number in range(10)]
    await stage.say(PERSON)
    results = await asyncio.gather(*(stage.take(one) for one in officers), return_exceptions=True)
    taken = [result for result in results if not isinstance(result, BaseException)]
    refused = [result for result in results if isinstance(result, NotTheirs)]
    assert (len(taken), len(refused)) == (1, 9)
    holds = (await stage.state()).hold
    assert (holds.officer, holds.fence) == (taken[0].hold.officer, 1)


async def test_once_an_officer_has_it_the_assistant_says_nothing(stage: CentreStage) -> None:
    maya = await stage.officer("maya")
    await stage.say(COMPLAINT)
    await stage.take(maya)
    for said in ("9 Mill Lane", "hello?", "I want to complain about a pothole", "thank you", PERSON, "yes"):
        assert await stage.say(said) == []
    stage.clock.forward(hours=2)
    assert not await stage.reception.wind_up_next()
    assert (await stage.state()).holder is Holder.OFFICER


async def test_help_against_a_danger_is_said_even_then(stage: CentreStage) -> None:
    maya = await stage.officer("maya")
    await stage.say(PERSON)
    await stage.take(maya)
    answer = await stage.say(GAS)
    assert "0800 111 999" in words(answer)
    assert all(turn.stands for turn in answer)
    state = await stage.state()
    assert (state.holder, state.hold.officer, state.urgent) == (Holder.OFFICER, "maya", True)


class SlowInterpreter:
    """Reads as another does, but only once it is let go."""

    def __init__(self, other: Interpreter) -> None:
        self.other, self.begun, self.go = other, asyncio.Event(), asyncio.Event()

    async def interpret(self, text: str, received: date) -> Interpretation:
        self.begun.set()
        await self.go.wait()
        return await self.other.interpret(text, received)


async def test_an_answer_that_was_being_made_when_the_officer_took_over_is_dropped(stage: CentreStage) -> None:
    maya = await stage.officer("maya")
    await stage.say(COMPLAINT)
    slow = stage.reception.interpreter = SlowInterpreter(stage.interpreter)
    answering = asyncio.create_task(stage.say("9 Mill Lane"))
    await slow.begun.wait()
    await stage.take(maya)
    slow.go.set()
    assert await answering == []
    assert (await stage.said_by(Speaker.RESIDENT))[-1] == "9 Mill Lane"


async def test_what_an_officer_says_is_said_once_and_in_order_among_the_residents_turns(stage: CentreStage) -> None:
    maya = await stage.officer("maya")
    await stage.say(PERSON)
    await stage.take(maya)
    assert await stage.reply(maya, "Hello, this is Maya.", name="one")
    assert not await stage.reply(maya, "Hello, this is Maya.", name="one")
    await asyncio.gather(*(stage.reply(maya, f"Line {number}", name=f"n{number}") for number in range(5)))
    await stage.say("It is about my bin")
    said = await stage.said_by(Speaker.OFFICER)
    assert said[0] == "Hello, this is Maya."
    assert sorted(said[1:]) == [f"Line {number}" for number in range(5)]
    assert (await stage.turns())[-1].text == "It is about my bin"
    view = await stage.centre.view(ANNE, maya)
    assert view is not None
    assert {one.officer for one in view.said if one.turn.by is Speaker.OFFICER} == {"Maya"}
    assert [one.n for one in view.said] == list(range(1, len(view.said) + 1))


async def test_empty_and_endless_words_are_refused_and_nothing_is_said(stage: CentreStage) -> None:
    maya = await stage.officer("maya")
    await stage.say(PERSON)
    await stage.take(maya)
    for wrong in ("", "  \n", "a" * 20_001):
        with pytest.raises(SendersMove):
            await stage.reply(maya, wrong)
    assert await stage.said_by(Speaker.OFFICER) == []


async def test_a_deed_with_the_fence_of_an_earlier_hold_is_refused(stage: CentreStage) -> None:
    maya, sam = await stage.officer("maya"), await stage.officer("sam")
    await stage.say(PERSON)
    fence = (await stage.take(maya)).hold.fence
    await stage.centre.give_back(ANNE, maya, fence)
    await stage.take(sam)
    with pytest.raises(NotTheirs, match="Sam has had"):
        await stage.centre.say(ANNE, maya, fence, "late", "Late words")
    for deed in (
        stage.centre.give_back(ANNE, maya, fence),
        stage.centre.hand_on(ANNE, maya, fence, "sam", "note"),
        stage.centre.close(ANNE, maya, fence, End.ANSWERED, "x", "Bye"),
    ):
        with pytest.raises(NotTheirs):
            await deed
    assert (await stage.state()).hold.officer == "sam"


async def test_what_an_officer_does_is_noted(stage: CentreStage) -> None:
    maya = await stage.officer("maya")
    await stage.say(PERSON)
    await stage.take(maya)
    await stage.centre.close(ANNE, maya, 1, End.ANSWERED, "x", "Goodbye")
    deeds = await stage.store.read(lambda unit: unit.officers.deeds(about=ANNE))
    assert [(deed.officer, deed.what) for deed in reversed(deeds)] == [("maya", "took over"), ("maya", "closed")]


# --- handing over, giving back, closing -----------------------------------------------------------------------------


async def test_a_colleague_gets_it_with_a_note_and_the_one_before_can_say_no_more(stage: CentreStage) -> None:
    maya, sam = await stage.officer("maya"), await stage.officer("sam")
    await stage.say(PERSON)
    since = (await stage.state()).waiting_since
    await stage.take(maya)
    await stage.centre.hand_on(ANNE, maya, 1, "sam", "Knows the crew.")
    (line,) = (await stage.centre.queue(sam)).handed
    assert not (await stage.centre.queue(sam)).waiting
    assert (line.hold.meant_for, line.why, line.waiting_since) == ("sam", Why.ASKED, since)
    assert line.handed is not None
    assert (line.handed.by, line.handed.note, line.handed.theirs) == ("Maya", "Knows the crew.", True)
    assert "Handed over by Maya: Knows the crew." in line.waiting_for
    assert saying(stage.policy, "officer_passes") in (await stage.said_by(Speaker.ASSISTANT))[-1]
    with pytest.raises(NotTheirs):
        await stage.reply(maya, "One more thing")
    await stage.take(sam)
    assert await stage.reply(sam, "Hello, Sam here.")


async def handed_to_sam(stage: CentreStage) -> SignedIn:
    """Sam is there, and Maya handed Anne's conversation to him; the officer who handed it over."""
    await stage.available("sam")
    maya = await stage.available("maya")
    await stage.say(PERSON)
    await stage.take(maya)
    await stage.centre.hand_on(ANNE, maya, 1, "sam", "Knows the crew.")
    return maya


async def test_what_was_handed_to_a_colleague_who_is_there_is_kept_for_them(stage: CentreStage) -> None:
    maya = await handed_to_sam(stage)
    (line,) = (await stage.centre.queue(maya)).waiting
    assert line.handed is not None
    assert (line.handed.to, line.handed.may_take) == ("Sam", False)
    assert line.handed.until == stage.clock() + timedelta(minutes=stage.policy.live.kept_minutes)
    with pytest.raises(NotTheirs, match="handed this conversation to Sam"):
        await stage.take(maya)
    assert (await stage.state()).holder is Holder.WAITING


async def test_what_was_handed_to_a_colleague_is_anybodys_after_the_councils_time(stage: CentreStage) -> None:
    maya, sam = await handed_to_sam(stage), await stage.officer("sam")
    stage.clock.forward(minutes=stage.policy.live.kept_minutes - 1)
    await stage.centre.beat(sam)
    with pytest.raises(NotTheirs):
        await stage.take(maya)
    stage.clock.forward(minutes=1)
    await stage.centre.beat(sam)
    assert (await stage.take(maya)).hold.officer == "maya"


async def test_what_was_handed_to_a_colleague_is_anybodys_once_they_set_themselves_away(stage: CentreStage) -> None:
    maya, sam = await handed_to_sam(stage), await stage.officer("sam")
    await stage.centre.be(sam, There.AWAY, 3)
    (line,) = (await stage.centre.queue(maya)).waiting
    assert line.may_take
    assert (await stage.take(maya)).hold.officer == "maya"


async def test_what_was_handed_to_a_colleague_is_anybodys_once_their_pages_are_gone(stage: CentreStage) -> None:
    maya = await handed_to_sam(stage)
    stage.clock.forward(minutes=11)
    assert (await stage.take(maya)).hold.officer == "maya"


async def test_a_manager_takes_what_is_kept_for_another_and_that_is_noted(stage: CentreStage) -> None:
    await handed_to_sam(stage)
    boss = await stage.officer("boss", Role.MANAGER)
    assert (await stage.take(boss)).hold.officer == "boss"
    (deed,) = await stage.store.read(lambda unit: unit.officers.deeds(ANNE, "boss", 0, 10))
    assert (deed.what, deed.note) == ("took over", "handed to sam")


async def test_nobody_in_danger_waits_for_a_colleague(stage: CentreStage) -> None:
    maya = await handed_to_sam(stage)
    await stage.say(GAS)
    assert (await stage.take(maya)).hold.officer == "maya"


async def test_a_colleague_hears_of_what_was_handed_to_them_though_it_waited_long(stage: CentreStage) -> None:
    since = stage.clock()
    await handed_to_sam(stage)
    sam, read_at = await stage.officer("sam"), stage.clock()
    assert (await stage.centre.news(sam, since))[1] == 1
    assert (await stage.centre.news(sam, read_at))[1] == 0


async def test_a_team_gets_it_and_a_letter(stage: CentreStage) -> None:
    maya = await stage.officer("maya")
    await stage.say(PERSON)
    await stage.take(maya)
    await stage.centre.hand_on(ANNE, maya, 1, "team:complaints", "Needs a decision.")
    (letter,) = [one for one in await stage.store.read(letters) if one.to == stage.policy.teams["complaints"].email]
    assert "Needs a decision." in letter.body
    assert (await stage.state()).hold.meant_for == "team:complaints"
    jo = await stage.officer("jo", teams=("complaints",))
    assert [line.id for line in (await stage.centre.queue(jo)).handed] == [ANNE]
    assert (await stage.centre.queue(maya)).waiting[0].may_take


@pytest.mark.parametrize("to", ["", "nobody", "maya", "team:none", "clerk"])
async def test_only_who_answers_residents_can_be_given_it(stage: CentreStage, to: str) -> None:
    maya, _clerk = await stage.officer("maya"), await stage.officer("clerk", Role.AUDITOR)
    await stage.say(PERSON)
    await stage.take(maya)
    with pytest.raises(SendersMove, match="Choose a colleague"):
        await stage.centre.hand_on(ANNE, maya, 1, to, "note")
    assert (await stage.state()).holder is Holder.OFFICER


async def test_it_cannot_be_given_to_a_colleague_who_may_not_see_its_service(stage: CentreStage) -> None:
    maya = await stage.officer("maya", services=("adult_social_care",))
    await stage.officer("sam")
    await stage.say(PERSON)
    known = await stage.state()
    decision = replace(known.decision or NOBODY_DECIDED, service="adult_social_care")
    await stage.store.transact(lambda unit: unit.conversations.keep(replace(known, decision=decision)))
    await stage.take(maya)
    with pytest.raises(SendersMove, match="may not see this service"):
        await stage.centre.hand_on(ANNE, maya, 1, "sam", "note")
    assert (await stage.state()).holder is Holder.OFFICER


async def test_given_back_the_assistant_asks_the_open_question_again(stage: CentreStage) -> None:
    maya = await stage.officer("maya")
    asked = (await stage.say(COMPLAINT))[-1]
    question = (await stage.state()).talk.prompt
    assert question in asked.text
    await stage.take(maya)
    await stage.say("are you a person?")
    await stage.centre.give_back(ANNE, maya, 1)
    last = (await stage.turns())[-1]
    assert (last.by, question in last.text) == (Speaker.ASSISTANT, True)
    state = await stage.state()
    assert (state.holder, state.waiting_for, state.why, state.hold.officer) == (Holder.ASSISTANT, "", None, "")
    assert words(await stage.say("An apology, please"))
    assert (await stage.state()).details


async def test_given_back_after_they_asked_for_a_person_their_matter_goes_on_and_not_their_number(
    stage: CentreStage,
) -> None:
    maya = await stage.available("maya")
    question = (await stage.say(COMPLAINT))[-1].text.split("\n")[-1]
    await stage.say(PERSON)
    assert saying(stage.policy, "person_reach") in (await stage.state()).talk.prompt
    await stage.take(maya)
    await stage.centre.give_back(ANNE, maya, 1)
    assert (await stage.said_by(Speaker.ASSISTANT))[-1].endswith(question)
    assert await stage.say("An apology, please")


async def test_closed_with_an_outcome_its_resident_is_told_and_can_begin_anew(stage: CentreStage) -> None:
    maya = await stage.officer("maya")
    await stage.say(PERSON)
    await stage.say("07700 900123")
    await stage.take(maya)
    await stage.reply(maya, "Your bin comes tomorrow.")
    await stage.centre.close(ANNE, maya, 1, End.ANSWERED, "x", "All done. Goodbye.")
    state = await stage.state()
    assert (state.holder, state.hold.outcome, state.hold.closed_by, state.why) == (
        Holder.ASSISTANT,
        "answered",
        "maya",
        None,
    )
    assert (await stage.turns())[-1].text == "All done. Goodbye."
    assert not (await stage.centre.queue(maya)).calls

    def waits(unit: SqlUnitOfWork) -> list[str]:
        return [row.state for row in unit.session.exec(select(ContactRow)) if row.state == "with_a_person"]

    assert await stage.store.read(waits) == []
    assert words(await stage.say(COMPLAINT))


# --- officers who go ------------------------------------------------------------------------------------------------


async def test_an_officer_without_a_sign_of_life_loses_it_and_the_resident_is_told(stage: CentreStage) -> None:
    maya, sam = await stage.available("maya"), await stage.officer("sam")
    await stage.say(PERSON)
    since = (await stage.state()).waiting_since
    await stage.take(maya)
    await stage.centre.beat(maya)
    stage.clock.forward(seconds=110)
    await stage.rounds()
    assert (await stage.state()).hold.officer == "maya"
    stage.clock.forward(seconds=11)
    await stage.rounds()
    state = await stage.state()
    assert (state.holder, state.hold.officer, state.waiting_since) == (Holder.WAITING, "", since)
    assert saying(stage.policy, "officer_left") in (await stage.said_by(Speaker.ASSISTANT))[-1]
    with pytest.raises(NotTheirs, match="went back to the queue"):
        await stage.centre.say(ANNE, maya, 1, "late", "Sorry, I am back")
    await stage.take(sam)
    assert await stage.reply(sam, "Hello, Sam here.")


async def test_one_that_cannot_be_told_waits_all_the_same_and_keeps_no_other_from_its_turn(
    stage: CentreStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    maya = await stage.available("maya")
    for resident in ("bo", "cy"):
        await stage.say(PERSON, resident)
        await stage.take(maya, resident)
    stage.clock.forward(minutes=11)
    monkeypatch.setattr("intake.centre_rounds.leave", None)
    await stage.rounds()
    assert [(await stage.state(one)).holder for one in ("bo", "cy")] == [Holder.WAITING, Holder.WAITING]


async def test_a_beat_keeps_it(stage: CentreStage) -> None:
    maya = await stage.available("maya")
    await stage.say(PERSON)
    await stage.take(maya)
    for _ in range(10):
        stage.clock.forward(seconds=60)
        await stage.centre.beat(maya)
        await stage.rounds()
    assert (await stage.state()).hold.officer == "maya"


async def test_who_signs_out_gives_back_what_they_have(stage: CentreStage) -> None:
    maya = await stage.available("maya")
    for resident in ("bo", "cy"):
        await stage.say(PERSON, resident)
        await stage.take(maya, resident)
    await stage.centre.go(maya)
    assert [(await stage.state(one)).holder for one in ("bo", "cy")] == [Holder.WAITING, Holder.WAITING]
    assert (await stage.centre.queue(maya)).presence.there is There.AWAY


async def test_who_comes_back_after_hours_is_away_until_they_say_otherwise(stage: CentreStage) -> None:
    maya = await stage.available("maya")
    stage.clock.forward(minutes=5)
    await stage.centre.beat(maya)
    assert (await stage.centre.queue(maya)).presence.there is There.AVAILABLE
    stage.clock.forward(hours=15)
    await stage.centre.beat(maya)
    assert (await stage.centre.queue(maya)).presence.there is There.AWAY


# --- nobody there ---------------------------------------------------------------------------------------------------


async def test_where_an_officer_has_a_place_free_they_are_told_that_somebody_will_answer(stage: CentreStage) -> None:
    await stage.available("maya")
    assert saying(stage.policy, "person_open") in words(await stage.say(PERSON))


async def test_where_nobody_is_signed_in_they_are_told_so_at_once(stage: CentreStage) -> None:
    said = words(await stage.say(PERSON))
    assert saying(stage.policy, "person_nobody") in said
    assert "by the end of 24 November 2026" in said
    assert saying(stage.policy, "person_reach") in said


async def test_where_all_are_busy_they_are_told_their_place(stage: CentreStage) -> None:
    maya = await stage.available("maya", places=1)
    await stage.say(PERSON, "bo")
    await stage.take(maya, "bo")
    assert saying(stage.policy, "person_busy", place="1") in words(await stage.say(PERSON, "cy"))
    assert saying(stage.policy, "person_busy", place="2") in words(await stage.say(PERSON))
    await stage.centre.be(maya, There.AWAY, 1)
    assert saying(stage.policy, "person_nobody") in words(await stage.say(PERSON, "di"))


async def test_more_than_are_counted_get_no_number(stage: CentreStage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("case_store.centre.COUNTED", 2)
    monkeypatch.setattr("intake.talk_people.FURTHEST_PLACE", 2)
    await stage.available("maya", places=1)
    for resident in ("bo", "cy", "di"):
        answer = words(await stage.say(PERSON, resident))
    assert saying(stage.policy, "person_many") in answer


@pytest.mark.parametrize(
    ("now", "call_by"),
    [
        (datetime(2026, 11, 23, 10, 0, tzinfo=UTC), "2pm on 23 November 2026"),
        (datetime(2026, 11, 23, 15, 0, tzinfo=UTC), "10:30am on 24 November 2026"),
        (datetime(2026, 11, 21, 12, 0, tzinfo=UTC), "12:30pm on 23 November 2026"),
        (datetime(2026, 12, 24, 16, 30, tzinfo=UTC), "midday on 4 January 2027"),
    ],
)
async def test_a_call_is_promised_in_opening_hours(stage: CentreStage, now: datetime, call_by: str) -> None:
    stage.clock.now = now
    await stage.say(PERSON)
    promised = words(await stage.say("07700 900123"))
    assert call_by in promised
    (call, _line), *_ = (await stage.centre.queue(await stage.officer("maya"))).calls
    assert call.phone.replace(" ", "") == "07700900123"
    assert stage.policy.opening.open_at(call.until - timedelta(seconds=1), stage.policy.calendar)


async def test_a_call_back_is_recorded_with_a_good_time_and_a_clock_and_is_done_once(stage: CentreStage) -> None:
    maya = await stage.officer("maya")
    await stage.say(PERSON)
    assert saying(stage.policy, "call_when") in words(await stage.say("07700 900123"))
    assert saying(stage.policy, "call_noted") in words(await stage.say("tomorrow after 3pm"))
    ((call, line),) = (await stage.centre.queue(maya)).calls
    assert (call.good_time, line.id, line.call_until) == ("tomorrow after 3pm", ANNE, call.until)
    await stage.centre.called(call.id, maya, Called.NO_ANSWER)
    ((again, _),) = (await stage.centre.queue(maya)).calls
    assert (again.tries, again.until > call.until - timedelta(hours=1)) == (1, True)
    await stage.centre.called(call.id, maya, Called.DONE)
    assert not (await stage.centre.queue(maya)).calls
    with pytest.raises(SendersMove, match="seen to this call already"):
        await stage.centre.called(call.id, maya, Called.DONE)


async def test_after_three_calls_without_an_answer_a_person_decides(stage: CentreStage) -> None:
    maya = await stage.officer("maya")
    await stage.say(PERSON)
    await stage.say("07700 900123")
    ((call, _),) = (await stage.centre.queue(maya)).calls
    for _ in range(3):
        await stage.centre.called(call.id, maya, Called.NO_ANSWER)
    assert not (await stage.centre.queue(maya)).calls
    assert (await stage.centre.queue(maya)).waiting


async def test_who_gave_a_number_before_is_asked_whether_to_be_called_there(stage: CentreStage) -> None:
    await stage.say(COMPLAINT + " My number is 07700 900123.")
    answer = await stage.say(PERSON)
    assert saying(stage.policy, "person_call", phone="07700 900123") in words(answer)
    assert "call_me" in {choice.value for choice in answer[-1].choices}
    await stage.say("yes please")
    ((call, _),) = (await stage.centre.queue(await stage.officer("maya"))).calls
    assert call.phone == "07700 900123"


async def test_who_still_waits_after_a_while_is_told_so_once(stage: CentreStage) -> None:
    await stage.available("maya")
    await stage.say(PERSON)
    stage.clock.forward(minutes=9)
    await stage.rounds()
    assert saying(stage.policy, "still_waiting") not in words(await stage.turns())
    stage.clock.forward(minutes=2)
    await stage.rounds()
    stage.clock.forward(hours=1)
    await stage.rounds()
    assert words(await stage.turns()).count(saying(stage.policy, "still_waiting")) == 1
    assert (await stage.state()).holder is Holder.WAITING


# --- what an officer sees -------------------------------------------------------------------------------------------


async def test_what_is_half_written_is_kept_for_each_officer_until_it_is_sent(stage: CentreStage) -> None:
    maya, sam = await stage.officer("maya"), await stage.officer("sam")
    await stage.say(PERSON)
    await stage.take(maya)
    await stage.centre.write_half(ANNE, maya, "Dear An")
    await stage.centre.write_half(ANNE, maya, "Dear Anne")
    views = [await stage.centre.view(ANNE, one) for one in (maya, sam)]
    assert [view.draft for view in views if view] == ["Dear Anne", ""]
    await stage.reply(maya, "Dear Anne, hello.")
    view = await stage.centre.view(ANNE, maya)
    assert view is not None
    assert view.draft == ""


async def test_every_turn_of_a_long_conversation_can_be_reached(stage: CentreStage) -> None:
    maya = await stage.officer("maya")
    await stage.say(PERSON)
    await stage.take(maya)
    for number in range(130):
        await stage.reply(maya, f"Line {number}")
    seen: list[str] = []
    before = 0
    while True:
        view = await stage.centre.view(ANNE, maya, before)
        assert view is not None
        seen = [one.turn.text for one in view.said] + seen
        before = view.before
        if not before:
            break
    assert seen == [turn.text for turn in await stage.turns()]


async def test_an_officer_sees_what_was_shown_and_that_somebody_is_writing_but_not_what(stage: CentreStage) -> None:
    maya = await stage.officer("maya")
    await stage.say(PERSON)
    await stage.take(maya)
    await stage.reply(maya, "Hello")
    now = stage.clock()

    async def delivery() -> str:
        view = await stage.centre.view(ANNE, maya)
        assert view is not None
        return view.said[-1].delivery

    assert await delivery() == "Not seen yet, as far as we know"
    marks = await stage.store.read(lambda unit: unit.centre.marks([ANNE]))
    number = len(await stage.turns())
    await stage.store.transact(lambda unit: unit.centre.shown(ANNE, number, now))
    await stage.store.transact(lambda unit: unit.centre.shown(ANNE, 1, now))
    assert await delivery() == "Shown to them"
    await stage.store.transact(lambda unit: unit.centre.writes(ANNE, True, now + timedelta(seconds=6)))
    view = await stage.centre.view(ANNE, maya)
    assert view is not None
    assert view.sight.resident_writes_until == now + timedelta(seconds=6)
    assert await stage.store.read(lambda unit: unit.centre.marks([ANNE])) != marks


async def left_with_an_address(stage: CentreStage, email: str = "anne@example.org") -> SignedIn:
    """Anne gave an address, her page was open, and four minutes ago she closed it. The officer who has her chat."""
    maya = await stage.available("maya")
    await stage.say(PERSON)
    known = await stage.take(maya)
    person = replace(known.person, email=email, phone="01632 960 444")

    def gave(unit: SqlUnitOfWork) -> None:
        found = unit.conversations.get(ANNE)
        assert found is not None
        unit.conversations.keep(replace(found, person=person))
        unit.centre.shown(ANNE, 2, stage.clock())

    await stage.store.transact(gave)
    await stage.reply(maya, "Your bin comes on Tuesday.")
    stage.clock.forward(minutes=4)
    return maya


async def delivery(stage: CentreStage, officer: SignedIn) -> list[str]:
    view = await stage.centre.view(ANNE, officer)
    assert view is not None
    return [said.delivery for said in view.said if said.turn.by is Speaker.OFFICER]


async def test_who_has_left_the_chat_is_mailed_what_an_officer_says_with_what_they_had_not_seen(
    stage: CentreStage,
) -> None:
    maya = await left_with_an_address(stage)
    view = await stage.centre.view(ANNE, maya)
    assert view is not None
    assert "left the chat" in view.left
    assert "with what you write next" in (await delivery(stage, maya))[0]
    before = len(await stage.store.read(letters))
    await stage.reply(maya, "And on Friday again.")
    (letter,) = (await stage.store.read(letters))[before:]
    assert letter.to == "anne@example.org"
    assert letter.body.index("on Tuesday") < letter.body.index("on Friday")
    assert saying(stage.policy, "mailed_from_chat") in " ".join(letter.body.split())
    assert f"+c{ANNE}@" in letter.reply_to
    assert all("It waits to be mailed" in one for one in await delivery(stage, maya))
    await stage.reply(maya, "One thing more.")
    (last,) = (await stage.store.read(letters))[before + 1 :]
    assert "on Tuesday" not in last.body


async def test_who_has_left_without_an_address_sees_it_if_they_come_back_and_the_officer_is_told_so(
    stage: CentreStage,
) -> None:
    maya = await left_with_an_address(stage, "")
    before = len(await stage.store.read(letters))
    await stage.reply(maya, "And on Friday again.")
    assert len(await stage.store.read(letters)) == before
    assert set(await delivery(stage, maya)) == {"They have left; they will see it if they come back"}
    view = await stage.centre.view(ANNE, maya)
    assert view is not None
    assert "Call them on 01632 960 444." in view.left


async def test_who_has_their_chat_open_is_mailed_nothing(stage: CentreStage) -> None:
    maya = await left_with_an_address(stage)
    before = len(await stage.store.read(letters))
    await stage.store.transact(lambda unit: unit.centre.is_here(ANNE, stage.clock()))
    await stage.reply(maya, "And on Friday again.")
    assert len(await stage.store.read(letters)) == before
    assert (await delivery(stage, maya))[-1] == "Not seen yet, as far as we know"


async def test_who_may_not_see_a_service_sees_nothing_of_its_conversations(stage: CentreStage) -> None:
    maya = await stage.officer("maya")
    libraries = await stage.officer("lee", Role.SERVICE_OFFICER, services=("libraries",))
    await stage.say(COMPLAINT)
    await stage.say(PERSON)
    assert len((await stage.centre.queue(maya)).waiting) == 1
    queue = await stage.centre.queue(libraries)
    assert (queue.waiting, queue.waiting_in_all, queue.calls) == ([], 0, [])
    assert await stage.centre.view(ANNE, libraries) is None
    for deed in (stage.centre.take(ANNE, libraries), stage.centre.write_half(ANNE, libraries, "x")):
        with pytest.raises(NotTheirs, match="no such conversation"):
            await deed


async def test_an_address_that_was_only_typed_opens_nobodys_history(stage: CentreStage) -> None:
    maya = await stage.officer("maya")
    for resident in ("bo", "anne"):
        await stage.say(COMPLAINT + " My email is anne@example.org", resident)
    view = await stage.centre.view(ANNE, maya)
    assert view is not None
    assert (view.history.known, list(view.history.conversations)) == (False, [])
    assert "proves nothing" in view.history.proof
