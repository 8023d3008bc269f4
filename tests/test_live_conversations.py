"""Live conversations at their edges: both databases, silence, tokens, earlier contacts, bad input."""

import json
import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from case_store.store import SqlStore
from channels import email_parser
from channels.turns import keep_turn, read_turn
from config.packs import check_pack
from intake.contact import Channel, Kept
from intake.conversation import Holder, Speaker
from intake.policy import Policy
from intake.talk import MOVES
from intake.talk_corrections import patch
from intake.threads import conversation_of, draw_token, is_conversation
from intake.typed import Typed
from nlu.embedded import EmbeddedInterpreter
from tests.conftest import PACK
from tests.living_house import MAILBOX, LivingHouse, mail, words_of
from tests.transcripts import MONDAY, Stage

COMPLAINT = "I want to complain. My bin at 14 Elm Road has been missed three weeks running and I rang twice."


@pytest.fixture
def stage(store: SqlStore, interpreter: EmbeddedInterpreter, policy: Policy) -> Stage:
    return Stage(store, interpreter, policy)


async def test_a_complaint_that_falls_silent_is_opened_once_on_each_database(stage: Stage) -> None:
    await stage.say(COMPLAINT)
    assert not await stage.reception.wind_up_next()
    await stage._silence(31)
    assert len(await stage.cases()) == 1
    await stage._silence(600)
    assert len(await stage.cases()) == 1
    (case,) = await stage.cases()
    assert case.received_at < stage.now
    assert case.where == "14 Elm Road"


async def test_a_conversation_that_cannot_be_wound_up_does_not_stop_the_others(stage: Stage) -> None:
    await stage.say(COMPLAINT)
    broken = await stage.state()
    decision = replace(broken.decision, procedure="no_such_procedure") if broken.decision else None
    await stage.store.transact(lambda unit: unit.conversations.keep(replace(broken, decision=decision)))
    stage.conversation = conversation_of("another token")
    await stage.say(COMPLAINT)
    await stage._silence(31)
    assert len(await stage.cases()) == 1


async def test_choices_are_kept_with_their_turn(stage: Stage) -> None:
    await stage.say(COMPLAINT + " I want an apology. My name is Anne Shaw.")
    last = (await stage.turns())[-1]
    assert [choice.value for choice in last.choices] == ["email", "phone", "address", "none"]


async def test_the_same_turn_sent_twice_is_said_once(stage: Stage) -> None:
    for _ in range(2):
        kept = keep_turn(Channel.WEBCHAT, stage.conversation, "turn-1", COMPLAINT, stage.now)
        await stage.reception.receive(kept)
        await stage.reception.attend_next()
    said = [turn for turn in await stage.turns() if turn.by is Speaker.RESIDENT]
    assert len(said) == 1


async def test_a_conversation_survives_many_turns_with_one_assistant_turn_or_more_for_each(stage: Stage) -> None:
    for number in range(20):
        await stage.say(f"bla {number}")
        assert await stage.answer() or (await stage.state()).holder is Holder.WAITING


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "\x00\x01\x02",
        "\u202e\u200b",
        "a" * 100_000,
        "no " * 30_000,
        "((code))",
        "😀",
        "?",
        " ",
    ],
    ids=["script", "control", "marks", "long", "many", "field", "face", "mark", "blank"],
)
async def test_whatever_is_typed_is_answered_and_nothing_fails(stage: Stage, text: str) -> None:
    await stage.say(text)
    assert await stage.answer()
    await stage.say(COMPLAINT)
    await stage.say(text)
    assert await stage.answer()


async def test_a_turn_that_is_no_json_is_a_contact_that_says_so() -> None:
    kept = Kept("c" * 24, Channel.WEBCHAT, MONDAY, "x", "", "", (), b"{not json")
    assert "could not be read" in read_turn(kept).trouble
    kept = replace(kept, raw=json.dumps({"text": 1}).encode())
    assert "could not be read" in read_turn(kept).trouble


def test_a_token_opens_its_own_conversation_only() -> None:
    tokens = [draw_token() for _ in range(100)]
    assert len({conversation_of(token) for token in tokens}) == 100
    assert all(is_conversation(conversation_of(token)) for token in tokens)
    assert conversation_of(tokens[0]) not in tokens[0]


async def joined_by(stage: Stage, contact: str) -> str:
    """The conversation that a contact belongs to."""
    return await stage.store.read(lambda unit: unit.inbox.outcome(contact)[1])


async def test_a_mail_from_another_address_does_not_join_a_live_conversation(stage: Stage, policy: Policy) -> None:
    await stage.say(COMPLAINT + " My email is anne@example.org")
    own = frozenset(policy.council.mailboxes)
    stage.reception.readers = {Channel.WEBCHAT: read_turn, Channel.EMAIL: partial(email_parser.read, own_addresses=own)}
    local, _, domain = MAILBOX.partition("@")
    before = len(await stage.turns())
    for number, sender in enumerate(("eve@example.net", "anne@example.org")):
        message = mail("It is about my bin. It was missed again today.", sender=sender)
        message.replace_header("To", f"{local}+c{stage.conversation}@{domain}")
        to = (str(message["To"]),)
        kept = Kept(f"{number:024x}", Channel.EMAIL, stage.now, f"mail:{number}", "", sender, to, message.as_bytes())
        await stage.reception.receive(kept)
        await stage.reception.attend(kept.id)
        assert (await joined_by(stage, kept.id) == stage.conversation) == (sender == "anne@example.org")
    assert len(await stage.turns()) > before


