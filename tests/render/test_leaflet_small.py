"""The small leaflets: two A5 pages, and an A4 sheet folded twice."""

from __future__ import annotations

import dataclasses
import io
from typing import Any

import pikepdf
import pypdfium2 as pdfium
import pytest

from render.errors import GateError
from render.products.leaflet import FOLDS_MM, said_of_law
from render.steps import Made
from render.typeset.compose import sheet
from render.typeset.pdf import claims, comparable, page_pictures, page_texts
from render.typeset.qr import read_codes
from tests.render.sheets import ARTICLES, CONTEXT, OFFICE, article, demo, made, main_file, planned

STEMS = sorted(path.stem for path in ARTICLES.glob("*.md") if path.stem != "README")
SIZES = {"leaflet-a5": (148.0, 210.0), "leaflet-folded": (297.0, 210.0)}
MM = 25.4 / 72


def passed(name: str, edition: Any) -> tuple[bytes, tuple[str, ...]]:
    """A leaflet that passed its gates, and what its editor is told."""
    plan, done = planned(name, edition), dict[str, Made]()
    for gate in plan.gates:
        made(gate, done)
    step = plan.files[0].step
    return made(step, done).files["pdf"], made(step.needs["layout"], done).warnings


@pytest.mark.parametrize("name", SIZES)
@pytest.mark.parametrize("stem", STEMS)
def test_every_demonstration_article_makes_a_small_leaflet_that_passes_its_gates(name: str, stem: str) -> None:
    edition = demo(stem)
    pdf, _ = passed(name, edition)
    found = claims(pdf)
    assert found.page_sizes_mm == (SIZES[name],) * 2
    assert (found.pdfa, found.pdfua, found.tagged) == ("2U", "1", True)
    assert len(pdf) <= 400_000
    for page in page_pictures(pdf, ppi=100):
        assert {code.text for code in read_codes(page)} == {f"{CONTEXT.public_url}/q/{edition.id}"}


def lines_mm(page: Any) -> list[tuple[float, float]]:
    """The left and right ends of the words on a page."""
    text = page.get_textpage()
    boxes = [text.get_rect(at) for at in range(text.count_rects())]
    return [(left * MM, right * MM) for left, _, right, _ in boxes if right - left > 0.1]


@pytest.mark.parametrize("stem", STEMS)
def test_no_words_cross_a_fold_or_come_near_one(stem: str) -> None:
    document = pdfium.PdfDocument(main_file("leaflet-folded", demo(stem)))
    for page, folds in zip(document, FOLDS_MM["leaflet-folded"], strict=True):
        for left, right in lines_mm(page):
            assert not any(left < fold + 4 and right > fold - 4 for fold in folds), (left, right)


def test_the_panel_that_folds_in_is_narrower_and_its_two_sides_lie_back_to_back() -> None:
    outer, inner = FOLDS_MM["leaflet-folded"]
    flap, back, cover = outer[0], outer[1] - outer[0], 297 - outer[1]
    first, second, third = inner[0], inner[1] - inner[0], 297 - inner[1]
    assert (cover, back, flap) == (first, second, third)
    assert 1 <= cover - flap <= 2
    assert back == cover


def test_the_cover_stands_at_the_right_of_the_outer_side_and_is_read_first() -> None:
    edition = demo("tro-cap-huu-tri-xa-hoi")
    pdf = main_file("leaflet-folded", edition)
    outer, inner = page_texts(pdf)
    title = comparable(sheet(edition, qr="")[0]["name"])
    assert title in comparable(outer)
    page = pdfium.PdfDocument(pdf)[0].get_textpage()
    finder = page.search("Từ")
    at, _ = finder.get_next()
    assert page.get_charbox(at)[0] * MM > 197.5
    with pikepdf.open(io.BytesIO(pdf)) as document:
        # The first heading of the structure is the title.
        assert _first_heading(document.Root.StructTreeRoot) == "/H1"
    assert comparable("Ai được nhận?") in comparable(inner)


def _first_heading(node: Any) -> str:
    kids = node.get("/K", [])
    for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
        if not isinstance(kid, pikepdf.Dictionary):
            continue
        if str(kid.get("/S", "")).startswith("/H"):
            return str(kid["/S"])
        if found := _first_heading(kid):
            return found
    return ""


def said(data: Any) -> set[str]:
    """Every run of text in a part of a sheet's data."""
    if isinstance(data, dict):
        runs = {data["t"]} if "t" in data and "vi" not in data else set()
        # Bars say what they count, not what stands over their names.
        inner = [value for key, value in data.items() if not (key == "header" and data.get("bars"))]
        return runs | {text for value in inner for text in said(value)}
    if isinstance(data, list):
        return {text for value in data for text in said(value)}
    return set()


@pytest.mark.parametrize("stem", ["tro-cap-huu-tri-xa-hoi", "bhyt-ho-gia-dinh"])
def test_the_folded_sheet_loses_nothing_of_its_article(stem: str) -> None:
    edition = demo(stem)
    text = comparable("".join(page_texts(main_file("leaflet-folded", edition))))
    data, _ = sheet(edition, qr="")
    for words in said([data["blocks"], data["hero"]]):
        assert comparable(words) in text, words
    for words in (edition.note, edition.hotline, OFFICE.name, OFFICE.address, data["code"]):
        assert comparable(words) in text


