"""The step that joins scenes and soundtrack to one MP4 by copying packets: nothing is encoded again."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import av
from av.packet import Packet

from render.errors import StepError
from render.steps import Made, Step
from render.video.encoding import TIME_BASE

LIBRARIES = ("av",)


def join_step(scenes: list[Step], soundtrack: Step, *, fps: int, metadata: Mapping[str, str], lang3: str) -> Step:
    """The step of the finished file; `lang3` is the ISO 639-2 code players want for the sound."""
    return Step(
        run="render.video.mux:join",
        inputs={"scenes": len(scenes), "fps": fps, "metadata": dict(metadata), "lang3": lang3},
        needs={"sound": soundtrack, **{f"scene-{number}": scene for number, scene in enumerate(scenes)}},
        libraries=LIBRARIES,
    )


def join(inputs: Mapping[str, Any], needs: Mapping[str, Made]) -> Made:
    """`clip.mp4`, with its index at the front; `duration_s` and `frames` in `details`."""
    scenes = [needs[f"scene-{number}"] for number in range(int(inputs["scenes"]))]
    # To move the index to the front the muxer opens what it has written once more: that takes a real file.
    with tempfile.TemporaryDirectory(prefix="loa-clip-") as folder:
        path = Path(folder, "clip.mp4")
        frames = _write(path, needs, inputs, scenes)
        clip = path.read_bytes()
    return Made(
        files={"clip.mp4": clip},
        details={"duration_s": round(frames / inputs["fps"], 4), "frames": frames, "bytes": len(clip)},
    )


def _write(path: Path, needs: Mapping[str, Made], inputs: Mapping[str, Any], scenes: list[Made]) -> int:
    """Join the scenes and the sound into a file; the number of frames."""
    # Bit-exact leaves out what changes with the machine: the clock and the muxer's version.
    options = {"movflags": "+faststart", "fflags": "+bitexact", "brand": "mp42"}
    with av.open(str(path), "w", format="mp4", options=options) as out:
        out.metadata.update(inputs["metadata"])
        with (
            av.open(io.BytesIO(scenes[0].files["scene.mp4"]), "r") as first,
            av.open(io.BytesIO(needs["sound"].files["sound.m4a"]), "r") as sound,
        ):
            video = out.add_stream_from_template(first.streams.video[0])
            audio = out.add_stream_from_template(sound.streams.audio[0])
            video.time_base = TIME_BASE
            audio.metadata["language"] = inputs["lang3"]
            video.metadata["language"] = "und"
            packets = [packet for packet in sound.demux(audio=0) if packet.dts is not None]
            frames, parameters = 0, first.streams.video[0].codec_context.extradata
            timed: list[tuple[float, int, Packet[Any]]] = []
            for number, scene in enumerate(scenes):
                found, same = _packets(scene.files["scene.mp4"], frames, int(inputs["fps"]))
                if same != parameters:
                    raise StepError("a scene was encoded with other settings than the first", where=f"scene {number}")
                timed += [(float(packet.dts * TIME_BASE), 0, packet) for packet in found if packet.dts is not None]
                frames += int(scene.details["frames"])
            timed += [
                (float(packet.dts * packet.time_base), 1, packet)
                for packet in packets
                if packet.dts is not None and packet.time_base
            ]
            for _, kind, packet in sorted(timed, key=lambda one: one[:2]):
                packet.stream = audio if kind else video
                out.mux(packet)
    return frames


def _packets(scene: bytes, start: int, fps: int) -> tuple[list[Packet[Any]], bytes | None]:
    """A scene's packets moved to where it starts in the clip, and its parameter sets."""
    step = TIME_BASE.denominator // fps
    found: list[Packet[Any]] = []
    with av.open(io.BytesIO(scene), "r") as container:
        stream = container.streams.video[0]
        for packet in container.demux(stream):
            if packet.dts is None or packet.pts is None or stream.time_base is None:
                continue
            scale = stream.time_base / TIME_BASE
            packet.pts, packet.dts = int(packet.pts * scale) + start * step, int(packet.dts * scale) + start * step
            packet.duration, packet.time_base = step, TIME_BASE
            found.append(packet)
        return found, stream.codec_context.extradata
