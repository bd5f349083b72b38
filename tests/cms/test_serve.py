"""`loa serve`: the site and its worker begin and end together."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connections

from cms.production.worker import _alive
from cms.serve import serve
from render.errors import SettingsError
from render.paths import ROOT
from tests.waiting import until


@contextlib.contextmanager
def _served(home: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    ours = {name: value for name, value in os.environ.items() if not name.startswith("LOA_")}
    environment = ours | {"LOA_HOME": str(home), "LOA_STORE": str(home / "public"), "LOA_ONLINE_SPEECH": "off"}
    process = subprocess.Popen([sys.executable, "-m", "cms.serve", "--port", str(port)], env=environment, cwd=ROOT)
    try:
        until(lambda: _answers(f"http://127.0.0.1:{port}/health"))
        yield process, f"http://127.0.0.1:{port}"
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False


def _descendants(pid: int) -> list[int]:
    """Children of every thread: the worker is started by one of them."""
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        found += [int(one) for one in (task / "children").read_text().split()]
    return found


@pytest.mark.slow
@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_when_the_server_ends(site: str, home: Path, end: signal.Signals) -> None:
    connections.close_all()
    with _served(home) as (process, address):
        until(lambda: len(_descendants(process.pid)) >= 2)
        below = _descendants(process.pid)
        process.send_signal(end)
        process.wait(90)
        until(lambda: not any(_alive(pid) for pid in below))  # a zombie works no more
        assert not _answers(f"{address}/health")


def test_a_port_that_is_taken_is_told_in_one_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(SettingsError, match="--port"):
            serve("127.0.0.1", taken.getsockname()[1])
