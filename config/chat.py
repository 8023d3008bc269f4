"""`rightdoor chat`: the conversation of the web, in the terminal. Lines in, answers out; choices by their numbers.

Nothing is drawn over and nothing is coloured: a screen reader reads it in order, and a pipe gets the same words.
"""

import asyncio
import os
import secrets
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import make_url
from typer import echo

from channels.live import LiveDoor, View
from config.wiring import House
from intake.conversation import Holder, Speaker, Turn
from intake.errors import CannotKeep
from intake.talk import SILENCE
from intake.talk_endings import is_pending
from intake.threads import conversation_of

BEGINS = """\
This is a conversation with the automatic assistant of {council}. It is not a person.
What you type is kept in {where}, as in a web chat.
Type what you want to say and press Enter. For a choice, its number is enough. To leave, type /bye or press Ctrl-D.
"""
ASKS_KEY = "Your key: "
WRONG_KEY = "This key opens no conversation. It may be mistyped, or older than 30 days."
NOTHING_NEW = "There is nothing new yet."
NOT_KEPT = "Sorry, we could not keep that, so nobody has it. Please say it again in a moment."
NO_ANSWER = "We have kept that. The answer is not ready yet: press Enter to look again."
WITH_A_PERSON = "We have kept that. A person will answer here: press Enter to look."
UNTOLD = "Goodbye. You told us nothing, so nothing was kept."
PENDING = """\
Goodbye. What you told us is kept. If you add nothing, it goes to the council after {minutes} minutes,
while rightdoor serve runs."""
AWAITED = "Goodbye. What you told us is kept. A person at the council has been asked to look at it."
DONE = "Goodbye. What you told us is kept."
COME_BACK = "To come back, run rightdoor chat --again and give this key. Whoever has it can read all this: {key}"

_SPEAKS = {Speaker.ASSISTANT: "Assistant", Speaker.OFFICER: "A person at the council", Speaker.MACHINE: "Machine"}
_PROMPT = "You: "
_LEAVES = "/bye"


def chat(house: House, again: bool = False) -> int:
    """Hold a conversation until its input ends. The exit status: 1 where something could not be kept, or opened."""
    _any_letters()
    with asyncio.Runner() as runner:
        terminal = Terminal(house, LiveDoor(house.reception, house.store, house.clock), runner)
        try:
            return terminal.hold(again)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nobody listens: what is left goes nowhere
            return 0


def kept_in(database_url: str) -> str:
    """Where it is kept, in words, without a password."""
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite":
        return f"the file {url.database}"
    return f"the database {url.database} on {url.host or 'this machine'}"


@dataclass
class Terminal:
    """One conversation at one terminal, or through a pipe. ``seen`` counts the turns that were shown."""

    house: House
    door: LiveDoor
    runner: asyncio.Runner
    conversation: str = ""
    token: str = ""
    seen: int = 0
    lost: bool = False
    is_terminal: bool = field(default_factory=lambda: sys.stdin.isatty() and sys.stdout.isatty())

    def hold(self, again: bool) -> int:
        """From the first words to the last."""
        echo(BEGINS.format(council=self.house.policy.council.name, where=kept_in(self.house.settings.database_url)))
        try:
            if again and not self._come_back():
                echo(WRONG_KEY)
                return 1
            if not again:
                self.conversation, self.token = self.door.begin()
            self._converse()
        except (EOFError, KeyboardInterrupt):
            echo()
        self._leave()
        return int(self.lost)

    def _come_back(self) -> bool:
        self.token = self._line(ASKS_KEY).strip()
        self.conversation = conversation_of(self.token)
        opens = self.runner.run(self.door.opens(self.conversation, self.token))
        if not opens or not self._view().turns:
            return False
        self._show(self._view().turns, whole=True)
        return True

    def _converse(self) -> None:
        """Line by line; an empty one looks whether a person has answered."""
        while (line := self._line(_PROMPT)) != _LEAVES:
            if line.strip():
                self._say(line)
            elif not self._shown_new() and self.is_terminal:
                echo(NOTHING_NEW)

    def _line(self, prompt: str) -> str:
        """The next line; pasted lines are one, where the terminal can tell. Raises EOFError at the end of input."""
        return input(prompt if self.is_terminal else "")

    def _say(self, line: str) -> None:
        try:
            self.runner.run(self.door.say(self.conversation, secrets.token_hex(8), line))
        except CannotKeep:
            self.lost = True
            echo(NOT_KEPT)
            return
        if not self._shown_new():
            state = self._view().state
            echo(NO_ANSWER if state is None or state.holder is Holder.ASSISTANT else WITH_A_PERSON)

    def _shown_new(self) -> bool:
        """Show what was said since."""
        turns = self._view().turns
        new = [turn for turn in turns[self.seen :] if turn.by is not Speaker.RESIDENT]
        self._show(new)
        self.seen = len(turns)
        return bool(new)

    def _show(self, turns: Sequence[Turn], whole: bool = False) -> None:
        for turn in turns:
            echo(f"\n{_SPEAKS.get(turn.by, 'You')}: {harmless(turn.text)}")
            for number, choice in enumerate(turn.choices, start=1):
                echo(f"  {number}. {choice.label}")
        if whole:
            self.seen = len(turns)
        echo()

    def _view(self) -> View:
        return self.runner.run(self.door.view(self.conversation))

    def _leave(self) -> None:
        """What happens with what was told, and the way back."""
        view = self._view() if self.conversation else View((), None)
        if view.state is None:
            echo(UNTOLD)
            return
        minutes = int(SILENCE.total_seconds() // 60)
        if is_pending(view.state, self.house.policy):
            echo(PENDING.format(minutes=minutes))
        else:
            echo(DONE if view.state.holder is Holder.ASSISTANT else AWAITED)
        if self.is_terminal:
            echo(COME_BACK.format(key=self.token))


def harmless(text: str) -> str:
    """Words without what moves a terminal's cursor or changes its colours."""
    return "".join(
        letter if letter == "\n" or letter.isprintable() else " " if letter.isspace() else "" for letter in text
    )


def _any_letters() -> None:
    """Whatever bytes come in are read; what the terminal cannot show is marked."""
    sys.stdin.reconfigure(errors="replace")  # type: ignore[union-attr]
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]
    if sys.stdin.isatty():
        import readline  # noqa: F401  # it edits lines, knows no limit of 4,096 characters, and takes a paste as one
