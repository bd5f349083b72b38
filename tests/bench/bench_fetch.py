"""`loa fetch` of 2,000 files from SeaweedFS, beside reading the same objects as fast as a client can; and again."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import hashlib
import http.client
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from render.keys import make_key
from render.manifest import cas_key
from render.release import publish
from render.seaweed import seaweed
from render.store import open_store
from tests.render.sample_publications import PUBLIC_URL, Files, publication

FILES = 2_000
MOST_BYTES = 200_000
KILLS = 20
PAIRS = 5
GOAL_SHARE = 0.7
MEMORY = Path("/dev/shm")  # where there is one, the files of the pairs that the goal is for go there
GOAL_NOTHING_S = 1.0
AT = dt.datetime(2025, 9, 1, tzinfo=dt.UTC)


def say(line: str) -> None:
    """A line of the report."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def raw(addresses: Sequence[str], out: Path | None = None, at_once: int = 8) -> None:
    """Read all of them as most programs would, with kept connections; the bytes are written to `out`, or dropped."""
    here = threading.local()

    def read(address: str) -> int:
        parts = urllib.parse.urlsplit(address)
        if not hasattr(here, "line"):
            here.line = http.client.HTTPConnection(parts.netloc)
        here.line.request("GET", parts.path)
        answer = here.line.getresponse()
        assert answer.status == 200
        data = answer.read()
        return out.joinpath(address.rpartition("/")[2]).write_bytes(data) if out else len(data)

    with ThreadPoolExecutor(at_once) as pool:
        sum(pool.map(read, addresses))


def measured(work: Callable[[], object]) -> tuple[float, float]:
    """Wall seconds, and CPU seconds of this process and those it waited for."""
    before, began = cpu_s(), time.perf_counter()
    work()
    return time.perf_counter() - began, cpu_s() - before


def cpu_s() -> float:
    """What was used so far."""
    found = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in found)


def loa_fetch(url: str, key: str, out: Path) -> list[str]:
    """The command as cron runs it."""
    return [sys.executable, "-m", "render.cli", "fetch", "--store", url, "--key", key, "--out", str(out), "--quiet"]


def proven(out: Path) -> int:
    """How many files are right; the list of checksums names them."""
    lines = (out / "SHA256SUMS").read_text().splitlines()
    return sum(hashlib.sha256((out / line[66:]).read_bytes()).hexdigest() == line[:64] for line in lines)


def main() -> int:
    """Measure, print, compare with the goals."""
    with tempfile.TemporaryDirectory() as folder, seaweed(Path(folder, "s3"), bucket="loa") as server:
        store, files, rng = open_store(server.url("loa")), Files(), random.Random(7)
        one = publication(files, "nhieu-tep", products="bulletin")
        lead = one.entries[0]
        entries = tuple(
            dataclasses.replace(
                lead,
                product=f"bulletin-{number}",
                files=(
                    files.add(
                        rng.randbytes(rng.randrange(20_000, MOST_BYTES)),
                        role="main", suffix="mp3", name=f"a{number}.mp3", media_type="audio/mpeg",
                    ),
                ),
            )
            for number in range(FILES)
        )  # fmt: skip
        signer = make_key(Path(folder, "key.pem"))
        publish(
            store, signer, [dataclasses.replace(one, entries=entries)],
            load=files.load, offices={}, public_url=PUBLIC_URL, at=AT,
        )  # fmt: skip
        total = sum(len(data) for data in files.data.values()) / 1e6
        addresses = [store.address(cas_key(entry.files[0].sha256)) for entry in entries]
        url, key = server.url("loa"), signer.fingerprint
        raw(addresses[:200])
        slowest = 0.0

        def pair(out: Path, raw_out: Path | None = None) -> float:
            """One after the other: whatever else this machine does meets both."""
            nonlocal slowest
            raw_s, raw_cpu_s = measured(lambda: raw(addresses, raw_out))
            fetch_s, fetch_cpu_s = measured(lambda: subprocess.run(loa_fetch(url, key, out), check=True))
            slowest = max(slowest, fetch_s)
            say(
                f"raw {raw_s:5.2f} s {total / raw_s:4.0f} MB/s ({raw_cpu_s:.2f} CPU s)   loa fetch {fetch_s:5.2f} s "
                f"({fetch_cpu_s:.2f} CPU s)   {raw_s / fetch_s:.2f}   load {os.getloadavg()[0]:.1f}"
            )
            return raw_s / fetch_s

        # The figure is of the line from the store; a disk has a speed of its own. Nothing is removed between pairs:
        # file systems are slow to make files after thousands were taken away.
        with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else folder) as fast:
            say(f"the store alone, and loa fetch into {fast}")
            shares = [pair(Path(fast, f"out-{number}")) for number in range(PAIRS)]
            share = statistics.median(shares)
            say(f"share: median {share:.2f} ({min(shares):.2f} to {max(shares):.2f}), goal {GOAL_SHARE}")
        say(f"the same onto the disk of {folder}; the other writes there too, but proves nothing and never syncs")
        onto_disk = []
        for number in range(PAIRS):
            plain = Path(folder, f"plain-{number}")
            plain.mkdir()
            onto_disk.append(pair(Path(folder, f"disk-{number}"), plain))
        say(f"share: median {statistics.median(onto_disk):.2f} ({min(onto_disk):.2f} to {max(onto_disk):.2f})")
        out = Path(folder, "disk-0")
        again = [measured(lambda: subprocess.run(loa_fetch(url, key, out), check=True)) for _ in range(3)]
        nothing_s = statistics.median(wall_s for wall_s, _ in again)
        say(f"nothing new: {nothing_s:.2f} s ({statistics.median(cpu_s for _, cpu_s in again):.2f} CPU s)")
        out = Path(folder, "killed")
        for _ in range(KILLS):
            process = subprocess.Popen(loa_fetch(url, key, out))
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(rng.uniform(0.1, max(0.6, slowest * 0.6)))
            process.kill()
            process.wait()
        subprocess.run(loa_fetch(url, key, out), check=True)
        right = proven(out)
        say(f"killed {KILLS} times: {right} of {FILES} files there and right")
    good = share >= GOAL_SHARE and nothing_s <= GOAL_NOTHING_S and right == FILES
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
