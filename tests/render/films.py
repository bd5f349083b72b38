"""Films for the tests, made here: bars that move, turned as telephones turn them, at an uneven pace, in high range."""

from __future__ import annotations

import io
import struct
from collections.abc import Sequence
from fractions import Fraction

import av
import numpy as np
from numpy.typing import NDArray

RATE = 48_000


def picture(width: int, height: int, number: int) -> NDArray[np.uint8]:
    """Four fields of colour (red, green, blue, white from the top left), and a bar that goes right a step a frame."""
    image = np.zeros((height, width, 3), np.uint8)
    half = width // 2, height // 2
    image[: half[1], : half[0]] = 200, 30, 30
    image[: half[1], half[0] :] = 30, 180, 30
    image[half[1] :, : half[0]] = 30, 30, 200
    image[half[1] :, half[0] :] = 230, 230, 230
    image[:, (at := number * 4 % (width - 8)) : at + 8] = 250, 250, 10
    return image


def film(
    *,
    size: tuple[int, int] = (320, 180),
    frames: int = 60,
    fps: int = 30,
    codec: str = "libx264",
    kind: str = "mp4",
    sound: bool = False,
    times: Sequence[float] | None = None,
    options: dict[str, str] | None = None,
    hdr: int = 0,
) -> bytes:
    """A film of so many frames; `times` in seconds where they are uneven."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=kind) as out:
        stream = out.add_stream(codec, rate=fps)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p10le" if hdr else "yuv420p"
        stream.options = options or ({"preset": "ultrafast", "g": "30"} if codec == "libx264" else {})
        stream.codec_context.time_base = Fraction(1, 600)
        context = stream.codec_context
        context.colorspace, context.color_range = 9 if hdr else 1, 1
        context.color_trc, context.color_primaries = hdr or 1, 9 if hdr else 1
        audio = out.add_stream("aac" if kind != "webm" else "libopus", rate=RATE, layout="mono") if sound else None
        for number in range(frames):
            frame = av.VideoFrame.from_ndarray(picture(*size, number), format="rgb24")
            frame = frame.reformat(format=stream.pix_fmt, dst_colorspace="ITU709")
            frame.pts, frame.time_base = round((times[number] if times else number / fps) * 600), Fraction(1, 600)
            frame.colorspace, frame.color_range = context.colorspace, context.color_range
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
        if audio is not None:
            length = RATE * frames // fps
            tone = (0.3 * np.sin(2 * np.pi * 440 * np.arange(length) / RATE)).astype(np.float32)
            heard = av.AudioFrame.from_ndarray(tone[None], "fltp", "mono")
            heard.sample_rate, heard.pts, heard.time_base = RATE, 0, Fraction(1, RATE)
            out.mux(audio.encode(heard))
            out.mux(audio.encode(None))
    return buffer.getvalue()


def turned(data: bytes, degrees: int) -> bytes:
    """An MP4 with the matrix in its header by which telephones say how they were held (clockwise)."""
    a, b, c, d = {90: (0, 1, -1, 0), 180: (-1, 0, 0, -1), 270: (0, -1, 1, 0)}[degrees]
    head = data.index(b"tkhd") + 8
    at = head + (20 if data[head - 4] == 0 else 32) + 16
    matrix = struct.pack(">9i", a << 16, b << 16, 0, c << 16, d << 16, 0, 0, 0, 1 << 30)
    return data[:at] + matrix + data[at + 36 :]


def sound_alone() -> bytes:
    """An M4A: sound without a picture."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as out:
        stream = out.add_stream("aac", rate=RATE, layout="mono")
        heard = av.AudioFrame.from_ndarray(np.zeros((1, RATE), np.float32), "fltp", "mono")
        heard.sample_rate, heard.pts, heard.time_base = RATE, 0, Fraction(1, RATE)
        out.mux(stream.encode(heard))
        out.mux(stream.encode(None))
    return buffer.getvalue()


def ten_hours() -> bytes:
    """A film of ten hours in a few hundred packets: one picture every two minutes."""
    return film(size=(96, 64), frames=301, times=[120.0 * number for number in range(301)], options={"g": "1"})
