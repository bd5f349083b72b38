"""Whether a file is ours, unaltered and still in force."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from render.catalogue import history, read_catalogue, read_gone, read_part
from render.errors import ReleaseError, SettingsError
from render.manifest import Entry, Release
from render.store import Store


@dataclass(frozen=True)
class Verdict:
    """What became of a file. `replaced_by` is an edition id (superseded) or a slug (withdrawn), "" for none."""

    state: Literal["in force", "superseded", "withdrawn", "unknown"]
    words: str  # in Vietnamese
    sha256: str
    slug: str = ""
    entry: Entry | None = None
    reason: str = ""
    replaced_by: str = ""

    @property
    def ours(self) -> bool:
        """Whether a signed release names exactly these bytes."""
        return self.state != "unknown"

    @property
    def in_force(self) -> bool:
        """Whether it may be used now."""
        return self.state == "in force"


def verify_file(store: Store, file: bytes | Path, trusted: Sequence[str], seen_number: int = 0) -> Verdict:
    """Look a file up, by its digest, in the signed releases of a store: the current one, then those before."""
    if isinstance(file, Path):
        try:
            file = file.read_bytes()
        except OSError as error:
            raise SettingsError(f"cannot be read: {error.strerror}", where=str(file), mend="Check the name") from None
    sha256 = hashlib.sha256(file).hexdigest()
    newest = read_catalogue(store, trusted, seen_number)
    if newest is None:
        raise ReleaseError("nothing was ever released here", where=store.url, mend="Check --store")
    seen: set[str] = set()
    for release in history(store, newest, trusted):
        found = _find(store, release, sha256, seen)
        if found is None:
            continue
        slug, entry = found
        if release is newest:
            words = f"Đúng của cơ quan phát hành, còn nguyên vẹn, đang áp dụng: {entry.title}"
            return Verdict("in force", words, sha256, slug, entry)
        return _gone(store, newest, slug, entry, sha256)
    words = "Không có trong bản phát hành nào: tệp không phải của cơ quan phát hành, hoặc đã bị sửa"
    return Verdict("unknown", words, sha256)


def _find(store: Store, release: Release, sha256: str, seen: set[str]) -> tuple[str, Entry] | None:
    for slug, parts in release.articles.items():
        for blob in parts.values():
            if blob.sha256 in seen:
                continue
            seen.add(blob.sha256)
            for entry in read_part(store, blob).entries:
                if any(file.sha256 == sha256 for file in entry.files):
                    return slug, entry
    return None


def _gone(store: Store, newest: Release, slug: str, entry: Entry, sha256: str) -> Verdict:
    ours = "Đúng của cơ quan phát hành, còn nguyên vẹn"
    for event in reversed(newest.withdrawn):
        if event.slug != slug:
            continue
        gone = next((one for one in read_gone(store, event) if one.id == entry.edition), None)
        if gone is None:
            continue
        if event.state == "withdrawn":
            instead = f" Dùng bài thay thế: {event.replaced_by}." if event.replaced_by else ""
            words = f"{ours}, nhưng ĐÃ THU HỒI. Lý do: {event.reason}{instead}"
            return Verdict("withdrawn", words, sha256, slug, entry, event.reason, event.replaced_by)
        instead = f" Bản thay thế: {gone.replaced_by}." if gone.replaced_by else ""
        words = f"{ours}, nhưng ĐÃ CÓ BẢN MỚI. {event.reason}{instead}"
        return Verdict("superseded", words, sha256, slug, entry, event.reason, gone.replaced_by)
    # The edition holds, yet this rendering of it was made again since.
    words = f"{ours}; nội dung vẫn đúng, nhưng tệp đã được làm lại. Nên tải bản mới: {entry.title}"
    return Verdict("superseded", words, sha256, slug, entry, replaced_by=entry.edition)
