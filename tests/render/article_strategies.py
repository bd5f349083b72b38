"""Articles as hypothesis draws them: every kind of block, and texts as nasty as texts may be."""

# ruff: noqa: E501
# Tables of cases read better unwrapped.

from __future__ import annotations

import datetime as dt
from typing import Any

from hypothesis import strategies as st

from render.article import (
    Article,
    Bullets,
    Comparison,
    Correction,
    Eligibility,
    Figure,
    Figures,
    Notice,
    Paragraph,
    Picture,
    Pictured,
    Priority,
    Prose,
    Question,
    Questions,
    Steps,
    Story,
    Verdict,
)
from render.campaigns import campaigns
from render.errors import ArticleError
from render.inline import check_text, clean, placeholders
from render.paths import ROOT

# Pieces that mean something to Markdown, YAML, tables, or to our own rules.
PIECES = (
    "#", "##", "- ", "* ", "+ ", "1. ", "2025. ", "3) ", ": ", " : ", ":", "|", "\\", "\\|", "\\:", "`", "``", "*", "**",
    "_", "__", "~~~", "```", "---", "===", "***", "> ", "!!! note", "[", "]", "(", ")", "[a]: ", "[x](https://vss.gov.vn/a_b)",
    "{", "}", "{#id}", "{.figures}", "{x}", "<b>", "</b>", "<!-- x -->", "&amp;", "&", '"', "'", "%", "@", "!", "?", "…",
    "{{ hotline }}", "{{ tuoi @2025-06-30 }}", "{{gia}}", "4,5%", "1.263.600", "01/7/2025", "null", "yes", "~", "no: x",
    " # x", ",", "đ", "ă", "ấ", "e\u0306", "ơ̆", "ƀ", "ភាសា", "\u200b", "ꪼꪕ", "中文", "😀", "\u00a0", "\u0301", " ", "  ",
    "\n", "a", "Nghị định", "x^2", "-", "=", "+", "0", "\u3000",
)  # fmt: skip


def _usable(text: str) -> bool:
    try:
        check_text(text)
    except ArticleError:
        return False
    return bool(text)


texts = (
    st.lists(st.sampled_from(PIECES) | st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=8)
    .map(lambda pieces: clean("".join(pieces)))
    .filter(_usable)
)
cells = texts | st.just("")
ids = st.from_regex(r"[a-z][a-z0-9-]{0,8}", fullmatch=True).filter(lambda name: not name[1:].isdigit())
paragraphs = texts.map(Paragraph)


def bullets(ordered: bool) -> st.SearchStrategy[Bullets[str]]:
    return st.lists(texts, min_size=1, max_size=3).map(lambda items: Bullets(tuple(items), ordered))


flows = st.lists(paragraphs | bullets(False) | bullets(True), max_size=4).map(tuple)
bodies = st.lists(paragraphs | bullets(False) | bullets(True), min_size=1, max_size=5).map(tuple)
notes = st.lists(paragraphs, max_size=2).map(tuple)
items = st.lists(texts, min_size=1, max_size=4).map(tuple)


facts_free = texts.filter(lambda text: len(text) <= 160 and not placeholders(text))
shares = st.integers(0, 1000).map(lambda thousandths: thousandths / 1000)
pictures = st.builds(
    Picture,
    st.sampled_from(("anh/truong-thon.jpg", "anh/Nhà văn hóa 1.png", "a.webp", "a b/c-1_2,3.jpeg", "ảnh'1.jpg")),
    facts_free.filter(lambda text: "]" not in text),
    facts_free,
    st.just((0.5, 0.5)) | st.tuples(shares, shares),
    path=st.just(ROOT / "docs" / "pictures" / "products.png"),  # so that an edition finds its bytes
)
pairs = st.lists(
    st.tuples(facts_free.filter(lambda text: "=" not in text), facts_free), max_size=3, unique_by=lambda pair: pair[0]
).map(tuple)


