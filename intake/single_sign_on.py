"""Single sign-on: officers come in through the council's own provider (OpenID Connect)."""

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from intake.accounts import Accounts, begin_session, folded, sha256, with_administrators
from intake.errors import NotProved
from intake.officers import Claims, Deed, How, Officer, RoundTrip, Ticket
from intake.ports import Provider, UnitOfWork
from intake.rights import Role

BACK_WITHIN = timedelta(minutes=10)
MOST_OPEN = 2_000
_KIND = "single sign-on"
_STALE = "This sign-in was not begun in this browser, or took too long, or was used already. Begin again"
_NOBODY = "Your council account is not known here. Ask an administrator of this console to add you"
_DISABLED = "Your account here was closed. Ask an administrator of this console"


@dataclass
class SingleSignOn:
    """Sends officers to the provider, and lets in who comes back.

    ``roles`` says which of the provider's groups have which roles here. Where it says anything, roles of who comes
    are theirs by their groups, each time anew, and who is not known yet gets an account.
    """

    accounts: Accounts
    provider: Provider
    roles: Mapping[str, frozenset[Role]] = field(default_factory=dict)

    async def begin(self) -> tuple[str, str]:
        """The token that the browser must bring back, and where to send it. Raises ProviderDown or NotProved."""
        trip = RoundTrip(secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(48))
        where, token, now = await self.provider.way_in(trip), secrets.token_urlsafe(32), self.accounts.clock()
        ticket = Ticket(sha256(token), _KIND, "", json.dumps(vars(trip)), now + BACK_WITHIN)

        def kept(unit: UnitOfWork) -> None:
            if unit.sign_ins.open_tickets(_KIND, now) >= MOST_OPEN:
                raise NotProved("Too many are signing in just now. Try again in ten minutes")
            unit.sign_ins.keep_ticket(ticket)

        await self.accounts.store.transact(kept)
        return token, where

    async def finish(self, token: str, state: str, code: str, browser: str = "") -> str:
        """A session's token for who came back. Raises NotProved or ProviderDown."""
        now = self.accounts.clock()
        ticket = await self.accounts.store.transact(lambda unit: unit.sign_ins.take_ticket(sha256(token), _KIND, now))
        if ticket is None:
            raise NotProved(_STALE)
        trip = RoundTrip(**json.loads(ticket.words))
        if not secrets.compare_digest(trip.state.encode(), state.encode("utf-8", "replace")):
            raise NotProved(_STALE)
        claims = await self.provider.claims(code, trip)

        def begun(unit: UnitOfWork) -> str:
            officer = _who_comes(unit, claims, self.roles, now)
            return begin_session(unit, officer, How.SINGLE_SIGN_ON, browser, now)

        return await self.accounts.store.transact(begun)


def _who_comes(unit: UnitOfWork, claims: Claims, roles: Mapping[str, frozenset[Role]], now: datetime) -> Officer:
    """The officer whom these claims are about, linked or made if need be. Raises NotProved."""
    officers = unit.officers.all()
    known = next((officer for officer in officers if officer.subject == claims.subject), None)
    known = known or _by_email(officers, claims)
    given = tuple(sorted(frozenset().union(*(roles.get(group, frozenset()) for group in claims.groups))))
    if known is None and (not given or not claims.name):
        raise NotProved(_NOBODY)
    officer = with_administrators(unit, known.name) if known else _made(unit, claims, now)
    if officer is None or officer.disabled_at is not None:
        raise NotProved(_DISABLED)
    if roles and not given:
        raise NotProved("Your council account is in no group that may use this console. Ask your administrator")
    return _brought_up_to_date(unit, officer, claims.subject, given or officer.roles, now)


def _by_email(officers: Sequence[Officer], claims: Claims) -> Officer | None:
    """The one officer of this verified address who is linked to nobody yet: two of one address are neither."""
    of_address = [one for one in officers if claims.email and one.email.casefold() == claims.email.casefold()]
    return of_address[0] if len(of_address) == 1 and not of_address[0].subject else None


def _made(unit: UnitOfWork, claims: Claims, now: datetime) -> Officer:
    """A new officer, who has no password: they come this way alone."""
    name = folded(claims.email or claims.name).replace("/", " ")
    if unit.officers.get(name) is not None:
        raise NotProved("Somebody else has your name here. Ask an administrator of this console to add you")
    return Officer(name, "", now, shown=claims.name, email=claims.email)


def _brought_up_to_date(
    unit: UnitOfWork, officer: Officer, subject: str, roles: tuple[Role, ...], now: datetime
) -> Officer:
    changed = replace(officer, subject=subject, roles=_and_administers(unit, officer, roles))
    if changed != officer:
        unit.officers.keep(changed)
        what = "came by single sign-on" if officer.subject else "was linked to single sign-on"
        unit.officers.note(Deed(now, officer.name, what, officer.name, ", ".join(changed.roles)))
        unit.officers.end_sign_ins_of(officer.name, now)
    return changed


def _and_administers(unit: UnitOfWork, officer: Officer, roles: tuple[Role, ...]) -> tuple[Role, ...]:
    """The last administrator stays one, whatever their groups say: else nobody could put the groups right."""
    if not officer.administers or Role.ADMINISTRATOR in roles:
        return roles
    others = [one for one in unit.officers.all() if one.name != officer.name and one.administers]
    return roles if others else (*roles, Role.ADMINISTRATOR)
