"""Leaflets: printed sheets of two sides, flat or folded."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

from render.article import Pictured, Prose, Questions, Story
from render.edition import Edition, Run
from render.gates import pdf_gate, print_gate
from render.products import Context, File, Planned, Product
from render.products.paper import for_the_press, previews
from render.typeset.sheet import laid_out, sheet_step

PAGES = 2
BYTES_MOST = 400_000
TRIM_MM = {"leaflet-a4": (210, 297), "leaflet-a5": (148, 210), "leaflet-folded": (297, 210)}
FOLDS_MM = {"leaflet-folded": ((98.0, 197.5), (99.5, 199.0))}  # of the outer side, of the inner
BAND_MM = {"leaflet-a5": 6.0, "leaflet-folded": 6.0}  # the woven band where it is not the brand's own


def plan_a4(edition: Edition, context: Context) -> Planned:
    """Two A4 pages."""
    return _plan("leaflet-a4", edition, context)


def plan_a5(edition: Edition, context: Context) -> Planned:
    """Two A5 pages.

    What has no room stays behind the code: pictures, stories, examples, questions; never what the law says.
    """
    return _plan("leaflet-a5", edition, context, says=said_of_law(edition))


def plan_folded(edition: Edition, context: Context) -> Planned:
    """An A4 sheet of three panels a side, folded as a letter: cover, inner side, back."""
    return _plan("leaflet-folded", edition, context)


def _plan(name: str, edition: Edition, context: Context, *, says: set[str] | None = None) -> Planned:
    """The PDF for screen and desk printer, a preview of each side, and the gates it must pass."""
    qr = context.qr(edition)
    sheet, warnings = sheet_step("set_pdf", f"{name}.typ", edition, qr)
    sheet = laid_out(sheet)
    plan = Planned(
        files=(File(sheet, "pdf", "pdf", "application/pdf"), *previews(sheet, PAGES)),
        gates=(
            pdf_gate(sheet, edition, pages=PAGES, bytes_most=BYTES_MOST, says=says),
            print_gate(sheet, qr, band_mm=BAND_MM.get(name)),
        ),
        details={"pages": PAGES},
        warnings=warnings,
    )
    return for_the_press(plan, edition, context, trim_mm=TRIM_MM[name], folds_mm=FOLDS_MM.get(name, ()))


def said_of_law(edition: Edition) -> set[str]:
    """The facts a small sheet must print: those of its title and of every block that may not be left out."""
    kept = [block for block in edition.blocks if not isinstance(block, (Pictured, Prose, Questions, Story))]
    return {text for part in (edition.title, kept) for text in _facts(part)}


def _facts(value: Any) -> Iterator[str]:
    """The text of every fact in a part of an edition."""
    if isinstance(value, Run):
        if value.fact:
            yield value.text
    elif isinstance(value, (tuple, list)):
        for inner in value:
            yield from _facts(inner)
    elif dataclasses.is_dataclass(value):
        for one in dataclasses.fields(value):
            yield from _facts(getattr(value, one.name))


PRODUCTS = (
    Product(
        name="leaflet-a4",
        label="Tờ rơi A4",
        medium="print",
        size="A4, hai mặt",
        media_type="application/pdf",
        plan=plan_a4,
    ),
    Product(
        name="leaflet-a5",
        label="Tờ rơi A5",
        medium="print",
        size="A5, hai mặt",
        media_type="application/pdf",
        plan=plan_a5,
    ),
    Product(
        name="leaflet-folded",
        label="Tờ gấp A4",
        medium="print",
        size="A4 ngang, gấp ba",
        media_type="application/pdf",
        plan=plan_folded,
    ),
)
