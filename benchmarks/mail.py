"""Mail, measured: how fast it is accepted (benchmarks.accepting), answered per second, memory, start.

Prints tables and the same as one line of JSON. Every figure is of this machine at this moment; read the ratios. With
the argument ``accepting`` only that part.
"""

import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

from sqlalchemy import text

from benchmarks import accepting
from benchmarks.servers import free_port, house
from benchmarks.smtp_client import hand_in
from case_store.engine import make_engine

OCTETS = 2048
ANSWERED = 150
PATIENCE = 120


def main() -> None:
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        rows = accepting.measure(Path(folder))
        if sys.argv[1:] != ["accepting"]:
            _answering(figures, Path(folder))
    accepting.show(rows)
    figures.update(accepting.figures(rows))
    _print(figures)


def _answering(figures: dict[str, float], data: Path) -> None:
    """From the hand-over to the answer in the outbox, with everything in one process."""
    port, folder = free_port(), data / "answering"
    start = time.perf_counter()
    with house(folder, port) as process:
        figures["start_to_ready_s"] = time.perf_counter() - start
        engine = make_engine(f"sqlite:///{folder}/rightdoor.db")
        for number in range(1, 41):
            hand_in(port, 1, 1, OCTETS)
            _wait_for(engine, number)
        times = _times(engine)
        figures["hand_over_to_outbox_p50_ms"] = statistics.median(times) * 1000
        figures["hand_over_to_outbox_p99_ms"] = statistics.quantiles(times, n=100)[98] * 1000
        start = time.perf_counter()
        hand_in(port, 8, ANSWERED // 8 * 8, OCTETS)
        _wait_for(engine, 40 + ANSWERED // 8 * 8)
        figures["answered_per_s"] = ANSWERED // 8 * 8 / (time.perf_counter() - start)
        figures["serve_resident_mb"] = _resident_mb(process.pid)
        engine.dispose()


def _wait_for(engine, answered: int) -> None:  # type: ignore[no-untyped-def]
    for _ in range(PATIENCE * 100):
        with engine.connect() as connection:
            done = connection.execute(text("SELECT count(*) FROM contact WHERE state <> 'kept'")).scalar_one()
        if done >= answered:
            return
        time.sleep(0.01)
    raise TimeoutError(f"only {done} of {answered} were answered")


def _times(engine) -> list[float]:  # type: ignore[no-untyped-def]
    """Seconds from received to answered, from the house's own clock."""
    query = text("SELECT received_at, finished_at FROM contact WHERE state <> 'kept'")
    with engine.connect() as connection:
        rows = connection.execute(query).all()
    return [_seconds(finished) - _seconds(received) for received, finished in rows]


def _seconds(moment: str) -> float:
    _, _, clock = moment.partition(" ")
    hours, minutes, seconds = clock.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)


def _resident_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmRSS"))


GOALS = {**accepting.GOALS, "serve_resident_mb": ("under", 400), "start_to_ready_s": ("under", 10)}


def _print(figures: dict[str, float]) -> None:
    print(f"\n{'figure':40} {'value':>10}   goal")
    for name, value in figures.items():
        if "_conn" in name and name not in GOALS:
            continue  # it stands in the table above
        how, goal = GOALS.get(name, ("", ""))
        print(f"{name:40} {value:>10.2f}   {how} {goal}".rstrip())
    print(json.dumps({name: round(value, 3) for name, value in figures.items()}))


if __name__ == "__main__":
    main()
