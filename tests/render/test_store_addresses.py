"""Where a store and a cache may lie: addresses that say no secret, and places apart that nobody else reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from render.errors import LoaError, SettingsError
from render.seaweed import SeaweedServer
from render.store import open_store, refuse_shared


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
