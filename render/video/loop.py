"""A motion graphic: one picture in which a number comes and goes again, without a seam."""

from __future__ import annotations

import io
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from PIL import Image

from render.errors import GateError
from render.steps import Made, Step
from render.video.encoding import LIBRARIES, encoded
from render.video.layers import Still, read_stills
from render.video.motion import ENTER_S, RISE_PX
from render.video.painter import Frame, Placed, painted
from render.video.planes import colour_of, flat, to_rgb
from render.video.shape import Shape, even, shape_of

SHORTEST_S, LONGEST_S = 6.0, 10.0
EMPTY_S = 0.3  # the picture a loop begins and ends with: what stands, without what comes and goes
APART_S = 0.9  # between what comes one after the other, beyond its entrance
READ_S = 3.0  # everything stands so long, at least
LEAVE_S = 0.3
WEBP_FPS = 15
WEBP_BYTES = 2_000_000


def loop_step(layers: Step, *, shape: Shape, paper: tuple[int, int, int]) -> Step:
    """The step of a loop's pictures, as one unit of a clip."""
    return Step(
        run="render.video.loop:encode_loop",
        inputs={"shape": shape.as_data(), "paper": list(paper)},
        needs={"layers": layers},
        libraries=LIBRARIES,
    )


def webp_step(layers: Step, *, shape: Shape, paper: tuple[int, int, int]) -> Step:
    """The step of the same loop as animated WebP, for screens and messages that show pictures only."""
    return Step(
        run="render.video.loop:animate",
        inputs={"shape": shape.as_data(), "paper": list(paper)},
        needs={"layers": layers},
        libraries=("Pillow", "numpy"),
    )


def webp_gate(animation: Step) -> Step:
    """The gate on the WebP: its size, its length, that it goes round for ever."""
    return Step(run="render.video.loop:check_webp", inputs={}, needs={"webp": animation}, libraries=("Pillow",))


def encode_loop(inputs: Mapping[str, Any], needs: Mapping[str, Made]) -> Made:
    """`packets` of the frames that differ from the one before; `frames` is the loop's length."""
    shape = shape_of(inputs["shape"])
    stills, layers = read_stills(needs["layers"])
    frames = loop_frames(stills, shape.fps, shape.scale)
    paper = colour_of((inputs["paper"][0], inputs["paper"][1], inputs["paper"][2]))
    return encoded(painted(frames, layers, paper), shape).made({"frames": len(frames)})


def animate(inputs: Mapping[str, Any], needs: Mapping[str, Made]) -> Made:
    """`loop.webp`."""
    shape = shape_of(inputs["shape"])
    stills, layers = read_stills(needs["layers"])
    frames = loop_frames(stills, shape.fps, shape.scale)
    paper = colour_of((inputs["paper"][0], inputs["paper"][1], inputs["paper"][2]))
    picture = flat(*shape.pixels, paper)
    shown: list[Image.Image] = []
    begins: list[int] = []  # in milliseconds: players keep whole ones, and the loop as a whole keeps its length
    every = shape.fps // WEBP_FPS
    for number in painted(frames[::every], layers, paper)(picture):
        shown.append(to_rgb(picture))
        begins.append(round(1000 * number * every / shape.fps))
    begins.append(round(1000 * len(frames) / shape.fps))
    buffer = io.BytesIO()
    shown[0].save(
        buffer,
        "WEBP",
        save_all=True,
        append_images=shown[1:],
        duration=[end - start for start, end in itertools.pairwise(begins)],
        loop=0,
        quality=82,
        method=3,
        allow_mixed=True,
    )
    return Made(
        files={"loop.webp": buffer.getvalue()},
        details={"bytes": buffer.tell(), "duration_s": begins[-1] / 1000, "pictures": len(shown)},
    )


def check_webp(inputs: Mapping[str, Any], needs: Mapping[str, Made]) -> Made:  # noqa: ARG001 (a step's shape)
    """Raises a GateError; `details` hold what was measured."""
    data = needs["webp"].files["loop.webp"]
    with Image.open(io.BytesIO(data)) as image:
        pictures, goes_round = getattr(image, "n_frames", 1), image.info.get("loop") == 0
        lasts_ms = 0
        for number in range(pictures):
            image.seek(number)
            image.load()
            lasts_ms += image.info["duration"]
    if pictures < 2 or not goes_round or not SHORTEST_S <= lasts_ms / 1000 <= LONGEST_S:
        raise GateError(
            f"the animation lasts {lasts_ms / 1000:.1f} s in {pictures} pictures", gate="length", mend="Build it again"
        )
    if len(data) > WEBP_BYTES:
        raise GateError(
            f"the animation is {len(data) / 1e6:.1f} MB, {WEBP_BYTES / 1e6:.0f} are allowed",
            gate="size",
            mend="Shorten the title or the figure's words",
        )
    return Made(files={}, details={"duration_s": lasts_ms / 1000, "pictures": pictures, "bytes": len(data)})


def loop_frames(stills: Sequence[Still], fps: int, scale: float) -> list[Frame]:
    """What stands in each frame: what moves comes one after the other, stands, and leaves together.

    The last frame shows what the first shows, so a player that begins anew shows no seam.
    """
    begins: dict[str, tuple[int, int]] = {}
    at_s, turn = EMPTY_S, 0
    for still in stills:
        if still.enter == "still":
            continue
        if still.at > turn:
            at_s, turn = at_s + APART_S, still.at
        begins[still.slot] = round(at_s * fps), round((at_s + ENTER_S[still.enter]) * fps)
        at_s += ENTER_S[still.enter]
    total_s = min(LONGEST_S, max(SHORTEST_S + 2, at_s + READ_S + LEAVE_S + EMPTY_S))
    total, leaves = round(total_s * fps), round((total_s - EMPTY_S - LEAVE_S) * fps)
    gone = round((total_s - EMPTY_S) * fps)
    frames: list[Frame] = []
    for number in range(total):
        frame: dict[str, Placed] = {}
        for still in stills:
            here = Placed(still.name, still.x, still.y)
            if still.slot not in begins:
                frame[still.slot] = here
            elif begins[still.slot][0] <= number < gone:
                if number >= leaves:
                    share = (number - leaves + 1) / (gone - leaves + 1)
                    frame[still.slot] = replace(here, opacity=round((1 - share) ** 2, 4))
                else:
                    frame[still.slot] = _entering(here, number, *begins[still.slot], scale)
        frames.append(frame)
    return frames


def _entering(here: Placed, number: int, start: int, end: int, scale: float) -> Placed:
    if number >= end:
        return here
    eased = 1 - (1 - (number - start + 1) / (end - start)) ** 3
    return replace(here, y=here.y + even(RISE_PX * scale * (1 - eased)), opacity=eased)
