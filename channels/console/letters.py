"""Letters on paper: what officers print, post, and mark as posted."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from channels.console.guard import Door, officer
from channels.console.shown import Shown
from channels.rendering import typed
from intake.entry_desk import EntryDesk
from intake.paper import PaperState
from intake.rights import Right
from intake.wording import day

STATES = {PaperState.POSTED: "Posted", PaperState.LEFT: "Not posted"}
_MOST_WORDS = 300


@dataclass(frozen=True)
class LettersRoom:
    """Its pages."""

    desk: EntryDesk
    shown: Shown

    def doors(self) -> Sequence[Door]:
        """What each asks for."""
        return (
            Door("/letters", Right.SEE_ENTERED, self.letters),
            Door("/letters/{letter}", Right.SEE_ENTERED, self.letter),
            Door("/letters/{letter}", Right.ENTER, self.mark, "POST"),
        )

    async def letters(self, request: Request) -> Response:
        """Those to print, oldest first, and what became of the last ones."""
        waiting, done = await self.desk.letters(officer(request))
        return self.shown.page(request, "console_letters.html", waiting=waiting, done=done, states_of=STATES)

    async def letter(self, request: Request) -> Response:
        """One letter as it is printed."""
        return await self._letter(request)

    async def mark(self, request: Request) -> Response:
        """It was posted, or is not to be, and why."""
        form = await request.form()
        note, posted = typed(form, "note")[:_MOST_WORDS], typed(form, "do") == "posted"
        if not posted and not note:
            return await self._letter(request, 422, "Say in a few words why it is not posted")
        state = PaperState.POSTED if posted else PaperState.LEFT
        if not await self.desk.mark(request.path_params["letter"], state, note, officer(request)):
            return await self._letter(request, 409, "A colleague has marked this letter before you. See below")
        return RedirectResponse("/letters", 303)

    async def _letter(self, request: Request, status: int = 200, trouble: str = "") -> Response:
        letter = await self.desk.letter(request.path_params["letter"], officer(request))
        if letter is None:
            raise HTTPException(404)
        ours = [part.strip() for part in self.shown.policy.council.post.split(",")]
        values = {
            "on": day(self.shown.policy.calendar.local_day(letter.written_at), self.shown.policy),
            "letter": letter,
            "ours": ours,
            "trouble": trouble,
            "states_of": STATES,
        }
        return self.shown.page(request, "console_letter.html", status, **values)
