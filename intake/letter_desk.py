"""Letters about cases: written, checked by a second officer where the council wants that, sent. Each deed is one
transaction, noted, and in the case's history.
"""

from dataclasses import dataclass, replace

from intake import case_letters, case_work
from intake.case import Case, CaseOutcome
from intake.case_view import LETTER_KINDS, CaseLetter, LetterKind, LetterState
from intake.colleagues import called_by_name
from intake.errors import CaseMoved, ChangedMeanwhile, SendersMove
from intake.officers import SignedIn
from intake.ports import UnitOfWork
from intake.work_desk import NoSuchCase, WorkDesk, checked, draw


@dataclass(frozen=True)
class Written:
    """A letter as its writer has it on their screen: a new one (no id), or a draft of which they saw this version."""

    letter: str
    seen: int
    kind: LetterKind
    body: str
    outcome: CaseOutcome | None = None


@dataclass(frozen=True)
class LetterDesk:
    """Where officers write to residents about a case that they may see."""

    work: WorkDesk

    async def save(self, reference: str, officer: SignedIn, written: Written) -> CaseLetter:
        """Keep a draft, new (no id) or changed. Raises CaseMoved where it was changed or sent meanwhile."""
        return await self.work.store.transact(lambda unit: self._save(unit, reference, officer, written)[1])

    async def finish(self, reference: str, officer: SignedIn, written: Written, seen: int) -> LetterState:
        """Its writer has done: it goes out, or to a second officer where the council wants that."""

        def work(unit: UnitOfWork) -> LetterState:
            case = self.work.known(unit, reference, officer)
            if case.version != seen:
                raise self.work.moved(unit, case, seen)
            case, own = self._save(unit, reference, officer, written)
            case_letters.check_ready(unit, case, own)
            if own.kind.value not in self.work.policy.canned.check:
                self._send(unit, case, own, officer, seen)
                return LetterState.SENT
            self._keep(unit, case, officer, replace(own, state=LetterState.TO_CHECK), "asked for a check")
            return LetterState.TO_CHECK

        return await self.work.again(work)

    async def check(self, letter: str, officer: SignedIn, seen: int, seen_case: int) -> None:
        """A second officer has checked it: it goes out."""

        def work(unit: UnitOfWork) -> None:
            case, own = self._letter(unit, letter, officer, seen, LetterState.TO_CHECK)
            if own.officer == officer.name:
                raise SendersMove("Somebody other than you must check it, as you wrote it.")
            self._send(unit, case, replace(own, checked_by=officer.name), officer, seen_case)

        await self.work.again(work)

    async def send_back(self, letter: str, officer: SignedIn, seen: int, note: str) -> None:
        """It is a draft again, with what should change."""
        words = checked(note, "what should change")

        def work(unit: UnitOfWork) -> None:
            case, own = self._letter(unit, letter, officer, seen, LetterState.TO_CHECK)
            back = replace(own, state=LetterState.DRAFT, note=words)
            self._keep(unit, case, officer, back, "sent a draft back", words)

        await self.work.store.transact(work)

    async def drop(self, letter: str, officer: SignedIn, seen: int) -> None:
        """It is not sent."""

        def work(unit: UnitOfWork) -> None:
            case, own = self._letter(unit, letter, officer, seen, LetterState.DRAFT)
            self._keep(unit, case, officer, replace(own, state=LetterState.DROPPED), "dropped a draft")

        await self.work.store.transact(work)

    def _save(self, unit: UnitOfWork, reference: str, officer: SignedIn, written: Written) -> tuple[Case, CaseLetter]:
        words, case = checked(written.body, "the letter"), self.work.known(unit, reference, officer)
        before = unit.work.letter(written.letter) if written.letter else None
        if written.letter:
            self._still(unit, before, case, written.seen)
        own = CaseLetter(
            before.id if before else draw(),
            case.reference,
            written.kind,
            words,
            officer.name,
            self.work.clock(),
            written.outcome,
            version=before.version if before else 0,
        )
        return case, self._keep(unit, case, officer, own, "changed a draft" if before else "wrote a draft")

    def _letter(
        self, unit: UnitOfWork, letter: str, officer: SignedIn, seen: int, state: LetterState
    ) -> tuple[Case, CaseLetter]:
        own = unit.work.letter(letter)
        case = self.work.known(unit, own.reference if own else "", officer)
        self._still(unit, own, case, seen)
        assert own is not None
        if own.state is not state:
            raise CaseMoved(
                f"This letter is not {'a draft' if state is LetterState.DRAFT else 'to be checked'} any more."
            )
        return case, own

    def _still(self, unit: UnitOfWork, own: CaseLetter | None, case: Case, seen: int) -> None:
        if own is None or own.reference != case.reference:
            raise NoSuchCase("There is no such letter.")
        if own.version != seen or own.state in (LetterState.SENT, LetterState.DROPPED):
            raise CaseMoved(f"{called_by_name(unit, own.officer)} changed or sent this letter meanwhile")

    def _keep(
        self, unit: UnitOfWork, case: Case, officer: SignedIn, own: CaseLetter, what: str, words: str = ""
    ) -> CaseLetter:
        own = replace(own, changed_at=self.work.clock())
        if not unit.work.keep_letter(own):
            raise ChangedMeanwhile(f"letter {own.id} was changed by somebody else")
        kind = LETTER_KINDS[own.kind]
        self.work.enter(unit, case, officer, what, f"{kind}: {words}" if words else kind)
        return replace(own, version=own.version + 1)

    def _send(self, unit: UnitOfWork, case: Case, own: CaseLetter, officer: SignedIn, seen: int) -> None:
        """Out it goes; what that meets and ends is done in the same transaction."""
        if case.version != seen:
            raise self.work.moved(unit, case, seen)
        now, writer = self.work.clock(), unit.officers.get(own.officer)
        how = case_letters.send(unit, case, own, writer or officer.account, self.work.policy, now)
        after = case_work.written(case, own.kind, own.outcome, now)
        if after != case:
            unit.cases.keep(after)
            after = replace(after, version=case.version + 1)
        outcome = f" ({case_work.OUTCOMES[own.outcome]})" if own.outcome and own.kind is LetterKind.RESPONSE else ""
        self._keep(unit, after, officer, replace(own, state=LetterState.SENT), "sent a letter", f"{how}{outcome}")
