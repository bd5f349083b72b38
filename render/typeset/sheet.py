"""The steps that set sheets: a PDF, its previews, a picture."""

from __future__ import annotations

import dataclasses
import datetime as dt
import io
import json
from collections.abc import Mapping
from typing import Any

from PIL import Image

from render.edition import Edition
from render.phrases import first_few
from render.steps import Made, Step, canonical
from render.typeset.brand import colours, stack, theme
from render.typeset.compose import PHRASES, in_vietnamese, sheet
from render.typeset.engine import answer, compile_drawing, compile_pdf, template_files
from render.typeset.fonts import font_files, require_letters
from render.typeset.pdf import attachment, drawing, page_pictures
from render.typeset.photo import drawn_photos, screen_needs
from render.typeset.qr import qr_svg
from render.typeset.wording import words

# A picture of type and flat colour goes out with every pixel as it was drawn: smaller than at quality 85, in less time,
# and without ringing round its letters (docs/decisions/0015). One with a photograph cannot.
LOSSLESS = {"lossless": True, "quality": 0, "method": 1}
LOSSY = {"quality": 86, "method": 2, "use_sharp_yuv": True}
_PIXELS = ("pypdfium2", "Pillow")
PREVIEW_PPI = 96
PREVIEW_COLOURS = 128
OVERVIEW_COLUMNS = 4
OVERVIEW_GAP_PX = 16
OVERVIEW_GROUND = "#d9d9d9"

# The date that a PDF of an edition without facts bears.
_EPOCH = dt.date(1970, 1, 1)

# Stands for any logo: all take the same box.
_ANY_LOGO = {"alt": "", "credit": "", "focus": [0.5, 0.5], "width_px": 300, "height_px": 100, "src": ""}

# Stands for a code of the same size while a layout is decided.
_BLANK = '<svg xmlns="http://www.w3.org/2000/svg" width="37" height="37"><path d="M0 0h37v37H0z" fill="#fff"/></svg>'


def sheet_step(run: str, template: str, edition: Edition, qr: str) -> tuple[Step, tuple[str, ...]]:
    """The step that sets an edition with a template, and what the editor should know of it."""
    data, warnings = sheet(edition, qr=qr)
    step = Step(
        run=f"render.typeset.sheet:{run}",
        inputs={
            "template": template,
            "lang": edition.lang,
            "theme": theme(edition.priority, edition.campaign),
            "type": dataclasses.asdict(stack(edition.lang)),
            "date": (edition.applies_from or _EPOCH).isoformat(),
            "data": data,
        },
        needs=screen_needs(edition),
        files=(*template_files(template), *font_files(edition.lang)),
        libraries=("typst", "zxing-cpp", "fonttools", *(_PIXELS if run == "set_picture" else ())),
    )
    return step, warnings


def laid_out(sheet: Step, run: str = "set_layout") -> Step:
    """The same step with its layout decided by a step of its own, shared by all offices that hand out one article.

    The search for scale, sides and heights costs three times what the drawing costs; a thousand communes need it once.
    """
    data = {key: value for key, value in sheet.inputs["data"].items() if key not in {"id", "code", "qr"}}
    office = data["foot"]["office"]
    # Of an office only this enters: which of its lines there are, and whether it has a logo.
    data["foot"] = {
        **data["foot"],
        "hotline": "",
        "office": None
        if office is None
        else {**dict.fromkeys(("address", "email")), "name": "", "logo": office["logo"] and _ANY_LOGO},
    }
    layout = Step(
        run=f"render.typeset.sheet:{run}",
        inputs={
            **{name: sheet.inputs[name] for name in ("template", "lang", "theme", "type")},
            **{name: value for name, value in sheet.inputs.items() if name == "bleed_mm"},
            "data": data,
        },
        files=sheet.files,
        libraries=("typst", "fonttools", *(_PIXELS if run == "set_picture_layout" else ())),
    )
    return Step(
        run=sheet.run,
        inputs=sheet.inputs,
        needs={**sheet.needs, "layout": layout},
        files=sheet.files,
        libraries=sheet.libraries,
    )


