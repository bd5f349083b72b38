"""The proof: what a PDF for a print shop must hold, read back from the file itself."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PIL import Image

from render.errors import GateError
from render.gates import RASTER_PPI, own_code
from render.late import Late
from render.steps import Made
from render.typeset.inks import INK_MOST, SMALL_TEXT_PT, Cmyk, channels_of, instructions, streams
from render.typeset.pdf import comparable, loose_fonts, page_pictures, page_texts

if TYPE_CHECKING:
    import numpy as np
    import pikepdf
    from numpy.typing import NDArray
else:
    np = Late("numpy")
    pikepdf = Late("pikepdf")

WITHIN_MM = 0.1
WHITE = 250  # of 255: lighter is bare paper
MM = 72 / 25.4
Matrix = tuple[float, float, float, float, float, float]


@dataclass(frozen=True)
class Found:
    """What a page draws with: a colour of inks, the size where it sets text; or a picture's resolution."""

    kind: str  # "area", "text", "screen colour", "picture"
    inks: Cmyk = (0, 0, 0, 0)
    size_pt: float = 0.0
    ppi: float = 0.0
    name: str = ""


def check_proof(inputs: Mapping[str, Any], needs: Mapping[str, Made]) -> Made:
    """Refuse a print PDF that a print shop would send back."""
    pdf = needs["print"].files["pdf"]
    with pikepdf.open(io.BytesIO(pdf)) as document:
        _boxes(document, inputs)
        if loose := loose_fonts(document):
            raise _fault(f"fonts are not embedded: {', '.join(sorted(loose))}", "fonts")
        found = [one for page in document.pages for one in drawn(page)]
    ink = _inks(found, mono=inputs["mono"])
    ppi = _resolution(found, inputs["ppi_least"])
    # On the last page, or on the back panel of a sheet that is folded: together in either case.
    texts = [comparable(text) for text in page_texts(pdf)]
    missing = min(([line for line in inputs["imprint"] if comparable(line) not in text] for text in texts), key=len)
    if missing:
        raise _fault(f"the sheet does not say “{missing[0]}”", "imprint")
    bleed_px, slug_px = (inputs[name] / 25.4 * RASTER_PPI for name in ("bleed_mm", "slug_mm"))
    for number, picture in enumerate(page_pictures(pdf, ppi=RASTER_PPI, grey=True), 1):
        where = f"page {number}"
        tones = np.asarray(picture, dtype=np.int16)
        _bled(tones, bleed_px, slug_px, where)
        folds = inputs["folds_mm"][number - 1] if number <= len(inputs["folds_mm"]) else ()
        _marks(tones, bleed_px, slug_px, folds, where)
        own_code(_trimmed(picture, bleed_px + slug_px), inputs["qr"], where=where)
    return Made(files={}, details={"ink_most": ink, "ppi_least": ppi, "bytes": len(pdf)})


def _fault(what: str, gate: str, where: str = "", mend: str = "Mend the template") -> GateError:
    return GateError(what, gate=gate, where=where, mend=mend)


def _boxes(document: pikepdf.Pdf, inputs: Mapping[str, Any]) -> None:
    """Each page names its trimmed size, the bleed round it, and lies in a slug."""
    wanted = (
        ("TrimBox", inputs["trim_mm"], inputs["bleed_mm"] + inputs["slug_mm"]),
        ("BleedBox", [side + 2 * inputs["bleed_mm"] for side in inputs["trim_mm"]], inputs["slug_mm"]),
        ("MediaBox", [side + 2 * (inputs["bleed_mm"] + inputs["slug_mm"]) for side in inputs["trim_mm"]], 0),
    )
    for number, page in enumerate(document.pages, 1):
        for name, size_mm, at_mm in wanted:
            box = [float(one) / MM for one in page.obj.get(f"/{name}", ())]
            meant = [at_mm, at_mm, at_mm + size_mm[0], at_mm + size_mm[1]]
            if len(box) != 4 or any(abs(one - other) > WITHIN_MM for one, other in zip(box, meant, strict=True)):
                raise _fault(
                    f"the {name} is {[round(one, 1) for one in box]} mm instead of {meant}", "boxes", f"page {number}"
                )


def _inks(found: Sequence[Found], *, mono: bool) -> float:
    """No colour of screens, not too much ink, and no black mixed with others in small text."""
    most = 0.0
    for one in found:
        if one.kind == "screen colour":
            raise _fault(f"something is drawn in a colour of screens ({one.name})", "inks")
        total = sum(one.inks)
        most = max(most, total)
        if total > INK_MOST + 0.5:
            raise _fault(
                f"a colour takes {total:.0f} % of ink, more than {INK_MOST} % will dry",
                "inks",
                mend="Mend [cmyk] in assets/brand.toml",
            )
        if mono and sum(one.inks[:3]) > 0:
            raise _fault("the black-and-white PDF has a coloured ink", "inks")
        if one.kind == "text" and one.size_pt < SMALL_TEXT_PT and one.inks[3] > 0 and sum(one.inks[:3]) > 0:
            raise _fault(f"text of {one.size_pt:.1f} pt is of black mixed with other inks", "inks")
    if not any(one.kind == "text" and one.inks == (0, 0, 0, 100) for one in found):
        raise _fault("no text is in pure black", "inks")
    return most


