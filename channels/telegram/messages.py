"""The shape of what we say on Telegram: plain text in pieces that it takes, and buttons for choices."""

from collections.abc import Iterator, Sequence

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from intake.flow import Choice
from intake.messenger import Numbered

MOST = 4096
"""What one message takes, counted as Telegram counts: in UTF-16 units (https://core.telegram.org/api/entities)."""

_ENDS = ("\n\n", "\n", ". ", " ")
"""Where a text is parted, the best place first."""


def pieces(text: str) -> tuple[str, ...]:
    """The text in messages, parted at paragraphs where that can be; none is empty."""
    return tuple(piece for piece in _pieces(text.strip()) if piece)


def _pieces(text: str) -> Iterator[str]:
    while _units(text) > MOST:
        most = _fitting(text)
        cut = next((at for end in _ENDS if (at := text.rfind(end, most // 4, most)) > 0), most - 1)
        yield text[: cut + 1].strip()
        text = text[cut + 1 :].strip()
    yield text


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "replace")) // 2


def _fitting(text: str) -> int:
    """How many characters from its beginning fit into one message."""
    return len(text.encode("utf-16-le", "replace")[: 2 * MOST].decode("utf-16-le", "ignore"))


def buttons(said: Numbered) -> InlineKeyboardMarkup | None:
    """A button for each choice. Behind it stand the turn's number and the choice's place: far below 64 octets."""
    choices = enumerate(said.turn.choices)
    rows = [[InlineKeyboardButton(choice.label, callback_data=f"{said.number}:{at}")] for at, choice in choices]
    return InlineKeyboardMarkup(rows) if rows else None


def pressed(data: str, said: Sequence[Numbered]) -> Choice | None:
    """The choice behind a button; None unless it belongs to the last question that was asked."""
    number, _, place = data.partition(":")
    asked = next((numbered for numbered in reversed(said) if numbered.turn.choices), None)
    if asked is None or str(asked.number) != number:
        return None
    return next((choice for at, choice in enumerate(asked.turn.choices) if str(at) == place), None)
