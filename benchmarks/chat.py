"""Chat, measured: 200 conversations at once over the API, beside the same script against a bare echo server.

Everybody writes four turns and thinks some seconds before each. Printed: how long an answer takes, what the server
holds in memory, and the median number of questions per completed complaint over the transcripts. Read the ratios: the
figures are of this machine at this moment, on which the residents run too.
"""

import asyncio
import json
import random
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import httpx

from benchmarks.servers import echo, free_port, house
from config.packs import load_pack
from nlu.embedded import EmbeddedInterpreter
from tests.transcripts import median_questions, questions_asked

RESIDENTS = 200
SCRIPT = (
    "My bin has not been emptied for three weeks, I rang twice and nobody came.",
    "14 Elm Road BT4 2QR",
    "I want an apology and the bin emptied",
    "Anne Shaw",
)
THINKS = (3.0, 9.0)
"""Seconds: the least and the most that somebody thinks and types before a turn."""

PATIENCE = 60.0


@dataclass(frozen=True)
class Measured:
    """Seconds of every turn, the turns that failed, and the server's memory in MB before and after."""

    seconds: list[float]
    failed: int
    before_mb: float
    after_mb: float

    def percentile(self, rank: int) -> float:
        """In milliseconds."""
        return statistics.quantiles(self.seconds, n=100)[rank - 1] * 1000


def main() -> None:
    residents = int(sys.argv[1]) if sys.argv[1:] else RESIDENTS
    port, mail = free_port(), free_port()
    with tempfile.TemporaryDirectory() as folder, house(Path(folder), mail, "web,work", port) as process:
        ours = _measure(port, process.pid, residents)
    with echo(port := free_port()) as process:
        bare = _measure(port, process.pid, residents)
    asked = asyncio.run(questions_asked(EmbeddedInterpreter(), load_pack(Path("config/councils/bettershire"))))
    _show(residents, ours, bare, asked)


def _measure(port: int, pid: int, residents: int) -> Measured:
    before = _resident_mb(pid)
    seconds, failed = asyncio.run(_everybody(port, residents))
    return Measured(seconds, failed, before, _resident_mb(pid))


async def _everybody(port: int, residents: int) -> tuple[list[float], int]:
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    base = f"http://127.0.0.1:{port}/api/v1"
    async with httpx.AsyncClient(base_url=base, timeout=PATIENCE, limits=limits) as client:
        await _resident(client, random.Random(0), (0.0, 0.0))  # nobody's: the model and the connections are warm then
        talks = [_resident(client, random.Random(number), THINKS) for number in range(residents)]
        told = await asyncio.gather(*talks)
    return [time for times, _ in told for time in times], sum(failed for _, failed in told)


async def _resident(
    client: httpx.AsyncClient, dice: random.Random, thinks: tuple[float, float]
) -> tuple[list[float], int]:
    """One conversation: seconds of each turn, and how many were not answered."""
    begun = (await client.post("/conversations", json={"channel": "webchat"})).json()
    headers = {"Authorization": f"Bearer {begun['token']}"}
    times, failed = [], 0
    for number, text in enumerate(SCRIPT):
        await asyncio.sleep(dice.uniform(*thinks))
        start = time.perf_counter()
        turn = {"turn_id": str(number), "text": text}
        answer = await client.post(f"/conversations/{begun['id']}/turns", json=turn, headers=headers)
        times.append(time.perf_counter() - start)
        failed += answer.status_code != 200
    return times, failed


def _resident_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmRSS"))


def _show(residents: int, ours: Measured, bare: Measured, asked: list[int]) -> None:
    figures: dict[str, float] = {"residents": residents, "turns": len(ours.seconds), "failed": ours.failed}
    print(f"{residents} conversations at once, {len(ours.seconds)} turns, {ours.failed} not answered at once")
    print(f"{'turn latency':20} {'rightdoor':>12} {'bare echo':>12} {'ratio':>8}")
    for rank in (50, 95, 99):
        here, there = ours.percentile(rank), bare.percentile(rank)
        print(f"{f'p{rank} ms':20} {here:>12.1f} {there:>12.1f} {here / there:>8.1f}")
        figures |= {f"turn_p{rank}_ms": here, f"echo_p{rank}_ms": there}
    ratio = ours.after_mb / bare.after_mb
    print(f"{'memory MB':20} {ours.after_mb:>12.1f} {bare.after_mb:>12.1f} {ratio:>8.1f}")
    print(f"{'memory before MB':20} {ours.before_mb:>12.1f} {bare.before_mb:>12.1f}")
    print(f"questions per completed complaint: median {median_questions(asked):g} over {len(asked)} transcripts")
    figures |= {"memory_mb": ours.after_mb, "echo_memory_mb": bare.after_mb, "questions": median_questions(asked)}
    print(json.dumps({name: round(value, 2) for name, value in figures.items()}))


if __name__ == "__main__":
    main()
