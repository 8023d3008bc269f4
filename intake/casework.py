"""Casework: a complaint becomes a case, gains details, moves a stage. Case in, case out; time is an argument."""

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from intake import reference
from intake.case import Case, CaseState, Deadline, StageRecord
from intake.conversation import Conversation
from intake.interpretation import Detail, Interpretation, Sign
from intake.policy import Clock, Policy, Stage, Start
from intake.triage import Decision
from intake.wording import about, quoted
from intake.working_days import Span


@dataclass(frozen=True)
class Drawn:
    """A reference that no case has yet, and a code that nobody knows yet, with its slow hash."""

    reference: str
    code: str
    code_hash: str

    @classmethod
    def anew(cls, prefix: str) -> "Drawn":
        """Draw both at random. Slow on purpose; call it outside any transaction."""
        name, code = reference.draw(prefix), reference.draw_code()
        return cls(name, code, hash_code(code, name))


def open_case(
    conversation: Conversation,
    decision: Decision,
    points: tuple[str, ...],
    received_at: datetime,
    policy: Policy,
    drawn: Drawn,
    now: datetime,
) -> Case:
    """The case of a formal or urgent complaint, acknowledged now: our words say all that an acknowledgement must.

    ``points`` is what was understood, ``received_at`` when it was first told.
    """
    first = policy.officers.procedures[decision.procedure].stages[0]
    events = {Start.RECEIVED: received_at, Start.ACKNOWLEDGED: now}
    urgent = decision.urgent or decision.route == "urgent"
    return Case(
        reference=drawn.reference,
        code_hash=drawn.code_hash,
        conversation=conversation.id,
        channel=conversation.channel,
        person=conversation.person,
        route=decision.route,
        urgent=urgent,
        service=decision.service,
        procedure=decision.procedure,
        received_at=received_at,
        acknowledged_at=now,
        points=points,
        where=quoted(conversation.details.get(Detail.WHERE, "")),
        put_right=quoted(conversation.details.get(Detail.PUT_RIGHT, "")),
        stages=(start_stage(first, events, policy, urgent, now),),
    )


def started_anew(case: Case, policy: Policy, now: datetime) -> Case:
    """The case at the first stage of the procedure that it follows now: its clocks run from when it was received."""
    first = policy.officers.procedures[case.procedure].stages[0]
    acknowledged = case.acknowledged_at or now
    events = {Start.RECEIVED: case.received_at, Start.ACKNOWLEDGED: acknowledged}
    return replace(case, stages=(start_stage(first, events, policy, case.urgent, acknowledged),))


def complete(case: Case, details: Mapping[Detail, str]) -> Case:
    """The case with what the resident has told since; what was known stays where nothing new was said."""
    return replace(
        case,
        where=quoted(details.get(Detail.WHERE, "")) or case.where,
        put_right=quoted(details.get(Detail.PUT_RIGHT, "")) or case.put_right,
    )


def escalate(case: Case, policy: Policy, received_at: datetime, now: datetime) -> Case | None:
    """The case at its next stage, asked for at ``received_at``; None where the procedure has no further stage."""
    stages = policy.officers.procedures[case.procedure].stages
    keys = [stage.key for stage in stages]
    position = keys.index(case.stage.key) + 1 if case.stage.key in keys else len(keys)
    if position >= len(stages):
        return None
    events = {Start.ESCALATION_RECEIVED: received_at, Start.ESCALATION_ACKNOWLEDGED: now, Start.ACKNOWLEDGED: now}
    record = start_stage(stages[position], events, policy, case.urgent, now)
    return replace(case, stages=(*case.stages, record), state=CaseState.OPEN, acknowledged_at=now)


def start_stage(
    stage: Stage, events: Mapping[Start, datetime], policy: Policy, urgent: bool, now: datetime
) -> StageRecord:
    """A stage with every deadline whose starting event has happened; the acknowledgement is met by our letter."""
    running = (clock for clock in stage.clocks if clock.start in events and (urgent or not clock.only_urgent))
    deadlines = tuple(
        set_deadline(clock, clock.span, events[clock.start], policy, now) for clock in running if clock.span
    )
    return StageRecord(stage.key, stage.name, now, deadlines)


def set_deadline(clock: Clock, span: Span, start: datetime, policy: Policy, now: datetime) -> Deadline:
    """When a clock that starts at this moment runs out, with its working."""
    count = policy.calendar.count(span, start)
    met = now if clock.key == "acknowledge" else None
    return Deadline(clock.key, clock.name, count.due, count.working, clock.source, count.due_at, count.beyond_data, met)


def hash_code(code: str, salt: str) -> str:
    """What is kept of a code: useless to whoever reads the store, and different for every case."""
    return hashlib.scrypt(reference.fold_code(code).encode(), salt=salt.encode(), n=2**12, r=8, p=1).hex()


def opens(case: Case | None, code: str, asked_for: str) -> bool:
    """Does this code open this case? Takes as long for a case that isn't there, so that time tells nothing."""
    expected = case.code_hash if case is not None else "0" * 128
    right = hmac.compare_digest(hash_code(code, case.reference if case else asked_for), expected)
    return right and case is not None


def understood(reading: Interpretation, decision: Decision, policy: Policy) -> tuple[str, ...]:
    """Our understanding, point by point, in the words that the pack has for officers."""
    return tuple(_points(reading, decision, policy.officers))


def _points(reading: Interpretation, decision: Decision, policy: Policy) -> Iterator[str]:
    yield about(decision.service, policy)
    for sign in (Sign.REPEATED, Sign.STAFF_CONDUCT, Sign.DELAY, Sign.LOSS_HARM, Sign.HARM_TODAY, Sign.REMEDY_WANTED):
        if reading.shows(sign) and f"point_{sign}" in policy.phrases:
            yield policy.phrases[f"point_{sign}"]
