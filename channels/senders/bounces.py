"""What a report of failed delivery says: which mail of ours did not arrive, to whom, whether it ever will, and why.

The report's own fields come first (RFC 3464); where it has none, its words.
"""

import re
from collections.abc import Iterator
from email.message import Message

from channels.reading.headers import header, message_ids, raw_header
from channels.senders.bounce_signs import ARRIVED, RETURNED, status_blocks, undelivered
from channels.senders.bounce_words import FULL_MAILBOX, LASTING_WORDS, TELLING
from channels.senders.parts import blocks_of, own_parts, own_text, text_of
from intake.addresses import one_spelling
from intake.contact import Bounce

MOST_WORDS = 300
_ENVELOPE = "original-envelope-id"
"""RFC 3464 section 2.2.1."""

_STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?!\d|\.\d)")
_REPLY_CODE = re.compile(r"(?<![\d.\-\[])([45])[0-5]\d(?=[ :-])")
_ADDRESS = re.compile(r"[^\s<>@\",;:()\[\]\\]{1,64}@[\w.-]{1,190}\.[\w-]{2,60}")
_FAILED_LINE = re.compile(
    r"^[ \t>*]{0,8}(?:\S{0,20}(?:to|for|recipient|address|user):? {1,4})?<?"
    r"([^\s<>@\",;:()\[\]\\]{1,64}@[\w.-]{1,190}\.[\w-]{2,60})>?[ \t]{0,8}(?:$|[:.(]|[ \t]\S{1,4}[ \t]\S{0,12}\d)",
    re.IGNORECASE | re.MULTILINE,
)
_ID_LINE = re.compile(
    r"^[ \t>]{0,10}message-id:\s{0,10}<([\x21-\x3b\x3d\x3f-\x7e]{1,250})>", re.IGNORECASE | re.MULTILINE
)
_TO_LINE = re.compile(r"^[ \t>]{0,10}to:(.{1,300})$", re.IGNORECASE | re.MULTILINE)


def bounce_of(message: Message, null_sender: bool = False) -> Bounce | None:
    """What the mail says of a mail that did not arrive; None where it is no such report.

    ``null_sender`` is set where the envelope had none (RFC 5321 section 4.5.5); a Return-Path that says so counts too.
    """
    if not undelivered(message, null_sender):
        return None
    reported = status_blocks(message)
    blocks = [block for block in reported if block.get("action", "") not in ARRIVED]
    failed = [block for block in blocks if "final-recipient" in block or "original-recipient" in block]
    text = own_text(message)
    words = _words(failed, text) or header(message, "Subject")
    return Bounce(
        message_ids=tuple(dict.fromkeys(_message_ids(message, text)))[:20],
        addresses=tuple(dict.fromkeys(_addresses(message, failed, text)))[:50],
        lasting=_is_lasting(failed, text, f"{words} {header(message, 'Subject')}"),
        words=words[:MOST_WORDS],
        envelope=next((block[_ENVELOPE] for block in reported if _ENVELOPE in block), "")[:100],
    )


def _message_ids(message: Message, text: str) -> Iterator[str]:
    """From the returned mail first; the report's own References name it too, if anything does."""
    for part in own_parts(message):
        if part.get_content_type() in RETURNED:
            yield from (ident for block in blocks_of(part) for ident in message_ids(block, "Message-ID"))
            yield from _ID_LINE.findall(text_of(part))
    for block in status_blocks(message):
        yield from re.findall(r"<([\x21-\x3b\x3d\x3f-\x7e]{1,250})>", block.get("x-original-message-id", ""))
    yield from _ID_LINE.findall(text)
    yield from message_ids(message, "In-Reply-To")
    yield from reversed(message_ids(message, "References"))


def _addresses(message: Message, failed: list[dict[str, str]], text: str) -> list[str]:
    """The address that we wrote to before the one that it was forwarded to."""
    fields = " ".join(
        block.get(name, "") for block in failed for name in ("original-recipient", "final-recipient")
    ) + " ".join(("", raw_header(message, "X-Failed-Recipients")))
    found = _ADDRESS.findall(fields.replace("/", " "))
    said = text.partition("--- Below this line")[0]
    found = found or _FAILED_LINE.findall(said) or list(_returned_to(message, text)) or _named(message, said)
    return [one_spelling(address.rstrip(".")) for address in found]


def _returned_to(message: Message, text: str) -> Iterator[str]:
    """To whom the returned mail was written: the last resort."""
    for part in own_parts(message):
        if part.get_content_type() in RETURNED:
            yield from (address for block in blocks_of(part) for address in _ADDRESS.findall(raw_header(block, "To")))
            yield from (address for line in _TO_LINE.findall(text_of(part)) for address in _ADDRESS.findall(line))
    yield from (address for line in _TO_LINE.findall(text) for address in _ADDRESS.findall(line))


def _named(message: Message, said: str) -> list[str]:
    """Whatever address the report names, but for the server's own and ours."""
    ends = _ADDRESS.findall(" ".join(raw_header(message, name) for name in ("From", "To", "Reply-To")))
    return [address for address in _ADDRESS.findall(said[:3000]) if address not in ends]


def _words(failed: list[dict[str, str]], text: str) -> str:
    """The line that says why: the server's own; else of the text one with a code, or below the address, or telling."""
    for block in failed:
        said = block.get("diagnostic-code", "")
        if said:
            return " ".join(said.partition(";")[2].split() or said.split())
    lines = [" ".join(line.split()) for line in text[:20_000].split("\n")]
    coded = (line for line in lines if _STATUS.search(line) or _REPLY_CODE.search(line))
    below = (lines[place + 1] for place, line in enumerate(lines[:-1]) if _FAILED_LINE.match(line))
    reason = (line for line in lines if any(phrase in line.lower() for phrase in (*FULL_MAILBOX, *LASTING_WORDS)))
    telling = (line for line in lines if any(phrase in line.lower() for phrase in TELLING))
    return next(coded, "") or next(filter(None, below), "") or next(reason, "") or next(telling, "")


def _is_lasting(failed: list[dict[str, str]], text: str, words: str) -> bool:
    """A status of 5.x.x that is no full mailbox, for every recipient that failed; without a status, what is said."""
    if failed:
        return all(_block_is_lasting(block, words) for block in failed)
    said = text.partition("--- Below this line")[0][:20_000].lower()
    return _words_are_lasting(words.lower(), said)


def _block_is_lasting(block: dict[str, str], words: str) -> bool:
    said = f"{block.get('diagnostic-code', '')} {words}".lower()
    status = _STATUS.search(block.get("status", ""))
    if block.get("action") == "delayed" or (status and status[1] != "5"):
        return False
    return _words_are_lasting(f"{status[0] if status else ''} {said}", "")


def _words_are_lasting(words: str, rest: str) -> bool:
    everything = f"{words} {rest}"
    if any(phrase in everything for phrase in FULL_MAILBOX):
        return False
    status = _STATUS.search(words) or _REPLY_CODE.search(words) or _STATUS.search(rest) or _REPLY_CODE.search(rest)
    if status:
        return status[1] == "5"
    return any(phrase in everything for phrase in LASTING_WORDS)
