"""A translator at work in a real browser: locked figures, two at one text, a second speaker, a source that changes."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from cms.core.roles import translator_of
from render.paths import ASSETS, ROOT
from tests.cms.conftest import migrated_sqlite  # noqa: F401

ARTICLE = ASSETS / "demo" / "articles" / "tro-cap-huu-tri-xa-hoi.md"
TAG = "rad"
PASSWORD = "mot-mat-khau-thu"
PREPARE = f"""
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from cms.articles.actions import ImportArticleAction, home_page
from render.plan import read_source
from pathlib import Path
for login in ("dich", "dich2"):
    user = get_user_model().objects.create_user(login, password={PASSWORD!r})
    user.groups.add(Group.objects.get(name={translator_of(TAG)!r}))
ImportArticleAction(read_source(Path({str(ARTICLE)!r})), home=home_page(), publish=True).execute()
"""
# All but the first three texts are said by a script: a person's typing of thirty would prove nothing more.
REST = f"""
from django.contrib.auth import get_user_model
from cms.translation.actions import SaveSegmentAction
from cms.translation.models import TranslationTask, digest
from cms.translation.work import work_on
task = TranslationTask.objects.get(tag={TAG!r})
user = get_user_model().objects.get(username="dich")
for row in work_on(task).rows:
    if not row.kept.target:
        assert SaveSegmentAction(task, row.kept.path, "B " + row.kept.source, base=digest(""), user=user).execute().kept
"""
CHANGE = """
from dataclasses import replace
from cms.articles.actions import ImportArticleAction, home_page
from cms.articles.models import PolicyArticlePage
from render.plan import Source
page = PolicyArticlePage.objects.get(locale__language_code="vi")
article = replace(page.as_article(), topic="Hưu trí xã hội từ nay")
ImportArticleAction(Source(article, {}), home=home_page(), publish=True).execute()
"""


class Newsroom:
    """A running site."""

    def __init__(self, site: str, environment: dict[str, str]) -> None:
        self.site = site
        self.environment = environment

    def run(self, script: str) -> None:
        """Something done at the command line meanwhile."""
        subprocess.run(
            [sys.executable, "-m", "cms.manage", "shell", "--no-imports", "-c", script],
            env=self.environment,
            cwd=ROOT,
            check=True,
        )


@pytest.fixture
def newsroom(tmp_path: Path, migrated_sqlite: Path) -> Iterator[Newsroom]:  # noqa: F811
    """The site alone: nothing is built here."""
    home = tmp_path / "home"
    home.mkdir()
    shutil.copy(migrated_sqlite, home / "loa.sqlite3")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    site = f"http://127.0.0.1:{port}"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LOA_")} | {
        "LOA_HOME": str(home),
        "LOA_SITE_URL": site,
        "LOA_ONLINE_SPEECH": "off",
        "LOA_ALLOW_UNHEARD": "1",
    }
    found = Newsroom(site, environment)
    found.run(PREPARE)
    process = subprocess.Popen(
        [sys.executable, "-m", "cms.manage", "runserver", f"127.0.0.1:{port}", "--noreload"],
        env=environment,
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        end = time.monotonic() + 60
        while True:
            try:
                with urllib.request.urlopen(f"{site}/admin/login/", timeout=5):
                    break
            except OSError:
                assert process.poll() is None, "the site ended"
                assert time.monotonic() < end, "the site does not answer"
                time.sleep(0.2)
        yield found
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


@pytest.fixture
def chromium() -> Iterator[Browser]:
    """Headless Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield browser
        browser.close()


def _enter(browser: Browser, newsroom: Newsroom, login: str) -> Page:
    page = browser.new_context(locale="vi-VN", viewport={"width": 1280, "height": 900}).new_page()
    page.set_default_timeout(20_000)
    page.goto(f"{newsroom.site}/admin/login/")
    page.fill("[name=username]", login)
    page.fill("[name=password]", PASSWORD)
    page.click("[type=submit]")
    page.goto(f"{newsroom.site}/admin/translation/mine/")
    page.locator(".loa-mine a").filter(has_text="Từ 75 tuổi").first.click()
    expect(page.locator("#doan-1 .loa-text__field")).to_be_visible()
    return page


