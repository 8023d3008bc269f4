"""Where administrators keep signposts and canned words right, and see what this installation is."""

import re
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace

from intake.canned import VARIABLES, unknown
from intake.case_view import LETTER_KINDS
from intake.colleagues import named
from intake.errors import SendersMove
from intake.mailbox import MailboxState
from intake.messenger import BotState
from intake.officers import Deed, SignedIn
from intake.policy import CannedWords, Policy
from intake.ports import Clock, Store, UnitOfWork
from intake.upkeep import CheckedSignpost, Installed, KeptWords, SignpostCheck, canned, signposts

NEW = "new-words"
"""Stands in an address for words that have no key yet; no key that is made of a title has a hyphen."""

LONGEST_NAME = 80
MOST_WORDS = 10_000
_TAKEN = "Somebody changed these words while you wrote. Yours are below and theirs are kept. Open them before you go on"


@dataclass(frozen=True)
class CannedOne:
    """Canned words: as letters begin with them, as the pack has them (None: it has none), and who changed them."""

    key: str
    words: CannedWords
    pack: CannedWords | None
    kept: KeptWords | None

    @property
    def seen(self) -> str:
        """Tells one state of them from the next."""
        return self.kept.changed_at.isoformat() if self.kept else ""


@dataclass(frozen=True)
class UpkeepDesk:
    """Each deed is one transaction, and noted."""

    store: Store
    policy: Policy
    clock: Clock
    installed: Installed

    # --- signposts --------------------------------------------------------------------------------------------------

    async def signposts(self) -> Sequence[CheckedSignpost]:
        """All of them, those due first."""
        checks = await self.store.read(
            lambda unit: {one.key: one for one in named(unit, unit.upkeep.checks().values())}
        )
        return signposts(self.policy, checks, self.policy.calendar.local_day(self.clock()))

    async def checked_today(self, key: str, officer: SignedIn) -> None:
        """This officer has checked it."""
        now = self.clock()

        def work(unit: UnitOfWork) -> None:
            known = unit.upkeep.checks().get(key, SignpostCheck(key))
            unit.upkeep.keep_check(replace(known, checked_at=now, officer=officer.name))
            unit.officers.note(Deed(now, officer.name, "checked a signpost", key))

        await self.store.transact(work)

    async def give(self, key: str, owner: str, officer: SignedIn) -> None:
        """Somebody else looks after it; empty: whom the pack names. Raises SendersMove."""
        if len(owner) > LONGEST_NAME:
            raise SendersMove(f"The owner’s name must have {LONGEST_NAME} letters or fewer")
        deed = Deed(self.clock(), officer.name, "changed who looks after a signpost", key, owner)

        def work(unit: UnitOfWork) -> None:
            known = unit.upkeep.checks().get(key, SignpostCheck(key))
            unit.upkeep.keep_check(replace(known, owner=owner))
            unit.officers.note(deed)

        await self.store.transact(work)

    # --- canned words -----------------------------------------------------------------------------------------------

    async def every_words(self) -> Mapping[str, CannedOne]:
        """Each with where it comes from."""
        kept = await self.store.read(lambda unit: {one.key: one for one in named(unit, unit.upkeep.words().values())})
        own = self.policy.canned
        return {
            key: CannedOne(key, words, own.words.get(key), kept.get(key))
            for key, words in canned(own, kept.values()).words.items()
        }

    async def write(self, key: str, words: CannedWords, seen: str, officer: SignedIn) -> str:
        """Letters begin with these from now on; the key. Raises SendersMove where they can't."""
        check_words(words)
        now = self.clock()

        def work(unit: UnitOfWork) -> str:
            kept = unit.upkeep.words()
            if key != NEW and _seen(kept.get(key)) != seen:
                raise SendersMove(_TAKEN)
            own = _key_of(words.name, {*kept, *self.policy.canned.words}) if key == NEW else key
            unit.upkeep.keep_words(KeptWords(own, words.name, words.kind, words.body, now, officer.name))
            what = "added canned words" if key == NEW else "changed canned words"
            unit.officers.note(Deed(now, officer.name, what, own))
            return own

        return await self.store.transact(work)

    async def forget(self, key: str, officer: SignedIn) -> None:
        """The pack's words stand again; those that the pack does not have are gone."""
        now = self.clock()
        what = "went back to the pack’s canned words" if key in self.policy.canned.words else "removed canned words"

        def work(unit: UnitOfWork) -> None:
            if key in unit.upkeep.words():
                unit.upkeep.forget_words(key)
                unit.officers.note(Deed(now, officer.name, what, key))

        await self.store.transact(work)

    # --- the installation -------------------------------------------------------------------------------------------

    async def doors(self) -> tuple[Sequence[MailboxState], Sequence[BotState]]:
        """The mailboxes and bots that the store knows of, and whether they can be read."""
        return await self.store.read(lambda unit: (unit.mailboxes.states(), unit.messenger.bots()))


def check_words(words: CannedWords) -> None:
    """Raises SendersMove, in words, for what no letter may begin with."""
    if not words.name or len(words.name) > LONGEST_NAME:
        raise SendersMove(f"Give them a title of {LONGEST_NAME} letters or fewer")
    if words.kind not in set(LETTER_KINDS):
        raise SendersMove("Choose what sort of letter they are for")
    if not words.body or len(words.body) > MOST_WORDS:
        raise SendersMove(f"Write the words, {MOST_WORDS:,} signs at most")
    if wrong := dict.fromkeys(unknown(words.body)):
        there = ", ".join(f"(({one}))" for one in VARIABLES)
        raise SendersMove(f"There is no {', '.join(f'(({one}))' for one in wrong)}. There are {there}")


def _seen(kept: KeptWords | None) -> str:
    return kept.changed_at.isoformat() if kept else ""


def _key_of(title: str, taken: Container[str]) -> str:
    """A key that says what its title says, and is nobody else's."""
    stem = re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_")[:60] or "words"
    numbers = (f"{stem}_{number}" for number in range(2, 10_000))
    return stem if stem not in taken else next(key for key in numbers if key not in taken)
