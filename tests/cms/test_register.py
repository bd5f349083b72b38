"""The register of legal documents: where each stands, who rests on it, out as a file and in again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from cms.register import files
from cms.register.enums import Standing
from cms.register.models import LegalDocument, numbers_in
from cms.register.rests import documents, ending, legal_problems, resting
from tests.cms.conftest import DEMO

DAY = dt.date(2025, 9, 1)


@pytest.fixture
def register(any_site: str) -> dict[str, LegalDocument]:
    """The demonstration's."""
    assert not files.store(files.read("legal.toml", (DEMO / "legal.toml").read_bytes())).refused
    return documents()


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("Luật 41/2024/QH15, Điều 21; Nghị định 176/2025/NĐ-CP", ["41/2024/QH15", "176/2025/NĐ-CP"]),
        ("Chỉ thị 07/CT-TTg ngày 21/3/2023", ["07/CT-TTg"]),
        ("Luật Bảo hiểm y tế, sửa đổi bởi Luật 51/2024/QH15", ["51/2024/QH15"]),
        ("Thông tư 12/2025/TT-BNV", ["12/2025/TT-BNV"]),
        ("ngày 01/7/2025, mẫu 01/2025", []),
        ("Nghi\u0323 đi\u0323nh 176/2025/N\u0110-CP", ["176/2025/NĐ-CP"]),
    ],
)
def test_numbers_are_found_in_what_people_write(text: str, numbers: list[str]) -> None:
    assert numbers_in(text) == numbers


def test_a_document_stands_where_its_dates_and_its_successor_put_it(register: dict[str, LegalDocument]) -> None:
    old = register["146/2018/NĐ-CP"]
    assert old.standing(dt.date(2018, 11, 30)) is Standing.COMING
    assert old.standing(dt.date(2025, 6, 30)) is Standing.IN_FORCE
    assert old.standing(dt.date(2025, 7, 1)) is Standing.REPLACED
    assert register["38/2013/QH13"].standing(dt.date(2026, 1, 1)) is Standing.ENDED


def test_a_basis_that_no_longer_holds_is_told_with_what_replaces_it(register: dict[str, LegalDocument]) -> None:
    assert legal_problems(["Luật 41/2024/QH15", "không số"], DAY) == []
    [(text, words)] = legal_problems(["Nghị định 146/2018/NĐ-CP, Điều 7"], DAY)
    assert text.startswith("Nghị định 146")
    assert "188/2025/NĐ-CP" in words


def test_who_rests_on_a_document_is_known(register: dict[str, LegalDocument], publish: Callable[..., Any]) -> None:
    publish("luong-huu-tu-15-nam", publish=False)
    found = resting()["41/2024/QH15"]
    assert [page.slug for page in found.articles] == ["luong-huu-tu-15-nam"]
    assert "tuoi_huu_tri_xa_hoi" in {fact.key for fact in found.facts}


def test_what_ends_soon_is_listed(register: dict[str, LegalDocument]) -> None:
    assert [one.number for one in ending(dt.date(2025, 11, 1), within_days=90)] == ["38/2013/QH13"]
    assert ending(dt.date(2025, 6, 1), within_days=60) == [register["146/2018/NĐ-CP"]]


@pytest.mark.parametrize(("suffix", "write"), [("csv", files.as_csv), ("xlsx", files.as_xlsx), ("toml", files.as_toml)])
def test_the_register_comes_back_as_it_went_out(
    register: dict[str, LegalDocument], suffix: str, write: Callable[[], bytes]
) -> None:
    LegalDocument.objects.filter(number="07/CT-TTg").update(title="=1+1", note='dòng "một"\ndòng hai, | \\')
    before, data = files.rows(), write()
    assert files.store(files.read(f"r.{suffix}", data)) == files.Report()
    LegalDocument.objects.all().delete()
    assert len(files.store(files.read(f"r.{suffix}", data)).added) == len(before)
    assert files.rows() == before


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("r.csv", b"\xff\xfe\x00"),
        ("r.xlsx", b"PK\x03\x04 no"),
        ("r.toml", b"= ="),
        ("r.csv", b"ten\nx\n"),
        ("r.toml", b'document = "x"'),
        ("r.toml", b"document = [1, 2]"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_words(name: str, data: bytes) -> None:
    with pytest.raises(ValidationError):
        files.read(name, data)


def test_a_row_that_is_wrong_holds_the_whole_file_back(register: dict[str, LegalDocument]) -> None:
    rows = [
        {"number": "1/2026/NĐ-CP", "kind": "decree"},
        {"number": "2/2026/NĐ-CP", "in_force_from": "31/02/2026"},
        {"number": "không phải số"},
        {"number": "3/2026/NĐ-CP", "link": "javascript:alert(1)"},
        {"number": "4/2026/NĐ-CP", "link": "http://vidu.vn"},
    ]
    report = files.store(rows)
    assert [number for number, _words in report.refused] == [row["number"] for row in rows[1:]]
    assert "1/2026/NĐ-CP" not in documents()


def test_documents_do_not_replace_each_other_in_a_circle(register: dict[str, LegalDocument]) -> None:
    rows = [{"number": "188/2025/NĐ-CP", "replaced_by": "146/2018/NĐ-CP"}]
    assert [number for number, _words in files.store(rows).refused] == ["188/2025/NĐ-CP"]


def test_screens_of_the_register_open_for_editors_and_for_nobody_else(
    register: dict[str, LegalDocument], login: Callable[..., Any], publish: Callable[..., Any]
) -> None:
    publish("luong-huu-tu-15-nam", publish=False)
    editor, nobody = login("Biên tập viên"), login("Người vận hành loa")
    pk = register["41/2024/QH15"].pk
    addresses = [
        reverse("wagtailsnippets_register_legaldocument:list"),
        reverse("wagtailsnippets_register_legaldocument:edit", args=[pk]),
        reverse("register_attention"),
        reverse("register_rests_on", args=[pk]),
        reverse("register_export", args=["csv"]),
    ]
    for address in addresses:
        assert editor.get(address).status_code == 200, address
        assert nobody.get(address).status_code in (302, 403), address
    upload = SimpleUploadedFile("r.csv", b"number,kind\n9/2026/N\xc4\x90-CP,decree\n")
    assert nobody.post(reverse("register_upload"), {"file": upload}).status_code in (302, 403)
    upload.seek(0)
    assert editor.post(reverse("register_upload"), {"file": upload}).status_code == 200
    assert LegalDocument.objects.filter(number="9/2026/NĐ-CP").exists()
    answer = editor.get(reverse("register_standing"), {"text": ["Nghị định 146/2018/NĐ-CP", "Công báo"]}).json()
    assert [line["state"] for line in answer["lines"]] == ["bad", "unknown"]
