"""Files on their way into the store: many at once, credited and checked, while others are still being made."""

from __future__ import annotations

import contextlib
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from types import TracebackType

from render.catalogue import put_once
from render.credentials import (
    DETACHED,
    MEDIA_TYPE,
    Credentials,
    attach,
    sign_beside,
    signable,
    source_type,
    voice_of,
)
from render.errors import LoaError, ReleaseError
from render.manifest import IMMUTABLE, Entry, EntryFile, Part, Release, cas_key
from render.packs import pack
from render.presence import Presence
from render.products.page import PHOTOGRAPHS, photo_of
from render.steps import canonical
from render.store import Conflict, Missing, Store, Stored

# While it lies in the store, somebody takes away what nothing leads to.
COLLECTING = "collecting.json"

# Where files of what was withdrawn lie in the private store, once a notice stands in their place.
BLOCKED = "blocked/"

_AT_ONCE = 8
_FRESH_S = 12 * 3600.0  # nobody collects what is younger; what is older is written again before it is relied on
_WAIT_S = 120.0
_MARKED_S = 3600.0  # a mark that is older was left by somebody who was killed


# Digest, media type, digital source type, and whether its credential lies in a pack.
_Sent = tuple[str, str, str, bool]


@dataclass
class Sent:
    """What went into the store so far."""

    objects: int = 0
    bytes: int = 0


