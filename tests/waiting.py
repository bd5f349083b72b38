"""Waiting for what happens elsewhere: as long as it takes on a busy machine, and no longer."""

from __future__ import annotations

import time
from collections.abc import Callable

PATIENCE_S = 180


def until(there: Callable[[], object], *, what: str = "it", every_s: float = 0.05) -> None:
    """Returns as soon as `there()` is true; fails when that has not come within `PATIENCE_S`."""
    end = time.monotonic() + PATIENCE_S
    while not there():
        assert time.monotonic() < end, f"{what} never came"
        time.sleep(every_s)
