"""The day's work: lists of cases with their counts, filters and saved views, what is done to many at once, and keys.

Every page works by posting and loading. Its script only makes it quicker.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import TypeVar
from urllib.parse import urlencode

from starlette.datastructures import FormData, QueryParams
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response

from channels.console.guard import Door, officer
from channels.console.shown import WORK_FILES, Shown, address, page_number
from channels.rendering import typed
from intake.bulk import Bulk, BulkDesk, in_words
from intake.case import CaseOutcome, Priority, WaitsFor
from intake.case_view import LETTER_KINDS, CasesWanted
from intake.case_work import OUTCOMES
from intake.day_lists import LISTS, MOST_COUNTED, DayLists
from intake.errors import SendersMove
from intake.rights import Right
from intake.work_desk import WorkDesk

_FOR_GOOD = {"Cache-Control": "private, max-age=31536000, immutable"}

DUE = {"today": "Due today", "overdue": "Overdue", "week": "Due within a week"}
STATES = {"answered": "Answered", "closed": "Closed or withdrawn", "all": "All"}
WAITS = {WaitsFor.SERVICE.value: "For the service", WaitsFor.RESIDENT.value: "For the resident"}
PRIORITIES = {Priority.HIGH.value: "High", Priority.NORMAL.value: "Normal", Priority.LOW.value: "Low"}
BULK_OUTCOMES = {
    key: words for key, words in OUTCOMES.items() if key in (CaseOutcome.WITHDRAWN, CaseOutcome.RESOLVED_EARLY)
}
"""What may end many at once without a response."""

_LONGEST = 80

Choice = TypeVar("Choice", WaitsFor, CaseOutcome, Priority)


@dataclass(frozen=True)
class WorkRoom:
    """Its pages."""

    work: WorkDesk
    lists: DayLists
    bulk: BulkDesk
    shown: Shown

    def doors(self) -> Sequence[Door]:
        """What each asks for."""
        return (
            Door("/work", Right.SEE, self.cases),
            Door("/work/drafts", Right.SEE, self.drafts),
            Door("/work/mentions", Right.SEE, self.mentions),
            Door("/work/tasks", Right.SEE, self.tasks),
            Door("/work/mentions/{mention}", Right.WORK, self.seen, "POST"),
            Door("/work/tasks/{task}", Right.WORK, self.done, "POST"),
            Door("/work/views", Right.WORK, self.save_view, "POST"),
            Door("/work/views/{view}", Right.WORK, self.drop_view, "POST"),
            Door("/work/many", Right.MANAGE, self.many, "POST"),
            Door("/work/undo/{undo}", Right.MANAGE, self.undo, "POST"),
            *(Door(f"/work/{name}", Right.SIGNED_IN, self.file) for name in WORK_FILES),
        )

    async def cases(self, request: Request) -> Response:
        """The cases that the address asks for; without any filter, one's own."""
        return await self._cases(request, wanted_of(request.query_params))

    async def drafts(self, request: Request) -> Response:
        """Letters that wait for a second officer."""
        page, names = await self.lists.drafts(page_number(request.query_params), officer(request))
        return await self._page(request, "console_drafts.html", "drafts", page=page, names=names, kinds=LETTER_KINDS)

    async def mentions(self, request: Request) -> Response:
        """Where one was named."""
        page, names = await self.lists.mentions(page_number(request.query_params), officer(request))
        return await self._page(request, "console_mentions.html", "mentions", page=page, names=names)

    async def tasks(self, request: Request) -> Response:
        """What one is to do."""
        return await self._tasks(request)

    async def _tasks(self, request: Request, status: int = 200, told: str = "") -> Response:
        page, names = await self.lists.tasks(page_number(request.query_params), officer(request))
        return await self._page(request, "console_tasks.html", "tasks", page=page, names=names, told=told)

    async def seen(self, request: Request) -> Response:
        """A mention was seen."""
        await self.work.seen_mention(request.path_params["mention"], officer(request))
        return RedirectResponse("/work/mentions", 303)

    async def done(self, request: Request) -> Response:
        """A task is done; somebody may have done it before, which is as good."""
        try:
            await self.work.do_task(request.path_params["task"], officer(request))
        except SendersMove as error:
            return await self._tasks(request, 409, str(error))
        return RedirectResponse("/work/tasks", 303)

    async def save_view(self, request: Request) -> Response:
        """These filters under a name."""
        form = await request.form()
        wanted = wanted_of(QueryParams(typed(form, "filters")))
        try:
            await self.lists.save_view(
                officer(request), typed(form, "name"), urlencode(wanted.query), typed(form, "team")
            )
        except SendersMove as error:
            return await self._cases(request, wanted, 422, mistake=str(error))
        return RedirectResponse(address("/work", **wanted.query), 303)

    async def drop_view(self, request: Request) -> Response:
        """A view of one's own is removed."""
        await self.lists.drop_view(officer(request), request.path_params["view"])
        return RedirectResponse("/work", 303)

    async def many(self, request: Request) -> Response:
        """The same to every case that is ticked."""
        form, who = await request.form(), officer(request)
        wanted = wanted_of(QueryParams(typed(form, "filters")))
        chosen = _chosen(form)
        try:
            undo = await self.bulk.do(who, self._bulk(form, request), chosen)
        except SendersMove as error:
            return await self._cases(request, wanted, 422, mistake=str(error), chosen=frozenset(chosen), form=form)
        return RedirectResponse(address("/work", **wanted.query, done=undo), 303)

    async def undo(self, request: Request) -> Response:
        """What was done to many is as it was."""
        wanted = wanted_of(QueryParams(typed(await request.form(), "filters")))
        undo = request.path_params["undo"]
        try:
            await self.bulk.undo(officer(request), undo)
        except SendersMove as error:
            return await self._cases(request, wanted, 422, mistake=str(error))
        return RedirectResponse(address("/work", **wanted.query, done=undo), 303)

    async def file(self, request: Request) -> Response:
        """The script of the keys and the style of these pages."""
        return FileResponse(WORK_FILES[request.url.path.rpartition("/")[2]], headers=_FOR_GOOD)

    def _bulk(self, form: FormData, request: Request) -> Bulk:
        """What is to be done. Raises SendersMove where that is not said."""
        who = officer(request)
        match typed(form, "deed"):
            case "mine":
                return self.bulk.allocate(who, who.name)
            case "allocate":
                return self.bulk.allocate(who, receiver_of(form))
            case "wait":
                return self.bulk.wait(chosen_of(WaitsFor, form, "waits_for"), day_of(form, "remind_on"))
            case "task":
                return self.bulk.add_task(typed(form, "what"), day_of(form, "due"), typed(form, "task_for") or who.name)
            case "close":
                return self.bulk.close(chosen_of(CaseOutcome, form, "outcome"))
        raise SendersMove("Choose what to do with them.")

    async def _cases(
        self,
        request: Request,
        wanted: CasesWanted,
        status: int = 200,
        *,
        mistake: str = "",
        chosen: frozenset[str] = frozenset(),
        form: FormData | None = None,
    ) -> Response:
        who = officer(request)
        done = await self.bulk.done(who, request.query_params.get("done", "")[:_LONGEST].replace("\0", ""))
        found = await self.lists.cases(wanted, page_number(request.query_params), who)
        current = next((key for key, (_, its) in LISTS.items() if its == wanted), "")
        return await self._page(
            request,
            "console_work.html",
            current,
            status,
            found=found,
            page=found.page,
            wanted=wanted,
            filters=urlencode(wanted.query),
            views=await self.lists.views(who),
            mistake=mistake,
            done=done,
            done_words=in_words(done) if done else "",
            chosen=chosen,
            typed=dict(form) if form else {},
            colleagues=await self.work.colleagues(who),
            teams=self.shown.policy.teams,
            services=self.shown.policy.services,
            dues=DUE,
            case_states=STATES,
            waits=WAITS,
            priorities=PRIORITIES,
            outcomes=BULK_OUTCOMES,
        )

    async def _page(
        self, request: Request, template: str, current: str, status: int = 200, **values: object
    ) -> Response:
        counts = await self.lists.counts(officer(request))
        lists = [(key, words, address("/work", **wanted.query), counts[key]) for key, (words, wanted) in LISTS.items()]
        lists += [(key, words, f"/work/{key}", counts[key]) for key, words in _OTHERS.items()]
        if counts["entries"]:
            lists.append(("entries", "Entries that lie forgotten", "/enter#colleagues", counts["entries"]))
        common = {"lists": lists, "current": current, "most_counted": MOST_COUNTED, "today": self.work.today()}
        return self.shown.page(request, template, status, **common, **values)


