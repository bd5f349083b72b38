"""`loa fetch`: a folder comes to what is in force, from the bucket alone, whatever the line and the store do."""

from __future__ import annotations

import hashlib
import http.server
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.catalogue import CATALOGUE
from render.errors import ReleaseError, SettingsError, StoreError
from render.fetch import fetch
from render.fetchstate import Fetched, read_state
from render.keys import Signer, make_key
from render.manifest import EntryFile, Release, cas_key
from render.publication import Publication
from render.release import publish, withdraw
from render.store import FolderStore
from render.wanted import Wish, safe_name
from render.webstore import _asked_s as asked_s
from tests.render.sample_publications import AT, OFFICES, PUBLIC_URL, Files, publication

WISH = Wish("66")
AT_RFC = "Sun, 22 Nov 2026 11:00:00 GMT"


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    return make_key(tmp_path / "key.pem")


@pytest.fixture
def files() -> Files:
    return Files()


def send(store: FolderStore, signer: Signer, files: Files, *publications: Publication) -> Release:
    made = publish(
        store, signer, publications, load=files.load, offices=OFFICES, public_url=PUBLIC_URL, at=AT
    )  # fmt: skip
    assert made is not None
    return made


def call_back(store: FolderStore, signer: Signer, slug: str, reason: str) -> None:
    withdraw(store, signer, slug, reason=reason, offices=OFFICES, public_url=PUBLIC_URL, at=AT)


def lying(out: Path) -> dict[str, bytes]:
    return {
        path.relative_to(out).as_posix(): path.read_bytes()
        for path in sorted(out.rglob("*"))
        if path.is_file() and ".loa-fetch" not in path.parts
    }


def proven(out: Path) -> bool:
    """Whether every file that the list of checksums names is there, and right."""
    lines = (out / "SHA256SUMS").read_text().splitlines()
    assert lines
    return all(hashlib.sha256((out / line[66:]).read_bytes()).hexdigest() == line[:64] for line in lines)


class Server:
    """A public bucket over the web that does what a test tells it to. `wrong` may answer instead of the store."""

    def __init__(self, store: FolderStore) -> None:
        self.asked: list[tuple[str, str]] = []
        self.wrong: Callable[[int, str, bytes], tuple[int, bytes, int] | None] = lambda *_: None
        self.manner = ""  # chunked, unmeasured, closing, moved, gzip, too-long
        self.more: dict[str, str] = {}  # headers besides
        self.left = threading.Event()  # who waits for more than comes
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                key = self.path.lstrip("/")
                wanted = self.headers.get("Range", "")
                outer.asked.append((key, wanted))
                data = store.get(key) if store.head(key) else b""
                status = 200 if data else 404
                if wanted and data:
                    status, data = 206, data[int(wanted[6:-1]) :]
                length = len(data)
                told = outer.wrong(len(outer.asked), key, data)
                if told:
                    status, data, length = told
                if outer.manner == "moved" and key.startswith("old/"):
                    status, data = 301, b""
                    self.send_response(status)
                    self.send_header("Location", f"/{key[4:]}")
                else:
                    self.send_response(status)
                if outer.manner == "chunked":
                    self.send_header("Transfer-Encoding", "chunked")
                    data = b"%x\r\n%b\r\n0\r\n\r\n" % (len(data), data) if data else b"0\r\n\r\n"
                    length = len(data)
                elif outer.manner != "unmeasured":
                    self.send_header("Content-Length", str(length + 5 * (outer.manner == "too-long")))
                for name in outer.more:
                    self.send_header(name, outer.more[name])
                if outer.manner == "gzip":
                    self.send_header("Content-Encoding", "gzip")
                self.end_headers()
                if self.command == "GET":
                    self.wfile.write(data)
                if outer.manner == "too-long":
                    outer.left.wait(20)
                self.close_connection = outer.manner in ("unmeasured", "closing")
                if length != len(data):
                    self.close_connection = True

            do_HEAD = do_GET

            def log_message(self, *_: object) -> None:
                return

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()


@pytest.fixture
def server(folder_store: FolderStore) -> Iterator[Server]:
    found = Server(folder_store)
    yield found
    found.http.shutdown()
    found.http.server_close()


def run(server: Server | FolderStore, signer: Signer, out: Path, wish: Wish = WISH, **more: bool) -> Fetched:
    return fetch(server.url, [signer.fingerprint], wish, out, **more)


