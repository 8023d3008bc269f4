"""Files in the live channels: what is taken, how it is kept with its turn, and what officers get of it."""

import io
import zipfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html
from PIL import Image
from starlette.applications import Starlette

from channels.api import app as api
from channels.api.limits import Rate
from channels.api.operations import OPERATIONS
from channels.api.watching import Watch
from channels.chat_talk import NO_PACE, Pace
from channels.files.pictures import Pictures
from channels.rendering import LARGEST_BODY
from channels.turns import FILE_READERS, file_of, first_line, keep_turn, read_turn
from channels.uploads import ENDINGS, LARGEST, MOST_FILES, Refusal, Refused, Upload, judge, look_at, words_of
from channels.web import make_app
from config.packs import load_pack
from intake.contact import Channel
from intake.desk_view import Original
from intake.files import FileState
from intake.policy import Policy
from intake.scanning import Scanning
from intake.threads import conversation_of
from nlu.embedded import EmbeddedInterpreter
from tests.chat_fixtures import MISSED_BIN, MONDAY, ChatHouse, chat_house
from tests.conftest import PACK
from tests.web_fixtures import browser, hidden

PDF = b"%PDF-1.7 the resident's own words \x00\xff"
NEW, OPEN = "application/vnd.openxmlformats-officedocument.", "application/vnd.oasis.opendocument."


def picture(size: tuple[int, int] = (30, 20), kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.new("L" if max(size) > 5000 else "RGB", size).save(out, kind)
    return out.getvalue()


def zipped(*names: str, content: bytes = b"x") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, content)
    return out.getvalue()


def old_office(stream: str) -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + stream.encode("utf-16-le") + bytes(60)


@dataclass
class Sender:
    """A browser at the chat's page."""

    client: httpx.AsyncClient
    house: ChatHouse

    async def page(self) -> httpx.Response:
        return await self.client.get("/chat")

    async def fields(self, **more: str) -> dict[str, str]:
        page = await self.page()
        return {name: hidden(page, name) for name in ("form_token", "turn", "seen")} | more

    async def send(self, *files: tuple[str, bytes], text: str = "", place: str = "/chat") -> httpx.Response:
        parts = [("files", (name, data)) for name, data in files]
        return await self.client.post(place, data=await self.fields(text=text), files=parts)

    async def by_script(self, *files: tuple[str, bytes], text: str = "") -> httpx.Response:
        await self.page()
        return await self.send(*files, text=text, place=f"/chat/turns?of={self.conversation}")

    @property
    def conversation(self) -> str:
        (token,) = {cookie.value for cookie in self.client.cookies.jar}
        assert token
        return conversation_of(token)

    async def kept(self) -> list[tuple[str, bytes]]:
        """Every file of the conversation that is kept, by name and octets."""
        turns = await self.house.turns(self.conversation)
        contacts = {turn.contact for turn in turns if turn.contact}
        files = await self.house.store.read(lambda unit: unit.attachments.of_contacts(contacts))
        found = []
        for file in files:
            original = await self._original(file.contact)
            read = await FILE_READERS[original.channel](original.raw, file.attachment.number)
            assert read is not None
            found.append((read[0].name, read[1]))
        return found

    async def _original(self, contact: str) -> Original:
        original = await self.house.store.read(lambda unit: unit.desk.original(contact))
        assert original is not None
        return original


@pytest.fixture
def house(tmp_path: Path, interpreter: EmbeddedInterpreter) -> Iterator[ChatHouse]:
    with chat_house(f"sqlite:///{tmp_path}/rightdoor.db", interpreter) as house:
        yield house


@pytest.fixture
async def sender(house: ChatHouse) -> AsyncIterator[Sender]:
    async with browser(house.app(pace=NO_PACE)) as client:
        yield Sender(client, house)


@pytest.fixture(scope="module")
def policy() -> Policy:
    return load_pack(PACK)


