"""`loa fetch` believes nothing that is not proven, and touches nothing that is not its own."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.catalogue import CATALOGUE
from render.errors import ReleaseError, SettingsError, StoreError
from render.fetch import fetch
from render.fetchstate import read_state
from render.keys import Signer
from render.manifest import cas_key
from render.store import FolderStore
from render.wanted import safe_name
from tests.render.fetched_folders import WISH, lying, proven, run, with_main
from tests.render.sample_publications import Files, publication
from tests.render.sample_releases import call_back, send
from tests.render.web_bucket import Server


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


def test_a_full_disk_is_told_before_anything_is_fetched(
    folder_store: FolderStore, signer: Signer, files: Files, full_disk: Path
) -> None:
    long = files.add(os.urandom(3_000_000), role="main", suffix="mp3", name="a.mp3", media_type="audio/mpeg")
    send(folder_store, signer, files, with_main(publication(files, products="bulletin"), long))
    with pytest.raises(StoreError, match="free"):
        run(folder_store, signer, full_disk / "out")


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
