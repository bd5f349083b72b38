"""A private copy of what is signed: catalogue, manifests, lists and keys, for a store that lost them.

Files can be made again, and be sent and signed anew; what was released, under which number, and what was called back
cannot. The copy lies in the private store (the cache), for each public store apart; `loa collect --cache` leaves it.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from render.catalogue import Pointer, manifest_key, pointer_bytes, read_pointer, read_release
from render.errors import ReleaseError
from render.manifest import CATALOGUE, IMMUTABLE, MUTABLE, Release, cas_key, release_from_data
from render.store import Conflict, Missing, Store, Stored

FOLDER = "released/"
_AT_ONCE = 8
_JSON = "application/json"


@dataclass(frozen=True)
class Copy:
    """The copy that belongs to a public store."""

    private: Store
    folder: str

    def get(self, key: str) -> bytes | None:
        """The bytes of an object as they were; None when there is no copy."""
        with contextlib.suppress(Missing):
            return self.private.get(f"{self.folder}{key}")
        return None

    @property
    def number(self) -> int:
        """Of the newest release that was current as far as is known here; 0 for none."""
        with contextlib.suppress(ValueError, KeyError, TypeError):
            return int(json.loads(self.get(CATALOGUE) or b"{}")["number"])
        return 0


def copy_of(store: Store, private: Store) -> Copy:
    """The copy that is kept of a store."""
    return Copy(private, f"{FOLDER}{hashlib.sha256(store.url.encode()).hexdigest()[:16]}/")


def keep_copy(store: Store, private: Store, release: Release, at_hand: Mapping[str, bytes]) -> None:
    """Bring the copy to the release that has just become current. `at_hand` are objects that need not be read."""
    copy = copy_of(store, private)
    have = {key.removeprefix(copy.folder) for key in private.list(copy.folder)}
    keys = set(store.list("keys/"))

    def keep(key: str) -> None:
        data = at_hand.get(key)
        if data is None:
            with contextlib.suppress(Missing):
                data = store.get(key)
        if data is not None and (not key.startswith("cas/") or cas_key(hashlib.sha256(data).hexdigest()) == key):
            private.put(f"{copy.folder}{key}", data, media_type=_JSON)

    def keep_all(wanted: set[str]) -> None:
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            for _ in pool.map(keep, sorted(wanted)):
                pass

    keep_all({key for key in keys if key not in have or key.endswith(".json")})  # what is said of a key changes
    before: Release | None = release
    while before is not None and manifest_key(before.id) not in have:  # those of earlier releases the first time
        lists = lists_of(before)
        keep_all({cas_key(sha256) for sha256 in lists} - have)
        have |= {cas_key(sha256) for sha256 in lists}
        for key in (f"{manifest_key(before.id)}.sig", manifest_key(before.id)):
            keep(key)
        before = _release(store, before.previous)
    keep(CATALOGUE)  # last: it stands for the rest


def lists_of(release: Release) -> dict[str, int]:
    """The parts and lists of events of a release: digest and bytes."""
    blobs = [blob for named in release.articles.values() for blob in named.values()]
    blobs += [event.editions for event in release.withdrawn]
    return {blob.sha256: blob.bytes for blob in blobs}


def _release(store: Store, named: str) -> Release | None:
    with contextlib.suppress(Missing, ValueError, KeyError, TypeError):
        return release_from_data(json.loads(store.get(manifest_key(named)))) if named else None
    return None


def refuse_lost(store: Store, private: Store | None, pointer: Pointer | None) -> None:
    """A `ReleaseError` when the store is behind what was current there: readers refuse what is released on top."""
    copy = copy_of(store, private) if private is not None else None
    known, current = copy.number if copy else 0, pointer.release.number if pointer else 0
    if copy is not None and current < known:
        what = "lost its catalogue" if pointer is None else f"went back to release {current}"
        mend = f"loa prove --mend brings release {known} back; to begin anew, remove {copy.folder} from the cache"
        raise ReleaseError(f"the store {what}: release {known} was current", where=store.url, mend=mend)


# ----- bringing back


def bring_catalogue_back(store: Store, private: Store, trusted: Sequence[str], *, go: bool) -> tuple[str, ...]:
    """See that the newest release is the current one; what was wrong, in words. Nothing is written unless `go`.

    It is found among the manifests that lie there and those of the copy, each proven by its signature. Of two of one
    number (the one that lost a race) the copy's counts, else the one that calls more back.
    """
    copy = copy_of(store, private)
    wrong = [*_keys_back(store, copy, go=go)]
    found, stored = None, store.head(CATALOGUE)
    with contextlib.suppress(ReleaseError):
        found = read_pointer(store, trusted)
    if found is not None and found.release.number >= copy.number:
        return tuple(wrong)
    ours = _copied_release(copy)
    there = [one for one in _signed_releases(store, trusted) if ours is None or one.number > ours.number]
    newest = max([*there, *([ours] if ours else [])], key=lambda one: (one.number, len(one.withdrawn)), default=None)
    if newest is None:
        if stored is not None:
            wrong.append(f"{CATALOGUE} cannot be used, and no release that is signed with a known key lies there")
        return tuple(wrong)
    how = "is missing" if stored is None else "is not the newest" if found else "is broken, or what it names is"
    wrong.append(f"{CATALOGUE} {how}: release {newest.number} was current")
    if go:
        _manifest_back(store, copy, newest)
        _point_to(store, newest, stored)
    return tuple(wrong)


def bring_history_back(
    store: Store, private: Store, release: Release, *, go: bool
) -> tuple[list[tuple[str, bool]], list[Release]]:
    """See that the releases before this one can be read: keys of what is missing and whether there is a copy; them."""
    copy, told, found = copy_of(store, private), [], []
    named = release.id
    while named:
        for key in (manifest_key(named), f"{manifest_key(named)}.sig"):
            if store.head(key) is None:
                data = copy.get(key)
                if go and data is not None:
                    _put(store, key, data, None)
                told.append((key, data is not None))
        before = _release(store, named)
        if before is None and (data := copy.get(manifest_key(named))) is not None:
            before = release_from_data(json.loads(data))
        if before is not None:
            found.append(before)
        named = before.previous if before is not None else ""
    return told, found


def bring_list_back(store: Store, private: Store, sha256: str, *, go: bool) -> tuple[str, bool]:
    """See that a part or a list of events is whole; what was wrong ("" for nothing), and whether it can be mended."""
    key, stored = cas_key(sha256), None
    try:
        data, stored = store.read(key)
        if hashlib.sha256(data).hexdigest() == sha256:
            return "", True
        what = "of other bytes"
    except Missing:
        what = "missing"
    kept = copy_of(store, private).get(key)
    if kept is None or hashlib.sha256(kept).hexdigest() != sha256:
        return what, False
    if go:
        _put(store, key, kept, stored)
    return what, True


def _keys_back(store: Store, copy: Copy, *, go: bool) -> Iterator[str]:
    prefix = f"{copy.folder}keys/"
    for name in list(copy.private.list(prefix)):
        key = name.removeprefix(copy.folder)
        if store.head(key) is None:
            yield f"{key} is missing"
            data = copy.get(key)
            if go and data is not None:
                _put(store, key, data, None)


def _copied_release(copy: Copy) -> Release | None:
    """The newest release of the copy: it was current. The cache is the publisher's own, so nobody else wrote it."""
    try:
        named = str(json.loads(copy.get(CATALOGUE) or b"{}")["release"])
        data = copy.get(manifest_key(named))
        return release_from_data(json.loads(data)) if data is not None else None
    except (ValueError, KeyError, TypeError):
        return None


