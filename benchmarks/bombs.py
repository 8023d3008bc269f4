"""Reads each bomb as a mail is read in service, and prints what came of it: python -m benchmarks.bombs."""

import time
from datetime import UTC, datetime
from pathlib import Path

from channels.reading.process import ReadingProcess
from intake.contact import Channel, Contact, Kept
from tests.bombs import BOMBS


def main() -> None:
    print(f"{'bomb':<44} {'MB':>6} {'seconds':>8} {'peak MB':>8}  what is said of it")
    for name, make in BOMBS.items():
        with ReadingProcess() as reader:
            reader.read(kept(b"Subject: warm\r\n\r\nup"))
            raw = make()
            begun = time.perf_counter()
            contact = reader.read(kept(raw))
            seconds = time.perf_counter() - begun
            print(f"{name:<44} {len(raw) / 1e6:>6.1f} {seconds:>8.2f} {peak(reader):>8}  {said(contact)}")


def kept(raw: bytes) -> Kept:
    return Kept("bomb", Channel.EMAIL, datetime.now(UTC), "", "", "anne@example.org", (), raw)


def peak(reader: ReadingProcess) -> str:
    """The most memory that the process held, in MB; nothing where the system does not tell, or it was stopped."""
    try:
        status = Path(f"/proc/{reader.pid}/status").read_text()
    except OSError:
        return "-"
    return next((str(int(line.split()[1]) // 1024) for line in status.splitlines() if line.startswith("VmHWM")), "-")


def said(contact: Contact) -> str:
    files = f", {len(contact.attachments)} files" if contact.attachments else ""
    return contact.trouble or f"read: {len(contact.text):,} characters{files}"


if __name__ == "__main__":
    main()
