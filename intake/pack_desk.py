"""The administration of policy packs: look at the one in use, take in another, try it on past contacts, use it."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from intake.colleagues import named
from intake.errors import WrongPack
from intake.officers import Deed, SignedIn
from intake.packs import Activation, CheckedPack, Files, KeptPack, digest_of
from intake.ports import Clock, Interpreter, Store, UnitOfWork
from intake.replay import Replay, Replayed, Totals

log = logging.getLogger(__name__)

MOST_KEPT = 50
MOST_REPLAYED = 500
"""Contacts of one replay on a page; `rightdoor replay` takes them all."""

MOST_CHANGES = 100
PATIENCE = 60.0
"""Seconds of one replay on a page; what was done by then is shown."""

Check = Callable[[Files], CheckedPack]


@dataclass(frozen=True)
class Pack:
    """A pack as it is looked at. ``is_folder``: it is the one that the settings name. ``kept`` is None for that one."""

    digest: str
    files: Files
    is_folder: bool
    kept: KeptPack | None = None

    @property
    def version(self) -> str:
        """Its short name."""
        return self.digest[:12]


@dataclass(frozen=True)
class InUse:
    """The pack in use, since when (None: since the beginning), and what this process works with by now."""

    pack: Pack
    since: Activation | None
    served: str

    @property
    def is_served(self) -> bool:
        """Does this process use it already?"""
        return self.pack.digest == self.served


@dataclass(frozen=True)
class Tried:
    """A replay. ``cut``: time was up before its end."""

    totals: Totals
    changed: Sequence[Replayed]
    cut: bool


@dataclass
class PackDesk:
    """``folder`` reads the files of the pack that the settings name. ``served`` is the digest of the pack in use here,
    ``named`` what was activated when it was taken on (empty: that folder).
    """

    store: Store
    clock: Clock
    interpreter: Interpreter
    check: Check
    folder: Callable[[], Files]
    served: str
    named: str = ""

    async def in_use(self) -> InUse:
        """The pack that was activated last, or the folder's."""
        last = await self.store.read(lambda unit: next(iter(named(unit, unit.packs.activations(1))), None))
        pack = await self.pack(last.digest) if last and last.digest else None
        return InUse(pack or await self.of_folder(), last, self.served)

    async def is_changed(self) -> bool:
        """Was another pack activated since this process took its own on, and can it be used?"""
        last = await self.store.read(lambda unit: next(iter(unit.packs.activations(1)), None))
        if last is None or last.digest == self.named:
            return False
        found = await self.checked((await self.in_use()).pack.files)
        if found.policy is None:
            log.error("the pack that was activated has mistakes, so the one before stays in use: %s", found.mistakes[0])
        return found.policy is not None

    async def pack(self, digest: str) -> Pack | None:
        """A pack that was uploaded, or the folder's own."""
        found = await self.store.read(lambda unit: named(unit, filter(None, [unit.packs.get(digest)])))
        for kept in found:
            return Pack(kept.digest, kept.files, False, kept)
        own = await self.of_folder()
        return own if own.digest == digest else None

    async def of_folder(self) -> Pack:
        """The pack of the folder that the settings name: the one to go back to where no other was used before."""
        files = await asyncio.to_thread(self.folder)
        return Pack(digest_of(files), files, True)

    async def kept(self) -> Sequence[KeptPack]:
        """The packs that were uploaded, newest first."""
        return await self.store.read(lambda unit: named(unit, unit.packs.all(MOST_KEPT)))

    async def history(self) -> Sequence[Activation]:
        """Which packs were used, newest first."""
        return await self.store.read(lambda unit: named(unit, unit.packs.activations(MOST_KEPT)))

    async def checked(self, files: Files) -> CheckedPack:
        """What is found in these files."""
        return await asyncio.to_thread(self.check, files)

    async def take_in(self, files: Files, officer: SignedIn) -> tuple[str, CheckedPack]:
        """Keep a pack that has no mistakes; its digest (empty: it has some)."""
        found, now = await self.checked(files), self.clock()
        if found.policy is None:
            return "", found
        kept = KeptPack(digest_of(files), now, officer.name, files)

        def keep(unit: UnitOfWork) -> None:
            if unit.packs.get(kept.digest) is None:
                unit.packs.keep(kept)
                unit.officers.note(Deed(now, officer.name, "uploaded a policy pack", kept.digest))

        await self.store.transact(keep)
        return kept.digest, found

    async def replay(self, pack: Pack, first: date | None, last: date | None) -> Tried:
        """What it would have decided otherwise, of the newest contacts of these days. Raises WrongPack."""
        before, after = await self.checked((await self.in_use()).pack.files), await self.checked(pack.files)
        if before.policy is None or after.policy is None:
            raise WrongPack(before.mistakes or after.mistakes)
        totals, changed = Totals(), list[Replayed]()
        try:
            async with asyncio.timeout(PATIENCE):
                runs = Replay(self.store, self.interpreter, before.policy, after.policy).run(first, last, MOST_REPLAYED)
                async for replayed in runs:
                    totals.count(replayed)
                    if replayed.changes and len(changed) < MOST_CHANGES:
                        changed.append(replayed)
        except TimeoutError:
            return Tried(totals, changed, True)
        return Tried(totals, changed, False)

    async def activate(self, digest: str, seen: int, officer: SignedIn) -> bool:
        """Use this pack from now on. False where somebody activated another since ``seen``. Raises WrongPack."""
        pack = await self.pack(digest)
        found = await self.checked(pack.files) if pack else CheckedPack(("there is no such pack",), (), None)
        if pack is None or found.policy is None:
            raise WrongPack(found.mistakes)
        named = "" if pack.is_folder else digest
        deed = Deed(self.clock(), officer.name, "activated a policy pack", digest)

        def use(unit: UnitOfWork) -> bool:
            last = next(iter(unit.packs.activations(1)), None)
            if (last.number if last else 0) != seen:
                return False
            if not unit.packs.activate(seen + 1, deed.at, officer.name, named):
                return False
            unit.officers.note(deed)
            return True

        return await self.store.transact(use)
