"""A translation as an Excel file, out and in: the source is locked, the figures stand in a column of their own."""

from __future__ import annotations

import io
import zipfile
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill, Protection

from cms.core.workbooks import Fault, WorkbookError, open_workbook
from cms.translation.errors import TranslationError
from cms.translation.exchange import MOST_ENTRIES, Entry, Incoming, last_version, source_mark
from cms.translation.work import Work
from render.errors import LoaError
from render.inline import placeholders

META = "loa"
COLUMNS = 6
_PATH, _SOURCE, _TARGET = 1, 2, 4  # of a row, from 0
_WIDTHS = (6, 14, 60, 26, 60, 24)


def write_xlsx(work: Work, slug: str) -> bytes:
    """The file of a task."""
    task = work.task
    book = Workbook()
    sheet = book.active
    sheet.title = task.tag[:31]
    headings = (_("No."), _("Place"), _("Source"), _("Figures to copy"), _("Translation"), _("State"))
    sheet.append(headings)
    for cell in sheet[1]:
        cell.font, cell.fill = Font(bold=True, color="FFFFFF"), PatternFill("solid", fgColor="0B4A4A")
    words = state_words()
    for number, row in enumerate(work.rows, start=1):
        sheet.append([number])
        values = (row.kept.path, row.kept.source, _figures(row.kept.source), row.kept.target, words[row.state])
        for column, value in enumerate(values, start=2):
            cell = sheet.cell(number + 1, column)
            cell.value = value
            cell.data_type = "s"  # whatever it begins with: no text of ours is a formula
            cell.quotePrefix = True
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            cell.protection = Protection(locked=column != _TARGET + 1)
    for width, letter in zip(_WIDTHS, "ABCDEF", strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.column_dimensions["B"].hidden = True
    sheet.freeze_panes = "A2"
    sheet.protection.sheet = True
    sheet.protection.formatColumns = False
    meta = book.create_sheet(META)
    for name, value in (
        ("article", str(task.key)),
        ("slug", slug),
        ("language", task.tag),
        ("source_revision", source_mark(one.kept for one in work.rows)),
        ("version", str(last_version(task))),
    ):
        meta.append([name, value])
    meta.sheet_state = "hidden"
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def read_xlsx(data: bytes) -> Incoming:
    """What an Excel file says; a `TranslationError` for what is none, or would unfold beyond measure."""
    try:
        book = open_workbook(data)
    except WorkbookError as error:
        if error.fault is Fault.LARGE:
            raise TranslationError(_("The file unfolds to more than is allowed.")) from None
        if error.fault is Fault.MACROS:
            words = _("The file holds macros or parts of other files. Save it as a plain .xlsx and bring it again.")
            raise TranslationError(words) from None
        raise TranslationError(_("The file is no Excel file that can be read.")) from None
    try:
        said = dict(_pairs(book[META])) if META in book.sheetnames else {}
        sheet = next((one for one in book.worksheets if one.title != META), None)
        if sheet is None:
            raise TranslationError(_("The file has no sheet."))
        entries = _entries(sheet)
        book.close()
    except (
        DefusedXmlException,
        ParseError,
        zipfile.BadZipFile,
        KeyError,
        ValueError,
        TypeError,
        AttributeError,
        IndexError,
        EOFError,
        OSError,
    ):
        # What openpyxl raises for a damaged or hostile file is of no one kind.
        raise TranslationError(_("The file is no Excel file that can be read.")) from None
    if not entries:
        raise TranslationError(
            _("The file has no row with a source text: it stands in column C, its translation in column E.")
        )
    version = said.get("version", "")
    return Incoming(
        "xlsx",
        entries,
        article=said.get("article", "")[:80],
        tag=said.get("language", "")[:80],
        mark=said.get("source_revision", "")[:80],
        version=int(version) if version.isdecimal() and len(version) < 16 else 0,
    )


def state_words() -> dict[str, str]:
    """The states of a segment as people read them."""
    return {
        "missing": _("not translated"),
        "reopened": _("source has changed"),
        "translated": _("translated, not approved"),
        "approved": _("approved"),
    }


def _figures(source: str) -> str:
    try:
        return " ".join(dict.fromkeys(str(one) for one in placeholders(source)))
    except LoaError:  # an old draft; its own check says so
        return ""


def _pairs(sheet: Any) -> list[tuple[str, str]]:
    rows = sheet.iter_rows(max_row=20, max_col=2, values_only=True)
    return [(str(row[0]), str(row[1] or "")) for row in rows if row and len(row) > 1 and row[0]]


def _entries(sheet: Any) -> tuple[Entry, ...]:
    entries = []
    for number, row in enumerate(sheet.iter_rows(min_row=2, max_col=COLUMNS), start=2):
        if number > MOST_ENTRIES + 1:
            raise TranslationError(_("The file has more than %(count)d entries.") % {"count": MOST_ENTRIES})
        if len(row) <= _TARGET or not row[_SOURCE].value:
            continue
        remark = ""
        if row[_TARGET].data_type == "f" or row[_SOURCE].data_type == "f":
            remark = _("The cell holds a formula. Write the text itself.")
        value = row[_TARGET].value
        entries.append(
            Entry(
                str(row[_PATH].value or ""),
                str(row[_SOURCE].value),
                "" if value is None else str(value),
                remark,
                number,
            )
        )
    return tuple(entries)
