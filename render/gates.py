"""Gates of sheets: what a finished PDF or picture must hold, read back from the artifact itself."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from render.edition import Edition
from render.errors import GateError
from render.language import language
from render.steps import Made, Step
from render.typeset.brand import brand
from render.typeset.pdf import claims, comparable, page_pictures, page_texts
from render.typeset.qr import read_codes
from render.typeset.wording import plain

RASTER_PPI = 100  # what a cheap phone makes of a sheet at arm's length
QR_MM_LEAST = 20.0
SAFE_MM = 5.0  # nothing but full fields may stand nearer to an edge of a printed sheet
SAFE_PX = 24  # the same in a picture
TONES_ALIKE = 24  # of 255: what anti-aliasing and WebP make of one colour

_PDF_LIBRARIES = ("pypdfium2", "pikepdf")


def pdf_gate(sheet: Step, edition: Edition, *, pages: int, bytes_most: int) -> Step:
    """The PDF has its pages, standards, fonts, size, and says its title and every fact."""
    said = {fact.printed for fact in edition.facts}
    return Step(
        run="render.gates:check_pdf",
        inputs={
            "pages": pages,
            "bytes_most": bytes_most,
            "lang": edition.lang.split("-")[0],
            "title": plain(edition.title),
            # A page gives letters as they are drawn: marks of these scripts before what they follow.
            "drawn_order": language(edition.lang).script in {"Khmr", "Tavt", "Cham"},
            "says": sorted({*said, edition.hotline} - {""}),
        },
        needs={"sheet": sheet},
        libraries=_PDF_LIBRARIES,
    )


def print_gate(sheet: Step, text: str) -> Step:
    """Every page's code reads from a coarse raster and is large enough, and no word stands near an edge."""
    return Step(
        run="render.gates:check_print",
        inputs={
            "text": text,
            "ppi": RASTER_PPI,
            "least_mm": QR_MM_LEAST,
            "safe_mm": SAFE_MM,
            "band_mm": brand()["print"]["band_mm"],
        },
        needs={"sheet": sheet},
        libraries=(*_PDF_LIBRARIES, "zxing-cpp"),
    )


def picture_gate(sheet: Step, text: str, *, size_px: tuple[int, int], bytes_most: int) -> Step:
    """The picture has its size, its code reads, and nothing touches an edge."""
    return Step(
        run="render.gates:check_picture",
        inputs={
            "text": text,
            "size_px": list(size_px),
            "bytes_most": bytes_most,
            "safe_px": SAFE_PX,
            "band_px": brand()["picture"]["band_px"],
        },
        needs={"sheet": sheet},
        libraries=("Pillow", "zxing-cpp"),
    )


def check_pdf(inputs: Mapping[str, Any], needs: Mapping[str, Made]) -> Made:
    """Refuse a PDF that is not what it should be."""
    pdf = needs["sheet"].files["pdf"]
    found = claims(pdf)
    if found.pages != inputs["pages"]:
        raise GateError(
            f"the sheet has {found.pages} pages instead of {inputs['pages']}", gate="pages", mend="Shorten the article"
        )
    if len(pdf) > inputs["bytes_most"]:
        raise GateError(
            f"the PDF has {len(pdf) // 1000} KB, more than {inputs['bytes_most'] // 1000}",
            gate="size",
            mend="Use fewer or smaller pictures",
        )
    if found.loose_fonts:
        raise GateError(
            f"fonts are not embedded: {', '.join(found.loose_fonts)}", gate="fonts", mend="Mend the template"
        )
    if found.pdfa != "2U" or found.pdfua != "1" or not found.tagged:
        raise GateError("the PDF is not tagged as PDF/A-2u and PDF/UA-1", gate="standards", mend="Mend the template")
    if found.lang.split("-")[0] != inputs["lang"]:
        raise GateError(
            f"the PDF says its language is {found.lang!r}, not {inputs['lang']!r}",
            gate="language",
            mend="Mend the template",
        )
    text = comparable("".join(page_texts(pdf)))
    if comparable(found.title) != comparable(inputs["title"]):
        raise GateError(f"the PDF is titled “{found.title}”", gate="text", mend="Mend the template")
    for said in inputs["says"] if inputs["drawn_order"] else (inputs["title"], *inputs["says"]):
        if comparable(said) not in text:
            raise GateError(
                f"the sheet does not say “{said}”", gate="text", mend="Mend the template: it lost a part of the article"
            )
    return Made(files={}, details={"pages": found.pages, "bytes": len(pdf), "bookmarks": found.bookmarks})