def flat_step(sheet: Step) -> Step:
    """The step that turns a picture into PNG."""
    return Step(run="render.typeset.sheet:set_flat", inputs={}, needs={"sheet": sheet}, libraries=("Pillow",))


def preview_step(sheet: Step) -> Step:
    """The step that turns the pages of a PDF into WebP pictures, one a page and one of all."""
    return Step(
        run="render.typeset.sheet:set_previews",
        inputs={"ppi": PREVIEW_PPI},
        needs={"sheet": sheet},
        libraries=_PIXELS,
    )


def set_layout(inputs: Mapping[str, Any], needs: Mapping[str, Made]) -> Made:  # noqa: ARG001 (a step's shape)
    """Decide how an article is put on its sheet: scale, sides, heights."""
    layout = answer(
        inputs["template"],
        _asked(inputs),
        "layout",
        lang=inputs["lang"],
        theme=inputs["theme"],
        bleed_mm=inputs.get("bleed_mm", 0),
    )
    titles = {block["id"]: block["title"] or "một đoạn không có đề mục" for block in inputs["data"].get("blocks", ())}
    titles["picture"] = "ảnh của bài"
    left_out = [titles.get(name, "các con số kèm theo") for name in layout.get("left_out", ())]
    warnings: tuple[str, ...] = (
        (f"Không đủ chỗ trên tờ, để đọc qua mã QR: {first_few(left_out, 8)}",) if left_out else ()
    )
    if inputs["lang"] != "vi":
        said = (name for name in layout.get("says", ()) if inputs["data"][name]["vi"])
        warnings += tuple(in_vietnamese(PHRASES[name]) for name in said)
    details = {name: layout[name] for name in ("scale", "left_out") if name in layout}
    return Made(files={"layout": canonical(layout)}, details=details, warnings=warnings)


def set_picture_layout(inputs: Mapping[str, Any], needs: Mapping[str, Made]) -> Made:  # noqa: ARG001 (a step's shape)
    """Decide which blocks stand in a picture, and how large; the decision comes attached to an empty page."""
    page = compile_drawing(
        inputs["template"], _asked(inputs), lang=inputs["lang"], theme=inputs["theme"], attached=True
    )
    layout = json.loads(attachment(page))
    return Made(files={"layout": canonical(layout)}, details={"scale": layout["scale"]})


