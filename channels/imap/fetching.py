"""Getting mails out of a mailbox: many at once, alone where that fails, and the beginning of what is too large.

A mail that cannot be had three times over is made of what the server knows of it, so that it never blocks the next.
"""

import logging
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from imapclient.exceptions import IMAPClientError
from imapclient.response_types import Address, Envelope

from channels.email_receiver import LARGEST_MAIL
from channels.imap.fetched_mail import Fetched
from channels.imap.session import ImapSession

log = logging.getLogger(__name__)

TRIES = 3
BEGINNING = 102_400
MOST_MAILS = 50
MOST_OCTETS = 8_388_608
"""Of one batch, unless a single mail is larger."""


class NotGiven(Exception):
    """The server has these mails and did not give them: they are asked for again on a new connection, at once."""


class Fetcher:
    """Fetches from one mailbox, and remembers over its connections which mails could not be had."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self.forget()

    def forget(self) -> None:
        """The UIDs mean something else now."""
        self._tries: Counter[int] = Counter()
        self._alone_up_to = 0

    def batches(self, session: ImapSession, uids: Sequence[int]) -> Iterator[dict[int, int]]:
        """These UIDs in order with their sizes, in pieces that are fetched together. A size of -1 was not told."""
        sizes = session.sizes(uids)
        batch: dict[int, int] = {}
        for uid in uids:
            size = sizes.get(uid, -1)
            full = len(batch) >= MOST_MAILS or sum(batch.values()) + size > MOST_OCTETS
            if batch and (full or size < 0 or uid <= self._alone_up_to):
                yield batch
                batch = {}
            batch[uid] = size
        if batch:
            yield batch

    def fetch(self, session: ImapSession, batch: Mapping[int, int]) -> list[Fetched]:
        """What is there of them. Raises where it is to be tried again on a new connection."""
        bodies = self._bodies(session, batch) if len(batch) > 1 else {}
        found = (
            Fetched(uid, size, bodies[uid]) if uid in bodies else self._alone(session, uid, size)
            for uid, size in batch.items()
        )
        return [one for one in found if one is not None]

    def _bodies(self, session: ImapSession, batch: Mapping[int, int]) -> dict[int, bytes]:
        """All at once. Where that fails, they are fetched one by one from then on, to find the one it fails with."""
        try:
            return session.bodies([uid for uid, size in batch.items() if 0 <= size <= LARGEST_MAIL])
        except Exception as error:
            self._alone_up_to = max(batch)
            raise NotGiven from error

    def _alone(self, session: ImapSession, uid: int, size: int) -> Fetched | None:
        """One mail; None where it is really gone: an empty answer alone does not say so."""
        if self._tries[uid] >= TRIES:
            return self._known(session, uid, size)
        self._tries[uid] += 1
        try:
            fetched = self._ask(session, uid, size)
        except Exception as error:
            raise NotGiven from error
        if fetched is None and session.has(uid):
            raise NotGiven
        del self._tries[uid]
        return fetched

    def _ask(self, session: ImapSession, uid: int, size: int) -> Fetched | None:
        if size < 0:
            size = session.sizes([uid]).get(uid, -1)
        if size > LARGEST_MAIL:
            raw = session.beginning(uid, BEGINNING)
            return Fetched(uid, size, raw, self._too_large(uid, size)) if raw else None
        raw = session.bodies([uid]).get(uid, b"")
        return Fetched(uid, size, raw) if raw else None

    def _known(self, session: ImapSession, uid: int, size: int) -> Fetched:
        """What the server knows of a mail that it doesn't give."""
        log.error("a mail of %s could not be fetched; what is known of it is kept (UID %d)", self._folder, uid)
        try:
            raw = _header(session.envelope(uid))
        except (IMAPClientError, OSError, ValueError) as error:
            self._tries[uid] += 1
            if self._tries[uid] <= 2 * TRIES:
                raise NotGiven from error
            raw = b""
        note = f"The mail server did not give us this mail, though we asked {TRIES} times. {self._still_there(uid)}"
        return Fetched(uid, max(size, 0), raw, note)

    def _too_large(self, uid: int, size: int) -> str:
        return f"The mail is {round(size / 1_000_000)} MB, so only its beginning was kept. {self._still_there(uid)}"

    def _still_there(self, uid: int) -> str:
        return f"The whole is still in the mailbox {self._folder}, UID {uid}."


def _header(envelope: Envelope | None) -> bytes:
    """A header made of an envelope, each value on one line."""
    if envelope is None:
        return b""
    values = {
        b"From": b", ".join(_written(address) for address in (envelope.from_ or ())[:1]),
        b"Subject": envelope.subject,
        b"Message-ID": envelope.message_id,
    }
    lines = [name + b": " + b" ".join(value.split())[:1000] for name, value in values.items() if value]
    return b"\r\n".join(lines) + b"\r\n\r\n" if lines else b""


def _written(address: Address) -> bytes:
    return b"<" + (address.mailbox or b"") + b"@" + (address.host or b"") + b">"
