"""The contact centre: the queue, and what officers do with live conversations. Each deed is one transaction.

A deed carries the fence that its officer saw: where somebody else has had the conversation since, it is refused.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

from intake.calling import call_until, pass_on
from intake.centre_reach import (
    after_leaving,
    cannot_write,
    carry,
    has_left,
    is_mailed,
    letter,
    on_paper,
    talked_by_post,
    unseen,
)
from intake.centre_rounds import let_it_wait, raise_one, see_to_one
from intake.centre_sight import (
    MOST_COUNTED,
    PAGE,
    addressed,
    answers_residents,
    handed_of,
    queue_of,
    service_of,
    view_of,
)
from intake.centre_view import CallBack, Called, LiveView, Queue
from intake.colleagues import called_by_name
from intake.conversation import Conversation, Holder, Speaker, Turn
from intake.effects import Step
from intake.errors import ChangedMeanwhile, NotTheirs, SendersMove
from intake.officers import Deed, SignedIn
from intake.policy import Policy
from intake.ports import Clock, Store, UnitOfWork
from intake.presence import FORGOTTEN_AFTER, OFFLINE_AFTER, OFFLINE_AFTER_PAGE, Presence, There
from intake.rights import scope_of
from intake.takeover import BY_LETTER, End, close, give_back, hand_on, take
from intake.talk_scene import NOBODY_DECIDED, say_in
from intake.wording import day

log = logging.getLogger(__name__)

MOST_WORDS = 20_000
MOST_PLACES = 20
WRITING = timedelta(seconds=6)
"""How long somebody counts as writing after they last typed."""

TRIES = 3
"""Calls without an answer, after which a person decides what becomes of it."""

AGAIN = 5
"""How often a deed is tried where a resident's turn came in between."""

Result = TypeVar("Result")


