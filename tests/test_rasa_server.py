"""Reading with Rasa as its own server: over real HTTP, with the embedded interpreter standing in when it fails."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from intake.interpretation import Guess, Interpretation, Sign, Signal
from nlu.rasa_server import FAILURES, RasaInterpreter, as_rasa_reads

DAY = date(2026, 11, 16)
EMBEDDED = Interpretation(routes=(Guess("question", 0.6),), signals=(Signal(Sign.DISSATISFIED, 0.9),))


class Embedded:
    async def interpret(self, text: str, received: date) -> Interpretation:
        return EMBEDDED


class Server:
    """Speaks Rasa's /model/parse; what it answers can be spoilt."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.spoilt: Response | None = None
        self.url = ""

    async def parse(self, request: Request) -> Response:
        self.heard.append((await request.json())["text"])
        ranking = [{"name": "nlu_fallback", "confidence": 0.7}, {"name": "formal", "confidence": 0.6}]
        return self.spoilt or JSONResponse({"text": "", "intent": ranking[0], "intent_ranking": ranking})


@pytest.fixture
async def rasa() -> AsyncIterator[Server]:
    spoken = Server()
    app = Starlette(routes=[Route("/model/parse", spoken.parse, methods=["POST"])])
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", lifespan="off"))
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    spoken.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    yield spoken
    server.should_exit = True
    await task


async def test_the_route_is_rasas_and_the_signals_are_the_embedded_interpreters(rasa: Server) -> None:
    reading = await RasaInterpreter(rasa.url, Embedded()).interpret("Third week running", DAY)
    assert reading.routes == (Guess("formal", 0.6),)
    assert reading.signals == EMBEDDED.signals


@pytest.mark.parametrize(
    "answer", [Response("down", 503), Response("not json"), JSONResponse({"intent": None}), JSONResponse([])]
)
async def test_an_answer_that_is_no_answer_costs_only_rasas_reading(rasa: Server, answer: Response) -> None:
    rasa.spoilt = answer
    assert await RasaInterpreter(rasa.url, Embedded()).interpret("Hello", DAY) == EMBEDDED


async def test_a_server_that_is_down_is_left_alone_after_a_few_tries(rasa: Server) -> None:
    rasa.spoilt = Response("down", 503)
    interpreter = RasaInterpreter(rasa.url, Embedded())
    for _ in range(FAILURES + 5):
        assert await interpreter.interpret("Hello", DAY) == EMBEDDED
    assert len(rasa.heard) == FAILURES


async def test_what_rasa_would_take_for_markup_is_not_sent(rasa: Server) -> None:
    await RasaInterpreter(rasa.url, Embedded()).interpret("/restart [bin](waste)\n- missed", DAY)
    assert rasa.heard == ["restart (bin)(waste) - missed"]
    assert as_rasa_reads("//x") == "x"
