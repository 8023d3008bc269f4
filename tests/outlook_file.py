"""A saved mail of Outlook's (.msg; MS-CFB, MS-OXMSG), made octet by octet: nothing installed writes the form."""

import struct
from dataclasses import dataclass, field
from itertools import pairwise

SECTOR, SMALL = 512, 64
CUTOFF = 4096
_END, _FREE, _FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
_SUBJECT, _BODY, _SENDER, _ADDRESS, _FILE_NAME, _FILE_DATA = 0x0037, 0x1000, 0x0C1A, 0x0C1F, 0x3707, 0x3701
_TEXT, _BINARY = 0x001F, 0x0102


@dataclass
class Folder:
    """A storage with its streams."""

    name: str
    streams: dict[str, bytes] = field(default_factory=dict)
    folders: list["Folder"] = field(default_factory=list)


def saved_mail(subject: str, body: str, sender: str, address: str, files: dict[str, bytes]) -> bytes:
    """The octets of a .msg with these words and files."""
    texts = {_SUBJECT: subject, _BODY: body, _SENDER: sender, _ADDRESS: address}
    root = _object("Root Entry", 32, {(number, _TEXT): words.encode("utf-16-le") for number, words in texts.items()})
    for number, (name, octets) in enumerate(files.items()):
        values = {(_FILE_NAME, _TEXT): name.encode("utf-16-le"), (_FILE_DATA, _BINARY): octets}
        root.folders.append(_object(f"__attach_version1.0_#{number:08X}", 8, values))
    return _compound(root)


def _object(name: str, head: int, values: dict[tuple[int, int], bytes]) -> Folder:
    entries = b"".join(struct.pack("<HHIII", kind, number, 6, len(v), 0) for (number, kind), v in values.items())
    streams = {f"__substg1.0_{number:04X}{kind:04X}": value for (number, kind), value in values.items()}
    return Folder(name, {"__properties_version1.0": b"\x00" * head + entries, **streams})


def _compound(root: Folder) -> bytes:
    """The folder as a compound file. All its streams are small, so all stand in the small sectors of one stream."""
    small = bytearray()
    small_table: list[int] = []
    entries: list[list[int | bytes]] = []

    def store(octets: bytes) -> int:
        assert 0 < len(octets) < CUTOFF
        first, count = len(small_table), -(-len(octets) // SMALL)
        small.extend(octets.ljust(count * SMALL, b"\x00"))
        small_table.extend([*range(first + 1, first + count), _END])
        return first

    def enter(name: str, kind: int, start: int, size: int) -> int:
        entries.append([name.encode("utf-16-le") + b"\x00\x00", kind, _FREE, _FREE, start, size])
        return len(entries) - 1

    def enter_folder(folder: Folder, kind: int) -> int:
        at = enter(folder.name, kind, 0, 0)
        inside = [enter(name, 2, store(octets), len(octets)) for name, octets in folder.streams.items()]
        inside += [enter_folder(child, 1) for child in folder.folders]
        for here, right in pairwise(inside):
            entries[here][2] = right
        entries[at][3] = inside[0]
        return at

    enter_folder(root, 5)
    entries[0][4:] = [0, len(small)]
    streams = [bytes(small), struct.pack(f"<{len(small_table)}I", *small_table), b"".join(map(_entry, entries))]
    return _in_sectors(streams)


def _in_sectors(streams: list[bytes]) -> bytes:
    """The small sectors, their table, and the directory, in sectors; then the table of those (at most one)."""
    data, starts = b"", []
    table: list[int] = []
    for octets in streams:
        count = -(-len(octets) // SECTOR)
        starts.append(len(table))
        table += [*range(len(table) + 1, len(table) + count), _END]
        data += octets.ljust(count * SECTOR, b"\xff")
    table.append(_FAT)
    assert len(table) <= SECTOR // 4
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 16 + struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    small_sectors = starts[2] - starts[1]
    head += struct.pack("<10I", 0, 1, starts[2], 0, CUTOFF, starts[1], small_sectors, _END, 0, len(table) - 1)
    return head.ljust(SECTOR, b"\xff") + data + struct.pack(f"<{len(table)}I", *table).ljust(SECTOR, b"\xff")


def _entry(entry: list[int | bytes]) -> bytes:
    name, kind, right, child, start, size = entry
    assert isinstance(name, bytes)
    head = name.ljust(64, b"\x00") + struct.pack("<HBBIII", len(name), kind, 1, _FREE, right, child)
    return head + b"\x00" * 36 + struct.pack("<IQ", start, size)
