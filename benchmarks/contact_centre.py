"""The contact centre, soaked: 50 residents and 10 officers at once, beside the same residents with nobody taking over.

Residents write over the API and hear by server-sent events; officers work in the console's pages, several going for the
same conversation. After it the store is read: no turn may be lost, doubled or out of order, and the assistant may have
said nothing while an officer had the conversation. Read the ratios: the figures are of this machine at this moment.

    python -m benchmarks.contact_centre [seconds]      600 where nothing is said
"""

import asyncio
import json
import random
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import httpx

from benchmarks.servers import free_port, house
from case_store.engine import make_engine
from case_store.store import SqlStore
from case_store.unit_of_work import SqlUnitOfWork
from channels.passwords import Argon2Passwords
from config.packs import load_pack
from config.settings import clock
from intake.accounts import Accounts
from intake.conversation import Speaker
from intake.officers import Deed
from intake.rights import EVERYTHING, FIRST_OFFICER

RESIDENTS, OFFICERS, SECONDS = 50, 10, 600
LONGEST = 600
PASSWORD = "a password for the soak"
THINKS = (3.0, 9.0)
ANSWERS = (1.0, 3.0)
"""Seconds: the least and the most that a resident, and an officer, thinks before the next thing."""

PATIENCE = 60.0
ENDS = ("handed over", "gave back to the assistant", "closed", "lost it by being away")
_LINE = re.compile(r'action="/live/([0-9a-f]{24})/take"')
_MINE = re.compile(r'<a class="open" href="/live/([0-9a-f]{24})">')
_FENCE = re.compile(r'data-fence="(\d+)" data-mine="(yes)?"')
_TOKEN = re.compile(r'data-token="([^"]+)"')


@dataclass
class Soak:
    """What happened, as those who took part saw it."""

    ends: float
    residents: dict[str, list[str]] = field(default_factory=dict)
    officers: dict[str, list[str]] = field(default_factory=dict)
    sent_at: dict[str, float] = field(default_factory=dict)
    turns: list[float] = field(default_factory=list)
    words: list[float] = field(default_factory=list)
    heard: list[float] = field(default_factory=list)
    takes: int = 0
    refused: int = 0
    failed: int = 0

    @property
    def goes_on(self) -> bool:
        return time.monotonic() < self.ends


def main() -> None:
    seconds = min(int(sys.argv[1]) if sys.argv[1:] else SECONDS, LONGEST)
    ours, faults = _run(seconds, OFFICERS)
    bare, more = _run(min(seconds, 60), 0)
    _show(seconds, ours, bare, [*faults, *more])
    if faults or more:
        sys.exit(1)


def _run(seconds: int, officers: int) -> tuple[Soak, list[str]]:
    """One soak on an empty house, and what was wrong after it."""
    http, console = free_port(), free_port()
    with (
        tempfile.TemporaryDirectory() as folder,
        house(Path(folder), free_port(), "web,console,work", http, console),
    ):
        store = SqlStore(make_engine(f"sqlite:///{folder}/rightdoor.db"))
        try:
            return asyncio.run(_soak(store, seconds, officers, http, console))
        finally:
            store.close()


async def _soak(store: SqlStore, seconds: int, officers: int, http: int, console: int) -> tuple[Soak, list[str]]:
    policy = load_pack(Path("config/councils/bettershire"))
    accounts = Accounts(store, policy, clock(""), Argon2Passwords())
    for number in range(officers):
        await accounts.add_officer(f"officer {number}", PASSWORD, FIRST_OFFICER, (EVERYTHING,))
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    base = f"http://127.0.0.1:{http}/api/v1"
    async with httpx.AsyncClient(base_url=base, timeout=PATIENCE, limits=limits) as client:
        await client.post("/conversations", json={"channel": "webchat", "text": "Hello"})  # the model is warm then
        soak = Soak(time.monotonic() + seconds)
        talks = [_resident(soak, client, random.Random(number)) for number in range(RESIDENTS)]
        works = [_officer(soak, console, number) for number in range(officers)]
        await asyncio.gather(*talks, *works)
    return soak, await store.read(lambda unit: _faults(unit, soak))


# --- who takes part -------------------------------------------------------------------------------------------------


