"""Pictures for screens: one idea, one number."""

from __future__ import annotations

from render.edition import Edition
from render.gates import picture_gate
from render.products import Context, File, Planned, Product
from render.typeset.sheet import sheet_step

BYTES_MOST = 200_000


def plan_portrait(edition: Edition, context: Context) -> Planned:
    """The picture as WebP for readers and PNG for whoever works on with it."""
    qr = context.qr(edition)
    sheet, warnings = sheet_step("set_picture", "infographic-portrait.typ", edition, qr)
    return Planned(
        files=(
            File(sheet, "webp", "webp", "image/webp"),
            File(sheet, "png", "png", "image/png", role="preview"),
        ),
        gates=(picture_gate(sheet, qr, size_px=(1080, 1350), bytes_most=BYTES_MOST),),
        details={"width_px": 1080, "height_px": 1350},
        warnings=warnings,
    )


PRODUCTS = (
    Product(
        name="infographic-portrait",
        label="Ảnh thông tin dọc",
        medium="picture",
        size="1080×1350",
        media_type="image/webp",
        plan=plan_portrait,
    ),
)