def test_a_folder_gets_what_is_in_force_for_an_office_in_play_order(
    folder_store: FolderStore, signer: Signer, files: Files, tmp_path: Path
) -> None:
    urgent = publication(files, "canh-bao", "Cảnh báo giả mạo", priority="urgent")
    send(folder_store, signer, files, publication(files, offices=("66", "91")), urgent)
    done = run(folder_store, signer, tmp_path / "out")
    found = lying(tmp_path / "out")
    assert [name for name in found if name.endswith(".mp3")] == [
        "01_vi_canh-bao_2m40.mp3",
        "02_vi_tro-cap_2m40.mp3",
    ]
    assert any(name.startswith("to-roi/tro-cap.vi.66.") for name in found)  # its own version, and not the nation's
    assert not any("91" in name for name in found)
    playlist = found["playlist.m3u8"].decode()
    assert playlist == (
        "#EXTM3U\n#EXTINF:160,Cảnh báo giả mạo\n01_vi_canh-bao_2m40.mp3\n"
        "#EXTINF:160,Trợ cấp mỗi tháng\n02_vi_tro-cap_2m40.mp3\n"
    )
    assert proven(tmp_path / "out")
    assert (done.failed, done.release) == ([], 1)
    again = run(folder_store, signer, tmp_path / "out")
    assert (again.unchanged, again.new) == (True, [])


def test_nothing_new_asks_for_the_catalogue_alone(
    folder_store: FolderStore, server: Server, signer: Signer, files: Files, tmp_path: Path
) -> None:
    send(folder_store, signer, files, publication(files))
    run(server, signer, tmp_path / "out")
    server.asked.clear()
    assert run(server, signer, tmp_path / "out").unchanged
    assert server.asked == [(CATALOGUE, "")]


