"""HTML mail as readable text: older mail marked with "> " where the page marks it, hidden words and styles left out.

The page is read as a stream of tags (libxml2's, through lxml), never as a tree: depth costs nothing and time is linear.
"""

import re
from collections.abc import Mapping

from lxml import etree

LONGEST_PAGE = 400_000
"""Characters of a page that are read. Callers cut it shorter."""

_LONGEST_ATTRIBUTE = 2000
_SILENT = frozenset("script style title template object svg math select noframes".split())
_LINES = frozenset(
    "address article aside blockquote body center dd div dl dt fieldset figure footer form h1 h2 h3 h4 h5 h6 header hr "
    "li main nav ol p pre section table tbody tfoot thead tr ul".split()
)
_APART = frozenset("p h1 h2 h3 h4 h5 h6 table ul ol blockquote pre hr".split())
_HIDDEN = re.compile(
    r"display ?: ?none|visibility ?: ?hidden|mso-hide ?: ?all|max-height ?: ?0(?:px)? ?(?:;|$)"
    r"|font-size ?: ?0(?:px|pt|em|%)? ?(?:;|!|$)|opacity ?: ?0 ?(?:;|!|$)",
    re.IGNORECASE,
)
_WRAPPERS = frozenset(
    "gmail_quote gmail_quote_container yahoo_quoted protonmail_quote tutanota_quote zmail_extra ecxgmail_quote".split()
)
"""Classes of the elements in which mail programs keep the mail that is answered, or passed on. Where they hold a
<blockquote>, only that is older: people answer between the quotations inside the wrapper."""
_BELOW = frozenset(
    "divrplyfwdmsg x_divrplyfwdmsg olk_src_body_section zwchr replyblockquote stopspelling "
    "mail-editor-reference-message-container ms-outlook-mobile-reference-message".split()
)
"""Marks (id or class) of elements from which on all is older mail."""
_FORWARDED = re.compile(r"[-_ ]*(?:begin )?(?:forwarded|fwd|weitergeleitet|message transféré)", re.IGNORECASE)
_WORD = re.compile(r"\w")
_BULLET = re.compile(r"\s{0,9}(?:-|\d{1,9}\.)\s{0,9}")
_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u034f\u200b\u200c\u200d\u2060\ufeff"))


def readable(page: str) -> str:
    """The words of an HTML page. Never raises; where nothing is visible, hidden words are shown too."""
    text = _read(page, hidden_too=False)
    return text if _WORD.search(text) else _read(page, hidden_too=True)


def _read(page: str, hidden_too: bool) -> str:
    reader = _Reader(hidden_too)
    parser = etree.HTMLParser(target=reader, encoding="utf-8", recover=True, no_network=True, remove_comments=True)
    raw = page[:LONGEST_PAGE].replace("\x00", " ").encode("utf-8", "replace")
    try:
        parser.feed(raw)
        parser.close()
    except (etree.LxmlError, ValueError, AssertionError):
        pass  # what was read up to here is what can be read
    return reader.text()


