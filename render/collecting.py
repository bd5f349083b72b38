"""Taking away what nothing leads to, and blocking the files of what was withdrawn: by reachability, after a grace.

Nothing is removed that the current release, one of those kept, a page or a publication under way leads to. Publishers
write again what is old before they rely on it, and wait while the mark of a collector lies in the store
(`render.uploads`); so what is young by the store's own clock is never touched.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import hashlib
import json
import re
import secrets
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from render.catalogue import CATALOGUE, Pointer, history, read_gone, read_part, read_pointer
from render.drafts import Draft, draft_blocked
from render.errors import LoaError, ReleaseError
from render.manifest import MUTABLE, Event, GoneEdition, Release, cas_key
from render.pageparts import Page, check_key
from render.pages import render_page
from render.release import Publisher, carry_out
from render.steps import canonical
from render.store import Conflict, Missing, Store, Stored
from render.uploads import BLOCKED, COLLECTING, store_clock_s

GRACE = dt.timedelta(days=30)
LEAST_GRACE = dt.timedelta(days=1)  # a publication under way must be able to finish
KEPT_RELEASES = 50

_AT_ONCE = 8
_BATCH = 200  # removed between two looks at the catalogue; publishers wait that long
_ATTEMPTS = 5
_MARKED_S = 3600.0  # a mark that is older was left by somebody who was killed
_LONGEST_PAGE = 8_000_000
_LINK = re.compile(rb"(?<![0-9A-Za-z_-])(?:cas/[0-9a-f]{64}|credentials/[0-9a-f]{64}-[0-9a-f]{16}[.]c2pa)(?![0-9a-f])")


@dataclass(frozen=True)
class Rubbish:
    """An object that nothing leads to."""

    key: str
    bytes: int


@dataclass(frozen=True)
class Recalled:
    """A file of something withdrawn that is still within reach."""

    sha256: str
    event: Event
    edition: GoneEdition


@dataclass(frozen=True)
class Findings:
    """What lies in a store: kept, nothing leads to it, too young to be touched, to be blocked."""

    kept: int
    kept_bytes: int
    rubbish: tuple[Rubbish, ...]
    young: int
    recalled: tuple[Recalled, ...]

    @property
    def rubbish_bytes(self) -> int:
        """What taking it away would free."""
        return sum(one.bytes for one in self.rubbish)


def look(
    store: Store, trusted: Sequence[str], *, at: dt.datetime, grace: dt.timedelta = GRACE, keep: int = KEPT_RELEASES
) -> Findings:
    """Look through a store without changing anything. `keep` is how many releases stay whole, the current included."""
    _check(grace, keep)
    pointer = read_pointer(store, trusted)
    if pointer is None:
        raise ReleaseError("nothing was ever released here", where=store.url, mend="Check --store")
    return _look(store, pointer, trusted, store_clock_s(store), at, grace, keep)


def collect(
    publisher: Publisher, private: Store, *, grace: dt.timedelta = GRACE, keep: int = KEPT_RELEASES
) -> tuple[Findings, Release | None]:
    """Take away what nothing leads to and block what was withdrawn; what was found, and the release that tells so.

    Blocked files are copied into the private store before a notice takes their place. Whatever is published while
    this goes on is safe, and a run that is killed leaves nothing half-done: the next one goes on.
    """
    _check(grace, keep)
    store = publisher.store
    for _ in range(_ATTEMPTS):
        pointer = read_pointer(store, publisher.keys)
        if pointer is None:
            raise ReleaseError("nothing was ever released here", where=store.url, mend="Check --store")
        found = _look(store, pointer, publisher.keys, store_clock_s(store), publisher.at, grace, keep)
        if not _remove(store, pointer, found.rubbish, grace):
            continue  # a release came meanwhile: what it leads to is looked at anew
        blocked = _block(publisher, pointer.release, private, found.recalled)
        return found, _tell(publisher, blocked) if blocked else None
    mend = "Run again when publishers rest: what was removed is removed, nothing current is missing"
    raise ReleaseError("one release after the other came while this was collecting", where=store.url, mend=mend)


def _check(grace: dt.timedelta, keep: int) -> None:
    if grace < LEAST_GRACE:
        mend = "Give --grace-days 1 or more"
        raise ReleaseError("a publication under way could lose its files", where="loa collect", mend=mend)
    if keep < 1:
        raise ReleaseError("what is current could lose its files", where="loa collect", mend="Give --keep 1 or more")


# ----- what leads to what


def _look(
    store: Store,
    pointer: Pointer,
    trusted: Sequence[str],
    now_s: float,
    at: dt.datetime,
    grace: dt.timedelta,
    keep: int,
) -> Findings:
    reached, current = _reached(store, pointer.release, trusted, keep)
    reached |= _linked(store)
    kept = kept_bytes = young = 0
    rubbish: list[Rubbish] = []
    old: set[str] = set()
    for prefix in ("cas/", "credentials/", "releases/", "probe/"):
        for one in store.scan(prefix):
            if one.key in reached or _leads_on(one.key, reached):
                kept, kept_bytes = kept + 1, kept_bytes + one.bytes
                if now_s - one.modified_s >= grace.total_seconds() and prefix == "releases/":
                    old.add(one.key)
            elif now_s - one.modified_s < grace.total_seconds():
                young += 1
            else:
                rubbish.append(Rubbish(one.key, one.bytes))
    recalled = _recalled(store, pointer.release, current, {_number(key) for key in old}, at - grace)
    return Findings(kept, kept_bytes, tuple(rubbish), young, tuple(recalled))


def _number(key: str) -> int:
    """Of the release whose manifest lies there."""
    return int(key.removeprefix("releases/").partition("-")[0])


def _reached(store: Store, newest: Release, trusted: Sequence[str], keep: int) -> tuple[set[str], set[str]]:
    """The keys that the releases kept lead to, and the digests that the current one does.

    Manifests and lists of events are kept for ever: they are what proves a file that hangs on a wall. So are the
    files of whatever was withdrawn: they are blocked, never removed.
    """
    reached: set[str] = set()
    current: set[str] = set()
    parts: set[str] = set()
    for number, release in enumerate(history(store, newest, trusted)):
        reached |= {f"releases/{release.id}.json", f"releases/{release.id}.json.sig"}
        for named in release.articles.values():
            for blob in named.values():
                reached.add(cas_key(blob.sha256))  # small, and `loa verify` reads it for old files
                if number >= keep or blob.sha256 in parts:
                    continue
                parts.add(blob.sha256)
                for entry in read_part(store, blob).entries:
                    for file in entry.files:
                        reached |= {f"credentials/{file.unsigned or file.sha256}", file.credential}
                        reached |= {cas_key(sha256) for sha256, _ in file.objects}
                        if number == 0:
                            current |= {sha256 for sha256, _ in file.objects}
    for event in newest.withdrawn:
        reached.add(cas_key(event.editions.sha256))
        if event.state == "withdrawn":
            reached |= {cas_key(sha256) for one in read_gone(store, event) for sha256 in one.files}
    return reached, current


def _linked(store: Store) -> set[str]:
    """The objects that pages, feeds and playlists link to, whoever wrote these."""

    def read(key: str) -> set[str]:
        with contextlib.suppress(Missing):
            return {found.decode() for found in _LINK.findall(store.get(key))}
        return set()

    texts = [
        one.key
        for one in store.scan()
        if one.bytes <= _LONGEST_PAGE and not one.key.startswith(("cas/", "credentials/", "releases/", "verify/"))
    ]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return set().union(*pool.map(read, texts))


def _leads_on(key: str, reached: set[str]) -> bool:
    """A credential, or what tells of one within a file, is kept as long as the file."""
    return key.startswith("credentials/") and key.partition("-")[0] in reached


def _recalled(
    store: Store, newest: Release, current: set[str], told: set[int], latest: dt.datetime
) -> Iterator[Recalled]:
    """Files of what was withdrawn longer ago than the grace, which nothing current shares and nobody blocked since.

    `told` are the releases that are so old by the store's clock: the publisher's may be a year off. What was brought
    back and withdrawn again has its grace from the last time.
    """
    settled = set(current)
    for event in reversed(newest.withdrawn):
        if event.state not in ("withdrawn", "blocked"):
            continue
        due = event.state == "withdrawn" and dt.datetime.fromisoformat(event.at) <= latest and event.number in told
        for one in read_gone(store, event):
            for sha256 in one.files:
                if due and sha256 not in settled:
                    yield Recalled(sha256, event, one)
                settled.add(sha256)


# ----- taking away


def _remove(store: Store, pointer: Pointer, rubbish: Sequence[Rubbish], grace: dt.timedelta) -> bool:
    """Take it away, a batch at a time; False when the catalogue changed before all was gone."""
    # Records of signings go before the files they tell of: who finds a record finds the file.
    ordered = sorted(rubbish, key=lambda one: (not one.key.startswith("credentials/"), one.key))
    for start in range(0, len(ordered), _BATCH):
        with _marked(store) as now_s, ThreadPoolExecutor(_AT_ONCE) as pool:
            now = store.head(CATALOGUE)
            if now is None or now.etag != pointer.etag:
                return False
            latest_s = now_s - grace.total_seconds()
            for done in [pool.submit(_remove_old, store, one.key, latest_s) for one in ordered[start : start + _BATCH]]:
                done.result()
    return True


def _remove_old(store: Store, key: str, latest_s: float) -> None:
    found = store.head(key)
    if found is not None and found.modified_s <= latest_s:  # nobody wrote it again meanwhile
        store.delete(key)


# ----- blocking


def _block(
    publisher: Publisher, newest: Release, private: Store, recalled: Sequence[Recalled]
) -> dict[str, list[GoneEdition]]:
    """Notices in the place of files; what was blocked, by article."""
    blocked: defaultdict[str, dict[str, GoneEdition]] = defaultdict(dict)
    for start in range(0, len(recalled), _BATCH):
        with _marked(publisher.store) as now_s, ThreadPoolExecutor(_AT_ONCE) as pool:
            batch = recalled[start : start + _BATCH]
            done = pool.map(lambda one: _block_one(publisher, newest, private, one, now_s), batch)
            for one in (one for one, taken in zip(batch, done, strict=True) if taken):
                known = blocked[one.event.slug].get(one.edition.id)
                files = (*(known.files if known else ()), one.sha256)
                blocked[one.event.slug][one.edition.id] = dataclasses.replace(one.edition, files=files)
    return {slug: list(editions.values()) for slug, editions in blocked.items()}


def _block_one(publisher: Publisher, newest: Release, private: Store, one: Recalled, now_s: float) -> bool:
    """Whether a file is out of reach now: its bytes kept privately, a notice in its place."""
    key = cas_key(one.sha256)
    try:
        data, stored = publisher.store.read(key)
    except Missing:
        return False
    if hashlib.sha256(data).hexdigest() != one.sha256:
        return True  # by a run that was killed before it told so
    there = publisher.store.head(key)
    if there is None or now_s - there.modified_s < LEAST_GRACE.total_seconds():
        return False  # somebody is about to publish it again
    _keep_privately(private, one.sha256, data, stored)
    notice = render_page(Page(key, "blocked.html", _notice(one)), newest)
    try:
        publisher.store.put(
            key, notice, media_type="text/html; charset=utf-8", cache_control=MUTABLE, if_match=stored.etag
        )
    except Conflict:
        return False
    return True


def _keep_privately(private: Store, sha256: str, data: bytes, stored: Stored) -> None:
    key = f"{BLOCKED}{sha256}"
    with contextlib.suppress(Conflict):
        private.put(key, data, media_type=stored.media_type, if_absent=True)
    if hashlib.sha256(private.get(key)).hexdigest() != sha256:
        mend = "Look after the private store, then run again: nothing was blocked"
        raise ReleaseError("a withdrawn file could not be kept", where=key, mend=mend)


def _notice(one: Recalled) -> dict[str, Any]:
    return {
        "title": one.edition.title,
        "lang": one.edition.lang,
        "edition": one.edition.id,
        "reason": one.event.reason,
        "at": one.event.at,
        "check": check_key(one.edition.id),
        "hotline": "",
    }


def _tell(publisher: Publisher, blocked: dict[str, list[GoneEdition]]) -> Release | None:
    def draft(pointer: Pointer | None) -> Draft:
        assert pointer is not None  # something was withdrawn there
        return draft_blocked(publisher.store, pointer, blocked, publisher.at)

    return carry_out(publisher, draft)


@contextlib.contextmanager
def _marked(store: Store) -> Iterator[float]:
    """The mark that publishers wait for, and what time it is for the store."""
    token = secrets.token_hex(8)
    try:
        etag = store.put(
            COLLECTING,
            canonical({"by": token}),
            media_type="application/json",
            cache_control="no-store",
            if_absent=True,
        )
    except Conflict:
        found = store.head(COLLECTING)
        now_s = store_clock_s(store)
        if found is None or now_s - found.modified_s < _MARKED_S:
            mend = f"Let it finish; if it was killed, wait an hour or remove {COLLECTING}"
            raise ReleaseError("somebody is collecting already", where=store.url, mend=mend) from None
        etag = store.put(
            COLLECTING, canonical({"by": token}), media_type="application/json", if_match=found.etag
        )  # left by one that was killed
    try:
        marked = store.head(COLLECTING)
        if marked is None or marked.etag != etag:
            raise ReleaseError("somebody else began to collect", where=store.url, mend="Let it finish")
        yield marked.modified_s
    finally:
        with contextlib.suppress(LoaError, ValueError):
            if json.loads(store.get(COLLECTING)).get("by") == token:
                store.delete(COLLECTING)
