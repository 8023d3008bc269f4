"""Entering: a page for an officer who talks on the phone, holds a letter, or has somebody before them."""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response

from channels.console.aloud import aloud
from channels.console.guard import Door, officer
from channels.console.shown import Shown
from channels.rendering import typed, whole_number
from channels.uploads import LARGEST, LARGEST_FORM, LIMITS, MOST_FILES, Refusal, Refused, Sent, is_form, sent, words_of
from intake.care import Care
from intake.contact import NOT_TYPED, Channel, Person
from intake.entering import ANSWERED, DATED, DETAILS, NOT_CHOSEN, Considered, Entry, consider, mistakes
from intake.entry_desk import EntryDesk, Overtaken, Written
from intake.errors import CannotKeep
from intake.files import saved_name
from intake.form import FOR_WHOM, SELF, WHAT
from intake.interpretation import Detail
from intake.policy import Policy, Team
from intake.rights import Right
from intake.triage import BY_PROCEDURE
from intake.wording import case_dates

WITH_SCRIPT = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
}
"""The page's own policy: it has a script of ours."""

CAME_BY: Mapping[Channel, str] = {
    Channel.PHONE: "Phone call",
    Channel.LETTER: "Letter",
    Channel.IN_PERSON: "In person",
}
KEYS: Mapping[str, str] = {
    WHAT: "n",
    "where": "w",
    "when": "t",
    "put_right": "p",
    "earlier": "b",
    FOR_WHOM: "o",
    "name": "m",
    "reply_by": "r",
    "email": "i",
    "phone": "h",
    "address": "a",
    "reference": "c",
    "needs": "g",
    "route": "u",
    "service": "s",
}
"""The letter that, with Alt, jumps to a field. D, E and F are the browser's own."""

_AREAS = frozenset({"where", "put_right", "address", "needs", "behalf"})
_PAGES = Path(__file__).parent.parent / "pages"
_TURNS = 2**53
"""More writings than a browser counts to."""


@dataclass(frozen=True)
class Field:
    """A question of the page: how it is said aloud, and what its control is."""

    name: str
    spoken: str
    key: str
    choices: Sequence[tuple[str, str]] = ()
    lines: int = 1


