"""What the web chat's page and its script share: what a page sends is said, and turns are shown as HTML."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from channels.api.limits import Rate
from channels.chat_visits import Visit, fingerprint
from channels.live import LiveDoor, View
from channels.networks import Network, counted_as
from channels.rendering import Pages
from channels.turns import MOST_CHARACTERS
from intake.conversation import Holder, Speaker, Turn
from intake.flow import Choice
from intake.policy import Policy

SPEAKERS: Mapping[Speaker, str] = {
    Speaker.RESIDENT: "You",
    Speaker.ASSISTANT: "Automatic assistant",
    Speaker.OFFICER: "Officer of the council",
    Speaker.MACHINE: "Automatic message",
}


@dataclass(frozen=True)
class Pace:
    """How often somebody may send, a minute: in one conversation, and from one address, which a library shares.

    ``trusted`` addresses are the council's own, which are not counted.
    """

    conversation: Rate = field(default_factory=lambda: Rate(30))
    address: Rate = field(default_factory=lambda: Rate(300))
    trusted: tuple[Network, ...] = ()

    def wait(self, conversation: str, address: str) -> float:
        """Count a turn and answer with 0, or answer with the seconds to wait."""
        return self.conversation.wait(conversation) or self.address.wait(counted_as(address, self.trusted))


@dataclass(frozen=True)
class Said:
    """What a page sent: its name, words or a choice, and the number of the last turn that the page showed."""

    turn: str
    text: str
    choice: str
    seen: str

    @property
    def mistake(self) -> str:
        """What must be put right before it can be kept."""
        if not self.text and not self.choice:
            return "Type a message"
        if len(self.text) > MOST_CHARACTERS:
            return f"Your message must be {MOST_CHARACTERS:,} characters or fewer. You typed {len(self.text):,}."
        return ""


@dataclass(frozen=True)
class Talk:
    """Says and shows."""

    door: LiveDoor
    policy: Policy
    pages: Pages

    async def say(self, visit: Visit, said: Said) -> str:
        """Keep a choice, and words that were typed beside it; the id of what was kept last. Raises CannotKeep."""
        contact = ""
        if said.choice:
            contact = await self._choose(visit, said)
        if said.text:
            contact = await self.door.say(visit.conversation, fingerprint(said.turn, said.text), said.text)
        return contact

    async def _choose(self, visit: Visit, said: Said) -> str:
        """Say a choice by its label. One that was offered before other turns came is not taken: it may mean another."""
        if said.choice == "person":
            words = self.policy.flow.buttons["person"].label
            return await self.door.say(visit.conversation, fingerprint(said.turn, words), words)
        view = await self.door.view(visit.conversation)
        offered = {choice.value: choice.label for choice in _offered(view)}
        if said.choice not in offered or said.seen != str(len(view.turns)):
            return ""
        words, told = offered[said.choice], {"choice": said.choice}
        return await self.door.say(visit.conversation, fingerprint(said.turn, said.choice), words, told)

    def news(self, view: View, after: int) -> dict[str, object]:
        """The turns after this number, as the page shows them, and what stands above and below them."""
        state = self.state(view)
        turns = [
            {"n": n, "by": str(turn.by), "contact": turn.contact, "html": self._turn(n, turn)}
            for n, turn in enumerate(view.turns, 1)
            if n > after
        ]
        return {
            "turns": turns,
            "last": len(view.turns),
            "help": self._part("chat_help", **state),
            "choices": self._part("chat_choices", **state),
            "holder": state["holder"],
        }

    def state(self, view: View) -> dict[str, object]:
        """Help against danger, the open choices, and who answers next."""
        holder = view.state.holder if view.state else Holder.ASSISTANT
        help_now = view.state.talk.help if view.state else ""
        return {"holder": str(holder), "help": help_now, "choices": _offered(view)}

    def _turn(self, number: int, turn: Turn) -> str:
        return self._part("chat_turns", turns=[(number, turn)], speakers=SPEAKERS)

    def _part(self, template: str, **values: object) -> str:
        return bytes(self.pages.show(f"{template}.html", 200, **values).body).decode()


def _offered(view: View) -> Sequence[Choice]:
    """The open choices; once an officer answers there are none."""
    if view.state is None or view.state.holder is Holder.OFFICER:
        return ()
    return view.state.talk.offered
