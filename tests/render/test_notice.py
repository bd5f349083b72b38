"""Notices as somebody two metres away, a copier and a phone meet them."""

from __future__ import annotations

import ctypes
import dataclasses

import numpy as np
import pypdfium2 as pdfium
import pytest

from render.edition import Edition
from render.errors import GateError
from render.steps import Made
from render.typeset.pdf import claims, comparable, page_pictures, page_texts
from render.typeset.qr import read_codes
from tests.render.sheets import ARTICLES, CONTEXT, OFFICE, article, demo, made, main_file, planned

NAMES = ("notice-a3", "notice-a3-mono")
STEMS = sorted(path.stem for path in ARTICLES.glob("*.md") if path.stem != "README")


def put(name: str, edition: Edition) -> tuple[bytes, Made]:
    """The board of an edition once its gates have passed, and its layout."""
    plan, done = planned(name, edition), dict[str, Made]()
    for gate in plan.gates:
        made(gate, done)
    sheet = plan.files[0].step
    return made(sheet, done).files["pdf"], made(sheet.needs["layout"], done)


def body_of(first: bytes) -> list[tuple[str, float]]:
    """Each word of the only page with the height of its type in points."""
    page = pdfium.PdfDocument(first)[0]
    words = page.get_textpage()
    found = []
    for item in page.get_objects(filter=[pdfium.raw.FPDF_PAGEOBJ_TEXT], max_depth=8):
        size = ctypes.c_float()
        pdfium.raw.FPDFTextObj_GetFontSize(item, size)
        scale = abs(item.get_matrix().d)
        buffer = pdfium.raw.FPDFTextObj_GetText(item, words, None, 0)
        text = (ctypes.c_ushort * (buffer // 2))()
        pdfium.raw.FPDFTextObj_GetText(item, words, text, buffer)
        found.append((bytes(text).decode("utf-16-le").rstrip("\0"), size.value * scale))
    return found


@pytest.mark.parametrize("stem", STEMS)
def test_every_demonstration_article_hangs_on_one_page_that_passes_its_gates(stem: str) -> None:
    edition = demo(stem)
    pdf, _ = put("notice-a3", edition)
    found = claims(pdf)
    assert (found.pages, found.page_sizes_mm) == (1, ((297.0, 420.0),))
    assert (found.pdfa, found.pdfua, found.tagged) == ("2U", "1", True)
    assert len(pdf) <= 400_000
    assert [code.text for code in read_codes(page_pictures(pdf, ppi=60)[0])] == [CONTEXT.qr(edition)]


def test_the_code_is_forty_millimetres_wide_at_least() -> None:
    (page,) = page_pictures(main_file("notice-a3", demo("bhyt-ho-gia-dinh")), ppi=100)
    (code,) = read_codes(page)
    assert code.side_px / 100 * 25.4 >= 40


@pytest.mark.parametrize("stem", ["bao-hiem-that-nghiep", "luong-huu-tu-15-nam", "quyen-an-sinh-xa-hoi"])
def test_what_stands_on_a_board_is_read_from_two_metres(stem: str) -> None:
    edition = demo(stem)
    pdf, layout = put("notice-a3", edition)
    # Capitals of 3 mm for each metre: 24 pt of a face whose capitals are 0.714 of its size.
    assert layout.details["scale"] * 27 * 0.714 / 72 * 25.4 >= 6.0
    sizes = dict(body_of(pdf))
    shown = [block for block in edition.blocks if block.id not in layout.details["left_out"] and block.title]
    assert shown
    for block in shown:
        for run in getattr(block, "items", ()) or ():
            word = run[0].text.split()[0]
            assert max((size for text, size in sizes.items() if word in text), default=99.0) >= 24, word


def test_what_has_no_room_is_told_and_named_beside_the_code() -> None:
    edition = demo("tro-cap-huu-tri-xa-hoi")
    pdf, layout = put("notice-a3", edition)
    titles = {block.id: "".join(run.text for run in block.title or ()) for block in edition.blocks}
    left = [titles[name] for name in layout.details["left_out"] if name in titles]
    assert left
    assert all(title in layout.warnings[0] for title in left)
    text = comparable(page_texts(pdf)[0])
    assert comparable("Quét mã để đọc thêm: " + " · ".join(left)) in text


def test_who_and_what_to_do_come_before_examples_and_questions() -> None:
    filler = "Câu này chỉ kể thêm cho vui, không ai cần nó. " * 6
    body = (
        f"## Kể {{#ke .story}}\n\n{filler}\n\n## Hỏi {{#hoi .questions}}\n\nCó {filler}?\n:   {filler}\n\n"
        "## Ai? {#ai .eligibility}\n\n- Người già.\n- Người nghèo.\n\n"
        "## Làm sao? {#lam .steps}\n\n1. **Đến xã.** Gặp cán bộ.\n2. **Nộp đơn.** Nộp Mẫu 01.\n"
    )
    _, layout = put("notice-a3", article(body))
    assert {"ke", "hoi"} & set(layout.details["left_out"])
    assert not {"ai", "lam"} & set(layout.details["left_out"])


def test_colour_and_black_and_white_share_one_layout_and_all_offices() -> None:
    one = demo("bhyt-ho-gia-dinh")
    other = dataclasses.replace(
        one, id="0000AAAA1111", office=dataclasses.replace(OFFICE, name="Bảo hiểm xã hội tỉnh Lâm Đồng", address="Số 2")
    )
    keys = {planned(name, edition).files[0].step.needs["layout"].key for name in NAMES for edition in (one, other)}
    assert len(keys) == 1


def test_a_copier_gets_no_colour_and_hardly_a_tint() -> None:
    for stem in ("canh-bao-gia-mao-co-quan-bhxh", "tro-cap-huu-tri-xa-hoi"):
        (page,) = page_pictures(put("notice-a3-mono", demo(stem))[0], ppi=90)
        pixels = np.asarray(page, dtype=np.int16)
        assert int((pixels.max(axis=2) - pixels.min(axis=2)).max()) <= 2
        tones = pixels[..., 0]
        assert float(((tones > 40) & (tones < 235)).mean()) < 0.06  # edges of letters, the bar of what is new


def test_the_same_edition_gives_the_same_bytes() -> None:
    edition = demo("bhyt-ho-gia-dinh")
    assert main_file("notice-a3-mono", edition) == main_file("notice-a3-mono", edition)


@pytest.mark.parametrize(
    "body",
    [
        "Chữ.\n",
        "## Bảng {#bang .comparison}\n\n|"
        + "|".join(f" T{n} " for n in range(12))
        + "|\n|"
        + "---|" * 12
        + "\n|"
        + " 1.234.567 đồng |" * 12
        + "\n",
        "## Dài {#dai}\n\n" + "khongcokhoangtrang" * 40 + "\n",
        "".join(f"## Mục số {n} {{#m{n}}}\n\nCâu này nói về mục {n}.\n\n" for n in range(60)),
        "## Số {#so .figures}\n\n- 9.999.999.999 đồng mỗi tháng mỗi hộ : nhãn\n- từ 7 giờ 30 đến 17 giờ : giờ làm\n",
        "## Số {#so .figures}\n\n- một phần tư tiền lương tháng làm căn cứ đóng : mức đóng\n- 1900 9068 : tổng đài\n",
        "## Bước {#b .steps}\n\n" + "1. Một bước không có tên, nói dài về việc nộp hồ sơ ở xã trong mười ngày.\n" * 9,
    ],
)
def test_an_article_of_any_shape_is_composed(body: str) -> None:
    pdf, _ = put("notice-a3", article(body))
    assert claims(pdf).pages == 1


def test_a_heading_of_three_hundred_letters_is_composed_and_one_of_nine_hundred_refused() -> None:
    heading = "Bảo hiểm xã hội cho mọi người dân " * 8
    pdf, _ = put("notice-a3", article("Chữ.\n", title=heading))
    assert comparable(heading) in comparable(page_texts(pdf)[0])
    with pytest.raises(GateError, match="title is too long"):
        put("notice-a3", article("Chữ.\n", title=heading * 3))


def test_a_long_name_of_an_office_is_refused_not_clipped() -> None:
    office = dataclasses.replace(OFFICE, name="Bảo hiểm xã hội " + "xã MẪU " * 40)
    with pytest.raises(GateError, match="office's name"):
        main_file("notice-a3", demo("bhyt-ho-gia-dinh", office=office))


def test_of_what_is_too_long_for_a_board_the_first_whole_items_stand_and_how_many_more_there_are() -> None:
    asked = "".join(f"Câu hỏi số {n}: đóng rồi nghỉ thì có mất không?\n:   Không mất.\n\n" for n in range(20))
    pdf, layout = put("notice-a3", article(f"## Hỏi và đáp {{#hoi .questions}}\n\n{asked}"))
    text = comparable(page_texts(pdf)[0])
    shown = sum(comparable(f"Câu hỏi số {n}:") in text for n in range(20))
    assert 2 <= shown < 20
    assert comparable(f"… và {20 - shown} điều nữa: quét mã") in text
    assert layout.details["left_out"] == ["hoi"]
