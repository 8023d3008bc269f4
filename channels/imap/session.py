"""One connection to one mailbox: signed in, the folder selected, and the few commands that reading it takes.

Every call ends in bounded time. A connection that broke raises: it is closed, and its owner makes another one.
"""

import contextlib
import re
import socket
import ssl
import threading
from collections.abc import Iterable, Sequence
from typing import Any

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import (
    CapabilityError,
    IMAPClientAbortError,
    IMAPClientError,
    IMAPClientReadOnlyError,
    LoginError,
)
from imapclient.response_types import Envelope

from channels.imap.address import ImapAddress
from channels.imap.oauth import Tokens
from intake.errors import CannotKeep, NoToken

CONNECT_SECONDS = 20.0
ANSWER_SECONDS = 60.0
"""How long a server may stay silent while it owes us an answer."""

LONGEST_WAIT_WITHOUT_IDLE = 60.0
MOVED_TOGETHER = 100


class ImapSession:
    """A mailbox that is open. ``copied`` are the UIDs that lie in the other folder already, not yet deleted here."""

    def __init__(self, address: ImapAddress, tokens: Tokens | None, copied: set[int]) -> None:
        self._address, self._tokens, self._copied = address, tokens, copied
        seconds = SocketTimeout(connect=CONNECT_SECONDS, read=ANSWER_SECONDS)
        self._client = IMAPClient(address.host, port=address.port, ssl=address.tls, timeout=seconds)
        try:
            self._sign_in()
            opened = self._open(address.folder)
            self.uid_validity = int(opened[b"UIDVALIDITY"])
            self.uid_next = int(opened.get(b"UIDNEXT", 0))
        except BaseException:
            self.close()
            raise

    def _sign_in(self) -> None:
        if self._address.starttls:
            self._client.starttls(ssl.create_default_context())
        if self._tokens is None:
            self._client.login(self._address.user, self._address.password)
            return
        token = self._tokens.token()
        try:
            self._client.oauth2_login(self._address.user, token)
        except LoginError:
            self._tokens.forget(token)
            self._client.oauth2_login(self._address.user, self._tokens.token())

    def _open(self, folder: str) -> dict[bytes, Any]:
        """A folder that may only be read is read. Servers may then say OK to a flag that they do not set."""
        self._read_only = False
        try:
            opened = self._client.select_folder(folder)
        except IMAPClientReadOnlyError:
            self._read_only = True
            opened = self._client.select_folder(folder, readonly=True)
        return dict(opened)

    def _must_be_writable(self) -> None:
        if self._read_only:
            raise CapabilityError("it may only be read, so its user must be let mark and move mail too")

    def above(self, uid: int) -> list[int]:
        """The UIDs above this one. The server answers n:* with its last mail even where that is below n."""
        return sorted(found for found in self._client.search(["UID", f"{uid + 1}:*"]) if found > uid)

    def has(self, uid: int) -> bool:
        """Is it still there?"""
        return uid in self._client.search(["UID", str(uid)])

    def sizes(self, uids: Sequence[int]) -> dict[int, int]:
        """Octets of each, as far as the server tells them."""
        told = self._client.fetch(uids, ["RFC822.SIZE"])
        return {uid: answer[b"RFC822.SIZE"] for uid, answer in told.items() if b"RFC822.SIZE" in answer}

    def bodies(self, uids: Sequence[int]) -> dict[int, bytes]:
        """The mails, unseen as they were, as far as the server gives them."""
        given = self._client.fetch(uids, ["BODY.PEEK[]"])
        return {uid: answer[b"BODY[]"] for uid, answer in given.items() if answer.get(b"BODY[]")}

    def beginning(self, uid: int, octets: int) -> bytes:
        """The first octets of one mail; empty where the server gives nothing."""
        answer = self._client.fetch([uid], [f"BODY.PEEK[]<0.{octets}>"]).get(uid, {})
        return (answer.get(b"BODY[]<0>") or b"")[:octets]

    def envelope(self, uid: int) -> Envelope | None:
        """What the server knows of a mail's header (RFC 3501 section 7.4.2)."""
        answer = self._client.fetch([uid], ["ENVELOPE"]).get(uid, {})
        found = answer.get(b"ENVELOPE")
        return found if isinstance(found, Envelope) else None

    def left_behind(self, uid: int) -> list[int]:
        """What lies here up to this UID and bears no flag that it is to stay."""
        return sorted(self._client.search(["UID", f"1:{uid}", "UNFLAGGED"])) if uid else []

    def mark(self, uids: Iterable[int], flag: bytes) -> None:
        """Set a flag."""
        for some in together(list(uids), MOVED_TOGETHER):
            self._must_be_writable()
            self._client.add_flags(some, [flag], silent=True)

    def move(self, uids: Sequence[int]) -> None:
        """Move to the folder that the setting names, which is made where there is none.

        Without MOVE (RFC 6851) it takes UIDPLUS (RFC 4315): a bare EXPUNGE would also delete what others marked.
        """
        folder = self._address.move_to
        if uids and not self._client.folder_exists(folder):
            self._client.create_folder(folder)
        for some in together(uids, MOVED_TOGETHER):
            self._must_be_writable()
            if self._client.has_capability("MOVE"):
                self._client.move(some, folder)
            elif self._client.has_capability("UIDPLUS"):
                self._copy_and_delete(some, folder)
            else:
                raise CapabilityError("it has neither MOVE nor UIDPLUS, so nothing can be moved safely")

    def _copy_and_delete(self, uids: Sequence[int], folder: str) -> None:
        """Where deleting fails, the copy is not made again each time that it is tried."""
        new = [uid for uid in uids if uid not in self._copied]
        if new:
            self._client.copy(new, folder)
            self._copied.update(new)
        self._client.delete_messages(uids, silent=True)
        self._client.uid_expunge(uids)
        self._copied.difference_update(uids)

    def wait(self, seconds: float, stopping: threading.Event) -> None:
        """Until the server tells of a change, or that long. What it tells is only a reason to look."""
        if not self._client.has_capability("IDLE"):
            stopping.wait(min(seconds, LONGEST_WAIT_WITHOUT_IDLE))
            return
        self._client.idle()
        self._client.idle_check(timeout=seconds)
        self._client.idle_done()

    def interrupt(self) -> None:
        """Wake whoever waits on this connection, from another thread."""
        with contextlib.suppress(OSError):
            self._client.socket().shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Let go of the connection, broken or not."""
        with contextlib.suppress(OSError, IMAPClientError):
            self._client.shutdown()


def together(uids: Sequence[int], most: int) -> list[Sequence[int]]:
    """Pieces of at most so many."""
    return [uids[start : start + most] for start in range(0, len(uids), most)]


_WORDS: tuple[tuple[type[Exception], str], ...] = (
    (NoToken, "{}"),
    (CannotKeep, "a mail could not be kept, so it stays where it is: {}"),
    (LoginError, "the server refused the sign-in: {}"),
    (socket.gaierror, "the server's name cannot be found"),
    (ssl.SSLCertVerificationError, "the server's certificate is not trusted: {}"),
    (ssl.SSLError, "there is no TLS with the server: {}"),
    (TimeoutError, "the server does not answer in time"),
    (ConnectionRefusedError, "nobody listens at the server's address"),
    (CapabilityError, "the server lacks what it takes: {}"),
    (IMAPClientReadOnlyError, "the mailbox may only be read: let its user mark and move mail too"),
    (IMAPClientAbortError, "the connection broke: {}"),
    (OSError, "the connection broke: {}"),
    (IMAPClientError, "the server did not do what it was asked: {}"),
    (Exception, "something unforeseen happened"),
)


def in_words(error: Exception, *secrets: str) -> str:
    """An error for an officer, without passwords and tokens."""
    said = _told_by(error)
    for secret in filter(None, secrets):
        said = said.replace(secret, "***")
    words = next(words for kind, words in _WORDS if isinstance(error, kind)).format(said[:200])
    return f"{words.strip(': ')} ({type(error).__name__})"


def _told_by(error: Exception) -> str:
    """What it says, where that is a server's own sentence: what could not be understood may be a piece of a mail."""
    said = str(error.args[-1]) if error.args else ""
    if isinstance(error, IMAPClientError) and not isinstance(error, LoginError) and not _SENTENCE.match(said):
        return ""
    return " ".join(said.split())


_SENTENCE = re.compile(r"(?:command: )?\w{1,20}(?: failed:| =>) |it |Server does not support ")
