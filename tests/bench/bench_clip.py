"""CPU of a vertical clip, cold and after changes, beside moviepy and x264 fed every ready frame, in the same run."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import io
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any, TypeVar
from unittest.mock import patch

import av
import numpy as np

from render.edition import make_edition
from render.facts import read_facts
from render.markdown import parse_article
from render.paths import ASSETS, ROOT
from render.products import Context, Planned
from render.products import clip as product
from render.run import Job, run
from render.steps import Made, Step, walk
from render.video import encoding, soundtrack
from render.video.layers import read_stills
from render.video.laying import schedule
from render.video.motion import entries_of, frames_of
from render.video.painter import Frame, Placed, changes, repaint
from render.video.planes import Picture, colour_of, flat
from render.video.shape import VERTICAL
from render.video.timing import unit_of

T = TypeVar("T")

ARTICLE = ASSETS / "demo" / "articles" / "tro-cap-huu-tri-xa-hoi.md"
# The peer's settings: x264's own rate control and look-ahead, as anybody would call it.
PLAIN = {"preset": "veryfast", "profile": "high"}
PEER_S, PEER_EVERY_S = 0.5, 4.0  # moviepy composes half a second of every four: all of it would take minutes
GOALS = {
    "times moviepy": (20.0, ">="), "of x264 alone": (1.0, "<="), "luma SSIM": (0.99, ">="), "one caption": (5.0, "<="),
    "one scene": (35.0, "<="), "soundtrack": (8.0, "<="), "nothing": (1.0, "<="), "MB per 30 s": (6.0, "<="),
    "peak MB": (600.0, "<="), "first frame s": (1.5, "<="),
}  # fmt: skip


class Here(Executor):
    """Steps run in this process, one after the other: all of their CPU is counted."""

    slots = 1

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Done when it returns."""
        future: Future[T] = Future()
        future.set_result(fn(*args, **kwargs))
        return future


def cpu_s() -> float:
    """Of this process and of the voices' children."""
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def plan(text: str = "") -> Planned:
    """The clip of one demonstration article, read anew."""
    facts = read_facts(ASSETS / "demo" / "facts.toml")
    article = parse_article(text or ARTICLE.read_text())
    edition = make_edition(article, source=None, facts=facts, on=dt.date(2025, 9, 1), office=None)
    planned = product.plan_clip(edition, Context("https://loa.example.vn"), VERTICAL)
    if not isinstance(planned, Planned):
        raise SystemExit("there is no voice on this machine")
    return planned


def make(planned: Planned, made: dict[str, Made] | None = None) -> tuple[dict[str, Made], dict[str, float]]:
    """Every step that is not in `made`, and the CPU seconds of each kind."""
    made = {} if made is None else made
    spent: dict[str, float] = defaultdict(float)
    for root in (*(file.step for file in planned.files), *planned.gates):
        for step in walk(root):
            if step.key in made:
                continue
            needs = {name: made[need.key] for name, need in step.needs.items()}
            start_s = cpu_s()
            made[step.key] = step.function()(step.inputs, needs)
            spent[step.run.partition(":")[2]] += cpu_s() - start_s
    return made, spent


def built(cache: Path, text: str = "") -> float:
    """CPU seconds of a whole build against a cache: reading, planning, making, gates, keeping."""
    start_s = cpu_s()
    job = Job("clip-vertical", "bench", "vi", None, None, plan(text))
    (outcome,) = run([job], cache_url=str(cache), executor=Here())
    spent_s = cpu_s() - start_s
    if outcome.state not in {"made", "cached"}:
        raise SystemExit(outcome.reason)
    return spent_s


# ---- what is changed


def captions_changed(cache: Path) -> list[float]:
    """A build for each caption changed alone, its voice kept; of two changes the quicker: other work here disturbs."""
    original = product.captions_of
    texts: list[str] = []

    def noted(text: str, *args: Any) -> list[str]:
        texts.append(text)
        return original(text, *args)

    with patch.object(product, "captions_of", noted):
        plan()
    spent = []
    for changed in dict.fromkeys(texts):

        def other(text: str, *args: Any, changed: str = changed, ending: str = "") -> list[str]:
            parts = original(text, *args)
            return [swapped(parts[0], ending), *parts[1:]] if text == changed and parts else parts

        twice = []
        for ending in ("", "…"):
            with patch.object(product, "captions_of", functools.partial(other, ending=ending)):
                twice.append(built(cache))
        spent.append(min(twice))
    return spent


