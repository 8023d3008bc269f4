"""Letters on paper: an answer to somebody who wants it by post is printed by an officer, and marked as posted."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from intake.contact import Contact
from intake.conversation import Conversation
from intake.interpretation import Detail


class PaperState(StrEnum):
    """Where a letter on paper stands. ``left``: an officer decided that it is not posted."""

    TO_PRINT = "to_print"
    POSTED = "posted"
    LEFT = "left"


@dataclass(frozen=True)
class PaperLetter:
    """A letter to print. Times are UTC. ``service`` is its matter's: who may not see that, does not see the letter.

    ``officer`` is who posted it or left it, ``note`` why it was left.
    """

    id: str
    conversation: str
    service: str
    name: str
    address: str
    subject: str
    body: str
    written_at: datetime
    state: PaperState = PaperState.TO_PRINT
    officer: str = ""
    done_at: datetime | None = None
    note: str = ""


def wants_paper(conversation: Conversation, contact: Contact) -> bool:
    """Is the answer to go by post? Only what was filled in as a whole says so, and only with an address."""
    by_post = conversation.details.get(Detail.REPLY_BY) == "address"
    return contact.is_whole_form and by_post and bool(conversation.person.address)
