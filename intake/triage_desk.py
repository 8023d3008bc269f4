"""The triage desk: contacts whose decision an officer makes or corrects. Each deed is one transaction.

A deed carries how many decisions of officers its page showed: where another has come since, nothing is done twice.
"""

import asyncio
import logging
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from intake.carry_out import carry_out
from intake.case import Case
from intake.casework import Drawn
from intake.colleagues import called_by_name
from intake.contact import WHOLE_FORM, Contact, Kept, Outcome
from intake.conversation import Conversation, Holder, Speaker, Turn
from intake.correction_view import (
    LIVE,
    Correction,
    Done,
    Part,
    TriageLine,
    TriageView,
)
from intake.corrections import Ruling, carried_out, consequences, decide_anew, mistakes, quiet, same
from intake.desk_view import ContactView, Page, paged
from intake.dialogue import Heard
from intake.effects import Say, Step, Tell
from intake.errors import ChangedMeanwhile, NotTheirs
from intake.interpretation import Detail, Interpretation
from intake.likeness import likest
from intake.marking import marked, rests_on
from intake.officers import Deed, SignedIn
from intake.policy import Policy
from intake.ports import Clock, Interpreter, Store, UnitOfWork
from intake.safety import Harm, find_harms
from intake.triage import Decision

log = logging.getLogger(__name__)

MOST_COUNTED = 10_000
MOST_EARLIER = 10
MOST_PARTS = 6
MOST_WORDS = 20_000
"""Characters of one message, or of a part of it, that are read."""

AGAIN = 5
"""How often a deed is tried where something else changed the conversation in between."""

_STAYS = frozenset(
    {WHOLE_FORM, *(detail.value for detail in (Detail.REPLY_BY, Detail.NAME, Detail.EMAIL, Detail.PHONE))}
    | {Detail.ADDRESS.value, Detail.NEEDS.value}
)
"""What a form told of its person, which holds for every matter in it."""

_NOT_DECIDED = Decision("question", "none", "none", False, "none", 0.0, True, True, "part", (), ())


@dataclass(frozen=True)
class Decided:
    """What became of a deed: it was done, or its page must be shown again with what was wrong.

    ``refused`` says in words why nothing was done.
    """

    done: bool
    next: str = ""
    conversation: str = ""
    refused: str = ""
    wrong: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Reread:
    """A message or a part of it, read again."""

    reading: Interpretation
    harms: tuple[Harm, ...]


@dataclass(frozen=True)
class _Order:
    """All that a deed carries into its transaction."""

    contact: str
    officer: SignedIn
    ruling: Ruling
    parts: tuple[Part, ...]
    seen: int
    reads: tuple[Reread, ...]
    drawn: tuple[Drawn, ...]


