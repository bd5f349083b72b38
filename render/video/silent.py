"""Clips without sound: how long a line stands when nobody says it, and the gate on their files."""

from __future__ import annotations

import io
import itertools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from render.errors import GateError
from render.late import Late
from render.steps import Made, Step
from render.video.subtitles import letters_wide

if TYPE_CHECKING:
    import av
else:
    av = Late("av")

# Somebody who reads slowly, with the eye on the picture as well: subtitles for grown-ups run at 17 letters a second.
LETTERS_PER_S = 13.0
LEAST_S = 1.6  # a caption, however short
NOTICED_S = 0.3  # until the eye has found a new caption

LIBRARIES = ("av",)


def reading_s(captions: Sequence[str]) -> float:
    """How long it takes to read the captions of a line."""
    return round(sum(max(LEAST_S, NOTICED_S + letters_wide(text) / LETTERS_PER_S) for text in captions), 3)


def reading_step(captions: Sequence[str]) -> Step:
    """The step that stands where a voice would: it knows how long a line takes, and makes no sound."""
    return Step(run="render.video.silent:read", inputs={"duration_s": reading_s(captions)})


def read(inputs: Mapping[str, Any], needs: Mapping[str, Made]) -> Made:  # noqa: ARG001 (a step's shape)
    """`duration_s` in `details`."""
    return Made(files={}, details={"duration_s": inputs["duration_s"]})


def silent_gate(file: Step, *, shortest_s: float, longest_s: float, bytes_per_s: float) -> Step:
    """The gate on an MP4 without sound: its length, its frames, its size, that it has no other track."""
    return Step(
        run="render.video.silent:check",
        inputs={"shortest_s": shortest_s, "longest_s": longest_s, "bytes_per_s": bytes_per_s},
        needs={"clip": file},
        libraries=LIBRARIES,
    )


def check(inputs: Mapping[str, Any], needs: Mapping[str, Made]) -> Made:
    """Raises a GateError; `details` hold what was measured."""
    clip = needs["clip"].files["clip.mp4"]
    with av.open(io.BytesIO(clip), "r") as container:
        if container.streams.audio:
            raise GateError("a clip without sound has a sound track", gate="sound", mend="Build it again")
        video = container.streams.video[0]
        packets = [(one.pts, one.duration or 0) for one in container.demux(video) if one.pts is not None]
        times = sorted(at for at, _ in packets)
        duration_s = float(max(at + length for at, length in packets) * (video.time_base or 0))
    if len({later - earlier for earlier, later in itertools.pairwise(times)}) > 1:
        raise GateError("the frames are not evenly spaced", gate="rate", mend="Build it again")
    if not inputs["shortest_s"] <= duration_s <= inputs["longest_s"]:
        raise GateError(
            f"it lasts {duration_s:.1f} s, {inputs['shortest_s']:.0f} to {inputs['longest_s']:.0f} are allowed",
            gate="length",
            mend="Shorten the texts of its scenes, or leave scenes out (loa storyboard)",
        )
    if len(clip) > inputs["bytes_per_s"] * duration_s:
        raise GateError(
            f"the file is {len(clip) / 1e6:.1f} MB for {duration_s:.0f} s", gate="size", mend="Use calmer pictures"
        )
    return Made(files={}, details={"duration_s": round(duration_s, 3), "bytes": len(clip)})
