"""The article file: what is read, what is refused, and that writing loses nothing."""

# ruff: noqa: E501
# Tables of cases read better unwrapped.

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import tempfile
import time
import unicodedata
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
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
from render.paths import ASSETS
from tests.render.article_strategies import PIECES, articles, texts

HEAD = '---\nslug: mot-bai\nlang: vi\ntitle: "Tiêu đề"\nsummary: "Tóm tắt."\n---\n'
TAME = settings(
    max_examples=70, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def body(text: str, head: str = HEAD) -> Article:
    return parse_article(head + text, Path("bai.md"))


def blocks(text: str) -> tuple[object, ...]:
    return body(text).blocks


def refusal(text: str, head: str = HEAD) -> str:
    with pytest.raises(ArticleError) as caught:
        body(text, head)
    assert str(caught.value).startswith("bai.md:"), caught.value
    assert caught.value.mend
    return str(caught.value)


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


def test_an_empty_list_is_no_list() -> None:
    assert body("x", HEAD.replace("lang: vi", "lang: vi\nlanguages:\nlegal: []")).languages == ()


def test_a_norway_is_a_word() -> None:
    assert body("x", HEAD.replace('"Tiêu đề"', "no")).title == "no"


def test_translations_are_found_beside_the_file(tmp_path: Path) -> None:
    for name in ("a.md", "a.km.md", "a.zh-Hant.md", "a.xx.md", "ab.km.md", "a.km.txt"):
        (tmp_path / name).write_text("", encoding="utf-8")
    assert find_translations(tmp_path / "a.md") == {"km": tmp_path / "a.km.md", "zh-Hant": tmp_path / "a.zh-Hant.md"}


# What is refused


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("# Tiêu đề\n", 7, "a heading with one #"),
        ("### Nhỏ\n", 7, "3 #"),
        ("##\n", 7, "the heading is empty"),
        ("## A {.figure}\n- 1 : a\n", 7, "Did you mean .figures?"),
        ("## A {.lạ}\nx\n", 7, "The kinds are: .prose"),
        ("## A {đậm}\nx\n", 7, "'đậm' in the heading's braces"),
        ("## A {.steps .story}\nx\n", 7, "'.story' in the heading's braces"),
        ("## A\n", 7, "the section has no text"),
        ("## A {#x}\na\n\n## B {#x}\nb\n", 10, "The other is on line 7"),
        ("## A {.figures}\nx\n", 7, "has no list of figures"),
        ("## A {.figures}\n- 500.000 đồng mức\n", 8, "has no label"),
        ("## A {.figures}\n- 500.000 đồng: mức: một\n", 8, "has no label"),
        ("## A {.figures}\n- 1 : a\n- 2 :\n", 9, "has no label"),
        ("## A {.steps}\n- một\n", 7, "has no numbered list"),
        ("## A {.eligibility}\n1. một\n", 7, "has no list"),
        ("## A {.comparison}\nx\n", 7, "has no table"),
        (
            "## A {.comparison}\n| a | b |\n|---|---|\n| 1 | 2 |\n| 1 | 2 | 3 |\n",
            11,
            "the row has 3 cells, the header has 2",
        ),
        ("## A {.comparison}\n| a | b |\n|---|\n| 1 | 2 |\n", 9, "line of dashes has 1 columns"),
        ("## A {.comparison}\n| a | b |\n|---|---|\n", 8, "the table has no rows"),
        ("## A {.comparison}\n| a | b |\n|---|---|\n| 1 | 2 |\nx\n", 11, "is no row"),
        ("| a | b |\n|---|---|\n| 1 | 2 |\n", 7, "a table stands here"),
        ("## A {.questions}\nx\n", 7, "has no questions"),
        ("## A {.questions}\nA?\n: a\n\nx\n\nB?\n: b\n", 11, "something stands between"),
        ("## A {.questions}\n: a\n", 8, "an answer stands here without its question"),
        ("## A {.questions}\nA?\n:\n", 9, "the answer is empty"),
        ("## A {.questions}\nA?\n: - a\n", 9, "a list stands in an answer"),
        ("A?\n: a\n", 7, "a question with its answer stands here"),
        ("- a\n  - b\n", 8, "a list stands inside a list"),
        ("- a\n\n  b\n", 9, "an item has a second paragraph"),
        ("-\n", 7, "a text is missing"),
        ("a\n\n    b\n", 9, "indented"),
        ("```\nx\n```\n", 7, "a block of code"),
        ("> x\n", 7, "a quotation"),
        ("a\n\n---\n", 9, "a line of marks"),
        ("Tiêu đề\n=======\n", 8, "a line of marks"),
        ("[a]: https://x.vn\n", 7, "the address of a link"),
        ("![ảnh](a.png)\n", 7, "the picture has no credit"),
        ('![ảnh](a.png){credit="Hình: Loa"}\n', 7, "a picture stands here"),
        ("a [b](javascript:alert(1))\n", 7, "which is no address we can print"),
        ("a [b](  data:text/html,x)\n", 7, "which is no address we can print"),
        ("a [b](/trang)\n", 7, "which is no address we can print"),
        ("a [b](https://x.vn/{{ tuoi }})\n", 7, "'https://x.vn/{{ … }}', which is no address we can print"),
        ("a <https://x.vn/{{ tuoi }}>\n", 7, "'https://x.vn/{{ … }}', which is no address we can print"),
        ("a\n\n{{ Tuoi }}\n", 9, "{{ Tuoi }} is no placeholder"),
        ("a {{ tuoi\n", 7, "{{ is no placeholder"),
        ("a {{ tuoi @2025-02-30 }}\n", 7, "2025-02-30 in {{ tuoi @2025-02-30 }} is no date"),
        ("a\n\nb \u202e c\n", 9, "U+202E (right-to-left override)"),
        ("a \x07 b\n", 7, "U+0007"),
        ("a \ue001 b\n", 7, "a letter of an old font"),
        ("a \u2028 b\n", 7, "U+2028"),
        ("a " + "x" * 10_001 + "\n", 7, "10000 are allowed"),
        ("[" * 300 + "\n", 7, "square brackets"),
        ("## A\nx\n\n" * 401, 7 + 3 * 400, "more than 400 sections"),
        ("- a\n---\n", 8, "a line of marks"),
        ('!!! note "a\n    b\n', 7, "the notice cannot be read"),
        ("!!! note\n\nx\n", 7, "the section has no text"),
    ],
)
def test_a_broken_body_is_refused_at_its_line(text: str, line: int, what: str) -> None:
    message = refusal(text)
    assert message.startswith(f"bai.md:{line}: "), message
    assert what in message


