"""What moves when: stills and the timing of a scene in, what stands in every frame out.

One thing moves at a time, eased out; then it holds. Everything has come to rest a second before the scene ends.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from render.video.layers import Still
from render.video.painter import Frame, Placed
from render.video.shape import even
from render.video.timing import HOLD_S, Unit

ENTER_S = {"still": 0.0, "rise": 0.25, "grow": 0.5, "count": 0.7}
RISE_PX = 24  # how far below its place something enters, at full size


@dataclass(frozen=True)
class Entry:
    """The stills of one slot, and the frames between which they enter."""

    slot: str
    stills: tuple[Still, ...]
    start: int
    end: int


def entries_of(stills: Sequence[Still], line: int, lines: int, unit: Unit, fps: int) -> list[Entry]:
    """When each slot enters in the unit of a line: in the template's order, with its line, never two at once.

    What came with an earlier line is in its place; what comes with a later one is not there yet.
    """
    slots: dict[str, list[Still]] = {}
    for still in stills:
        slots.setdefault(still.slot, []).append(still)
    rest = unit.frames - (round(HOLD_S * fps) if unit.last else 1)
    entries: list[Entry] = []
    free = 0
    for slot, series in slots.items():
        first = series[0]
        # What comes with the first line is there before it is spoken of.
        comes = first.at if 0 < first.at < lines else 0
        if comes > line:
            continue
        if first.enter == "still" or comes < line:
            entries.append(Entry(slot, tuple(series), 0, 0))
            continue
        end = free + round(ENTER_S[first.enter] * fps)
        entries.append(Entry(slot, tuple(series), free, end))
        free = end
    last = max((entry.end for entry in entries), default=0)
    if last <= rest:
        return entries
    # So crowded that it would not come to rest in time: everything enters earlier and faster, in proportion.
    return [
        replace(entry, start=(start := entry.start * rest // last), end=max(entry.end * rest // last, start + 1))
        if entry.end
        else entry
        for entry in entries
    ]


def frames_of(
    stills: Sequence[Still], captions: Sequence[Still], line: int, lines: int, unit: Unit, fps: int, scale: float
) -> Iterator[Frame]:
    """What stands in each frame of a unit, one after the other; equal frames are the same object."""
    entries = entries_of(stills, line, lines, unit, fps)
    before: Frame = {}
    for number in range(unit.frames):
        now = dict(placed for entry in entries if (placed := _placed(entry, number, scale)))
        now |= _caption(captions, unit, number / fps)
        if now != before:
            before = now
        yield before


def last_frame(stills: Sequence[Still]) -> Frame:
    """Everything in its place: the picture a scene ends with."""
    return {still.slot: Placed(still.name, still.x, still.y) for still in stills}


def _placed(entry: Entry, number: int, scale: float) -> tuple[str, Placed] | None:
    if number < entry.start:
        return None
    last = entry.stills[-1]
    if number >= entry.end:
        return entry.slot, Placed(last.name, last.x, last.y)
    share = (number - entry.start + 1) / (entry.end - entry.start)
    eased = 1 - (1 - share) ** 3
    if last.enter == "count":
        shown = entry.stills[min(int(share * len(entry.stills)), len(entry.stills)) - 1]
        return entry.slot, Placed(shown.name, shown.x, shown.y)
    if last.enter == "grow":
        return entry.slot, Placed(last.name, last.x, last.y, shown=eased)
    return entry.slot, Placed(last.name, last.x, last.y + even(RISE_PX * scale * (1 - eased)), opacity=eased)


def _caption(captions: Sequence[Still], unit: Unit, time_s: float) -> dict[str, Placed]:
    for still, cue in zip(captions, unit.cues, strict=True):
        if cue.start_s - 1e-6 <= time_s < cue.end_s - 1e-6:
            return {"caption": Placed(still.name, still.x, still.y)}
    return {}
