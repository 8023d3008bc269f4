"""Taking over where residents write by email and on Telegram: real SMTP in, the bot's own protocol, letters out."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import Message
from functools import partial

import pytest
from sqlmodel import col, select

from case_store.store import SqlStore
from case_store.tables.sending import OutboxRow
from case_store.unit_of_work import SqlUnitOfWork
from channels import email_parser
from intake.centre import ContactCentre
from intake.contact import Channel, Kept, Reply
from intake.conversation import Conversation, Holder, Speaker, Turn
from intake.dispatch import Dispatch
from intake.officers import Officer, SignedIn, SignIn
from intake.policy import Policy
from intake.reception import Reception
from intake.rights import Role
from intake.takeover import End
from nlu.embedded import EmbeddedInterpreter
from tests.bot_api import bot_api
from tests.centre_stage import COMPLAINT, PERSON, saying
from tests.chat_fixtures import MONDAY
from tests.living_house import MAILBOX, LivingHouse, mail, words_of
from tests.test_telegram import Town, at_work
from tests.web_fixtures import StandingClock

pytestmark = pytest.mark.filterwarnings("ignore::telegram.warnings.PTBUserWarning")
ANNE = "anne.shaw@example.org"
PATIENCE = 20.0


def officer(name: str = "maya") -> SignedIn:
    """An officer at work, whom nobody had to let in."""
    account = Officer(name, "", MONDAY, shown=name.title(), roles=(Role.AGENT,))
    return SignedIn(SignIn("hash", name, "token", MONDAY + timedelta(days=9), MONDAY, MONDAY), account)


# --- email ----------------------------------------------------------------------------------------------------------


async def conversation_with(house: LivingHouse) -> Conversation:
    """The one conversation that waits."""
    queue = await house.house.centre.queue(officer())
    (line,) = queue.waiting
    found = await house.house.store.read(lambda unit: unit.conversations.get(line.id))
    assert found is not None
    return found


async def taken_over(house: LivingHouse) -> tuple[Conversation, Message]:
    """Anne's conversation, taken over by Maya after Anne asked for a person; and what Anne was answered."""
    first = await house.answer(mail(PERSON + " please, about my bins.", subject="My bins"))
    known = await conversation_with(house)
    return await house.house.centre.take(known.id, officer()), first


async def test_an_officers_letter_stands_in_the_thread_and_is_not_marked_as_automatic(house: LivingHouse) -> None:
    known, first = await taken_over(house)
    await house.house.centre.say(known.id, officer(), known.hold.fence, "one", "Your bin comes tomorrow.")
    await house.settled()
    letter = house.sent_to(ANNE)[-1]
    assert letter["Subject"] == "Re: My bins"
    assert letter["In-Reply-To"] == first["In-Reply-To"]
    assert letter["Auto-Submitted"] is None
    assert f"+c{known.id}@" in letter["Reply-To"]
    assert words_of(letter).replace("\r\n", "\n").startswith("Your bin comes tomorrow.\n\nMaya\nBettershire Council")
    view = await house.house.centre.view(known.id, officer())
    assert view is not None
    assert view.said[-1].delivery == "Handed on. Nobody tells us whether it arrived"


async def test_what_they_answer_reaches_the_officer_and_the_assistant_says_nothing(house: LivingHouse) -> None:
    known, _ = await taken_over(house)
    centre = house.house.centre
    await centre.say(known.id, officer(), known.hold.fence, "one", "Which road is it?")
    await house.settled()
    letter = house.sent_to(ANNE)[-1]
    assert await house.answers(mail("Mill Lane. I want to complain about it!", answer_to=letter)) == []
    view = await centre.view(known.id, officer())
    assert view is not None
    assert view.said[-1].turn.text.startswith("Mill Lane")
    assert view.conversation.hold.officer == "maya"
    await centre.close(known.id, officer(), known.hold.fence, End.ANSWERED, "end", "It is emptied now. Goodbye.")
    await house.settled()
    assert "It is emptied now." in words_of(house.sent_to(ANNE)[-1])
    assert await house.answers(mail("Thank you. I also have a question about parking permits.", answer_to=letter))


