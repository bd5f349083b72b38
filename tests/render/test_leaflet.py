"""Leaflets as a machine reader, a phone and a printer meet them."""

from __future__ import annotations

import dataclasses
import itertools
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from render.edition import Edition
from render.errors import GateError, LoaError
from render.language import language
from render.products import Planned
from render.steps import Made
from render.typeset.compose import sheet
from render.typeset.pdf import claims, comparable, page_pictures, page_texts, text_lines
from render.typeset.qr import read_codes
from tests.render.sheets import ARTICLES, CONTEXT, OFFICE, article, demo, inputs_of, made, main_file, planned

DATA = Path(__file__).parent / "data"

NAME = "leaflet-a4"
STEMS = sorted(path.stem for path in ARTICLES.glob("*.md") if path.stem != "README")


@pytest.mark.parametrize("stem", STEMS)
def test_every_demonstration_article_makes_a_leaflet_that_passes_its_gates(stem: str) -> None:
    edition = demo(stem)
    plan = planned(NAME, edition)
    done: dict[str, Made] = {}
    pdf = made(plan.files[0].step, done).files["pdf"]
    for gate in plan.gates:
        made(gate, done)
    found = claims(pdf)
    assert found.pages == 2
    assert found.page_sizes_mm == ((210.0, 297.0),) * 2
    assert (found.pdfa, found.pdfua, found.tagged) == ("2U", "1", True)
    assert found.lang.split("-")[0] == edition.lang.split("-")[0]
    assert found.bookmarks >= len([block for block in edition.blocks if block.title]) - 1
    assert len(pdf) <= 400_000


@pytest.mark.parametrize("stem", ["tro-cap-huu-tri-xa-hoi", "quyen-an-sinh-xa-hoi.zh-Hant"])
def test_nothing_of_the_article_is_lost_on_the_way_to_paper(stem: str) -> None:
    edition = demo(stem)
    text = comparable("".join(page_texts(main_file(NAME, edition))))
    data, _ = sheet(edition, qr="")
    assert language(edition.lang).script in {"Latn", "Hant"}  # other scripts are drawn in another order than spoken

    def check(value: Any) -> None:
        if isinstance(value, list) and value and isinstance(value[0], dict) and "t" in value[0]:
            said = comparable("".join(run["t"] for run in value))
            assert said in text, said
        elif isinstance(value, list):
            for inner in value:
                check(inner)
        elif isinstance(value, dict):
            for inner in value.values():
                check(inner)

    check(data["blocks"])
    check(data["hero"])
    for words in (data["name"], edition.note, edition.hotline, OFFICE.name, OFFICE.address, data["code"]):
        assert comparable(words) in text


def test_the_code_of_each_side_says_where_the_sheet_can_be_checked() -> None:
    edition = demo("tro-cap-huu-tri-xa-hoi")
    for page in page_pictures(main_file(NAME, edition), ppi=100):
        assert [code.text for code in read_codes(page)] == [f"{CONTEXT.public_url}/q/{edition.id}"]


def test_the_same_edition_gives_the_same_bytes() -> None:
    edition = demo("bhyt-ho-gia-dinh")
    assert main_file(NAME, edition) == main_file(NAME, edition)
    plan = planned(NAME, edition)
    previews = plan.files[1].step
    assert made(previews).files == made(previews).files


def test_offices_share_the_layout_and_differ_in_the_sheet() -> None:
    one = demo("bhyt-ho-gia-dinh")
    other = dataclasses.replace(
        one, id="0000AAAA1111", office=dataclasses.replace(OFFICE, code="68", name="Bảo hiểm xã hội tỉnh Lâm Đồng")
    )
    first, second = (planned(NAME, edition).files[0].step for edition in (one, other))
    assert first.needs["layout"].key == second.needs["layout"].key
    assert first.key != second.key
    assert comparable("tỉnh Lâm Đồng") in comparable("".join(page_texts(made(second).files["pdf"])))


def test_an_office_without_contact_data_invents_none() -> None:
    bare = dataclasses.replace(OFFICE, address="", email="")
    text = "".join(page_texts(main_file(NAME, demo("bhyt-ho-gia-dinh", office=bare))))
    assert "Địa chỉ" not in text
    assert "Thư điện tử" not in text


def test_a_sheet_without_an_office_still_says_whom_to_call() -> None:
    text = comparable("".join(page_texts(main_file(NAME, demo("bhyt-ho-gia-dinh", office=None)))))
    assert comparable("1900 9068") in text


def test_an_urgent_article_is_set_in_clay() -> None:
    urgent = article("## Nhớ kỹ {#nho .notice}\n\nBà con **cúp máy**.\n", priority="urgent")
    page = page_pictures(main_file(NAME, urgent), ppi=40)[0]
    red, green, blue = (channel.getpixel((5, page.height - 3)) for channel in page.split())
    assert (red, green, blue) == (0x8F, 0x2A, 0x1A)


