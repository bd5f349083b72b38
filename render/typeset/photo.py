"""Photographs on sheets: the pixels a sheet needs, in the form the typesetter takes without reading a file."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from render.article import Picture, Pictured
from render.edition import Edition
from render.photo import photo_step
from render.steps import Made, Step

Json = dict[str, Any]

# Most pixels of width on a sheet that is looked at: A4 at 150 dpi; on a printed one, with its bleed, at 300.
SCREEN_PX = 1240
PRINT_PX = 2560
# What one picture may add to a sheet: two of them leave a leaflet under its 400 KB.
SCREEN_BYTES = 140_000
PRINT_BYTES = 3_000_000
LOGO_PX = 640  # its box is 42 mm wide: 390 dpi
LOGO_BYTES = 60_000
NEED = "photo-"


def picture_data(picture: Picture) -> Json:
    """A picture as photo.typ takes it; `src` names its bytes, which come when the sheet is drawn."""
    return {
        "alt": picture.alt,
        "credit": picture.credit,
        "focus": list(picture.focus),
        "width_px": picture.width_px,
        "height_px": picture.height_px,
        "src": picture.digest,
    }


def pictures_in(edition: Edition) -> Iterator[Picture]:
    """Every picture of an edition: its own, those of its blocks."""
    if edition.picture:
        yield edition.picture
    for block in edition.blocks:
        if isinstance(block, Pictured):
            yield block.picture


def photo_needs(pictures: Iterable[Picture], *, width_px: int, bytes_most: int, grey: bool = False) -> dict[str, Step]:
    """The steps that prepare pictures, as needs of the step that draws them."""
    return {NEED + one.digest: photo_step(one, width_px=width_px, bytes_most=bytes_most, grey=grey) for one in pictures}


def screen_needs(edition: Edition, *, grey: bool = False) -> dict[str, Step]:
    """All pictures of an edition as a sheet that is looked at needs them."""
    pictures = photo_needs(pictures_in(edition), width_px=SCREEN_PX, bytes_most=SCREEN_BYTES, grey=grey)
    return {**pictures, **logo_needs(edition, grey=grey)}


def logo_needs(edition: Edition, *, grey: bool = False) -> dict[str, Step]:
    """The step that prepares the logo of an edition's office: what is transparent in it stays so."""
    logo = edition.office.logo if edition.office else None
    if logo is None:
        return {}
    return {NEED + logo.digest: photo_step(logo, width_px=LOGO_PX, bytes_most=LOGO_BYTES, alpha=True, grey=grey)}


def drawn_photos(needs: Mapping[str, Made]) -> dict[str, str]:
    """The prepared pictures by `src`, each wrapped in an SVG: the one door for bytes into a template.

    The typesetter's inputs are texts. It unpacks the base64 of an SVG in its own machine code and passes a JPEG on into
    the PDF as it stands: 0.5 ms a picture, where a decoder written in the template takes seconds.
    """
    return {
        name.removeprefix(NEED): _wrapped(made.files["picture"], made.details)
        for name, made in needs.items()
        if name.startswith(NEED)
    }


def _wrapped(data: bytes, details: Mapping[str, Any]) -> str:
    width, height = details["width_px"], details["height_px"]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
        f'<image width="{width}" height="{height}" preserveAspectRatio="none" '
        f'href="data:{details["media_type"]};base64,{base64.b64encode(data).decode()}"/></svg>'
    )
