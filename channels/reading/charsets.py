"""Bytes of a sender become words: the charset that they name, then what is likelier; never an error, nothing unseen."""

import codecs
import re

_WESTERN = frozenset(("ascii", "iso8859-1", "iso8859-15", "cp1252"))
"""Named by programs that never asked: UTF-8 is often what they wrote, and cp1252 holds all that the others hold."""

_WIDER = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "big5": "cp950",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "iso8859-9": "cp1254",
}
"""Charsets whose senders write a wider one under their name."""

_OTHER_NAMES = {
    "unicode-1-1-utf-8": "utf-8",
    "utf8mb4": "utf-8",
    "x-gbk": "gb18030",
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "iso-8859-8-i": "iso8859-8",
    "x-mac-roman": "mac-roman",
    "macintosh": "mac-roman",
    "ks_c_5601-1987": "cp949",
    "windows-874": "cp874",
}

_READABLE = re.compile(
    r"ascii|utf-(?:8|16|32)(?:-[lb]e)?|iso8859-\d+|iso2022_\w+|cp\d+|koi8-\w|gb\w+|big5\w*|shift_jis\w*|euc_\w+"
    r"|mac-\w+|tis-620|johab|hz|ptcp154|kz1048"
)
"""Python's names of the charsets that we read. UTF-7 and the escaping codecs hide characters and are refused."""

_NAME = re.compile(r"[A-Za-z0-9][\w.:+-]{0,39}")
_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff\ufeff]+")
_BREAKS = re.compile(r"\r\n|\r|\x85|\u2028|\u2029")
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]+")
"""Characters that turn the direction of what follows: in one line they make it say something else."""


def decode(raw: bytes, declared: str = "") -> str:
    """The words of these bytes. ``declared`` is the charset that their sender names, which may be anything."""
    for mark, charset in _MARKS:
        if raw.startswith(mark):
            return raw[len(mark) :].decode(charset, "replace")
    charset = _codec(declared, raw)
    candidates = ("utf-8", "cp1252") if charset in _WESTERN else (charset, "utf-8")
    for candidate in candidates:
        try:
            return raw.decode(candidate)
        except (UnicodeError, ValueError):
            continue
    return _guess(raw, charset)


def clean(text: str) -> str:
    """Text of several lines without control characters, its lines ended by a line feed alone."""
    return _UNSEEN.sub("", _BREAKS.sub("\n", text)).replace("\t", " ")


def one_line(text: str) -> str:
    """One line: no control characters, none that turn the direction of writing, no run of blanks."""
    return " ".join(_TURNING.sub("", _UNSEEN.sub(" ", text)).split())


def _codec(declared: str, raw: bytes) -> str:
    """Python's name of a declared charset; UTF-8 where it is none that we read, or cannot be what was written."""
    name = declared.strip().strip("\"'").lower()
    name = _OTHER_NAMES.get(name, name)
    if not _NAME.fullmatch(name):
        return "utf-8"
    try:
        charset = codecs.lookup(name).name
    except (LookupError, ValueError):
        return "utf-8"
    if not _READABLE.fullmatch(charset) or (charset[:6] in ("utf-16", "utf-32") and b"\x00" not in raw):
        return "utf-8"
    return _WIDER.get(charset, charset)


def _guess(raw: bytes, charset: str) -> str:
    """What the named charset and UTF-8 do not read whole: the one that reads most of it, else what Windows writes."""
    for candidate in dict.fromkeys((charset, "utf-8")):
        if candidate in _WESTERN:
            continue
        text = raw.decode(candidate, "replace")
        if 4 * text.count("\ufffd") <= len(text) - len(text.encode("ascii", "ignore")):
            return text
    try:
        return raw.decode("cp1252")
    except UnicodeError:
        return raw.decode("latin-1")
