"""The sheet that a person reads from: numbers, breaths, how figures are said, what is to be read again."""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.paths import ASSETS
from render.reading import breaths, sheet_data, sheet_html, sheet_pdf
from render.speech.decoding import TAKE_RATE, Recording
from render.speech.engines import espeak_paths
from render.speech.recordings import Signed, Takes, sheet_code, with_takes
from render.speech.sound import VOICE_RATE, resampled
from render.speech.takefiles import write_takes
from render.speech.taking import take_one
from tests.render.recorded_article import ARTICLE, run, sheet_of
from tests.render.voices_at_hand import DAY, LINES, SITTING, numbered, said

pytestmark = pytest.mark.skipif(espeak_paths() is None, reason="espeak-ng reads in these tests")


def test_the_sheet_shows_numbers_breaths_and_how_figures_are_said() -> None:
    source = ASSETS / "demo" / "articles" / "luong-huu-tu-15-nam.md"
    sheet, edition, _ = sheet_of(source)
    data = sheet_data(sheet)
    lines = [one for group in data["groups"] for one in group["lines"]]
    assert [one["number"] for one in lines] == list(range(1, len(lines) + 1))
    assert any("mười lăm năm" in one["said"] for one in lines)
    assert any(len(one["breaths"]) > 1 for one in lines)
    html = sheet_html(sheet)
    assert "http" not in html.replace(edition.hotline, "")
    assert f"Mã phiếu <strong>{sheet.code}" in html
    assert all(f'id="doan-{one["number"]}"' in html for one in lines)
    pdf = sheet_pdf(sheet)
    assert pdf == sheet_pdf(sheet)
    assert len(pdf) < 400_000


@pytest.mark.parametrize("lang", ["km", "blt-Tavt", "zh-Hant"])
def test_the_sheet_is_set_in_every_script(lang: str, tmp_path: Path) -> None:
    sheet, _, _ = sheet_of(ASSETS / "demo" / "articles" / "quyen-an-sinh-xa-hoi.md", lang)
    path = tmp_path / "a.pdf"
    path.write_bytes(sheet_pdf(sheet))
    fonts = (
        subprocess.run(["pdffonts", path], capture_output=True, text=True, check=False).stdout
        if shutil.which("pdffonts")
        else ""
    )
    assert path.read_bytes().startswith(b"%PDF")
    assert not fonts or "Noto" in fonts or "Tai" in fonts


def test_a_hostile_text_stays_text_on_the_page(article: Path) -> None:
    article.write_text(
        ARTICLE.replace("Bà con nhận thẻ tại xã.", "Bà con nhận <script>x</script> tại xã #panic."), encoding="utf-8"
    )
    sheet, _, _ = sheet_of(article)
    assert "<script>" not in sheet_html(sheet)
    assert sheet_pdf(sheet).startswith(b"%PDF")


def test_a_sheet_after_a_change_marks_what_to_read_and_shows_the_old_wording(article: Path, tmp_path: Path) -> None:
    sheet, _, _ = sheet_of(article)
    lines = [one.line for one in sheet.lines]
    sound = {one.text: Recording(resampled(said(one.text), VOICE_RATE, TAKE_RATE), 44_100) for one in lines}
    new = [take_one(sound[one.line.text], one, SITTING, where="a") for one in sheet.lines]
    takes = with_takes(Takes("vi"), (one.take for one in new), sheet.lines)
    write_takes(tmp_path / "bai-thu.takes", takes, {one.take.sha256: one.sound for one in new})
    article.write_text(ARTICLE.replace("mười ngày", "mười lăm ngày"), encoding="utf-8")
    changed, _, _ = sheet_of(article)
    assert changed.code != sheet.code
    assert "Chỉ thu 1 đoạn có dấu »" in sheet_data(changed)["to_read"]
    assert sheet_pdf(changed).startswith(b"%PDF")
    html = sheet_html(changed)
    assert html.count("»") == 2
    assert "Lời cũ: <s" in html
    assert "đã có bản thu, không cần đọc lại" in html


def test_the_command_writes_both_sheets(article: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("script", article, "--out", tmp_path / "out", "--product", "bulletin-3min") == 0
    made = sorted(path.name for path in (tmp_path / "out" / "bai-thu").iterdir())
    assert made == ["bai-thu.vi.recording-sheet.html", "bai-thu.vi.recording-sheet.pdf"]
    assert "đoạn cần thu" in capsys.readouterr().out


@given(st.text(alphabet="abc,;: –đ.", max_size=80))
def test_breaths_lose_no_letter(text: str) -> None:
    assert [c for c in " ".join(breaths(text)) if not c.isspace()] == [c for c in text if not c.isspace()]


def test_the_code_names_exactly_what_the_sheet_holds() -> None:
    assert sheet_code(numbered(LINES)) == sheet_code(numbered(LINES))
    assert sheet_code(numbered(LINES)) != sheet_code(numbered(LINES[:-1]))
    assert dt.date(2025, 9, 1) == Signed("a", DAY).on