def _signed_releases(store: Store, trusted: Sequence[str]) -> Iterator[Release]:
    """The newest manifests that lie in a store, signed as they should be: all of the highest number there is."""
    ids = [
        key.removeprefix("releases/").removesuffix(".json")
        for key in store.list("releases/")
        if key.endswith(".json") and key.removeprefix("releases/")[:8].isdigit()
    ]
    number = 0
    for one in sorted(ids, reverse=True):
        if int(one[:8]) < number:
            return
        with contextlib.suppress(ReleaseError):
            yield read_release(store, one, trusted)
            number = int(one[:8])


def _manifest_back(store: Store, copy: Copy, release: Release) -> None:
    for key in (manifest_key(release.id), f"{manifest_key(release.id)}.sig"):
        data = copy.get(key)
        if data is None:
            continue
        stored = None
        with contextlib.suppress(Missing):
            there, stored = store.read(key)
            if there == data:
                continue
        _put(store, key, data, stored)


def _point_to(store: Store, release: Release, stored: Stored | None) -> None:
    key = manifest_key(release.id)
    data = pointer_bytes(release, store.get(key), store.get(f"{key}.sig"))
    store.put(
        CATALOGUE, data,
        media_type=_JSON, cache_control=MUTABLE, if_match=stored.etag if stored else None, if_absent=stored is None,
    )  # fmt: skip


def _put(store: Store, key: str, data: bytes, over: Stored | None) -> None:
    kind = {"pem": "application/x-pem-file", "sig": "application/octet-stream"}.get(key.rpartition(".")[2], _JSON)
    cache = MUTABLE if key.startswith("keys/") and kind == _JSON else IMMUTABLE
    with contextlib.suppress(Conflict):  # somebody else put it back
        store.put(
            key, data,
            media_type=kind, cache_control=cache, if_match=over.etag if over else None, if_absent=over is None,
        )  # fmt: skip
