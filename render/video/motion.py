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

ENTER_S = {"still": 0.0, "rise": 0.25, "grow": 0.5}
RISE_PX = 24  # how far below its place something enters, at full size


@dataclass(frozen=True)
class Entry:
    """A still, and the frames between which it enters."""

    still: Still
    start: int
    end: int


def entries_of(stills: Sequence[Still], line: int, lines: int, fps: int) -> list[Entry]:
    """When each still enters in the unit of a line: in the template's order, with its line, never two at once.

    What came with an earlier line is in its place; what comes with a later one is not there yet.
    """
    entries: list[Entry] = []
    free = 0
    for still in stills:
        # What comes with the first line is there before it is spoken of.
        comes = still.at if 0 < still.at < lines else 0
        if comes > line:
            continue
        if still.enter == "still" or comes < line:
            entries.append(Entry(still, 0, 0))
            continue
        end = free + round(ENTER_S[still.enter] * fps)
        entries.append(Entry(still, free, end))
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
    still = entry.still
    if number >= entry.end:
        return still.slot, Placed(still.name, still.x, still.y)
    share = (number - entry.start + 1) / (entry.end - entry.start)
    eased = 1 - (1 - share) ** 3
    if still.enter == "grow":
        return still.slot, Placed(still.name, still.x, still.y, shown=eased)
    return still.slot, Placed(still.name, still.x, still.y + even(RISE_PX * scale * (1 - eased)), opacity=eased)
