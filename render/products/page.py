"""The photographs of an article's public page, as WebP in the widths that telephones and desks ask for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from render.article import Picture
from render.edition import Edition
from render.photo import photo_step
from render.products import Context, File, Planned, Product
from render.steps import Step
from render.typeset.photo import pictures_in

NAME = "page-photos"
WIDTHS_PX = (640, 1280)
PHOTOGRAPHS = "photographs"  # in the details: what a camera made, by `known_as`; the others are drawn
# What one photograph may add to a page, by its width: a telephone on a slow line loads the first.
_BYTES_MOST = {640: 60_000, 1280: 200_000}
_SUFFIX = re.compile(r"([0-9a-f]{12})-(\d{1,5})\.webp")


def photo_of(suffix: str) -> tuple[str, int] | None:
    """The beginning of a picture's digest and the width, of a file of ours; None for any other."""
    match = _SUFFIX.fullmatch(suffix)
    return (match[1], int(match[2])) if match else None


def known_as(digest: str) -> str:
    """How files name a picture."""
    return digest[:12]


def plan_photos(edition: Edition, context: Context) -> Planned:  # noqa: ARG001 (planned like every product)
    """Every picture of the edition in each width, the widest of the first as the main file."""
    files: list[File] = []
    pictures = list(dict.fromkeys(pictures_in(edition)))
    for picture in pictures:
        files += [
            File(step, "picture", f"{known_as(picture.digest)}-{width}.webp", "image/webp", role="photo")
            for width, step in _in_widths(picture)
        ]
    first = files[-1]
    photographs = " ".join(sorted({known_as(one.digest) for one in pictures if _is_photograph(one)}))
    return Planned(
        files=(File(first.step, first.name, first.suffix, first.media_type), *files[:-1]),
        details={PHOTOGRAPHS: photographs} if photographs else {},
    )


def _is_photograph(picture: Picture) -> bool:
    """As cameras write them, and credited as one ("Ảnh: …"): nothing is claimed of a drawing or of a screen."""
    if picture.path is None or not picture.credit.casefold().startswith("ảnh"):
        return False
    with picture.path.open("rb") as file:
        return file.read(3) == b"\xff\xd8\xff"


def _in_widths(picture: Picture) -> Iterator[tuple[int, Step]]:
    """A picture that is narrower than asked is not blown up; two widths that come out the same are one."""
    for width, most in {min(width, picture.width_px): _BYTES_MOST[width] for width in WIDTHS_PX}.items():
        yield width, photo_step(picture, width_px=width, bytes_most=most, webp=True)


def has_photos(edition: Any) -> bool:
    """Whether its page needs them."""
    return isinstance(edition, Edition) and next(pictures_in(edition), None) is not None


PRODUCT = Product(
    name=NAME,
    label="Ảnh trong bài",
    medium="page",
    size="",
    media_type="image/webp",
    plan=plan_photos,
)
