"""The editor's form: quick with a long article, its facts at hand, its fields where they are looked for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django import forms
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation
from wagtail.admin.widgets import AdminDateInput, AdminDateTimeInput

from cms.articles.actions import ImportArticleAction, home_page
from cms.articles.chips import chip, chips
from cms.articles.text import current_book
from cms.facts.enums import ChangeKind, ChangeStatus
from cms.facts.models import Fact, FactChange
from render.markdown import parse_article
from render.plan import Source
from tests.long_article import SECTIONS, long_article


@pytest.fixture
def edit_url(any_site: str) -> str:
    """The editor of an article with thirty sections."""
    from cms.articles.actions import ImportArticleAction, home_page

    page = ImportArticleAction(Source(long_article(), {}), home=home_page()).execute()[0].page
    assert len(page.get_latest_revision_as_object().body) == SECTIONS
    return reverse("wagtailadmin_pages:edit", args=[page.pk])


def test_the_editor_of_thirty_sections_asks_the_database_no_more_than_that_of_one(
    edit_url: str, login: Callable[..., Any], publish: Callable[..., Any]
) -> None:
    client = login("Biên tập viên")
    short = reverse("wagtailadmin_pages:edit", args=[publish("tro-cap-thai-san-bhxh-tu-nguyen", publish=False).pk])
    counts = []
    for url in (short, edit_url):
        assert client.get(url).status_code == 200
        with CaptureQueriesContext(connection) as asked:
            client.get(url)
        counts.append(len(asked))
    assert counts[1] <= counts[0] + 10
    assert counts[1] <= 110


def test_a_chip_says_value_origin_and_what_comes(any_site: str) -> None:
    shown = chip(current_book(), "luong_co_so")
    assert shown["value"] == "2.340.000\u00a0đồng"
    assert shown["since"] == "01/7/2024"
    assert "73/2024/NĐ-CP" in shown["about"]
    assert "30/6/2026" in shown["next"]
    import datetime as dt

    assert chip(current_book(), "luong_co_so", dt.date(2024, 1, 1))["value"] == "1.800.000\u00a0đồng"
    assert chip(current_book(), "khong_co")["problem"]
    assert all(one["value"] or one["problem"] for one in chips().values())


def test_facts_at_hand_are_for_those_who_are_signed_in(any_site: str, login: Callable[..., Any], client: Any) -> None:
    url = reverse("articles_facts")
    assert client.get(url).status_code == 302
    editor = login("Biên tập viên")
    assert editor.get(url).json()["facts"]["tuoi_huu_tri_xa_hoi"]["value"] == "75\u00a0tuổi"
    one = editor.get(url, {"key": "luong_co_so", "on": "2024-01-01"}).json()
    assert one["value"] == "1.800.000\u00a0đồng"
    assert editor.get(url, {"key": "luong_co_so", "on": "hom-nay"}).status_code == 404


@pytest.mark.parametrize("words", ["luong co so", "Lương cơ sở", "co so luong", "luong_co", "73/2024/nđ-cp"])
def test_the_chooser_finds_a_fact_with_and_without_accents(
    any_site: str, login: Callable[..., Any], words: str
) -> None:
    found = login("Biên tập viên").get(reverse("fact_chooser:choose_results"), {"q": words}).content.decode()
    assert "luong_co_so" in found
    assert "tuoi_huu_tri_xa_hoi" not in found


def test_a_question_needs_its_own_words_or_the_banks(any_site: str) -> None:
    from django.core.exceptions import ValidationError

    from cms.articles.blocks import QuestionBlock

    block = QuestionBlock()
    for value in ({"bank": "", "question": "", "answer": []}, {"bank": "", "question": "Gì?", "answer": []}):
        with pytest.raises(ValidationError):
            block.clean(block.to_python(value))
    good = block.clean(block.to_python({"bank": "", "question": "Gì?", "answer": ["Đây."]}))
    assert good["question"] == "Gì?"


def test_every_new_field_of_a_file_comes_in_and_goes_out(any_site: str) -> None:
    from cms.articles.actions import ImportArticleAction, home_page
    from cms.articles.adapter import article_of

    article = parse_article(
        "---\nslug: a\nlang: vi\ntitle: A\nsummary: B.\ntopics: [bhyt, huu-tri]\nreview_by: 2026-01-31\n"
        "valid_until: 2026-06-30\n"
        'correction:\n  claim: "X {{ hotline }}"\n  verdict: partly-true\n  truth: "Y."\n---\n\nĐoạn.\n'
    )
    page = ImportArticleAction(Source(article, {}), home=home_page()).execute()[0].page
    assert article_of(page.get_latest_revision_as_object()) == article


def test_a_chip_tells_what_awaits_approval(any_site: str) -> None:
    fact = Fact.objects.get(key="luong_co_so")
    value = {"value": "2530000", "since": "2027-01-01"}
    change = FactChange.objects.create(fact=fact, key=fact.key, kind=ChangeKind.VALUE, proposed={"values": [value]})
    cache.delete("articles.pending")
    shown = chip(current_book(), "luong_co_so")
    assert shown["value"] == "2.340.000\u00a0đồng"  # nobody has approved the other one
    with translation.override("vi"):
        cache.delete("articles.pending")
        assert chip(current_book(), "luong_co_so")["pending"] == "đang chờ duyệt: 2.530.000\u00a0đồng từ 01/01/2027"
    assert "2.530.000" in shown["about"]
    change.status = ChangeStatus.REJECTED
    change.save()
    cache.delete("articles.pending")
    assert chip(current_book(), "luong_co_so")["pending"] == ""


def test_the_last_day_of_use_reaches_what_is_published(any_site: str) -> None:
    article = parse_article("---\nslug: a\nlang: vi\ntitle: A\nsummary: B.\nvalid_until: 2026-06-30\n---\n\nĐoạn.\n")
    page = ImportArticleAction(Source(article, {}), home=home_page()).execute()[0].page
    assert page.valid_until == dt.date(2026, 6, 30)
    page.in_force = dt.date(2026, 7, 1)
    with pytest.raises(ValidationError) as refused:
        page.full_clean()
    assert "valid_until" in refused.value.message_dict


@pytest.mark.parametrize("screen", ["vi", "en"])
def test_a_date_is_written_with_the_day_before_the_month(screen: str) -> None:
    class Dated(forms.Form):
        day = forms.DateField(widget=AdminDateInput)
        native = forms.DateField(widget=forms.DateInput(attrs={"type": "date"}))
        moment = forms.DateTimeField(widget=AdminDateTimeInput)

    day = dt.date(2026, 6, 5)
    with translation.override(screen):
        form = Dated({"day": "05/06/2026", "native": "2026-06-05", "moment": "05/06/2026 08:00"})
        assert form.is_valid(), form.errors
        assert (form.cleaned_data["day"], form.cleaned_data["moment"].date()) == (day, day)
        shown = Dated(initial={"day": day, "native": day})
        assert 'value="05/06/2026"' in str(shown["day"])
        assert 'value="2026-06-05"' in str(shown["native"])  # browsers know no other
        assert not Dated({"day": "06/25/2026", "native": "2026-06-05", "moment": "05/06/2026 08:00"}).is_valid()
