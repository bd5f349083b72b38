"""Units whose picture moves all the time: a film or a photograph that is slowly approached, under what the scene says.

They are encoded by the same parameters as the other units, so that they join, but with a quantiser that follows the
picture: what moves everywhere would cost ten times what a clip may weigh. A unit knows where it stands in its scene
(the film goes on through all its lines), so another voice encodes it and those after it anew.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from PIL import Image

from render.article import Picture as Photo
from render.late import Late
from render.photo import photo_step
from render.steps import Made, Step
from render.video.encoding import LIBRARIES, QP, X264, encoded
from render.video.footage import LIBRARIES as FILM
from render.video.footage import held_s, pictures_of
from render.video.layers import read_stills
from render.video.motion import frames_of
from render.video.painter import Frame, Placed
from render.video.planes import Picture, blend, layer_of
from render.video.shape import Shape, shape_of
from render.video.timing import guessed_frames, unit_of

if TYPE_CHECKING:
    import numpy as np
else:
    np = Late("numpy")

KBPS = 2200  # of pictures that move: a clip that is one third film stays below 6 MB in 30 s
KBPS_ALL = 1450  # where most of the clip moves
ZOOM_PER_S = 0.012  # a photograph is approached by this share a second: seen, and not felt
ZOOM_MOST = 1.25
UNDER_LAYERS = "backdrop"  # the slot of a template's own still of what moves here: a poster shows it

_HELD = "Phim ngắn hơn lời đọc: hình cuối đứng yên {seconds} giây"
_HELD_TOLD_S = 0.5
_COARSE = "Ảnh chỉ rộng {has} điểm, nên có từ {needs}: trong phim sẽ hơi mờ"
_COARSE_BELOW = 0.6


@dataclass(frozen=True)
class Backdrop:
    """What moves behind a scene: the step of a film that was cut out, or of a photograph that was prepared."""

    kind: Literal["film", "still"]
    step: Step
    focus: tuple[float, float]
    kbps: int = KBPS


def moving_step(
    layers: Step,
    captions: Step | None,
    voices: Sequence[Step],
    backdrop: Backdrop,
    *,
    rhythms: Sequence[Mapping[str, Any]],
    line: int,
    lines: int,
    shape: Shape,
    where: str,
) -> Step:
    """The step of the unit of `line`; `rhythms` and `voices` are those of its scene, one a line."""
    counted = [
        {**one, "captions": len(one["captions"]) if one["captions"] is not None else None} for one in rhythms[:line]
    ]
    needs = {"layers": layers, "backdrop": backdrop.step}
    needs |= {f"voice-{number}": voice for number, voice in enumerate(voices[: line + 1])}
    return Step(
        run="render.video.moving:encode_moving",
        inputs={
            "rhythms": [*counted, dict(rhythms[line])],
            "line": line,
            "lines": lines,
            "shape": shape.as_data(),
            "kind": backdrop.kind,
            "focus": list(backdrop.focus),
            "kbps": backdrop.kbps,
            "where": where,
        },
        needs={**needs, **({"captions": captions} if captions is not None else {})},
        libraries=tuple(dict.fromkeys((*LIBRARIES, *FILM))),
        frames=guessed_frames(rhythms[line], shape.fps),
    )


def still_step(photo: Photo, shape: Shape, paper: str) -> Step:
    """The step that prepares a photograph for `Backdrop`: wide enough to cover the shape and be approached."""
    return photo_step(photo, width_px=covering_px(photo, shape), bytes_most=3_000_000, paper=paper)


def covering_px(photo: Photo, shape: Shape) -> int:
    """How wide a photograph must be to cover the shape when it is nearest."""
    wide, high = shape.pixels
    return math.ceil(max(wide, high * photo.width_px / photo.height_px) * ZOOM_MOST)


def coarse(photo: Photo, shape: Shape) -> str:
    """What the editor should know of a photograph that is too small for the shape; "" if it is not."""
    needs = math.ceil(covering_px(photo, shape) / ZOOM_MOST)
    return _COARSE.format(has=photo.width_px, needs=needs) if photo.width_px < needs * _COARSE_BELOW else ""


def kbps_for(moving: int, scenes: int) -> int:
    """What the pictures of a moving scene may weigh, where so many of a clip's scenes move."""
    return KBPS if 3 * moving <= scenes else KBPS_ALL


