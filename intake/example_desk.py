"""What is learnt from officers' decisions: how accurate the reading is, and examples that a second person approves."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from intake.accuracy import PERIODS, Accuracy, accuracy
from intake.correction_view import Example, ExampleState
from intake.errors import SendersMove
from intake.officers import Deed, SignedIn
from intake.ports import UnitOfWork
from intake.training import edited, judged, kept_names, mistakes, signals_of
from intake.triage import BY_OFFICER
from intake.triage_desk import TriageDesk, seen_by
from intake.unnaming import without_person

MOST_JUDGED = 50


@dataclass(frozen=True)
class ExampleDesk:
    """Where officers see how the reading does, and teach it. What is outside somebody's scope is not there for them."""

    triage: TriageDesk

    async def accuracy(self, officer: SignedIn, days: int) -> Accuracy:
        """What was decided in the last days, and how it stood up."""
        since = self.triage.clock() - timedelta(days=days if days in PERIODS else PERIODS[0])
        return accuracy(await self.triage.store.read(lambda unit: unit.corrections.tallies(since, officer.scope)))

    async def propose(self, contact: str, officer: SignedIn) -> bool:
        """Propose it as an example, without personal data. False where it is no contact that an officer decided."""
        known = await self.triage.store.read(lambda unit: seen_by(unit, contact, officer))
        if known is None or known.contact is None or known.decision is None or known.decision.rule != BY_OFFICER:
            return False
        read = await self.triage.read_again(known.contact.words, known.contact)
        decision, now = known.decision, self.triage.clock()
        example = Example(
            id=secrets.token_hex(12),
            contact=contact,
            text=without_person(known.contact.words, known.contact.person, kept_names(self.triage.policy)),
            route=decision.route,
            service=decision.service,
            signpost=decision.signpost,
            urgent=decision.urgent,
            signals=signals_of(read.reading),
            proposed_by=officer.name,
            proposed_at=now,
        )

        def keep(unit: UnitOfWork) -> None:
            if not any(one.state is not ExampleState.REFUSED for one in unit.corrections.examples_of(contact)):
                unit.corrections.propose(example)
                unit.officers.note(Deed(now, officer.name, "proposed as an example", contact))

        await self.triage.store.transact(keep)
        return True

    async def proposed(self, officer: SignedIn) -> tuple[Sequence[tuple[Example, str]], int]:
        """The oldest examples that wait for a second person, each with the message as it was written.

        And how many were approved before.
        """
        return await self.triage.store.read(
            lambda unit: (unit.corrections.to_judge(officer.scope, MOST_JUDGED), unit.corrections.count_approved())
        )

    async def judge(
        self,
        example: str,
        officer: SignedIn,
        text: str,
        route: str,
        service: str,
        signals: Sequence[str],
        *,
        approved: bool,
    ) -> Mapping[str, str] | None:
        """Approve an example as it stands now, or refuse it; what is wrong with it, None where there is none to judge.

        Raises SendersMove where they proposed it themselves.
        """
        now = self.triage.clock()

        def keep(unit: UnitOfWork) -> Mapping[str, str] | None:
            known = unit.corrections.example(example)
            seen = known is not None and seen_by(unit, known.contact, officer) is not None
            if known is None or not seen or known.state is not ExampleState.PROPOSED:
                return None
            if known.proposed_by == officer.name:
                raise SendersMove("You proposed this one. Somebody else must look at it.")
            changed = edited(known, text, route, service, signals)
            wrong = mistakes(changed, self.triage.policy) if approved else {}
            if not wrong:
                unit.corrections.propose(judged(changed, officer.name, now, approved=approved))
                what = "approved an example" if approved else "refused an example"
                unit.officers.note(Deed(now, officer.name, what, known.contact))
            return wrong

        return await self.triage.store.transact(keep)

    async def approved(self, officer: SignedIn) -> Sequence[Example]:
        """Every approved example of the services that they see: what its contact was about, and what it teaches."""
        approved = await self.triage.store.read(lambda unit: unit.corrections.approved(officer.scope))
        return [one for one in approved if officer.scope.sees(one.service)]
