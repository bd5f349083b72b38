"""What the machinery itself costs: 2,000 steps of which nothing changed, and the same made cold."""

from __future__ import annotations

import argparse
import secrets
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from render.cache import Cache
from render.explain import explain
from render.products import File, Planned
from render.run import Job, open_executor, run
from render.seaweed import seaweed
from render.steps import Step

STEPS = 2_000  # 500 products of a text, a sheet and two gates each
GOAL_S = 1.0
REDUN_STEP_S = 0.0084  # redun 0.33 on 2 cores, a warm step; see DESIGN
WORK = "tests.render.sample_steps"


def plan(folder: Path) -> list[Job]:
    """500 products, each with the inputs of a real edition (14 kB of JSON), a dozen files and three libraries."""
    fonts = tuple(folder / f"{number}.ttf" for number in range(12))
    for font in fonts:
        if not font.exists():
            font.write_bytes(font.name.encode() * 10_000)
    blocks = [{"kind": "prose", "body": [{"t": "Từ đủ 75 tuổi không có lương hưu. " * 6}] * 8} for _ in range(6)]

    def job(number: int) -> Job:
        edition: dict[str, Any] = {"slug": f"a{number}", "blocks": blocks}
        text = Step(f"{WORK}:write", {"text": f"bài {number}", "edition": edition})
        sheet = Step(f"{WORK}:upper", {"edition": edition}, {"text": text}, fonts, ("typst", "Pillow", "pikepdf"))
        gates = tuple(Step(f"{WORK}:gate", {"max": limit}, {"text": sheet}) for limit in (99, 100))
        file = File(sheet, "out.txt", "pdf", "application/pdf")
        return Job("leaflet-a4", f"a{number}", "vi", None, None, Planned((file,), gates))

    return [job(number) for number in range(STEPS // 4)]


def say(line: str) -> None:
    """A line of the report."""
    sys.stdout.write(f"{line}\n")


def timed(label: str, work: Callable[[], Any]) -> float:
    """Do it, and print what it took."""
    start = time.perf_counter()
    work()
    seconds = time.perf_counter() - start
    say(f"{label:46} {seconds:6.2f} s   {seconds / STEPS * 1e6:6.0f} µs a step")
    return seconds


def measure(cache_url: str, place: str, folder: Path) -> float:
    """Cold once, warm three times; the quickest warm run counts."""

    def make(state: str) -> None:
        with open_executor() as executor:
            outcomes = run(plan(folder), cache_url=cache_url, executor=executor)
        assert {outcome.state for outcome in outcomes} == {state}, {outcome.reason for outcome in outcomes}

    timed(f"{place}: cold, processes started", lambda: make("made"))
    warm_s = min(timed(f"{place}: nothing changed", lambda: make("cached")) for _ in range(3))
    timed(f"{place}: loa plan", lambda: explain(plan(folder), Cache(cache_url)))
    return warm_s


def main() -> int:
    """Print the figures; 1 when the goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--s3", action="store_true", help="measure a cache on SeaweedFS too")
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        warm_s = measure(str(home / "cache"), "folder", home)
        if parser.parse_args().s3:
            with seaweed(home / "s3", bucket="loa", private_bucket="cache") as server:
                measure(server.url(f"cache/{secrets.token_hex(4)}"), "SeaweedFS", home)
    redun_s = REDUN_STEP_S * STEPS
    say(f"goal {GOAL_S} s; redun would take {redun_s:.1f} s, {redun_s / warm_s:.0f} times as long")
    return 0 if warm_s <= GOAL_S else 1


if __name__ == "__main__":
    raise SystemExit(main())
