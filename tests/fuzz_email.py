"""Fuzzes the reading of mail with atheris: python tests/fuzz_email.py [libFuzzer's options] [folder of mails].

What is looked for: an exception that leaves ``read``, a step of it that fails, words that are not clean, a file that is
listed and not found again, a mail that takes longer than libFuzzer's -timeout.
"""

import json
import re
import sys
from dataclasses import asdict
from datetime import UTC, datetime

import atheris

with atheris.instrument_imports(include=["channels", "intake"]):
    from channels.email_parser import read
    from channels.reading.files import file_of
    from intake.contact import Channel, Contact, Kept

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
OWN = frozenset({"complaints@bettershire.gov.uk"})
TRUSTED = frozenset({"mx.example"})
UNCLEAN = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def read_one(raw: bytes) -> None:
    """One mail: read it, and take its last file out again."""
    contact = read(Kept("c1", Channel.EMAIL, NOW, "f1", "", "anne@example.org", tuple(OWN), raw), OWN, TRUSTED)
    expect("failed" not in contact.trouble and "could not be read (" not in contact.trouble, contact.trouble)
    expect(not unclean(contact), "words that are not clean")
    if contact.attachments:
        last = contact.attachments[-1]
        found = file_of(raw, last.number)
        expect(found is not None and found[0] == last and len(found[1]) == last.size, "a file that is not found again")


def unclean(contact: Contact) -> bool:
    """Whether a control character or half a letter came through."""
    return bool(UNCLEAN.search("".join(words(asdict(contact))))) or not json.dumps(asdict(contact), default=str)


def words(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return [found for one in inside for found in words(one)]


def expect(holds: bool, otherwise: str) -> None:
    if not holds:
        raise AssertionError(otherwise)


if __name__ == "__main__":
    atheris.Setup(sys.argv, read_one)
    atheris.Fuzz()
