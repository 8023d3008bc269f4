"""The administration of policy packs: look, upload, check, try on past contacts, activate, go back."""

import asyncio
import io
import os
import signal
import stat
import zipfile
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from case_store.engine import make_engine, migrate
from case_store.store import SqlStore
from channels.pack_uploads import LARGEST_FILE, read_upload
from config.active_pack import active_pack, active_pack_of, check_files, files_of, go_back
from config.main import app
from config.packs import load_pack
from config.serving import serve
from config.settings import Settings
from config.wiring import build
from intake.errors import SendersMove
from intake.packs import Activation, KeptPack, digest_of
from intake.ports import UnitOfWork
from intake.rights import Role
from nlu.embedded import EmbeddedInterpreter
from tests.living_house import free_port
from tests.web_fixtures import OFFICER, SAMPLE_PACK, WebHouse, browser, hidden, sign_in, web_house

LIST = "/administration/packs"
COMPLAINT = "I want to complain, nobody mends the pothole.\n\nWhere: 14 Elm Road\n"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[WebHouse]:
    with web_house(f"sqlite:///{tmp_path}/rightdoor.db") as house:
        yield house


@pytest.fixture
async def administrator(house: WebHouse) -> AsyncIterator[httpx.AsyncClient]:
    async with browser(house.console) as client:
        await sign_in(house, client)
        yield client


def never_sure() -> Mapping[str, str]:
    """The sample pack, but never sure enough of a complaint."""
    files = dict(files_of(SAMPLE_PACK))
    assert "  default: 0.92\n" in files["council.yaml"]
    files["council.yaml"] = files["council.yaml"].replace("  default: 0.92\n", "  default: 0.999\n")
    return files


def zipped(files: Mapping[str, str], top: str = "") -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, text in files.items():
            archive.writestr(f"{top}{path}", text)
    return packed.getvalue()


async def upload(client: httpx.AsyncClient, *files: tuple[str, bytes]) -> httpx.Response:
    token = hidden(await client.get(LIST), "form_token")
    sent = [("files", (name, data, "application/octet-stream")) for name, data in files]
    return await client.post(LIST, data={"form_token": token}, files=sent)


async def activate(client: httpx.AsyncClient, digest: str, seen: int) -> httpx.Response:
    token = hidden(await client.get(LIST), "form_token")
    return await client.post(f"{LIST}/{digest}/activate", data={"form_token": token, "seen": str(seen)})


# --- the pages ------------------------------------------------------------------------------------------------------


async def test_the_pack_in_use_is_shown_with_its_version_its_files_and_what_to_confirm(
    administrator: httpx.AsyncClient,
) -> None:
    digest = digest_of(files_of(SAMPLE_PACK))
    page = (await administrator.get(LIST)).text
    assert digest[:12] in page
    assert "The beginning" in page
    one = (await administrator.get(f"{LIST}/{digest}")).text
    assert "languages/cy.yaml" in one
    assert "No mistakes" in one
    assert "signposts.yaml:" in one
    assert "Activate this pack" not in one
    file = (await administrator.get(f"{LIST}/{digest}", params={"file": "council.yaml"})).text
    assert "mailboxes:" in file
    assert "<pre>" not in (await administrator.get(f"{LIST}/{digest}?file=../../settings.py")).text


