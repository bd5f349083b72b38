"""A store that fails says in words what went wrong, and is asked again no longer than it helps."""

from __future__ import annotations

import contextlib
import http.server
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from render.errors import StoreError
from render.s3 import _FailingError
from render.seaweed import SeaweedServer
from render.store import open_store, probe


class Faulty(http.server.ThreadingHTTPServer):
    """An S3 server that answers every request with `answer` (status, body), or keeps what is put, when told to."""

    answer: tuple[int, bytes] = (500, b"")
    delay_s = 0.0
    requests = 0
    remember_puts = False
    fail_first = 0


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    kept: bytes = b""

    def _say(self) -> None:
        server = self.server
        assert isinstance(server, Faulty)
        server.requests += 1
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        time.sleep(server.delay_s)
        status, answer = server.answer
        if server.fail_first:
            server.fail_first -= 1
        elif server.remember_puts:  # every write is taken, whatever its conditions
            if self.command == "PUT":
                _Handler.kept = body
            status, answer = 200, _Handler.kept if self.command == "GET" else b""
        self.send_response(status)
        self.send_header("ETag", '"e"')
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        if self.command != "HEAD":
            with contextlib.suppress(BrokenPipeError):  # who asked has given up
                self.wfile.write(answer)

    do_GET = do_PUT = do_HEAD = do_DELETE = _say

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def faulty(monkeypatch: pytest.MonkeyPatch) -> Iterator[Faulty]:
    """A server whose answers the test chooses."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "k")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    with Faulty(("127.0.0.1", 0), _Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def _url(server: Faulty) -> str:
    return f"s3://b?endpoint=http://127.0.0.1:{server.server_address[1]}"


def _xml(code: str) -> bytes:
    return f"<Error><Code>{code}</Code><Message>{code}</Message></Error>".encode()


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((500, _xml("InternalError")), "answered 500"),
        ((503, _xml("SlowDown")), "answered 503"),
        ((507, _xml("InsufficientStorage")), "is full"),
        ((403, _xml("SignatureDoesNotMatch")), "credentials"),
        ((403, _xml("AccessDenied")), "credentials"),
        ((403, _xml("RequestTimeTooSkewed")), "clock"),
        ((404, _xml("NoSuchBucket")), "bucket b does not exist"),
        ((200, b"<html>a captive portal</html>"), "ignores"),
    ],
)
def test_what_a_store_answers_is_told_in_words_with_a_mend(
    faulty: Faulty, answer: tuple[int, bytes], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("render.s3._PAUSE_S", 0.001)
    monkeypatch.setattr("render.s3._PAUSE_SLOWLY_S", 0.001)
    faulty.answer = answer
    store = open_store(_url(faulty))
    with pytest.raises(StoreError, match=words) as told:
        probe(store)
    assert told.value.mend
    assert faulty.requests < 20


def test_a_store_that_answers_others_meanwhile_is_asked_more_often(
    faulty: Faulty, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(_url(faulty))
    asked: list[int] = []

    def failing() -> int:
        asked.append(1)
        store._answers += 1  # type: ignore[attr-defined]  # another thread's request went well
        if len(asked) < 12:
            raise _FailingError("the store answered 500")
        return 7

    monkeypatch.setattr("render.s3.time.sleep", lambda _: None)
    assert store._patiently(failing) == 7  # type: ignore[attr-defined]


def test_a_store_that_fails_once_is_asked_again(faulty: Faulty) -> None:
    faulty.remember_puts, faulty.fail_first = True, 1
    store = open_store(_url(faulty))
    store.put("a", b"1", media_type="text/plain")
    faulty.fail_first = 1
    assert store.get("a") == b"1"
    assert faulty.requests == 4


def test_a_store_that_ignores_conditional_writes_is_refused(faulty: Faulty) -> None:
    faulty.remember_puts = True
    with pytest.raises(StoreError, match="ignores If-None-Match") as told:
        probe(open_store(_url(faulty)))
    assert "cannot be used" in told.value.mend


def test_a_store_that_is_not_there_is_told_within_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "k")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    start = time.monotonic()
    with pytest.raises(StoreError, match="does not answer"):
        probe(open_store("s3://b?endpoint=http://127.0.0.1:9"))
    assert time.monotonic() - start < 90


def test_a_store_that_never_answers_is_given_up_after_three_attempts(
    faulty: Faulty, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("render.s3._READ_S", 0.3)
    faulty.delay_s = 1.0
    with pytest.raises(StoreError, match="does not answer"):
        open_store(_url(faulty)).get("a")
    assert faulty.requests == 3
    with pytest.raises(StoreError, match="does not answer"):
        probe(open_store(_url(faulty)))
    assert faulty.requests == 6


def test_wrong_credentials_are_told(s3_server: SeaweedServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    credentials = tmp_path / "credentials"
    credentials.write_text("[wrong]\naws_access_key_id = nobody\naws_secret_access_key = nothing\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(credentials))
    with pytest.raises(StoreError, match="credentials") as told:
        probe(open_store(s3_server.url("public") + "&profile=wrong"))
    assert "AWS_ACCESS_KEY_ID" in told.value.mend


def test_a_bucket_that_does_not_exist_is_told(s3_server: SeaweedServer) -> None:
    with pytest.raises(StoreError, match="bucket nowhere does not exist"):
        probe(open_store(s3_server.url("nowhere")))
