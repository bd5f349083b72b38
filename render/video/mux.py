"""The step that joins units and soundtrack to one MP4 by copying packets: nothing is encoded again."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from render.errors import StepError
from render.late import Late
from render.steps import Made, Step
from render.video.encoding import TIME_BASE
from render.video.stretch import Stretch, numbered
from render.video.tracks import add_text_track, chapters_of, index_in_front, set_chapters, switched_off, text_packets

if TYPE_CHECKING:
    import av
    from av.container.input import InputContainer
    from av.packet import Packet
else:
    av = Late("av")

LIBRARIES = ("av", "numpy")


def join_step(
    units: Sequence[Step],
    held: Step,
    soundtrack: Step | None,
    captions: Step | None = None,
    *,
    fps: int,
    metadata: Mapping[str, str],
    lang3: str,
    subtitles: Sequence[tuple[str, str]] = (),
    chapters: Sequence[tuple[int, str]] = (),
) -> Step:
    """The step of the finished file; `lang3` is the ISO 639-2 code players want for the sound, where it has one.

    `subtitles` are the code and the name of each track of `captions`, `chapters` how many units each has and its name.
    """
    needs = {"held": held, "sound": soundtrack, "captions": captions if subtitles else None}
    return Step(
        run="render.video.mux:join",
        inputs={
            "units": len(units),
            "fps": fps,
            "metadata": dict(metadata),
            "lang3": lang3,
            "subtitles": [list(one) for one in subtitles],
            "chapters": [list(one) for one in chapters],
        },
        needs={
            **{name: step for name, step in needs.items() if step is not None},
            **{f"unit-{number}": unit for number, unit in enumerate(units)},
        },
        libraries=LIBRARIES,
    )


def join(inputs: Mapping[str, Any], needs: Mapping[str, Made]) -> Made:
    """`clip.mp4`, with its index at the front; `duration_s` and `frames` in `details`."""
    units = [needs[f"unit-{number}"] for number in range(int(inputs["units"]))]
    buffer = io.BytesIO()
    frames = _write(buffer, needs, inputs, units)
    clip = index_in_front(switched_off(buffer.getvalue()))
    return Made(
        files={"clip.mp4": clip},
        details={"duration_s": round(frames / inputs["fps"], 4), "frames": frames, "bytes": len(clip)},
    )


def _write(buffer: io.BytesIO, needs: Mapping[str, Made], inputs: Mapping[str, Any], units: list[Made]) -> int:
    """Join the units and the sound into a file, its index behind them; the number of frames."""
    fps = int(inputs["fps"])
    held = Stretch.of(needs["held"])
    # Bit-exact leaves out what changes with the machine: the clock and the muxer's version.
    options = {"fflags": "+bitexact", "brand": "mp42"}
    with av.open(buffer, "w", format="mp4", options=options) as out:
        out.metadata.update(inputs["metadata"])
        total = sum(int(unit.details["frames"]) for unit in units)
        with av.open(io.BytesIO(needs["held"].files["held.mp4"]), "r") as first, _sound(needs) as sound:
            video = out.add_stream_from_template(first.streams.video[0])
            audio = out.add_stream_from_template(sound.streams.audio[0]) if sound else None
            size = first.streams.video[0].width, first.streams.video[0].height
            texts = [add_text_track(out, lang3=code, title=title, size=size) for code, title in inputs["subtitles"]]
            set_chapters(out, _chapters(inputs, units))
            video.time_base = TIME_BASE
            video.metadata["language"] = "und"
            if audio:
                audio.metadata["language"] = inputs["lang3"]
            step = TIME_BASE.denominator // fps
            frames = 0
            timed: list[tuple[int, int, Packet[Any]]] = []  # in ticks of the video, video first
            for number, unit in enumerate(units):
                stretch = Stretch.of(unit)
                if stretch.parameters != held.parameters:
                    raise StepError("a unit was encoded with other settings", where=f"unit {number}")
                length = int(unit.details["frames"])
                for at, (data, key) in enumerate(filled(stretch, held, length), frames):
                    packet: Packet[Any] = av.Packet(data)
                    packet.pts = packet.dts = at * step
                    packet.duration, packet.time_base, packet.is_keyframe = step, TIME_BASE, key
                    packet.stream = video
                    timed.append((at * step, 0, packet))
                frames += length
            if sound and audio:
                scale = (audio.time_base or Fraction(1, 48_000)) / TIME_BASE
                for heard in sound.demux(audio=0):
                    if heard.dts is not None:
                        heard.stream = audio
                        timed.append((heard.dts * scale.numerator // scale.denominator, 1, heard))
            for number, text in enumerate(texts):
                cues = needs["captions"].details["tracks"][number]["cues"]
                timed += [
                    (milliseconds * TIME_BASE.denominator // 1000, 2 + number, packet)
                    for milliseconds, packet in text_packets(text, cues, total / fps)
                ]
            out.start_encoding()  # what a text track is, is known only then
            for _, _, packet in sorted(timed, key=lambda one: one[:2]):
                out.mux(packet)
    return frames


@contextmanager
def _sound(needs: Mapping[str, Made]) -> Iterator[InputContainer | None]:
    """The soundtrack's file; a clip may have none."""
    if "sound" not in needs:
        yield None
        return
    with av.open(io.BytesIO(needs["sound"].files["sound.m4a"]), "r") as sound:
        yield sound


def _chapters(inputs: Mapping[str, Any], units: Sequence[Made]) -> list[tuple[float, float, str]]:
    """The chapters by the units that each has."""
    left = [int(unit.details["frames"]) for unit in units]
    names: list[str] = []
    lengths_s: list[float] = []
    for count, name in inputs["chapters"]:
        names.append(name)
        lengths_s.append(sum(left[:count]) / int(inputs["fps"]))
        left = left[count:]
    return chapters_of(names, lengths_s)


def pictures_alone(unit: Made, held: Made, *, fps: int) -> bytes:
    """A unit by itself as an MP4 of the frames that were encoded, to look at."""
    buffer = io.BytesIO()
    with (
        av.open(buffer, "w", format="mp4") as out,
        av.open(io.BytesIO(held.files["held.mp4"]), "r") as template,
    ):
        video = out.add_stream_from_template(template.streams.video[0])
        video.time_base = TIME_BASE
        since = 0
        for number, data, key in sorted(Stretch.of(unit).packets):
            since = 0 if key else since + 1
            packet: Packet[Any] = av.Packet(data if key else numbered(data, since))
            packet.pts = packet.dts = number * (TIME_BASE.denominator // fps)
            packet.time_base, packet.is_keyframe, packet.stream = TIME_BASE, key, video
            out.mux(packet)
    return buffer.getvalue()


def filled(stretch: Stretch, held: Stretch, length: int) -> Iterator[tuple[bytes, bool]]:
    """Every frame of a unit of `length`: its own packets, and between them the one that says "as before"."""
    own = {number: (data, key) for number, data, key in stretch.packets}
    as_before = held.packets[1][1], False
    since = 0  # frames since the group of pictures began
    for number in range(length):
        data, key = own.get(number, as_before)
        since = 0 if key else since + 1
        yield (data if key else numbered(data, since)), key
