"""Whole contacts from another system: kept, handled as far as that goes quickly, and answered."""

import asyncio
import hashlib
import logging
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from channels.api.bodies import read_body
from channels.api.problems import KEY_USED, NOT_KEPT, WRONG_KEY, Problem
from channels.api.shapes import ContactKept, NewContact
from intake.contact import Channel, Contact, Kept, Person
from intake.conversation import Speaker
from intake.errors import CannotKeep
from intake.ports import Clock, Readers, Store, UnitOfWork
from intake.reception import Reception

log = logging.getLogger(__name__)

PATIENCE = 10.0
LOOK_AGAIN_AFTER = 0.1
"""Seconds: how long a contact is waited for until it is handled, and how often it is looked at."""

HANDED_IN = "api:"
"""How the fingerprints of these contacts begin."""

_OWN_DOORS = (Channel.EMAIL, Channel.WEBCHAT, Channel.TELEGRAM)
_KEY = re.compile(r"[ -~]{1,255}")


@dataclass(frozen=True)
class Contacts:
    """The address /contacts."""

    reception: Reception
    store: Store
    clock: Clock

    async def hand_in(self, request: Request) -> Response:
        """Keep a contact, once for each Idempotency-Key."""
        key = _key(request)
        body = await read_body(request, NewContact)
        kept = self._kept(body, key)
        try:
            contact = await self.reception.receive(kept)
        except CannotKeep as error:
            log.warning("a contact was not kept: %s", error)
            raise Problem(NOT_KEPT, headers={"Retry-After": "120"}) from None
        if contact != kept.id and not await self.store.read(lambda unit: _is_same(unit, contact, kept.raw)):
            raise Problem(KEY_USED)
        told = await self._handled(contact)
        return Response(told.model_dump_json(exclude_unset=True), 202, media_type="application/json")

    def _kept(self, body: NewContact, key: str) -> Kept:
        channel = Channel(body.channel)
        return Kept(
            id=secrets.token_hex(12),
            channel=Channel.WEB_FORM if channel in _OWN_DOORS else channel,
            received_at=self.clock(),
            fingerprint=HANDED_IN + hashlib.sha256(key.encode()).hexdigest(),
            lane="",
            sender="",
            recipients=(),
            raw=body.model_dump_json().encode(),
        )

    async def _handled(self, contact: str) -> ContactKept:
        """Have it handled now, or wait shortly for whoever handles it. It is kept already, so no failure matters."""
        try:
            async with asyncio.timeout(PATIENCE):
                await self.reception.attend(contact)
                while not (told := await self.store.read(lambda unit: _told(unit, contact))).route:
                    await asyncio.sleep(LOOK_AGAIN_AFTER)
                    await self.reception.attend(contact)
                return told
        except Exception as error:
            log.warning("contact %s is kept but has no answer yet: %s", contact, type(error).__name__)
            return ContactKept(contact=contact, route=None)


def reading(read_form: Callable[[Kept], Contact]) -> Readers:
    """How contacts of these channels are read; forms of our own pages by ``read_form``."""

    def read_either(kept: Kept) -> Contact:
        return read_contact(kept) if kept.fingerprint.startswith(HANDED_IN) else read_form(kept)

    others = dict.fromkeys((Channel.PHONE, Channel.LETTER, Channel.IN_PERSON), read_contact)
    return {Channel.WEB_FORM: read_either, **others}


def read_contact(kept: Kept) -> Contact:
    """The contact that was handed in. Never raises: what cannot be read is a Contact that says so."""
    try:
        said = NewContact.model_validate_json(kept.raw)
    except ValueError as error:
        trouble = f"The contact could not be read ({type(error).__name__}); open the original."
        return Contact(kept.id, kept.channel, kept.received_at, Person(), "", "", trouble=trouble)
    more = (("My address: ", said.address), ("My reference: ", said.reference))
    text = "\n\n".join([said.text, *(f"{name}{words}" for name, words in more if words)])
    person = Person(said.name, said.email, said.phone, said.address)
    return Contact(kept.id, kept.channel, kept.received_at, person, said.subject, text)


def _key(request: Request) -> str:
    """The key, with or without the quotes that its draft asks for; one of our own where none is given."""
    given = request.headers.get("idempotency-key")
    if given is None:
        return secrets.token_urlsafe(24)
    key = given.strip().removeprefix('"').removesuffix('"')
    if not _KEY.fullmatch(key):
        raise Problem(WRONG_KEY)
    return key


def _is_same(unit: UnitOfWork, contact: str, raw: bytes) -> bool:
    original = unit.desk.original(contact)
    return original is not None and original.raw == raw


def _told(unit: UnitOfWork, contact: str) -> ContactKept:
    """What is known of it; without a route while nobody has handled it."""
    outcome, known = unit.inbox.outcome(contact)
    conversation = unit.conversations.get(known) if outcome and known else None
    if conversation is None or conversation.decision is None:
        return ContactKept(contact=contact, route=None)
    told = ContactKept(contact=contact, route=conversation.decision.route)
    turns = unit.conversations.turns(conversation.id)
    letters = [turn.text for turn in turns if turn.contact == contact and turn.by is Speaker.ASSISTANT]
    more = {"reference": conversation.case, "answer": letters[-1] if letters else ""}
    return told.model_copy(update={name: words for name, words in more.items() if words})
