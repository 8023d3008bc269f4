"""What a search asks of an index of words, as each database writes it: FTS5 of SQLite, tsquery of PostgreSQL."""

from collections.abc import Sequence

from intake.searched import BACKWARDS, Term

_AND = {"sqlite": " AND ", "postgresql": " & "}
_OR = {"sqlite": " OR ", "postgresql": " | "}


def all_of(asked: Sequence[Term], dialect: str) -> str:
    """Every term, in any of its ways; a word of three letters and more may go on, and so may the end of a number."""
    return _AND[dialect].join(f"({_any_way(term, dialect)})" for term in asked)


def but_not(these: str, those: str, dialect: str) -> str:
    """What ``these`` find and ``those`` do not."""
    return f"({these}) NOT ({those})" if dialect == "sqlite" else f"({these}) & !({those})"


def any_of(words: Sequence[str], dialect: str) -> str:
    """One of these words at least, whole."""
    return _OR[dialect].join(_written(word, dialect, goes_on=False) for word in words)


def _any_way(term: Term, dialect: str) -> str:
    ways = (_AND[dialect].join(_written(word, dialect, goes_on=_goes_on(word)) for word in way) for way in term)
    return _OR[dialect].join(f"({way})" for way in ways)


def _written(word: str, dialect: str, *, goes_on: bool) -> str:
    if dialect == "sqlite":
        return f'"{word}"*' if goes_on else f'"{word}"'
    return f"'{word}':*" if goes_on else f"'{word}'"


def _goes_on(word: str) -> bool:
    return word[0] == BACKWARDS or (len(word) >= 3 and word.isalpha())