def _resolution(found: Sequence[Found], least: float) -> int | None:
    """The coarsest picture's pixels per inch."""
    pictures = [one for one in found if one.kind == "picture"]
    for one in pictures:
        if one.ppi < least - 1:
            raise _fault(
                f"a picture has {one.ppi:.0f} pixels per inch where it is printed, less than {least:.0f}",
                "pictures",
                mend="Bring it with more pixels, or let it stand smaller",
            )
    return round(min(one.ppi for one in pictures)) if pictures else None


def drawn(page: pikepdf.Page) -> Iterator[Found]:
    """What a page, and the forms on it, draw with."""
    for holder in streams(page.obj):
        yield from _drawn(holder)


def _drawn(holder: Any) -> Iterator[Found]:
    resources = holder.get("/Resources", {})
    spaces, pictures = resources.get("/ColorSpace", {}), resources.get("/XObject", {})
    state: tuple[Matrix, Cmyk | None] = ((1, 0, 0, 1, 0, 0), (0, 0, 0, 100))
    kept, seen = [], set[Found]()

    def new(one: Found) -> Iterator[Found]:
        if one not in seen:
            seen.add(one)
            yield one

    for instruction in instructions(holder):
        operator, operands = str(instruction.operator), instruction.operands
        matrix, fill = state
        if operator == "q":
            kept.append(state)
        elif operator == "Q" and kept:
            state = kept.pop()
        elif operator == "cm":
            state = (_times(operands, matrix), fill)
        elif operator in ("k", "K"):
            c, m, y, k = (round(float(one) * 100, 2) for one in operands)
            yield from new(Found("area", (c, m, y, k)))
            if operator == "k":
                state = (matrix, (c, m, y, k))
        elif operator in ("g", "G", "rg", "RG"):
            yield from new(Found("screen colour", name=operator))
        elif operator in ("cs", "CS"):
            name = str(operands[0])
            space = spaces.get(name, operands[0])
            if channels_of(space):
                yield from new(Found("screen colour", name=name))
            if operator == "cs":
                state = (matrix, None)
        elif operator == "Tf" and fill is not None:
            a, b, c, d = matrix[:4]
            yield from new(Found("text", fill, round(float(operands[1]) * abs(a * d - b * c) ** 0.5, 2)))
        elif operator == "Do":
            one = pictures.get(str(operands[0]))
            if one is not None and one.get("/Subtype") == "/Image":
                across = (matrix[0] ** 2 + matrix[1] ** 2) ** 0.5 / 72
                down = (matrix[2] ** 2 + matrix[3] ** 2) ** 0.5 / 72
                yield from new(Found("picture", ppi=min(float(one.Width) / across, float(one.Height) / down)))


def _times(operands: Any, now: Matrix) -> Matrix:
    a, b, c, d, e, f = (float(one) for one in operands)
    p, q, r, s, t, u = now
    return a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s, e * p + f * r + t, e * q + f * s + u


def _trimmed(picture: Image.Image, rim_px: float) -> Image.Image:
    rim = round(rim_px)
    return picture.crop((rim, rim, picture.width - rim, picture.height - rim))


def _bled(tones: NDArray[np.int16], bleed_px: float, slug_px: float, where: str) -> None:
    """Where ink touches the trimmed edge it runs on to the end of the bleed: a knife never hits the line itself."""
    for name, turns in (("upper", 0), ("right", 1), ("lower", 2), ("left", 3)):
        side = np.rot90(tones, turns)
        edge, ahead = round(slug_px + bleed_px), round(slug_px) + 1
        along = side[:, edge:-edge]
        # A pattern may have white in it; a bleed that stops short leaves its outer third bare.
        inside, outer = along[edge + 1], along[ahead : ahead + round(bleed_px / 3)]
        short = _wide(inside < WHITE, round(bleed_px)) & (outer.min(axis=0) >= WHITE)
        if short.sum() > max(2, 0.005 * short.size):
            raise _fault(
                f"ink ends at the {name} edge and does not run on over the bleed",
                "bleed",
                where,
                "Give the field k.over",
            )


def _wide(inked: NDArray[np.bool_], least: int) -> NDArray[np.bool_]:
    """Only the stretches of ink that are a field: lines of a pattern may end where they like."""
    ends = np.flatnonzero(np.diff(np.concatenate(([0], inked.astype(np.int8), [0]))))
    wide = np.zeros_like(inked)
    for start, end in zip(ends[::2], ends[1::2], strict=True):
        wide[start:end] = end - start >= least
    return wide


def _marks(tones: NDArray[np.int16], bleed_px: float, slug_px: float, folds_mm: Sequence[float], where: str) -> None:
    """Crop marks at the corners, a mark at each fold, and nothing else in the slug."""
    edge = slug_px + bleed_px
    slug = round(slug_px) - 1
    for name, turns in (("upper", 0), ("right", 1), ("lower", 2), ("left", 3)):
        strip = np.rot90(tones, turns)[:slug]
        marked = np.flatnonzero((strip < WHITE).any(axis=0))
        places = [edge, strip.shape[1] - edge]
        if name in ("upper", "lower"):
            folds = [edge + fold / 25.4 * RASTER_PPI for fold in folds_mm]
            places += folds if name == "upper" else [strip.shape[1] - fold for fold in folds]
        # The marks of the other two sides end in this strip's corners.
        corners = (marked < slug) | (marked >= strip.shape[1] - slug)
        near = np.zeros(len(marked), dtype=bool)
        for place in places:
            here = np.abs(marked - place) <= 2
            if not here.any():
                raise _fault(f"a mark is missing above the {name} edge", "marks", where)
            near |= here
        if not (near | corners).all():
            raise _fault(f"something besides marks stands beyond the {name} edge", "marks", where)
