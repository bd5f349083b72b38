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
from render.typeset.brand import colours, stack
from render.typeset.compose import sheet
from render.typeset.engine import answer, ask, compile_pdf, compile_png, template_files
from render.typeset.fonts import font_files, require_letters
from render.typeset.pdf import page_pictures
from render.typeset.qr import qr_svg
from render.typeset.wording import words

# Pictures go out at this quality; method 2 is three times as fast as 6 and 2 % larger on flat colour.
WEBP_QUALITY = 85
WEBP_METHOD = 2
PREVIEW_PPI = 96
PREVIEW_COLOURS = 128

# The date that a PDF of an edition without facts bears.
_EPOCH = dt.date(1970, 1, 1)

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
            "theme": edition.priority.value,
            "type": dataclasses.asdict(stack(edition.lang)),
            "date": (edition.applies_from or _EPOCH).isoformat(),
            "data": data,
        },
        files=(*template_files(template), *font_files(edition.lang)),
        libraries=("typst", "segno", "fonttools"),
    )
    return step, warnings


def laid_out(sheet: Step) -> Step:
    """The same step with its layout decided by a step of its own, shared by all offices that hand out one article.

    The search for scale, sides and heights costs three times what the drawing costs; a thousand communes need it once.
    """
    data = {key: value for key, value in sheet.inputs["data"].items() if key not in {"id", "code", "qr"}}
    office = data["foot"]["office"]
    # Of an office only this enters: which of its lines there are.
    data["foot"] = {
        **data["foot"],
        "hotline": "",
        "office": None if office is None else {**dict.fromkeys(("address", "email")), "name": ""},
    }
    layout = Step(
        run="render.typeset.sheet:set_layout",
        inputs={**{name: sheet.inputs[name] for name in ("template", "lang", "theme", "type")}, "data": data},
        files=sheet.files,
        libraries=("typst", "fonttools"),
    )
    return Step(
        run=sheet.run, inputs=sheet.inputs, needs={"layout": layout}, files=sheet.files, libraries=sheet.libraries
    )


def preview_step(sheet: Step, pages: int) -> Step:
    """The step that turns the pages of a PDF into WebP pictures."""
    return Step(
        run="render.typeset.sheet:set_previews",
        inputs={"ppi": PREVIEW_PPI, "pages": pages},
        needs={"sheet": sheet},
        libraries=("pypdfium2", "Pillow"),
    )


def set_layout(inputs: Mapping[str, Any], needs: Mapping[str, Made]) -> Made:  # noqa: ARG001 (a step's shape)
    """Decide how an article is put on its sheet: scale, sides, heights."""
    data = inputs["data"]
    require_letters(words(data), inputs["lang"])
    foot = {**data["foot"], "hotline": "0000 0000"}
    if foot["office"] is not None:
        foot["office"] = {**foot["office"], "name": "A"}
    asked = {**data, "foot": foot, "qr": "", "code": "0000 0000 0000", "svg": _BLANK, "ask": True}
    layout = answer(inputs["template"], asked, "layout", lang=inputs["lang"], theme=inputs["theme"])
    return Made(files={"layout": canonical(layout)}, details={"scale": layout["scale"]})


def set_pdf(inputs: Mapping[str, Any], needs: Mapping[str, Made]) -> Made:
    """A tagged, archivable PDF, drawn as its layout says."""
    made = compile_pdf(
        inputs["template"],
        {**_data(inputs), "layout": json.loads(needs["layout"].files["layout"])},
        lang=inputs["lang"],
        timestamp=dt.date.fromisoformat(inputs["date"]),
        theme=inputs["theme"],
    )
    return Made(files={"pdf": made}, details={"bytes": len(made), **needs["layout"].details})


def set_previews(inputs: Mapping[str, Any], needs: Mapping[str, Made]) -> Made:
    """Pictures of the very PDF that is handed out."""
    pages = page_pictures(needs["sheet"].files["pdf"], ppi=inputs["ppi"])
    return Made(
        files={f"page-{number}": flat_png(page) for number, page in enumerate(pages, 1)}, details={"pages": len(pages)}
    )


def set_picture(inputs: Mapping[str, Any], needs: Mapping[str, Made]) -> Made:  # noqa: ARG001 (a step's shape)
    """A picture as WebP for readers and as PNG for editors, and what had no room in it."""
    template, lang = inputs["template"], inputs["lang"]
    (png,) = compile_png(template, _data(inputs), lang=lang, ppi=72, theme=inputs["theme"])
    (report,) = ask(template, "report", lang=lang)
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    small = webp(picture)
    titles = {
        block["id"]: block["title"] or f"phần thứ {position} (không có đề mục)"
        for position, block in enumerate(inputs["data"]["blocks"], 1)
    }
    left_out = [titles.get(name, "các con số kèm theo") for name in report["left_out"]]
    warnings = (f"Không đủ chỗ trong ảnh, đã để lại: {first_few(left_out, 8)}",) if left_out else ()
    details = {"width_px": picture.width, "height_px": picture.height, "bytes": len(small), **report}
    return Made(files={"webp": small, "png": png}, details=details, warnings=warnings)


def flat_png(picture: Image.Image) -> bytes:
    """A printed sheet as PNG: its few colours in a palette, a third of the bytes of true colour."""
    out = io.BytesIO()
    few = picture.convert("RGB").quantize(PREVIEW_COLOURS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    few.save(out, "PNG", compress_level=9)
    return out.getvalue()


def webp(picture: Image.Image) -> bytes:
    """A picture as WebP."""
    out = io.BytesIO()
    picture.convert("RGB").save(out, "WEBP", quality=WEBP_QUALITY, method=WEBP_METHOD)
    return out.getvalue()


def _data(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The sheet with its code drawn, once it is sure that every letter can be set."""
    data = inputs["data"]
    require_letters(words(data), inputs["lang"])
    return {**data, "svg": qr_svg(data["qr"], colours(inputs["theme"])["ink"])}