# --- what is taken ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "data", "kind", "kept_as"),
    [
        ("bin.png", picture(), "image/png", "bin.png"),
        ("BIN.JPG", picture(kind="JPEG"), "image/jpeg", "BIN.JPG"),
        ("IMG_1.HEIC", b"\0\0\0\x18ftypheic\0\0", "image/heic", "IMG_1.HEIC"),
        ("letter.pdf", PDF, "application/pdf", "letter.pdf"),
        ("letter.docx", zipped("word/document.xml"), f"{NEW}wordprocessingml.document", "letter.docx"),
        ("costs.xlsx", zipped("a" * 5000, "xl/workbook.xml"), f"{NEW}spreadsheetml.sheet", "costs.xlsx"),
        ("letter.doc", old_office("WordDocument"), "application/msword", "letter.doc"),
        ("notes.txt", "£5 – the café".encode(), "text/plain", "notes.txt"),
        ("notes.txt", "£5 – the café".encode("cp1252"), "text/plain", "notes.txt"),
        ("noise.m4a", b"\0\0\0\x18ftypM4A \0\0", "audio/mp4", "noise.m4a"),
        ("noise.mp3", b"\xff\xfb\x90\x64" + bytes(90), "audio/mpeg", "noise.mp3"),
        ("noise.wav", b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0", "audio/wave", "noise.wav"),
        ("film.mov", b"\0\0\0\x14ftypqt  \0\0", "video/quicktime", "film.mov"),
        ("film.webm", b"\x1aE\xdf\xa3\x01\0\0\0", "video/webm", "film.webm"),
        ("photo.jpg", PDF, "application/pdf", "photo.jpg.pdf"),
        ("run.bat", b"del *.*", "text/plain", "run.bat.txt"),
        ("../../etc/passwd", b"Only words", "text/plain", "passwd.txt"),
        ("C:\\temp\\a.png", picture(), "image/png", "a.png"),
        ("gnp.\u202eexe", picture(), "image/png", "gnp.exe.png"),
        ("a\r\nSet-Cookie: b.png", picture(), "image/png", "aSet-Cookie b.png"),
        ("", picture(), "image/png", "file.png"),
        ("...", picture(), "image/png", "file.png"),
        ("x" * 300 + ".png", picture(), "image/png", "x" * 117 + ".png"),
    ],
)
def test_a_file_is_what_its_octets_say_and_its_name_is_safe(name: str, data: bytes, kind: str, kept_as: str) -> None:
    taken = look_at(name, data)
    assert isinstance(taken, Upload)
    assert (taken.media_type, taken.name) == (kind, kept_as)


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("empty.jpg", b"", Refusal.EMPTY),
        ("photo.jpg", b"MZ\x90\0 a program", Refusal.KIND),
        ("photo.jpg", b"\x7fELF a program", Refusal.KIND),
        ("photo.png", b"<svg onload=alert(1)>", Refusal.KIND),
        ("notes.txt", b"\xef\xbb\xbf <!DOCTYPE html><script>alert(1)</script>", Refusal.KIND),
        ("setup.doc", old_office("MsiDigitalSignature"), Refusal.KIND),
        ("photos.zip", zipped("a.jpg", "b.jpg"), Refusal.ARCHIVE),
        ("photos.jpg", b"Rar!\x1a\x07\x00", Refusal.ARCHIVE),
        ("letter.docm", zipped("word/document.xml", "word/vbaProject.bin"), Refusal.MACROS),
        ("letter.doc", old_office("WordDocument") + "_VBA_PROJECT".encode("utf-16-le"), Refusal.MACROS),
        ("large.jpg", b"\xff\xd8\xff" + bytes(LARGEST), Refusal.TOO_LARGE),
    ],
)
def test_what_is_not_taken_says_why(name: str, data: bytes, why: Refusal, policy: Policy) -> None:
    refused = look_at(name, data)
    assert isinstance(refused, Refused)
    assert refused.why is why
    assert words_of(refused, policy).startswith(f"{name}: ")
    assert "((" not in words_of(refused, policy)


def test_every_refusal_has_its_words_and_every_kind_an_ending(policy: Policy) -> None:
    assert all(words_of(Refused("", why), policy) for why in Refusal)
    assert all(ending.startswith(".") for endings in ENDINGS.values() for ending in endings)


