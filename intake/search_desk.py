"""Search: cases, contacts and people by words, reference, name, telephone number, postcode or email address.

Where what is written so ends, names follow that only sound like it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from intake import reference
from intake.case_view import CaseLine
from intake.colleagues import named
from intake.desk_view import PAGE, ContactLine
from intake.policy import Policy
from intake.ports import Store, UnitOfWork
from intake.rights import Scope
from intake.search_view import OfficersWords, Where
from intake.searched import asked_for, words_asked

FURTHEST_PAGE = 200
LONGEST = 200
MOST_PEOPLE = 10
MOST_BESIDE = 20
"""Notes, letters, and contacts whose name sounds alike, that one search shows: the newest."""

_LIKE_SYMBOLS = "-\u2013\u2014 ._/"


@dataclass(frozen=True)
class Found:
    """What a search found. ``slip`` says that it looks like a reference, with a slip in it.

    ``notes`` and ``letters`` are officers' words, on the first page alone. ``sounding`` are contacts whose name sounds
    like what was sought, ``sounding_cases`` the cases that they belong to; on the last page alone.
    """

    words: tuple[str, ...] = ()
    cases: Sequence[CaseLine] = ()
    contacts: Sequence[ContactLine] = ()
    people: Sequence[tuple[str, int]] = ()
    slip: bool = False
    notes: Sequence[OfficersWords] = ()
    letters: Sequence[OfficersWords] = ()
    sounding: Sequence[ContactLine] = ()
    sounding_cases: Sequence[CaseLine] = ()
    number: int = 1
    more: bool = False


@dataclass(frozen=True)
class SearchDesk:
    """Where officers search, each within their scope."""

    store: Store
    policy: Policy

    async def search(self, query: str, number: int, scope: Scope) -> Found:
        """A page of what was found: contacts newest first, with the cases they belong to and who wrote them."""
        query, number = query.strip()[:LONGEST], min(max(number, 1), FURTHEST_PAGE)
        if not query:
            return Found()
        return await self.store.read(lambda unit: self._found(unit, query, number, scope))

    def _found(self, unit: UnitOfWork, query: str, number: int, scope: Scope) -> Found:
        prefix = self.policy.council.prefix
        own_reference = reference.read(query, prefix)
        words = words_asked(asked_for(query))
        lines = unit.searching.search(query, scope, PAGE * (number - 1), PAGE + 1)
        page = lines[:PAGE]
        beside = named(unit, unit.searching.officers_words(query, scope, MOST_BESIDE)) if number == 1 else ()
        own = unit.work.cases_of([own_reference], scope) if own_reference else ()
        cases = {one.case.reference: one for one in (*own, *_cases_of(unit, page, scope))}
        sounding = unit.searching.sounding(query, scope, MOST_BESIDE) if len(lines) <= PAGE else ()
        return Found(
            words,
            tuple(cases.values()),
            page,
            _people(page),
            _looks_like_one(query, prefix) and own_reference is None,
            notes=[one for one in beside if one.where is Where.NOTE],
            letters=[one for one in beside if one.where is Where.LETTER],
            sounding=sounding,
            sounding_cases=[one for one in _cases_of(unit, sounding, scope) if one.case.reference not in cases],
            number=number,
            more=len(lines) > PAGE,
        )


def _cases_of(unit: UnitOfWork, lines: Sequence[ContactLine], scope: Scope) -> Sequence[CaseLine]:
    return unit.work.cases_in(unit.searching.conversations([line.id for line in lines]), scope)


def _people(lines: Sequence[ContactLine]) -> list[tuple[str, int]]:
    """Who wrote them, and how many, in the order of the newest."""
    counted: dict[str, int] = {}
    for line in lines:
        counted[line.person] = counted.get(line.person, 0) + 1
    return [(person, count) for person, count in counted.items() if person][:MOST_PEOPLE]


def _looks_like_one(query: str, prefix: str) -> bool:
    """The council's prefix and about eight symbols, as far as separators and case go."""
    plain = "".join(sign for sign in query.upper() if sign not in _LIKE_SYMBOLS)
    body = plain.removeprefix(prefix.upper())
    return plain != body and 7 <= len(body) <= 9 and body.isalnum() and any(sign.isdigit() for sign in body)
