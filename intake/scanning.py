"""The scanning: every file that came with a contact is checked for viruses, and checked again until that succeeds."""

import logging
from dataclasses import dataclass
from datetime import timedelta

from intake.contact import Channel
from intake.files import File, FileState, Verdict
from intake.ports import Clock, FileReaders, Scanner, Store

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)
"""How long one check may take before somebody else may try: longer than the scanner itself is given."""


@dataclass
class Scanning:
    """Works off the files that wait. Where no scanner is set it says so of each, for officers to see."""

    store: Store
    scanner: Scanner | None
    files: FileReaders
    clock: Clock

    def __post_init__(self) -> None:
        self._begun = False

    async def scan_next(self) -> bool:
        """Check one file that is due. False where none is, or the scanner cannot be reached just now."""
        if self.scanner is None:
            return await self.store.transact(lambda unit: unit.attachments.leave_unscanned())
        now = self.clock()
        if not self._begun:
            await self.store.transact(lambda unit: unit.attachments.queue_unscanned(now))
            self._begun = True
        file = await self.store.transact(lambda unit: unit.attachments.claim(now, now + LEASE))
        if file is None:
            return False
        verdict = await self._look(self.scanner, file)
        await self._record(file, verdict)
        return verdict.state is not FileState.WAITING

    async def _look(self, scanner: Scanner, file: File) -> Verdict:
        try:
            original = await self.store.read(lambda unit: unit.desk.original(file.contact))
            found = original and await self.files[Channel(original.channel)](original.raw, file.attachment.number)
            if not found:
                return Verdict(FileState.WAITING, "It is not found in the original any more")
            return await scanner.scan(found[1])
        except Exception as error:
            return Verdict(FileState.WAITING, f"It could not be checked ({type(error).__name__})")

    async def _record(self, file: File, verdict: Verdict) -> None:
        now, named = self.clock(), (file.contact, file.attachment.number)
        if verdict.state is FileState.WAITING:
            log.warning(
                "file %d of contact %s was not checked, and waits to be checked again: %s",
                named[1],
                named[0],
                verdict.line,
            )
            await self.store.transact(
                lambda unit: unit.attachments.try_again(*named, now, file.next_wait, verdict.line)
            )
            return
        if verdict.state is FileState.INFECTED:
            log.warning("file %d of contact %s is infected: %s", named[1], named[0], verdict.line)
        await self.store.transact(lambda unit: unit.attachments.found(*named, verdict, now))
