"""What officers are shown of live conversations: the queue, and one conversation with all that belongs to it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from intake.centre_reach import cannot_write, has_left, is_mailed, left, talked_by_post
from intake.centre_view import Handed, History, LiveView, Queue, QueueLine, Said, Sight
from intake.colleagues import called_by_name
from intake.colleagues import names as names_of_all
from intake.contact import Channel, Proof
from intake.conversation import Conversation, Hold, Holder, Speaker
from intake.messenger import Chat, Numbered
from intake.officers import Officer, SignedIn
from intake.policy import Policy
from intake.ports import UnitOfWork
from intake.presence import Presence, There
from intake.rights import Right, rights_of
from intake.takeover import kept_until
from intake.veil import hidden_contacts, veiled

PAGE = 50
"""Lines of a page of the queue."""

TURNS = 60
"""Turns of a conversation that are shown at once; earlier ones are asked for."""

NOT_SEEN = "Not seen yet, as far as we know"
LEFT = "They have left; they will see it if they come back"

MOST_COUNTED = 10_000
MOST_CALLS = 50
MOST_EARLIER = 20


def queue_of(unit: UnitOfWork, officer: SignedIn, number: int, policy: Policy, now: datetime) -> Queue:
    """A page of those that wait, the officer's own, and calls to make."""
    scope, start, to = officer.scope, PAGE * (number - 1), addressed(officer)
    names = names_of_all(unit)
    online = {one.officer: one for one in unit.centre.online(now)}

    def shown(lines: Sequence[QueueLine]) -> list[QueueLine]:
        found = (_handed(one.hold, one.urgent, officer, names, online, policy, now) for one in lines)
        return [replace(one, handed=handed) for one, handed in zip(lines, found, strict=True)]

    lines = unit.centre.waiting(scope, start, PAGE + 1, to)
    calls = unit.centre.calls(scope, MOST_CALLS)
    called = {line.id: line for line in unit.centre.lines([call.conversation for call in calls])}
    handed = shown(unit.centre.handed(to, scope))
    own = unit.centre.presence(officer.name) or Presence(officer.name, There.AWAY, policy.live.places, now)
    return Queue(
        own=[line for line in unit.centre.held_by(officer.name) if scope.sees(line.service)],
        handed=handed,
        waiting=shown(lines[:PAGE]),
        calls=[(call, called[call.conversation]) for call in calls],
        presence=own,
        colleagues=[one for one in online.values() if one.officer != officer.name],
        read_at=now,
        number=number,
        more=len(lines) > PAGE,
        waiting_in_all=unit.centre.waits(scope, MOST_COUNTED) - len(handed),
        names=names,
    )


def view_of(
    unit: UnitOfWork, conversation: str, officer: SignedIn, before: int, policy: Policy, now: datetime
) -> LiveView | None:
    """One conversation as this officer sees it; None where there is none, or they may not."""
    known = unit.conversations.get(conversation)
    if known is None or not officer.scope.sees(service_of(known)):
        return None
    page, earlier = unit.centre.page_of(conversation, before, TURNS)
    hidden = hidden_contacts(unit, conversation, officer.scope)
    if hidden:
        turns = veiled([one.turn for one in page], hidden, after_hidden=earlier > 0)
        page = [replace(one, turn=turn) for one, turn in zip(page, turns, strict=True)]
        known = replace(known, details={}, waiting_for="", talk=replace(known.talk, help="", prompt=""))
    said, posted = _said(unit, known, page, earlier, now), talked_by_post(unit, known)
    return LiveView(
        conversation=known,
        said=said,
        before=page[0].number if earlier else 0,
        last=said[-1].n if said else 0,
        history=_history(unit, known, officer),
        held_by=called_by_name(unit, known.hold.officer) if known.hold.officer else "",
        draft=unit.centre.half_written(conversation, officer.name),
        call=unit.centre.call_of(conversation),
        sight=unit.centre.sight(conversation),
        cannot_write="" if posted else cannot_write(unit, known),
        by_post=posted,
        contact=unit.desk.first_contact(conversation),
        handed=handed_of(unit, known, officer, policy, now),
        left=left(unit, known, unit.centre.sight(conversation), now),
    )


def _said(unit: UnitOfWork, known: Conversation, page: Sequence[Numbered], earlier: int, now: datetime) -> list[Said]:
    spoken, sight = unit.centre.spoken(known.id), unit.centre.sight(known.id)
    unread = _unread(unit, known, sight, now)
    chat = unit.messenger.chat(known.id) if known.channel is Channel.TELEGRAM else None
    said = []
    for n, one in enumerate(page, earlier + 1):
        officer, letter = spoken.get(one.number, ("", ""))
        delivery = _delivery(known.channel, one, letter, chat, "" if n <= sight.shown else unread)
        said.append(Said(n, one.number, one.turn, called_by_name(unit, officer) if officer else "", delivery))
    return said