@dataclass(frozen=True)
class TriageDesk:
    """Where officers decide. What is outside somebody's scope is, for them, not there at all."""

    store: Store
    interpreter: Interpreter
    policy: Policy
    clock: Clock

    # --- seeing -----------------------------------------------------------------------------------------------------

    async def queue(self, officer: SignedIn, number: int = 1) -> tuple[Page[TriageLine], int]:
        """A page of those that wait, and how many do in all (counted up to MOST_COUNTED)."""
        scope = officer.scope
        return await self.store.read(
            lambda unit: (
                paged(number, partial(unit.corrections.waiting, scope)),
                unit.corrections.waits(scope, MOST_COUNTED),
            )
        )

    async def view(self, contact: str, officer: SignedIn) -> TriageView | None:
        """One contact with all that is needed to decide it; None where there is none, or it is not read yet."""
        known = await self.store.read(lambda unit: seen_by(unit, contact, officer))
        if known is None or known.contact is None:
            return None
        read = await self.read_again(known.contact.words, known.contact)
        return await self.store.read(lambda unit: self._view(unit, contact, officer, read))

    async def last(self, contact: str, officer: SignedIn) -> Done | None:
        """What was last decided about a contact, and what still waits there."""

        def find(unit: UnitOfWork) -> Done | None:
            view, corrections = seen_by(unit, contact, officer), unit.corrections.of_contact(contact)
            conversation = unit.conversations.get(view.conversation) if view else None
            if view is None or conversation is None or not corrections:
                return None
            waits = conversation.waiting_for if conversation.holder is Holder.WAITING else ""
            return Done(view.line, corrections[-1], conversation.case, waits)

        return await self.store.read(find)

    async def preview(self, contact: str, officer: SignedIn, ruling: Ruling) -> Sequence[str]:
        """What a ruling would bring about, in words."""
        known = await self.store.read(lambda unit: seen_by(unit, contact, officer))
        if known is None or known.contact is None or known.decision is None or mistakes(ruling, self.policy):
            return ()
        view, read = known, await self.read_again(known.contact.words, known.contact)
        return await self.store.read(lambda unit: self._leads_to(unit, view, officer, ruling, read))

    def _view(self, unit: UnitOfWork, contact: str, officer: SignedIn, read: Reread) -> TriageView | None:
        view = seen_by(unit, contact, officer)
        conversation = unit.conversations.get(view.conversation) if view else None
        if view is None or view.contact is None or view.decision is None or conversation is None:
            return None
        decision, scope = view.decision, officer.scope
        corrections = unit.corrections.of_contact(contact)
        holder = conversation.hold.officer if conversation.holder is Holder.OFFICER else ""
        person = conversation.person
        history = unit.centre.history(person, conversation.id, scope, MOST_EARLIER)
        cases = (
            [case for case in unit.cases.of_address(person.email) if scope.sees(case.service)] if person.email else []
        )
        shared = unit.searching.sharing(view.contact.words, decision.route, decision.service, contact, scope)
        names = {correction.officer for correction in corrections} | ({holder} if holder else set())
        waits = unit.corrections.is_waiting(contact)
        ruling = guess_of(decision, officer)
        return TriageView(
            view=view,
            contact=view.contact,
            decision=decision,
            marked=marked(view.contact.text, rests_on(decision.reasons)),
            seen=len(corrections),
            corrections=corrections,
            waits=waits,
            carried_out=carried_out(decision, conversation),
            held_by="" if holder == officer.name else holder,
            leads_to=() if mistakes(ruling, self.policy) else self._leads_to(unit, view, officer, ruling, read),
            parts=_parts_read(read.reading) if waits and view.contact.channel not in LIVE else (),
            alike=likest(view.contact.words, shared),
            history=history,
            cases=[case.reference for case in cases],
            next=unit.corrections.next_after(contact, scope),
            part_of=unit.corrections.part_of(contact),
            names=tuple((name, called_by_name(unit, name)) for name in sorted(names)),
        )

    def _leads_to(
        self, unit: UnitOfWork, view: ContactView, officer: SignedIn, ruling: Ruling, read: Reread
    ) -> Sequence[str]:
        conversation = unit.conversations.get(view.conversation)
        assert conversation is not None
        assert view.contact is not None
        assert view.decision is not None
        heard = _heard(unit, view.contact, conversation, read, ruling, officer)
        policy, now = self.policy.in_tongue(conversation.language), self.clock()
        _, step = decide_anew(conversation, heard, view.decision, ruling, policy, Drawn("", "", ""), now)
        return consequences(step, replace(view.contact, person=step.state.person), self.policy)

    # --- deciding ---------------------------------------------------------------------------------------------------

    async def decide(
        self, contact: str, officer: SignedIn, ruling: Ruling, seen: int, parts: Sequence[Part] = ()
    ) -> Decided | None:
        """Decide it, and every part of it that is a matter of its own. None where there is no such contact for them."""
        known = await self.store.read(lambda unit: seen_by(unit, contact, officer))
        if known is None or known.contact is None or known.decision is None:
            return None
        wrong = await self._wrong(known.contact, ruling, parts, officer)
        if wrong:
            return Decided(done=False, wrong=wrong)
        reads = [await self.read_again(known.contact.words, known.contact)]
        reads += [await self.read_again(part.words[:MOST_WORDS], known.contact) for part in parts]
        for _ in range(AGAIN):
            drawn = [await asyncio.to_thread(Drawn.anew, self.policy.council.prefix) for _ in reads]
            order = _Order(contact, officer, ruling, tuple(parts), seen, tuple(reads), tuple(drawn))
            try:
                return await self.store.transact(lambda unit, order=order: self._decide(unit, order))  # type: ignore[misc]
            except ChangedMeanwhile:
                continue
            except NotTheirs as error:
                return Decided(done=False, refused=str(error))
        return Decided(done=False, refused="Too much happened here at once, and nothing was done. Try again.")

    async def _wrong(
        self, contact: Contact, ruling: Ruling, parts: Sequence[Part], officer: SignedIn
    ) -> Mapping[str, str]:
        """What is wrong with a deed, by field."""
        wrong = dict(mistakes(ruling, self.policy))
        for number, part in enumerate(parts, start=1):
            of_part = mistakes(Ruling(part.route, part.service, part.signpost), self.policy)
            wrong |= {f"part{number}_{name}": words for name, words in of_part.items()}
            if len(part.words.split()) < 2:
                wrong[f"part{number}_words"] = "Write what this matter is, or take it out"
        if parts and contact.channel in LIVE:
            wrong["part1_words"] = "In a live conversation, matters are taken one after another"
        if ruling.case:
            case = await self.store.read(lambda unit: unit.cases.get(ruling.case))
            if case is None or not officer.scope.sees(case.service):
                wrong["case"] = "There is no case with this reference"
        return wrong

    def _decide(self, unit: UnitOfWork, order: _Order) -> Decided:
        now = self.clock()
        view, conversation = _to_decide(unit, order)
        contact, before = view.contact, view.decision
        assert contact is not None
        assert before is not None
        _check_free(unit, order.drawn)
        policy = self.policy.in_tongue(conversation.language)
        heard = _heard(unit, contact, conversation, order.reads[0], order.ruling, order.officer)
        decision, step = decide_anew(conversation, heard, before, order.ruling, policy, order.drawn[0], now)
        contact = replace(contact, person=step.state.person)
        after = carry_out(step, quiet(contact), unit, policy, now)
        outcome = _outcome(step, after, Outcome(view.line.state))
        unit.corrections.decided(contact, after.id, decision, outcome)
        parts = tuple(
            self._open_part(unit, contact, after, part, number, order)
            for number, part in enumerate(order.parts, start=1)
        )
        step_number = order.seen + 1
        changed = not same(before, decision)
        unit.corrections.keep(
            Correction(
                contact=contact.id,
                step=step_number,
                at=now,
                officer=order.officer.name,
                decided_at=unit.corrections.decided_at(contact.id) or now,
                before=before,
                after=decision,
                changed=changed,
                reason=order.ruling.reason,
                parts=parts,
            )
        )
        note = f"{before.route} to {decision.route}, {before.service} to {decision.service}"
        note += f"; {len(parts)} matters besides" if parts else ""
        unit.officers.note(Deed(now, order.officer.name, "corrected" if changed else "agreed to", contact.id, note))
        return Decided(True, unit.corrections.next_after(contact.id, order.officer.scope), after.id)

    def _open_part(
        self, unit: UnitOfWork, parent: Contact, beside: Conversation, part: Part, number: int, order: _Order
    ) -> Part:
        """A matter of its own: a contact with a conversation, decided and answered like any other."""
        now, policy = self.clock(), self.policy.in_tongue(beside.language)
        contact = _contact_of(parent, part)
        fingerprint = f"part:{parent.id}:{order.seen + 1}:{number}"
        raw = part.words.encode("utf-8", "replace")
        unit.inbox.keep(
            Kept(contact.id, contact.channel, contact.received_at, fingerprint, "", contact.person.email, (), raw)
        )
        conversation = Conversation(
            id=secrets.token_hex(12),
            channel=contact.channel,
            person=contact.person,
            started_at=contact.received_at,
            subject=contact.subject,
            languages=beside.languages,
        )
        unit.conversations.add_turn(
            conversation.id, Turn(contact.received_at, Speaker.RESIDENT, contact.text, contact.id)
        )
        read, drawn = order.reads[number], order.drawn[number]
        ruling = Ruling(part.route, part.service, part.signpost, officer=order.ruling.officer)
        heard = Heard(contact, read.reading, read.harms)
        decision, step = decide_anew(conversation, heard, _NOT_DECIDED, ruling, policy, drawn, now)
        after = carry_out(step, quiet(contact), unit, policy, now)
        outcome = _outcome(step, after, Outcome.RECORDED)
        unit.inbox.finish(contact, after.id, decision, outcome, now)
        unit.corrections.decided(contact, after.id, decision, outcome, part_of=parent.id)
        return replace(part, contact=contact.id)

    async def read_again(self, words: str, contact: Contact) -> Reread:
        """What the interpreter reads now. Where it fails, an officer decides all the same."""
        day = self.policy.calendar.local_day(contact.received_at)
        try:
            reading = await self.interpreter.interpret(words[:MOST_WORDS], day)
        except Exception as error:
            log.warning("contact %s could not be read again: %s", contact.id, type(error).__name__)
            reading = Interpretation()
        return Reread(reading, await asyncio.to_thread(find_harms, words[:MOST_WORDS], reading, self.policy))


