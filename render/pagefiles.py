"""Files that pages add to what was released: ZIPs of new things, and the first seconds of bulletins."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from render.catalogue import put_once
from render.excerpt import excerpt
from render.manifest import cas_key
from render.steps import canonical
from render.store import Missing, Store
from render.zipping import SUMS, pack_bulletins, packed_from, stored_zip

ZIP = "application/zip"
MP3 = "audio/mpeg"


class PageFiles:
    """Makes each file once and remembers it; `made` is what this release uses. A file that is lost gives None.

    They lie under `cas/` and are linked from pages only: when no page leads to one any more it is collected.
    """

    def __init__(self, store: Store, kept: Mapping[str, Any]) -> None:
        self._store = store
        self._kept = kept
        self.made: dict[str, Any] = {}

    def bulletins(self, items: Sequence[Mapping[str, Any]], said: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """One ZIP of these bulletins, with playlist, guide and checksums."""
        drawn_from = [packed_from(), list(items), said]
        return self._once("zip", drawn_from, "ban-tin-loa.zip", lambda: pack_bulletins(items, self._load, **said))

    def sheets(self, files: Sequence[tuple[str, str]]) -> Mapping[str, Any] | None:
        """One ZIP of sheets, with checksums; None when there is nothing to print."""
        if not files:
            return None

        def pack() -> bytes:
            loaded = {name: self._load(sha256) for name, sha256 in files}
            sums = "".join(f"{sha256}  {name}\n" for name, sha256 in files)
            return stored_zip({**loaded, SUMS: sums.encode()})

        return self._once("zip", [packed_from(), [list(one) for one in files]], "to-roi.zip", pack)

    def excerpt(self, sha256: str) -> Mapping[str, Any] | None:
        """The first ten seconds of a bulletin."""
        return self._once("cut", [sha256], "", lambda: excerpt(self._load(sha256)), media_type=MP3)

    def _once(
        self, kind: str, drawn_from: Any, name: str, make: Any, *, media_type: str = ZIP
    ) -> Mapping[str, Any] | None:
        known = f"{kind} {hashlib.sha256(canonical(drawn_from)).hexdigest()}"
        if known not in self.made:
            kept = self._kept.get(known)
            there = kept and self._store.head(cas_key(str(kept["main"])))
            self.made[known] = kept if there else self._make(name, make, media_type)
        found: Mapping[str, Any] | None = self.made[known]
        return found

    def _make(self, name: str, make: Any, media_type: str) -> Mapping[str, Any] | None:
        try:
            data: bytes = make()
        except Missing:  # the page tells that there is none, and every file can be had by itself
            return None
        if not data:
            return None
        sha256 = hashlib.sha256(data).hexdigest()
        put_once(self._store, cas_key(sha256), data, media_type=media_type, download_name=name)
        return {"main": sha256, "bytes": len(data)}

    def _load(self, sha256: str) -> bytes:
        data = self._store.get(cas_key(sha256))
        if hashlib.sha256(data).hexdigest() != sha256:  # cut short, or a notice in its place
            raise Missing("an object is not what its name says", where=cas_key(sha256))
        return data
