"""Is this mail a report of failed delivery? By RFC 3464 where its server keeps to it, else by sender and words.

Everything is looked at cut, and with patterns that cannot go back.
"""

import base64
import binascii
import re
from collections.abc import Iterator
from email.message import Message
from itertools import islice

from channels.reading.headers import header, raw_header
from channels.senders.bounce_words import MACHINE_WORDS, ROLE_WORDS, STRONG_SUBJECTS, SUBJECTS, TELLING
from channels.senders.parts import blocks_of, kinds_of, own_parts, own_text, text_of

RETURNED = frozenset({"message/rfc822", "message/global", "text/rfc822-headers", "message/rfc822-headers"})
"""The parts in which a report carries the mail, or its head, that did not arrive."""

ARRIVED = frozenset({"delivered", "relayed", "expanded"})
"""The actions of RFC 3464 section 2.3.3 that are no failure."""

_STATUS_PART = "message/delivery-status"
_OTHER_REPORTS = frozenset({"message/disposition-notification", "message/feedback-report", "application/tlsrpt+gzip"})
_DAEMON = re.compile(r"mailer[-_. ]?daemon|mail[-_.]daemon|mail deliver(?:y|er)? (?:sub)?system", re.IGNORECASE)
_ROLE = re.compile(
    r"post[-_.]?master|mail(?:er|box)?[-_. ]?admin|mail system|mailsystem|bounces?[-+@]|mail delivery"
    r"|mail ?server|content[- ]filter|administrator@|system administrator|internet mail|microsoftexchange[0-9a-f]{8}"
    r"|interscan|mailscanner|mailmarshal|mimecast|barracuda|amavis|anti-?spam|<@?>",
    re.IGNORECASE,
)
_ANSWERED = re.compile(r"(?:re|fwd?|aw|wg|tr|sv|vs|vb|odp|antw)\s?:", re.IGNORECASE)
_GREETING = re.compile(r"\s{0,20}(?:dear|hello|hi|good (?:morning|afternoon|evening)|to whom)\b", re.IGNORECASE)
_CODE = re.compile(r"\b[45]\d\d[ -]#?[45]\.\d{1,3}\.\d{1,3}\b|\(#[45]\.\d{1,3}\.\d{1,3}\)")
_FIELD = re.compile(r"^([\w-]{1,60})[ \t]{0,8}:(.{0,1000})$", re.MULTILINE)
_FOLD = re.compile(r"\n[ \t]+")


def undelivered(message: Message, null_sender: bool) -> str:
    """Why this is a report of failed or late delivery, in words; empty where it is none, or one of success."""
    if arrived(message):
        return ""
    kinds = kinds_of(message)
    checks = (
        (_is_report(message, kinds), "it is a delivery report"),
        (bool(raw_header(message, "X-Failed-Recipients")), "it names recipients that failed"),
        (_is_from_a_daemon(message), "a mail server wrote it"),
        (_says_so(message, null_sender), "it says that a mail was not delivered"),
    )
    return next((why for is_so, why in checks if is_so), "")


def arrived(message: Message) -> bool:
    """Whether it is a report that every mail it names arrived (RFC 3464 section 2.3.3)."""
    if message.get_content_type() != "multipart/report":
        return False
    actions = [block["action"] for block in status_blocks(message) if "action" in block]
    return bool(actions) and all(action in ARRIVED for action in actions)


def _is_report(message: Message, kinds: frozenset[str]) -> bool:
    """RFC 3462; and where a gateway has packed the report in, or lost its report-type, what it holds says so."""
    if message.get_content_type() == "multipart/report":
        declared = "delivery-status" in raw_header(message, "Content-Type").lower()
        return declared or _STATUS_PART in kinds or bool(kinds & RETURNED and not kinds & _OTHER_REPORTS)
    return _STATUS_PART in kinds and (_is_from_a_role(message) or _subject_says(message) or _has_null_path(message))


def _is_from_a_daemon(message: Message) -> bool:
    return bool(_DAEMON.search(raw_header(message, "From")) or _DAEMON.search(header(message, "From")))


def _is_from_a_role(message: Message) -> bool:
    return _is_from_a_daemon(message) or bool(_ROLE.search(f"{header(message, 'From')} {raw_header(message, 'From')}"))


def _has_null_path(message: Message) -> bool:
    return raw_header(message, "Return-Path").replace(" ", "") == "<>"


def _subject_says(message: Message) -> bool:
    subject = header(message, "Subject").lower()
    return not _ANSWERED.match(subject) and any(phrase in subject for phrase in SUBJECTS)


def _says_so(message: Message, null_sender: bool) -> bool:
    """A subject is enough beside the null sender; a role's mail needs more; anybody else's begins as servers write."""
    text = own_text(message)
    told, opening = _tells_failure(text), text[:600].lower()
    if null_sender or _has_null_path(message):
        return _subject_says(message) or (told and _is_technical(text))
    if _is_of_a_person(opening):
        return False
    if _is_from_a_role(message):
        strong = header(message, "Subject").lower().startswith(STRONG_SUBJECTS)
        return strong or (_is_technical(text) and (told or _subject_says(message)))
    return told and _subject_says(message) and any(phrase in opening for phrase in MACHINE_WORDS)


def _is_of_a_person(opening: str) -> bool:
    """Servers greet nobody and own nothing."""
    return bool(_GREETING.match(opening)) or " my " in opening.replace("\n", " ")


def _is_technical(text: str) -> bool:
    return bool(_CODE.search(text)) or any(phrase in text.lower() for phrase in ROLE_WORDS)


def _tells_failure(text: str) -> bool:
    """Whether the words are those of a server that could not deliver."""
    lower = text[:20_000].lower()
    return bool(_CODE.search(lower)) or any(phrase in lower for phrase in TELLING)


def status_blocks(message: Message) -> list[dict[str, str]]:
    """The fields of each block of the delivery reports, names and actions in lower case."""
    parts = [part for part in own_parts(message) if part.get_content_type() == _STATUS_PART]
    return [fields for part in parts for fields in _fields_of(part)]


def _fields_of(part: Message) -> Iterator[dict[str, str]]:
    """Blocks part at a blank line, or where the next Final-Recipient begins: some servers leave the line out."""
    for block in _status_text(part).split("\n\n"):
        fields: dict[str, str] = {}
        for found in _FIELD.finditer(_FOLD.sub(" ", block)):
            name, value = found[1].lower(), found[2].strip()
            fields.setdefault(name, value.lower().split(" ")[0] if name == "action" else value)
        if fields:
            yield fields


def _status_text(part: Message) -> str:
    """The report as it was written. The parser has taken it for headers; in base64 it took nothing."""
    blocks = ["\n".join((*_lines(block), _string(block.get_payload()))) for block in blocks_of(part)]
    text = "\n\n".join(blocks) or text_of(part)
    if raw_header(part, "Content-Transfer-Encoding").lower() != "base64":
        return text[:65_536]
    try:
        return base64.b64decode("".join(text.split())[:80_000]).decode("utf-8", "replace").replace("\r\n", "\n")
    except (binascii.Error, ValueError):
        return ""


def _lines(block: Message) -> list[str]:
    return [f"{name}: {' '.join(str(value)[:2000].split())}" for name, value in islice(block.raw_items(), 50)]


def _string(payload: object) -> str:
    return payload.replace("\r\n", "\n")[:65_536] if isinstance(payload, str) else ""
