"""`loa fetch` of 2,000 files from SeaweedFS, beside reading the same objects as fast as a client can; and again."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import hashlib
import http.client
import random
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
from collections.abc import Sequence
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
GOAL_SHARE = 0.7
GOAL_NOTHING_S = 1.0
AT = dt.datetime(2025, 9, 1, tzinfo=dt.UTC)


def say(line: str) -> None:
    """A line of the report."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def raw(addresses: Sequence[str], at_once: int = 8) -> float:
    """Seconds for reading all of them with kept connections, and doing nothing with the bytes."""
    here = threading.local()

    def read(address: str) -> int:
        parts = urllib.parse.urlsplit(address)
        if not hasattr(here, "line"):
            here.line = http.client.HTTPConnection(parts.netloc)
        here.line.request("GET", parts.path)
        answer = here.line.getresponse()
        assert answer.status == 200
        return len(answer.read())

    began = time.perf_counter()
    with ThreadPoolExecutor(at_once) as pool:
        sum(pool.map(read, addresses))
    return time.perf_counter() - began


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
        shares = []
        for turn in range(2):
            out = Path(folder, f"out-{turn}")
            raw_s = raw(addresses)
            began = time.perf_counter()
            subprocess.run(loa_fetch(url, key, out), check=True)
            fetch_s = time.perf_counter() - began
            shares.append(raw_s / fetch_s)
            say(f"raw {raw_s:5.2f} s {total / raw_s:5.0f} MB/s   loa fetch {fetch_s:5.2f} s   {raw_s / fetch_s:.2f}")
        again = []
        for _ in range(3):
            began = time.perf_counter()
            subprocess.run(loa_fetch(url, key, Path(folder, "out-0")), check=True)
            again.append(time.perf_counter() - began)
        say(f"nothing new                      {min(again):5.2f} s")
        out = Path(folder, "killed")
        for _ in range(KILLS):
            process = subprocess.Popen(loa_fetch(url, key, out))
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(rng.uniform(0.2, max(0.6, fetch_s * 0.6)))
            process.kill()
            process.wait()
        subprocess.run(loa_fetch(url, key, out), check=True)
        right = proven(out)
        say(f"killed {KILLS} times: {right} of {FILES} files there and right")
    good = max(shares) >= GOAL_SHARE and min(again) <= GOAL_NOTHING_S and right == FILES
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
