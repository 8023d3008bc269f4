"""A real Postfix of our own: it listens on this machine alone, hands everything on to one place, and is stopped after.

It needs root, as Postfix does, but no systemd: a configuration of its own as a further instance, and its own log.
"""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

DOMAIN = "bettershire.gov.uk"
PATIENCE = 30.0

MISSING = "" if shutil.which("postfix") and os.geteuid() == 0 else "left out: Postfix is not here, or we are not root"

_MAIN = """\
compatibility_level = 3.6
multi_instance_enable = yes
multi_instance_name = postfix-rightdoor-{port}
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {log}
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
myhostname = relay.example
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject
disable_dns_lookups = yes
alias_maps =
alias_database =
local_recipient_maps =
message_size_limit = 25600000
minimal_backoff_time = 300s
smtputf8_enable = yes
{more}
"""

_DELIVERS_ONWARD = """\
relay_domains = {domain}
transport_maps = inline:{{ {{ {domain} = {next_hop} }} }}
"""

_KEEPS_IN_A_MAILDIR = """\
virtual_mailbox_domains = {domain}
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = static:all/
virtual_minimum_uid = 1
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
"""

_MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


@dataclass(frozen=True)
class Postfix:
    """One that runs. ``port`` is where it takes mail."""

    port: int
    folder: Path
    log: Path

    def inject(self, raw: bytes, *recipients: str, sender: str = "anne.shaw@example.org") -> None:
        """Hand a mail to its sendmail, as a program on the same machine does."""
        command = ["sendmail", "-C", str(self.folder), "-i", "-f", sender, "--", *recipients]
        subprocess.run(command, input=raw, check=True, env={**os.environ, "MAIL_CONFIG": str(self.folder)})

    def try_again(self) -> None:
        """Deliver what is deferred now."""
        subprocess.run(["postqueue", "-c", str(self.folder), "-f"], check=True)

    def waiting(self) -> list[str]:
        """The mails in its queue, one line of JSON each."""
        told = subprocess.run(["postqueue", "-c", str(self.folder), "-j"], check=True, capture_output=True, text=True)
        return told.stdout.splitlines()

    def waits_until(self, words: str, times: int = 1) -> str:
        """Its log, once these words stand in it so many times."""
        for _ in range(int(PATIENCE * 20)):
            log = self.log.read_text(errors="replace") if self.log.exists() else ""
            if log.count(words) >= times:
                return log
            time.sleep(0.05)
        raise AssertionError(f"{words!r} is not there {times} times:\n{log[-3000:]}")


@contextmanager
def postfix(port: int, next_hop: str = "") -> Iterator[Postfix]:
    """Postfix that hands mail on to ``next_hop`` (such as lmtp:inet:127.0.0.1:2400), or keeps it in a maildir."""
    folder = Path(tempfile.mkdtemp(prefix="rightdoor-postfix-", dir="/var/tmp"))
    folder.chmod(0o755)
    running = Postfix(port, folder, Path(f"/var/log/rightdoor-postfix-{port}.log"))
    try:
        _set_up(running, next_hop)
        _control(running, "start")
        running.waits_until("daemon started")
        yield running
    finally:
        subprocess.run(["postfix", "-c", str(folder), "stop"], capture_output=True, check=False)
        shutil.rmtree(folder, ignore_errors=True)
        running.log.unlink(missing_ok=True)


def _set_up(running: Postfix, next_hop: str) -> None:
    folder = running.folder
    for name in ("queue", "data", "mail"):
        (folder / name).mkdir()
    for name in ("data", "mail"):
        shutil.chown(folder / name, "postfix", "postfix")
    owner = (folder / "data").stat()
    more = (_DELIVERS_ONWARD if next_hop else _KEEPS_IN_A_MAILDIR).format(
        domain=DOMAIN, next_hop=next_hop, folder=folder, uid=owner.st_uid, gid=owner.st_gid
    )
    main = _MAIN.format(folder=folder, port=running.port, log=running.log, more=more)
    (folder / "main.cf").write_text(main)
    (folder / "master.cf").write_text(_MASTER.format(port=running.port))


def _control(running: Postfix, command: str) -> None:
    done = subprocess.run(["postfix", "-c", str(running.folder), command], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"postfix {command}: {done.stdout}{done.stderr}")
