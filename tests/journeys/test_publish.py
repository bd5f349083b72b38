"""A day in the newsroom, in a real browser: written, approved by law, published, made; an office takes its leaflet."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import ConsoleMessage, Page, expect, sync_playwright

from cms.core.roles import CENTRAL_EDITOR, LEGAL_REVIEWER, PUBLISHER
from render.paths import ASSETS, ROOT
from render.seaweed import SeaweedServer
from tests.cms.conftest import migrated_sqlite  # noqa: F401

ARTICLE = ASSETS / "demo" / "articles" / "luong-huu-tu-15-nam.md"
WANTED = ("leaflet-a4", "infographic-portrait", "bulletin-3min")
TITLE = re.compile(r"^\s*Lương hưu")
PASSWORD = "mot-mat-khau-thu"
ROLES = {"bientap": CENTRAL_EDITOR, "phaply": LEGAL_REVIEWER, "phathanh": PUBLISHER}
PREPARE = f"""
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from cms.articles.actions import ImportArticleAction, home_page
from render.plan import read_source
from pathlib import Path
for login, role in {ROLES!r}.items():
    user = get_user_model().objects.create_user(login, password={PASSWORD!r})
    user.groups.add(Group.objects.get(name=role))
source = read_source(Path({str(ARTICLE)!r}))
ImportArticleAction(source, home=home_page(), offices=("66",)).execute()
"""


@dataclass(frozen=True)
class Newsroom:
    """A running site with its worker and its store."""

    site: str
    public: str


@pytest.fixture
def newsroom(
    tmp_path: Path,
    s3_server: SeaweedServer,
    s3_url: str,
    migrated_sqlite: Path,  # noqa: F811
) -> Iterator[Newsroom]:
    """`loa serve` as one process tree, over an S3 store of its own."""
    home = tmp_path / "home"
    home.mkdir()
    shutil.copy(migrated_sqlite, home / "loa.sqlite3")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    public = f"{s3_server.endpoint}/{s3_url.removeprefix('s3://').partition('?')[0]}"
    site = f"http://127.0.0.1:{port}"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LOA_")} | {
        "LOA_HOME": str(home),
        "LOA_STORE": s3_url,
        "LOA_PUBLIC_URL": public,
        "LOA_SITE_URL": site,
        "LOA_ONLINE_SPEECH": "off",
        "LOA_ALLOW_UNHEARD": "1",
    }
    manage = [sys.executable, "-m", "cms.manage"]
    subprocess.run([*manage, "shell", "--no-imports", "-c", PREPARE], env=environment, cwd=ROOT, check=True)
    log = (tmp_path / "serve.log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "-m", "cms.serve", "--port", str(port)], env=environment, cwd=ROOT, stdout=log, stderr=log
    )
    try:
        _until_it_answers(f"{site}/health", process)
        yield Newsroom(site, public)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(40)
        log.close()
        sys.stderr.write((tmp_path / "serve.log").read_text())  # pytest shows it when the journey fails


def _until_it_answers(url: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            assert process.poll() is None, "the site ended"
            assert time.monotonic() < end, "the site does not answer"
            time.sleep(0.2)


@pytest.fixture
def browser_page() -> Iterator[Page]:
    """A page of headless Chromium that speaks Vietnamese."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        page = browser.new_context(locale="vi-VN", accept_downloads=True).new_page()
        page.set_default_timeout(30_000)
        yield page
        browser.close()


