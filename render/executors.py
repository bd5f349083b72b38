"""Where steps run: processes of this machine, or a Dask cluster; both behind `concurrent.futures.Executor`."""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import pickle
import queue
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future
from multiprocessing.connection import Connection, wait
from typing import Any, TypeVar, cast

from render.errors import SettingsError
from render.objects import without_secrets

T = TypeVar("T")

_CONNECT_S = 15  # to a scheduler


class WorkerDied(BrokenExecutor):
    """A worker process ended in the middle of its work; what it was given may be given to another."""


@contextlib.contextmanager
def open_executor(kind: str | None = None) -> Iterator[Executor]:
    """An executor that is ended with the block, its unfinished work with it.

    `kind`: None or "" a process for each core, started when first needed; "local" a Dask cluster on this machine;
    `tls://host:port` or `tcp://host:port` a Dask scheduler.
    """
    if not kind:
        pool = ProcessPool(_cores())
        try:
            yield pool
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
    elif kind == "local" or kind.startswith(("tls://", "tcp://")):
        with _dask(kind) as executor:
            yield executor
    else:
        raise SettingsError(
            f"no cluster is found at {without_secrets(kind)!r}",
            mend="Set LOA_CLUSTER to tls://scheduler:8786 or to local, or leave it empty to run on this machine",
        )


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):  # not on macOS
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def deaths_of(error: BaseException | None) -> int:
    """How many workers have died of a call; 0 when it came to nothing otherwise.

    Dask tries a call again by itself, and blames all calls that a dead worker had been given for its death.
    """
    if isinstance(error, WorkerDied):
        return 1
    if type(error).__name__ == "KilledWorker":  # imported only when used
        return int(getattr(error, "allowed_failures", 0)) + 1
    return 0


# ----- processes of this machine


