"""The Telegram door against a Bot API of our own: nothing is lost, answers come in order, faults are borne."""

import asyncio
import logging
import os
import subprocess
import sys
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from case_store.engine import make_engine, migrate
from case_store.store import SqlStore
from channels.api.limits import Rate
from channels.live import LiveDoor
from channels.telegram import fetching
from channels.telegram.api import Patience, make_bot
from channels.telegram.messages import pieces
from channels.telegram.updates import Held
from channels.telegram_bot import TelegramDoor
from channels.turns import READERS, file_of
from channels.web import make_app
from config.doctor import Doctor
from config.settings import Settings
from intake.aside_view import MessageAside
from intake.contact import Channel, Contact, Kept
from intake.conversation import Holder, Speaker, Turn
from intake.errors import CannotKeep
from intake.policy import Policy
from intake.reception import Reception
from intake.rights import EVERY_SERVICE
from nlu.embedded import EmbeddedInterpreter
from tests.bot_api import ANNE, BO, GROUP, TOKEN, BotApi, bot_api
from tests.telegram_stage import TelegramStage, can_play
from tests.transcripts import Transcript, transcripts
from tests.web_fixtures import StandingClock, browser

pytestmark = pytest.mark.filterwarnings("ignore::telegram.warnings.PTBUserWarning")
LONGEST = 20.0
PATIENCE = Patience(poll=1, answer=1.0, back_off=(0.05, 0.1))
COMPLAINT = "I want to complain. My bin at 14 Elm Road has been missed three weeks running and I rang twice."


@dataclass
class Town:
    """A council with a bot, without its other doors."""

    api: BotApi
    store: SqlStore
    policy: Policy
    reception: Reception
    clock: StandingClock

    def door(self, **more: object) -> TelegramDoor:
        live = LiveDoor(self.reception, self.store, self.clock, Channel.TELEGRAM)
        bot = make_bot(TOKEN, self.api.url, PATIENCE)
        return TelegramDoor(bot, live, self.policy, patience=PATIENCE, **more)  # type: ignore[arg-type]

    async def turns(self, door: TelegramDoor, chat: int = ANNE) -> Sequence[Turn]:
        conversation = await door.taking.conversation(chat)
        return await self.store.read(lambda unit: unit.conversations.turns(conversation))

    async def said_by_resident(self, door: TelegramDoor, chat: int = ANNE) -> list[str]:
        return [turn.text for turn in await self.turns(door, chat) if turn.by is Speaker.RESIDENT]

    async def contact(self, door: TelegramDoor) -> Contact:
        """The last contact of Anne's."""
        turn = [turn for turn in await self.turns(door) if turn.by is Speaker.RESIDENT][-1]
        view = await self.store.read(lambda unit: unit.desk.contact(turn.contact))
        assert view is not None
        assert view.contact is not None
        return view.contact

    async def says(self, text: str, chat: int = ANNE) -> str:
        """Write, and wait for the answer."""
        before = len(self.api.said(chat))
        self.api.write(text, chat)
        await self.api.until(lambda: len(self.api.said(chat)) > before)
        return self.api.said(chat)[-1]

    async def sends(self, what: Mapping[str, object]) -> None:
        """Send a message of Anne's that is more than words, and wait for the answer."""
        before = len(self.api.said())
        self.api.update(message=self.api.message(**what))
        await self.api.until(lambda: len(self.api.said()) > before)


@pytest.fixture
async def town(store: SqlStore, interpreter: EmbeddedInterpreter, policy: Policy) -> AsyncIterator[Town]:
    clock = StandingClock()
    reception = Reception(store, interpreter, READERS, policy, clock)
    async with bot_api() as api:
        yield Town(api, store, policy, reception, clock)


@asynccontextmanager
async def at_work(door: TelegramDoor) -> AsyncIterator[TelegramDoor]:
    """A door at work until the block ends."""
    stop = asyncio.Event()
    working = asyncio.create_task(door.run(stop))
    try:
        yield door
    finally:
        stop.set()
        await working


