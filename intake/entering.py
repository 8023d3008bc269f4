"""Entering what came by phone, by letter or in person: what an officer's notes come to. Notes in, values out.

The questions, the reading and the decision are those of chat and form; here an officer's word goes before the reading.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta

from intake.addresses import one_spelling
from intake.contact import NOT_TYPED, Attachment, Channel
from intake.conversation import Conversation
from intake.dialogue import ANSWERS
from intake.drafts import Draft
from intake.form import FOR_WHOM, OTHER, SELF, SERVICE, WHAT, as_taken, plan
from intake.gathering import known, wanted
from intake.interpretation import Detail, Interpretation
from intake.policy import Policy
from intake.safety import Harm
from intake.triage import BY_PROCEDURE, SIGNPOSTED, Decision, as_route

RECEIVED_ON, RECEIVED_TIME, DATED, OLD, THEIRS = "received_on", "received_time", "dated", "old", "theirs"
"""Answers besides the flow's: when it came, the date on a letter, that it truly is old, that the case is theirs."""

ROUTE, PROCEDURE, SIGNPOST = "route", "procedure", "signpost"
DECIDED = (ROUTE, SERVICE, PROCEDURE, SIGNPOST)
"""What an officer may decide otherwise than the reading."""

DETAILS = (
    Detail.WHERE,
    Detail.WHEN,
    Detail.PUT_RIGHT,
    Detail.EARLIER,
    Detail.BEHALF,
    Detail.CONSENT,
    Detail.NAME,
    Detail.REPLY_BY,
    Detail.EMAIL,
    Detail.PHONE,
    Detail.ADDRESS,
    Detail.REFERENCE,
    Detail.NEEDS,
)
"""The details in the order of the page, which never changes: nothing moves while somebody talks."""

ANSWERED = frozenset(
    {WHAT, FOR_WHOM, RECEIVED_ON, RECEIVED_TIME, DATED, OLD, THEIRS, *DECIDED, *(detail.value for detail in DETAILS)}
)
"""Everything that the page may send."""

LONG, SHORT = 50_000, 5_000
OLDEST = timedelta(days=365)
"""What was received longer ago is asked about once more: it is more often a slip than a find."""

NOT_CHOSEN = ("no_action",)
"""Routes that an officer does not give to what they have just written down."""

_CHECKED = (Detail.EMAIL, Detail.PHONE, Detail.REFERENCE)
_NOON = time(12)


@dataclass(frozen=True)
class Entry:
    """What an officer has written down so far. Times are UTC.

    ``answers`` are by name, those of ANSWERED. ``reading`` is what was read in the notes, ``read`` those notes' digest.
    ``page`` names the window that wrote it last, and ``turn`` which of its writings that was. ``contact`` is what it
    became when it was sent; then nothing else is kept of it.
    """

    id: str
    officer: str
    channel: Channel
    began_at: datetime
    saved_at: datetime
    answers: Mapping[str, str] = field(default_factory=dict)
    reading: Interpretation | None = None
    read: str = ""
    files: tuple[Attachment, ...] = ()
    page: str = ""
    turn: int = 0
    contact: str = ""

    @property
    def notes(self) -> str:
        """What happened, in the officer's words or the letter's."""
        return self.answers.get(WHAT, "")


@dataclass(frozen=True)
class Considered:
    """What an entry comes to.

    ``suggested`` is the decision as it was read, ``decision`` with the officer's word. ``told`` are the details that
    the notes tell and nobody typed. ``missing`` is still to be asked. ``help`` are the words against danger.
    """

    conversation: Conversation
    suggested: Decision
    decision: Decision
    told: Mapping[Detail, str]
    missing: tuple[Detail, ...]
    harms: tuple[Harm, ...]
    help: str


def begin(entry: str, officer: str, channel: Channel, policy: Policy, now: datetime) -> Entry:
    """A new entry. A call, or who stands at the counter, came just now; when a letter came, its officer says."""
    assert channel in NOT_TYPED
    local = now.astimezone(policy.calendar.zone)
    answers = {RECEIVED_ON: local.date().isoformat()}
    if channel is not Channel.LETTER:
        answers[RECEIVED_TIME] = local.strftime("%H:%M")
    return Entry(entry, officer, channel, now, now, answers)


def may_write(kept: Entry, page: str, turn: int, seen: int) -> bool:
    """May this window's writing replace what is kept? Not an older one that comes late, nor one that has not seen it.

    ``seen`` is the turn that stood there when the window was opened.
    """
    if kept.page == page:
        return turn >= kept.turn
    return kept.turn == seen or not kept.page