def test_what_changed_is_fetched_what_was_withdrawn_goes_and_what_moved_up_is_only_renamed(
    folder_store: FolderStore, server: Server, signer: Signer, files: Files, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    send(folder_store, signer, files, publication(files, "b", in_force="2025-08-01"), publication(files, "c"))
    run(server, signer, out)
    own = out / "to-roi" / "cua-toi.txt"
    own.write_text("của tôi")
    before = lying(out)
    call_back(folder_store, signer, "b", "Ghi sai mức tiền.")
    server.asked.clear()
    done = run(server, signer, out)
    found = lying(out)
    assert found["01_vi_c_2m40.mp3"] == before["02_vi_c_2m40.mp3"]
    assert not any("_b_" in name or name.startswith("to-roi/b.") for name in found)
    assert found["to-roi/cua-toi.txt"] == "của tôi".encode()
    assert ("01_vi_b_2m40.mp3", "Ghi sai mức tiền.") in done.removed
    sums = {hashlib.sha256(data).hexdigest() for data in before.values()}
    assert not [key for key, _ in server.asked if key.removeprefix("cas/") in sums]
    assert proven(out)


def test_a_file_of_somebody_else_is_never_touched(
    folder_store: FolderStore, signer: Signer, files: Files, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "01_vi_tro-cap_2m40.mp3").write_bytes(b"a song")
    (out / "SHA256SUMS").write_text("mine\n")
    send(folder_store, signer, files, publication(files))
    run(folder_store, signer, out)
    call_back(folder_store, signer, "tro-cap", "Sai.")
    assert (out / "01_vi_tro-cap_2m40-loa.mp3").exists()
    done = run(folder_store, signer, out)
    found = lying(out)
    assert found["01_vi_tro-cap_2m40.mp3"] == b"a song"
    assert found["SHA256SUMS"] == b"mine\n"
    assert "01_vi_tro-cap_2m40-loa.mp3" not in found
    assert done.removed


def test_a_file_of_ours_that_was_changed_is_kept_aside_and_fetched_again(
    folder_store: FolderStore, signer: Signer, files: Files, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    send(folder_store, signer, files, publication(files))
    run(folder_store, signer, out)
    (out / "01_vi_tro-cap_2m40.mp3").write_bytes(b"cut")
    done = run(folder_store, signer, out)
    assert done.new == ["01_vi_tro-cap_2m40.mp3"]
    assert (out / "01_vi_tro-cap_2m40.mp3.1.bak").read_bytes() == b"cut"
    assert proven(out)


def test_damage_that_size_and_time_do_not_show_is_found_when_asked_for(
    folder_store: FolderStore, signer: Signer, files: Files, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    send(folder_store, signer, files, publication(files))
    run(folder_store, signer, out)
    path = out / "01_vi_tro-cap_2m40.mp3"
    found = path.stat()
    path.write_bytes(bytes(found.st_size))
    os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns))
    assert run(folder_store, signer, out).unchanged
    run(folder_store, signer, out, prove=True)
    assert proven(out)


def test_a_store_that_fails_every_third_request_is_asked_again(
    folder_store: FolderStore, server: Server, signer: Signer, files: Files, tmp_path: Path
) -> None:
    send(folder_store, signer, files, publication(files, "a"), publication(files, "b"))
    server.wrong = lambda number, _, __: (503, b"busy", 4) if number % 3 == 0 else None
    done = run(server, signer, tmp_path / "out")
    assert done.failed == []
    assert proven(tmp_path / "out")


@pytest.mark.parametrize(
    ("said", "wait_s"), [("7", 7), ("86400", 30), ("Sun, 22 Nov 2026 11:00:09 GMT", 9), ("soon", 0), ("-5", 0), ("", 0)]
)
def test_a_store_that_asks_to_be_left_alone_for_a_while_is(
    folder_store: FolderStore, server: Server, signer: Signer, files: Files, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, said: str, wait_s: int,
) -> None:  # fmt: skip
    send(folder_store, signer, files, publication(files, products="bulletin"))
    waited: list[float] = []
    monkeypatch.setattr("render.webstore._asked_s", lambda headers: asked_s({**headers, "date": AT_RFC}))
    monkeypatch.setattr("render.webstore.pause", lambda _, error: waited.append(error.wait_s))
    server.wrong = lambda number, _, __: (503, b"busy", 4) if number == 1 else None
    server.more = {"Retry-After": said}
    assert run(server, signer, tmp_path / "out").failed == []
    assert waited == [wait_s]


def test_an_answer_that_promises_more_than_comes_is_not_waited_for_again_and_again(
    folder_store: FolderStore,
    server: Server,
    signer: Signer,
    files: Files,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    send(folder_store, signer, files, publication(files, products="bulletin"))
    server.manner = "too-long"
    monkeypatch.setattr("render.httplines._READ_S", 0.3)
    monkeypatch.setattr("render.webstore._PATIENCE_S", 0.3)
    with pytest.raises(StoreError, match="broke off"):
        run(server, signer, tmp_path / "out")
    server.left.set()
    assert len(server.asked) == 1


def test_a_store_that_gives_every_object_in_drops_is_left(
    folder_store: FolderStore,
    server: Server,
    signer: Signer,
    files: Files,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    many = [publication(files, f"tin-{number}", products="bulletin leaflet") for number in range(12)]
    send(folder_store, signer, files, *many)
    monkeypatch.setattr("render.bringing._SLOWEST_S", 100.0)
    monkeypatch.setattr("render.bringing._SLOWEST", 10**12)
    clock = iter(range(10**9))
    monkeypatch.setattr("render.bringing.time", SimpleNamespace(monotonic=lambda: next(clock) * 5.0))
    done = run(server, signer, tmp_path / "out")
    assert len(done.failed) > 20
    assert any("hardly anything comes" in why for _, why in done.failed)
    monkeypatch.undo()
    assert run(server, signer, tmp_path / "out").failed == []
    assert proven(tmp_path / "out")


def test_an_object_that_breaks_off_is_taken_up_where_it_did(
    folder_store: FolderStore, server: Server, signer: Signer, files: Files, tmp_path: Path
) -> None:
    one = publication(files, products="bulletin")
    long = files.add(os.urandom(600_000), role="main", suffix="mp3", name="a.mp3", media_type="audio/mpeg")
    send(folder_store, signer, files, with_main(one, long))
    server.wrong = lambda _, key, data: (
        (206 if len(data) < 600_000 else 200, data[:200_000], len(data)) if key == cas_key(long.sha256) else None
    )
    done = run(server, signer, tmp_path / "out")
    assert done.failed == []
    assert [where for key, where in server.asked if key == cas_key(long.sha256)] == [
        "",
        "bytes=200000-",
        "bytes=400000-",
    ]
    assert proven(tmp_path / "out")


@pytest.mark.parametrize("manner", ["chunked", "unmeasured", "closing", "moved"])
def test_a_store_may_answer_in_any_manner_of_the_protocol(
    folder_store: FolderStore, server: Server, signer: Signer, files: Files, tmp_path: Path, manner: str
) -> None:
    send(folder_store, signer, files, publication(files, products="bulletin"))
    server.manner = manner
    url = f"{server.url}/old" if manner == "moved" else server.url
    assert fetch(url, [signer.fingerprint], WISH, tmp_path / "out").failed == []
    assert proven(tmp_path / "out")


def test_a_store_that_compresses_is_told_of_by_name(
    folder_store: FolderStore, server: Server, signer: Signer, files: Files, tmp_path: Path
) -> None:
    send(folder_store, signer, files, publication(files, products="bulletin"))
    server.manner = "gzip"
    with pytest.raises(StoreError, match="compress"):
        run(server, signer, tmp_path / "out")


def test_a_store_that_goes_down_is_not_asked_for_every_file_that_is_left(
    folder_store: FolderStore,
    server: Server,
    signer: Signer,
    files: Files,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    many = [publication(files, f"tin-{number}", products="bulletin leaflet") for number in range(30)]
    send(folder_store, signer, files, *many)
    monkeypatch.setattr("render.bringing.pause", lambda *_: None)
    wanted = {file.sha256 for one in many for entry in one.entries for file in entry.files}
    server.wrong = lambda _, key, __: (503, b"down", 4) if key.removeprefix("cas/") in wanted else None
    done = run(server, signer, tmp_path / "out")
    assert len(done.failed) > 60
    assert len({key for key, _ in server.asked if key.removeprefix("cas/") in wanted}) < 40
    assert any("again and again" in why for _, why in done.failed)


def test_a_folder_is_kept_for_one_office(
    folder_store: FolderStore, signer: Signer, files: Files, tmp_path: Path
) -> None:
    send(folder_store, signer, files, publication(files, offices=("66", "91")))
    run(folder_store, signer, tmp_path / "out", Wish())
    run(folder_store, signer, tmp_path / "out")
    before = lying(tmp_path / "out")
    with pytest.raises(SettingsError, match="kept for the office 66"):
        run(folder_store, signer, tmp_path / "out", Wish("91"))
    assert lying(tmp_path / "out") == before


def test_links_that_somebody_planted_are_not_followed(
    folder_store: FolderStore, signer: Signer, files: Files, tmp_path: Path
) -> None:
    send(folder_store, signer, files, publication(files))
    out, elsewhere, victim = tmp_path / "out", tmp_path / "elsewhere", tmp_path / "victim"
    elsewhere.mkdir()
    victim.write_text("của tôi")
    run(folder_store, signer, out)
    whole = lying(out)
    for name in ("state.half", "playlist.m3u8.half", "SHA256SUMS.half"):
        (out / ".loa-fetch" / name).symlink_to(victim)
    for name in ("01_vi_tro-cap_2m40.mp3", "SHA256SUMS"):
        (out / name).unlink()
        (out / name).symlink_to(victim)
    run(folder_store, signer, out)
    assert victim.read_text() == "của tôi"
    assert {name: data for name, data in lying(out).items() if name in whole} == whole
    (out / "to-roi").rename(tmp_path / "moved")
    (out / "to-roi").symlink_to(elsewhere)
    with pytest.raises(SettingsError, match="a link that leads elsewhere"):
        run(folder_store, signer, out, prove=True)
    assert list(elsewhere.iterdir()) == []


def with_main(one: Publication, file: EntryFile) -> Publication:
    import dataclasses

    lead = one.entries[0]
    entry = dataclasses.replace(lead, files=(file, *(other for other in lead.files if other.role != "main")))
    return dataclasses.replace(one, entries=(entry,))


@pytest.mark.parametrize("data", [b"", b"cut sho", b"x" * 64])
def test_what_is_not_the_object_is_told_and_never_laid_down(
    folder_store: FolderStore, server: Server, signer: Signer, files: Files, tmp_path: Path, data: bytes
) -> None:
    one = publication(files, products="bulletin leaflet")
    send(folder_store, signer, files, one)
    bad = next(file for file in one.entries[0].files if file.role == "main")
    folder_store.put(cas_key(bad.sha256), data, media_type="audio/mpeg")
    done = run(server, signer, tmp_path / "out")
    assert len(done.failed) == 1
    assert all(hashlib.sha256(found).hexdigest() != bad.sha256 for found in lying(tmp_path / "out").values())
    assert data not in lying(tmp_path / "out").values() or not data
    assert proven(tmp_path / "out")
    folder_store.put(cas_key(bad.sha256), files.load(bad.sha256), media_type="audio/mpeg")
    assert run(server, signer, tmp_path / "out").failed == []


def test_a_catalogue_that_went_back_is_refused_and_changes_nothing(
    folder_store: FolderStore, signer: Signer, files: Files, tmp_path: Path
) -> None:
    send(folder_store, signer, files, publication(files))
    old = folder_store.get(CATALOGUE)
    call_back(folder_store, signer, "tro-cap", "Sai mức tiền.")
    run(folder_store, signer, tmp_path / "out")
    before = lying(tmp_path / "out")
    folder_store.put(CATALOGUE, old, media_type="application/json")
    with pytest.raises(ReleaseError, match="went back from release 2 to 1"):
        run(folder_store, signer, tmp_path / "out")
    folder_store.delete(CATALOGUE)
    with pytest.raises(ReleaseError, match="disappeared"):
        run(folder_store, signer, tmp_path / "out")
    assert lying(tmp_path / "out") == before


def test_another_publisher_and_a_forged_manifest_are_refused(
    folder_store: FolderStore, signer: Signer, files: Files, tmp_path: Path
) -> None:
    release = send(folder_store, signer, files, publication(files))
    with pytest.raises(ReleaseError, match="not trusted"):
        fetch(folder_store.url, ["0" * 64], WISH, tmp_path / "out")
    key = f"releases/{release.id}.json"
    folder_store.put(key, folder_store.get(key).replace(b"2025", b"2026"), media_type="application/json")
    with pytest.raises(ReleaseError):
        run(folder_store, signer, tmp_path / "out")
    assert lying(tmp_path / "out") == {}


def test_a_file_in_pieces_is_laid_together(
    folder_store: FolderStore, server: Server, signer: Signer, files: Files, tmp_path: Path
) -> None:
    import dataclasses

    opening, body = os.urandom(4_000), os.urandom(90_000)
    pieces = []
    for data in (opening, body):
        sha256 = hashlib.sha256(data).hexdigest()
        folder_store.put(cas_key(sha256), data, media_type="audio/mpeg")
        pieces.append((sha256, len(data)))
    whole = files.add(opening + body, role="main", suffix="mp3", name="a.mp3", media_type="audio/mpeg")
    whole = dataclasses.replace(whole, pieces=tuple(pieces))
    send(folder_store, signer, files, with_main(publication(files, products="bulletin"), whole))
    folder_store.delete(cas_key(whole.sha256))
    server.wrong = lambda _, key, data: (200, data[:50_000], len(data)) if len(data) == 90_000 else None
    assert run(server, signer, tmp_path / "out").failed == []
    assert lying(tmp_path / "out")["01_vi_tro-cap_2m40.mp3"] == opening + body


def test_a_full_disk_is_told_before_anything_is_fetched(
    folder_store: FolderStore, signer: Signer, files: Files, full_disk: Path
) -> None:
    long = files.add(os.urandom(3_000_000), role="main", suffix="mp3", name="a.mp3", media_type="audio/mpeg")
    send(folder_store, signer, files, with_main(publication(files, products="bulletin"), long))
    with pytest.raises(StoreError, match="free"):
        run(folder_store, signer, full_disk / "out")


def test_two_runs_do_not_meet_in_one_folder(
    folder_store: FolderStore, signer: Signer, files: Files, tmp_path: Path
) -> None:
    import fcntl

    send(folder_store, signer, files, publication(files))
    run(folder_store, signer, tmp_path / "out")
    with (tmp_path / "out" / ".loa-fetch" / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(SettingsError, match="another run"):
            run(folder_store, signer, tmp_path / "out")


def test_a_dry_run_lays_nothing_down(folder_store: FolderStore, signer: Signer, files: Files, tmp_path: Path) -> None:
    send(folder_store, signer, files, publication(files))
    done = run(folder_store, signer, tmp_path / "out", dry_run=True)
    assert "01_vi_tro-cap_2m40.mp3" in done.new
    assert not (tmp_path / "out").exists()
    run(folder_store, signer, tmp_path / "out", Wish("66", products=("leaflet-a4",)))
    before = {path: path.lstat().st_mtime_ns for path in (tmp_path / "out").rglob("*")}
    assert run(folder_store, signer, tmp_path / "out", dry_run=True).new
    assert {path: path.lstat().st_mtime_ns for path in (tmp_path / "out").rglob("*")} == before


def test_what_is_in_force_and_was_not_asked_for_this_time_is_left(
    folder_store: FolderStore, signer: Signer, files: Files, tmp_path: Path
) -> None:
    send(folder_store, signer, files, publication(files))
    run(folder_store, signer, tmp_path / "out")
    before = set(lying(tmp_path / "out"))
    done = run(folder_store, signer, tmp_path / "out", Wish("66", products=("bulletin-3min",)))
    assert (done.removed, done.failed) == ([], [])
    assert set(lying(tmp_path / "out")) == before
    assert b"leaflet" not in (tmp_path / "out" / "SHA256SUMS").read_bytes()


@given(text=st.text(max_size=300))
def test_any_text_becomes_a_name_that_every_disk_takes(text: str) -> None:
    name = safe_name(text)
    assert name == safe_name(name)
    assert 0 < len(name) <= 120
    assert name.isascii()
    assert not set(name) & set('/\\:*?"<>| ')
    assert name[0] not in ".-_"
    assert name[-1] not in ". "
    assert name.partition(".")[0].lower() not in {"con", "nul", "aux", "prn", "com1", "lpt1"}


@given(path=st.sampled_from(["../x", "/etc/x", "a/../../x", "a//x", "", "a\\..\\x", "."]))
def test_a_memory_that_points_out_of_the_folder_is_not_believed(
    path: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.mktemp("s") / "state.json"
    said = {"format": 1, "number": 3, "asked": "", "catalogue": "", "files": {}, "planned": {path: ["0", 1, "a"]}}
    file.write_text(json.dumps(said))
    notes: list[str] = []
    assert read_state(file, notes).planned == {}
    assert notes


def test_the_command_is_for_people_and_for_cron(
    folder_store: FolderStore, signer: Signer, files: Files, tmp_path: Path
) -> None:
    def loa(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "render.cli", "fetch", "--store", folder_store.url, *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    send(folder_store, signer, files, publication(files))
    common = ("--key", signer.fingerprint, "--office", "66.24133", "--lang", "vi", "--out", str(tmp_path / "out"))
    first = loa(*common, "--json")
    assert (first.returncode, json.loads(first.stdout)["failed"]) == (0, [])
    again = loa(*common)
    assert (again.returncode, again.stderr) == (0, "")
    assert again.stdout.startswith("release 1: nothing new")
    assert loa(*common, "--quiet").stdout == ""
    for wrong in (("--key", "abc"), ("--office", "99", *common[:2]), ("--lang", "xx", *common[:2])):
        told = loa(*wrong, "--out", str(tmp_path / "other"))
        assert told.returncode == 2
        assert "Traceback" not in told.stderr
        assert told.stderr.startswith("loa: ")


@pytest.mark.slow
def test_killed_again_and_again_it_still_ends_complete(
    folder_store: FolderStore, server: Server, signer: Signer, files: Files, tmp_path: Path
) -> None:
    one = publication(files, products="bulletin")
    lead = one.entries[0]
    import dataclasses

    entries = tuple(
        dataclasses.replace(
            lead, product=f"bulletin-{number}",
            files=(files.add(os.urandom(60_000), role="main", suffix="mp3", name="a.mp3", media_type="audio/mpeg"),),
        )
        for number in range(150)
    )  # fmt: skip
    send(folder_store, signer, files, dataclasses.replace(one, entries=entries))
    command = [sys.executable, "-m", "render.cli", "fetch", "--store", server.url, "--key", signer.fingerprint]
    command += ["--out", str(tmp_path / "out"), "--quiet"]
    for number in range(6):
        process = subprocess.Popen(command)
        time.sleep(0.35 + 0.09 * number)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert subprocess.run(command, check=False).returncode == 0
    assert len(lying(tmp_path / "out")) == 152
    assert proven(tmp_path / "out")
