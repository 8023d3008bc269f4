"""The day's work on a case, as pure functions: who has it, what it waits for, how it ends, and which clocks that meets.

Case in, case out; what may not be done raises SendersMove with the words that its officer reads.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime

from intake.case import Case, CaseOutcome, CaseState, Priority, WaitsFor
from intake.case_view import LetterKind
from intake.errors import SendersMove

OUTCOMES: Mapping[CaseOutcome, str] = {
    CaseOutcome.UPHELD: "Upheld",
    CaseOutcome.PARTLY_UPHELD: "Partly upheld",
    CaseOutcome.NOT_UPHELD: "Not upheld",
    CaseOutcome.WITHDRAWN: "Withdrawn by the resident",
    CaseOutcome.RESOLVED_EARLY: "Resolved early",
}

ANSWERING = frozenset({"respond", "respond_urgent"})
"""Keys of clocks that our response meets (config/councils/*/procedures.yaml)."""

ACKNOWLEDGING = frozenset({"acknowledge"})

_MET_BY: Mapping[LetterKind, frozenset[str]] = {
    LetterKind.UPDATE: frozenset(),
    LetterKind.QUESTION: frozenset(),
    LetterKind.ACKNOWLEDGEMENT: ACKNOWLEDGING,
    LetterKind.RESPONSE: ACKNOWLEDGING | ANSWERING,
}

Change = Callable[[Case], Case]


def allocated(case: Case, officer: str, team: str) -> Case:
    """Somebody's from now on, a team's, or nobody's. What a colleague is given stays their team's."""
    return _worked(case, officer=officer, team=team or (case.work.team if officer else ""))


def ranked(case: Case, priority: Priority) -> Case:
    """Of this priority."""
    return _worked(case, priority=priority)


def waiting(case: Case, waits_for: WaitsFor, remind_on: date, today: date, now: datetime) -> Case:
    """It waits for somebody else's move, and comes back on that day."""
    _open(case)
    if remind_on <= today:
        raise SendersMove("The reminder must be on a day to come.")
    since = case.work.waits_since if case.work.waits_for is waits_for else now
    return _worked(case, waits_for=waits_for, waits_since=since, remind_on=remind_on)


def going_on(case: Case) -> Case:
    """It waits for nobody any more."""
    return _worked(case, waits_for=None, waits_since=None, remind_on=None)


def written(case: Case, kind: LetterKind, outcome: CaseOutcome | None, now: datetime) -> Case:
    """The case after this letter went out: its clocks are met, a response ends the stage with its outcome."""
    met = _meeting(case, _MET_BY[kind], now)
    if kind is LetterKind.ACKNOWLEDGEMENT:
        return replace(met, acknowledged_at=met.acknowledged_at or now)
    if kind is not LetterKind.RESPONSE:
        return met
    if case.state not in (CaseState.OPEN, CaseState.ANSWERED):
        raise SendersMove("This case is closed. Open it again before you send a response.")
    if outcome is None or outcome is CaseOutcome.WITHDRAWN:
        raise SendersMove("Say what the outcome is before the response goes.")
    return replace(going_on(_worked(met, outcome=outcome)), state=CaseState.ANSWERED)


def closed(case: Case, outcome: CaseOutcome, now: datetime) -> Case:
    """The end. What was upheld or not must have been answered first; its clocks end unmet where it was withdrawn."""
    if case.state in (CaseState.CLOSED, CaseState.WITHDRAWN, CaseState.MISROUTED):
        raise SendersMove("This case is closed already.")
    if outcome is CaseOutcome.WITHDRAWN:
        return _ended(case, outcome, CaseState.WITHDRAWN, now)
    if outcome is CaseOutcome.RESOLVED_EARLY:
        return _ended(_meeting(case, ANSWERING, now), outcome, CaseState.CLOSED, now)
    if case.state is not CaseState.ANSWERED:
        raise SendersMove("Send the response first. Only what was withdrawn or resolved early closes without one.")
    return _ended(case, outcome, CaseState.CLOSED, now)


def reopened(case: Case) -> Case:
    """Open again where it was; what was met stays met."""
    if case.state not in (CaseState.CLOSED, CaseState.WITHDRAWN, CaseState.ANSWERED):
        raise SendersMove("This case is open.")
    return replace(_worked(case, outcome=None, closed_at=None), state=CaseState.OPEN)


def as_before(case: Case, before: Case) -> Case:
    """Undone: what officers change is as it was; what a resident has told since stays."""
    return replace(
        case, state=before.state, stages=before.stages, work=before.work, acknowledged_at=before.acknowledged_at
    )


def _ended(case: Case, outcome: CaseOutcome, state: CaseState, now: datetime) -> Case:
    return replace(going_on(_worked(case, outcome=outcome, closed_at=now)), state=state)


def _meeting(case: Case, keys: frozenset[str], now: datetime) -> Case:
    """The clocks of these keys are met now, where they were not met before."""
    deadlines = tuple(
        replace(deadline, met_at=now) if deadline.key in keys and deadline.met_at is None else deadline
        for deadline in case.stage.deadlines
    )
    return replace(case, stages=(*case.stages[:-1], replace(case.stage, deadlines=deadlines)))


def _open(case: Case) -> None:
    if case.state is not CaseState.OPEN:
        raise SendersMove("This case is not open any more.")


def _worked(case: Case, **values: object) -> Case:
    return replace(case, work=replace(case.work, **values))  # type: ignore[arg-type]
