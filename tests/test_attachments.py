"""A contact's files: kept as they came, checked for viruses, and given to officers."""

import asyncio
import io
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import unquote

import httpx
import pytest
from PIL import Image

from case_store.engine import make_engine
from case_store.store import SqlStore
from channels.files.file_pages import disposition
from channels.files.virus_scanner import Clamd
from channels.reading.process import ReadingProcess
from config.settings import Settings, load
from config.wiring import file_readers, scanner
from intake.accounts import SIGNED_IN_FOR
from intake.contact import Attachment, Channel, Contact, Person
from intake.desk_view import Wanted
from intake.errors import WrongSetting
from intake.files import File, FileState, Link, Verdict, saved_name, shown_name, write_link
from intake.ports import Scanner
from intake.scanning import LEASE, Scanning
from nlu.embedded import EmbeddedInterpreter
from tests.clamd import EICAR, OwnClamd, own_clamd, real_clamd
from tests.living_house import free_port, mail, running
from tests.web_fixtures import WebHouse, browser, session_of, sign_in, web_house

PAPER = b"%PDF-1.7 the resident's own words \x00\xff"


def picture(size: tuple[int, int] = (30, 20)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "green").save(out, "PNG")
    return out.getvalue()


@dataclass
class Room:
    """A house, a signed-in officer, and the scanning."""

    house: WebHouse
    officer: httpx.AsyncClient

    def scanning(self, by: Scanner | None) -> Scanning:
        return Scanning(self.house.store, by, self.house.desk.files, self.house.clock)

    async def mail(self, *files: tuple[str, str, bytes]) -> str:
        """Keep and handle a mail with these files (name, type, bytes); its contact's id."""
        message = EmailMessage()
        message["From"], message["Subject"] = "bo@example.org", "Pothole"
        message.set_content("I want to complain. See my photos.")
        for name, kind, data in files:
            main, sub = kind.split("/")
            message.add_attachment(data, maintype=main, subtype=sub, filename=name)
        contact = await self.house.keep(message.as_bytes())
        assert await self.house.reception.attend(contact)
        return contact

    async def files(self, contact: str) -> list[File]:
        return list(await self.house.store.read(lambda unit: unit.attachments.of_contact(contact)))

    async def states(self, contact: str) -> list[FileState]:
        return [file.state for file in await self.files(contact)]

    async def page(self, contact: str) -> str:
        return (await self.officer.get(f"/contacts/{contact}")).text

    async def link(self, contact: str, number: int = 0) -> str:
        """The address of a download as the officer's page has it."""
        found: list[str] = re.findall(r'href="(/files/[^"]+)"', await self.page(contact))
        return found[number]

    async def get(self, address: str) -> httpx.Response:
        """Without any cookie."""
        async with browser(self.house.console) as nobody:
            return await nobody.get(address)


@pytest.fixture
async def room(database_url: str) -> AsyncIterator[Room]:
    with web_house(database_url) as house, ReadingProcess() as opening:
        house.desk.files = file_readers(opening)
        async with browser(house.console) as client:
            await sign_in(house, client)
            yield Room(house, client)


@pytest.fixture
async def clamd() -> AsyncIterator[OwnClamd]:
    async with own_clamd() as own:
        yield own


def at(own: OwnClamd) -> Clamd:
    return Clamd("127.0.0.1", own.port, seconds=5.0)


async def all_scanned(scanning: Scanning) -> None:
    while await scanning.scan_next():
        pass


# --- kept and checked -----------------------------------------------------------------------------------------------


async def test_files_wait_for_the_scanner_and_are_found_clean_or_infected(room: Room, clamd: OwnClamd) -> None:
    contact = await room.mail(("letter.pdf", "application/pdf", PAPER), ("bill.zip", "application/zip", EICAR))
    assert await room.states(contact) == [FileState.WAITING, FileState.WAITING]
    await all_scanned(room.scanning(at(clamd)))
    clean, infected = await room.files(contact)
    assert (clean.state, clean.attachment.name, clean.attachment.size) == (FileState.CLEAN, "letter.pdf", len(PAPER))
    assert (infected.state, infected.line) == (FileState.INFECTED, "Eicar-Test-Signature")
    assert sorted(clamd.scanned) == sorted([len(PAPER), len(EICAR)])


