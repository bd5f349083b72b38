"""The article file: what is read, and that writing loses nothing."""

# ruff: noqa: E501
# Tables of cases read better unwrapped.

from __future__ import annotations

import dataclasses
import datetime as dt
import tempfile
import unicodedata
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from render.article import (
    Article,
    Bullets,
    Comparison,
    Figure,
    Figures,
    Notice,
    Paragraph,
    Priority,
    Prose,
    Question,
    Questions,
    Steps,
)
from render.errors import ArticleError, LoaError
from render.markdown import find_translations, parse_article, read_article, write_article
from render.markup import html_in, instead_of, lines_with_html
from render.paths import ASSETS
from tests.render.article_files import HEAD, blocks, body
from tests.render.article_strategies import PIECES, articles, texts

TAME = settings(
    max_examples=70, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


# Laws


@TAME
@given(articles())
def test_what_is_written_reads_back_equal(article: Article) -> None:
    assert parse_article(write_article(article)) == article


@TAME
@given(articles())
def test_writing_what_was_read_changes_nothing_the_second_time(article: Article) -> None:
    once = write_article(article)
    assert write_article(parse_article(once)) == once


@TAME
@given(
    st.lists(
        st.sampled_from([*PIECES, "\n", "\n\n", "    ", "\n- ", "\n1. ", "\n: ", "\n| a | b |\n|---|---|\n"]),
        max_size=30,
    )
)
def test_any_body_is_read_or_refused_with_its_line(pieces: list[str]) -> None:
    try:
        article = body("".join(pieces))
    except ArticleError as error:
        assert error.where.startswith("bai.md:")  # noqa: PT017 (both outcomes are right)
        return
    once = write_article(article)
    again = parse_article(once)
    assert again == article
    assert write_article(again) == once


@TAME
@given(
    st.binary(max_size=400) | st.text(max_size=200).map(lambda text: f"---\n{text}\n---\n".encode("utf-8", "replace"))
)
def test_any_bytes_are_read_or_refused_never_more(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.md"
        path.write_bytes(data)
        try:
            read_article(path)
        except LoaError as error:
            assert str(path) in error.where  # noqa: PT017 (both outcomes are right)


@TAME
@given(texts)
def test_a_paragraph_keeps_its_text_whatever_it_begins_with(text: str) -> None:
    article = body("")
    article = dataclasses.replace(article, blocks=(Prose(id="s1", body=(Paragraph(text),)),))
    assert parse_article(write_article(article)).blocks == article.blocks


@pytest.mark.parametrize("path", sorted((ASSETS / "demo" / "articles").glob("*-*.md")), ids=lambda path: path.name)
def test_the_demonstration_articles_read_back_equal(path: Path) -> None:
    article = read_article(path)
    assert parse_article(write_article(article)) == article


# What is read


def test_the_front_matter_is_read_with_its_lines() -> None:
    article = parse_article(
        '---\nslug: a-b\nlang: vi\ntitle: "Từ {{ tuoi }}: mới"\nsummary: >\n  Dòng một\n  dòng hai.\ntopic: Hưu trí\n'
        'audiences: [3, 5]\nlegal:\n  - "Luật 41/2024/QH15, Điều 21"\n  - Nghị định 176/2025/NĐ-CP\nin_force: 2025-07-01\n'
        "priority: urgent   # khẩn\nlanguages: [km, jra]\nproducts: [leaflet-a4]\n---\nChữ.\n"
    )
    assert article.title == "Từ {{ tuoi }}: mới"
    assert article.summary == "Dòng một dòng hai."
    assert article.topic == "Hưu trí"
    assert article.audiences == (3, 5)
    assert article.legal == ("Luật 41/2024/QH15, Điều 21", "Nghị định 176/2025/NĐ-CP")
    assert article.in_force == dt.date(2025, 7, 1)
    assert article.priority is Priority.URGENT
    assert article.languages == ("km", "jra")
    assert article.products == ("leaflet-a4",)
    assert dict(article.lines)["in_force"] == 13
    assert article.blocks == (Prose(id="s1", body=(Paragraph("Chữ."),)),)
    assert article.blocks[0].line == 18


def test_a_section_of_figures_keeps_its_notes_in_their_place() -> None:
    assert blocks("## Con số {#so .figures}\nTrước.\n\n- {{ a }} mỗi tháng : mức\n- **75** : tuổi\n\nSau.\n") == (
        Figures(
            id="so",
            title="Con số",
            before=(Paragraph("Trước."),),
            figures=(Figure("{{ a }} mỗi tháng", "mức"), Figure("**75**", "tuổi")),
            after=(Paragraph("Sau."),),
        ),
    )


@pytest.mark.parametrize("item", ["500.000 đồng : mức", "500.000 đồng: mức", "500.000 đồng：mức"])
def test_a_figure_is_parted_at_its_colon(item: str) -> None:
    figures = blocks(f"## {{.figures}}\n- {item}\n")[0]
    assert isinstance(figures, Figures)
    assert figures.figures == (Figure("500.000 đồng", "mức"),)


def test_a_table_may_come_without_outer_bars_and_with_bars_in_its_cells() -> None:
    assert blocks("## {.comparison}\nA | B\n--- | :---:\nx \\| y | **z**\n") == (
        Comparison(id="s1", header=("A", "B"), rows=(("x | y", "**z**"),)),
    )


def test_steps_are_the_numbered_list_and_wrapped_lines_belong_to_their_step() -> None:
    assert blocks("## Cách làm {.steps}\nMang theo:\n\n- giấy tờ\n\n1. Một\ntiếp\n2. Hai\n   tiếp\n\n3. Ba\n") == (
        Steps(
            id="s1",
            title="Cách làm",
            before=(Paragraph("Mang theo:"), Bullets(("giấy tờ",))),
            items=("Một tiếp", "Hai tiếp", "Ba"),
        ),
    )


def test_answers_may_have_several_paragraphs() -> None:
    assert blocks("## {.questions}\nAi được?\n: Một.\n\n    Hai.\n\nMất gì?\n\n:   Không.\n\nGhi chú.\n") == (
        Questions(
            id="s1",
            questions=(Question("Ai được?", ("Một.", "Hai.")), Question("Mất gì?", ("Không.",))),
            after=(Paragraph("Ghi chú."),),
        ),
    )


def test_an_admonition_is_a_notice_between_the_sections() -> None:
    text = 'Mở.\n\n!!! warning "Cảnh giác"\n    Không đưa tiền.\n\n    - a\n\nSau.\n\n!!! note\n\tNhớ.\n'
    assert blocks(text) == (
        Prose(id="s1", body=(Paragraph("Mở."),)),
        Notice(id="s2", title="Cảnh giác", body=(Paragraph("Không đưa tiền."), Bullets(("a",)))),
        Prose(id="s3", body=(Paragraph("Sau."),)),
        Notice(id="s4", body=(Paragraph("Nhớ."),)),
    )


def test_the_next_question_may_stand_right_beneath_an_answer() -> None:
    assert blocks("## {.questions}\nA?\n: Một\ntiếp.\nB?\n: Hai.\n: Ba.\n") == (
        Questions(id="s1", questions=(Question("A?", ("Một tiếp.",)), Question("B?", ("Hai.", "Ba.")))),
    )


def test_another_sign_begins_another_list() -> None:
    assert blocks("- a\n- b\n* c\n\n1. d\n2) e\n") == (
        Prose(
            id="s1",
            body=(Bullets(("a", "b")), Bullets(("c",)), Bullets(("d",), ordered=True), Bullets(("e",), ordered=True)),
        ),
    )


def test_a_list_may_follow_a_paragraph_without_a_blank_line() -> None:
    assert blocks("Gồm:\n- một\n- hai\n") == (Prose(id="s1", body=(Paragraph("Gồm:"), Bullets(("một", "hai")))),)


def test_a_line_that_begins_with_a_year_is_no_list() -> None:
    assert blocks("Từ tháng 7 năm\n2025. Sau đó.\n") == (
        Prose(id="s1", body=(Paragraph("Từ tháng 7 năm 2025. Sau đó."),)),
    )


def test_windows_files_read_like_others(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_bytes(b"\xef\xbb\xbf" + (HEAD + "Chữ\nhai.\n").replace("\n", "\r\n").encode())
    assert read_article(path).blocks == (Prose(id="s1", body=(Paragraph("Chữ hai."),)),)


def test_letters_typed_in_pieces_are_put_together() -> None:
    text = unicodedata.normalize("NFD", "Bảo hiểm xã hội")
    assert blocks(text) == (Prose(id="s1", body=(Paragraph("Bảo hiểm xã hội"),)),)


def test_html_stays_text() -> None:
    assert blocks("<script>alert(1)</script>\n") == (Prose(id="s1", body=(Paragraph("<script>alert(1)</script>"),)),)


@given(
    st.sampled_from(["b", "strong", "br", "table", "SPAN", "o:p", "font"]),
    st.booleans(),
    st.text("aă đ<>&5.", max_size=20),
)
def test_a_tag_is_told_wherever_it_stands(name: str, closes: bool, around: str) -> None:
    tag = f"</{name}>" if closes else f'<{name} class="x">'
    assert tag in html_in(f"{around} {tag} {around}")
    assert html_in(f"{around} `{tag}` {around}") == html_in(f"{around} {' ' * (len(tag) + 2)} {around}")
    assert instead_of(tag)


@given(st.lists(st.sampled_from(["<", ">", "< 5 triệu", "<5%", ">= 3", "a<5", "đồng", "<https://a.vn/x>", "<a@b.vn>", "<Họ và tên>",
                                 "R&D", "&", "->", "<->", "< b và c >", "**5**", "{{ x }}"])))  # fmt: skip
def test_comparisons_and_addresses_are_no_tags(parts: list[str]) -> None:
    assert html_in(" ".join(parts)) == ()


def test_lines_with_html_are_counted_as_the_file_counts_them() -> None:
    text = "---\r\ntitle: a<br>\r\n---\r\n```\r\n<b>\r\n```\r\na\u2028<i>b</i>\r\n<!-- c -->\r\n"
    assert list(lines_with_html(text)) == [(2, ("<br>",)), (7, ("<i>", "</i>")), (8, ("<!--",))]


def test_an_empty_list_is_no_list() -> None:
    assert body("x", HEAD.replace("lang: vi", "lang: vi\nlanguages:\nlegal: []")).languages == ()


def test_a_norway_is_a_word() -> None:
    assert body("x", HEAD.replace('"Tiêu đề"', "no")).title == "no"


def test_translations_are_found_beside_the_file(tmp_path: Path) -> None:
    for name in ("a.md", "a.km.md", "a.zh-Hant.md", "a.xx.md", "ab.km.md", "a.km.txt"):
        (tmp_path / name).write_text("", encoding="utf-8")
    assert find_translations(tmp_path / "a.md") == {"km": tmp_path / "a.km.md", "zh-Hant": tmp_path / "a.zh-Hant.md"}
