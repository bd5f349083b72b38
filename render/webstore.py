"""A public bucket as readers reach it: over the web, without any right to write, on lines that break."""

from __future__ import annotations

import contextlib
import functools
import http
import http.client
import random
import re
import ssl
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from render.errors import SettingsError, StoreError
from render.objects import UNKNOWN_MEDIA_TYPE, Missing, Store, Stored, check_key, telling, without_secrets
from render.store import open_store

T = TypeVar("T")

READERS = 8  # requests at once
_CONNECT_S = 6.0
_READ_S = 20.0
_ATTEMPTS = 7
_PAUSE_S = 0.2
_LONGEST_PAUSE_S = 4.0
_AGAIN = {408, 425, 429, 500, 502, 503, 504}
_MOST_BYTES = 128_000_000  # of what is read whole: catalogues, manifests, parts
_CHUNK = 1 << 20
_REDIRECTS = 3
_PLAIN_KEY = re.compile("[a-z]+/[0-9a-f]{64}")  # what is asked for most
_MOVED = {301, 302, 303, 307, 308}
_MEND = "See that this machine is on the network and that --store is right, then run again: what is finished is kept"


class Failing(StoreError):  # noqa: N818 (`except Failing` reads well)
    """The store, or the line to it, failed for now: another attempt may do."""

    slug = "failing"


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
        def ask() -> tuple[bytes, Stored]:
            data = bytearray()
            with self._answer("GET", key, {}) as answer:
                for chunk in _chunks(answer, key, self.url):
                    data += chunk
                    if len(data) > _MOST_BYTES:
                        raise StoreError(f"{key} is far too large", where=self.url, mend="Ask the publisher")
                return bytes(data), _stored(key, answer, len(data))

        return patiently(ask)

    def head(self, key: str) -> Stored | None:
        def ask() -> Stored | None:
            with self._answer("HEAD", key, {}) as answer:
                return _stored(key, answer, int(answer.headers.get("Content-Length") or 0))

        try:
            return patiently(ask)
        except Missing:
            return None

    def address(self, key: str) -> str:
        if not _PLAIN_KEY.fullmatch(key):
            key = urllib.parse.quote(check_key(key))
        return f"{self.url}/{key}"

    def chunks(self, key: str, start: int, total: int) -> Iterator[bytes]:
        """The bytes of an object of a known size from `start` on, one attempt; `Blocked` when it has another size."""
        headers = {"Range": f"bytes={start}-"} if start else {}
        with self._answer("GET", key, headers) as answer:
            whole = answer.status != http.HTTPStatus.PARTIAL_CONTENT
            length = answer.headers.get("Content-Length")
            if length is not None and length.isdigit() and int(length) != total - (0 if whole else start):
                raise Blocked(f"{key} has another size than the release says", where=self.url)
            skip = start if whole else 0  # a store that knows no ranges sends all of it again
            for chunk in _chunks(answer, key, self.url):
                if skip >= len(chunk):
                    skip -= len(chunk)
                    continue
                yield chunk[skip:] if skip else chunk
                skip = 0

    def put(self, *_: object, **__: object) -> str:
        raise StoreError("a web address can only be read", where=self.url, mend="Publish to its bucket")

    def delete(self, key: str) -> None:
        raise StoreError("a web address can only be read", where=self.url, mend=f"Remove {key} from its bucket")

    def list(self, prefix: str = "") -> Iterator[str]:
        raise StoreError("a web address cannot be listed", where=self.url, mend=f"Look at its bucket for {prefix}")

    def scan(self, prefix: str = "") -> Iterator[Stored]:
        raise StoreError("a web address cannot be listed", where=self.url, mend=f"Look at its bucket for {prefix}")

    @contextlib.contextmanager
    def _answer(self, method: str, key: str, headers: dict[str, str]) -> Iterator[http.client.HTTPResponse]:
        """An answer to be read to its end: then its connection serves the next request of this thread."""
        address, answer = self.address(key), None
        try:
            for _ in range(1 + _REDIRECTS):
                answer = _ask(method, address, headers)
                if answer.status not in _MOVED or not answer.headers.get("Location"):
                    break
                _hang_up(address)
                address = urllib.parse.urljoin(address, answer.headers["Location"])
                if not address.startswith(("http://", "https://")):
                    raise StoreError(f"{key} cannot be read: the store leads elsewhere", where=self.url, mend=_MEND)
        except (http.client.HTTPException, OSError, ValueError) as error:
            _hang_up(address)
            raise Failing(
                f"{key} cannot be read: the store does not answer ({type(error).__name__})", where=self.url, mend=_MEND
            ) from error
        assert answer is not None
        try:
            if answer.status not in (200, 206):
                raise self._refusal(key, answer.status)
            yield answer
        finally:
            if not answer.isclosed():  # what was not read to its end cannot serve the next request
                _hang_up(address)

    def _refusal(self, key: str, status: int) -> StoreError:
        if status in _AGAIN:
            mend = "Run again later: what is finished is kept"
            return Failing(f"{key} cannot be read: the store answered {status}", where=self.url, mend=mend)
        if status in (404, 410):
            return Missing(f"{key} is not there", where=self.url)
        if status in (401, 403):
            # A bucket that nobody may list says so too where there is nothing.
            mend = "Check --store: the bucket must be open to readers, or the object is gone"
            return Missing(f"{key} cannot be read: the store refuses it ({status})", where=self.url, mend=mend)
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