async def test_who_told_us_by_mail_before_and_is_unhappy_now_complains(house: LivingHouse) -> None:
    await house.answer(mail("The bins on our road were not emptied this morning, bit annoyed. Can you sort it?"))
    assert await house.cases_of("anne.shaw@example.org") == []
    answer = await house.answer(
        mail("The bins in Elm Road were left this morning, not happy with that. Please collect them.")
    )
    (case,) = await house.cases_of("anne.shaw@example.org")
    assert case.service == "waste_recycling"
    assert case.reference in words_of(answer)


async def test_an_address_that_is_only_typed_tells_nothing_of_earlier_contacts(stage: Stage, policy: Policy) -> None:
    report = "The bins on our road were not emptied this morning, bit annoyed. Can you sort it?"
    await stage.say(report + " My email is anne@example.org")
    first = [turn.text for turn in await stage.answer()]
    stage.conversation = conversation_of("another token")
    await stage.say(report + " My email is anne@example.org")
    assert [turn.text for turn in await stage.answer()] == first


async def test_earlier_services_are_found_by_address_and_by_number_on_each_database(stage: Stage) -> None:
    await stage.say(COMPLAINT + " My number is 07700 900 123 and my email is anne@example.org")
    person = (await stage.state()).person

    async def earlier(**known: str) -> frozenset[str]:
        who = replace(person, **{"email": "", "phone": "", **known})
        return await stage.store.read(lambda unit: unit.conversations.earlier_services(who, "", MONDAY))

    assert await earlier(email="anne@example.org") == {"waste_recycling"}
    assert await earlier(phone="+44 7700 900123") == {"waste_recycling"}
    assert await earlier(email="eve@example.net") == frozenset()
    assert await earlier() == frozenset()


async def test_a_letter_is_not_written_to_our_own_addresses(stage: Stage) -> None:
    await stage.say(COMPLAINT + " I want an apology. My name is Anne Shaw.")
    await stage.say("by email")
    await stage.say("bins@bettershire.gov.uk")
    await stage.say("yes")
    assert len(await stage.cases()) == 1
    assert [letter.kind for letter in await stage.letters()] == ["case_opened"]


@pytest.mark.parametrize(
    ("old", "new", "patched"),
    [
        ("Ann Shaw", "Anne", "Anne Shaw"),
        ("12 Elm Road", "14", "14 Elm Road"),
        ("12 Elm Road", "14a", "14a Elm Road"),
        ("12 Elm Road", "Elms", "12 Elms Road"),
        ("Tom", "Thomas", "Thomas"),
        ("12 Elm Road", "9 Mill Lane", "9 Mill Lane"),
    ],
)
def test_a_correction_takes_the_place_of_what_is_nearest(old: str, new: str, patched: str) -> None:
    assert patch(old, new) == patched


@pytest.mark.parametrize(
    ("text", "move", "only"),
    [
        ("stop", "stop", True),
        ("STOP!", "stop", True),
        ("please stop", "stop", True),
        ("stop the lorries in my street", "stop", False),
        ("thank you very much", "thanks", True),
        ("thanks but it is wrong", "thanks", False),
        ("I don't know", "dont_know", True),
        ("I don't know who hit the lamp post", "dont_know", False),
        ("hello", "greeting", True),
    ],
)
def test_a_move_is_made_only_by_words_that_say_nothing_else(policy: Policy, text: str, move: str, only: bool) -> None:
    assert Typed(text, policy.flow.words).only(move) is only


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("  confirm: ", "  konfirm: ", "needs confirm; copy it from the sample pack"),
        ("  put_right:\n    ask", "  when_else:\n    ask", ""),
        ("  formal: [what", "  formal: [whatever", ""),
        ("((council))", "((counsel))", "((counsel)) is not known"),
        ("  send: {", "  sent: {", "needs send"),
        ("  stop: [", "  stopp: [", "needs stop"),
        ("formal: [what, where", "formal: [amount, where", "there is no question for amount"),
    ],
)
def test_what_the_flow_lacks_is_told_with_file_and_line(tmp_path: Path, old: str, new: str, expected: str) -> None:
    pack = shutil.copytree(PACK, tmp_path / "ours")
    text = (pack / "flow.yaml").read_text()
    assert old in text
    (pack / "flow.yaml").write_text(text.replace(old, new, 1))
    mistakes = check_pack(pack).mistakes
    assert any(f"{pack}/flow.yaml:" in mistake and expected in mistake for mistake in mistakes), mistakes


def test_every_move_has_a_name_of_its_own_and_the_last_one_takes_everything() -> None:
    keys = [move.key for move in MOVES]
    assert len(keys) == len(set(keys))
    assert keys[0] == "danger"
    assert MOVES[-1].looks_for == "everything else"
