"""What a search asks of an index of words, as each database writes it: FTS5 of SQLite, tsquery of PostgreSQL."""

from collections.abc import Sequence


def all_of(words: Sequence[str], dialect: str) -> str:
    """Every word; one of three letters and more may go on."""
    if dialect == "sqlite":
        return " AND ".join(f'"{word}"*' if _goes_on(word) else f'"{word}"' for word in words)
    return " & ".join(f"'{word}':*" if _goes_on(word) else f"'{word}'" for word in words)


def any_of(words: Sequence[str], dialect: str) -> str:
    """One of these words at least, whole."""
    return (" OR " if dialect == "sqlite" else " | ").join(
        f'"{word}"' if dialect == "sqlite" else f"'{word}'" for word in words
    )


def _goes_on(word: str) -> bool:
    return len(word) >= 3 and word.isalpha()
