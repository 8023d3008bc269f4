"""The documents say what the code does."""

import importlib
import re
from pathlib import Path

import pytest

from tests.write_docs import TABLES, up_to_date

ARCHITECTURE = Path("docs/architecture.md").read_text()
NAMES = sorted(set(re.findall(r"`((?:intake|channels|nlu|case_store|config)\.\w+\.[\w.]+)`", ARCHITECTURE)))


@pytest.mark.parametrize("name", NAMES)
def test_every_name_on_the_walks_exists(name: str) -> None:
    package, module, *path = name.split(".")
    found = importlib.import_module(f"{package}.{module}")
    for part in path:
        found = getattr(found, part)
    assert found is not None


@pytest.mark.parametrize("page", TABLES, ids=str)
def test_the_tables_of_the_manual_are_those_of_the_code_and_the_data(page: Path) -> None:
    assert up_to_date(page) == page.read_text(), "run make docs"


def test_every_link_in_the_documents_leads_somewhere() -> None:
    for page in (Path("README.md"), *Path("docs").rglob("*.md")):
        for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
            assert (page.parent / link).exists(), f"{page}: {link}"


def test_every_picture_stands_in_a_document() -> None:
    shown = {
        Path(name).name
        for page in (Path("README.md"), *Path("docs").rglob("*.md"))
        for name in re.findall(r"!\[[^\]]+\]\(([^)]+)\)", page.read_text())
    }
    assert {picture.name for picture in Path("docs/pictures").glob("*.png")} - shown == set()


def test_every_setting_is_in_the_manual() -> None:
    from config.settings import Settings

    manual = Path("docs/settings.md").read_text()
    missing = [name for name in Settings.model_fields if f"{name.upper()}" not in manual]
    assert missing == []
