"""Facts as a workbook that people fill in, and lists to take away: XLSX and CSV, read with suspicion."""

from __future__ import annotations

import csv
import datetime as dt
import io
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from cms.core.workbooks import Fault, WorkbookError, open_workbook, plain_cell
from render.errors import FactError
from render.factfile import KEY, check_fact
from render.facts import UNITS, Fact, FactBook, FactValue, decimal_text, plain_decimal

LARGEST_FILE = 4_000_000  # bytes, as it is sent
_MOST_ROWS = 20_000
FACTS, VALUES, ABOUT = "Số liệu", "Giá trị", "Bản minh họa"
_FACT_COLUMNS = {
    "key": "Khóa", "label": "Tên gọi", "unit": "Đơn vị", "suffix": "Chữ sau con số", "formula": "Công thức",
    "source": "Căn cứ pháp lý", "review_by": "Rà soát trước ngày",
}  # fmt: skip
_VALUE_COLUMNS = {
    "key": "Khóa", "value": "Giá trị", "since": "Từ ngày", "until": "Đến hết ngày", "source": "Căn cứ pháp lý",
    "review_by": "Rà soát trước ngày",
}  # fmt: skip
_ABOUT_COLUMNS = {"on": "Ngày của số liệu minh họa", "note": "Ghi chú in trên sản phẩm"}
_DATES = frozenset({"since", "until", "review_by", "on"})
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Refused:
    """A row that cannot be read, with its place in the file and the mend."""

    where: str
    what: str
    mend: str


# Writing -------------------------------------------------------------------------------------------------------------


def write_workbook(book: FactBook) -> bytes:
    """A book as a workbook that reads back equal: facts on one sheet, their values on the next."""
    facts = [
        {name: getattr(fact, name) for name in _FACT_COLUMNS} | {"unit": UNITS[fact.unit].label}
        for fact in book.facts.values()
    ]
    values = [
        {name: getattr(value, name) for name in _VALUE_COLUMNS if name not in ("key", "value")}
        | {"key": fact.key, "value": _cell_of(value, fact.unit)}
        for fact in book.facts.values()
        for value in fact.values
    ]
    about = [{"on": book.demonstration_on, "note": book.demonstration_note}] if book.demonstration_on else []
    workbook = Workbook()
    workbook.remove(workbook.active)
    for name, columns, rows in (
        (FACTS, _FACT_COLUMNS, facts), (VALUES, _VALUE_COLUMNS, values), (ABOUT, _ABOUT_COLUMNS, about),
    ):  # fmt: skip
        if rows or name != ABOUT:
            _write_sheet(workbook, name, list(columns.values()), [[row[one] for one in columns] for row in rows])
    return _bytes(workbook)


