"""Search: one box for words, references, names, telephone numbers, postcodes and email addresses.

What is sought is posted and answered at once, so that nothing of a resident stands in an address.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import Response

from channels.console.guard import Door, officer
from channels.console.shown import Shown
from channels.rendering import typed, whole_number
from intake.rights import Right
from intake.search_desk import Found, SearchDesk


@dataclass(frozen=True)
class SearchRoom:
    """Its page."""

    desk: SearchDesk
    shown: Shown

    def doors(self) -> Sequence[Door]:
        """What each asks for."""
        return (
            Door("/search", Right.SEE, self.empty),
            Door("/search", Right.SEE, self.search, "POST"),
        )

    async def empty(self, request: Request) -> Response:
        """The box."""
        return self._page(request, "", Found())

    async def search(self, request: Request) -> Response:
        """What was found."""
        form = await request.form()
        query, number = typed(form, "sought"), whole_number(typed(form, "page"), 4, 1)
        return self._page(request, query, await self.desk.search(query, number, officer(request).scope))

    def _page(self, request: Request, query: str, found: Found) -> Response:
        return self.shown.page(
            request,
            "console_search.html",
            sought=query,
            found=found,
            highlighted=lambda text: highlighted(text, found.words),
            around=lambda text: around(text, found.words),
        )


_WORD = re.compile(r"\w+")
_BEFORE, _LONGEST = 80, 240


def around(text: str, words: Sequence[str]) -> str:
    """The part of a text in which the first of these words stands."""
    at = next((found.start() for found in _WORD.finditer(text) if _is_sought(found[0], words)), 0)
    start = max(0, at - _BEFORE)
    end = start + _LONGEST
    return f"{'…' if start else ''}{text[start:end]}{'…' if end < len(text) else ''}"


def highlighted(text: str, words: Sequence[str]) -> Markup:
    """The text, escaped, with the words that were sought marked."""
    parts, end = [], 0
    for found in _WORD.finditer(text):
        parts.append(escape(text[end : found.start()]))
        shown = escape(found[0])
        parts.append(Markup("<mark>%s</mark>") % shown if _is_sought(found[0], words) else shown)
        end = found.end()
    return Markup("").join((*parts, escape(text[end:])))


def _is_sought(word: str, words: Sequence[str]) -> bool:
    """As the index folds words; those of three letters and more may go on."""
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", word) if not unicodedata.combining(sign)).casefold()
    return any(plain == sought or (len(sought) >= 3 and plain.startswith(sought)) for sought in words)
