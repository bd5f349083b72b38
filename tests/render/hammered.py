"""A reader that asks all the while as releases come: what it is shown is signed, whole, and never older than before."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from render.catalogue import read_catalogue, read_part
from render.manifest import cas_key
from render.store import Store

_NAMED = re.compile(r"bản phát hành số (\d+)")
_LINKED = re.compile(r'"\.\./(cas/[0-9a-f]{64})"')


@dataclass
class Seen:
    """What a reader saw: the numbers of catalogues, in order, and of the releases that a page named."""

    catalogues: list[int] = field(default_factory=list)
    pages: list[int] = field(default_factory=list)


def hammered(store: Store, key: str, page: str, slug: str, releases: Callable[[], None]) -> Seen:
    """Look without a pause while `releases` goes on; the first fault is raised."""
    seen, faults, done = Seen(), [], threading.Event()

    def hammer() -> None:
        try:
            while not done.is_set():
                _look(store, key, page, slug, seen)
        except BaseException as error:  # noqa: BLE001 (raised by the caller's own thread)
            faults.append(error)

    reader = threading.Thread(target=hammer)
    reader.start()
    try:
        releases()
    finally:
        done.set()
        reader.join()
    for fault in faults:
        raise fault
    _look(store, key, page, slug, seen)
    return seen


def _look(store: Store, key: str, page: str, slug: str, seen: Seen) -> None:
    release = read_catalogue(store, [key], seen.catalogues[-1] if seen.catalogues else 0)
    assert release is not None
    if release.number not in seen.catalogues[-1:]:
        seen.catalogues.append(release.number)
        for blob in release.articles[slug].values():
            for entry in read_part(store, blob).entries:
                assert all(store.head(cas_key(sha256)) for file in entry.files for sha256, _ in file.objects)
    html = store.get(page).decode()
    assert html.lstrip().startswith("<!doctype")
    assert html.rstrip().endswith("</html>")
    found = _NAMED.search(html)
    assert found is not None
    if int(found[1]) not in seen.pages[-1:]:
        seen.pages.append(int(found[1]))
        assert all(store.head(target) for target in _LINKED.findall(html))
