"""Who among the officers may do what, and see which services: one table of roles."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Right(StrEnum):
    """Something that an officer may do. The value says it in words."""

    SIGNED_IN = "see the console's own pages, and their own settings"
    SEE = "see contacts, conversations and cases"
    SEE_EVERY_SERVICE = "see those of every service, not only their own"
    NEED_TO_KNOW = "see those of services that only some may see"
    TALK = "take conversations over and answer them"
    SEE_TRIAGE = "see what waits for a decision, and why"
    TRIAGE = "decide what a contact is"
    SEE_ENTERED = "see letters to print and post"
    ENTER = "enter what came by phone, by letter or in person"
    WORK = "work on cases: notes, tasks, who has them"
    SEE_ASIDE = "see what was set aside"
    MEND = "try again, attach or answer what was set aside"
    REPORT_INCIDENT = "record threats and abuse against staff"
    SEE_INCIDENTS = "see the list of threats and abuse against staff"
    REVIEW_INCIDENT = "review what was recorded of threats and abuse"
    OVERSEE = "see how accurate the reading is, proposed examples, and that colleagues have not sent an entry"
    MANAGE = "give work to others, change many at once, approve corrections"
    SEE_ADMINISTRATION = "see officers, teams, policy packs, signposts, canned words and settings"
    ADMINISTER = "change officers, teams, policy packs, signposts and canned words"
    AUDIT = "see who did what"


class Role(StrEnum):
    """What an officer is. One officer may be several."""

    AGENT = "agent"
    COMPLAINTS_OFFICER = "complaints_officer"
    SERVICE_OFFICER = "service_officer"
    MANAGER = "manager"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"


IMPLIES: Mapping[Right, Right] = {
    Right.TRIAGE: Right.SEE_TRIAGE,
    Right.ENTER: Right.SEE_ENTERED,
    Right.MEND: Right.SEE_ASIDE,
    Right.REVIEW_INCIDENT: Right.SEE_INCIDENTS,
    Right.MANAGE: Right.OVERSEE,
    Right.ADMINISTER: Right.SEE_ADMINISTRATION,
}
"""Whoever may change something may see it."""


def _and_implied(rights: frozenset[Right]) -> frozenset[Right]:
    return rights | {seen for changed, seen in IMPLIES.items() if changed in rights}


_AGENT = frozenset(
    {
        Right.SIGNED_IN,
        Right.SEE,
        Right.SEE_EVERY_SERVICE,
        Right.TALK,
        Right.TRIAGE,
        Right.ENTER,
        Right.MEND,
        Right.REPORT_INCIDENT,
    }
)
_COMPLAINTS_OFFICER = _AGENT | {Right.WORK}

_AUDITOR = frozenset(
    {Right.SIGNED_IN, Right.SEE, Right.SEE_EVERY_SERVICE, Right.NEED_TO_KNOW, Right.AUDIT, *IMPLIES.values()}
)

_GIVEN: Mapping[Role, frozenset[Right]] = {
    Role.AGENT: _AGENT,
    Role.COMPLAINTS_OFFICER: _COMPLAINTS_OFFICER,
    Role.SERVICE_OFFICER: frozenset({Right.SIGNED_IN, Right.SEE, Right.WORK, Right.REPORT_INCIDENT}),
    Role.MANAGER: _COMPLAINTS_OFFICER | {Right.MANAGE, Right.REVIEW_INCIDENT, Right.AUDIT},
    Role.ADMINISTRATOR: frozenset({Right.SIGNED_IN, Right.ADMINISTER, Right.AUDIT}),
    Role.AUDITOR: _AUDITOR,
}

RIGHTS: Mapping[Role, frozenset[Right]] = {role: _and_implied(rights) for role, rights in _GIVEN.items()}
"""An administrator sees no resident's words, and an auditor changes nothing."""

FIRST_OFFICER = (Role.COMPLAINTS_OFFICER, Role.MANAGER, Role.ADMINISTRATOR)
"""What the first officer of an installation is: with all services, everything that there is to do."""

EVERYTHING = "*"
"""Stands among an officer's services for every service, those that only some may see included."""


@dataclass(frozen=True)
class Scope:
    """Which services' contacts, conversations and cases somebody sees.

    ``only`` are those and no others (None: every service), ``never`` those that they have no need to know. What has
    no service yet ("" or "none") is seen by everybody who is not held to ``only``.
    """

    only: frozenset[str] | None = None
    never: frozenset[str] = frozenset()

    def sees(self, service: str) -> bool:
        """May they see what is of this service?"""
        return service not in self.never and (self.only is None or service in self.only)


EVERY_SERVICE = Scope()
"""Sees all there is: for what works for everybody, such as a report or a test."""


def rights_of(roles: Iterable[Role]) -> frozenset[Right]:
    """All that these roles may do together."""
    return frozenset().union(*(RIGHTS[role] for role in roles))


def scope_of(roles: Iterable[Role], services: Iterable[str], need_to_know: frozenset[str]) -> Scope:
    """What somebody of these roles sees, whose own services are these.

    ``need_to_know`` are the services that only some may see: of these, whoever has them among their own, and auditors.
    """
    rights, own = rights_of(roles), frozenset(services)
    if EVERYTHING in own:
        return Scope()
    only = None if Right.SEE_EVERY_SERVICE in rights else own
    return Scope(only, frozenset() if Right.NEED_TO_KNOW in rights else need_to_know - own)
