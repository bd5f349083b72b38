"""From a sheet to what a print shop takes: bleed, boxes, marks, inks and the imprint, in colour and in black alone."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from render.edition import Edition
from render.imprint import Imprint
from render.late import Late
from render.steps import Made, Step
from render.typeset.inks import separate
from render.typeset.photo import PRINT_BYTES, PRINT_PX, logo_needs, photo_needs, pictures_in

if TYPE_CHECKING:
    import pikepdf
else:
    pikepdf = Late("pikepdf")

BLEED_MM = 3.0
SLUG_MM = 8.0  # beyond the bleed, where the marks stand
MARK_MM = 5.0  # the length of a mark; it begins where the bleed ends, so that no cut shows it
MARK_PT = 0.25
PPI_LEAST = 300
MM = 72 / 25.4

# What a PDF for readers has and one for a press has no use for: tags and outlines name places that move with the slug.
_FOR_READERS = (
    "/StructTreeRoot",
    "/MarkInfo",
    "/Outlines",
    "/PageMode",
    "/OutputIntents",
    "/ViewerPreferences",
    "/PageLabels",
)

Folds = Sequence[Sequence[float]]


@dataclass(frozen=True)
class Printed:
    """A print PDF: the step that makes it, its gate, and how it is called beside the product's name."""

    step: Step
    gate: Step
    suffix: str


def printed(
    sheet: Step,
    edition: Edition,
    imprint: Imprint,
    *,
    trim_mm: tuple[float, float] = (210, 297),
    folds_mm: Folds = (),
    qr: str,
) -> tuple[Printed, ...]:
    """The print PDFs of a product whose screen PDF `sheet` makes: in four inks and in black alone, or only in black.

    The sheet's step function is asked again with `bleed_mm`, `mono` and the imprint in its data; what it returns as
    "pdf" is finished here. `folds_mm` are, page by page, where the sheet folds, from the left edge of the trimmed page.
    """
    lines = imprint.lines(_format(trim_mm))
    if sheet.inputs.get("mono"):
        return (_printed(sheet, edition, lines, trim_mm, folds_mm, qr, mono=True),)
    return tuple(_printed(sheet, edition, lines, trim_mm, folds_mm, qr, mono=mono) for mono in (False, True))


def _printed(
    sheet: Step,
    edition: Edition,
    lines: list[str],
    trim_mm: tuple[float, float],
    folds_mm: Folds,
    qr: str,
    *,
    mono: bool,
) -> Printed:
    photos = {
        **photo_needs(pictures_in(edition), width_px=PRINT_PX, bytes_most=PRINT_BYTES, grey=mono),
        **logo_needs(edition, grey=mono),
    }
    bled = dataclasses.replace(
        sheet,
        inputs={
            **sheet.inputs,
            "data": {**sheet.inputs["data"], "imprint": lines},
            "bleed_mm": BLEED_MM,
            "mono": mono,
        },
        needs={name: photos.get(name, need) for name, need in sheet.needs.items() if name != "layout"},
    )
    if layout := sheet.needs.get("layout"):
        asked = {**layout.inputs, "data": {**layout.inputs["data"], "imprint": lines}, "bleed_mm": BLEED_MM}
        bled = dataclasses.replace(bled, needs={**bled.needs, "layout": dataclasses.replace(layout, inputs=asked)})
    folds = [list(page) for page in folds_mm]
    finished = Step(
        run="render.typeset.printing:finish",
        inputs={"theme": sheet.inputs["theme"], "mono": mono, "folds_mm": folds},
        needs={"sheet": bled},
        libraries=("pikepdf", "Pillow"),
    )
    gate = Step(
        run="render.proof:check_proof",
        inputs={
            "trim_mm": list(trim_mm),
            "bleed_mm": BLEED_MM,
            "slug_mm": SLUG_MM,
            "mono": mono,
            "folds_mm": folds,
            "ppi_least": PPI_LEAST,
            "imprint": lines,
            "qr": qr,
        },
        needs={"print": finished},
        libraries=("pikepdf", "pypdfium2", "zxing-cpp"),
    )
    return Printed(finished, gate, "print-mono.pdf" if mono else "print.pdf")


def _format(trim_mm: tuple[float, float]) -> str:
    """A size as imprints give it: 21 × 29,7 cm."""
    return " × ".join(f"{side / 10:g}".replace(".", ",") for side in trim_mm) + " cm"


