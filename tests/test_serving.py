"""`rightdoor serve` as a process of its own: it opens its doors, works, and says in words why it cannot."""

import os
import signal
import smtplib
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.living_house import MAILBOX, free_port, mail
from tests.web_fixtures import hidden

PATIENCE = 60


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Ports and a data folder of its own."""
    ports = {name: f"127.0.0.1:{free_port()}" for name in ("HTTP", "CONSOLE", "SMTP")}
    return {"RIGHTDOOR_DATA": str(tmp_path), **{f"RIGHTDOOR_{name}": address for name, address in ports.items()}}


def serve(environment: dict[str, str], *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "config.main", "serve", *arguments],
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def served(environment: dict[str, str]) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """A process that is ready, and what it printed until then."""
    process = serve(environment)
    assert process.stdout is not None
    printed: list[str] = []
    for line in process.stdout:
        printed.append(line)
        if "told only this once" in line:
            break
    yield process, printed
    process.kill()
    process.communicate()


def wait_for(files: Path, count: int) -> list[Path]:
    for _ in range(PATIENCE * 20):
        found = sorted(files.glob("*.eml"))
        if len(found) >= count:
            return found
        time.sleep(0.05)
    raise AssertionError(f"{len(found)} of {count} mails")


def test_it_prints_its_addresses_and_the_first_sign_in_answers_mail_and_stops_when_told(
    served: tuple[subprocess.Popen[str], list[str]], environment: dict[str, str]
) -> None:
    process, printed = served
    text = "".join(printed)
    for name in ("HTTP", "CONSOLE", "SMTP"):
        assert environment[f"RIGHTDOOR_{name}"].rpartition(":")[2] in text
    for name in ("HTTP", "CONSOLE"):
        with urllib.request.urlopen(f"http://{environment[f'RIGHTDOOR_{name}']}/healthz") as answer:
            assert answer.status == 200
    host, port = environment["RIGHTDOOR_SMTP"].split(":")
    with smtplib.SMTP(host, int(port)) as client:
        client.send_message(mail("Thank you to the lovely librarian at Eastham"), to_addrs=[MAILBOX])
    assert wait_for(Path(environment["RIGHTDOOR_DATA"], "sent"), 2)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=PATIENCE) == 0


def test_the_first_officer_must_choose_a_password_that_no_log_holds(
    served: tuple[subprocess.Popen[str], list[str]], environment: dict[str, str]
) -> None:
    _, printed = served
    password = printed[-1].split()[-1]
    with httpx.Client(base_url=f"http://{environment['RIGHTDOOR_CONSOLE']}", timeout=PATIENCE) as client:
        token = hidden(client.get("/sign-in"), "form_token")
        client.post("/sign-in", data={"form_token": token, "name": "officer", "password": password})
        answer = client.get("/contacts")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/account/password")


def test_a_process_killed_after_250_loses_nothing_and_answers_once_it_is_back(
    served: tuple[subprocess.Popen[str], list[str]], environment: dict[str, str]
) -> None:
    process, _ = served
    host, port = environment["RIGHTDOOR_SMTP"].split(":")
    with smtplib.SMTP(host, int(port)) as client:
        for number in range(5):
            message = mail("Thank you to the lovely librarian at Eastham", sender=f"r{number}@example.org")
            client.send_message(message, to_addrs=[MAILBOX])
    process.kill()
    process.wait()
    again = serve({**environment, "RIGHTDOOR_NOW": "+1h"})
    files = wait_for(Path(environment["RIGHTDOOR_DATA"], "sent"), 10)
    again.kill()
    again.communicate()
    assert len(files) == 10


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SMTP", ""),
        ("HTTP", ""),
        ("DATABASE_URL", "postgresql://nobody:secret@127.0.0.1:1/none"),
        ("RELAY_URL", "mail.example.org"),
        ("COUNCIL", "config/councils/nowhere"),
    ],
)
def test_what_keeps_it_from_starting_is_said_in_words_with_the_setting_and_status_2(
    environment: dict[str, str], name: str, value: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        wrong = value or f"127.0.0.1:{taken.getsockname()[1]}"
        process = serve({**environment, f"RIGHTDOOR_{name}": wrong})
        _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 2
    assert name in errors
    assert "Traceback" not in errors
    assert "secret" not in errors


def test_an_unknown_part_is_told(environment: dict[str, str]) -> None:
    process = serve(environment, "--only", "smtp,fax")
    _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 2
    assert "fax" in errors
