"""`loa fetch` whatever the line and the store do: it asks again, goes on where it broke off, and gives up in time."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from render.errors import StoreError
from render.fetch import fetch
from render.keys import Signer
from render.manifest import cas_key
from render.store import FolderStore
from render.webstore import _asked_s as asked_s
from tests.render.fetched_folders import WISH, lying, proven, run, with_main
from tests.render.sample_publications import Files, publication
from tests.render.sample_releases import send
from tests.render.web_bucket import Server

AT_RFC = "Sun, 22 Nov 2026 11:00:00 GMT"


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


@pytest.mark.slow
def test_killed_again_and_again_it_still_ends_complete(
    folder_store: FolderStore, server: Server, signer: Signer, files: Files, tmp_path: Path
) -> None:
    one = publication(files, products="bulletin")
    lead = one.entries[0]
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
