"""Figures that were typed by hand: amounts, rates, dates, ages and telephone numbers that ought to be facts."""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from render.errors import LoaError
from render.facts import FactBook, print_fact
from render.findings import Change, Finding, Passage

MOST_OFFERED = 4
_SCALES = {"nghìn": 1_000, "ngàn": 1_000, "triệu": 1_000_000, "tỷ": 1_000_000_000, "tỉ": 1_000_000_000}
_NUMBER = r"\d{1,3}(?:\.\d{3}){1,5}(?:,\d{1,4})?|\d{1,12}(?:,\d{1,4})?"
_PLACEHOLDER = re.compile(r"\{\{[^{}]*\}\}")
# What only looks like a figure: numbers of documents, addresses, steps of a template.
_CITATION = re.compile(
    r"\d{1,5}/\d{4}/[\w-]+|https?://[^\s)]+|[\w.+-]{1,64}@[\w.-]{1,64}"
    r"|(?:Điều|điều|Khoản|khoản|Điểm|điểm|Mẫu|mẫu số|Mẫu số|số)\s+\d[\w/.-]*"
)
_MONEY = r"(?:đồng|đ|VNĐ|VND)"
_SCALE = "nghìn|ngàn|triệu|tỷ|tỉ"
_PHONE = r"1[89]00[ .]?\d{4}(?:[ .]?\d{2})?|0\d{2,3}[ .]\d{3,4}[ .]\d{3,4}|0\d{9}"
_SHAPES = (
    ("phone", re.compile(rf"(?<![\w./])(?:{_PHONE})(?!\w)")),
    ("date", re.compile(r"(?<![\w/])(?P<d>\d{1,2})[/-](?P<m>\d{1,2})[/-](?P<y>\d{4})(?![\w/])")),
    ("date", re.compile(r"ngày\s+(?P<d>\d{1,2})\s+tháng\s+(?P<m>\d{1,2})\s+năm\s+(?P<y>\d{4})", re.IGNORECASE)),
    ("percent", re.compile(rf"(?<![\w.,])(?P<n>{_NUMBER})\s?(?:%|phần trăm)")),
    ("money", re.compile(rf"(?<![\w.,])(?P<n>{_NUMBER})\s?(?:(?P<scale>{_SCALE})\s?)?{_MONEY}(?!\w)", re.IGNORECASE)),
    ("money", re.compile(rf"(?<![\w.,])(?P<n>{_NUMBER})\s(?P<scale>{_SCALE})(?!\w)", re.IGNORECASE)),
    ("age", re.compile(rf"(?<![\w.,/])(?P<n>{_NUMBER})\stuổi(?!\w)")),
    ("years", re.compile(rf"(?<![\w.,/])(?P<n>{_NUMBER})\snăm(?!\w)")),
    ("months", re.compile(rf"(?<![\w.,/])(?P<n>{_NUMBER})\stháng(?!\w)")),
    ("days", re.compile(rf"(?<![\w.,/])(?P<n>{_NUMBER})\sngày(?! làm việc)(?!\w)")),
)

# Of these every one ought to be a fact; of the others only what a fact says already.
_ALWAYS = {"money", "percent", "phone"}

Known = Mapping[tuple[str, str], list[tuple[str, str, str]]]  # (unit, value) -> (key, printed, label)


def known_values(facts: FactBook, day: dt.date) -> Known:
    """The facts by unit and value on a day; one that has no value then is passed over."""
    found: dict[tuple[str, str], list[tuple[str, str, str]]] = defaultdict(list)
    for key, fact in facts.facts.items():
        try:
            resolved = facts.on(day).get(key)
        except LoaError:
            continue
        printed = print_fact(resolved).replace("\u00a0", " ")
        if resolved.unit == "number" and not resolved.suffix:
            continue  # a bare number says nothing of what it counts
        value = printed.casefold() if resolved.unit == "number" else _normal(resolved.unit, str(resolved.value))
        found[resolved.unit, value].append((key, printed, fact.label))
    return found


def _normal(unit: str, value: str) -> str:
    if unit in ("phone",):
        return re.sub(r"\D", "", value)
    if unit in ("email", "date"):
        return value
    try:
        number = Decimal(value)
    except InvalidOperation:
        return value
    return f"{number.normalize():f}"


def typed_figures(passage: Passage, known: Known, *, allowed: frozenset[str] = frozenset()) -> list[Finding]:
    """What was typed where a fact could stand; `allowed` are dates that the article may say, as it begins to hold."""
    bare = _PLACEHOLDER.sub(lambda match: "\0" * len(match[0]), passage.text)
    bare = _CITATION.sub(lambda match: "\0" * len(match[0]), bare)
    found: list[tuple[int, Finding]] = []
    for unit, shape in _SHAPES:
        for match in shape.finditer(bare):
            value = _value(unit, match)
            if value is None or (unit == "date" and value in allowed):
                continue
            facts = known.get((unit, value), [])
            if facts or unit in _ALWAYS:
                found.append((match.start(), _finding(unit, match[0], facts, passage)))
            bare = bare[: match.start()] + "\0" * len(match[0]) + bare[match.end() :]
    folded = bare.casefold()
    for (unit, printed), facts in known.items():
        if unit == "number" and (at := folded.find(printed)) >= 0 and not folded[at - 1 : at].isalnum():
            found.append((at, _finding(unit, bare[at : at + len(printed)], facts, passage)))
    return [one for _, one in sorted(found, key=lambda each: each[0])]


def _finding(unit: str, text: str, facts: list[tuple[str, str, str]], passage: Passage) -> Finding:
    changes = tuple(Change(text, f"{{{{ {key} }}}}", label) for key, _printed, label in facts[:MOST_OFFERED])
    level = "warning" if facts or unit in _ALWAYS else "hint"
    code = "typed-known" if facts else "typed-figure"
    return Finding(code, level, passage.place, text, {"text": text, "unit": unit}, changes)  # type: ignore[arg-type]


def _value(unit: str, match: re.Match[str]) -> str | None:
    if unit == "phone":
        return re.sub(r"\D", "", match[0])
    if unit == "date":
        try:
            return dt.date(int(match["y"]), int(match["m"]), int(match["d"])).isoformat()
        except ValueError:
            return None
    number = Decimal(match["n"].replace(".", "").replace(",", "."))
    scale = match.groupdict().get("scale")
    if scale:
        number *= _SCALES[scale.casefold()]
    return _normal(unit, str(number))
