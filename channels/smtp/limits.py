"""Who may come in at the mail doors, how often and for how long: the limits, and the doorkeeper that counts.

What an address does is counted for the whole address, and for IPv6 for its network of 64 bits, which one subscriber
has. Relays that the council trusts are exempt from the limits for each address: all of the mail comes through them.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Protocol

from channels.networks import Network, counted_as, stranger

MIB = 1_048_576


@dataclass(frozen=True)
class Limits:
    """``*_each`` are for one address, the others for all of the mail doors together. Times are in seconds.

    ``silence`` is the time without a command, ``patience`` the whole time for one mail, however slowly it comes.
    ``octets`` of mail may be in memory at once while they come in.
    """

    connections: int = 200
    connections_each: int = 20
    mails_a_minute_each: int = 200
    errors: int = 10
    octets: int = 256 * MIB
    octets_each: int = 64 * MIB
    silence: float = 60.0
    patience: float = 600.0


_NONE = 1_000_000_000
NO_LIMITS = Limits(connections=_NONE, connections_each=_NONE, mails_a_minute_each=_NONE, errors=_NONE)
"""For tests on one machine: nobody is counted. Time and memory stay bounded."""

BRIEF_SILENCE = 1.0
"""Seconds. Where all places are taken, who has been silent for longer gives way to who comes anew."""

MOST_COUNTED = 10_000
"""Addresses whose mails of this minute are counted at once, so that the count itself stays small."""


class Guest(Protocol):
    """A connection, as the doorkeeper knows it.

    ``whose`` is the name under which it is counted, ``stepped`` when it last got on, by the loop's clock. While it is
    ``busy`` it waits for us.
    """

    whose: str
    stepped: float
    busy: bool

    def send_away(self, words: str) -> None:
        """Say this and close."""


@dataclass
class Doorkeeper:
    """Counts connections, mails and octets for every mail door of one process."""

    limits: Limits = Limits()
    trusted: tuple[Network, ...] = ()
    guests: set[Guest] = field(default_factory=set)
    each: Counter[str] = field(default_factory=Counter)
    octets: Counter[str] = field(default_factory=Counter)
    held: int = 0

    def __post_init__(self) -> None:
        self._minute = 0.0
        self._mails: Counter[str] = Counter()

    def counted_as(self, address: str) -> str:
        """The name under which an address is counted. Empty where there is nothing to count: a relay of the council's
        own, or a UNIX socket, which has no address.
        """
        return counted_as(address, self.trusted)

    def stranger(self, address: str) -> str:
        """The address, where it is no relay of the council's own (else empty)."""
        return stranger(address, self.trusted)

    def let_in(self, guest: Guest, now: float) -> str:
        """Count it in; answers with why it may not come in, empty where it may."""
        if guest.whose and self.each[guest.whose] >= self.limits.connections_each:
            return "421 4.7.0 Too many connections from your address"
        if len(self.guests) >= self.limits.connections and not self._make_room(now):
            return "421 4.3.2 Too many connections, please try again later"
        self.guests.add(guest)
        self.each[guest.whose] += 1
        return ""

    def let_out(self, guest: Guest) -> None:
        """It has gone; gone twice is gone once."""
        if guest in self.guests:
            self.guests.remove(guest)
            _less(self.each, guest.whose, 1)

    def send_all_away(self) -> None:
        """We are closing. Who waits for us to keep a mail may hear how that ends."""
        for guest in [guest for guest in self.guests if not guest.busy]:
            guest.send_away("421 4.3.2 We are closing, please come back in a while")

    def may_send(self, whose: str, now: float) -> bool:
        """Count one mail more of this minute."""
        if self._minute != now // 60 or len(self._mails) >= MOST_COUNTED:
            self._minute, self._mails = now // 60, Counter()
        self._mails[whose] += 1
        return not whose or self._mails[whose] <= self.limits.mails_a_minute_each

    def hold(self, whose: str, octets: int) -> bool:
        """May so many octets more be kept in memory? Where they may, they are given back by ``give_back``."""
        if self.held + octets > self.limits.octets:
            return False
        if whose and self.octets[whose] + octets > self.limits.octets_each:
            return False
        self.held += octets
        self.octets[whose] += octets
        return True

    def give_back(self, whose: str, octets: int) -> None:
        """They are no longer in memory."""
        self.held -= octets
        _less(self.octets, whose, octets)

    def _make_room(self, now: float) -> bool:
        """Send away who has been silent longest. One that waits for our store is not silent."""
        waiting = (guest for guest in self.guests if not guest.busy)
        silent = min(waiting, key=lambda guest: guest.stepped, default=None)
        if silent is None or now - silent.stepped < BRIEF_SILENCE:
            return False
        self.let_out(silent)
        silent.send_away("421 4.3.2 Others are waiting, please come back when you have something to send")
        return True


def _less(counter: Counter[str], name: str, by: int) -> None:
    """Count down, and forget what is nought."""
    counter[name] -= by
    if counter[name] <= 0:
        del counter[name]