async def test_a_pack_that_was_uploaded_is_checked_tried_activated_and_taken_back(
    house: WebHouse, administrator: httpx.AsyncClient
) -> None:
    contact = await house.mail(COMPLAINT)
    answer = await upload(administrator, ("pack.zip", zipped(never_sure(), "bettershire/")))
    digest = digest_of(never_sure())
    assert answer.headers["Location"] == f"{LIST}/{digest}"
    tried = (await administrator.get(f"{LIST}/{digest}/replay?from=2026-11-01&to=")).text
    assert "1 contact was tried. 1 would be decided otherwise." in tried
    assert contact[:8] in tried
    assert "Needs person: no becomes yes" in tried
    assert "pothole" not in tried
    assert (await activate(administrator, digest, 0)).headers["Location"] == LIST
    page = (await administrator.get(LIST)).text
    assert f"26 November 2026 at 9:05am, by {OFFICER}" in page
    assert "still works with another pack" in page
    assert await house.packs.is_changed()
    own = digest_of(files_of(SAMPLE_PACK))
    assert f'href="{LIST}/{own}"' in page
    assert (await activate(administrator, own, 1)).status_code == 303
    assert not await house.packs.is_changed()
    deeds = await house.store.read(lambda unit: unit.officers.deeds(officer=OFFICER))
    assert [deed.what for deed in deeds[:3]] == ["activated a policy pack"] * 2 + ["uploaded a policy pack"]


async def test_a_wrong_pack_is_not_taken_and_each_mistake_is_told_with_file_and_line(
    house: WebHouse, administrator: httpx.AsyncClient
) -> None:
    wrong = dict(files_of(SAMPLE_PACK))
    wrong["council.yaml"] = wrong["council.yaml"].replace("teams:", "teems:", 1)
    answer = await upload(administrator, ("pack.zip", zipped(wrong)))
    assert answer.status_code == 422
    assert "It was not taken" in answer.text
    assert "council.yaml:" in answer.text
    assert "is not known here; remove it or correct its spelling" in answer.text
    assert "/tmp" not in answer.text
    assert not await house.packs.kept()
    kept = KeptPack(digest_of(wrong), house.clock(), "somebody", wrong)
    await house.store.transact(lambda unit: unit.packs.keep(kept))
    page = (await administrator.get(f"{LIST}/{kept.digest}")).text
    assert "it can’t be used" in page
    assert "Activate this pack" not in page
    refused = await activate(administrator, kept.digest, 0)
    assert refused.status_code == 422
    assert "It has mistakes and can’t be used" in refused.text
    assert not await house.packs.history()


async def test_a_single_file_goes_over_that_of_the_pack_in_use(administrator: httpx.AsyncClient) -> None:
    changed = never_sure()["council.yaml"].encode()
    answer = await upload(administrator, ("council.yaml", changed))
    assert answer.headers["Location"] == f"{LIST}/{digest_of(never_sure())}"


async def test_of_two_administrators_the_second_is_told(administrator: httpx.AsyncClient) -> None:
    await upload(administrator, ("pack.zip", zipped(never_sure())))
    digest = digest_of(never_sure())
    assert (await activate(administrator, digest, 0)).status_code == 303
    late = await activate(administrator, digest_of(files_of(SAMPLE_PACK)), 0)
    assert late.status_code == 409
    assert "Another administrator activated a pack before you" in late.text


async def test_what_is_no_pack_and_what_is_no_day_is_told_in_words(administrator: httpx.AsyncClient) -> None:
    assert "Choose a ZIP archive" in (await upload(administrator)).text
    assert "is no file of a policy pack" in (await upload(administrator, ("<b>.exe", b"MZ"))).text
    digest = digest_of(files_of(SAMPLE_PACK))
    assert (await administrator.get(f"{LIST}/{digest}/replay?from=soon")).status_code == 422
    assert (await administrator.get(f"{LIST}/nothing")).status_code == 404
    assert (await activate(administrator, "nothing", 0)).status_code == 404


async def test_only_administrators_come_in(house: WebHouse) -> None:
    await house.add_officer(OFFICER, "a long enough password", (Role.MANAGER,))
    async with browser(house.console) as manager:
        await sign_in(house, manager)
        assert (await manager.get(LIST)).status_code == 403


# --- uploads that lie -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "../council.yaml",
        "/etc/council.yaml",
        "a/../../council.yaml",
        "languages/../x.yaml",
        "..\\council.yaml",
        "council.exe",
        "run.sh",
        "languages/cy/deep/x.yaml",
        "C:council.yaml",
        ".yaml",
    ],
)
def test_an_archive_with_another_name_than_a_packs_is_refused(name: str) -> None:
    with pytest.raises(SendersMove, match="no file of a policy pack"):
        read_upload([("pack.zip", zipped({"council.yaml": "x: 1", name: "x: 1"}))])


