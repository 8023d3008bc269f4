"""Two contacts are alike where they share words that few others have.

Which words these are is shown, so that anybody can judge it.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from intake.desk_view import ContactLine
from intake.searched import MOST_INDEXED, words_in

TELLING_FROM = 5
"""Letters from which a word may tell something; shorter ones stand everywhere."""

FEWEST_SHARED = 2

_COMMON = frozenset(
    """about above across after again against almost along already although always another anybody anyone anything
    around asked asking away because before began being below between bettershire better called calling cannot comes
    coming could council councils didnt does doesnt doing during either enough every everybody everyone everything
    first follow found given going hasnt having hello however hundred instead isnt itself keeps knows later least leave
    little looked looking makes making maybe means might months morning never nobody nothing number often other others
    ought people perhaps person phone phoned place please point quite rather really reason received regards replied
    right running second seems sending shall should since sincerely someone something somebody still taken takes
    telling thank thanks their theirs there these things think thinking third those though three through times today
    together tomorrow towards twice under until using wanted wants wasnt weeks where whether which while whole whose
    within without wonder would wouldnt write writing wrote years yesterday yours yourself complain complaint
    complaints message email letter afternoon evening monday tuesday wednesday thursday friday saturday sunday
    telephone dear madam faithfully""".split()
)


@dataclass(frozen=True)
class Like:
    """A contact that was decided before, and the words that it shares with this one, the rarest first."""

    line: ContactLine
    shared: tuple[str, ...]


def telling(text: str, most: int = 12) -> tuple[str, ...]:
    """The words of a text that may be rare: long ones that do not stand in every letter, the longest first."""
    found = dict.fromkeys(word for word in words_in(text[:MOST_INDEXED]) if _may_tell(word))
    return tuple(sorted(found, key=lambda word: -len(word))[:most])


def likest(text: str, others: Sequence[tuple[ContactLine, str]], most: int = 5) -> tuple[Like, ...]:
    """Those that share the most with this text, where a word counts the more the fewer of them have it."""
    wanted = frozenset(telling(text, most=60))
    shared = [(line, wanted.intersection(words_in(other[:MOST_INDEXED]))) for line, other in others]
    having = Counter(word for _, words in shared for word in words)
    weights = {word: math.log(1 + len(others) / count) for word, count in having.items()}
    alike = [(sum(weights[word] for word in words), line, words) for line, words in shared]
    alike = sorted((one for one in alike if len(one[2]) >= FEWEST_SHARED), key=lambda one: -one[0])
    return tuple(
        Like(line, tuple(sorted(words, key=lambda word: (-weights[word], word))[:6])) for _, line, words in alike[:most]
    )


def _may_tell(word: str) -> bool:
    return len(word) >= TELLING_FROM and word.isalpha() and word not in _COMMON
