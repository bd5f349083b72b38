"""Gates of sheets: what a finished PDF or picture must hold, read back from the artifact itself."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from PIL import Image

from render.edition import Edition
from render.errors import GateError
from render.language import language
from render.late import Late
from render.steps import Made, Step
from render.typeset.brand import brand
from render.typeset.contrast import LARGE_LEAST, TEXT_LEAST, pairs
from render.typeset.pdf import Line, claims, comparable, page_parts, page_pictures, page_texts, text_lines
from render.typeset.qr import Seen, read_codes
from render.typeset.wording import plain

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
else:
    np = Late("numpy")

RASTER_PPI = 100  # what a cheap phone makes of a sheet at arm's length
QR_MM_LEAST = 20.0
SAFE_MM = 5.0  # nothing but full fields may stand nearer to an edge of a printed sheet
SAFE_PX = 24  # the same in a picture
PHONE_PX = 390  # as wide as a phone shows a picture, in the pixels that type is measured in: three quarters of a point
TONES_ALIKE = 24  # of 255: what anti-aliasing and WebP make of one colour

_HAIR_MM = 0.3  # letters reach a little beyond their measured boxes
_HEADED_MM = 60.0  # the first line of what a heading heads begins within this
_COLUMN_MM = 75.0  # and within this of its left edge: further right is another column
_BESIDE_MM = 30.0  # what begins so far right of a heading stands beside it

# Whom a layout is proved for: as long as the names of offices get.
_SPECIMEN_ID = "000000000000"
_SPECIMEN_NAME = "Ủy ban nhân dân phường MẪU MẪU MẪU MẪU MẪU MẪU"
_SPECIMEN_LINE = "Số 1234, đường MẪU MẪU MẪU, phường MẪU MẪU MẪU MẪU"

_PDF_LIBRARIES = ("pypdfium2", "pikepdf")


def pdf_gate(
    sheet: Step, edition: Edition, *, pages: int | None, bytes_most: int, says: Iterable[str] | None = None
) -> Step:
    """The PDF has its pages (None: as many as it needs), standards, fonts, size, and says its title and every fact.

    A sheet that may leave blocks out names in `says` what it must say instead of every fact.
    """
    said = {fact.printed for fact in edition.facts} if says is None else set(says)
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


def print_gate(sheet: Step, text: str, *, least_mm: float = QR_MM_LEAST, band_mm: float | None = None) -> Step:
    """Every page's code reads from a coarse raster and is large; no word is near an edge, no heading alone at a foot.

    What depends on the layout is looked at once, on a specimen for an office with a long name; each office's own sheet
    then answers for its code and its words. `band_mm` is the height of its woven band, the brand's unless it is told.
    """
    shared = "layout" in sheet.needs
    inputs = {
        "text": text,
        "ppi": RASTER_PPI,
        "least_mm": least_mm,
        "safe_mm": SAFE_MM,
        "band_mm": brand()["print"]["band_mm"] if band_mm is None else band_mm,
    }
    libraries = (*_PDF_LIBRARIES, "zxing-cpp")
    if not shared:
        return Step(run="render.gates:check_print", inputs=inputs, needs={"sheet": sheet}, libraries=libraries)
    specimen_text = text.rpartition("/")[0] + "/" + _SPECIMEN_ID
    proof = Step(
        run="render.gates:check_print",
        inputs={**inputs, "text": specimen_text},
        needs={"sheet": specimen(sheet, specimen_text)},
        libraries=libraries,
    )
    return Step(
        run="render.gates:check_code", inputs=inputs, needs={"sheet": sheet, "proof": proof}, libraries=libraries
    )


def specimen(sheet: Step, qr: str) -> Step:
    """The sheet as it is set for an office with a long name and address: the same for every office with this layout."""
    data = sheet.inputs["data"]
    office = data["foot"]["office"]
    if office is not None:
        lines = {name: office[name] and {**office[name], "t": _SPECIMEN_LINE} for name in ("address", "email")}
        office = {**office, **lines, "name": _SPECIMEN_NAME}
    foot = {**data["foot"], "office": office, "hotline": "0000 0000"}
    data = {**data, "foot": foot, "id": _SPECIMEN_ID, "code": "0000 0000 0000", "qr": qr}
    return dataclasses.replace(sheet, inputs={**sheet.inputs, "data": data})


def picture_gate(
    sheet: Step, text: str, *, size_px: tuple[int, int], bytes_most: int, bands_px: tuple[int, int] | None = None
) -> Step:
    """The picture has its size, its code reads, and nothing touches an edge beside its bands (at head and foot)."""
    return Step(
        run="render.gates:check_picture",
        inputs={
            "text": text,
            "size_px": list(size_px),
            "bytes_most": bytes_most,
            "safe_px": SAFE_PX,
            "bands_px": list(bands_px or (brand()["picture"]["band_px"], 0)),
        },
        needs={"sheet": sheet},
        libraries=("Pillow", "zxing-cpp"),
    )


def contrast_gate(sheet: Step, text: str, *, width_px: int) -> Step:
    """Every letter of a picture can be read on its ground; looked at once for all offices with its layout."""
    drawn = dataclasses.replace(
        specimen(sheet, text.rpartition("/")[0] + "/" + _SPECIMEN_ID), run="render.typeset.sheet:set_drawing"
    )
    return Step(
        run="render.gates:check_contrast",
        inputs={"shown": PHONE_PX / width_px * 0.75},
        needs={"sheet": drawn},
        libraries=("pypdfium2",),
    )


def check_pdf(inputs: Mapping[str, Any], needs: Mapping[str, Made]) -> Made:
    """Refuse a PDF that is not what it should be."""
    pdf = needs["sheet"].files["pdf"]
    found = claims(pdf)
    if inputs["pages"] is not None and found.pages != inputs["pages"]:
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
    pdf, ppi = needs["sheet"].files["pdf"], inputs["ppi"]
    sides, boxes = [], []
    for number, page in enumerate(page_pictures(pdf, ppi=ppi, grey=True), 1):
        where = f"page {number}"
        found = own_codes(page, inputs["text"], where=where)
        sides.append(round(_wide_enough(found, inputs, where), 1))
        boxes.append([round(side / ppi * 25.4, 1) for side in found[0].box_px])
        _clear_edges(page, inputs["safe_mm"] / 25.4 * ppi, inputs["band_mm"] / 25.4 * ppi, where=where)
    stand_well(pdf, inputs["safe_mm"])
    weakest = readable(pdf)
    return Made(files={}, details={"qr_mm": sides, "codes_mm": boxes, "contrast": weakest})


def check_code(inputs: Mapping[str, Any], needs: Mapping[str, Made]) -> Made:
    """Refuse an office's sheet whose code says something else, or whose own words stand too near an edge."""
    pdf, ppi = needs["sheet"].files["pdf"], inputs["ppi"]
    rim = 6.0  # the quiet zone, and what an office's name may have moved
    around = [
        (left - rim, top - rim, right + rim, low + rim) for left, top, right, low in needs["proof"].details["codes_mm"]
    ]
    sides = []
    for number, part in enumerate(page_parts(pdf, around, ppi=ppi)):
        where, picture = f"page {number + 1}", part
        if not read_codes(picture):  # it stands elsewhere on this office's sheet
            picture = page_pictures(pdf, ppi=ppi, grey=True)[number]
        found = own_codes(picture, inputs["text"], where=where)
        sides.append(round(_wide_enough(found, inputs, where), 1))
    stand_well(pdf, inputs["safe_mm"])
    return Made(files={}, details={"qr_mm": sides})


