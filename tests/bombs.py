"""Mails that are made to stop whoever reads them, and files that do. Each is made when it is asked for."""

import base64
import struct
from collections.abc import Callable

HEAD = b"From: Anne <anne@example.org>\r\nSubject: Missed bin\r\n"
TEXT = b"The bin was missed."
MEGABYTE = 1 << 20
LARGEST = 25 * MEGABYTE


def headed(lines: bytes) -> bytes:
    return b"From: Anne <anne@example.org>\r\n" + lines + b"\r\n\r\n" + TEXT + b"\r\n"


def parts(count: int) -> bytes:
    return HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * count + b"--b--\r\n"


def nested(depth: int, kind: bytes = b"mixed") -> bytes:
    opened = b"".join(
        b'Content-Type: multipart/%b; boundary="b%d"\r\n\r\n--b%d\r\n' % (kind, level, level) for level in range(depth)
    )
    return HEAD + opened + b"Content-Type: text/plain\r\n\r\n" + TEXT + b"\r\n"


def nested_under_one_boundary(depth: int) -> bytes:
    return HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" * depth + b"\r\n" + TEXT


def forwards(depth: int) -> bytes:
    return HEAD + b"Content-Type: message/rfc822\r\n\r\n" * depth + b"Content-Type: text/plain\r\n\r\n" + TEXT


