"""A mailbox's address, as a setting writes it.

imaps://user:password@host[:port]/FOLDER is TLS from the start; imap:// is STARTTLS. ``?starttls=yes`` or ``no`` says
otherwise, ``auth=oauth2`` signs in with a token, ``move_to=Archive`` moves what is kept.
"""

from dataclasses import dataclass, field
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from intake.errors import WrongSetting

_OPTIONS = {"starttls", "auth", "move_to"}


@dataclass(frozen=True)
class ImapAddress:
    """Where a mailbox is and how it is opened. ``move_to`` is empty where kept mail is marked as seen instead."""

    host: str
    port: int
    tls: bool
    starttls: bool
    user: str
    password: str = field(repr=False)
    folder: str = "INBOX"
    oauth2: bool = False
    move_to: str = ""

    @property
    def name(self) -> str:
        """What the store, the log and officers know it by. It holds no password."""
        return f"{self.user}@{self.host}:{self.port}/{self.folder}"[:200]


def imap_addresses(urls: str) -> tuple[ImapAddress, ...]:
    """The addresses in a setting, which spaces separate. Raises WrongSetting, which never repeats a password."""
    return tuple(imap_address(url, f"number {number}") for number, url in enumerate(urls.split(), 1))


def imap_address(url: str, which: str = "it") -> ImapAddress:
    """One address. Raises WrongSetting where it cannot be read."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _wrong(which, "its host or port cannot be read") from None
    options = {key: values[-1] for key, values in parse_qs(parts.query, keep_blank_values=True).items()}
    if mistake := _mistake(parts, options):
        raise _wrong(which, mistake)
    starttls = options.get("starttls", "yes" if parts.scheme == "imap" else "no") == "yes"
    tls = parts.scheme == "imaps" and not starttls
    return ImapAddress(
        host=parts.hostname or "",
        port=port or (993 if tls else 143),
        tls=tls,
        starttls=starttls,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        folder=unquote(parts.path.strip("/")) or "INBOX",
        oauth2="auth" in options,
        move_to=options.get("move_to", ""),
    )


def _mistake(parts: SplitResult, options: dict[str, str]) -> str:
    """What is wrong with an address, in words; empty where nothing is."""
    signs_in = bool(parts.username) and (bool(parts.password) or options.get("auth") == "oauth2")
    checks = (
        (parts.scheme not in ("imap", "imaps"), "it must begin with imaps:// or imap://"),
        (not parts.hostname, "it names no host"),
        (not signs_in, "it needs user:password@ before the host, special characters percent-encoded"),
        (options.get("starttls", "no") not in ("yes", "no"), "starttls must be yes or no"),
        (options.get("auth", "oauth2") != "oauth2", "auth must be oauth2, or be left out"),
        (bool(options.keys() - _OPTIONS), f"after the ? there may be {', '.join(sorted(_OPTIONS))}"),
    )
    return next((words for wrong, words in checks if wrong), "")


def _wrong(which: str, mistake: str) -> WrongSetting:
    example = "imaps://user:password@mail.example.org/INBOX"
    return WrongSetting(f"RIGHTDOOR_IMAP_URL: {which} must look like {example}: {mistake}")
