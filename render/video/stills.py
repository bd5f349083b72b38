"""A scene as a picture, everything in its place: for editors who look at a storyboard before a clip is made."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from PIL import Image

from render.late import Late
from render.steps import Made, Step
from render.video.footage import pictures_of
from render.video.layers import read_stills
from render.video.motion import last_frame
from render.video.moving import Backdrop, approached
from render.video.painter import repaint
from render.video.planes import Picture, blend, colour_of, flat, to_rgb
from render.video.shape import Shape

if TYPE_CHECKING:
    import numpy as np
else:
    np = Late("numpy")


def still_of(
    layers: Step, captions: Step | None, backdrop: Backdrop | None, *, shape: Shape, paper: tuple[int, int, int]
) -> Image.Image:
    """What the scene shows at its end, with its first caption, before what moves behind it."""
    width, height = shape.pixels
    stills, found = read_stills(made(layers))
    frame = dict(last_frame(stills))
    if captions:
        said, drawn = read_stills(made(captions), "caption-")
        found.joined(drawn)
        frame |= last_frame(said[:1])
    ground = colour_of(paper)
    if backdrop is None:
        picture = flat(width, height, ground)
        repaint(picture, [(0, 0, width, height)], found, frame, ground)
        return to_rgb(picture)
    picture = _behind(backdrop, shape)
    for placed in frame.values():
        blend(picture, found[placed.layer], (placed.x, placed.y), within=(0, 0, width, height))
    return to_rgb(picture)


def made(step: Step) -> Made:
    """A step made here and now, with all it stands on."""
    needs = {name: made(need) for name, need in step.needs.items()}
    carried = {name: Made(files={"bytes": path.read_bytes()}) for name, path in step.carries.items()}
    return step.function()(step.inputs, {**needs, **carried})


def _behind(backdrop: Backdrop, shape: Shape) -> Picture:
    """The first picture of what moves."""
    cut = made(backdrop.step)
    if backdrop.kind == "film":
        frames = pictures_of(
            cut, size=shape.pixels, focus=backdrop.focus, fps=shape.fps, first=0, count=1, where="storyboard"
        )
    else:
        frames = approached(cut.files["picture"], backdrop.focus, shape, 0, 1)
    (first,) = itertools.islice(frames, 1)
    luma, blue, red = (np.array(plane) for plane in first)
    return luma, blue, red