def bytes_from(store: Store, key: str, start: int, total: int) -> Iterator[bytes]:
    """The bytes of an object from `start` on; one attempt."""
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
    for attempt in range(1, attempts):
        try:
            return ask()
        except Failing:
            pause(attempt)
    return ask()


def pause(attempt: int) -> None:
    """Wait before the next attempt; not all readers at the same moment."""
    longest = min(_LONGEST_PAUSE_S, _PAUSE_S * 2 ** (attempt - 1))
    time.sleep(longest * random.uniform(0.5, 1.0))  # noqa: S311 (no secret)


def _chunks(answer: http.client.HTTPResponse, key: str, url: str) -> Iterator[bytes]:
    try:
        while chunk := answer.read(_CHUNK):
            yield chunk
        if answer.length:
            raise http.client.IncompleteRead(b"", answer.length)
    except (http.client.HTTPException, OSError) as error:
        raise Failing(f"{key} broke off ({type(error).__name__})", where=url, mend=_MEND) from error


def _stored(key: str, answer: http.client.HTTPResponse, size: int) -> Stored:
    kind = answer.headers.get("Content-Type") or UNKNOWN_MEDIA_TYPE
    return Stored(key, size, answer.headers.get("ETag", ""), kind)


# ----- connections, kept for the next request. The library that most programs use costs twice the time a file.


class _Lines(threading.local):
    def __init__(self) -> None:
        self.open: dict[tuple[str, str], http.client.HTTPConnection] = {}


_lines = _Lines()


def _ask(method: str, address: str, headers: dict[str, str]) -> http.client.HTTPResponse:
    parts = urllib.parse.urlsplit(address)
    place = (parts.scheme, parts.netloc)
    proxy = _proxy(*place)
    target = address if proxy and parts.scheme == "http" else urllib.parse.urlunsplit(("", "", *parts[2:4], "")) or "/"
    said = {"User-Agent": "loa-fetch", "Accept-Encoding": "identity", **headers}
    kept = _lines.open.get(place)
    if kept is not None:
        try:
            kept.request(method, target, headers=said)
            return kept.getresponse()
        except (http.client.HTTPException, OSError):
            _hang_up(address)  # the store had closed it meanwhile
    line = _lines.open[place] = _connect(*place, proxy)
    line.request(method, target, headers=said)
    return line.getresponse()


def _connect(scheme: str, netloc: str, proxy: str) -> http.client.HTTPConnection:
    through = urllib.parse.urlsplit(proxy).netloc.rpartition("@")[2] if proxy else netloc
    if scheme == "https":
        line: http.client.HTTPConnection = http.client.HTTPSConnection(through, timeout=_CONNECT_S, context=_context())
        if proxy:
            line.set_tunnel(netloc)
    else:
        line = http.client.HTTPConnection(through, timeout=_CONNECT_S)
    line.connect()
    line.sock.settimeout(_READ_S)
    return line


def _hang_up(address: str) -> None:
    parts = urllib.parse.urlsplit(address)
    line = _lines.open.pop((parts.scheme, parts.netloc), None)
    if line is not None:
        line.close()


@functools.cache
def _context() -> ssl.SSLContext:
    return ssl.create_default_context()


@functools.lru_cache(maxsize=16)
def _proxy(scheme: str, netloc: str) -> str:
    """The proxy of this machine for that address, "" for none."""
    host = netloc.rpartition("@")[2]
    return "" if urllib.request.proxy_bypass(host) else urllib.request.getproxies().get(scheme, "")
