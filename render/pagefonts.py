"""Fonts of pages in scripts that phones often lack: only their letters, as WOFF2, on pages of these languages alone."""

from __future__ import annotations

import functools
import hashlib
import io
from collections.abc import Iterable
from dataclasses import dataclass

from render.language import languages
from render.typeset.fonts import family_files

_BOLD = 700
# Script -> family, its files' weights, its letters, and whether one file holds all weights.
_SCRIPTS: dict[str, tuple[str, tuple[int, ...], tuple[tuple[int, int], ...]]] = {
    "Khmr": ("Noto Sans Khmer", (400, _BOLD), ((0x1780, 0x17FF), (0x19E0, 0x19FF), (0x200B, 0x200D), (0x25CC, 0x25CC))),
    "Tavt": ("Tai Heritage Pro", (400, _BOLD), ((0xAA80, 0xAADF), (0x25CC, 0x25CC))),
    "Cham": ("Noto Sans Cham", (400, _BOLD), ((0xAA00, 0xAA5F), (0x25CC, 0x25CC))),
}


@dataclass(frozen=True)
class PageFont:
    """A font of a script in one weight: its key in the bucket and its bytes."""

    family: str
    weight: int
    ranges: str  # as CSS says it
    key: str
    body: bytes


def page_fonts(tags: Iterable[str]) -> list[PageFont]:
    """The fonts that pages in these languages bring along."""
    known = languages()
    scripts = dict.fromkeys(known[tag].script for tag in sorted(tags) if tag in known)
    return [font for script in scripts for font in _fonts(script)]


def font_body(key: str) -> bytes:
    """The bytes of a font by its key."""
    script = next(script for script, look in _SCRIPTS.items() if key.startswith(f"s/{_file_name(look[0])}-"))
    return next(font.body for font in _fonts(script) if font.key == key)


def _file_name(family: str) -> str:
    return family.lower().replace(" ", "-")


@functools.cache
def font_faces(script: str, root: str) -> str:
    """The CSS that names the fonts of a script; "" where every phone has them."""
    return "".join(
        f'\n@font-face{{font-family:"{font.family}";font-weight:{font.weight};font-display:swap;'
        f'src:url({root}{font.key}) format("woff2");unicode-range:{font.ranges}}}'
        for font in _fonts(script)
    )


@functools.cache
def _fonts(script: str) -> tuple[PageFont, ...]:
    if script not in _SCRIPTS:
        return ()
    from fontTools import subset  # here: takes as long to load as all of a page's making, and few runs cut a font
    from fontTools.ttLib import TTFont
    from fontTools.varLib import instancer

    family, weights, blocks = _SCRIPTS[script]
    files = family_files(family)
    ranges = ",".join(f"U+{low:X}-{high:X}" if high > low else f"U+{low:X}" for low, high in blocks)
    codes = [code for low, high in blocks for code in range(low, high + 1)]
    found = []
    for number, weight in enumerate(weights):
        font = TTFont(files[min(number, len(files) - 1)], recalcTimestamp=False)
        if font["OS/2"].version < 4:
            font["OS/2"].fsSelection &= 0x7F  # the higher bits say something in later versions only
        if "fvar" in font:
            axes = {axis.axisTag: axis.defaultValue for axis in font["fvar"].axes}
            font = instancer.instantiateVariableFont(font, axes | {"wght": weight})
        options = subset.Options(layout_features=["*"], hinting=False, desubroutinize=False, notdef_outline=True)
        cut = subset.Subsetter(options)
        cut.populate(unicodes=codes)
        cut.subset(font)
        font.flavor = "woff2"
        written = io.BytesIO()
        font.save(written)
        body = written.getvalue()
        key = f"s/{_file_name(family)}-{weight}.{hashlib.sha256(body).hexdigest()[:16]}.woff2"
        found.append(PageFont(family, weight, ranges, key, body))
    return tuple(found)