def finish(inputs: Mapping[str, Any], needs: Mapping[str, Made]) -> Made:
    """The PDF for the press, of one with bleed: inks for colours, boxes, marks in the slug."""
    with pikepdf.open(io.BytesIO(needs["sheet"].files["pdf"])) as document:
        _for_the_press(document)
        separate(document, inputs["theme"], mono=inputs["mono"])
        slug = SLUG_MM * MM
        for number, page in enumerate(document.pages):
            folds = inputs["folds_mm"][number] if number < len(inputs["folds_mm"]) else ()
            _mark(document, page, slug, folds, mono=inputs["mono"])
        out = io.BytesIO()
        document.save(out, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
        pages = len(document.pages)
    return Made(files={"pdf": out.getvalue()}, details={"pages": pages, "bytes": out.tell(), "bleed_mm": BLEED_MM})


def _for_the_press(document: pikepdf.Pdf) -> None:
    root: Any = document.Root
    for key in _FOR_READERS:
        if key in root:
            del root[key]
    for page in document.pages:
        for key in ("/Annots", "/StructParents", "/Tabs"):
            if key in page.obj:
                del page.obj[key]
    # It is neither the archived nor the accessible document any more, and does not say so.
    with document.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as metadata:
        for key in ("pdfaid:part", "pdfaid:conformance", "pdfuaid:part"):
            if key in metadata:
                del metadata[key]
    document.remove_unreferenced_resources()


def _mark(document: pikepdf.Pdf, page: pikepdf.Page, slug: float, folds_mm: Sequence[float], *, mono: bool) -> None:
    """Move the page into its slug, name its boxes, draw crop marks at its corners and fold marks above and below."""
    media = [float(one) for one in page.mediabox]
    trim = [float(one) + slug for one in page.trimbox]
    width, height = media[2] + 2 * slug, media[3] + 2 * slug
    page.mediabox = pikepdf.Array([0, 0, _pt(width), _pt(height)])
    for key in ("/CropBox", "/ArtBox"):
        if key in page.obj:
            del page.obj[key]
    page.trimbox = pikepdf.Array([_pt(one) for one in trim])
    page.obj["/BleedBox"] = pikepdf.Array([_pt(slug), _pt(slug), _pt(width - slug), _pt(height - slug)])
    page.contents_add(f"q 1 0 0 1 {_pt(slug)} {_pt(slug)} cm\n".encode(), prepend=True)
    page.contents_add(_marks(trim, folds_mm, mono=mono).encode())
    page.contents_coalesce()
    if not mono:
        resources: Any = page.obj["/Resources"]
        resources["/ColorSpace"] = resources.get("/ColorSpace", pikepdf.Dictionary())
        resources["/ColorSpace"]["/LoaAll"] = _all_plates(document)


def _all_plates(document: pikepdf.Pdf) -> pikepdf.Object:
    """The colour that prints on every plate, so that marks show whether the plates lie on one another."""
    tint = pikepdf.Dictionary(FunctionType=2, Domain=[0, 1], C0=[0, 0, 0, 0], C1=[1, 1, 1, 1], N=1)
    space = pikepdf.Array([pikepdf.Name.Separation, pikepdf.Name.All, pikepdf.Name.DeviceCMYK, tint])
    return document.make_indirect(space)


def _marks(trim: Sequence[float], folds_mm: Sequence[float], *, mono: bool) -> str:
    left, low, right, high = trim
    away, length = BLEED_MM * MM, MARK_MM * MM
    lines = []
    for x in (left, right):
        lines += [(x, high + away, x, high + away + length), (x, low - away, x, low - away - length)]
    for y in (low, high):
        lines += [(left - away, y, left - away - length, y), (right + away, y, right + away + length, y)]
    ink = "0 0 0 1 K" if mono else "/LoaAll CS 1 SCN"
    drawn = [f"\nQ\nq {ink} {MARK_PT} w", *(_line(line) for line in lines)]
    if folds_mm:
        drawn.append("[2 1.5] 0 d")
        for fold in folds_mm:
            x = left + fold * MM
            drawn += [_line((x, y, x, y + way * length)) for y, way in ((high + away, 1), (low - away, -1))]
    return "\n".join([*drawn, "Q\n"])


def _line(line: tuple[float, float, float, float]) -> str:
    x1, y1, x2, y2 = (_pt(one) for one in line)
    return f"{x1} {y1} m {x2} {y2} l S"


def _pt(value: float) -> Any:
    return round(value, 3)
