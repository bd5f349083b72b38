"""CPU of a vertical clip, step by step, beside libx264 fed every ready frame from memory in the same run."""

from __future__ import annotations

import datetime as dt
import io
import resource
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping

import av
import numpy as np

from render.edition import make_edition
from render.facts import read_facts
from render.markdown import read_article
from render.paths import ASSETS
from render.products import Context, Planned
from render.products.clip import plan_vertical
from render.steps import Made, Step, walk
from render.video import encoding
from render.video.layers import read_stills
from render.video.motion import frames_of
from render.video.painter import changes, repaint
from render.video.planes import Picture, colour_of, flat
from render.video.shape import VERTICAL

ARTICLE = ASSETS / "demo" / "articles" / "tro-cap-huu-tri-xa-hoi.md"
# The peer's settings: x264's own rate control and look-ahead, as anybody would call it.
PLAIN = {"preset": "veryfast", "crf": "22", "profile": "high"}


def cpu_s() -> float:
    """Of this process and of the voices' children."""
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def plan() -> Planned:
    """The clip of one demonstration article."""
    facts = read_facts(ASSETS / "demo" / "facts.toml")
    edition = make_edition(read_article(ARTICLE), source=None, facts=facts, on=dt.date(2025, 9, 1), office=None)
    planned = plan_vertical(edition, Context("https://loa.example.vn"))
    if not isinstance(planned, Planned):
        raise SystemExit("there is no voice on this machine")
    return planned


def make(planned: Planned) -> tuple[dict[str, Made], dict[str, float]]:
    """Every step, and the CPU seconds of each kind."""
    made: dict[str, Made] = {}
    spent: dict[str, float] = defaultdict(float)
    for root in (*(file.step for file in planned.files), *planned.gates):
        for step in walk(root):
            if step.key in made:
                continue
            needs = {name: made[need.key] for name, need in step.needs.items()}
            function = step.function()
            start_s = cpu_s()
            made[step.key] = function(step.inputs, needs)
            spent[step.run.partition(":")[2]] += cpu_s() - start_s
    return made, spent


def ready_frames(join: Step, made: Mapping[str, Made]) -> tuple[list[Picture], list[int]]:
    """Every different picture of the clip, and which of them each frame shows."""
    paper = colour_of((251, 246, 234))
    pictures: list[Picture] = []
    order: list[int] = []
    width, height = VERTICAL.pixels
    for number in range(int(join.inputs["scenes"])):
        scene = join.needs[f"scene-{number}"]
        needs = {name: made[need.key] for name, need in scene.needs.items()}
        stills, layers = read_stills(needs["layers"])
        timing = encoding.measured(scene.inputs, needs, VERTICAL.fps)
        picture = flat(width, height, paper)
        before: Mapping[str, object] | None = None
        for frame in frames_of(stills, timing, VERTICAL.fps, VERTICAL.scale):
            if frame is not before:
                boxes = [(0, 0, width, height)] if before is None else changes(layers, before, frame)  # type: ignore[arg-type]
                repaint(picture, boxes, layers, frame, paper)
                pictures.append((picture[0].copy(), picture[1].copy(), picture[2].copy()))
            order.append(len(pictures) - 1)
            before = frame
    return pictures, order


def x264_alone(pictures: list[Picture], order: list[int], options: Mapping[str, str]) -> tuple[float, bytes]:
    """CPU seconds of the encoder and the muxer; copying a ready frame into place is not counted."""
    kept = dict(encoding.X264)
    spent_s = 0.0

    def feed(planes: Picture) -> Iterator[None]:
        nonlocal spent_s
        shown = -1
        for index in order:
            start_s = time.process_time()
            if index != shown:
                for plane, ready in zip(planes, pictures[index], strict=True):
                    plane[:] = ready
                shown = index
            spent_s -= time.process_time() - start_s
            yield

    encoding.X264.clear()
    encoding.X264.update(options)
    try:
        start_s = time.process_time()
        video = encoding.encoded(feed, VERTICAL)
        spent_s += time.process_time() - start_s
    finally:
        encoding.X264.clear()
        encoding.X264.update(kept)
    return spent_s, video


def luma_ssim(video: bytes, pictures: list[Picture], order: list[int], every: int = 15) -> float:
    """The least mean SSIM of the luma of frames of a clip against what was painted, in blocks of 8 × 8."""
    worst = 1.0
    with av.open(io.BytesIO(video), "r") as container:
        for number, frame in enumerate(container.decode(video=0)):
            if number % every == 0:
                shown = encoding.planes_of(frame)[0].astype(np.float64)
                worst = min(worst, _ssim(shown, pictures[order[number]][0].astype(np.float64)))
    return worst


def _ssim(one: np.ndarray, other: np.ndarray) -> float:
    def blocks(plane: np.ndarray) -> np.ndarray:
        height, width = (side // 8 for side in plane.shape)
        return plane[: height * 8, : width * 8].reshape(height, 8, width, 8).swapaxes(1, 2).reshape(-1, 64)

    first, second = blocks(one), blocks(other)
    means = first.mean(1), second.mean(1)
    both = ((first - means[0][:, None]) * (second - means[1][:, None])).mean(1)
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    above = (2 * means[0] * means[1] + c1) * (2 * both + c2)
    below = (means[0] ** 2 + means[1] ** 2 + c1) * (first.var(1) + second.var(1) + c2)
    return float((above / below).mean())


def main() -> None:
    """Print the table."""
    planned = plan()
    made, spent = make(planned)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    join = planned.files[0].step
    clip = made[join.key]
    length_s = float(clip.details["duration_s"])
    pictures, order = ready_frames(join, made)
    same_s, _ = x264_alone(pictures, order, dict(encoding.X264))
    plain_s, plain = x264_alone(pictures, order, PLAIN)
    total_s = sum(spent.values())
    size_mb = len(clip.files["clip.mp4"]) / 1e6
    rows = [f"{length_s:.1f} s of clip, {len(order)} frames, {len(pictures)} of them different"]
    rows += [f"  {name:16} {value_s:6.2f} CPU s" for name, value_s in sorted(spent.items(), key=lambda one: -one[1])]
    rows += [
        f"  {'together':16} {total_s:6.2f} CPU s = {total_s / length_s:.3f} a second of clip",
        f"x264 alone, our settings   {same_s:6.2f} CPU s; our pictures encoded: {spent['encode'] / same_s:.2f} × of it",
        f"x264 alone, veryfast crf 22 {plain_s:6.2f} CPU s; the whole clip: {total_s / plain_s:.2f} × of it",
        f"size {size_mb * 30 / length_s:.2f} MB per 30 s; crf 22: {len(plain) * 30 / length_s / 1e6:.2f} without sound",
        f"luma SSIM, worst frame {luma_ssim(clip.files['clip.mp4'], pictures, order):.4f}",
        f"peak memory {peak_mb:.0f} MB",
    ]
    print("\n".join(rows))


if __name__ == "__main__":
    main()