@pytest.mark.slow
def test_an_article_is_written_approved_and_published_and_an_office_takes_its_leaflet(
    newsroom: Newsroom, browser_page: Page
) -> None:
    page = browser_page
    complaints: list[str] = []
    # The draft with the wrong figure is saved by itself and refused with 400, as it should be.
    page.on("console", lambda said: complaints.append(said.text) if _is_fault(said) else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))

    # The editor logs in, and finds the article by typing its name without accents.
    _log_in(page, newsroom, "bientap")
    _open_article(page, newsroom)

    # A figure that does not exist is refused at its field.
    summary = page.locator("[name=summary]")
    good = summary.input_value()
    _fill(page, "Chỉ cần đóng {{ nam_dong_toi_thie }}.")
    _submit(page)
    expect(page.get_by_text("Không có số liệu nào tên là “nam_dong_toi_thie”")).to_be_visible()

    # Mended, and only three products wanted; then submitted: an editor publishes nothing.
    _fill(page, f"{good} Hỏi cơ quan bảo hiểm xã hội gần nhất.")
    page.get_by_role("tab", name="Sản phẩm").click()
    for product in WANTED:
        page.locator(f"[name=products][value={product}]").check()
    _submit(page)
    page.wait_for_url("**/admin/pages/*/")

    # The legal reviewer finds it on the first page, approves its parts, then the step; the publisher follows.
    _log_in(page, newsroom, "phaply")
    page.get_by_role("link", name=TITLE).first.click()
    page.locator("form.loa-review__all button").click()
    expect(page.get_by_text("Mọi phần đều đã được duyệt.")).to_be_visible()
    page.locator("button[name=action][value=approve]").click()
    _log_in(page, newsroom, "phathanh")
    page.get_by_role("link", name=TITLE).first.click()
    page.locator("button[name=action][value=approve]").click()
    expect(page.get_by_text("Đã duyệt và xuất bản.")).to_be_visible()
    _log_in(page, newsroom, "bientap")

    # The products become ready before the editor's eyes.
    _open_article(page, newsroom)
    page.get_by_role("tab", name="Sản phẩm").click()
    panel = page.locator("[data-loa-products]")
    expect(panel.locator("[data-headline]")).to_contain_text("Đã cập nhật lúc", timeout=240_000)
    for product in WANTED:
        row = panel.locator(f"[data-product={product}]").first
        expect(row).to_have_attribute("data-status", "made")
        expect(row.get_by_role("link").first).to_be_visible()
    assert complaints == []

    # An operator of Đắk Lắk, who knows nothing of the newsroom, takes the leaflet from the bucket.
    page.goto(f"{newsroom.public}/index.html")
    page.get_by_role("link", name="Tờ rơi").first.click()
    page.get_by_role("link", name="Đắk Lắk").first.click()
    with page.expect_download() as downloading:
        page.locator("a[download$='.66.leaflet-a4.pdf'], a[href$='.66.leaflet-a4.pdf']").first.click()
    leaflet = Path(downloading.value.path())
    assert leaflet.read_bytes().startswith(b"%PDF-")
    assert downloading.value.suggested_filename == "luong-huu-tu-15-nam.vi.66.leaflet-a4.pdf"


def _is_fault(said: ConsoleMessage) -> bool:
    return said.type == "error" and "400 (Bad Request)" not in said.text


def _log_in(page: Page, newsroom: Newsroom, name: str) -> None:
    page.context.clear_cookies()
    page.goto(f"{newsroom.site}/admin/")
    page.fill("[name=username]", name)
    page.fill("[name=password]", PASSWORD)
    page.click("button[type=submit]")


def _open_article(page: Page, newsroom: Newsroom) -> None:
    page.goto(f"{newsroom.site}/admin/pages/search/?q=luong+huu")
    page.get_by_role("link", name=TITLE).first.click()


def _fill(page: Page, text: str) -> None:
    """The summary as the form sends it; the field that shows figures as chips follows."""
    page.locator("[name=summary]").evaluate(
        "(field, text) => { field.value = text; field.dispatchEvent(new Event('input', { bubbles: true }));"
        " field.dispatchEvent(new Event('change', { bubbles: true })); }",
        text,
    )


def _submit(page: Page) -> None:
    """Submitting is a choice of the editor's button."""
    submit = page.locator("button[name=action-submit]")
    if not submit.is_visible():
        page.locator("nav.actions--primary [data-w-dropdown-target=toggle]").click()
    submit.click()