@pytest.mark.parametrize(
    ("front", "line", "what"),
    [
        ("lang: vi\ntitle: a\nsummary: b", 1, "no slug"),
        ("slug: a\nlang: vi\nsummary: b", 1, "no title"),
        ("slug: A b\nlang: vi\ntitle: a\nsummary: b", 2, "cannot be a slug"),
        ("slug: ../../etc\nlang: vi\ntitle: a\nsummary: b", 2, "cannot be a slug"),
        ("slug: " + "a" * 81 + "\nlang: vi\ntitle: a\nsummary: b", 2, "cannot be a slug"),
        ("slug: a\nlang: vn\ntitle: a\nsummary: b", 3, "Did you mean vi"),
        ("slug: a\nlang: hmn-Latn-x-rpa\ntitle: a\nsummary: b", 3, "switched off"),
        ("slug: a\nlang: vi\ntitle:\nsummary: b", 4, "the title is empty"),
        ("slug: a\nlang: vi\ntitle: Từ 1/7: mới\nsummary: b", 4, "mapping values are not allowed here"),
        ("slug: a\nlang: vi\ntitle: {{ tuoi }} mới\nsummary: b", 4, "in double quotes"),
        ("slug: a\nlang: vi\ntitle: Bản tin #1 hay\nsummary: b", 4, "the # cuts the title short"),
        ("slug: a\nlang: vi\ntitle: Bản tin # hay\nsummary: b", 4, "the # cuts the title short"),
        ("slug: a\nlang: vi\ntitle: a\nsummary: b\ntitle: c", 6, "The first is on line 4"),
        ("slug: a\nlang: vi\ntitle: a\nsummary: b\ntitel: c", 6, "Did you mean title?"),
        ("slug: a\nlang: vi\ntitle: a\nsummary: b\nin_force: 2025-13-01", 6, "'2025-13-01' is no date"),
        ("slug: a\nlang: vi\ntitle: a\nsummary: b\nin_force: 01/7/2025", 6, "Write year-month-day"),
        ("slug: a\nlang: vi\ntitle: a\nsummary: b\naudiences: 3", 6, "Write audiences: [3]"),
        ("slug: a\nlang: vi\ntitle: a\nsummary: b\naudiences: [7]", 6, "numbers 1 to 6"),
        ("slug: a\nlang: vi\ntitle: a\nsummary: b\nlegal: [Luật 41/2024/QH15, Điều 21]", 6, "a comma has cut"),
        ("slug: a\nlang: vi\ntitle: a\nsummary: b\nlegal: [a, '']", 6, "empty entry"),
        ("slug: a\nlang: vi\ntitle: a\nsummary: b\nlegal: [[a]]", 6, "more than texts"),
        ("slug: a\nlang: vi\ntitle: a\nsummary: b\npriority: gấp", 6, "normal, priority, urgent"),
        ("slug: a\nlang: vi\ntitle: a\nsummary: b\nlanguages: [kmer]", 6, "Did you mean km"),
        ("slug: a\nlang: vi\ntitle: a\nsummary: b\nproducts: [Tờ rơi]", 6, "no name of a product"),
        ("slug: a\nlang: vi\ntitle: [a]\nsummary: b", 4, "title is a list"),
        ("slug: a\nlang: vi\ntitle: a\nsummary: b\nlegal: &x [a]", 6, "anchor or alias"),
        ("slug: a\nlang: vi\ntitle: !!python/object:os.system a\nsummary: b", 4, "a type tag"),
        ("slug: a\nlang: vi\ntitle: a\nsummary: b\n\tx: 1", 6, "cannot be read"),
        ("? [a]\n: b", 2, "no plain word"),
        ("slug: a\n--- b", 3, "a second document"),
        ("slug: a\nlang: vi\ntitle: a\nsummary: " + "b" * 64_000, 1, "too long"),
        ("- a\n- b", 2, "not a list of keys"),
        ("chữ", 2, "not a list of keys"),
        ("", 1, "no slug"),
        ("slug: a\nlang: vi\ntitle: '![x](y)'\nsummary: b", 4, "a picture"),
    ],
)
def test_a_broken_front_matter_is_refused_at_its_line(front: str, line: int, what: str) -> None:
    message = refusal("x\n", f"---\n{front}\n---\n")
    assert message.startswith(f"bai.md:{line}: "), message
    assert what in message


