"""The servers that are measured, each a process of its own."""

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def sink(port: int) -> Iterator[None]:
    """The baseline, which keeps nothing."""
    with _process([sys.executable, "-m", "benchmarks.sink", str(port)], {}, "ready"):
        yield


@contextmanager
def echo(port: int) -> Iterator[subprocess.Popen[str]]:
    """The baseline of conversations, which says back what is said."""
    with _process([sys.executable, "-m", "benchmarks.echo", str(port)], {}, "ready") as process:
        yield process


@contextmanager
def house(data: Path, port: int, only: str = "", http: int = 0, console: int = 0) -> Iterator[subprocess.Popen[str]]:
    """Rightdoor as it is served, with all of its parts in one process, or only some.

    Where its web's port is named, everybody comes from one address, so nobody is counted.
    """
    environment = {
        "RIGHTDOOR_DATA": str(data),
        "RIGHTDOOR_SMTP": f"127.0.0.1:{port}",
        "RIGHTDOOR_HTTP": f"127.0.0.1:{http or free_port()}",
        "RIGHTDOOR_CONSOLE": f"127.0.0.1:{console or free_port()}",
        "RIGHTDOOR_LIMITS": "off" if http else "on",
    }
    with _process([sys.executable, "-m", "config.main", "serve", "--only", only], environment, "is ready") as process:
        yield process


@contextmanager
def _process(command: list[str], environment: dict[str, str], ready: str) -> Iterator[subprocess.Popen[str]]:
    with tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(
            command, env={**os.environ, **environment}, stdout=subprocess.PIPE, stderr=errors, text=True
        )
        assert process.stdout is not None
        try:
            for line in process.stdout:
                if ready in line:
                    break
            else:
                errors.seek(0)
                raise RuntimeError(errors.read())
            yield process
        finally:
            process.terminate()
            process.wait(timeout=30)


def free_port() -> int:
    """Below the ports that clients are given, so that none of them takes it first."""
    for port in range(20_001, 32_000, 13):
        with socket.socket() as probe:
            if port not in _GIVEN and probe.connect_ex(("127.0.0.1", port)):
                _GIVEN.add(port)
                return port
    raise RuntimeError("no port is free")


_GIVEN: set[int] = set()
