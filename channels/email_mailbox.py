"""Incoming mail by IMAP: every mail above the last UID is kept and committed, then that UID moves on, then the mail.

Never by date or by what is unseen: after an outage, and after a change of UIDVALIDITY (RFC 3501 section 2.3.1.1), all
is read that is there, and the fingerprint makes one contact of a mail that is read twice.
"""

import asyncio
import contextlib
import logging
import threading
import time
from collections.abc import Coroutine
from dataclasses import dataclass
from random import SystemRandom
from typing import Any, TypeVar

from imapclient.exceptions import IMAPClientAbortError, IMAPClientError

from channels.imap.address import ImapAddress
from channels.imap.fetched_mail import Fetched, kept_of
from channels.imap.fetching import Fetcher, NotGiven
from channels.imap.oauth import Tokens
from channels.imap.session import ImapSession, in_words, together
from intake.errors import CannotKeep
from intake.mailbox import Position
from intake.ports import Clock, Store
from intake.reception import Reception

log = logging.getLogger(__name__)

Answer = TypeVar("Answer")

SHORTEST_WAIT, LONGEST_WAIT = 2.0, 240.0
"""Seconds of one IDLE, doubling while nothing comes: a hint that was lost costs no more than that. Far below the 29
minutes of RFC 2177 section 3."""

LONGEST_BACK_OFF = 300.0
STORE_SECONDS = 60.0
STOP_SECONDS = 3.0
"""How long a thread is waited for that is just connecting: what it has not committed, it fetches again next time."""

SHOUT_AFTER, SHOUT_EVERY = 900.0, 3600.0
SIZES_TOGETHER = 500


