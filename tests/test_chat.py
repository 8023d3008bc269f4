"""The web chat without script, and what its script asks for."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from lxml import html

from channels.api.limits import Rate
from channels.chat_talk import Pace
from channels.turns import MOST_CHARACTERS
from config.settings import Settings
from config.wiring import build
from intake.conversation import Speaker
from intake.errors import CannotKeep
from intake.threads import conversation_of
from nlu.embedded import EmbeddedInterpreter
from tests.chat_fixtures import GAS, MISSED_BIN, ChatHouse, chat_house
from tests.conftest import PACK
from tests.web_fixtures import browser, hidden

ORIGIN = "https://www.bettershire.gov.uk"


@pytest.fixture
def house(tmp_path: Path, interpreter: EmbeddedInterpreter) -> Iterator[ChatHouse]:
    with chat_house(f"sqlite:///{tmp_path}/rightdoor.db", interpreter) as house:
        yield house


@pytest.fixture
async def client(house: ChatHouse) -> AsyncIterator[httpx.AsyncClient]:
    async with browser(house.app()) as client:
        yield client


def fields(page: httpx.Response, **more: str) -> dict[str, str]:
    """What the page's form sends besides."""
    return {name: hidden(page, name) for name in ("form_token", "turn", "seen")} | more


async def send(client: httpx.AsyncClient, page: httpx.Response, asks: str = "", **said: str) -> httpx.Response:
    """Send the form and follow to the page that is shown anew."""
    answer = await client.post(f"/chat{asks}", data=fields(page, **said))
    assert answer.status_code == 303, answer.text
    return await client.get(answer.headers["location"])


def conversation(client: httpx.AsyncClient) -> str:
    (token,) = {cookie.value for cookie in client.cookies.jar}
    assert token
    return conversation_of(token)


def said(page: httpx.Response) -> list[str]:
    """The words of every turn on the page."""
    turns = html.fromstring(page.text).xpath("//ol[@id='talk']/li")
    return [" ".join(" ".join(turn.xpath("*[not(@class='speaker')]//text()")).split()) for turn in turns]


async def post(client: httpx.AsyncClient, page: httpx.Response, **more: str) -> httpx.Response:
    """Send as the script does."""
    return await client.post(f"/chat/turns?of={conversation(client)}", json=fields(page, **more))


# --- without script --------------------------------------------------------------------------------------------------


async def test_a_whole_complaint_is_made_without_script(client: httpx.AsyncClient, house: ChatHouse) -> None:
    page = await client.get("/chat")
    for text in (MISSED_BIN, "An apology, please", "Anne Shaw", "anne@example.org"):
        page = await send(client, page, text=text)
    assert "Is this right?" in said(page)[-1]
    page = await send(client, page, choice="yes")
    assert re.search(r"reference is BC-\w{4}-\w{4}", said(page)[-1])
    assert said(page)[-2] == "Yes, send it"
    cases = await house.store.read(lambda unit: unit.cases.of_address("anne@example.org"))
    assert len(cases) == 1


async def test_the_newest_turn_has_the_anchor_that_the_answer_leads_to(client: httpx.AsyncClient) -> None:
    page = await client.get("/chat")
    answer = await client.post("/chat", data=fields(page, text=MISSED_BIN))
    assert answer.headers["location"] == "/chat#newest"
    page = await client.get("/chat")
    assert page.text.count('id="newest"') == 1
    assert page.text.rindex('<li class="said') < page.text.index('id="newest"')


async def test_a_page_that_is_sent_twice_is_said_once(client: httpx.AsyncClient) -> None:
    page = await client.get("/chat")
    again = fields(page, text=MISSED_BIN)
    answers = await asyncio.gather(*(client.post("/chat", data=again) for _ in range(3)))
    assert {answer.status_code for answer in answers} == {303}
    assert said(await client.get("/chat")).count(MISSED_BIN) == 1


async def test_other_words_in_an_old_page_are_another_turn(client: httpx.AsyncClient) -> None:
    page = await client.get("/chat")
    await send(client, page, text=MISSED_BIN)
    shown = said(await send(client, page, text="And the street lamp is broken as well"))
    assert MISSED_BIN in shown
    assert "And the street lamp is broken as well" in shown


