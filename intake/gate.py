"""The gate: may this letter go out by itself? Everything automatic passes it, so that no loop and no forgery gets far.

RFC 3834 section 2 is the least of it: many machines say nothing of themselves, so equal words are not answered twice,
and nobody is written to more often than a person would be.
"""

from dataclasses import dataclass

from intake.addresses import one_spelling
from intake.contact import Contact, Proof
from intake.policy import Policy

MOST_IN_AN_HOUR = 10
"""Letters to one conversation within an hour: more than a person at a keyboard brings about by mail."""

MOST_BROUGHT_ABOUT = 30
"""Letters, to whomever, that one address brings about within an hour before no more are passed on to teams."""

_ENOUGH = 200
_A_FEW_WORDS = 60
"""Characters by which our own letter is known, and that may stand before it."""


@dataclass(frozen=True)
class Lately:
    """What went to and fro before this letter.

    ``to_address`` letters went to its address within a day, ``in_conversation`` in its conversation within an hour.
    ``said_before``: the same sender said the same words within a day. ``echo``: it is our own last letter to them.
    ``dead``: the line with which mail to the address came back (empty: it did not). ``brought_about`` letters went to
    anybody in its conversations within an hour.
    """

    to_address: int = 0
    in_conversation: int = 0
    said_before: bool = False
    echo: bool = False
    dead: str = ""
    brought_about: int = 0


@dataclass(frozen=True)
class Closed:
    """Why nothing is sent by itself, in words for an officer; and whether a person must see to it."""

    why: str
    needs_person: bool = True


def answer_closed(contact: Contact, lately: Lately, policy: Policy) -> Closed | None:
    """Why this contact may not be answered by itself; None where it may."""
    address = contact.person.email
    rules = (
        (not address, Closed("It has no address that can be answered.", needs_person=False)),
        (bool(contact.automatic), Closed(f"Not written by a person: {contact.automatic}.", needs_person=False)),
        (address in policy.council.mailboxes, Closed("It comes from our own address.")),
        (address in policy.team_addresses, Closed("It comes from one of our teams.")),
        (contact.sender_check.proof is Proof.FAILED, Closed("Its sender may be forged, so nothing was sent to them.")),
        (bool(contact.no_answer), Closed(f"Not answered by itself: {contact.no_answer}.")),
        (parked(address, policy), Closed("Its sender is on the council's list of those not answered by itself.")),
        (lately.echo, Closed("It is our own letter, sent back to us.")),
        (lately.said_before, Closed("The same words came before: not answered again by itself.")),
    )
    closed = next((closed for is_so, closed in rules if is_so), None)
    return closed or _too_much(lately, policy)


def letter_closed(to: str, lately: Lately, policy: Policy) -> Closed | None:
    """Why no letter goes by itself to an address that was typed in a live conversation; None where one may."""
    if to in policy.council.mailboxes or to in policy.team_addresses or parked(to, policy):
        return Closed("The address that was given is one of ours, or is not written to by itself.")
    return _too_much(lately, policy)


def passing_closed(contact: Contact, to: str, danger: bool, lately: Lately, policy: Policy) -> Closed | None:
    """Why this contact may not be passed on to the team at ``to`` by itself; None where it may.

    A team's mailbox may answer by itself too, from its own address or another. ``danger`` is told all the same, but not
    to the team that writes of it, nor in the same words without end.
    """
    address = contact.person.email
    again = lately.said_before and not contact.bounce
    too_many = lately.brought_about >= MOST_BROUGHT_ABOUT
    if danger and address != one_spelling(to) and not (again and too_many):
        return None
    rules = (
        (address in policy.team_addresses, Closed("It comes from one of our teams.")),
        (lately.echo, Closed("It is our own letter, sent back to us.")),
        (again, Closed("The same words came before: not passed on again by itself.")),
        (too_many, Closed("Too many letters for this address within an hour: no more are passed on by themselves.")),
    )
    return next((closed for is_so, closed in rules if is_so and address), None)


def _too_much(lately: Lately, policy: Policy) -> Closed | None:
    if lately.dead:
        return Closed(f"Mail to this address comes back: {lately.dead}")
    if lately.to_address >= policy.letters_a_day:
        return Closed("Too many letters to this address today: nothing more is sent by itself.")
    if lately.in_conversation >= MOST_IN_AN_HOUR:
        return Closed("Too many letters in this conversation within an hour: nothing more is sent by itself.")
    return None


def is_echo(said: str, letter: str) -> bool:
    """Does what was said begin with our own letter? A few words may stand before it."""
    ours = _plain(letter)[:_ENOUGH]
    return len(ours) >= _ENOUGH and ours in _plain(said[: 4 * _ENOUGH])[: _ENOUGH + _A_FEW_WORDS]


def _plain(text: str) -> str:
    return " ".join("".join(sign if sign.isalnum() else " " for sign in text.lower()).split())


def parked(address: str, policy: Policy) -> bool:
    """Does the council keep mail of this address, or of its whole domain, for a person?"""
    return address in policy.parked or address.rpartition("@")[2] in policy.parked