_OTHERS = {"drafts": "Drafts to check", "mentions": "Mentions", "tasks": "My tasks"}


def wanted_of(query: QueryParams) -> CasesWanted:
    """The filters of an address: one's own cases where it has none, and all open ones where each asks for any."""
    given = {one.name: query.get(one.name, "")[:_LONGEST].replace("\0", "") for one in fields(CasesWanted)}
    if any(given.values()):
        return CasesWanted(**given)
    return CasesWanted(state="open") if "state" in query else CasesWanted(whose="me")


def chosen_of(kind: type[Choice], form: FormData, key: str) -> Choice:
    """What was chosen. Raises SendersMove where nothing was."""
    try:
        return kind(typed(form, key))
    except ValueError:
        raise SendersMove(_CHOOSE[key]) from None


_CHOOSE = {
    "waits_for": "Choose who it waits for.",
    "outcome": "Choose an outcome.",
    "priority": "Choose a priority.",
}


def day_of(form: FormData, key: str) -> date:
    """A day as a date field sends it. Raises SendersMove."""
    try:
        return date.fromisoformat(typed(form, key))
    except ValueError:
        raise SendersMove("Enter a date, such as 27 3 2027.") from None


def receiver_of(form: FormData) -> str:
    """Who a case is given to; empty for nobody, which is chosen like everybody else. Raises SendersMove."""
    to = typed(form, "to")
    if not to:
        raise SendersMove("Choose who to give it to.")
    return "" if to == "nobody" else to


def _chosen(form: FormData) -> dict[str, int]:
    """The ticked cases with the version that the page showed."""
    pairs = (str(value).replace("\0", "").partition(":") for value in form.getlist("case"))
    return {reference: int(seen) for reference, _, seen in pairs if seen.isdecimal() and len(seen) < 9}
