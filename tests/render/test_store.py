"""Stores keep bytes whole, keep their word on conditional writes, and say in words what went wrong."""

from __future__ import annotations

import concurrent.futures
import contextlib
import http.server
import multiprocessing
import os
import pickle
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.errors import LoaError, SettingsError, StoreError
from render.seaweed import SeaweedServer
from render.store import (
    Conflict,
    FolderStore,
    Missing,
    Store,
    Stored,
    check_key,
    content_disposition,
    open_store,
    probe,
    refuse_shared,
)


def test_what_is_put_is_read_back_with_its_etag_and_type(store: Store) -> None:
    etag = store.put("releases/đủ 75 tuổi.json", b"{}", media_type="application/json", cache_control="no-cache")

    assert store.get("releases/đủ 75 tuổi.json") == b"{}"
    assert store.read("releases/đủ 75 tuổi.json") == (b"{}", store.head("releases/đủ 75 tuổi.json"))
    assert store.head("releases/đủ 75 tuổi.json") == Stored("releases/đủ 75 tuổi.json", 2, etag, "application/json")


def test_what_is_not_there_is_missing(store: Store) -> None:
    assert store.head("nothing") is None
    with pytest.raises(Missing):
        store.get("nothing")
    store.delete("nothing")


def test_deleting_removes_the_object_and_what_is_known_of_it(store: Store) -> None:
    store.put("a.bin", b"1", media_type="audio/mpeg")
    store.delete("a.bin")
    assert store.head("a.bin") is None
    assert list(store.list()) == []


def test_keys_are_listed_by_prefix_in_order(store: Store) -> None:
    for key in ("b/2", "b/1", "ba", "a/x/y", "c"):
        store.put(key, b"", media_type="text/plain")
    assert list(store.list()) == ["a/x/y", "b/1", "b/2", "ba", "c"]
    assert list(store.list("b")) == ["b/1", "b/2", "ba"]
    assert list(store.list("b/")) == ["b/1", "b/2"]
    assert list(store.list("zz/")) == []


def test_if_absent_writes_once(store: Store) -> None:
    store.put("once", b"first", media_type="text/plain", if_absent=True)
    with pytest.raises(Conflict):
        store.put("once", b"second", media_type="text/plain", if_absent=True)
    assert store.get("once") == b"first"


def test_if_match_writes_over_what_was_read_and_nothing_newer(store: Store) -> None:
    first = store.put("catalogue", b"1", media_type="text/plain")
    second = store.put("catalogue", b"2", media_type="text/plain", if_match=first)
    with pytest.raises(Conflict):
        store.put("catalogue", b"3", media_type="text/plain", if_match=first)
    assert store.read("catalogue") == (b"2", Stored("catalogue", 1, second, "text/plain"))


def test_if_match_on_an_object_that_is_gone_is_a_conflict(store: Store) -> None:
    first = store.put("catalogue", b"1", media_type="text/plain")
    store.delete("catalogue")
    with pytest.raises(Conflict):
        store.put("catalogue", b"2", media_type="text/plain", if_match=first)


def test_in_a_race_of_threads_no_update_is_lost(store: Store) -> None:
    store.put("count", b"0", media_type="text/plain")

    def increase(_: int) -> None:
        for _ in range(5):
            while True:
                data, stored = store.read("count")
                try:
                    store.put("count", b"%d" % (int(data) + 1), media_type="text/plain", if_match=stored.etag)
                    break
                except Conflict:
                    continue

    with concurrent.futures.ThreadPoolExecutor(6) as threads:
        list(threads.map(increase, range(6)))
    assert store.get("count") == b"30"


def test_in_a_race_of_threads_one_wins_the_first_write(store: Store) -> None:
    def claim(number: int) -> bool:
        try:
            store.put("claim", b"%d" % number, media_type="text/plain", if_absent=True)
        except Conflict:
            return False
        return True

    with concurrent.futures.ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(claim, range(8))) == 1