async def test_files_kept_while_nobody_scanned_are_scanned_later(room: Room, clamd: OwnClamd) -> None:
    contacts = [await room.mail((f"{number}.pdf", "application/pdf", PAPER)) for number in range(5)]
    room.house.clock.forward(days=40)
    await all_scanned(room.scanning(at(clamd)))
    assert [await room.states(contact) for contact in contacts] == [[FileState.CLEAN]] * 5


async def test_without_a_scanner_files_are_said_to_be_unscanned(room: Room) -> None:
    contact = await room.mail(("letter.pdf", "application/pdf", PAPER))
    await all_scanned(room.scanning(None))
    assert await room.states(contact) == [FileState.UNSCANNED]
    assert "Not checked for viruses, as no scanner is set" in await room.page(contact)
    assert (await room.get(await room.link(contact))).content == PAPER


async def test_what_came_before_a_scanner_was_set_is_scanned_too(room: Room, clamd: OwnClamd) -> None:
    contact = await room.mail(("bill.zip", "application/zip", EICAR))
    await all_scanned(room.scanning(None))
    await all_scanned(room.scanning(at(clamd)))
    assert await room.states(contact) == [FileState.INFECTED]
    await all_scanned(room.scanning(None))
    assert await room.states(contact) == [FileState.INFECTED]


async def test_while_the_scanner_is_down_it_is_tried_after_1_5_15_60_and_every_60_minutes(
    room: Room, caplog: pytest.LogCaptureFixture
) -> None:
    contact = await room.mail(("secret name.pdf", "application/pdf", PAPER))
    scanning = room.scanning(Clamd("127.0.0.1", free_port()))
    for minutes in (1, 5, 15, 60, 60, 60):
        caplog.clear()
        assert not await scanning.scan_next()
        assert f"file 0 of contact {contact} was not checked" in caplog.text
        assert "secret name" not in caplog.text
        room.house.clock.forward(minutes=minutes, seconds=-1)
        caplog.clear()
        assert not await scanning.scan_next()
        assert caplog.text == ""
        room.house.clock.forward(seconds=1)
    assert await room.states(contact) == [FileState.WAITING]


async def test_a_scanner_that_comes_back_finds_everything_that_waited(room: Room, clamd: OwnClamd) -> None:
    contact = await room.mail(("a.pdf", "application/pdf", PAPER), ("b.pdf", "application/pdf", PAPER))
    scanning = room.scanning(at(clamd))
    clamd.fault = "drops amid the file"
    for _ in range(3):
        await scanning.scan_next()
    clamd.fault = ""
    room.house.clock.forward(minutes=5)
    await all_scanned(scanning)
    assert await room.states(contact) == [FileState.CLEAN, FileState.CLEAN]


async def test_a_file_that_the_scanner_chokes_on_does_not_block_the_others(room: Room, clamd: OwnClamd) -> None:
    good = await room.mail(("a.pdf", "application/pdf", PAPER))
    huge = await room.mail(("b.bin", "application/octet-stream", b"a" * 1_200_000))
    scanning = room.scanning(at(clamd))
    for _ in range(4):
        await scanning.scan_next()
    assert await room.states(good) == [FileState.CLEAN]
    assert await room.states(huge) == [FileState.WAITING]


async def test_workers_of_several_processes_never_scan_the_same_file(
    room: Room, clamd: OwnClamd, database_url: str
) -> None:
    for number in range(12):
        await room.mail((f"{number}.pdf", "application/pdf", PAPER + b"a" * number))
    stores = [SqlStore(make_engine(database_url)) for _ in range(3)]
    await asyncio.gather(*(all_scanned(replace(room.scanning(at(clamd)), store=store)) for store in stores))
    for store in stores:
        store.close()
    assert sorted(clamd.scanned) == [len(PAPER) + number for number in range(12)]


async def test_what_a_dead_worker_had_claimed_is_scanned_after_its_lease(room: Room, clamd: OwnClamd) -> None:
    contact = await room.mail(("a.pdf", "application/pdf", PAPER))
    now = room.house.clock()
    assert await room.house.store.transact(lambda unit: unit.attachments.claim(now, now + LEASE))
    scanning = room.scanning(at(clamd))
    assert not await scanning.scan_next()
    room.house.clock.forward(seconds=LEASE.total_seconds())
    assert await scanning.scan_next()
    assert await room.states(contact) == [FileState.CLEAN]


