"""The live checks of texts: they find what is hard or typed by hand, never fail, and take time in line with it."""

from __future__ import annotations

import dataclasses
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from render.facts import read_facts
from render.findings import Passage
from render.live_checks import checked
from render.markdown import read_article
from render.paths import ASSETS
from render.products import Context
from render.readability import EASY, FAIR, LONG, abbreviations, ease, hard_sentences, sentences
from render.sketches import Draft
from render.typed_figures import known_values, typed_figures
from tests.render.article_strategies import articles as any_article

DEMO = ASSETS / "demo"
FACTS = read_facts(DEMO / "facts.toml")
DAY = FACTS.demonstration_on
assert DAY is not None
KNOWN = known_values(FACTS, DAY)
CONTEXT = Context(public_url="http://127.0.0.1:9/loa", allow_unheard=True)


def codes(text: str) -> set[str]:
    return {one.code for one in hard_sentences(Passage("summary", text))}


def figures(text: str) -> dict[str, list[str]]:
    return {one.quote: [change.put for change in one.changes] for one in typed_figures(Passage("x", text), KNOWN)}


def passages(path: Path) -> list[str]:
    from render.blocks import texts

    article = read_article(path)
    return [article.summary, *(text for block in article.blocks for text in texts(block))]


def test_plain_articles_score_easy_and_the_declaration_of_rights_does_not() -> None:
    plain = DEMO / "articles" / "tro-cap-huu-tri-xa-hoi.md"
    declaration = DEMO / "articles" / "quyen-an-sinh-xa-hoi.md"
    assert ease(passages(plain)).score >= EASY
    assert ease(passages(declaration)).score < EASY


def test_official_prose_scores_hard() -> None:
    text = (
        "Căn cứ theo quy định của pháp luật, việc tiến hành thực hiện việc rà soát đối tượng thụ hưởng trên "
        "địa bàn của các xã của các huyện của tỉnh được thực hiện bởi cơ quan bảo hiểm xã hội nhằm mục đích "
        "bảo đảm quyền lợi của người lao động trong trường hợp có sự thay đổi của chính sách kể từ thời điểm "
        "Luật có hiệu lực thi hành."
    )
    assert ease([text]).score < FAIR
    assert {"long-sentence", "passive", "of-chain", "noun-chain", "office-phrase"} <= codes(text)


def test_a_longer_sentence_never_scores_better() -> None:
    word = "bà con nộp đơn tại xã "
    scores = [ease([word * count + "."]).score for count in range(1, 12)]
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize(
    "text",
    ["Không có lương hưu và không hưởng trợ cấp.", "Bà con được nhận 500 nghìn đồng.", "Ông được nghỉ do ốm."],
)
def test_what_is_plain_is_let_pass(text: str) -> None:
    assert codes(text) == set()


def test_double_negation_is_found() -> None:
    assert codes("Điều này không phải là không đúng.") == {"double-negation"}


def test_names_with_stops_do_not_end_a_sentence() -> None:
    assert len(sentences("Bà ở TP. Huế nộp đơn. Xã trả lời.")) == 2


def test_an_abbreviation_is_explained_once_where_it_first_stands() -> None:
    explained = [Passage("a", "Thẻ bảo hiểm y tế (BHYT) là gì?"), Passage("b", "Có BHYT thì đi khám.")]
    assert abbreviations(explained, {}) == []
    (found,) = abbreviations(list(reversed(explained)), {"BHYT": "bảo hiểm y tế"})
    assert (found.place, found.quote) == ("b", "BHYT")
    assert [change.put for change in found.changes] == ["bảo hiểm y tế", "bảo hiểm y tế (BHYT)"]


@pytest.mark.parametrize("text", ["Nghị định 176/2025/NĐ-CP", "Chương XIV", "Quét mã QR", "{{ luong_co_so }}"])
def test_numbers_of_documents_and_romans_are_no_abbreviations(text: str) -> None:
    assert abbreviations([Passage("a", text)], {}) == []


