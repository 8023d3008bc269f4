"""What STARTTLS is offered with: a certificate and its key, taken on anew once their files have changed.

Certificates by ACME are renewed every few weeks (RFC 8555), and a mail door is not begun anew for that.
"""

import logging
import ssl
from dataclasses import dataclass, field
from pathlib import Path

log = logging.getLogger(__name__)

Look = tuple[tuple[int, int, int], ...]
"""Of each file, what tells it from the one before: when it was written, its size, which one it is. Empty: not there."""


@dataclass
class Certificate:
    """A chain and its key, in PEM files. Raises OSError where they cannot be used from the start."""

    chain: Path
    key: Path
    _look: Look = field(init=False)
    _context: ssl.SSLContext = field(init=False)

    def __post_init__(self) -> None:
        self._look = self._looked()
        self._context = self._loaded()

    def context(self) -> ssl.SSLContext:
        """For a connection that begins now. New files that cannot be used leave the old ones in use, and are tried
        again once they have changed: chain and key are not written in one moment.
        """
        look = self._looked()
        if look != self._look:
            self._look = look
            try:
                self._context = self._loaded()
                log.info("the mail doors' certificate has changed and is in use")
            except OSError as error:
                why = error.strerror or type(error).__name__
                log.warning("the mail doors' new certificate cannot be used, the one before stays: %s", why)
        return self._context

    def _looked(self) -> Look:
        try:
            files = [path.stat() for path in (self.chain, self.key)]
        except OSError:
            return ()
        return tuple((file.st_mtime_ns, file.st_size, file.st_ino) for file in files)

    def _loaded(self) -> ssl.SSLContext:
        """A new context, so that none ever has half. A key with a password is refused, and nobody is asked for it."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.chain, self.key, password="")
        return context
