"""Answers: what was said and where it stands, in the API's shapes."""

import math
from collections.abc import Mapping

from pydantic import BaseModel
from starlette.responses import Response

from channels.api.problems import TOO_OFTEN, WRONG_FIELDS, Mistake, Problem
from channels.api.shapes import ChoiceOffered, FileTold, State, TurnTold
from channels.live import View
from intake.conversation import Conversation, Speaker, Turn


def json_answer(body: BaseModel, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A body as JSON. What is not there is left out, unless its shape says that it is always told."""
    words = body.model_dump_json(exclude_none=True)
    return Response(words, status, headers, media_type="application/json")


def numbered(view: View, after: int = 0) -> list[TurnTold]:
    """The turns with higher numbers than ``after``. What a machine sent us by mail is no part of the talk."""
    told = enumerate(view.turns[after:], after + 1)
    return [
        TurnTold(
            n=number,
            at=turn.at,
            by=turn.by.value,
            text=turn.text,
            choices=[ChoiceOffered(label=choice.label, value=choice.value) for choice in turn.choices] or None,
            files=_files(view, turn) or None,
        )
        for number, turn in told
        if turn.by is not Speaker.MACHINE
    ]


def _files(view: View, turn: Turn) -> list[FileTold]:
    if turn.by is not Speaker.RESIDENT:
        return []
    files = view.files.get(turn.contact, ())
    return [FileTold(name=file.name, media_type=file.media_type, size=file.size) for file in files]


def standing(state: Conversation | None) -> State:
    """Where the conversation stands. The reference is of the matter that is talked about."""
    decision = state.decision if state else None
    return State(
        route=decision.route if decision else "",
        service=decision.service if decision else "none",
        procedure=decision.procedure if decision else "",
        urgent=bool(state and (state.urgent or (decision and decision.urgent))),
        signpost=decision.signpost if decision else "none",
        reference=(state.own_case or None) if state else None,
        done=bool(state and state.talk.done),
        help=(state.talk.help or None) if state else None,
    )


def too_often(seconds: float) -> Problem:
    """Come again after so many seconds."""
    return Problem(TOO_OFTEN, headers={"Retry-After": str(math.ceil(seconds))})


def whole_number(text: str, parameter: str) -> int:
    """A number of the address or of a header. Raises Problem."""
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        mistake = Mistake(detail="must be the number of a turn, such as 12", parameter=parameter)
        raise Problem(WRONG_FIELDS, [mistake])
    return int(text)
