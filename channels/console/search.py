"""Search: one box for words, references, names, telephone numbers, postcodes and email addresses.

What is sought is posted, and kept for a while in a cookie of this session, which the page of what was found reads. So
nothing of a resident stands in an address, and the browser's way back leads to what was found.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote, unquote

from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from channels.console.guard import Door, officer, set_cookie
from channels.console.shown import Shown, address, page_number
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
            Door("/search/found", Right.SEE, self.found),
        )

    async def empty(self, request: Request) -> Response:
        """The box."""
        return self._page(request, "", Found())

    async def search(self, request: Request) -> Response:
        """Keeps what is sought, and leads to what was found."""
        form = await request.form()
        number = whole_number(typed(form, "page"), 4, 1)
        response = RedirectResponse(address("/search/found", page=number if number > 1 else ""), 303)
        kept = quote(_owner(request) + typed(form, "sought")[:_LONGEST])
        set_cookie(request, response, SOUGHT, kept, _KEPT_FOR, "/search")
        return response

    async def found(self, request: Request) -> Response:
        """What was found; the empty box where nothing is kept of this session."""
        kept, owner = unquote(request.cookies.get(SOUGHT, "")), _owner(request)
        if not kept.startswith(owner):
            return RedirectResponse("/search", 303)
        query = kept.removeprefix(owner)
        found = await self.desk.search(query, page_number(request.query_params), officer(request).scope)
        return self._page(request, query, found)

    def _page(self, request: Request, query: str, found: Found) -> Response:
        return self.shown.page(
            request,
            "console_search.html",
            sought=query,
            found=found,
            highlighted=lambda text: highlighted(text, found.words),
            around=lambda text: around(text, found.words),
        )


SOUGHT = "rightdoor_sought"
_KEPT_FOR = 600
"""Seconds."""

_LONGEST = 200


def _owner(request: Request) -> str:
    """What tells this session from another one in the same browser."""
    return f"{officer(request).form_token[:16]}:"


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
