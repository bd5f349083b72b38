"""Pictures for screens: one idea, one number, in the shapes that people send each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from render.edition import Edition
from render.gates import contrast_gate, picture_gate
from render.products import Context, File, Planned, Product
from render.typeset.brand import brand
from render.typeset.sheet import flat_step, laid_out, sheet_step
from render.typeset.wording import plain

BYTES_MOST = 200_000

_BAND_PX: int = brand()["picture"]["band_px"]


@dataclass(frozen=True)
class _Shape:
    name: str
    label: str  # what editors call it
    size_px: tuple[int, int]
    bands_px: tuple[int, int]  # woven bands at head and foot
    flat: bool = False  # goes out as PNG too


# Programs that show what a link leads to do not all read WebP. Everybody else has in the WebP every pixel there is.
_SHAPES = (
    _Shape("infographic-portrait", "Ảnh thông tin dọc", (1080, 1350), (_BAND_PX, 0)),
    _Shape("infographic-square", "Ảnh thông tin vuông", (1080, 1080), (_BAND_PX, 0)),
    _Shape("infographic-story", "Ảnh thông tin toàn màn hình", (1080, 1920), (3 * _BAND_PX, 3 * _BAND_PX)),
    _Shape("infographic-wide", "Ảnh chia sẻ liên kết", (1200, 630), (_BAND_PX, 0), flat=True),
)


def plan(shape: _Shape) -> Callable[[Edition, Context], Planned]:
    """How a picture of a shape is planned."""

    def planned(edition: Edition, context: Context) -> Planned:
        qr = context.qr(edition)
        sheet, warnings = sheet_step("set_picture", f"{shape.name}.typ", edition, qr)
        if edition.office is not None:  # a thousand offices share what one decides for itself
            sheet = laid_out(sheet, "set_picture_layout")
        files = [File(sheet, "webp", "webp", "image/webp")]
        if shape.flat:
            files.append(File(flat_step(sheet), "png", "png", "image/png", role="preview"))
        return Planned(
            files=tuple(files),
            gates=(
                picture_gate(sheet, qr, size_px=shape.size_px, bytes_most=BYTES_MOST, bands_px=shape.bands_px),
                contrast_gate(sheet, qr, width_px=shape.size_px[0]),
            ),
            details={
                "width_px": shape.size_px[0],
                "height_px": shape.size_px[1],
                "alt": alt(edition, sheet.inputs["data"]["hero"]),
            },
            warnings=warnings,
        )

    return planned


def alt(edition: Edition, hero: dict[str, object] | None) -> str:
    """What a picture says, for those who cannot see it: title, number and what it means, or the summary."""
    title = plain(edition.title)
    if hero is None:
        said = plain(edition.summary)
    else:
        number = " ".join(str(hero[part]) for part in ("prefix", "number", "unit") if hero[part])
        label = "".join(str(run["t"]) for run in hero["label"])  # type: ignore[attr-defined]
        said = f"{number}: {label}" if label else number
    ends = title.endswith((".", "?", "!", "។", "。", "？", "！"))
    whole = f"{title}{' ' if ends else '. '}{said}".strip()
    return whole.replace("\u00a0", " ").replace("\u2060", "").replace("\u200b", "")


PRODUCTS = tuple(
    Product(
        name=shape.name,
        label=shape.label,
        medium="picture",
        size=f"{shape.size_px[0]}×{shape.size_px[1]}",
        media_type="image/webp",
        plan=plan(shape),
    )
    for shape in _SHAPES
)