async def test_danger_in_a_letter_is_answered_even_while_an_officer_has_it(house: LivingHouse) -> None:
    known, first = await taken_over(house)
    (answer,) = await house.answers(mail("There is a strong smell of gas in my kitchen", answer_to=first))
    assert "0800 111 999" in words_of(answer)
    state = await house.house.store.read(lambda unit: unit.conversations.get(known.id))
    assert state is not None
    assert (state.holder, state.hold.officer, state.urgent) == (Holder.OFFICER, "maya", True)


@dataclass
class LetterStage:
    """A council whose letters go out only when the test lets them."""

    store: SqlStore
    policy: Policy
    reception: Reception
    clock: StandingClock = field(default_factory=lambda: StandingClock(MONDAY))
    sent: list[Reply] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.centre = ContactCentre(self.store, self.policy, self.clock)
        self.dispatch = Dispatch(self.store, self, self.clock)

    async def send(self, reply: Reply) -> str:
        self.sent.append(reply)
        return "250 taken"

    async def write(self, text: str, number: int = 0) -> Conversation:
        """Anne writes; her conversation."""
        raw = mail(text).as_bytes()
        await self.reception.receive(
            Kept(f"{number:024x}", Channel.EMAIL, self.clock(), f"mail:{number}", "", ANNE, (MAILBOX,), raw)
        )
        assert await self.reception.attend_next()
        _, conversation = await self.store.read(lambda unit: unit.inbox.outcome(f"{number:024x}"))
        found = await self.store.read(lambda unit: unit.conversations.get(conversation))
        assert found is not None
        return found

    async def send_all(self) -> None:
        while await self.dispatch.send_next():
            pass

    async def states(self) -> dict[str, str]:
        """By kind, how its letters stand."""

        def read(unit: SqlUnitOfWork) -> dict[str, str]:
            return {row.kind: row.state for row in unit.session.exec(select(OutboxRow).order_by(col(OutboxRow.number)))}

        return await self.store.read(read)


@pytest.fixture
def letters(store: SqlStore, interpreter: EmbeddedInterpreter, policy: Policy) -> LetterStage:
    clock = StandingClock(MONDAY)
    own = frozenset(policy.council.mailboxes)
    readers = {Channel.EMAIL: partial(email_parser.read, own_addresses=own)}
    return LetterStage(store, policy, Reception(store, interpreter, readers, policy, clock), clock)


async def test_a_conversational_letter_that_was_not_sent_yet_is_held_back(letters: LetterStage) -> None:
    known = await letters.write(PERSON)
    await letters.centre.take(known.id, officer())
    await letters.centre.say(known.id, officer(), 1, "one", "Hello, Maya here.")
    await letters.send_all()
    assert [one.kind for one in letters.sent if one.to == ANNE] == ["officer"]
    states = await letters.states()
    assert states["handover"] == "held_back"
    assert {state for kind, state in states.items() if kind != "handover"} == {"sent"}


async def test_the_acknowledgement_of_a_case_goes_out_whoever_has_it(letters: LetterStage) -> None:
    known = await letters.write(COMPLAINT)
    await letters.centre.take(known.id, officer())
    await letters.send_all()
    assert "acknowledgement" in [one.kind for one in letters.sent if one.to == ANNE]
    assert "held_back" not in (await letters.states()).values()


async def test_a_letter_stays_with_its_officer_until_the_next_working_day_ends(letters: LetterStage) -> None:
    known = await letters.write(PERSON)
    taken = await letters.centre.take(known.id, officer())
    assert taken.hold.look_at is not None
    assert f"{taken.hold.look_at.astimezone(letters.policy.calendar.zone):%d %H:%M}" == "24 17:00"
    letters.clock.forward(hours=30)
    assert not await letters.centre.round_next()
    letters.clock.forward(hours=2)
    assert await letters.centre.round_next()
    state = await letters.store.read(lambda unit: unit.conversations.get(known.id))
    assert state is not None
    assert (state.holder, state.hold.officer) == (Holder.WAITING, "")
    assert not await letters.centre.round_next()


