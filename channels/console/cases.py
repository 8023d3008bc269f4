"""The cases: a list, and one case with its dates, its history, and all that an officer does on it.

Where somebody changed the case meanwhile, the officer is told what, and finds all that they had typed where it was.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from channels.console.guard import Door, officer
from channels.console.shown import Shown, address, page_number
from channels.console.work import PRIORITIES, chosen_of, day_of, receiver_of
from channels.rendering import typed, whole_number
from intake.canned import VARIABLES, filled
from intake.case import CaseOutcome, CaseState, Priority, WaitsFor
from intake.case_view import LETTER_KINDS, LetterKind, LetterState
from intake.case_work import OUTCOMES
from intake.desk import Desk
from intake.errors import CaseMoved, SendersMove
from intake.letter_desk import LetterDesk, Written
from intake.officers import SignedIn
from intake.rights import Right
from intake.work_desk import NoSuchCase, WorkDesk

OPENED = {state: state in (CaseState.OPEN, CaseState.ANSWERED) for state in CaseState}


@dataclass(frozen=True)
class Asked:
    """One form of a case's page, as it was sent: by whom, for which case, which version of it they saw."""

    reference: str
    who: SignedIn
    seen: int
    form: FormData

    def said(self, key: str) -> str:
        """What stands in a field."""
        return typed(self.form, key)

    def number(self, key: str) -> int:
        """A number in a hidden field; -1 where there is none."""
        return whole_number(self.said(key), 8, -1)


@dataclass(frozen=True)
class CasesRoom:
    """Its pages."""

    desk: Desk
    work: WorkDesk
    shown: Shown

    def doors(self) -> Sequence[Door]:
        """What each asks for."""
        return (
            Door("/cases", Right.SEE, self.cases),
            Door("/cases/{reference}", Right.SEE, self.case),
            Door("/cases/{reference}", Right.WORK, self.do, "POST"),
        )

    async def cases(self, request: Request) -> Response:
        """Cases: urgent first, then by the next date."""
        everything = request.query_params.get("show") == "all"
        number = page_number(request.query_params)
        page = await self.desk.cases(number, closed_too=everything, scope=officer(request).scope)
        return self.shown.page(request, "cases.html", page=page, everything=everything)

    async def case(self, request: Request) -> Response:
        """One case: our understanding, its dates with their working, its history and what is to do."""
        return await self._case(request)

    async def do(self, request: Request) -> Response:
        """One deed on it, which its button names."""
        form = await request.form()
        asked = Asked(
            request.path_params["reference"], officer(request), whole_number(typed(form, "seen"), 8, -1), form
        )
        deed = typed(form, "deed")
        if deed == "fill":
            return await self._case(request, form=form, canned=typed(form, "canned"))
        if deed not in _DEEDS:
            raise HTTPException(404 if await self.work.file(asked.reference, asked.who) is None else 422)
        try:
            told = await _DEEDS[deed](self.work, asked)
        except NoSuchCase:
            raise HTTPException(404) from None
        except CaseMoved as error:
            return await self._case(request, 409, form, moved=str(error))
        except SendersMove as error:
            return await self._case(request, 422, form, mistake=str(error))
        return RedirectResponse(address(f"/cases/{asked.reference}", told=told, letter=_after(deed, asked)), 303)

    async def _case(
        self,
        request: Request,
        status: int = 200,
        form: FormData | None = None,
        *,
        moved: str = "",
        mistake: str = "",
        canned: str = "",
    ) -> Response:
        who, policy = officer(request), self.shown.policy
        file = await self.work.file(request.path_params["reference"], who)
        if file is None:
            raise HTTPException(404)
        given = {key: typed(form, key) for key in form} if form else {}
        every = await self.work.canned()
        if canned in every.words:
            words = every.words[canned]
            text = filled(words.body, file.case, who.account.called, policy, self.shown.clock())
            given |= {"body": text, "kind": words.kind}
        done = request.query_params.get("told", "")
        current = given.get("letter") or request.query_params.get("letter", "")
        return self.shown.page(
            request,
            "case.html",
            status,
            file=file,
            case=file.case,
            contact=file.contact,
            letter=next((one for one in file.letters if one.id == current), None),
            given=given,
            moved=moved,
            mistake=mistake,
            told=TOLD.get(done, ""),
            done_with=DONE_WITH.get(done, ""),
            opened=OPENED[file.case.state],
            colleagues=await self.work.colleagues(who, file.case.service),
            teams=policy.teams,
            canned=every,
            variables=VARIABLES,
            kinds=LETTER_KINDS,
            letter_states=LETTER_STATES,
            outcomes=OUTCOMES,
            priorities=PRIORITIES,
            today=self.work.today(),
        )


LETTER_STATES = {
    LetterState.DRAFT: "Draft",
    LetterState.TO_CHECK: "To be checked",
    LetterState.SENT: "Sent",
    LetterState.DROPPED: "Not sent",
}

