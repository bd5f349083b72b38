"""A clip as scenes: what each shows, and the lines that are spoken over it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from render.article import Picture
from render.edition import Runs
from render.video.clipfile import Footage


@dataclass(frozen=True)
class Scene:
    """One scene. `shows` is JSON data for the template of its kind; `lines` are spoken one after the other.

    In `shows` a part may hold `"at": n`: it appears when line n begins. `hold_s` is held in silence at the end,
    beyond the pause that every scene has.
    """

    name: str  # "figure", "steps-2": what errors call it
    kind: str  # title, figure, bars, table, ticks, steps, notice, text, picture, closing: a function of the template
    shows: Mapping[str, Any]
    lines: tuple[Runs, ...]
    opens: bool = False  # the first scene: the chime sounds before its first line
    closes: bool = False  # the last one: the chime answers after its last line
    hold_s: float = 0.0
    length_s: float = 0.0  # at least so long, where somebody wishes it
    picture: Picture | None = None  # what moves behind it: a photograph that is slowly approached,
    footage: Footage | None = None  # or a film