def test_a_yaml_bomb_is_refused_at_once() -> None:
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{n}: &{n} [{','.join(['*' + p] * 9)}]\n" for p, n in zip("abcdefgh", "bcdefghi", strict=True)
    )
    begin = time.monotonic()
    assert "anchor or alias" in refusal("x", f"---\n{bomb}---\n")
    assert "more than texts" in refusal("x", "---\nlegal: " + "[" * 20_000 + "\n---\n")
    assert time.monotonic() - begin < 2


@pytest.mark.parametrize(
    ("data", "line", "what"),
    [
        (HEAD.encode("utf-16"), 0, "UTF-16"),
        (HEAD.encode("utf-16-le"), 0, "UTF-16"),
        (HEAD.replace("Tóm tắt", "x").encode("utf-8") + b"B\xb6o hi\xd3m", 7, "not UTF-8"),
        (b"", 1, "does not begin with front matter"),
        (b"Ch\xe1\xbb\xaf.\n", 1, "does not begin with front matter"),
        (b"\n\n---\nslug: a\n", 3, "the front matter does not end"),
        (b"x" * 1_000_001, 0, "larger than 1 MB"),
    ],
)
def test_a_file_that_is_no_article_is_refused(data: bytes, line: int, what: str, tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_bytes(data)
    with pytest.raises(ArticleError) as caught:
        read_article(path)
    assert caught.value.where == (f"{path}:{line}" if line else str(path))
    assert what in str(caught.value)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ArticleError, match="there is no such article"):
        read_article(tmp_path / "a.md")
    with pytest.raises(ArticleError, match="no file"):
        read_article(tmp_path)


def test_old_font_text_is_refused_and_its_conversion_shown() -> None:
    head = HEAD.replace("lang: vi", "lang: jra")
    message = refusal("Ană plơi [uôn ]ar\n", head)
    assert message.startswith("bai.md:7: ")
    assert "Ană plơi ƀuôn čar" in message


def test_a_note_that_no_file_can_say_is_refused_when_writing() -> None:
    article = body("x\n")
    steps = Steps(id="lam", before=(Bullets(("một",), ordered=True),), items=("hai",))
    with pytest.raises(ArticleError, match="a list of the same kind"):
        write_article(dataclasses.replace(article, blocks=(steps,)))


@example("*" * 9_000)
@example("[" * 190)
@example("`" * 9_000)
@example("**a" * 3_000)
@example("[a](" * 190)
@settings(max_examples=5, deadline=None)
@given(st.just("x"))
def test_hostile_marks_are_read_quickly(text: str) -> None:
    begin = time.monotonic()
    with contextlib.suppress(ArticleError):
        body(text + "\n")
    assert time.monotonic() - begin < 2


@pytest.mark.parametrize(
    "text",
    [
        "- a\n" + "\n" * 900_000,
        "- a\n" + "\n" * 900_000 + "- b\n",
        "## {.questions}\na\n" + ": b\n" * 200_000,
        "- a\n" * 200_000,
        "x " * 4_000 + "\n\n" + "| a | b |\n" * 40_000,
        "## {.comparison}\n|a|b|\n|-|-|\n" + "|a|b|\n" * 100_000,
        "a\n" * 300_000,
        "!!! note\n" * 100_000,
        "## a\n" * 180_000,
    ],
    ids=range(9),
)
def test_a_large_file_is_read_or_refused_in_seconds(text: str) -> None:
    begin = time.monotonic()
    with contextlib.suppress(ArticleError):
        body(text)
    assert time.monotonic() - begin < 10


@pytest.mark.parametrize("path", [Path("/dev/zero"), Path("/")])
def test_what_is_no_file_is_refused_before_it_is_read(path: Path) -> None:
    with pytest.raises(ArticleError, match="no file"):
        read_article(path)
