"""Where a mail ends: at CR LF . CR LF alone, however it is cut into packets and whatever looks like an end."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.smtp.data import read_mail, unread
from channels.smtp.sessions import MailSession
from tests.mail_doors import RAW, Client, closing, kept_originals, receiver, smtp_door

PARTS = [
    b".",
    b"..",
    b"\r",
    b"\n",
    b"\r\n",
    b"\r\n.",
    b"\r\n..",
    b"\n.\n",
    b"\r.\r",
    b"\r\n.\n",
    b"\n.\r\n",
    b"\0",
    b"ab",
]
NO_ENDS = [
    b"\n.\n",
    b"\n.\r\n",
    b"\r\n.\n",
    b"\r.\r",
    b"\r.\r\n",
    b"\r\n.\r",
    b"\r\r\n.\r\r\n",
    b"\r\n\0.\r\n",
    b"\r\n.\0\r\n",
    b"\r\n..\r\n",
    b"\r\n. \r\n",
    b"\n\r.\n\r",
]


def by_lines(stream: bytes) -> tuple[bytes, bytes]:
    """The mail and what follows it, read slowly: line by line, as the RFC tells it."""
    mail = b""
    while stream:
        line, end, stream = stream.partition(b"\r\n")
        if line == b"." and end:
            return mail, stream
        mail += line.removeprefix(b".") + end
    raise AssertionError("the stream has no end")


async def read_in_packets(packets: list[bytes], most: int = 10**9, piece: int = 8) -> tuple[bytes, str, bytes]:
    """What is read of a stream that comes in these packets, with tiny pieces; and what is left of it."""
    reader, held = asyncio.StreamReader(limit=piece), 0

    def room(more: int) -> str:
        nonlocal held
        held += more
        return "too much" if held > most else ""

    reading = asyncio.create_task(read_mail(reader, room))
    for packet in packets:
        await asyncio.sleep(0)
        reader.feed_data(packet)
    content, refusal = await asyncio.wait_for(reading, 10)
    return content, refusal, bytes(unread(reader))


@given(parts=st.lists(st.sampled_from(PARTS), max_size=30), cuts=st.lists(st.integers(1, 5), max_size=60))
def test_in_whatever_packets_and_with_whatever_dots_it_comes_it_is_read_as_line_by_line(
    parts: list[bytes], cuts: list[int]
) -> None:
    stream = b"".join(parts) + b"\r\n.\r\nQUIT\r\n"
    packets, rest = [], stream
    for cut in cuts:
        packets.append(rest[:cut])
        rest = rest[cut:]
    content, refusal, left = asyncio.run(read_in_packets([*packets, rest]))
    assert (content, left) == by_lines(stream)
    assert refusal == ""


@pytest.mark.parametrize("stream", [b".\r\n", b"\r\n.\r\n", b"..\r\n.\r\n", b".x\r\n.\r\n", b"." * 100 + b"\r\n.\r\n"])
async def test_the_shortest_mails_end_where_they_end(stream: bytes) -> None:
    content, _, left = await read_in_packets([stream[at : at + 1] for at in range(len(stream))])
    assert (content, left) == by_lines(stream)


async def test_what_there_is_no_room_for_is_read_to_its_end_and_not_kept() -> None:
    stream = b"a" * 5000 + b"\r\n.\r\nQUIT\r\n"
    assert await read_in_packets([stream], most=1000) == (b"", "too much", b"QUIT\r\n")


@pytest.mark.parametrize("end", NO_ENDS)
async def test_what_only_looks_like_an_end_smuggles_no_second_mail_in(store, policy, end: bytes) -> None:  # type: ignore[no-untyped-def]
    second = b"MAIL FROM:<evil@example.org>\r\nRCPT TO:<complaints@bettershire.gov.uk>\r\nDATA\r\nSmuggled\r\n"
    async with smtp_door(receiver(store, policy)) as door:
        client = await Client.at(door.port, "EHLO x.example")
        with closing(client):
            assert (await client.mail(RAW + b"x" + end + second)).startswith("250")
            assert (await client.say("NOOP")).startswith("250")
        assert await store.read(kept_originals) == [by_lines(RAW + b"x" + end + second + b".\r\n")[0]]


async def test_pieces_are_as_large_as_the_protocol_reads_at_once(store, policy) -> None:  # type: ignore[no-untyped-def]
    """Lines longer than many pieces, and a mail that is cut within its end at a piece's end."""
    async with smtp_door(receiver(store, policy)) as door:
        client = await Client.at(door.port, "EHLO x.example")
        with closing(client):
            piece = MailSession.line_length_limit
            mails = [RAW + b"a" * (piece + more) + b"\r\n" for more in (*range(-130, -60), 100_000)]
            for mail in mails:
                assert (await client.mail(mail)).startswith("250")
        assert await store.read(kept_originals) == mails
