"""The steps that encode: the pictures of a unit into packets of H.264, and the packets of frames that hold still.

A unit is the stretch of one line. Only frames that differ from the one before go through the encoder. After each
change that then stands, a new closed group of pictures begins, so that what stands may be told by packets that say
"as before": x264's own, made once for a shape from a flat picture. They hold no picture, only their place in the
group, so they fit behind any. render/video/mux.py lays them into the gaps that the times of a unit's packets leave.
"""

from __future__ import annotations

import io
import itertools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, cast

import av
import numpy as np
from av.codec.context import Flags
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType
from av.video.stream import VideoStream

from render.errors import StepError
from render.steps import Made, Step
from render.video.layers import Still, read_stills
from render.video.motion import frames_of
from render.video.painter import Frame, changes, repaint
from render.video.planes import Picture, colour_of
from render.video.shape import Shape, shape_of
from render.video.timing import Unit, unit_of

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

# What begins a part of a packet as x264 writes it; within a part it never occurs.
_MARK = re.compile(rb"\x00?\x00\x00\x01")

# Frames that hold still for so long are told by packets of their own and followed by a new group of pictures: its
# whole first picture costs as much to encode as about four frames that hold.
HELD_LEAST = 8
# After so many frames the packets of held frames repeat: the stream counts frames to 16, and x264 varies a bit of
# stuffing that no decoder reads over 32.
HELD_CYCLE = 32


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
    needs = {"layers": layers, "captions": captions, "voice": voice}
    return Step(
        run="render.video.encoding:encode",
        inputs={"rhythm": rhythm, "line": line, "lines": lines, "shape": shape.as_data(), "paper": list(paper)},
        needs={name: step for name, step in needs.items() if step is not None},
        libraries=LIBRARIES,
    )


def held_step(shape: Shape) -> Step:
    """The step of the packets that say "as before"; one for all clips of a shape."""
    return Step(run="render.video.encoding:hold", inputs={"shape": shape.as_data()}, libraries=LIBRARIES)


def encode(inputs: Mapping[str, Any], needs: Mapping[str, Made]) -> Made:
    """`packets`: H.264 High, BT.709, only the frames that change; where each lies is in `details`, with `frames`."""
    shape = shape_of(inputs["shape"])
    unit = measured(inputs, needs, shape.fps)
    stills, layers = read_stills(needs["layers"])
    captions = list[Still]()
    if "captions" in needs:
        captions, drawn = read_stills(needs["captions"], "caption-")
        layers.joined(drawn)
    frames = frames_of(stills, captions, inputs["line"], inputs["lines"], unit, shape.fps, shape.scale)
    shots = shots_of(frames)
    paper = colour_of((inputs["paper"][0], inputs["paper"][1], inputs["paper"][2]))
    width, height = shape.pixels

    def paint(picture: Picture) -> Iterator[Shot]:
        before: Frame | None = None
        for shot in shots:
            if before is None:
                repaint(picture, [(0, 0, width, height)], layers, shot.frame, paper)
            elif shot.frame is not before:
                repaint(picture, changes(layers, before, shot.frame), layers, shot.frame, paper)
            before = shot.frame
            yield shot

    return encoded(paint, shape).made({"frames": unit.frames, "painted": len(shots)})


def hold(inputs: Mapping[str, Any], needs: Mapping[str, Made]) -> Made:  # noqa: ARG001 (a step's shape)
    """`held.mp4`: a flat picture, and a cycle of frames in which nothing changes; its packets as of a unit."""
    shape = shape_of(inputs["shape"])

    def paint(picture: Picture) -> Iterator[Shot]:
        for plane in picture:
            plane[:] = 128
        for number in range(2 * HELD_CYCLE + 1):
            yield Shot({}, number, number == 0)

    stretch = encoded(paint, shape)
    said = [data for _, data, _ in stretch.packets]
    if said[1 : HELD_CYCLE + 1] != said[HELD_CYCLE + 1 :]:
        raise StepError("x264 counts held frames otherwise than we do", where="held frames")
    made = stretch.made({"bytes": sum(map(len, said[1:]))})
    return Made(
        files={**made.files, "held.mp4": _template(lambda planes: itertools.islice(paint(planes), 1), shape)},
        details=made.details,
    )


