"""The policy pack in use: the one that was activated in the console, else the folder that the settings name.

An activated pack is kept in the store. Its files are laid out under {DATA}/packs/<digest>, so that its mistakes can be
told by file and line, and so that every process reads the same.
"""

import logging
import re
import shutil
import tempfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import yaml
from sqlalchemy import Engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from case_store.engine import WRITES, make_engine
from case_store.health import is_migrated
from case_store.unit_of_work import SqlUnitOfWork
from config.packs import check_pack
from config.settings import Settings
from intake.errors import WrongSetting
from intake.officers import Deed
from intake.packs import CheckedPack, Files, KeptPack

log = logging.getLogger(__name__)

COMMAND_LINE = "(command line)"
"""Who did it, where no officer signed in."""

MOST_NODES = 500_000
"""Values of one file, its aliases written out."""

_IS_DIGEST = re.compile(r"[0-9a-f]{64}")


def active_pack(settings: Settings, engine: Engine) -> Path:
    """The folder of the pack in use. Its store must be up to date."""
    with Session(engine) as session:
        packs = SqlUnitOfWork(session).packs
        last = next(iter(packs.activations(1)), None)
        kept = packs.get(last.digest) if last and last.digest else None
    return laid_out(kept, settings.data) if kept else settings.council


def active_pack_of(settings: Settings) -> Path:
    """The same from outside, for a command: where the store isn't there or can't be read, the settings' folder."""
    address = make_url(settings.database_url)
    if address.get_backend_name() == "sqlite" and not Path(address.database or "").exists():
        return settings.council
    engine = make_engine(settings.database_url)
    try:
        return active_pack(settings, engine) if is_migrated(engine) else settings.council
    except SQLAlchemyError as error:
        log.warning("the store cannot be read (%s), so the pack is RIGHTDOOR_COUNCIL's", type(error).__name__)
        return settings.council
    finally:
        engine.dispose()


def go_back(settings: Settings, now: datetime) -> str:
    """Use the pack that was used before the last activation; what is used now. Raises WrongSetting."""
    engine = make_engine(settings.database_url)
    if not is_migrated(engine):
        raise WrongSetting("RIGHTDOOR_DATABASE_URL: its schema is another version's; start `rightdoor serve` once")
    with engine.connect().execution_options(**WRITES) as connection, connection.begin(), Session(connection) as session:
        unit = SqlUnitOfWork(session)
        last, *before = [*unit.packs.activations(2), None]
        if last is None:
            raise WrongSetting("no policy pack was activated in the console, so there is none to go back to")
        digest = before[0].digest if before[0] else ""
        unit.packs.activate(last.number + 1, now, COMMAND_LINE, digest)
        unit.officers.note(Deed(now, COMMAND_LINE, "activated a policy pack", digest))
        return digest


def laid_out(pack: KeptPack, data: Path) -> Path:
    """The folder with this pack's files, whole or not there: others may lay it out at the same moment."""
    folder = data / "packs" / pack.digest
    if _IS_DIGEST.fullmatch(pack.digest) and not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(dir=folder.parent))
        write(pack.files, fresh)
        try:
            fresh.rename(folder)
        except OSError:
            shutil.rmtree(fresh, ignore_errors=True)
    return folder


def write(files: Files, folder: Path) -> None:
    """Write a pack's files into a folder."""
    for path, text in files.items():
        there = folder / path
        there.parent.mkdir(parents=True, exist_ok=True)
        there.write_text(text, encoding="utf-8", newline="")


def files_of(folder: Path) -> Files:
    """The files of a pack's folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes().decode("utf-8", "replace")
        for path in sorted(folder.rglob("*.yaml"))
    }


def check_files(files: Mapping[str, str]) -> CheckedPack:
    """What is found in these files, each finding with file and line."""
    if endless := tuple(_endless(files)):
        return CheckedPack(endless, (), None)
    with tempfile.TemporaryDirectory() as place:
        write(files, Path(place))
        checked = check_pack(Path(place))
        mistakes, warnings = (
            tuple(line.replace(f"{place}/", "") for line in lines) for lines in (checked.mistakes, checked.warnings)
        )
        return CheckedPack(mistakes, warnings, checked.policy)


def _endless(files: Mapping[str, str]) -> list[str]:
    """Files whose aliases (*) make much of little: whoever reads them through would never end."""
    found = []
    for path, text in files.items():
        try:
            size = _written_out(yaml.compose(text, Loader=yaml.SafeLoader), {})
        except RecursionError:
            size = MOST_NODES + 1
        except yaml.YAMLError:
            continue  # check_pack tells it, with its line
        if size > MOST_NODES:
            found.append(f"{path}:1: is nested too deeply, or its aliases (*) make it too large; write them out")
    return found


def _written_out(node: yaml.Node | None, known: dict[int, int]) -> int:
    """How many values a file has once its aliases are written out. Raises RecursionError where one holds itself."""
    if node is None or isinstance(node, yaml.ScalarNode):
        return 1
    if id(node) in known:
        if known[id(node)] < 0:
            raise RecursionError
        return known[id(node)]
    known[id(node)] = -1
    values = [part for pair in node.value for part in pair] if isinstance(node, yaml.MappingNode) else node.value
    known[id(node)] = 1 + sum(_written_out(value, known) for value in values)
    return known[id(node)]