def _asked(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The sheet of an office of which nothing is known but that there is one."""
    data = inputs["data"]
    require_letters(words(data), inputs["lang"])
    foot = {**data["foot"], "hotline": "0000 0000"}
    if foot["office"] is not None:
        foot["office"] = {**foot["office"], "name": "A"}
    return {**data, "foot": foot, "qr": "", "code": "0000 0000 0000", "svg": _BLANK, "ask": True}


def set_pdf(inputs: Mapping[str, Any], needs: Mapping[str, Made]) -> Made:
    """A tagged, archivable PDF, drawn as its layout says."""
    made = compile_pdf(
        inputs["template"],
        {**_data(inputs, needs), "layout": json.loads(needs["layout"].files["layout"])},
        lang=inputs["lang"],
        timestamp=dt.date.fromisoformat(inputs["date"]),
        theme=inputs["theme"],
        bleed_mm=inputs.get("bleed_mm", 0),
        mono=inputs.get("mono", False),
    )
    return Made(files={"pdf": made}, details={"bytes": len(made), **needs["layout"].details})


def set_previews(inputs: Mapping[str, Any], needs: Mapping[str, Made]) -> Made:
    """Pictures of the very PDF that is handed out."""
    pages = page_pictures(needs["sheet"].files["pdf"], ppi=inputs["ppi"])
    files = {f"page-{number}": flat_webp(page) for number, page in enumerate(pages, 1)}
    return Made(files={**files, "pages": flat_webp(_overview(pages))}, details={"pages": len(pages)})


def _overview(pages: list[Image.Image]) -> Image.Image:
    """All pages in one picture, row by row."""
    columns = min(len(pages), OVERVIEW_COLUMNS)
    width, height = (max(sizes) + OVERVIEW_GAP_PX for sizes in zip(*(page.size for page in pages), strict=True))
    whole = Image.new(
        "RGB",
        (columns * width + OVERVIEW_GAP_PX, -(-len(pages) // columns) * height + OVERVIEW_GAP_PX),
        OVERVIEW_GROUND,
    )
    for place, page in enumerate(pages):
        row, column = divmod(place, columns)
        whole.paste(page, (OVERVIEW_GAP_PX + column * width, OVERVIEW_GAP_PX + row * height))
    return whole


def set_picture(inputs: Mapping[str, Any], needs: Mapping[str, Made]) -> Made:
    """A picture as WebP, drawn as its layout says, or as it decides itself where no office shares one; and what had
    no room in it."""
    page, layout = _drawn(inputs, needs)
    picture = drawing(page)
    small = webp(picture, **(LOSSY if layout["photo"] or layout["photo_beside"] else LOSSLESS))
    titles = {
        block["id"]: block["title"] or f"phần thứ {position} (không có đề mục)"
        for position, block in enumerate(inputs["data"]["blocks"], 1)
    }
    titles["picture"] = "ảnh của bài"
    left_out = [titles.get(name, "các con số kèm theo") for name in layout["left_out"]]
    warnings = (f"Không đủ chỗ trong ảnh, đã để lại: {first_few(left_out, 8)}",) if left_out else ()
    shown = {name: layout[name] for name in ("left_out", "brief", "taken", "beside", "scale")}
    details = {"width_px": picture.width, "height_px": picture.height, "bytes": len(small), **shown}
    return Made(files={"webp": small}, details=details, warnings=warnings)


def set_drawing(inputs: Mapping[str, Any], needs: Mapping[str, Made]) -> Made:
    """A picture as the PDF it is painted from, for what must be known of its letters."""
    return Made(files={"pdf": _drawn(inputs, needs)[0]}, details={})


def _drawn(inputs: Mapping[str, Any], needs: Mapping[str, Made]) -> tuple[bytes, dict[str, Any]]:
    """A picture as a PDF, and its layout."""
    data = _data(inputs, needs)
    if "layout" in needs:
        layout = json.loads(needs["layout"].files["layout"])
        given = {**data, "layout": layout}
        return compile_drawing(inputs["template"], given, lang=inputs["lang"], theme=inputs["theme"]), layout
    # Deciding and drawing in one go: what was measured is not measured again.
    page = compile_drawing(inputs["template"], data, lang=inputs["lang"], theme=inputs["theme"], attached=True)
    return page, json.loads(attachment(page))


def set_flat(inputs: Mapping[str, Any], needs: Mapping[str, Made]) -> Made:  # noqa: ARG001 (a step's shape)
    """A picture once more as PNG, for programs that read nothing newer."""
    return Made(files={"png": flat_png(Image.open(io.BytesIO(needs["sheet"].files["webp"])))}, details={})


def flat_png(picture: Image.Image) -> bytes:
    """A picture as PNG: its few colours in a palette, a third of the bytes of true colour."""
    out = io.BytesIO()
    _few_colours(picture).save(out, "PNG", compress_level=9)
    return out.getvalue()


def flat_webp(picture: Image.Image) -> bytes:
    """A printed sheet as WebP: its few colours in a palette, every pixel of it kept."""
    return webp(_few_colours(picture).convert("RGB"), **LOSSLESS)


def _few_colours(picture: Image.Image) -> Image.Image:
    return picture.convert("RGB").quantize(PREVIEW_COLOURS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)


def webp(picture: Image.Image, **encoding: Any) -> bytes:
    """A picture as WebP; RGBX goes in as it is."""
    out = io.BytesIO()
    picture.save(out, "WEBP", **(encoding or LOSSLESS))
    return out.getvalue()


def _data(inputs: Mapping[str, Any], needs: Mapping[str, Made]) -> dict[str, Any]:
    """The sheet with its code drawn and its pictures at hand, once it is sure that every letter can be set."""
    data = inputs["data"]
    require_letters(words(data), inputs["lang"])
    return {
        **data,
        "photos": drawn_photos(needs),
        "svg": qr_svg(data["qr"], colours(inputs["theme"], mono=inputs.get("mono", False))["ink"]),
    }
