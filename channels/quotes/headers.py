"""The blocks of header fields that mail programs repeat above older mail: "From: ... Sent: ... To: ... Subject: ...".

People head letters likewise and web forms send such blocks, so a block needs a sign that a mail program wrote it.
"""

import re
from collections.abc import Sequence

from channels.quotes.words import FIELDS

LONGEST_LINE = 300
"""Characters of a line that are looked at; no program writes a longer field or attribution."""
SPACES = " \t\xa0\u200b\ufeff"
DECOR = SPACES + "-–—_=*#>~|"
TIME = re.compile(r"\d{1,2} ?[:.h] ?\d\d(?!\d)|\d{1,2} ?[ap]m\b", re.IGNORECASE)
ADDRESS = re.compile(r"[\w.+'=-]@[\w-]")

_LONGEST_BLOCK = 14
"""Lines over which a block reaches."""
_ROLES = {name.replace("_", " "): role for role, names in FIELDS.items() for name in names}


def end_of_block(lines: Sequence[str], number: int, below_divider: bool = False) -> int:
    """The line after a block of header fields, 0 where there is none."""
    if number >= len(lines) or _role(lines[number]) in ("", "cc", "form"):
        return 0
    fields = _fields(lines, number)
    if _is_block(set(fields.values()), " ".join(lines[at][:LONGEST_LINE] for at in fields), below_divider):
        return max(fields) + 1
    return number + 1 if _is_block(_roles_within(lines[number]), lines[number][:LONGEST_LINE], False) else 0


def _fields(lines: Sequence[str], number: int) -> dict[int, str]:
    """Line and role of the fields from this line on; programs break long ones, and leave lines blank between."""
    fields: dict[int, str] = {}
    strangers = 0
    for below in range(number, min(number + _LONGEST_BLOCK, len(lines))):
        role = _role(lines[below])
        if role == "form" and not lines[below - 1].strip():
            break
        strangers += not role and bool(lines[below].strip())
        if strangers > 2 or (role in fields.values() and role != "cc"):
            break
        if role:
            fields[below] = role
    return fields


def _roles_within(line: str) -> set[str]:
    """The fields that a page's text has run together in one line, where the first is one, too."""
    words = [word.strip("*") for word in line[:LONGEST_LINE].casefold().split()]
    return {_ROLES[word[:-1]] for word in words if word.endswith(":") and word[:-1] in _ROLES}


def _is_block(roles: set[str], words: str, below_divider: bool) -> bool:
    """Fields and a sign that a program wrote them: people head letters with "From:" and "To:", too."""
    if below_divider:
        return bool(roles & {"from", "sent", "date"})
    if "form" in roles or not roles & {"from", "to"}:
        return False
    if not roles & {"sent", "date"}:
        return {"from", "to", "subject"} <= roles and bool(ADDRESS.search(words))
    dated = "subject" in roles and bool(TIME.search(words))
    return bool(ADDRESS.search(words)) or (len(roles) > 2 and (dated or {"sent", "from"} <= roles))


def _role(line: str) -> str:
    """The role of a header field's line, empty where the line is none: "*Sent:* Monday" is "sent"."""
    head = line[:60].lstrip(DECOR).replace("：", ":")
    name, colon, _ = head.partition(":")
    return _ROLES.get(" ".join(name.casefold().strip(DECOR).split()), "") if colon else ""
