"""Builds: asked for once, each product ends by itself, and the good ones are released."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from cms.approval.actions import SystemApprovalAction
from cms.offices.models import Office
from cms.production import worker
from cms.production.actions import QueueBuildAction
from cms.production.enums import BuildCause, BuildStatus, ProductStatus
from cms.production.models import Build, ProductState
from render.store import open_store
from tests.cms.conftest import EDITORS
from tests.cms.produced import SLUG, SPECIMEN, catalogue, product_states


def test_publishing_twice_before_a_worker_comes_asks_for_one_build(site: str, publish: Callable[..., Any]) -> None:
    page = publish(SLUG)
    QueueBuildAction(page, cause=BuildCause.PUBLISHED).execute()
    assert Build.objects.count() == 1


def test_saving_a_draft_asks_for_nothing(site: str, publish: Callable[..., Any]) -> None:
    page = publish(SLUG)
    Build.objects.all().delete()
    page.summary = "Một bản nháp."
    page.save_revision()
    assert not Build.objects.exists()


def test_each_product_ends_by_itself_and_the_good_ones_are_released(
    any_site: str, small_products: None, publish: Callable[..., Any]
) -> None:
    publish(SLUG)
    assert worker.run(once=True) == 1
    build = Build.objects.get()
    assert (build.status, build.failed_reason, build.release) == (BuildStatus.SUCCESSFUL, "", 1)
    national = {key[2]: state for key, state in product_states().items() if key[:2] == ("vi", "")}
    assert national == {"sheet": "made", "sound": "made", "film": "failed"}
    film = ProductState.objects.get(product="film", lang="vi")
    assert film.gate == "fit"
    assert "too long" in film.reason
    sheet = ProductState.objects.get(product="sheet", lang="vi")
    assert sheet.released == 1
    assert open_store(settings.LOA.store).get(f"cas/{sheet.files[0]['sha256']}").startswith(b"sheet: ")


def test_what_has_no_translation_or_recording_waits_and_says_for_what(
    site: str, small_products: None, publish: Callable[..., Any]
) -> None:
    publish(SPECIMEN)
    worker.run(once=True)
    rows = {(row.lang, row.product): row for row in ProductState.objects.of(SPECIMEN)}
    assert rows["km", "sheet"].status == ProductStatus.MADE
    assert (rows["km", "sound"].status, rows["km", "sound"].reason) == (ProductStatus.WAITING, "chờ bản thu")
    assert (rows["rad", "sheet"].status, rows["rad", "sheet"].reason) == (ProductStatus.WAITING, "chờ bản dịch")


def test_an_office_gets_its_own_sheet_and_nothing_else(
    site: str, small_products: None, publish: Callable[..., Any]
) -> None:
    page = publish(SLUG)
    page.offices = ["66"]
    page.save_revision().publish()
    worker.run(once=True)
    assert [product for _lang, office, product in product_states() if office == "66"] == ["sheet"]


def test_a_changed_office_builds_the_articles_that_want_it(site: str, publish: Callable[..., Any]) -> None:
    page = publish(SLUG, "bhyt-ho-gia-dinh")
    page.offices = ["66"]
    page.save_revision().publish()
    Build.objects.all().delete()
    for code in ("66", "01"):
        office = Office.objects.get(code=code)
        office.address = "Số 1 đường MẪU"
        office.save()
    assert [(build.slug, build.offices) for build in Build.objects.all()] == [(page.slug, ["66"])]


def test_what_is_scheduled_is_published_by_the_worker(
    site: str, publish: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    page = publish(SLUG, publish=False)
    hour = timezone.now() + dt.timedelta(hours=1)
    page.go_live_at = hour
    revision = page.save_revision()
    SystemApprovalAction(page).execute()
    revision.publish()
    assert not page.live
    monkeypatch.setattr(timezone, "now", lambda: hour + dt.timedelta(seconds=1))
    worker._each_minute([-1000.0], once=False)
    assert [build.slug for build in Build.objects.all()] == [SLUG]


def test_a_second_build_of_the_same_makes_nothing_again(
    site: str, small_products: None, publish: Callable[..., Any]
) -> None:
    page = publish(SLUG)
    worker.run(once=True)
    QueueBuildAction(page, cause=BuildCause.RETRY).execute()
    worker.run(once=True)
    assert ProductState.objects.get(product="sheet", lang="vi").status == ProductStatus.CACHED
    assert catalogue().number == 1


def test_one_product_can_be_tried_again_without_the_others_leaving(
    site: str, small_products: None, publish: Callable[..., Any], login: Callable[..., Any]
) -> None:
    page = publish(SLUG)
    worker.run(once=True)
    film = ProductState.objects.get(product="film", lang="vi")
    answer = login(EDITORS).post(reverse("production_retry", args=[page.pk]), {"state": film.pk})
    assert answer.status_code == 200
    assert Build.objects.first().products == ["film"]
    assert product_states()["vi", "", "film"] == ProductStatus.QUEUED
    assert product_states()["vi", "", "sheet"] == ProductStatus.MADE
    worker.run(once=True)
    assert product_states()["vi", "", "film"] == ProductStatus.FAILED
    assert ProductState.objects.get(product="sheet", lang="vi").released == 1