class ProcessPool(Executor):
    """One spawned process and one thread for each slot, so that a death takes one call with it and says which.

    `concurrent.futures.ProcessPoolExecutor` breaks as a whole, and cannot tell whose call it was.
    """

    def __init__(self, slots: int) -> None:
        self.slots = slots
        self._calls: queue.SimpleQueue[tuple[Future[Any], bytes] | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._processes: dict[int, multiprocessing.process.BaseProcess] = {}
        self._lock = threading.Lock()
        self._closed = False

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Hand a call to the next free process; the first call starts them."""
        future: Future[T] = Future()
        call = pickle.dumps((fn, args, kwargs))  # here, so that what cannot travel is told to the caller
        with self._lock:
            if self._closed:
                raise RuntimeError("the pool is closed")
            self._calls.put((future, call))
            if len(self._threads) < self.slots:
                thread = threading.Thread(target=self._serve, args=(len(self._threads),), daemon=True)
                self._threads.append(thread)
                thread.start()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the processes; with `cancel_futures` in the middle of their work."""
        with self._lock:
            self._closed = True
        if cancel_futures:
            with contextlib.suppress(queue.Empty):
                while (waiting := self._calls.get_nowait()) is not None:
                    waiting[0].cancel()
            for process in list(self._processes.values()):
                process.kill()
        for _ in self._threads:
            self._calls.put(None)
        if wait or cancel_futures:  # killed processes are reaped, so that none outlives the block
            for thread in self._threads:
                thread.join(timeout=None if wait else 5)

    def _serve(self, slot: int) -> None:
        pipe: Connection | None = None
        try:
            while (call := self._calls.get()) is not None:
                future, data = call
                if not future.set_running_or_notify_cancel():
                    continue
                try:
                    if pipe is None:
                        pipe = self._start(slot)
                    pipe.send_bytes(data)
                    wait([pipe, self._processes[slot].sentinel])
                    good, result = pickle.loads(pipe.recv_bytes())  # noqa: S301 (our own child)
                except (EOFError, OSError):
                    future.set_exception(WorkerDied(self._end(slot, pipe)))
                    pipe = None
                    continue
                if good:
                    future.set_result(result)
                else:
                    future.set_exception(result)
        finally:
            self._end(slot, pipe)

    def _start(self, slot: int) -> Connection:
        context = multiprocessing.get_context("spawn")  # a fork would take locks, sockets and threads along
        ours, theirs = context.Pipe()
        process = context.Process(target=_work, args=(theirs,), name=f"loa-{slot}", daemon=True)
        with self._lock:
            if self._closed:
                raise OSError("the pool is closed")
            process.start()
            self._processes[slot] = process
        theirs.close()
        return ours

    def _end(self, slot: int, pipe: Connection | None) -> str:
        """Close a slot's process, and say how it ended."""
        if pipe is not None:
            pipe.close()  # an idle child ends when it reads the end of the pipe
        process = self._processes.pop(slot, None)
        if process is None:
            return "it could not be started"
        process.join(timeout=2)
        if process.exitcode is None:
            process.kill()
            process.join()
        code = process.exitcode or 0
        if code == -signal.SIGKILL:
            return "it was killed, most likely because memory ran out"
        if code < 0:
            return f"it crashed ({signal.Signals(-code).name})"
        return f"it ended by itself with status {code}"


def _work(pipe: Connection) -> None:
    """The life of a worker process: calls come, answers go, until the parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides
    threading.Thread(target=_end_with_parent, daemon=True).start()
    while True:
        try:
            function, args, kwargs = pickle.loads(pipe.recv_bytes())  # noqa: S301 (our own parent)
        except EOFError:
            return
        try:
            answer = (True, function(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 (it is handed to the caller whole)
            answer = (False, error)
        try:
            pipe.send_bytes(pickle.dumps(answer))
        except BrokenPipeError:
            return


def _end_with_parent() -> None:
    """A parent killed with -9 cannot end its children: they watch for it themselves."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    wait([parent.sentinel])
    os._exit(1)


# ----- Dask


class DaskExecutor(Executor):
    """A Dask client as an executor."""

    def __init__(self, client: Any, *, remote: bool) -> None:
        self.remote = remote  # its workers may be on other machines, with other disks
        self._client = client
        self._inner: Executor = client.get_executor(pure=False)

    @property
    def slots(self) -> int:
        """Twice the threads of the workers that are there now: one call runs, one has travelled already."""
        workers = self._client.scheduler_info(n_workers=-1).get("workers", {}).values()
        return max(2, 2 * sum(int(worker["nthreads"]) for worker in workers))

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """As in `concurrent.futures.Executor`; a lost scheduler is told, where Dask's own would wait for it."""
        if self._client.status != "running":
            raise RuntimeError(f"the connection to the scheduler is {self._client.status}")
        return self._inner.submit(fn, *args, **kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Leave the cluster; what is under way is given up."""
        self._inner.shutdown(wait=wait and not cancel_futures)


@contextlib.contextmanager
def _dask(kind: str) -> Iterator[Executor]:
    import dask  # a run on this machine needs none of it
    import distributed

    # distributed has no types of its own
    start_cluster, connect = cast(Any, distributed).LocalCluster, cast(Any, distributed).Client

    with contextlib.ExitStack() as stack:
        stack.enter_context(dask.config.set({"distributed.scheduler.allowed-failures": 0}))  # `run` tries again
        try:
            if kind == "local":
                cluster = start_cluster(
                    n_workers=_cores(),
                    threads_per_worker=1,
                    processes=True,
                    host="127.0.0.1",
                    dashboard_address="127.0.0.1:0",
                    security=True,  # else every user of this machine could hand it code
                    silence_logs=logging.ERROR,
                )
                stack.enter_context(cluster)
                client = stack.enter_context(connect(cluster))
            else:
                client = stack.enter_context(connect(kind, timeout=_CONNECT_S))
            client.wait_for_workers(1, timeout=30)
        except (OSError, TimeoutError, ValueError, TypeError) as error:
            raise SettingsError(
                f"the Dask cluster at {without_secrets(kind)} cannot be used ({type(error).__name__})",
                mend="See that its scheduler and a worker run, and that LOA_CLUSTER and the certificates are right",
            ) from error
        executor = DaskExecutor(client, remote=kind != "local")
        try:
            yield executor
        finally:
            executor.shutdown(wait=False, cancel_futures=True)
