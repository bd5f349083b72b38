"""What every product of paper adds: previews for the screen, PDFs for the print shop."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from render.edition import Edition
from render.products import Context, File, Planned
from render.steps import Step
from render.typeset.printing import Folds, printed
from render.typeset.sheet import preview_step


def previews(sheet: Step, pages: int | None = None) -> Iterator[File]:
    """A WebP picture of each page; of the first and of all together where their number follows from the text."""
    step = preview_step(sheet)
    for page in range(1, (pages or 1) + 1):
        yield File(step, f"page-{page}", f"{page}.webp", "image/webp", role="preview")
    if pages is None:
        yield File(step, "pages", "pages.webp", "image/webp", role="preview")


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
