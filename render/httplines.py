"""Lines to a web server, kept for the next request: the usual answer is read leanly, any other by the library."""

from __future__ import annotations

import contextlib
import functools
import os
import re
import socket
import struct
import sys
import threading
import time
import urllib.parse
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import http.client
    import ssl

Place = tuple[str, str]  # scheme, host with port
Body = Generator[bytes | memoryview, None, None]

_CONNECT_S = 6.0
_READ_S = 20.0
_LONGEST_HEAD = 16_384  # bytes
_PIECE = 1 << 18
_PIECE_S = 1.0  # then what has come is handed on, though the piece is not full
_LEAST_BYTES, _LEAST_S = 4096, 60.0  # a line that brings less in that time does not work
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_STATUS = re.compile("HTTP/1\\.1 ([2-5][0-9]{2})(?: .*)?")
_TARGET = re.compile("[!-~]+")
_NAMES = re.compile("(?:\\r\\n[!-9;-~]+:[^\\r\\n]*)*")


@dataclass(frozen=True)
class Answer:
    """What a server says. A piece of the `body` holds until the next is asked for; an `OSError` when it breaks off.

    When the body was read to its end, the line serves the next request of this thread; else `close` hangs up.
    """

    status: int
    headers: Mapping[str, str]  # names in lower case
    body: Body
    place: Place
    line: Line | http.client.HTTPConnection

    def close(self) -> None:
        """To be called whatever was read."""
        self.body.close()
        if _lines.kept.get(self.place) is not self.line:
            self.line.close()


@dataclass(frozen=True)
class Line:
    """A socket, and the memory that its answers are read into. When nothing comes, a `TimeoutError`."""

    socket: socket.socket
    data: bytearray
    view: memoryview

    def send(self, request: bytes) -> None:
        """All of it."""
        try:
            self.socket.sendall(request)
        except BlockingIOError:
            raise TimeoutError("timed out") from None

    def receive(self, start: int, end: int) -> int:
        """So many bytes came into that stretch of the memory; 0 when the other side has hung up."""
        try:
            return self.socket.recv_into(self.view[start:end])
        except BlockingIOError:
            raise TimeoutError("timed out") from None

    def close(self) -> None:
        """Hang up."""
        self.socket.close()


class _Lines(threading.local):
    def __init__(self) -> None:
        self.kept: dict[Place, Line | http.client.HTTPConnection] = {}  # those that nobody reads from just now
        self.odd: set[Place] = set()  # whose answers are left to the library


_lines = _Lines()


def ask(method: str, address: str, headers: Mapping[str, str]) -> Answer:
    """The answer to a request without a body; `OSError` or `ValueError` when there is none."""
    place, target = _split(address)
    said = {"User-Agent": "loa-fetch", "Accept-Encoding": "identity", **headers}
    proxy = _proxy(*place)
    if proxy or place in _lines.odd or not _TARGET.fullmatch(f"{place[1]}{target}"):
        return _ask_library(method, address if proxy and place[0] == "http" else target, place, proxy, said)
    lines = [f"{method} {target} HTTP/1.1", f"Host: {place[1]}", *[f"{name}: {said[name]}" for name in said]]
    request = "\r\n".join([*lines, "", ""]).encode("ascii")
    line = _lines.kept.pop(place, None)
    answer = None
    if isinstance(line, Line):
        try:
            answer = _ask_line(line, place, request, bodiless=method == "HEAD")
        except OSError:
            line = None  # the server had closed it meanwhile
    if line is None:
        answer = _ask_line(_connect(place), place, request, bodiless=method == "HEAD")
    if answer is None:
        _lines.odd.add(place)
        return _ask_library(method, target, place, proxy, said)
    return answer


def _split(address: str) -> tuple[Place, str]:
    """Where to, and what is asked for there."""
    end = address.find("/", address.find("://") + 3)
    if end > 0 and "?" not in address[:end] and "#" not in address:  # as nearly all are; the library is slower
        return _place(address[:end]), address[end:]
    parts = urllib.parse.urlsplit(address)
    return (parts.scheme, parts.netloc), urllib.parse.urlunsplit(("", "", parts.path or "/", parts.query, ""))


@functools.lru_cache(maxsize=16)
def _place(origin: str) -> Place:
    parts = urllib.parse.urlsplit(origin)
    return parts.scheme, parts.netloc


def _ask_line(line: Line, place: Place, request: bytes, *, bodiless: bool) -> Answer | None:
    """None when the answer is not of the kind that is read here; then the line is closed."""
    try:
        line.send(request)
        filled, until = 0, time.monotonic() + _LEAST_S
        while not (end := _HEAD_END.search(line.data, 0, min(filled, _LONGEST_HEAD))):
            if filled >= _LONGEST_HEAD:
                break
            if time.monotonic() > until:
                raise TimeoutError("the answer does not begin")
            count = line.receive(filled, _PIECE)
            if not count:
                raise ConnectionResetError("closed before the answer")
            filled += count
        head = _head(line.data[: end.start()].decode("latin-1")) if end and end[0] == b"\r\n\r\n" else None
        length = _length(*head, bodiless=bodiless) if head else None
    except BaseException:
        line.close()
        raise
    if not end or head is None or length is None:
        line.close()
        return None
    status, headers = head
    return Answer(status, headers, _body(line, place, headers, (end.end(), filled), length), place, line)


