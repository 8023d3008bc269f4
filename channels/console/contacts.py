"""The contacts: lists, and one contact with its conversation, its decision and its letters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from channels.console.guard import Door, officer
from channels.console.shown import Shown, page_number
from channels.files.file_pages import FilePages
from intake.care import Care, from_contact
from intake.contact import NOT_TYPED, Channel, Ended, Proof
from intake.desk import Desk
from intake.desk_view import Wanted
from intake.interpretation import Detail
from intake.rights import Right
from intake.triage import TABLE

STATES_OF_LETTERS = {
    "waiting": "Waits to be sent",
    "sent": "Handed on. Nobody tells us whether it arrived",
    "came_back": "It came back, so they have not read it",
    "set_aside": "Could not be sent: see Set aside",
    "left": "Could not be sent, and an officer put it away",
    "held_back": "Not sent, as an officer had taken over",
}
"""The states of a letter. Who takes it may still lose it: none of them says that it arrived."""

ATTEMPTS = {
    Ended.SENT: "Handed on",
    Ended.LATER: "Not taken for now",
    Ended.REFUSED: "Refused for good",
    Ended.UNCLEAR: "Nobody can say whether it was taken",
}

SENDER_CHECKS = {
    Proof.PASSED: "Confirmed: the sender’s domain vouches for this mail",
    Proof.FAILED: "Denied: the sender’s domain says that this mail is not from there. It may be forged",
    Proof.UNKNOWN: "Not known: nothing confirms that this address is really the sender’s",
}

_SUFFIXES = {Channel.EMAIL: "eml", Channel.WEB_FORM: "json", **dict.fromkeys(NOT_TYPED, "json")}
_DETAIL_NAMES = {
    Detail.WHERE: "Where",
    Detail.PUT_RIGHT: "Wants",
    Detail.NAME: "Name",
    Detail.PHONE: "Telephone",
    Detail.EMAIL: "Email",
    Detail.REFERENCE: "Reference",
    Detail.AMOUNT: "Amount",
    Detail.EARLIER: "Earlier",
    Detail.WHEN: "Times",
    Detail.REPLY_BY: "Reply by",
    Detail.ADDRESS: "Address",
    Detail.BEHALF: "For",
    Detail.CONSENT: "Do they know",
    Detail.NEEDS: "Needs from us",
}
_RULES = {rule.key: rule for rule in TABLE}
_CONTACT_WORDS: Mapping[str, Any] = {
    "rules": _RULES,
    "detail_names": _DETAIL_NAMES,
    "letter_states": STATES_OF_LETTERS,
    "attempt_ends": ATTEMPTS,
    "sender_checks": SENDER_CHECKS,
}


@dataclass(frozen=True)
class ContactsRoom:
    """Its pages."""

    desk: Desk
    shown: Shown
    files: FilePages
    care: Care

    def doors(self) -> Sequence[Door]:
        """What each asks for."""
        return (
            Door("/contacts", Right.SEE, self.contacts),
            Door("/contacts/{contact}", Right.SEE, self.contact),
            Door("/contacts/{contact}/original", Right.SEE, self.original),
        )

    async def contacts(self, request: Request) -> Response:
        """Contacts, newest first, by the filters of the address."""
        query = request.query_params
        show = query.get("show", "")
        wanted = Wanted(query.get("route", ""), urgent=show == "urgent", needs_person=show == "person")
        page = await self.desk.contacts(wanted, page_number(query), officer(request).scope)
        return self.shown.page(request, "contacts.html", page=page, show=show, route=wanted.route)

    async def contact(self, request: Request) -> Response:
        """One contact: its conversation, what was decided and why."""
        view = await self.desk.contact(request.path_params["contact"], officer(request).scope)
        if view is None:
            raise HTTPException(404)
        files = self.files.lines(view, officer(request))
        person, conversation, _, _ = from_contact(view)
        flags = await self.care.flags(person, conversation)
        return self.shown.page(request, "contact_view.html", view=view, files=files, flags=flags, **_CONTACT_WORDS)

    async def original(self, request: Request) -> Response:
        """The bytes as they came, as a download that no browser runs."""
        original = await self.desk.original(request.path_params["contact"], officer(request).scope)
        if original is None:
            raise HTTPException(404)
        name = f"{original.contact}.{_SUFFIXES.get(original.channel, 'bin')}"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(original.raw, media_type="application/octet-stream", headers=headers)
