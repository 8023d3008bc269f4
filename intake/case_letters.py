"""How a letter about a case goes out: in its conversation's thread as an officer's words, or on paper."""

import secrets
from datetime import datetime

from intake.canned import left_open
from intake.case import Case, CaseOutcome
from intake.case_view import CaseLetter, LetterKind
from intake.centre_reach import cannot_write, letter
from intake.contact import NOT_TYPED
from intake.conversation import Speaker, Turn
from intake.errors import SendersMove
from intake.officers import Officer
from intake.paper import PaperLetter
from intake.policy import Policy
from intake.ports import UnitOfWork
from intake.takeover import BY_LETTER


def send(unit: UnitOfWork, case: Case, own: CaseLetter, writer: Officer, policy: Policy, now: datetime) -> str:
    """Send it and say how it went out, inside the caller's transaction. Raises SendersMove where it cannot go."""
    check_ready(unit, case, own)
    known = unit.conversations.get(case.conversation)
    if known is None:
        raise SendersMove("The case has no conversation that a letter could go out in.")
    reason = cannot_write(unit, known)
    on_paper = bool(reason) and (known.channel in NOT_TYPED or not case.person.email) and bool(case.person.address)
    if reason and not on_paper:
        raise SendersMove(reason)
    reply = letter(unit, known, own.body, policy, writer.called) if known.channel in BY_LETTER and not reason else None
    turn = Turn(now, Speaker.OFFICER, own.body, "")
    if not unit.centre.spoke(known.id, f"letter-{own.id}", turn, writer.name, reply.id if reply else ""):
        raise SendersMove("This letter has gone out already.")
    if reply is not None:
        unit.outbox.add(reply, now)
    if on_paper:
        unit.paper.add(_on_paper(case, own, writer, policy, now))
    unit.conversations.keep(known)
    return "as a letter to print and post" if on_paper else "by email" if reply else "in their conversation"


def check_ready(unit: UnitOfWork, case: Case, own: CaseLetter) -> None:
    """Raises SendersMove where something is missing, so that nobody checks what cannot go."""
    if open_ones := left_open(own.body):
        raise SendersMove(f"Fill in {', '.join(open_ones)} first.")
    if own.kind is LetterKind.RESPONSE and own.outcome in (None, CaseOutcome.WITHDRAWN):
        raise SendersMove("Say what the outcome is before the response goes.")
    if reason := why_not(unit, case):
        raise SendersMove(reason)


def why_not(unit: UnitOfWork, case: Case) -> str:
    """Why no letter reaches them, empty where one does; for whoever is about to write one."""
    known = unit.conversations.get(case.conversation)
    if known is None:
        return "The case has no conversation."
    by_post = (known.channel in NOT_TYPED or not case.person.email) and bool(case.person.address)
    return "" if by_post else cannot_write(unit, known)


def _on_paper(case: Case, own: CaseLetter, writer: Officer, policy: Policy, now: datetime) -> PaperLetter:
    person, subject = case.person, f"Your complaint {case.reference}"
    body = f"{own.body}\n\n{writer.called}\n{policy.council.name}"
    return PaperLetter(
        secrets.token_hex(16), case.conversation, case.service, person.name, person.address, subject, body, now
    )
