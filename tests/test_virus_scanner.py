"""The virus scanner, against ClamAV's own clamd and against one that misbehaves."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from channels.files.virus_scanner import Clamd
from intake.files import FileState, Verdict
from tests.clamd import EICAR, own_clamd, real_clamd
from tests.living_house import free_port

INFECTED = (FileState.INFECTED, "Eicar-Test-Signature")
CLEAN = Verdict(FileState.CLEAN)


@pytest.fixture(scope="module")
def clamav(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Clamd, Clamd]]:
    """The real clamd, by its UNIX socket and by TCP."""
    port = free_port()
    with real_clamd(tmp_path_factory.mktemp("clamd"), port) as socket:
        yield Clamd(path=str(socket)), Clamd("127.0.0.1", port)


@pytest.mark.parametrize("way", [0, 1], ids=["unix", "tcp"])
@pytest.mark.parametrize("size", [0, 1, 65_536, 65_537, 900_000])
async def test_clamav_finds_ordinary_files_clean(clamav: tuple[Clamd, Clamd], way: int, size: int) -> None:
    assert await clamav[way].scan(b"a" * size) == CLEAN


@pytest.mark.parametrize("way", [0, 1], ids=["unix", "tcp"])
async def test_clamav_finds_the_test_virus_and_names_it(clamav: tuple[Clamd, Clamd], way: int) -> None:
    verdict = await clamav[way].scan(EICAR)
    assert verdict.state is FileState.INFECTED
    assert verdict.line.startswith("Eicar-Test-Signature")


@pytest.mark.parametrize("way", [0, 1], ids=["unix", "tcp"])
async def test_a_file_that_is_too_large_for_clamav_is_neither_clean_nor_infected(
    clamav: tuple[Clamd, Clamd], way: int
) -> None:
    for _ in range(5):
        verdict = await clamav[way].scan(EICAR + b"a" * 20_000_000)
        assert verdict.state is FileState.WAITING
        assert "larger than the scanner takes" in verdict.line or "hung up" in verdict.line


async def test_our_own_clamd_answers_as_clamav_does() -> None:
    async with own_clamd() as own:
        clamd = Clamd("127.0.0.1", own.port)
        assert await clamd.scan(b"a" * 200_000) == CLEAN
        assert await clamd.scan(b"") == CLEAN
        verdict = await clamd.scan(b"a" * 65_530 + EICAR)
        assert (verdict.state, verdict.line) == INFECTED
        assert own.scanned == [200_000, 0, 65_530 + len(EICAR)]


async def test_a_file_over_the_scanners_limit_is_said_to_be_too_large() -> None:
    async with own_clamd() as own:
        verdict = await Clamd("127.0.0.1", own.port).scan(b"a" * 1_000_001)
    assert verdict.state is FileState.WAITING
    assert "StreamMaxLength" in verdict.line or "hung up" in verdict.line


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ("drops at once", "hung up"),
        ("drops amid the file", "hung up"),
        ("ends without an answer", "hung up"),
        ("never stops answering", "hung up"),
        ("never answers", "did not answer within"),
        ("answers nonsense", "The scanner said"),
        ("has no memory", "Can't allocate memory"),
    ],
)
async def test_a_sick_scanner_finds_nothing_clean_and_raises_nothing(fault: str, says: str) -> None:
    async with own_clamd(fault) as own:
        verdict = await Clamd("127.0.0.1", own.port, seconds=1.0).scan(b"a" * 300_000)
    assert verdict.state is FileState.WAITING
    assert says in verdict.line
    assert verdict.line.isprintable()
    assert len(verdict.line) < 250


@pytest.mark.parametrize("by_path", [True, False])
async def test_a_scanner_that_is_not_there_cannot_be_reached(by_path: bool, tmp_path: Path) -> None:
    clamd = Clamd(path=str(tmp_path / "none")) if by_path else Clamd("127.0.0.1", free_port())
    verdict = await clamd.scan(b"a")
    assert verdict.state is FileState.WAITING
    assert "cannot be reached" in verdict.line
