"""The step that joins units and soundtrack to one MP4 by copying packets: nothing is encoded again."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.packet import Packet

from render.errors import StepError
from render.steps import Made, Step
from render.video.encoding import HELD_CYCLE, TIME_BASE, Stretch

LIBRARIES = ("av",)


def join_step(
    units: Sequence[Step], held: Step, soundtrack: Step, *, fps: int, metadata: Mapping[str, str], lang3: str
) -> Step:
    """The step of the finished file; `lang3` is the ISO 639-2 code players want for the sound."""
    return Step(
        run="render.video.mux:join",
        inputs={"units": len(units), "fps": fps, "metadata": dict(metadata), "lang3": lang3},
        needs={"held": held, "sound": soundtrack, **{f"unit-{number}": unit for number, unit in enumerate(units)}},
        libraries=LIBRARIES,
    )


def join(inputs: Mapping[str, Any], needs: Mapping[str, Made]) -> Made:
    """`clip.mp4`, with its index at the front; `duration_s` and `frames` in `details`."""
    units = [needs[f"unit-{number}"] for number in range(int(inputs["units"]))]
    # To move the index to the front the muxer opens what it has written once more: that takes a real file.
    with tempfile.TemporaryDirectory(prefix="loa-clip-") as folder:
        path = Path(folder, "clip.mp4")
        frames = _write(path, needs, inputs, units)
        clip = path.read_bytes()
    return Made(
        files={"clip.mp4": clip},
        details={"duration_s": round(frames / inputs["fps"], 4), "frames": frames, "bytes": len(clip)},
    )


def _write(path: Path, needs: Mapping[str, Made], inputs: Mapping[str, Any], units: list[Made]) -> int:
    """Join the units and the sound into a file; the number of frames."""
    fps = int(inputs["fps"])
    held = Stretch.of(needs["held"])
    # Bit-exact leaves out what changes with the machine: the clock and the muxer's version.
    options = {"movflags": "+faststart", "fflags": "+bitexact", "brand": "mp42"}
    with av.open(str(path), "w", format="mp4", options=options) as out:
        out.metadata.update(inputs["metadata"])
        with (
            av.open(io.BytesIO(needs["held"].files["held.mp4"]), "r") as first,
            av.open(io.BytesIO(needs["sound"].files["sound.m4a"]), "r") as sound,
        ):
            video = out.add_stream_from_template(first.streams.video[0])
            audio = out.add_stream_from_template(sound.streams.audio[0])
            video.time_base = TIME_BASE
            audio.metadata["language"] = inputs["lang3"]
            video.metadata["language"] = "und"
            step = TIME_BASE.denominator // fps
            frames = 0
            timed: list[tuple[int, int, Packet[Any]]] = []  # in ticks of the video, video first
            for number, unit in enumerate(units):
                stretch = Stretch.of(unit)
                if stretch.parameters != held.parameters:
                    raise StepError("a unit was encoded with other settings", where=f"unit {number}")
                length = int(unit.details["frames"])
                for at, (data, key) in enumerate(filled(stretch, held, length), frames):
                    packet: Packet[Any] = Packet(data)
                    packet.pts = packet.dts = at * step
                    packet.duration, packet.time_base, packet.is_keyframe = step, TIME_BASE, key
                    timed.append((at * step, 0, packet))
                frames += length
            scale = (audio.time_base or Fraction(1, 48_000)) / TIME_BASE
            timed += [
                (packet.dts * scale.numerator // scale.denominator, 1, packet)
                for packet in sound.demux(audio=0)
                if packet.dts is not None
            ]
            for _, kind, packet in sorted(timed, key=lambda one: one[:2]):
                packet.stream = audio if kind else video
                out.mux(packet)
    return frames


def pictures_alone(unit: Made, held: Made, *, fps: int) -> bytes:
    """A unit by itself as an MP4 of the frames that were encoded, to look at."""
    buffer = io.BytesIO()
    with (
        av.open(buffer, "w", format="mp4") as out,
        av.open(io.BytesIO(held.files["held.mp4"]), "r") as template,
    ):
        video = out.add_stream_from_template(template.streams.video[0])
        video.time_base = TIME_BASE
        for number, data, key in Stretch.of(unit).packets:
            packet: Packet[Any] = Packet(data)
            packet.pts = packet.dts = number * (TIME_BASE.denominator // fps)
            packet.time_base, packet.is_keyframe, packet.stream = TIME_BASE, key, video
            out.mux(packet)
    return buffer.getvalue()


def filled(stretch: Stretch, held: Stretch, length: int) -> Iterator[tuple[bytes, bool]]:
    """Every frame of a unit of `length`: its own packets, and between them those that say "as before"."""
    ends = [number for number, _, _ in stretch.packets[1:]] + [length]
    since = 0  # frames since the group of pictures began
    for (number, data, key), end in zip(stretch.packets, ends, strict=True):
        since = 0 if key else since
        yield data, key
        for gap in range(1, end - number):
            yield held.packets[(since + gap - 1) % HELD_CYCLE + 1][1], False
        since += end - number
