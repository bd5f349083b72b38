"""Whether what was sent once still lies in the store: asked one by one, or by a listing where that is cheaper."""

from __future__ import annotations

import threading
from collections.abc import Iterable

from render.manifest import Release
from render.store import Store

# A listing of so many objects costs what one question does: a thousand come in an answer, which takes as long to read
# as a few dozen short ones.
_LISTED_A_QUESTION = 40
_LEAST_QUESTIONS = 64
_PART_BYTES_AN_OBJECT = 1200  # docs/scale.md: a commune has two objects, and 2.4 kB in its part
_RELEASES_IN_A_STORE = 2  # what lies there besides is of earlier releases; nobody knows how much


class Presence:
    """Answers for the objects of a release, by key and size. Many threads may ask.

    A small publication asks for its few objects even in a store of millions; one of all communes reads a listing.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._questions = 0
        self._most_questions = _LEAST_QUESTIONS
        self._sizes: dict[str, int | None] = {}  # as asked for
        self._listed: dict[str, int] | None = None
        self._distrusted: set[str] = set()

    def expect(self, release: Release) -> None:
        """So much is current: a listing is as long as that, and longer."""
        told = sum(blob.bytes for named in release.articles.values() for blob in named.values())
        listed = _RELEASES_IN_A_STORE * told // _PART_BYTES_AN_OBJECT
        self._most_questions = max(_LEAST_QUESTIONS, listed // _LISTED_A_QUESTION)

    def distrust(self, keys: Iterable[str]) -> None:
        """These were read, and are not what they should be, whatever their size."""
        self._distrusted |= set(keys)

    def trusts(self, key: str) -> bool:
        """Whether nobody has found it wrong."""
        return key not in self._distrusted

    def is_whole(self, key: str, size: int | None) -> bool:
        """Whether an object of that size lies there; of any size but none with None."""
        found = self._size(key)
        return self.trusts(key) and found is not None and (found == size if size is not None else found > 0)

    def _size(self, key: str) -> int | None:
        with self._lock:
            if self._listed is not None:
                return self._listed.get(key)
            if key in self._sizes:
                return self._sizes[key]
            self._questions += 1
            if self._questions > self._most_questions:
                self._listed = {
                    one.key: one.bytes for prefix in ("cas/", "credentials/") for one in self._store.scan(prefix)
                }
                return self._listed.get(key)
        found = self._store.head(key)
        self._sizes[key] = found.bytes if found is not None else None
        return self._sizes[key]
