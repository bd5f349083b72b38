"""The step that draws a scene's stills: every layer of it, cut out, with where it stands and how it enters."""

from __future__ import annotations

import functools
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from PIL import Image

from render.errors import GateError
from render.steps import Made, Step, canonical
from render.typeset.engine import LIBRARIES, ask, compile_png, template_files
from render.typeset.fonts import font_files, require_letters
from render.typeset.photo import drawn_photos
from render.video.planes import Box, Layer, layer_of
from render.video.shape import Shape, even

TEMPLATE = "clip.typ"


@dataclass(frozen=True)
class Still:
    """A layer as the template placed it; `enter` is still, rise, grow or caption, `at` the line it comes with."""

    name: str
    slot: str
    x: int
    y: int
    enter: str
    at: int


def layers_step(
    scene: Mapping[str, Any], *, lang: str, theme: str, shape: Shape, photos: Mapping[str, Step] | None = None
) -> Step:
    """The step that draws one scene; `scene` is the template's data, `photos` are those that stand in it."""
    files = _files(lang)
    return Step(
        run="render.video.layers:draw",
        inputs={"scene": scene, "lang": lang, "theme": theme, "scale": shape.scale},
        needs=dict(photos or {}),
        files=files,
        libraries=(*LIBRARIES, "Pillow"),
    )


@functools.lru_cache(maxsize=16)  # which files there are is asked once in a process, what is in them each time
def _files(lang: str) -> tuple[Path, ...]:
    return (*template_files(TEMPLATE), *font_files(lang))


def draw(inputs: Mapping[str, Any], needs: Mapping[str, Made]) -> Made:
    """`stills.json` and one PNG a still; a GateError naming the scene when text does not fit."""
    lang, scale = inputs["lang"], float(inputs["scale"])
    require_letters(_texts(inputs["scene"]), lang)
    scene = {**inputs["scene"], "photos": drawn_photos(needs)} if needs else inputs["scene"]
    pages = compile_png(TEMPLATE, scene, lang=lang, ppi=72 * scale, theme=inputs["theme"])
    placed = ask(TEMPLATE, "layer", lang=lang)
    for page, one in zip(pages, placed, strict=True):
        if one["pad"]:
            _inside(page, one["slot"], inputs["scene"]["name"])
    stills = [
        {
            "name": f"{number:02}.png",
            "slot": one["slot"],
            "x": even(one["x"] * scale),
            "y": even(one["y"] * scale),
            "enter": one["enter"],
            "at": int(one["at"]),
        }
        for number, one in enumerate(placed)
    ]
    files = {f"{number:02}.png": page for number, page in enumerate(pages)}
    return Made(files={"stills.json": canonical(stills), **files}, details={"stills": len(pages)})


def _texts(scene: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Every text of a scene with where it stands: what must not print as empty boxes."""
    found: list[tuple[str, str]] = []

    def visit(value: Any) -> None:
        if isinstance(value, str):
            found.append((f"scene {scene['name']}", value))
        elif isinstance(value, Mapping):
            for key, inner in value.items():
                if key not in {"qr", "tone", "src"}:
                    visit(inner)
        elif isinstance(value, Sequence):
            for inner in value:
                visit(inner)

    visit([scene["shows"], scene["note"], scene["topic"], scene["captions"]])
    return found


def _inside(page: bytes, slot: str, scene: str) -> None:
    """Every layer with room around it leaves its outermost pixels empty; ink there is text that ran out of its box."""
    with Image.open(io.BytesIO(page)) as image:
        box = image.getchannel("A").getbbox() if image.mode == "RGBA" else (0, 0, *image.size)
        width, height = image.size
    if box and (box[0] == 0 or box[1] == 0 or box[2] == width or box[3] == height):
        raise GateError(
            f"scene {scene}: the {slot.replace('-', ' ')} runs out of its box",
            gate="overflow",
            mend="Shorten the text, or part an overlong word",
        )


class Layers(dict[str, Layer]):
    """The layers of a scene by name, each turned into planes when it is first asked for: few units show them all."""

    def __init__(self, made: Made, stills: Sequence[Still], prefix: str = "") -> None:
        super().__init__()
        self._pngs = {prefix + still.name: made.files[still.name] for still in stills}

    def __missing__(self, name: str) -> Layer:
        self[name] = layer_of(self._pngs[name])
        return self[name]

    def box(self, still: Still) -> Box:
        """Where a still stands when it has come, by the size its picture says it has."""
        with Image.open(io.BytesIO(self._pngs[still.name])) as image:
            width, height = image.size
        return still.x, still.y, still.x + width + width % 2, still.y + height + height % 2

    def joined(self, other: Layers) -> Layers:
        """These and those; the names must differ."""
        self._pngs |= other._pngs
        return self


def read_stills(made: Made, prefix: str = "") -> tuple[list[Still], Layers]:
    """What `draw` made, as the painter takes it; `prefix` goes before the names."""
    stills = [Still(**one) for one in json.loads(made.files["stills.json"])]
    return [replace(still, name=prefix + still.name) for still in stills], Layers(made, stills, prefix)
