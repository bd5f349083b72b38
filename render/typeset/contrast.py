"""Contrast read back from a finished PDF: the colour of every letter, and of the ground it really stands on."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from render.late import Late
from render.typeset.pdf import one_at_a_time

if TYPE_CHECKING:
    import numpy as np
    import pypdfium2
    import pypdfium2.raw as pdfium
    from numpy.typing import NDArray
else:
    np = Late("numpy")
    pypdfium2 = Late("pypdfium2")
    pdfium = Late("pypdfium2.raw")

# WCAG 2.2, 1.4.3: text, and text of at least 18 pt or 14 pt bold.
TEXT_LEAST, LARGE_LEAST = 4.5, 3.0
LARGE_PT, LARGE_BOLD_PT = 18.0, 14.0
_BOLD = 700
_PPI = 72

Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Pair:
    """Letters of one colour on one ground; `least_pt` is the smallest size they stand at, `letters` a few of them."""

    text: Colour
    ground: Colour
    large: bool
    least_pt: float
    letters: str

    @property
    def ratio(self) -> float:
        """The contrast by WCAG, 1 to 21."""
        return ratio(self.text, self.ground)

    @property
    def enough(self) -> bool:
        """Whether level AA is met."""
        return self.ratio >= (LARGE_LEAST if self.large else TEXT_LEAST)


def ratio(one: Colour, other: Colour) -> float:
    """The contrast of two colours by WCAG 2.2."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def pairs(pdf: bytes, *, shown: float = 1.0) -> tuple[Pair, ...]:
    """Every pair of text and ground of a PDF, the weakest first; `shown`: how many points a point of it is shown as."""
    found: dict[tuple[Colour, Colour, bool], tuple[float, str]] = {}
    with one_at_a_time:
        document = pypdfium2.PdfDocument(pdf)
        try:
            for page in document:
                for text, ground, size_pt, bold, letter in _letters(page):
                    large = size_pt * shown >= LARGE_PT or (bold and size_pt * shown >= LARGE_BOLD_PT)
                    least, letters = found.get((text, ground, large), (size_pt, ""))
                    found[text, ground, large] = (
                        min(least, size_pt),
                        letters + letter if len(letters) < 24 else letters,
                    )
        finally:
            document.close()
    made = (Pair(text, ground, large, *told) for (text, ground, large), told in found.items())
    return tuple(sorted(made, key=lambda pair: pair.ratio))


def _letters(page: Any) -> Iterator[tuple[Colour, Colour, float, bool, str]]:
    picture = np.asarray(page.render(scale=_PPI / 72).to_pil().convert("RGB"))
    height = page.get_height()
    left_pt, bottom_pt, *_ = page.get_mediabox()
    told = page.get_textpage()
    for index in range(told.count_chars()):
        letter = chr(pdfium.FPDFText_GetUnicode(told, index))
        if not letter.strip() or not letter.isprintable():
            continue
        red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
        if not pdfium.FPDFText_GetFillColor(told, index, red, green, blue, alpha):
            continue
        box = told.get_charbox(index, loose=True)
        ground = _ground(picture, box, height, left_pt, bottom_pt, (red.value, green.value, blue.value))
        if ground is None:
            continue
        size_pt = float(pdfium.FPDFText_GetFontSize(told, index))
        bold = pdfium.FPDFText_GetFontWeight(told, index) >= _BOLD
        yield (red.value, green.value, blue.value), ground, size_pt, bold, letter


def _ground(
    picture: NDArray[np.uint8],
    box: tuple[float, float, float, float],
    height: float,
    left_pt: float,
    bottom_pt: float,
    text: Colour,
) -> Colour | None:
    """The commonest colour round a letter that is not its own."""
    left, low, right, high = box
    if right - left < 4:  # marks and narrow letters: what is beside them is their ground too
        left, right = left - 3, right + 3
    top = max(0, int(height - (high - bottom_pt)) - 2)
    part = picture[
        top : int(height - (low - bottom_pt)) + 3, max(0, int(left - left_pt) - 2) : int(right - left_pt) + 3
    ]
    if part.size == 0:
        return None
    flat = part.reshape(-1, 3).astype(np.int32)
    other = flat[np.abs(flat - np.array(text)).max(axis=1) > 6]
    if len(other) == 0:
        return text  # letters that nobody can see
    codes, counts = np.unique(other @ np.array([65536, 256, 1]), return_counts=True)
    code = int(codes[counts.argmax()])
    return code >> 16, code >> 8 & 255, code & 255


def _luminance(colour: Colour) -> float:
    shares = (one / 255 for one in colour)
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
