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
HOLD_S = 1.0  # the last frame of a scene stands at least so long
SHORTEST_SCENE_S = 2.4  # what enters needs up to 1.4 s, and then holds for one
_SPOKEN_PER_S = 13.0  # of `spoken_weight`
FIRST_ENTERS_S, LATER_ENTERS_S = 1.1, 0.8  # at most, where other lines of the scene follow or went before
RISES_S = 0.25  # what comes with a later line is as a rule one part that rises


@dataclass(frozen=True)
class Cue:
    """A caption, and when it stands, in seconds from the start of its scene."""

    start_s: float
    end_s: float
    text: str


@dataclass(frozen=True)
class Unit:
    """The stretch of a scene that belongs to one line: what is encoded, cached and reused as one.

    It knows nothing of the lines before and after it, so a change there leaves it as it is; times from its own start.
    """

    frames: int
    start_s: float  # of the line
    end_s: float
    cues: tuple[Cue, ...]
    last: bool  # of its scene


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
        **({"enters_s": LATER_ENTERS_S} if scene.kind == "bars" else {}),
        **({"least_s": _shares(scene, captions)} if scene.length_s else {}),
    }


def _shares(scene: Scene, captions: Sequence[Sequence[str]]) -> list[float]:
    """The length that is wished of a scene, shared among its lines by how long each takes to say."""
    weights = [1.0 + sum(map(spoken_weight, parts)) for parts in captions] or [1.0]
    return [round(scene.length_s * weight / sum(weights), 3) for weight in weights]


def wordless(data: Mapping[str, Any]) -> dict[str, Any]:
    """A rhythm with the captions only counted: what the sound depends on, whatever they say."""
    return {**data, "captions": [len(parts) for parts in data["captions"]]}


def unit_rhythms(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A scene's rhythm shared out to its lines: what the timing of each depends on. A silent scene is one unit."""
    lines = data["captions"] or [None]
    alone = len(lines) == 1
    return [
        {
            "lead_s": (OPENING_S if data["opens"] else LEAD_S) if number == 0 else 0.0,
            "tail_s": (CLOSING_S if data["closes"] else TAIL_S) if number == len(lines) - 1 else 0.0,
            "hold_s": data["hold_s"] if number == len(lines) - 1 else 0.0,
            "least_s": max(
                (SHORTEST_SCENE_S if alone else LATER_ENTERS_S + HOLD_S) if number == len(lines) - 1 else 0.0,
                data["least_s"][number] if "least_s" in data else 0.0,
            ),
            "waits_s": most_s(number, len(lines)) - LEAD_S if number == 0 else data.get("enters_s", RISES_S),
            "last": number == len(lines) - 1,
            "captions": parts,
        }
        for number, parts in enumerate(lines)
    ]


def most_s(line: int, lines: int) -> float:
    """How long what enters with a line may take, so that the shortest voice leaves it the time."""
    return SHORTEST_SCENE_S - HOLD_S if lines == 1 else LATER_ENTERS_S if line else FIRST_ENTERS_S


def unit_of(data: Mapping[str, Any], duration_s: float, fps: int) -> Unit:
    """The timing of a unit from its rhythm and the measured length of its line (0 where it has none)."""
    start_s = float(data["lead_s"])
    parts = data["captions"]
    if parts is None:
        frames = math.ceil(round(max(data["least_s"], start_s + data["tail_s"]) * fps + data["hold_s"] * fps, 6))
        return Unit(frames, start_s, start_s, (), data["last"])
    # A word or two are sooner said than read: the next line waits.
    count = parts if isinstance(parts, int) else len(parts)
    slot_s = max(duration_s + GAP_S, SHORTEST_CAPTION_S * max(1, count) + 0.05 + data["waits_s"])
    total_s = max(start_s + duration_s + data["tail_s"], start_s + slot_s, data["least_s"]) + data["hold_s"]
    frames = math.ceil(round(total_s * fps, 6))
    cues = [] if isinstance(parts, int) else shared(start_s, start_s + slot_s, parts, waits_s=data["waits_s"])
    if cues:  # the last words stay until the next line begins, or the scene is over
        cues[-1] = Cue(cues[-1].start_s, frames / fps, cues[-1].text)
    return Unit(frames, start_s, start_s + duration_s, tuple(cues), data["last"])


def guessed_frames(data: Mapping[str, Any], fps: int) -> int:
    """About how long a unit will be, before its voice is there: for who waits."""
    said = sum(spoken_weight(part) for part in data["captions"] or ())
    return unit_of(data, said / _SPOKEN_PER_S, fps).frames


def timing_of(data: Mapping[str, Any], durations_s: Sequence[float], fps: int) -> Timing:
    """The timing of a scene from its `rhythm` and the measured lengths of its lines: its units one after the other."""
    starts: list[float] = []
    ends: list[float] = []
    cues: list[Cue] = []
    frames = 0
    lengths = durations_s or [0.0]
    for one, duration_s in zip(unit_rhythms(data), lengths, strict=True):
        unit, at = unit_of(one, duration_s, fps), frames / fps
        if one["captions"] is not None:
            starts.append(at + unit.start_s)
            ends.append(at + unit.end_s)
        cues += [Cue(at + cue.start_s, at + cue.end_s, cue.text) for cue in unit.cues]
        frames += unit.frames
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


def shared(start_s: float, end_s: float, parts: Sequence[str], *, waits_s: float = 0.0) -> list[Cue]:
    """A stretch of speech shared among its captions by how long each takes to say, none shorter than is readable.

    The first may be seen only after `waits_s`, when what enters with it has come: it stands so much longer at least.
    """
    weights = [spoken_weight(part) for part in parts]
    least = [SHORTEST_CAPTION_S + (0.0 if index else waits_s) for index in range(len(parts))]
    short: set[int] = set()  # those whose fair share is too little: they get the least, the others share the rest
    while True:
        rest_s = end_s - start_s - sum(least[index] for index in short)
        total = sum(weight for index, weight in enumerate(weights) if index not in short)
        lengths = [least[index] if index in short else rest_s * weight / total for index, weight in enumerate(weights)]
        more = {index for index, length_s in enumerate(lengths) if length_s < least[index]} - short
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
