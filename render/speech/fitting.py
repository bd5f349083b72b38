"""Which parts of a bulletin are said when not all of them fit its slot, and what to cut when even those do not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from render.errors import GateError
from render.speech.segments import Segment, estimated_s

# Air, chime, air before the voice; air, answer and tail after it: mastering adds them.
AROUND_S = 5.4
# The estimate is within a few per cent of what engines then take; this much of the slot stays free for it.
_MARGIN = 0.97


@dataclass(frozen=True)
class Part:
    """A paragraph of a bulletin. Parts of rank 0 are always said; the highest ranks are left out first."""

    name: str  # for people: the heading of its block
    rank: int
    segments: tuple[Segment, ...]
    order: int = 0  # its place in a brief bulletin


@dataclass(frozen=True)
class Script:
    """A bulletin to be said. Only opening and closing know the office; the body is the same for all."""

    opening: tuple[Part, ...]
    body: tuple[Part, ...]
    closing: tuple[Part, ...]
    left_out: tuple[str, ...] = ()  # what did not fit, by its heading

    @property
    def parts(self) -> tuple[Part, ...]:
        """All of it, in order."""
        return self.opening + self.body + self.closing

    @property
    def segments(self) -> tuple[Segment, ...]:
        """Every sentence, in order."""
        return tuple(segment for part in self.parts for segment in part.segments)


@dataclass(frozen=True)
class Choice:
    """One thing to be said in a brief bulletin: the ways to say it, the fullest first.

    For one that is `wanted` the choices before it leave room, as long as they can be said in a shorter way themselves.
    """

    ways: tuple[tuple[Part, ...], ...]
    wanted: bool = False


def length_s(script: Script, pace: float) -> float:
    """About how long a bulletin will be."""
    return AROUND_S + estimated_s(script.segments, pace)


def fitted(script: Script, slot_s: float, pace: float) -> Script:
    """As much of a bulletin as its slot holds: parts of the highest rank go first, the later before the earlier."""
    body = list(script.body)
    left_out: list[str] = []
    while length_s(replace(script, body=tuple(body)), pace) > slot_s * _MARGIN:
        last = max(range(len(body)), key=lambda at: (body[at].rank, at))
        if body[last].rank == 0:
            break
        left_out.append(body.pop(last).name)
    return replace(script, body=tuple(body), left_out=tuple(dict.fromkeys(reversed(left_out))))


def brief(
    opening: tuple[Part, ...], choices: Sequence[Choice], closing: tuple[Part, ...], *, slot_s: float, pace: float
) -> Script:
    """A short bulletin: of each choice, the most important first, the fullest way that still fits.

    A choice whose parts are of rank 0 is said whatever happens. Parts are told in their order within the article, and
    what is told in a shorter way, or not at all, is named.
    """
    chosen: list[Part] = []
    left_out: list[str] = []
    for number, choice in enumerate(choices):
        free_s = slot_s * _MARGIN - length_s(Script(opening, tuple(chosen), closing), pace)
        later_s = sum(min(_parts_s(way, pace) for way in one.ways) for one in choices[number + 1 :] if one.wanted)
        must = all(part.rank == 0 for part in choice.ways[0])
        fitting = [way for way in choice.ways if must or _parts_s(way, pace) <= free_s]
        modest = [way for way in fitting if _parts_s(way, pace) <= free_s - later_s]
        told = (modest or fitting or [()])[0]
        chosen += [part for part in told if part not in chosen]
        missing = [part.name for part in choice.ways[0] if part not in chosen]
        left_out += [f"{name} (nói gọn)" for name in missing] if told else missing
    ordered = sorted(chosen, key=lambda part: part.order)
    return Script(opening, tuple(ordered), closing, tuple(dict.fromkeys(left_out)))


def check_length(script: Script, slot_s: float, pace: float, *, where: str) -> None:
    """The gate `slot` before anything is spoken: a `GateError` that says by how much, and which blocks to cut."""
    over_s = length_s(script, pace) - slot_s
    if over_s > 0.03 * slot_s:
        told = [(part.name, estimated_s(part.segments, pace)) for part in script.body]
        raise GateError(
            f"even the shortest bulletin takes about {over_s:.0f} s more than its slot of {slot_s:.0f} s",
            gate="slot",
            where=where,
            mend=f"Shorten {what_to_cut(told, over_s)}",
        )


def what_to_cut(parts: Iterable[tuple[str, float]], over_s: float) -> str:
    """The fewest blocks that together last as long as there is too much, each with its seconds."""
    seconds: dict[str, float] = {}
    for name, part_s in parts:
        seconds[name] = seconds.get(name, 0.0) + part_s
    enough = [(part_s, name) for name, part_s in seconds.items() if part_s >= over_s]
    wanted = [min(enough)] if enough else sorted(((part_s, name) for name, part_s in seconds.items()), reverse=True)
    cut: list[str] = []
    for part_s, name in wanted:
        if over_s <= 0:
            break
        cut.append(f"“{name}” ({part_s:.1f} s)")
        over_s -= part_s
    return ", ".join(cut)


def _parts_s(parts: Iterable[Part], pace: float) -> float:
    return estimated_s((segment for part in parts for segment in part.segments), pace)
