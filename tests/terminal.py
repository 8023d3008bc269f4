"""`rightdoor chat` as somebody at a terminal meets it: a process of its own behind a pseudo-terminal."""

import os
import pty
import select
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

PATIENCE = 60.0
PROMPT = "\nYou: "
KEY = "Your key: "
COMMAND = (sys.executable, "-m", "config.main", "chat")


class Terminal:
    """A terminal with the process in it; what it printed is read until it asks for the next line."""

    def __init__(self, process: subprocess.Popen[bytes], leader: int) -> None:
        self.process = process
        self.leader = leader

    def until(self, end: str = PROMPT) -> str:
        """What it prints until it ends with these words."""
        printed, by = "", time.monotonic() + PATIENCE
        while not printed.endswith(end) and time.monotonic() < by:
            if not select.select([self.leader], [], [], 0.2)[0]:
                continue
            with suppress(OSError):
                if piece := os.read(self.leader, 65536):
                    printed = (printed + piece.decode(errors="replace")).replace("\r\n", "\n")
                    continue
            return printed
        assert printed.endswith(end), printed
        return printed.removesuffix(end)

    def type(self, text: str, end: str = PROMPT) -> str:
        """Type a line, and read what is answered."""
        os.write(self.leader, text.encode() + b"\n")
        return self.until(end)

    def press(self, key: bytes) -> str:
        """Press a key that ends it, and read its last words.

        Nobody presses one in the moment between the prompt and the wait for a key, in which Python misses a signal.
        """
        time.sleep(0.5)
        os.write(self.leader, key)
        return self.last_words()

    def last_words(self) -> str:
        """What it prints until it is gone."""
        printed = ""
        with suppress(OSError):
            while select.select([self.leader], [], [], PATIENCE)[0] and (piece := os.read(self.leader, 65536)):
                printed += piece.decode(errors="replace").replace("\r\n", "\n")
        self.process.wait(timeout=PATIENCE)
        return printed


@contextmanager
def chatting(environment: Mapping[str, str], *arguments: str) -> Iterator[Terminal]:
    """The command at a terminal of its own, which shows no echo of what is typed; it is ended at the end."""
    leader, follower = pty.openpty()
    modes = termios.tcgetattr(follower)
    modes[3] &= ~termios.ECHO
    termios.tcsetattr(follower, termios.TCSANOW, modes)
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        env={**os.environ, **environment, "TERM": "dumb"},
        stdin=follower,
        stdout=follower,
        stderr=follower,
        start_new_session=True,
        preexec_fn=lambda: _own_terminal(),
    )
    os.close(follower)
    try:
        yield Terminal(process, leader)
    finally:
        process.kill()
        process.wait()
        os.close(leader)


def _own_terminal() -> None:
    """Ctrl-C at this terminal reaches this process, also where the tests run in the background and ignore theirs."""
    import fcntl

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
