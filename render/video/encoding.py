"""The step that encodes one scene: painted, fed to x264 and kept as an MP4 of its own, ready to be joined."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any, cast

import av
import numpy as np

from render.steps import Made, Step
from render.video.layers import read_stills
from render.video.motion import frames_of
from render.video.painter import changes, repaint
from render.video.planes import Picture, colour_of
from render.video.shape import Shape, shape_of
from render.video.timing import Timing, timing_of

LIBRARIES = ("av", "numpy", "Pillow")

# One closed group of pictures a scene, so that scenes can be joined by copying packets; three B-frames between two
# P-frames, always. A constant quantiser and no look-ahead: flat fields and type have no use for rate control, which
# costs a quarter of the encoder's time and saves no byte. Everything moves by whole pixels, so no search between them.
# CPU seconds of 37 s of clip: 8.4 with crf 22, 6.5 with a constant quantiser, 5.6 as it stands; luma SSIM 0.999.
QP = 22
X264 = {
    "preset": "veryfast",
    "profile": "high",
    "x264-params": f"qp={QP}:keyint=infinite:scenecut=0:open-gop=0:bframes=3:b-adapt=0:b-pyramid=none"
    ":rc-lookahead=0:sync-lookahead=0:mbtree=0:weightp=0:weightb=0:subme=0:me=dia:psy=0:chroma-me=0"
    ":chromaloc=1",  # our chroma is the mean of two by two
}
TIME_BASE = Fraction(1, 15360)
BT709 = 1  # in all four places where H.264 asks for colour: range (1 is limited), matrix, primaries, transfer


def scene_step(
    layers: Step, voices: Mapping[str, Step], *, rhythm: Mapping[str, Any], shape: Shape, paper: tuple[int, int, int]
) -> Step:
    """The step of one scene; `voices` are named `voice-0`, `voice-1`… in the order of its lines."""
    return Step(
        run="render.video.encoding:encode",
        inputs={"rhythm": rhythm, "shape": shape.as_data(), "paper": list(paper), "lines": len(voices)},
        needs={"layers": layers, **voices},
        libraries=LIBRARIES,
    )


def encode(inputs: Mapping[str, Any], needs: Mapping[str, Made]) -> Made:
    """`scene.mp4`: H.264 High, BT.709, constant frame rate, no sound; `frames` in `details`."""
    shape = shape_of(inputs["shape"])
    timing = measured(inputs, needs, shape.fps)
    stills, layers = read_stills(needs["layers"])
    paper = colour_of((inputs["paper"][0], inputs["paper"][1], inputs["paper"][2]))
    width, height = shape.pixels
    painted = 0

    def pictures(picture: Picture) -> Iterator[None]:
        nonlocal painted
        before: Mapping[str, Any] | None = None
        for frame in frames_of(stills, timing, shape.fps, shape.scale):
            if before is None:
                repaint(picture, [(0, 0, width, height)], layers, frame, paper)
                painted += 1
            elif frame is not before:
                repaint(picture, changes(layers, before, frame), layers, frame, paper)
                painted += 1
            before = frame
            yield

    video = encoded(pictures, shape)
    return Made(files={"scene.mp4": video}, details={"frames": timing.frames, "painted": painted})


def measured(inputs: Mapping[str, Any], needs: Mapping[str, Made], fps: int) -> Timing:
    """The timing of a scene from the voices a step needs."""
    durations = [float(needs[f"voice-{number}"].details["duration_s"]) for number in range(int(inputs["lines"]))]
    return timing_of(inputs["rhythm"], durations, fps)


def encoded(pictures: Any, shape: Shape) -> bytes:
    """A video-only MP4 of the pictures that `pictures(planes)` paints one after the other into the same planes."""
    width, height = shape.pixels
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4", options={"fflags": "+bitexact"}) as container:
        stream = container.add_stream("libx264", rate=shape.fps, options=dict(X264))
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.time_base = TIME_BASE
        context = stream.codec_context
        context.time_base = TIME_BASE
        context.thread_type, context.thread_count = "FRAME", 1
        tag_bt709(context)
        frame = av.VideoFrame(width, height, "yuv420p")
        frame.time_base = TIME_BASE
        frame.color_range, frame.colorspace = BT709, BT709
        step = TIME_BASE.denominator // shape.fps
        for number, _ in enumerate(pictures(planes_of(frame))):
            frame.pts = number * step
            for packet in stream.encode(frame):
                packet.duration = step
                container.mux(packet)
        for packet in stream.encode(None):
            packet.duration = step
            container.mux(packet)
    return buffer.getvalue()


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
