"""A workbook from outside is opened once, by one piece, and the hostile never unfolds."""

from __future__ import annotations

import io
import zipfile

import pytest
from django.core.exceptions import ValidationError
from openpyxl import Workbook

from cms.core.workbooks import Fault, WorkbookError, open_workbook
from cms.register import files


def _good() -> bytes:
    book, out = Workbook(), io.BytesIO()
    book.active.append(["number"])
    book.save(out)
    return out.getvalue()


def _with(name: str, data: bytes) -> bytes:
    out = io.BytesIO(_good())
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return out.getvalue()


def test_a_plain_workbook_is_opened() -> None:
    assert list(open_workbook(_good()).worksheets[0].iter_rows(values_only=True)) == [("number",)]


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (_with("xl/bomb.bin", b"\0" * 41_000_000), Fault.LARGE),
        (_with("xl/vbaProject.bin", b"x"), Fault.MACROS),
        (_with("xl/more.xml", b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'), Fault.ENTITIES),
        (_with("xl/more.xml", '<!DOCTYPE a [<!ENTITY b "c">]><a/>'.encode("utf-16")), Fault.ENTITIES),
        (b"number\n1", Fault.DAMAGED),
        (_good()[:400], Fault.DAMAGED),
    ],
)  # fmt: skip
def test_what_is_hostile_or_damaged_is_refused(content: bytes, fault: Fault) -> None:
    with pytest.raises(WorkbookError) as told:
        open_workbook(content)
    assert told.value.fault is fault


def test_the_register_takes_no_bomb() -> None:
    with pytest.raises(ValidationError):
        files.read("van-ban.xlsx", _with("xl/bomb.bin", b"\0" * 41_000_000))
