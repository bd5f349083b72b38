"""What tests of the pipeline may ask for besides: a publisher's key, made-up files, a bucket over the web."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from render.keys import Signer, make_key
from render.store import FolderStore
from tests.render.sample_publications import Files
from tests.render.web_bucket import Server


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    """A publisher's key of the test's own."""
    return make_key(tmp_path / "key.pem")


@pytest.fixture
def files() -> Files:
    """The bytes of what the test publishes."""
    return Files()


@pytest.fixture
def server(folder_store: FolderStore) -> Iterator[Server]:
    """The folder's store over the web, which answers as the test tells it to."""
    found = Server(folder_store)
    yield found
    found.http.shutdown()
    found.http.server_close()


@pytest.fixture
def article(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A short article in a file, with a home folder of the test's own."""
    from tests.render.recorded_article import ARTICLE  # it brings what decodes sound, which few tests need

    for name, value in {"LOA_HOME": str(tmp_path / "home"), "LOA_ONLINE_SPEECH": "off"}.items():
        monkeypatch.setenv(name, value)
    path = tmp_path / "bai-thu.md"
    path.write_text(ARTICLE, encoding="utf-8")
    return path
