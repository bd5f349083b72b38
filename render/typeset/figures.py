"""Numbers as a sheet shows them: a figure parted from its unit, and a table of numbers as bars."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any

from render.article import Comparison, Figure
from render.edition import Runs
from render.typeset.wording import bound, plain, runs_json

Json = dict[str, Any]

# "Ít nhất 500.000 đồng mỗi tháng": what comes before, the number itself, its unit. A day, a form or a law is no number.
_FIGURE = re.compile(
    r"^(?P<prefix>[^\d]{0,40}?)(?P<number>\d[\d.,]*\d|\d)(?P<range>\s?[–-]\s?(?:\d[\d.,]*\d|\d))?(?P<percent>\s?%)?(?P<rest>(?:[\s\u00a0].*)?)$",
    re.DOTALL,
)
_PHONE = re.compile(r"^(?:\d{3,4}[ \u00a0.]){1,3}\d{3,4}$")
_CELL = re.compile(r"^(?:(?:từ|đủ|từ đủ|ít nhất)\s)?(?P<number>\d[\d.]*(?:,\d+)?)\s?(?P<unit>%|[^\d/%]{0,24})$")

LONGEST_NUMBER = 44  # letters of a figure with what stands before it and its unit


def figure(one: Figure[Runs]) -> Json:
    """A figure as prefix, number, unit and label: “Ít nhất” · “500.000” · “đồng mỗi tháng” · “mức trợ cấp”."""
    value, label = plain(one.value).strip(), runs_json(one.label)
    if _PHONE.match(value):
        return {"prefix": "", "number": value.replace(" ", "\u00a0"), "unit": "", "label": label}
    found = _FIGURE.match(value)
    if found is None or "/" in found["rest"][:1] or "/" in value:
        return {
            "prefix": "",
            "number": bound(value),
            "unit": "",
            "label": label,
            "words": _is_phrase(value),
        }
    if _is_phrase(value) or any(c.isdigit() for c in found["rest"]):  # "từ 7 giờ 30 đến 17 giờ" is no number
        return {"prefix": "", "number": bound(value), "unit": "", "label": label, "words": True}
    number = found["number"] + (found["range"] or "").replace(" ", "") + ("%" if found["percent"] else "")
    return {
        "prefix": bound(found["prefix"].strip()),
        "number": number,
        "unit": bound(found["rest"].strip()),
        "label": label,
    }


def _is_phrase(value: str) -> bool:
    """A value without digits, or with more words round its number than a unit has: set as words, not as a number."""
    return not any(c.isdigit() for c in value) or (len(value) > LONGEST_NUMBER and " " in value)


def cell_number(text: str) -> tuple[Decimal, str] | None:
    """A cell that is one number, with its unit: “75 tuổi” → 75, tuổi. Vietnamese form: 1.263.600 and 4,5."""
    found = _CELL.match(text.replace("\u00a0", " ").strip())
    if found is None:
        return None
    try:
        return Decimal(found["number"].replace(".", "").replace(",", ".")), found["unit"].strip()
    except InvalidOperation:
        return None


def bars(block: Comparison[Runs]) -> list[Json] | None:
    """Bars from a common zero: one a row and column where all numbers share a unit, else None for a table.

    Two columns make one bar a row; three make before and now. More than six bars read worse than a table.
    """
    columns = len(block.header)
    if columns not in (2, 3) or not block.rows or len(block.rows) * (columns - 1) > 6:
        return None
    cells = [[cell_number(plain(cell)) for cell in row[1:]] for row in block.rows]
    found = [cell for row in cells for cell in row if cell is not None]
    if len(found) != len(block.rows) * (columns - 1) or len({unit for _, unit in found}) != 1:
        return None
    most = max(number for number, _ in found)
    if most <= 0 or (columns == 2 and len(block.rows) < 2):
        return None
    return [
        {
            "label": runs_json(row[0]),
            "bars": [
                {
                    "name": runs_json(block.header[column]) if columns == 3 else None,
                    "text": plain(row[column]).strip().replace(" ", "\u00a0"),
                    "share": float(number / most),
                    "new": columns == 3 and column == 2,
                }
                for column, (number, _) in zip(range(1, columns), _known(values), strict=True)
            ],
        }
        for row, values in zip(block.rows, cells, strict=True)
    ]


def _known(values: Iterable[tuple[Decimal, str] | None]) -> list[tuple[Decimal, str]]:
    return [value for value in values if value is not None]