def guess_of(decision: Decision, officer: SignedIn) -> Ruling:
    """The ruling that agrees to a decision."""
    return Ruling(
        route=decision.route,
        service=decision.service,
        signpost=decision.signpost,
        procedure="" if decision.procedure == "none" else decision.procedure,
        urgent=decision.urgent,
        officer=officer.account.called,
    )


def seen_by(unit: UnitOfWork, contact: str, officer: SignedIn) -> ContactView | None:
    """A contact with what became of it, where there is one that they may see."""
    view = unit.desk.contact(contact)
    return view if view is not None and officer.scope.sees(view.line.service) else None


def _to_decide(unit: UnitOfWork, order: _Order) -> tuple[ContactView, Conversation]:
    """The contact and its conversation. Raises NotTheirs where somebody else has decided or holds it."""
    view = seen_by(unit, order.contact, order.officer)
    conversation = unit.conversations.get(view.conversation) if view else None
    if view is None or conversation is None:
        raise NotTheirs("This contact is not there any more, or not for you. Nothing that you chose was done.")
    corrections = unit.corrections.of_contact(order.contact)
    if len(corrections) != order.seen:
        who = called_by_name(unit, corrections[-1].officer) if corrections else "Somebody"
        raise NotTheirs(f"{who} has just decided this one. Nothing that you chose was done.")
    hold = conversation.hold
    if conversation.holder is Holder.OFFICER and hold.officer != order.officer.name:
        raise NotTheirs(f"{called_by_name(unit, hold.officer)} has this conversation. Nothing that you chose was done.")
    return view, conversation