def test_what_is_typed_is_matched_with_facts_by_value() -> None:
    assert "{{ tro_cap_huu_tri_xa_hoi }}" in figures("Được 500.000 đồng mỗi tháng")["500.000 đồng"]
    assert "{{ tro_cap_huu_tri_xa_hoi }}" in figures("Được 500 nghìn đồng")["500 nghìn đồng"]
    assert "{{ tuoi_huu_tri_xa_hoi }}" in figures("Từ 75 tuổi")["75 tuổi"]
    assert "{{ hotline }}" in figures("Gọi 19009068 ngay")["19009068"]


def test_an_amount_that_no_fact_has_is_told_without_an_offer() -> None:
    assert figures("Nộp 123.456 đồng và 1,7 triệu đồng, thêm 7,25%") == {
        "123.456 đồng": [],
        "1,7 triệu đồng": [],
        "7,25%": [],
    }


@pytest.mark.parametrize(
    "text",
    [
        "{{ tro_cap_huu_tri_xa_hoi }} mỗi tháng",
        "Nghị định 176/2025/NĐ-CP",
        "Điều 21",
        "Mẫu 01",
        "3 bước",
        "https://a.vn/500.000",
    ],
)
def test_what_is_inserted_or_no_figure_is_let_pass(text: str) -> None:
    assert figures(text) == {}


@settings(max_examples=150, deadline=None)
@given(text=st.text(max_size=400))
def test_no_text_whatever_makes_the_checks_fail(text: str) -> None:
    passage = Passage("x", text)
    hard_sentences(passage)
    typed_figures(passage, KNOWN)
    abbreviations([passage], {})
    assert 0 <= ease([text]).score <= 100


@settings(max_examples=15, deadline=None)
@given(article=any_article())
def test_no_article_whatever_makes_the_checks_fail(article) -> None:
    assert DAY is not None
    texts = [Passage("title", article.title, "title"), Passage("summary", article.summary, "summary")]
    found = checked(Draft(article, None, FACTS, DAY, None, CONTEXT), texts)
    assert all(one.level in ("error", "warning", "hint") for one in found.findings)


@pytest.mark.parametrize(
    "piece",
    ["Bà con được hỗ trợ bởi xã của tỉnh 500.000 đồng. ", "A-", "1.000.", "( ", "{{ ", "không phải không ", "a@"],
)
def test_a_hundred_kilobytes_take_less_than_a_second(piece: str) -> None:
    text = (piece * (100_000 // len(piece) + 1))[:100_000]
    passage = Passage("x", text)
    begun = time.process_time()
    ease([text])
    hard_sentences(passage)
    typed_figures(passage, KNOWN)
    abbreviations([passage], {})
    assert time.process_time() - begun < 1.0


def test_an_article_is_checked_as_a_whole() -> None:
    assert DAY is not None
    article = read_article(DEMO / "articles" / "tro-cap-huu-tri-xa-hoi.md")
    bad = dataclasses.replace(article, legal=(), audiences=(), blocks=article.blocks[1:2])
    texts = [
        Passage("title", "TỪ NAY CÓ THÊM TRỢ CẤP", "title"),
        Passage("summary", "Nhận {{ tuoi_huu }} và 500.000 đồng.", "summary"),
        Passage("picture.alt", "IMG_20250901.jpg", "alt"),
    ]
    found = {one.code for one in checked(Draft(bad, None, FACTS, DAY, None, CONTEXT), texts).findings}
    assert found >= {
        "unknown-fact", "typed-known", "alt-file-name", "headline-without-number", "headline-capitals",
        "missing-figures", "missing-steps", "no-legal-basis", "no-audience",
    }  # fmt: skip


def test_bulletins_are_measured_against_their_slots() -> None:
    assert DAY is not None
    article = read_article(DEMO / "articles" / "tro-cap-huu-tri-xa-hoi.md")
    found = checked(Draft(article, None, FACTS, DAY, None, CONTEXT), [], ("bulletin-1min", "bulletin-3min"))
    ((short, short_s, slot_s, left_out), (_, long_s, _, nothing)) = found.lengths
    assert (short, slot_s, nothing) == ("bulletin-1min", 60.0, ())
    assert short_s <= 60 < long_s <= 180
    assert "Một ví dụ" in left_out


def test_long_is_what_a_breath_does_not_carry() -> None:
    assert codes("tiếng " * LONG + ".") == set()
    assert codes("tiếng " * (LONG + 1) + ".") == {"long-sentence"}
