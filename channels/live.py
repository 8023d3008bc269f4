"""What every live door does: begins a conversation, proves whose it is, keeps a turn, and shows what was said.

A token is drawn for each conversation and never kept: the conversation's id is its digest, so whoever shows the token
has the conversation, and the id alone opens nothing.
"""

import asyncio
import hmac
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from channels.turns import keep_turn
from channels.uploads import Upload
from intake.centre import WRITING
from intake.centre_view import NOTHING_SEEN, Sight
from intake.contact import Attachment, Channel
from intake.conversation import Conversation, Holder, Speaker, Turn
from intake.ports import Clock, Store, UnitOfWork
from intake.reception import Reception
from intake.threads import conversation_of, draw_token

log = logging.getLogger(__name__)

PATIENCE = 20.0
LOOK_AGAIN_AFTER = 0.05
"""Seconds: how long a door waits for the answer to a turn, and how often it looks."""

TELL_AGAIN = timedelta(seconds=45)
"""How often it is kept that a page is still open."""

OPEN_FOR = timedelta(days=30)
"""How long after the last turn a token still opens its conversation."""


@dataclass(frozen=True)
class View:
    """A conversation as its resident sees it: its turns, and where it stands (None before the first turn).

    ``files`` are those that came with its turns, by their contacts; ``sight`` is who writes just now.
    """

    turns: Sequence[Turn]
    state: Conversation | None
    files: Mapping[str, Sequence[Attachment]] = field(default_factory=dict)
    sight: Sight = NOTHING_SEEN


@dataclass(frozen=True)
class LiveDoor:
    """One door's way to its conversations."""

    reception: Reception
    store: Store
    clock: Clock
    channel: Channel = Channel.WEBCHAT

    def begin(self) -> tuple[str, str]:
        """A new conversation's id, and the token that opens it. Nothing is kept before the first turn."""
        token = draw_token()
        return conversation_of(token), token

    async def opens(self, conversation: str, token: str) -> bool:
        """Is it theirs, and still open? A wrong token and an unknown conversation get the same answer."""
        if not hmac.compare_digest(conversation_of(token), conversation):
            return False
        view = await self.view(conversation)
        return not view.turns or view.turns[-1].at > self.clock() - OPEN_FOR

    async def view(self, conversation: str) -> View:
        """All that was said, oldest first."""
        return await self.store.read(lambda unit: view_of(unit, conversation))

    async def seen(self, view: View, shown: int) -> None:
        """Their page is open, and has shown so many turns. It is kept where a person answers: nobody else asks."""
        if view.state is None or view.state.holder is Holder.ASSISTANT:
            return
        conversation, number, now = view.state.id, min(shown, len(view.turns)), self.clock()
        if number > view.sight.shown:
            await self.store.transact(lambda unit: unit.centre.shown(conversation, number, now))
        elif view.sight.shown_at is None or now - view.sight.shown_at > TELL_AGAIN:
            await self.store.transact(lambda unit: unit.centre.is_here(conversation, now))

    async def is_writing(self, view: View) -> None:
        """They are writing. What they write, nobody sees before they send it."""
        if view.state is not None and view.state.holder is not Holder.ASSISTANT:
            conversation, until = view.state.id, self.clock() + WRITING
            await self.store.transact(lambda unit: unit.centre.writes(conversation, True, until))

    async def say(
        self,
        conversation: str,
        turn: str,
        text: str,
        told: Mapping[str, str] | None = None,
        files: Sequence[Upload] = (),
        language: str = "",
    ) -> str:
        """Keep a turn, and wait shortly until it is answered; answers with its contact's id.

        Raises CannotKeep where it was not kept. That it is not answered yet is no error: it is kept.
        """
        contact = await self.keep(conversation, turn, text, told, files, language=language)
        await self.answer(contact)
        return contact

    async def keep(
        self,
        conversation: str,
        turn: str,
        text: str,
        told: Mapping[str, str] | None = None,
        files: Sequence[Upload] = (),
        missing: str = "",
        trouble: str = "",
        language: str = "",
    ) -> str:
        """Keep a turn. Raises CannotKeep.

        ``missing`` says in words for an officer what of it could not be kept, ``trouble`` what could not be read.
        ``language`` is the tag of the language that they chose.
        """
        now, more = self.clock(), {"trouble": trouble, "language": language}
        kept = keep_turn(self.channel, conversation, turn, text, now, told, files=files, **more)
        return await self.reception.receive(replace(kept, note=missing))

    async def answer(self, contact: str) -> None:
        """Have a kept turn answered, and wait shortly for it. Never raises."""
        try:
            async with asyncio.timeout(PATIENCE):
                await self.reception.attend(contact)
                while not await self.store.read(lambda unit: unit.inbox.outcome(contact)[0]):
                    await asyncio.sleep(LOOK_AGAIN_AFTER)
                    await self.reception.attend(contact)
        except Exception as error:
            log.warning("contact %s is kept but has no answer yet: %s", contact, type(error).__name__)


def view_of(unit: UnitOfWork, conversation: str) -> View:
    """The conversation and its files."""
    turns = unit.conversations.turns(conversation)
    files: dict[str, list[Attachment]] = {}
    for file in unit.attachments.of_contacts({turn.contact for turn in turns if turn.by is Speaker.RESIDENT}):
        files.setdefault(file.contact, []).append(file.attachment)
    return View(turns, unit.conversations.get(conversation), files, unit.centre.sight(conversation))
