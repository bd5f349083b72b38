"""The texts of a page as they stand in its form, each with the path to its field and what the editor calls it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from django.utils.translation import gettext as _
from wagtail import blocks
from wagtail.contrib.typed_table_block.blocks import TypedTableBlock

from cms.previews.sources import block_place, field_place
from render.findings import Passage

Part = Literal["title", "summary", "topic", "heading", "text", "alt", "credit"]
_PARTS: dict[str, Part] = {"title": "heading", "alt": "alt", "credit": "credit"}
_NO_TEXT = frozenset({"section_id", "focus", "file"})


@dataclass(frozen=True)
class Written:
    """A passage with its label."""

    passage: Passage
    label: str


def written(page: Any) -> list[Written]:
    """Every text of the page, in the order of the form."""
    found = []
    for name in ("title", "topic", "summary"):
        text = str(getattr(page, name) or "")
        if text:
            found.append(Written(Passage(name, text, name), field_place(page, name).label))  # type: ignore[arg-type]
    for child in page.picture:
        label = str(child.block.label)
        found += [
            Written(one, f"{label} › {name}" if name else label)
            for one, name in _walk(child.block, child.value, f"picture.{child.id}", "text", "")
        ]
    for position, child in enumerate(page.body, start=1):
        place = block_place(child, position)
        found += [
            Written(one, f"{place.label} › {name}" if name else place.label)
            for one, name in _walk(child.block, child.value, place.path, "text", "")
        ]
    return found


def _walk(block: blocks.Block, value: Any, path: str, part: Part, name: str) -> Iterator[tuple[Passage, str]]:
    if value is None:
        return
    if isinstance(block, blocks.StructBlock):
        for field, inner in block.child_blocks.items():
            if field not in _NO_TEXT:
                yield from _walk(inner, value.get(field), f"{path}.{field}", _PARTS.get(field, part), str(inner.label))
    elif isinstance(block, blocks.StreamBlock):
        for child in value:
            yield from _walk(child.block, child.value, f"{path}.{child.id}", part, name)
    elif isinstance(block, blocks.ListBlock):
        for number, child in enumerate(value.bound_blocks, start=1):
            item = _("%(name)s %(number)d") % {"name": name, "number": number}
            yield from _walk(child.block, child.value, f"{path}.{child.id}", part, item)
    elif isinstance(block, TypedTableBlock):
        cells = [
            *(column["heading"] for column in value.columns),
            *(one for row in value.row_data for one in row["values"]),
        ]
        yield from ((Passage(path, str(cell), part), name) for cell in cells if isinstance(cell, str) and cell)
    elif isinstance(block, blocks.FieldBlock) and isinstance(value, str) and (value or part == "alt"):
        yield Passage(path, value, part), name
