"""All demonstration articles as clips in three shapes, from nothing; takes minutes."""

from __future__ import annotations

import dataclasses
import resource
import tempfile
import time

from render.build import Request, make, prepare
from render.paths import ASSETS
from render.settings import read_settings

SHAPES = ("clip-vertical", "clip-square", "clip-wide")
GOAL_S, SHORTEST_S, MEMORY_MB = 300.0, 30.0, 600.0


def main() -> int:
    """Print what it took; 1 when it took too long, or a clip is missing or too short."""
    request = Request((ASSETS / "demo" / "articles",), languages=("vi",), products=SHAPES)
    with tempfile.TemporaryDirectory() as folder:
        settings = dataclasses.replace(read_settings(), cache=folder, online_speech="off")
        start_s = time.perf_counter()
        outcomes = make(prepare(request, settings).jobs, settings)
        took_s = time.perf_counter() - start_s
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    cpu_s = sum(one.ru_utime + one.ru_stime for one in spent)
    peak_mb = max(one.ru_maxrss for one in spent) / 1024
    lengths = {f"{one.job.slug} {one.job.product}": one.details.get("duration_s", 0.0) for one in outcomes}
    for one in outcomes:
        if one.state != "made":
            print(f"{one.state:8} {one.job.slug} {one.job.product}: {one.reason}")
    short = {name: length_s for name, length_s in lengths.items() if length_s < SHORTEST_S}
    for name, length_s in short.items():
        print(f"short    {name}: {length_s:.1f} s")
    total_s = sum(lengths.values())
    print(f"{len(outcomes)} clips, {total_s:.0f} s of them; {cpu_s:.0f} s of CPU")
    print(f"{took_s:.0f} s by the clock; goal {GOAL_S:.0f}")
    print(f"peak memory of a process {peak_mb:.0f} MB; goal {MEMORY_MB:.0f}")
    good = not short and took_s <= GOAL_S and peak_mb <= MEMORY_MB and {one.state for one in outcomes} == {"made"}
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())
