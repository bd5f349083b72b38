"""Notices: one A3 page for a public board, in colour and for a copier."""

from __future__ import annotations

import functools

from render.article import Figures
from render.edition import Edition
from render.gates import pdf_gate, print_gate
from render.products import Context, File, Planned, Product
from render.products.paper import previews
from render.typeset.board import board_step
from render.typeset.printing import printed

BYTES_MOST = 400_000
QR_MM_LEAST = 40.0  # it is scanned from further away than a leaflet's
TRIM_MM = (297.0, 420.0)
BAND_MM = 12.0  # of notice.typ


def plan_notice(edition: Edition, context: Context, *, mono: bool) -> Planned:
    """The PDF, its preview, and the gates it must pass; what had no room on the board is a warning of its layout."""
    qr = context.qr(edition)
    sheet, warnings = board_step(edition, qr, mono=mono)
    prints = printed(sheet, edition, context.imprint, trim_mm=TRIM_MM, qr=qr) if context.imprint else ()
    return Planned(
        files=(
            File(sheet, "pdf", "pdf", "application/pdf"),
            *previews(sheet, 1),
            *(File(one.step, "pdf", one.suffix, "application/pdf", role="print") for one in prints),
        ),
        gates=(
            pdf_gate(sheet, edition, pages=1, bytes_most=BYTES_MOST, says=_must_say(edition)),
            print_gate(sheet, qr, least_mm=QR_MM_LEAST, band_mm=BAND_MM),
            *(one.gate for one in prints),
        ),
        details={"pages": 1, "mono": mono},
        warnings=warnings,
    )


def _must_say(edition: Edition) -> set[str]:
    """What no board leaves out: the facts of its number, and the number to call."""
    figure = next((block.figures[0] for block in edition.blocks if isinstance(block, Figures) and block.figures), None)
    said = {run.text for run in figure.value if run.fact} if figure else set[str]()
    return said | ({edition.hotline} - {""})


PRODUCTS = tuple(
    Product(
        name=name,
        label=label,
        medium="print",
        size="A3, một mặt",
        media_type="application/pdf",
        plan=functools.partial(plan_notice, mono=mono),
    )
    for name, label, mono in (
        ("notice-a3", "Bảng tin A3", False),
        ("notice-a3-mono", "Bảng tin A3 đen trắng", True),
    )
)
