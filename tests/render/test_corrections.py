"""A correction in products: the claim never stands without its verdict, on paper or in the air."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from render.article import Correction, Notice, Verdict
from render.edition import edition_from_data, plain
from render.errors import ArticleError
from render.facts import FactBook
from render.frontmatter import check_correction
from render.markdown import parse_article, write_article
from render.resolve import make_edition
from render.speech.script import bulletin_script

FILE = """---
slug: tin-don
lang: vi
title: "Lương hưu vẫn trả đủ"
summary: "Tin cắt lương hưu là sai."
correction:
  claim: "Từ tháng 9 lương hưu bị cắt một nửa."
  verdict: {verdict}
  truth: "Lương hưu được trả đủ."
  evidence: ["https://vidu.vn/tin?x=1"]
---

Bà con yên tâm.
"""


@pytest.mark.parametrize("verdict", list(Verdict))
def test_the_claim_is_said_in_one_sentence_with_its_verdict(verdict: Verdict) -> None:
    article = parse_article(FILE.format(verdict=verdict))
    assert parse_article(write_article(article)) == article
    edition = make_edition(article, facts=FactBook({}), on=dt.date(2025, 9, 1))
    notice = edition.blocks[0]
    assert isinstance(notice, Notice)
    sentence = plain(notice.body[0].text)  # type: ignore[union-attr]
    assert sentence.startswith("Tin đồn “Từ tháng 9 lương hưu bị cắt một nửa” ")
    spoken = [one.text for part in bulletin_script(edition, slot_s=300).parts for one in part.segments]
    claims = [text for text in spoken if "cắt một nửa" in text]
    assert claims
    assert all(text.startswith("Tin đồn") and not text.rstrip(".").endswith("”") for text in claims)


@pytest.mark.parametrize(
    "bad",
    [
        Correction("", Verdict.FALSE, "b"),
        Correction("a", Verdict.FALSE, " "),
        Correction("a", Verdict.FALSE, "b", ("http://vidu.vn",)),
        Correction("a", Verdict.FALSE, "b", ("javascript:alert(1)",)),
        Correction("a", Verdict.FALSE, "b", ('https://vidu.vn/"><script>',)),
        Correction("a [x](javascript:1)", Verdict.FALSE, "b"),
    ],
)
def test_a_correction_that_cannot_be_printed_is_refused(bad: Correction) -> None:
    with pytest.raises(ArticleError):
        check_correction(bad)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("correction: yes", "not a table"),
        ("correction: {claim: a, truth: b}", "no verdict"),
        ("correction: {claim: a, truth: b, verdict: wrong}", "no verdict"),
        ("correction: {claim: a, truth: b, verdict: false, more: c}", "more"),
        ("correction: {claim: a, truth: b, verdict: false, evidence: x}", "not a list"),
        ("topics: [Hưu trí]", "topic"),
        ("review_by: ngày mai", "no date"),
    ],
)
def test_front_matter_that_is_wrong_is_told_with_its_line(text: str, said: str) -> None:
    with pytest.raises(ArticleError, match=said) as refused:
        parse_article(f"---\nslug: a\nlang: vi\ntitle: A\nsummary: B\n{text}\n---\n")
    assert refused.value.where.endswith(":6")


def test_an_edition_tells_machines_what_it_corrects() -> None:
    edition = make_edition(parse_article(FILE.format(verdict="false")), facts=FactBook({}), on=dt.date(2025, 9, 1))
    assert edition.as_data()["correction"] == {
        "claim": [{"t": "Từ tháng 9 lương hưu bị cắt một nửa."}],
        "verdict": "false",
        "truth": [{"t": "Lương hưu được trả đủ."}],
        "evidence": ["https://vidu.vn/tin?x=1"],
    }
    assert edition_from_data(edition.as_data()) == edition


def test_a_last_day_of_use_and_the_newsrooms_plans_change_no_edition() -> None:
    article = parse_article(FILE.format(verdict="false"))
    planned = replace(article, valid_until=dt.date(2026, 1, 1), review_by=dt.date(2025, 12, 1), topics=("huu-tri",))
    assert parse_article(write_article(planned)) == planned
    made, other = (make_edition(one, facts=FactBook({}), on=dt.date(2025, 9, 1)) for one in (article, planned))
    assert made.id == other.id
    assert made.as_data() == other.as_data()
    assert other.valid_until == dt.date(2026, 1, 1)