def test_too_many_files_and_too_much_of_them_are_refused_as_a_whole() -> None:
    assert judge([("a.png", picture())] * (MOST_FILES + 1)) == ((), (Refused("", Refusal.TOO_MANY),))
    half = b"\xff\xd8\xff" + bytes(LARGEST // 2)
    assert judge([("a.jpg", half), ("b.jpg", half)]) == ((), (Refused("", Refusal.TOO_LARGE),))


@settings(deadline=None)
@given(st.text(max_size=200), st.binary(max_size=200))
def test_no_name_and_no_octets_make_it_fail(name: str, data: bytes) -> None:
    looked = look_at(name, data)
    if isinstance(looked, Upload):
        assert "/" not in looked.name
        assert looked.name.isprintable()
        assert looked.name.lower().endswith(ENDINGS[looked.media_type])


# --- how it is kept --------------------------------------------------------------------------------------------------

FILES = (Upload("a.png", "image/png", picture()), Upload("b.pdf", "application/pdf", b"%PDF\n\n{}\n"))


def test_a_turn_is_read_again_with_each_of_its_files() -> None:
    kept = keep_turn(Channel.WEBCHAT, "c1", "t1", "Look\nhere", MONDAY, files=FILES)
    contact = read_turn(kept)
    assert contact.text == "Look\nhere"
    assert [(file.name, file.size, file.number) for file in contact.attachments] == [
        (file.name, len(file.data), number) for number, file in enumerate(FILES)
    ]
    for number, file in enumerate(FILES):
        assert file_of(kept.raw, number) == (contact.attachments[number], file.data)
    assert file_of(kept.raw, 2) is None
    assert file_of(kept.raw, -1) is None


def test_a_turn_without_files_is_kept_as_ever() -> None:
    kept = keep_turn(Channel.WEBCHAT, "c1", "t1", "Hello", MONDAY)
    assert b"\n" not in kept.raw
    assert first_line(kept.raw)["text"] == "Hello"
    assert file_of(kept.raw, 0) is None


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\n",
        b"[]",
        b"{}",
        b"\xff",
        b'{"files": 7}',
        b'{"files": [["a", "b", "c"]]}\nx',
        b'{"files": [["a", "image/png", 9]]}\nshort',
        b'{"files": [["a", "image/png", -9]]}\nx',
    ],
)
def test_a_damaged_turn_has_no_file_and_breaks_nothing(raw: bytes) -> None:
    assert file_of(raw, 0) is None


# --- the chat --------------------------------------------------------------------------------------------------------


async def test_a_file_is_sent_without_script_and_shown_in_the_talk(sender: Sender) -> None:
    answer = await sender.send(("bin <b>.png", picture()), ("letter.pdf", PDF))
    assert answer.status_code == 303
    page = html.fromstring((await sender.page()).text)
    assert [" ".join(line.text.split()) for line in page.xpath("//ul[@class='files']/li")] == [
        f"bin b.png ({len(picture())} Bytes)",
        f"letter.pdf ({len(PDF)} Bytes)",
    ]
    assert "we have your 2 files" in page.text_content()
    assert await sender.kept() == [("bin b.png", picture()), ("letter.pdf", PDF)]


async def test_words_and_a_file_are_one_turn(sender: Sender) -> None:
    answer = await sender.by_script(("bin.png", picture()), text=MISSED_BIN)
    assert answer.status_code == 200
    turns = await sender.house.turns(sender.conversation)
    assert [turn.text for turn in turns if turn.by == "resident"] == [MISSED_BIN]
    assert await sender.kept() == [("bin.png", picture())]
    assert "bin.png" in answer.json()["turns"][0]["html"]


async def test_the_same_turn_sent_twice_is_one(sender: Sender) -> None:
    fields = await sender.fields(text="Look")
    for _ in range(2):
        await sender.client.post("/chat", data=fields, files=[("files", ("a.png", picture()))])
    assert len(await sender.kept()) == 1
    await sender.client.post("/chat", data=fields, files=[("files", ("a.png", picture((9, 9))))])
    assert len(await sender.kept()) == 2


async def test_what_is_refused_is_told_on_the_page_with_the_words_that_were_typed(sender: Sender) -> None:
    answer = await sender.send(("virus<i>.jpg", b"MZ\x90"), ("a.png", picture()), text="Look at <this>")
    assert answer.status_code == 422
    page = html.fromstring(answer.text)
    assert "We do not take this kind of file" in page.xpath("//p[@id='files-mistake']")[0].text_content()
    assert page.xpath("//textarea")[0].text.strip() == "Look at <this>"
    assert page.xpath("//input[@type='file']/@aria-invalid") == ["true"]
    assert page.xpath("//a[@href='#files']")
    assert await sender.kept() == []


async def test_the_script_hears_what_is_refused_and_in_which_field(sender: Sender) -> None:
    answer = await sender.by_script(("photos.zip", zipped("a.jpg")))
    assert answer.status_code == 422
    assert answer.json()["field"] == "files"
    assert "one by one" in answer.json()["problem"]