def check_print(inputs: Mapping[str, Any], needs: Mapping[str, Made]) -> Made:
    """Refuse a sheet whose code a phone would not read, or with words in the rim that a desk printer leaves out."""
    ppi, least_mm = inputs["ppi"], inputs["least_mm"]
    sides = []
    for number, page in enumerate(page_pictures(needs["sheet"].files["pdf"], ppi=ppi, grey=True), 1):
        where = f"page {number}"
        side_mm = _own_code(page, inputs["text"], where=where) / ppi * 25.4
        if side_mm < least_mm:
            raise GateError(
                f"the QR code is {side_mm:.0f} mm wide, less than {least_mm:.0f}",
                gate="qr",
                where=where,
                mend="Give it more room in the template",
            )
        sides.append(round(side_mm, 1))
        _clear_edges(page, inputs["safe_mm"] / 25.4 * ppi, inputs["band_mm"] / 25.4 * ppi, where=where)
    return Made(files={}, details={"qr_mm": sides})


def check_picture(inputs: Mapping[str, Any], needs: Mapping[str, Made]) -> Made:
    """Refuse a picture of the wrong size or weight, with an unreadable code or clipped words."""
    made = needs["sheet"].files["webp"]
    picture = Image.open(io.BytesIO(made)).convert("L")
    if list(picture.size) != list(inputs["size_px"]):
        raise GateError(f"the picture is {picture.width}×{picture.height} px", gate="size", mend="Mend the template")
    if len(made) > inputs["bytes_most"]:
        raise GateError(
            f"the picture has {len(made) // 1000} KB, more than {inputs['bytes_most'] // 1000}",
            gate="size",
            mend="Use fewer or calmer photographs",
        )
    side_px = _own_code(picture, inputs["text"], where="picture")
    _clear_edges(picture, inputs["safe_px"], inputs["band_px"], where="picture")
    return Made(files={}, details={"qr_px": round(side_px), "bytes": len(made)})


def _own_code(picture: Image.Image, text: str, *, where: str) -> float:
    """The side of the one code in a picture, which must say `text`."""
    codes = read_codes(picture)
    if not codes:
        raise GateError("the QR code cannot be read", gate="qr", where=where, mend="Give it more room or more contrast")
    for code in codes:
        if code.text != text:
            raise GateError(
                f"a QR code says {code.text!r} instead of {text!r}", gate="qr", where=where, mend="Mend the template"
            )
    return min(code.side_px for code in codes)


def _clear_edges(picture: Image.Image, safe_px: float, band_px: float, *, where: str) -> None:
    """The rim of a sheet, beside its band, may hold full fields only: each line across it is of one tone."""
    tones = np.asarray(picture, dtype=np.int16)
    safe, band = int(safe_px), int(np.ceil(band_px)) + 1
    # Words cut off at the foot would leave letters in the last rows, where only a field or a bar belongs.
    rims: Sequence[tuple[str, NDArray[np.int16]]] = (
        ("left", tones[band:, :safe]),
        ("right", tones[band:, -safe:]),
        ("lower", tones[-max(4, safe // 4) :]),
    )
    for name, rim in rims:
        if int((rim.max(axis=1) - rim.min(axis=1)).max()) > TONES_ALIKE:
            raise GateError(
                f"something stands too near the {name} edge",
                gate="edges",
                where=where,
                mend="Shorten the longest word there, or the article",
            )
