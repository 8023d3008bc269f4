"""A real Dovecot of our own for tests: its own folder, port and passwords, and none of the system's configuration."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from imapclient import IMAPClient

PATIENCE = 30.0
_ports = iter(range(20_000 + os.getpid() % 10_000, 32_000))
USER, PASSWORD = "complaints", "let:me@in"
MAIL_UID = 5000

_CONFIG = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
protocols = imap
listen = 127.0.0.1
default_internal_user = {own_user}
default_login_user = {own_user}
default_internal_group = {own_group}
mail_location = maildir:{folder}/mail/%u
mail_uid = {mail_uid}
mail_gid = {mail_uid}
first_valid_uid = 1
disable_plaintext_auth = no
auth_mechanisms = {mechanisms}
{ssl}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
auth_failure_delay = 0
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
mail_plugins = acl
plugin {{
  acl = vfile
}}
namespace inbox {{
  inbox = yes
  separator = /
}}
{passdb}
userdb {{
  driver = static
  args = home={folder}/home/%u
}}
{more}
"""

_PASSWORD = "passdb {{\n  driver = static\n  args = password={password}\n}}"
_TOKEN = "passdb {{\n  driver = oauth2\n  mechanisms = xoauth2 oauthbearer\n  args = {file}\n}}"


def installed() -> bool:
    """Is there a Dovecot that may be started here? It changes user, so only root can."""
    return shutil.which("dovecot") is not None and os.geteuid() == 0


def low_port() -> int:
    """A free port below those that the system gives out by itself; never the same one twice."""
    for port in _ports:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                try:
                    probe.bind(("127.0.0.1", port))
                except OSError:
                    continue
                return port
    raise AssertionError("no free port")


@dataclass
class Dovecot:
    """A server that can be started, killed and started again. ``introspection`` checks tokens, where it is set.

    Its folder is none of pytest's, which only root may enter: Dovecot writes mail as a user of its own.
    """

    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="dovecot")))
    port: int = field(default_factory=low_port)
    tls_port: int = 0
    introspection: str = ""
    tls: tuple[Path, Path] | None = None
    more: str = ""

    def __post_init__(self) -> None:
        self.tls_port = low_port()
        self.folder.chmod(0o755)
        for name in ("run", "state", "mail", "home"):
            (self.folder / name).mkdir(exist_ok=True)
        for name in ("mail", "home"):
            os.chown(self.folder / name, MAIL_UID, MAIL_UID)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def _config(self) -> Path:
        return self.folder / "dovecot.conf"

    def _passdb(self) -> str:
        if not self.introspection:
            return _PASSWORD.format(password=PASSWORD)
        file = self.folder / "oauth2.conf"
        file.write_text(
            f"introspection_url = {self.introspection}\nintrospection_mode = post\nusername_attribute = username\n"
            "active_attribute = active\nactive_value = true\n"
        )
        return _TOKEN.format(file=file)

    def _tls(self) -> str:
        if self.tls is None:
            return "ssl = no"
        return f"ssl = yes\nssl_cert = <{self.tls[0]}\nssl_key = <{self.tls[1]}"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self._config.write_text(
            _CONFIG.format(
                folder=self.folder,
                own_user="dovecot",
                own_group="dovecot",
                mail_uid=MAIL_UID,
                mechanisms="xoauth2 oauthbearer" if self.introspection else "plain login",
                port=self.port,
                tls_port=self.tls_port if self.tls else 0,
                ssl=self._tls(),
                passdb=self._passdb(),
                more=self.more,
            )
        )
        self._process = subprocess.Popen(["dovecot", "-F", "-c", str(self._config)], start_new_session=True)
        wait_for_greeting(self.port, self.log)

    def kill(self) -> None:
        """Stop it at once, with all that it started."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def rights(self, user: str, folder: str, letters: str) -> None:
        """What the owner of a folder may do there from now on (RFC 4314)."""
        path = self.folder / "mail" / user / f".{folder}" / "dovecot-acl"
        path.write_text(f"owner {letters}\n")
        path.chmod(0o644)

    def close(self) -> None:
        """Stop it, and remove what it wrote."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def log(self) -> str:
        """What it wrote."""
        path = self.folder / "dovecot.log"
        return path.read_text(errors="replace") if path.exists() else "no log"


def wait_for_greeting(port: int, log: object = None) -> None:
    """Wait until an IMAP server greets on this port."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
                if connection.recv(10).startswith(b"* "):
                    return
        except OSError:
            pass
        time.sleep(0.05)
    raise AssertionError(f"the IMAP server did not start: {log() if callable(log) else ''}")


def client_of(port: int, user: str = USER, password: str = PASSWORD) -> IMAPClient:
    """An ordinary mail client, signed in."""
    client = IMAPClient("127.0.0.1", port=port, ssl=False, timeout=PATIENCE)
    client.login(user, password)
    return client


@dataclass
class Pymap:
    """The same of pymap, whose mail lies in memory: a killed one has forgotten everything."""

    port: int = field(default_factory=low_port)

    def start(self) -> None:
        """Start it, and wait until it answers."""
        program = str(Path(sys.executable).with_name("pymap"))
        services = ["--no-service", "admin", "--no-service", "managesieve"]
        self._process = subprocess.Popen(
            [program, "--no-tls", "--host", "127.0.0.1", "--port", str(self.port), *services, "dict", "--demo-data"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_for_greeting(self.port)

    def kill(self) -> None:
        """Stop it at once."""
        self._process.kill()
        self._process.wait()
