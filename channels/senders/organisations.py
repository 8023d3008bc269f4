"""Which domains belong to one organisation (RFC 7489 section 3.2), and when one vouches for another (section 3.1).

The whole Public Suffix List is not kept here. Under a country the second levels that countries share (co, gov, org ...)
count as suffixes, and those that British public bodies register under; beside them some hosts whose customers get a
name of their own. A suffix that is missing here is taken for one organisation, which is too lenient for it.
"""

_SHARED = frozenset(
    "ac co com edu firm gen go gob gouv gov govt gv id mil ne net nic nom or org plc ltd me sch".split()
)
_SUFFIXES = frozenset(
    "nhs.uk police.uk parliament.uk mod.uk judiciary.uk gov.wales llyw.cymru gov.scot uk.com uk.net gb.net eu.com"
    " us.com onmicrosoft.com github.io gitlab.io blogspot.com appspot.com web.app herokuapp.com azurewebsites.net "
    "netlify.app vercel.app pages.dev workers.dev cloudfront.net amazonaws.com wordpress.com wixsite.com".split()
)


def organisational_domain(domain: str) -> str:
    """The label below the public suffix, with the suffix."""
    labels = domain.lower().rstrip(".").split(".")
    return ".".join(labels[-3 if _is_public_suffix(".".join(labels[-2:])) else -2 :])


def aligned(domain: str, other: str, strict: bool = False) -> bool:
    """Whether a result for ``domain`` vouches for a From of ``other``: the same organisation's, or the very same."""
    domain, other = domain.lower().rstrip("."), other.lower().rstrip(".")
    if not domain or strict or domain == other:
        return bool(domain) and domain == other
    return organisational_domain(domain) == organisational_domain(other)


def _is_public_suffix(domain: str) -> bool:
    """Whether strangers register below this domain of two labels."""
    second, _, top = domain.rpartition(".")
    return domain in _SUFFIXES or not second or (len(top) == 2 and second in _SHARED)
