"""A ZIP that is written while it is read: stored files under plain names, its length known beforehand, resumable.

Nothing is compressed (the files are) and nothing depends on the clock, so the same selection is the same bytes: whoever
was cut off asks for the rest by `Range`. One file at a time is in memory.
"""

from __future__ import annotations

import hashlib
import struct
import threading
import zlib
from collections import OrderedDict
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass

MOST_FILES = 20_000
MOST_BYTES = 4_000_000_000  # FAT32 and old unpackers end at 4 GiB
_DOS_TIME, _DOS_DATE = 0, (2025 - 1980) << 9 | 1 << 5 | 1
_CRCS_KEPT = 50_000
_DEVICES = {"con", "prn", "aux", "nul"} | {f"{name}{number}" for name in ("com", "lpt") for number in range(10)}


@dataclass(frozen=True)
class Member:
    """A file of the archive. Its bytes are known by their digest."""

    name: str
    sha256: str
    bytes: int


@dataclass(frozen=True)
class Plan:
    """An archive before its bytes are there."""

    members: tuple[Member, ...]
    sums: bytes  # SHA256SUMS, the first file
    etag: str

    @property
    def bytes(self) -> int:
        """How long it is."""
        names = ["SHA256SUMS", *(one.name for one in self.members)]
        lengths = len(self.sums) + sum(one.bytes for one in self.members)
        return lengths + sum(30 + 46 + 2 * len(name) for name in names) + 22


_crcs: OrderedDict[str, int] = OrderedDict()
_lock = threading.Lock()


def plan(members: Sequence[Member]) -> Plan:
    """Names made plain and different, even where a file system does not tell `A` from `a`."""
    taken: dict[str, int] = {"sha256sums": 1}
    named = []
    for one in members:
        stem, dot, suffix = one.name.partition(".")
        if stem.lower() in _DEVICES:  # "con.vi.leaflet-a4.pdf": Windows opens no such file
            stem += "_"
        name = f"{stem}{dot}{suffix}"
        count = taken.get(name.lower(), 0)
        taken[name.lower()] = count + 1
        named.append(Member(f"{stem}~{count + 1}{dot}{suffix}" if count else name, one.sha256, one.bytes))
    sums = "".join(f"{one.sha256}  {one.name}\n" for one in named).encode("ascii")
    return Plan(tuple(named), sums, hashlib.sha256(sums).hexdigest()[:32])


def stream(plan: Plan, fetch: Callable[[str], bytes], begin: int, end: int) -> Generator[bytes, None, None]:
    """The bytes from `begin` up to, without, `end`. `fetch` gives an object by its digest; a wrong one ends it."""
    place = 0
    central: list[bytes] = []
    files = [Member("SHA256SUMS", "", len(plan.sums)), *plan.members]
    for one in files:
        size = 30 + len(one.name) + one.bytes
        needed = place < end and place + size > begin
        crc = _known_crc(one, plan)
        data: bytes | None = None
        if needed or crc is None:
            data = plan.sums if not one.sha256 else fetch(one.sha256)
            if len(data) != one.bytes or (one.sha256 and hashlib.sha256(data).hexdigest() != one.sha256):
                raise BrokenObject(one.sha256)
            crc = zlib.crc32(data)
            _remember(one, crc)
        name = one.name.encode("ascii")
        common = struct.pack("<HHHHHIIIHH", 20, 0, 0, _DOS_TIME, _DOS_DATE, crc, one.bytes, one.bytes, len(name), 0)
        central.append(
            struct.pack("<IH", 0x02014B50, 20) + common + struct.pack("<HHHII", 0, 0, 0, 0o644 << 16, place) + name
        )
        if needed and data is not None:
            yield from _cut(b"PK\x03\x04" + common + name, place, begin, end)
            yield from _cut(data, place + 30 + len(name), begin, end)
        place += size
    listing = b"".join(central)
    tail = listing + struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, len(files), len(files), len(listing), place, 0)
    yield from _cut(tail, place, begin, end)


class BrokenObject(Exception):  # noqa: N818
    """An object is not what its digest says: the archive ends there, shorter than it promised."""


def _cut(data: bytes, place: int, begin: int, end: int) -> Iterator[bytes]:
    piece = memoryview(data)[max(0, begin - place) : max(0, end - place)]
    for start in range(0, len(piece), 1 << 16):
        yield bytes(piece[start : start + (1 << 16)])


def _known_crc(one: Member, plan: Plan) -> int | None:
    if not one.sha256:
        return zlib.crc32(plan.sums)
    with _lock:
        return _crcs.get(one.sha256)


def _remember(one: Member, crc: int) -> None:
    if one.sha256:
        with _lock:
            _crcs[one.sha256] = crc
            while len(_crcs) > _CRCS_KEPT:
                _crcs.popitem(last=False)


def ranged(header: str, length: int) -> tuple[int, int] | None:
    """First and end of `bytes=…` with one range; None for all of it. A `ValueError` where nothing lies."""
    unit, equals, text = header.partition("=")
    if unit.strip().lower() != "bytes" or not equals or "," in text:
        return None
    first, dash, last = text.strip().partition("-")
    if (
        not dash
        or not (first or last)
        or not all(not one or (one.isascii() and one.isdigit()) for one in (first, last))
    ):
        return None
    if not first:
        begin, end = max(0, length - int(last[:20])), length
    else:
        begin, end = int(first[:20]), min(length, int(last[:20]) + 1) if last else length
    if begin >= length or end <= begin:
        raise ValueError(header)
    return begin, end
