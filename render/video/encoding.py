"""The steps that encode: what enters in a scene, its captions, and the packet that says "as before".

Everything that moves is encoded once, without knowing when: the stretch of a line as its base and the frames in which
something enters; its captions apart from it, each as one frame over what lies behind them. render/video/laying.py
lays both in time by the voice, render/video/mux.py fills the frames between with a packet in which nothing changes:
x264's own, made once for a shape. So a voice of another length encodes no picture, and another caption one frame.
"""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

from render.late import Late
from render.steps import Made, Step
from render.video.layers import read_stills
from render.video.laying import lay_step
from render.video.motion import entries_of, frames_of
from render.video.painter import Frame, Placed, painted
from render.video.planes import Picture, colour_of, packed, unpacked
from render.video.shape import Shape, shape_of
from render.video.stretch import Stretch, length_prefixed

if TYPE_CHECKING:
    import av
    import numpy as np
    from av.packet import Packet
    from av.video.codeccontext import VideoCodecContext
    from av.video.stream import VideoStream
else:
    av = Late("av")
    np = Late("numpy")

LIBRARIES = ("av", "numpy", "Pillow")

# A constant quantiser and no look-ahead: flat fields and type have no use for rate control, which costs a quarter of
# the encoder's time and saves no byte. Everything moves by whole pixels, so no search between them. No B-frames, one
# reference: a frame then says nothing but what changed since the one before, and a held one nothing at all.
QP = 22
X264 = {
    "preset": "veryfast",
    "profile": "high",
    "forced-idr": "1",
    "x264-params": f"qp={QP}:keyint=infinite:scenecut=0:open-gop=0:bframes=0:ref=1"
    ":rc-lookahead=0:sync-lookahead=0:mbtree=0:weightp=0:subme=0:me=dia:psy=0:chroma-me=0"
    ":chromaloc=1",  # our chroma is the mean of two by two
}
TIME_BASE = Fraction(1, 15360)
BT709 = 1  # in all four places where H.264 asks for colour: range (1 is limited), matrix, primaries, transfer


def unit_step(
    layers: Step,
    captions: Step | None,
    voice: Step | None,
    *,
    rhythm: Mapping[str, Any],
    line: int,
    lines: int,
    shape: Shape,
    paper: tuple[int, int, int],
) -> Step:
    """The step of one unit: line `line` of a scene of `lines`, with its captions and its voice where it has them."""
    seen = {"line": line, "lines": lines, "shape": shape.as_data(), "paper": list(paper)}
    content = Step(run="render.video.encoding:encode", inputs=seen, needs={"layers": layers}, libraries=LIBRARIES)
    needs = {"content": content}
    if captions is not None:
        needs["captions"] = Step(
            run="render.video.encoding:overlay",
            inputs={"shape": shape.as_data()},
            needs={"content": content, "captions": captions},
            libraries=LIBRARIES,
        )
    return lay_step(content, needs.get("captions"), voice, rhythm=rhythm, fps=shape.fps)


def held_step(shape: Shape) -> Step:
    """The step of the packet that says "as before"; one for all clips of a shape."""
    return Step(run="render.video.encoding:hold", inputs={"shape": shape.as_data()}, libraries=LIBRARIES)


def encode(inputs: Mapping[str, Any], needs: Mapping[str, Made]) -> Made:
    """`packets`: the base of a line and what enters with it, frame by frame; H.264 High, BT.709.

    `behind` is the picture when all has come, and `apart` in `details` whether it was there from the first frame on.
    """
    shape = shape_of(inputs["shape"])
    stills, layers = read_stills(needs["layers"])
    frames = frames_of(stills, inputs["line"], inputs["lines"], shape.fps, shape.scale)
    paper = colour_of((inputs["paper"][0], inputs["paper"][1], inputs["paper"][2]))
    behind = b""

    def paint(picture: Picture) -> Iterator[int]:
        nonlocal behind
        yield from painted(frames, layers, paper)(picture)
        behind = packed(picture)

    entries = entries_of(stills, inputs["line"], inputs["lines"], shape.fps)
    apart = not any(entry.end for entry in entries)
    made = encoded(paint, shape).made({"frames": len(frames), "apart": apart})
    return Made(files={**made.files, "behind": behind}, details=made.details)


