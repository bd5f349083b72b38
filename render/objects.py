"""What a store is: bytes under keys, with conditional writes, and the words for what goes wrong."""

from __future__ import annotations

import contextlib
import errno
import unicodedata
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from render.errors import StoreError

# The folder store's own corner: side records, its lock, half-written files. No key may lead there.
OWN_FOLDER = ".loa"
UNKNOWN_MEDIA_TYPE = "application/octet-stream"


class Missing(StoreError):  # noqa: N818 (`except Missing` reads well)
    """There is no object under that key."""

    slug = "missing"


class Conflict(StoreError):  # noqa: N818
    """A conditional write came too late: somebody else has written since."""

    slug = "conflict"


@dataclass(frozen=True)
class Stored:
    """An object as its store knows it. `etag` is what `put(if_match=…)` takes; its form is the store's own."""

    key: str
    bytes: int
    etag: str
    media_type: str  # "" in a listing, where a store does not tell it
    modified_s: float = field(default=0.0, compare=False)  # when it was written last, by the store's clock
    cache_control: str = field(default="", compare=False)  # these two only from `head` and `read` of a writer's store
    disposition: str = field(default="", compare=False)


class Store(Protocol):
    """Bytes under keys (`releases/ab12.json`). Every failure is a `StoreError`; each write is whole or not at all."""

    @property
    def url(self) -> str:
        """What `open_store` takes to open it again, in any process. It never holds a secret."""

    def get(self, key: str) -> bytes:
        """The bytes; `Missing` when there are none."""

    def read(self, key: str) -> tuple[bytes, Stored]:
        """The bytes with the etag they had, for a conditional write after; `Missing` when there are none."""

    def head(self, key: str) -> Stored | None:
        """What is known of an object, without its bytes; None when there is none."""

    def put(
        self,
        key: str,
        data: bytes,
        *,
        media_type: str,
        cache_control: str = "",
        download_name: str = "",
        if_match: str | None = None,
        if_absent: bool = False,
    ) -> str:
        """Write; returns the new etag. `Conflict` when `if_match` is no longer it, or it is there with `if_absent`."""

    def list(self, prefix: str = "") -> Iterator[str]:
        """The keys that begin so, in order."""

    def scan(self, prefix: str = "") -> Iterator[Stored]:
        """What lies under the keys that begin so, in order, with size and age: what a listing knows, no more."""

    def delete(self, key: str) -> None:
        """Remove an object; nothing happens when there is none."""

    def address(self, key: str) -> str:
        """Where a reader finds it: a path, or an http(s) address."""


def without_secrets(url: str) -> str:
    """An address without a password that somebody put into it."""
    before, at, after = url.rpartition("@")
    return f"{before.partition('://')[0]}://…@{after}" if at and "://" in before else url


def check_key(key: str) -> str:
    """The key itself, when it is one that every store can hold and that leads nowhere else."""
    parts = key.split("/")
    wrong = (
        not key
        or len(key.encode(errors="surrogatepass")) > 1024
        or any(part in {"", ".", ".."} or len(part.encode(errors="surrogatepass")) > 240 for part in parts)
        or "\\" in key
        or any(unicodedata.category(letter) in {"Cc", "Cs"} for letter in key)
    )
    if wrong or OWN_FOLDER in parts:
        raise StoreError(f"{key[:80]!r} cannot be the key of an object", mend="Keys are plain names joined by /")
    return key


def content_disposition(name: str) -> str:
    """The header that saves a download under `name`, for readers that know UTF-8 names and those that do not."""
    plain = unicodedata.normalize("NFKD", name.replace("đ", "d").replace("Đ", "D"))
    plain = "".join(letter for letter in plain if 32 <= ord(letter) < 127 and letter not in '"\\/')
    return f"attachment; filename=\"{plain or 'download'}\"; filename*=UTF-8''{urllib.parse.quote(name, safe='')}"


@contextlib.contextmanager
def telling(what: str, where: str) -> Iterator[None]:
    """Turn what the operating system refuses into a `StoreError` with its mend."""
    try:
        yield
    except OSError as error:
        raise StoreError(f"{what}: {_in_words(error)}", where=where, mend=_mend(error)) from error


def _in_words(error: OSError) -> str:
    if error.errno == errno.ENOSPC:
        return "the disk is full"
    return error.strerror.lower() if error.strerror else type(error).__name__


def _mend(error: OSError) -> str:
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT | errno.EFBIG:
            return "Free some space, then run again: what is finished is kept"
        case errno.EACCES | errno.EPERM | errno.EROFS:
            return "Give this user the right to read and write there, or choose another folder"
        case errno.ENOTDIR | errno.EISDIR | errno.EEXIST | errno.ENOTEMPTY:
            return "A file stands where a folder is wanted, or the other way round: choose another folder"
        case errno.EMFILE | errno.ENFILE:
            return "Raise the limit of open files (ulimit -n)"
        case _:
            return "Look after the disk, then run again"
