"""A public bucket as readers reach it: over the web, without any right to write, on lines that break."""

from __future__ import annotations

import contextlib
import itertools
import random
import re
import time
import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from render.errors import SettingsError, StoreError
from render.httplines import Answer, ask
from render.objects import UNKNOWN_MEDIA_TYPE, Missing, Store, Stored, check_key, telling, without_secrets
from render.store import open_store

T = TypeVar("T")

READERS = 8  # requests at once
_ATTEMPTS = 7
_PAUSE_S = 0.2
_LONGEST_PAUSE_S = 4.0
_LONGEST_ASKED_S = 30.0  # that a store may ask for in Retry-After; a run that is called again later costs less
_PATIENCE_S = 20.0  # of waiting for answers that did not come, or hardly; then the store is left for this run
_AGAIN = {408, 425, 429, 500, 502, 503, 504}
_MOST_BYTES = 128_000_000  # of what is read whole: catalogues, manifests, parts
_CHUNK = 1 << 20
_REDIRECTS = 3
_PLAIN_KEY = re.compile("[a-z]+/[0-9a-f]{64}")  # what is asked for most
_PARTIAL, _NO_SUCH_RANGE = 206, 416
_PACKED = {"gzip", "x-gzip", "deflate", "br", "zstd", "compress"}
_MOVED = {301, 302, 303, 307, 308}
_MEND = "See that this machine is on the network and that --store is right, then run again: what is finished is kept"


class Failing(StoreError):  # noqa: N818 (`except Failing` reads well)
    """The store, or the line to it, failed for now: another attempt may do, after `wait_s` when the store says so."""

    slug = "failing"
    wait_s = 0.0


class Blocked(StoreError):  # noqa: N818
    """Something else lies where the object was: it was cut short, or taken out of reach."""

    slug = "blocked"


class WebStore:
    """The objects below a web address, to be read."""

    def __init__(self, url: str) -> None:
        parts = urllib.parse.urlsplit(url.rstrip("/"))
        if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc or parts.query:
            raise SettingsError(
                f"{without_secrets(url)} is not the address of a bucket",
                mend="Write one like https://loa.example.vn/kho, s3://bucket?endpoint=… or a folder",
            )
        self.url = url.rstrip("/")

    def get(self, key: str) -> bytes:
        return self.read(key)[0]

    def read(self, key: str) -> tuple[bytes, Stored]:
        def attempt() -> tuple[bytes, Stored]:
            data = bytearray()
            with contextlib.closing(self._ask("GET", key)) as answer:
                told = answer.headers.get("content-length", "")
                for piece in itertools.chain([b""], self._pieces(answer, key)):
                    data += piece
                    if len(data) > _MOST_BYTES or (told.isdigit() and int(told) > _MOST_BYTES):
                        raise StoreError(f"{key} is far too large", where=self.url, mend="Ask the publisher")
                return bytes(data), _stored(key, answer, len(data))

        return patiently(attempt)

    def head(self, key: str) -> Stored | None:
        def attempt() -> Stored:
            with contextlib.closing(self._ask("HEAD", key)) as answer:
                return _stored(key, answer, int(answer.headers.get("content-length") or 0))

        try:
            return patiently(attempt)
        except Missing:
            return None

    def address(self, key: str) -> str:
        if not _PLAIN_KEY.fullmatch(key):
            key = urllib.parse.quote(check_key(key))
        return f"{self.url}/{key}"

    def chunks(self, key: str, start: int, total: int) -> Iterator[bytes | memoryview]:
        """The bytes of an object of a known size from `start` on, one attempt; `Blocked` when it has another size.

        A piece holds until the next is asked for.
        """
        with contextlib.closing(self._ask("GET", key, {"Range": f"bytes={start}-"} if start else {})) as answer:
            whole = answer.status != _PARTIAL
            length = answer.headers.get("content-length", "")
            if length.isdigit() and int(length) != total - (0 if whole else start):
                raise Blocked(f"{key} has another size than the release says", where=self.url)
            skip = start if whole else 0  # a store that knows no ranges sends all of it again
            for piece in self._pieces(answer, key):
                if skip >= len(piece):
                    skip -= len(piece)
                    continue
                yield piece[skip:] if skip else piece
                skip = 0

    def put(self, *_: object, **__: object) -> str:
        raise StoreError("a web address can only be read", where=self.url, mend="Publish to its bucket")

    def delete(self, key: str) -> None:
        raise StoreError("a web address can only be read", where=self.url, mend=f"Remove {key} from its bucket")

    def list(self, prefix: str = "") -> Iterator[str]:
        raise StoreError("a web address cannot be listed", where=self.url, mend=f"Look at its bucket for {prefix}")

    def scan(self, prefix: str = "") -> Iterator[Stored]:
        raise StoreError("a web address cannot be listed", where=self.url, mend=f"Look at its bucket for {prefix}")

    def _ask(self, method: str, key: str, headers: Mapping[str, str] = MappingProxyType({})) -> Answer:
        """A good answer, wherever the store has moved to."""
        address = self.address(key)
        try:
            for _ in range(1 + _REDIRECTS):
                answer = ask(method, address, headers)
                if answer.status not in _MOVED or "location" not in answer.headers:
                    break
                answer.close()
                address = urllib.parse.urljoin(address, answer.headers["location"])
                if not address.startswith(("http://", "https://")):
                    raise StoreError(f"{key} cannot be read: the store leads elsewhere", where=self.url, mend=_MEND)
        except (OSError, ValueError) as error:
            raise self._unreachable(key, error) from error
        packed = answer.headers.get("content-encoding", "").lower() in _PACKED
        if answer.status in (200, _PARTIAL) and not packed:
            return answer
        answer.close()
        if packed and answer.status in (200, _PARTIAL):
            mend = "Whoever runs the store must switch off compression before it"
            raise StoreError(f"{key} comes compressed, and was asked for as it is", where=self.url, mend=mend)
        raise self._refusal(key, answer)

    def _pieces(self, answer: Answer, key: str) -> Iterator[bytes | memoryview]:
        try:
            yield from answer.body
        except OSError as error:
            raise Failing(f"{key} broke off ({_in_words(error)})", where=self.url, mend=_MEND) from error

    def _unreachable(self, key: str, error: Exception) -> StoreError:
        if "certificate" in str(error).lower():
            mend = "Look whether this machine's clock is right, and whether --store is; if both are, ask the publisher"
            return StoreError(f"the store's certificate is not good: {error}", where=self.url, mend=mend)
        what = f"{key} cannot be read: the store does not answer ({_in_words(error)})"
        return Failing(what, where=self.url, mend=_MEND)

    def _refusal(self, key: str, answer: Answer) -> StoreError:
        status = answer.status
        if status in _AGAIN:
            mend = "Run again later: what is finished is kept"
            failing = Failing(f"{key} cannot be read: the store answered {status}", where=self.url, mend=mend)
            failing.wait_s = _asked_s(answer.headers)
            return failing
        if status in (404, 410):
            return Missing(f"{key} is not there", where=self.url)
        if status in (401, 403):
            # A bucket that nobody may list says so too where there is nothing.
            mend = "Check --store: the bucket must be open to readers, or the object is gone"
            return Missing(f"{key} cannot be read: the store refuses it ({status})", where=self.url, mend=mend)
        if status == _NO_SUCH_RANGE:  # it is shorter than what is here of it already
            return Blocked(f"{key} has another size than the release says", where=self.url)
        return StoreError(f"{key} cannot be read: the store answered {status}", where=self.url, mend=_MEND)


