"""Releases of sample publications: what tests send out and call back, and where nothing may be lost."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

from render.catalogue import read_gone, read_part
from render.keys import Signer
from render.manifest import Release, cas_key
from render.publication import Publication
from render.release import publish, read_catalogue, withdraw
from render.store import Store, Stored
from tests.render.sample_publications import AT, OFFICES, PUBLIC_URL, Files


def send(store: Store, signer: Signer, files: Files, *publications: Publication, **more: Any) -> Any:
    """Publish; the release that is current then, None when there is none."""
    more = {"offices": OFFICES} | more
    return publish(store, signer, publications, load=files.load, public_url=PUBLIC_URL, at=AT, **more)


def call_back(store: Store, signer: Signer, slug: str, reason: str = "Con số in sai.", **more: Any) -> Release:
    """Withdraw an article."""
    return withdraw(store, signer, slug, reason=reason, offices=OFFICES, public_url=PUBLIC_URL, at=AT, **more)


class Watched:
    """A store that counts its writes and can act before one of them; everything else goes straight through."""

    def __init__(self, inner: Store, before_write: Callable[[int, str], None]) -> None:
        self.inner = inner
        self.url = inner.url
        self._before_write = before_write
        self._lock = threading.Lock()
        self.writes: list[str] = []

    def put(self, key: str, data: bytes, **more: Any) -> str:
        with self._lock:
            self.writes.append(key)
            number = len(self.writes)
        self._before_write(number, key)
        return self.inner.put(key, data, **more)

    def get(self, key: str) -> bytes:
        return self.inner.get(key)

    def read(self, key: str) -> tuple[bytes, Stored]:
        return self.inner.read(key)

    def head(self, key: str) -> Stored | None:
        return self.inner.head(key)

    def list(self, prefix: str = "") -> Iterator[str]:
        return self.inner.list(prefix)

    def scan(self, prefix: str = "") -> Iterator[Stored]:
        return self.inner.scan(prefix)

    def delete(self, key: str) -> None:
        self.inner.delete(key)

    def address(self, key: str) -> str:
        return self.inner.address(key)


class KilledError(BaseException):
    """The process ends here."""


def assert_whole(store: Store, signer: Signer) -> Release | None:
    """What a reader finds is signed, and every object it names is there with the right bytes."""
    release = read_catalogue(store, [signer.fingerprint])
    if release is None:
        return None
    for parts in release.articles.values():
        for blob in parts.values():
            for entry in read_part(store, blob).entries:
                for file in entry.files:
                    found = store.head(cas_key(file.sha256))
                    assert found is not None
                    assert found.bytes == file.bytes
    for event in release.withdrawn:
        assert read_gone(store, event)
    return release


def snapshot(store: Store) -> dict[str, bytes]:
    """Everything that readers see, without the etags of the page index."""
    return {key: store.get(key) for key in store.list() if key != "pages.json"}
