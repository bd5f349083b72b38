"""Builds: leased once, recorded as they go, finished whatever happens to their worker."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, connections
from django.urls import reverse
from django.utils import timezone

from cms.approval.actions import SystemApprovalAction
from cms.articles.actions import ImportArticleAction, home_page
from cms.articles.models import PolicyArticlePage
from cms.audit.models import Entry
from cms.offices.models import Office
from cms.production import worker
from cms.production.actions import QueueBuildAction
from cms.production.enums import BuildCause, BuildStatus, ProductStatus
from cms.production.models import Build, ProductState
from render.keys import load_or_make_signer
from render.markdown import parse_article, write_article
from render.paths import ROOT
from render.plan import Source, read_source
from render.release import Release, read_catalogue
from render.store import open_store
from tests.cms.conftest import CONTRIBUTORS, DEMO, EDITORS

SLUG = "luong-huu-tu-15-nam"
SPECIMEN = "quyen-an-sinh-xa-hoi"


def _catalogue() -> Release:
    signer = load_or_make_signer(settings.LOA.signing_key)
    release = read_catalogue(open_store(settings.LOA.store), [signer.fingerprint])
    assert release is not None
    return release


def _states(slug: str = SLUG) -> dict[tuple[str, str, str], str]:
    return {(row.lang, row.office, row.product): row.status for row in ProductState.objects.of(slug)}


# Leasing


def test_a_build_is_leased_by_one_of_two_who_ask_at_once(any_site: str, publish: Callable[..., Any]) -> None:
    publish(SLUG)
    start, taken = threading.Barrier(4), []

    def ask(name: str) -> None:
        start.wait()
        try:
            taken.append(Build.objects.lease(name))
        finally:
            connection.close()

    threads = [threading.Thread(target=ask, args=(f"host:{number}:x",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([build for build in taken if build is not None]) == 1
    assert Build.objects.get().attempts == 1


def test_two_builds_of_one_article_never_run_side_by_side(any_site: str, publish: Callable[..., Any]) -> None:
    page = publish(SLUG)
    first = Build.objects.lease("host:1:a")
    assert first is not None
    QueueBuildAction(page, cause=BuildCause.RETRY).execute()
    assert Build.objects.lease("host:2:b") is None
    assert first.finish("host:1:a")
    assert Build.objects.lease("host:2:b") is not None


def test_an_expired_lease_goes_to_another_and_its_owner_learns_it(any_site: str, publish: Callable[..., Any]) -> None:
    publish(SLUG)
    build = Build.objects.lease("host:1:a")
    assert build is not None
    Build.objects.update(lease_until=timezone.now() - dt.timedelta(seconds=1))
    assert Build.objects.lease("host:2:b") == build
    assert not build.hold("host:1:a")
    assert not build.finish("host:1:a")
    assert Build.objects.get().lease_owner == "host:2:b"


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


# Building


def test_each_product_ends_by_itself_and_the_good_ones_are_released(
    any_site: str, small_products: None, publish: Callable[..., Any]
) -> None:
    publish(SLUG)
    assert worker.run(once=True) == 1
    build = Build.objects.get()
    assert (build.status, build.failed_reason, build.release) == (BuildStatus.SUCCESSFUL, "", 1)
    national = {key[2]: state for key, state in _states().items() if key[:2] == ("vi", "")}
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
    assert [product for _lang, office, product in _states() if office == "66"] == ["sheet"]


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


def test_what_is_scheduled_is_published_by_the_worker(site: str, publish: Callable[..., Any]) -> None:
    page = publish(SLUG, publish=False)
    page.go_live_at = timezone.now() + dt.timedelta(seconds=1)
    revision = page.save_revision()
    SystemApprovalAction(page).execute()
    revision.publish()
    assert not page.live
    time.sleep(1.1)
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
    assert _catalogue().number == 1


def test_one_product_can_be_tried_again_without_the_others_leaving(
    site: str, small_products: None, publish: Callable[..., Any], login: Callable[..., Any]
) -> None:
    page = publish(SLUG)
    worker.run(once=True)
    film = ProductState.objects.get(product="film", lang="vi")
    answer = login(EDITORS).post(reverse("production_retry", args=[page.pk]), {"state": film.pk})
    assert answer.status_code == 200
    assert Build.objects.first().products == ["film"]
    assert _states()["vi", "", "film"] == ProductStatus.QUEUED
    assert _states()["vi", "", "sheet"] == ProductStatus.MADE
    worker.run(once=True)
    assert _states()["vi", "", "film"] == ProductStatus.FAILED
    assert ProductState.objects.get(product="sheet", lang="vi").released == 1


def test_unpublishing_withdraws(any_site: str, small_products: None, publish: Callable[..., Any]) -> None:
    page = publish(SLUG)
    worker.run(once=True)
    assert SLUG in _catalogue().articles
    page.unpublish()
    worker.run(once=True)
    assert SLUG not in _catalogue().articles
    assert set(_states().values()) == {ProductStatus.WITHDRAWN}


def test_deleting_withdraws_too(site: str, small_products: None, publish: Callable[..., Any]) -> None:
    page = publish(SLUG)
    worker.run(once=True)
    page.delete()
    worker.run(once=True)
    assert SLUG not in _catalogue().articles


def test_a_new_address_withdraws_the_old_one(site: str, small_products: None, publish: Callable[..., Any]) -> None:
    page = publish(SLUG)
    worker.run(once=True)
    page.slug = "luong-huu"
    page.save_revision().publish()
    worker.run(once=True)
    assert set(_catalogue().articles) == {"luong-huu"}
    assert set(_states().values()) == {ProductStatus.WITHDRAWN}


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
    other = publish("bhyt-ho-gia-dinh")
    article = read_source(DEMO / "articles" / f"{SLUG}.md").article
    text = write_article(replace(article, products=(), valid_until=dt.date(2025, 9, 30)))
    ImportArticleAction(Source(parse_article(text), {}), home=home_page(), publish=True).execute()
    worker.run(once=True)
    assert {SLUG, other.slug} <= set(_catalogue().articles)
    edition = ProductState.objects.get(slug=SLUG, product="sheet", lang="vi").edition
    clock(30, 16, 59)
    worker._each_hour([0.0])
    assert SLUG in _catalogue().articles
    clock(30, 17)
    worker._each_hour([time.monotonic()])  # it was looked at within the hour
    assert SLUG in _catalogue().articles
    # Another article's release takes it out before the worker looks; the newsroom learns of it all the same.
    with monkeypatch.context() as patch:
        patch.setattr(worker, "_each_hour", lambda _last: None)
        QueueBuildAction(other, cause=BuildCause.RETRY).execute()
        worker.run(once=True)
    assert SLUG not in _catalogue().articles
    assert {released for _status, released in rows()} != {None}
    for _hour in range(2):
        worker._each_hour([0.0])
        assert rows() == {(ProductStatus.WITHDRAWN, None)}
        assert [(one.slug, one.state) for one in _catalogue().withdrawn] == [(SLUG, "expired")]
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
    assert len(_catalogue().withdrawn) == 1
    page.valid_until = dt.date(2025, 10, 31)
    page.save_revision()
    SystemApprovalAction(page).execute()
    page.get_latest_revision().publish()
    worker.run(once=True)
    assert SLUG in _catalogue().articles
    assert ProductStatus.WITHDRAWN not in {status for status, _released in rows()}


def test_a_worker_killed_after_its_release_makes_no_second_one(
    site: str, small_products: None, publish: Callable[..., Any]
) -> None:
    publish(SLUG)
    worker.run(once=True)
    past = timezone.now() - dt.timedelta(seconds=1)
    Build.objects.update(status=BuildStatus.RUNNING, lease_owner="gone:1:x", lease_until=past, release=None)
    ProductState.objects.update(released=None)
    worker.run(once=True)
    build = Build.objects.get()
    assert (build.status, build.release, _catalogue().number) == (BuildStatus.SUCCESSFUL, 1, 1)
    assert ProductState.objects.get(product="sheet", lang="vi").released == 1


def test_unpublishing_a_translation_withdraws_its_language_only(
    site: str, small_products: None, publish: Callable[..., Any]
) -> None:
    page = publish(SPECIMEN)
    worker.run(once=True)
    page.get_translations().get(locale__language_code="km").specific.unpublish()
    worker.run(once=True)
    states = {(lang, product): state for (lang, _office, product), state in _states(SPECIMEN).items()}
    assert states["km", "sheet"] == ProductStatus.WITHDRAWN
    assert states["vi", "sheet"] == ProductStatus.MADE
    assert SPECIMEN in _catalogue().articles


# Failing


def test_a_store_that_does_not_answer_is_tried_again_and_then_told(
    site: str, small_products: None, publish: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(settings, "BUILD_RETRY_S", 0)
    monkeypatch.setattr(settings, "BUILD_MAX_ATTEMPTS", 2)
    (tmp_path / "a-file").write_text("in the way")
    monkeypatch.setattr(settings, "LOA", replace(settings.LOA, store=str(tmp_path / "a-file" / "public")))
    publish(SLUG)
    worker.run(once=True)
    build = Build.objects.get()
    assert (build.status, build.attempts) == (BuildStatus.FAILED, 2)
    assert "a-file" in build.failed_reason


def test_a_build_that_kills_its_worker_each_time_ends_as_failed(site: str, publish: Callable[..., Any]) -> None:
    publish(SLUG)
    Build.objects.update(attempts=settings.BUILD_MAX_ATTEMPTS)
    assert worker.run(once=True) == 1
    build = Build.objects.get()
    assert build.status == BuildStatus.FAILED
    assert "dừng giữa chừng" in build.failed_reason


def test_a_fault_of_ours_ends_the_build_and_not_the_worker(
    site: str, small_products: None, publish: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fault(*args: Any, **kwargs: Any) -> None:
        raise KeyError("fault")

    monkeypatch.setattr(settings, "BUILD_MAX_ATTEMPTS", 1)
    monkeypatch.setattr("cms.production.building.plan", fault)
    publish(SLUG, "bhyt-ho-gia-dinh")
    assert worker.run(once=True) == 2
    assert set(Build.objects.values_list("failed_reason", flat=True)) == {"Lỗi bất ngờ: KeyError: 'fault'"}


@pytest.mark.slow
def test_a_killed_workers_build_is_completed_and_nothing_partial_is_shown(
    any_site: str, home: Path, small_products: None, publish: Callable[..., Any], tmp_path: Path
) -> None:
    publish(SLUG)
    hold, marks = tmp_path / "hold", tmp_path / "marks"
    hold.touch()
    connections.close_all()
    environment = os.environ | {
        "LOA_HOME": str(home),
        "LOA_STORE": settings.LOA.store,
        "LOA_DATABASE_URL": any_site,
        "LOA_TEST_HOLD": str(hold),
        "LOA_TEST_MARKS": str(marks),
    }
    command = [sys.executable, "-m", "tests.cms.worker_process", "--once"]
    first = subprocess.Popen(command, env=environment, cwd=ROOT)
    _until(marks.exists)
    first.send_signal(signal.SIGKILL)
    first.wait()
    build = Build.objects.get()
    assert build.status == BuildStatus.RUNNING
    assert open_store(settings.LOA.store).head("catalogue.json") is None
    hold.unlink()
    subprocess.run(command, env=environment, cwd=ROOT, check=True, timeout=120)
    build.refresh_from_db()
    assert (build.status, build.attempts, build.release) == (BuildStatus.SUCCESSFUL, 2, 1)
    assert _states()["vi", "", "sheet"] in AVAILABLE_STATES
    assert SLUG in _catalogue().articles


@pytest.mark.slow
def test_a_worker_that_is_asked_to_stop_gives_its_build_back(
    site: str, home: Path, small_products: None, publish: Callable[..., Any], tmp_path: Path
) -> None:
    publish(SLUG)
    hold, marks = tmp_path / "hold", tmp_path / "marks"
    hold.touch()
    connections.close_all()
    environment = os.environ | {
        "LOA_HOME": str(home),
        "LOA_STORE": settings.LOA.store,
        "LOA_TEST_HOLD": str(hold),
        "LOA_TEST_MARKS": str(marks),
    }
    process = subprocess.Popen([sys.executable, "-m", "tests.cms.worker_process"], env=environment, cwd=ROOT)
    _until(marks.exists)
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    build = Build.objects.get()
    assert (build.status, build.lease_owner, build.attempts) == (BuildStatus.READY, "", 0)


AVAILABLE_STATES = (ProductStatus.MADE, ProductStatus.CACHED)


def _until(there: Callable[[], bool], timeout_s: float = 60) -> None:
    end = time.monotonic() + timeout_s
    while not there():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.05)


# The editor's screen


def test_the_editor_sees_states_in_words_with_files(
    site: str, small_products: None, publish: Callable[..., Any], login: Callable[..., Any]
) -> None:
    page = publish(SLUG)
    worker.run(once=True)
    answer = login(EDITORS).get(reverse("production_states", args=[page.pk])).json()
    rows = {row["product"]: row for row in answer["groups"][0]["rows"]}
    assert answer["groups"][0]["language"] == "Tiếng Việt"
    assert rows["sheet"]["words"] == "Đã xong"
    assert rows["sheet"]["files"][0]["url"].startswith("http://127.0.0.1:9/loa/cas/")
    assert rows["film"]["words"].startswith("Lỗi: ")
    assert rows["film"]["files"] == []
    assert not answer["working"]


def test_who_may_not_publish_sees_but_cannot_retry(
    site: str, publish: Callable[..., Any], login: Callable[..., Any]
) -> None:
    page = publish(SLUG)
    Build.objects.all().delete()
    contributor = login(CONTRIBUTORS)
    assert contributor.get(reverse("production_states", args=[page.pk])).status_code in (302, 403)  # not theirs
    page.owner = contributor.user
    page.save(update_fields=["owner"])
    assert contributor.get(reverse("production_states", args=[page.pk])).json()["may_retry"] is False
    assert contributor.post(reverse("production_retry", args=[page.pk])).status_code in (302, 403)
    assert not Build.objects.exists()


def test_strangers_see_nothing(site: str, publish: Callable[..., Any]) -> None:
    from django.test import Client

    page = publish(SLUG)
    for name in ("production_states", "production_retry", "articles_export"):
        answer = Client().get(reverse(name, args=[page.pk]))
        assert answer.status_code in (302, 405)
        assert "login" in answer.headers.get("Location", "login")


def test_a_state_of_another_article_cannot_be_retried_here(
    site: str, small_products: None, publish: Callable[..., Any], login: Callable[..., Any]
) -> None:
    other, page = publish("bhyt-ho-gia-dinh"), publish(SLUG)
    worker.run(once=True)
    state = ProductState.objects.of(other.slug).first()
    editor = login(EDITORS)
    for number in (state.pk, "x", "9" * 40):
        assert editor.post(reverse("production_retry", args=[page.pk]), {"state": number}).status_code == 404


def test_builds_are_read_only(site: str, publish: Callable[..., Any], login: Callable[..., Any]) -> None:
    publish(SLUG)
    editor = login(EDITORS)
    assert editor.get(reverse("wagtailsnippets_production_build:list")).status_code == 200
    edit = reverse("wagtailsnippets_production_build:edit", args=[Build.objects.get().pk])
    assert editor.get(edit).status_code in (302, 403)
