"""The painter: keeps one picture and repaints only the boxes that differ from the frame before."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from render.video.planes import Box, Ground, Layer, Picture, blend, fill


@dataclass(frozen=True)
class Placed:
    """A layer as one frame shows it; `shown` is the part of its width that is there (a bar that grows)."""

    layer: str
    x: int
    y: int
    opacity: float = 1.0
    shown: float = 1.0


# A frame: what stands in each slot, lowest first. Two layers of one slot never show together.
Frame = Mapping[str, Placed]


def painted(frames: Sequence[Frame], layers: Mapping[str, Layer], ground: Ground) -> Callable[[Picture], Iterator[int]]:
    """What paints these frames one after the other into the planes it is given, and tells their numbers.

    A frame like the one before it is left out.
    """

    def paint(picture: Picture) -> Iterator[int]:
        height, width = picture[0].shape
        before: Frame | None = None
        for number, frame in enumerate(frames):
            if frame == before:
                continue
            boxes = [(0, 0, width, height)] if before is None else changes(layers, before, frame)
            repaint(picture, boxes, layers, frame, ground)
            before = frame
            yield number

    return paint


def changes(layers: Mapping[str, Layer], before: Frame, now: Frame) -> list[Box]:
    """The boxes in which two frames differ, merged until none touches another."""
    boxes: list[Box] = []
    for slot in [*before, *(slot for slot in now if slot not in before)]:
        old, new = before.get(slot), now.get(slot)
        if old != new:
            boxes += [_box(layers, placed) for placed in (old, new) if placed is not None]
    return merged(boxes)


def merged(boxes: list[Box]) -> list[Box]:
    """The same area by boxes that do not overlap (what lies between two that do is added)."""
    apart: list[Box] = []
    for box in boxes:
        grown = box
        while touching := [other for other in apart if _overlap(other, grown)]:
            for other in touching:
                apart.remove(other)
                grown = (
                    min(grown[0], other[0]),
                    min(grown[1], other[1]),
                    max(grown[2], other[2]),
                    max(grown[3], other[3]),
                )
        if grown[0] < grown[2] and grown[1] < grown[3]:
            apart.append(grown)
    return apart


def repaint(picture: Picture, boxes: list[Box], layers: Mapping[str, Layer], frame: Frame, ground: Ground) -> None:
    """Paint `frame` anew inside the boxes: the ground first, then every layer that reaches into them."""
    height, width = picture[0].shape
    for left, top, right, bottom in boxes:
        box = (max(0, left), max(0, top), min(width, right), min(height, bottom))
        fill(picture, box, ground)
        for placed in frame.values():
            layer = layers[placed.layer]
            if _overlap(box, _box(layers, placed)):
                within = _cut(box, placed, layer)
                blend(picture, layer, (placed.x, placed.y), within=within, opacity=placed.opacity)


def _cut(box: Box, placed: Placed, layer: Layer) -> Box:
    if placed.shown >= 1:
        return box
    return box[0], box[1], min(box[2], placed.x + 2 * round(layer.width * placed.shown / 2)), box[3]


def _box(layers: Mapping[str, Layer], placed: Placed) -> Box:
    layer = layers[placed.layer]
    return placed.x, placed.y, placed.x + layer.width, placed.y + layer.height


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