async def test_a_whole_complaint_is_made_with_buttons_and_words(town: Town) -> None:
    async with at_work(town.door()) as door:
        assert "automatic assistant" in await town.says("/start")
        await town.says(COMPLAINT)
        await town.says("Collect it, and say sorry.")
        await town.says("Anne Shaw")
        town.api.press(town.api.last(), "By email")
        await town.api.until(lambda: "email address" in town.api.said()[-1])
        await town.says("anne.shaw@example.org")
        await town.api.until(lambda: "reply_markup" in town.api.last())
        assert "Is this right?" in town.api.said()[-1]
        town.api.press(town.api.last(), "Yes, send it")
        await town.api.until(lambda: any("Your reference is BC-" in said for said in town.api.said()))
        await town.api.until(lambda: len(town.api.called("answerCallbackQuery")) == 2)
        await town.api.until(lambda: len(town.api.called("editMessageReplyMarkup")) == 2)
    assert "By email" in await town.said_by_resident(door)
    cases = await town.store.read(lambda unit: unit.cases.of_address("anne.shaw@example.org"))
    assert len(cases) == 1
    shown = [call["link_preview_options"] for call in town.api.called("sendMessage")]
    assert all(options == {"is_disabled": True} for options in shown)
    assert not any("parse_mode" in call for call in town.api.called("sendMessage"))


async def test_a_choice_may_be_typed_instead_of_pressed(town: Town) -> None:
    async with at_work(town.door()):
        await town.says(COMPLAINT + " I want an apology. My name is Anne Shaw.")
        await town.api.until(lambda: "reply_markup" in town.api.last())
        assert "number" in await town.says("2")


async def test_two_chats_are_two_conversations_that_nobody_can_work_out(town: Town) -> None:
    async with at_work(town.door()) as door:
        await town.says("Hello", ANNE)
        await town.says("Hello", BO)
    assert await town.said_by_resident(door, BO) == ["Hello"]
    again = town.door()
    assert await again.taking.conversation(ANNE) == await door.taking.conversation(ANNE)
    assert await again.taking.conversation(ANNE) != await again.taking.conversation(BO)
    assert str(ANNE) not in await again.taking.conversation(ANNE)


async def test_an_update_that_comes_again_after_a_crash_is_kept_once(town: Town) -> None:
    update = town.api.write(COMPLAINT)
    crashed = town.door()
    await crashed.taking.take(update)
    assert town.api.offsets == []
    async with at_work(town.door()) as door:
        await town.api.until_confirmed()
        await town.api.until(lambda: bool(town.api.said()))
        await crashed.taking.settled()
    assert await town.said_by_resident(door) == [COMPLAINT]


