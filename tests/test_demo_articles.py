"""The demonstration's articles are readable, exact and short: every figure a fact, every sentence a breath."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

from render.article import Article, Figures, Priority, Story
from render.blocks import texts
from render.edition import Edition, Runs, make_edition
from render.factfile import read_facts
from render.facts import FactBook
from render.language import languages
from render.markdown import find_translations, read_article
from render.paths import ASSETS

DEMO = ASSETS / "demo"
DAY = dt.date(2025, 9, 1)
SPECIMEN = "quyen-an-sinh-xa-hoi"

FILES = sorted(path for path in (DEMO / "articles").glob("*.md") if path.name != "README.md")
SOURCES = [path for path in FILES if "." not in path.stem]
POLICY = [path for path in SOURCES if path.stem != SPECIMEN]
TRANSLATIONS = [path for path in FILES if "." in path.stem]

MOST_WORDS_OF_A_SENTENCE = 20
MOST_CHARACTERS_OF_A_TITLE = 70

# Digits that are no figure of policy: dates, and the names of forms.
WRITTEN_BY_HAND = re.compile(r"\b(?:ngày )?\d{1,2}/\d{1,2}/\d{4}|\btháng \d{1,2}/\d{4}|\bMẫu 01\b")
PLACEHOLDER = re.compile(r"\{\{[^}]*\}\}")
SENTENCE_END = re.compile(r"(?<=[.?!:;])\s+")

by_stem = pytest.mark.parametrize("path", POLICY, ids=lambda path: path.stem)


@pytest.fixture(scope="module")
def facts() -> FactBook:
    return read_facts(DEMO / "facts.toml")


def written(article: Article) -> Iterator[str]:
    yield from (article.title, article.summary, article.topic)
    for block in article.blocks:
        yield from texts(block)


def printed(edition: Edition) -> Iterator[str]:
    yield from (said(edition.summary), *(said(text) for block in edition.blocks for text in texts(block)))


def said(runs: Runs) -> str:
    return "".join(run.text for run in runs).replace("\N{NO-BREAK SPACE}", " ")


def words(text: str) -> list[str]:
    return [word for word in text.split() if any(letter.isalnum() for letter in word)]


def test_the_set_is_as_large_as_promised_and_every_kind_of_block_is_in_it() -> None:
    articles = [read_article(path) for path in SOURCES]
    assert len(articles) >= 11
    kinds = {type(block).__name__ for article in articles for block in article.blocks}
    typed = {"Figures", "Eligibility", "Comparison", "Steps", "Questions", "Notice", "Story", "Pictured"}
    assert kinds == {"Prose"} | typed


def test_every_audience_of_the_plan_is_served_and_one_article_is_urgent() -> None:
    articles = [read_article(path) for path in POLICY]
    assert {group for article in articles for group in article.audiences} == {1, 2, 3, 4, 5, 6}
    assert [article.slug for article in articles if article.priority is Priority.URGENT] == [
        "canh-bao-gia-mao-co-quan-bhxh"
    ]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_is_named_by_its_slug_and_its_languages_exist(path: Path) -> None:
    article = read_article(path)
    slug, _, tag = path.stem.partition(".")
    assert (article.slug, article.lang) == (slug, tag or "vi")
    assert {article.lang, *article.languages} <= set(languages())
    assert article.topic


@by_stem
def test_no_figure_is_typed_by_hand(path: Path) -> None:
    for text in written(read_article(path)):
        rest = WRITTEN_BY_HAND.sub("", PLACEHOLDER.sub("", text))
        assert not re.search(r"\d", rest), f"{path.name}: a fact belongs here: {text}"


@by_stem
def test_it_says_every_figure_on_the_day_of_the_demonstration(path: Path, facts: FactBook) -> None:
    edition = make_edition(read_article(path), facts=facts, on=DAY, office=None)
    assert edition.facts
    assert "01/9/2025" in edition.note
    assert not any("{{" in text for text in printed(edition))


@by_stem
def test_its_title_is_short_and_closes_without_a_full_stop(path: Path, facts: FactBook) -> None:
    title = said(make_edition(read_article(path), facts=facts, on=DAY, office=None).title)
    assert 20 <= len(title) <= MOST_CHARACTERS_OF_A_TITLE, f"{len(title)}: {title}"
    assert not title.endswith(".")


@by_stem
def test_no_sentence_is_longer_than_a_breath(path: Path, facts: FactBook) -> None:
    edition = make_edition(read_article(path), facts=facts, on=DAY, office=None)
    for text in printed(edition):
        for sentence in SENTENCE_END.split(text):
            assert len(words(sentence)) <= MOST_WORDS_OF_A_SENTENCE, f"{path.name}: {sentence}"


@by_stem
def test_it_fits_a_leaflet_and_a_bulletin(path: Path, facts: FactBook) -> None:
    edition = make_edition(read_article(path), facts=facts, on=DAY, office=None)
    assert 180 <= sum(len(words(text)) for text in printed(edition)) <= 360


@by_stem
def test_its_first_section_is_its_figures_and_the_first_of_them_is_a_fact(path: Path) -> None:
    article = read_article(path)
    first = article.blocks[0]
    assert isinstance(first, Figures)
    assert PLACEHOLDER.match(first.figures[0].value), first.figures[0].value


@by_stem
def test_a_story_says_that_it_is_an_example(path: Path) -> None:
    for block in read_article(path).blocks:
        if isinstance(block, Story):
            assert next(text for text in texts(block) if text != block.title).startswith("Ví dụ:")


@by_stem
def test_sections_have_ids_of_their_own(path: Path) -> None:
    ids = [block.id for block in read_article(path).blocks]
    assert len(set(ids)) == len(ids)
    assert not any(id_.isdigit() for id_ in ids)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_it_is_typed_in_unicode_of_one_normal_form(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert unicodedata.is_normalized("NFC", text)
    assert "..." not in text, "an ellipsis is one sign"
    assert "'" not in text, "an apostrophe is no foot mark"


def declaration(tag: str) -> str:
    text = (DEMO / "udhr" / f"{tag}.txt").read_text(encoding="utf-8")
    return unicodedata.normalize("NFC", text.partition("\n")[2])


def articles_of(text: str, *numbers: int) -> list[list[str]]:
    """The numbered articles as lists of a heading and its paragraphs; the text holds articles 1, 22 and 25."""
    parts = [[line for line in part.splitlines() if line] for part in text.split("## ")[1:]]
    parts = [[heading.removesuffix(":"), *body] for heading, *body in parts]
    return [dict(zip((1, 22, 25), parts, strict=True))[number] for number in numbers]


def test_the_specimen_speaks_four_languages_and_waits_for_two(facts: FactBook) -> None:
    source = read_article(DEMO / "articles" / f"{SPECIMEN}.md")
    found = find_translations(DEMO / "articles" / f"{SPECIMEN}.md")
    assert set(found) == {"km", "blt-Tavt", "zh-Hant"}
    assert set(source.languages) - set(found) == {"rad", "jra"}
    for path in found.values():
        edition = make_edition(read_article(path), source=source, facts=facts, on=DAY, office=None)
        assert [block.id for block in edition.blocks] == [block.id for block in source.blocks]


def test_the_specimen_says_that_it_is_no_policy() -> None:
    article = read_article(DEMO / "articles" / f"{SPECIMEN}.md")
    assert "không phải bài chính sách" in article.summary
    assert not article.legal


@pytest.mark.parametrize("tag", ["vi", "km", "blt-Tavt", "zh-Hant"])
def test_the_specimen_is_the_declaration_word_for_word(tag: str) -> None:
    name = SPECIMEN if tag == "vi" else f"{SPECIMEN}.{tag}"
    article = read_article(DEMO / "articles" / f"{name}.md")
    text = declaration(tag)
    assert article.title == text.splitlines()[0]
    assert [list(texts(block)) for block in article.blocks] == articles_of(text, 22, 25)


@pytest.mark.parametrize("tag", ["km", "blt-Tavt", "zh-Hant"])
def test_nothing_in_a_minority_language_was_invented(tag: str) -> None:
    article = read_article(DEMO / "articles" / f"{SPECIMEN}.{tag}.md")
    given = declaration(tag)
    for text in (
        article.title,
        *article.summary.split(" · "),
        *(text for block in article.blocks for text in texts(block)),
    ):
        assert text in given
