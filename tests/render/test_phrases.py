"""The fixed phrases of products and their translations."""

from __future__ import annotations

import ast
import datetime as dt
import os
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st

from render import phrases
from render.errors import LanguageError
from render.facts import UNITS
from render.paths import ROOT
from render.phrases import first_few, phrase, read_phrases, vietnamese_date


@pytest.fixture
def catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of one language, to be written by the test."""
    monkeypatch.setattr(phrases, "LOCALES", tmp_path)
    (tmp_path / "km").mkdir()
    return tmp_path / "km" / "loa.po"


def po(*entries: tuple[str, str], flags: str = "") -> str:
    head = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
    return head + "".join(f'{flags}msgid "{one}"\nmsgstr "{two}"\n\n' for one, two in entries)


def test_vietnamese_is_the_phrase_itself() -> None:
    found = phrase("vi", "Số liệu áp dụng từ {date}", date="01/7/2025")
    assert (found.text, found.translated) == ("Số liệu áp dụng từ 01/7/2025", True)


def test_a_translation_is_used_when_there_is_one(catalogue: Path) -> None:
    catalogue.write_text(po(("Từ {date} tại {place}", "{place}: {date}")), encoding="utf-8")
    found = phrase("km", "Từ {date} tại {place}", date="01/7/2025", place="Huế")
    assert (found.text, found.translated) == ("Huế: 01/7/2025", True)


@pytest.mark.parametrize("text", ["", po(("Hotline", "")), po(("Hotline", "x"), flags="#, fuzzy\n"), po(("Khác", "x"))])
def test_a_missing_translation_says_so_and_stays_vietnamese(catalogue: Path, text: str) -> None:
    catalogue.write_text(text, encoding="utf-8")
    assert phrase("km", "Hotline") == phrases.Phrase("Hotline", translated=False)


def test_a_language_without_a_file_is_untranslated(catalogue: Path) -> None:
    assert not catalogue.exists()
    assert phrase("km", "Hotline") == phrases.Phrase("Hotline", translated=False)


def test_an_edited_file_is_read_anew(catalogue: Path) -> None:
    catalogue.write_text(po(("Hotline", "a")), encoding="utf-8")
    assert phrase("km", "Hotline").text == "a"
    catalogue.write_text(po(("Hotline", "b")), encoding="utf-8")
    os.utime(catalogue, ns=(1, 1))
    assert phrase("km", "Hotline").text == "b"


def test_a_translation_that_loses_a_field_is_refused_at_its_line(catalogue: Path) -> None:
    catalogue.write_text(po(("Từ {date}", "x {day}")), encoding="utf-8")
    with pytest.raises(LanguageError, match=r"loa\.po:\d+: .*\{date\}, \{day\}"):
        phrase("km", "Từ {date}", date="x")


def test_a_file_that_is_no_catalogue_is_refused(catalogue: Path) -> None:
    catalogue.write_text('msgid "a\nmsgstr b\n???', encoding="utf-8")
    with pytest.raises(LanguageError, match="cannot be read"):
        phrase("km", "a")


def test_a_translation_cannot_reach_into_what_is_filled_in(catalogue: Path) -> None:
    catalogue.write_text(po(("Từ {date}", "{date} {date.__class__} {0}")), encoding="utf-8")
    assert phrase("km", "Từ {date}", date="x").text == "x {date.__class__} {0}"


def test_a_value_that_is_not_given_is_an_error() -> None:
    with pytest.raises(LanguageError, match=r"needs a value for \{date\}"):
        phrase("vi", "Từ {date}")


def test_the_catalogues_of_the_house_can_be_read() -> None:
    for path in sorted(phrases.LOCALES.glob("*/loa.po")):
        read_phrases(path)


def test_every_phrase_the_products_say_is_in_the_catalogue_that_translators_copy() -> None:
    with (phrases.LOCALES / "vi" / "loa.po").open("rb") as file:
        listed = {message.id for message in read_po(file)}
    said = {unit.printed for unit in UNITS.values() if unit.printed} - {"{n}", "{n}%", "{n} đồng"}
    for path in sorted((ROOT / "render").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "phrase":
                said |= {
                    one.value for one in node.args[1:] if isinstance(one, ast.Constant) and isinstance(one.value, str)
                }
    assert said <= listed, f"add to locales/vi/loa.po: {said - listed}"


@pytest.mark.parametrize(
    ("day", "text"),
    [
        ((2025, 7, 1), "01/7/2025"),
        ((2025, 1, 9), "09/01/2025"),
        ((2025, 2, 15), "15/02/2025"),
        ((2025, 12, 31), "31/12/2025"),
    ],
)
def test_dates_are_written_as_in_official_documents(day: tuple[int, int, int], text: str) -> None:
    assert vietnamese_date(dt.date(*day)) == text


@given(st.dates(dt.date(1000, 1, 1)))
def test_a_written_date_is_the_same_day(day: dt.date) -> None:
    number, month, year = (int(part) for part in vietnamese_date(day).split("/"))
    assert dt.date(year, month, number) == day


def test_a_long_list_for_an_editor_is_cut_and_counted() -> None:
    names = [f"Phần {number}" for number in range(1, 9)]
    assert first_few(names[:5]) == "Phần 1; Phần 2; Phần 3; Phần 4; Phần 5"
    assert first_few(names) == "Phần 1; Phần 2; Phần 3; Phần 4; Phần 5; và 3 phần nữa"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("x\u202ey", "right-to-left override"),
        ("<script>alert(1)</script>", None),
        ("Мức", "Cyrillic"),
        ("\ue000", "private use"),
        ("{{ hotline }}", "same fields|cannot be printed|"),
    ],
)
def test_a_hostile_translation_is_refused_at_its_line_or_only_words(
    catalogue: Path, words: str, told: str | None
) -> None:
    catalogue.write_text(po(("Hotline", words)), encoding="utf-8")
    if told is None or not told.strip("|") or "fields" in told:
        assert phrase("km", "Hotline").text == words  # printed as it stands: no product reads markup in it
        return
    with pytest.raises(LanguageError, match=rf"loa\.po:\d+: .*{told}"):
        phrase("km", "Hotline")


def test_a_catalogue_of_many_megabytes_is_not_read(catalogue: Path) -> None:
    catalogue.write_text("#" * 1_000_001, encoding="utf-8")
    with pytest.raises(LanguageError, match="larger than 1 MB"):
        phrase("km", "Hotline")


def test_no_sheet_prints_a_vietnamese_phrase_of_its_own() -> None:
    # Words in a template's quotes would be printed in Vietnamese on a sheet of any language, and nobody would be told.
    letters = "ăâđêôơưáàảãạấầẩẫậắằẳẵặéèẻẽẹếềểễệíìỉĩịóòỏõọốồổỗộớờởỡợúùủũụứừửữựýỳỷỹỵ"
    for path in sorted((ROOT / "assets" / "templates").glob("*.typ")):
        if path.name in {"specimen.typ", "reading-sheet.typ"}:  # working papers, in Vietnamese whatever they are about
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            code = line.split("//")[0]
            if "regex(" in code:
                continue
            assert not set(code.lower()) & set(letters), f"{path.name}:{number}: {line.strip()}"
