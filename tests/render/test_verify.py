"""`loa verify` on whatever lies in a folder: each file has its verdict, and none stops it or fills the memory."""

from __future__ import annotations

import json
import os
import tracemalloc
from pathlib import Path

import pytest

from render.cli import main
from render.keys import make_key
from render.release import publish
from render.store import FolderStore
from tests.render.sample_publications import AT, OFFICES, PUBLIC_URL, Files, publication


def test_every_file_has_its_verdict_whatever_it_is(
    folder_store: FolderStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LOA_HOME", str(tmp_path / "home"))
    signer, files = make_key(tmp_path / "key.pem"), Files()
    one = publication(files)
    publish(folder_store, signer, [one], load=files.load, offices=OFFICES, public_url=PUBLIC_URL, at=AT)
    main_file = one.entries[0].file("main")
    assert main_file is not None
    genuine, link, empty, cut = (tmp_path / name for name in ("một tờ.pdf", "link.pdf", "empty.pdf", "cut.mp4"))
    genuine.write_bytes(files.load(main_file.sha256))
    link.symlink_to(genuine)
    empty.touch()
    cut.write_bytes(b"\0\0\0\x20ftypisom")
    huge, pipe, folder, dead = (tmp_path / name for name in ("huge.mp4", "pipe", "folder", "dead"))
    with huge.open("wb") as file:
        file.truncate(201_000_000)
    os.mkfifo(pipe)
    folder.mkdir()
    dead.symlink_to("nowhere")

    def verify(*paths: Path, key: str = signer.fingerprint) -> tuple[int, dict[str, str]]:
        status = main(["verify", "--json", "--store", str(folder_store.root), "--key", key, *map(str, paths)])
        told = json.loads(capsys.readouterr().out or "{}").get("files", [])
        assert not any("đã bị sửa sau khi ký" in one["credential"] for one in told)  # nothing here was ever signed
        return status, {Path(one["file"]).name: one["state"] for one in told}

    printed = " ".join(signer.fingerprint[at : at + 4].upper() for at in range(0, 64, 4))  # as on paper
    assert verify(genuine, link, key=printed) == (0, {"một tờ.pdf": "in force", "link.pdf": "in force"})
    tracemalloc.start()
    assert verify(genuine, empty, cut, huge) == (
        1, {"một tờ.pdf": "in force", "empty.pdf": "unknown", "cut.mp4": "unknown", "huge.mp4": "unknown"},
    )  # fmt: skip
    assert tracemalloc.get_traced_memory()[1] < 50_000_000
    tracemalloc.stop()
    unreadable = {"pipe": "unreadable", "folder": "unreadable", "dead": "unreadable"}
    assert verify(pipe, folder, dead, genuine) == (2, {**unreadable, "một tờ.pdf": "in force"})
    assert verify(genuine, key="zz") == (2, {})
