"""Talks: what a village elder or a collaborator reads aloud before people, in large type with marks to breathe at."""

from __future__ import annotations

from render.edition import Edition
from render.gates import pdf_gate, print_gate
from render.products import Context, File, Planned, Product
from render.products.paper import previews
from render.products.telling import talk_step
from render.typeset.printing import printed

BYTES_MOST = 400_000


def plan_talk(edition: Edition, context: Context) -> Planned:
    """The PDF of as many pages as the talk needs, previews of the first and of all, and the gates it must pass."""
    qr = context.qr(edition)
    sheet, warnings = talk_step(edition, qr)
    prints = printed(sheet, edition, context.imprint, qr=qr) if context.imprint else ()
    return Planned(
        files=(
            File(sheet, "pdf", "pdf", "application/pdf"),
            *previews(sheet),
            *(File(one.step, "pdf", one.suffix, "application/pdf", role="print") for one in prints),
        ),
        gates=(
            pdf_gate(sheet, edition, pages=None, bytes_most=BYTES_MOST),
            print_gate(sheet, qr),
            *(one.gate for one in prints),
        ),
        warnings=warnings,
    )


PRODUCTS = (
    Product(
        name="script-sheet",
        label="Bản nói chuyện",
        medium="print",
        size="A4, nhiều trang",
        media_type="application/pdf",
        plan=plan_talk,
    ),
)
