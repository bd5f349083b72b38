"""Sheets that flow: as many pages as their text needs, with no layout to be decided before."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from render.steps import Made
from render.typeset.brand import colours
from render.typeset.engine import compile_pdf
from render.typeset.fonts import require_letters
from render.typeset.photo import drawn_photos
from render.typeset.qr import qr_svg
from render.typeset.wording import words


def set_flowing(inputs: Mapping[str, Any], needs: Mapping[str, Made]) -> Made:
    """A tagged, archivable PDF of as many pages as its text needs."""
    data, mono = inputs["data"], inputs.get("mono", False)
    require_letters(words(data), inputs["lang"])
    made = compile_pdf(
        inputs["template"],
        {**data, "photos": drawn_photos(needs), "svg": qr_svg(data["qr"], colours(inputs["theme"], mono=mono)["ink"])},
        lang=inputs["lang"],
        timestamp=dt.date.fromisoformat(inputs["date"]),
        theme=inputs["theme"],
        bleed_mm=inputs.get("bleed_mm", 0),
        mono=mono,
    )
    return Made(files={"pdf": made}, details={"bytes": len(made)})