def swapped(text: str, ending: str) -> str:
    """The same words, the first two of them in the other order: as wide, and as long to read."""
    first, second, *rest = text.split(" ")
    return " ".join([second.capitalize(), first.lower(), *rest]) + ending


def scenes_changed(cache: Path) -> list[float]:
    """A build for each scene that shows and says something else: its pictures, captions, voice, and so the sound."""
    original = product.told
    spent = []
    count = len(plan().details["scenes"])
    for number in range(count):

        def other(*args: Any, number: int = number, **kwargs: Any) -> Any:
            board = original(*args, **kwargs)
            scenes = list(board.scenes)
            lines = tuple(
                (dataclasses.replace(line[0], text=f"Nay {line[0].text}"), *line[1:]) for line in scenes[number].lines
            )
            scenes[number] = dataclasses.replace(scenes[number], lines=lines, name=f"{scenes[number].name}-khac")
            return dataclasses.replace(board, scenes=tuple(scenes))

        with patch.object(product, "told", other):
            spent.append(built(cache))
    return spent


# ---- every ready frame


def frames_in_time(unit: Step, made: Mapping[str, Made]) -> tuple[list[Frame], Any]:
    """What stands in each frame of a unit, and its layers."""
    content = unit.needs["content"]
    stills, layers = read_stills(made[content.needs["layers"].key])
    line, lines = content.inputs["line"], content.inputs["lines"]
    fps, scale = VERTICAL.fps, VERTICAL.scale
    entering = frames_of(stills, line, lines, fps, scale)
    enters = [number for number, frame in enumerate(entering) if not number or frame != entering[number - 1]]
    captions = []
    apart = bool(made[content.key].details["apart"])
    if "captions" in unit.needs:
        captions, drawn = read_stills(made[unit.needs["captions"].needs["captions"].key], "caption-")
        layers.joined(drawn)
    duration_s = made[unit.needs["voice"].key].details["duration_s"] if "voice" in unit.needs else 0.0
    timing = unit_of(unit.inputs["rhythm"], duration_s, fps)
    told = {number: (track, at) for number, track, at in schedule(enters, timing, fps, apart=apart)}
    shown: list[Frame] = []
    base, caption = entering[0], dict[str, Placed]()
    for number in range(timing.frames):
        track, at = told.get(number, ("", 0))
        if track == "content":
            base = entering[enters[at]]
        elif track == "captions":
            still = captions[at - 1]
            caption = {"caption": Placed(still.name, still.x, still.y)}
        shown.append({**base, **caption} if track or not shown else shown[-1])
    return shown, layers


def ready_frames(join: Step, made: Mapping[str, Made]) -> tuple[list[Picture], list[int]]:
    """Every different picture of the clip, and which of them each frame shows."""
    paper = colour_of((251, 246, 234))
    pictures: list[Picture] = []
    order: list[int] = []
    width, height = VERTICAL.pixels
    for number in range(int(join.inputs["units"])):
        frames, layers = frames_in_time(join.needs[f"unit-{number}"], made)
        picture = flat(width, height, paper)
        before: Frame | None = None
        for frame in frames:
            if frame is not before:
                boxes = [(0, 0, width, height)] if before is None else changes(layers, before, frame)
                repaint(picture, boxes, layers, frame, paper)
                pictures.append((picture[0].copy(), picture[1].copy(), picture[2].copy()))
            order.append(len(pictures) - 1)
            before = frame
    return pictures, order


def x264_alone(pictures: list[Picture], order: list[int], crf: int) -> tuple[float, bytes]:
    """CPU seconds of the encoder and the muxer; copying a ready frame into place is not counted."""
    spent_s = 0.0

    def feed(planes: Picture) -> Iterator[int]:
        nonlocal spent_s
        shown = -1
        for number, index in enumerate(order):
            start_s = time.process_time()
            if index != shown:
                for plane, ready in zip(planes, pictures[index], strict=True):
                    plane[:] = ready
                shown = index
            spent_s -= time.process_time() - start_s
            yield number

    with patch.dict(encoding.X264, {**PLAIN, "crf": str(crf)}, clear=True):
        start_s = time.process_time()
        video = encoding.template(feed, VERTICAL)
        spent_s += time.process_time() - start_s
    return spent_s, video


def luma_ssims(video: bytes, pictures: list[Picture], order: list[int]) -> list[float]:
    """The mean SSIM of the luma of every frame that shows something new, and of the last that shows it."""
    found = []
    with av.open(io.BytesIO(video), "r") as container:
        for number, frame in enumerate(container.decode(video=0)):
            index = order[number]
            if order[number - 1] != index or number + 1 == len(order) or order[number + 1] != index:
                found.append(_ssim(encoding.planes_of(frame)[0], pictures[index][0]))
    if number + 1 != len(order):
        raise SystemExit(f"{number + 1} frames came out, {len(order)} went in")
    return found


