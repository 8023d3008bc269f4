"""What is seen to by itself: officers who are gone, residents who wait still, letters left unanswered, cases due."""

from dataclasses import replace
from datetime import date, datetime

from intake.centre_reach import carry
from intake.colleagues import called_by_name
from intake.conversation import Conversation, Hold, Holder, Why, called
from intake.officers import Deed
from intake.policy import Policy
from intake.ports import UnitOfWork
from intake.takeover import BY_LETTER, leave, still_waiting
from intake.wording import day


def see_to_one(unit: UnitOfWork, policy: Policy, now: datetime) -> None:
    """One conversation whose officer is gone, or that came due by itself."""
    if known := unit.centre.abandoned(now):
        _leave(unit, known, policy, now)
        return
    due = unit.centre.to_look_at(now)
    if due is None:
        return
    if due.holder is Holder.OFFICER:
        _leave(unit, due, policy, now)
    elif _sits_and_waits(due) and unit.centre.call_of(due.id) is None:
        carry(unit, still_waiting(due, policy.in_tongue(due.language), now), policy, now)
    else:
        unit.conversations.keep(replace(due, hold=replace(due.hold, look_at=None, told=True)))


def let_it_wait(unit: UnitOfWork, now: datetime) -> None:
    """The same one, of which nothing can be said: it waits, without a word, and keeps no other from its turn."""
    known = unit.centre.abandoned(now) or unit.centre.to_look_at(now)
    if known is not None:
        hold = Hold(fence=known.hold.fence + 1, told=True)
        holder = Holder.WAITING if known.holder is Holder.OFFICER else known.holder
        unit.conversations.keep(replace(known, holder=holder, hold=hold))


def _sits_and_waits(known: Conversation) -> bool:
    return known.holder is Holder.WAITING and known.talk.waits and known.channel not in BY_LETTER


def raise_one(unit: UnitOfWork, soon: date, policy: Policy) -> None:
    """One that waits for little, though its case must be answered by then."""
    known = unit.centre.falls_due(soon)
    case = unit.cases.get(known.case) if known else None
    if known is not None and case is not None and case.next_deadline is not None:
        reason = f"{known.case} must be answered by {day(case.next_deadline.due, policy)}."
        unit.conversations.keep(called(known, Why.DEADLINE, reason))


def _leave(unit: UnitOfWork, known: Conversation, policy: Policy, now: datetime) -> None:
    who = called_by_name(unit, known.hold.officer)
    carry(unit, leave(known, who, policy.in_tongue(known.language), now), policy, now)
    unit.officers.note(Deed(now, known.hold.officer, "lost it by being away", known.id))
