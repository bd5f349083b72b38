"""Files of facts in the admin: compared, told, proposed; a bad one is told clearly and nothing is lost."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import Workbook, load_workbook

from cms.facts.books import book
from cms.facts.enums import ChangeStatus
from cms.facts.models import FactChange
from cms.facts.tables import FACTS, VALUES, read_workbook, write_workbook
from render.errors import FactError
from render.factfile import write_facts
from tests.cms.test_facts import browser, person


@pytest.fixture
def editor(site: str) -> Any:
    return person("lan", "add_factchange")


def upload(user: Any, name: str, content: bytes) -> Any:
    data = {"file": SimpleUploadedFile(name, content), "reason": "Theo nghị định mới"}
    return browser(user).post(reverse("facts_import"), data)


def edited(change: Any) -> bytes:
    """The exported workbook, as somebody changed it."""
    workbook = load_workbook(io.BytesIO(write_workbook(book())))
    change(workbook)
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()


def _cell(workbook: Any, key: str, column: int) -> Any:
    sheet = workbook[VALUES]
    return next(row[column] for row in reversed(list(sheet.iter_rows())) if row[0].value == key)


@pytest.mark.parametrize("kind", ["toml", "xlsx"])
def test_what_was_exported_differs_in_nothing(editor: Any, kind: str) -> None:
    content = browser(editor).get(reverse("facts_export", args=[kind])).content
    found = upload(editor, f"so-lieu.{kind}", content).context["report"]
    assert (list(found.differences), found.refused) == ([], [])
    assert len(found.same) == len(book().facts)


def test_a_difference_is_shown_and_becomes_a_proposal_that_overwrites_nothing(editor: Any) -> None:
    def change(workbook: Any) -> None:
        _cell(workbook, "tro_cap_huu_tri_xa_hoi", 1).value = 650000
        workbook[FACTS].append(["muc_moi", "Mức mới", "Số tiền (đồng)"])
        workbook[VALUES].append(["muc_moi", "1.200.000"])

    before = book()
    answer = upload(editor, "so-lieu.xlsx", edited(change))
    found = answer.context["report"]
    assert {one.change.key: one.change.kind for one in found.differences} == {
        "tro_cap_huu_tri_xa_hoi": "correction",
        "muc_moi": "new",
    }
    assert not FactChange.objects.filter(status=ChangeStatus.PROPOSED).exists()
    browser(editor).post(reverse("facts_import"), {"confirm": answer.context["token"]})
    assert FactChange.objects.filter(status=ChangeStatus.PROPOSED, proposed_by=editor).count() == 2
    assert book() == before


def test_a_report_is_of_use_to_nobody_else_and_cannot_be_made_up(editor: Any) -> None:
    answer = upload(editor, "so-lieu.toml", b'[moi]\nlabel = "M"\nvalues = [{ value = 1 }]\n')
    token = answer.context["token"]
    other = person("hoa", "add_factchange")
    assert browser(other).post(reverse("facts_import"), {"confirm": token}).status_code == 404
    browser(editor).post(reverse("facts_import"), {"confirm": token[:-3] + "xyz"})
    assert not FactChange.objects.filter(status=ChangeStatus.PROPOSED).exists()


@pytest.mark.parametrize(
    ("column", "value", "what"),
    [
        (1, "năm trăm", "không phải là số"),
        (1, "=1+1", "công thức của bảng tính"),
        (1, 1.5, "không phải là số đồng nguyên"),
        (1, -5, "không phải là"),
        (2, "31/02/2026", "không phải là ngày"),
        (0, "khong_co", "không có khóa “khong_co”"),
    ],
)
def test_a_row_that_is_wrong_is_refused_with_its_place_and_the_others_are_taken(
    editor: Any, column: int, value: Any, what: str
) -> None:
    def change(workbook: Any) -> None:
        _cell(workbook, "tro_cap_huu_tri_xa_hoi", column).value = value

    found = upload(editor, "so-lieu.xlsx", edited(change)).context["report"]
    assert any(what in row.what and VALUES in row.where for row in found.refused), found.refused
    assert "luong_co_so" in found.same


def _doubled(workbook: Any) -> None:
    workbook[FACTS].append(["luong_co_so", "Lần nữa"])


def test_a_key_that_is_there_twice_is_refused_with_both_places(editor: Any) -> None:
    found = upload(editor, "so-lieu.xlsx", edited(_doubled)).context["report"]
    assert any("luong_co_so đã có ở Số liệu, dòng 2" in row.what for row in found.refused)


def _bomb() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 60_000_000)
    return file.getvalue()


def _with(name: str, content: bytes) -> bytes:
    file = io.BytesIO(write_workbook(book()))
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr(name, content)
    return file.getvalue()


_XXE = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>'


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.xlsx", lambda: b"PK\x03\x04 not really"),
        ("x.xlsx", lambda: b""),
        ("x.xlsx", _bomb),
        ("x.xlsx", lambda: _with("xl/vbaProject.bin", b"x")),
        ("x.xlsx", lambda: _with("xl/evil.xml", _XXE)),
        ("x.xlsx", lambda: _with("xl/evil.xml", b"\xff\xfe" + _XXE.decode().encode("utf-16-le"))),
        ("x.xlsx", lambda: _other_workbook()),
        ("x.xlsm", lambda: write_workbook(book())),
        ("x.csv", lambda: b"a,b"),
        ("x.toml", lambda: '[a]\nlabel = "Lương"'.encode("utf-16")),
        ("x.toml", lambda: b"\xc2\xb5 [[["),
        ("x.toml", lambda: b'[a]\nlabel = "A"\nformula = "b"\n[b]\nlabel = "B"\nformula = "a"\n'),
        ("x.toml", lambda: b"#" * 4_000_001),
    ],
)
def test_a_bad_file_is_told_and_changes_nothing(editor: Any, name: str, content: Any) -> None:
    answer = upload(editor, name, content())
    assert answer.status_code == 200
    assert answer.context["form"].errors["file"]
    assert "report" not in answer.context
    assert FactChange.objects.filter(status=ChangeStatus.PROPOSED).count() == 0


def _other_workbook() -> bytes:
    workbook = Workbook()
    workbook.active.append(["Một", "Hai"])
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()


def test_unknown_columns_are_named(site: str) -> None:
    def change(workbook: Any) -> None:
        workbook[FACTS]["A1"] = "Mã"

    with pytest.raises(FactError, match="Mã"):
        read_workbook(edited(change))


def test_a_formula_that_loops_is_named_in_the_report(editor: Any) -> None:
    text = write_facts(book()).replace('formula = "luong_co_so * bhyt_ty_le * 12"', 'formula = "bhyt_ho_2 * 2"')
    answer = upload(editor, "x.toml", text.encode())
    assert "quay vòng" in str(answer.context["form"].errors["file"])


def test_letters_of_an_old_font_are_seen(editor: Any) -> None:
    content = '[moi]\nlabel = "TrÓ cÊp h­u trÝ x· héi"\nvalues = [{ value = 1 }]\n'.replace("\u00ad", "")
    found = upload(editor, "x.toml", content.encode()).context["report"]
    assert any("phông" in row.what for row in found.refused)