@dataclass
class EmailMailbox:
    """One mailbox, read in a thread of its own.

    ``own`` are the council's addresses, the first for mail that names none.
    """

    address: ImapAddress
    reception: Reception
    store: Store
    own: tuple[str, ...]
    clock: Clock
    tokens: Tokens | None = None

    def __post_init__(self) -> None:
        self._stopping = threading.Event()
        self._session: ImapSession | None = None
        self._fetcher = Fetcher(self.address.folder)
        self._position = Position(0, 0)
        self._copied: set[int] = set()
        self._to_mark: dict[int, bytes] = {}
        self._complaint = self._complained_of = ""
        self._failures = 0
        self._failing_from = 0.0
        self._shouted_at = -SHOUT_EVERY

    async def read(self, stop: asyncio.Event) -> None:
        """Read until told to stop."""
        self._loop, ended = asyncio.get_running_loop(), asyncio.Event()

        def run() -> None:
            self._read_for_ever()
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(ended.set)

        threading.Thread(target=run, name="mailbox", daemon=True).start()
        try:
            await stop.wait()
        finally:
            self._stopping.set()
            session = self._session
            if session is not None:
                session.interrupt()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(ended.wait(), STOP_SECONDS)

    def _read_for_ever(self) -> None:
        while not self._stopping.is_set():
            try:
                self._read_until_it_breaks()
            except NotGiven as error:
                log.warning("mailbox %s did not give a mail: %s", self.address.name, type(error.__cause__).__name__)
                self._stopping.wait(back_off(1))
            except Exception as error:
                if not self._stopping.is_set():
                    self._failed(error)

    def _read_until_it_breaks(self) -> None:
        session = self._session = ImapSession(self.address, self.tokens, self._copied)
        try:
            self._resume(session)
            pause = SHORTEST_WAIT
            while not self._stopping.is_set():
                pause = SHORTEST_WAIT if self._read_all(session) else min(2 * pause, LONGEST_WAIT)
                self._works()
                self._put_away(session)
                session.wait(pause, self._stopping)
                self._failures = 0
        finally:
            self._session = None
            session.close()

    def _resume(self, session: ImapSession) -> None:
        """Go on where we were; from the start where the UIDs are not the ones that we know."""
        known = self._ask(self.store.read(lambda unit: unit.mailboxes.position(self.address.name)))
        reused = 0 < session.uid_next <= known.uid
        if known.uid_validity != session.uid_validity or reused:
            log.info("the mailbox %s is read from its start", self.address.name)
            self._move_on(Position(session.uid_validity, 0))
            self._fetcher.forget()
            self._copied.clear()
            self._to_mark.clear()
        else:
            self._position = known

    def _move_on(self, position: Position) -> None:
        self._ask(self.store.transact(lambda unit: unit.mailboxes.read_up_to(self.address.name, position)))
        self._position = position

    def _read_all(self, session: ImapSession) -> bool:
        """Everything above the last UID, until nothing is. False where nothing was."""
        found = False
        while uids := session.above(self._position.uid):
            found = True
            for some in together(uids, SIZES_TOGETHER):
                for batch in self._fetcher.batches(session, some):
                    self._keep(session, self._fetcher.fetch(session, batch), max(batch))
        return found

    def _keep(self, session: ImapSession, fetched: list[Fetched], last: int) -> None:
        """Keep them, commit, then move the position: a crash in between has them fetched, and recognised, again."""
        place = f"{self.address.name} {self._position.uid_validity}"
        kept = [kept_of(one, place, self.own, self.clock()) for one in fetched]
        results = self._ask(_all([self.reception.receive(one) for one in kept]))
        refused = [(one.uid, error) for one, error in zip(fetched, results, strict=True) if error is not None]
        if refused:
            last = refused[0][0] - 1
        self._note_marks(session, [one for one in fetched if one.uid <= last])
        if last > self._position.uid:
            self._move_on(Position(self._position.uid_validity, last))
        if refused:
            raise CannotKeep(str(refused[0][1])) from refused[0][1]

    def _note_marks(self, session: ImapSession, kept: list[Fetched]) -> None:
        """What is not whole is flagged before the position moves, so that it is never moved away."""
        for one in kept:
            if one.note:
                self._to_mark[one.uid] = b"\\Flagged"
            elif not self.address.move_to:
                self._to_mark[one.uid] = b"\\Seen"
        self._mark(session, b"\\Flagged")

    def _put_away(self, session: ImapSession) -> None:
        """Only what is kept is marked or moved. Where that fails it is told and tried again, and reading goes on."""
        self._complaint = ""
        self._mark(session, b"\\Flagged")
        if not self.address.move_to:
            self._mark(session, b"\\Seen")
            return
        try:
            session.move([uid for uid in session.left_behind(self._position.uid) if self._may_leave(uid)])
        except IMAPClientError as error:
            self._complain("kept mail cannot be moved", error)

    def _may_leave(self, uid: int) -> bool:
        """What is not whole stays, also while its flag could not be set."""
        return self._to_mark.get(uid) != b"\\Flagged"

    def _mark(self, session: ImapSession, flag: bytes) -> None:
        uids = [uid for uid, wanted in self._to_mark.items() if wanted == flag]
        try:
            session.mark(uids, flag)
        except IMAPClientError as error:
            self._complain("kept mail cannot be marked", error)
        else:
            for uid in uids:
                del self._to_mark[uid]

    def _complain(self, what: str, error: IMAPClientError) -> None:
        if isinstance(error, IMAPClientAbortError):
            raise error
        self._complaint = f"{what}: {in_words(error)}"
        if self._complaint != self._complained_of:
            log.warning("mailbox %s: %s", self.address.name, self._complaint)
        self._complained_of = self._complaint
        self._works()

    def _works(self) -> None:
        now, complaint = self.clock(), self._complaint
        self._ask(self.store.transact(lambda unit: unit.mailboxes.works(self.address.name, now, complaint)))
        self._failing_from = 0.0

    def _failed(self, error: Exception) -> None:
        """Tell it, wait, and go on for ever: a mailbox is never switched off by itself."""
        self._failures += 1
        words = in_words(error, self.address.password)
        self._tell(words)
        now = self.clock()
        try:
            self._ask(self.store.transact(lambda unit: unit.mailboxes.fails(self.address.name, now, words)))
        except Exception as second:
            log.warning("that mailbox %s fails could not be kept: %s", self.address.name, type(second).__name__)
        self._stopping.wait(back_off(self._failures))

    def _tell(self, words: str) -> None:
        """A warning when it begins to last, an error each hour once it has lasted a quarter of one."""
        now = time.monotonic()
        self._failing_from = self._failing_from or now
        lasts = now - self._failing_from
        if lasts >= SHOUT_AFTER and now - self._shouted_at >= SHOUT_EVERY:
            self._shouted_at = now
            log.error("mailbox %s cannot be read for %d minutes: %s", self.address.name, lasts // 60, words)
        elif self._failures == 2:
            log.warning("mailbox %s cannot be read: %s", self.address.name, words)

    def _ask(self, question: Coroutine[Any, Any, Answer]) -> Answer:
        """Have the house's own loop do something, and wait for it."""
        future = asyncio.run_coroutine_threadsafe(question, self._loop)
        try:
            return future.result(STORE_SECONDS)
        except TimeoutError as error:
            future.cancel()
            raise CannotKeep("the store does not answer") from error


async def _all(work: list[Coroutine[Any, Any, str]]) -> list[BaseException | None]:
    """Do all of it, beginning in order; answers with what each failed with."""
    results = await asyncio.gather(*work, return_exceptions=True)
    return [result if isinstance(result, BaseException) else None for result in results]


def back_off(failures: int) -> float:
    """Seconds until the next attempt: doubling from one to five minutes, and not the same for all."""
    return float(min(2.0 ** min(failures - 1, 20), LONGEST_BACK_OFF) * SystemRandom().uniform(0.75, 1.0))
