"""Transcripts: conversations as a complaints officer writes them, held with the real reception and interpreter."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from case_store.engine import make_engine, migrate
from case_store.store import SqlStore
from channels.turns import keep_turn, read_turn
from channels.uploads import Upload
from intake.case import Case
from intake.contact import Channel, Kept, Reply
from intake.conversation import Conversation, Holder, Speaker, Turn
from intake.policy import Policy
from intake.ports import Interpreter, UnitOfWork
from intake.reception import Reception
from intake.threads import conversation_of

FOLDER = Path(__file__).parent / "transcripts"
CALLED = ("We have called a person", "has been told that you want a person", "A person will open it")
MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Transcript:
    """One conversation: what is said, and how it ends."""

    name: str
    lines: Sequence[dict[str, Any]]
    ends: dict[str, Any]
    shows: tuple[str, ...] = ()
    at: datetime = MONDAY


def transcripts() -> list[Transcript]:
    """Every transcript of the folder, several to a file."""
    read = (entry for path in sorted(FOLDER.glob("*.yaml")) for entry in yaml.safe_load_all(path.read_text("utf-8")))
    return [
        Transcript(
            entry["name"],
            entry["talk"],
            entry.get("ends", {}),
            tuple(entry.get("shows", ())),
            datetime.fromisoformat(entry["at"]) if "at" in entry else MONDAY,
        )
        for entry in read
    ]


def median_questions(asked: Sequence[int]) -> float:
    """The median number of questions asked per completed complaint."""
    return median(asked) if asked else 0.0


async def questions_asked(interpreter: Interpreter, policy: Policy) -> list[int]:
    """Play every transcript; how many questions were asked in each that ended with a complaint sent."""
    asked = []
    for transcript in transcripts():
        with TemporaryDirectory() as folder:
            engine = make_engine(f"sqlite:///{folder}/played.db")
            migrate(engine)
            store = SqlStore(engine)
            stage = Stage(store, interpreter, policy)
            await stage.play(transcript)
            state = await stage.state()
            if state.own_case and state.talk.done:
                asked.append(state.talk.questions)
            store.close()
            engine.dispose()
    return asked


@dataclass
class Stage:
    """A house without doors, on which a transcript is played: each line is a turn that is kept and attended."""

    store: SqlStore
    interpreter: Interpreter
    policy: Policy
    channel: Channel = Channel.WEBCHAT
    now: datetime = MONDAY
    conversation: str = field(default_factory=lambda: conversation_of("a token"))
    seen: int = 0

    def __post_init__(self) -> None:
        readers = {Channel.WEBCHAT: read_turn, Channel.TELEGRAM: read_turn, Channel.WEB_FORM: read_turn}
        self.reception = Reception(self.store, self.interpreter, readers, self.policy, lambda: self.now)
        self._turns = count()

    async def play(self, transcript: Transcript) -> None:
        """Say every line, check what is answered, and how it ends."""
        self.now = transcript.at
        for line in transcript.lines:
            (kind, value), *_ = line.items()
            await getattr(self, f"_{kind}")(value)
        await self.check_end(transcript.ends)

    async def say(self, text: str, **more: Any) -> None:
        """One turn of the resident's."""
        self.now += timedelta(seconds=20)
        kept = keep_turn(self.channel, self.conversation, str(next(self._turns)), text, self.now, **more)
        await self.reception.receive(kept)
        self.seen = len(await self.turns())
        assert await self.reception.attend(kept.id)
        outcome, _ = await self.store.read(lambda unit: unit.inbox.outcome(kept.id))
        assert outcome is not None, await self.store.read(lambda unit: _error(unit, kept))
        await self._check_that_people_are_called()

    async def _check_that_people_are_called(self) -> None:
        """We say that a person has been told only where one has been."""
        said = " ".join([turn.text for turn in await self.answer()])
        if any(words in said for words in CALLED):
            assert (await self.state()).holder is not Holder.ASSISTANT
            assert any(letter.kind.startswith("officer_called") for letter in await self.letters())

    async def turns(self) -> Sequence[Turn]:
        """Everything said."""
        return await self.store.read(lambda unit: unit.conversations.turns(self.conversation))

    async def answer(self) -> list[Turn]:
        """What was said since the resident spoke."""
        return [turn for turn in (await self.turns())[self.seen :] if turn.by is Speaker.ASSISTANT]

    async def state(self) -> Conversation:
        """The conversation as it is kept."""
        found = await self.store.read(lambda unit: unit.conversations.get(self.conversation))
        assert found is not None
        return found

    async def cases(self) -> Sequence[Case]:
        """The cases of the conversation."""
        return await self.store.read(lambda unit: _cases(unit, self.conversation))

    async def letters(self) -> Sequence[Reply]:
        """Every mail that was written."""
        return await self.store.read(_letters)

    async def check_end(self, ends: dict[str, Any]) -> None:
        """How it ended."""
        state, cases, letters = await self.state(), await self.cases(), await self.letters()
        decision = state.decision
        found = {
            "route": decision.route if decision else "",
            "service": decision.service if decision else "",
            "case": "opened" if cases else "none",
            "cases": len(cases),
            "questions": state.talk.questions,
            "holder": state.holder.value,
            "letters": [letter.kind for letter in letters if "bettershire" not in letter.to],
            "told": sorted({letter.to.partition("@")[0] for letter in letters if "bettershire" in letter.to}),
            "urgent": state.urgent,
            "name": state.person.name,
            "email": state.person.email,
            "phone": state.person.phone,
            "where": state.details.get("where", ""),  # type: ignore[call-overload]
            "put_right": state.details.get("put_right", ""),  # type: ignore[call-overload]
        }
        assert {key: found[key] for key in ends} == ends

    async def _resident(self, text: str | bool) -> None:
        await self.say({True: "yes", False: "no"}[text] if isinstance(text, bool) else str(text))

    async def _chooses(self, label: str) -> None:
        offered = [choice for turn in await self.turns() for choice in turn.choices]
        values = [choice.value for choice in offered if choice.label == label]
        assert values, f"{label!r} was not offered, but {[choice.label for choice in offered]}"
        await self.say(label, told={"choice": values[-1]})

    async def _tells(self, told: dict[str, str]) -> None:
        await self.say("", told=told)

    async def _file(self, name: str) -> None:
        await self.say("", files=[Upload(name, "image/jpeg", b"\xff\xd8\xff a picture")])

    async def _voice(self, trouble: str) -> None:
        await self.say("", trouble=trouble)

    async def _bot(self, expected: str | list[str]) -> None:
        said = " ".join(" ".join(turn.text.split()) for turn in await self.answer())
        for words in [expected] if isinstance(expected, str) else expected:
            assert str(words).lower() in said.lower(), f"{words!r} is not in: {said!r}"

    async def _never(self, unwanted: str | list[str]) -> None:
        said = " ".join(turn.text for turn in await self.answer()).lower()
        for words in [unwanted] if isinstance(unwanted, str) else unwanted:
            assert str(words).lower() not in said, f"{words!r} is in: {said!r}"

    async def _silent(self, _: bool) -> None:
        assert await self.answer() == []

    async def _choices(self, labels: list[str]) -> None:
        answer = await self.answer()
        assert [choice.label for choice in answer[-1].choices] == labels

    async def _silence(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        self.seen = len(await self.turns())
        while await self.reception.wind_up_next():
            pass

    async def _officer(self, _: str) -> None:
        state = await self.state()
        await self.store.transact(lambda unit: unit.conversations.keep(replace(state, holder=Holder.OFFICER)))


def _error(unit: UnitOfWork, kept: Kept) -> str:
    from sqlmodel import col, select

    from case_store.tables.contacts import ContactRow

    row = unit.session.exec(select(ContactRow).where(col(ContactRow.id) == kept.id)).one()  # type: ignore[attr-defined]
    return str(row.error)


def _cases(unit: UnitOfWork, conversation: str) -> list[Case]:
    from sqlmodel import col, select

    from case_store.documents import CASE
    from case_store.tables.cases import CaseRow

    query = select(CaseRow.document).where(col(CaseRow.conversation) == conversation).order_by(col(CaseRow.received_at))
    return [CASE.validate_json(document) for document in unit.session.exec(query)]  # type: ignore[attr-defined]


def _letters(unit: UnitOfWork) -> list[Reply]:
    from sqlmodel import col, select

    from case_store.documents import REPLY
    from case_store.tables.sending import OutboxRow

    rows = unit.session.exec(select(OutboxRow).order_by(col(OutboxRow.number)))  # type: ignore[attr-defined]
    return [REPLY.validate_json(row.document) for row in rows]
