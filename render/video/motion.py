"""What moves when: stills in, the frames in which they enter out.

One thing moves at a time, eased out; then it holds. How long a line is does not matter here: what enters with it
takes a time of its own, which every line leaves it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from render.video.layers import Still
from render.video.painter import Frame, Placed
from render.video.shape import even
from render.video.timing import most_s

ENTER_S = {"still": 0.0, "rise": 0.25, "grow": 0.5, "count": 0.7}
RISE_PX = 24  # how far below its place something enters, at full size


@dataclass(frozen=True)
class Entry:
    """The stills of one slot, and the frames between which they enter."""

    slot: str
    stills: tuple[Still, ...]
    start: int
    end: int


def entries_of(stills: Sequence[Still], line: int, lines: int, fps: int) -> list[Entry]:
    """When each slot enters in the unit of a line: in the template's order, with its line, never two at once.

    What came with an earlier line is in its place; what comes with a later one is not there yet.
    """
    slots: dict[str, list[Still]] = {}
    for still in stills:
        slots.setdefault(still.slot, []).append(still)
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
    most = round(most_s(line, lines) * fps)
    if free <= most:
        return entries
    # So crowded that it would not come to rest in time: everything enters earlier and faster, in proportion.
    return [
        replace(entry, start=(start := entry.start * most // free), end=max(entry.end * most // free, start + 1))
        if entry.end
        else entry
        for entry in entries
    ]


def frames_of(stills: Sequence[Still], line: int, lines: int, fps: int, scale: float) -> list[Frame]:
    """What stands in each frame of a line until all of it has come; the last one holds."""
    entries = entries_of(stills, line, lines, fps)
    frames: list[Frame] = [
        dict(placed for entry in entries if (placed := _placed(entry, number, scale)))
        for number in range(1 + max((entry.end for entry in entries), default=0))
    ]
    while len(frames) > 1 and frames[-1] == frames[-2]:
        del frames[-1]
    return frames


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
        shown = entry.stills[-(-(number - entry.start + 1) * len(entry.stills) // (entry.end - entry.start)) - 1]
        return entry.slot, Placed(shown.name, shown.x, shown.y)
    if last.enter == "grow":
        return entry.slot, Placed(last.name, last.x, last.y, shown=eased)
    return entry.slot, Placed(last.name, last.x, last.y + even(RISE_PX * scale * (1 - eased)), opacity=eased)
