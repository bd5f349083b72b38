"""Opening a store by its address, and what is asked of one before it is trusted."""

from __future__ import annotations

import contextlib
import os
import secrets
import urllib.parse
from pathlib import Path

from render.errors import SettingsError, StoreError
from render.folder import FolderStore
from render.objects import Conflict, Missing, Store, Stored, check_key, content_disposition, telling, without_secrets

__all__ = [
    "Conflict",
    "FolderStore",
    "Missing",
    "Store",
    "Stored",
    "check_key",
    "content_disposition",
    "make_private",
    "open_store",
    "probe",
    "refuse_shared",
    "telling",
    "without_secrets",
]


def open_store(url: str) -> Store:
    """A store from its address: a folder's path, or `s3://bucket[/prefix]?endpoint=…&region=…&profile=…`."""
    if url.startswith("s3:"):
        from render.s3 import S3Store  # boto3 takes 100 ms to import, and a folder needs none of it

        return S3Store(url)
    scheme, separator, path = url.partition("://")
    if separator and scheme != "file":
        raise SettingsError(
            f"a store cannot be opened at {without_secrets(url)}",
            mend="Give a folder's path, or s3://bucket?endpoint=http://127.0.0.1:8333",
        )
    if not (path if separator else url):
        raise SettingsError("the store has no address", mend="Set it to a folder's path or to s3://bucket")
    return FolderStore(Path(urllib.parse.unquote(path) if separator else url))


# ----- what is asked of a store before it is trusted

_OF_A_CACHE = {"ac", "blocked", "cas", "notes", "packs", "pieces", "released"}  # what a cache keeps in its folder


def probe(store: Store) -> None:
    """Prove that the store takes bytes, gives them back, and keeps its word on conditional writes."""
    key = f"probe/{secrets.token_hex(12)}"
    mend = (
        "Publishing swaps the catalogue with a conditional write, so this store cannot be used: take a folder, or"
        " a store that keeps If-None-Match and If-Match on PUT, as Amazon S3 and SeaweedFS do"
    )
    written = False
    try:
        first = store.put(key, b"one", media_type="text/plain", if_absent=True)
        written = True
        if not _refused(store, key, if_absent=True):
            raise StoreError("the store ignores If-None-Match: it overwrote what was there", where=store.url, mend=mend)
        second = store.put(key, b"two", media_type="text/plain", if_match=first)
        if not _refused(store, key, if_match=first):
            raise StoreError("the store ignores If-Match: it overwrote a newer object", where=store.url, mend=mend)
        data, stored = store.read(key)
        if data != b"two" or stored.etag != second:
            raise StoreError("the store does not give back what was written last", where=store.url, mend=mend)
    except Conflict as error:
        raise StoreError(
            f"the store refuses a conditional write that should hold ({error.what})", where=store.url, mend=mend
        ) from error
    finally:
        if written:  # a store that does not even answer is not waited for twice
            with contextlib.suppress(StoreError):  # the error on its way out says more
                store.delete(key)


def _refused(store: Store, key: str, *, if_match: str | None = None, if_absent: bool = False) -> bool:
    try:
        store.put(key, b"must not be written", media_type="text/plain", if_match=if_match, if_absent=if_absent)
    except Conflict:
        return True
    return False


def refuse_shared(store_url: str, cache_url: str) -> None:
    """Refuse a cache that the public could read: one place with the store, one within the other, or open by itself."""
    store, cache = open_store(store_url), open_store(cache_url)
    if _within(store, cache) or _within(cache, store):
        raise SettingsError(
            f"the store {store.url} and the cache {cache.url} share one place",
            mend="Drafts lie in the cache: give LOA_CACHE a folder or bucket of its own, outside LOA_STORE",
        )
    if isinstance(cache, FolderStore):
        make_private(cache.root)
        return
    from render.s3 import S3Store, readable_by_anyone

    if isinstance(cache, S3Store) and readable_by_anyone(cache):
        raise SettingsError(
            f"anybody can read the cache {cache.url} without a password",
            mend="Drafts lie in the cache: take the public read rights from its bucket, or choose another",
        )


def make_private(folder: Path) -> None:
    """Make a folder that only its owner reads.

    One that is empty, or that holds nothing but a cache (copied from elsewhere, say), is closed; any other that is open
    to others is refused, since nobody knows what else it is for.
    """
    with telling("the cache's folder cannot be made", str(folder)):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        mode = folder.stat().st_mode
        ours = folder.stat().st_uid == os.geteuid()
        if mode & 0o077 and ours and {one.name for one in folder.iterdir()} <= _OF_A_CACHE:
            folder.chmod(0o700)
            mode = folder.stat().st_mode
    if mode & 0o077:
        mend = f"Run: chmod 700 {folder}" if ours else "It is another user's: set LOA_CACHE to a folder of your own"
        raise SettingsError("other users of this machine may read the cache", where=str(folder), mend=mend)


def _within(inner: Store, outer: Store) -> bool:
    if isinstance(inner, FolderStore) and isinstance(outer, FolderStore):
        here, there = Path(os.path.realpath(inner.root)), Path(os.path.realpath(outer.root))
        return here == there or there in here.parents
    if isinstance(inner, FolderStore) or isinstance(outer, FolderStore):
        return False
    return inner.address("x").startswith(outer.address("x")[:-1])
