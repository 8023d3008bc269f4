"""Rasa's classifiers, trained on the same examples and asked the same held-out messages: how often is the route right?

Its logistic regression and its DIET classifier (without transformer layers: with them one round over our examples takes
minutes). Rasa is trained and served as `make rasa` does. It reads only the route, so only that is compared, as the
interpreter's first guess against ours.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any

import httpx

from benchmarks.servers import free_port
from nlu.embedded import EmbeddedInterpreter
from nlu.held import read_messages
from nlu.rasa_server import as_rasa_reads

CONFIGS = {"Rasa, logistic regression": "config.yml", "Rasa, DIET": "diet.yml"}
PATIENCE = 3600


def beside() -> None:
    messages = read_messages("held_out")
    embedded = EmbeddedInterpreter()
    guesses, took = [], []
    for message in messages:
        begun = time.perf_counter()
        guesses.append(embedded.read(message["words"], date.today()).routes[0].key)
        took.append(time.perf_counter() - begun)
    _print("embedded", messages, guesses, took)
    for name, config in CONFIGS.items():
        with _served(config) as url:
            _print(name, messages, *_asked(url, messages))


def _asked(url: str, messages: Sequence[Mapping[str, Any]]) -> tuple[list[str], list[float]]:
    guesses, took = [], []
    with httpx.Client(timeout=60) as client:
        for message in messages:
            begun = time.perf_counter()
            answer = client.post(f"{url}/model/parse", json={"text": as_rasa_reads(message["words"])}).json()
            took.append(time.perf_counter() - begun)
            named = (guess["name"] for guess in answer["intent_ranking"] if guess["name"] != "nlu_fallback")
            guesses.append(next(named, ""))
    return guesses, took


@contextmanager
def _served(config: str) -> Iterator[str]:
    port = free_port()
    with tempfile.TemporaryDirectory() as made:
        environment = {**os.environ, "RASA_MADE": made, "PYTHON_OF_RIGHTDOOR": sys.executable}
        command = ["sh", "nlu/rasa/serve.sh", str(port), config]
        server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            _wait_for(f"http://127.0.0.1:{port}", server)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(60)


def _wait_for(url: str, server: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and server.poll() is None:
        try:
            if httpx.get(f"{url}/status").json().get("model_file"):
                return
        except (httpx.HTTPError, ValueError):
            time.sleep(1)
    raise SystemExit("The Rasa server did not come up; try make rasa.")


def _print(name: str, messages: Sequence[Mapping[str, Any]], guesses: Sequence[str], took: Sequence[float]) -> None:
    right = sum(guess == message["route"] for guess, message in zip(guesses, messages, strict=True))
    share = 100 * right / len(messages)
    print(f"{name:28} route right {share:.1f} % of {len(messages)}, p50 {statistics.median(took) * 1000:.1f} ms")