def _type(page: Page, number: int, text: str) -> None:
    page.locator(f"#doan-{number} .loa-text__field").click()
    page.keyboard.press("Control+End")
    page.keyboard.type(text)


@pytest.mark.slow
def test_a_translation_is_typed_signed_and_reopened_where_its_source_changed(
    newsroom: Newsroom, chromium: Browser
) -> None:
    page = _enter(chromium, newsroom, "dich")
    english = [
        word
        for word in ("translated", "approved", "Source", "Save", "Translation")
        if word in page.inner_text("#loa-tr")
    ]
    assert not english

    # A locked figure is placed by its chip; without it the text is not kept.
    _type(page, 1, "B không số")
    expect(page.locator("#doan-1 .loa-finding--refused")).to_contain_text("Số liệu khóa")
    page.locator("#doan-1 [data-role=tray] button").click()
    expect(page.locator("#doan-1 [data-role=saved]")).to_have_text("Đã lưu")
    expect(page.locator("#doan-1 .loa-seg__target .loa-fact")).to_have_text("75 tuổi")
    expect(page.locator("[data-translated]")).to_have_text("1")

    # Letters of an old font are offered in real ones; a letter of the palette goes to the caret.
    _type(page, 3, "o] k[ar")
    page.locator("#doan-3 .loa-seg__choice button").click()
    expect(page.locator("#doan-3 .loa-text__field")).to_have_text("oč kƀar")
    expect(page.locator("#doan-3 [data-role=saved]")).to_have_text("Đã lưu")
    page.locator("#doan-3 .loa-text__field").click()
    page.keyboard.press("Control+End")
    page.locator("[data-letter='ŏ']").click()
    expect(page.locator("#doan-3 .loa-text__field")).to_have_text("oč kƀarŏ")
    page.wait_for_timeout(2500)

    # Two people at one text: the second sees the first one's and chooses.
    other = _enter(chromium, newsroom, "dich2")
    _type(page, 4, "B một")
    expect(page.locator("#doan-4 [data-role=saved]")).to_have_text("Đã lưu")
    _type(other, 4, "B hai")
    conflict = other.locator("#doan-4 .loa-seg__choice")
    expect(conflict).to_contain_text("B một")
    conflict.get_by_role("button", name="Lấy bản của họ").click()
    expect(other.locator("#doan-4 .loa-text__field")).to_have_text("B một")

    # The page with these texts beside them.
    page.get_by_role("button", name="Xem trước").click()
    expect(page.frame_locator("[data-frame]").locator("body")).to_contain_text("B không số")

    newsroom.run(REST)
    page.reload()
    page.get_by_role("button", name="Hoàn thành").click()
    expect(page.locator("[data-state-words]")).to_have_text("chờ người thứ hai duyệt")
    assert page.locator("[name=segment]").count() == 0  # nobody signs their own
    other.reload()
    other.get_by_role("button", name="Đánh dấu tất cả").click()
    other.get_by_role("button", name="Duyệt các đoạn đã đánh dấu").click()
    expect(other.locator("[data-state-words]")).to_have_text("đã duyệt")

    # The source changes: one text is open again, with what was said of the old one beside it.
    newsroom.run(CHANGE)
    page.reload()
    expect(page.locator(".loa-seg--reopened")).to_have_count(1)
    expect(page.locator(".loa-seg--reopened ins")).to_have_text(" từ nay")
    expect(page.locator(".loa-seg--reopened [data-role=old]")).to_have_text("oč kƀarŏ")
    page.get_by_role("button", name="Sửa từ bản dịch cũ").click()
    expect(page.locator("#doan-3 [data-role=saved]")).to_have_text("Đã lưu")
    assert other.locator(".loa-seg--approved").count() == 34