def _wide_enough(codes: Sequence[Seen], inputs: Mapping[str, Any], where: str) -> float:
    """The side of the smallest code in millimetres."""
    side_mm = min(code.side_px for code in codes) / inputs["ppi"] * 25.4
    if side_mm < inputs["least_mm"]:
        raise GateError(
            f"the QR code is {side_mm:.0f} mm wide, less than {inputs['least_mm']:.0f}",
            gate="qr",
            where=where,
            mend="Give it more room in the template",
        )
    return float(side_mm)


def stand_well(pdf: bytes, safe_mm: float) -> None:
    """No words in the rim of a page, and no heading at a foot without a line of what it heads, beneath or beside it."""
    sizes, lines, headings = text_lines(pdf)
    for line in lines:
        width, height = sizes[line.page]
        if line.right - line.left < 0.1:
            continue
        rims = {"left": line.left, "upper": line.top, "right": width - line.right, "lower": height - line.bottom}
        name = min(rims, key=lambda side: rims[side])
        if rims[name] < safe_mm - _HAIR_MM:
            raise GateError(
                f"words stand {max(rims[name], 0):.1f} mm from the {name} edge",
                gate="edges",
                where=f"page {line.page + 1}",
                mend="Shorten the longest word there, or the article",
            )
    for heading in headings if len(sizes) > 1 else ():  # on a single page nothing parts a heading from its text
        if heading.level == 0 or heading.top < sizes[heading.page][1] / 2:
            continue
        # Of its column, what stands below its first line or beside it; its own further lines do not count.
        own = max(1, round(len(heading.text) / 60))
        near = [
            line
            for line in lines
            if line.page == heading.page
            and heading.top - 1 <= line.top <= heading.top + _HEADED_MM
            and line.right > heading.left - _HAIR_MM
            and line.left < heading.left + _COLUMN_MM
        ]
        beside = [line for line in near if line.left > heading.left + _BESIDE_MM]
        if not beside and _rows(near) < own + 1:
            raise GateError(
                f"the heading “{heading.text}” stands alone at the foot",
                gate="widows",
                where=f"page {heading.page + 1}",
                mend="Shorten what stands before it",
            )


