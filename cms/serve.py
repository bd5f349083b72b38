"""Serves the newsroom: the web server, and on one machine the worker beside it. Both stop together."""

from __future__ import annotations

import argparse
import logging
import multiprocessing
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from render.embedded import with_store
from render.errors import SettingsError
from render.settings import read_settings

_log = logging.getLogger("cms.serve")

WORKER_RESTART_S = 2.0
THREADS = 16  # who reads a long answer over a slow line holds one meanwhile; such may hold half of them


def main(argv: Sequence[str] | None = None) -> int:
    """`loa serve [--host HOST] [--port PORT] [--no-worker]`."""
    parser = argparse.ArgumentParser(prog="loa serve", description="Serve the newsroom and work for it.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--no-worker", action="store_true", help="workers run elsewhere: loa worker")
    args = parser.parse_args(argv)
    return serve(args.host, args.port, with_worker=not args.no_worker)


def serve(host: str = "127.0.0.1", port: int = 8000, *, with_worker: bool = True) -> int:
    """Serve until a signal ends it. The database must have been migrated."""
    check_port(host, port)
    with with_store(read_settings()):  # its address goes to the server's and the worker's processes
        return _serve(host, port, with_worker=with_worker)


def _serve(host: str, port: int, *, with_worker: bool) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cms.settings.base")
    os.environ.setdefault("LOA_SITE_URL", f"http://{host}:{port}")
    os.environ["GRANIAN_SERVED_BY"] = str(os.getpid())
    # A fork would share open database connections and the locks of our threads with the server's process.
    multiprocessing.set_start_method("spawn", force=True)
    from granian.constants import Interfaces
    from granian.server import Server

    server = Server(
        "cms.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=THREADS,
        log_enabled=True,
        working_dir=Path(__file__).resolve().parent.parent,
        respawn_failed_workers=True,
    )
    keeper = _WorkerKeeper() if with_worker else None
    if keeper:
        keeper.start()
    try:
        server.serve()
    finally:
        if keeper:
            keeper.stop()
    return 0


def check_port(host: str, port: int) -> None:
    """A clear word when the port is taken, instead of the server's traceback."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OverflowError:
            raise SettingsError(f"{port} is no port", where="--port", mend="Ports end at 65535") from None
        except OSError as error:
            raise SettingsError(
                f"cannot listen at {host}:{port}: {error.strerror}",
                where="--port",
                mend=f"Give loa another one, like --port {port + 1}",
            ) from None


class _WorkerKeeper:
    """Keeps one worker process running beside the server, and ends it with the server.

    The worker watches its parent too: when the server is killed outright, it stops by itself.
    """

    def __init__(self) -> None:
        self._over = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._keep, name="worker-keeper", daemon=True)

    def start(self) -> None:
        """Start the worker."""
        self._thread.start()

    def stop(self) -> None:
        """Ask it to stop, and wait until it has given its build back."""
        self._over.set()
        self._thread.join()

    def _keep(self) -> None:
        command = [sys.executable, "-m", "cms.production.worker", "--parent", str(os.getpid())]
        root = Path(__file__).resolve().parent.parent
        while not self._over.is_set():
            self._process = subprocess.Popen(command, cwd=root)
            while self._process.poll() is None and not self._over.wait(0.3):
                pass
            if not self._over.is_set():
                _log.warning("the worker ended with %s; it is started again", self._process.returncode)
                self._over.wait(WORKER_RESTART_S)
        if self._process and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()


if __name__ == "__main__":
    sys.exit(main())