@dataclass(frozen=True)
class EnterRoom:
    """Its pages. Before it is sent, only who began an entry sees it, or the manager who took it over."""

    desk: EntryDesk
    shown: Shown
    care: Care

    def doors(self) -> Sequence[Door]:
        """What each asks for."""
        return (
            Door("/enter", Right.SEE_ENTERED, self.choose),
            Door("/enter", Right.ENTER, self.begin, "POST"),
            Door("/enter/style.css", Right.SEE_ENTERED, self.style),
            Door("/enter/script.js", Right.ENTER, self.script),
            Door("/enter/{entry}", Right.ENTER, self.page),
            Door("/enter/{entry}", Right.ENTER, self.take, "POST", octets=LARGEST_FORM),
            Door("/enter/{entry}/says", Right.ENTER, self.says, "POST"),
            Door("/enter/{entry}/take-over", Right.MANAGE, self.take_over, "POST"),
        )

    # --- beginning --------------------------------------------------------------------------------------------------

    async def choose(self, request: Request) -> Response:
        """How it came; and what is unfinished."""
        who = officer(request)
        entries, lying = await self.desk.unfinished(who), await self.desk.of_colleagues(who)
        return self.shown.page(request, "console_enter.html", entries=entries, lying=lying, came_by=CAME_BY)

    async def begin(self, request: Request) -> Response:
        """A new entry of a channel."""
        channel = typed(await request.form(), "channel")
        if channel not in set(NOT_TYPED):
            raise HTTPException(404)
        entry = await self.desk.begin(Channel(channel), officer(request))
        return RedirectResponse(f"/enter/{entry}", 303)

    async def take_over(self, request: Request) -> Response:
        """A manager goes on with what a colleague began."""
        entry = request.path_params["entry"]
        if not await self.desk.take_over(entry, officer(request)):
            raise HTTPException(404)
        return RedirectResponse(f"/enter/{entry}", 303)

    # --- writing ----------------------------------------------------------------------------------------------------

    async def page(self, request: Request) -> Response:
        """The entry as it stands; once it was sent, what to tell the person."""
        entry = await self._entry(request)
        return await self._done(request, entry) if entry.contact else await self._page(request, entry)

    async def says(self, request: Request) -> Response:
        """For the script: keep what the page holds, and answer with what we make of it."""
        form = await request.form()
        try:
            entry = await self.desk.write(request.path_params["entry"], _written(form), officer(request))
        except Overtaken:
            return HTMLResponse("", 409)
        if entry is None or entry.contact:
            return HTMLResponse("", 404)
        return self.shown.page(request, "console_enter_says.html", **await self._says(request, entry))

    async def take(self, request: Request) -> Response:
        """A button of the page: keep all it holds, then do what the button says."""
        if not is_form(request):
            return await self._take(request, Sent(await request.form()))
        async with sent(request) as given:
            return await self._take(request, given)

    async def _take(self, request: Request, given: Sent) -> Response:
        do, who, written = typed(given.form, "do"), officer(request), _written(given.form)
        name = request.path_params["entry"]
        try:
            entry = await self.desk.write(name, written, who)
        except Overtaken as error:
            entry = await self._entry(request)
            kept = Entry(**{**vars(entry), "answers": written.answers})
            return await self._page(
                request, kept, status=409, trouble=f"{error}. Save again to keep what you see here."
            )
        if entry is None:
            raise HTTPException(404)
        if entry.contact:
            return RedirectResponse(f"/enter/{name}", 303)
        if do == "throw_away":
            await self.desk.throw_away(name, who)
            return RedirectResponse("/enter", 303)
        if do.startswith("remove-") and do[7:].isdecimal() and len(do) < 12:
            await self.desk.detach(name, int(do[7:]), who)
            return RedirectResponse(f"/enter/{name}#files", 303)
        refused = await self._attach(entry, given, request)
        if refused or do != "send":
            return await self._after(request, refused)
        return await self._send(request, await self._entry(request))

    async def _after(self, request: Request, refused: Sequence[Refused]) -> Response:
        if not refused:
            return RedirectResponse(request.url.path, 303)
        entry = await self._entry(request)
        wrong = {"files": " ".join(words_of(each, self.shown.policy) for each in refused)}
        return await self._page(request, entry, 422, wrong)

    async def _attach(self, entry: Entry, given: Sent, request: Request) -> Sequence[Refused]:
        """Keep the files that were chosen; answers with those that are not taken."""
        if not given.files:
            return given.refused
        size = sum(file.size for file in entry.files) + sum(len(file.data) for file in given.files)
        if len(entry.files) + len(given.files) > MOST_FILES:
            return (*given.refused, Refused("", Refusal.TOO_MANY))
        if size > LARGEST:
            return (*given.refused, Refused("", Refusal.TOO_LARGE))
        files = [(file.attachment(number), file.data) for number, file in enumerate(given.files)]
        await self.desk.attach(entry.id, files, officer(request))
        return given.refused

    async def _send(self, request: Request, entry: Entry) -> Response:
        now, policy = self.shown.clock(), self.shown.policy
        wrong = mistakes(entry, consider(entry, policy, now), policy, now)
        if wrong:
            return await self._page(request, entry, 422, wrong)
        try:
            await self.desk.send(entry, officer(request))
        except CannotKeep:
            trouble = "It could not be sent just now. All is kept here: wait a moment, then send it again."
            return await self._page(request, entry, status=503, trouble=trouble)
        return RedirectResponse(request.url.path, 303)

    # --- pages ------------------------------------------------------------------------------------------------------

    async def _page(
        self,
        request: Request,
        entry: Entry,
        status: int = 200,
        wrong: Mapping[str, str] | None = None,
        trouble: str = "",
    ) -> Response:
        page = self.shown.page(
            request,
            "console_enter_page.html",
            status,
            **await self._says(request, entry),
            came_by=CAME_BY[entry.channel],
            fields=self.fields(),
            mistakes=dict(wrong or {}),
            trouble=trouble,
            window=secrets.token_hex(8),
            is_letter=entry.channel is Channel.LETTER,
            dated=DATED,
            services={key: service.name for key, service in self.shown.policy.services.items()},
            signposts={key: signpost.body for key, signpost in self.shown.policy.signposts.items()},
            procedures={key: procedure.name for key, procedure in self.shown.policy.procedures.items()},
            routes={key: name for key, name in self.shown.routes().items() if key not in NOT_CHOSEN},
            key=KEYS,
            accept="image/*,.pdf",
            files_hint=f"Scans and photos: at most {LIMITS['most']} files, {LIMITS['size']} altogether.",
            names=[saved_name(file.name) for file in entry.files],
        )
        page.headers.update(WITH_SCRIPT)
        return page

    async def _says(self, request: Request, entry: Entry) -> dict[str, Any]:
        """What we make of an entry: for the page and for the script alike."""
        policy, now = self.shown.policy, self.shown.clock()
        considered = consider(entry, policy, now)
        decision = considered.decision
        return {
            "entry": entry,
            "considered": considered,
            "is_read": entry.reading is not None,
            "signpost": policy.signposts.get(decision.signpost),
            "team": policy.team_for(decision.route, decision.service),
            "to_phone": list(dict.fromkeys(_teams(considered, policy))),
            "to_ask": [(detail, _spoken(detail, self.shown)) for detail in considered.missing],
            "told": [(policy.flow.questions[detail].label, words) for detail, words in considered.told.items()],
            "procedure": self._procedure(considered),
            "flags": await self.care.flags(_whom(entry)),
            "case": await self.desk.case(entry, officer(request)),
        }

    def _procedure(self, considered: Considered) -> str:
        known = self.shown.policy.procedures.get(considered.decision.procedure)
        return known.name if known and considered.decision.route in BY_PROCEDURE else ""

    async def _done(self, request: Request, entry: Entry) -> Response:
        answered = await self.desk.answered(entry.contact)
        case, policy = answered.case, self.shown.policy
        page = self.shown.page(
            request,
            "console_enter_done.html",
            entry=entry,
            answered=answered,
            case=case,
            aloud=aloud(case.reference) if case else "",
            dates=tuple(case_dates(case, policy)) if case else (),
            mailbox=policy.council.mailboxes[0],
        )
        page.headers.update(WITH_SCRIPT)
        return page

    async def _entry(self, request: Request) -> Entry:
        entry = await self.desk.entry(request.path_params["entry"], officer(request))
        if entry is None:
            raise HTTPException(404)
        return entry

    def fields(self) -> Sequence[Field]:
        """The questions in their order, which never changes."""
        return [
            Field(
                detail.value,
                _spoken(detail, self.shown),
                KEYS.get(detail, ""),
                [(choice.value, choice.label) for choice in self.shown.policy.flow.questions[detail].choices],
                3 if detail in _AREAS else 1,
            )
            for detail in DETAILS
            if detail in self.shown.policy.flow.questions
        ]

    async def style(self, request: Request) -> Response:
        """The page's own style."""
        return FileResponse(_PAGES / "console_enter.css")

    async def script(self, request: Request) -> Response:
        """The page's script: it saves, and shows what we make of it."""
        return FileResponse(_PAGES / "console_enter.js")


def _spoken(detail: Detail, shown: Shown) -> str:
    question = shown.policy.flow.questions[detail]
    return question.spoken or question.ask


def _written(form: FormData) -> Written:
    """What a page sent. A window that counts nothing writes once."""
    answers = {name: words for name in ANSWERED if (words := typed(form, name))}
    if answers.get(FOR_WHOM) == SELF:
        answers = {name: words for name, words in answers.items() if name not in (Detail.BEHALF, Detail.CONSENT)}
    return Written(answers, typed(form, "window")[:32], _number(form, "turn"), _number(form, "seen"))


def _teams(considered: Considered, policy: Policy) -> Iterator[Team]:
    """Who deals with each danger."""
    calls = (harm.trigger.call for harm in considered.harms)
    return (policy.teams[call] for call in calls if call in policy.teams)


def _whom(entry: Entry) -> Person:
    return Person(email=entry.answers.get(Detail.EMAIL, ""), phone=entry.answers.get(Detail.PHONE, ""))


def _number(form: FormData, name: str) -> int:
    return min(whole_number(typed(form, name), 16, 0), _TURNS)
