"""The program of a child process: opens one film that came from outside, within limits, and ends.

Its argument is what is asked, as JSON: `do` (measure, cut, frames, compose, sound), the limits (`memory`, `cpu_s`,
`file_most`, `most_px`), `path`, and what each needs. It writes one line of JSON (what it has measured, or `error` with
its kind and words), and after it the bytes that were asked for. Nothing of ours is imported, no network is opened: a
film is read through a file that is open already, its format is named, and what it refers to is not followed.
"""

import io
import itertools
import json
import logging
import math
import os
import resource
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

FORMATS = {"film": "mov", "web": "matroska"}
CODECS = ("h264", "hevc", "mpeg4", "mjpeg", "prores", "vp8", "vp9", "av1", "libdav1d")
LEAST_PX = 64
PQ, HLG = 16, 18  # what H.273 calls the two transfers of high dynamic range
MATRICES = {1: "bt709", 5: "bt470bg", 6: "smpte170m", 9: "bt2020", 10: "bt2020"}
HD_LINES = 720  # a film that does not say its matrix: as broadcasting did it above and below this
FLAGS = "bicubic+accurate_rnd+full_chroma_int+bitexact"
UPRIGHT = {90: [("transpose", "cclock")], 180: [("hflip", ""), ("vflip", "")], 270: [("transpose", "clock")]}
CUBE = 25
BROKEN = 3  # how it ends when a film breaks off in the middle


class RefusedError(Exception):
    """Why not: a kind, and words."""


