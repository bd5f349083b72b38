"""A build is leased by one worker, and is finished whatever happens to that one."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, connections
from django.utils import timezone

from cms.production import worker
from cms.production.actions import QueueBuildAction
from cms.production.enums import BuildCause, BuildStatus, ProductStatus
from cms.production.models import Build, ProductState
from render.paths import ROOT
from render.store import open_store
from tests.cms.produced import SLUG, catalogue, product_states
from tests.waiting import until


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
    assert (build.status, build.release, catalogue().number) == (BuildStatus.SUCCESSFUL, 1, 1)
    assert ProductState.objects.get(product="sheet", lang="vi").released == 1


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
    until(marks.exists)
    first.send_signal(signal.SIGKILL)
    first.wait()
    build = Build.objects.get()
    assert build.status == BuildStatus.RUNNING
    assert open_store(settings.LOA.store).head("catalogue.json") is None
    hold.unlink()
    subprocess.run(command, env=environment, cwd=ROOT, check=True, timeout=120)
    build.refresh_from_db()
    assert (build.status, build.attempts, build.release) == (BuildStatus.SUCCESSFUL, 2, 1)
    assert product_states()["vi", "", "sheet"] in AVAILABLE_STATES
    assert SLUG in catalogue().articles


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
    until(marks.exists)
    process.send_signal(signal.SIGTERM)
    assert process.wait(90) == 0
    build = Build.objects.get()
    assert (build.status, build.lease_owner, build.attempts) == (BuildStatus.READY, "", 0)


AVAILABLE_STATES = (ProductStatus.MADE, ProductStatus.CACHED)
