"""GOV.UK Frontend as it is fetched at set-up: pinned, without GOV.UK's font and crest, and not needed to work."""

import json
from pathlib import Path

import pytest

from channels import govuk
from channels.govuk.trim import trimmed_styles
from tests.web_fixtures import browser, send_form, web_house

FOLDER = Path(govuk.__file__).parent


def test_it_is_pinned_by_its_hash_and_the_lock_names_no_server() -> None:
    wanted = json.loads((FOLDER / "package.json").read_text())["dependencies"]
    lock = (FOLDER / "package-lock.json").read_text()
    (package,) = [shape for name, shape in json.loads(lock)["packages"].items() if name]
    assert wanted == {"govuk-frontend": package["version"]}
    assert package["integrity"].startswith("sha512-")
    assert "://" not in lock


def test_gov_uks_font_and_crest_are_taken_out_and_all_else_stays() -> None:
    css = (
        "a{color:red}/*! Copyright (c) 2011 by Margaret Calvert & Henrik Kubel. */@font-face{font-family:GDS Transport;"
        "src:url(/assets/fonts/light.woff2)}b{font-family:GDS Transport,arial,sans-serif}"
        "i{background-image:url(/assets/images/govuk-crest.svg)}\n/*# sourceMappingURL=x.map */"
    )
    assert trimmed_styles(css) == "a{color:red}b{font-family:arial,sans-serif}i{background-image:none}"


async def test_the_styles_may_be_kept_by_browsers_for_good(tmp_path: Path) -> None:
    if not govuk.is_there():
        pytest.skip("GOV.UK Frontend was not fetched")
    with web_house(f"sqlite:///{tmp_path}/x.db") as house:
        async with browser(house.web) as client:
            for name in ("govuk-frontend.min.css", "govuk-frontend.min.js", "council.css", "form.js"):
                sent = await client.get(f"/govuk/{govuk.version()}/{name}")
                assert sent.status_code == 200
                assert "immutable" in sent.headers["Cache-Control"]
            assert (await client.get(f"/govuk/{govuk.version()}/fetch.sh")).status_code == 404


async def test_without_the_styles_the_form_works_and_the_program_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    missing = tmp_path / "govuk-frontend.min.css"
    monkeypatch.setitem(govuk._FILES, missing.name, missing)
    with web_house(f"sqlite:///{tmp_path}/x.db") as house:
        async with browser(house.web) as client:
            assert "run `make styles`" in caplog.text
            assert (await client.get(f"/govuk/x/{missing.name}")).status_code == 404
            assert "BC-" in (await send_form(client)).text
