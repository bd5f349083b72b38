"""Keeps a lease alive from a thread of its own while the build works, and notices when it is lost."""

from __future__ import annotations

import logging
import threading
from types import TracebackType

from django.conf import settings
from django.db import DatabaseError, connection

from cms.production.models import Build

_log = logging.getLogger(__name__)


class Heartbeat:
    """A context: beats from its beginning to its end; `lost` tells that the build is another's now."""

    def __init__(self, build: Build, owner: str) -> None:
        self.build = build
        self.owner = owner
        self._over = threading.Event()
        self._lost = threading.Event()
        self._thread = threading.Thread(target=self._beat, name=f"heartbeat-{build.pk}", daemon=True)

    @property
    def lost(self) -> bool:
        """Whether the lease is no longer ours."""
        return self._lost.is_set()

    def __enter__(self) -> Heartbeat:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._over.set()
        self._thread.join()

    def _beat(self) -> None:
        try:
            while not self._over.wait(settings.BUILD_HEARTBEAT_S):
                try:
                    if not self.build.hold(self.owner):
                        self._lost.set()
                        return
                except DatabaseError:
                    # The lease outlasts several beats: one that fails is told, and the next one tries again.
                    _log.warning("no heartbeat for build %s", self.build.pk, exc_info=True)
                    connection.close()
        finally:
            connection.close()