def _history(unit: UnitOfWork, known: Conversation, officer: SignedIn) -> History:
    """The same address's other matters, where anything proves that it is theirs."""
    proof = _proof(unit, known)
    if not proof:
        typed = bool(known.person.email or known.person.phone)
        why = "They only typed an address or a number here, which proves nothing." if typed else ""
        return History(why or "Nothing proves who they are.", known=False)
    person = replace(known.person, phone="")
    earlier = unit.centre.history(person, known.id, officer.scope, MOST_EARLIER)
    cases = [case for case in unit.cases.of_address(person.email) if officer.scope.sees(case.service)]
    return History(proof, True, earlier, cases[:MOST_EARLIER])


def _proof(unit: UnitOfWork, known: Conversation) -> str:
    last = unit.centre.last_contact(known.id) if known.channel is Channel.EMAIL else None
    if last is None or not known.person.email or last.person.email != known.person.email:
        return ""
    return _PROOFS[last.sender_check.proof]


_PROOFS = {
    Proof.PASSED: "Their mail is proved to come from this address.",
    Proof.UNKNOWN: "Nothing denies, and nothing proves, that their mail comes from this address.",
    Proof.FAILED: "",
}


def service_of(known: Conversation) -> str:
    """The service that it is about; ``none`` while nobody has decided."""
    return known.decision.service if known.decision else "none"


def answers_residents(account: Officer) -> bool:
    """May they take conversations over?"""
    return account.disabled_at is None and Right.TALK in rights_of(account.roles)


def addressed(officer: SignedIn) -> tuple[str, ...]:
    """What a conversation is handed to that is for this officer: themselves, and their teams."""
    return (officer.name, *(f"team:{team}" for team in officer.account.teams))


def handed_of(unit: UnitOfWork, known: Conversation, officer: SignedIn, policy: Policy, now: datetime) -> Handed | None:
    """To whom a conversation that waits was handed, if to anybody."""
    hold = known.hold
    if known.holder is not Holder.WAITING or not hold.meant_for:
        return None
    names = {name: called_by_name(unit, name) for name in (hold.meant_for, hold.handed_by)}
    there = unit.centre.presence(hold.meant_for)
    online = {hold.meant_for: there} if there is not None else {}
    return _handed(hold, known.urgent, officer, names, online, policy, now)


def _handed(
    hold: Hold,
    urgent: bool,
    officer: SignedIn,
    names: Mapping[str, str],
    online: Mapping[str, Presence],
    policy: Policy,
    now: datetime,
) -> Handed | None:
    if not hold.meant_for:
        return None
    kind, _, key = hold.meant_for.partition(":")
    team = policy.teams.get(key) if kind == "team" else None
    until = kept_until(hold.handed_at, online.get(hold.meant_for), policy, now, urgent=urgent)
    theirs = hold.meant_for in addressed(officer)
    return Handed(
        to=team.name if team else names.get(hold.meant_for, hold.meant_for),
        by=names.get(hold.handed_by, hold.handed_by),
        note=hold.note,
        at=hold.handed_at,
        until=until,
        theirs=theirs,
        may_take=until is None or theirs or officer.may(Right.MANAGE),
    )


def _delivery(channel: Channel, said: Numbered, letter: str, chat: Chat | None, unread: str) -> str:
    """What is known of how our words reached them. Nobody can say that a letter was read.

    ``unread`` is what is said of words that no page of theirs has shown (empty: one has).
    """
    if said.turn.held_back:
        return "Not sent: an officer had taken over"
    if said.turn.by not in (Speaker.OFFICER, Speaker.ASSISTANT):
        return ""
    if channel is Channel.TELEGRAM:
        if chat is None or said.number <= chat.sent:
            return "Sent to Telegram" if chat is not None else ""
        return f"Cannot be sent: {chat.closed}" if chat.closed else "Waits to be sent"
    if channel is Channel.WEBCHAT:
        return _in_chat(said.turn.by, letter, unread)
    return "Goes by post" if said.turn.by is Speaker.OFFICER and not letter else _LETTERS.get(letter, "")


def _in_chat(by: Speaker, letter: str, unread: str) -> str:
    """Only an officer's words are mailed to who has left."""
    if not unread:
        return "Shown to them"
    if letter:
        return f"They have left the chat. {_MAILED.get(letter, '')}"
    return unread if by is Speaker.OFFICER or unread == NOT_SEEN else LEFT


def _unread(unit: UnitOfWork, known: Conversation, sight: Sight, now: datetime) -> str:
    if not has_left(known, sight, now):
        return NOT_SEEN
    if known.holder is Holder.OFFICER and is_mailed(unit, known):
        return "They have left the chat. Mailed to them with what you write next, or when you close"
    return LEFT


_MAILED = {
    "waiting": "It waits to be mailed to them",
    "sent": "Mailed to them. Nobody tells us whether it arrived",
    "came_back": "Mailed to them, and it came back: they have not read it",
    "set_aside": "It could not be mailed to them: see Set aside",
    "held_back": "It was not mailed to them",
}
_LETTERS = {
    "waiting": "Waits to be sent",
    "sent": "Handed on. Nobody tells us whether it arrived",
    "came_back": "It came back, so they have not read it",
    "set_aside": "Could not be sent: see Set aside",
}
