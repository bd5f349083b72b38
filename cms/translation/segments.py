"""The texts of a page or a snippet that are translated, each with a path that stays and an address of its place.

A path is made of block ids: it follows its text when blocks are moved, and is what wagtail-localize knows as a context.
An address is made of section ids and positions: it is the same in two pages, or a page and a file, of one structure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models
from wagtail import blocks
from wagtail.contrib.typed_table_block.blocks import TypedTableBlock
from wagtail.fields import StreamField
from wagtail_localize.fields import get_translatable_fields
from wagtail_localize.segments import StringSegmentValue
from wagtail_localize.strings import StringValue

from cms.core.fields import ParagraphsField
from render.sections import position_id

# Texts of blocks that say nothing to a reader: names and numbers for the machine.
UNTRANSLATED = frozenset({"section_id", "focus", "file"})
_ESCAPED = frozenset("&<>\n\r\"'\u00a0")

Change = Callable[[str, str, str, str], str]  # path, address, the name of the block or field, text -> text


@dataclass(frozen=True)
class Segment:
    """One text: `kind` is the name of its field or block, `section` the id of its section ("" outside the body)."""

    path: str
    address: str
    kind: str
    text: str

    @property
    def section(self) -> str:
        """The section it stands in, "" for the page's own fields."""
        parts = self.address.split("/")
        return parts[1] if len(parts) > 2 else ""


def segments_of(instance: models.Model) -> list[Segment]:
    """The texts of a page or snippet, in order; empty ones are none."""
    found: list[Segment] = []

    def note(path: str, address: str, kind: str, text: str) -> str:
        if text.strip():
            found.append(Segment(path, address, kind, text))
        return text

    for field in _fields(instance):
        value = field.value_from_object(instance)
        if isinstance(field, StreamField):
            _stream(value.stream_block, _prepared(value), field.name, field.name, note, top=True)
        elif isinstance(field, ParagraphsField):
            for index, text in enumerate(field.paragraphs(value)):
                note(f"{field.name}.{index}", f"{field.name}/{index}", field.name, text)
        elif isinstance(value, list):
            for index, line in enumerate(value):
                note(f"{field.name}.{index}", f"{field.name}/{index}", field.name, str(line))
        else:
            note(field.name, field.name, field.name, value or "")
    return found


def changed(value: Any, texts: Mapping[str, str]) -> Any:
    """A stream with the texts at some paths (below its field) replaced."""

    def replace(path: str, _address: str, _kind: str, text: str) -> str:
        return texts.get(path, text)

    return value.stream_block.to_python(_stream(value.stream_block, _prepared(value), "", "", replace, top=True))


def put_texts(instance: models.Model, texts: Mapping[str, str]) -> None:
    """Write texts into a page or snippet by their addresses; nothing is stored."""

    def replace(_path: str, address: str, _kind: str, text: str) -> str:
        return texts.get(address, text)

    for field in _fields(instance):
        value = field.value_from_object(instance)
        if isinstance(field, StreamField):
            raw = _stream(value.stream_block, _prepared(value), field.name, field.name, replace, top=True)
            setattr(instance, field.name, value.stream_block.to_python(raw))
        elif isinstance(field, ParagraphsField):
            said = [texts.get(f"{field.name}/{at}", text) for at, text in enumerate(field.paragraphs(value))]
            setattr(instance, field.name, "\n\n".join(said))
        elif isinstance(value, list):
            setattr(instance, field.name, [texts.get(f"{field.name}/{at}", one) for at, one in enumerate(value)])
        else:
            setattr(instance, field.name, texts.get(field.name, value))


# What the fields of `cms.core.fields` answer to wagtail-localize with ------------------------------------------------


def stream_segments(value: Any) -> list[StringSegmentValue]:
    """The texts of a stream for wagtail-localize, whose own extractor knows neither tables nor machine names."""
    found: list[StringSegmentValue] = []

    def note(path: str, _address: str, _kind: str, text: str) -> str:
        if text.strip():
            found.append(StringSegmentValue(path, StringValue(as_data(text))))
        return text

    _stream(value.stream_block, _prepared(value), "", "", note, top=True)
    return found


def with_stream_segments(value: Any, segments: Iterable[StringSegmentValue]) -> Any:
    """A stream with translated texts put in."""
    return changed(value, {one.path: as_text(one.string.data) for one in segments})


