"""All that a mail says to triage and to an officer, and what of it could not be read."""

from dataclasses import dataclass
from email.message import Message
from itertools import islice

from channels.quotes.quoted_text import split
from channels.reading.charsets import clean, decode
from channels.reading.forwards import forwarded, outlook_text
from channels.reading.invitations import describe
from channels.reading.parts import is_tnef, leaves
from channels.reading.text import LONGEST_TEXT, has_room, text_of
from channels.reading.transfer_encoding import content

FEW_WORDS = 40
"""So few words of its own, and the mail that was forwarded with them is what counts."""

MOST_INVITATIONS = 3
ENCRYPTED = "It is encrypted and nobody here can open it; ask its sender to write again without encryption."
OUTLOOKS = "Its text is in a form of Outlook's that cannot be read here; open its files."
ONE_PIECE = "It is one piece of a mail that was sent in several; open the original."
TOO_LONG = f"Its text is longer than the {LONGEST_TEXT:,} characters that are read; open the original."

_SEALED = ("multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime", "application/pgp-encrypted")
_PGP_MESSAGE = "-----BEGIN PGP MESSAGE-----"


@dataclass(frozen=True)
class Words:
    """What is said now, the older words below it, and in words what could not be read.

    ``blank``: it has room for words, and its sender wrote none.
    """

    said: str
    quoted: str
    trouble: str = ""
    blank: bool = False


def words_of(message: Message) -> Words:
    """The words of a mail: its own, those of an invitation, and of mails that were forwarded with it."""
    own = text_of(message)
    text = own.words if own.words.strip() else outlook_text(message)
    trouble = [words for words, is_so in _losses(message, text, own.is_cut) if is_so]
    said, quoted = split(text)
    said = "\n\n".join(filter(None, (said, *_invitations(message, said))))
    older = "\n\n".join(forwarded(message))[:LONGEST_TEXT]
    if older and len(said.split(maxsplit=FEW_WORDS)) <= FEW_WORDS:
        said, older = f"{said}\n\n{older}".strip(), ""
    quoted = "\n\n".join(filter(None, (quoted, older)))
    return Words(said, quoted, " ".join(trouble), blank=not said and has_room(message))


def _losses(message: Message, text: str, is_cut: bool) -> tuple[tuple[str, bool], ...]:
    """What may be lost of a text, and whether it is."""
    return (
        (ENCRYPTED, _is_sealed(message, text)),
        (ONE_PIECE, message.get_content_type() == "message/partial"),
        (OUTLOOKS, not text.strip() and any(map(is_tnef, leaves(message)))),
        (TOO_LONG, is_cut),
    )


def _invitations(message: Message, said: str) -> list[str]:
    """What calendars in it say, without what the mail's own text says already."""
    calendars = (part for part in leaves(message) if part.get_content_type() == "text/calendar")
    described = (describe(clean(decode(content(part)))) for part in islice(calendars, MOST_INVITATIONS))
    kept = ("\n".join(line for line in words.split("\n") if line not in said) for words in described)
    return [words for words in dict.fromkeys(kept) if words]


def _is_sealed(message: Message, text: str) -> bool:
    """Whether its words are encrypted, or signed in the form that hides them (RFC 8551, RFC 3156)."""
    kinds = {message.get_content_type(), *(part.get_content_type() for part in leaves(message))}
    return not kinds.isdisjoint(_SEALED) or text.lstrip().startswith(_PGP_MESSAGE)