def test_an_article_that_is_too_long_is_refused_with_what_to_cut() -> None:
    long = article("## Kể dài {#ke-dai}\n\n" + "Câu này dài và lặp lại nhiều lần cho đến khi không còn chỗ. " * 140)
    with pytest.raises(GateError, match=r"does not fit two A4 pages.*ke-dai \(\d+ mm\)") as caught:
        main_file(NAME, long)
    assert caught.value.gate == "overflow"


def test_a_headline_that_is_too_long_is_refused() -> None:
    with pytest.raises(GateError, match="title is too long") as caught:
        main_file(NAME, article("Chữ.\n", title="Rất nhiều chữ trong một tiêu đề " * 20))
    assert caught.value.gate == "overflow"


def smallest_digit_pt(pdf: bytes) -> float:
    """The height of the smallest digit on the first page; 4 pt are the digits of the smallest print we allow."""
    text = pdfium.PdfDocument(pdf)[0].get_textpage()
    boxes = [text.get_charbox(at) for at in range(text.count_chars()) if text.get_text_range(at, 1).isdigit()]
    return float(min(top - bottom for _, bottom, _, top in boxes))


def test_figures_that_are_phrases_are_set_as_words_beside_those_that_are_numbers() -> None:
    long = "một phần tư tiền lương tháng làm căn cứ đóng bảo hiểm xã hội bắt buộc của người lao động"
    values = ["từ 7 giờ 30 đến 17 giờ 00", long, "30/11/2025", "2.340.000 đồng", "1900 9068", "2,5–3%"]
    for first in range(3):
        listed = [*values[first:], *values[:first]]
        body = "## Số {.figures}\n\n" + "\n".join(f"- {value} : nhãn {n}" for n, value in enumerate(listed)) + "\n"
        pdf = main_file(NAME, article(body))
        text = comparable("".join(page_texts(pdf)))
        assert all(comparable(value) in text for value in values), listed
        few = "## Số {.figures}\n\n" + "\n".join(f"- {value} : nhãn" for value in listed[:4]) + "\n"
        text = comparable("".join(page_texts(main_file(NAME, article(few)))))
        assert all(comparable(value) in text for value in listed[:4]), listed
        assert smallest_digit_pt(pdf) >= 4, listed


def test_a_letter_without_a_glyph_is_refused_with_its_block() -> None:
    with pytest.raises(GateError, match=r"U\+2603") as caught:
        main_file(NAME, article("## Chữ lạ {#chu-la}\n\nMột dấu không phông nào có: ☃.\n"))
    assert (caught.value.gate, caught.value.where) == ("glyphs", "block chu-la: body")


def test_a_heading_of_three_hundred_letters_is_composed_whole() -> None:
    heading = "Bảo hiểm xã hội cho mọi người dân " * 8
    assert comparable(heading) in comparable(page_texts(main_file(NAME, article("Chữ.\n", title=heading)))[0])


def test_phrases_without_a_translation_are_reported() -> None:
    warnings = planned(NAME, demo("quyen-an-sinh-xa-hoi.km")).warnings
    assert any("Hỏi cán bộ xã" in warning and "chưa có bản dịch" in warning for warning in warnings)
    assert planned(NAME, demo("quyen-an-sinh-xa-hoi")).warnings == ()


def test_a_table_over_two_pages_is_set_alike_on_both_and_says_anew_what_it_is() -> None:
    body = (DATA / "table-of-two-pages.md").read_text("utf-8")
    title = "Hộ nghèo vùng thường xuyên bị bão lũ được Nhà nước hỗ trợ xây nhà ở kiên cố và vay vốn ưu đãi "
    printed = main_file("leaflet-a4", article(body, title=f"{title}trong chương trình mới 2026"))
    pages = [comparable(text) for text in page_texts(printed)]
    assert [comparable("Vùng đặc biệt") in page for page in pages] == [False, True]  # it is parted at all
    assert all(comparable("Mức hỗ trợ theo vùng") in page for page in pages)
    assert all(comparable("Thời hạn") in page for page in pages)


def test_letters_with_marks_of_their_own_are_set_and_read_back() -> None:
    # No words: the letters of the Ê Đê and Jrai orthographies, as headline, list and bold.
    letters = "Ƀ ƀ Č č Ñ ñ Ŏ ŏ Ŭ ŭ Ê̆ ê̆ Ô̆ ô̆ Ơ̆ ơ̆ Ư̆ ư̆"
    plan = planned(NAME, article(f"## Ƀ {{#a .eligibility}}\n\n- **{letters}**\n- ê̆\n", title=letters, lang="rad"))
    assert refusal(plan) is None
    assert comparable(letters) in comparable(page_texts(made(plan.files[0].step).files["pdf"])[0])