def deep_and_large() -> bytes:
    return nested(49) + b"\n--x\n" * (LARGEST // 5)


def false_delimiters() -> bytes:
    return HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n" + TEXT + b"\r\n--bx" * (LARGEST // 6)


def body(kind: bytes, octets: bytes, encoding: bytes = b"8bit") -> bytes:
    return HEAD + b"Content-Type: %b\r\nContent-Transfer-Encoding: %b\r\n\r\n" % (kind, encoding) + octets


def file(name: bytes, octets: bytes) -> bytes:
    disposition = b"\r\nContent-Disposition: attachment; filename=" + name
    return body(b"application/octet-stream" + disposition, base64.encodebytes(octets), b"base64")


def tnef(*attributes: tuple[int, bytes]) -> bytes:
    stream = b"\x78\x9f\x3e\x22\x01\x00"
    for name, value in attributes:
        stream += struct.pack("<BHHI", 1, name, 6, len(value)) + value + struct.pack("<H", sum(value) & 0xFFFF)
    return stream


def tnef_of_many_properties() -> bytes:
    return file(b"winmail.dat", tnef((0x9003, struct.pack("<I", 0xFFFFFFFF) + b"\x00" * 4)))


def tnef_of_many_values() -> bytes:
    value = struct.pack("<IHHI", 1, 0x1002, 0x0001, 0xFFFFFFFF) + b"\x00" * 40
    return file(b"winmail.dat", tnef((0x9003, value)))


def tnef_of_many_attributes() -> bytes:
    return file(b"winmail.dat", tnef() + struct.pack("<BHHIH", 1, 0x800C, 6, 0, 0) * 1_000_000)


def uuencoded(blocks: int) -> bytes:
    return body(b"text/plain", TEXT + b"\n" + b"begin 644 a.txt\n#0V%T\n`\nend\n" * blocks)


HEADER_BOMBS: dict[str, Callable[[], bytes]] = {
    "a header line of 1 MB": lambda: headed(b"X-Big: " + b"x" * MEGABYTE),
    "a subject of one word of 1 MB": lambda: headed(b"Subject: " + b"x" * MEGABYTE),
    "a subject of 100,000 words": lambda: headed(b"Subject: " + b"word " * 100_000),
    "a subject of 20,000 encoded words": lambda: headed(b"Subject: " + b"=?utf-8?q?a?= " * 20_000),
    "a subject of encoded words that never end": lambda: headed(b"Subject: " + b"=?a?q?" * 100_000),
    "To with 10,000 addresses": lambda: headed(b"To: " + b"someone@example.org, " * 10_000),
    "To with 20,000 open parentheses": lambda: headed(b"To: " + b"(" * 20_000),
    "From of 100 KB of quotes": lambda: headed(b"From: " + b'"' * 100_000),
    "To with 50,000 commas": lambda: headed(b"To: " + b"," * 50_000),
    "Content-Type with 10,000 parameters": lambda: headed(
        b"Content-Type: text/plain" + b"".join(b"; p%d=x" % n for n in range(10_000))
    ),
    "Content-Type with 10,000 continuations": lambda: headed(
        b"Content-Type: text/plain" + b"".join(b"; name*%d=x" % n for n in range(10_000))
    ),
    "Content-Type of quotes and semicolons": lambda: headed(b"Content-Type: text/plain" + b'; "' * 100_000),
    "References with 20,000 ids": lambda: headed(b"References: " + b"<a@b.example> " * 20_000),
    "Message-ID of 100 KB of <": lambda: headed(b"Message-ID: " + b"<" * 100_000),
    "a date of 100 KB": lambda: headed(b"Date: " + b"1" * 100_000),
    "5,000 Received lines": lambda: headed(b"Received: by x\r\n" * 5_000 + b"Subject: Missed bin"),
    "2,000,000 header lines": lambda: headed(b"X: y\r\n" * 2_000_000 + b"Subject: Missed bin"),
    "a charset that is a program's": lambda: body(b"text/plain; charset=" + b"a" * 100_000, TEXT),
}
"""Below each of these the words can still be read."""

STRUCTURE_BOMBS: dict[str, Callable[[], bytes]] = {
    "10,000 parts": lambda: parts(10_000),
    "100,000 parts": lambda: parts(100_000),
    "multiparts nested 100 deep": lambda: nested(100),
    "multiparts nested 1,000 deep": lambda: nested(1_000),
    "multiparts nested 5,000 deep": lambda: nested(5_000),
    "alternatives nested 1,000 deep": lambda: nested(1_000, b"alternative"),
    "forwards nested 1,000 deep": lambda: forwards(1_000),
    "2,000,000 header lines": HEADER_BOMBS["2,000,000 header lines"],
}
"""Each is built as no mail program builds a mail: words of an officer say so, and nothing answers it by itself."""

BODY_BOMBS: dict[str, Callable[[], bytes]] = {
    "one boundary 100,000 deep": lambda: nested_under_one_boundary(100_000),
    "25 MB below 49 open multiparts": deep_and_large,
    "25 MB of lines like its delimiter": false_delimiters,
    "25 MB of line feeds": lambda: HEAD + b"\r\n" + b"\n" * LARGEST,
    "25 MB of line feeds, said to be base64": lambda: body(b"text/plain", b"\n" * LARGEST, b"base64"),
    "25 MB of =, said to be quoted-printable": lambda: body(b"text/plain", b"=" * LARGEST, b"quoted-printable"),
    "a text of 25 MB": lambda: body(b"text/plain", b"The bin was missed. " * (LARGEST // 20)),
    "a text of 25 MB in flowed lines": lambda: body(b"text/plain; format=flowed", b"bin \n" * (LARGEST // 5)),
    "10 MB of UTF-7": lambda: body(b"text/plain; charset=utf-7", b"+2AA-" * (2 * MEGABYTE)),
    "a page of 60,000 open boxes": lambda: body(b"text/html", b"<div>" * 60_000 + TEXT),
    "a page of 20,000 tables in tables": lambda: body(b"text/html", b"<table><tr><td>" * 20_000 + TEXT),
    "a page of 30,000 open quotations": lambda: body(b"text/html", b"<blockquote>" * 30_000 + TEXT),
    "a page of one tag of 10 MB": lambda: body(b"text/html", b"<p a='" + b"x" * (10 * MEGABYTE) + b"'>" + TEXT),
    "a page of 25 MB of <": lambda: body(b"text/html", b"<" * LARGEST),
    "a page of 1,000,000 entities": lambda: body(b"text/html", b"&lt;" * 1_000_000),
    "a file of 18 MB": lambda: file(b"a.bin", b"\x00" * (18 * MEGABYTE)),
    "100,000 uuencoded files": lambda: uuencoded(100_000),
    "a uuencoded file that never ends": lambda: body(b"text/plain", b"begin 644 a\n#0V%T\n" * 500_000),
    "a calendar of 10 MB": lambda: body(b"text/calendar", b"BEGIN:VEVENT\nSUMMARY:x\n" + b" y\n" * 3_000_000),
    "winmail.dat of 4 billion properties": tnef_of_many_properties,
    "winmail.dat of 4 billion values": tnef_of_many_values,
    "winmail.dat of 1,000,000 attributes": tnef_of_many_attributes,
    "a saved mail (.msg) that is none": lambda: file(
        b"a.msg", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "__properties_version1.0".encode("utf-16-le") * 100_000
    ),
    "500 files of one octet": lambda: (
        HEAD
        + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
        + b"--b\r\nContent-Type: image/png\r\n\r\nx\r\n" * 498
    ),
    "1,000,000 lines of quotation": lambda: body(b"text/plain", b"> x\n" * 1_000_000),
    "'On ' 1,000,000 times": lambda: body(b"text/plain", b"On " * 1_000_000),
    "1,000,000 dashes in lines": lambda: body(b"text/plain", b"--\n" * 500_000),
    "NUL 25,000,000 times": lambda: b"\x00" * LARGEST,
    "25 MB in one line that is no header": lambda: b"a" * LARGEST,
    "a PGP signature that never ends": lambda: body(
        b"text/plain", b"-----BEGIN PGP SIGNED MESSAGE-----\nHash: a\n" * 50_000
    ),
}

BOMBS = {**HEADER_BOMBS, **STRUCTURE_BOMBS, **BODY_BOMBS}
