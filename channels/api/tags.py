"""The language that a conversation's other end names, found among those that the council offers."""

from channels.api.problems import WRONG_FIELDS, Mistake, Problem
from intake.policy import Policy


def named(tag: str, policy: Policy) -> str:
    """The tag as we write it: "CY" and "cy-GB" mean "cy" (RFC 4647 section 3.4, lookup). Raises Problem."""
    known = {one.lower(): one for one in policy.tags}
    parts = tag.lower().split("-")
    found = next((known[one] for n in range(len(parts), 0, -1) if (one := "-".join(parts[:n])) in known), "")
    if tag and not found:
        words = f"is not a language that we answer in: name one of {', '.join(known.values())}"
        raise Problem(WRONG_FIELDS, [Mistake(detail=words, pointer="#/language")])
    return found