def main() -> int:
    """Do what is asked."""
    asked = json.loads(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_AS, (asked["memory"], asked["memory"]))
    resource.setrlimit(resource.RLIMIT_CPU, (asked["cpu_s"], asked["cpu_s"]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (asked["file_most"], asked["file_most"]))
    logging.disable(logging.CRITICAL)
    doing = {"measure": measure, "cut": cut, "frames": frames, "compose": compose, "sound": sound}
    try:
        doing[asked["do"]](asked)
    except RefusedError as refused:
        return told(refused.args[0], refused.args[1] if len(refused.args) > 1 else "")
    except MemoryError:
        return told("memory", "")
    except (OSError, ValueError, TypeError, KeyError, IndexError, ArithmeticError, EOFError, RuntimeError) as error:
        why = getattr(error, "strerror", None) or str(error)  # without the number that only a programmer knows
        return told("broken", why.replace(asked["path"], "").strip()[:200])
    sys.stdout.buffer.flush()
    return 0


def say(head: dict[str, Any], data: bytes = b"") -> None:
    """The line, and what follows it."""
    sys.stdout.buffer.write(json.dumps(head).encode() + b"\n" + data)


def told(kind: str, words: str) -> int:
    """Say why not."""
    say({"error": kind, "words": words})
    return 0


# ---- a film opened, and what it is -----------------------------------------------------------------------------


def opened(path: str) -> Any:
    """A container of a format we name, read through one open file; whatever it refers to stays closed."""
    import av

    file = Path(path).open("rb")  # noqa: SIM115 (the container reads on from it)
    head = file.read(12)
    file.seek(0)
    if head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"):
        kind = "film"
    elif head[:4] == b"\x1a\x45\xdf\xa3":
        kind = "web"
    else:
        raise RefusedError("format", "")

    def nothing(*_: object) -> Any:
        raise OSError("a film may not open other files")

    return av.open(file, "r", format=FORMATS[kind], io_open=nothing, options={"max_streams": "32"})


def picture_of(container: Any) -> Any:
    """The stream of pictures, with its decoder held to one thread: many would hold many pictures."""
    for stream in container.streams.video:
        if stream.disposition.value & 0x400:  # a cover picture is no film
            continue
        if stream.codec_context is None or stream.codec_context.name not in CODECS:
            raise RefusedError("codec", stream.codec_context.name if stream.codec_context else "unknown")
        stream.thread_type = "NONE"
        return stream
    raise RefusedError("no-picture", "")


def described(container: Any, stream: Any, most_px: int) -> dict[str, Any]:
    """What a film is, its first picture decoded: how long, how large as it stands upright, in which colours."""
    context = stream.codec_context
    if min(context.width, context.height) < LEAST_PX:
        raise RefusedError("small", f"{context.width} × {context.height}")
    if context.width * context.height > most_px:
        raise RefusedError("large", f"{context.width} × {context.height}")
    first = next(container.decode(stream), None)
    if first is None:
        raise RefusedError("broken", "no picture can be decoded")
    turn = int(first.rotation) % 360
    if turn % 90:
        raise RefusedError("turned", f"{turn}°")
    lasts = [stream.duration * stream.time_base if stream.duration else None, Fraction(container.duration or 0, 10**6)]
    aspect = stream.sample_aspect_ratio or Fraction(1)
    wide = round(first.width * aspect / 2) * 2 if 0 < aspect < 8 else first.width
    upright = (first.height, wide) if turn in (90, 270) else (wide, first.height)
    return {
        "duration_s": round(float(next((one for one in lasts if one), 0)), 3),
        "width_px": upright[0],
        "height_px": upright[1],
        "turn": turn,
        "fps": round(float(stream.average_rate or 0), 3),
        "codec": context.name,
        "hdr": int(context.color_trc) if int(context.color_trc) in (PQ, HLG) else 0,
        "matrix": MATRICES.get(int(first.colorspace), "bt709" if first.height >= HD_LINES else "smpte170m"),
        "full_range": int(first.color_range) == 2 or first.format.name.startswith("yuvj"),
        "sound": any(one.codec_context is not None for one in container.streams.audio),
    }


def measure(asked: dict[str, Any]) -> None:
    """What the film is."""
    with opened(asked["path"]) as container:
        say(described(container, picture_of(container), asked["most_px"]))


def cut(asked: dict[str, Any]) -> None:
    """The packets of a stretch as Matroska, from the picture that it can be decoded from: nothing is encoded."""
    import av

    with opened(asked["path"]) as container:
        stream = picture_of(container)
        head = described(container, stream, asked["most_px"])
        start = (stream.start_time or 0) * stream.time_base
        begins, ends = start + Fraction(str(asked["from_s"])), start + Fraction(str(asked["to_s"]))
        container.seek(int(begins / stream.time_base), stream=stream, backward=True)
        buffer, size, first = io.BytesIO(), 0, None
        with av.open(buffer, "w", format="matroska", options={"fflags": "+bitexact"}) as out:
            copy = out.add_stream_from_template(stream)
            late = 0
            for packet in container.demux(stream):
                if packet.dts is None or packet.pts is None:
                    continue
                time = packet.pts * stream.time_base
                first = time if first is None else min(first, time)
                # Pictures that are shown earlier may lie behind a later one in the file.
                late = late + 1 if time > ends else 0
                if late > 16:
                    break
                size += packet.size
                if size > asked["bytes_most"]:
                    raise RefusedError("heavy", f"{asked['bytes_most'] / 1e6:.0f} MB")
                packet.stream = copy
                out.mux(packet)
        if first is None:
            raise RefusedError("short", "")
    span = {"from_s": asked["from_s"], "to_s": asked["to_s"]}
    say(head | span | {"lead_s": round(float(max(Fraction(0), begins - first)), 4)}, buffer.getvalue())


# ---- pictures at an even pace ----------------------------------------------------------------------------------


def frames(asked: dict[str, Any]) -> None:
    """At most `count` pictures from `start_s` on, `fps` a second, as planes: fewer where the film ends."""
    with opened(asked["path"]) as container:
        stream = picture_of(container)
        if int(stream.codec_context.width) * int(stream.codec_context.height) > asked["most_px"]:
            raise RefusedError("large", "")
        shown = paced(timed(container, stream), asked)
        first = next(shown, None)
        if first is None:
            raise RefusedError("short", "")
        picture = Picture(stream, asked)
        last, planes = first, picture.planes(first)
        say({}, planes)
        try:
            for frame in itertools.islice(shown, asked["count"] - 1):
                if frame is not last:
                    last, planes = frame, picture.planes(frame)
                sys.stdout.buffer.write(planes)
        except RefusedError:  # the line is written: what is missing tells
            raise SystemExit(BROKEN) from None


def timed(container: Any, stream: Any) -> Iterator[tuple[float, Any]]:
    """Every picture with its time from the first one's on; damaged ones are left out."""
    import av

    zero, pace = None, float(1 / (stream.average_rate or 30))
    before, damaged = -pace, 0
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
            if packet is None:
                return
            for frame in packet.decode():
                at = before + pace if frame.time is None else float(frame.time)
                zero = at if zero is None else zero
                before = at
                yield at - zero, frame
        except av.error.InvalidDataError:
            damaged += 1
            if damaged > 25:
                raise RefusedError("broken", "most pictures are damaged") from None


def paced(pictures: Iterator[tuple[float, Any]], asked: dict[str, Any]) -> Iterator[Any]:
    """The picture that is nearest to each tick; the same object again where the film is slower."""
    tick, number = 1 / asked["fps"], 0
    shown = None
    for at, frame in pictures:
        while shown is not None and asked["start_s"] + number * tick + tick / 2 <= at:
            yield shown
            number += 1
        shown = frame
    if shown is not None and asked["start_s"] + number * tick <= at + tick:
        yield shown


class Picture:
    """How a film's picture becomes planes of the shape: cropped about its focus, turned upright, in BT.709."""

    def __init__(self, stream: Any, asked: dict[str, Any]) -> None:
        self.asked, self.stream = asked, stream
        self.graph: Any = None
        self.size: tuple[int, int, str] | None = None

    def planes(self, frame: Any) -> bytes:
        """The three planes one after the other."""
        if self.size != (frame.width, frame.height, frame.format.name):
            self.size = frame.width, frame.height, frame.format.name
            self.graph = self._graph(frame)
        self.graph.push(frame)
        done = self.graph.pull()
        return b"".join(tight(plane, done) for plane in done.planes)

    def _graph(self, frame: Any) -> Any:
        import av.filter

        asked = self.asked
        turn, (wide, high) = asked["turn"], asked["size"]
        if turn in (90, 270):  # cropped and scaled lying, turned when it is small
            wide, high = high, wide
        left, top, width, height = window(frame.width, frame.height, wide, high, turned(asked["focus"], turn),
                                          float(self.stream.sample_aspect_ratio or 1))  # fmt: skip
        ranges = "full" if asked["full_range"] else "limited"
        chain: list[tuple[str, str]] = [("crop", f"{width}:{height}:{left}:{top}")]
        read = f"w={wide}:h={high}:flags={FLAGS}:in_color_matrix={asked['matrix']}:in_range={ranges}"
        if asked["hdr"]:
            cube = str(Path(asked["scratch"], "tone.cube"))
            Path(cube).write_text(tone_cube(asked["hdr"]))
            chain += [("scale", read), ("format", "gbrp10le"), ("lut3d", f"{cube}:interp=tetrahedral")]
            chain += [("scale", f"flags={FLAGS}:out_color_matrix=bt709:out_range=limited")]
        else:
            chain += [("scale", f"{read}:out_color_matrix=bt709:out_range=limited")]
        chain += [("format", "yuv420p")]
        # What the matrix says to turn by is against the clock.
        chain += UPRIGHT.get(turn, [])
        graph = av.filter.Graph()
        node = graph.add_buffer(
            width=frame.width, height=frame.height, format=frame.format, time_base=Fraction(1, 1000)
        )
        for name, options in chain:
            following = graph.add(name, options) if options else graph.add(name)
            node.link_to(following)
            node = following
        node.link_to(graph.add("buffersink"))
        graph.configure()
        return graph


def turned(focus: list[float], turn: int) -> tuple[float, float]:
    """The point of the picture as it lies in the file that is `focus` when it stands upright."""
    across, down = focus
    return {0: (across, down), 90: (1 - down, across), 180: (1 - across, 1 - down), 270: (down, 1 - across)}[turn]


def window(
    width: int, height: int, wide: int, high: int, focus: tuple[float, float], aspect: float
) -> tuple[int, int, int, int]:
    """The largest part of a picture in the proportions of another, with `focus` as near its middle as can be."""
    share = wide / high / aspect
    w, h = (min(width, round(height * share)), height) if width / height > share else (width, round(width / share))
    w, h = max(2, w - w % 2), max(2, min(height, h) - min(height, h) % 2)
    left = min(max(0, round(focus[0] * width - w / 2)), width - w)
    top = min(max(0, round(focus[1] * height - h / 2)), height - h)
    return left - left % 2, top - top % 2, w, h


def tight(plane: Any, frame: Any) -> bytes:
    """A plane without what pads its lines."""
    width = frame.width if plane is frame.planes[0] or plane.width == frame.width else plane.width
    data = memoryview(plane)
    if plane.line_size == width:
        return bytes(data[: width * plane.height])
    return b"".join(data[row * plane.line_size : row * plane.line_size + width] for row in range(plane.height))


def tone_cube(transfer: int) -> str:
    """High dynamic range as a table into BT.709: light by ITU-R BT.2100, its whites rolled off, its colours narrowed.

    Paper white (203 cd/m²) comes out at four fifths of white, a thousand at white.
    """
    import numpy as np

    steps = np.linspace(0, 1, CUBE)
    blue, green, red = np.meshgrid(steps, steps, steps, indexing="ij")
    signal = np.stack([red, green, blue], -1)
    if transfer == PQ:
        power = np.maximum(signal, 0) ** (1 / 78.84375)
        nits = 10_000 * (np.maximum(power - 0.8359375, 0) / (18.8515625 - 18.6875 * power)) ** (1 / 0.1593017578125)
    else:
        a, b, c = 0.17883277, 0.28466892, 0.55991073
        scene = np.where(signal <= 0.5, signal**2 / 3, (np.exp((signal - c) / a) + b) / 12)
        light = scene @ np.array([0.2627, 0.6780, 0.0593])
        nits = 1000 * np.maximum(light, 1e-6)[..., None] ** 0.2 * scene
    narrow = np.array([[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]])
    linear = np.maximum(nits / 203 @ narrow.T, 0)
    peak = np.maximum(linear.max(-1, keepdims=True), 1e-6)
    knee, white = 0.5, 1000 / 203
    over = np.clip((peak - knee) / (white - knee), 0, 1)
    rolled = np.where(peak <= knee, peak, knee + (1 - knee) * (1 - (1 - over) ** 3.4))
    shown = np.clip(linear * (rolled / peak), 0, 1) ** (1 / 2.4)
    lines = [f"{r:.5f} {g:.5f} {b:.5f}" for r, g, b in shown.reshape(-1, 3)]
    return f"LUT_3D_SIZE {CUBE}\n" + "\n".join(lines) + "\n"


# ---- what an author composes, and a film's sound ----------------------------------------------------------------


def compose(asked: dict[str, Any]) -> None:
    """Parts of films one after the other, each fading into the next, as one MP4; by moviepy."""
    quiet_moviepy(asked)
    import moviepy
    from moviepy.video.fx import CrossFadeIn

    for part in asked["parts"]:
        with opened(part["path"]) as container:
            head = described(container, picture_of(container), asked["most_px"])
            part["size"] = head["width_px"], head["height_px"]
    clips: list[Any] = []
    sources: list[Any] = []
    fade = 0.0
    for number, part in enumerate(asked["parts"]):
        # moviepy does not read how a telephone was held; told the size upright, it takes what ffmpeg has turned.
        source = moviepy.VideoFileClip(part["path"], audio=asked["sound"], target_resolution=part["size"])
        sources.append(source)
        end = min(part["to_s"], source.duration) if part["to_s"] else source.duration
        if not 0 <= part["from_s"] < end:
            raise RefusedError("short", f"{source.duration:.1f} s")
        clip = source.subclipped(part["from_s"], end)
        if number:
            clip = covering(clip, clips[0].size)
            if asked["fade_s"]:
                fade = min(asked["fade_s"], clip.duration / 2, clips[-1].duration / 2)
                clip = clip.with_effects([CrossFadeIn(fade)])
        clips.append(clip)
    starts, at = [], 0.0
    for number, clip in enumerate(clips):
        at = max(0.0, at - (min(asked["fade_s"], clip.duration / 2, clips[number - 1].duration / 2) if number else 0))
        starts.append(clip.with_start(at))
        at += clip.duration
    whole = moviepy.CompositeVideoClip(starts, size=clips[0].size).with_duration(at)
    made = str(Path(asked["scratch"], "composed.mp4"))
    exact = ["-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact", "-crf", "16"]
    whole.write_videofile(
        made, fps=asked["fps"], codec="libx264", audio_codec="aac", preset="veryfast", threads=1, logger=None,
        pixel_format="yuv420p", temp_audiofile=str(Path(asked["scratch"], "sound.m4a")), ffmpeg_params=exact,
    )  # fmt: skip
    for source in sources:
        source.close()
    say({"duration_s": round(at, 3)}, Path(made).read_bytes())


def covering(clip: Any, size: tuple[int, int]) -> Any:
    """A clip that fills the size of the first one: enlarged or reduced to cover it, cut in the middle."""
    if tuple(clip.size) == tuple(size):
        return clip
    scale = max(size[0] / clip.w, size[1] / clip.h)
    larger = clip.resized((math.ceil(clip.w * scale), math.ceil(clip.h * scale)))
    return larger.cropped(x_center=larger.w / 2, y_center=larger.h / 2, width=size[0], height=size[1])


def sound(asked: dict[str, Any]) -> None:
    """A film's sound between two times, in one channel of 32-bit floats; cut by moviepy."""
    quiet_moviepy(asked)
    import numpy as np
    from moviepy import AudioFileClip

    with opened(asked["path"]) as container:
        if not any(one.codec_context is not None for one in container.streams.audio):
            raise RefusedError("no-sound", "")
    with AudioFileClip(asked["path"], fps=asked["rate"]) as whole:
        end = min(asked["to_s"], whole.duration)
        if asked["from_s"] >= end:
            raise RefusedError("short", f"{whole.duration:.1f} s")
        part = whole.subclipped(asked["from_s"], end)
        samples = np.concatenate(list(part.iter_chunks(chunksize=48_000, fps=asked["rate"])))
    mono = samples.mean(axis=1) if samples.ndim == 2 else samples
    say({"rate": asked["rate"]}, np.clip(mono, -1, 1).astype("<f4").tobytes())


def quiet_moviepy(asked: dict[str, Any]) -> None:
    """moviepy looks for its settings and writes beside itself: here it finds none, and only the scratch folder."""
    os.environ.update(HOME=asked["scratch"], TMPDIR=asked["scratch"])
    os.chdir(asked["scratch"])


if __name__ == "__main__":
    raise SystemExit(main())
