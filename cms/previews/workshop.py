"""Where drafts are drawn: processes beside the web server, the newest wish of each editor first, none without end."""

from __future__ import annotations

import atexit
import importlib
import threading
import time
from collections.abc import Callable
from concurrent.futures import CancelledError
from concurrent.futures import TimeoutError as StillWorking
from dataclasses import dataclass, field
from typing import TypeVar

from render.executors import ProcessPool, WorkerDied
from render.products import products

T = TypeVar("T")

BENCHES = 2
LIMIT_S = 12.0  # of one drawing: a second or two, on a machine that does ten things at once
START_S = 90.0  # of a process on a busy machine
STALE_S = 2.0  # so long may a drawing that nobody waits for any more go on
WAIT_S = 6.0  # for a free bench
MOST_WAITING = 1  # each holds a thread of the server, which has other pages to serve; who is refused asks again
IDLE_S = 600.0  # then a bench gives its memory back


class SupersededError(Exception):
    """The same editor wishes for something newer."""


class BusyError(Exception):
    """Others are being served; ask again in a moment."""


class TooLongError(Exception):
    """The drawing was broken off."""


@dataclass
class _Bench:
    """One process; it is replaced when it is killed."""

    pool: ProcessPool | None = None
    owner: str = ""  # who was served last: what they see is warm here
    busy: bool = False
    since: float = 0.0
    dropped: bool = False  # killed for a newer wish
    ready: bool = False  # it has read what a drawing needs

    def end(self) -> None:
        """Kill the process."""
        pool, self.pool, self.ready = self.pool, None, False
        if pool is not None:
            pool.shutdown(wait=False, cancel_futures=True)


@dataclass
class Workshop:
    """Benches, and who waits for one. Its threads only wait: what costs time runs in the processes."""

    benches: list[_Bench] = field(default_factory=lambda: [_Bench() for _ in range(BENCHES)])
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _latest: dict[str, int] = field(default_factory=dict)
    _count: int = 0
    _waiting: int = 0
    _sweeper: threading.Timer | None = None
    _closed: bool = False

    def do(self, owner: str, function: Callable[..., T], *args: object, limit_s: float = LIMIT_S) -> T:
        """Call a function of the pipeline in another process, for `owner`: one editor, one article, one kind of wish.

        Raises what the function raises, or `SupersededError`, `BusyError`, `TooLongError`.
        """
        bench, number = self._take(owner)
        try:
            return self._call(bench, owner, function, args, limit_s)
        finally:
            with self._changed:
                bench.busy, bench.since = False, time.monotonic()
                if self._latest.get(owner) == number:
                    del self._latest[owner]
                self._changed.notify_all()
            self._sweep_later()

    def warm(self) -> None:
        """Start the processes, so that the first picture does not wait for them."""
        for bench in self.benches:
            with self._changed:
                if bench.pool is not None:
                    continue
                bench.pool, bench.since = ProcessPool(1), time.monotonic()
                pool = bench.pool
            pool.submit(_import)
        self._sweep_later()

    def close(self) -> None:
        """End every process."""
        with self._changed:
            self._closed = True
            if self._sweeper:
                self._sweeper.cancel()
            benches = list(self.benches)
        for bench in benches:
            bench.end()

    def _take(self, owner: str) -> tuple[_Bench, int]:
        """A free bench, the one that served this owner before if it can be."""
        end = time.monotonic() + WAIT_S
        with self._changed:
            self._closed = False
            self._count += 1
            number = self._latest[owner] = self._count
            for bench in self.benches:
                if bench.busy and bench.owner == owner and time.monotonic() - bench.since > STALE_S:
                    bench.dropped = True
                    bench.end()
            self._changed.notify_all()  # an older wish of this owner may stop waiting
            if self._waiting >= MOST_WAITING:
                raise BusyError
            self._waiting += 1
            try:
                while True:
                    if self._latest.get(owner) != number:
                        raise SupersededError
                    free = [bench for bench in self.benches if not bench.busy]
                    if free:
                        bench = min(free, key=lambda one: (one.owner != owner, one.pool is None))
                        bench.busy, bench.owner, bench.since, bench.dropped = True, owner, time.monotonic(), False
                        return bench, number
                    left_s = end - time.monotonic()
                    if left_s <= 0:
                        raise BusyError
                    self._changed.wait(left_s)
            finally:
                self._waiting -= 1

    def _call(
        self, bench: _Bench, owner: str, function: Callable[..., T], args: tuple[object, ...], limit_s: float
    ) -> T:
        for attempt in (1, 2):
            if bench.pool is None:
                bench.pool = ProcessPool(1)
            try:
                if not bench.ready:
                    bench.pool.submit(_import).result(timeout=START_S)
                    bench.ready = True
                return bench.pool.submit(function, *args).result(timeout=limit_s)
            except StillWorking:
                bench.end()
                raise TooLongError from None
            except (WorkerDied, CancelledError):  # cancelled: it was still starting when its bench was ended
                dropped, bench.pool, bench.ready = bench.dropped, None, False
                if dropped or self._closed:
                    raise SupersededError from None
                if attempt == 2:  # it dies of this drawing, not of an idle night
                    raise TooLongError from None
        raise AssertionError(owner)

    def _sweep_later(self) -> None:
        with self._changed:
            if self._sweeper is not None and self._sweeper.is_alive():
                return
            self._sweeper = threading.Timer(IDLE_S, self._sweep)
            self._sweeper.daemon = True
            self._sweeper.start()

    def _sweep(self) -> None:
        with self._changed:
            self._sweeper = None
            idle = [one for one in self.benches if not one.busy and time.monotonic() - one.since >= IDLE_S - 1]
            again = any(one.pool for one in self.benches if one not in idle)
        for bench in idle:
            bench.end()
        if again:
            self._sweep_later()


def _import() -> None:
    """Everything a drawing needs, read once."""
    importlib.import_module("render.sketches")
    products()


workshop = Workshop()
atexit.register(workshop.close)  # whoever still waits is let go before the interpreter ends
