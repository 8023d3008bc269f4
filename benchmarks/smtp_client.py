"""A small SMTP client that costs little, so that the server is what is measured."""

import asyncio
import itertools
import time
from dataclasses import dataclass

import uvloop

MAILBOX = "complaints@bettershire.gov.uk"
_SERIAL = itertools.count(1)
_TEXT = (
    "This is the third week running that our brown bin was not collected. I rang twice and was promised a collection "
    "within two days, and nobody came. I would like an explanation and the bin emptied, please.\r\n"
)


@dataclass(frozen=True)
class Run:
    """One run: how many mails were accepted each second, and each one's time in seconds."""

    per_second: float
    times: list[float]


def mail(octets: int, sender: str) -> bytes:
    """A mail that no other is equal to, of about so many octets."""
    number = next(_SERIAL)
    head = (
        f"From: Resident {number} <{sender}>\r\nTo: {MAILBOX}\r\nSubject: Bins {number}\r\n"
        f"Message-ID: <bench-{time.time_ns()}-{number}@example.org>\r\nDate: Mon, 23 Nov 2026 10:00:00 +0000\r\n"
        f"Content-Type: text/plain; charset=utf-8\r\n\r\n"
    )
    body = (_TEXT * (octets // len(_TEXT) + 1))[: max(0, octets - len(head))]
    return head.encode() + body.encode() + b"\r\n"


def hand_in(port: int, connections: int, mails: int, octets: int) -> Run:
    """Hand in so many mails over so many connections at once, from outside of any loop."""
    return uvloop.run(run(port, connections, mails, octets))


async def run(port: int, connections: int, mails: int, octets: int) -> Run:
    """Hand in so many mails over so many connections at once."""
    each = mails // connections
    start = time.perf_counter()
    times = await asyncio.gather(*(_connection(port, each, octets) for _ in range(connections)))
    seconds = time.perf_counter() - start
    return Run(each * connections / seconds, [one for many in times for one in many])


async def _connection(port: int, mails: int, octets: int) -> list[float]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    await reader.readline()
    await _say(reader, writer, b"HELO bench.example.org\r\n")
    times = []
    for _ in range(mails):
        sender = f"resident{next(_SERIAL)}@example.org"
        message = mail(octets, sender)
        start = time.perf_counter()
        await _say(reader, writer, f"MAIL FROM:<{sender}>\r\n".encode())
        await _say(reader, writer, f"RCPT TO:<{MAILBOX}>\r\n".encode())
        await _say(reader, writer, b"DATA\r\n")
        await _say(reader, writer, message + b".\r\n")
        times.append(time.perf_counter() - start)
    writer.write(b"QUIT\r\n")
    writer.close()
    return times


async def _say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, words: bytes) -> None:
    writer.write(words)
    answer = await reader.readline()
    if answer[:1] not in (b"2", b"3"):
        raise RuntimeError(f"refused: {answer!r}")