class _Reader:
    """Takes the tags of a page in turn and writes its lines."""

    def __init__(self, hidden_too: bool) -> None:
        self._hidden_too = hidden_too
        self._lines: list[str] = []
        self._pieces: list[str] = []
        self._open: list[tuple[bool, bool, bool]] = []
        self._silent = self._quoting = self._first_quoted = 0
        self._bare = False
        self._wrapping = self._first_wrapped = self._quoted_before = 0
        self._quoted: list[tuple[int, int, bool]] = []
        self._older_from: int | None = None
        self._numbers: list[int] = []
        self._links: list[tuple[str, int]] = []
        self._preformatted = 0

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """A tag opens."""
        if tag == "br":
            self._end_line(blank_too=True)
        elif tag in _LINES and not self._is_bullet():
            self._end_line()
        marks = _marks(attributes)
        silent = tag in _SILENT or (not self._hidden_too and _is_hidden(attributes))
        quoting = tag == "blockquote"
        wrapping = not quoting and not marks.isdisjoint(_WRAPPERS)
        self._open.append((silent, quoting, wrapping))
        self._silent += silent
        if quoting:
            self._begin_quotation(bare=not attributes)
        if wrapping:
            self._begin_wrapper()
        if not marks.isdisjoint(_BELOW) and self._older_from is None and not self._silent:
            self._end_line()
            self._older_from = len(self._lines)
        self._start_of(tag, attributes)

    def end(self, tag: str) -> None:
        """A tag closes; libxml2 closes what the page left open."""
        self._end_of(tag)
        if tag in _LINES:
            self._end_line()
        silent, quoting, wrapping = self._open.pop() if self._open else (False, False, False)
        self._silent -= silent
        if quoting:
            self._end_quotation()
        if wrapping:
            self._end_wrapper()
        if tag in _APART and self._lines and self._lines[-1]:
            self._lines.append("")

    def data(self, data: str) -> None:
        """Words between tags."""
        if self._silent:
            return
        plain = data.translate(_INVISIBLE).replace("\xa0", " ")
        if not self._preformatted:
            self._pieces.append(" " if plain.isspace() else _spaced(plain))
            return
        for number, line in enumerate(plain.split("\n")):
            if number:
                self._end_line(blank_too=True)
            self._pieces.append(line)

    def close(self) -> None:
        """The page ends."""

    def text(self) -> str:
        """The page's lines, older mail marked unless nothing else is there."""
        self._end_line()
        if self._quoting:
            self._close_quotation()
        older = self._older()
        if any(_WORD.search(line) for number, line in enumerate(self._lines) if number not in older):
            self._lines = [f"> {line}" if number in older else line for number, line in enumerate(self._lines)]
        return re.sub(r"\n{3,}", "\n\n", "\n".join(self._lines)).strip()

    def _older(self) -> set[int]:
        """The numbers of the lines of older mail. What is passed on is left for the splitter to judge."""
        last = self._quoted[-1:]
        ranges = [(first, end) for first, end, bare in self._quoted[:-1] if not bare or self._is_announced(first)]
        ranges += [(first, end) for first, end, _ in last]
        if self._older_from is not None:
            ranges.append((self._older_from, len(self._lines)))
        return {number for first, end in ranges if not self._is_forwarded(first, end) for number in range(first, end)}

    def _is_announced(self, first: int) -> bool:
        """Whether "... wrote:" stands above a bare <blockquote>, which people use for quotations of their own, too."""
        return any(line.endswith(":") for line in self._lines[max(first - 2, 0) : first])

    def _is_forwarded(self, first: int, end: int) -> bool:
        above = (line for line in reversed(self._lines[max(first - 4, 0) : first]) if line)
        inside = (line for line in self._lines[first : min(end, first + 6)] if line)
        return any(_FORWARDED.match(line) for line in (next(above, ""), next(inside, "")))

    def _begin_quotation(self, bare: bool) -> None:
        self._end_line()
        if not self._quoting:
            self._first_quoted, self._bare = len(self._lines), bare
        self._quoting += 1

    def _end_quotation(self) -> None:
        self._quoting -= 1
        self._end_line()
        if not self._quoting:
            self._close_quotation()

    def _begin_wrapper(self) -> None:
        self._end_line()
        if not self._wrapping:
            self._first_wrapped, self._quoted_before = len(self._lines), len(self._quoted)
        self._wrapping += 1

    def _end_wrapper(self) -> None:
        self._wrapping -= 1
        self._end_line()
        if not self._wrapping and not self._quoting and len(self._quoted) == self._quoted_before:
            self._first_quoted, self._bare = self._first_wrapped, False
            self._close_quotation()

    def _close_quotation(self) -> None:
        """The splitter takes one marked line for a sign that somebody typed, so each quotation has two."""
        self._lines.append("")
        self._quoted.append((self._first_quoted, len(self._lines), self._bare))

    def _start_of(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag in ("ol", "ul"):
            self._numbers.append(1 if tag == "ol" else 0)
        elif tag == "li" and not self._silent:
            self._pieces.append(self._bullet())
        elif tag == "a":
            self._links.append((_web_address(attributes), len(self._pieces)))
        elif tag == "pre":
            self._preformatted += 1
        elif tag == "img" and len(attributes.get("alt", "")) < 5 and not self._silent:
            self._pieces.append(attributes.get("alt", ""))

    def _end_of(self, tag: str) -> None:
        if tag in ("ol", "ul") and self._numbers:
            self._numbers.pop()
        elif tag in ("td", "th") and any(map(str.strip, self._pieces)):
            self._pieces.append("\t")
        elif tag == "a" and self._links:
            self._name_address(*self._links.pop())
        elif tag == "pre":
            self._preformatted -= 1

    def _bullet(self) -> str:
        if not self._numbers or not self._numbers[-1]:
            return "- "
        self._numbers[-1] += 1
        return f"{self._numbers[-1] - 1}. "

    def _is_bullet(self) -> bool:
        """Whether the line holds nothing yet but its bullet: a paragraph in a list's item begins no line."""
        return bool(self._numbers) and len(self._pieces) < 4 and bool(_BULLET.fullmatch("".join(self._pieces)))

    def _name_address(self, address: str, first: int) -> None:
        """The address behind a link's words, where they do not name it and it is short enough to read."""
        words = "".join(self._pieces[first : first + 20])[:200]
        if address and _WORD.search(words) and "." not in words and "/" not in words and not self._quoting:
            self._pieces.append(f" <{address}>")

    def _end_line(self, blank_too: bool = False) -> None:
        line = "".join(self._pieces)
        line = line.rstrip() if self._preformatted else _squeezed(line)
        self._pieces.clear()
        if line or (blank_too and self._lines and self._lines[-1]):
            self._lines.append(line)


def _marks(attributes: Mapping[str, str]) -> set[str]:
    if not attributes:
        return set()
    named = f"{attributes.get('class', '')} {attributes.get('id', '')}"
    return set(named[:_LONGEST_ATTRIBUTE].casefold().split())


def _is_hidden(attributes: Mapping[str, str]) -> bool:
    return "hidden" in attributes or bool(_HIDDEN.search(attributes.get("style", "")[:_LONGEST_ATTRIBUTE]))


def _web_address(attributes: Mapping[str, str]) -> str:
    address = attributes.get("href", "")[:300].strip()
    return address if len(address) < 200 and address.startswith(("http://", "https://")) else ""


def _spaced(plain: str) -> str:
    """White space as one space each, also at the ends."""
    return f"{' ' if plain[0].isspace() else ''}{' '.join(plain.split())}{' ' if plain[-1].isspace() else ''}"


def _squeezed(line: str) -> str:
    """One space between words, two between the cells of a table's row."""
    return "  ".join(" ".join(cell.split()) for cell in line.split("\t") if cell.strip())
