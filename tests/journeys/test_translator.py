"""A translator at work in a real browser: locked figures, two at one text, files out and in, a recording, a second
speaker, a source that changes. The screens speak the test language: what is untranslated on them shows."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import polib
import pytest
from django.db import connections
from playwright.sync_api import Browser, Page, expect

from cms.core.roles import translator_of
from render.paths import ROOT
from render.plan import Source
from tests import browsing
from tests.cms.conftest import _databases_are_ours, home, migrated_sqlite, publish, sqlite  # noqa: F401
from tests.journeys.newsroom import answers
from tests.marked import VISIBLE_TEXTS, untranslated
from tests.waiting import until

TAG = "rad"
PASSWORD = "mot-mat-khau-thu"


@pytest.fixture
def newsroom(
    sqlite: str,  # noqa: F811
    home: Path,  # noqa: F811
    publish: Callable[..., Any],  # noqa: F811
) -> Iterator[str]:
    """The site alone, with a published article and two translators: nothing is built here."""
    from django.contrib.auth import get_user_model
    from django.contrib.auth.models import Group

    for login in ("dich", "dich2"):
        user = get_user_model().objects.create_user(login, password=PASSWORD)
        user.groups.add(Group.objects.get(name=translator_of(TAG)))
    publish("tro-cap-huu-tri-xa-hoi")
    connections.close_all()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    site = f"http://127.0.0.1:{port}"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LOA_")} | {
        "LOA_HOME": str(home),
        "LOA_SITE_URL": site,
        "LOA_ONLINE_SPEECH": "off",
        "LOA_ALLOW_UNHEARD": "1",
        "DJANGO_SETTINGS_MODULE": "tests.journeys.marked_settings",
    }
    serve = ["runserver", f"127.0.0.1:{port}", "--noreload", "--skip-checks"]
    process = subprocess.Popen(
        [sys.executable, "-m", "cms.manage", *serve],
        env=environment,
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until(lambda: answers(f"{site}/admin/login/", process), what="the site")
        yield site
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(90)


@pytest.fixture
def chromium() -> Iterator[Browser]:
    """Headless Chromium."""
    with browsing.chromium() as browser:
        yield browser


def _enter(browser: Browser, newsroom: str, login: str) -> Page:
    page = browser.new_context(locale="vi-VN", viewport={"width": 1280, "height": 900}).new_page()
    page.set_default_timeout(browsing.PATIENCE_MS)
    page.goto(f"{newsroom}/admin/login/")
    page.fill("[name=username]", login)
    page.fill("[name=password]", PASSWORD)
    page.click("[type=submit]")
    page.goto(f"{newsroom}/admin/translation/mine/")
    _translated(page)
    page.locator(".loa-mine a").filter(has_text="Từ 75 tuổi").first.click()
    expect(page.locator("#doan-1 .loa-text__field")).to_be_visible()
    return page


def _type(page: Page, number: int, text: str) -> None:
    page.locator(f"#doan-{number} .loa-text__field").click()
    page.keyboard.press("Control+End")
    page.keyboard.type(text)


def _change_topic() -> None:
    from cms.articles.actions import ImportArticleAction, home_page
    from cms.articles.models import PolicyArticlePage

    source = PolicyArticlePage.objects.get(locale__language_code="vi")
    article = replace(source.as_article(), topic="Hưu trí xã hội từ nay")
    ImportArticleAction(Source(article, {}), home=home_page(), publish=True).execute()
    connections.close_all()


def _translated(page: Page) -> None:
    """Nothing of the screen is left in English."""
    assert untranslated(page.evaluate(VISIBLE_TEXTS)) == [], page.url


@pytest.mark.slow
def test_a_translation_is_typed_signed_and_reopened_where_its_source_changed(newsroom: str, chromium: Browser) -> None:
    page = _enter(chromium, newsroom, "dich")
    _translated(page)

    # A locked figure is placed by its chip; without it the text is not kept.
    _type(page, 1, "B không số")
    expect(page.locator("#doan-1 .loa-finding--refused")).to_contain_text("Số liệu khóa")
    page.locator("#doan-1 [data-role=tray] button").click()
    expect(page.locator("#doan-1 [data-role=saved]")).to_contain_text("Đã lưu")
    expect(page.locator("#doan-1 .loa-seg__target .loa-fact")).to_have_text("75 tuổi")
    expect(page.locator("[data-translated]")).to_have_text("1")

    # Letters of an old font are offered in real ones; a letter of the palette goes to the caret.
    _type(page, 3, "o] k[ar")
    expect(page.locator("#doan-3 .loa-seg__choice")).to_contain_text("phông chữ cũ của Tây Nguyên")
    _translated(page)
    page.locator("#doan-3 .loa-seg__choice button").click()
    expect(page.locator("#doan-3 .loa-text__field")).to_have_text("oč kƀar")
    expect(page.locator("#doan-3 [data-role=saved]")).to_contain_text("Đã lưu")
    page.locator("#doan-3 .loa-text__field").click()
    page.keyboard.press("Control+End")
    page.locator("[data-letter='ŏ']").click()
    expect(page.locator("#doan-3 .loa-text__field")).to_have_text("oč kƀarŏ")
    page.wait_for_timeout(2500)

    # Two people at one text: the second sees the first one's and chooses.
    other = _enter(chromium, newsroom, "dich2")
    _type(page, 4, "B một")
    expect(page.locator("#doan-4 [data-role=saved]")).to_contain_text("Đã lưu")
    _type(other, 4, "B hai")
    conflict = other.locator("#doan-4 .loa-seg__choice")
    expect(conflict).to_contain_text("B một")
    _translated(other)
    conflict.get_by_role("button", name="Lấy bản của họ").click()
    expect(other.locator("#doan-4 .loa-text__field")).to_have_text("B một")

    # The page with these texts beside them.
    page.get_by_role("button", name="Xem trước").click()
    expect(page.frame_locator("[data-frame]").locator("body")).to_contain_text("B không số")

    # The rest is written elsewhere and comes as a file; what the file breaks is told before anything is taken.
    address = page.url
    with page.expect_download() as saved:
        page.get_by_role("link", name="PO", exact=True).click()
    po = polib.pofile(saved.value.path().read_text(encoding="utf-8"))
    for entry in po:
        entry.msgstr = entry.msgstr or f"B {entry.msgid}"
    broken = str(po).encode() + b'\nmsgctxt "x"\nmsgid "x\nmsgstr "y"\n'
    page.get_by_role("link", name="Tải tệp lên").click()
    for name, data in (("hong.po", broken), ("dich.po", str(po).encode())):
        page.set_input_files("[type=file]", {"name": name, "mimeType": "text/plain", "buffer": data})
        page.locator("form[enctype] [type=submit]").click()
        page.wait_for_load_state()
        _translated(page)
    expect(page.locator(".loa-report--same")).to_have_count(1)
    page.locator("form[action$='/apply/'] [type=submit]").click()
    expect(page.locator("[data-translated]")).to_have_text(str(len(po)))

    # The sentences to record stand under their texts.
    page.locator("[data-show-sound]").click()
    expect(page.locator("[data-sound-ready]")).to_be_visible()
    _translated(page)
    page.locator("[data-show-sound]").click()

    page.get_by_role("button", name="Hoàn thành").click()
    expect(page.locator("[data-state-words]")).to_contain_text("chờ người thứ hai duyệt")
    _translated(page)
    assert page.locator("[name=segment]").count() == 0  # nobody signs their own
    other.reload()
    other.locator("#doan-5 .loa-seg__sign summary").click()
    other.locator("#doan-5 .loa-seg__sign [name=text]").fill("Từ này người già không hiểu.")
    other.locator("#doan-5 .loa-seg__sign [type=submit]").click()
    expect(other.locator("#doan-5 .loa-seg__remark")).to_contain_text("không hiểu")
    _translated(other)
    page.goto(address)
    _type(page, 5, " rõ hơn")
    expect(page.locator("#doan-5 [data-role=saved]")).to_contain_text("Đã lưu")
    page.get_by_role("button", name="Hoàn thành").click()
    expect(page.locator("[data-state-words]")).to_contain_text("chờ người thứ hai duyệt")
    other.reload()
    other.get_by_role("button", name="Đánh dấu tất cả").click()
    other.get_by_role("button", name="Duyệt các đoạn đã đánh dấu").click()
    expect(other.locator("[data-state-words]")).to_contain_text("đã duyệt")
    other.locator("#doan-5 .loa-seg__foot a").click()
    _translated(other)
    other.go_back()

    # The source changes: one text is open again, with what was said of the old one beside it.
    with ThreadPoolExecutor(1) as meanwhile:  # the browser has this thread for itself
        meanwhile.submit(_change_topic).result()
    page.reload()
    expect(page.locator(".loa-seg--reopened")).to_have_count(1)
    _translated(page)
    expect(page.locator(".loa-seg--reopened ins")).to_have_text(" từ nay")
    expect(page.locator(".loa-seg--reopened [data-role=old]")).to_have_text("oč kƀarŏ")
    page.get_by_role("button", name="Sửa từ bản dịch cũ").click()
    expect(page.locator("#doan-3 [data-role=saved]")).to_contain_text("Đã lưu")
    assert other.locator(".loa-seg--approved").count() == 34