def numbered_segments(texts: Sequence[str]) -> list[StringSegmentValue]:
    """Texts by their numbers for wagtail-localize."""
    return [StringSegmentValue(str(index), StringValue(as_data(text))) for index, text in enumerate(texts)]


def with_numbered_segments(texts: Sequence[str], segments: Iterable[StringSegmentValue]) -> list[str]:
    """Texts with translated ones put in."""
    said = {one.path: as_text(one.string.data) for one in segments}
    return [said.get(str(index), text) for index, text in enumerate(texts)]


def as_data(text: str) -> str:
    """A text as wagtail-localize keeps it: HTML with nothing but escaped characters."""
    return StringValue.from_plaintext(text).data if not _ESCAPED.isdisjoint(text) else text


def as_text(data: str) -> str:
    """What `as_data` was made from."""
    return str(StringValue(data).render_text()) if not _ESCAPED.isdisjoint(data) else data


# Walking -------------------------------------------------------------------------------------------------------------


def _fields(instance: models.Model) -> list[Any]:
    """The fields whose texts are translated."""
    found = []
    for one in get_translatable_fields(type(instance)):
        if not one.is_translated(instance):
            continue
        field = one.get_field(type(instance))
        if isinstance(field, StreamField | models.TextField | models.CharField) or hasattr(
            field, "get_translatable_segments"
        ):
            found.append(field)
    return found


def _prepared(value: Any) -> list[dict[str, Any]]:
    prepared: list[dict[str, Any]] = value.get_prep_value() if hasattr(value, "get_prep_value") else list(value or ())
    return prepared


def _join(path: str, part: str, mark: str) -> str:
    return f"{path}{mark}{part}" if path else part


def _stream(
    block: Any, raw: list[dict[str, Any]], path: str, address: str, change: Change, *, top: bool = False
) -> list[dict[str, Any]]:
    made = []
    for position, child in enumerate(raw, start=1):
        definition = block.child_blocks.get(child["type"])
        name = str(position - 1)
        if top:
            value = child["value"]
            name = (value.get("section_id") if isinstance(value, dict) else "") or position_id(position)
        made.append(
            child
            if definition is None
            else child
            | {
                "value": _any(
                    definition,
                    child["value"],
                    _join(path, child.get("id") or name, "."),
                    _join(address, name, "/"),
                    child["type"],
                    change,
                )
            }
        )
    return made


def _list(block: Any, raw: list[Any], path: str, address: str, kind: str, change: Change) -> list[Any]:
    made = []
    for index, item in enumerate(raw):
        here, there = _join(address, str(index), "/"), _join(path, str(index), ".")
        if block._item_is_in_block_format(item):
            there = _join(path, item.get("id") or str(index), ".")
            made.append(item | {"value": _any(block.child_block, item["value"], there, here, kind, change)})
        else:  # as it was kept before lists had ids
            made.append(_any(block.child_block, item, there, here, kind, change))
    return made


def _table(raw: dict[str, Any], path: str, address: str, change: Change) -> dict[str, Any]:
    columns = [
        column | {"heading": change(f"{path}.h{at}", f"{address}/h{at}", "heading", column.get("heading") or "")}
        for at, column in enumerate(raw.get("columns", ()))
    ]
    rows = [
        row
        | {
            "values": [
                change(f"{path}.r{number}c{at}", f"{address}/r{number}c{at}", "cell", cell)
                if isinstance(cell, str)
                else cell
                for at, cell in enumerate(row["values"])
            ]
        }
        for number, row in enumerate(raw.get("rows", ()))
    ]
    return raw | {"columns": columns, "rows": rows}


def _any(block: Any, raw: Any, path: str, address: str, kind: str, change: Change) -> Any:
    if raw is None:
        return raw
    if isinstance(block, blocks.StreamBlock):
        return _stream(block, raw, path, address, change)
    if isinstance(block, blocks.ListBlock):
        return _list(block, raw, path, address, kind, change)
    if isinstance(block, TypedTableBlock):
        return _table(raw, path, address, change)
    if isinstance(block, blocks.StructBlock):
        return raw | {
            name: _any(child, raw[name], _join(path, name, "."), _join(address, name, "/"), name, change)
            for name, child in block.child_blocks.items()
            if name in raw and name not in UNTRANSLATED
        }
    if isinstance(block, blocks.CharBlock | blocks.TextBlock) and isinstance(raw, str):
        return change(path, address, kind, raw)
    return raw