def _ssim(one: np.ndarray, other: np.ndarray) -> float:
    """In blocks of 8 × 8."""

    def blocks(plane: np.ndarray) -> np.ndarray:
        height, width = (side // 8 for side in plane.shape)
        return plane[: height * 8, : width * 8].reshape(height, 8, width, 8).swapaxes(1, 2).reshape(-1, 64)

    first, second = (blocks(plane).astype(np.float32) for plane in (one, other))
    means = first.mean(1), second.mean(1)
    both = ((first - means[0][:, None]) * (second - means[1][:, None])).mean(1)
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    above = (2 * means[0] * means[1] + c1) * (2 * both + c2)
    below = (means[0] ** 2 + means[1] ** 2 + c1) * (first.var(1) + second.var(1) + c2)
    return float((above / below).mean())


# ---- moviepy


def moviepy_s(join: Step, made: Mapping[str, Made], folder: Path) -> tuple[float, float]:
    """CPU seconds moviepy takes a second of the same clip, and how many seconds of it were made."""
    scenes: list[dict[str, Any]] = []
    fps = VERTICAL.fps
    for number in range(int(join.inputs["units"])):
        unit = join.needs[f"unit-{number}"]
        frames, _ = frames_in_time(unit, made)
        content = unit.needs["content"]
        drawn = made[content.needs["layers"].key]
        stills, _ = read_stills(drawn)
        line, lines = content.inputs["line"], content.inputs["lines"]
        length_s = len(frames) / fps
        shown: list[dict[str, Any]] = []
        for entry in entries_of(stills, line, lines, fps):
            for at, still in enumerate(entry.stills):
                start = entry.start + at * (entry.end - entry.start) // max(1, len(entry.stills) - 1)
                until = entry.start + (at + 1) * (entry.end - entry.start) // max(1, len(entry.stills) - 1)
                last = at + 1 == len(entry.stills)
                place = {"x": still.x, "y": still.y, "enter": still.enter if entry.end else "still"}
                times = {"start_s": start / fps, "until_s": None if last else until / fps}
                shown.append({**place, **times, "file": f"{number}-{still.name}", "enter_s": 0.01})
                shown[-1]["enter_s"] = max(1, entry.end - entry.start) / fps
        files = {f"{number}-{still.name}": drawn.files[still.name] for still in stills}
        if "captions" in unit.needs:
            words = made[unit.needs["captions"].needs["captions"].key]
            captions, _ = read_stills(words)
            seen = [frame.get("caption") for frame in frames]
            for still in captions:
                own = [at for at, placed in enumerate(seen) if placed and placed.layer == f"caption-{still.name}"]
                times = {"start_s": own[0] / fps, "until_s": (own[-1] + 1) / fps, "enter_s": 0.01, "enter": "still"}
                shown.append({"x": still.x, "y": still.y, **times, "file": f"{number}-caption-{still.name}"})
            files |= {f"{number}-caption-{still.name}": words.files[still.name] for still in captions}
        for name, data in files.items():
            (folder / name).write_bytes(data)
        scenes.append({"length_s": length_s, "paper": [251, 246, 234], "stills": shown})
    total_s = sum(scene["length_s"] for scene in scenes)
    (folder / "sound.m4a").write_bytes(made[join.needs["sound"].key].files["sound.m4a"])
    stretches = [(start_s, start_s + PEER_S) for start_s in np.arange(0, total_s - PEER_S, PEER_EVERY_S).tolist()]
    width, height = VERTICAL.pixels
    told = {"width": width, "height": height, "scenes": scenes, "stretches": stretches, "sound_s": total_s - 0.1}
    (folder / "clip.json").write_text(json.dumps(told))
    program = [sys.executable, "-m", "tests.bench.moviepy_clip", str(folder)]
    done = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"moviepy broke off: {done.stderr[-600:]}")
    spent = json.loads(done.stdout.splitlines()[-1])
    return spent["cpu_s"] / spent["clip_s"], spent["clip_s"]


# ---- a process of its own