def consider(entry: Entry, policy: Policy, now: datetime) -> Considered:
    """The same reading, decision and questions as for the web form, with the officer's word on top.

    Notes of what was said are in the third person, so that they never tell for whom somebody speaks: the officer does.
    """
    given = {name: words for name in sorted(ANSWERED) if (words := entry.answers.get(name, ""))}
    pages = {name: as_taken(name, words, policy) or words for name, words in given.items() if _is_page(name)}
    if entry.channel is not Channel.LETTER:
        pages.setdefault(FOR_WHOM, SELF)
    came = received_at(entry, policy, now) or now
    draft = Draft(entry.id, came, came, answers=pages, reading=entry.reading)
    planned = plan(draft, policy, now)
    suggested = plan(replace(draft, answers=_but(pages, SERVICE)), policy, now).decision if SERVICE in pages else None
    decision = _overruled(planned.decision, given, policy)
    conversation = replace(planned.conversation, decision=decision, channel=entry.channel)
    conversation = _reached(conversation, pages)
    told = {detail: words for detail, words in known(conversation).items() if not given.get(detail)}
    return Considered(
        conversation=conversation,
        suggested=suggested or planned.decision,
        decision=decision,
        told={detail: told[detail] for detail in DETAILS if detail in told and detail is not Detail.REPLY_BY},
        missing=tuple(detail for detail in wanted(conversation, policy) if detail in DETAILS),
        harms=planned.harms,
        help=planned.help,
    )


def received_at(entry: Entry, policy: Policy, now: datetime) -> datetime | None:
    """When it reached the council (UTC); None where no day can be read. A day without a time is taken at noon.

    Where that noon is still to come, it is now.
    """
    day = read_day(entry.answers.get(RECEIVED_ON, ""))
    hour = _read_time(entry.answers.get(RECEIVED_TIME, ""))
    if day is None or hour is None:
        return None
    moment = datetime.combine(day, hour, policy.calendar.zone).astimezone(UTC)
    without_time = not entry.answers.get(RECEIVED_TIME)
    return min(moment, now) if without_time and day == policy.calendar.local_day(now) else moment


def read_day(text: str) -> date | None:
    """A day as a browser's date control sends it, or as people type it: 2026-11-25 or 25/11/2026."""
    parts = text.replace(".", "/").replace(" ", "").split("/")
    try:
        if len(parts) == 3:
            return date(int(parts[2][:4]), int(parts[1]), int(parts[0]))
        return date.fromisoformat(text)
    except ValueError:
        return None


def mistakes(entry: Entry, considered: Considered, policy: Policy, now: datetime) -> Mapping[str, str]:
    """What must be put right before it is sent, by the name of its field."""
    return dict(_mistakes(entry, considered, policy, now))


def told(considered: Considered, entry: Entry, policy: Policy) -> Mapping[str, str]:
    """What is sent besides the words: every detail, and the decision as far as it is no guess."""
    details = known(considered.conversation)
    said = {detail.value: words for detail, words in details.items() if detail is not Detail.WHAT}
    decision = considered.decision
    if not decision.guessed:
        said |= {ROUTE: decision.route, SIGNPOST: decision.signpost, SERVICE: decision.service}
    if PROCEDURE in decided_otherwise(considered):
        said[PROCEDURE] = decision.procedure
    return said


def decided_otherwise(considered: Considered) -> tuple[str, ...]:
    """What the officer decided otherwise than it was read."""
    read, decided = considered.suggested, considered.decision
    names = ((ROUTE, "route"), (SERVICE, "service"), (PROCEDURE, "procedure"), (SIGNPOST, "signpost"))
    return tuple(name for name, field_of in names if getattr(read, field_of) != getattr(decided, field_of))


def lines(entry: Entry, considered: Considered, policy: Policy) -> Iterator[tuple[str, str]]:
    """What was answered besides the notes, as officers and teams read it below them, each with what it answers."""
    answers, questions = entry.answers, policy.flow.questions
    for detail in DETAILS:
        words = answers.get(detail, "")
        if detail in _NOT_TOLD_AGAIN or not words or detail not in questions:
            continue
        labels = {choice.value: choice.label for choice in questions[detail].choices}
        yield questions[detail].label, labels.get(words, words)
    if answers.get(Detail.EMAIL) and not considered.conversation.person.email:
        yield "Email, not wanted for the answer", answers[Detail.EMAIL]


_NOT_TOLD_AGAIN = (Detail.NAME, Detail.EMAIL, Detail.PHONE, Detail.ADDRESS, Detail.REPLY_BY)


def _is_page(name: str) -> bool:
    return name in (WHAT, SERVICE, FOR_WHOM) or name in {detail.value for detail in DETAILS}


