"""The calendar, the gaps, corrections in the urgent lane, and the desk."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from cms.articles.adapter import article_of
from cms.articles.enums import ArticleKind
from cms.articles.models import PolicyArticlePage
from cms.planning.calendar import as_ics, events, weeks_of
from cms.planning.enums import EventKind
from cms.planning.gaps import gaps
from cms.planning.models import Campaign, Topic, campaign_choices, theme_of
from cms.production.enums import BuildCause
from cms.production.models import Build
from render.campaigns import campaigns
from render.markdown import parse_article

DAY = dt.date(2025, 9, 1)


def test_a_calendar_knows_articles_facts_campaigns_and_laws(any_site: str, publish: Callable[..., Any]) -> None:
    page = publish("luong-huu-tu-15-nam", publish=False)
    PolicyArticlePage.objects.filter(pk=page.pk).update(review_by=DAY)
    Campaign.objects.create(key="thang-5", title="Tháng vận động", begins=DAY, ends=DAY + dt.timedelta(30))
    found = events(dt.date(2025, 7, 1), dt.date(2025, 10, 31))
    kinds = {one.kind for one in found}
    assert {EventKind.REVIEW, EventKind.FACT, EventKind.BEGINS, EventKind.ENDS} <= kinds
    assert found == sorted(found)
    assert any("15" in one.title and one.kind is EventKind.REVIEW and one.day == DAY for one in found)


def test_weeks_are_whole_and_begin_on_monday() -> None:
    weeks = weeks_of(dt.date(2026, 2, 1))
    assert all(len(week) == 7 and week[0].weekday() == 0 for week in weeks)


def test_the_calendar_as_ics_folds_long_lines_and_escapes(any_site: str) -> None:
    Campaign.objects.create(key="a", title="Tuyên truyền; lưu động, " * 8, begins=DAY, ends=DAY)
    data = as_ics(events(DAY, DAY), "loa.vn")
    assert all(len(line) <= 75 for line in data.split(b"\r\n"))
    unfolded = data.decode().replace("\r\n ", "")
    assert "Tuyên truyền\\; lưu động\\," in unfolded
    assert data == as_ics(events(DAY, DAY), "loa.vn")


def test_gaps_show_what_is_missing_and_what_is_old(any_site: str, publish: Callable[..., Any]) -> None:
    page = publish("luong-huu-tu-15-nam", publish=False)
    now = dt.datetime(2025, 8, 1, tzinfo=dt.UTC)
    PolicyArticlePage.objects.filter(pk=page.pk).update(
        topics=["huu-tri"], audiences=[2], languages=["km"], live=True, first_published_at=now
    )

    def cell(**kwargs: Any) -> Any:
        found = gaps(DAY + dt.timedelta(90), **kwargs)
        return next(dict(cells)[2] for key, _name, cells in found.rows if key == "huu-tri")

    assert (cell().state, cell().missing) == ("partly", ["km"])
    assert cell(lang="vi").state == "whole"
    assert cell(lang="km").state == "none"
    PolicyArticlePage.objects.filter(pk=page.pk).update(review_by=DAY)
    assert cell().state == "stale"


def test_a_campaign_gives_its_theme_and_keeps_its_key(any_site: str, publish: Callable[..., Any]) -> None:
    theme = campaigns()[0]
    Campaign.objects.create(key="he-2026", title="Hè 2026", theme=theme, begins=DAY, ends=DAY)
    page = publish("luong-huu-tu-15-nam", publish=False)
    page.campaign = "he-2026"
    page.full_clean()
    assert theme_of("he-2026") == theme == article_of(page).campaign
    assert {"he-2026", theme} <= dict(campaign_choices()).keys()
    page.campaign = "khong-co"
    with pytest.raises(ValidationError):
        page.full_clean()


CORRECTION = """---
slug: tin-don
lang: vi
title: Không có chuyện cắt lương hưu
summary: Tin cắt lương hưu là sai.
topics: [huu-tri]
review_by: 2026-01-31
correction:
  claim: "Từ tháng 9 lương hưu bị cắt một nửa"
  verdict: false
  truth: "Lương hưu được trả đủ."
  evidence: ["https://vss.gov.vn/tin"]
