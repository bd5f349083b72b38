"""What is remembered of the pages: what each was drawn from, and the etag that the next write must match."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from render.manifest import FORMAT, MUTABLE
from render.steps import canonical
from render.store import Missing, Store

INDEX = "pages.json"

# What a page was drawn from, and the etag it has.
Mark = tuple[str, str]


@dataclass(frozen=True)
class Index:
    """What `pages.json` remembers."""

    release: str
    number: int
    look: str
    pages: Mapping[str, Mark]
    articles: Mapping[str, str]  # slug -> digest of the parts that its pages were drawn from


def read_index(store: Store) -> tuple[Index, str | None]:
    """What is remembered of the pages, and the etag of that."""
    try:
        data, stored = store.read(INDEX)
    except Missing:
        return Index("", 0, "", {}, {}), None
    try:
        said = json.loads(data)
        pages = {str(key): (str(mark[0]), str(mark[1])) for key, mark in said["pages"].items()}
        articles = {str(slug): str(digest) for slug, digest in said["articles"].items()}
        return Index(str(said["release"]), int(said["number"]), str(said["look"]), pages, articles), stored.etag
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):
        return Index("", 0, "", {}, {}), stored.etag  # broken: every page is compared with what lies there


def keep_index(store: Store, index: Index, etag: str | None) -> str:
    """Remember the pages so, unless somebody else did meanwhile; the new etag."""
    return keep(store, INDEX, canonical({"format": FORMAT, **asdict(index)}), etag, "application/json")


def keep(store: Store, key: str, data: bytes, etag: str | None, media_type: str) -> str:
    """Write what pages are drawn with, over what has this etag."""
    return store.put(key, data, media_type=media_type, cache_control=MUTABLE, if_match=etag, if_absent=etag is None)
