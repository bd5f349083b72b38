"""What is unpublished, deleted, renamed or has run out leaves what readers find."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.conf import settings

from cms.approval.actions import SystemApprovalAction
from cms.articles.actions import ImportArticleAction, home_page
from cms.articles.models import PolicyArticlePage
from cms.audit.models import Entry
from cms.production import worker
from cms.production.actions import QueueBuildAction
from cms.production.enums import BuildCause, BuildStatus, ProductStatus
from cms.production.models import Build, ProductState
from render.markdown import parse_article, write_article
from render.plan import Source, read_source
from render.store import open_store
from tests.cms.conftest import DEMO
from tests.cms.produced import SLUG, SPECIMEN, catalogue, product_states


def test_unpublishing_withdraws(any_site: str, small_products: None, publish: Callable[..., Any]) -> None:
    page = publish(SLUG)
    worker.run(once=True)
    assert SLUG in catalogue().articles
    page.unpublish()
    worker.run(once=True)
    assert SLUG not in catalogue().articles
    assert set(product_states().values()) == {ProductStatus.WITHDRAWN}


def test_deleting_withdraws_too(site: str, small_products: None, publish: Callable[..., Any]) -> None:
    page = publish(SLUG)
    worker.run(once=True)
    page.delete()
    worker.run(once=True)
    assert SLUG not in catalogue().articles


def test_a_new_address_withdraws_the_old_one(site: str, small_products: None, publish: Callable[..., Any]) -> None:
    page = publish(SLUG)
    worker.run(once=True)
    page.slug = "luong-huu"
    page.save_revision().publish()
    worker.run(once=True)
    assert set(catalogue().articles) == {"luong-huu"}
    assert set(product_states().values()) == {ProductStatus.WITHDRAWN}


def test_unpublishing_a_translation_withdraws_its_language_only(
    site: str, small_products: None, publish: Callable[..., Any]
) -> None:
    page = publish(SPECIMEN)
    worker.run(once=True)
    page.get_translations().get(locale__language_code="km").specific.unpublish()
    worker.run(once=True)
    states = {(lang, product): state for (lang, _office, product), state in product_states(SPECIMEN).items()}
    assert states["km", "sheet"] == ProductStatus.WITHDRAWN
    assert states["vi", "sheet"] == ProductStatus.MADE
    assert SPECIMEN in catalogue().articles


def test_what_has_run_out_is_called_back_at_midnight_in_vietnam_and_comes_back_with_a_later_day(
    any_site: str, small_products: None, publish: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the last day in the front matter to what readers see."""

    def clock(day: int, hour: int, minute: int = 0) -> None:
        at = dt.datetime(2025, 9, day, hour, minute, tzinfo=dt.UTC)
        monkeypatch.setattr("django.utils.timezone.now", lambda: at)

    def store_says(word: str, *suffixes: str) -> list[str]:
        store = open_store(settings.LOA.store)
        return [key for key in store.list() if key.endswith(suffixes) and word in store.get(key).decode()]

    def rows() -> set[tuple[str, int | None]]:
        return set(ProductState.objects.of(SLUG).exclude(product="film").values_list("status", "released"))

    clock(29, 3)
    for path in (settings.LOA.c2pa_key, settings.LOA.c2pa_certs):  # made today, which that clock has not reached
        path.unlink(missing_ok=True)
    other = publish("bhyt-ho-gia-dinh")
    article = read_source(DEMO / "articles" / f"{SLUG}.md").article
    text = write_article(replace(article, products=(), valid_until=dt.date(2025, 9, 30)))
    ImportArticleAction(Source(parse_article(text), {}), home=home_page(), publish=True).execute()
    worker.run(once=True)
    assert {SLUG, other.slug} <= set(catalogue().articles)
    edition = ProductState.objects.get(slug=SLUG, product="sheet", lang="vi").edition
    clock(30, 16, 59)
    worker._each_hour([0.0])
    assert SLUG in catalogue().articles
    clock(30, 17)
    worker._each_hour([time.monotonic()])  # it was looked at within the hour
    assert SLUG in catalogue().articles
    # Another article's release takes it out before the worker looks; the newsroom learns of it all the same.
    with monkeypatch.context() as patch:
        patch.setattr(worker, "_each_hour", lambda _last: None)
        QueueBuildAction(other, cause=BuildCause.RETRY).execute()
        worker.run(once=True)
    assert SLUG not in catalogue().articles
    assert {released for _status, released in rows()} != {None}
    for _hour in range(2):
        worker._each_hour([0.0])
        assert rows() == {(ProductStatus.WITHDRAWN, None)}
        assert [(one.slug, one.state) for one in catalogue().withdrawn] == [(SLUG, "expired")]
        assert Entry.objects.filter(action="article.expired", subject=f"article:{SLUG}").count() == 1
    assert store_says("30/9/2025", ".atom")
    assert "Đã hết thời hạn" in open_store(settings.LOA.store).get(f"q/{edition}").decode()
    page = PolicyArticlePage.objects.get(slug=SLUG)
    assert QueueBuildAction(page, cause=BuildCause.FACT, reason="đổi").execute() is None
    assert QueueBuildAction(page, cause=BuildCause.RETRY).execute() is not None
    worker.run(once=True)
    build = Build.objects.filter(slug=SLUG).first()
    assert build is not None
    assert (build.status, "30/9/2025" in build.failed_reason) == (BuildStatus.FAILED, True)
    assert len(catalogue().withdrawn) == 1
    page.valid_until = dt.date(2025, 10, 31)
    page.save_revision()
    SystemApprovalAction(page).execute()
    page.get_latest_revision().publish()
    worker.run(once=True)
    assert SLUG in catalogue().articles
    assert ProductStatus.WITHDRAWN not in {status for status, _released in rows()}