async def test_the_same_words_said_again_on_a_new_page_are_another_turn(client: httpx.AsyncClient) -> None:
    page = await send(client, await client.get("/chat"), text=MISSED_BIN)
    assert said(await send(client, page, text=MISSED_BIN)).count(MISSED_BIN) == 2


async def test_words_that_were_typed_beside_a_choice_are_not_lost(client: httpx.AsyncClient) -> None:
    page = await client.get("/chat")
    for text in (MISSED_BIN, "An apology, please", "Anne Shaw"):
        page = await send(client, page, text=text)
    shown = said(await send(client, page, choice="email", text="anne@example.org"))
    assert shown.index("By email") < shown.index("anne@example.org")


async def test_a_choice_of_an_old_page_is_not_taken_for_another_question(client: httpx.AsyncClient) -> None:
    page = await client.get("/chat")
    for text in (MISSED_BIN, "An apology, please", "Anne Shaw", "anne@example.org"):
        page = await send(client, page, text=text)
    await send(client, page, text="what happens to my data?")
    before = said(await client.get("/chat"))
    assert said(await send(client, page, choice="yes")) == before


async def test_a_person_may_be_asked_for_at_any_time(client: httpx.AsyncClient) -> None:
    page = await send(client, await client.get("/chat"), choice="person")
    assert said(page)[0] == "Speak to a person"
    assert "The Contact Centre is open" in said(page)[1]
    assert "A person at the council has been told" in page.text


async def test_the_help_of_a_danger_stays_at_the_top(client: httpx.AsyncClient) -> None:
    page = await send(client, await client.get("/chat"), text=GAS)
    page = await send(client, page, text="07700 900123")
    top = page.text[: page.text.index("<h1>")]
    assert "0800 111 999" in top
    assert 'aria-label="Help now"' in top


async def test_the_page_says_that_a_machine_answers_who_reads_it_and_how_to_leave(client: httpx.AsyncClient) -> None:
    page = await client.get("/chat")
    for words in ("automatic assistant", "can read it", "Exit this page", "https://www.bbc.co.uk/weather", "by email"):
        assert words in page.text
    assert '<label for="text">Your message</label>' in page.text
    assert 'href="/chat"' in (await client.get("/")).text


async def test_every_turn_has_its_time_and_its_speaker(client: httpx.AsyncClient) -> None:
    page = await send(client, await client.get("/chat"), text=MISSED_BIN)
    assert re.findall(
        r"<strong>(You|Automatic assistant)</strong> <time datetime=\"2026-11-23T10:00:00", page.text
    ) == [
        "You",
        "Automatic assistant",
    ]


async def test_an_empty_or_endless_message_is_told_and_not_kept(client: httpx.AsyncClient) -> None:
    page = await client.get("/chat")
    for text, words in (("  ", "Type a message"), ("a" * (MOST_CHARACTERS + 1), "100,000 characters or fewer")):
        answer = await client.post("/chat", data=fields(page, text=text))
        assert answer.status_code == 422
        assert words in answer.text
        assert text.strip() in answer.text
        assert "<title>Error: " in answer.text
    assert said(await client.get("/chat")) == []


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "\x00\x01", "{{ 7*7 }}", "\u202eabc", "a" * 50_000, "'\"><b>"]
)
async def test_whatever_is_typed_stays_text(client: httpx.AsyncClient, text: str) -> None:
    page = await client.get("/chat")
    page = await send(client, page, text=text)
    assert "alert(1)</script>" not in page.text
    assert '"><b>' not in page.text
    assert len(said(page)) >= 2


