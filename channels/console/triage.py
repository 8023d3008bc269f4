"""The triage queue: contacts that an officer must decide, one after another, by keyboard; and decisions put right.

Every page works by posting and loading. Its script only makes it quicker.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response

from channels.api.watching import Watch
from channels.console.guard import Door, officer
from channels.console.live import ago
from channels.console.shown import Shown, address, page_number
from channels.rendering import typed, version_of, whole_number
from intake.addresses import one_spelling
from intake.care import Care
from intake.contact import Person
from intake.correction_view import Part, TriageView
from intake.corrections import DOES, DOORS, Ruling, same
from intake.corrections import decision_of as ruled
from intake.example_desk import ExampleDesk
from intake.officers import SignedIn
from intake.rights import Right
from intake.triage import TABLE
from intake.triage_desk import MOST_PARTS, TriageDesk, guess_of
from intake.wording import quoted

KEYS: Mapping[str, str] = {
    "formal": "f",
    "urgent": "u",
    "early_intervention": "e",
    "service_request": "r",
    "business_request": "b",
    "other_organisation": "o",
    "alternative_path": "p",
    "compliment": "k",
    "comment": "m",
    "question": "q",
    "member_enquiry": "c",
    "information_request": "i",
    "escalation": "x",
    "case_update": "d",
    "status": "t",
    "withdrawn": "w",
    "handover": "h",
    "no_action": "z",
}
"""The key of each route. Others: a agrees, s and g go to service and signpost, y adds a matter, n is the next one."""

_FOLDER = Path(__file__).parent.parent / "pages"
_FILES = {"triage.js": _FOLDER / "console_triage.js", "triage.css": _FOLDER / "console_triage.css"}
VERSION = version_of(_FILES.values())
_FOR_GOOD = {"Cache-Control": "private, max-age=31536000, immutable"}
_LONGEST = 2_000
_PERSON = ("name", "email", "phone", "address")


@dataclass(frozen=True)
class TriageRoom:
    """Its pages."""

    desk: TriageDesk
    shown: Shown
    watch: Watch
    care: Care

    def doors(self) -> Sequence[Door]:
        """What each asks for."""
        return (
            Door("/triage", Right.SEE_TRIAGE, self.queue),
            *(Door(f"/triage/{name}", Right.SEE_TRIAGE, self.file) for name in _FILES),
            Door("/triage/{contact}", Right.SEE_TRIAGE, self.contact),
            Door("/triage/{contact}", Right.TRIAGE, self.decide, "POST"),
            Door("/triage/{contact}/example", Right.TRIAGE, self.propose, "POST"),
        )

    async def queue(self, request: Request) -> Response:
        """Who waits for a decision: urgent ones first, then who has waited longest."""
        who = officer(request)
        page, in_all = await self.desk.queue(who, page_number(request.query_params))
        done = await self._done(request)
        return self._page(request, "console_triage.html", page=page, in_all=in_all, done=done)

    async def contact(self, request: Request) -> Response:
        """One contact to decide, or to correct."""
        return await self._contact(request)

    async def decide(self, request: Request) -> Response:
        """Do what was decided, then the next one. What was done before is put right only once that is confirmed."""
        contact, who, form = request.path_params["contact"], officer(request), await request.form()
        view = await self.desk.view(contact, who)
        if view is None:
            raise HTTPException(404)
        agrees = bool(typed(form, "agree"))
        ruling = guess_of(view.decision, who) if agrees else _ruling(form, view, who)
        parts = _parts(form)
        seen = whole_number(typed(form, "seen"), 5, -1)
        changes = seen == view.seen and view.carried_out and not same(view.decision, ruled(ruling, self.shown.policy))
        if changes and not typed(form, "confirmed"):
            leads_to = await self.desk.preview(contact, who, ruling)
            if leads_to:
                return self._confirm(request, form, view, ruling, [*leads_to, *_besides(parts)])
        decided = await self.desk.decide(contact, who, ruling, seen, parts)
        if decided is None:
            raise HTTPException(404)
        if not decided.done:
            status = 409 if decided.refused else 422
            return await self._contact(request, status, ruling, parts, decided.wrong, decided.refused)
        self.watch.ring(decided.conversation)
        there = f"/triage/{decided.next}" if decided.next and view.waits else "/triage"
        return RedirectResponse(address(there, done=contact), 303)

    async def propose(self, request: Request) -> Response:
        """It is proposed as an example to learn from."""
        contact = request.path_params["contact"]
        if not await ExampleDesk(self.desk).propose(contact, officer(request)):
            raise HTTPException(404)
        return RedirectResponse(f"/triage/{contact}?proposed=yes", 303)

    async def file(self, request: Request) -> Response:
        """The script and the style of these pages."""
        return FileResponse(_FILES[request.url.path.rpartition("/")[2]], headers=_FOR_GOOD)

    async def _done(self, request: Request) -> object:
        contact = request.query_params.get("done", "")
        return await self.desk.last(contact, officer(request)) if contact else None

    async def _contact(
        self,
        request: Request,
        status: int = 200,
        ruling: Ruling | None = None,
        parts: Sequence[Part] = (),
        wrong: Mapping[str, str] | None = None,
        refused: str = "",
    ) -> Response:
        view = await self.desk.view(request.path_params["contact"], officer(request))
        if view is None:
            raise HTTPException(404)
        chosen = ruling if ruling and not refused else guess_of(view.decision, officer(request))
        beside = list(parts) if ruling and not refused else list(view.parts)
        return self._page(
            request,
            "console_triage_one.html",
            status,
            view=view,
            flags=await self.care.flags(view.contact.person, view.view.conversation),
            chosen=chosen,
            person=chosen.person or view.contact.person,
            beside=[*beside, *(Part("", "", "none") for _ in range(MOST_PARTS - len(beside)))],
            given=len(beside),
            wrong=_Wrong(wrong or {}),
            refused=refused,
            done=await self._done(request),
            proposed=bool(request.query_params.get("proposed")),
            names=dict(view.names),
        )

    def _confirm(
        self, request: Request, form: FormData, view: TriageView, ruling: Ruling, leads_to: Sequence[str]
    ) -> Response:
        fields = [(name, value) for name, value in form.items() if name != "form_token" and isinstance(value, str)]
        return self._page(
            request, "console_triage_confirm.html", view=view, ruling=ruling, leads_to=leads_to, fields=fields
        )

    def _page(self, request: Request, template: str, status: int = 200, **values: object) -> Response:
        policy = self.shown.policy
        words = {
            "version": VERSION,
            "keys": KEYS,
            "does": DOES,
            "doors": DOORS,
            "rules": {rule.key: rule for rule in TABLE},
            "services": policy.services,
            "signposts": policy.signposts,
            "procedures": policy.procedures,
            "now": self.shown.clock(),
            "ago": ago,
        }
        return self.shown.page(request, template, status, **(words | values))


class _Wrong(dict[str, str]):
    """What is wrong, by field; nothing where a field is right."""

    def __missing__(self, field: str) -> str:
        return ""


def _ruling(form: FormData, view: TriageView, who: SignedIn) -> Ruling:
    before = view.contact.person
    given = {name: typed(form, name)[:200] if name in form else getattr(before, name) for name in _PERSON}
    person = replace(Person(**given), email=one_spelling(given["email"]))
    return Ruling(
        route=typed(form, "route"),
        service=typed(form, "service") or "none",
        signpost=typed(form, "signpost") or "none",
        procedure=typed(form, "procedure"),
        urgent=bool(typed(form, "urgent")),
        person=person if person != before else None,
        case=typed(form, "case").upper()[:32],
        officer=who.account.called,
        reason=typed(form, "reason")[:_LONGEST],
    )


def _parts(form: FormData) -> list[Part]:
    """The matters besides that have words."""
    parts = (
        Part(
            typed(form, f"part{number}_words")[:20_000],
            typed(form, f"part{number}_route"),
            typed(form, f"part{number}_service") or "none",
            typed(form, f"part{number}_signpost") or "none",
        )
        for number in range(1, MOST_PARTS + 1)
    )
    return [part for part in parts if part.words]


def _besides(parts: Sequence[Part]) -> list[str]:
    return [f"Decides another matter by itself: “{quoted(part.words, 80)}”." for part in parts]
