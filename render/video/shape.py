"""The shape of a clip: its picture, its rhythm and the borders that platforms cover with their own buttons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Shape:
    """A picture measured in points, drawn at `scale` pixels a point; all lengths but `fps` are points.

    Nothing to be read stands in the top `safe_top` and the bottom `safe_bottom`; captions stand above the latter.
    A shape wider than high has two columns, any other one.
    """

    name: str
    width: int
    height: int
    fps: int = 30
    safe_top: int = 120
    safe_bottom: int = 320
    margin: int = 72
    scale: float = 1.0
    band: int = 56  # the height of the woven bands at head and foot

    @property
    def pixels(self) -> tuple[int, int]:
        """Width and height of the encoded picture, both even as 4:2:0 wants them."""
        return even(self.width * self.scale), even(self.height * self.scale)

    def as_data(self) -> dict[str, Any]:
        return asdict(self)


# Telephones held upright: the platform's own words stand over the top and the bottom.
VERTICAL = Shape("vertical", 1080, 1920)
# Feeds: nothing lies over the picture but a sign in a corner of the foot.
SQUARE = Shape("square", 1080, 1080, safe_top=56, safe_bottom=88, margin=64, band=36)
FEED = Shape("feed", 1080, 1350, safe_top=60, safe_bottom=96, margin=68, band=40)
# Players and television sets: the bar of a player at the foot, five hundredths at each edge that sets cut off.
WIDE = Shape("wide", 1920, 1080, safe_top=54, safe_bottom=96, margin=96, band=36)


def shape_of(data: Mapping[str, Any]) -> Shape:
    """The shape that `as_data` wrote into a step's inputs."""
    return Shape(**data)


def even(length: float) -> int:
    """The nearest even whole number of pixels: chroma samples cover two by two."""
    return 2 * round(length / 2)
