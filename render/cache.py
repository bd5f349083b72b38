"""What steps have made, under their keys: an action index and the bytes, in the shape of Bazel's remote cache."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from render.cacheshelf import FolderShelf, Shelf, StoreShelf
from render.errors import StepError, StoreError
from render.steps import Made, Pieced, canonical
from render.store import FolderStore, Missing, check_key, open_store

_PACK_FROM = 50  # records met in a run, from which on they are kept together too
_SMALL_BLOB = 1 << 18  # over a network, quicker written again than asked for


class Damaged(StoreError):  # noqa: N818 (as `Missing`)
    """Bytes in the cache that are not what their digest says. They are gone now: run again, and they are made again."""

    slug = "damaged"


@dataclass(frozen=True)
class Blob:
    """A file a step made, by digest; one that is laid together when it is read, with the blobs of its pieces."""

    sha256: str
    bytes: int
    pieces: tuple[tuple[str, int], ...] = ()

    def as_data(self) -> dict[str, Any]:
        """The blob as a record tells of it."""
        told: dict[str, Any] = {"sha256": self.sha256, "bytes": self.bytes}
        return told | ({"pieces": self.pieces} if self.pieces else {})


@dataclass(frozen=True)
class Record:
    """What is known of a step that was made. `warnings` are its own and those of all it stands on."""

    key: str
    step: str  # "render.typeset.sheet:set_pdf"
    files: Mapping[str, Blob]
    details: Mapping[str, Any]
    warnings: tuple[str, ...]
    seconds: float  # what it took to make, when it was made

    def as_data(self) -> dict[str, Any]:
        """The record as it lies in the index, under its key."""
        return {
            "step": self.step,
            "files": {name: blob.as_data() for name, blob in self.files.items()},
            "details": self.details,
            "warnings": self.warnings,
            "seconds": self.seconds,
        }


class Cache:
    """The steps made so far, in a folder (a step costs some 20 µs) or in any store."""

    def __init__(self, url: str) -> None:
        store = open_store(url)
        self.url = store.url
        self._shelf: Shelf = FolderShelf(store.root) if isinstance(store, FolderStore) else StoreShelf(store)

    def __reduce__(self) -> tuple[type[Cache], tuple[str]]:
        return Cache, (self.url,)

    def lookup(self, key: str, known: Record | None = None) -> Record | None:
        """What a step has made (`known`: as was told before); None when never made, or when some of it is lost."""
        record = known or _parse(key, self._shelf.get(_record_key(key)))
        if record is None or not all(self._has(blob) for blob in record.files.values()):
            return None
        return record

    def lookup_many(
        self, keys: Iterable[str], *, prove: bool = False, known: Mapping[str, Record] | None = None
    ) -> dict[str, Record]:
        """The records of those that were made, many at once over a network; of those `known` the bytes are sought.

        With `prove` the bytes of a cache on disk are read and hashed, and what is damaged counts as never made
        (a store on a network keeps checksums of its own).
        """
        wanted, told = list(dict.fromkeys(keys)), known or {}
        found = {
            record.key: record
            for record in self._shelf.find(wanted, lambda key: self.lookup(key, told.get(key)))
            if record is not None
        }
        if prove and isinstance(self._shelf, FolderShelf):
            found = {key: record for key, record in found.items() if self._sound(record)}
        return found

    def recall(self, name: str) -> dict[str, Record]:
        """The records that a run of this name has met, in one request; {} where a request costs nothing anyway."""
        if isinstance(self._shelf, FolderShelf):
            return {}
        told = _json(self._shelf.get(check_key(f"packs/{name}")))
        if not isinstance(told, dict):
            return {}
        records = ((key, _record(key, data)) for key, data in told.items())
        return {key: record for key, record in records if record is not None}

    def memorize(self, name: str, records: Mapping[str, Record]) -> None:
        """Keep the records that a run has met, for `recall`."""
        if not isinstance(self._shelf, FolderShelf) and len(records) >= _PACK_FROM:
            pack = {key: record.as_data() for key, record in records.items()}
            self._shelf.put(check_key(f"packs/{name}"), canonical(pack))

    def _sound(self, record: Record) -> bool:
        try:
            for blob in record.files.values():
                self.blob(blob.sha256)
        except (Damaged, Missing):
            return False
        return True

    def load(self, key: str) -> Made:
        """A step's files and details; the bytes are read when asked for. `Missing` when it was never made."""
        record = self.lookup(key)
        if record is None:
            raise Missing(f"the step {key[:12]} is not in the cache", where=self.url)
        return self.made(record)

    def made(self, record: Record) -> Made:
        """What a record tells of, its bytes read when asked for."""
        return Made(_Files(self, record.files), record.details, record.warnings)

    def save(
        self, key: str, made: Made, *, step: str = "", seconds: float = 0.0, warnings: tuple[str, ...] = ()
    ) -> Record:
        """Keep what a step made; `warnings` are those of the steps it stands on. The record is written last."""
        blobs: dict[str, Blob] = {}
        for name, data in sorted(made.files.items()):
            blobs[name] = self._keep(data if isinstance(data, bytes) else bytes(data))
        try:
            details = json.loads(canonical(dict(made.details)))
        except (TypeError, ValueError) as error:
            raise StepError(f"the details of {step or key[:12]} are not JSON data ({error})") from error
        record = Record(key, step, blobs, details, tuple(dict.fromkeys((*warnings, *made.warnings))), round(seconds, 3))
        self._shelf.put(_record_key(key), canonical(record.as_data()))
        return record

    def blob(self, sha256: str) -> bytes:
        """The bytes of that digest, proven to be so; `Damaged` or `Missing` when they are not."""
        key = _blob_key(sha256)
        data = self._shelf.get(key)
        if data is None:
            data = self._laid_together(sha256)
        if data is None:
            raise Missing(
                f"a file is gone from the cache ({sha256[:12]})", where=self.url, mend="Run again: it is made again"
            )
        if hashlib.sha256(data).hexdigest() != sha256:
            self._shelf.delete(key)
            raise Damaged(
                f"a file in the cache was damaged ({sha256[:12]})", where=self.url, mend="Run again: it is made again"
            )
        return data

    def pieces(self, sha256: str) -> tuple[tuple[str, int], ...]:
        """What a blob is laid together from, digest and bytes of each; () for one that lies there whole."""
        told = _json(self._shelf.get(_recipe_key(sha256)))
        return tuple((str(piece), int(size)) for piece, size in told) if isinstance(told, list) else ()

    def path(self, sha256: str) -> Path | None:
        """Where a blob lies on disk, to be copied or linked without reading it; None in a cache on a network."""
        return self._shelf.path(_blob_key(sha256))

    def note(self, name: str) -> Any:
        """A small JSON note kept beside the steps (what `loa plan` compares with); None when there is none."""
        return _json(self._shelf.get(check_key(f"notes/{name}")))

    def notes(self, names: Iterable[str]) -> dict[str, Any]:
        """Many notes at once; those that are not there are left out."""
        wanted = list(dict.fromkeys(names))
        found = zip(wanted, self._shelf.find(wanted, self.note), strict=True)
        return {name: note for name, note in found if note is not None}

    def keep_notes(self, notes: Mapping[str, Any]) -> None:
        """Write notes, over those that were there."""

        def keep(name: str) -> None:
            self._shelf.put(check_key(f"notes/{name}"), canonical(notes[name]))

        for _ in self._shelf.each(list(notes), keep):
            pass

    def drop_note(self, name: str) -> None:
        """Remove a note."""
        self._shelf.delete(check_key(f"notes/{name}"))

    def _has(self, blob: Blob) -> bool:
        return all(
            self._shelf.has(_blob_key(sha256), size) for sha256, size in blob.pieces or [(blob.sha256, blob.bytes)]
        )

    def _laid_together(self, sha256: str) -> bytes | None:
        told = _json(self._shelf.get(_recipe_key(sha256)))
        return b"".join(self.blob(str(piece)) for piece, _ in told) if isinstance(told, list) else None

    def _keep(self, data: bytes) -> Blob:
        if isinstance(data, Pieced):
            pieces = tuple((kept.sha256, kept.bytes) for kept in map(self._keep, data.pieces))
            blob = Blob(hashlib.sha256(data).hexdigest(), len(data), pieces)
            self._shelf.put(_recipe_key(blob.sha256), canonical(pieces))
            return blob
        blob = Blob(hashlib.sha256(data).hexdigest(), len(data))
        key = _blob_key(blob.sha256)
        written_blindly = isinstance(self._shelf, StoreShelf) and blob.bytes < _SMALL_BLOB
        if written_blindly or not self._shelf.has(key, blob.bytes):
            self._shelf.put(key, data)
        return blob