---

Bà con yên tâm.
"""


def test_a_correction_comes_in_and_goes_out_and_is_built_first(any_site: str, publish: Callable[..., Any]) -> None:
    from cms.articles.actions import ImportArticleAction, home_page
    from render.plan import Source

    old = publish("luong-huu-tu-15-nam", publish=False)
    article = parse_article(CORRECTION)
    page = ImportArticleAction(Source(article, {}), home=home_page()).execute()[0].page
    assert page.kind == ArticleKind.CORRECTION
    assert article_of(page) == article
    Build.objects.all().delete()
    first = Build.objects.create(cause=BuildCause.PUBLISHED, page=old, slug=old.slug)
    urgent = Build.objects.create(cause=BuildCause.PUBLISHED, page=page, slug=page.slug)
    leased = [Build.objects.lease("w"), Build.objects.lease("w")]
    assert [one.pk for one in leased if one] == [urgent.pk, first.pk]


def test_a_correction_without_verdict_or_with_a_bad_address_is_refused_at_its_field(
    any_site: str, publish: Callable[..., Any]
) -> None:
    page = publish("luong-huu-tu-15-nam", publish=False)
    page.kind = ArticleKind.CORRECTION
    with pytest.raises(ValidationError) as refused:
        page.full_clean()
    assert {"claim", "verdict", "truth"} <= refused.value.message_dict.keys()
    page.claim, page.verdict, page.truth, page.evidence = "A", "false", "B", ["javascript:alert(1)"]
    with pytest.raises(ValidationError) as refused:
        page.full_clean()
    assert "evidence" in refused.value.message_dict


def test_the_screens_of_planning_open_for_editors_and_for_nobody_else(
    any_site: str, login: Callable[..., Any], publish: Callable[..., Any]
) -> None:
    page = publish("luong-huu-tu-15-nam", publish=False)
    editor, nobody = login("Biên tập viên"), login("Người vận hành loa")
    PolicyArticlePage.objects.filter(pk=page.pk).update(responsible=editor.user, review_by=DAY, kind="correction")
    campaign = Campaign.objects.create(key="a", title="A", begins=DAY, ends=DAY)
    addresses = [
        reverse("planning_calendar"),
        reverse("planning_calendar") + "?view=list",
        reverse("planning_calendar") + "?month=9999-12",
        reverse("planning_calendar") + "?month=x",
        reverse("planning_gaps") + "?from=2025-01-01&to=x&lang=km",
        reverse("planning_export", args=["ics"]),
        reverse("planning_export", args=["csv"]),
        reverse("wagtailsnippets_planning_campaign:edit", args=[campaign.pk]),
        reverse("wagtailsnippets_planning_topic:edit", args=[Topic.objects.first().pk]),
    ]
    for address in addresses:
        assert editor.get(address).status_code == 200, address
        assert nobody.get(address).status_code in (302, 403), address
    desk = editor.get(reverse("wagtailadmin_home")).content.decode()
    assert "Lương hưu" in desk
    assert 'id="loa-desk-urgent"' in desk


def test_a_gap_becomes_a_draft_with_its_topic_and_audience(any_site: str, login: Callable[..., Any]) -> None:
    wanted = {"topic": "huu-tri", "audience": "2"}
    for _again in range(2):  # two drafts of one gap have names of their own
        assert login(superuser=True, name=f"u{_again}").post(reverse("planning_create"), wanted).status_code == 302
    first, second = PolicyArticlePage.objects.order_by("pk")
    assert (first.topics, first.audiences, first.live) == (["huu-tri"], [2], False)
    assert first.slug != second.slug
    assert login("Người vận hành loa").post(reverse("planning_create"), wanted).status_code in (302, 403)
    assert PolicyArticlePage.objects.count() == 2
    assert login("Biên tập viên").post(reverse("planning_create"), {"topic": "x", "audience": "y"}).status_code == 404
