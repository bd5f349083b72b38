"""The step that lays a unit in time: what enters and the captions each get their frames, as the voice goes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from render.errors import StepError
from render.steps import Made, Pieced, Step
from render.video.stretch import Stretch
from render.video.timing import Unit, guessed_frames, unit_of

Track = Literal["content", "captions"]


def lay_step(content: Step, captions: Step | None, voice: Step | None, *, rhythm: Mapping[str, Any], fps: int) -> Step:
    """The step of a unit as the clip has it, from its encoded frames."""
    needs = {"content": content, "captions": captions, "voice": voice}
    return Step(
        run="render.video.laying:lay",
        inputs={"rhythm": rhythm, "fps": fps},
        needs={name: step for name, step in needs.items() if step is not None},
        frames=guessed_frames(rhythm, fps),
    )


def lay(inputs: Mapping[str, Any], needs: Mapping[str, Made]) -> Made:
    """`packets` with the frame of each in `details`; between them nothing changes. `frames` is the unit's length."""
    duration_s = float(needs["voice"].details["duration_s"]) if "voice" in needs else 0.0
    unit = unit_of(inputs["rhythm"], duration_s, inputs["fps"])
    tracks = {name: Stretch.of(needs[name]) for name in ("content", "captions") if name in needs}
    content, captions = tracks["content"], tracks.get("captions")
    if captions and captions.parameters != content.parameters:
        raise StepError("captions were encoded with other settings than their scene", where="captions")
    apart = bool(needs["content"].details["apart"])
    index: list[tuple[int, int, bool]] = []
    pieces: dict[Track, bytes] = {}
    places = schedule([number for number, _, _ in content.packets], unit, inputs["fps"], apart=apart)
    for name, stretch in tracks.items():
        own = [(number, at) for number, track, at in places if track == name]
        chosen = [stretch.packets[at] for _, at in own]
        index += [(number, len(data), key) for (number, _), (_, data, key) in zip(own, chosen, strict=True)]
        pieces["content" if name == "content" else "captions"] = b"".join(data for _, data, _ in chosen)
    return Made(
        files={"packets": Pieced(pieces.values())},
        details={"frames": unit.frames, "painted": len(places), "index": index, "parameters": content.parameters},
    )


def schedule(enters: Sequence[int], unit: Unit, fps: int, *, apart: bool) -> list[tuple[int, Track, int]]:
    """Which frame of a unit is told by what: its number, the track, the place in the track.

    `enters` are the frames of what enters; the first is the base, with which a group of pictures begins. A frame holds
    one change: where a caption is due, what enters waits for the next, and a caption that stands beside what moves
    (not `apart`) waits until it has come.
    """
    least = 1 if apart else enters[-1] + 1
    due: list[tuple[int, Track, int]] = [
        (max(least, math.ceil(round(cue.start_s * fps, 6))), "captions", number)  # 0 is what lies behind them
        for number, cue in enumerate(unit.cues, 1)
    ]
    due += [(number, "content", place) for place, number in enumerate(enters)]
    placed: list[tuple[int, Track, int]] = []
    for wanted, track, place in sorted(due):  # captions come before content by their name
        placed.append((max(wanted, placed[-1][0] + 1 if placed else 0), track, place))
    if placed[-1][0] >= unit.frames:
        raise StepError(f"a line of {unit.frames} frames is too short for what enters with it", where="unit")
    return placed