def test_what_a5_leaves_to_the_code_is_named_on_the_sheet_and_to_the_editor() -> None:
    edition = demo("tro-cap-huu-tri-xa-hoi")
    pdf, warnings = passed("leaflet-a5", edition)
    text = comparable("".join(page_texts(pdf)))
    assert comparable("Quét mã để đọc thêm") in text
    (warning,) = warnings
    left = [block for block in sheet(edition, qr="")[0]["blocks"] if block["title"] and block["title"] in warning]
    assert left
    assert {block["kind"] for block in left} <= {"prose", "story", "questions", "picture"}
    for block in left:
        assert comparable(block["title"]) in text
    assert said_of_law(edition)
    assert all(comparable(fact) in text for fact in said_of_law(edition))


def test_a_short_article_leaves_nothing_to_the_code() -> None:
    pdf, warnings = passed("leaflet-a5", article("## Nhớ kỹ {#nho .notice}\n\nBà con **cúp máy**.\n"))
    assert warnings == ()
    assert comparable("Quét mã để đọc thêm") not in comparable("".join(page_texts(pdf)))


SIXTY = "".join(f"## Mục số {n} {{#muc-{n}}}\n\nMột đoạn ngắn nói về quyền lợi và cách làm.\n\n" for n in range(60))


@pytest.mark.parametrize(
    ("name", "on"),
    [("leaflet-a4", "two A4 pages"), ("leaflet-a5", "two A5 pages"), ("leaflet-folded", "a folded A4 sheet")],
)
def test_sixty_blocks_are_refused_with_what_to_cut(name: str, on: str) -> None:
    with pytest.raises(GateError, match=rf"does not fit {on}.*its 60 blocks need \d+ mm") as caught:
        main_file(name, article(SIXTY))
    assert caught.value.gate == "overflow"
    assert "muc-0" in (caught.value.mend or "")


TWENTY = "".join(f"Câu hỏi số {n}: đóng mấy năm rồi nghỉ thì có mất không?\n:   Không mất.\n\n" for n in range(20))
WIDE = "|" + "|".join(f" Tháng {n} " for n in range(12)) + "|\n|" + "---|" * 12 + "\n|" + " 1.234.567 đồng |" * 12


@pytest.mark.parametrize("name", ["leaflet-a4", *SIZES])
@pytest.mark.parametrize(
    ("title", "body", "says"),
    [
        ("Thử", f"## Hỏi đáp {{#hoi .questions}}\n\n{TWENTY}", "Câu hỏi số 19"),
        ("Thử", f"## Bảng {{#bang .comparison}}\n\n{WIDE}\n", "Tháng 11"),
        ("Bảo hiểm xã hội cho mọi người dân " * 8, "## Mục {#muc .eligibility}\n\n- Một.\n- Hai.\n- Ba.\n", "Ba."),
        ("Nghịđịnhkhôngcódấucáchnàotrongđầuđềnàycảvànódàiquá", "## Mục {#muc .notice}\n\n" + "W" * 150, "WWWW"),
    ],
    ids=["twenty questions", "twelve columns", "long headline", "words without spaces"],
)
def test_odd_articles_are_composed_on_every_leaflet(name: str, title: str, body: str, says: str) -> None:
    pdf, _ = passed(name, article(body, title=title))
    assert comparable(says) in comparable("".join(page_texts(pdf)))


@pytest.mark.parametrize("name", SIZES)
def test_running_text_is_never_under_ten_and_a_half_points(name: str) -> None:
    layout = made(planned(name, demo("cap-xa-khong-de-sot-nguoi-cao-tuoi")).files[0].step.needs["layout"])
    assert layout.details["scale"] >= 1.0  # of 10.5 pt


@pytest.mark.parametrize("name", SIZES)
def test_offices_share_the_layout_of_a_small_leaflet(name: str) -> None:
    one, other = (planned(name, demo("bhyt-ho-gia-dinh", office=office)).files[0].step for office in (OFFICE, OFFICE))
    assert one.needs["layout"].key == other.needs["layout"].key
    assert main_file(name, demo("bhyt-ho-gia-dinh")) == made(one).files["pdf"]


def test_the_number_of_a_law_stays_on_one_line() -> None:
    body = "## Căn cứ {#can-cu}\n\n" + "Theo Nghị định 176/2025/NĐ-CP, Thông tư 12/2025/TT-BNV. " * 6
    text = "".join(page_texts(main_file("leaflet-folded", article(body))))
    unseen = dict.fromkeys((0x2060, 0xFFFE, 0x02))
    assert text.translate(unseen).count("176/2025/NĐ-CP") == 6


@pytest.mark.parametrize("stem", STEMS)
def test_a5_always_says_the_summary(stem: str) -> None:
    edition = demo(stem)
    said = comparable("".join(run.text for run in edition.summary))
    assert said in comparable("".join(page_texts(main_file("leaflet-a5", edition))))


def test_a_phrase_without_a_translation_is_reported_only_where_it_is_printed() -> None:
    edition = demo("quyen-an-sinh-xa-hoi.km")
    assert not any(
        "Điều cần nhớ" in told for told in (*planned("leaflet-a4", edition).warnings, *passed("leaflet-a4", edition)[1])
    )
    few = dataclasses.replace(edition, blocks=())
    assert any("Điều cần nhớ" in told for told in passed("leaflet-folded", few)[1])