async def test_a_verdict_that_comes_late_does_not_undo_an_earlier_one(room: Room) -> None:
    contact, now = await room.mail(("a.zip", "application/zip", EICAR)), room.house.clock()
    infected, clean = Verdict(FileState.INFECTED, "X"), Verdict(FileState.CLEAN)
    await room.house.store.transact(lambda unit: unit.attachments.found(contact, 0, infected, now))
    await room.house.store.transact(lambda unit: unit.attachments.found(contact, 0, clean, now))
    await room.house.store.transact(lambda unit: unit.attachments.try_again(contact, 0, now, timedelta(0), ""))
    assert await room.states(contact) == [FileState.INFECTED]


async def test_a_file_that_is_not_in_the_original_stays_closed(room: Room, clamd: OwnClamd) -> None:
    contact = Contact(await room.mail(), Channel.EMAIL, room.house.clock(), Person(), "", "")
    lost = replace(contact, attachments=(Attachment("x.pdf", "application/pdf", 5, number=7),))
    await room.house.store.transact(lambda unit: unit.attachments.keep(lost, room.house.clock()))
    assert not await room.scanning(at(clamd)).scan_next()
    (file,) = await room.files(contact.id)
    assert (file.state, file.line) == (FileState.WAITING, "It is not found in the original any more")


async def test_at_most_100_files_are_listed_and_an_officer_is_told_of_more(room: Room) -> None:
    contact = await room.mail(*((f"{number}.txt", "text/plain", b"%d" % number) for number in range(107)))
    assert [file.attachment.name for file in await room.files(contact)] == [f"{number}.txt" for number in range(100)]
    assert "more than 100 files" in await room.page(contact)


async def test_names_and_types_of_any_kind_are_kept(room: Room) -> None:
    contact = Contact(await room.mail(), Channel.EMAIL, room.house.clock(), Person(), "", "")
    odd = ("\x00\ud800.pdf", "a" * 70_000, "", "Ünïcödé 写真.jpg")
    kinds = ("\x00/\x00", "text/" + "x" * 5000, "", "IMAGE/JPEG")
    files = tuple(
        Attachment(name, kind, 3_000_000_000, n) for n, (name, kind) in enumerate(zip(odd, kinds, strict=True))
    )
    await room.house.store.transact(
        lambda unit: unit.attachments.keep(replace(contact, attachments=files), room.house.clock())
    )
    kept = [file.attachment for file in await room.files(contact.id)]
    assert [file.media_type for file in kept] == [*["application/octet-stream"] * 3, "image/jpeg"]
    assert kept[3].name == "Ünïcödé 写真.jpg"
    assert (await room.officer.get(f"/contacts/{contact.id}")).status_code == 200


# --- given to officers ----------------------------------------------------------------------------------------------