TOLD = {
    "allocated": "It has been given.",
    "ranked": "The priority is set.",
    "waits": "It waits, and comes back on the day of the reminder.",
    "goes-on": "It waits no more.",
    "closed": "The case is closed.",
    "opened": "The case is open again.",
    "noted": "Your note is in the history.",
    "task": "The task is added.",
    "task-done": "The task is done.",
    "draft": "The draft is saved. Nothing has been sent.",
    "to-check": "It waits for a second officer to check it.",
    "sent": "The letter is on its way.",
    "to-print": "The letter waits under Letters to print. It goes by post.",
    "back": "It is a draft again.",
    "dropped": "The draft is put away. Nothing has been sent.",
}
"""What was done, by the word that an address carries."""

DONE_WITH = {
    "noted": "note",
    "back": "why",
    **dict.fromkeys(("draft", "to-check", "sent", "to-print", "dropped"), "body"),
}
"""The field whose words were taken with it; what stands in the others is still to be sent."""

_KEEPS_LETTER = ("save", "back")


def _after(deed: str, asked: Asked) -> str:
    """The letter that is open afterwards."""
    return asked.said("letter") if deed in _KEEPS_LETTER else ""


async def _allocate(work: WorkDesk, asked: Asked) -> str:
    await work.allocate(asked.reference, asked.who, asked.seen, receiver_of(asked.form))
    return "allocated"


async def _take(work: WorkDesk, asked: Asked) -> str:
    await work.allocate(asked.reference, asked.who, asked.seen, asked.who.name)
    return "allocated"


async def _rank(work: WorkDesk, asked: Asked) -> str:
    await work.rank(asked.reference, asked.who, asked.seen, chosen_of(Priority, asked.form, "priority"))
    return "ranked"


async def _wait(work: WorkDesk, asked: Asked) -> str:
    waits_for = chosen_of(WaitsFor, asked.form, "waits_for")
    await work.wait(asked.reference, asked.who, asked.seen, waits_for, day_of(asked.form, "remind_on"))
    return "waits"


async def _go_on(work: WorkDesk, asked: Asked) -> str:
    await work.go_on(asked.reference, asked.who, asked.seen)
    return "goes-on"


async def _close(work: WorkDesk, asked: Asked) -> str:
    await work.close(asked.reference, asked.who, asked.seen, chosen_of(CaseOutcome, asked.form, "outcome"))
    return "closed"


async def _reopen(work: WorkDesk, asked: Asked) -> str:
    await work.reopen(asked.reference, asked.who, asked.seen)
    return "opened"


async def _note(work: WorkDesk, asked: Asked) -> str:
    await work.note(asked.reference, asked.who, asked.said("note"))
    return "noted"


async def _task(work: WorkDesk, asked: Asked) -> str:
    due = day_of(asked.form, "due")
    await work.add_task(asked.reference, asked.who, asked.said("what"), due, asked.said("task_for"))
    return "task"


async def _task_done(work: WorkDesk, asked: Asked) -> str:
    await work.do_task(asked.said("task"), asked.who)
    return "task-done"


async def _save(work: WorkDesk, asked: Asked) -> str:
    await LetterDesk(work).save(asked.reference, asked.who, _written(asked))
    return "draft"


async def _finish(work: WorkDesk, asked: Asked) -> str:
    state = await LetterDesk(work).finish(asked.reference, asked.who, _written(asked), asked.seen)
    return "to-check" if state is LetterState.TO_CHECK else await _how_sent(work, asked)


async def _check(work: WorkDesk, asked: Asked) -> str:
    await LetterDesk(work).check(asked.said("letter"), asked.who, asked.number("seen_letter"), asked.seen)
    return await _how_sent(work, asked)


async def _how_sent(work: WorkDesk, asked: Asked) -> str:
    file = await work.file(asked.reference, asked.who)
    return "to-print" if file is not None and file.by_post else "sent"


async def _back(work: WorkDesk, asked: Asked) -> str:
    await LetterDesk(work).send_back(asked.said("letter"), asked.who, asked.number("seen_letter"), asked.said("why"))
    return "back"


async def _drop(work: WorkDesk, asked: Asked) -> str:
    await LetterDesk(work).drop(asked.said("letter"), asked.who, asked.number("seen_letter"))
    return "dropped"


def _written(asked: Asked) -> Written:
    """The letter as it stands in the form. Raises SendersMove where it has no kind."""
    kind, outcome = asked.said("kind"), asked.said("letter_outcome")
    if kind not in set(LetterKind):
        raise SendersMove("Choose what sort of letter it is.")
    ends = CaseOutcome(outcome) if outcome in set(CaseOutcome) else None
    return Written(asked.said("letter"), asked.number("seen_letter"), LetterKind(kind), asked.said("body"), ends)


_DEEDS: Mapping[str, Callable[[WorkDesk, Asked], Awaitable[str]]] = {
    "take": _take,
    "allocate": _allocate,
    "rank": _rank,
    "wait": _wait,
    "go_on": _go_on,
    "close": _close,
    "reopen": _reopen,
    "note": _note,
    "task": _task,
    "task_done": _task_done,
    "save": _save,
    "finish": _finish,
    "check": _check,
    "back": _back,
    "drop": _drop,
}