def _rows(lines: Sequence[Line]) -> int:
    """How many lines of text some runs of words stand in: runs of one line overlap in height."""
    rows, low = 0, float("-inf")
    for line in sorted(lines, key=lambda one: one.top + one.bottom):
        if (line.top + line.bottom) / 2 > low:
            rows, low = rows + 1, line.bottom
    return rows


def check_contrast(inputs: Mapping[str, Any], needs: Mapping[str, Made]) -> Made:
    """Refuse a picture with letters that are hard to tell from their ground."""
    weakest = readable(needs["sheet"].files["pdf"], shown=inputs["shown"])
    return Made(files={}, details={"contrast": weakest})


def readable(pdf: bytes, *, shown: float = 1.0) -> float:
    """The weakest contrast of a PDF's letters with their grounds, which must be enough for their size."""
    found = pairs(pdf, shown=shown)
    for pair in found:
        if not pair.enough:
            least = LARGE_LEAST if pair.large else TEXT_LEAST
            text, ground = (bytes(colour).hex() for colour in (pair.text, pair.ground))
            raise GateError(
                f"“{pair.letters}” in #{text} on #{ground} has a contrast of {pair.ratio:.2f}, less than {least}",
                gate="contrast",
                mend="Mend the colours of the theme in assets/brand.toml",
            )
    return round(found[0].ratio, 2) if found else 21.0


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
    side_px = own_code(picture, inputs["text"], where="picture")
    head_px, foot_px = inputs["bands_px"]
    beside = picture.crop((0, 0, picture.width, picture.height - foot_px)) if foot_px else picture
    _clear_edges(beside, inputs["safe_px"], head_px, where="picture")
    return Made(files={}, details={"qr_px": round(side_px), "bytes": len(made)})


def own_code(picture: Image.Image, text: str, *, where: str) -> float:
    """The side of the one code in a picture, which must say `text`."""
    return min(code.side_px for code in own_codes(picture, text, where=where))


def own_codes(picture: Image.Image, text: str, *, where: str) -> list[Seen]:
    """The codes in a picture, at least one, which all must say `text`."""
    codes = read_codes(picture)
    if not codes:
        raise GateError("the QR code cannot be read", gate="qr", where=where, mend="Give it more room or more contrast")
    for code in codes:
        if code.text != text:
            raise GateError(
                f"a QR code says {code.text!r} instead of {text!r}", gate="qr", where=where, mend="Mend the template"
            )
    return codes


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