refs = st.just("") | st.from_regex(r"[a-z0-9]{1,6}(-[a-z0-9]{1,6}){0,2}", fullmatch=True)
corrections = st.none() | st.builds(
    Correction,
    texts,
    st.sampled_from(Verdict),
    texts,
    st.lists(st.sampled_from(("https://vss.gov.vn", "https://vidu.vn/tin?so=1&a=%20#x")), max_size=2).map(tuple),
)


@st.composite
def blocks(draw: st.DrawFn, id_: str) -> Any:
    common = {"id": id_, "title": draw(st.none() | texts)}
    kind = draw(st.sampled_from((Prose, Notice, Story, Figures, Eligibility, Steps, Comparison, Questions, Pictured)))
    if kind is Story:
        return Story(**common, body=draw(bodies), local=draw(st.booleans()))
    if kind in (Prose, Notice):
        return kind(**common, body=draw(bodies))
    common |= {"after": draw(notes if kind is Questions else flows)}
    if kind is Pictured:
        return Pictured(**common, before=draw(flows), picture=draw(pictures))
    if kind is Figures:
        before = draw(st.lists(paragraphs | bullets(True), max_size=2).map(tuple))
        figures = draw(st.lists(st.builds(Figure, texts, texts), min_size=1, max_size=3).map(tuple))
        return Figures(**common, before=before, figures=figures)
    if kind is Questions:
        questions = st.builds(
            Question,
            texts | texts.map(lambda text: f"{text} {{?khoa}}"),
            st.lists(texts, min_size=1, max_size=3).map(tuple),
            ref=refs,
        )
        found = draw(st.lists(questions, min_size=1, max_size=3).map(tuple))
        return Questions(**common, before=draw(notes), questions=found)
    if kind is Comparison:
        columns = draw(st.integers(1, 4))
        row = st.tuples(*[cells] * columns)
        return Comparison(
            **common, before=draw(flows), header=draw(row), rows=draw(st.lists(row, min_size=1, max_size=3).map(tuple))
        )
    before = draw(st.lists(paragraphs | bullets(kind is Eligibility), max_size=2).map(tuple))
    return kind(**common, before=before, items=draw(items))


@st.composite
def articles(draw: st.DrawFn) -> Article:
    count = draw(st.integers(0, 4))
    named = draw(st.lists(st.none() | ids, min_size=count, max_size=count, unique_by=lambda name: name or object()))
    return Article(
        slug=draw(st.from_regex(r"[a-z0-9]{1,8}(-[a-z0-9]{1,8}){0,3}", fullmatch=True)),
        lang=draw(st.sampled_from(("vi", "km", "zh-Hant", "blt-Tavt"))),
        title=draw(texts),
        summary=draw(texts),
        topic=draw(cells),
        audiences=draw(st.lists(st.integers(1, 6), max_size=3).map(tuple)),
        legal=draw(st.lists(texts, max_size=3).map(tuple)),
        in_force=draw(st.none() | st.dates(dt.date(1900, 1, 1), dt.date(2100, 1, 1))),
        priority=draw(st.sampled_from(Priority)),
        languages=draw(st.lists(st.sampled_from(("km", "jra", "zh-Hans")), max_size=2, unique=True).map(tuple)),
        products=draw(st.lists(st.sampled_from(("leaflet-a4", "clip-vertical")), max_size=2).map(tuple)),
        campaign=draw(st.sampled_from(("", *campaigns()))),
        picture=draw(st.none() | pictures),
        say=draw(pairs),
        topics=draw(st.lists(st.sampled_from(("huu-tri", "bhyt", "x2")), max_size=2, unique=True).map(tuple)),
        review_by=draw(st.none() | st.dates(dt.date(1900, 1, 1), dt.date(2100, 1, 1))),
        valid_until=draw(st.none() | st.dates(dt.date(1900, 1, 1), dt.date(2100, 1, 1))),
        correction=draw(corrections),
        voices=draw(st.sampled_from(((), (("vi", "giong-1"),), (("km", "piper.km_1"), ("vi", "giong-1"))))),
        blocks=tuple(draw(blocks(name or f"s{position}")) for position, name in enumerate(named, 1)),
    )
