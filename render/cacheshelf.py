"""Where a cache keeps its bytes: plain files in a folder, or a store on a network, asked for many at once."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol, TypeVar

from render.store import Missing, Store, make_private, telling

T = TypeVar("T")
U = TypeVar("U")

_REQUESTS_AT_ONCE = 24  # over the network; a folder is read one file after another
_LIST_FROM = 400  # from so many keys on, listing the index is cheaper than asking for each


class Shelf(Protocol):
    """Where a cache keeps its bytes: fewer promises than a `Store`, so that a folder can be fast."""

    def get(self, key: str) -> bytes | None: ...

    def has(self, key: str, size: int) -> bool: ...

    def put(self, key: str, data: bytes) -> None: ...

    def delete(self, key: str) -> None: ...

    def path(self, key: str) -> Path | None: ...

    def each(self, keys: list[T], ask: Callable[[T], U]) -> Iterable[U]: ...

    def find(self, keys: list[str], ask: Callable[[str], U | None]) -> Iterable[U | None]: ...


class FolderShelf:
    """Plain files, moved into place. Nothing is flushed to disk: what a power cut takes is seen by size or digest."""

    def __init__(self, root: Path) -> None:
        make_private(root)
        self._root = f"{root}/"

    def get(self, key: str) -> bytes | None:
        try:
            with open(self._root + key, "rb") as file:  # noqa: PTH123 (this is the warm path: a Path costs as much as the read)
                return file.read()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            with telling("the cache cannot be read", self._root + key):
                raise error

    def has(self, key: str, size: int) -> bool:
        try:
            return os.stat(self._root + key).st_size == size  # noqa: PTH116 (as above)
        except OSError:
            return False

    def put(self, key: str, data: bytes) -> None:
        path = self._root + key
        folder = path.rpartition("/")[0]
        scratch = Path(f"{folder}/.{secrets.token_hex(8)}")
        with telling("the cache cannot be written", self._root):
            try:
                try:
                    scratch.write_bytes(data)
                except FileNotFoundError:  # the first of its folder
                    self._make(Path(folder))
                    scratch.write_bytes(data)
                scratch.replace(path)
            except BaseException:
                scratch.unlink(missing_ok=True)
                raise

    def _make(self, folder: Path) -> None:
        """A folder of the cache. Somebody may have emptied its home meanwhile: its root is made private again."""
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
        except FileNotFoundError:
            if folder == Path(self._root):
                make_private(folder)
            else:
                self._make(folder.parent)
                folder.mkdir(mode=0o700, exist_ok=True)

    def delete(self, key: str) -> None:
        with telling("the cache cannot be written", self._root):
            Path(self._root + key).unlink(missing_ok=True)

    def path(self, key: str) -> Path | None:
        return Path(self._root + key)

    def each(self, keys: list[T], ask: Callable[[T], U]) -> Iterable[U]:
        return [ask(key) for key in keys]

    def find(self, keys: list[str], ask: Callable[[str], U | None]) -> Iterable[U | None]:
        return [ask(key) for key in keys]


class StoreShelf:
    """A store on a network: many requests at once, and a listing instead of very many."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: frozenset[str] | None = None  # the blobs that a listing has shown, while a bulk lookup runs

    def get(self, key: str) -> bytes | None:
        try:
            return self._store.get(key)
        except Missing:
            return None

    def has(self, key: str, size: int) -> bool:
        if self._known is not None:
            return key in self._known
        found = self._store.head(key)
        return found is not None and found.bytes == size

    def put(self, key: str, data: bytes) -> None:
        self._store.put(key, data, media_type="application/octet-stream")

    def delete(self, key: str) -> None:
        self._store.delete(key)

    def path(self, key: str) -> Path | None:  # noqa: ARG002 (the shelf's face)
        return None

    def each(self, keys: list[T], ask: Callable[[T], U]) -> Iterable[U]:
        if len(keys) < 2:
            return [ask(key) for key in keys]
        with ThreadPoolExecutor(_REQUESTS_AT_ONCE, thread_name_prefix="cache") as threads:
            return list(threads.map(ask, keys))

    def find(self, keys: list[str], ask: Callable[[str], U | None]) -> Iterable[U | None]:
        if len(keys) < _LIST_FROM:
            return self.each(keys, ask)
        self._known = frozenset(self._store.list("cas/"))
        try:
            return self.each(keys, ask)
        finally:
            self._known = None
