"""Products that are made in a moment, for tests of the newsroom's machinery."""

from __future__ import annotations

import sys
import time
import types
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from render.edition import Edition
from render.errors import GateError
from render.products import Context, File, Planned, Product, Waiting
from render.products.voicing import voice_of
from render.speech.recordings import Line
from render.steps import Made, Step

HERE = "tests.cms.small_products"


def write(inputs: Mapping[str, Any], needs: Mapping[str, Made]) -> Made:
    """The title as a file; leaves a mark each time it runs, and takes its time where it is told to."""
    if inputs.get("marks"):
        with Path(inputs["marks"]).open("a") as marks:
            marks.write(f"{inputs['product']} {inputs['title']}\n")
    if hold := inputs.get("hold"):
        while Path(hold).exists():
            time.sleep(0.02)
    return Made({"out.txt": f"{inputs['product']}: {inputs['title']}".encode()})


def refuse(inputs: Mapping[str, Any], needs: Mapping[str, Made]) -> Made:
    """A gate that lets nothing through."""
    raise GateError("the number is too long for its field", gate="fit", mend="Shorten it")


def _lines(edition: Edition) -> tuple[Line, ...]:
    """What the small sound says: the title and the summary."""
    texts = ("".join(run.text for run in runs) for runs in (edition.title, edition.summary))
    return tuple(Line(text, text) for text in texts)


def _plan(product: str, medium: str, options: Mapping[str, str]) -> Callable[[Edition, Context], Planned | Waiting]:
    def plan(edition: Edition, context: Context) -> Planned | Waiting:
        voiced = voice_of(edition, context, _lines(edition)) if medium == "audio" else None
        if isinstance(voiced, Waiting):
            return voiced
        inputs = {
            "product": product,
            "title": "".join(run.text for run in edition.title),
            "edition": edition.id,
            **options,
        }
        step = Step(f"{HERE}:write", inputs)
        gates = (Step(f"{HERE}:refuse", inputs, {"file": step}),) if medium == "video" else ()
        files = (File(step, "out.txt", "txt", "text/plain"),)
        if medium == "print" and context.imprint is not None:
            own = Step(f"{HERE}:write", {**inputs, "product": "\n".join(context.imprint.lines("A4"))})
            files += (File(own, "out.txt", "print.pdf", "application/pdf", role="print"),)
        if voiced is None:
            return Planned(files, gates)
        return Planned(files, gates, details=voiced.details, warnings=voiced.warnings, to_hear=voiced.to_hear)

    return plan


def install(put: Callable[[Any, str, Any], None], *, marks: str = "", hold: str = "") -> None:
    """Put three small products in the place of the real ones: a sheet, a sound, and a clip that its gate refuses."""
    import render.products as registry

    options = {name: value for name, value in (("marks", marks), ("hold", hold)) if value}
    family = types.ModuleType("render.products.small")
    family.PRODUCTS = tuple(  # type: ignore[attr-defined]
        Product(name, label, medium, "–", "text/plain", _plan(name, medium, options))
        for name, label, medium in (
            ("sheet", "Tờ rơi", "print"),
            ("sound", "Bản tin", "audio"),
            ("film", "Clip", "video"),
        )
    )
    sys.modules["render.products.small"] = family
    put(registry, "FAMILIES", ("small",))
    registry.products.cache_clear()
