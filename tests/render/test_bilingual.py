"""Bilingual leaflets: both texts whole, row beside row, in an edition of their own."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium
import pytest

from render.article import Figures
from render.edition import Edition, beside, edition_from_data, with_edition_id
from render.errors import EditionError, GateError
from render.markdown import parse_article
from render.plan import Source, plan_articles, read_source
from render.products import Planned, product
from render.products.bilingual import plan_bilingual
from render.steps import Made
from render.typeset.pdf import claims, comparable, page_texts
from tests.render.sheets import ARTICLES, CONTEXT, OFFICE, ON, article, demo, facts, made

NAME = "leaflet-bilingual"
TRANSLATED = sorted(path.stem for path in ARTICLES.glob("*.*.md"))


def both(stem: str) -> Edition:
    return beside(demo(stem), demo(stem.partition(".")[0]))


def twice(edition: Edition, lang: str = "rad") -> Edition:
    """An edition beside itself, as if it were a translation: for what depends on shape, not on words."""
    return beside(with_edition_id(dataclasses.replace(edition, lang=lang)), edition)


def put(edition: Edition) -> bytes:
    plan, done = plan_bilingual(edition, CONTEXT), dict[str, Made]()
    for gate in plan.gates:
        made(gate, done)
    return made(plan.files[0].step, done).files["pdf"]


@pytest.mark.parametrize("stem", TRANSLATED)
def test_every_translated_article_of_the_demonstration_passes_its_gates_on_an_even_number_of_pages(stem: str) -> None:
    edition = both(stem)
    pdf = put(edition)
    found = claims(pdf)
    assert found.pages % 2 == 0
    assert (found.pdfa, found.pdfua, found.tagged) == ("2U", "1", True)
    assert found.lang.split("-")[0] == edition.lang.split("-")[0]
    assert len(pdf) <= 400_000


def test_both_texts_are_there_and_items_stand_side_by_side() -> None:
    pdf = put(twice(demo("tro-cap-huu-tri-xa-hoi")))
    pages = pdfium.PdfDocument(pdf)
    for words in ("Điền Mẫu 01", "Nộp cho xã", "Nhận kết quả", "Cả đời làm ruộng", "Một ví dụ"):
        places = []
        for number in range(len(pages)):
            search = pages[number].get_textpage().search(words.replace("Mẫu 01", "Mẫu"))
            while (found := search.get_next()) is not None:
                left, _, _, top = pages[number].get_textpage().get_charbox(found[0])
                places.append((number, left, top))
        assert len(places) >= 2, words
        (page, left, top), (other_page, right, other_top) = places[0], places[1]
        assert page == other_page
        assert right - left > 200  # points: the other column
        assert abs(top - other_top) < 6


@pytest.mark.parametrize(
    "stem", ["tro-cap-huu-tri-xa-hoi", "canh-bao-gia-mao-co-quan-bhxh", "bhxh-tu-nguyen-nha-nuoc-ho-tro"]
)
def test_nothing_of_either_text_is_lost(stem: str) -> None:
    edition = twice(demo(stem))
    text = comparable("".join(page_texts(put(edition))))
    for fact in edition.facts:
        assert text.count(comparable(fact.printed)) >= (1 if fact.printed == edition.hotline else 2), fact.printed
    for block in edition.blocks:
        if isinstance(block, Figures) and len(block.figures) == 1:
            continue  # its number fills the field by itself
        title = "".join(run.text for run in block.title or ())
        assert text.count(comparable(title)) >= 2


def test_its_id_depends_on_both_texts_and_others_keep_theirs() -> None:
    translation, source = demo("quyen-an-sinh-xa-hoi.km"), demo("quyen-an-sinh-xa-hoi")
    one = beside(translation, source)
    changed = beside(translation, with_edition_id(dataclasses.replace(source, topic="Khác")))
    assert len({one.id, changed.id, translation.id, source.id}) == 4
    assert with_edition_id(dataclasses.replace(one, source=None)).id == translation.id
    assert edition_from_data(one.as_data()).id == with_edition_id(edition_from_data(one.as_data())).id


def test_an_articles_own_language_has_no_bilingual_leaflet_and_a_missing_translation_waits() -> None:
    source = read_source(ARTICLES / "quyen-an-sinh-xa-hoi.md")
    shared: dict[str, Any] = {"facts": facts(), "on": ON, "context": CONTEXT, "product_names": [NAME]}
    jobs = plan_articles([source], languages=["vi", "km", "rad"], **shared)
    assert [(job.lang, type(job.plan).__name__) for job in jobs] == [("km", "Planned"), ("rad", "Waiting")]
    assert jobs[0].edition is not None
    assert jobs[0].edition.source is not None
    (leaflet,) = plan_articles([source], languages=["km"], **{**shared, "product_names": ["leaflet-a4"]})
    assert leaflet.edition is not None
    assert leaflet.edition.id != jobs[0].edition.id


def test_a_source_that_cannot_be_resolved_fails_the_leaflet_with_its_reason() -> None:
    head = "---\nslug: thu\nlang: {}\ntitle: T\nsummary: S\n---\n\n"
    broken = parse_article(head.format("vi") + "Chữ {{ khong_co }}.\n", Path("thu.md"))
    source = Source(broken, {"rad": parse_article(head.format("rad") + "Chữ {{ khong_co }}.\n", Path("thu.rad.md"))})
    (job,) = plan_articles([source], languages=["rad"], facts=facts(), on=ON, context=CONTEXT, product_names=[NAME])
    assert not isinstance(job.plan, Planned)
    assert "khong_co" in str(job.plan)


def test_an_edition_of_one_text_is_refused_in_words() -> None:
    with pytest.raises(EditionError, match="bilingual leaflet needs a translation"):
        product(NAME).plan(demo("quyen-an-sinh-xa-hoi"), CONTEXT)


def test_offices_share_the_layout() -> None:
    one = both("quyen-an-sinh-xa-hoi.km")
    other = dataclasses.replace(
        one, id="0000AAAA1111", office=dataclasses.replace(OFFICE, name="Bảo hiểm xã hội tỉnh X")
    )
    first, second = (plan_bilingual(edition, CONTEXT).files[0].step for edition in (one, other))
    assert first.needs["layout"].key == second.needs["layout"].key
    assert first.key != second.key


@pytest.mark.parametrize(
    "body",
    [
        "Chữ.\n",
        "## Bảng {#bang .comparison}\n\n|"
        + "|".join(f" Tháng {n} " for n in range(12))
        + "|\n|"
        + "---|" * 12
        + "\n|"
        + " 1.234.567 đồng |" * 12
        + "\n",
        "".join(f"## Mục số {n} {{#m{n}}}\n\nCâu này nói về mục {n}.\n\n" for n in range(60)),
        "## Số {#so .figures}\n\n- một phần tư tiền lương tháng : mức đóng\n- từ 7 giờ 30 đến 17 giờ : giờ làm\n",
    ],
)
def test_an_article_of_any_shape_is_composed(body: str) -> None:
    assert claims(put(twice(article(body)))).pages % 2 == 0


def test_texts_parted_differently_stand_beside_each_other_whole() -> None:
    mine = article("## Mục {#a}\n\nMột.\n\nHai.\n\nBa.\n")
    theirs = article("## Mục {#a}\n\nMột. Hai. Ba.\n")
    step = plan_bilingual(beside(with_edition_id(dataclasses.replace(mine, lang="rad")), theirs), CONTEXT).files[0].step
    (row,) = step.inputs["data"]["both"]["sections"][0]["rows"]
    assert (len(row["t"]), len(row["s"])) == (3, 1)


def test_a_paragraph_taller_than_a_page_is_refused_with_its_section() -> None:
    long = article("## Kể dài {#ke-dai}\n\n" + "Câu này dài và lặp lại nhiều lần cho đến khi không còn chỗ. " * 60)
    with pytest.raises(GateError, match=r"a paragraph of ke-dai is taller than a page") as caught:
        put(twice(long))
    assert caught.value.gate == "overflow"


def test_the_same_edition_gives_the_same_bytes() -> None:
    assert put(both("quyen-an-sinh-xa-hoi.km")) == put(both("quyen-an-sinh-xa-hoi.km"))
