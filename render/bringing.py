"""One object onto the disk: from where the last attempt broke off, and proven before anybody uses it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from render.errors import ReleaseError
from render.manifest import cas_key
from render.objects import Store, telling
from render.wanted import Target
from render.webstore import Blocked, Failing, bytes_from, pause

_ATTEMPTS = 8  # in a row without a single new byte
_CHUNK = 1 << 20


def download(
    store: Store, target: Target, part: Path, tell: Callable[[int], None], stopped: Callable[[], bool]
) -> None:
    """Bring an object, or what its pieces make together, into `part`: whole and right when this returns.

    While the store only fails for now it is asked again. Bytes that are not what the release says are thrown away
    and asked for once more, then refused.
    """
    tries, wrong = 1, 0
    before = -1
    while True:
        try:
            if _take(store, target, part, tell, stopped) == target.sha256:
                return
        except Failing:
            there = part.stat().st_size if part.is_file() else 0
            tries = 1 if 0 <= before < there else tries + 1
            before = there
            if tries > _ATTEMPTS or stopped():
                raise
            pause(tries)
            continue
        part.unlink(missing_ok=True)
        wrong += 1
        if wrong == 2:
            mend = "Do not use this store; ask the publisher"
            raise ReleaseError("an object is not what its name says", where=cas_key(target.sha256), mend=mend)


def _take(store: Store, target: Target, part: Path, tell: Callable[[int], None], stopped: Callable[[], bool]) -> str:
    """One attempt; the digest of what is there then."""
    digest, at = hashlib.sha256(), 0
    with telling(f"{target.path} cannot be written", str(part.parent)):
        file = os.open(part, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o666)
        try:
            if os.fstat(file).st_size:
                while chunk := os.read(file, _CHUNK):
                    digest.update(chunk)
                    at += len(chunk)
                tell(at)
            if at > target.bytes:
                return ""
            for key, start, total in _left(target, at):
                for chunk in bytes_from(store, key, start, total):
                    at += len(chunk)
                    if at > target.bytes:
                        raise Blocked(f"{key} is larger than the release says", where=store.url)
                    digest.update(chunk)
                    _write(file, chunk)
                    tell(len(chunk))
                    if stopped():
                        raise Failing("the run was stopped", where=target.path)
        finally:
            os.close(file)
    if at < target.bytes:
        raise Failing(f"{target.path} broke off", where=store.url, mend="Run again: what is there is kept")
    return digest.hexdigest()


def _write(file: int, data: bytes) -> None:
    written = os.write(file, data)
    while written < len(data):  # a disk that is nearly full takes a part of it
        written += os.write(file, data[written:])


def _left(target: Target, at: int) -> Iterator[tuple[str, int, int]]:
    """What is still to be read of a file of which so many bytes are here: key, from where, size of the object."""
    begins = 0
    for sha256, size in target.objects:
        if at < begins + size:
            yield cas_key(sha256), max(0, at - begins), size
        begins += size
