"""Sign-in to a mailbox with access tokens: fetched from a token server, and checked by a real Dovecot that asks it."""

import asyncio
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import quote

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from channels.imap.oauth import Tokens
from config.settings import Settings
from config.wiring import tokens_of
from intake.errors import NoToken, WrongSetting
from tests.conftest import PACK
from tests.dovecot import PATIENCE, Dovecot, installed, low_port
from tests.imap_fixtures import NO_DOVECOT, Reading, reading
from tests.living_house import running

__all__ = ["reading"]

USER, SECRET = "complaints@bettershire.gov.uk", "s3cret&value"


@dataclass
class TokenServer:
    """Gives tokens as RFC 6749 says, tells a mailbox server whether one is good (RFC 7662), and can refuse both."""

    port: int = field(default_factory=low_port)
    asked: list[dict[str, str]] = field(default_factory=list)
    good: set[str] = field(default_factory=set)
    answer: Response | None = None
    more: dict[str, object] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/token"

    @property
    def introspection(self) -> str:
        return f"http://127.0.0.1:{self.port}/introspect"

    async def give(self, request: Request) -> Response:
        form = await request.form()
        self.asked.append({name: str(value) for name, value in form.items()})
        if self.answer is not None:
            return self.answer
        token = f"token-{len(self.asked)}"
        self.good.add(token)
        return JSONResponse({"access_token": token, "token_type": "Bearer", "expires_in": 3599, **self.more})

    async def check(self, request: Request) -> Response:
        token = str((await request.form()).get("token"))
        return JSONResponse({"active": token in self.good, "username": USER})


@pytest.fixture
def token_server() -> Iterator[TokenServer]:
    """A token server on a port of its own."""
    tokens = TokenServer()
    routes = [Route("/token", tokens.give, methods=["POST"]), Route("/introspect", tokens.check, methods=["POST"])]
    server = uvicorn.Server(uvicorn.Config(Starlette(routes=routes), port=tokens.port, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield tokens
    server.should_exit = True
    thread.join(PATIENCE)


@pytest.fixture
def mail_server(token_server: TokenServer) -> Iterator[Dovecot]:
    """A Dovecot that lets nobody in without a token that the token server knows."""
    if not installed():
        pytest.skip(NO_DOVECOT)
    server = Dovecot(introspection=token_server.introspection)
    server.start()
    yield server
    server.close()


def microsoft(server: TokenServer) -> Tokens:
    return Tokens(server.url, "app-1", SECRET, scope="https://outlook.office365.com/.default")


def url(server: Dovecot) -> str:
    return f"imap://{quote(USER, safe='')}@127.0.0.1:{server.port}/INBOX?starttls=no&auth=oauth2"


async def test_a_mailbox_is_read_with_a_token_for_client_credentials(
    token_server: TokenServer, mail_server: Dovecot, reading: Reading
) -> None:
    async with reading.of(url(mail_server), tokens=microsoft(token_server)):
        await reading.is_read()
    assert token_server.asked == [
        {
            "grant_type": "client_credentials",
            "client_id": "app-1",
            "client_secret": SECRET,
            "scope": "https://outlook.office365.com/.default",
        }
    ]


async def test_a_token_that_the_mailbox_refuses_is_renewed_at_once(
    token_server: TokenServer, mail_server: Dovecot, reading: Reading
) -> None:
    tokens = microsoft(token_server)
    assert tokens.token() == "token-1"
    token_server.good.clear()
    async with reading.of(url(mail_server), tokens=tokens):
        await reading.is_read()
    assert tokens.token() == "token-2"


async def test_a_token_server_that_refuses_is_told_without_secrets_and_asked_again(
    token_server: TokenServer, mail_server: Dovecot, reading: Reading
) -> None:
    token_server.answer = JSONResponse({"error": "invalid_client", "error_description": "expired"}, 401)
    async with reading.of(url(mail_server), tokens=microsoft(token_server)):
        told = await reading.fails()
        token_server.answer = None
        await reading.is_read()
    assert "the token server gave no token: 401 invalid_client expired" in told.error
    assert SECRET not in told.error


async def test_the_settings_give_a_refresh_tokens_mailbox(token_server: TokenServer, tmp_path, interpreter) -> None:  # type: ignore[no-untyped-def]
    settings = Settings(
        data=tmp_path,
        council=PACK,
        imap_url=f"imaps://{quote(USER, safe='')}@imap.example.org/INBOX?auth=oauth2",
        imap_token_url=token_server.url,
        imap_client_id="app-2",
        imap_client_secret=SECRET,
        imap_refresh_token="1//refresh",
    )
    async with running(settings, interpreter) as living:
        (mailbox,) = living.house.mailboxes
        assert mailbox.tokens is not None
        await asyncio.to_thread(mailbox.tokens.token)
    assert token_server.asked == [
        {
            "grant_type": "refresh_token",
            "client_id": "app-2",
            "client_secret": SECRET,
            "refresh_token": "1//refresh",
        }
    ]


def test_a_token_is_kept_while_it_lives_and_renewed_before_it_ends(token_server: TokenServer) -> None:
    tokens = microsoft(token_server)
    assert {tokens.token() for _ in range(5)} == {"token-1"}
    tokens.forget("token-1")
    token_server.more["expires_in"] = 0
    assert [tokens.token() for _ in range(3)] == ["token-2", "token-3", "token-4"]


def test_a_refresh_token_that_is_replaced_is_used_from_then_on(token_server: TokenServer) -> None:
    tokens = Tokens(token_server.url, "app", refresh_token="first")
    token_server.more |= {"refresh_token": "second", "expires_in": 0}
    tokens.token()
    tokens.token()
    assert [question["refresh_token"] for question in token_server.asked] == ["first", "second"]


@pytest.mark.parametrize(
    "answer",
    [
        PlainTextResponse("<html>sign in here</html>"),
        JSONResponse(["no", "object"]),
        JSONResponse({"access_token": None}),
        PlainTextResponse(b"\xff\xfe\x00", 500),
    ],
)
def test_an_answer_that_is_no_token_is_told(token_server: TokenServer, answer: Response) -> None:
    token_server.answer = answer
    with pytest.raises(NoToken, match="gave no token"):
        microsoft(token_server).token()


def test_a_token_server_that_is_not_there_is_told() -> None:
    with pytest.raises(NoToken, match="does not answer"):
        Tokens(f"http://127.0.0.1:{low_port()}/token", "app").token()


@pytest.mark.parametrize(
    ("address", "client"), [("", "app"), ("http://login.example.org/token", "app"), ("https://x", "")]
)
def test_tokens_without_a_safe_address_or_a_client_are_a_wrong_setting(address: str, client: str) -> None:
    with pytest.raises(WrongSetting, match="IMAP_TOKEN_URL"):
        tokens_of(Settings(imap_token_url=address, imap_client_id=client))