@pytest.mark.parametrize("script", [False, True])
async def test_too_large_a_form_is_told_as_that_while_it_is_read(sender: Sender, script: bool) -> None:
    send = sender.by_script if script else sender.send
    answer = await send(("a.jpg", b"\xff\xd8\xff" + bytes(LARGEST + LARGEST_BODY)))
    assert answer.status_code == 413
    assert "no more than 20 MB altogether" in answer.text


async def test_nobody_without_a_conversation_may_send_a_large_body(house: ChatHouse) -> None:
    async with browser(house.app()) as stranger:
        files = [("files", ("a.jpg", b"\xff\xd8\xff" + bytes(2 * LARGEST_BODY)))]
        assert (await stranger.post("/chat", data={"form_token": "x"}, files=files)).status_code == 413


async def test_a_form_with_another_ones_token_keeps_nothing(sender: Sender) -> None:
    fields = {**await sender.fields(), "form_token": "0" * 32}
    answer = await sender.client.post("/chat", data=fields, files=[("files", ("a.png", picture()))])
    assert answer.status_code == 403
    assert await sender.kept() == []


async def test_a_forms_own_charset_is_not_believed(sender: Sender) -> None:
    body = b'--b\r\nContent-Disposition: form-data; name="text"\r\n\r\n-' + b"a" * 900_000 + b"\r\n--b--\r\n"
    headers = {"Content-Type": "multipart/form-data; boundary=b; charset=punycode"}
    assert (await sender.client.post("/chat", content=body, headers=headers)).status_code == 415


async def test_how_much_may_be_sent_in_an_hour_is_limited_before_it_is_read(house: ChatHouse) -> None:
    pace = Pace(octets=Rate(3_000, seconds=3600.0))
    async with browser(house.app(pace=pace)) as client:
        sender = Sender(client, house)
        codes = [(await sender.send(("a.txt", b"word " * 200 + bytes([97 + n])))).status_code for n in range(4)]
        assert codes[0] == 303
        assert codes[-1] == 429
        assert len(await sender.kept()) == codes.count(303)


async def test_the_accessible_file_control_has_a_label_a_hint_and_the_kinds_that_are_taken(sender: Sender) -> None:
    page = html.fromstring((await sender.page()).text)
    (control,) = page.xpath("//input[@type='file']")
    assert page.xpath("//label[@for='files']")
    assert "20 MB" in page.xpath("//p[@id='files-hint']")[0].text_content()
    assert ".jpg" in control.get("accept").split(",")
    assert page.xpath("//form[@id='say']/@enctype") == ["multipart/form-data"]


# --- what officers get -----------------------------------------------------------------------------------------------


async def test_a_file_is_scanned_and_its_picture_made_anew(sender: Sender) -> None:
    await sender.send(("bin.png", picture()))
    scanning = Scanning(sender.house.store, None, FILE_READERS, sender.house.clock)
    assert await scanning.scan_next()
    turns = await sender.house.turns(sender.conversation)
    (file,) = await sender.house.store.read(lambda unit: unit.attachments.of_contact(turns[0].contact))
    assert file.state is FileState.UNSCANNED
    assert file.may_be_shown
    ((_, data),) = await sender.kept()
    assert (await Pictures().preview(data)).jpeg.startswith(b"\xff\xd8")


async def test_a_picture_of_20_000_points_a_side_is_kept_but_never_opened_whole(sender: Sender) -> None:
    large = picture((20_000, 20_000))
    assert (await sender.send(("large.png", large))).status_code == 303
    ((_, data),) = await sender.kept()
    assert data == large
    assert "million points" in (await Pictures().preview(data)).refused


async def test_a_bomb_that_calls_itself_a_document_is_never_unpacked(sender: Sender) -> None:
    bomb = zipped("word/document.xml", content=bytes(200_000_000))
    assert (await sender.send(("letter.docx", bomb))).status_code == 303
    assert await sender.kept() == [("letter.docx", bomb)]


# --- the API ---------------------------------------------------------------------------------------------------------


