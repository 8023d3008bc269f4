"""A contact centre on which officers and residents meet: web chats without a door, officers without a browser."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count

from case_store.store import SqlStore
from channels.turns import READERS, keep_turn
from intake.centre import ContactCentre
from intake.contact import Channel
from intake.conversation import Conversation, Speaker, Turn
from intake.officers import Officer, SignedIn, SignIn
from intake.policy import Policy
from intake.ports import Interpreter
from intake.presence import There
from intake.reception import Reception
from intake.rights import Role, scope_of
from intake.threads import conversation_of
from tests.chat_fixtures import MONDAY
from tests.web_fixtures import StandingClock

COMPLAINT = "I want to complain. My bin at 14 Elm Road has been missed three weeks running and I rang twice."
PERSON = "I want to speak to a person"


@dataclass
class CentreStage:
    """What the tests lean on. It is Monday, 23 November 2026, 10 in the morning, until the clock is put forward."""

    store: SqlStore
    interpreter: Interpreter
    policy: Policy
    clock: StandingClock = field(default_factory=lambda: StandingClock(MONDAY))

    def __post_init__(self) -> None:
        self.reception = Reception(self.store, self.interpreter, READERS, self.policy, self.clock)
        self.centre = ContactCentre(self.store, self.policy, self.clock)
        self._turns = count()

    async def officer(
        self, name: str, *roles: Role, services: tuple[str, ...] = (), teams: tuple[str, ...] = ()
    ) -> SignedIn:
        """An officer at work; an agent unless told otherwise."""
        roles = roles or (Role.AGENT,)
        account = Officer(name, "", self.clock(), shown=name.title(), roles=roles, services=services, teams=teams)
        await self.store.transact(lambda unit: unit.officers.keep(account))
        now = self.clock()
        sign_in = SignIn(f"hash of {name}", name, "form token", now + timedelta(hours=12), now, now)
        return SignedIn(sign_in, account, scope_of(roles, services, self.policy.need_to_know))

    async def available(self, name: str, places: int = 3) -> SignedIn:
        """An officer who takes conversations."""
        officer = await self.officer(name)
        await self.centre.be(officer, There.AVAILABLE, places)
        return officer

    async def say(self, text: str, of: str = "anne", **more: object) -> list[Turn]:
        """A turn in this resident's web chat; what the assistant said to it."""
        self.clock.forward(seconds=20)
        conversation = conversation_of(of)
        kept = keep_turn(Channel.WEBCHAT, conversation, str(next(self._turns)), text, self.clock(), **more)  # type: ignore[arg-type]
        await self.reception.receive(kept)
        before = len(await self.turns(of))
        assert await self.reception.attend(kept.id)
        return [turn for turn in (await self.turns(of))[before:] if turn.by is Speaker.ASSISTANT]

    async def turns(self, of: str = "anne") -> Sequence[Turn]:
        conversation = conversation_of(of)
        return await self.store.read(lambda unit: unit.conversations.turns(conversation))

    async def said_by(self, speaker: Speaker, of: str = "anne") -> list[str]:
        return [turn.text for turn in await self.turns(of) if turn.by is speaker]

    async def state(self, of: str = "anne") -> Conversation:
        conversation = conversation_of(of)
        found = await self.store.read(lambda unit: unit.conversations.get(conversation))
        assert found is not None
        return found

    async def take(self, officer: SignedIn, of: str = "anne") -> Conversation:
        return await self.centre.take(conversation_of(of), officer)

    async def reply(self, officer: SignedIn, text: str, of: str = "anne", name: str = "") -> bool:
        """Say something as this officer, with the fence that the conversation has now."""
        fence = (await self.state(of)).hold.fence
        return await self.centre.say(conversation_of(of), officer, fence, name or f"turn {next(self._turns)}", text)

    async def rounds(self) -> None:
        """Everything that comes due by itself is seen to."""
        while await self.centre.round_next():
            pass


def saying(policy: Policy, key: str, **filled: str) -> str:
    """How a saying of the pack begins: up to the first of its gaps that is not filled here."""
    text = policy.flow.sayings[key]
    for name, value in filled.items():
        text = text.replace(f"(({name}))", value)
    return " ".join(text.partition("((")[0].split())


def words(turns: Sequence[Turn]) -> str:
    """All that was said, in one line."""
    return " ".join(" ".join(turn.text.split()) for turn in turns)
