"""A throwaway PostgreSQL cluster from the machine's own binaries."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

INSTALL = "PostgreSQL is not installed: apt-get install postgresql (make test does it), or put initdb into the PATH"


def binaries() -> Path:
    """Where `initdb` lies; the newest installed version."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda one: float(one.parts[-3]))
    if found:
        return found[-1].parent
    path = shutil.which("initdb")
    assert path, INSTALL
    return Path(path).parent


@contextlib.contextmanager
def cluster() -> Iterator[str]:
    """A running cluster on loopback; the address of its server, without a database."""
    here = binaries()
    as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    folder = Path(tempfile.mkdtemp(prefix="loa-postgres-"))
    try:
        if as_user:
            shutil.chown(folder, "postgres")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        data = folder / "data"
        quiet = {"check": True, "stdout": subprocess.DEVNULL, "cwd": folder}
        subprocess.run(
            [*as_user, here / "initdb", "-D", data, "-U", "loa", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"],
            **quiet,
        )
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
        log = folder / "log"
        subprocess.run([*as_user, here / "pg_ctl", "-D", data, "-l", log, "-o", options, "-w", "start"], **quiet)
        try:
            yield f"postgresql://loa@127.0.0.1:{port}"
        finally:
            subprocess.run([*as_user, here / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop"], **quiet)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