@pytest.fixture
async def scanned(room: Room, clamd: OwnClamd) -> str:
    """A contact with a paper, a virus, a photo and one that we cannot show, all checked."""
    contact = await room.mail(
        ("my letter.pdf", "application/pdf", PAPER),
        ("bill.zip", "application/zip", EICAR),
        ("hole.png", "image/png", picture()),
        ("phone.heic", "image/heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 500),
    )
    await all_scanned(room.scanning(at(clamd)))
    return contact


async def test_a_file_is_downloaded_byte_for_byte_without_any_cookie(room: Room, scanned: str) -> None:
    answer = await room.get(await room.link(scanned))
    assert (answer.status_code, answer.content) == (200, PAPER)
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    assert "Set-Cookie" not in answer.headers


HEADERS = {
    "Content-Type": "application/octet-stream",
    "Content-Disposition": "attachment; filename=\"my letter.pdf\"; filename*=UTF-8''my%20letter.pdf",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
}


async def test_the_page_shows_each_file_with_its_size_its_type_and_its_state(room: Room, scanned: str) -> None:
    page = await room.page(scanned)
    assert f"my letter.pdf (application/pdf, {len(PAPER)} Bytes). Checked, no virus found." in page
    assert f"bill.zip (text/plain, {len(EICAR)} Bytes). Harmful: Eicar-Test-Signature." in page
    assert len(re.findall(r'href="/files/', page)) == 3
    assert len(re.findall(r'<img src="/pictures/', page)) == 1
    assert "Pictures of this kind are not shown here." in page


async def test_an_infected_file_is_never_given_out(room: Room, scanned: str) -> None:
    officer = await room.house.accounts.officer_of(session_of(room.officer))
    assert officer is not None
    infected = (await room.files(scanned))[1]
    link = room.house.desk.link(infected, officer)
    for way in ("files", "pictures"):
        answer = await room.get(f"/{way}/{link}")
        assert (answer.status_code, "This file is harmful" in answer.text) == (403, True)
        assert EICAR not in answer.content
    assert await room.house.desk.contents(infected) is None


async def test_a_file_that_waits_is_not_given_out(room: Room) -> None:
    contact = await room.mail(("hole.png", "image/png", picture()))
    officer = await room.house.accounts.officer_of(session_of(room.officer))
    assert officer is not None
    page = await room.page(contact)
    assert "Not checked yet" in page
    assert "/files/" not in page
    link = room.house.desk.link((await room.files(contact))[0], officer)
    for way in ("files", "pictures"):
        answer = await room.get(f"/{way}/{link}")
        assert (answer.status_code, "not checked yet" in answer.text) == (409, True)


async def test_a_link_ends_after_ten_minutes(room: Room, scanned: str) -> None:
    link = await room.link(scanned)
    room.house.clock.forward(minutes=10, seconds=-1)
    assert (await room.get(link)).status_code == 200
    room.house.clock.forward(seconds=1)
    answer = await room.get(link)
    assert (answer.status_code, "This link does not work" in answer.text) == (404, True)


async def test_a_link_ends_when_its_officer_signs_out(room: Room, scanned: str) -> None:
    link = await room.link(scanned)
    await room.house.accounts.sign_out(session_of(room.officer))
    assert (await room.get(link)).status_code == 404


async def test_a_link_ends_with_its_officers_session(room: Room) -> None:
    contact = await room.mail(("letter.pdf", "application/pdf", PAPER))
    await all_scanned(room.scanning(None))
    room.house.clock.forward(seconds=SIGNED_IN_FOR.total_seconds() - 60)
    link = await room.link(contact)
    room.house.clock.forward(seconds=60)
    assert (await room.get(link)).status_code == 404


async def test_a_link_that_anything_was_changed_in_opens_nothing(room: Room, scanned: str) -> None:
    link = (await room.link(scanned)).removeprefix("/files/")
    for place, sign in enumerate(link):
        changed = link[:place] + ("0" if sign != "0" else "1") + link[place + 1 :]
        if place < len(link) - 1:  # the last sign of base64 has bits that say nothing; the whole word is compared
            assert (await room.get(f"/files/{changed}")).status_code == 404, place
    parts = link.split(".")
    for forged in (
        "",
        "x",
        ".".join(parts[:-1]),
        link + ".",
        link + "=",
        parts[0],
        "....",
        "\u0663.1.2.3.4",
        "9" * 400,
    ):
        assert (await room.get(f"/files/{forged}")).status_code == 404, forged
    later = ".".join([*parts[:3], "99999999999", parts[4]])
    assert (await room.get(f"/files/{later}")).status_code == 404


async def test_a_link_into_the_far_future_opens_nothing_even_where_its_secret_is_known(
    room: Room, scanned: str
) -> None:
    officer = await room.house.accounts.officer_of(session_of(room.officer))
    assert officer is not None
    link = Link(scanned, 0, officer.sign_in.token_hash, room.house.clock() + timedelta(days=1))
    assert (await room.get(f"/files/{write_link(link, officer.form_token)}")).status_code == 404


async def test_a_link_works_in_another_process_that_shares_the_store(room: Room, scanned: str) -> None:
    link = await room.link(scanned)
    other = replace(room.house.desk)
    assert await other.file(link.removeprefix("/files/")) is not None


async def test_a_session_alone_opens_no_file(room: Room, scanned: str) -> None:
    assert (await room.officer.get(f"/files/{scanned}.0")).status_code == 404


# --- pictures -------------------------------------------------------------------------------------------------------


async def test_a_picture_is_made_anew_and_shown_from_an_address_without_cookies(room: Room, scanned: str) -> None:
    (address,) = re.findall(r'<img src="([^"]+)"', await room.page(scanned))
    answer = await room.get(address)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/jpeg")
    assert Image.open(io.BytesIO(answer.content)).size == (30, 20)
    for name in set(HEADERS) - {"Content-Type", "Content-Disposition"}:
        assert answer.headers[name] == HEADERS[name]


def _bomb() -> bytes:
    out = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (_bomb(), "more than 50 million points"),
        (picture((500, 500))[:-300], "damaged"),
        (picture() + b"PK\x05\x06" + b"\0" * 18, "a picture and an archive at once"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "a picture and a web page at once"),
    ],
    ids=["20,000 by 20,000", "truncated", "polyglot", "svg"],
)
async def test_a_picture_that_is_refused_stays_a_file_to_download(room: Room, data: bytes, why: str) -> None:
    contact = await room.mail(("photo.png", "image/png", data))
    await all_scanned(room.scanning(None))
    link = await room.link(contact)
    refused = await room.get(link.replace("/files/", "/pictures/"))
    assert (refused.status_code, refused.headers["Content-Type"]) == (422, "text/html; charset=utf-8")
    assert "This picture is not shown" in refused.text
    assert why in refused.text
    assert (await room.get(link)).content == data