def open_reader(url: str) -> Store:
    """The store at an address for who only reads: a folder, https://…, or a bucket that strangers may read."""
    if url.startswith(("http://", "https://")):
        return WebStore(url)
    if url.startswith("s3://"):
        parts = urllib.parse.urlsplit(url)
        endpoint = urllib.parse.parse_qs(parts.query).get("endpoint", [""])[0].rstrip("/")
        if endpoint:  # the library that speaks S3 takes half a second to load, and is not needed
            return WebStore(f"{endpoint}/{parts.netloc}{parts.path.rstrip('/')}")
        return WebStore(open_store(url).address("x").rpartition("/")[0])
    return open_store(url)


def bytes_from(store: Store, key: str, start: int, total: int) -> Iterator[bytes | memoryview]:
    """The bytes of an object from `start` on; one attempt. A piece holds until the next is asked for."""
    if isinstance(store, WebStore):
        yield from store.chunks(key, start, total)
        return
    path = Path(store.address(key))
    with telling(f"{key} cannot be read", store.url):
        found = store.head(key)
        if found is None:
            raise Missing(f"{key} is not there", where=store.url)
        if found.bytes != total:
            raise Blocked(f"{key} has another size than the release says", where=store.url)
        with path.open("rb") as file:
            file.seek(start)
            while chunk := file.read(_CHUNK):
                yield chunk


def patiently(ask: Callable[[], T], attempts: int = _ATTEMPTS) -> T:
    """Ask again, after a pause that grows, while the store or the line only fails for now."""
    attempt, waited_s = 1, 0.0
    while True:
        began = time.monotonic()
        try:
            return ask()
        except Failing as error:
            waited_s += time.monotonic() - began
            if attempt == attempts or waited_s >= _PATIENCE_S:
                raise
            pause(attempt, error)
            attempt += 1


def pause(attempt: int, error: Failing, wait: Callable[[float], object] = time.sleep) -> None:
    """Wait before the next attempt; not all readers at the same moment, and none before the store asked for it."""
    longest = min(_LONGEST_PAUSE_S, _PAUSE_S * 2 ** (attempt - 1))
    wait(error.wait_s + longest * random.uniform(0.5, 1.0))  # noqa: S311 (no secret)


def _asked_s(headers: Mapping[str, str]) -> float:
    """How long a store asks to be left alone: seconds, or a date, reckoned from its own clock."""
    said = headers.get("retry-after", "")
    if said.isascii() and said.isdigit():
        return min(_LONGEST_ASKED_S, float(said[:9]))
    if not said:
        return 0.0
    from email.utils import parsedate_to_datetime  # here: it is rare, and takes its time to load

    try:
        asked_s = (parsedate_to_datetime(said) - parsedate_to_datetime(headers.get("date", ""))).total_seconds()
    except (ValueError, TypeError):
        return 0.0
    return max(0.0, min(_LONGEST_ASKED_S, asked_s))


def _in_words(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def _stored(key: str, answer: Answer, size: int) -> Stored:
    kind = answer.headers.get("content-type") or UNKNOWN_MEDIA_TYPE
    return Stored(key, size, answer.headers.get("etag", ""), kind)
