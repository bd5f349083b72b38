"""A day in the newsroom, in a real browser: written, approved by law, published, made; an office takes its leaflet."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import ConsoleMessage, Page, expect

from render.seaweed import SeaweedServer
from tests.browsing import chromium, page_of
from tests.cms.conftest import migrated_sqlite  # noqa: F401
from tests.journeys.newsroom import log_in
from tests.journeys.newsroom import newsroom as started

WANTED = ("leaflet-a4", "infographic-portrait", "bulletin-3min")
TITLE = re.compile(r"^\s*Lương hưu")
PREPARE = """
source = read_source(ASSETS / "demo" / "articles" / "luong-huu-tu-15-nam.md")
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
    """A site that makes its products too, over an S3 store of its own."""
    public = f"{s3_server.endpoint}/{s3_url.removeprefix('s3://').partition('?')[0]}"
    with started(tmp_path, migrated_sqlite, prepare=PREPARE, worker=True, store=s3_url, public=public) as site:
        yield Newsroom(site, public)


@pytest.fixture
def page() -> Iterator[Page]:
    """A page of headless Chromium that speaks Vietnamese."""
    with chromium() as browser, page_of(browser, accept_downloads=True) as one:
        yield one


@pytest.mark.slow
def test_an_article_is_written_approved_and_published_and_an_office_takes_its_leaflet(
    newsroom: Newsroom, page: Page
) -> None:
    complaints: list[str] = []
    # The draft with the wrong figure is saved by itself and refused with 400, as it should be.
    page.on("console", lambda said: complaints.append(said.text) if _is_fault(said) else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))

    # The editor logs in, and finds the article by typing its name without accents.
    log_in(page, newsroom.site, "bientap")
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
    log_in(page, newsroom.site, "phaply")
    page.get_by_role("link", name=TITLE).first.click()
    page.locator("form.loa-review__all button").click()
    expect(page.get_by_text("Mọi phần đều đã được duyệt.")).to_be_visible()
    page.locator("button[name=action][value=approve]").click()
    log_in(page, newsroom.site, "phathanh")
    page.get_by_role("link", name=TITLE).first.click()
    page.locator("button[name=action][value=approve]").click()
    expect(page.get_by_text("Đã duyệt và xuất bản.")).to_be_visible()
    log_in(page, newsroom.site, "bientap")

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