# --- names ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "saved"),
    [
        ("photo.jpg", "photo.jpg"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\bo\\bill.pdf", "bill.pdf"),
        ("a\r\nSet-Cookie: x=y.pdf", "aSet-Cookie x=y.pdf"),
        ('x"; filename="y.exe', "x; filename=y.exe"),
        ("photo\u202egpj.exe", "photogpj.exe"),
        (".htaccess", "htaccess"),
        ("...", "file"),
        ("", "file"),
        ("trailing. ", "trailing"),
        ("写真 %41.jpg", "写真 %41.jpg"),
        ("a" * 300 + ".pdf", "a" * 117 + ".pdf"),
        ("a." + "b" * 300, "a." + "b" * 118),
    ],
)
def test_a_file_is_saved_under_a_harmless_name(name: str, saved: str) -> None:
    assert saved_name(name) == saved


def test_a_name_is_shown_without_marks_that_turn_it_round() -> None:
    assert shown_name("photo\u202egpj.exe\x00\x1b") == "photogpj.exe"


@pytest.mark.parametrize("name", ["写真.jpg", "50% off; x=\u00e9.pdf", "plain.txt"])
def test_the_name_in_the_header_is_ascii_and_says_the_whole_name_too(name: str) -> None:
    header = disposition(saved_name(name))
    assert header.isascii()
    assert re.fullmatch(r"attachment; filename=\"[^\"%]*\"; filename\*=UTF-8''[A-Za-z0-9._~%-]+", header)
    assert unquote(header.rpartition("''")[2]) == name


# --- the whole house ------------------------------------------------------------------------------------------------


async def test_a_mail_that_comes_in_by_smtp_has_its_files_checked_by_clamav(
    tmp_path: Path, interpreter: EmbeddedInterpreter
) -> None:
    with real_clamd(tmp_path / "clamd", free_port()) as socket:
        settings = Settings(
            data=tmp_path,
            council=Path("config/councils/bettershire"),
            smtp=f"127.0.0.1:{free_port()}",
            clamd=f"unix:{socket}",
        )
        async with running(settings, interpreter) as living:
            message = mail("I want to complain about the pothole. Here is my bill.")
            message.add_attachment(EICAR, maintype="application", subtype="zip", filename="bill.zip")
            message.add_attachment(PAPER, maintype="application", subtype="pdf", filename="letter.pdf")
            await living.send(message)
            await living.settled()
            (line,) = (await living.house.desk.contacts(Wanted())).lines
            for _ in range(500):
                view = await living.house.desk.contact(line.id)
                assert view is not None
                states = [file.state for file in view.files]
                if FileState.WAITING not in states:
                    break
                await asyncio.sleep(0.02)
            assert view is not None
            assert states == [FileState.INFECTED, FileState.CLEAN]
            assert await living.house.desk.contents(view.files[1]) == PAPER


# --- wiring ---------------------------------------------------------------------------------------------------------


def test_the_scanner_is_found_where_the_setting_says(monkeypatch: pytest.MonkeyPatch) -> None:
    for value, found in (
        ("", None),
        ("127.0.0.1:3310", Clamd("127.0.0.1", 3310)),
        ("[::1]:3310", Clamd("::1", 3310)),
        ("unix:/run/clamav/clamd.ctl", Clamd(path="/run/clamav/clamd.ctl")),
    ):
        monkeypatch.setenv("RIGHTDOOR_CLAMD", value)
        assert scanner(load()) == found


@pytest.mark.parametrize("value", ["unix:clamd.ctl", "clamd", "clamd:port", "http://clamd"])
def test_a_scanner_that_cannot_be_found_is_told_by_its_setting(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("RIGHTDOOR_CLAMD", value)
    with pytest.raises(WrongSetting, match="RIGHTDOOR_CLAMD"):
        load()