class Uploads:
    """The files of entries, each sent once. `load` gives their bytes by digest; they are held only while they travel.

    Use it as a context: what is under way when it is left by an error is not waited for.
    """

    def __init__(self, store: Store, load: Callable[[str], bytes], credentials: Credentials | None = None) -> None:
        self.store = store
        self.credentials = credentials
        self.sent = Sent()
        self._load = load
        self._pool = ThreadPoolExecutor(_AT_ONCE)
        self._lock = threading.Lock()
        self._files: dict[_Sent, Future[EntryFile]] = {}
        self._known: dict[tuple[str, str], EntryFile] = {}
        self._presence = Presence(store)
        self._relied_on: dict[str, EntryFile] = {}  # objects that somebody else had put there
        self._clock: tuple[float, float] | None = None

    def __enter__(self) -> Uploads:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._pool.shutdown(wait=True, cancel_futures=error is not None)

    def expect(self, release: Release) -> None:
        """This is the release that is current."""
        self._presence.expect(release)

    def know(self, parts: Iterable[Part]) -> None:
        """These parts are current: what they name was sent, nobody should take it away, and it is made sure of."""
        for part in parts:
            for entry in part.entries:
                for file in entry.files:
                    self._known[file.unsigned or file.sha256, file.media_type] = file

    def distrust(self, keys: Iterable[str]) -> None:
        """These objects were read, and are not what they should be, whatever their size."""
        self._presence.distrust(keys)

    def add(self, entry: Entry) -> None:
        """Send the files of an entry on their way; those that are known, or under way already, are left out."""
        packed = _is_packed(entry)
        for file in entry.files:
            source = _source(entry, file)
            key = (file.sha256, file.media_type, source, packed)
            with self._lock:
                if key not in self._files:
                    self._files[key] = self._pool.submit(self._send, file, source, packed)

    def published(self, entry: Entry) -> Entry:
        """The entry with its files as they lie in the store, once they do; raises what kept one of them from it."""
        self.add(entry)
        packed = _is_packed(entry)
        files = []
        for file in entry.files:
            there = self._files[file.sha256, file.media_type, _source(entry, file), packed].result()
            files.append(replace(there, role=file.role, suffix=file.suffix, name=file.name))
        return replace(entry, files=tuple(files))

    def packed(self, entries: Iterable[Entry]) -> tuple[Entry, ...]:
        """Published entries with the credentials of communes: one object for all of an article in a language.

        One beside each sheet and each greeting would double what a nationwide release writes. They are signed at the
        end, by digest, so none of them waits in memory for the rest to be made.
        """
        entries = tuple(entries)
        if self.credentials is None:
            return entries
        wanted: dict[str, dict[str, tuple[EntryFile, str]]] = {}
        for entry in filter(_is_packed, entries):
            for file in entry.files:
                if file.media_type in DETACHED and not file.credential:
                    wanted.setdefault(entry.lang, {})[file.sha256] = (file, _source(entry, file))
        found: dict[str, tuple[str, tuple[int, int, int]]] = {}
        for files in wanted.values():
            signed = dict(zip(files, self._pool.map(lambda one: self._beside(*one), files.values()), strict=True))
            key, data, places = pack(signed)
            put_once(self.store, key, data, media_type="application/zip")
            self._count(len(data))
            found |= {sha256: (key, (first, size, len(data))) for sha256, (first, size) in places.items()}

        def credited(file: EntryFile) -> EntryFile:
            key, at = found.get(file.sha256, ("", ()))
            return replace(file, credential=key, credential_at=at) if key and not file.credential else file

        return tuple(replace(entry, files=tuple(map(credited, entry.files))) for entry in entries)

    def confirm(self) -> None:
        """Before the swap: wait for whoever collects rubbish, and put back what was taken from under our feet."""
        if not self._is_collecting():
            return
        self._wait_for_collector()
        for sha256, file in list(self._relied_on.items()):
            found = self.store.head(cas_key(sha256))
            if _is(found, file):
                continue
            if file.unsigned:
                mend = "Publish again: it is signed anew"
                raise ReleaseError("a signed file was taken away meanwhile", where=file.name, mend=mend)
            self._put(file, sha256, self._checked(file), over=found)

    def _wait_for_collector(self) -> None:
        until = time.monotonic() + _WAIT_S
        while self._is_collecting():
            if time.monotonic() > until:
                mend = f"Let loa collect end; if it was killed, remove {COLLECTING} from the store"
                raise ReleaseError("somebody is still taking rubbish away", where=self.store.url, mend=mend)
            time.sleep(0.25)

    # ----- one file

    def _send(self, file: EntryFile, source: str, packed: bool) -> EntryFile:
        known = self._still_there(self._known.get((file.sha256, file.media_type)))
        if file.pieces:
            return self._send_pieces(file, known)
        credited = self.credentials is not None and signable(file.media_type)
        if known is not None and (bool(known.unsigned or known.credential) or not credited):
            return known
        try:
            if not credited or (packed and file.media_type in DETACHED):
                self._ensure(file, file.sha256, lambda: self._checked(file))
                return file
            return self._send_beside(file, source) if file.media_type in DETACHED else self._send_signed(file, source)
        except ReleaseError as error:
            if error.where:
                raise
            raise ReleaseError(error.what, where=file.name, mend=error.mend) from None

    def _still_there(self, known: EntryFile | None) -> EntryFile | None:
        """What was current, without what somebody took out of the store or cut short since."""
        if known is None or not all(self._presence.is_whole(cas_key(sha256), size) for sha256, size in known.objects):
            return None
        size = known.credential_at[2] if known.credential_at else None
        if known.credential and not self._presence.is_whole(known.credential, size):
            return replace(known, credential="", credential_at=())
        return known

    def _send_pieces(self, file: EntryFile, known: EntryFile | None) -> EntryFile:
        if known is not None and known.pieces == file.pieces:
            return known
        for sha256, size in file.pieces:
            piece = replace(file, sha256=sha256, bytes=size, pieces=())
            with self._lock:
                key = (sha256, file.media_type, "", False)
                first = key not in self._files
                mine: Future[EntryFile] = self._files.setdefault(key, Future())
            if first:
                try:
                    self._ensure(piece, sha256, lambda one=piece: self._checked(one))  # type: ignore[misc]
                    mine.set_result(piece)
                except BaseException as error:
                    mine.set_exception(error)
                    raise
            else:
                mine.result()
        return file

    def _send_beside(self, file: EntryFile, source: str) -> EntryFile:
        data: bytes | None = None

        def read() -> bytes:
            nonlocal data
            data = self._checked(file)
            return data

        self._ensure(file, file.sha256, read)
        key = f"{self._credential(file, source)}.c2pa"
        over = self.store.head(key)
        if over is None or not self._presence.trusts(key):
            beside = self._attach(file, data if data is not None else read(), source)[1]
            with contextlib.suppress(Conflict):  # two signings differ, and the first is as good
                self.store.put(
                    key, beside,
                    media_type=MEDIA_TYPE, cache_control=IMMUTABLE,
                    if_match=over.etag if over else None, if_absent=over is None,
                )  # fmt: skip
                self._count(len(beside))
        return replace(file, credential=key)

    def _send_signed(self, file: EntryFile, source: str) -> EntryFile:
        key = f"{self._credential(file, source)}.json"
        there, etag = self._signed_before(key, file)
        if there is not None:
            return there
        signed, _ = self._attach(file, self._checked(file), source)
        sha256 = hashlib.sha256(signed).hexdigest()
        ours = replace(file, sha256=sha256, bytes=len(signed), unsigned=file.sha256)
        self._put(ours, sha256, signed)
        told = canonical({"sha256": sha256, "bytes": len(signed)})
        try:
            # The object lies there before it is told of: who finds the record finds the object.
            self.store.put(key, told, media_type="application/json", if_match=etag, if_absent=etag is None)
        except Conflict:
            theirs, _ = self._signed_before(key, file)
            return theirs if theirs is not None else ours
        return ours

    def _signed_before(self, key: str, file: EntryFile) -> tuple[EntryFile | None, str | None]:
        """The file as somebody signed it first, when it still lies there; and the etag of what tells so."""
        try:
            data, stored = self.store.read(key)
        except Missing:
            return None, None
        try:
            said = json.loads(data)
            there = replace(file, sha256=str(said["sha256"]), bytes=int(said["bytes"]), unsigned=file.sha256)
        except (ValueError, KeyError, TypeError):
            return None, stored.etag
        found = self.store.head(cas_key(there.sha256))
        if not self._is_whole(found, there) or self._is_old(found):
            return None, stored.etag  # signed anew: a younger object is safe from collectors
        self._relied_on[there.sha256] = there
        return there, stored.etag

    def _beside(self, file: EntryFile, source: str) -> bytes:
        assert self.credentials is not None
        return sign_beside(self.credentials, file.sha256, file.media_type, source)

    def _attach(self, file: EntryFile, data: bytes, source: str) -> tuple[bytes, bytes]:
        assert self.credentials is not None
        credited = attach(self.credentials, data, file.media_type, source)
        return credited.data, credited.beside

    def _credential(self, file: EntryFile, source: str) -> str:
        assert self.credentials is not None
        said = f"{self.credentials.leaf} {source}"
        return f"credentials/{file.sha256}-{hashlib.sha256(said.encode()).hexdigest()[:16]}"

    def _checked(self, file: EntryFile) -> bytes:
        data = self._load(file.sha256)
        if hashlib.sha256(data).hexdigest() != file.sha256 or len(data) != file.bytes:
            mend = "Look after the disk of the cache, then make it again"
            raise ReleaseError("the cache gave other bytes than were made", where=file.name, mend=mend)
        return data

    def _ensure(self, file: EntryFile, sha256: str, read: Callable[[], bytes]) -> None:
        found = self.store.head(cas_key(sha256))
        if self._is_whole(found, file) and not self._is_old(found):
            self._relied_on[sha256] = file
            return
        self._put(file, sha256, read(), over=found)

    def _put(self, file: EntryFile, sha256: str, data: bytes, over: Stored | None = None) -> None:
        name = download_name(file.name, file.role)
        if over is None:
            put_once(self.store, cas_key(sha256), data, media_type=file.media_type, download_name=name)
        else:  # old, cut short, or a notice in the place of what was withdrawn
            with contextlib.suppress(Conflict):
                self.store.put(
                    cas_key(sha256), data,
                    media_type=file.media_type, cache_control=IMMUTABLE, download_name=name, if_match=over.etag,
                )  # fmt: skip
        self._count(len(data))

    def _count(self, size: int) -> None:
        with self._lock:
            self.sent.objects += 1
            self.sent.bytes += size

    def _is_collecting(self) -> bool:
        found = self.store.head(COLLECTING)
        return found is not None and self._now_s() - found.modified_s < _MARKED_S

    def _is_whole(self, found: Stored | None, file: EntryFile) -> bool:
        return _is(found, file) and self._presence.trusts(cas_key(file.sha256))

    # ----- time, by the store's clock

    def _is_old(self, found: Stored | None) -> bool:
        return found is not None and bool(found.modified_s) and self._now_s() - found.modified_s > _FRESH_S

    def _now_s(self) -> float:
        with self._lock:
            if self._clock is None:
                self._clock = (store_clock_s(self.store), time.monotonic())
            theirs, ours = self._clock
        return theirs + time.monotonic() - ours


