"""QR codes as SVG for templates, and read back from pixels."""

from __future__ import annotations

import functools
import io
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import segno

if TYPE_CHECKING:
    from PIL.Image import Image

# The quiet zone that the standard asks for; readers in cheap phones need all of it.
BORDER_MODULES = 4


@dataclass(frozen=True)
class Seen:
    """A code found in a picture: what it says, the shortest side of its modules' square, and where it lies."""

    text: str
    side_px: float
    box_px: tuple[float, float, float, float] = (0, 0, 0, 0)  # left, top, right, bottom


@functools.lru_cache(maxsize=256)
def qr_svg(text: str, dark: str) -> str:
    """A QR code of medium error correction on white, quiet zone included."""
    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        out, kind="svg", border=BORDER_MODULES, dark=dark, light="#FFFFFF", xmldecl=False, nl=False
    )
    return out.getvalue().decode()


def read_codes(picture: Image) -> list[Seen]:
    """Every QR code that can be read in a picture as it lies, without the tricks of a patient reader."""
    import zxingcpp

    found = []
    for code in zxingcpp.read_barcodes(
        picture,
        formats=zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode]),
        try_rotate=False,
        try_downscale=False,
        try_invert=False,
    ):
        at = code.position
        corners = [(point.x, point.y) for point in (at.top_left, at.top_right, at.bottom_right, at.bottom_left)]
        sides = itertools.pairwise([*corners, corners[0]])
        side = min(((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5 for (x1, y1), (x2, y2) in sides)
        across, down = [x for x, _ in corners], [y for _, y in corners]
        found.append(Seen(code.text, side, (min(across), min(down), max(across), max(down))))
    return found
