"""A small DNS server on loopback: real packets, answers from a table."""

import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rrset

Zone = Mapping[tuple[str, str], Sequence[str]]
"""Records by name and kind, as a zone file writes them. A name that is not in it does not exist."""


@contextmanager
def small_dns(zone: Zone) -> Iterator[int]:
    """Answers on the port that is yielded, until the block ends."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as door:
        door.bind(("127.0.0.1", 0))
        door.settimeout(0.1)
        stop = threading.Event()
        thread = threading.Thread(target=_answer_until, args=(stop, door, zone), daemon=True)
        thread.start()
        try:
            yield door.getsockname()[1]
        finally:
            stop.set()
            thread.join()


def txt(text: str) -> str:
    """A TXT record's text in a zone file: strings of at most 255 octets."""
    pieces = [text[start : start + 250] for start in range(0, len(text), 250)]
    return " ".join(f'"{piece}"' for piece in pieces)


def _answer_until(stop: threading.Event, door: socket.socket, zone: Zone) -> None:
    while not stop.is_set():
        try:
            packet, asker = door.recvfrom(4096)
        except TimeoutError:
            continue
        try:
            door.sendto(_answer(packet, zone), asker)
        except dns.exception.DNSException:
            continue


def _answer(packet: bytes, zone: Zone) -> bytes:
    asked = dns.message.from_wire(packet)
    question = asked.question[0]
    name, kind = question.name.to_text(omit_final_dot=True).lower(), dns.rdatatype.to_text(question.rdtype)
    answer = dns.message.make_response(asked)
    answer.flags |= dns.flags.RA
    if records := zone.get((name, kind)):
        answer.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *records))
    elif name not in {known for known, _ in zone}:
        answer.set_rcode(dns.rcode.NXDOMAIN)
    return answer.to_wire(max_size=4096)
