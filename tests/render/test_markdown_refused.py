"""The article file: what is refused, at its line, and in time."""

from __future__ import annotations

import contextlib
import dataclasses
import time
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from render.article import Bullets, Steps
from render.errors import ArticleError
from render.markdown import read_article, write_article
from tests.render.article_files import HEAD, body, refusal


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
    begin = time.thread_time()
    assert "anchor or alias" in refusal("x", f"---\n{bomb}---\n")
    assert "more than texts" in refusal("x", "---\nlegal: " + "[" * 20_000 + "\n---\n")
    assert time.thread_time() - begin < 2


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
    begin = time.thread_time()
    with contextlib.suppress(ArticleError):
        body(text + "\n")
    assert time.thread_time() - begin < 2


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
    begin = time.thread_time()
    with contextlib.suppress(ArticleError):
        body(text)
    assert time.thread_time() - begin < 10


@pytest.mark.parametrize("path", [Path("/dev/zero"), Path("/")])
def test_what_is_no_file_is_refused_before_it_is_read(path: Path) -> None:
    with pytest.raises(ArticleError, match="no file"):
        read_article(path)