def alone() -> None:
    """From the start of a process to the first encoded picture, then the whole clip: the process's own figures."""
    planned = plan()
    made: dict[str, Made] = {}
    first = planned.files[0].step.needs["unit-0"].needs["content"]
    for step in walk(first):
        made[step.key] = step.function()(step.inputs, {name: made[need.key] for name, need in step.needs.items()})
    first_s = time.time() - float(os.environ["LOA_BENCH_START"])
    first_cpu_s = cpu_s()
    make(planned, made)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"first_s": first_s, "first_cpu_s": first_cpu_s, "peak_mb": peak_mb}))


def fresh() -> dict[str, float]:
    """What `alone` measures, in a new process."""
    program = [sys.executable, "-m", "tests.bench.bench_clip", "--alone"]
    environment = {**os.environ, "LOA_BENCH_START": repr(time.time())}
    done = subprocess.run(program, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    told: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return told


def row(label: str, value: float, digits: int = 2, note: str = "") -> bool:
    """A line of the table; whether its goal is met."""
    goal, sign = next(((goal, sign) for name, (goal, sign) in GOALS.items() if name in label), (0.0, ""))
    met = not sign or (value >= goal if sign == ">=" else value <= goal)
    wanted = f"goal {'≥' if sign == '>=' else '≤'} {goal:g}{'' if met else '  MISSED'}" if sign else ""
    print(f"{label:44} {value:8.{digits}f}  {wanted:14} {note}".rstrip(), flush=True)
    return met


def main() -> int:
    """Print the table; 1 when a goal is missed."""
    if "--alone" in sys.argv:
        alone()
        return 0
    process = fresh()
    with tempfile.TemporaryDirectory() as folder:
        cold_s = built(Path(folder))
    planned = plan()
    made, spent = make(planned)
    join = planned.files[0].step
    clip = made[join.key]
    length_s = float(clip.details["duration_s"])
    video = clip.files["clip.mp4"]
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder, "cache")
        again_s = built(cache)
        nothing_s = statistics.median(built(cache) for _ in range(5))
        captions = captions_changed(cache)
        sound = []
        for quieter in (2, 3, 4):
            with patch.object(soundtrack, "PAD_LUFS", soundtrack.PAD_LUFS - quieter):
                sound.append(built(cache))
        sound_s = statistics.median(sound)
        scenes = scenes_changed(cache)
    pictures, order = ready_frames(join, made)
    ssims = luma_ssims(video, pictures, order)
    same_s, same = x264_alone(pictures, order, encoding.QP)
    same_ssim = statistics.mean(luma_ssims(same, pictures, order))
    frames = f"{length_s:.1f} s, {len(order)} frames, {len(pictures)} different"
    print(f"{frames}; the first build of a process takes {cold_s:.2f} CPU s, {cold_s / length_s:.3f} a second of clip,")
    print(f"another of nothing {again_s:.2f}, of which")
    for name, value_s in sorted(spent.items(), key=lambda one: -one[1]):
        print(f"    {name:16} {value_s:6.3f}")
    size_mb = len(video) * 30 / length_s / 1e6
    peer_mb = len(same) * 30 / length_s / 1e6

    def share(value_s: float) -> float:
        return value_s / cold_s * 100

    met = [
        row("the clip, of x264 alone (veryfast, crf 22)", cold_s / same_s, note=f"{same_s:.2f} CPU s"),
        row("luma SSIM, worst of all frames", min(ssims), 4, f"mean {statistics.mean(ssims):.4f}"),
        row("  x264 alone: SSIM of the mean frame", same_ssim, 4, f"{peer_mb:.2f} MB per 30 s without sound"),
        row("MB per 30 s", size_mb),
        row("one caption changed, % of cold: median", share(statistics.median(captions)), 1),
        row("one caption changed, % of cold: worst", share(max(captions)), 1, f"of {len(captions)}"),
        row("one scene changed, % of cold: worst", share(max(scenes)), 1, f"with its voice; of {len(scenes)}"),
        row("soundtrack changed, % of cold", share(sound_s), 1, "the pad's level"),
        row("nothing changed, % of cold", share(nothing_s), 2),
        row("peak MB of a process", process["peak_mb"], 0),
        row("first frame s after a process starts", process["first_s"], 2, f"{process['first_cpu_s']:.2f} of CPU"),
    ]
    with tempfile.TemporaryDirectory() as folder:
        peer_s, made_s = moviepy_s(join, made, Path(folder))
    times = peer_s / (cold_s / length_s)
    met.append(row("times moviepy's CPU saved", times, 1, f"{peer_s:.2f} CPU s a second, over {made_s:.1f} s"))
    return 0 if all(met) else 1


if __name__ == "__main__":
    raise SystemExit(main())