async def test_the_offset_moves_only_after_the_contact_is_kept(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    update = town.api.write("Hello")
    keep, refusals = town.reception.receive, deque(range(3))

    async def receive(kept: object) -> str:
        if refusals:
            refusals.popleft()
            raise CannotKeep("the disk is full")
        assert max(town.api.offsets) <= update["update_id"]
        return await keep(kept)  # type: ignore[arg-type]

    monkeypatch.setattr(town.reception, "receive", receive)
    async with at_work(town.door()) as door:
        await town.api.until_confirmed()
        await town.api.until(lambda: bool(town.api.said()))
    assert await town.said_by_resident(door) == ["Hello"]


async def test_what_was_not_sent_before_a_crash_is_sent_after_it_once_and_in_order(town: Town) -> None:
    first = town.door()
    for text in ("Hello", COMPLAINT):
        await first.taking.take(town.api.write(text))
        await first.taking.settled()
    town.api.updates.clear()
    assert town.api.said() == []
    async with at_work(town.door()) as door:
        answers = [turn.text for turn in await town.turns(door) if turn.by is Speaker.ASSISTANT]
        await town.api.until(lambda: len(town.api.said()) >= len(answers))
    async with at_work(town.door()):
        await asyncio.sleep(0.3)
    assert town.api.said() == answers


async def test_what_an_officer_writes_reaches_the_resident(town: Town) -> None:
    async with at_work(town.door()) as door:
        await town.says("Hello")
        conversation = await door.taking.conversation(ANNE)
        turn = Turn(town.clock(), Speaker.OFFICER, "This is Maya of the council.", "")
        await town.store.transact(lambda unit: unit.conversations.add_turn(conversation, turn))
        await town.api.until(lambda: town.api.said()[-1] == "This is Maya of the council.")


async def test_a_long_text_goes_out_in_pieces_and_goes_on_where_it_stopped(town: Town) -> None:
    door = town.door()
    await door.taking.take(town.api.write("Hello"))
    await door.taking.settled()
    town.api.updates.clear()
    paragraphs = [f"Paragraph {number}. " + "word " * 500 for number in range(4)]
    conversation = await door.taking.conversation(ANNE)
    turn = Turn(town.clock(), Speaker.OFFICER, "\n\n".join(paragraphs), "")
    await town.store.transact(lambda unit: unit.conversations.add_turn(conversation, turn))
    town.api.faults["sendMessage"] = deque([0, 0, 500])  # 0: no fault; the third message fails
    async with at_work(door):
        await town.api.until(lambda: len(town.api.called("sendMessage")) >= 3)
        await town.api.until(lambda: "Paragraph 3" in " ".join(town.api.said()), lambda: town.clock.forward(seconds=1))
    assert [said[:11] for said in town.api.said()[1:]] == [f"Paragraph {number}" for number in range(4)]


def test_no_piece_is_longer_than_telegram_takes_and_nothing_is_left_out() -> None:
    for text in ("a" * 10_000, "😀" * 5_000, "word " * 3_000, ("line\n" * 50 + "\n") * 40, "Short."):
        parted = pieces(text)
        assert all(0 < len(piece.encode("utf-16-le")) <= 2 * 4096 for piece in parted)
        assert "".join("".join(parted).split()) == "".join(text.split())


async def test_a_429_is_waited_out_and_the_answer_comes_after_it(town: Town) -> None:
    town.api.faults["sendMessage"] = deque([429])
    async with at_work(town.door()):
        town.api.write("Hello")
        await town.api.until(lambda: len(town.api.called("sendMessage")) == 1)
        await asyncio.sleep(0.2)
        assert town.api.said() == []
        await town.api.until(lambda: bool(town.api.said()), lambda: town.clock.forward(seconds=1))


async def test_an_outage_of_every_kind_is_survived_and_nothing_is_lost(town: Town) -> None:
    town.api.faults = {
        "getMe": deque([502]),
        "deleteWebhook": deque([500]),
        "getUpdates": deque([500, "hang", 429, 502]),
        "sendMessage": deque(["hang", 503]),
    }
    async with at_work(town.door()) as door:
        town.api.write("Hello")
        await town.api.until_confirmed()
        await town.api.until(lambda: bool(town.api.said()), lambda: town.clock.forward(seconds=1))
    assert await town.said_by_resident(door) == ["Hello"]


async def test_a_second_program_that_fetches_is_told_in_words_and_borne(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    town.api.faults["getUpdates"] = deque([409, 409])
    with caplog.at_level(logging.DEBUG):
        async with at_work(town.door()):
            await town.says("Hello")
    assert "another program fetches this bot's messages (409)" in caplog.text
    assert TOKEN not in caplog.text


async def test_a_webhook_that_somebody_set_is_taken_away_when_messages_are_fetched(town: Town) -> None:
    town.api.webhook = "https://elsewhere.example.org/hook"
    async with at_work(town.door()):
        await town.says("Hello")
    assert town.api.called("deleteWebhook")[0].get("drop_pending_updates") in (None, "false", False)


async def test_a_group_is_refused_and_left_and_nothing_of_it_is_kept(town: Town) -> None:
    town.api.write("Hello everybody", GROUP)
    async with at_work(town.door()) as door:
        await town.api.until(lambda: len(town.api.called("leaveChat")) == 1)
        await town.api.until_confirmed()
    assert "chat of your own" in town.api.said(GROUP)[0]
    assert await town.turns(door, GROUP) == []


async def test_an_edited_message_corrects_what_was_said(town: Town) -> None:
    async with at_work(town.door()) as door:
        await town.says(COMPLAINT + " I want an apology.")
        update = town.api.write("Ann Shaw")
        await town.api.until(lambda: "reply_markup" in town.api.last())
        before = len(town.api.said())
        town.api.edit(update, "Anne Shaw")
        await town.api.until(lambda: len(town.api.said()) > before)
    assert (await town.said_by_resident(door))[-1] == "I have changed my message. I meant: Anne Shaw"
    assert "Anne Shaw" in town.api.said()[before]


PICTURE = b"\xff\xd8\xff\xe0 a picture"
VOICE = b"OggS a voice"
FILE = {"file_id": "f", "file_unique_id": "u", "duration": 3, "length": 9, "width": 9, "height": 9}


@pytest.mark.parametrize("kind", ["sticker", "contact"])
async def test_what_holds_no_file_is_said_so_and_noted_for_an_officer(town: Town, kind: str) -> None:
    file = FILE
    sticker = {"type": "regular", "is_animated": False, "is_video": False, "emoji": "👍"}
    what = {
        "sticker": {**file, **sticker},
        "contact": {"phone_number": "+44 1632 960111", "first_name": "Bo", "user_id": BO},
    }
    async with at_work(town.door()) as door:
        town.api.update(message=town.api.message(**{kind: what.get(kind, file)}))
        await town.api.until(lambda: len(town.api.said()) == 1)
        assert "by email to complaints@bettershire.gov.uk" in town.api.said()[0]
        assert "not fetched from Telegram" in (await town.contact(door)).missing


@pytest.mark.parametrize(
    ("kind", "what", "name", "data"),
    [
        ("photo", [{**FILE, "file_id": "small"}, FILE], "photo.jpg", PICTURE),
        ("document", {**FILE, "file_name": "../../letter.pdf"}, "letter.pdf", b"%PDF-1.7 a letter"),
        ("document", FILE, "file.txt", b"Only words"),
        ("animation", {**FILE, "file_name": "cat.mp4"}, "cat.mp4", b"\0\0\0\x18ftypmp42"),
    ],
)
async def test_a_file_is_kept_with_its_turn_and_taken_out_again(
    town: Town, kind: str, what: object, name: str, data: bytes
) -> None:
    town.api.files["f"] = data
    async with at_work(town.door()) as door:
        town.api.update(message=town.api.message(**{kind: what}))
        await town.api.until(lambda: len(town.api.said()) == 1)
        assert "we have your file" in town.api.said()[0]
        contact = await town.contact(door)
        original = await town.store.read(lambda unit: unit.desk.original(contact.id))
    assert [(file.name, file.size) for file in contact.attachments] == [(name, len(data))]
    assert contact.missing == ""
    found = file_of(original.raw, 0) if original else None
    assert found is not None
    assert found[1] == data


@pytest.mark.parametrize("kind", ["voice", "video_note"])
async def test_a_spoken_message_is_kept_and_a_person_is_called_to_hear_it(town: Town, kind: str) -> None:
    town.api.files["f"] = VOICE if kind == "voice" else b"\0\0\0\x18ftypmp42"
    async with at_work(town.door()) as door:
        town.api.update(message=town.api.message(**{kind: FILE}))
        await town.api.until(lambda: len(town.api.said()) == 1)
        assert "A person will open it" in town.api.said()[0]
        contact = await town.contact(door)
        conversation = await door.taking.conversation(ANNE)
        state = await town.store.read(lambda unit: unit.conversations.get(conversation))
    assert contact.attachments
    assert "a person must hear it" in contact.trouble
    assert state is not None
    assert state.holder is Holder.WAITING


@pytest.mark.parametrize(
    ("data", "fault", "why"),
    [
        (None, 0, "did not hand it over"),
        (PICTURE, 404, "did not hand it over"),
        (PICTURE, "hang", "in time"),
        (PICTURE, "endless", "too large"),
        (b"MZ a program", 0, "kind that we do not take"),
        (b"PK\x03\x04 an archive", 0, "an archive"),
        (b"", 0, "empty"),
    ],
)
async def test_a_file_that_cannot_be_had_is_told_and_noted_and_stops_nobody(
    town: Town, monkeypatch: pytest.MonkeyPatch, data: bytes | None, fault: int | str, why: str
) -> None:
    monkeypatch.setattr(fetching, "SECONDS", 5.0 if fault == "endless" else 1.0)
    town.api.files |= {"f": data} if data is not None else {}
    town.api.file_faults.extend([fault] if fault else [])
    async with at_work(town.door()) as door:
        town.api.update(message=town.api.message(photo=[FILE], caption="Look"))
        town.api.write("Hello", BO)
        await town.api.until(lambda: bool(town.api.said(BO)))
        await town.api.until(lambda: len(town.api.said()) == 2)
        contact = await town.contact(door)
    assert "by email to" in town.api.said()[0]
    assert why in contact.missing
    assert contact.text == "Look"
    assert contact.attachments == ()


async def test_a_file_that_telegram_does_not_hand_over_is_not_asked_for(town: Town) -> None:
    async with at_work(town.door()) as door:
        town.api.update(message=town.api.message(video={**FILE, "file_size": 30_000_000}))
        await town.api.until(lambda: len(town.api.said()) == 1)
        assert "no file of that size" in (await town.contact(door)).missing
    assert town.api.called("getFile") == []


async def test_while_telegram_is_slow_other_files_are_hardly_waited_for(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "HURRIED", 0.05)
    bot = make_bot(TOKEN, town.api.url, PATIENCE)
    fetches = fetching.Fetching(bot, 0.5)
    town.api.files["f"] = PICTURE
    town.api.file_faults.extend(["hang", "hang"])
    held = Held("f", "a.jpg", 0, "A picture")
    async with asyncio.timeout(5):
        for _ in range(2):
            with pytest.raises(fetching.CannotFetch, match="in time"):
                await fetches.fetch(held)
    await bot.shutdown()


async def test_a_file_whose_turn_was_not_kept_is_fetched_again(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    town.api.files["f"] = PICTURE
    receive, failures = town.reception.receive, 1

    async def fail_once(kept: Kept) -> str:
        nonlocal failures
        if failures:
            failures -= 1
            raise CannotKeep("a test")
        return await receive(kept)

    monkeypatch.setattr(town.reception, "receive", fail_once)
    async with at_work(town.door()) as door:
        town.api.update(message=town.api.message(photo=[FILE]))
        await town.api.until(lambda: len(town.api.said()) == 1)
        assert len((await town.contact(door)).attachments) == 1
    assert len(town.api.called("getFile")) == 2


async def test_the_words_under_a_picture_are_heard_with_it(town: Town) -> None:
    town.api.files["f"] = PICTURE
    async with at_work(town.door()) as door:
        town.api.update(message=town.api.message(photo=[FILE], caption=COMPLAINT))
        await town.api.until(lambda: len(town.api.said()) == 1)
        assert "put it right" in town.api.said()[0]
        assert await town.said_by_resident(door) == [COMPLAINT]
        assert len((await town.contact(door)).attachments) == 1


async def test_who_writes_without_end_is_told_once_and_what_was_kept_stays(town: Town) -> None:
    async with at_work(town.door(pace=Rate(5))) as door:
        for number in range(40):
            town.api.write(f"Message {number}")
        town.api.write("Hello", BO)
        await town.api.until_confirmed()
        await town.api.until(lambda: bool(town.api.said(BO)))
        await door.taking.settled()
        told = [said for said in town.api.said() if "a lot in a short time" in said]
    assert len(told) == 1
    assert await town.said_by_resident(door) == [f"Message {number}" for number in range(5)]
    assert await town.said_by_resident(door, BO) == ["Hello"]


async def test_start_amid_a_complaint_goes_on_with_it_and_offers_to_start_again(town: Town) -> None:
    async with at_work(town.door()) as door:
        await town.says(COMPLAINT)
        question = town.api.said()[-1].rpartition("\n")[2]
        assert question in await town.says("/start")
        conversation = await door.taking.conversation(ANNE)
        state = await town.store.read(lambda unit: unit.conversations.get(conversation))
        assert state is not None
        assert state.details
        town.api.press(town.api.last(), "Start again")
        await town.api.until(lambda: "started again" in town.api.said()[-1])


async def test_a_place_and_the_own_number_are_taken_as_words(town: Town) -> None:
    async with at_work(town.door()) as door:
        await town.says("Hello")
        for what in (
            {"location": {"latitude": 51.5, "longitude": -0.12}},
            {"contact": {"phone_number": "+44 1632 960111", "first_name": "Anne", "user_id": ANNE}},
        ):
            await town.sends(what)
    said = await town.said_by_resident(door)
    assert "51.500000, -0.120000 on the map" in said[1]
    assert said[2] == "My phone number is +44 1632 960111"


async def test_the_commands_do_what_they_say(town: Town) -> None:
    async with at_work(town.door()) as door:
        assert "automatic assistant" in await town.says("/start council_website")
        assert "with your reference and your code" in await town.says("/status@bettershire_bot")
        await town.says(COMPLAINT)
        assert "with your reference and your code" in await town.says("/status")
        assert "Shall we send what you have told us" in await town.says("/stop")
        await town.says("/human")
        await town.api.until(lambda: any("Contact Centre" in said for said in town.api.said()))
    assert (await town.said_by_resident(door))[:2] == ["/start", "/status"]


async def test_being_blocked_ends_the_sending_and_is_noted_until_they_write_again(town: Town) -> None:
    town.api.blocked.add(ANNE)
    async with at_work(town.door()) as door:
        town.api.write("Hello")
        await town.api.until(lambda: len(town.api.called("sendMessage")) == 1)
        async with asyncio.timeout(LONGEST):
            while not any(turn.by is Speaker.MACHINE for turn in await town.turns(door)):
                await asyncio.sleep(0.02)
        await asyncio.sleep(0.3)
        assert len(town.api.called("sendMessage")) == 1
        town.api.blocked.clear()
        town.api.write("Are you there?")
        await town.api.until(lambda: len(town.api.said()) == 2)
    assert "does not reach them" in next(t.text for t in await town.turns(door) if t.by is Speaker.MACHINE)


async def unsent(town: Town) -> Sequence[MessageAside]:
    return await town.store.read(lambda unit: unit.aside.messages(EVERY_SERVICE, 0, 10))


async def test_a_chat_that_is_closed_to_us_is_set_aside_until_they_write_again(town: Town) -> None:
    town.api.blocked.add(ANNE)
    async with at_work(town.door()):
        town.api.write("Hello")
        async with asyncio.timeout(LONGEST):
            while not await unsent(town):
                await asyncio.sleep(0.02)
        (closed,) = await unsent(town)
        assert (closed.words, closed.line) == ("", "Forbidden: Forbidden: bot was blocked by the user")
        assert "blocked our bot" in closed.trouble.what
        town.api.blocked.clear()
        town.api.write("Are you there?")
        await town.api.until(lambda: len(town.api.said()) == 2)
    assert await unsent(town) == []
    over = await town.store.read(lambda unit: unit.aside.message(closed.id))
    assert over is not None
    assert over.state == "over"


async def test_a_message_that_telegram_refuses_is_set_aside_with_its_words(town: Town) -> None:
    town.api.faults["sendMessage"] = deque([400])
    async with at_work(town.door()) as door:
        town.api.write("Hello")
        async with asyncio.timeout(LONGEST):
            while not await unsent(town):
                await asyncio.sleep(0.02)
        said = [turn.text for turn in await town.turns(door) if turn.by is Speaker.ASSISTANT]
    (refused,) = await unsent(town)
    assert refused.words == said[0]
    assert "Some fault" in refused.line
    assert refused.trouble.what.startswith("Telegram refused this message")


async def test_a_button_of_a_question_that_is_closed_does_nothing_and_says_so(town: Town) -> None:
    async with at_work(town.door()) as door:
        await town.says(COMPLAINT + " I want an apology. My name is Anne Shaw.")
        await town.api.until(lambda: "reply_markup" in town.api.last())
        question = dict(town.api.last())
        await town.says("anne.shaw@example.org")
        town.api.press(question, "By phone")
        town.api.press_data(question, "99999:0")
        town.api.press_data(question, "nonsense")
        await town.api.until(lambda: len(town.api.called("answerCallbackQuery")) == 3)
        assert all("closed" in call["text"] for call in town.api.called("answerCallbackQuery"))
    assert "By phone" not in await town.said_by_resident(door)


async def test_two_presses_under_one_question_are_one(town: Town) -> None:
    door = town.door()
    await door.taking.take(town.api.write(COMPLAINT + " I want an apology. My name is Anne Shaw."))
    async with at_work(door):
        await town.api.until(lambda: "reply_markup" in town.api.last() if town.api.messages else False)
        question = dict(town.api.last())
        town.api.press(question, "By email")
        town.api.press(question, "By phone")
        await town.api.until_confirmed()
        await town.api.until(lambda: "email address" in town.api.said()[-1])
    assert [said for said in await town.said_by_resident(door) if said.startswith("By")] == ["By email"]


async def test_an_update_that_nobody_can_read_stops_nothing(town: Town) -> None:
    town.api.update(message={**town.api.message(), "date": "not a date", "entities": 7})
    async with at_work(town.door()) as door:
        assert await town.says("Hello")
    assert (await town.said_by_resident(door))[-1] == "Hello"


async def test_somebody_is_called_when_messages_were_not_fetched_for_12_hours(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    door = town.door()
    async with at_work(door):
        await town.says("Hello")
        town.api.faults["getUpdates"] = deque([500] * 10_000)
        await town.api.until(lambda: len(town.api.called("getUpdates")) > 3)
        assert not [record for record in caplog.records if record.levelno == logging.ERROR]
        town.clock.forward(hours=12, minutes=2)
        await town.api.until(lambda: any(record.levelno == logging.ERROR for record in caplog.records))
    errors = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert len(errors) == 1
    assert "it keeps them 24 hours" in errors[0]
    (state,) = await town.store.read(lambda unit: unit.messenger.bots())
    assert state.failing_since is not None
    assert town.clock() - (state.fetched_at or town.clock()) > timedelta(hours=12)


async def test_a_webhook_is_heard_with_its_secret_only_and_asks_again_for_what_was_not_kept(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    door = town.door(webhook="https://council.test/telegram")
    app = make_app(town.reception, town.store, town.policy, town.clock, more=[door.route])
    async with at_work(door), browser(app) as telegram:
        await town.api.until(lambda: bool(town.api.webhook_secret))
        update = town.api.write(COMPLAINT)
        secret = {"X-Telegram-Bot-Api-Secret-Token": town.api.webhook_secret}
        assert (await telegram.post("/telegram", json=update)).status_code == 404
        assert (await telegram.post("/telegram", json=update, headers={**secret, "x": "y"})).status_code == 200
        assert (await telegram.post("/telegram", content=b"{", headers=secret)).status_code == 400
        await town.api.until(lambda: bool(town.api.said()))

        async def refuse(kept: object) -> str:
            raise CannotKeep("the disk is full")

        monkeypatch.setattr(town.reception, "receive", refuse)
        assert (await telegram.post("/telegram", json=town.api.write("More"), headers=secret)).status_code == 503
    assert await town.said_by_resident(door) == [COMPLAINT]
    assert town.api.webhook == "https://council.test/telegram"


async def test_a_webhook_that_telegram_does_not_reach_is_told_of(town: Town) -> None:
    door = town.door(webhook="https://council.test/telegram", look_again=0.05)
    town.api.last_error = "Connection refused"
    town.api.write("Hello")
    async with at_work(door):
        async with asyncio.timeout(LONGEST):
            while not any(state.error for state in await town.store.read(lambda unit: unit.messenger.bots())):
                await asyncio.sleep(0.02)
    (state,) = await town.store.read(lambda unit: unit.messenger.bots())
    assert "Connection refused" in state.error


async def test_a_process_that_is_killed_while_it_answers_answers_when_it_is_started_again(tmp_path: Path) -> None:
    async with bot_api() as api:
        api.faults["sendMessage"] = deque(["hang"])
        killed = await _serve(tmp_path, api)
        api.write("Hello")
        await api.until(lambda: len(api.called("sendMessage")) == 1)
        killed.kill()
        await killed.wait()
        assert api.said() == []
        again = await _serve(tmp_path, api, RIGHTDOOR_NOW="+2m")
        await api.until(lambda: len(api.said()) == 1)
        again.terminate()
        _, log = await again.communicate()
    assert TOKEN not in log.decode()
    assert "automatic assistant" in api.said()[0]


async def test_the_bot_alone_without_a_token_ends_with_a_clear_error(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "config.main", "serve", "--only", "telegram"),
        env={**os.environ, "RIGHTDOOR_DATA": str(tmp_path), "RIGHTDOOR_TELEGRAM_TOKEN": ""},
        stderr=subprocess.PIPE,
    )
    async with asyncio.timeout(2 * LONGEST):
        _, said = await process.communicate()
    assert process.returncode == 2
    assert "RIGHTDOOR_TELEGRAM_TOKEN is not set" in said.decode()


async def _serve(folder: Path, api: BotApi, **more: str) -> asyncio.subprocess.Process:
    """`rightdoor serve`, ready, with the bot alone."""
    own = {"RIGHTDOOR_DATA": str(folder), "RIGHTDOOR_TELEGRAM_TOKEN": TOKEN, "RIGHTDOOR_TELEGRAM_API": api.url, **more}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "config.main", "serve", "--only", "telegram"),
        env={**os.environ, **own},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    async with asyncio.timeout(2 * LONGEST):
        while b"bot 4242424242" not in (line := await process.stdout.readline()):
            assert line, (await process.communicate())[1].decode()
    return process


async def test_the_doctor_says_since_when_nothing_was_fetched(town: Town, database_url: str, tmp_path: Path) -> None:
    async def line() -> str:
        settings = Settings(
            data=tmp_path, database_url=database_url, telegram_token=TOKEN, now=town.clock().isoformat()
        )
        found = [str(finding) async for finding in Doctor(settings, None).examine()]
        return next(finding for finding in found if "Telegram" in finding)

    assert "never fetched" in await line()
    async with at_work(town.door()):
        await town.says("Hello")
    assert "fetched 0 seconds ago" in await line()
    town.clock.forward(hours=13)
    assert "fetched 13 hours ago, and Telegram keeps them for 24 hours" in await line()


async def test_danger_is_answered_first_with_help_on_telegram_too(town: Town) -> None:
    async with at_work(town.door()):
        await town.says(COMPLAINT)
        before = len(town.api.said())
        await town.says("my husband is hitting me right now and the children are here")
        assert "999" in town.api.said()[before]


@pytest.mark.parametrize(
    "wrong",
    [
        {"telegram_token": "not a token"},
        {"telegram_api": "http://elsewhere.example.org"},
        {"telegram_webhook": "http://council.test/telegram"},
        {"telegram_webhook": "https://council.test/hook"},
    ],
)
def test_a_wrong_setting_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Settings(_env_file=None, **wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "transcript", [one for one in transcripts() if can_play(one)], ids=lambda transcript: transcript.name
)
async def test_a_transcript_comes_true_over_telegram(
    transcript: Transcript, tmp_path: Path, policy: Policy, interpreter: EmbeddedInterpreter
) -> None:
    engine = make_engine(f"sqlite:///{tmp_path}/test.db")
    migrate(engine)
    store = SqlStore(engine)
    async with bot_api() as api:
        await TelegramStage(store, interpreter, policy, api=api).play(transcript)
    store.close()
    engine.dispose()


async def test_no_log_ever_holds_the_token(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        async with at_work(town.door()):
            town.api.faults["getUpdates"] = deque([401, 404, 500, "proxy", "proxy"])
            await town.says("Hello")
    assert TOKEN not in caplog.text
    assert TOKEN.partition(":")[2] not in caplog.text
    assert "Cannot reach" in caplog.text
