"""Sheets for public boards: the blocks that fit by rank at a size read from two metres, in colour or for a copier."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from render.edition import Edition
from render.steps import Step
from render.typeset.photo import screen_needs
from render.typeset.sheet import laid_out, sheet_step

TEMPLATE = "notice.typ"


def board_step(edition: Edition, qr: str, *, mono: bool) -> tuple[Step, tuple[str, ...]]:
    """The step that sets a board, and what the editor should know; one layout serves all offices, in colour or not."""
    sheet, warnings = sheet_step("set_pdf", TEMPLATE, edition, qr)
    asked = laid_out(sheet)
    layout = asked.needs["layout"]
    layout = dataclasses.replace(layout, inputs=_with_address(layout.inputs, edition))
    pictures = screen_needs(edition, grey=True) if mono else {}
    needs = {**asked.needs, **pictures, "layout": layout}
    return dataclasses.replace(asked, inputs={**asked.inputs, "mono": mono}, needs=needs), warnings


def _with_address(inputs: Mapping[str, Any], edition: Edition) -> dict[str, Any]:
    """The layout's inputs, told whether the office has an address: a line more at the foot."""
    data, office = inputs["data"], inputs["data"]["foot"]["office"]
    if office is None or edition.office is None or not edition.office.address:
        return dict(inputs)
    office = {**office, "address": {"t": "A", "vi": True}}
    return {**inputs, "data": {**data, "foot": {**data["foot"], "office": office}}}