@dataclass(frozen=True)
class ContactCentre:
    """Where officers talk with residents. What is outside somebody's scope is, for them, not there at all."""

    store: Store
    policy: Policy
    clock: Clock

    # --- seeing -----------------------------------------------------------------------------------------------------

    async def queue(self, officer: SignedIn, number: int = 1) -> Queue:
        """A page of those that wait, with the officer's own conversations and the calls to make."""
        page, now = max(1, min(number, 1_000)), self.clock()
        return await self.store.read(lambda unit: queue_of(unit, officer, page, self.policy, now))

    async def view(self, conversation: str, officer: SignedIn, before: int = 0) -> LiveView | None:
        """One conversation; None where there is none, or they may not see it."""
        now = self.clock()
        return await self.store.read(lambda unit: view_of(unit, conversation, officer, before, self.policy, now))

    async def colleagues(self, officer: SignedIn) -> Sequence[tuple[str, str, Presence | None]]:
        """Whom a conversation can be handed to: name, how they are called, and whether they are there (None: no)."""
        now = self.clock()

        def find(unit: UnitOfWork) -> list[tuple[str, str, Presence | None]]:
            online = {one.officer: one for one in unit.centre.online(now)}
            others = (one for one in unit.officers.all() if one.name != officer.name and answers_residents(one))
            return [(one.name, one.called, online.get(one.name)) for one in others]

        return await self.store.read(find)

    async def news(self, officer: SignedIn, since: datetime) -> tuple[int, int, int]:
        """How many began to wait since then, how many of those that wait were handed to them, and how many in all."""

        def count(unit: UnitOfWork) -> tuple[int, int, int]:
            scope = officer.scope
            handed = [one.hold.handed_at for one in unit.centre.handed(addressed(officer), scope)]
            new = sum(at is not None and at > since for at in handed)
            return unit.centre.waits(scope, PAGE, since), new, unit.centre.waits(scope, MOST_COUNTED)

        return await self.store.read(count)

    # --- being there ------------------------------------------------------------------------------------------------

    async def beat(self, officer: SignedIn, *, page: bool = False) -> None:
        """A page of theirs is open. Without a script it shows only by being loaded: then for longer."""
        until = self.clock() + (OFFLINE_AFTER_PAGE if page else OFFLINE_AFTER)
        await self.store.transact(lambda unit: self._beat(unit, officer.name, until))

    async def be(self, officer: SignedIn, there: There, places: int) -> None:
        """They take conversations from now on, or do not, and so many at once."""
        now, most = self.clock(), max(1, min(places, MOST_PLACES))

        def keep(unit: UnitOfWork) -> None:
            unit.centre.keep_presence(Presence(officer.name, there, most, now + OFFLINE_AFTER_PAGE))
            unit.officers.note(Deed(now, officer.name, "set themselves", note=f"{there}, {most} at once"))

        await self.store.transact(keep)

    async def go(self, officer: SignedIn) -> None:
        """They sign out: what they have goes back to the queue."""
        now = self.clock()

        def keep(unit: UnitOfWork) -> None:
            known = unit.centre.presence(officer.name)
            if known is not None:
                unit.centre.keep_presence(replace(known, there=There.AWAY, online_until=now))

        await self.store.transact(keep)
        while await self.round_next():
            pass

    # --- deeds ------------------------------------------------------------------------------------------------------

    async def take(self, conversation: str, officer: SignedIn) -> Conversation:
        """Take it over; who has it already keeps it. Raises NotTheirs where another has it, or it is kept for one."""

        def work(unit: UnitOfWork) -> Conversation:
            known, now = self._known(unit, conversation, officer), self.clock()
            if known.holder is Holder.OFFICER and known.hold.officer == officer.name:
                return known
            if known.holder is Holder.OFFICER:
                raise NotTheirs(self._who_has_it(unit, known))
            self._check_kept(unit, known, officer)
            taken = take(known, officer.name, self.policy, now)
            unit.conversations.keep(taken)
            self._beat(unit, officer.name, now + OFFLINE_AFTER)
            kept = known.hold.meant_for if known.hold.meant_for not in ("", officer.name) else ""
            unit.officers.note(Deed(now, officer.name, "took over", conversation, f"handed to {kept}" if kept else ""))
            return taken

        return await self._again(work)

    async def say(self, conversation: str, officer: SignedIn, fence: int, name: str, text: str) -> bool:
        """Say something, named by the page so that it is said once. False where it was said already."""
        words = _checked(text)

        def work(unit: UnitOfWork) -> bool:
            known = self._own(unit, conversation, officer, fence)
            return self._speak(unit, known, officer, name, words)

        return await self._again(work)

    async def hand_on(self, conversation: str, officer: SignedIn, fence: int, to: str, note: str) -> None:
        """Give it to a colleague (their name) or a team (``team:`` and its key), with a note for them."""
        words = _checked(note)

        def work(unit: UnitOfWork) -> None:
            known, now = self._own(unit, conversation, officer, fence), self.clock()
            self._check_colleague(unit, to, officer, service_of(known))
            step = hand_on(known, officer.account.called, to, words, self._policy(known), now)
            carry(unit, self._with_letter_to_team(step, known, to, words), self.policy, now)
            unit.officers.note(Deed(now, officer.name, "handed over", conversation, f"to {to}"))

        await self._again(work)

    async def give_back(self, conversation: str, officer: SignedIn, fence: int) -> None:
        """The assistant goes on where it was."""

        def work(unit: UnitOfWork) -> None:
            known, now = self._own(unit, conversation, officer, fence), self.clock()
            carry(unit, give_back(known, self._policy(known), now), self.policy, now)
            unit.centre.settle(conversation)
            unit.officers.note(Deed(now, officer.name, "gave back to the assistant", conversation))

        await self._again(work)

    async def close(self, conversation: str, officer: SignedIn, fence: int, end: End, name: str, text: str) -> None:
        """Close it with an outcome; its resident is told in these words."""
        words = _checked(text)

        def work(unit: UnitOfWork) -> None:
            known, now = self._own(unit, conversation, officer, fence), self.clock()
            if talked_by_post(unit, known) or not cannot_write(unit, known):
                self._speak(unit, known, officer, name, words)
                known = self._own(unit, conversation, officer, fence)
            unit.conversations.keep(close(known, end, officer.name))
            unit.centre.settle(conversation)
            unit.centre.keep_half_written(conversation, officer.name, "", now)
            if call := unit.centre.call_of(conversation):
                unit.centre.keep_call(replace(call, state=Called.DONE, officer=officer.name, done_at=now))
            unit.officers.note(Deed(now, officer.name, "closed", conversation, end.value))

        await self._again(work)

    async def write_half(self, conversation: str, officer: SignedIn, text: str) -> None:
        """Keep what they have half written; whoever sees the conversation may."""

        def work(unit: UnitOfWork) -> None:
            self._known(unit, conversation, officer)
            unit.centre.keep_half_written(conversation, officer.name, text[:MOST_WORDS], self.clock())

        await self.store.transact(work)

    async def is_writing(self, conversation: str, officer: SignedIn) -> None:
        """The resident is shown that an officer writes, while this officer has it."""
        until = self.clock() + WRITING

        def work(unit: UnitOfWork) -> None:
            known = self._known(unit, conversation, officer)
            if known.hold.officer == officer.name:
                unit.centre.writes(conversation, False, until)

        await self.store.transact(work)

    async def called(self, call: str, officer: SignedIn, how: Called) -> None:
        """Somebody called. Without an answer it is to be tried again, a few times."""
        now = self.clock()

        def work(unit: UnitOfWork) -> None:
            known = unit.centre.call(call)
            if known is None or known.state is not Called.TO_DO:
                raise SendersMove("Somebody has seen to this call already.")
            self._known(unit, known.conversation, officer)
            unit.centre.keep_call(self._after_call(known, officer.name, how, now))
            unit.officers.note(Deed(now, officer.name, "called", known.conversation, how.value))

        await self.store.transact(work)

    # --- by itself --------------------------------------------------------------------------------------------------

    async def round_next(self) -> bool:
        """See to one conversation that came due by itself, or whose officer is gone. False where there is none."""
        now = self.clock()

        def waiting(unit: UnitOfWork) -> bool:
            return bool(unit.centre.to_look_at(now) or unit.centre.abandoned(now))

        if not await self.store.read(waiting):
            return False
        try:
            await self.store.transact(lambda unit: see_to_one(unit, self.policy, now))
        except ChangedMeanwhile:
            return True
        except Exception as error:
            log.warning("a conversation could not be seen to, and waits: %s", type(error).__name__)
            await self.store.transact(lambda unit: let_it_wait(unit, now))
        return True

    async def raise_next(self) -> bool:
        """Raise one that waits for little, though its case must be answered soon. False where there is none."""
        soon = self.policy.calendar.next_working_day(self.policy.calendar.local_day(self.clock()) + timedelta(days=1))
        if not await self.store.read(lambda unit: unit.centre.falls_due(soon) is not None):
            return False

        await self.store.transact(lambda unit: raise_one(unit, soon, self.policy))
        return True

    # --- within a transaction ---------------------------------------------------------------------------------------

    async def _again(self, work: Callable[[UnitOfWork], Result]) -> Result:
        """Do it; where a turn came in between, look again and do it then."""
        for _ in range(AGAIN):
            try:
                return await self.store.transact(work)
            except ChangedMeanwhile:
                continue
        return await self.store.transact(work)

    def _known(self, unit: UnitOfWork, conversation: str, officer: SignedIn) -> Conversation:
        known = unit.conversations.get(conversation)
        if known is None or not officer.scope.sees(service_of(known)):
            raise NotTheirs("There is no such conversation.")
        return known

    def _own(self, unit: UnitOfWork, conversation: str, officer: SignedIn, fence: int) -> Conversation:
        """The conversation, where this officer has it still, as their page showed."""
        known = self._known(unit, conversation, officer)
        if known.holder is not Holder.OFFICER or known.hold.officer != officer.name or known.hold.fence != fence:
            raise NotTheirs(self._who_has_it(unit, known))
        return known

    def _check_kept(self, unit: UnitOfWork, known: Conversation, officer: SignedIn) -> None:
        handed = handed_of(unit, known, officer, self.policy, self.clock())
        if handed is not None and handed.until is not None and not handed.may_take:
            until = handed.until.astimezone(self.policy.calendar.zone)
            kept = f"for whom it is kept until {until:%H:%M}, or until they are away. A manager can take it before."
            raise NotTheirs(f"{handed.by} handed this conversation to {handed.to}, {kept}")

    def _who_has_it(self, unit: UnitOfWork, known: Conversation) -> str:
        if known.holder is not Holder.OFFICER or known.hold.since is None:
            return "You do not have this conversation any more. It went back to the queue."
        since = known.hold.since.astimezone(self.policy.calendar.zone)
        name, on = called_by_name(unit, known.hold.officer), day(since, self.policy)
        return f"{name} has had this conversation since {since:%H:%M}, {on}."

    def _policy(self, conversation: Conversation) -> Policy:
        return self.policy.in_tongue(conversation.language)

    def _speak(self, unit: UnitOfWork, known: Conversation, officer: SignedIn, name: str, words: str) -> bool:
        now = self.clock()
        posted = bool(talked_by_post(unit, known))
        if not posted and (reason := cannot_write(unit, known)):
            raise SendersMove(reason)
        called, gone = officer.account.called, has_left(known, unit.centre.sight(known.id), now)
        by_mail = (known.channel in BY_LETTER and not posted) or (gone and is_mailed(unit, known))
        before = unseen(unit, known) if gone and by_mail else ()
        mailed = after_leaving(before, words, self._policy(known), now) if gone else words
        reply = letter(unit, known, mailed, self.policy, called) if by_mail else None
        turn = Turn(now, Speaker.OFFICER, words, "")
        if not unit.centre.spoke(known.id, name[:64], turn, officer.name, reply.id if reply else ""):
            return False
        if reply is not None:
            unit.outbox.add(reply, now)
            unit.centre.carried_by([one.number for one in before], reply.id)
        if posted:
            subject = known.subject or "Your message to us"
            unit.paper.add(on_paper(known, known.person, subject, f"{words}\n\n{called}", self.policy, now))
        unit.conversations.keep(known)
        unit.centre.keep_half_written(known.id, officer.name, "", now)
        unit.centre.writes(known.id, False, now)
        return True

    def _with_letter_to_team(
        self, step: Step[Conversation], known: Conversation, to: str, note: str
    ) -> Step[Conversation]:
        kind, _, key = to.partition(":")
        if kind != "team":
            return step
        decision = known.decision or replace(NOBODY_DECIDED, route="handover")
        words = known.waiting_for or known.subject
        team = self.policy.teams[key]
        letter = pass_on(known, decision, self.policy, known.talk.contact, words, "officer_called", team, note)
        return replace(step, effects=(*step.effects, letter))

    def _check_colleague(self, unit: UnitOfWork, to: str, officer: SignedIn, service: str) -> None:
        kind, _, key = to.partition(":")
        if kind == "team" and key in self.policy.teams:
            return
        colleague = unit.officers.get(to)
        if colleague is None or colleague.name == officer.name or not answers_residents(colleague):
            raise SendersMove("Choose a colleague who answers residents, or a team.")
        if not scope_of(colleague.roles, colleague.services, self.policy.need_to_know).sees(service):
            raise SendersMove(f"{colleague.called} may not see this service, so would never find it. Choose another.")

    def _after_call(self, call: CallBack, officer: str, how: Called, now: datetime) -> CallBack:
        if how is not Called.NO_ANSWER:
            return replace(call, state=how, officer=officer, done_at=now)
        tried = replace(call, tries=call.tries + 1, officer=officer, until=call_until(self.policy, now))
        return replace(tried, state=Called.NO_ANSWER, done_at=now) if tried.tries >= TRIES else tried

    def _beat(self, unit: UnitOfWork, officer: str, until: datetime) -> None:
        known, now = unit.centre.presence(officer), self.clock()
        if known is None or known.online_until < now - FORGOTTEN_AFTER:
            places = known.places if known else self.policy.live.places
            known = Presence(officer, There.AWAY, places, until)
        unit.centre.keep_presence(replace(known, online_until=until))


def _checked(text: str) -> str:
    words = text.strip()
    if not words:
        raise SendersMove("Type a message")
    if len(words) > MOST_WORDS:
        raise SendersMove(f"Your message must be {MOST_WORDS:,} characters or fewer. You typed {len(words):,}.")
    return words


def closing_words(policy: Policy, now: datetime) -> str:
    """What a resident is told when an officer closes, until the officer writes something else."""
    return say_in(policy, now, "officer_closed", {})
