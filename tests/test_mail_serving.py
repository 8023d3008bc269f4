"""The mail doors of `rightdoor serve`: their settings, and what a kill in full flow leaves behind."""

import os
import smtplib
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from sqlalchemy import text

from case_store.engine import make_engine
from config.settings import load
from config.wiring import tls_of
from intake.errors import WrongSetting
from tests.living_house import MAILBOX, free_port
from tests.mail_doors import PATIENCE, RAW, certificate


@contextmanager
def served(data: Path, parts: str, **settings: str) -> Iterator[subprocess.Popen[str]]:
    """A process that has opened its doors."""
    environment = {f"RIGHTDOOR_{name.upper()}": value for name, value in settings.items()}
    process = subprocess.Popen(
        [sys.executable, "-m", "config.main", "serve", "--only", parts],
        env={**os.environ, "RIGHTDOOR_DATA": str(data), **environment},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        assert any("is ready" in line for line in process.stdout)
        yield process
    finally:
        process.kill()
        process.communicate()


def kept(data: Path) -> list[bytes]:
    engine = make_engine(f"sqlite:///{data}/rightdoor.db")
    with engine.connect() as connection:
        raws = [bytes(raw) for raw in connection.execute(text("SELECT raw FROM original")).scalars()]
    engine.dispose()
    return raws


def numbered(number: str) -> bytes:
    return RAW + f"Number {number}.\r\n".encode()


def test_a_kill_in_full_flow_loses_nothing_that_was_answered_250(tmp_path: Path) -> None:
    port, answered, enough = free_port(), [], threading.Event()

    def send(sender: int) -> None:
        with suppress(smtplib.SMTPException, OSError), smtplib.SMTP("127.0.0.1", port, timeout=PATIENCE) as client:
            for number in range(10_000):
                client.sendmail(f"r{sender}@example.org", [MAILBOX], numbered(f"{sender}-{number}"))
                answered.append(numbered(f"{sender}-{number}"))
                if len(answered) >= 60:
                    enough.set()

    with served(tmp_path, "smtp", smtp=f"127.0.0.1:{port}") as process:
        senders = [threading.Thread(target=send, args=(number,)) for number in range(4)]
        for sender in senders:
            sender.start()
        assert enough.wait(PATIENCE)
        process.kill()
        for sender in senders:
            sender.join()
    there = kept(tmp_path)
    assert len(answered) >= 60
    assert set(answered) <= set(there)
    assert len(set(there)) == len(there)
    assert len(there) <= len(answered) + 4, "of each sender at most one mail whose answer was not heard"


@pytest.mark.parametrize("unix", [False, True])
def test_lmtp_is_served_where_it_is_set_and_stops_when_told(tmp_path: Path, unix: bool) -> None:
    port = free_port()
    lmtp = f"unix:{tmp_path}/lmtp.sock" if unix else f"127.0.0.1:{port}"
    with served(tmp_path, "lmtp", lmtp=lmtp) as process:
        with smtplib.LMTP(f"{tmp_path}/lmtp.sock" if unix else "127.0.0.1", port, timeout=PATIENCE) as client:
            assert client.sendmail("a@example.org", [MAILBOX], RAW) == {}
        process.terminate()
        assert process.wait(PATIENCE) == 0
    assert kept(tmp_path) == [RAW]


def test_who_is_connected_while_it_stops_is_told_to_come_back(tmp_path: Path) -> None:
    port = free_port()
    with served(tmp_path, "smtp", smtp=f"127.0.0.1:{port}") as process:
        with smtplib.SMTP("127.0.0.1", port, timeout=PATIENCE) as client:
            process.terminate()
            assert client.getreply()[0] == 421
        assert process.wait(PATIENCE) == 0


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("TRUSTED_RELAYS", "the relay", "TRUSTED_RELAYS"),
        ("TRUSTED_RELAYS", "10.0.0.1/8", "TRUSTED_RELAYS"),
        ("LMTP", "unix:lmtp.sock", "LMTP"),
        ("LMTP", "2400", "LMTP"),
        ("SMTP_TLS_CERT", "chain.pem", "SMTP_TLS_KEY"),
    ],
)
def test_a_wrong_setting_of_the_doors_is_told_by_its_name(
    name: str, value: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"RIGHTDOOR_{name}", value)
    with pytest.raises(WrongSetting, match=told):
        load()


@pytest.mark.parametrize("name", ["HTTP", "CONSOLE", "SMTP", "LMTP"])
def test_limits_may_be_off_only_where_everything_listens_on_this_machine(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RIGHTDOOR_LIMITS", "off")
    assert load().limits is False
    monkeypatch.setenv(f"RIGHTDOOR_{name}", "0.0.0.0:8125")
    with pytest.raises(WrongSetting, match="LIMITS"):
        load()


def test_a_certificate_that_is_not_there_or_not_its_key_s_is_told(tmp_path: Path) -> None:
    chain, _ = certificate(tmp_path)
    for key in (chain, tmp_path / "missing.pem"):
        with pytest.raises(WrongSetting, match="SMTP_TLS_KEY"):
            tls_of(str(chain), str(key))
