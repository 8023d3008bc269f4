"""A bare echo server on the framework that the house is served with: it keeps nothing and decides nothing."""

import socket
import sys

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route


async def begin(request: Request) -> Response:
    """A conversation without a secret."""
    await request.json()
    return JSONResponse({"id": "0" * 32, "token": "0" * 43, "turns": []}, 201)


async def say(request: Request) -> Response:
    """What was said, said back."""
    return JSONResponse({"turns": [{"text": (await request.json())["text"]}]})


if __name__ == "__main__":
    app = Starlette(
        routes=[
            Route("/api/v1/conversations", begin, methods=["POST"]),
            Route("/api/v1/conversations/{id}/turns", say, methods=["POST"]),
        ]
    )
    listening = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=2048)
    print("ready", flush=True)
    uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False)).run(sockets=[listening])