def _but(answers: Mapping[str, str], name: str) -> Mapping[str, str]:
    return {key: words for key, words in answers.items() if key != name}


def _reached(conversation: Conversation, answers: Mapping[str, str]) -> Conversation:
    """The number and the address that were given are kept whatever the answer is to be sent by; the email address only
    where an answer may go there. Where nobody said by which way, it is answered in writing where it can be.
    """
    known_of = conversation.person
    email = one_spelling(answers.get(Detail.EMAIL, known_of.email))
    phone, address = answers.get(Detail.PHONE, known_of.phone), answers.get(Detail.ADDRESS, known_of.address)
    first = next((way for way, words in (("email", email), ("address", address), ("phone", phone)) if words), "")
    by = answers.get(Detail.REPLY_BY, first)
    details: dict[Detail, str] = {key: words for key, words in conversation.details.items() if key != Detail.REPLY_BY}
    if by:
        details[Detail.REPLY_BY] = by
    person = replace(known_of, phone=phone, address=address, email=email if by == "email" else "")
    return replace(conversation, person=person, details=details)


def _overruled(decision: Decision, given: Mapping[str, str], policy: Policy) -> Decision:
    """The officer's word goes before the reading: they hear or hold what was said."""
    route = given.get(ROUTE, "")
    if route in ANSWERS and route not in NOT_CHOSEN:
        decision = as_route(decision, route, policy, "Decided by the officer who entered it.")
    if given.get(SIGNPOST) in policy.signposts:
        decision = replace(decision, signpost=given[SIGNPOST])
    if decision.route in BY_PROCEDURE and given.get(PROCEDURE) in policy.procedures:
        decision = replace(decision, procedure=given[PROCEDURE])
    return decision


def _read_time(text: str) -> time | None:
    if not text:
        return _NOON
    try:
        return time.fromisoformat(text).replace(second=0, microsecond=0, tzinfo=None)
    except ValueError:
        return None


def _mistakes(entry: Entry, considered: Considered, policy: Policy, now: datetime) -> Iterator[tuple[str, str]]:
    if not any(letter.isalnum() for letter in entry.notes):
        yield WHAT, "Write down what happened"
    yield from _wrong_days(entry, policy, now)
    yield from _wrong_answers(entry.answers, policy)
    if considered.decision.route in SIGNPOSTED and considered.decision.signpost not in policy.signposts:
        yield SIGNPOST, "Choose the body that the caller is sent to"
    by, person = considered.conversation.details.get(Detail.REPLY_BY, ""), considered.conversation.person
    ways = {"email": person.email, "phone": person.phone, "address": person.address}
    if by in ways and not ways[by]:
        yield by, "The reply is to go there: ask for it, or choose another way"


def _wrong_days(entry: Entry, policy: Policy, now: datetime) -> Iterator[tuple[str, str]]:
    came, dated = received_at(entry, policy, now), read_day(entry.answers.get(DATED, ""))
    if came is None:
        yield RECEIVED_ON, "Say on which day it was received, such as 25/11/2026"
        return
    if came > now:
        yield RECEIVED_ON, "It cannot be received in the future"
    elif now - came > OLDEST and not entry.answers.get(OLD):
        yield OLD, "It was received more than a year ago. Check the date, and confirm it"
    if entry.answers.get(DATED) and dated is None:
        yield DATED, "Type the date on the letter as 25/11/2026, or leave it out"
    elif dated is not None and dated > policy.calendar.local_day(came):
        yield DATED, "The letter is dated after it was received"


def _wrong_answers(answers: Mapping[str, str], policy: Policy) -> Iterator[tuple[str, str]]:
    questions = policy.flow.questions
    for detail in DETAILS:
        words = answers.get(detail, "")
        choices = {choice.value for choice in questions[detail].choices} if detail in questions else set()
        if words and (
            (detail in _CHECKED and not as_taken(detail, words, policy)) or (choices and words not in choices)
        ):
            yield detail, questions[detail].again
        elif len(words) > SHORT:
            yield detail, f"Shorten this to {SHORT:,} characters, or put it into the notes"
    if answers.get(FOR_WHOM, SELF) not in (SELF, OTHER):
        yield FOR_WHOM, "Choose one of these"
    elif answers.get(FOR_WHOM) == OTHER and not answers.get(Detail.BEHALF):
        yield Detail.BEHALF, "Say for whom they speak, and who that is to them"
    if len(answers.get(WHAT, "")) > LONG:
        yield WHAT, f"Shorten the notes to {LONG:,} characters, and attach the rest as a file"