async def _resident(soak: Soak, client: httpx.AsyncClient, dice: random.Random) -> None:
    begun = (await _insist(soak, lambda: client.post("/conversations", json={"channel": "webchat"}))).json()
    headers = {"Authorization": f"Bearer {begun['token']}"}
    said, place = soak.residents.setdefault(begun["id"], []), f"/conversations/{begun['id']}/turns"
    listening = asyncio.create_task(_listen(soak, client, begun["id"], headers))
    while soak.goes_on:
        await asyncio.sleep(dice.uniform(*THINKS))
        text = "I want to speak to a person" if len(said) % 8 == 1 else f"My bin was missed, line {len(said)}"
        start = time.monotonic()
        turn = {"turn_id": f"turn-{len(said)}", "text": text}
        await _insist(soak, lambda turn=turn: client.post(place, json=turn, headers=headers))  # type: ignore[misc]
        said.append(text)
        soak.turns.append(time.monotonic() - start)
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)


async def _insist(soak: Soak, ask: Callable[[], Awaitable[httpx.Response]]) -> httpx.Response:
    """Ask until it is answered: what has a name is said once, however often it is sent."""
    while True:
        try:
            answer = await ask()
            if answer.status_code < 500 and answer.status_code != 429:
                return answer
        except httpx.TransportError:
            pass
        soak.failed += 1
        await asyncio.sleep(1)


async def _listen(soak: Soak, client: httpx.AsyncClient, conversation: str, headers: dict[str, str]) -> None:
    """How long officers' words take to the resident's page, which connects anew as a browser does."""
    place, last = f"/conversations/{conversation}/events", "0"
    while soak.goes_on:
        try:
            asks = {**headers, "Last-Event-ID": last}
            async with client.stream("GET", place, headers=asks, timeout=None) as stream:
                async for line in stream.aiter_lines():
                    last = line[4:] if line.startswith("id: ") else last
                    _hear(soak, line)
        except httpx.HTTPError:
            await asyncio.sleep(1)


def _hear(soak: Soak, line: str) -> None:
    if line.startswith("data: ") and '"by":"officer"' in line:
        text = json.loads(line[6:])["text"]
        if text in soak.sent_at:
            soak.heard.append(time.monotonic() - soak.sent_at[text])


async def _officer(soak: Soak, console: int, number: int) -> None:
    dice, name = random.Random(1_000 + number), f"officer {number}"
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{console}", timeout=PATIENCE) as client:
        page = await _insist(soak, lambda: client.get("/sign-in"))
        token = re.findall(r'name="form_token" value="([^"]+)"', page.text)[0]
        entry = {"form_token": token, "name": name, "password": PASSWORD}
        await _insist(soak, lambda: client.post("/sign-in", data=entry))
        token = _TOKEN.findall((await _insist(soak, lambda: client.get("/live"))).text)[0]
        here = {"form_token": token, "there": "available", "places": "20"}
        await _insist(soak, lambda: client.post("/live/me", data=here))
        while soak.goes_on:
            await asyncio.sleep(dice.uniform(*ANSWERS))
            try:
                await _work(soak, client, dice, name, token)
            except httpx.TransportError:
                soak.failed += 1


async def _work(soak: Soak, client: httpx.AsyncClient, dice: random.Random, name: str, token: str) -> None:
    """Take the next of those that wait; then say something in one that is theirs, or end it."""
    queue = (await client.get("/live")).text
    waiting = _LINE.findall(queue)
    mine = _MINE.findall(queue.partition("<h2>Waiting")[0].partition("<h2>Calls to make")[0])
    if waiting and len(mine) < 10:
        answer = await client.post(f"/live/{waiting[0]}/take", data={"form_token": token, "fence": "0"})
        soak.takes += answer.status_code == 303
        soak.refused += answer.status_code == 409
    if not mine:
        return
    one = dice.choice(mine)
    fence, still = _FENCE.findall((await client.get(f"/live/{one}")).text)[0]
    if not still:
        return
    drawn = dice.random()
    form = {"form_token": token, "fence": fence, "turn": f"{name} {time.monotonic_ns()}"}
    if drawn < 0.05:
        await client.post(f"/live/{one}/give-back", data=form)
    elif drawn < 0.08:
        await client.post(f"/live/{one}/hand-on", data={**form, "to": "team:complaints", "note": "Please look."})
    elif drawn < 0.1:
        await client.post(f"/live/{one}/close", data={**form, "end": "answered", "closing": f"Goodbye {form['turn']}"})
    else:
        await _say(soak, client, one, form, name)


