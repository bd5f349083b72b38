"""Words set as every sheet sets them, to be measured: as pixels, and as lines."""

from __future__ import annotations

import functools
import io
import json
import re

import numpy as np
import typst
from numpy.typing import NDArray
from PIL import Image

from render.paths import ASSETS
from render.typeset.brand import look
from render.typeset.fonts import font_files

PROBE = """
#import "/templates/brand.typ": *
#let data = json(bytes(sys.inputs.data))
#let look = json(bytes(sys.inputs.look))
#show: setup.with(look, "x")
#let k = print-kit(look, 1.0, 2000pt, 10pt)
#set page(width: data.width * 1pt, height: auto, margin: (x: 10pt, y: 120pt), fill: white)
#let inks = (rgb("#ff0000"), rgb("#0000ff"))
#let coloured(lines) = lines.zip(inks).map(((line, ink)) => text(fill: ink, line)).join(linebreak())
#let set-as(role, body) = if role == "headline" { display(k, data.size * 1pt, black, body) } else if role == "heading" {
  display(k, data.size * 1pt, black, weight: 700, body)
} else { text(size: data.size * 1pt, weight: if role == "bold" { 700 } else { 400 }, body) }
#if data.role == "measured" {
  context headline-set(k, data.lines.join(" "), data.width * 1pt, (size: data.size, lines: data.lines), black)
} else { block(set-as(data.role, if data.lines.len() > 1 { coloured(data.lines) } else { data.lines.first() })) }
"""


@functools.lru_cache(maxsize=32)
def fonts(tag: str) -> typst.Fonts:
    """Exactly the fonts of a language."""
    folders = sorted({str(file.parent) for file in font_files(tag)})
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=folders)


def compiled(tag: str, lines: list[str], role: str, kind: str, *, size: float = 100, width: float = 2400) -> bytes:
    """The lines in one role (body, bold, heading, headline, measured) as a PNG or a PDF."""
    data = {"lines": lines, "role": role, "size": size, "width": width}
    made = typst.compile(
        PROBE.encode(),
        root=str(ASSETS),
        font_paths=fonts(tag),
        format=kind,
        ppi=72,
        sys_inputs={"data": json.dumps(data), "look": json.dumps(look(tag))},
    )
    return made if isinstance(made, bytes) else made[0]


def pixels(tag: str, lines: list[str], role: str, **how: float) -> NDArray[np.int16]:
    """The same as red, green and blue."""
    return np.asarray(Image.open(io.BytesIO(compiled(tag, lines, role, "png", **how))).convert("RGB"), dtype=np.int16)


def air(tag: str, low: str, high: str, role: str) -> float:
    """The empty rows between the ink of two lines, in em; negative where they share rows."""
    picture = pixels(tag, [low, high], role)
    red, blue = picture[..., 0] > picture[..., 2] + 40, picture[..., 2] > picture[..., 0] + 40
    return float(np.flatnonzero(blue.any(axis=1))[0] - np.flatnonzero(red.any(axis=1))[-1] - 1) / 100


def broken(tag: str, text: str, width: float, *, size: float = 20) -> list[str]:
    """The lines into which a paragraph is broken at a width in points, read from the text of the PDF."""
    import pypdfium2

    page = pypdfium2.PdfDocument(compiled(tag, [text], "body", "pdf", size=size, width=width))[0].get_textpage()
    return [line for line in re.split(r"[\r\n]+", page.get_text_range()) if line]