async def test_given_back_it_is_told_by_letter(letters: LetterStage) -> None:
    known = await letters.write(PERSON)
    await letters.centre.take(known.id, officer())
    await letters.centre.give_back(known.id, officer(), 1)
    await letters.send_all()
    told = [one for one in letters.sent if one.kind == "told"]
    assert saying(letters.policy, "officer_gives_back") in " ".join(told[-1].body.split())


# --- Telegram -------------------------------------------------------------------------------------------------------


@pytest.fixture
async def town(store: SqlStore, interpreter: EmbeddedInterpreter, policy: Policy) -> AsyncIterator[Town]:
    from channels.turns import READERS

    clock = StandingClock(MONDAY)
    async with bot_api() as api:
        yield Town(api, store, policy, Reception(store, interpreter, READERS, policy, clock), clock)


async def test_on_telegram_officer_and_resident_write_and_the_assistant_is_silent(town: Town) -> None:
    centre = ContactCentre(town.store, town.policy, town.clock)
    async with at_work(town.door()) as door:
        await town.says(PERSON)
        conversation = await door.taking.conversation(7001)
        await centre.take(conversation, officer())
        before = len(town.api.said())
        town.api.write("It is about my bins")
        await until(lambda: _turns(town, conversation), "It is about my bins")
        await centre.say(conversation, officer(), 1, "one", "Hello, this is Maya.")
        await town.api.until(lambda: "Hello, this is Maya." in town.api.said())
        assert town.api.said()[before:] == ["Hello, this is Maya."]
        view = await centre.view(conversation, officer())
        assert view is not None
        assert view.said[-1].delivery in ("Sent to Telegram", "Waits to be sent")
        await centre.give_back(conversation, officer(), 1)
        await town.api.until(lambda: saying(town.policy, "officer_gives_back") in " ".join(town.api.said()[-1].split()))


async def test_on_telegram_an_answer_that_was_not_sent_yet_is_held_back(town: Town) -> None:
    centre, door = ContactCentre(town.store, town.policy, town.clock), town.door()
    town.api.faults["sendMessage"] = deque([500])
    await door.taking.take(town.api.write(COMPLAINT))
    await door.taking.settled()
    conversation = await door.taking.conversation(7001)
    assert await door.sender.send_next()
    await centre.take(conversation, officer())
    await centre.say(conversation, officer(), 1, "one", "Hello, this is Maya.")
    town.clock.forward(seconds=5)
    await door.sender.send_next()
    assert town.api.said() == ["Hello, this is Maya."]
    view = await centre.view(conversation, officer())
    assert view is not None
    held = [one for one in view.said if one.turn.by is Speaker.ASSISTANT]
    assert [one.delivery for one in held] == ["Not sent: an officer had taken over"]
    await door.bot.shutdown()


async def test_on_telegram_what_acknowledges_a_case_goes_out_whoever_has_it(town: Town) -> None:
    centre, door = ContactCentre(town.store, town.policy, town.clock), town.door()
    said = (COMPLAINT + " I want an apology. My name is Anne Shaw. My email is anne@example.org", "yes")
    for text in said:
        await door.taking.take(town.api.write(text))
        await door.taking.settled()
    conversation = await door.taking.conversation(7001)
    await centre.take(conversation, officer())
    await door.sender.send_next()
    (sent,) = town.api.said()
    assert "Your reference is" in sent
    await door.bot.shutdown()


async def _turns(town: Town, conversation: str) -> list[Turn]:
    return list(await town.store.read(lambda unit: unit.conversations.turns(conversation)))


async def until(turns: object, text: str) -> None:
    """Wait until this was said last."""
    for _ in range(int(PATIENCE / 0.02)):
        found = await turns()  # type: ignore[operator]
        if found[-1].text == text:
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"{text!r} was not said")
