"""A Bot API of our own that speaks Telegram's protocol over HTTP (https://core.telegram.org/bots/api).

It keeps updates until a later one is asked for, as Telegram does, and lets one program at a time fetch them. Tests put
updates in as a resident's app would cause them, look at what the bot said, and make it fail in every way.
"""

import asyncio
import json
import re
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from tests.living_house import free_port

TOKEN = "4242424242:AAtests_only_tests_only_tests_only_0"
ANNE, BO, GROUP = 7001, 7002, -100500
PATIENCE = 20.0


@dataclass
class BotApi:
    """The server's state. ``faults`` holds, for a method, what its next calls meet: a status, ``hang`` or ``proxy``."""

    port: int
    updates: list[dict[str, Any]] = field(default_factory=list)
    messages: list[dict[str, Any]] = field(default_factory=list)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    faults: dict[str, deque[int | str]] = field(default_factory=dict)
    blocked: set[int] = field(default_factory=set)
    files: dict[str, bytes] = field(default_factory=dict)
    file_faults: deque[int | str] = field(default_factory=deque)
    webhook: str = ""
    webhook_secret: str = ""
    last_error: str = ""
    offsets: list[int] = field(default_factory=list)
    _fetching: int = 0
    _number: int = 100
    _message: int = 0

    def __post_init__(self) -> None:
        self._changed = asyncio.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    # --- what residents do ------------------------------------------------------------------------------------------

    def update(self, **what: Any) -> dict[str, Any]:
        self._number += 1
        update = {"update_id": self._number, **what}
        self.updates.append(update)
        self._changed.set()
        return update

    def message(self, chat: int = ANNE, /, **what: Any) -> dict[str, Any]:
        self._message += 1
        return {"message_id": self._message, "date": 1_795_428_000, "chat": _chat(chat), "from": _user(chat), **what}

    def write(self, text: str, chat: int = ANNE) -> dict[str, Any]:
        entities = [{"type": "bot_command", "offset": 0, "length": len(text.split()[0])}] if text[0] == "/" else []
        return self.update(message=self.message(chat, text=text, entities=entities))

    def edit(self, update: dict[str, Any], text: str) -> dict[str, Any]:
        return self.update(edited_message={**update["message"], "text": text, "edit_date": 1_795_428_060})

    def press(self, message: dict[str, Any], label: str) -> dict[str, Any]:
        """A press on the button of this label, under a message of the bot's."""
        rows = message["reply_markup"]["inline_keyboard"]
        data = next(button["callback_data"] for row in rows for button in row if button["text"] == label)
        return self.press_data(message, data)

    def press_data(self, message: dict[str, Any], data: str) -> dict[str, Any]:
        query = {"id": f"q{self._number}", "from": _user(ANNE), "chat_instance": "1", "data": data}
        return self.update(callback_query={**query, "message": message})

    # --- what the bot did -------------------------------------------------------------------------------------------

    def said(self, chat: int = ANNE) -> list[str]:
        return [message["text"] for message in self.messages if message["chat"]["id"] == chat]

    def last(self, chat: int = ANNE) -> dict[str, Any]:
        return [message for message in self.messages if message["chat"]["id"] == chat][-1]

    def called(self, method: str) -> list[dict[str, Any]]:
        return [parameters for name, parameters in self.calls if name == method]

    async def until(self, what: Callable[[], bool], meanwhile: Callable[[], object] = lambda: None) -> None:
        """Wait until this holds; ``meanwhile`` is done before each look."""
        for _ in range(int(PATIENCE / 0.02)):
            meanwhile()
            if what():
                return
            await asyncio.sleep(0.02)
        raise AssertionError(f"it did not come about; the bot said {self.messages}, last calls {self.calls[-5:]}")

    async def until_confirmed(self) -> None:
        """Wait until the bot asked for later updates than all there were."""
        await self.until(lambda: not self.updates)

    # --- the protocol -----------------------------------------------------------------------------------------------

    async def serve(self, request: Request) -> Response:
        if request.path_params["token"] != TOKEN:
            return _error(401, "Unauthorized")
        method = request.path_params["method"]
        given = {key: _value(key, value) for key, value in (await request.form()).items()}
        self.calls.append((method, given))
        if (faults := self.faults.get(method)) and (fault := await self._fault(faults.popleft(), request)):
            return fault
        answer = getattr(self, "_" + re.sub("([A-Z])", r"_\1", method).lower(), None)
        result = await answer(given) if answer else _error(404, "Not Found")
        return result if isinstance(result, Response) else JSONResponse({"ok": True, "result": result})

    async def _fault(self, fault: int | str, request: Request) -> Response | None:
        """What it answers with; None where it answers as it should, as fault 0 does."""
        if fault == 0:
            return None
        if fault == "hang":
            await asyncio.sleep(PATIENCE)
            return None
        if fault == "proxy":
            return Response(f"<p>Cannot reach {request.url}", 504)
        if fault == 429:
            return _error(429, "Too Many Requests: retry after 1", retry_after=1)
        return _error(int(fault), {403: "Forbidden: bot was blocked by the user"}.get(int(fault), "Some fault"))

    async def _get_me(self, given: dict[str, Any]) -> Any:
        return {"id": 4242424242, "is_bot": True, "first_name": "Bettershire", "username": "bettershire_bot"}

    async def _get_file(self, given: dict[str, Any]) -> Any:
        data = self.files.get(str(given["file_id"]))
        if data is None:
            return _error(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
        if len(data) > 20 * 1024 * 1024:
            return _error(400, "Bad Request: file is too big")
        named = {"file_id": given["file_id"], "file_unique_id": "u"}
        return {**named, "file_size": len(data), "file_path": f"files/{given['file_id']}"}

    async def send_file(self, request: Request) -> Response:
        """The file itself; ``file_faults`` are what the next requests meet: a status, ``hang``, or ``endless``."""
        if request.path_params["token"] != TOKEN:
            return _error(401, "Unauthorized")
        fault = self.file_faults.popleft() if self.file_faults else 0
        if fault == "endless":
            return StreamingResponse(_without_end(), media_type="application/octet-stream")
        if fault and (answer := await self._fault(fault, request)):
            return answer
        return Response(self.files[request.path_params["path"].rpartition("/")[2]])

    async def _get_updates(self, given: dict[str, Any]) -> Any:
        if self.webhook:
            return _error(409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook")
        self._fetching += 1
        mine, offset = self._fetching, int(given.get("offset", 0))
        self.offsets.append(offset)
        self.updates = [update for update in self.updates if update["update_id"] >= offset]
        until = time.monotonic() + float(given.get("timeout", 0))
        while not self.updates and time.monotonic() < until:
            self._changed.clear()
            try:
                await asyncio.wait_for(self._changed.wait(), 0.05)
            except TimeoutError:
                if mine != self._fetching:
                    return _error(409, "Conflict: terminated by other getUpdates request")
        return self.updates[: int(given.get("limit", 100))]

    async def _send_message(self, given: dict[str, Any]) -> Any:
        chat, text = int(given["chat_id"]), str(given["text"])
        if chat in self.blocked:
            return _error(403, "Forbidden: bot was blocked by the user")
        if not text.strip() or len(text.encode("utf-16-le")) > 2 * 4096:
            return _error(400, "Bad Request: message is too long")
        markup = {"reply_markup": given["reply_markup"]} if "reply_markup" in given else {}
        for row in markup.get("reply_markup", {}).get("inline_keyboard", []):
            assert all(1 <= len(button["callback_data"].encode()) <= 64 for button in row)
        self.messages.append({**self.message(chat, text=text), "from": await self._get_me({}), **markup})
        return self.messages[-1]

    async def _answer_callback_query(self, given: dict[str, Any]) -> Any:
        return True

    async def _edit_message_reply_markup(self, given: dict[str, Any]) -> Any:
        message = next(known for known in self.messages if known["message_id"] == int(given["message_id"]))
        message.pop("reply_markup", None)
        return message

    async def _leave_chat(self, given: dict[str, Any]) -> Any:
        return True

    async def _set_webhook(self, given: dict[str, Any]) -> Any:
        self.webhook, self.webhook_secret = str(given["url"]), str(given.get("secret_token", ""))
        return True

    async def _delete_webhook(self, given: dict[str, Any]) -> Any:
        self.webhook = ""
        return True

    async def _get_webhook_info(self, given: dict[str, Any]) -> Any:
        failed = {"last_error_message": self.last_error, "last_error_date": 1_795_428_000} if self.last_error else {}
        pending = len(self.updates)
        return {"url": self.webhook, "has_custom_certificate": False, "pending_update_count": pending, **failed}


async def _without_end() -> AsyncIterator[bytes]:
    while True:
        yield b"\xff\xd8\xff" + bytes(1_000_000)
        await asyncio.sleep(0)


def _value(key: str, value: Any) -> Any:
    """A parameter: lists and objects come as JSON."""
    return json.loads(value) if key != "text" and str(value)[:1] in ("{", "[") else value


def _error(code: int, description: str, **parameters: int) -> JSONResponse:
    body: dict[str, Any] = {"ok": False, "error_code": code, "description": description}
    return JSONResponse(body | ({"parameters": parameters} if parameters else {}), code)


def _chat(number: int) -> dict[str, Any]:
    return {"id": number, "type": "private", "first_name": "A"} if number > 0 else {"id": number, "type": "supergroup"}


def _user(number: int) -> dict[str, Any]:
    return {"id": abs(number), "is_bot": False, "first_name": "A"}


@asynccontextmanager
async def bot_api() -> AsyncIterator[BotApi]:
    """The server, listening on a free port of this machine until the block ends."""
    api = BotApi(free_port())
    routes = [
        Route("/bot{token}/{method}", api.serve, methods=["GET", "POST"]),
        Route("/file/bot{token}/{path:path}", api.send_file),
    ]
    app = Starlette(routes=routes)
    config = uvicorn.Config(
        app, "127.0.0.1", api.port, log_level="critical", lifespan="off", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    serving = asyncio.create_task(server.serve())
    await api.until(lambda: server.started)
    try:
        yield api
    finally:
        server.should_exit = server.force_exit = True
        await serving
