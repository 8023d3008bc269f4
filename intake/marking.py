"""The words that a decision rests on, found again in the message: an officer sees them where they stand."""

import re
from collections.abc import Iterable

_QUOTED = re.compile(r"“([^”]{2,400})”")
_MOST = 40


def rests_on(reasons: Iterable[str]) -> tuple[str, ...]:
    """The resident's words that these reasons name."""
    found = (words.strip(" .…") for reason in reasons for words in _QUOTED.findall(reason))
    return tuple(dict.fromkeys(words for words in found if len(words) > 1))[:_MOST]


def marked(text: str, words: Iterable[str]) -> tuple[tuple[str, bool], ...]:
    """The text in pieces, each with whether one of these stands there, in any case and however lines are broken."""
    places = sorted(place for one in words for place in _places(text, one))
    pieces: list[tuple[str, bool]] = []
    at = 0
    for start, end in places:
        if start >= at:
            pieces += [(text[at:start], False), (text[start:end], True)]
            at = end
        elif end > at:
            pieces.append((text[at:end], True))
            at = end
    pieces.append((text[at:], False))
    return tuple(piece for piece in pieces if piece[0])


def _places(text: str, words: str) -> list[tuple[int, int]]:
    """Every place of these words, as whole words."""
    spaced = r"\s+".join(re.escape(word) for word in words.split())
    return [found.span() for found in re.finditer(rf"(?<!\w){spaced}(?!\w)", text, re.IGNORECASE)][:_MOST]