async def _say(soak: Soak, client: httpx.AsyncClient, one: str, form: dict[str, str], name: str) -> None:
    """The same words sent twice, as after a lost answer: they may be said once only."""
    text = f"{name} says {len(soak.words)} {form['turn']}"
    start = soak.sent_at[text] = time.monotonic()
    headers = {"X-Form-Token": form["form_token"]}
    body = {"turn": form["turn"], "fence": form["fence"], "text": text}
    sent = [
        await _insist(soak, lambda: client.post(f"/live/{one}/words", json=body, headers=headers)) for _ in range(2)
    ]
    if sent[0].status_code == 200:
        soak.words.append(time.monotonic() - start)
        soak.officers.setdefault(one, []).append(text)
    else:
        soak.refused += 1


# --- after it -------------------------------------------------------------------------------------------------------


def _faults(unit: SqlUnitOfWork, soak: Soak) -> list[str]:
    """What was wrong, one line each."""
    faults: list[str] = []
    for conversation, sent in soak.residents.items():
        turns = unit.conversations.turns(conversation)
        if (kept := [turn.text for turn in turns if turn.by is Speaker.RESIDENT]) != sent:
            faults.append(f"{conversation}: {len(sent)} turns were sent, {len(kept)} are kept, or in another order")
        spoken = [turn.text for turn in turns if turn.by is Speaker.OFFICER and "says" in turn.text]
        if sorted(spoken) != sorted(soak.officers.get(conversation, [])):
            faults.append(f"{conversation}: what officers said was lost or doubled")
        if spoken != sorted(spoken, key=soak.sent_at.__getitem__):
            faults.append(f"{conversation}: what officers said is out of order")
        held = _held(unit.officers.deeds(about=conversation, most=10_000))
        bot = [turn.at for turn in turns if turn.by is Speaker.ASSISTANT and not turn.stands]
        faults += [f"{conversation}: the assistant spoke at {at}" for at in bot if any(a < at < b for a, b in held)]
    return faults


def _held(deeds: Sequence[Deed]) -> list[tuple[datetime, datetime]]:
    """From when to when an officer had it; the last one may have it still."""
    held: list[tuple[datetime, datetime]] = []
    since: datetime | None = None
    for deed in reversed(deeds):
        if deed.what == "took over":
            since = deed.at
        elif deed.what in ENDS and since is not None:
            held.append((since, deed.at))
            since = None
    return [*held, (since, datetime.max.replace(tzinfo=since.tzinfo))] if since else held


def _show(seconds: int, ours: Soak, bare: Soak, faults: list[str]) -> None:
    print(f"{RESIDENTS} residents and {OFFICERS} officers for {seconds} seconds, beside no officers")
    print(f"turns of residents {len(ours.turns)}, of officers {len(ours.words)}")
    print(f"taken over {ours.takes}, refused since another had it {ours.refused}")
    print(f"{'ms':28} {'p50':>8} {'p95':>8} {'p99':>8}")
    figures: dict[str, float] = {"turns": len(ours.turns), "words": len(ours.words), "takes": ours.takes}
    rows = (
        ("turn", "a resident's turn", ours.turns),
        ("turn_alone", "the same, no officers", bare.turns),
        ("say", "an officer's, sent twice", ours.words),
        ("heard", "until the resident has it", ours.heard),
    )
    for key, name, times in rows:
        if len(times) < 2:
            continue
        cuts = statistics.quantiles(times, n=100)
        p50, p95, p99 = (cuts[rank - 1] * 1000 for rank in (50, 95, 99))
        print(f"{name:28} {p50:>8.1f} {p95:>8.1f} {p99:>8.1f}")
        figures |= {f"{key}_p50_ms": p50, f"{key}_p95_ms": p95}
    print(f"not kept at first: {ours.failed}; lost, doubled, out of order, spoken over: {len(faults)}")
    for fault in faults[:20]:
        print(f"  {fault}")
    print(json.dumps({name: round(value, 2) for name, value in figures.items()} | {"faults": len(faults)}))


if __name__ == "__main__":
    main()
