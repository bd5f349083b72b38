"""The embedded store: where no store is set, an S3 server of our own on this machine."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import replace

from render.seaweed import seaweed
from render.settings import Settings

BUCKET = "loa"


@contextlib.contextmanager
def with_store(settings: Settings, url: str | None = None) -> Iterator[Settings]:
    """Settings whose store can be used within the block.

    A store named by `url` or LOA_STORE is taken as it is. Else SeaweedFS is started over `<home>/s3` (or the one
    already running there is used), and the environment is set so that child processes find it too.
    """
    if url or settings.store_is_set:
        yield replace(settings, store=url or settings.store)
        return
    with seaweed(settings.home / "s3", bucket=BUCKET) as server:
        public_url = settings.public_url if settings.public_url_is_set else f"{server.endpoint}/{BUCKET}"
        with _environment(LOA_STORE=server.url(BUCKET), LOA_PUBLIC_URL=public_url):
            yield replace(
                settings, store=server.url(BUCKET), store_is_set=True, public_url=public_url, public_url_is_set=True
            )


@contextlib.contextmanager
def _environment(**variables: str) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
