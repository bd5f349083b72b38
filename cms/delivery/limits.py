"""How often a token or an address may ask, and when an address that guesses tokens is no longer looked at.

Counts live in the database, so that every process sees the same, but a process takes permits by the handful and
counts wrong tokens by itself first: ten thousand guesses cost a handful of writes.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from cms.audit.log import record
from cms.delivery.models import Lockout, Share

PER_TOKEN = 600  # requests a minute
PER_ADDRESS = 60  # public requests a minute: an office or a village sits behind one address
WRONG_TOKENS = 20  # from one address within the window, in one process
WINDOW_S = 600.0
LOCKED = dt.timedelta(minutes=15)
STREAMS = 8  # in one process: half of its threads (`cms.serve.THREADS`), a reader on a slow line holds one for long
STREAMS_PER_TOKEN = 2
_HANDFUL = 20
_ADDRESSES = 10_000  # remembered at most: a list of addresses must not fill the memory
_LOOK_S = 2.0  # how long a process may not know yet that another has locked an address


@dataclass
class _Memory:
    """What this process remembers."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    held: dict[tuple[str, int], int] = field(default_factory=dict)  # permits taken and not used yet
    wrong: OrderedDict[str, tuple[float, int]] = field(default_factory=OrderedDict)  # since when, how many
    locked: dict[str, float] = field(default_factory=dict)  # address -> until, in epoch seconds
    looked: float = 0.0
    streams: list[str] = field(default_factory=list)  # whose answers are being sent now, long ones


_memory = _Memory()


def network_of(address: str) -> str:
    """What is counted: an address, or of IPv6 the /64 that one subscriber has to himself."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is None:
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(getattr(found, "ipv4_mapped", None) or found)


def forget() -> None:
    """Begin anew, as a new process would."""
    global _memory
    _memory = _Memory()


def wait_s(key: str, most: int) -> int:
    """Take one permit of this minute: 0, or the seconds to wait for the next minute."""
    now = time.time()
    minute = int(now // 60)
    slot = (key, minute)
    with _memory.lock:
        if _memory.held.get(slot, 0) > 0:
            _memory.held[slot] -= 1
            return 0
    given = _take(key, minute, most, min(_HANDFUL, max(1, most // 10)))
    with _memory.lock:
        for old in [one for one in _memory.held if one[1] < minute]:
            del _memory.held[old]
        if given:
            _memory.held[slot] = _memory.held.get(slot, 0) + given - 1
            return 0
    return max(1, int((minute + 1) * 60 - now + 0.999))


def _take(key: str, minute: int, most: int, handful: int) -> int:
    """Up to a handful of what is left of the minute."""
    with transaction.atomic():
        row = Share.objects.select_for_update().filter(key=key, minute=minute).first()
        if row is None:
            try:
                with transaction.atomic():
                    Share.objects.create(key=key, minute=minute, used=min(handful, most))
            except IntegrityError:  # another process was first
                row = Share.objects.select_for_update().get(key=key, minute=minute)
            else:
                Share.objects.filter(minute__lt=minute - 1).delete()
                return min(handful, most)
        given = min(handful, most - row.used)
        if given > 0:
            Share.objects.filter(pk=row.pk).update(used=F("used") + given)
        return max(0, given)


class Stream:
    """A long answer that holds one of the few places for such; it is given back at its end, however that comes."""

    def __init__(self, key: str, pieces: Generator[bytes, None, None]) -> None:
        self._key, self._pieces, self._memory = key, pieces, _memory

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            return next(self._pieces)
        except BaseException:  # its end, a fault, a reader who is gone: the place is free in any case
            self.close()
            raise

    def close(self) -> None:
        """Whoever sends it calls this when the reader is gone."""
        try:
            self._pieces.close()
        finally:
            with self._memory.lock:
                if self._key:
                    self._memory.streams.remove(self._key)
                    self._key = ""


def stream(key: str, pieces: Callable[[], Generator[bytes, None, None]]) -> Stream | None:
    """A place for a long answer; None when all are taken, or as many as one key may hold."""
    with _memory.lock:
        if len(_memory.streams) >= STREAMS or _memory.streams.count(key) >= STREAMS_PER_TOKEN:
            return None
        _memory.streams.append(key)
    return Stream(key, pieces())


def locked_s(address: str) -> int:
    """Seconds for which an address is not looked at; 0 when it is."""
    now, address = time.time(), network_of(address)
    with _memory.lock:
        until = _memory.locked.get(address, 0.0)
        stale = now - _memory.looked > _LOOK_S
        if stale:
            _memory.looked = now
    if until <= now and stale:
        found = {row.address: row.until.timestamp() for row in Lockout.objects.filter(until__gt=timezone.now())}
        with _memory.lock:
            _memory.locked = found
        until = found.get(address, 0.0)
    return max(0, int(until - now + 0.999))


def wrong_token(address: str) -> None:
    """A token that is none came from there; after too many, nothing from there is looked at for a while."""
    now, address = time.time(), network_of(address)
    with _memory.lock:
        since, count = _memory.wrong.pop(address, (now, 0))
        if now - since > WINDOW_S:
            since, count = now, 0
        _memory.wrong[address] = (since, count + 1)
        while len(_memory.wrong) > _ADDRESSES:
            _memory.wrong.popitem(last=False)
        if count + 1 < WRONG_TOKENS:
            return
        del _memory.wrong[address]
        _memory.locked[address] = now + LOCKED.total_seconds()
    _lock(address)


@transaction.atomic
def _lock(address: str) -> None:
    now = timezone.now()
    Lockout.objects.filter(until__lt=now).delete()
    _row, new = Lockout.objects.update_or_create(address=address, defaults={"until": now + LOCKED})
    if new:  # told once, however many processes find it out
        record("token.locked", actor=None, subject=f"address:{address}", details={"wrong": WRONG_TOKENS})