def _heard(
    unit: UnitOfWork, contact: Contact, conversation: Conversation, read: Reread, ruling: Ruling, officer: SignedIn
) -> Heard:
    case = unit.cases.get(conversation.case) if conversation.case else None
    person = ruling.person or conversation.person
    theirs = unit.cases.of_address(person.email) if person.email else ()
    named = unit.cases.get(ruling.case) if ruling.case else None
    cases: tuple[Case, ...] = (*((named,) if named and officer.scope.sees(named.service) else ()), *theirs)
    return Heard(contact, read.reading, read.harms, case, cases)


def _check_free(unit: UnitOfWork, drawn: Sequence[Drawn]) -> None:
    names = [one.reference for one in drawn]
    if len(set(names)) < len(names) or any(unit.cases.get(name) for name in names):
        raise ChangedMeanwhile("a reference that was drawn is taken; the next attempt draws again")


def _outcome(step: Step[Conversation], after: Conversation, before: Outcome) -> Outcome:
    if after.holder is not Holder.ASSISTANT:
        return Outcome.WITH_A_PERSON
    if any(isinstance(effect, Say | Tell) for effect in step.effects):
        return Outcome.ANSWERED
    return Outcome.RECORDED if before is Outcome.WITH_A_PERSON else before


def _parts_read(reading: Interpretation) -> tuple[Part, ...]:
    """The second matter that was read in it."""
    beside = reading.beside
    return (Part(beside.words, beside.route.key, beside.service.key),) if beside else ()


def _contact_of(parent: Contact, part: Part) -> Contact:
    told = tuple((name, value) for name, value in parent.told if name in _STAYS) if parent.is_whole_form else ()
    return Contact(
        id=secrets.token_hex(12),
        channel=parent.channel,
        received_at=parent.received_at,
        person=parent.person,
        subject=parent.subject,
        text=part.words,
        message_id=parent.message_id,
        references=parent.references,
        told=told,
        language=parent.language,
    )
