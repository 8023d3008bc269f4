"""Care: where officers record threats and abuse, see whom to take care with, and managers review it."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import count

from intake.colleagues import named
from intake.contact import Person
from intake.desk_view import ContactView
from intake.errors import SendersMove
from intake.incidents import (
    FIRST_REVIEW,
    OPEN,
    Flag,
    Incident,
    IncidentWords,
    Review,
    State,
    close,
    confirm,
    flag_of,
    ways,
    wrong_report,
    wrong_until,
)
from intake.officers import Deed, SignedIn
from intake.policy import Policy
from intake.ports import Clock, Store, UnitOfWork

MOST_LISTED = 500


class NotRecorded(SendersMove):
    """Something must be put right first; ``mistakes`` says what, by field."""

    def __init__(self, mistakes: dict[str, str]) -> None:
        super().__init__("; ".join(mistakes.values()))
        self.mistakes = mistakes


@dataclass(frozen=True)
class Reviewed:
    """What a manager decides: ``what`` is confirm, end or dismiss; with a reason always."""

    what: str
    reason: str
    until: date | None = None
    advice: tuple[str, ...] = ()
    person_told: str = ""


@dataclass
class Care:
    """Nothing here is ever shown to residents, stands in a letter, or changes how a contact is handled."""

    store: Store
    policy: Policy
    clock: Clock

    @property
    def words(self) -> IncidentWords:
        """The council's kinds of incidents and advice."""
        return self.policy.incidents

    @property
    def today(self) -> date:
        """The council's day."""
        return self.policy.calendar.local_day(self.clock())

    async def flags(self, person: Person, conversation: str = "") -> Sequence[Flag]:
        """Whom to take care with: by a proved address or number, or in the very conversation."""
        email, phone = ways(person)
        if not (email or phone or conversation):
            return ()
        today = self.today
        found = await self.store.read(lambda unit: unit.incidents.standing(email, phone, conversation, today))
        return [flag_of(incident, self.words) for incident in found]

    async def report(self, incident: Incident, officer: SignedIn) -> str:
        """Record what happened; the flag stands at once, until a manager has reviewed it. Raises NotRecorded."""
        now = self.clock()
        recorded = replace(
            incident,
            id=secrets.token_hex(12),
            reporter=officer.name,
            reported_at=now,
            until=self.today + FIRST_REVIEW,
            state=State.REPORTED,
        )
        if wrong := wrong_report(recorded, self.words, self.today):
            raise NotRecorded(dict(wrong))

        def reported(unit: UnitOfWork) -> None:
            unit.incidents.keep(recorded)
            unit.officers.note(Deed(now, officer.name, "incident recorded", recorded.id))

        await self.store.transact(reported)
        return recorded.id

    async def forget_due(self) -> bool:
        """Forget the incidents whose time is over. False where there was none."""
        today = self.today
        if not await self.store.read(lambda unit: unit.incidents.any_due(today)):
            return False
        await self.store.transact(lambda unit: unit.incidents.forget_due(today))
        return True

    async def look(self, incident: str, officer: SignedIn) -> Incident | None:
        """One incident: that somebody looked is noted. Of a matter that they may not see, its words are left out."""
        deed = Deed(self.clock(), officer.name, "incident seen", incident)

        def seen(unit: UnitOfWork) -> Incident | None:
            found = unit.incidents.get(incident)
            if found is None:
                return None
            unit.officers.note(deed)
            (shown,) = named(unit, [found], "reporter")
            return replace(shown, reviews=tuple(named(unit, found.reviews)))

        found = await self.store.transact(seen)
        if found is None or officer.scope.sees(found.service):
            return found
        veiled = replace(found, words="", against="", name="", email="", phone="", contact="", conversation="")
        return replace(veiled, person_told="", reviews=())

    async def to_review(self, officer: SignedIn) -> Sequence[Incident]:
        """Those that no manager has reviewed first, then by the end of their flags; closed ones are not listed."""

        def listed(unit: UnitOfWork) -> list[Incident]:
            seen: list[Incident] = []
            for start in count(0, MOST_LISTED):
                page = unit.incidents.open(start, MOST_LISTED)
                seen += [incident for incident in page if officer.scope.sees(incident.service)]
                if len(page) < MOST_LISTED or len(seen) >= MOST_LISTED:
                    break
            return named(unit, seen[:MOST_LISTED], "reporter")

        return await self.store.read(listed)

    async def review(self, incident: str, reviewed: Reviewed, officer: SignedIn) -> bool:
        """Confirm, extend or change a flag, end it, or say that it was none. False where it is not there or closed.

        Raises NotRecorded where something must be put right.
        """
        if wrong := self._wrong(reviewed):
            raise NotRecorded(wrong)
        now, today = self.clock(), self.today
        noted = Review(now, officer.name, reviewed.what, reviewed.reason)

        def decided(unit: UnitOfWork) -> bool:
            found = unit.incidents.get(incident)
            if found is None or found.state not in OPEN or not officer.scope.sees(found.service):
                return False
            if reviewed.what == "confirm":
                assert reviewed.until is not None
                changed = confirm(found, noted, reviewed.until, reviewed.advice, reviewed.person_told)
            else:
                state = State.ENDED if reviewed.what == "end" else State.DISMISSED
                changed = close(found, noted, state, today, self.words)
            unit.incidents.keep(changed)
            unit.officers.note(Deed(now, officer.name, f"incident reviewed: {reviewed.what}", incident))
            return True

        return await self.store.transact(decided)

    def _wrong(self, reviewed: Reviewed) -> dict[str, str]:
        wrong: dict[str, str] = {}
        if reviewed.what not in ("confirm", "end", "dismiss"):
            wrong["do"] = "Choose what to do"
        if not reviewed.reason.strip():
            wrong["reason"] = "Say why: it stands with the incident for ever"
        if reviewed.what != "confirm":
            return wrong
        if until := wrong_until(reviewed.until, self.today, self.words):
            wrong["until"] = until
        if not set(reviewed.advice) <= set(self.words.advice):
            wrong["advice"] = "Choose from the list what colleagues should do"
        if not reviewed.person_told.strip():
            wrong["person_told"] = "Say how and when they were told, or why they are not"
        return wrong


def from_contact(view: ContactView) -> tuple[Person, str, str, str]:
    """Of a contact: who it is, its conversation, its id, its service."""
    person = view.contact.person if view.contact else Person()
    return person, view.conversation, view.line.id, view.line.service