def bring_back(store: Store, private: Store | None, parts: Iterable[Part]) -> None:
    """See that every file of these parts lies whole in the store; what was blocked comes back from the private one."""

    def ensure(file: EntryFile) -> None:
        found = store.head(cas_key(file.sha256))
        if _is(found, file):
            return
        data = b""
        with contextlib.suppress(Missing):
            data = private.get(f"{BLOCKED}{file.sha256}") if private is not None else b""
        if hashlib.sha256(data).hexdigest() != file.sha256:
            mend = "Make and publish the article anew"
            raise ReleaseError("a file of that release is gone", where=file.name, mend=mend)
        store.put(
            cas_key(file.sha256), data,
            media_type=file.media_type, cache_control=IMMUTABLE, download_name=download_name(file.name, file.role),
            if_match=found.etag if found else None, if_absent=found is None,
        )  # fmt: skip

    files = {
        sha256: replace(file, sha256=sha256, bytes=size)
        for part in parts
        for entry in part.entries
        for file in entry.files
        for sha256, size in file.objects
    }
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for _ in pool.map(ensure, files.values()):
            pass


def _source(entry: Entry, file: EntryFile) -> str:
    """What the credential of a file says of its origin."""
    shown = photo_of(file.suffix)
    photograph = shown is not None and shown[0] in str(entry.details.get(PHOTOGRAPHS, "")).split()
    return source_type(file.media_type, voice_of(entry.details), photograph=photograph)


def _is_packed(entry: Entry) -> bool:
    return "." in (entry.office or "")


def store_clock_s(store: Store) -> float:
    """What time it is for the store: this machine's clock may be a year off."""
    key = f"probe/{secrets.token_hex(12)}"
    store.put(key, b"now", media_type="text/plain")
    try:
        found = store.head(key)
        return found.modified_s if found is not None else 0.0
    finally:
        with contextlib.suppress(LoaError):
            store.delete(key)


def _is(found: Stored | None, file: EntryFile) -> bool:
    """Whether an object is the whole file: one that was cut short, or blocked, is of another size or type."""
    return found is not None and found.bytes == file.bytes and found.media_type == file.media_type


def download_name(name: str, role: str) -> str:
    """What a browser saves a file as, whoever links to it; what pages show or open in place has none.

    A bulletin gets its name from the page it stands on (`01_vi_….mp3`, in play order): a name in the header would win.
    """
    return name if role in {"main", "record"} and not name.endswith(".mp3") else ""
