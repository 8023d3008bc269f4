"""Mail, measured: accepted and committed per second beside a bare aiosmtpd sink, answered per second, memory, start.

Prints a table and the same as one line of JSON. Every figure is of this machine at this moment; read the ratios.
"""

import asyncio
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import text

from benchmarks.smtp_client import Run, run
from case_store.engine import make_engine

OCTETS = 2048
ROUNDS = 3
MAILS = {1: 600, 8: 1600}
ANSWERED = 150
PATIENCE = 120


def main() -> None:
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        _accepting(figures, data)
        _answering(figures, data)
    _print(figures)


def _accepting(figures: dict[str, float], data: Path) -> None:
    """Rounds in turn, so that both meet the same moods of the machine; the median counts."""
    sink_port, house_port = _free_port(), _free_port()
    with _sink(sink_port), _house(data / "accepting", house_port):
        for connections, mails in MAILS.items():
            rates: dict[str, list[float]] = {"sink": [], "house": []}
            times: list[float] = []
            for _ in range(ROUNDS):
                rates["sink"].append(_run(sink_port, connections, mails).per_second)
                house = _run(house_port, connections, mails)
                rates["house"].append(house.per_second)
                times += house.times
            sink, kept = statistics.median(rates["sink"]), statistics.median(rates["house"])
            figures[f"accepted_per_s_{connections}_conn"] = kept
            figures[f"bare_sink_per_s_{connections}_conn"] = sink
            figures[f"ratio_to_sink_{connections}_conn"] = kept / sink
            figures[f"accept_p99_ms_{connections}_conn"] = statistics.quantiles(times, n=100)[98] * 1000


def _answering(figures: dict[str, float], data: Path) -> None:
    """From the hand-over to the answer in the outbox, with everything in one process."""
    port, folder = _free_port(), data / "answering"
    start = time.perf_counter()
    with _house(folder, port) as process:
        figures["start_to_ready_s"] = time.perf_counter() - start
        engine = make_engine(f"sqlite:///{folder}/rightdoor.db")
        for number in range(1, 41):
            _run(port, 1, 1)
            _wait_for(engine, number)
        times = _times(engine)
        figures["hand_over_to_outbox_p50_ms"] = statistics.median(times) * 1000
        figures["hand_over_to_outbox_p99_ms"] = statistics.quantiles(times, n=100)[98] * 1000
        start = time.perf_counter()
        _run(port, 8, ANSWERED // 8 * 8)
        _wait_for(engine, 40 + ANSWERED // 8 * 8)
        figures["answered_per_s"] = ANSWERED // 8 * 8 / (time.perf_counter() - start)
        figures["serve_resident_mb"] = _resident_mb(process.pid)
        engine.dispose()


def _run(port: int, connections: int, mails: int) -> Run:
    return asyncio.run(run(port, connections, mails, OCTETS))


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


@contextmanager
def _sink(port: int) -> Iterator[None]:
    with _process([sys.executable, "-m", "benchmarks.sink", str(port)], {}, "ready"):
        yield


@contextmanager
def _house(data: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    environment = {
        "RIGHTDOOR_DATA": str(data),
        "RIGHTDOOR_SMTP": f"127.0.0.1:{port}",
        "RIGHTDOOR_HTTP": f"127.0.0.1:{_free_port()}",
        "RIGHTDOOR_CONSOLE": f"127.0.0.1:{_free_port()}",
    }
    with _process([sys.executable, "-m", "config.main", "serve"], environment, "is ready") as process:
        yield process


@contextmanager
def _process(command: list[str], environment: dict[str, str], ready: str) -> Iterator[subprocess.Popen[str]]:
    with tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(
            command, env={**os.environ, **environment}, stdout=subprocess.PIPE, stderr=errors, text=True
        )
        assert process.stdout is not None
        try:
            for line in process.stdout:
                if ready in line:
                    break
            else:
                errors.seek(0)
                raise RuntimeError(errors.read())
            yield process
        finally:
            process.terminate()
            process.wait(timeout=30)


def _resident_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmRSS"))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


GOALS = {
    "ratio_to_sink_1_conn": ("at least", 0.5),
    "ratio_to_sink_8_conn": ("at least", 0.5),
    "serve_resident_mb": ("under", 400),
    "start_to_ready_s": ("under", 10),
}


def _print(figures: dict[str, float]) -> None:
    print(f"{'figure':34} {'value':>10}   goal")
    for name, value in figures.items():
        how, goal = GOALS.get(name, ("", ""))
        print(f"{name:34} {value:>10.2f}   {how} {goal}")
    print(json.dumps({name: round(value, 3) for name, value in figures.items()}))


if __name__ == "__main__":
    main()
