"""Whole nouns of the heart as JSON, in the columns that hold one."""

from typing import TypeVar

from pydantic import TypeAdapter

from intake.case import Case
from intake.case_view import Undoable
from intake.contact import Contact, Reply
from intake.conversation import Conversation
from intake.drafts import Draft
from intake.entering import Entry
from intake.flow import Choice
from intake.incidents import Incident
from intake.interpretation import Detail
from intake.triage import Decision
from intake.wording import quoted

Noun = TypeVar("Noun")

CASE = TypeAdapter(Case)
CHOICES = TypeAdapter(tuple[Choice, ...])
CONTACT = TypeAdapter(Contact)
CONVERSATION = TypeAdapter(Conversation)
DECISION = TypeAdapter(Decision)
DRAFT = TypeAdapter(Draft)
ENTRY = TypeAdapter(Entry)
INCIDENT = TypeAdapter(Incident)
REPLY = TypeAdapter(Reply)
UNDOABLE = TypeAdapter(Undoable)


def about(conversation: Conversation) -> str:
    """What a conversation is about, in a line: its subject, or the words in which it was told."""
    return conversation.subject or quoted(conversation.details.get(Detail.WHAT, ""), 80)


def as_json(adapter: TypeAdapter[Noun], noun: Noun) -> str:
    """A noun as a document column keeps it."""
    return adapter.dump_json(noun).decode("utf-8", "replace")
