"""What the web chat's page and its script share: what a page sends is said, and turns are shown as HTML."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from channels.api.limits import AN_HOUR, Rate
from channels.chat_visits import Visit, fingerprint
from channels.live import LiveDoor, View
from channels.networks import Network, counted_as
from channels.prose import chosen, follow
from channels.rendering import Pages, typed
from channels.turns import MOST_CHARACTERS
from channels.uploads import Refused, Sent, Upload, words_of
from intake.conversation import Holder, Turn
from intake.conversation import Talk as Open
from intake.flow import Choice
from intake.policy import ENGLISH_TAG, Policy
from intake.tongues import said_anew


@dataclass(frozen=True)
class Pace:
    """How often somebody may send, a minute: in one conversation, and from one address, which a library shares.

    ``octets`` and ``address_octets`` are of forms with files, an hour. ``trusted`` addresses are the council's own,
    which are not counted.
    """

    conversation: Rate = field(default_factory=lambda: Rate(30))
    address: Rate = field(default_factory=lambda: Rate(300))
    trusted: tuple[Network, ...] = ()
    octets: Rate = field(default_factory=lambda: Rate(100_000_000, seconds=AN_HOUR))
    address_octets: Rate = field(default_factory=lambda: Rate(300_000_000, seconds=AN_HOUR))

    def wait(self, conversation: str, address: str) -> float:
        """Count a turn and answer with 0, or answer with the seconds to wait."""
        return self.conversation.wait(conversation) or self.address.wait(counted_as(address, self.trusted))

    def wait_with(self, octets: int, conversation: str, address: str) -> float:
        """The same for a form of so many octets, before it is read."""
        counted = counted_as(address, self.trusted)
        return self.octets.wait(conversation, octets) or self.address_octets.wait(counted, octets)


NO_PACE = Pace(Rate(None), Rate(None), (), Rate(None), Rate(None))


@dataclass(frozen=True)
class Said:
    """What a page sent: its name, words or a choice, the number of the last turn that the page showed, and files."""

    turn: str
    text: str
    choice: str
    seen: str
    files: tuple[Upload, ...] = ()
    refused: tuple[Refused, ...] = ()

    def mistakes(self, pages: Pages) -> Mapping[str, str]:
        """What must be put right before it can be kept, by field."""
        if self.refused:
            return {"files": " ".join(words_of(refused, pages.spoken) for refused in self.refused)}
        if not self.text and not self.choice and not self.files:
            return {"text": pages.words.say("chat_empty")}
        if len(self.text) > MOST_CHARACTERS:
            count = {"most": f"{MOST_CHARACTERS:,}", "typed": f"{len(self.text):,}"}
            return {"text": pages.words.say("chat_too_long", **count)}
        return {}

    @property
    def name(self) -> str:
        """The turn's name within its conversation: with other words or files it is another turn."""
        return fingerprint(self.turn, self.text, *(hashlib.sha256(file.data).hexdigest() for file in self.files))


def said_by(sent: Sent) -> Said:
    """What a form says."""
    turn, text, choice, seen = (typed(sent.form, name) for name in ("turn", "text", "choice", "seen"))
    return Said(turn, text, choice, seen, sent.files, sent.refused)


@dataclass(frozen=True)
class Talk:
    """Says and shows."""

    door: LiveDoor
    pages: Pages

    @property
    def policy(self) -> Policy:
        """The policy in the page's language."""
        return self.pages.spoken

    async def follow(self, visit: Visit) -> None:
        """Show this request's pages in the language of the conversation, where its resident chose none."""
        if not chosen():
            self.follows(await self.door.view(visit.conversation))

    def follows(self, view: View) -> None:
        """The same, where the conversation was read already."""
        follow(view.state.language if view.state else "")

    async def say(self, visit: Visit, said: Said) -> str:
        """Keep a choice, and words and files that came beside it; the id of what was kept last. Raises CannotKeep."""
        contact = ""
        if said.choice:
            contact = await self._choose(visit, said)
        if said.text or said.files:
            contact = await self.door.say(visit.conversation, said.name, said.text, files=said.files, language=chosen())
        return contact

    async def _choose(self, visit: Visit, said: Said) -> str:
        """Say a choice by its label. One that was offered before other turns came is not taken: it may mean another."""
        if said.choice == "person":
            words = self.policy.flow.buttons["person"].label
            name = fingerprint(said.turn, words)
            return await self.door.say(visit.conversation, name, words, language=chosen())
        view = await self.door.view(visit.conversation)
        offered = {choice.value: choice.label for choice in self._offered(view)}
        if said.choice not in offered or said.seen != str(len(view.turns)):
            return ""
        words, told = offered[said.choice], {"choice": said.choice}
        name = fingerprint(said.turn, said.choice)
        return await self.door.say(visit.conversation, name, words, told, language=chosen())

    def news(self, view: View, after: int) -> dict[str, object]:
        """The turns after this number, as the page shows them, and what stands above and below them."""
        self.follows(view)
        state = self.state(view)
        turns = [
            {"n": n, "by": str(turn.by), "contact": turn.contact, "html": self._turn(n, turn, view)}
            for n, turn in enumerate(view.turns, 1)
            if n > after
        ]
        return {
            "turns": turns,
            "last": len(view.turns),
            "help": self._part("chat_help", **state),
            "choices": self._part("chat_choices", **state),
            "holder": state["holder"],
            "writing": state["writing"],
            "lang": self.pages.words.lang,
        }

    def state(self, view: View) -> dict[str, object]:
        """Help against danger, the open choices, and who answers next."""
        holder = view.state.holder if view.state else Holder.ASSISTANT
        open_now = self._open(view)
        help_now = open_now.help if open_now else ""
        until = view.sight.officer_writes_until
        writing = holder is Holder.OFFICER and until is not None and until > self.door.clock()
        return {"holder": str(holder), "help": help_now, "choices": self._offered(view), "writing": writing}

    def _open(self, view: View) -> Open | None:
        """What stands open, in the page's language."""
        if view.state is None or view.state.language == self.policy.tag:
            return view.state.talk if view.state else None
        return said_anew(view.state.talk, self.policy.in_tongue(view.state.language), self.policy)

    def _offered(self, view: View) -> Sequence[Choice]:
        """The open choices; once an officer answers there are none."""
        open_now = self._open(view)
        if open_now is None or view.state is None or view.state.holder is Holder.OFFICER:
            return ()
        return open_now.offered

    def _turn(self, number: int, turn: Turn, view: View) -> str:
        return self._part("chat_turns", turns=[(number, turn)], spoken_at=spoken_at(view), files=view.files)

    def _part(self, template: str, **values: object) -> str:
        return bytes(self.pages.show(f"{template}.html", 200, **values).body).decode()


def spoken_at(view: View) -> Callable[[datetime], str]:
    """The language in which we answered at a moment."""
    return view.state.language_at if view.state else lambda at: ENGLISH_TAG
