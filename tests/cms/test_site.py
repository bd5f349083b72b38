"""The site as a whole: headers, migrations, languages, secrets."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from cms.settings.environment import closed_to_others, database, day, kept_secret, log_level
from render.errors import SettingsError, StoreError
from render.paths import ROOT
from tests.cms.conftest import EDITORS


def test_no_migration_is_missing(any_site: str) -> None:
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


def test_the_admin_allows_no_inline_script_and_no_strangers_file(site: str, login: Callable[..., Any]) -> None:
    answer = login(EDITORS).get("/admin/pages/")
    policy = dict(part.split(" ", 1) for part in answer.headers["Content-Security-Policy"].split("; "))
    assert policy["script-src"] == "'self'"
    assert policy["default-src"] == "'none'"
    assert policy["connect-src"] == policy["form-action"] == policy["frame-ancestors"] == "'self'"


def test_outside_the_admin_not_even_an_inline_style_is_allowed(site: str) -> None:
    policy = Client().get("/health").headers["Content-Security-Policy"]
    assert "unsafe" not in policy


def test_every_answer_carries_the_safe_headers(site: str) -> None:
    headers = Client().get("/admin/login/").headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "SAMEORIGIN"
    assert headers["Referrer-Policy"] == "same-origin"
    cookie = Client().get("/admin/login/").cookies["loa_csrf"]
    assert cookie["samesite"] == "Lax"


@pytest.mark.parametrize(
    "path", ["/admin/pages/", "/admin/pages/add/articles/policyarticlepage/3/", "/admin/facts/new/"]
)
def test_no_screen_of_the_admin_has_an_inline_script(site: str, login: Callable[..., Any], path: str) -> None:
    import re

    from cms.articles.actions import home_page

    path = path.replace("/3/", f"/{home_page().pk}/")
    answer = login(EDITORS).get(path, follow=True)
    assert answer.status_code == 200
    inline = [
        tag
        for tag in re.findall(r"<script\b[^>]*>", answer.content.decode())
        if "src=" not in tag and "application/json" not in tag
    ]
    assert inline == []


def test_a_host_that_is_not_ours_is_refused(site: str) -> None:
    assert Client().get("/health", headers={"host": "evil.example"}).status_code == 400


def test_screens_speak_vietnamese_first(site: str, login: Callable[..., Any]) -> None:
    assert '<html lang="vi"' in Client(headers={"accept-language": "en"}).get("/admin/login/").content.decode()


def test_the_secret_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    file = tmp_path / "home" / "secret"
    secret = kept_secret(file)
    assert len(secret) >= 50
    assert kept_secret(file) == secret
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o600


def test_the_embedded_database_is_closed_to_other_users(tmp_path: Path) -> None:
    for name in ("loa.sqlite3", "loa.sqlite3-wal"):  # of a version that left them open
        (tmp_path / "old").mkdir(exist_ok=True)
        (tmp_path / "old" / name).touch(0o644)
    for home in (tmp_path / "old", tmp_path / "new"):
        closed_to_others(home, with_database=True)
        with contextlib.closing(sqlite3.connect(home / "loa.sqlite3")) as one:
            one.execute("PRAGMA journal_mode=WAL")
            one.execute("CREATE TABLE a (b)")
            assert {file.name: file.stat().st_mode & 0o077 for file in home.glob("loa.sqlite3*")} == {
                f"loa.sqlite3{end}": 0 for end in ("", "-wal", "-shm")
            }
    with pytest.raises(StoreError, match="home folder"):
        closed_to_others(tmp_path / "new" / "loa.sqlite3" / "home", with_database=True)


def test_a_database_address_is_read_whole(tmp_path: Path) -> None:
    found = database("postgresql://loa:p%40ss@db.vidu.vn:6432/tin?sslmode=require", tmp_path)
    assert (found["USER"], found["PASSWORD"], found["HOST"], found["PORT"], found["NAME"]) == (
        "loa", "p@ss", "db.vidu.vn", "6432", "tin",
    )  # fmt: skip
    assert found["OPTIONS"] == {"sslmode": "require"}
    for wrong in ("mysql://x/y", "postgresql://h:none/loa", "postgresql://h:99999/loa", "postgresql://[::1/loa"):
        with pytest.raises(SettingsError, match="LOA_DATABASE_URL"):
            database(wrong, tmp_path)


def test_a_setting_of_the_site_that_cannot_be_used_is_named() -> None:
    assert log_level({"LOA_LOG_LEVEL": "debug"}, "INFO") == "DEBUG"
    assert log_level({}, "INFO") == "INFO"
    assert day({"LOA_BUILD_DATE": "2025-09-01"}, "LOA_BUILD_DATE") == "2025-09-01"
    with pytest.raises(SettingsError, match="LOA_LOG_LEVEL"):
        log_level({"LOA_LOG_LEVEL": "LOUD"}, "INFO")
    with pytest.raises(SettingsError, match="LOA_BUILD_DATE"):
        day({"LOA_BUILD_DATE": "tomorrow"}, "LOA_BUILD_DATE")


@pytest.mark.parametrize(
    ("url", "said"),
    [("postgresql://loa:hunter2@127.0.0.1:9/loa", "the database cannot be used"), ("", "loa manage migrate")],
)
def test_a_worker_without_its_database_says_so_in_a_sentence(tmp_path: Path, url: str, said: str) -> None:
    environment = os.environ | {
        "LOA_HOME": str(tmp_path), "LOA_STORE": str(tmp_path / "public"), "LOA_DATABASE_URL": url,
    }  # fmt: skip
    command = [sys.executable, "-m", "render.cli", "worker", "--once"]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("loa: ")
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert "hunter2" not in done.stderr


def test_sqlite_waits_for_its_turn_to_write(site: str) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        assert cursor.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert connection.transaction_mode == "IMMEDIATE"


def test_the_demonstration_prepares_once_and_keeps_what_an_editor_changed(
    site: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cms.approval.actions import SystemApprovalAction
    from cms.articles.models import PolicyArticlePage
    from cms.demo import prepare_demo

    ready = prepare_demo(offices={"luong-huu-tu-15-nam": ["66"]})
    login, password = ready.login, ready.password
    assert ready.errors == ()
    assert stat.S_IMODE((home / "demo_password").stat().st_mode) == 0o600
    assert Client().login(username=login, password=password)
    page = PolicyArticlePage.objects.get(slug="luong-huu-tu-15-nam")
    assert page.offices == ["66"]
    page.summary = "Biên tập viên đã sửa."
    page.save_revision()
    SystemApprovalAction(page).execute()
    page.get_latest_revision().publish()
    assert prepare_demo() == ready
    assert PolicyArticlePage.objects.get(pk=page.pk).summary == "Biên tập viên đã sửa."
