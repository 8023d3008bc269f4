"""`rightdoor replay`: what another policy pack would have decided about the contacts that we have."""

import contextlib
from collections.abc import Callable
from datetime import date
from pathlib import Path

from sqlalchemy.engine import make_url

from case_store.engine import make_engine
from case_store.health import is_migrated
from case_store.store import SqlStore
from config.active_pack import active_pack_of
from config.packs import load_pack
from config.settings import Settings
from config.wiring import interpreter_of
from intake.errors import WrongSetting
from intake.replay import Replay, Totals, summed_up, told


async def replay_pack(
    settings: Settings, pack: Path, first: date | None, last: date | None, say: Callable[[str], None]
) -> Totals:
    """Say each contact that would be decided otherwise, then the totals. Raises WrongPack where a pack is wrong."""
    before, after, totals = load_pack(active_pack_of(settings)), load_pack(pack), Totals()
    with contextlib.closing(_store(settings.database_url)) as store:
        async for replayed in Replay(store, interpreter_of(settings), before, after).run(first, last):
            totals.count(replayed)
            if replayed.changes:
                say(told(replayed))
    for line in summed_up(totals):
        say(line)
    return totals


def _store(url: str) -> SqlStore:
    """The store as it is: a replay makes and changes nothing, not even an empty database. Raises WrongSetting."""
    address = make_url(url)
    if address.get_backend_name() == "sqlite" and not Path(address.database or "").exists():
        raise WrongSetting("RIGHTDOOR_DATABASE_URL: there is no database yet, so there is nothing to replay")
    engine = make_engine(url)
    if not is_migrated(engine):
        raise WrongSetting("RIGHTDOOR_DATABASE_URL: its schema is another version's; start `rightdoor serve` once")
    return SqlStore(engine)