def overlay(inputs: Mapping[str, Any], needs: Mapping[str, Made]) -> Made:
    """`packets`: what lies behind the captions of a line, and one frame for each of them.

    A square of which a frame says nothing may still be taken from beside its place, with the motion of its neighbours:
    on a flat field that looks the same and costs nothing. So a caption is encoded over all that stands behind it, not
    only over its rows, and waits for all that enters: that would else draw flat field over the caption.
    """
    shape = shape_of(inputs["shape"])
    captions, drawn = read_stills(needs["captions"])
    behind = unpacked(needs["content"].files["behind"], *shape.pixels)
    frames: list[Frame] = [{}, *({"caption": Placed(still.name, still.x, still.y)} for still in captions)]
    return encoded(painted(frames, drawn, behind), shape).made({"captions": len(captions)})


def hold(inputs: Mapping[str, Any], needs: Mapping[str, Made]) -> Made:  # noqa: ARG001 (a step's shape)
    """A flat picture and one frame in which nothing changes, as packets; `held.mp4`, a file of the picture alone."""
    shape = shape_of(inputs["shape"])

    def paint(picture: Picture) -> Iterator[int]:
        for plane in picture:
            plane[:] = 128
        yield from (0, 1)

    made = encoded(paint, shape).made({})
    return Made(
        files={**made.files, "held.mp4": template(lambda planes: itertools.islice(paint(planes), 1), shape)},
        details=made.details,
    )


def template(paint: Callable[[Picture], Iterator[int]], shape: Shape) -> bytes:
    """A file of these frames, whose stream a muxer may copy."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4", options={"fflags": "+bitexact"}) as container:
        stream = container.add_stream("libx264", rate=shape.fps)
        prepare(stream.codec_context, shape)
        stream.time_base = TIME_BASE
        for packet in packets(stream, paint, shape):
            container.mux(packet)
    return buffer.getvalue()


def encoded(
    paint: Callable[[Picture], Iterator[int]], shape: Shape, x264: Mapping[str, str] = MappingProxyType(X264)
) -> Stretch:
    """The packets of the frames that `paint(planes)` paints into the same planes one after the other, by number."""
    context = av.CodecContext.create("libx264", "w")
    prepare(context, shape, x264)
    found: list[tuple[int, bytes, bool]] = []
    step = TIME_BASE.denominator // shape.fps
    for packet in packets(context, paint, shape):
        if packet.pts is not None:
            found.append((packet.pts // step, length_prefixed(bytes(packet)), packet.is_keyframe))
    return Stretch(tuple(found), (context.extradata or b"").hex())


def prepare(context: VideoCodecContext, shape: Shape, x264: Mapping[str, str] = MappingProxyType(X264)) -> None:
    """Set an encoder up: all units of a shape alike, or their packets could not stand in one file."""
    context.width, context.height = shape.pixels
    context.pix_fmt = "yuv420p"
    context.framerate = Fraction(shape.fps)
    context.time_base = TIME_BASE
    context.options = dict(x264)
    context.flags |= av.codec.context.Flags.global_header
    context.thread_type, context.thread_count = "FRAME", 1
    tag_bt709(context)


def packets(
    encoder: VideoCodecContext | VideoStream, paint: Callable[[Picture], Iterator[int]], shape: Shape
) -> Iterator[Packet[VideoStream]]:
    """What an encoder makes of the frames that are painted."""
    frame = av.VideoFrame(*shape.pixels, "yuv420p")
    frame.time_base = TIME_BASE
    frame.color_range, frame.colorspace = BT709, BT709
    step, kinds = TIME_BASE.denominator // shape.fps, av.video.frame.PictureType
    for number in paint(planes_of(frame)):
        frame.pts = number * step
        frame.pict_type = kinds.NONE if number else kinds.I
        yield from encoder.encode(frame)
    yield from encoder.encode(None)


def tag_bt709(context: Any) -> None:
    """Say in the stream how its colours are meant; players guess otherwise, each in its own way."""
    context.color_range = context.colorspace = context.color_primaries = context.color_trc = BT709


def planes_of(frame: av.VideoFrame) -> Picture:
    """The planes of a frame, writable in place."""
    luma, blue, red = (
        np.frombuffer(cast("memoryview[int]", plane), np.uint8).reshape(plane.height, plane.line_size)[:, : plane.width]
        for plane in frame.planes
    )
    return luma, blue, red
