"""The register as a file: CSV, XLSX or TOML, out and in again without loss."""

from __future__ import annotations

import csv
import datetime as dt
import io
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from defusedxml.common import DefusedXmlException
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from openpyxl import Workbook

from cms.core.workbooks import WorkbookError, bare_cell, open_workbook, plain_cell
from cms.register.enums import DocumentKind
from cms.register.models import LegalDocument

FIELDS = (
    "number", "kind", "title", "issuer", "issued_on", "in_force_from", "in_force_until", "replaced_by", "link", "note",
)  # fmt: skip
DATES = ("issued_on", "in_force_from", "in_force_until")
LARGEST = 2_000_000  # bytes
MOST = 5_000  # documents


@dataclass(frozen=True)
class Report:
    """What an import did, or why it did nothing."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()


def rows() -> list[dict[str, str]]:
    """Every document, all of it as text."""
    found = []
    for one in LegalDocument.objects.select_related("replaced_by").order_by("number"):
        row = {name: str(getattr(one, name) or "") for name in FIELDS}
        found.append(row | {"replaced_by": one.replaced_by.number if one.replaced_by else ""})
    return found


def as_csv() -> bytes:
    """With a mark that tells spreadsheets it is UTF-8."""
    out = io.StringIO()
    writer = csv.DictWriter(out, FIELDS)
    writer.writeheader()
    writer.writerows({name: plain_cell(text) for name, text in row.items()} for row in rows())
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def as_xlsx() -> bytes:
    """One sheet, every cell a text."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Văn bản"
    sheet.append(FIELDS)
    for row in rows():
        sheet.append([row[name] for name in FIELDS])
    for line in sheet.iter_rows(min_row=2):
        for cell in line:
            cell.data_type = "s"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def as_toml() -> bytes:
    """A table a document."""
    lines: list[str] = []
    for row in rows():
        lines.append("[[document]]")
        lines += [f"{name} = {_quoted(text)}" for name, text in row.items() if text]
        lines.append("")
    return "\n".join(lines).encode()


def read(name: str, data: bytes) -> list[dict[str, str]]:
    """The rows of a file by its name's ending; a `ValidationError` for what cannot be read."""
    if len(data) > LARGEST:
        raise ValidationError(_("The file is larger than %(most)d MB.") % {"most": LARGEST // 1_000_000})
    try:
        if name.lower().endswith(".toml"):
            found: Iterable[Mapping[str, Any]] = tomllib.loads(data.decode("utf-8-sig")).get("document", [])
        elif name.lower().endswith(".xlsx"):
            found = _sheet(data)
        else:
            found = csv.DictReader(io.StringIO(data.decode("utf-8-sig")), strict=True)
        rows = [{key: _text(value) for key, value in dict(row).items() if isinstance(key, str)} for row in found]
    except (
        ValueError, KeyError, TypeError, csv.Error, DefusedXmlException, OSError, EOFError,
    ) as error:  # fmt: skip
        raise ValidationError(_("The file cannot be read: %(reason)s") % {"reason": str(error)[:200]}) from None
    if len(rows) > MOST:
        raise ValidationError(_("The file has more than %(most)d documents.") % {"most": MOST})
    if not rows or "number" not in rows[0]:
        raise ValidationError(_("The file has no column “number”."))
    return rows


@transaction.atomic
def store(rows: Iterable[Mapping[str, str]]) -> Report:
    """Add and change documents by their numbers; all or none of them."""
    known = {one.number: one for one in LegalDocument.objects.all()}
    before = {one["number"]: one for one in _plain(known.values())}
    added, refused, later = [], [], []
    for row in rows:
        number = row.get("number", "").strip()
        document = known.get(number) or LegalDocument(number=number)
        try:
            _fill(document, row)
            document.full_clean(exclude=["replaced_by"], validate_unique=False)
        except ValidationError as error:
            refused.append((number or "—", "; ".join(error.messages)))
            continue
        if number not in known:
            added.append(number)
        known[number] = document
        later.append((document, row))
    if not refused:
        for document, _row in later:
            document.save()
        for document, row in later:
            if "replaced_by" not in row:
                continue
            after = row["replaced_by"].strip()
            if after and after not in known:
                refused.append((document.number, _("%(number)s is not in the register.") % {"number": after}))
                continue
            document.replaced_by = known[after] if after else None
            try:
                document.clean()
            except ValidationError as error:
                refused.append((document.number, "; ".join(error.messages)))
            document.save()
    if refused:
        transaction.set_rollback(True)
        return Report(refused=tuple(refused))
    now = {one["number"]: one for one in _plain(document for document, _row in later)}
    changed = [number for number, one in now.items() if number in before and one != before[number]]
    return Report(tuple(added), tuple(changed))


def _plain(documents: Iterable[LegalDocument]) -> list[dict[str, Any]]:
    names = [*(name for name in FIELDS if name != "replaced_by"), "replaced_by_id"]
    return [{name: getattr(one, name) for name in names} for one in documents]


def _fill(document: LegalDocument, row: Mapping[str, str]) -> None:
    kinds = {str(label).casefold(): value for value, label in DocumentKind.choices}
    for name in FIELDS:
        if name in ("number", "replaced_by") or name not in row:
            continue
        text = row[name].strip()
        if name in DATES:
            setattr(document, name, _date(name, text) if text else None)
        elif name == "kind":
            document.kind = kinds.get(text.casefold(), text or DocumentKind.OTHER)
        else:
            setattr(document, name, text)


def _date(name: str, text: str) -> dt.date:
    """2025-07-01, or 01/7/2025 as documents write it."""
    try:
        if "/" in text:
            day, month, year = text.split("/")
            return dt.date(int(year), int(month), int(day))
        return dt.date.fromisoformat(text[:10])
    except ValueError:
        words = _("“%(text)s” is no date: write 01/7/2025 or 2025-07-01.") % {"text": text[:40]}
        raise ValidationError({name: words}) from None


def _sheet(data: bytes) -> Iterable[Mapping[str, Any]]:
    try:
        book = open_workbook(data, data_only=True)
    except WorkbookError as error:
        raise ValueError(str(error)) from None
    sheet = book.worksheets[0]
    lines = sheet.iter_rows(values_only=True, max_row=MOST + 2, max_col=len(FIELDS) + 5)
    header = [str(one or "") for one in next(lines, ())]
    return [dict(zip(header, line, strict=False)) for line in lines if any(line)]


def _text(value: Any) -> str:
    if isinstance(value, dt.datetime):
        return value.date().isoformat()
    text = "" if value is None else str(value)
    return bare_cell(text)


def _quoted(text: str) -> str:
    import json

    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
