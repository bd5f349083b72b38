"""When things happen in a scene: its lines, its captions, its length, all from how long the voice takes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from render.steps import Made
from render.video.scenes import Scene

LEAD_S = 0.2  # before the first word of a scene
OPENING_S = 1.0  # before the first word of all: the chime
GAP_S = 0.2  # between two lines
TAIL_S = 0.6  # after the last word of a scene
CLOSING_S = 2.4  # after the last word of all: the chime's answer, and time to point a telephone at the code
SHORTEST_CAPTION_S = 1.0
SHORTEST_SCENE_S = 2.4  # what enters needs up to 1.4 s, and then holds for one


@dataclass(frozen=True)
class Cue:
    """A caption, and when it stands, in seconds from the start of its scene."""

    start_s: float
    end_s: float
    text: str


@dataclass(frozen=True)
class Timing:
    """A scene's rhythm: when each line begins and ends in seconds, the captions, the length in frames."""

    starts_s: tuple[float, ...]
    ends_s: tuple[float, ...]
    cues: tuple[Cue, ...]
    frames: int


def rhythm(scene: Scene, captions: Sequence[Sequence[str]]) -> dict[str, Any]:
    """What the timing of a scene depends on beside the voice, as JSON data; `captions` are those of each line."""
    return {
        "opens": scene.opens,
        "closes": scene.closes,
        "hold_s": scene.hold_s,
        "captions": [list(parts) for parts in captions],
    }


def timing_of(data: Mapping[str, Any], durations_s: Sequence[float], fps: int) -> Timing:
    """The timing of a scene from its `rhythm` and the measured lengths of its lines."""
    at = OPENING_S if data["opens"] else LEAD_S
    starts: list[float] = []
    ends: list[float] = []
    cues: list[Cue] = []
    for duration_s, parts in zip(durations_s, data["captions"], strict=True):
        starts.append(at)
        ends.append(at + duration_s)
        # A word or two are sooner said than read: the next line waits.
        slot_s = max(duration_s + GAP_S, SHORTEST_CAPTION_S * max(1, len(parts)) + 0.05)
        cues += _shared(at, at + slot_s, parts)
        at += slot_s
    spoken_s = ends[-1] if ends else LEAD_S
    total_s = max(spoken_s + (CLOSING_S if data["closes"] else TAIL_S), at, SHORTEST_SCENE_S) + data["hold_s"]
    frames = math.ceil(round(total_s * fps, 6))
    if cues:  # the last words stay until the scene is over
        cues[-1] = Cue(cues[-1].start_s, frames / fps, cues[-1].text)
    return Timing(tuple(starts), tuple(ends), tuple(cues), frames)


def timings(inputs: Mapping[str, Any], needs: Mapping[str, Made]) -> list[Timing]:
    """The timing of every scene, from a step's `rhythms` and its voices."""
    return [
        timing_of(
            data,
            [float(needs[f"voice-{scene}-{line}"].details["duration_s"]) for line in range(len(data["captions"]))],
            inputs["fps"],
        )
        for scene, data in enumerate(inputs["rhythms"])
    ]


def _shared(start_s: float, end_s: float, parts: Sequence[str]) -> list[Cue]:
    """A stretch of speech shared among its captions by how long each takes to say, none shorter than is readable."""
    weights = [spoken_weight(part) for part in parts]
    short: set[int] = set()  # those whose fair share is too little: they get the least, the others share the rest
    while True:
        rest_s = end_s - start_s - SHORTEST_CAPTION_S * len(short)
        total = sum(weight for index, weight in enumerate(weights) if index not in short)
        lengths = [
            SHORTEST_CAPTION_S if index in short else rest_s * weight / total for index, weight in enumerate(weights)
        ]
        more = {index for index, length_s in enumerate(lengths) if length_s < SHORTEST_CAPTION_S} - short
        if not more:
            break
        short |= more
    cues: list[Cue] = []
    at = start_s
    for length_s, part in zip(lengths, parts, strict=True):
        cues.append(Cue(at, at + length_s, part))
        at += length_s
    return cues


def spoken_weight(text: str) -> float:
    """How long a text takes to say, in arbitrary units: a digit is a word, a letter a part of one."""
    return sum(4.0 if char.isdigit() else 1.0 if char.isalpha() else 0.4 for char in text) + 1.0
