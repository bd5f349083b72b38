"""Pictures as BT.709 planes: layers are converted once, and blended without going back to RGB.

Converting to Y′CbCr and halving chroma are linear, so premultiplied layers blended over premultiplied planes give
what blending in RGB and converting every frame would give, for a fraction of the work.
"""

from __future__ import annotations

import functools
import io
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from PIL import Image

from render.late import Late

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
else:
    np = Late("numpy")

Plane: TypeAlias = "NDArray[np.uint8]"
Reals: TypeAlias = "NDArray[np.float32]"
Picture = tuple[Plane, Plane, Plane]  # luma, and two chroma planes of half its width and height
Ground = Picture | tuple[int, int, int]  # what lies under all layers: a picture, or a colour as Y′, Cb, Cr
Box = tuple[int, int, int, int]  # left, top, right, bottom; even, right and bottom excluded

# ITU-R BT.709, limited range: Y′ 16–235, Cb and Cr 16–240; rows are Y′, Cb, Cr for R, G, B in 0–255.
_KR, _KB = 0.2126, 0.0722
_OFFSET = (16.0, 128.0, 128.0)


@functools.cache
def _matrix() -> Reals:
    luma = np.array([_KR, 1 - _KR - _KB, _KB])
    rows = [
        luma * 219 / 255,
        (np.array([0, 0, 1]) - luma) / (2 * (1 - _KB)) * 224 / 255,
        (np.array([1, 0, 0]) - luma) / (2 * (1 - _KR)) * 224 / 255,
    ]
    return np.stack(rows).astype(np.float32)


@dataclass(frozen=True, eq=False)
class Layer:
    """A still, premultiplied by its own transparency, with even width and height.

    Its planes hold only what is not clear, from `left`, `top` on.
    """

    picture: Picture
    alpha: Plane
    chroma_alpha: Plane
    left: int
    top: int
    width: int
    height: int


def layer_of(png: bytes) -> Layer:
    """A PNG with or without transparency as a layer; an odd edge is filled up with nothing."""
    with Image.open(io.BytesIO(png)) as image:
        whole = image.convert("RGBA")
    width, height = whole.width + whole.width % 2, whole.height + whole.height % 2
    left, top, right, bottom = whole.getchannel("A").getbbox() or (0, 0, 2, 2)
    left, top = left - left % 2, top - top % 2
    right, bottom = right + right % 2, bottom + bottom % 2
    rgba = np.asarray(whole.crop((left, top, right, bottom)))  # beyond the edge Pillow fills up with nothing
    alpha = rgba[..., 3]
    cover: Reals = alpha.astype(np.float32) / np.float32(255)
    colour: Reals = rgba[..., :3].astype(np.float32) * cover[..., None]
    quarter = _halved(colour)
    chroma_cover = _halved(cover)
    luma = colour @ _matrix()[0] + _OFFSET[0] * cover
    blue = quarter @ _matrix()[1] + _OFFSET[1] * chroma_cover
    red = quarter @ _matrix()[2] + _OFFSET[2] * chroma_cover
    picture = _rounded(luma), _rounded(blue), _rounded(red)
    return Layer(picture, alpha, _rounded(chroma_cover * 255), left, top, width, height)


def colour_of(rgb: tuple[int, int, int]) -> tuple[int, int, int]:
    """One flat colour as Y′, Cb, Cr."""
    values = _matrix() @ np.array(rgb, np.float32) + np.array(_OFFSET, np.float32)
    luma, blue, red = (int(np.rint(value)) for value in values)
    return luma, blue, red


def flat(width: int, height: int, colour: tuple[int, int, int]) -> Picture:
    """A picture of one colour, given as Y′, Cb, Cr."""
    luma = np.full((height, width), colour[0], np.uint8)
    blue, red = (np.full((height // 2, width // 2), value, np.uint8) for value in colour[1:])
    return luma, blue, red


def blend(target: Picture, layer: Layer, at: tuple[int, int], *, within: Box, opacity: float = 1.0) -> None:
    """Lay `layer` with its corner at `at` (even) over `target`, changing only what lies `within` a box."""
    left, top = at[0] + layer.left, at[1] + layer.top
    high, wide = layer.alpha.shape
    x0, y0 = max(left, within[0]), max(top, within[1])
    x1, y1 = min(left + wide, within[2]), min(top + high, within[3])
    if x0 >= x1 or y0 >= y1 or opacity <= 0:
        return
    weight = min(256, round(opacity * 256))
    for index, plane in enumerate(target):
        step = 1 if index == 0 else 2
        alpha = layer.alpha if index == 0 else layer.chroma_alpha
        rows, columns = slice(y0 // step, y1 // step), slice(x0 // step, x1 // step)
        own_rows = slice((y0 - top) // step, (y1 - top) // step)
        own_columns = slice((x0 - left) // step, (x1 - left) // step)
        colour = _weighted(layer.picture[index][own_rows, own_columns], weight)
        cover = _weighted(alpha[own_rows, own_columns], weight)
        under = plane[rows, columns] * (255 - cover) + 128
        plane[rows, columns] = np.minimum(colour + ((under + (under >> 8)) >> 8), 255)


def _weighted(plane: Plane, weight: int) -> NDArray[np.uint16]:
    """Sixteen bits to reckon with, at a weight of 256ths."""
    wide = plane.astype(np.uint16)
    if weight < 256:
        wide *= np.uint16(weight)
        wide >>= np.uint16(8)
    return wide


def fill(target: Picture, box: Box, ground: Ground) -> None:
    """Paint a box as the ground is there."""
    left, top, right, bottom = box
    for index, plane in enumerate(target):
        step = 1 if index == 0 else 2
        own = ground[index]
        place = slice(top // step, bottom // step), slice(left // step, right // step)
        plane[place] = own[place] if isinstance(own, np.ndarray) else own


def packed(picture: Picture) -> bytes:
    """A picture as one step hands it to another: without loss, type on flat fields in a thirtieth of its size."""
    return zlib.compress(b"".join(plane.tobytes() for plane in picture), 1)


def unpacked(data: bytes, width: int, height: int) -> Picture:
    """The inverse of `packed`."""
    whole = np.frombuffer(zlib.decompress(data), np.uint8)
    luma, blue, red = np.split(whole, [width * height, width * height * 5 // 4])
    small = height // 2, width // 2
    return luma.reshape(height, width), blue.reshape(small), red.reshape(small)


def to_rgb(picture: Picture) -> Image.Image:
    """The picture as a viewer shows it, for posters and for reading frames back."""
    luma, blue, red = (plane.astype(np.float32) for plane in picture)
    chroma = np.stack([blue, red], axis=-1).repeat(2, axis=0).repeat(2, axis=1) - 128
    values = np.concatenate([(luma - 16)[..., None], chroma], axis=-1)
    rgb = values @ np.linalg.inv(_matrix()).T.astype(np.float32)
    return Image.fromarray(_rounded(rgb))


def _halved(values: Reals) -> Reals:
    """The mean of each two by two samples."""
    total = values[0::2, 0::2] + values[1::2, 0::2] + values[0::2, 1::2] + values[1::2, 1::2]
    quartered: Reals = total * np.float32(0.25)
    return quartered


def _rounded(values: Reals) -> Plane:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)
