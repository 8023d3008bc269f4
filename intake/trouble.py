"""What went wrong, in words for an officer, and what to do: tables, read in order; the last row fits all."""

import re
from dataclasses import dataclass

LONGEST = 1_000
"""Characters of an error that are looked at."""


@dataclass(frozen=True)
class Trouble:
    """What is the matter, and what to do."""

    what: str
    remedy: str


_BY_HAND = "If it is set aside again, make a contact of it by hand."
_ANOTHER_WAY = "or reach them another way and choose “Nothing to do”."

_OF_CONTACTS = (
    (
        "stopped the program",
        Trouble(
            "Each time that we handled it, the program stopped.",
            "Read it below and make a contact of it by hand. Tell whoever looks after Rightdoor.",
        ),
    ),
    (
        "TimeoutError",
        Trouble("Handling it took too long, each time.", f"Try again. {_BY_HAND}"),
    ),
    (
        "ChangedMeanwhile|IntegrityError",
        Trouble("Something else was changed at the same moment, each time.", f"Try again. {_BY_HAND}"),
    ),
    (
        "OperationalError|DatabaseError|InterfaceError",
        Trouble("The database did not work just then.", "Try again once the database works."),
    ),
    (
        "ConnectError|ConnectionError|ConnectionRefused|OSError|HTTPStatusError|ReadTimeout",
        Trouble("Something that reads messages did not answer.", "Try again once it works."),
    ),
    (
        "",
        Trouble(
            "A fault in Rightdoor kept us from handling it.",
            f"Try again. {_BY_HAND} Tell whoever looks after Rightdoor.",
        ),
    ),
)

_OF_MAIL = (
    (
        r"5\.1\.10|null mx|does not accept mail",
        Trouble("Nobody takes mail at that domain.", f"Correct the address and send it again, {_ANOTHER_WAY}"),
    ),
    (
        r"\b5\.1\.[0-36]\b|no such|unknown|does ?n[o']t exist|not found|mailbox unavailable|invalid recipient",
        Trouble("There is no such address.", f"Correct the address and send it again, {_ANOTHER_WAY}"),
    ),
    (
        r"\b[45]\.2\.2\b|over ?quota|quota exceeded|mailbox (is )?full|insufficient (system )?storage",
        Trouble("Their mailbox is full.", f"Try again in a few days, {_ANOTHER_WAY}"),
    ),
    (
        r"\b[45]\.3\.4\b|\b552\b|too (large|big)|size limit",
        Trouble("The letter is larger than their mail server takes.", f"Write to them by post, {_ANOTHER_WAY}"),
    ),
    (
        r"\b[45]\.7\.|spam|blocked|blacklist|blocklist|policy|denied|not authori[sz]ed|rejected",
        Trouble(
            "Their mail server does not take mail from us.",
            f"Tell whoever looks after the mail server, and try again later, {_ANOTHER_WAY}",
        ),
    ),
    (
        r"\b5\d\d\b",
        Trouble("Their mail server refused it for good.", f"Check the address and send it again, {_ANOTHER_WAY}"),
    ),
    (
        "",
        Trouble(
            "We tried for days, and no mail server took it.",
            "Ask whoever looks after the mail server whether it works (rightdoor email test). Then try again.",
        ),
    ),
)

_OF_MESSAGES = (
    (
        r"blocked by the user|user is deactivated|bot was kicked",
        Trouble(
            "Their chat on Telegram takes nothing more from us: they blocked our bot, or left Telegram.",
            "If their matter is open, call them or write by post. If they write to the bot again, it ends by itself.",
        ),
    ),
    (
        r"chat not found|forbidden|have no rights|can't initiate",
        Trouble(
            "Telegram does not let us write to this chat.",
            "If their matter is open, call them or write by post. If they write to the bot again, it ends by itself.",
        ),
    ),
    (
        "",
        Trouble(
            "Telegram refused this message. They have not read it; what was said after it was sent.",
            "Say it again in their conversation in other words, or reach them another way.",
        ),
    ),
)

_MESSAGES = tuple((re.compile(pattern, re.IGNORECASE), told) for pattern, told in _OF_MESSAGES)
_CONTACTS = tuple((re.compile(pattern), told) for pattern, told in _OF_CONTACTS)
_MAIL = tuple((re.compile(pattern, re.IGNORECASE), told) for pattern, told in _OF_MAIL)


def of_contact(error: str) -> Trouble:
    """Why a contact could not be handled."""
    return next(told for pattern, told in _CONTACTS if pattern.search(error[:LONGEST]))


def of_mail(line: str) -> Trouble:
    """Why a mail could not be sent, by the other side's words (RFC 5321 section 4.2, RFC 3463)."""
    return next(told for pattern, told in _MAIL if pattern.search(line[:LONGEST]))


def of_message(line: str) -> Trouble:
    """Why Telegram did not take a message, by its own words (https://core.telegram.org/bots/api#making-requests)."""
    return next(told for pattern, told in _MESSAGES if pattern.search(line[:LONGEST]))
