"""What administrators keep right beside the pack: who checked which signpost, and canned words of their own."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from intake.policy import Canned, CannedWords, Policy, Signpost
from intake.working_days import same_day_months_on


@dataclass(frozen=True)
class SignpostCheck:
    """What the console knows of a signpost. ``owner`` is empty and ``checked_at`` None where the pack's own counts."""

    key: str
    owner: str = ""
    checked_at: datetime | None = None
    officer: str = ""


@dataclass(frozen=True)
class KeptWords:
    """Canned words as an administrator changed or added them; ``kind`` is a LetterKind."""

    key: str
    title: str
    kind: str
    body: str
    changed_at: datetime
    officer: str


@dataclass(frozen=True)
class CheckedSignpost:
    """A signpost, who looks after it, when it was last checked and when that must be done again.

    ``officer`` is who checked it in the console; empty where the pack's own date is the newer one.
    """

    signpost: Signpost
    owner: str
    checked: date
    due: date
    is_due: bool
    officer: str


@dataclass(frozen=True)
class Installed:
    """What this installation is: its version, and its settings by name, no secret among them."""

    version: str
    settings: tuple[tuple[str, str], ...] = ()


def signposts(policy: Policy, checks: Mapping[str, SignpostCheck], today: date) -> list[CheckedSignpost]:
    """Every signpost, those that must be checked soonest first."""
    every = (_checked(one, checks.get(one.key), policy, today) for one in policy.signposts.values())
    return sorted(every, key=lambda one: (one.due, one.signpost.body))


def _checked(signpost: Signpost, check: SignpostCheck | None, policy: Policy, today: date) -> CheckedSignpost:
    at = check.checked_at if check else None
    ours = policy.calendar.local_day(at) if at else date.min
    checked = max(signpost.checked, ours)
    due = same_day_months_on(checked, policy.signpost_months)
    owner = check.owner if check and check.owner else signpost.owner
    by = check.officer if check and ours == checked else ""
    return CheckedSignpost(signpost, owner, checked, due, due <= today, by)


def canned(own: Canned, kept: Iterable[KeptWords]) -> Canned:
    """The pack's canned words, and over them those that administrators wrote."""
    ours = {one.key: CannedWords(one.title, one.kind, one.body) for one in kept}
    return replace(own, words={**own.words, **ours})
