"""What a commune adds to a release: a sheet, and of a bulletin the greeting; the text is shared by thousands."""

from __future__ import annotations

import dataclasses
import hashlib
import threading

from render.cache import Cache
from render.jobs import Job
from render.manifest import Entry, EntryFile
from render.products import Planned

_SHARED = 3  # body, closing and the last frame; before them the head, the chime and the greeting
_LEAST = _SHARED + 2

# Of a commune's product only this is published. Each other file would be 3,321 objects more, and the nation's say the
# same: pictures of a sheet's pages, captions for the web, a script (the greeting's words are in the entry), a record
# (the list for devices has it).
_OWN = ("main", "print")


def bare(job: Job) -> Job:
    """The job without the files that `InPieces` leaves out, so that a nationwide run does not make them."""
    if "." not in (job.office or "") or not isinstance(job.plan, Planned):
        return job
    files = tuple(file for file in job.plan.files if file.role in _OWN)
    return dataclasses.replace(job, plan=dataclasses.replace(job.plan, files=files))


class InPieces:
    """Takes the bulletins of communes apart along their parts; `load` gives the bytes of files and of pieces.

    A commune's piece begins with the head of the whole file, so the two, one after the other, are that file: what is
    verified is the whole, and what is uploaded 3,321 times is the greeting alone.
    """

    def __init__(self, cache: Cache) -> None:
        self._cache = cache
        self._lock = threading.Lock()
        self._pieces: dict[str, tuple[str, ...]] = {}  # digest of a piece -> those in the cache that it is made of
        self._known: dict[tuple[str, ...], tuple[str, int]] = {}

    def __call__(self, entry: Entry) -> Entry:
        """The entry of a commune with what is its own, a bulletin in pieces; any other as it is."""
        if "." not in (entry.office or ""):
            return entry
        return dataclasses.replace(entry, files=tuple(self._apart(file) for file in entry.files if file.role in _OWN))

    def load(self, sha256: str) -> bytes:
        """The bytes of a file, or of a piece."""
        with self._lock:
            made_of = self._pieces.get(sha256)
        if made_of is None:
            return self._cache.blob(sha256)
        return b"".join(self._cache.blob(one) for one in made_of)

    def _apart(self, file: EntryFile) -> EntryFile:
        if file.role != "main" or file.media_type != "audio/mpeg":
            return file
        parts = [sha256 for sha256, _ in self._cache.pieces(file.sha256)]
        if len(parts) < _LEAST:
            return file
        own, shared = tuple(parts[:-_SHARED]), tuple(parts[-_SHARED:])
        return dataclasses.replace(file, pieces=(self._piece(own), self._piece(shared)))

    def _piece(self, made_of: tuple[str, ...]) -> tuple[str, int]:
        with self._lock:
            known = self._known.get(made_of)
        if known is None:
            data = b"".join(self._cache.blob(one) for one in made_of)
            known = (hashlib.sha256(data).hexdigest(), len(data))
            with self._lock:
                self._known[made_of], self._pieces[known[0]] = known, made_of
        return known
