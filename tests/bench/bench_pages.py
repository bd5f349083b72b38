"""Operators' pages: all 3,321 of a release of 300 articles written anew, and what one page weighs."""

from __future__ import annotations

import datetime as dt
import os
import resource
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from render.build import OFFICES
from render.communes import with_communes
from render.keys import make_key
from render.offices import read_offices
from render.pagescripts import scripts
from render.release import Publisher, Streamed
from render.store import FolderStore
from tests.render.sample_publications import PUBLIC_URL, Files, publication

ARTICLES = int(os.environ.get("LOA_BENCH_ARTICLES", "300"))
LANGS = ("vi", "km", "rad", "jra", "blt-Tavt", "tyz", "nut", "hre")
GOAL_CPU_S = 30.0
GOAL_BYTES = 100_000
AT = dt.datetime(2025, 9, 1, tzinfo=dt.UTC)
TITLE = "Từ 75 tuổi không có lương hưu: Nhà nước trợ cấp mỗi tháng"


def say(line: str) -> None:
    """A line of the report."""
    sys.stdout.write(f"{line}\n")


def main() -> int:
    """The figures; 1 when a goal is missed."""
    with tempfile.TemporaryDirectory() as folder:
        store, files = FolderStore(Path(folder, "store")), Files()
        offices = with_communes(read_offices(OFFICES))
        who = Publisher(
            store, make_key(Path(folder, "key.pem")), offices, PUBLIC_URL, AT, api_url="https://x.example.vn"
        )

        def release(count: int, version: str) -> float:
            one = [
                publication(
                    files, f"bai-{number:03d}-tro-cap-huu-tri-xa-hoi", TITLE, version,
                    langs=LANGS, products="leaflet bulletin", topic=f"Chủ đề {number % 9}",
                )
                for number in range(count)
            ]  # fmt: skip
            with Streamed(replace(who, at=AT + dt.timedelta(days=8 if version > "1" else 0)), files.load) as under_way:
                began = time.process_time()
                under_way.finish(one)
            return time.process_time() - began

        first = release(ARTICLES, "1")
        before = {key: store.head(key) for key in store.list("loa/")}
        changed_s = release(1, "2")
        rewritten = sum(
            before.get(key) != store.head(key)
            for key in store.list("loa/")
            if key[4:6].isdigit() and key.count(".") == 2
        )
        page = len(store.get("loa/66.24376.html")) + len(scripts()["loa"].body)
        choice = len(store.get("loa/index.html")) + len(scripts()["places"].body)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    say(f"{ARTICLES} articles in {len(LANGS)} languages; first release {first:.1f} CPU s, peak {peak:.0f} MB")
    say(f"one bulletin changed: {rewritten} communes' pages written in {changed_s:.1f} CPU s (goal {GOAL_CPU_S:.0f})")
    say(f"a commune's page with its script {page:,} bytes, the choice of a commune {choice:,} (goal {GOAL_BYTES:,})")
    return int(changed_s > GOAL_CPU_S or max(page, choice) > GOAL_BYTES or rewritten != 3321)


if __name__ == "__main__":
    sys.exit(main())
