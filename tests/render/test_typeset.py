"""The typesetter: pure, closed to the outside, and plain in its complaints."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from render.article import Eligibility, Figure
from render.edition import Run, Runs
from render.errors import GateError, StepError
from render.paths import TEMPLATES
from render.typeset import engine
from render.typeset.compose import sheet
from render.typeset.engine import answer, compile_pdf, compile_png, template_files
from render.typeset.figures import figure
from render.typeset.pdf import claims, comparable, page_texts
from render.typeset.wording import bound, grouped, titled
from tests.render.sheets import demo

HEAD = """#let data = json(bytes(sys.inputs.data))
#let look = json(bytes(sys.inputs.look))
#set document(title: "Thử")
#set page(width: 200pt, height: 100pt, margin: 10pt)
#set text(font: look.type.body, lang: look.lang, fallback: false)
"""


@pytest.fixture
def template() -> Iterator[str]:
    """A template of the test's own beside the real ones."""
    path = TEMPLATES / "_test_typeset.typ"
    path.write_text(HEAD + "= #data.text\n#metadata(data.text) <said>", encoding="utf-8")
    yield path.name
    path.unlink()


def rewrite(template: str, body: str) -> None:
    (TEMPLATES / template).write_text(HEAD + body, encoding="utf-8")


def test_the_same_input_gives_the_same_bytes(template: str) -> None:
    day = dt.date(2025, 7, 1)
    first = compile_pdf(template, {"text": "Bảo hiểm xã hội"}, lang="vi", timestamp=day)
    assert first == compile_pdf(template, {"text": "Bảo hiểm xã hội"}, lang="vi", timestamp=day)
    assert compile_png(template, {"text": "a"}, lang="vi", ppi=72) == compile_png(
        template, {"text": "a"}, lang="vi", ppi=72
    )


def test_a_pdf_bears_the_date_it_is_given_and_no_clock(template: str) -> None:
    made = compile_pdf(template, {"text": "a"}, lang="vi", timestamp=dt.date(2025, 7, 1))
    assert b"2025-07-01T00:00:00" in made
    assert str(dt.datetime.now(dt.UTC).year).encode() + b"-" not in made.replace(b"2025-07-01", b"")


def test_text_is_data_and_never_markup(template: str) -> None:
    hostile = '#panic("x") *đậm* $x^2$ = đề mục\\ #read("/brand.toml")'
    made = compile_pdf(template, {"text": hostile}, lang="vi", timestamp=0)
    assert comparable(hostile) in comparable("".join(page_texts(made)))


def test_nothing_outside_the_assets_can_be_read(template: str) -> None:
    rewrite(template, '#read("../../pyproject.toml")')
    with pytest.raises(StepError):
        compile_pdf(template, {"text": "a"}, lang="vi", timestamp=0)


def test_a_missing_letter_is_refused_by_name(template: str) -> None:
    with pytest.raises(GateError, match=r"ꪼ.*U\+AABC") as caught:
        compile_pdf(template, {"text": "ꪼ"}, lang="vi", timestamp=0)
    assert caught.value.gate == "glyphs"


def test_a_templates_refusal_arrives_in_plain_words(template: str) -> None:
    rewrite(template, '#panic("gate:overflow|bảng quá rộng|Chia bảng làm hai")')
    for ask in (
        lambda: compile_pdf(template, {}, lang="vi", timestamp=0),
        lambda: answer(template, {}, "said", lang="vi"),
    ):
        with pytest.raises(GateError) as caught:
            ask()
        assert (caught.value.gate, caught.value.what, caught.value.mend) == (
            "overflow",
            "bảng quá rộng",
            "Chia bảng làm hai",
        )


def test_a_faulty_template_is_named_with_its_line(template: str) -> None:
    rewrite(template, "#unknown-thing")
    with pytest.raises(StepError, match=r"_test_typeset.typ:6.*unknown variable"):
        compile_pdf(template, {}, lang="vi", timestamp=0)


def test_metadata_answers_without_drawing(template: str) -> None:
    assert answer(template, {"text": "Chào bà con"}, "said", lang="vi") == "Chào bà con"


@pytest.mark.parametrize(
    ("lang", "text", "font"),
    [
        ("vi", "Bảo hiểm", "BeVietnamPro"),
        ("km", "មាត្រា ២២", "NotoSansKhmer"),
        ("blt-Tavt", "ꪼꪕꪒꪾ", "TaiHeritagePro"),
        ("zh-Hant", "世界人權宣言", "NotoSansTC"),
        ("cjm-Cham", "ꨌꩌ", "NotoSansCham"),
        ("rad", "Êđê ƀ č ê̆", "NotoSans"),
    ],
)
def test_each_script_is_set_in_its_own_font_and_said_to_be_so(template: str, lang: str, text: str, font: str) -> None:
    made = compile_pdf(template, {"text": text}, lang=lang, timestamp=0)
    found = claims(made)
    assert font.encode() in made
    assert found.loose_fonts == ()
    assert (found.pdfa, found.pdfua, found.lang.split("-")[0]) == ("2U", "1", lang.split("-")[0])