def test_an_archive_that_unpacks_to_far_more_is_refused_before_it_is_unpacked() -> None:
    bomb = zipped({"council.yaml": "a" * 50_000_000})
    assert len(bomb) < 100_000
    with pytest.raises(SendersMove, match="larger than the files of a policy pack"):
        read_upload([("pack.zip", bomb)])
    many = zipped(
        {f"languages/{chr(97 + n // 26)}{chr(97 + n % 26)}.yaml": "a" * (LARGEST_FILE - 1) for n in range(20)}
    )
    with pytest.raises(SendersMove, match="larger than the files of a policy pack"):
        read_upload([("pack.zip", many)])


def test_an_archive_with_too_many_files_or_broken_or_linked_is_refused() -> None:
    with pytest.raises(SendersMove, match="more than 200 files"):
        read_upload([("pack.zip", zipped({f"f{'a' * (n % 40)}{chr(97 + n // 40)}.yaml": "x" for n in range(201)}))])
    whole = zipped({"council.yaml": "x: 1\n" * 100})
    for broken in (whole[:60], b"PK\x03\x04 nothing", whole[:30] + b"\xff" * 20 + whole[50:]):
        with pytest.raises(SendersMove):
            read_upload([("pack.zip", broken)])
    link = io.BytesIO()
    with zipfile.ZipFile(link, "w") as archive:
        entry = zipfile.ZipInfo("council.yaml")
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(entry, "/etc/passwd")
    assert read_upload([("pack.zip", link.getvalue())]) == {"council.yaml": "/etc/passwd"}


def test_what_is_not_written_in_utf_8_is_refused() -> None:
    with pytest.raises(SendersMove, match="UTF-8"):
        read_upload([("council.yaml", b"name: \xff\xfe")])


def test_yaml_that_makes_much_of_little_is_told_and_never_written_out() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    for text in ("\n".join(lines), "a: &a [*a]", "[" * 5000, "a: &a\n  b: *a\n"):
        checked = check_files({**files_of(SAMPLE_PACK), "council.yaml": text})
        assert checked.policy is None
        assert checked.mistakes[0].startswith("council.yaml:")


# --- what the house works with --------------------------------------------------------------------------------------


