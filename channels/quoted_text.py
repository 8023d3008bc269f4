"""What a mail says now, apart from the older words quoted below it. One pass over its lines, no backtracking.

Never leaves nothing: where all would be taken for a quotation, all is taken as said now.
"""

import re

_ATTRIBUTION = re.compile(r"^(?:On|Am|Le|El|Ar) .{6,200}(?:wrote|schrieb|écrit|escribió|ysgrifennodd).{0,3}$")
_DIVIDER = re.compile(
    r"[-_]{2,} ?(?:Original Message|Original Appointment|Forwarded message|Reply message) ?[-_]{0,40}", re.IGNORECASE
)
_RULER = re.compile(r"[-_]{4,}")
_HEADER_FIELD = re.compile(r"^\*?(?:From|Sent|To|Subject|Date|Cc):\*? ", re.IGNORECASE)
_LONGEST_ATTRIBUTION = 260
_LONGEST_BREAK = 2
"""Lines over which a mail program breaks an attribution."""


def split(text: str) -> tuple[str, str]:
    """(what is said now, what is quoted), both stripped. Inline answers between quoted lines count as said now."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    end = _end_of_new_words(lines)
    said = [line for line in lines[:end] if not line.lstrip().startswith(">")]
    quoted = [line for line in lines[:end] if line.lstrip().startswith(">")] + lines[end:]
    now = _without_signature_marker(said)
    if not now.strip():
        return text.strip(), ""
    return now.strip(), "\n".join(quoted).strip()


def _end_of_new_words(lines: list[str]) -> int:
    """The line where an older mail begins that nobody answers in between."""
    last_quoted, last_said = _last_lines(lines)
    for number in range(len(lines)):
        if _begins_older_mail(lines, number) and (last_quoted <= number or last_said <= number + _LONGEST_BREAK):
            return number
    return len(lines)


def _last_lines(lines: list[str]) -> tuple[int, int]:
    """The last line that is quoted, and the last that is said; -1 where there is none."""
    quoted = said = -1
    for number, line in enumerate(lines):
        if line.lstrip().startswith(">"):
            quoted = number
        elif line.strip():
            said = number
    return quoted, said


def _begins_older_mail(lines: list[str], number: int) -> bool:
    """A divider in words, an attribution, a block of headers; a bare ruler only right above one of them."""
    plain = lines[number].strip()
    if len(plain) > _LONGEST_ATTRIBUTION:
        return False
    if _RULER.fullmatch(plain):
        return any(_is_header_block(lines, below) for below in range(number + 1, min(number + 4, len(lines))))
    return bool(_DIVIDER.fullmatch(plain)) or _is_attribution(lines, number) or _is_header_block(lines, number)


def _is_attribution(lines: list[str], number: int) -> bool:
    """ "On Mon, 23 Nov 2026 at 10:00, Complaints <...> wrote:", which mail programs break over up to three lines."""
    joined = ""
    for line in lines[number : number + 3]:
        joined = f"{joined} {line.strip()}".strip()
        if len(joined) > _LONGEST_ATTRIBUTION:
            return False
        if _ATTRIBUTION.match(joined):
            return True
    return False


def _is_header_block(lines: list[str], number: int) -> bool:
    """Outlook's block: From:, then Sent:, To: and Subject: on the lines below. One line alone proves nothing."""
    if not re.match(r"^\*?From:\*? ", lines[number].strip(), re.IGNORECASE):
        return False
    return sum(bool(_HEADER_FIELD.match(line.strip())) for line in lines[number : number + 6]) >= 3


def _without_signature_marker(lines: list[str]) -> str:
    """RFC 3676 section 4.3: a line of two dashes and a space begins the signature."""
    for number, line in enumerate(lines):
        if line == "-- ":
            return "\n".join(lines[:number])
    return "\n".join(lines)