def xlsx_table(name: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> HttpResponse:
    """A list to take away as a workbook."""
    workbook = Workbook()
    workbook.remove(workbook.active)
    _write_sheet(workbook, "Bảng", header, rows)
    return download(_bytes(workbook), f"{name}.xlsx", XLSX_TYPE)


def csv_table(name: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> HttpResponse:
    """A list to take away as CSV, with the mark by which spreadsheets know UTF-8."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows([[plain_cell(_spoken(one)) for one in row] for row in rows])
    return download(("\ufeff" + text.getvalue()).encode(), f"{name}.csv", "text/csv; charset=utf-8")


def download(content: bytes, name: str, media_type: str) -> HttpResponse:
    """A file for the browser to keep."""
    response = HttpResponse(content, content_type=media_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _spoken(value: Any) -> str:
    return value.strftime("%d/%m/%Y") if isinstance(value, dt.date) else "" if value is None else str(value)


def _write_sheet(workbook: Workbook, name: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    sheet = workbook.create_sheet(name)
    sheet.append(list(header))
    for cell in sheet[1]:
        cell.font = Font(bold=True, color="FFFFFF")
        cell.fill = PatternFill("solid", fgColor="0B4A4A")
        cell.alignment = Alignment(vertical="center", wrap_text=True)
    sheet.freeze_panes = "B2"
    widths = [len(one) + 4 for one in header]
    for number, row in enumerate(rows, start=2):
        for place, value in enumerate(row, start=1):
            _write_cell(sheet.cell(row=number, column=place), value)
            widths[place - 1] = min(60, max(widths[place - 1], len(_spoken(value)) + 2))
    for place, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(place)].width = width


def _write_cell(cell: Cell, value: Any) -> None:
    if value is None or value == "":
        return
    if isinstance(value, dt.date):
        cell.value = value
        cell.number_format = "DD/MM/YYYY"
    elif isinstance(value, str):
        cell.value, cell.data_type = value, "s"  # never a formula
        cell.number_format = "@"
    else:
        cell.value = value
        cell.number_format = "#,##0.######" if isinstance(value, Decimal) else "0"


def _cell_of(value: FactValue, unit: str) -> Any:
    """A number where a workbook keeps it exactly, else its digits; a day as a day."""
    if unit == "date":
        return dt.date.fromisoformat(str(value.value))
    if isinstance(value.value, str):
        return value.value
    return value.value if Decimal(repr(float(value.value))) == value.value else decimal_text(value.value)


def _bytes(workbook: Workbook) -> bytes:
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()


# Reading -------------------------------------------------------------------------------------------------------------


def read_workbook(content: bytes) -> tuple[FactBook, list[Refused]]:
    """The facts of a workbook, and the rows that were refused; a `FactError` when it is none of ours at all."""
    if len(content) > LARGEST_FILE:
        raise FactError("the file is too large", mend=f"At most {LARGEST_FILE // 1_000_000} MB")
    try:
        workbook = open_workbook(content)
    except WorkbookError as error:
        raise _workbook_refusal(error) from None
    try:
        refused: list[Refused] = []
        for name in (FACTS, VALUES):
            if name not in workbook.sheetnames:
                raise FactError(f"the workbook has no sheet {name!r}", mend=_EXPORT_MEND)
        facts = list(_rows(workbook[FACTS], _FACT_COLUMNS, refused))
        values = list(_rows(workbook[VALUES], _VALUE_COLUMNS, refused))
        about = list(_rows(workbook[ABOUT], _ABOUT_COLUMNS, refused)) if ABOUT in workbook.sheetnames else []
    finally:
        workbook.close()
    book = _book(facts, values, about, refused)
    return book, refused


_SAVE_MEND = "Save it as XLSX again, or export the facts and fill in that file"
_EXPORT_MEND = "Export the facts as XLSX, and fill in that file"
_Row = tuple[str, dict[str, Any]]  # where it stands, and what is in it


def _workbook_refusal(error: WorkbookError) -> FactError:
    match error.fault:
        case Fault.LARGE:
            return FactError("the workbook is too large when unpacked", mend=_EXPORT_MEND)
        case Fault.MACROS:
            return FactError("the workbook holds macros or parts of other files", mend="Save it as plain XLSX")
        case Fault.ENTITIES:
            return FactError("the workbook defines entities of its own", mend=_SAVE_MEND)
        case Fault.DAMAGED:
            return FactError("this is no XLSX workbook", mend=_SAVE_MEND)


def _rows(sheet: Any, columns: Mapping[str, str], refused: list[Refused]) -> Iterator[_Row]:
    """Each row by the names of our columns; cells that hold formulas or no day are refused with their place."""
    sheet.reset_dimensions()  # what a file says of its own size is not to be trusted
    titles = {title: name for name, title in columns.items()}
    places: dict[int, str] = {}
    for number, row in enumerate(sheet.iter_rows(max_col=40), start=1):
        if number > _MOST_ROWS:
            raise FactError(f"the sheet {sheet.title!r} has more than {_MOST_ROWS} rows", mend="Split the file")
        if not places:
            found = {cell.column: titles.get(_text(cell.value)) for cell in row if cell.value is not None}
            if unknown := [_text(cell.value) for cell in row if cell.value is not None and not found[cell.column]]:
                raise FactError(
                    f"the sheet {sheet.title!r} has unknown columns: {', '.join(unknown)[:200]}",
                    mend="The columns are: " + ", ".join(columns.values()),
                )
            if len(set(found.values())) < len(found) or not {"key", "on"} & set(found.values()):
                raise FactError(
                    f"the first row of the sheet {sheet.title!r} does not name its columns once each",
                    mend="The columns are: " + ", ".join(columns.values()),
                )
            places = {column: name for column, name in found.items() if name}
            continue
        cells = {places[cell.column]: cell for cell in row if cell.value is not None and cell.column in places}
        if any(_text(cell.value) for cell in cells.values()):
            where = f"{sheet.title}, dòng {number}"
            if (data := _data(cells, sheet.title, number, refused)) is not None:
                yield where, data


def _data(cells: Mapping[str, Any], title: str, number: int, refused: list[Refused]) -> dict[str, Any] | None:
    data: dict[str, Any] = {}
    sound = True
    for name, cell in cells.items():
        where = f"{title}, ô {get_column_letter(cell.column)}{number}"
        if cell.data_type == "f":
            refused.append(Refused(where, "Ô chứa công thức của bảng tính.", "Ghi thẳng giá trị."))
            sound = False
        elif cell.data_type == "e":
            refused.append(Refused(where, f"Ô bị lỗi: {cell.value}.", "Ghi lại giá trị."))
            sound = False
        elif name in _DATES:
            try:
                data[name] = _day(cell.value)
            except ValueError:
                what = f"“{_text(cell.value)[:60]}” không phải là ngày."
                refused.append(Refused(where, what, "Ghi như 01/7/2025, hoặc chọn kiểu ô là Ngày."))
                sound = False
        else:
            data[name] = cell.value if name == "value" else _text(cell.value)
    return data if sound else None


def _book(facts: list[_Row], values: list[_Row], about: list[_Row], refused: list[Refused]) -> FactBook:
    by_label = {unit.label: name for name, unit in UNITS.items()} | {name: name for name in UNITS}
    known: dict[str, tuple[str, dict[str, Any]]] = {}
    for where, row in facts:
        key = row.get("key", "")
        if not KEY.fullmatch(key):
            refused.append(Refused(where, f"“{key[:70]}” không dùng làm khóa được.", "Dùng a đến z, chữ số và _."))
        elif key in known:
            refused.append(Refused(where, f"Khóa {key} đã có ở {known[key][0]}.", "Mỗi số liệu một dòng."))
        elif row.get("unit", "money") not in by_label:
            mend = "Các đơn vị: " + "; ".join(unit.label for unit in UNITS.values())
            refused.append(Refused(where, f"Không có đơn vị “{row['unit'][:60]}”.", mend))
        else:
            known[key] = where, row | {"unit": by_label[row.get("unit", "money")]}
    rows: dict[str, list[FactValue]] = {key: [] for key in known}
    broken: set[str] = set()
    for where, row in values:
        key = row.get("key", "")
        if key not in known:
            mend = "Thêm số liệu vào tờ “Số liệu”, hoặc sửa khóa."
            refused.append(Refused(where, f"Tờ “Số liệu” không có khóa “{key[:70]}”.", mend))
            continue
        try:
            value = _value(row, known[key][1]["unit"])
            check_fact(Fact(key=key, label=key, unit=known[key][1]["unit"], values=(value,)))
        except FactError as error:
            broken.add(key)
            refused.append(_refusal(where, error))
        else:
            rows[key].append(value)
    found: dict[str, Fact] = {}
    for key, (where, row) in known.items():
        if key in broken or any(one.where.startswith(where) for one in refused):
            continue
        try:
            words = {name: row.get(name, "") for name in ("label", "suffix", "formula", "source")}
            ordered = tuple(sorted(rows[key], key=lambda one: one.since or dt.date.min))
            fact = Fact(key=key, unit=row["unit"], review_by=row.get("review_by"), values=ordered, where=where, **words)
            check_fact(fact)
        except FactError as error:
            refused.append(_refusal(where, error))
        else:
            found[key] = fact
    on, note = (about[0][1].get("on"), about[0][1].get("note", "")) if about else (None, "")
    return FactBook(facts=found, demonstration_on=on, demonstration_note=note)


def _value(row: Mapping[str, Any], unit: str) -> FactValue:
    from cms.facts.models import amount

    written = row.get("value")
    if written is None:
        raise FactError("a row has no value", mend="Write the value")
    if isinstance(written, bool):
        raise FactError(f"{written!r} is not a number", mend="Write the value")
    if isinstance(written, int | float) and UNITS[unit].printed:
        value: Any = plain_decimal(Decimal(repr(written)))
    elif unit == "date":
        try:
            value = _day(written).isoformat()
        except ValueError:
            value = _text(written)
    else:
        value = amount(_text(written), unit)
    return FactValue(
        value=value,
        since=row.get("since"),
        until=row.get("until"),
        source=row.get("source", ""),
        review_by=row.get("review_by"),
    )


def _refusal(where: str, error: FactError) -> Refused:
    from cms.core.words import in_words

    return Refused(where, in_words(FactError(error.what)), in_words(FactError(error.mend)) if error.mend else "")


def _day(value: Any) -> dt.date:
    if isinstance(value, dt.datetime):
        if value.time() != dt.time():
            raise ValueError(value)
        return value.date()
    if isinstance(value, dt.date):
        return value
    text = _text(value)
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return dt.datetime.strptime(text, "%d/%m/%Y").date()  # noqa: DTZ007  # a day has no zone


def _text(value: Any) -> str:
    return unicodedata.normalize("NFC", str(value).strip()) if value is not None else ""
