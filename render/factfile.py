"""The file of facts: TOML read into a `FactBook`, checked as a whole, and written back."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from render.errors import FactError
from render.facts import GREATEST, UNITS, Amount, Fact, FactBook, FactValue, decimal_text, find_fact, plain_decimal
from render.formula import DEEPEST, formula_keys, parse_formula

KEY = re.compile(r"[a-z][a-z0-9_]{0,63}")
DEMONSTRATION = "demonstration"  # the one table that is no fact
DEMONSTRATION_NOTE = "Bản minh họa – số liệu tại {date}"
_FACT_FIELDS = ("label", "unit", "suffix", "values", "formula", "source", "review_by")
_VALUE_FIELDS = ("value", "from", "to", "source", "review_by")
_HEADER = re.compile(r"""\s*\[\s*["']?([^\]"'\[]+?)["']?\s*\]\s*(?:#.*)?""")
_PHONE = re.compile(r"\+?[0-9][0-9 .()-]{1,23}")
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
LARGEST_FILE = 4_000_000  # bytes


def read_facts(path: Path) -> FactBook:
    """The facts of a TOML file; a `FactError` with file and line for whatever is wrong in it."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise FactError("the file of facts is too large", where=str(path), mend=f"At most {LARGEST_FILE} bytes")
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise FactError("there is no such file of facts", where=str(path)) from None
    except OSError as error:
        raise FactError(f"the file of facts cannot be read: {error.strerror}", where=str(path)) from None
    except UnicodeDecodeError:
        raise FactError("the file of facts is not UTF-8", where=str(path), mend="Save it as UTF-8") from None
    return parse_facts(text, str(path))


def parse_facts(text: str, name: str = "facts") -> FactBook:
    """The facts of TOML text; `name` is what errors call it."""
    try:
        tables = tomllib.loads(text, parse_float=_decimal)
    except (tomllib.TOMLDecodeError, InvalidOperation, RecursionError) as error:
        line = re.search(r"at line (\d+)", str(error))
        where = f"{name}:{line[1] if line else text.rstrip().count(chr(10)) + 1}"
        raise FactError(f"the file is not TOML: {error}", where=where, mend="Correct that line") from None
    lines = _lines(text)
    on, note = _demonstration(tables.pop(DEMONSTRATION, None), f"{name}:{lines.get(DEMONSTRATION, 1)}")
    facts = {key: _fact(key, table, f"{name}:{lines.get(key, 1)}") for key, table in tables.items()}
    book = FactBook(facts=facts, demonstration_on=on, demonstration_note=note)
    found = book.problems()
    if found:
        more = f" ({len(found) - 1} more of the facts are wrong too)" if len(found) > 1 else ""
        raise FactError(found[0].what + more, where=found[0].where, mend=found[0].mend)
    return book


def problems(book: FactBook) -> tuple[FactError, ...]:
    """Everything wrong with a book whatever the date, one error a fact, in the order of its facts."""
    found: list[FactError] = []
    for key, fact in book.facts.items():
        try:
            check_fact(fact)
            if key != fact.key:
                raise FactError(f"the fact {fact.key} is kept as {key}", mend="Keep it under its own key")
            if fact.formula:
                _check_formula(book, fact)
        except FactError as error:
            found.append(FactError(error.what, where=error.where or fact.where or key, mend=error.mend))
    return tuple(found)


def check_fact(fact: Fact) -> None:
    """A `FactError` when a fact is wrong in itself: its key, unit, values or formula."""
    if not KEY.fullmatch(fact.key) or fact.key == DEMONSTRATION:
        raise FactError(
            f"{fact.key!r} cannot be the key of a fact",
            mend="Use a to z, digits and _, beginning with a letter, at most 64: tro_cap_huu_tri",
        )
    if not fact.label.strip():
        raise FactError(f"the fact {fact.key} has no label", mend='Add label = "…": what it is, for editors')
    for name, text in (("label", fact.label), ("suffix", fact.suffix), ("source", fact.source)):
        _check_text(f"the {name} of {fact.key}", text)
    if fact.unit not in UNITS:
        raise FactError(
            f"the fact {fact.key} has an unknown unit {fact.unit!r}", mend=f"The units are: {', '.join(UNITS)}"
        )
    if fact.suffix and fact.unit != "number":
        raise FactError(
            f"the fact {fact.key} has a suffix and the unit {fact.unit}", mend='A suffix needs unit = "number"'
        )
    if bool(fact.values) == bool(fact.formula):
        have = "both values and a formula" if fact.formula else "neither values nor a formula"
        raise FactError(f"the fact {fact.key} has {have}", mend="Give it values = […] or formula = …")
    for value in fact.values:
        _check_value(fact, value)
    _check_overlaps(fact)
    if fact.formula:
        if not UNITS[fact.unit].printed:
            raise FactError(f"the fact {fact.key} is text and has a formula", mend="Give it values")
        parse_formula(fact.formula)


def _check_value(fact: Fact, value: FactValue) -> None:
    if value.since and value.until and value.since > value.until:
        raise FactError(
            f"a value of {fact.key} ends on {value.until}, before it begins on {value.since}", mend="Correct from or to"
        )
    _check_text(f"the source of {fact.key}", value.source)
    if fact.unit == "date":
        _check_date(fact, value.value)
        return
    if fact.unit in ("phone", "email"):
        pattern, kind = (_PHONE, "phone number") if fact.unit == "phone" else (_EMAIL, "e-mail address")
        if not isinstance(value.value, str) or not pattern.fullmatch(value.value):
            raise FactError(
                f"{value.value!r} of {fact.key} is no {kind}",
                mend=f"Write it like {UNITS[fact.unit].example}, in quotes",
            )
        return
    if not isinstance(value.value, Decimal):
        raise FactError(
            f"{value.value!r} of {fact.key} is not a number",
            mend=f"Write it without quotes, like {UNITS[fact.unit].example}",
        )
    if not value.value.is_finite() or not 0 <= value.value < GREATEST:
        raise FactError(f"{value.value} of {fact.key} is no sensible value", mend="Use a number from 0 to 10^15")
    exponent = value.value.as_tuple().exponent
    if fact.unit == "money" and value.value != value.value.to_integral_value():
        raise FactError(
            f"{value.value} of {fact.key} is not a whole number of đồng",
            mend="Write 1_500_000 without points, or name another unit",
        )
    if isinstance(exponent, int) and exponent < -6:
        raise FactError(f"{value.value} of {fact.key} has too many decimals", mend="Use at most six")


def _check_date(fact: Fact, value: Amount) -> None:
    try:
        if dt.date.fromisoformat(str(value)).isoformat() == value:
            return
    except ValueError:
        pass  # said below
    raise FactError(f"{value!r} of {fact.key} is no date", mend="Write value = 2029-07-01, without quotes")


def _check_overlaps(fact: Fact) -> None:
    ordered = sorted(fact.values, key=lambda one: (one.since or dt.date.min, one.until or dt.date.max))
    for earlier, later in itertools.pairwise(ordered):
        if (later.since or dt.date.min) <= (earlier.until or dt.date.max):
            raise FactError(
                f"two values of {fact.key} hold on {later.since or earlier.since or 'every day'}",
                mend="End the earlier one the day before the later one begins",
            )


def _check_formula(book: FactBook, fact: Fact) -> None:
    def visit(key: str, path: tuple[str, ...]) -> None:
        if key in path:
            circle = " → ".join((*path[path.index(key) :], key))
            if path.index(key) == 0:  # named once for each fact in it, not for those that lead to it
                raise FactError(f"the formulas go in a circle: {circle}", mend="Break the circle")
            return
        if len(path) > DEEPEST:
            raise FactError(
                f"formulas stand on formulas more than {DEEPEST} deep below {fact.key}", mend="Shorten the chain"
            )
        one = find_fact(book, key)
        if path and UNITS.get(one.unit) and not UNITS[one.unit].printed:
            raise FactError(
                f"the formula of {path[-1]} counts with {key}, which is text", mend="Use facts that are numbers"
            )
        if one.formula and (key, len(path)) not in seen:
            seen.add((key, len(path)))
            for next_key in _keys(one):
                visit(next_key, (*path, key))

    seen: set[tuple[str, int]] = set()
    visit(fact.key, ())


def _keys(fact: Fact) -> tuple[str, ...]:
    try:
        return formula_keys(parse_formula(fact.formula))
    except FactError:
        return ()  # reported where that fact itself is checked


def _check_text(what: str, text: str) -> None:
    if len(text) > 500 or any(unicodedata.category(one) in {"Cc", "Cf", "Co", "Cs"} for one in text):
        raise FactError(
            f"{what} is too long or holds characters that cannot be printed",
            mend="Use one line of at most 500 characters",
        )


# Reading one table


def _fact(key: str, table: Any, where: str) -> Fact:
    if not isinstance(table, dict):
        raise FactError(f"{key} is not a table", where=where, mend=f"Write [{key}] and its fields beneath")
    for name, value in table.items():
        if isinstance(value, dict) or name not in _FACT_FIELDS:
            raise FactError(f"the fact {key} has an unknown field {name!r}", where=where, mend=_fields(_FACT_FIELDS))
    values = table.get("values", [])
    if not isinstance(values, list) or not all(isinstance(one, dict) for one in values):
        raise FactError(f"the values of {key} are not a list of tables", where=where, mend=_VALUES_MEND)
    return Fact(
        key=key,
        **{name: _text(key, name, table.get(name, ""), where) for name in ("label", "suffix", "formula", "source")},
        unit=_text(key, "unit", table.get("unit", "money"), where),
        values=tuple(_value(key, one, where) for one in values),
        review_by=_date(key, "review_by", table.get("review_by"), where),
        where=where,
    )


_VALUES_MEND = "Write values = [{ from = 2025-07-01, value = 500_000 }]"


def _value(key: str, table: Mapping[str, Any], where: str) -> FactValue:
    for name in table:
        if name not in _VALUE_FIELDS:
            raise FactError(f"a value of {key} has an unknown field {name!r}", where=where, mend=_fields(_VALUE_FIELDS))
    if "value" not in table:
        raise FactError(f"a value of {key} has no value", where=where, mend=_VALUES_MEND)
    return FactValue(
        value=_amount(key, table["value"], where),
        since=_date(key, "from", table.get("from"), where),
        until=_date(key, "to", table.get("to"), where),
        source=_text(key, "source", table.get("source", ""), where),
        review_by=_date(key, "review_by", table.get("review_by"), where),
    )


def _amount(key: str, value: Any, where: str) -> Amount:
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value.strip())
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value.isoformat()
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise FactError(f"{value!r} of {key} is neither a number nor text", where=where, mend=_VALUES_MEND)
    try:
        number = Decimal(value)
    except (InvalidOperation, ValueError):
        raise FactError(f"a value of {key} is no sensible number", where=where) from None
    # a number out of bounds is refused by the checks; spelled out it could fill the memory
    return plain_decimal(number) if number.is_finite() and abs(number.adjusted()) < 100 else number


def _date(key: str, name: str, value: Any, where: str) -> dt.date | None:
    if value is None or (isinstance(value, dt.date) and not isinstance(value, dt.datetime)):
        return value
    raise FactError(f"{name} of {key} is not a date", where=where, mend=f"Write {name} = 2025-07-01, without quotes")


def _text(key: str, name: str, value: Any, where: str) -> str:
    if not isinstance(value, str):
        raise FactError(f"{name} of {key} is not text", where=where, mend=f'Write {name} = "…", in double quotes')
    return unicodedata.normalize("NFC", value.strip())


def _demonstration(table: Any, where: str) -> tuple[dt.date | None, str]:
    if table is None:
        return None, ""
    if not isinstance(table, dict) or set(table) - {"on", "note"} or "on" not in table:
        raise FactError("[demonstration] has on (a date) and note", where=where, mend="Write on = 2025-09-01")
    on = _date(DEMONSTRATION, "on", table["on"], where)
    note = _text(DEMONSTRATION, "note", table.get("note", DEMONSTRATION_NOTE), where)
    _check_text("the note of the demonstration", note)
    return on, note


def _fields(names: tuple[str, ...]) -> str:
    return "The fields are: " + ", ".join(names)


def _decimal(text: str) -> Decimal:
    return Decimal(text)


def _lines(text: str) -> dict[str, int]:
    """The line of each table's header."""
    return {
        match[1].strip(): number
        for number, line in enumerate(text.split("\n"), 1)
        if len(line) < 200 and (match := _HEADER.fullmatch(line.rstrip()))  # longer ones take long to refuse
    }


# Writing


def write_facts(book: FactBook) -> str:
    """A book as TOML that reads back equal."""
    tables = [_fact_lines(fact) for fact in book.facts.values()]
    if book.demonstration_on:
        note = [f"note = {_quoted(book.demonstration_note)}"]
        tables.insert(0, [f"[{DEMONSTRATION}]", f"on = {book.demonstration_on}", *note])
    return "\n".join("\n".join(lines) + "\n" for lines in tables)


def _fact_lines(fact: Fact) -> list[str]:
    return [f"[{fact.key}]", *_written_fields(fact)]


def _written_fields(fact: Fact) -> Iterator[str]:
    yield f"label = {_quoted(fact.label)}"
    if fact.unit != "money":
        yield f"unit = {_quoted(fact.unit)}"
    for name, text in (("suffix", fact.suffix), ("formula", fact.formula), ("source", fact.source)):
        if text:
            yield f"{name} = {_quoted(text)}"
    if fact.review_by:
        yield f"review_by = {fact.review_by}"
    if fact.values:
        yield "values = ["
        yield from (f"  {{ {_written_value(fact, value)} }}," for value in fact.values)
        yield "]"


def _written_value(fact: Fact, value: FactValue) -> str:
    parts = [f"from = {value.since}"] if value.since else []
    parts += [f"to = {value.until}"] if value.until else []
    parts.append(f"value = {_written_amount(fact, value.value)}")
    parts += [f"source = {_quoted(value.source)}"] if value.source else []
    parts += [f"review_by = {value.review_by}"] if value.review_by else []
    return ", ".join(parts)


def _written_amount(fact: Fact, value: Amount) -> str:
    if isinstance(value, str):
        return value if fact.unit == "date" else _quoted(value)
    return _number(value)


def _number(value: Decimal) -> str:
    if value == value.to_integral_value():
        return f"{int(value):_}"
    return decimal_text(value)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
