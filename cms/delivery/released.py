"""What is published, as the store's own catalogue says it: verified, and kept in the process until the next release."""

from __future__ import annotations

import threading
import time
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.conf import settings
from django.db.models import Max

from cms.delivery.changes import catch_up
from cms.delivery.models import Change
from cms.delivery.recalls import recall_runs
from render.catalogue import CATALOGUE, read_part, read_pointer
from render.errors import ReleaseError
from render.keys import load_signer
from render.manifest import Entry, Part, Release
from render.store import Store, open_store

LOOK_S = 1.0  # how old an answer may be: one look at the catalogue a second, however many ask


@dataclass(frozen=True)
class Item:
    """A product that is current. `changed` is the release in which it became what it is."""

    key: str  # its place, for ever: slug/product/lang/office
    slug: str
    province: str
    campaign: str
    entry: Entry
    changed: int


@dataclass(frozen=True)
class Released:
    """All that is current of one release; None as `release` while nothing was ever published."""

    release: Release | None
    items: tuple[Item, ...] = ()  # by key
    keys: tuple[str, ...] = ()
    editions: Mapping[str, tuple[Item, ...]] = field(default_factory=dict)  # the items of each edition

    @property
    def number(self) -> int:
        """Of the release, 0 for none."""
        return self.release.number if self.release else 0

    def after(self, key: str) -> tuple[Item, ...]:
        """The items behind a place: what stands throughout is found once, whatever is released between two pages."""
        return self.items[bisect_right(self.keys, key) :] if key else self.items


@dataclass
class _Memory:
    lock: threading.Lock = field(default_factory=threading.Lock)
    url: str = ""
    store: Store | None = None
    etag: str = ""
    looked: float = 0.0
    parts: dict[str, Part] = field(default_factory=dict)
    found: Released | None = None


_memory = _Memory()


def forget() -> None:
    """Begin anew, as a new process would."""
    global _memory
    _memory = _Memory()


def trusted_keys() -> tuple[str, ...]:
    """The fingerprints of this publisher: its own key where it lies here, and those it names."""
    loa = settings.LOA
    own = (load_signer(loa.signing_key).fingerprint,) if loa.signing_key.exists() else ()
    return (*own, *loa.trusted_keys)


def store() -> Store:
    """The public store, opened once in a process."""
    url = settings.LOA.store
    with _memory.lock:
        if _memory.store is None or _memory.url != url:
            _memory.url, _memory.store = url, open_store(url)
            _memory.etag, _memory.found, _memory.parts, _memory.looked = "", None, {}, 0.0
        return _memory.store


def released() -> Released:
    """What is current. A `LoaError` when the store cannot be reached, or its catalogue not be believed."""
    opened = store()
    with _memory.lock:
        if _memory.found is not None and time.monotonic() - _memory.looked < LOOK_S:
            return _memory.found
        stored = opened.head(CATALOGUE)
        if _memory.found is None or _memory.etag != (stored.etag if stored else ""):
            _memory.found = _read(opened)
            _memory.etag = stored.etag if stored else ""
        _memory.looked = time.monotonic()
        return _memory.found


def _read(opened: Store) -> Released:
    keys = trusted_keys()
    pointer = read_pointer(opened, keys)
    if pointer is None:
        return Released(None)
    release = pointer.release
    catch_up(opened, release, keys)
    changed = {
        "/".join(place): number
        for *place, number in Change.objects.values_list("slug", "product", "lang", "office").annotate(
            last=Max("number")
        )
    }
    blobs = {blob.sha256: blob for parts in release.articles.values() for blob in parts.values()}
    for sha256 in set(_memory.parts) - set(blobs):
        del _memory.parts[sha256]
    items = []
    for slug, parts in release.articles.items():
        read = {}
        for province, blob in parts.items():
            if blob.sha256 not in _memory.parts:
                _memory.parts[blob.sha256] = _lean(read_part(opened, blob))
            read[province] = _memory.parts[blob.sha256]
        campaign = _campaign(read.get(""))
        for province, part in read.items():
            for entry in part.entries:
                key = place_key(slug, entry)
                items.append(Item(key, slug, province, campaign, entry, changed.get(key, release.number)))
    items.sort(key=lambda item: item.key)
    editions: dict[str, tuple[Item, ...]] = {}
    for item in items:
        editions[item.entry.edition] = (*editions.get(item.entry.edition, ()), item)
    recall_runs({(item.entry.edition, item.entry.product) for item in items}, release.number)
    return Released(release, tuple(items), tuple(item.key for item in items), editions)


def place_key(slug: str, entry: Entry) -> str:
    """Where an entry stands: a key to sort and to page by."""
    return f"{slug}/{entry.product}/{entry.lang}/{entry.office or ''}"


def _lean(part: Part) -> Part:
    """Without what no answer says: parts stay in memory."""
    entries = tuple(
        replace(one, details={"duration_s": one.details["duration_s"]} if "duration_s" in one.details else {})
        for one in part.entries
    )
    editions = {lang: {"campaign": data.get("campaign", "")} for lang, data in part.editions.items()}
    return replace(part, entries=entries, editions=editions, waiting=())


def _campaign(part: Part | None) -> str:
    if part is None or not part.editions:
        return ""
    lead: Mapping[str, Any] = part.editions.get("vi") or next(iter(part.editions.values()))
    return str(lead.get("campaign", ""))


def known_edition(code: str, product: str = "") -> tuple[str, str, str] | None:
    """Slug, language and office of an edition that is or was published, with that product; None where none was."""
    for item in released().editions.get(code, ()):
        if product in ("", item.entry.product):
            return item.slug, item.entry.lang, item.entry.office or ""
    rows = Change.objects.filter(edition=code, **({"product": product} if product else {}))
    row = rows.values_list("slug", "lang", "office").first()
    return row if row is None else (row[0], row[1], row[2])


def current_release() -> Release:
    """The release that is current; a `ReleaseError` while there is none."""
    found = released().release
    if found is None:
        raise ReleaseError("nothing has been published yet", mend="Publish an article")
    return found
