"""Mail accepted and committed per second, beside a bare aiosmtpd sink and Postfix that keeps it in a maildir.

The door is Rightdoor with the part smtp alone. All take turns, so that they meet the same moods of the machine, and
Postfix is given the time to deliver before the next one's turn; the rounds' medians count. Last comes the house: all
parts in one process, which works off and answers what the door takes in.
Every mail that was answered 250 is looked for in the database at the end.
"""

import statistics
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import text

from benchmarks.servers import free_port, house, sink
from benchmarks.smtp_client import Run, hand_in
from case_store.engine import make_engine
from tests.postfix import MISSING, Postfix, postfix

ROUNDS = 3
MAILS = {2_048: {1: 120, 8: 480, 32: 640}, 102_400: {1: 40, 8: 96, 32: 128}}
"""Octets of one mail, connections at once, and how many mails each round."""

HOUSE = (2_048, 8, 480)

DELIVERING_SECONDS = 20
"""How long at most Postfix is waited for."""

GOALS = {
    "ratio_to_sink_2_kb_8_conn": ("at least", 0.45),
    "ratio_to_postfix_2_kb_8_conn": ("at least", 1),
    "p99_ms_2_kb_8_conn": ("at most", 25),
    "ratio_to_sink_100_kb_8_conn": ("at least", 0.6),
    "lost": ("exactly", 0),
}


@dataclass
class Measured:
    """One server at one size and number of connections."""

    rates: list[float] = field(default_factory=list)
    times: list[float] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        return statistics.median(self.rates)

    def percentile(self, which: int) -> float:
        """In milliseconds."""
        return statistics.quantiles(self.times, n=100)[which - 1] * 1000


Round = Callable[[int, int, int], Run]
"""Hands in: connections, mails, octets of one."""

Rows = dict[tuple[int, int], dict[str, Measured]]


@dataclass
class Accepted:
    """Everything measured, and how many of the mails that we answered 250 are not in the database."""

    rows: Rows
    house: Measured
    lost: int


def measure(data: Path) -> Accepted:
    """Every server at every size and number of connections."""
    with ExitStack() as stack:
        servers = _started(stack, data / "door")
        rows = {
            (octets, connections): _rounds(servers, octets, connections, mails)
            for octets, numbers in MAILS.items()
            for connections, mails in numbers.items()
        }
    port = free_port()
    with house(data / "house", port):
        whole = _rounds({"house": lambda *sizes: hand_in(port, *sizes)}, *HOUSE)["house"]
    answered = sum(len(measured["door"].times) for measured in rows.values()) + len(whole.times)
    return Accepted(rows, whole, answered - _kept(data / "door") - _kept(data / "house"))


def _started(stack: ExitStack, folder: Path) -> dict[str, Round]:
    """The servers that are there, each as what one round with it is."""
    door, bare = free_port(), free_port()
    stack.enter_context(house(folder, door, "smtp"))
    stack.enter_context(sink(bare))
    servers: dict[str, Round] = {
        "door": lambda *sizes: hand_in(door, *sizes),
        "sink": lambda *sizes: hand_in(bare, *sizes),
    }
    if not MISSING:
        relay = stack.enter_context(postfix(free_port()))
        servers["postfix"] = lambda *sizes: _with_delivery(relay, *sizes)
    return servers


def _with_delivery(relay: Postfix, connections: int, mails: int, octets: int) -> Run:
    done = hand_in(relay.port, connections, mails, octets)
    for _ in range(DELIVERING_SECONDS):
        if not relay.waiting():
            break
        time.sleep(1)
    return done


def _rounds(servers: dict[str, Round], octets: int, connections: int, mails: int) -> dict[str, Measured]:
    measured = {name: Measured() for name in servers}
    for _ in range(ROUNDS):
        for name, play in servers.items():
            done = play(connections, mails, octets)
            measured[name].rates.append(done.per_second)
            measured[name].times += done.times
    return measured


def _kept(folder: Path) -> int:
    engine = make_engine(f"sqlite:///{folder}/rightdoor.db")
    with engine.connect() as connection:
        kept: int = connection.execute(text("SELECT count(*) FROM contact")).scalar_one()
    engine.dispose()
    return kept


def show(accepted: Accepted) -> None:
    """The table: mails a second, milliseconds for each from MAIL to its 250, and the door as a ratio to the others."""
    names = ("door", "sink", "postfix")
    print("mails accepted each second, p50 and p99 of one in ms, and the door's ratio to the others")
    print("size  conn." + "".join(f"{name:>9} {'p50':>5} {'p99':>6}" for name in names) + "    sink postfix")
    for (octets, connections), servers in accepted.rows.items():
        each = "".join(_told(servers.get(name)) for name in names)
        ratios = " ".join(f"{ratio:7.2f}" for ratio in _ratios(servers).values())
        print(f"{octets // 1024:3} KB {connections:4}{each} {ratios}")
    octets, connections, _ = HOUSE
    print(f"{octets // 1024:3} KB {connections:4}{_told(accepted.house)} all parts in one process")
    if MISSING:
        print(MISSING)


def _told(one: Measured | None) -> str:
    if one is None:
        return f"{'-':>9} {'-':>5} {'-':>6}"
    return f"{one.per_second:9.0f} {one.percentile(50):5.1f} {one.percentile(99):6.1f}"


def _ratios(servers: dict[str, Measured]) -> dict[str, float]:
    ours = servers["door"].per_second
    return {name: ours / servers[name].per_second for name in ("sink", "postfix") if name in servers}


def figures(accepted: Accepted) -> dict[str, float]:
    """The same by name."""
    named: dict[str, float] = {}
    for (octets, connections), servers in accepted.rows.items():
        where = f"{octets // 1024}_kb_{connections}_conn"
        named |= {f"{name}_per_s_{where}": one.per_second for name, one in servers.items()}
        named |= {f"ratio_to_{name}_{where}": ratio for name, ratio in _ratios(servers).items()}
        named |= {f"p{which}_ms_{where}": servers["door"].percentile(which) for which in (50, 99)}
    named["house_per_s"] = accepted.house.per_second
    named["lost"] = accepted.lost
    return named