@dataclass
class Caller:
    """A program that has begun a conversation."""

    client: httpx.AsyncClient
    id: str
    token: str

    async def send(
        self, *files: tuple[str, bytes], data: dict[str, str] | None = None, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        parts = [("files", file) for file in files]
        own = {"Authorization": f"Bearer {self.token}"} if headers is None else headers
        told = {"turn_id": "t1", **(data or {})}
        return await self.client.post(f"/api/v1/conversations/{self.id}/files", data=told, files=parts, headers=own)


async def caller(house: ChatHouse, client: httpx.AsyncClient) -> Caller:
    begun = (await client.post("/api/v1/conversations", json={"channel": "webchat"})).json()
    return Caller(client, begun["id"], begun["token"])


@pytest.fixture
async def program(house: ChatHouse) -> AsyncIterator[Caller]:
    async with browser(api_app(house, api.NO_LIMITS)) as client:
        yield await caller(house, client)


def api_app(house: ChatHouse, allowance: api.Allowance) -> Starlette:
    known = (house.reception, house.store, house.policy, house.clock)
    return make_app(*known, (), [api.mount(*known, allowance, Watch(house.store))])


async def test_a_program_sends_files_and_hears_the_answer(program: Caller) -> None:
    answer = await program.send(("bin.png", picture()), ("letter.pdf", PDF))
    assert answer.status_code == 200, answer.text
    first, second = answer.json()["turns"]
    assert first["files"] == [
        {"name": "bin.png", "media_type": "image/png", "size": len(picture())},
        {"name": "letter.pdf", "media_type": "application/pdf", "size": len(PDF)},
    ]
    assert "we have your 2 files" in second["text"]
    assert "files" not in second


async def test_the_same_turn_is_kept_once_and_its_id_names_no_other_files(program: Caller) -> None:
    for _ in range(2):
        assert (await program.send(("a.png", picture()), data={"text": "Look"})).status_code == 200
    for other in ({"text": "Look here"}, {"text": "Look", "name": "b"}):
        data = picture((9, 9)) if other.pop("name", "") else picture()
        answer = await program.send(("a.png", data), data=other)
        assert answer.status_code == 422
        assert answer.json()["type"].endswith("#turn-used")


@pytest.mark.parametrize(
    ("files", "data", "status", "kind", "pointer"),
    [
        ((), {}, 415, "not-a-form-type", None),
        ((("a.exe", b"MZ"),), {}, 415, "wrong-file", "#/files/0"),
        ((("a.png", picture()), ("a.zip", zipped("a"))), {}, 415, "wrong-file", "#/files/1"),
        ((("a.png", b""),), {}, 422, "wrong-fields", "#/files/0"),
        ((("a.png", picture()),) * 6, {}, 422, "wrong-fields", "#/files"),
        ((("a.png", picture()),), {"turn_id": ""}, 422, "wrong-fields", "#/turn_id"),
        ((("a.png", picture()),), {"text": "a\0b"}, 422, "wrong-fields", "#/text"),
        ((("a.png", picture()),), {"colour": "red"}, 422, "wrong-fields", "#/colour"),
        ((("a.jpg", b"\xff\xd8\xff" + bytes(LARGEST + 9)),), {}, 413, "too-large", "#/files"),
        ((("a.jpg", b"\xff\xd8\xff" + bytes(LARGEST + LARGEST_BODY)),), {}, 413, "too-large", None),
    ],
)
async def test_what_is_wrong_is_told_as_a_problem_and_nothing_of_it_is_kept(
    program: Caller,
    files: tuple[tuple[str, bytes], ...],
    data: dict[str, str],
    status: int,
    kind: str,
    pointer: str | None,
) -> None:
    answer = await program.send(*files, data=data)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert told["type"].endswith(f"#{kind}")
    assert [error.get("pointer") for error in told.get("errors", [])] == ([pointer] if pointer else [])
    assert ".exe" not in answer.text
    read = await program.client.get(
        f"/api/v1/conversations/{program.id}/turns", headers={"Authorization": f"Bearer {program.token}"}
    )
    assert read.json()["turns"] == []


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}])
async def test_files_need_the_conversations_token_before_they_are_read(
    program: Caller, headers: dict[str, str]
) -> None:
    answer = await program.send(("a.jpg", b"\xff\xd8\xff" + bytes(1000)), headers=headers)
    assert answer.status_code == 401


async def test_a_program_may_send_so_much_an_hour(house: ChatHouse) -> None:
    allowance = api.Allowance(None, None, None, octets_each=None, address_octets=2_000)
    async with browser(api_app(house, allowance)) as client:
        codes = []
        for number in range(3):
            each = await caller(house, client)
            codes.append((await each.send(("a.txt", b"word " * 150 + bytes([97 + number])))).status_code)
    assert codes == [200, 429, 429] or codes == [200, 200, 429]


def test_the_description_tells_of_the_form() -> None:
    (operation,) = [each for each in OPERATIONS if each.key == "send_files"]
    assert operation.form
    assert {413, 415, 422, 429} <= {kind.status for kind in operation.all_problems}
