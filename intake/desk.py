"""The desk: what officers see, each within their scope, and the first things that they may do."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from intake.accounts import Accounts
from intake.case import Case
from intake.centre_reach import instead
from intake.colleagues import named
from intake.contact import Channel
from intake.conversation import Conversation
from intake.desk_view import (
    CaseView,
    ContactLine,
    ContactView,
    LetterLine,
    Original,
    Page,
    Wanted,
    paged,
)
from intake.files import LINK_LASTS, File, Link, is_proved, read_link, write_link
from intake.interpretation import Detail
from intake.officers import SignedIn
from intake.ports import Clock, FileReaders, Store, UnitOfWork
from intake.rights import EVERY_SERVICE, Scope
from intake.veil import hidden_contacts, veiled


@dataclass
class Desk:
    """Where officers look things up. What is outside somebody's scope is, for them, not there at all."""

    store: Store
    clock: Clock
    accounts: Accounts
    files: FileReaders = field(default_factory=dict)

    async def contacts(self, wanted: Wanted, number: int = 1, scope: Scope = EVERY_SERVICE) -> Page[ContactLine]:
        """A page of the contacts, newest first."""
        return await self.store.read(lambda unit: paged(number, partial(unit.desk.contacts, wanted, scope)))

    async def contact(self, contact: str, scope: Scope = EVERY_SERVICE) -> ContactView | None:
        """One contact with its conversation; None where there is no such contact."""
        return await self.store.read(lambda unit: _view(unit, contact, scope))

    async def original(self, contact: str, scope: Scope = EVERY_SERVICE) -> Original | None:
        """The contact byte for byte as it came; None where there is no such contact."""

        def seen(unit: UnitOfWork) -> Original | None:
            return unit.desk.original(contact) if _seen(unit, contact, scope) else None

        return await self.store.read(seen)

    def link(self, file: File, officer: SignedIn) -> str:
        """A word that opens this file for ten minutes, while this officer stays signed in."""
        until = self.clock() + LINK_LASTS
        return write_link(
            Link(file.contact, file.attachment.number, officer.sign_in.token_hash, until), officer.form_token
        )

    async def file(self, word: str) -> File | None:
        """The file that a link opens; None where the link is forged, too old, or its officer has signed out."""
        link, now = read_link(word), self.clock()
        officer = await self.accounts.holder_of(link.session) if link else None
        if link is None or officer is None or not is_proved(word, link, officer.form_token, now):
            return None
        scope = officer.scope

        def seen(unit: UnitOfWork) -> File | None:
            return unit.attachments.get(link.contact, link.number) if _seen(unit, link.contact, scope) else None

        return await self.store.read(seen)

    async def contents(self, file: File) -> bytes | None:
        """A file's bytes; None where it may not be downloaded, or is not found in the original."""
        original = await self.original(file.contact) if file.may_be_downloaded else None
        reader = self.files.get(original.channel) if original else None
        found = await reader(original.raw, file.attachment.number) if original and reader else None
        return found[1] if found else None

    async def cases(self, number: int = 1, *, closed_too: bool = False, scope: Scope = EVERY_SERVICE) -> Page[Case]:
        """A page of the open cases (or of all): urgent first, then by the next date."""
        return await self.store.read(lambda unit: paged(number, partial(unit.desk.cases, closed_too, scope)))

    async def case(self, reference: str, scope: Scope = EVERY_SERVICE) -> CaseView | None:
        """One case; None where there is no such reference."""
        return await self.store.read(lambda unit: _case(unit, reference, scope))


def _seen(unit: UnitOfWork, contact: str, scope: Scope) -> ContactView | None:
    """The contact alone, without its conversation, where it is within the scope."""
    view = unit.desk.contact(contact)
    return view if view is not None and scope.sees(view.line.service) else None


def _view(unit: UnitOfWork, contact: str, scope: Scope) -> ContactView | None:
    view = _seen(unit, contact, scope)
    if view is None:
        return None
    view = replace(view, files=unit.attachments.of_contact(contact))
    if view.contact and view.contact.entered:
        (entered,) = named(unit, [view.contact.entered])
        view = replace(view, contact=replace(view.contact, entered=entered))
    conversation = unit.conversations.get(view.conversation) if view.conversation else None
    if conversation is None:
        return view
    hidden = hidden_contacts(unit, conversation.id, scope)
    turns = tuple(unit.conversations.turns(conversation.id))
    if conversation.channel is not Channel.EMAIL:
        seen = {turn.contact for turn in turns if turn.contact} - hidden
        view = replace(view, files=unit.attachments.of_contacts(seen))
    case = unit.cases.get(conversation.case) if conversation.case else None
    return replace(
        view,
        turns=veiled(turns, hidden),
        waiting_for="" if hidden else conversation.waiting_for,
        case=case.reference if case is not None and scope.sees(case.service) else "",
        told={} if hidden else _told(conversation),
        letters=_letters(unit, conversation.id),
        address=conversation.person.email,
        comes_back=unit.addresses.dead(conversation.person.email),
        instead=instead(conversation.person, case.person if case else None),
    )


def _told(conversation: Conversation) -> dict[Detail, str]:
    return {detail: words for detail, words in conversation.details.items() if detail is not Detail.WHAT}


def _letters(unit: UnitOfWork, conversation: str) -> Sequence[LetterLine]:
    letters = unit.desk.letters(conversation)
    return [replace(letter, attempts=unit.outbox.attempts_of(letter.id)) for letter in letters]


def _case(unit: UnitOfWork, reference: str, scope: Scope) -> CaseView | None:
    case = unit.cases.get(reference)
    if case is None or not scope.sees(case.service):
        return None
    return CaseView(case, unit.desk.first_contact(case.conversation))
