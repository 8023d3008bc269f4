"""The words of a mail: plain text where it has real words, else its HTML made readable; nothing said twice."""

import re
from dataclasses import dataclass
from email.message import Message
from html import unescape
from itertools import chain

from channels.reading.charsets import clean, decode
from channels.reading.flowed_text import unflow
from channels.reading.html_text import readable
from channels.reading.parts import is_attached, is_file, is_wrapping, parts_of
from channels.reading.transfer_encoding import content
from channels.reading.uuencode import blocks

LONGEST_TEXT = 200_000
"""Characters of a mail's text that are read."""

LONGEST_PAGE = 400_000
"""Octets of a page that are read, pictures written into it apart."""

_STUB = re.compile(r"\bhtml\b", re.IGNORECASE)
_STUB_WORDS = re.compile(r"support|view|display|compatible|enable|client|reader|format", re.IGNORECASE)
_LONGEST_STUB = 400
_DATA_IMAGE = re.compile(rb"data:[a-z]{1,20}/[a-z0-9.+-]{1,60};base64,[A-Za-z0-9+/=\s]+")
_CODE = re.compile(r"<(script|style|title)\b[^<]{0,20000}(?:</\1[^<>]{0,9}>?|$)", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>?")
_META_CHARSET = re.compile(rb"<meta[^>]{1,200}?charset\s{0,5}=\s{0,5}[\"']?([\w:.+-]{1,40})", re.IGNORECASE)
_PGP_SIGNED = re.compile(r"-----BEGIN PGP SIGNED MESSAGE-----\n(?:\w+: [^\n]*\n)*\n?")
_PGP_SIGNATURE = "\n-----BEGIN PGP SIGNATURE-----"


@dataclass(frozen=True)
class Text:
    """The words of one part, or of several; whether there were more."""

    words: str
    is_page: bool = False
    is_cut: bool = False

    @property
    def real(self) -> bool:
        """Whether it says anything, beyond that it would rather be read as HTML."""
        return any(map(str.isalnum, self.words)) and not self._is_stub

    @property
    def _is_stub(self) -> bool:
        short = len(self.words) < _LONGEST_STUB
        return short and not self.is_page and bool(_STUB.search(self.words) and _STUB_WORDS.search(self.words))


def text_of(message: Message) -> Text:
    """The words of a mail, without those of mails in it; empty where it has none that can be read."""
    texts = _texts(message, named=False)
    if not any(any(map(str.isalnum, text.words)) for text in texts):
        texts = texts or _texts(message, named=True)
    words = "\n".join(text.words for text in _once(texts))
    return Text(words[:LONGEST_TEXT], is_cut=len(words) > LONGEST_TEXT or any(text.is_cut for text in texts))


def has_room(message: Message) -> bool:
    """Whether it has a part for words, be it empty."""
    return bool(_texts(message, named=False))


def _texts(message: Message, named: bool) -> list[Text]:
    """The texts of a part and its parts in order. ``named``: text that has a file's name is taken too."""
    children = parts_of(message)
    if children is not None:
        if message.get_content_maintype() == "message" and message.get_content_subtype() != "partial":
            return []
        options = [_texts(child, named) for child in children]
        return _chosen(options) if message.get_content_subtype() == "alternative" else list(chain(*options))
    is_text = message.get_content_maintype() in ("text", "multipart")
    if not is_text or is_wrapping(message) or is_attached(message) or (is_file(message) and not named):
        return []
    return [_text(message)] if message.get_content_type() != "text/calendar" else []


def _chosen(options: list[list[Text]]) -> list[Text]:
    """Of the same words in several forms (RFC 2046 section 5.1.4): plain ones that say something, else a page's."""
    plain = [option for option in options if not any(text.is_page for text in option)]
    pages = [option for option in options if any(text.is_page for text in option)]
    ranked = [option for option in (*plain, *reversed(pages)) if any(text.real for text in option)]
    return next(iter(ranked), list(chain(*options)))


def _once(texts: list[Text]) -> list[Text]:
    """Without pages that only repeat what stands in a plain part beside them."""
    plain = "".join(_letters(text.words) for text in texts if not text.is_page)
    return [text for text in texts if not text.is_page or _letters(text.words) not in plain]


def _letters(words: str) -> str:
    return "".join(words.split())


def _text(part: Message) -> Text:
    raw = content(part)
    kind = part.get_content_type()
    if kind in ("text/html", "text/enriched", "application/xhtml+xml"):
        whole = _DATA_IMAGE.sub(b"", raw)
        page = whole[:LONGEST_PAGE]
        meta = _META_CHARSET.search(page, 0, 4000)
        words = decode(page, _parameter(part, "charset") or (meta[1].decode("ascii", "replace") if meta else ""))
        return Text(clean(page_text(words)), is_page=True, is_cut=len(page) < len(whole))
    words = clean(decode(_without_files(raw)[: 4 * LONGEST_TEXT + 4], _parameter(part, "charset")))
    if _parameter(part, "format").lower() == "flowed":
        words = unflow(words, _parameter(part, "delsp").lower() == "yes")
    return Text(_without_armour(words))


def page_text(page: str) -> str:
    """The words of an HTML page; where its reader finds none, what stands between the tags."""
    words = readable(page)
    if any(map(str.isalnum, words)):
        return words
    return unescape(_TAG.sub(" ", _CODE.sub(" ", page)))


def _parameter(part: Message, name: str) -> str:
    """A parameter of its Content-Type; empty where there is none that can be read."""
    try:
        value = part.get_param(name, "")
        return str(value[2] if isinstance(value, tuple) else value or "").strip()
    except Exception:
        return ""


def _without_files(raw: bytes) -> bytes:
    """The text around uuencoded files."""
    pieces, place = [], 0
    for block in blocks(raw):
        pieces.append(raw[place : block.start])
        place = block.end
    return b"".join((*pieces, raw[place:]))


def _without_armour(words: str) -> str:
    """What stands inside a text signed by PGP (RFC 9580 section 7)."""
    begin = _PGP_SIGNED.search(words)
    if not begin:
        return words
    inside, _, below = words[begin.end() :].partition(_PGP_SIGNATURE)
    after = below.partition("\n-----END PGP SIGNATURE-----")[2]
    return words[: begin.start()] + inside.replace("\n- -", "\n-") + after