def _head(text: str) -> tuple[int, dict[str, str]] | None:
    first, *lines = text.split("\r\n")
    status = _STATUS.fullmatch(first)
    if not status or not _NAMES.fullmatch(text, len(first)):
        return None
    named = [line.split(":", 1) for line in lines]
    headers = {name.lower(): value.strip() for name, value in named}
    if len(headers) < len(named) and sum(name.lower() == "content-length" for name, _ in named) > 1:
        return None
    return int(status[1]), headers


def _length(status: int, headers: Mapping[str, str], *, bodiless: bool) -> int | None:
    """The bytes of the body; None when only the library knows where it ends."""
    if bodiless or status in (204, 304):
        return 0
    told = headers.get("content-length", "")
    return int(told) if told.isascii() and told.isdigit() and "transfer-encoding" not in headers else None


def _body(line: Line, place: Place, headers: Mapping[str, str], come: tuple[int, int], length: int) -> Body:
    at, end = come  # what of the memory has come and was not handed on
    missing = length - (end - at)
    too_much, end = missing < 0, min(end, at + length)
    marked, since = time.monotonic(), missing
    try:
        while True:
            until = time.monotonic() + _PIECE_S
            while missing > 0 and end < _PIECE and time.monotonic() < until:
                count = line.receive(end, end + missing)
                if not count:
                    raise ConnectionResetError("closed before the end")
                end += count
                missing -= count
            if end > at:
                yield line.view[at:end]
            if missing <= 0:
                break
            at = end = 0
            if time.monotonic() - marked > _LEAST_S:
                if since - missing < _LEAST_BYTES:
                    raise TimeoutError("hardly anything comes")
                marked, since = time.monotonic(), missing
    except OSError:
        if end > at:
            yield line.view[at:end]
        raise
    if not too_much and headers.get("connection", "").lower() != "close":
        _lines.kept[place] = line


def _connect(place: Place) -> Line:
    parts = urllib.parse.urlsplit(f"{place[0]}://{place[1]}")
    default = 443 if parts.scheme == "https" else 80
    found = socket.create_connection((parts.hostname or "", parts.port or default), timeout=_CONNECT_S)
    try:
        found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if parts.scheme == "https":
            found = _context().wrap_socket(found, server_hostname=parts.hostname)
        _time_out(found)
    except BaseException:
        found.close()
        raise
    data = bytearray(_PIECE)
    return Line(found, data, memoryview(data))


def _time_out(line: socket.socket) -> None:
    """How long to wait for the other side. A plain socket leaves it to the system: else each read is two calls."""
    line.settimeout(_READ_S)
    if type(line) is socket.socket and sys.platform == "linux":
        limit = struct.pack("ll", int(_READ_S), int(_READ_S % 1 * 1e6))  # a `timeval`
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
        line.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)
        line.settimeout(None)


# ----- by the library: proxies, and answers whose end is told in another way. It costs twice the time a file.


def _ask_library(method: str, target: str, place: Place, proxy: str, said: Mapping[str, str]) -> Answer:
    import http.client  # here: most runs never need it, and it takes as long to load as a small run lasts

    def on(line: http.client.HTTPConnection) -> Answer:
        try:
            line.request(method, target, headers=dict(said))
            with no_longer_than(_LEAST_S, line.sock):
                answer = line.getresponse()
        except http.client.HTTPException as error:
            raise ConnectionError(type(error).__name__) from error
        headers = {name.lower(): value for name, value in answer.headers.items()}
        return Answer(answer.status, headers, _library_body(answer, place, line), place, line)

    kept = _lines.kept.pop(place, None)
    if kept is not None:
        try:
            if not isinstance(kept, Line):
                return on(kept)
        except OSError:
            pass  # the server had closed it meanwhile
        kept.close()
    through = urllib.parse.urlsplit(proxy).netloc.rpartition("@")[2] if proxy else place[1]
    if place[0] == "https":
        line: http.client.HTTPConnection = http.client.HTTPSConnection(through, timeout=_CONNECT_S, context=_context())
        if proxy:
            line.set_tunnel(place[1])
    else:
        line = http.client.HTTPConnection(through, timeout=_CONNECT_S)
    try:
        line.connect()
        line.sock.settimeout(_READ_S)
        return on(line)
    except BaseException:
        line.close()
        raise


@contextlib.contextmanager
def no_longer_than(limit_s: float, line: socket.socket) -> Iterator[None]:
    """Hang up on who sends in drops: the library waits anew for each, so that no timeout of a socket is ever met."""

    def hang_up() -> None:
        with contextlib.suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(limit_s, hang_up)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _library_body(answer: http.client.HTTPResponse, place: Place, line: http.client.HTTPConnection) -> Body:
    import http.client

    marked, since = time.monotonic(), 0
    try:
        while piece := answer.read1(_PIECE):
            yield piece
            since += len(piece)
            if time.monotonic() - marked > _LEAST_S:
                if since < _LEAST_BYTES:
                    raise TimeoutError("hardly anything comes")
                marked, since = time.monotonic(), 0
    except http.client.HTTPException as error:
        raise ConnectionError(type(error).__name__) from error
    if answer.length:
        raise ConnectionResetError("closed before the end")
    if not answer.will_close:
        _lines.kept[place] = line


@functools.cache
def _context() -> ssl.SSLContext:
    import ssl

    return ssl.create_default_context()


@functools.lru_cache(maxsize=16)
def _proxy(scheme: str, netloc: str) -> str:
    """The proxy of this machine for that address, "" for none."""
    if sys.platform == "linux" and not any(name.lower().endswith("_proxy") for name in os.environ):
        return ""
    import urllib.request

    host = netloc.rpartition("@")[2]
    return "" if urllib.request.proxy_bypass(host) else urllib.request.getproxies().get(scheme, "")
