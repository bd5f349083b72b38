"""Two languages on one sheet: an edition and its source, row by row, by section and item."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from render.article import (
    Block,
    Bullets,
    Comparison,
    Eligibility,
    Figures,
    Flow,
    Notice,
    Pictured,
    Prose,
    Questions,
    Steps,
    Story,
)
from render.edition import Edition, Runs
from render.language import language
from render.steps import Step
from render.typeset.figures import figure
from render.typeset.photo import picture_data
from render.typeset.sheet import laid_out, sheet_step
from render.typeset.wording import bound, plain, runs_json, titled

Json = dict[str, Any]

TEMPLATE = "bilingual.typ"


def bilingual_step(edition: Edition, source: Edition, qr: str) -> tuple[Step, tuple[str, ...]]:
    """The step that sets an edition beside its source, and what the editor should know; offices share its layout."""
    sheet, warnings = sheet_step("set_pdf", TEMPLATE, edition, qr)
    dropped = ("hero", "blocks", "summary", "remember")
    data = {name: value for name, value in sheet.inputs["data"].items() if name not in dropped}
    data |= {"both": both(edition, source)}
    made = dataclasses.replace(sheet, inputs={**sheet.inputs, "data": data})
    return laid_out(made), warnings


def both(edition: Edition, source: Edition) -> Json:
    """What the template draws: heads in both languages, the one number, and sections of rows."""
    pairs = list(zip(edition.blocks, source.blocks, strict=True))  # render.parity has seen to it
    hero: Json | None = None
    sections: list[Json] = []
    for mine, theirs in pairs:
        made: Json | None = None
        if hero is None and isinstance(mine, Figures) and isinstance(theirs, Figures) and mine.figures:
            number = figure(theirs.figures[0])
            if not number.get("words"):
                made = _section(mine, theirs, skip=1)
                hero = {"number": number["number"], "t": figure(mine.figures[0]), "s": number}
        made = made or _section(mine, theirs)
        if made["rows"]:
            sections.append(made)
    return {
        "names": {"t": language(edition.lang).autonym, "s": language(source.lang).autonym},
        "title": {"t": bound(plain(edition.title)), "s": titled(plain(source.title))},
        "summary": {"t": runs_json(edition.summary), "s": runs_json(source.summary)},
        "hero": hero,
        "sections": sections,
    }


def _section(mine: Block[Runs], theirs: Block[Runs], *, skip: int = 0) -> Json:
    """A block of both texts: its headings and its rows, the note before, the list, the note after."""
    rows = [
        *_flow(mine.before, theirs.before),
        *_rows(_items(mine)[skip:], _items(theirs)[skip:]),
        *_flow(mine.after, theirs.after),
    ]
    return {
        "id": mine.id,
        "kind": type(mine).__name__.lower(),
        "title": {
            side: bound(plain(block.title)) if block.title else "" for side, block in (("t", mine), ("s", theirs))
        }
        if mine.title or theirs.title
        else None,
        "rows": rows,
    }


def _items(block: Block[Runs]) -> list[Json]:
    match block:
        case Figures(figures=figures):
            return [{"figure": figure(one)} for one in figures]
        case Eligibility(items=items):
            return [{"mark": "tick", "text": [runs_json(item)]} for item in items]
        case Steps(items=items):
            return [{"mark": str(number), "text": [runs_json(item)]} for number, item in enumerate(items, 1)]
        case Comparison(header=header, rows=rows):
            return [
                {
                    "head": runs_json(row[0]),
                    "cells": [
                        [runs_json(name), runs_json(cell)] for name, cell in zip(header[1:], row[1:], strict=True)
                    ],
                }
                for row in rows
            ]
        case Questions(questions=questions):
            return [
                {"question": runs_json(one.question), "text": [runs_json(text) for text in one.answer]}
                for one in questions
            ]
        case Prose(body=body) | Notice(body=body) | Story(body=body):
            return _paragraphs(body)
        case Pictured(picture=picture):
            return [{"photo": picture_data(picture)}]


def _paragraphs(flow: Flow[Runs]) -> list[Json]:
    made: list[Json] = []
    for part in flow:
        if isinstance(part, Bullets):
            made += [
                {"mark": str(number) if part.ordered else "bullet", "text": [runs_json(item)]}
                for number, item in enumerate(part.items, 1)
            ]
        else:
            made.append({"text": [runs_json(part.text)]})
    return made


def _flow(mine: Flow[Runs], theirs: Flow[Runs]) -> list[Json]:
    return [{**row, "note": True} for row in _rows(_paragraphs(mine), _paragraphs(theirs))]


def _rows(mine: Sequence[Json], theirs: Sequence[Json]) -> list[Json]:
    """Item beside item; where a translator parted the text otherwise, all of it beside all of it."""
    if len(mine) == len(theirs):
        return [{"t": [one], "s": [other]} for one, other in zip(mine, theirs, strict=True)]
    return [{"t": list(mine), "s": list(theirs)}]