def _claim(root: str, number: int) -> bool:
    try:
        FolderStore(Path(root)).put("claim", b"%d" % number, media_type="text/plain", if_absent=True)
    except Conflict:
        return False
    return True


def test_in_a_race_of_processes_one_wins_the_first_write_to_a_folder(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        assert sum(pool.starmap(_claim, [(str(tmp_path), number) for number in range(9)])) == 1


def test_a_store_passes_the_probe_and_is_left_clean(store: Store) -> None:
    probe(store)
    assert list(store.list()) == []


def test_a_store_travels_by_its_address(store: Store) -> None:
    store.put("x", b"1", media_type="text/plain")
    assert pickle.loads(pickle.dumps(store)).get("x") == b"1"
    assert open_store(store.url).get("x") == b"1"


BAD_KEYS = [
    "",
    "/etc/passwd",
    "a//b",
    "../x",
    "a/../b",
    "a/.",
    "a/",
    "a\\b",
    "a\nb",
    "a\x00b",
    ".loa/lock",
    "\ud800",
    "a" * 300,
]


@pytest.mark.parametrize("key", BAD_KEYS)
def test_a_key_that_leads_elsewhere_is_refused(folder_store: FolderStore, key: str) -> None:
    for call in (folder_store.get, folder_store.head, folder_store.delete, folder_store.address):
        with pytest.raises(StoreError):
            call(key)
    with pytest.raises(StoreError):
        folder_store.put(key, b"", media_type="text/plain")


@given(st.text(max_size=60))
def test_no_key_leads_out_of_the_folder(key: str) -> None:
    root = Path("/srv/store")
    try:
        path = os.path.normpath(root / check_key(key))
    except StoreError:
        return
    assert path.startswith("/srv/store/")


def test_a_link_in_the_folder_leads_no_key_out_of_it(folder_store: FolderStore, tmp_path: Path) -> None:
    folder_store.put("a/x", b"1", media_type="text/plain")
    (tmp_path / "secret.txt").write_text("secret")
    (folder_store.root / "out").symlink_to(tmp_path)
    (folder_store.root / "link.txt").symlink_to(tmp_path / "secret.txt")
    with pytest.raises(StoreError, match="leads out of the store"):
        folder_store.get("out/secret.txt")
    with pytest.raises(StoreError):
        folder_store.get("link.txt")
    assert folder_store.head("link.txt") is None


def test_a_pipe_in_the_folder_is_no_object_and_nobody_waits_for_it(folder_store: FolderStore) -> None:
    folder_store.root.mkdir(parents=True)
    os.mkfifo(folder_store.root / "pipe")
    with pytest.raises(Missing):
        folder_store.get("pipe")
    assert list(folder_store.list()) == []


def test_a_file_laid_into_the_folder_by_hand_has_the_etag_of_its_bytes(folder_store: FolderStore) -> None:
    etag = folder_store.put("page.html", b"<p>ours", media_type="text/html")
    (folder_store.root / "page.html").write_bytes(b"<p>theirs, and longer")
    found = folder_store.head("page.html")
    assert found is not None
    assert found.etag != etag
    with pytest.raises(Conflict):
        folder_store.put("page.html", b"", media_type="text/html", if_match=etag)


def test_a_folder_says_the_headers_of_an_object(folder_store: FolderStore) -> None:
    folder_store.put(
        "t.pdf", b"%PDF", media_type="application/pdf", cache_control="no-cache", download_name="Tờ rơi.pdf"
    )
    assert folder_store.headers("t.pdf") == {
        "Content-Type": "application/pdf",
        "Cache-Control": "no-cache",
        "Content-Disposition": content_disposition("Tờ rơi.pdf"),
    }


def test_a_download_name_cannot_end_its_header() -> None:
    header = content_disposition('đẹp"\r\nX-Evil: 1.pdf')
    assert "\r" not in header
    assert "\n" not in header
    assert header.count('"') == 2


def test_a_folder_that_may_not_be_written_says_so_with_its_mend(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("a file")
    with pytest.raises(StoreError) as told:
        FolderStore(tmp_path / "store").put("a", b"", media_type="text/plain")
    assert told.value.mend
    assert str(tmp_path) in told.value.where


FILL = """
import resource, signal, sys
from pathlib import Path
from render.errors import StoreError
from render.store import FolderStore
store = FolderStore(Path(sys.argv[1]))
store.put("a.bin", b"old", media_type="text/plain")
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
try:
    store.put("a.bin", b"x" * 100_000, media_type="text/plain")
except StoreError as error:
    print(error)
"""


def test_a_write_that_does_not_fit_leaves_the_old_object_whole(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", FILL, str(tmp_path)], capture_output=True, text=True, check=True)
    assert "Free some space" in done.stdout
    store = FolderStore(tmp_path)
    assert store.get("a.bin") == b"old"
    assert list((tmp_path / ".loa" / "half").iterdir()) == []


def test_a_full_disk_is_told_with_its_mend(full_disk: Path) -> None:
    store = FolderStore(full_disk)
    store.put("a.bin", b"old", media_type="text/plain")
    with pytest.raises(StoreError, match="the disk is full") as told:
        store.put("a.bin", b"x" * 3_000_000, media_type="text/plain")
    assert "Free some space" in told.value.mend
    assert store.get("a.bin") == b"old"


# ----- addresses


@pytest.mark.parametrize(
    "url",
    [
        "", "http://example.org/x", "s3://", "s3://b?endpiont=http://x", "s3://key:secret@b", "s3://b?endpoint=ftp://x",
        "s3://b/../c", "ftp://user:password@host/x", "s3://b?endpoint=http://key:secret@127.0.0.1:8333",
        "s3://b?endpoint=key:secret@127.0.0.1",
    ],
)  # fmt: skip
def test_an_address_that_is_none_is_refused_without_saying_a_secret(url: str) -> None:
    with pytest.raises(LoaError) as told:
        open_store(url)
    assert "secret" not in str(told.value)
    assert "user:password" not in str(told.value)


@pytest.mark.parametrize(("store_path", "cache_path"), [("a", "a"), ("a", "a/cache"), ("a/store", "a"), ("a", "link")])
def test_store_and_cache_may_not_be_one_place(tmp_path: Path, store_path: str, cache_path: str) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "a")
    with pytest.raises(SettingsError, match="share one place"):
        refuse_shared(str(tmp_path / store_path), str(tmp_path / cache_path))


def test_a_cache_folder_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    refuse_shared(str(tmp_path / "store"), str(tmp_path / "cache"))
    assert (tmp_path / "cache").stat().st_mode & 0o777 == 0o700


def test_an_empty_cache_folder_is_closed_to_others(tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir(mode=0o755)
    refuse_shared(str(tmp_path / "store"), str(tmp_path / "cache"))
    assert (tmp_path / "cache").stat().st_mode & 0o777 == 0o700


def test_a_cache_folder_that_others_may_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir(mode=0o755)
    (tmp_path / "cache" / "draft").write_text("draft")
    with pytest.raises(SettingsError, match="other users"):
        refuse_shared(str(tmp_path / "store"), str(tmp_path / "cache"))


def test_a_cache_in_a_public_bucket_is_refused(s3_server: SeaweedServer, tmp_path: Path) -> None:
    refuse_shared(s3_server.url("public"), s3_server.url("private"))
    for store, cache in [("private", "public"), ("private", "public/cache")]:
        with pytest.raises(SettingsError, match="anybody can read"):
            refuse_shared(s3_server.url(store), s3_server.url(cache))
    with pytest.raises(SettingsError, match="share one place"):
        refuse_shared(s3_server.url("public"), s3_server.url("public/cache"))


# ----- a server that fails, injected with a server of our own


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
    faulty: Faulty, answer: tuple[int, bytes], words: str
) -> None:
    faulty.answer = answer
    store = open_store(_url(faulty))
    with pytest.raises(StoreError, match=words) as told:
        probe(store)
    assert told.value.mend
    assert faulty.requests < 20


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
    assert time.monotonic() - start < 20


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
