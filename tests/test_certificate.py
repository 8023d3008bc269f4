"""A renewed certificate is in use from the next connection on; one that is broken or half there changes nothing."""

import asyncio
import logging
import shutil
import smtplib
import ssl
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from channels.smtp.certificate import Certificate
from intake.policy import Policy
from tests.mail_doors import PATIENCE, Door, certificate, lmtp_door, receiver, smtp_door


def folder_of(path: Path, name: str) -> Path:
    folder = path / name
    folder.mkdir()
    certificate(folder)
    return folder


async def shown(door: Door, client: type[smtplib.SMTP] = smtplib.SMTP) -> bytes:
    """The certificate that a client is shown who begins TLS now."""
    anybody = ssl._create_unverified_context()

    def begin() -> bytes:
        with client("127.0.0.1", door.port, timeout=PATIENCE) as speaking:
            speaking.starttls(context=anybody)
            found = speaking.sock.getpeercert(binary_form=True)  # type: ignore[union-attr]
            assert found
            return bytes(found)

    return await asyncio.to_thread(begin)


def der(chain: Path) -> bytes:
    return ssl.PEM_cert_to_DER_cert(chain.read_text())


def renew(used: Path, new: Path, *names: str) -> None:
    """As a program for ACME does it: a new file is moved to the old one's place."""
    for name in names or ("chain.pem", "key.pem"):
        shutil.copy(new / name, used / "moved")
        (used / "moved").replace(used / name)


@pytest.mark.parametrize(("door_of", "client"), [(smtp_door, smtplib.SMTP), (lmtp_door, smtplib.LMTP)])
async def test_a_renewed_certificate_is_shown_to_who_comes_next_without_a_restart(
    policy: Policy,
    tmp_path: Path,
    door_of: Callable[..., object],
    client: type[smtplib.SMTP],
    caplog: pytest.LogCaptureFixture,
) -> None:
    used, new = folder_of(tmp_path, "used"), folder_of(tmp_path, "new")
    first = der(used / "chain.pem")
    own = Certificate(used / "chain.pem", used / "key.pem")
    async with door_of(receiver(None, policy, tls=own)) as door:  # type: ignore[attr-defined]
        assert await shown(door, client) == first
        renew(used, new)
        assert await shown(door, client) == der(new / "chain.pem")
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


def halve(used: Path, new: Path) -> None:
    chain = (new / "chain.pem").read_bytes()
    (used / "chain.pem").write_bytes(chain[: len(chain) // 2])
    shutil.copy(new / "key.pem", used / "key.pem")


def only_its_chain(used: Path, new: Path) -> None:
    renew(used, new, "chain.pem")


def take_away(used: Path, new: Path) -> None:
    (used / "key.pem").unlink()


def lock(used: Path, new: Path) -> None:
    """A key with a password, for which nobody at a terminal may be asked."""
    chain, key = str(used / "chain.pem"), str(used / "key.pem")
    plain = ["openssl", "pkey", "-in", str(new / "key.pem"), "-aes256", "-passout", "pass:hidden", "-out", key]
    subprocess.run(plain, check=True, capture_output=True)
    shutil.copy(new / "chain.pem", chain)


@pytest.mark.parametrize("spoil", [halve, only_its_chain, take_away, lock])
async def test_a_new_certificate_that_cannot_be_used_leaves_the_old_one_in_use_and_warns_once(
    policy: Policy, tmp_path: Path, spoil: Callable[[Path, Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    used, new = folder_of(tmp_path, "used"), folder_of(tmp_path, "new")
    first = der(used / "chain.pem")
    async with smtp_door(receiver(None, policy, tls=Certificate(used / "chain.pem", used / "key.pem"))) as door:
        spoil(used, new)
        assert [await shown(door), await shown(door)] == [first, first]
        warned = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
        assert len(warned) == 1
        assert "certificate" in warned[0]
        assert str(tmp_path) not in warned[0]
        renew(used, new)
        assert await shown(door) == der(new / "chain.pem")