def encode_moving(inputs: Mapping[str, Any], needs: Mapping[str, Made]) -> Made:
    """`packets` of every frame of a unit, as of a unit that was laid; a warning where the film is too short."""
    shape = shape_of(inputs["shape"])
    line = int(inputs["line"])
    spoken = [needs[f"voice-{number}"].details["duration_s"] if f"voice-{number}" in needs else 0.0
              for number in range(line + 1)]  # fmt: skip
    units = [unit_of(one, float(said), shape.fps) for one, said in zip(inputs["rhythms"], spoken, strict=True)]
    first, unit = sum(one.frames for one in units[:-1]), units[-1]
    stills, layers = read_stills(needs["layers"])
    entering = frames_of(stills, line, inputs["lines"], shape.fps, shape.scale)
    captions: list[tuple[float, float, Placed]] = []
    if "captions" in needs:
        drawn, more = read_stills(needs["captions"], "caption-")
        layers.joined(more)
        captions = [
            (cue.start_s, cue.end_s, Placed(still.name, still.x, still.y))
            for still, cue in zip(drawn, unit.cues, strict=True)
        ]

    def stands(number: int) -> Frame:
        frame = {slot: one for slot, one in entering[min(number, len(entering) - 1)].items() if slot != UNDER_LAYERS}
        said = next((one for start, end, one in captions if start - 1e-6 <= number / shape.fps < end - 1e-6), None)
        return {**frame, "caption": said} if said else frame

    width, height = shape.pixels
    box = (0, 0, width, height)
    behind = _pictures(inputs, needs["backdrop"], shape, first, unit.frames)

    def paint(picture: Picture) -> Iterator[int]:
        for number, under in enumerate(behind):
            for plane, own in zip(picture, under, strict=True):
                plane[:] = own
            for placed in stands(number).values():
                cut = box if placed.shown >= 1 else _grown(placed, layers[placed.layer].width, height)
                blend(picture, layers[placed.layer], (placed.x, placed.y), within=cut, opacity=placed.opacity)
            yield number

    made = encoded(paint, shape, x264_moving(inputs["kbps"])).made({"frames": unit.frames, "painted": unit.frames})
    return Made(files=made.files, details=made.details, warnings=_warned(inputs, needs["backdrop"], first, unit.frames))


def x264_moving(kbps: int) -> dict[str, str]:
    """The encoder for pictures that move: the parameter sets are those of X264, the decisions better ones."""
    own = f"crf={QP}:vbv-maxrate={kbps}:vbv-bufsize={kbps}:rc-lookahead=20:mbtree=1:aq-mode=1:subme=2:me=hex"
    same = "keyint=infinite:scenecut=0:open-gop=0:bframes=0:ref=1:weightp=0:psy=0:chromaloc=1"
    return {**X264, "x264-params": f"{own}:{same}"}


def _pictures(inputs: Mapping[str, Any], backdrop: Made, shape: Shape, first: int, count: int) -> Iterator[Picture]:
    if inputs["kind"] == "film":
        return pictures_of(
            backdrop, size=shape.pixels, focus=inputs["focus"], fps=shape.fps, first=first, count=count,
            where=inputs["where"],
        )  # fmt: skip
    return approached(backdrop.files["picture"], inputs["focus"], shape, first, count)


def approached(photo: bytes, focus: Sequence[float], shape: Shape, first: int, count: int) -> Iterator[Picture]:
    """A photograph from frame `first` of its scene on, nearer by a little each frame; by parts of a pixel.

    The window shrinks about the focus. Each plane is resampled by itself: no colour is converted twice.
    """
    with Image.open(io.BytesIO(photo)) as opened:
        image = opened.convert("RGB")
    image = image.crop((0, 0, image.width - image.width % 2, image.height - image.height % 2))
    buffer = io.BytesIO()
    image.save(buffer, "PPM")
    planes = [Image.fromarray(plane) for plane in layer_of(buffer.getvalue()).picture]
    width, height = shape.pixels
    scale = min(image.width / width, image.height / height)
    for number in range(first, first + count):
        near = min(math.exp(ZOOM_PER_S * number / shape.fps), ZOOM_MOST)
        box = seen(image.size, (width * scale / near, height * scale / near), (width * scale, height * scale), focus)
        luma, blue, red = (
            np.asarray(plane.resize((width // part, height // part), Image.Resampling.BICUBIC,
                                    box=(box[0] / part, box[1] / part, box[2] / part, box[3] / part)))
            for plane, part in zip(planes, (1, 2, 2), strict=True)
        )  # fmt: skip
        yield luma, blue, red


def seen(
    size: tuple[int, int], window: tuple[float, float], widest: tuple[float, float], focus: Sequence[float]
) -> tuple[float, float, float, float]:
    """The window of a size: within the widest one, that holds the focus as near its middle as can be, towards it."""
    corners: list[float] = []
    for whole, wide, small, point in zip(size, widest, window, focus, strict=True):
        start = min(max(0.0, point * whole - wide / 2), whole - wide)
        share = min(max((point * whole - start) / wide, 0.0), 1.0)  # where in the widest one the focus stands
        corners.append(start + (wide - small) * share)
    left, top = corners
    return left, top, min(left + window[0], float(size[0])), min(top + window[1], float(size[1]))


def _grown(placed: Placed, width: int, height: int) -> tuple[int, int, int, int]:
    """What is there of something that grows across."""
    return placed.x, 0, placed.x + 2 * round(width * placed.shown / 2), height


def _warned(inputs: Mapping[str, Any], backdrop: Made, first: int, frames: int) -> tuple[str, ...]:
    if inputs["kind"] != "film":
        return ()
    still_s = held_s(backdrop, frames=first + frames, fps=inputs["shape"]["fps"])
    return (_HELD.format(seconds=f"{still_s:.1f}".replace(".", ",")),) if still_s > _HELD_TOLD_S else ()
