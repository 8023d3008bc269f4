"""How accurate the reading is, as values: what was decided alone and left, agreed to or corrected by officers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from intake.correction_view import Tally

BANDS: Mapping[str, float] = {"95": 0.95, "85": 0.85, "70": 0.7, "50": 0.5, "0": 0.0}
"""Bands of confidence, each with the least that belongs to it, highest first."""

PERIODS = (30, 90)
"""Days that the report may look back."""


@dataclass(frozen=True)
class Score:
    """Decisions of one sort: by itself (``alone``), of which officers ``corrected`` so many and said yes to others;
    and guesses that an officer had to decide (``asked``), with how many were right and how many wrong so far.
    """

    key: str
    alone: int = 0
    agreed: int = 0
    corrected: int = 0
    asked: int = 0
    guess_right: int = 0
    guess_wrong: int = 0

    @property
    def all(self) -> int:
        """Everything that was decided."""
        return self.alone + self.asked


@dataclass(frozen=True)
class Accuracy:
    """The whole report."""

    whole: Score
    by_route: Sequence[Score]
    by_rule: Sequence[Score]
    by_band: Sequence[Score]


def accuracy(tallies: Sequence[Tally]) -> Accuracy:
    """The report over these counts; machines' mail and empty messages stand in it like all else."""
    return Accuracy(
        whole=_score("", tallies),
        by_route=_grouped(tallies, lambda tally: tally.route),
        by_rule=_grouped(tallies, lambda tally: tally.rule),
        by_band=[_score(band, [tally for tally in tallies if tally.band == band]) for band in BANDS],
    )


def _grouped(tallies: Sequence[Tally], key: Callable[[Tally], str]) -> list[Score]:
    """Sorts with the most decisions first."""
    keys = dict.fromkeys(key(tally) for tally in tallies)
    scores = [_score(one, [tally for tally in tallies if key(tally) == one]) for one in keys]
    return sorted(scores, key=lambda score: (-score.all, score.key))


def _score(key: str, tallies: Sequence[Tally]) -> Score:
    def counted(alone: bool, *fates: str) -> int:
        return sum(tally.count for tally in tallies if tally.alone is alone and (not fates or tally.fate in fates))

    return Score(
        key=key,
        alone=counted(True),
        agreed=counted(True, "agreed"),
        corrected=counted(True, "corrected"),
        asked=counted(False),
        guess_right=counted(False, "agreed"),
        guess_wrong=counted(False, "corrected"),
    )
