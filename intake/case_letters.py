"""How a letter about a case goes out: in its conversation's thread as an officer's words, or on paper."""

from dataclasses import replace
from datetime import datetime

from intake.canned import left_open
from intake.case import Case, CaseOutcome
from intake.case_view import CaseLetter, LetterKind
from intake.centre_reach import by_post, cannot_write, letter, on_paper
from intake.conversation import Conversation, Speaker, Turn
from intake.errors import SendersMove
from intake.officers import Officer
from intake.policy import Policy
from intake.ports import UnitOfWork
from intake.takeover import BY_LETTER

NO_CONVERSATION = "The case has no conversation that a letter could go out in."


def send(unit: UnitOfWork, case: Case, own: CaseLetter, writer: Officer, policy: Policy, now: datetime) -> str:
    """Send it and say how it went out, inside the caller's transaction. Raises SendersMove where it cannot go."""
    check_ready(unit, case, own)
    known = unit.conversations.get(case.conversation)
    if known is None:
        raise SendersMove(NO_CONVERSATION)
    posted = bool(by_post(unit, known, _address(case, known)))
    by_mail = known.channel in BY_LETTER and not posted
    reply = letter(unit, known, own.body, policy, writer.called) if by_mail else None
    turn = Turn(now, Speaker.OFFICER, own.body, "")
    if not unit.centre.spoke(known.id, f"letter-{own.id}", turn, writer.name, reply.id if reply else ""):
        raise SendersMove("This letter has gone out already.")
    if reply is not None:
        unit.outbox.add(reply, now)
    if posted:
        to = replace(case.person, name=case.person.name or known.person.name, address=_address(case, known))
        words, subject = f"{own.body}\n\n{writer.called}", f"Your complaint {case.reference}"
        unit.paper.add(replace(on_paper(known, to, subject, words, policy, now), service=case.service))
    unit.conversations.keep(known)
    return "as a letter to print and post" if posted else "by email" if reply else "in their conversation"


def check_ready(unit: UnitOfWork, case: Case, own: CaseLetter) -> None:
    """Raises SendersMove where something is missing, so that nobody checks what cannot go."""
    if open_ones := left_open(own.body):
        raise SendersMove(f"Fill in {', '.join(open_ones)} first.")
    if own.kind is LetterKind.RESPONSE and own.outcome in (None, CaseOutcome.WITHDRAWN):
        raise SendersMove("Say what the outcome is before the response goes.")
    if reason := why_not(unit, case):
        raise SendersMove(reason)


def why_not(unit: UnitOfWork, case: Case) -> str:
    """Why no letter reaches them, and how else they can be; empty where one does. For whoever is about to write one."""
    known = unit.conversations.get(case.conversation)
    if known is None:
        return NO_CONVERSATION
    return "" if by_post(unit, known, _address(case, known)) else cannot_write(unit, known, case.person)


def why_by_post(unit: UnitOfWork, case: Case) -> str:
    """Why a letter about it goes by post; empty where it goes another way."""
    known = unit.conversations.get(case.conversation)
    return by_post(unit, known, _address(case, known)) if known is not None else ""


def _address(case: Case, known: Conversation) -> str:
    return case.person.address or known.person.address
