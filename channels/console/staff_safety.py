"""Staff safety: recording threats and abuse, taking care, and reviewing flags."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from channels.console.guard import Door, officer
from channels.console.shown import Shown
from channels.rendering import typed
from intake.care import Care, NotRecorded, Reviewed, from_contact
from intake.contact import Channel, Person, Proof
from intake.desk import Desk
from intake.entering import read_day
from intake.incidents import MOST_LINE, MOST_WORDS, OPEN, Incident, State, months_on, ways
from intake.rights import Right

STATES: Mapping[State, str] = {
    State.REPORTED: "Not reviewed yet",
    State.CONFIRMED: "Reviewed, the flag stands",
    State.ENDED: "Ended",
    State.DISMISSED: "No incident",
}
REVIEWED: Mapping[str, str] = {
    "confirm": "Confirmed, extended or changed",
    "end": "Ended",
    "dismiss": "Found to be no incident",
}
SOON = timedelta(days=14)
"""Flags that end within so many days are marked in the list."""

_FIELDS = ("kind", "happened_on", "against", "words", "name", "email", "phone")


@dataclass(frozen=True)
class StaffSafetyRoom:
    """Its pages."""

    care: Care
    desk: Desk
    shown: Shown

    def doors(self) -> Sequence[Door]:
        """What each asks for."""
        return (
            Door("/incidents", Right.SEE_INCIDENTS, self.reviews),
            Door("/incidents/report", Right.REPORT_INCIDENT, self.form),
            Door("/incidents/report", Right.REPORT_INCIDENT, self.report, "POST"),
            Door("/incidents/{incident}", Right.SEE, self.incident),
            Door("/incidents/{incident}", Right.REVIEW_INCIDENT, self.review, "POST"),
        )

    # --- recording --------------------------------------------------------------------------------------------------

    async def form(self, request: Request) -> Response:
        """Asks what happened; of a contact, who it was stands there already."""
        contact = request.query_params.get("contact", "")
        person, _, found, _ = await self._of_contact(request, contact)
        answers = {"happened_on": self.care.today.isoformat(), "name": person.name}
        if await self._is_proved(request, found):
            answers["email"] = person.email
        return self._form(request, found, answers, person)

    async def report(self, request: Request) -> Response:
        """Record it."""
        form = await request.form()
        answers = {name: typed(form, name) for name in _FIELDS}
        person, conversation, contact, service = await self._of_contact(request, typed(form, "contact"))
        happened = read_day(answers["happened_on"])
        email, phone = ways(Person(email=answers["email"], phone=answers["phone"]))
        told = _several(form, "told")
        try:
            if happened is None:
                raise NotRecorded({"happened_on": "Say on which day it was, such as 25/11/2026"})
            incident = Incident(
                id="",
                kind=answers["kind"],
                happened_on=happened,
                against=answers["against"][:MOST_LINE],
                words=answers["words"][:MOST_WORDS],
                told=told,
                name=answers["name"][:MOST_LINE],
                email=email[:254],
                phone=phone[:20],
                conversation=conversation,
                contact=contact,
                service=service,
                advice=_several(form, "advice"),
                reporter="",
                reported_at=self.shown.clock(),
                until=happened,
            )
            recorded = await self.care.report(incident, officer(request))
        except NotRecorded as error:
            chosen = {"told": told, "advice": _several(form, "advice")}
            return self._form(request, contact, answers, person, error.mistakes, chosen)
        return RedirectResponse(f"/incidents/{recorded}", 303)

    async def _of_contact(self, request: Request, contact: str) -> tuple[Person, str, str, str]:
        """Who a contact is from, where this officer may see it; else nobody."""
        view = await self.desk.contact(contact, officer(request).scope) if contact else None
        return from_contact(view) if view else (Person(), "", "", "none")

    async def _is_proved(self, request: Request, contact: str) -> bool:
        """Does its mail's domain vouch for the address? What was only typed may be anybody's."""
        view = await self.desk.contact(contact, officer(request).scope) if contact else None
        known = view.contact if view else None
        return known is not None and known.channel is Channel.EMAIL and known.sender_check.proof is Proof.PASSED

    def _form(
        self,
        request: Request,
        contact: str,
        answers: Mapping[str, str],
        person: Person,
        mistakes: Mapping[str, str] | None = None,
        chosen: Mapping[str, Sequence[str]] | None = None,
    ) -> Response:
        return self.shown.page(
            request,
            "console_incident_form.html",
            422 if mistakes else 200,
            words=self.care.words,
            contact=contact,
            answers=answers,
            person=person,
            mistakes=dict(mistakes or {}),
            chosen=chosen or {},
        )

    # --- looking and reviewing --------------------------------------------------------------------------------------

    async def incident(self, request: Request) -> Response:
        """One incident, and its review for who may review."""
        return await self._incident(request)

    async def review(self, request: Request) -> Response:
        """Confirm, extend, change or end a flag, always with a reason."""
        form = await request.form()
        reviewed = Reviewed(
            what=typed(form, "do"),
            reason=typed(form, "reason")[:MOST_LINE],
            until=read_day(typed(form, "until")),
            advice=_several(form, "advice"),
            person_told=typed(form, "person_told")[:MOST_LINE],
        )
        name = request.path_params["incident"]
        try:
            if not await self.care.review(name, reviewed, officer(request)):
                trouble = {"do": "A colleague has ended this before you. See below"}
                return await self._incident(request, 409, trouble)
        except NotRecorded as error:
            return await self._incident(request, 422, error.mistakes, form)
        return RedirectResponse(f"/incidents/{name}", 303)

    async def reviews(self, request: Request) -> Response:
        """Incidents to review, and flags by their end."""
        incidents = await self.care.to_review(officer(request))
        return self.shown.page(
            request,
            "console_incidents.html",
            incidents=incidents,
            words=self.care.words,
            states_of=STATES,
            today=self.care.today,
            soon=self.care.today + SOON,
        )

    async def _incident(
        self,
        request: Request,
        status: int = 200,
        mistakes: Mapping[str, str] | None = None,
        form: FormData | None = None,
    ) -> Response:
        incident = await self.care.look(request.path_params["incident"], officer(request))
        if incident is None:
            raise HTTPException(404)
        proposed = months_on(self.care.today, min(6, self.care.words.longest_months)).isoformat()
        answers = {"until": proposed, "reason": "", "person_told": incident.person_told}
        return self.shown.page(
            request,
            "console_incident.html",
            status,
            incident=incident,
            words=self.care.words,
            states_of=STATES,
            reviewed=REVIEWED,
            stands=incident.stands(self.care.today),
            is_open=incident.state in OPEN,
            hidden_words=not officer(request).scope.sees(incident.service),
            answers={name: typed(form, name) for name in answers} if form else answers,
            advised=_several(form, "advice") if form else incident.advice,
            mistakes=dict(mistakes or {}),
        )


def _several(form: FormData, name: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in form.getlist(name) if isinstance(value, str)))[:20]
