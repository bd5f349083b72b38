"""A store in a folder: no key or link leads out of it, and a full disk leaves the old object whole."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.errors import StoreError
from render.store import Conflict, FolderStore, Missing, check_key, content_disposition

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
