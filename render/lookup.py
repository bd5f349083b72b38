"""From a file's digest to what it is: a sharded list in the bucket, for readers who have only the file.

The list is a hint and proves nothing: who follows it finds the signed manifest, and in it the truth. It is not signed
and only grows; a publisher that was killed before it wrote its part is caught up with by the next.
"""

from __future__ import annotations

import contextlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from render.catalogue import history, read_part, read_pointer
from render.errors import ReleaseError
from render.manifest import FORMAT, MUTABLE, Entry, Part, Release
from render.steps import canonical
from render.store import Conflict, Missing, Store

INDEX = "verify/index.json"
_DIGITS = 2  # of a digest name a shard, at first
_SHARD_ROWS = 1000  # about 150 KB; beyond that shards are named by a digit more
_AT_ONCE = 8
_ATTEMPTS = 12

# Edition, slug, province, product label, office, whether the digest is of the file before it was signed.
Row = tuple[str, str, str, str, str, int]


@dataclass(frozen=True)
class _State:
    number: int
    digits: int
    etag: str | None


def shard_key(sha256: str, digits: int) -> str:
    """Where a digest is looked up."""
    return f"verify/{sha256[:digits]}.json"


def look_up(store: Store, sha256: str) -> Row | None:
    """What the list says of a digest; None when it has none or there is no list."""
    row = _read_shard(store, shard_key(sha256, _read_state(store).digits))[0].get(sha256)
    return (row[0], row[1], row[2], row[3], row[4], row[5]) if row else None


def lacking(store: Store, parts: Iterable[Part]) -> tuple[str, ...]:
    """The shards that do not lead from every file of these parts to its edition."""
    digits = _read_state(store).digits
    wanted: defaultdict[str, set[str]] = defaultdict(set)
    for part in parts:
        for sha256, _ in _rows_of(part):
            wanted[shard_key(sha256, digits)].add(sha256)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        found = pool.map(lambda key: _read_shard(store, key)[0].keys(), wanted)
        return tuple(key for key, there in zip(wanted, found, strict=True) if not wanted[key] <= there)


def write_lookup(store: Store, trusted: Sequence[str], *, anew: bool = False) -> int:
    """Bring the list to the current release; how many digests it was told. `anew`: from the first release on."""
    state = _read_state(store)
    pointer = read_pointer(store, trusted)
    if pointer is None or (pointer.release.number <= state.number and not anew):
        return 0
    rows = dict(_rows_since(store, pointer.release, 0 if anew else state.number, trusted))
    digits = state.digits
    if _add_all(store, rows, digits) > _SHARD_ROWS:
        for number in range(16**digits):
            _add_all(store, _read_shard(store, f"verify/{number:0{digits}x}.json")[0], digits + 1)
        digits += 1
    # Refused, another publisher tells of more than this one, or of less: then the next one catches up.
    with contextlib.suppress(Conflict):
        _put(store, INDEX, {"format": FORMAT, "number": pointer.release.number, "digits": digits}, state.etag)
    return len(rows)


def _rows_since(store: Store, newest: Release, number: int, trusted: Sequence[str]) -> Iterator[tuple[str, Row]]:
    seen: set[str] = set()
    newer: list[Release] = []
    for release in history(store, newest, trusted):
        if release.number <= number:  # its parts were told then, and most of them still stand
            seen = {blob.sha256 for parts in release.articles.values() for blob in parts.values()}
            break
        newer.append(release)
    for release in newer:
        for parts in release.articles.values():
            for blob in parts.values():
                if blob.sha256 not in seen:
                    seen.add(blob.sha256)
                    with contextlib.suppress(Missing):  # a part of an earlier release that nobody could bring back
                        yield from _rows_of(read_part(store, blob))


def _rows_of(part: Part) -> Iterator[tuple[str, Row]]:
    for entry in part.entries:
        for file in entry.files:
            yield file.sha256, _row(entry, part, before_signing=False)
            for number, (sha256, _) in enumerate(file.pieces):  # the first is of the place, the others are everybody's
                yield sha256, _row(entry if number == 0 else replace(entry, office=None), part, before_signing=False)
            if file.unsigned:
                yield file.unsigned, _row(entry, part, before_signing=True)


def _row(entry: Entry, part: Part, *, before_signing: bool) -> Row:
    return (entry.edition, part.slug, part.province, entry.label, entry.office or "", int(before_signing))


def _add_all(store: Store, rows: Mapping[str, Row], digits: int) -> int:
    """Rows into their shards; how many the largest of these has then."""
    by_shard: defaultdict[str, dict[str, Row]] = defaultdict(dict)
    for sha256, row in rows.items():
        by_shard[shard_key(sha256, digits)][sha256] = row
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return max(pool.map(lambda item: _add(store, *item), by_shard.items()), default=0)


def _add(store: Store, key: str, rows: Mapping[str, Row]) -> int:
    """New rows into a shard; how many it has then. Another publisher may write it at the same moment."""
    for _ in range(_ATTEMPTS):
        found, etag = _read_shard(store, key)
        new = {sha256: row for sha256, row in rows.items() if sha256 not in found}
        if not new:
            return len(found)
        try:
            _put(store, key, {**found, **new}, etag)
        except Conflict:
            continue
        return len(found) + len(new)
    mend = "Publish again when they have finished"
    raise ReleaseError("other publishers write the list of files all the time", where=key, mend=mend)


def _read_state(store: Store) -> _State:
    try:
        data, stored = store.read(INDEX)
    except Missing:
        return _State(0, _DIGITS, None)
    try:
        said = json.loads(data)
        return _State(int(said["number"]), int(said["digits"]), stored.etag)
    except (ValueError, KeyError, TypeError):
        return _State(0, _DIGITS, stored.etag)  # broken: written anew from the releases


def _read_shard(store: Store, key: str) -> tuple[dict[str, Row], str | None]:
    try:
        data, stored = store.read(key)
    except Missing:
        return {}, None
    try:
        said = json.loads(data)
    except ValueError:
        return {}, stored.etag
    return (said if isinstance(said, dict) else {}), stored.etag


def _put(store: Store, key: str, data: object, etag: str | None) -> None:
    store.put(
        key,
        canonical(data),
        media_type="application/json",
        cache_control=MUTABLE,
        if_match=etag,
        if_absent=etag is None,
    )
