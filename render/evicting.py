"""Making room in the cache: what was not used for longest goes first; all of it can be made again."""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from render.errors import SettingsError
from render.objects import Missing, Store, telling
from render.store import FolderStore, open_store

_YOUNG_S = 24 * 3600.0  # a run under way may stand on it
_AT_ONCE = 16


@dataclass(frozen=True)
class Evicted:
    """What was taken away, or would be."""

    steps: int
    files: int
    bytes: int
    left_bytes: int


@dataclass(frozen=True)
class _Lying:
    key: str
    bytes: int
    used_s: float  # when it was read or written last; a store on a network tells only the latter


def evict(cache_url: str, *, most_bytes: int, unused_days: int, go: bool) -> Evicted:
    """Take away steps unused for so many days, and the longest unused until the rest fits; nothing unless `go`.

    Only what is older than a day goes. A run that meanwhile stood on something taken makes it again.
    """
    if most_bytes < 0 or unused_days < 1:
        raise SettingsError("a cache needs some room, and a day", where="loa collect --cache", mend="Give more")
    store = open_store(cache_url)
    lying = {one.key: one for one in _lying(store)}
    now_s = time.time()
    total = sum(one.bytes for one in lying.values())
    records = sorted((one for key, one in lying.items() if key.startswith("ac/")), key=lambda one: one.used_s)
    blobs_of = dict(zip((one.key for one in records), _blobs(store, records), strict=True))
    users: dict[str, int] = {}
    for blobs in blobs_of.values():
        for key in blobs:
            users[key] = users.get(key, 0) + 1
    gone: list[str] = [
        key
        for key, one in lying.items()
        if key.startswith(("cas/", "pieces/")) and key not in users and now_s - one.used_s > _YOUNG_S
    ]
    freed = sum(lying[key].bytes for key in gone)
    steps = 0
    for record in records:
        idle_s = now_s - record.used_s
        if idle_s < _YOUNG_S or (idle_s < unused_days * 86400 and total - freed <= most_bytes):
            continue
        steps += 1
        gone.append(record.key)  # the record first: a step without one was never made
        freed += record.bytes
        for key in blobs_of[record.key]:
            users[key] -= 1
            if not users[key] and key in lying:
                gone.append(key)
                freed += lying[key].bytes
    if go:
        _remove(store, [key for key in gone if key.startswith("ac/")])
        _remove(store, [key for key in gone if not key.startswith("ac/")])
    return Evicted(steps, len(gone) - steps, freed, total - freed)


def _lying(store: Store) -> Iterator[_Lying]:
    if not isinstance(store, FolderStore):
        for prefix in ("ac/", "cas/", "pieces/"):
            for one in store.scan(prefix):
                yield _Lying(one.key, one.bytes, one.modified_s)
        return
    with telling("the cache cannot be read", store.url):
        for prefix in ("ac", "cas", "pieces"):
            for folder, _, names in os.walk(store.root / prefix):
                for name in names:
                    path = Path(folder, name)
                    with contextlib.suppress(FileNotFoundError):
                        found = path.stat()
                        key = path.relative_to(store.root).as_posix()
                        yield _Lying(key, found.st_size, max(found.st_atime, found.st_mtime))


def _blobs(store: Store, records: list[_Lying]) -> Iterator[tuple[str, ...]]:
    """The files that each record tells of, by key; none for a record that cannot be read."""

    def read(record: _Lying) -> tuple[str, ...]:
        try:
            if isinstance(store, FolderStore):
                with contextlib.suppress(OSError):
                    path = store.root / record.key
                    data = path.read_bytes()
                    # Looking is no use: the time of use stays what it was.
                    os.utime(path, (record.used_s, path.stat().st_mtime))
                    return _named(data)
                return ()
            return _named(store.get(record.key))
        except Missing:
            return ()

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        yield from pool.map(read, records)


def _named(data: bytes) -> tuple[str, ...]:
    try:
        files = json.loads(data)["files"].values()
        found: list[str] = []
        for blob in files:
            for sha256 in (blob["sha256"], *(piece[0] for piece in blob.get("pieces", ()))):
                found += [f"cas/{sha256[:2]}/{sha256}", f"pieces/{sha256[:2]}/{sha256}"]
        return tuple(dict.fromkeys(found))
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):
        return ()


def _remove(store: Store, keys: list[str]) -> None:
    def remove(key: str) -> None:
        if isinstance(store, FolderStore):
            with telling(f"{key} cannot be removed", store.url):
                (store.root / key).unlink(missing_ok=True)
        else:
            store.delete(key)

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for _ in pool.map(remove, keys):
            pass