def _template(paint: Callable[[Picture], Iterator[Shot]], shape: Shape) -> bytes:
    """A file of these frames, whose stream a muxer may copy."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4", options={"fflags": "+bitexact"}) as container:
        stream = container.add_stream("libx264", rate=shape.fps)
        prepare(stream.codec_context, shape)
        stream.time_base = TIME_BASE
        for packet in packets(stream, paint, shape):
            container.mux(packet)
    return buffer.getvalue()


def measured(inputs: Mapping[str, Any], needs: Mapping[str, Made], fps: int) -> Unit:
    """The timing of a unit from the voice a step needs."""
    duration_s = float(needs["voice"].details["duration_s"]) if "voice" in needs else 0.0
    return unit_of(inputs["rhythm"], duration_s, fps)


@dataclass(frozen=True)
class Stretch:
    """The packets of one encoding: the number of each frame, its data, whether it is a key frame."""

    packets: tuple[tuple[int, bytes, bool], ...]
    parameters: str  # the parameter sets of the stream, in hex: units of one clip share them

    def made(self, details: Mapping[str, Any]) -> Made:
        """As a step hands it on."""
        index = [[number, len(data), key] for number, data, key in self.packets]
        told = {**details, "index": index, "parameters": self.parameters}
        return Made(files={"packets": b"".join(data for _, data, _ in self.packets)}, details=told)

    @classmethod
    def of(cls, made: Made) -> Stretch:
        """What `made` has handed on."""
        data, at, found = made.files["packets"], 0, list[tuple[int, bytes, bool]]()
        for number, size, key in made.details["index"]:
            found.append((number, data[at : at + size], key))
            at += size
        return cls(tuple(found), made.details["parameters"])


@dataclass(frozen=True)
class Shot:
    """A frame that goes through the encoder: what it shows, its number, whether a group of pictures begins with it."""

    frame: Frame
    number: int
    opens: bool


def shots_of(frames: Iterator[Frame] | Sequence[Frame]) -> list[Shot]:
    """Which frames of a unit are encoded; the others hold what the one before shows."""
    runs: list[tuple[Frame, int]] = []
    for frame in frames:
        if runs and frame is runs[-1][0]:
            runs[-1] = frame, runs[-1][1] + 1
        else:
            runs.append((frame, 1))
    shots: list[Shot] = []
    at, opens, left = 0, True, sum(count for _, count in runs)
    for frame, count in runs:
        left -= count
        # Two groups of pictures with one frame between them are more than a decoder has to bear.
        held = count >= HELD_LEAST and left != 1
        shots += [Shot(frame, at + number, opens and number == 0) for number in range(1 if held else count)]
        at += count
        opens = held
    return shots


def encoded(paint: Callable[[Picture], Iterator[Shot]], shape: Shape) -> Stretch:
    """The packets of the frames that `paint(planes)` paints one after the other into the same planes."""
    context = av.CodecContext.create("libx264", "w")
    prepare(context, shape)
    found: list[tuple[int, bytes, bool]] = []
    step = TIME_BASE.denominator // shape.fps
    for packet in packets(context, paint, shape):
        if packet.pts is not None:
            found.append((packet.pts // step, length_prefixed(bytes(packet)), packet.is_keyframe))
    return Stretch(tuple(found), (context.extradata or b"").hex())


def prepare(context: VideoCodecContext, shape: Shape) -> None:
    """Set an encoder up: all units of a shape alike, or their packets could not stand in one file."""
    context.width, context.height = shape.pixels
    context.pix_fmt = "yuv420p"
    context.framerate = Fraction(shape.fps)
    context.time_base = TIME_BASE
    context.options = dict(X264)
    context.flags |= Flags.global_header
    context.thread_type, context.thread_count = "FRAME", 1
    tag_bt709(context)


def packets(
    encoder: VideoCodecContext | VideoStream, paint: Callable[[Picture], Iterator[Shot]], shape: Shape
) -> Iterator[Packet[VideoStream]]:
    """What an encoder makes of the frames that are painted."""
    frame = av.VideoFrame(*shape.pixels, "yuv420p")
    frame.time_base = TIME_BASE
    frame.color_range, frame.colorspace = BT709, BT709
    step = TIME_BASE.denominator // shape.fps
    for shot in paint(planes_of(frame)):
        frame.pts = shot.number * step
        frame.pict_type = PictureType.I if shot.opens else PictureType.NONE
        yield from encoder.encode(frame)
    yield from encoder.encode(None)


def length_prefixed(data: bytes) -> bytes:
    """A packet as MP4 holds it: the length of each part before it, instead of a mark that begins it."""
    parts = [part for part in _MARK.split(data) if part]
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


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