class _Files(Mapping[str, bytes]):
    """The files of a step, each read when it is asked for."""

    def __init__(self, cache: Cache, blobs: Mapping[str, Blob]) -> None:
        self._cache = cache
        self._blobs = blobs

    def __getitem__(self, name: str) -> bytes:
        return self._cache.blob(self._blobs[name].sha256)

    def __iter__(self) -> Iterator[str]:
        return iter(self._blobs)

    def __len__(self) -> int:
        return len(self._blobs)


def _record_key(key: str) -> str:
    return f"ac/{key[:2]}/{key}"


def _blob_key(sha256: str) -> str:
    if len(sha256) != 64 or not sha256.isalnum():  # it becomes a path
        raise StoreError(f"{sha256[:80]!r} is no digest")
    return f"cas/{sha256[:2]}/{sha256}"


def _recipe_key(sha256: str) -> str:
    """Where the list of a blob's pieces lies, beside the blobs."""
    return _blob_key(sha256).replace("cas/", "pieces/", 1)


def _json(data: bytes | None) -> Any:
    with contextlib.suppress(ValueError):
        return json.loads(data) if data is not None else None
    return None


def _parse(key: str, data: bytes | None) -> Record | None:
    return _record(key, _json(data))


def _record(key: str, told: Any) -> Record | None:
    """A record from its data; one that cannot be read is as good as none."""
    try:
        files = {
            name: Blob(blob["sha256"], blob["bytes"], tuple((sha256, size) for sha256, size in blob.get("pieces", ())))
            for name, blob in told["files"].items()
        }
        for blob in files.values():
            for sha256 in (blob.sha256, *(piece for piece, _ in blob.pieces)):
                _blob_key(sha256)
        return Record(key, told["step"], files, dict(told["details"]), tuple(told["warnings"]), told["seconds"])
    except (TypeError, KeyError, AttributeError, ValueError, StoreError):
        return None