def test_a_house_is_built_with_the_pack_that_was_activated(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/rightdoor.db"
    settings = Settings(data=tmp_path, database_url=url, council=SAMPLE_PACK)
    assert active_pack_of(settings) == SAMPLE_PACK
    assert not (tmp_path / "rightdoor.db").exists()
    kept, engine = asyncio.run(activated(url)), make_engine(url)
    folder = active_pack(settings, engine)
    assert folder == tmp_path / "packs" / kept == active_pack_of(settings)
    assert load_pack(folder).sure_enough["default"] == 0.999
    assert digest_of(files_of(folder)) == kept
    assert go_back(settings, datetime(2026, 11, 27, tzinfo=UTC)) == ""
    assert active_pack(settings, engine) == SAMPLE_PACK


async def activated(url: str) -> str:
    """The other pack, kept and activated."""
    with web_house(url) as house:
        kept = KeptPack(digest_of(never_sure()), house.clock(), OFFICER, never_sure())

        def use(unit: UnitOfWork) -> None:
            unit.packs.keep(kept)
            assert unit.packs.activate(1, house.clock(), OFFICER, kept.digest)
            assert not unit.packs.activate(1, house.clock(), OFFICER, "")

        await house.store.transact(use)
        return kept.digest


def test_the_command_goes_back_to_the_pack_before(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/rightdoor.db"
    for name, value in (("DATA", str(tmp_path)), ("DATABASE_URL", url), ("COUNCIL", str(SAMPLE_PACK))):
        monkeypatch.setenv(f"RIGHTDOOR_{name}", value)
    migrate(make_engine(url))
    refused = CliRunner().invoke(app, ["pack", "back"])
    assert (refused.exit_code, "no policy pack was activated" in str(refused.exception)) == (1, True)
    asyncio.run(activated(url))
    assert active_pack_of(Settings()).parent == tmp_path / "packs"
    assert str(SAMPLE_PACK) in CliRunner().invoke(app, ["pack", "back"]).output
    assert active_pack_of(Settings()) == SAMPLE_PACK


async def test_a_house_at_work_ends_to_be_built_anew_with_the_pack_that_was_activated(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, interpreter: EmbeddedInterpreter
) -> None:
    monkeypatch.setattr("config.serving.LOOK_FOR_PACK", 0.1)
    url, console = f"sqlite:///{tmp_path}/rightdoor.db", f"127.0.0.1:{free_port()}"
    settings = Settings(data=tmp_path, database_url=url, council=SAMPLE_PACK, console=console)
    house = build(settings, interpreter)
    ready = asyncio.Event()
    serving = asyncio.create_task(serve(house, ("console",), ready.set))
    await asyncio.wait_for(ready.wait(), 60)
    assert house.policy.sure_enough["default"] == 0.92
    wrong = KeptPack("0" * 64, house.clock(), OFFICER, {"council.yaml": "[]"})
    await house.store.transact(lambda unit: unit.packs.keep(wrong))
    await house.store.transact(lambda unit: unit.packs.activate(1, house.clock(), OFFICER, wrong.digest))
    assert not await house.packs.is_changed()
    assert not serving.done()
    kept = KeptPack(digest_of(never_sure()), house.clock(), OFFICER, never_sure())
    await house.store.transact(lambda unit: unit.packs.keep(kept))
    await house.store.transact(lambda unit: unit.packs.activate(2, house.clock(), OFFICER, kept.digest))
    assert await asyncio.wait_for(serving, 60)
    house.close()
    anew = build(settings, interpreter)
    try:
        assert anew.policy.sure_enough["default"] == 0.999
        assert (await anew.packs.in_use()).is_served
        assert not await anew.packs.is_changed()
        again = asyncio.create_task(serve(anew, ("console",), lambda: None))
        await asyncio.sleep(0.5)
        assert not again.done()
        os.kill(os.getpid(), signal.SIGTERM)
        assert not await asyncio.wait_for(again, 60)
    finally:
        anew.close()


# --- the store, on both databases -------------------------------------------------------------------------------------


async def test_a_pack_is_kept_as_it_came_and_of_two_who_activate_at_once_one_is_told(store: SqlStore) -> None:
    first, second = datetime(2026, 11, 26, 9, tzinfo=UTC), datetime(2026, 11, 26, 10, tzinfo=UTC)
    packs = [KeptPack("a" * 64, first, "maya", {"council.yaml": "name: Ä"}), KeptPack("b" * 64, second, "tom", {})]
    for pack in packs:
        await store.transact(lambda unit, pack=pack: unit.packs.keep(pack))  # type: ignore[misc]
    assert await store.read(lambda unit: unit.packs.get("a" * 64)) == packs[0]
    assert await store.read(lambda unit: unit.packs.get("c" * 64)) is None
    listed = await store.read(lambda unit: unit.packs.all(9))
    assert [(pack.digest, pack.kept_at, pack.officer) for pack in listed] == [
        ("b" * 64, second, "tom"),
        ("a" * 64, first, "maya"),
    ]
    assert await store.transact(lambda unit: unit.packs.activate(1, first, "maya", "a" * 64))
    assert not await store.transact(lambda unit: unit.packs.activate(1, second, "tom", "b" * 64))
    assert await store.transact(lambda unit: unit.packs.activate(2, second, "tom", ""))
    assert await store.read(lambda unit: unit.packs.activations(9)) == [
        Activation(2, second, "tom", ""),
        Activation(1, first, "maya", "a" * 64),
    ]
