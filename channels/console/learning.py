"""What is learnt from corrections: how accurate the reading is, and examples that a second person approves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from channels.console.guard import Door, officer
from channels.console.shown import Shown
from channels.console.triage import VERSION
from channels.rendering import typed
from intake.accuracy import BANDS, PERIODS
from intake.errors import SendersMove
from intake.example_desk import MOST_JUDGED, ExampleDesk
from intake.interpretation import Sign
from intake.rights import Right
from intake.training import examples_file

FILE_NAME = "approved-examples.yml"

BAND_NAMES: Mapping[str, str] = {
    key: f"{round(least * 100)}% and more" if number == 0 else f"{round(least * 100)}% to {round(above * 100)}%"
    for number, (key, least, above) in enumerate(zip(BANDS, BANDS.values(), (1.0, *BANDS.values()), strict=False))
}

RULE_NAMES: Mapping[str, str] = {
    "no_action": "Automatic mail, advertising, no words",
    "still_a_complaint": "Says again, in the same conversation, that it is a complaint",
    "answers_us": "Answers what we asked",
    "case_update": "Adds to a case",
    "handover": "Asks for a person",
    "officer": "An officer decided",
    "talk": "Said in a chat, nothing to decide",
    "talk_aside": "Said in passing in a chat",
    "part": "One matter of several",
}
"""Rules whose own names tell an officer little. The others are called as their routes are."""


@dataclass(frozen=True)
class LearningRoom:
    """Its pages."""

    desk: ExampleDesk
    shown: Shown

    def doors(self) -> Sequence[Door]:
        """What each asks for. They stand before the doors of single contacts."""
        return (
            Door("/triage/accuracy", Right.OVERSEE, self.accuracy),
            Door("/triage/examples", Right.OVERSEE, self.examples),
            Door(f"/triage/{FILE_NAME}", Right.OVERSEE, self.file),
            Door("/triage/examples/{example}", Right.MANAGE, self.judge, "POST"),
        )

    async def accuracy(self, request: Request) -> Response:
        """What was decided alone and left, or corrected: by route, rule and confidence."""
        asked = request.query_params.get("days", "")
        days = int(asked) if asked in map(str, PERIODS) else PERIODS[0]
        report = await self.desk.accuracy(officer(request), days)
        return self.shown.page(
            request,
            "console_accuracy.html",
            report=report,
            days=days,
            periods=PERIODS,
            bands=BAND_NAMES,
            rules=RULE_NAMES,
            version=VERSION,
        )

    async def examples(self, request: Request) -> Response:
        """Proposed examples, each beside what was written."""
        return await self._examples(request)

    async def judge(self, request: Request) -> Response:
        """Approve one as it stands in the form, or refuse it."""
        form, example = await request.form(), request.path_params["example"]
        signals = [value for value in form.getlist("signals") if isinstance(value, str)]
        given = (typed(form, "text"), typed(form, "route"), typed(form, "service"), signals)
        try:
            wrong = await self.desk.judge(
                example, officer(request), *given, approved=typed(form, "verdict") == "approve"
            )
        except SendersMove as error:
            return await self._examples(request, 409, example, {"text": str(error)})
        if wrong is None:
            raise HTTPException(404)
        if wrong:
            return await self._examples(request, 422, example, wrong)
        return RedirectResponse("/triage/examples", 303)

    async def file(self, request: Request) -> Response:
        """Every approved example, in the format of nlu/examples, as a download."""
        text = examples_file(await self.desk.approved(officer(request)))
        headers = {"Content-Disposition": f'attachment; filename="{FILE_NAME}"'}
        return Response(text, media_type="application/yaml", headers=headers)

    async def _examples(
        self, request: Request, status: int = 200, example: str = "", wrong: Mapping[str, str] | None = None
    ) -> Response:
        who = officer(request)
        examples, approved = await self.desk.proposed(who)
        return self.shown.page(
            request,
            "console_examples.html",
            status,
            examples=examples,
            approved=approved,
            most=MOST_JUDGED,
            mine=who.name,
            signs=list(Sign),
            services=self.shown.policy.services,
            of=example,
            wrong=wrong or {},
            version=VERSION,
        )
