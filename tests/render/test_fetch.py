"""`loa fetch`: a folder comes to what is in force for an office, from the bucket alone."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from render.catalogue import CATALOGUE
from render.errors import SettingsError
from render.keys import Signer
from render.manifest import cas_key
from render.store import FolderStore
from render.wanted import Wish
from tests.render.fetched_folders import lying, proven, run, with_main
from tests.render.sample_publications import Files, publication
from tests.render.sample_releases import call_back, send
from tests.render.web_bucket import Server


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


def test_a_file_in_pieces_is_laid_together(
    folder_store: FolderStore, server: Server, signer: Signer, files: Files, tmp_path: Path
) -> None:
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
