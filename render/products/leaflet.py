"""Leaflets: printed sheets of two sides."""

from __future__ import annotations

from render.edition import Edition
from render.gates import pdf_gate, print_gate
from render.products import Context, File, Planned, Product
from render.typeset.sheet import laid_out, preview_step, sheet_step

TEMPLATE = "leaflet-a4.typ"
PAGES = 2
BYTES_MOST = 400_000


def plan_a4(edition: Edition, context: Context) -> Planned:
    """The PDF for screen and desk printer, a preview of each side, and the gates it must pass."""
    qr = context.qr(edition)
    sheet, warnings = sheet_step("set_pdf", TEMPLATE, edition, qr)
    sheet = laid_out(sheet)
    previews = preview_step(sheet, PAGES)
    return Planned(
        files=(
            File(sheet, "pdf", "pdf", "application/pdf"),
            *(
                File(previews, f"page-{page}", f"{page}.png", "image/png", role="preview")
                for page in range(1, PAGES + 1)
            ),
        ),
        gates=(
            pdf_gate(sheet, edition, pages=PAGES, bytes_most=BYTES_MOST),
            print_gate(sheet, qr),
        ),
        details={"pages": PAGES},
        warnings=warnings,
    )


PRODUCTS = (
    Product(
        name="leaflet-a4",
        label="Tờ rơi A4",
        medium="print",
        size="A4, hai mặt",
        media_type="application/pdf",
        plan=plan_a4,
    ),
)
