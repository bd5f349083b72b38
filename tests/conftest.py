"""What every test may ask for: a real S3 server, stores, a cache."""

from __future__ import annotations

import os
import secrets
import subprocess
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from render.cache import Cache
from render.seaweed import SeaweedServer, start_seaweed
from render.store import FolderStore, Store, open_store

# No deadline: machines are busy. The same examples each time, so that a change is judged by itself alone; whoever looks
# for faults asks for new ones: LOA_EXAMPLES=new.
hypothesis.settings.register_profile("same", deadline=None, derandomize=True)
hypothesis.settings.register_profile("new", deadline=None)
hypothesis.settings.load_profile(os.environ.get("LOA_EXAMPLES", "same"))


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SeaweedServer]:
    """SeaweedFS with a `public` and a `private` bucket; its keys are in the environment, for child processes too."""
    folder = tmp_path_factory.mktemp("seaweed")
    with (
        start_seaweed(folder, bucket="public", private_bucket="private") as server,
        pytest.MonkeyPatch.context() as patch,
    ):
        for name, value in server.environment().items():
            patch.setenv(name, value)
        yield server


@pytest.fixture
def s3_url(s3_server: SeaweedServer) -> str:
    """The address of an empty store of the test's own in the public bucket."""
    return s3_server.url(f"public/{secrets.token_hex(6)}")


@pytest.fixture
def s3_store(s3_url: str) -> Store:
    """An empty store in the public bucket."""
    return open_store(s3_url)


@pytest.fixture
def folder_store(tmp_path: Path) -> FolderStore:
    """An empty store in a folder."""
    return FolderStore(tmp_path / "store")


@pytest.fixture(params=["folder", "s3"])
def store(request: pytest.FixtureRequest) -> Store:
    """An empty store: the test runs once on a folder, and once on S3."""
    found: Store = request.getfixturevalue(f"{request.param}_store")
    return found


@pytest.fixture
def cache_url(tmp_path: Path) -> str:
    """The address of an empty step cache in a folder."""
    return str(tmp_path / "cache")


@pytest.fixture
def cache(cache_url: str) -> Cache:
    """An empty step cache in a folder."""
    return Cache(cache_url)


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 1 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a small disk")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)
