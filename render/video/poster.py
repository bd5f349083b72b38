"""The step that makes a clip's poster: how a scene looks when everything is in its place."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

from render.steps import Made, Step
from render.video.layers import read_stills
from render.video.motion import last_frame
from render.video.painter import repaint
from render.video.planes import colour_of, flat, to_rgb
from render.video.shape import Shape, shape_of


def poster_step(layers: Step, *, shape: Shape, paper: tuple[int, int, int]) -> Step:
    """The step of the poster: how a scene looks when everything is in its place, without captions."""
    return Step(
        run="render.video.poster:draw_poster",
        inputs={"shape": shape.as_data(), "paper": list(paper)},
        needs={"layers": layers},
        libraries=("Pillow", "numpy"),
    )


def draw_poster(inputs: Mapping[str, Any], needs: Mapping[str, Made]) -> Made:
    """`poster.webp`, in the very colours of the clip."""
    width, height = shape_of(inputs["shape"]).pixels
    stills, layers = read_stills(needs["layers"])
    paper = colour_of((inputs["paper"][0], inputs["paper"][1], inputs["paper"][2]))
    picture = flat(width, height, paper)
    repaint(picture, [(0, 0, width, height)], layers, last_frame(stills), paper)
    buffer = io.BytesIO()
    to_rgb(picture).save(buffer, "WEBP", quality=85, method=2)
    return Made(files={"poster.webp": buffer.getvalue()}, details={"bytes": buffer.tell()})
