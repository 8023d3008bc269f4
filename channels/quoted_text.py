"""What a mail says now, apart from the older words quoted below it. One pass over its lines, no backtracking.

Never leaves nothing: where all would be taken for a quotation, all is taken as said now.
"""

import re

_ATTRIBUTION = re.compile(r"^(?:On|Am|Le|El|Ar) .{6,200}(?:wrote|schrieb|écrit|escribió|ysgrifennodd).{0,3}$")
_DIVIDER = re.compile(
    r"^(?:-{2,}|_{2,}) ?(?:Original Message|Original Appointment|Forwarded message|Reply message)? ?(?:-{2,}|_{2,})$|"
    r"^_{20,}$|^-{5,} ?Original Message",
    re.IGNORECASE,
)
_HEADER_FIELD = re.compile(r"^\*?(?:From|Sent|To|Subject|Date|Cc):\*? ", re.IGNORECASE)
_LONGEST_ATTRIBUTION = 260


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
    for number, line in enumerate(lines):
        plain = line.strip()
        if _DIVIDER.match(plain) or _is_attribution(lines, number) or _is_header_block(lines, number):
            rest = lines[number + 1 :]
            if not any(later.lstrip().startswith(">") for later in rest) or _only_quotes(rest):
                return number
    return len(lines)


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


def _only_quotes(lines: list[str]) -> bool:
    return all(not line.strip() or line.lstrip().startswith(">") for line in lines)


def _without_signature_marker(lines: list[str]) -> str:
    """RFC 3676 section 4.3: a line of two dashes and a space begins the signature."""
    for number, line in enumerate(lines):
        if line == "-- ":
            return "\n".join(lines[:number])
    return "\n".join(lines)
