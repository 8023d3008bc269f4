"""The API as an app of its own, to be mounted at /api/v1: the table's routes, its docs, limits, and who may ask."""

import logging
import traceback
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from starlette.applications import Starlette
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from channels.api import problems
from channels.api.answers import too_often
from channels.api.contacts import Contacts
from channels.api.conversations import Conversations
from channels.api.limits import AN_HOUR, Rate
from channels.api.openapi import description
from channels.api.operations import OPERATIONS, Handler
from channels.api.sending_files import ConversationFiles
from channels.api.status import Statuses
from channels.api.watching import Watch
from channels.live import LiveDoor
from channels.networks import Network, counted_as
from channels.rendering import Pages
from intake.policy import Policy
from intake.ports import Clock, Store
from intake.reception import Reception

log = logging.getLogger(__name__)

PLACE = "/api/v1"
SEEN_ELSEWHERE = "Location, Retry-After"
"""Headers of our answers that a page of an allowed origin may read."""


@dataclass(frozen=True)
class Allowance:
    """How often somebody may come, a minute (None: as often as they like), and whose pages may ask from elsewhere.

    ``octets_each`` and ``address_octets`` are of files, an hour, in one conversation and from one address. ``trusted``
    addresses are the council's own, which are not counted; ``origins`` are written as browsers write them.
    """

    requests_each: int | None = 120
    turns_each: int | None = 30
    tries_each: int | None = 30
    octets_each: int | None = 100_000_000
    address_octets: int | None = 300_000_000
    trusted: tuple[Network, ...] = ()
    origins: Collection[str] = ()


NO_LIMITS = Allowance(None, None, None, None, None)


def mount(
    reception: Reception, store: Store, policy: Policy, clock: Clock, allowance: Allowance, watch: Watch
) -> Mount:
    """The API at its place, for the residents' web app."""
    talks = Conversations(LiveDoor(reception, store, clock), policy, watch, Rate(allowance.turns_each))
    files = ConversationFiles(
        talks,
        policy,
        Rate(allowance.octets_each, seconds=AN_HOUR),
        Rate(allowance.address_octets, seconds=AN_HOUR),
        allowance.trusted,
    )
    statuses = Statuses(store, policy, Rate(allowance.tries_each))
    handlers: Mapping[str, Handler] = {
        "begin": talks.begin,
        "say": talks.say,
        "send_files": files.send,
        "read": talks.read,
        "stream": talks.stream,
        "hand_in": Contacts(reception, store, clock).hand_in,
        "status": statuses.tell,
    }
    by_path: dict[str, dict[str, Handler]] = {}
    for operation in OPERATIONS:
        by_path.setdefault(operation.path, {})[operation.method] = _safely(handlers[operation.key])
    routes = [Route(path, _by_method(found), methods=list(found)) for path, found in by_path.items()]
    routes += _described(Pages(policy, "Complaints and feedback"))
    app = Starlette(
        routes=routes,
        exception_handlers={HTTPException: _tell},
        middleware=[
            Middleware(_Elsewhere, origins=frozenset(allowance.origins)),
            Middleware(_Limited, rate=Rate(allowance.requests_each), trusted=allowance.trusted),
        ],
    )
    return Mount(PLACE, app)


def _described(pages: Pages) -> list[Route]:
    """The description for programs and for people."""
    whole = description(pages.policy.council.name, pages.policy.tags)

    async def openapi(request: Request) -> Response:
        return JSONResponse(whole)

    async def docs(request: Request) -> Response:
        return pages.show("api.html", api=whole, operations=OPERATIONS, kinds=problems.KINDS, place=PLACE)

    return [Route("/openapi.json", openapi), Route("/docs", docs)]


def _by_method(found: Mapping[str, Handler]) -> Handler:
    """One route for an address, so that a method that it does not take is told with those that it does."""

    async def handle(request: Request) -> Response:
        return await found["GET" if request.method == "HEAD" else request.method](request)

    return handle


def _safely(handler: Handler) -> Handler:
    """What fails in a way that nobody foresaw is logged by type and place alone, and told as ours."""

    async def handle(request: Request) -> Response:
        try:
            return await handler(request)
        except HTTPException:
            raise
        except Exception as error:
            place = traceback.extract_tb(error.__traceback__)[-1]
            log.error("the API failed: %s in %s:%s", type(error).__name__, Path(place.filename).name, place.lineno)
            raise problems.Problem(problems.OUR_FAULT) from None

    return handle


async def _tell(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return problems.answer(error)


class _Limited:
    """Around every request: who comes too often is told when to come again."""

    def __init__(self, app: ASGIApp, rate: Rate, trusted: tuple[Network, ...]) -> None:
        self._app = app
        self._rate = rate
        self._trusted = trusted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        client = scope.get("client")
        seconds = self._rate.wait(counted_as(client[0] if client else "", self._trusted))
        app = problems.answer(too_often(seconds)) if seconds else self._app
        await app(scope, receive, send)


class _Elsewhere:
    """Cross-origin requests (WHATWG Fetch section 3.3): pages of the allowed origins may ask, without cookies."""

    def __init__(self, app: ASGIApp, origins: Collection[str]) -> None:
        self._app = app
        self._origins = origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        origin = headers.get("origin", "")
        allowed = {"Access-Control-Allow-Origin": origin, "Access-Control-Expose-Headers": SEEN_ELSEWHERE}

        async def send_with_origin(message: Message) -> None:
            if message["type"] == "http.response.start" and self._origins:
                answer = MutableHeaders(scope=message)
                answer.add_vary_header("Origin")
                answer.update(allowed if origin in self._origins else {})
            await send(message)

        asks_first = scope["method"] == "OPTIONS" and "access-control-request-method" in headers
        app: Callable[[Scope, Receive, Send], Awaitable[None]] = self._app
        if asks_first and origin in self._origins:
            app = Response(status_code=204, headers=_MAY_ASK)
        await app(scope, receive, send_with_origin)


_MAY_ASK = {
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key, Last-Event-ID",
    "Access-Control-Max-Age": "600",
}