async def test_what_could_not_be_kept_is_told_and_still_in_the_box(
    client: httpx.AsyncClient, house: ChatHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = await client.get("/chat")

    async def refuse(kept: object) -> str:
        raise CannotKeep("the store did not take it")

    monkeypatch.setattr(house.reception, "receive", refuse)
    answer = await client.post("/chat", data=fields(page, text=MISSED_BIN))
    assert answer.status_code == 503
    assert f">\n{MISSED_BIN}</textarea>" in answer.text
    assert (await post(client, page, text=MISSED_BIN)).status_code == 503
    monkeypatch.undo()
    assert MISSED_BIN in said(await send(client, answer, text=MISSED_BIN))


async def test_what_is_kept_but_not_answered_yet_is_told(
    client: httpx.AsyncClient, house: ChatHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = await client.get("/chat")
    with monkeypatch.context() as slow:
        slow.setattr("channels.live.PATIENCE", 0.01)
        slow.setattr(house.reception, "attend", lambda contact: asyncio.sleep(1))
        shown = await send(client, page, text=MISSED_BIN)
        assert "We have your message. The answer takes longer than usual." in shown.text
        news = (await post(client, page, text=MISSED_BIN)).json()
    assert news["turns"] == []
    assert await house.reception.attend(news["contact"])
    assert said(await client.get("/chat"))[0] == MISSED_BIN


async def test_the_house_serves_the_chat_to_the_sites_of_its_setting(
    tmp_path: Path, interpreter: EmbeddedInterpreter
) -> None:
    living = build(Settings(data=tmp_path, council=PACK, widget_origins=ORIGIN), interpreter)
    try:
        async with browser(living.residents) as client:
            page = await send(client, await client.get("/chat?embedded=1"), "?embedded=1", text=MISSED_BIN)
            assert said(page)[0] == MISSED_BIN
            assert ORIGIN in page.headers["content-security-policy"]
            assert (await client.get("/widget.js")).status_code == 200
    finally:
        living.close()


# --- whose it is -----------------------------------------------------------------------------------------------------


async def test_the_token_is_in_a_cookie_that_no_script_reads_and_nowhere_else(house: ChatHouse) -> None:
    for scheme, more in (("http", ""), ("https", "; Secure")):
        async with browser(house.app(), scheme) as client:
            page = await client.get("/chat")
            cookie = page.headers["set-cookie"]
            token = client.cookies["chat"]
            assert cookie == f"chat={token}; Path=/chat; Max-Age=86400; HttpOnly; SameSite=Lax{more}"
            assert token not in page.text


async def test_a_form_of_another_site_is_not_taken_and_its_words_are_shown_again(client: httpx.AsyncClient) -> None:
    page = await client.get("/chat")
    answer = await client.post("/chat", data={**fields(page, text="give up"), "form_token": "guessed"})
    assert answer.status_code == 403
    assert "give up</textarea>" in answer.text
    client.cookies.clear()
    assert (await client.post("/chat", data=fields(page, text="give up"))).status_code == 403
    assert said(await client.get("/chat")) == []


async def test_a_form_of_another_site_does_not_displace_the_cookie(client: httpx.AsyncClient) -> None:
    """A browser sends such a form without our cookie, but would keep one that came back."""
    for path in ("/chat", "/chat/new"):
        answer = await client.post(path, data={"text": "give up"}, headers={"Sec-Fetch-Site": "cross-site"})
        assert answer.status_code == 403
        assert "set-cookie" not in answer.headers


async def test_nobody_hears_a_conversation_by_its_id_alone(house: ChatHouse, client: httpx.AsyncClient) -> None:
    page = await send(client, await client.get("/chat"), text=MISSED_BIN)
    theirs = conversation(client)
    async with browser(house.app()) as stranger:
        own = await stranger.get("/chat")
        for path in ("turns", "events"):
            assert (await stranger.get(f"/chat/{path}?of={theirs}")).status_code == 403
        answer = await stranger.post(f"/chat/turns?of={theirs}", json=fields(page, text="hello"))
        assert answer.status_code == 403
        stranger.cookies.set("chat", "x" * 43)
        assert said(await stranger.get("/chat")) == []
        assert MISSED_BIN not in own.text
    assert said(await client.get("/chat")) == said(page)


async def test_a_new_chat_shows_nothing_of_the_one_before_which_is_kept(
    client: httpx.AsyncClient, house: ChatHouse
) -> None:
    page = await send(client, await client.get("/chat"), text=MISSED_BIN)
    before = conversation(client)
    answer = await client.post("/chat/new", data={"form_token": "guessed"})
    assert answer.status_code == 403
    assert conversation(client) == before
    answer = await client.post("/chat/new", data={"form_token": hidden(page, "form_token")})
    assert answer.status_code == 303
    assert said(await client.get("/chat")) == []
    assert conversation(client) != before
    assert len(await house.turns(before)) == 2


async def test_a_conversation_that_is_long_over_is_not_shown_again(client: httpx.AsyncClient, house: ChatHouse) -> None:
    await send(client, await client.get("/chat"), text=MISSED_BIN)
    house.clock.forward(days=31)
    assert said(await client.get("/chat")) == []


async def test_who_sends_without_end_is_slowed_down_and_loses_nothing(house: ChatHouse) -> None:
    async with browser(house.app(pace=Pace(Rate(1), Rate(None)))) as client:
        page = await send(client, await client.get("/chat"), text=MISSED_BIN)
        answer = await client.post("/chat", data=fields(page, text="An apology"))
        assert answer.status_code == 429
        assert "An apology</textarea>" in answer.text
        answer = await post(client, page, text="An apology")
        assert answer.status_code == 429
        assert int(answer.headers["retry-after"]) <= 60
    async with browser(house.app(pace=Pace(Rate(None), Rate(1)))) as client:
        page = await send(client, await client.get("/chat"), text=MISSED_BIN)
        client.cookies.clear()
        page = await client.get("/chat")
        assert (await client.post("/chat", data=fields(page, text="An apology"))).status_code == 429


# --- what the script asks for ----------------------------------------------------------------------------------------


async def test_a_turn_by_script_brings_the_turns_since(client: httpx.AsyncClient, house: ChatHouse) -> None:
    page = await client.get("/chat")
    news = (await post(client, page, text=MISSED_BIN)).json()
    assert [(turn["n"], turn["by"]) for turn in news["turns"]] == [(1, "resident"), (2, "assistant")]
    assert news["turns"][0]["contact"] == news["contact"]
    assert (await post(client, page, text=MISSED_BIN)).json() == news
    later = (await client.get(f"/chat/turns?of={conversation(client)}&after=1")).json()
    assert [turn["n"] for turn in later["turns"]] == [2]
    assert later["last"] == 2


@pytest.mark.parametrize(
    ("body", "media_type", "status"),
    [
        (b"{}", "application/json", 403),
        (b"[" * 100_000, "application/json", 403),
        (b"\xff", "application/json", 403),
        (b'{"text": 1, "form_token": []}', "application/json", 403),
        (b"text=hello", "text/plain", 403),
    ],
)
async def test_what_is_no_turn_is_refused(client: httpx.AsyncClient, body: bytes, media_type: str, status: int) -> None:
    await client.get("/chat")
    answer = await client.post(
        f"/chat/turns?of={conversation(client)}", content=body, headers={"Content-Type": media_type}
    )
    assert answer.status_code == status


async def test_a_turn_without_words_or_with_too_many_is_told(client: httpx.AsyncClient) -> None:
    page = await client.get("/chat")
    for text in ("", "a" * (MOST_CHARACTERS + 1)):
        answer = await post(client, page, text=text)
        assert answer.status_code == 422
        assert answer.json()["problem"]
    half_a_face = json.dumps({**fields(page), "text": "\ud83d"}).encode()
    headers = {"Content-Type": "application/json"}
    answer = await client.post(f"/chat/turns?of={conversation(client)}", content=half_a_face, headers=headers)
    assert answer.status_code == 200


async def events(app: object, cookie: str, of: str, wanted: int, **headers: str) -> list[tuple[str, dict[str, object]]]:
    """So many events of a stream, with their ids. It is left open at the far end, as by a browser that goes away."""
    sent: asyncio.Queue[bytes] = asyncio.Queue()
    gone = asyncio.Event()

    async def receive() -> dict[str, object]:
        await gone.wait()
        return {"type": "http.disconnect"}

    async def collect(message: dict[str, object]) -> None:
        if message["type"] == "http.response.start":
            assert message["status"] == 200
        body = message.get("body", b"")
        assert isinstance(body, bytes)
        sent.put_nowait(body)

    names = [(b"cookie", f"chat={cookie}".encode()), (b"host", b"council.test")]
    names += [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": "/chat/events",
        "raw_path": b"/chat/events",
        "query_string": f"of={of}".encode(),
        "headers": names,
        "client": ("127.0.0.1", 1),
        "server": ("council.test", 80),
    }
    task = asyncio.create_task(app(scope, receive, collect))  # type: ignore[operator]
    found: list[tuple[str, dict[str, object]]] = []
    async with asyncio.timeout(20):
        while len(found) < wanted:
            text = (await sent.get()).decode()
            if match := re.match(r"id: (\d+)\nevent: news\ndata: (.*)\n\n", text):
                found.append((match[1], json.loads(match[2])))
    gone.set()
    await task
    return found


async def test_a_stream_tells_what_was_said_and_goes_on_where_it_was_cut(
    client: httpx.AsyncClient, house: ChatHouse
) -> None:
    await send(client, await client.get("/chat"), text=MISSED_BIN)
    of, cookie = conversation(client), client.cookies["chat"]
    ((number, news),) = await events(house.app(), cookie, of, 1)
    assert number == "2"
    assert [turn["n"] for turn in news["turns"]] == [1, 2]  # type: ignore[attr-defined]
    await house.officer_says(of, "Hello, this is Maya.")
    ((number, news),) = await events(house.app(), cookie, of, 1, last_event_id="2")
    assert number == "3"
    assert [(turn["n"], turn["by"]) for turn in news["turns"]] == [(3, "officer")]  # type: ignore[attr-defined]
    assert (news["holder"], news["choices"]) == ("officer", "")


async def test_an_open_stream_hears_an_officer(client: httpx.AsyncClient, house: ChatHouse) -> None:
    await send(client, await client.get("/chat"), text=MISSED_BIN)
    of, cookie = conversation(client), client.cookies["chat"]
    hearing = asyncio.create_task(events(house.app(), cookie, of, 2))
    await asyncio.sleep(0.3)
    await house.officer_says(of, "Hello, this is Maya.")
    _, (number, news) = await hearing
    assert number == "3"
    assert "Maya" in json.dumps(news["turns"])
    turns = await house.turns(of)
    assert [turn.by for turn in turns] == [Speaker.RESIDENT, Speaker.ASSISTANT, Speaker.OFFICER]


async def test_a_page_without_script_says_that_it_stands_still_while_a_person_answers(
    client: httpx.AsyncClient, house: ChatHouse
) -> None:
    page = await send(client, await client.get("/chat"), text=MISSED_BIN)
    assert "by itself" not in page.text
    await house.officer_says(conversation(client), "Hello, this is Maya.")
    page = await client.get("/chat")
    (note,) = html.fromstring(page.text).xpath("//p[contains(@class, 'without-script')]")
    assert "does not show new messages by itself" in note.text_content()
    assert note.xpath("a/@href") == ["/chat#newest"]


# --- within other sites ----------------------------------------------------------------------------------------------


async def test_nobody_may_frame_the_chat_without_the_allow_list(client: httpx.AsyncClient) -> None:
    for address in ("/chat", "/chat?embedded=1"):
        page = await client.get(address)
        assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
        assert page.headers["x-frame-options"] == "DENY"
    assert (await client.get("/widget.js")).status_code == 404


async def test_the_listed_sites_may_frame_the_embedded_chat_alone(house: ChatHouse) -> None:
    async with browser(house.app([ORIGIN]), "https") as client:
        page = await client.get("/chat")
        assert page.headers["x-frame-options"] == "DENY"
        page = await client.get("/chat?embedded=1")
        assert page.headers["content-security-policy"].endswith(f"frame-ancestors {ORIGIN}")
        assert "x-frame-options" not in page.headers
        assert page.headers["set-cookie"].endswith("HttpOnly; SameSite=None; Secure; Partitioned")
        assert "Open the chat on a page of its own" in page.text
        script = await client.get("/widget.js")
        assert script.headers["content-type"].startswith("text/javascript")
        assert script.headers["cross-origin-resource-policy"] == "cross-origin"


async def test_the_embedded_chat_works_without_script_and_stays_embedded(house: ChatHouse) -> None:
    async with browser(house.app([ORIGIN]), "https") as client:
        page = await client.get("/chat?embedded=1")
        answer = await client.post("/chat?embedded=1", data=fields(page, text=MISSED_BIN))
        assert answer.headers["location"] == "/chat?embedded=1#newest"
        page = await client.get("/chat?embedded=1")
        assert said(page)[0] == MISSED_BIN
        assert said(await client.get("/chat")) == []


async def test_the_page_runs_no_script_but_its_own(client: httpx.AsyncClient) -> None:
    page = await client.get("/chat")
    assert "script-src 'self';" in page.headers["content-security-policy"]
    assert "unsafe" not in page.headers["content-security-policy"]
    assert re.findall(r"<script[^>]*>", page.text) == re.findall(
        r'<script src="/chat/chat\.js\?v=\w+" defer>', page.text
    )
    assert not re.search(r"\son\w+=|\sstyle=", page.text)
    for name in re.findall(r"/chat/chat\.\w+\?v=\w+", page.text):
        assert "immutable" in (await client.get(name)).headers["cache-control"]