def test_previews_are_pictures_of_both_sides() -> None:
    plan = planned(NAME, demo("bhyt-ho-gia-dinh"))
    done: dict[str, Made] = {}
    previews = [made(file.step, done).files[file.name] for file in plan.files if file.role == "preview"]
    assert len(previews) == 2
    assert all(data[8:12] == b"WEBP" and len(data) <= 200_000 for data in previews)


WORDS = st.sampled_from(
    [
        "Bà con",
        "đóng bảo hiểm xã hội",
        "tự nguyện",
        "500.000 đồng",
        "75 tuổi",
        "mỗi tháng",
        "nhận lương hưu",
        "khi về già.",
    ]
)
TEXT = st.lists(WORDS, min_size=1, max_size=10).map(" ".join)
CELLS = st.sampled_from(["12 năm", "500.000 đồng", "có", "—", "Hộ cận nghèo"])


def texts(most: int) -> st.SearchStrategy[list[str]]:
    return st.lists(TEXT, min_size=1, max_size=most)


def table(rows: list[list[str]]) -> str:
    head = [f"Cột {number}" for number in range(len(rows[0]))]
    return "".join("|" + "|".join(row) + "|\n" for row in (head, ["---"] * len(head), *rows))


# A block as its kind and its lines.
BLOCK = st.one_of(
    TEXT.map(lambda text: ("", text)),
    TEXT.map(lambda text: ("notice", text)),
    TEXT.map(lambda text: ("story", text)),
    texts(5).map(lambda items: ("eligibility", "".join(f"- {item}\n" for item in items))),
    texts(7).map(lambda items: ("steps", "".join(f"1. **Bước.** {item}\n" for item in items))),
    texts(4).map(lambda items: ("questions", "\n".join(f"{item}?\n:   {item}\n" for item in items))),
    texts(5).map(lambda items: ("figures", "".join(f"- {n * 7} năm : {item}\n" for n, item in enumerate(items, 1)))),
    st.integers(2, 5)
    .flatmap(lambda n: st.lists(st.lists(CELLS, min_size=n, max_size=n), min_size=1, max_size=6))
    .map(lambda rows: ("comparison", table(rows))),
)


def shaped(blocks: list[tuple[str, str]]) -> Edition:
    return article(
        "".join(
            f"## Mục số {number} {{#muc-{number}{kind and f' .{kind}'}}}\n\n{text}\n\n"
            for number, (kind, text) in enumerate(blocks)
        )
    )


def refusal(plan: Planned) -> LoaError | None:
    """Why a plan cannot be made, None when all its gates pass."""
    done: dict[str, Made] = {}
    try:
        for gate in plan.gates:
            made(gate, done)
    except LoaError as error:
        return error
    return None


@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(blocks=st.lists(BLOCK, min_size=1, max_size=9))
def test_an_article_of_any_shape_is_composed_or_refused_for_a_reason(blocks: list[tuple[str, str]]) -> None:
    error = refusal(planned(NAME, shaped(blocks)))
    assert error is None or (isinstance(error, GateError) and error.gate == "overflow" and error.mend)


def test_what_is_printed_does_not_depend_on_the_day_of_building() -> None:
    assert inputs_of(NAME, demo("bhyt-ho-gia-dinh"))["date"] == "2025-07-01"


def test_an_offices_long_lines_never_stand_on_one_another() -> None:
    office = dataclasses.replace(
        OFFICE,
        name="Bảo hiểm xã hội liên xã phường đặc khu Thử Nghiệm Rất Dài trực thuộc Bảo hiểm xã hội tỉnh MẪU",
        address="Nhà số 123 tổ dân phố số 4, đường MẪU kéo dài nối đường vành đai phía Đông, thôn MẪU, tỉnh MẪU",
        email="mot.dia.chi.thu.dien.tu.rat.dai@baohiemxahoi.example.vn",
    )
    pdf = main_file("leaflet-a4", demo("tro-cap-huu-tri-xa-hoi", office))
    lines = [line for line in text_lines(pdf)[1] if line.page == 1]
    assert len(lines) > 8
    for one, other in itertools.combinations(lines, 2):
        across = min(one.right, other.right) - max(one.left, other.left)
        down = min(one.bottom, other.bottom) - max(one.top, other.top)
        assert across <= 0.5 or down <= 0.4 * min(one.bottom - one.top, other.bottom - other.top), (one, other)
    endless = dataclasses.replace(office, name=office.name * 2, address=(office.address or "") * 2)
    with pytest.raises(GateError, match="office"):
        main_file("leaflet-a4", demo("tro-cap-huu-tri-xa-hoi", endless))