def test_a_template_is_made_of_all_it_imports() -> None:
    names = {file.name for file in template_files("leaflet-a4.typ")}
    assert {"leaflet-a4.typ", "blocks.typ", "field.typ", "brand.typ", "brand.toml", "file-text.svg"} <= names
    assert all(isinstance(file, Path) and file.is_file() for file in template_files("infographic-portrait.typ"))


def test_fonts_of_the_machine_stay_outside() -> None:
    families = set(engine._fonts("vi").families())
    assert families == {"Be Vietnam Pro"}


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("nhận 500.000 đồng mỗi tháng", "500.000\u00a0đồng"),
        ("từ đủ 75 tuổi trở lên", "75\u00a0tuổi"),
        ("gọi 1900 9068 nhé", "1900\u00a09068"),
        ("theo Điều 21 của luật", "Điều\u00a021"),
        ("điền Mẫu 01 rồi nộp", "Mẫu\u00a001"),
        ("đóng 15 năm", "15\u00a0năm"),
        ("tăng 20–30% một năm", "20\u2060–\u206030%"),
        ("đến 17 giờ 00", "17\u00a0giờ\u00a000"),
        ("số liệu tại 01/9/2025", "tại\u00a001/9/2025"),
        ("theo Thông tư 12/2025/TT-BNV", "Thông\u00a0tư\u00a012/"),
    ],
)
def test_a_number_does_not_part_from_what_it_counts(text: str, kept: str) -> None:
    assert kept in bound(text)


def test_an_address_longer_than_a_line_may_part_after_its_marks_and_nowhere_is_a_letter_changed() -> None:
    address = "https://dichvucong.gov.vn/p/home/thu-tuc.html?ma=1.001&nguon=" + "a1b2c3d4" * 12
    found = bound(f"Xem {address} nhé")
    assert found.replace("\u200b", "") == f"Xem {address} nhé"
    assert max(map(len, found.split("\u200b"))) <= 30
    assert "https://\u200bdichvucong" in found or "https:/\u200b/" in found
    assert "\u200b" not in bound("Theo Nghị định 158/2025/NĐ-CP và Luật 41/2024/QH15")


def test_binding_changes_spaces_only() -> None:
    text = "Từ 75 tuổi, bảo hiểm xã hội trả 500.000 đồng – theo Điều 21 khoản 2, số 9"
    assert titled(text).replace("\u00a0", " ") == text


@pytest.mark.parametrize(
    ("value", "parts"),
    [
        ("500.000 đồng mỗi tháng", ("", "500.000", "đồng mỗi tháng")),
        ("75 tuổi", ("", "75", "tuổi")),
        ("50%", ("", "50%", "")),
        ("4,5 %", ("", "4,5%", "")),
        ("Ít nhất 15 năm", ("Ít nhất", "15", "năm")),
        ("1900 9068", ("", "1900 9068", "")),
        ("70–75 tuổi", ("", "70–75", "tuổi")),
        ("Miễn phí", ("", "Miễn phí", "")),
        ("01/7/2025", ("", "01/7/2025", "")),
        ("10 ngày làm việc", ("", "10", "ngày làm việc")),
        ("từ 7 giờ 30 đến 17 giờ", ("", "từ 7 giờ 30 đến 17 giờ", "")),
    ],
)
def test_a_figure_is_parted_into_number_and_unit(value: str, parts: tuple[str, str, str]) -> None:
    found = figure(Figure(value=(Run(value),), label=(Run("nhãn"),)))
    assert tuple(found[name].replace("\u00a0", " ") for name in ("prefix", "number", "unit")) == parts


def test_short_codes_are_printed_in_groups_of_four() -> None:
    assert grouped("7K3M9QXP2AVD") == "7K3M 9QXP 2AVD"


@pytest.mark.parametrize(
    ("parts", "bound_text"),
    [
        (["Thời gian đó nằm trong ", "12 tháng trước khi sinh con", "."], "sinh\u00a0con."),
        (["một hai ba bốn năm ", "sáu"], "năm\u00a0sáu"),
        (["một hai ba bốn năm sáu "], "năm\u00a0sáu "),
        (["một hai ba"], "một hai ba"),
    ],
)
def test_the_last_two_words_of_a_text_stay_together_and_nothing_else_changes(parts: list[str], bound_text: str) -> None:
    runs = tuple(Run(part, strong=bool(number % 2)) for number, part in enumerate(parts))
    edition = dataclasses.replace(
        demo("bhyt-ho-gia-dinh"), blocks=(Eligibility[Runs](id="ai", title=None, items=(runs,)),)
    )
    data, _ = sheet(edition, qr="")
    text = "".join(run["t"] for run in data["blocks"][0]["items"][0])
    assert text.endswith(bound_text)
    assert text.replace("\u00a0", " ") == "".join(parts)
