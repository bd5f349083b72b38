"""What every product of paper adds when it goes to a print shop."""

from __future__ import annotations

import dataclasses

from render.edition import Edition
from render.products import Context, File, Planned
from render.typeset.printing import Folds, printed


def for_the_press(
    plan: Planned,
    edition: Edition,
    context: Context,
    *,
    trim_mm: tuple[float, float] = (210, 297),
    folds_mm: Folds = (),
) -> Planned:
    """The plan with its print PDFs, in colour and in black, and their gates, where the context has an imprint.

    `trim_mm` is the trimmed page, `folds_mm` where each page folds, from its left edge. The step of the main file is
    asked again with bleed: it must make a "pdf" and read `bleed_mm` and `mono` of its inputs.
    """
    if context.imprint is None:
        return plan
    sheet = next(file.step for file in plan.files if file.role == "main")
    made = printed(sheet, edition, context.imprint, trim_mm=trim_mm, folds_mm=folds_mm, qr=context.qr(edition))
    return dataclasses.replace(
        plan,
        files=(*plan.files, *(File(one.step, "pdf", one.suffix, "application/pdf", role="print") for one in made)),
        gates=(*plan.gates, *(one.gate for one in made)),
    )
